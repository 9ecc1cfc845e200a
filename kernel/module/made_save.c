/* Scripts that people made, into force and back. See made.h. */
#include "module/made.h"

#include <stdio.h>

#include "base/time.h"
#include "module/kernel_state.h"
#include "module/messages.h"
#include "script/messages.h"

enum { PROBLEM_BYTES = 16 * 1024 };

/* ---- what is there ----------------------------------------------------------------------------
 */

struct known {
    struct made_texts texts;
    const struct made_text *in_force, *draft; /* NULL: none */
    struct made_version *versions;
    size_t version_count;
};

static crm_status read_rows(struct store_conn *c, struct str name, struct arena *a,
                            struct known *ret, struct err *err) {
    crm_status status = store_begin(c, err);
    if (status != CRM_OK) return status;
    status = made_load(c, a, &ret->texts, err);
    if (status == CRM_OK)
        status = made_versions(c, name, a, &ret->versions, &ret->version_count, err);
    store_rollback(c);
    ret->in_force = made_find(&ret->texts, name, false);
    ret->draft = made_find(&ret->texts, name, true);
    return status;
}

static crm_status read_known(struct kernel *k, struct str name, struct arena *a, struct known *ret,
                             struct err *err) {
    struct store_conn *c = NULL;
    *ret = (struct known){0};
    crm_status status = engine_reader_open(k->engine, &c, err);
    if (status == CRM_OK) status = read_rows(c, name, a, ret, err);
    store_conn_close(c);
    return status;
}

static crm_status name_of(struct str script, struct str *ret, struct err *err) {
    return made_name(script, ret) ? CRM_OK
                                  : err_set_args(err, CRM_INVALID, &module_script_name, &script, 1);
}

crm_status made_is_known(struct kernel *k, struct str script, struct arena *a, bool *ret,
                         struct err *err) {
    struct str name;
    struct known known;
    *ret = false;
    if (!made_name(script, &name)) return CRM_OK;
    crm_status status = read_known(k, name, a, &known, err);
    if (status == CRM_OK) *ret = known.in_force || known.draft || known.version_count;
    return status;
}

/* ---- into force -------------------------------------------------------------------------------
 */

struct saving {
    struct kernel *kernel;
    const struct reload_options *by;
    struct arena *arena;
    struct str script, name;
    struct known known;
    struct made_text text;        /* what is to be */
    struct reload_report *report; /* of the loading; NULL: nobody asks */
};

static crm_status begin(struct saving *s, struct str script, struct err *err) {
    s->script = script;
    crm_status status = name_of(script, &s->name, err);
    return status == CRM_OK ? read_known(s->kernel, s->name, s->arena, &s->known, err) : status;
}

static struct made_version version_of(const struct saving *s, const struct made_text *t) {
    return (struct made_version){.number = id_next(engine_ids(s->kernel->engine)),
                                 .version = made_version_of(s->arena, s->name, t->text),
                                 .text = t->text,
                                 .note = t->note,
                                 .who = t->who,
                                 .at_ms = t->at_ms};
}

/* Beside a server at once; else with the next start. */
static crm_status load(const struct saving *s, struct err *err) {
    struct reload_report report;
    if (!s->kernel->http) return CRM_OK;
    return kernel_reload_in_turn(s->kernel, s->by, s->arena, s->report ? s->report : &report, err);
}

static crm_status explain(struct saving *s, const struct err *why, struct made_text *draft,
                          struct err *err) {
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        BUF_CLEANUP struct buf text;
        buf_init(&text, PROBLEM_BYTES);
        err_format(why, (enum language)i, &text);
        draft->problem[i] = arena_str(s->arena, buf_str(&text));
        if (!draft->problem[i].ptr) return err_no_memory(err);
    }
    draft->where = arena_str(s->arena, str_from(why->where));
    return draft->where.ptr ? CRM_OK : err_no_memory(err);
}

/* Beside what is in force, with the reason where it was to be in force itself. */
static crm_status keep_draft(struct saving *s, const struct err *why, struct err *err) {
    struct made_text draft = s->text;
    const struct made_write write = {.name = s->name, .draft = &draft};
    draft.is_draft = true;
    crm_status status = why ? explain(s, why, &draft, err) : CRM_OK;
    return status == CRM_OK ? made_put(s->kernel, &write, err) : status;
}

