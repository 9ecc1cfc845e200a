/* The schema where several nodes share a database: one changes it at a time, the others publish
 * what it has put into force. See living_schema.h.
 *
 * Each node has definition files of its own - those of its program, its plugins and scripts - and
 * they differ while nodes are restarted one after the other. Those in force are the ones that a
 * node noted last; a node whose files are others serves with them as far as they fit what is
 * stored, and changes nothing. Threads: any that may block. */
#include <stdio.h>

#include "base/log.h"
#include "module/kernel_state.h"
#include "module/messages.h"
#include "store/messages.h"
#include "store/note.h"

enum { FOLLOW_BYTES = 256 * 1024 * 1024, NOTE_BYTES = 1 << 16, TURN_MS = 30000, NUMBERS = 3 };

/* "0.12.3": by numbers; what is no number counts as 0. */
static int compare_versions(struct str a, struct str b) {
    for (int i = 0; i < NUMBERS; i++) {
        struct str left = STR_NONE, right = STR_NONE;
        int64_t l = 0, r = 0;
        if (a.len) str_split(&a, '.', &left);
        if (b.len) str_split(&b, '.', &right);
        if (!str_to_int64(left, &l)) l = 0;
        if (!str_to_int64(right, &r)) r = 0;
        if (l != r) return l < r ? -1 : 1;
    }
    return 0;
}

/* ---- whose files are in force --------------------------------------------------------------- */
struct files_note {
    struct str version, digest; /* empty: nobody has said */
};

static crm_status read_note(struct kernel *k, struct arena *a, struct files_note *ret,
                            struct err *err) {
    struct store_conn *c = NULL;
    struct str text = STR_NONE;
    crm_status status = engine_reader_open(k->engine, &c, err);
    if (status == CRM_OK) status = store_note_get(c, STR("files"), a, &text, err);
    store_conn_close(c);
    *ret = (struct files_note){STR_NONE, STR_NONE};
    if (status == CRM_OK && text.len) {
        str_split(&text, ' ', &ret->version);
        ret->digest = text;
    }
    return status;
}

static crm_status write_note(void *ctx, struct store_conn *writer, struct err *err) {
    const struct str *text = ctx;
    return store_note_put(writer, STR("files"), *text, err);
}

crm_status kernel_files_note(struct kernel *k, struct err *err) {
    char text[sizeof PERIGEE_VERSION + 2 * DIGEST_BYTES + 2];
    if (!engine_cluster(k->engine)) return CRM_OK;
    snprintf(text, sizeof text, PERIGEE_VERSION " %s", k->schema.files_digest);
    struct str note = str_from(text);
    return engine_write(k->engine, write_note, &note, err);
}

crm_status kernel_files_yield(struct kernel *k, bool serves, bool *ret, struct err *err) {
    struct files_note note;
    struct arena a;
    *ret = false;
    if (store_cluster_others(engine_cluster(k->engine)) == 0) return CRM_OK;
    arena_init(&a, NOTE_BYTES);
    crm_status status = read_note(k, &a, &note, err);
    if (status == CRM_OK && note.version.len)
        *ret = !serves || compare_versions(STR(PERIGEE_VERSION), note.version) < 0;
    arena_fini(&a);
    return status;
}

static crm_status check_files(struct kernel *k, struct err *err) {
    struct files_note note;
    struct arena a;
    arena_init(&a, NOTE_BYTES);
    crm_status status = read_note(k, &a, &note, err);
    if (status == CRM_OK && note.digest.len &&
        !str_eq(note.digest, str_from(k->schema.files_digest))) {
        const struct str args[] = {note.version, STR(PERIGEE_VERSION)};
        status = err_set_args(err, CRM_CONFLICT, &module_files_differ, args, 2);
    }
    arena_fini(&a);
    return status;
}

crm_status kernel_schema_turn(struct kernel *k, bool takes_over, struct store_schema_lock **ret,
                              struct err *err) {
    *ret = NULL;
    if (!engine_cluster(k->engine)) return CRM_OK;
    crm_status status = store_schema_lock_take(engine_store(k->engine), TURN_MS, ret, err);
    if (status == CRM_OK && !takes_over) status = check_files(k, err);
    if (status == CRM_OK) return CRM_OK;
    store_schema_lock_release(*ret);
    *ret = NULL;
    return status;
}

/* ---- following ------------------------------------------------------------------------------ */
/* A snapshot that needs what is not stored yet: somebody has to make it first. */
static bool fits(const struct schema_plan *plan, struct str *ret_subject) {
    for (size_t i = 0; i < plan->step_count; i++) {
        const struct schema_step *step = &plan->steps[i];
        bool makes = step->kind <= SCHEMA_STEP_RENAME_FIELD && !step->background;
        *ret_subject = step->subject;
        if (makes || step->kind == SCHEMA_STEP_REFUSED) return false;
    }
    return true;
}

static crm_status publish(struct kernel *k, int64_t stored, struct arena *a, bool *ret_fits,
                          struct err *err) {
    const struct schema_change nothing = {0};
    struct schema_plan plan = {0};
    struct str subject = STR_NONE;
    crm_status status = kernel_schema_plan(k, &nothing, a, &plan, err);
    if (status != CRM_OK) return status;
    *ret_fits = fits(&plan, &subject);
    if (*ret_fits)
        status = engine_schema_follow(k->engine, &plan, stored, err);
    else
        err_set_args(err, CRM_CONFLICT, &module_files_behind, &subject, 1);
    schema_plan_fini(&plan);
    return status;
}

static crm_status follow_locked(struct kernel *k, bool first, struct err *err) {
    struct arena a;
    int64_t stored = 0;
    bool is_fit = true;
    struct schema *now = engine_schema(k->engine);
    int64_t present = now ? now->generation : 0;
    schema_unref(now);
    crm_status status = engine_schema_stored(k->engine, &stored, err);
    if (status != CRM_OK || stored == present || stored == k->schema.followed) return status;
    arena_init(&a, FOLLOW_BYTES);
    status = publish(k, stored, &a, &is_fit, err);
    arena_fini(&a);
    if (status == CRM_OK) k->schema.followed = stored;
    if (status != CRM_OK || is_fit) return status;
    if (first) return CRM_CONFLICT;
    log_err(LOG_WARN, "schema_not_followed", err);
    return CRM_OK;
}

static crm_status follow(struct kernel *k, bool first, struct err *err) {
    struct err own;
    if (!err) err = &own;
    struct store_schema_lock *lock = NULL;
    if (first)
        pthread_mutex_lock(&k->schema.mu);
    else if (pthread_mutex_trylock(&k->schema.mu) != 0)
        return err_set(err, CRM_UNAVAILABLE, &store_text_schema_locked, NULL);
    crm_status status =
        first ? CRM_OK : store_schema_lock_take(engine_store(k->engine), 0, &lock, err);
    if (status == CRM_OK) status = follow_locked(k, first, err);
    store_schema_lock_release(lock);
    pthread_mutex_unlock(&k->schema.mu);
    return status;
}

crm_status kernel_schema_follow(struct kernel *k, struct err *err) { return follow(k, false, err); }

crm_status kernel_schema_follow_first(struct kernel *k, struct err *err) {
    return follow(k, true, err);
}