/* It did not go together with what others define after all: the one before is back. */
static crm_status take_back(struct saving *s, int64_t number, const struct err *why,
                            struct err *err) {
    struct made_text draft = s->text;
    const struct made_write write = {.name = s->name,
                                     .in_force = s->known.in_force,
                                     .draft = &draft,
                                     .is_removal = !s->known.in_force,
                                     .forget = number};
    draft.is_draft = true;
    crm_status status = explain(s, why, &draft, err);
    if (status == CRM_OK) status = made_put(s->kernel, &write, err);
    return status == CRM_OK ? load(s, err) : status;
}

static crm_status put_in_force(struct saving *s, struct err *ret_problem, struct err *err) {
    const struct made_version version = version_of(s, &s->text);
    struct str newest = s->known.version_count && !s->known.versions[0].is_removal
                            ? s->known.versions[0].version
                            : STR_NONE;
    bool is_new = !str_eq(newest, version.version);
    const struct made_write write = {
        .name = s->name, .in_force = &s->text, .version = is_new ? &version : NULL};
    if (!version.version.ptr) return err_no_memory(err);
    crm_status status = made_put(s->kernel, &write, err);
    if (status == CRM_OK) status = load(s, err);
    if (status != CRM_OK || !s->kernel->http) return status;
    if (kernel_reload_problem(s->kernel, s->script, ret_problem) == CRM_OK) {
        err_clear(ret_problem);
        return CRM_OK;
    }
    return take_back(s, is_new ? version.number : 0, ret_problem, err);
}

/* ---- saving -----------------------------------------------------------------------------------
 */

static bool is_ours(crm_status status) {
    return status == CRM_IO || status == CRM_UNAVAILABLE || status == CRM_INTERNAL ||
           status == CRM_CANCELLED;
}

static crm_status try_text(struct saving *s, const struct made_saving *wanted,
                           struct made_saved *ret, struct err *err) {
    struct str text = s->text.text;
    crm_status status = CRM_OK;
    if (wanted->asker)
        status = script_check_tests(s->kernel->scripts, wanted->asker, s->script, text, &ret->tests,
                                    &ret->test_count, &ret->problem);
    if (status == CRM_OK && wanted->asker)
        status = script_tests_judge(ret->tests, ret->test_count, &ret->problem);
    if (!is_ours(status)) return CRM_OK;
    err_copy(err, &ret->problem);
    return status;
}

crm_status made_text_fits(struct str text, struct err *err) {
    char most[24];
    (void)snprintf(most, sizeof most, "%d", MADE_TEXT_MAX / 1024);
    return text.len <= MADE_TEXT_MAX
               ? CRM_OK
               : err_set(err, CRM_TOO_LARGE, &module_script_large, most, NULL);
}

/* The draft's version where there is one, else that in force. */
static crm_status check_was(const struct saving *s, const struct made_saving *wanted,
                            struct err *err) {
    const struct made_text *last = s->known.draft ? s->known.draft : s->known.in_force;
    struct str now = last ? made_version_of(s->arena, s->name, last->text) : STR("");
    if (!wanted->was.ptr || str_eq(wanted->was, now)) return CRM_OK;
    return err_set_args(err, CRM_STALE, &module_script_stale, last ? &last->who : &s->script, 1);
}

/* A line ends with a line feed, wherever it was written. */
static struct str with_feeds(struct arena *a, struct str text) {
    char *out = (char *)(uintptr_t)arena_str(a, text).ptr;
    size_t len = 0;
    for (size_t i = 0; out && i < text.len; i++)
        if (text.ptr[i] != '\r' || i + 1 == text.len || text.ptr[i + 1] != '\n')
            out[len++] = text.ptr[i];
    return str_make(out, len);
}

static crm_status save(struct saving *s, const struct made_saving *wanted, struct made_saved *ret,
                       struct err *err) {
    crm_status status = begin(s, wanted->script, err);
    if (status == CRM_OK) status = check_was(s, wanted, err);
    if (status == CRM_OK && !wanted->is_draft) status = try_text(s, wanted, ret, err);
    if (status != CRM_OK) return status;
    ret->version = made_version_of(s->arena, s->name, s->text.text);
    if (!ret->version.ptr) return err_no_memory(err);
    if (wanted->is_draft) return keep_draft(s, NULL, err);
    if (ret->problem.status != CRM_OK) return keep_draft(s, &ret->problem, err);
    status = put_in_force(s, &ret->problem, err);
    ret->in_force = status == CRM_OK && ret->problem.status == CRM_OK;
    return status;
}

crm_status made_save_in_turn(struct kernel *k, const struct made_saving *wanted, struct arena *a,
                             struct made_saved *ret, struct err *err) {
    struct saving s = {.kernel = k, .by = &wanted->by, .arena = a};
    *ret = (struct made_saved){.in_force = false};
    err_clear(&ret->problem);
    crm_status status = made_text_fits(wanted->text, err);
    if (status != CRM_OK) return status;
    s.text = (struct made_text){.text = with_feeds(a, wanted->text),
                                .note = wanted->note,
                                .who = wanted->by.who,
                                .author = wanted->by.author,
                                .at_ms = clock_now_ms()};
    return s.text.text.ptr ? save(&s, wanted, ret, err) : err_no_memory(err);
}

crm_status made_save(struct kernel *k, const struct made_saving *wanted, struct arena *a,
                     struct made_saved *ret, struct err *err) {
    kernel_reload_lock(k);
    crm_status status = made_save_in_turn(k, wanted, a, ret, err);
    kernel_reload_unlock(k);
    return status;
}

/* ---- away and back ----------------------------------------------------------------------------
 */

static crm_status remove_it(struct saving *s, struct str script, struct err *err) {
    crm_status status = begin(s, script, err);
    if (status != CRM_OK) return status;
    if (!s->known.in_force && !s->known.draft)
        return err_set_args(err, CRM_NOT_FOUND, &module_no_made_script, &script, 1);
    const struct made_text *last = s->known.in_force ? s->known.in_force : s->known.draft;
    s->text = *last;
    s->text.who = s->by->who;
    s->text.at_ms = clock_now_ms();
    struct made_version removal = version_of(s, &s->text);
    const struct made_write write = {.name = s->name, .is_removal = true, .version = &removal};
    removal.is_removal = true;
    status = made_put(s->kernel, &write, err);
    return status == CRM_OK ? load(s, err) : status;
}

crm_status made_remove(struct kernel *k, struct str script, const struct reload_options *o,
                       struct arena *a, struct err *err) {
    struct saving s = {.kernel = k, .by = o, .arena = a};
    kernel_reload_lock(k);
    crm_status status = remove_it(&s, script, err);
    kernel_reload_unlock(k);
    return status;
}

/* The newest of a version by its first digits; without one, what is another than in force, or what
 * was taken away. */
static const struct made_version *find_version(const struct saving *s, struct str version) {
    const struct made_text *now = s->known.in_force;
    struct str present = now ? made_version_of(s->arena, s->name, now->text) : STR_NONE;
    for (size_t i = 0; i < s->known.version_count; i++) {
        const struct made_version *v = &s->known.versions[i];
        if (version.len ? str_starts_with(v->version, version) : !str_eq(v->version, present))
            return v;
    }
    return NULL;
}

crm_status made_back(struct kernel *k, struct str script, struct str version,
                     const struct reload_options *o, struct arena *a, bool *ret_known,
                     struct reload_report *ret, struct err *err) {
    struct saving s = {.kernel = k, .by = o, .arena = a, .report = ret};
    struct err problem;
    crm_status status = made_is_known(k, script, a, ret_known, err);
    if (status != CRM_OK || !*ret_known) return status;
    status = begin(&s, script, err);
    if (status != CRM_OK) return status;
    const struct made_version *v = find_version(&s, version);
    const struct str args[] = {script, version};
    if (!v)
        return version.len ? err_set_args(err, CRM_NOT_FOUND, &module_no_version, args, 2)
                           : err_set_args(err, CRM_NOT_FOUND, &module_no_version_before, args, 1);
    s.text = (struct made_text){.text = v->text,
                                .note = v->note,
                                .who = o->who,
                                .author = o->author,
                                .at_ms = clock_now_ms()};
    err_clear(&problem);
    status = put_in_force(&s, &problem, err);
    if (status != CRM_OK || problem.status == CRM_OK) return status;
    err_copy(err, &problem);
    return problem.status;
}
