/* Loading extensions anew. See reload.h. */
#include "module/reload.h"

#include "base/log.h"
#include "base/time.h"
#include "event/subscribe.h"
#include "module/extension_load.h"
#include "module/kernel_state.h"
#include "module/messages.h"

enum { RELOAD_BYTES = 256 * 1024 * 1024, TOLD_BYTES = 16 * 1024 };

/* What is to stay in force whatever lies there. */
struct forced {
    struct str owner;
    struct err reason;
};

struct reloading {
    struct kernel *kernel;
    const struct reload_options *options;
    struct arena *arena;   /* of the whole */
    struct loaded *former; /* our reference */
    struct forced *forced;
    size_t forced_count;
    /* of the round at hand: */
    struct arena round;
    struct script_host *trial;
    struct kernel_plan plan;
    bool has_plan;
    struct str *changed;
    size_t changed_count;
};

/* ---- a round: everything loaded beside what runs ----------------------------------------------
 */

static void round_fini(struct reloading *r) {
    if (r->has_plan) kernel_plan_fini(&r->plan);
    script_host_free(r->trial);
    arena_fini(&r->round);
    r->has_plan = false;
    r->trial = NULL;
}

static struct extension *find_owner(const struct extensions *all, struct str owner) {
    for (size_t i = 0; i < all->count; i++)
        if (str_eq(all->items[i].owner, owner)) return &all->items[i];
    return NULL;
}

static crm_status force(struct reloading *r, const struct forced *f, struct err *err) {
    struct extensions *all = &r->plan.extensions;
    struct extension *x = find_owner(all, f->owner);
    if (!x) {
        const struct extension *former = find_owner(&r->former->extensions, f->owner);
        crm_status status = extensions_append(&r->round, all, former, err);
        if (status != CRM_OK) return status;
        x = &all->items[all->count - 1];
        x->digest = STR_NONE;
        x->is_held = false;
    }
    extension_leave_out(x, &f->reason);
    return CRM_OK;
}

static crm_status load_all(struct reloading *r, struct err *err) {
    struct kernel *k = r->kernel;
    const struct script_host_options options = {.pool_of = k->scripts};
    crm_status status = script_host_new(&options, &r->trial, err);
    if (status == CRM_OK) status = kernel_extensions_find(k, &r->round, &r->plan.extensions, err);
    for (size_t i = 0; status == CRM_OK && i < r->forced_count; i++)
        status = force(r, &r->forced[i], err);
    if (status != CRM_OK) return status;
    extensions_order(&r->plan.extensions);
    status = kernel_plan_again(k, &r->round, r->trial, &r->former->extensions, &r->plan, err);
    r->has_plan = status == CRM_OK;
    return status;
}

static bool differs(struct reloading *r, struct str owner) {
    struct str now = script_host_version(r->kernel->scripts, owner, &r->round),
               then = script_host_version(r->trial, owner, &r->round);
    return !str_eq(now, then);
}

static crm_status find_changed(struct reloading *r, struct err *err) {
    const struct extensions *all = &r->plan.extensions, *former = &r->former->extensions;
    r->changed = ARENA_ARRAY(&r->round, all->count + former->count + 1, struct str);
    r->changed_count = 0;
    if (!r->changed) return err_no_memory(err);
    for (size_t i = 0; i < all->count; i++)
        if (differs(r, all->items[i].owner)) r->changed[r->changed_count++] = all->items[i].owner;
    for (size_t i = 0; i < former->count; i++)
        if (!find_owner(all, former->items[i].owner) && differs(r, former->items[i].owner))
            r->changed[r->changed_count++] = former->items[i].owner;
    return CRM_OK;
}

/* ---- what would go out of use ---------------------------------------------------------------- */

static bool is_forced(const struct reloading *r, struct str owner) {
    for (size_t i = 0; i < r->forced_count; i++)
        if (str_eq(r->forced[i].owner, owner)) return true;
    return false;
}

/* Only what plugins and scripts bring can be held back. */
static void add_forced(struct reloading *r, struct str owner, const struct err *reason) {
    bool is_ours =
        find_owner(&r->former->extensions, owner) || find_owner(&r->plan.extensions, owner);
    if (r->forced_count == EXTENSIONS_MAX || !is_ours || is_forced(r, owner)) return;
    struct forced *f = &r->forced[r->forced_count];
    f->owner = arena_str(r->arena, owner);
    err_copy(&f->reason, reason);
    r->forced_count += f->owner.ptr != NULL;
}

/* Whose it was is held back; the failure is that of the whole when nobody's is. */
static crm_status note_gone(struct reloading *r, const struct schema_entity *e,
                            const struct schema_field *f, struct err *err) {
    struct str owner = f ? f->owner : e->owner;
    if (r->options->lets_go.len && str_eq(owner, r->options->lets_go)) return CRM_OK;
    struct str name =
        f ? arena_printf(r->arena, "%.*s.%.*s", STR_ARG(e->name), STR_ARG(f->name)) : e->name;
    if (!name.ptr) return err_no_memory(err);
    const struct str args[] = {name, owner};
    crm_status status = err_set_args(err, CRM_REFUSED, &module_goes_out_of_use, args, 2);
    add_forced(r, owner, err);
    return is_forced(r, owner) ? CRM_OK : status;
}

static crm_status look_for_gone(struct reloading *r, const struct schema *next, struct err *err) {
    struct schema *now = engine_schema(r->kernel->engine);
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < now->entity_count; i++) {
        const struct schema_entity *e = &now->entities[i],
                                   *after = schema_entity_by_id(next, e->id);
        if (!after) status = note_gone(r, e, NULL, err);
        for (size_t k = 0; status == CRM_OK && after && k < e->field_count; k++)
            if (!schema_field_by_id(after, e->fields[k].id))
                status = note_gone(r, e, &e->fields[k], err);
    }
    schema_unref(now);
    return status;
}

/* What definitions are wrong by, not a database that could not be read. */
static bool is_refusal(crm_status status) {
    return status == CRM_INVALID || status == CRM_NOT_FOUND || status == CRM_CONFLICT ||
           status == CRM_REFUSED || status == CRM_UNSUPPORTED || status == CRM_RANGE ||
           status == CRM_TOO_LARGE;
}

/* With what people made on top; what does not go together is held back for all that change. */
static crm_status look_at_schema(struct reloading *r, struct err *err) {
    struct schema_plan whole = {0};
    const struct schema_change change = {.files = r->plan.files};
    const struct err *refusal = NULL;
    crm_status status = kernel_schema_look(r->kernel, &change, &r->round, &whole, err);
    if (status != CRM_OK && !is_refusal(status)) return status;
    if (status != CRM_OK) refusal = err;
    for (size_t i = 0; status == CRM_OK && i < whole.step_count && !refusal; i++)
        if (whole.steps[i].kind == SCHEMA_STEP_REFUSED) refusal = whole.steps[i].refusal;
    for (size_t i = 0; refusal && i < r->changed_count; i++)
        add_forced(r, r->changed[i], refusal);
    status = refusal ? CRM_OK : look_for_gone(r, whole.schema, err);
    if (whole.schema) schema_plan_fini(&whole);
    return status;
}

static bool schema_differs(const struct reloading *r) {
    pthread_mutex_lock(&r->kernel->schema.mu);
    bool is_same = str_is(r->plan.schema.schema->digest, r->kernel->schema.files_digest);
    pthread_mutex_unlock(&r->kernel->schema.mu);
    return !is_same;
}

/* Until nothing more has to be held back. */
static crm_status prepare(struct reloading *r, struct err *err) {
    for (;;) {
        size_t forced = r->forced_count;
        arena_init(&r->round, RELOAD_BYTES);
        crm_status status = load_all(r, err);
        if (status == CRM_OK) status = find_changed(r, err);
        if (status == CRM_OK && schema_differs(r)) status = look_at_schema(r, err);
        if (status != CRM_OK || forced == r->forced_count) return status;
        round_fini(r);
        r->plan = (struct kernel_plan){0};
    }
}

/* ---- into force ------------------------------------------------------------------------------ */

static crm_status change_schema(struct reloading *r, struct err *err) {
    const struct schema_change change = {.author = r->options->author};
    struct schema_plan plan = {0};
    crm_status status = kernel_files_change(r->kernel, &r->plan, &change, &r->round, &plan, err);
    if (plan.schema) schema_plan_fini(&plan);
    return status;
}

/* `of`: the extensions as they are when it is asked. A history that cannot be written is told of,
 * and stops nothing. */
static void keep_version(struct reloading *r, const struct extensions *of, struct str owner,
                         struct str who) {
    const struct extension *x = find_owner(of, owner);
    if (x && x->is_made) return; /* the database has them */
    const struct history h = kernel_history(r->kernel, owner);
    struct history_entry entry = {.version =
                                      script_host_version(r->kernel->scripts, owner, &r->round),
                                  .who = who,
                                  .at_ms = clock_now_ms()};
    struct err err;
    crm_status status = script_host_sources(r->kernel->scripts, owner, &r->round, &entry.sources,
                                            &entry.source_count, &err);
    if (!h.data_dir.len || (status == CRM_OK && !entry.source_count)) return;
    if (status == CRM_OK) status = history_keep(&h, &entry, &err);
    if (status != CRM_OK) log_err(LOG_WARN, "history_not_kept", &err);
}

static crm_status change_handlers(struct reloading *r, struct err *err) {
    const struct script_replacing replacing = {r->trial, r->changed, r->changed_count};
    if (r->changed_count == 0) return CRM_OK;
    for (size_t i = 0; i < r->changed_count; i++)
        keep_version(r, &r->former->extensions, r->changed[i], STR_NONE);
    crm_status status = script_host_replace(r->kernel->scripts, &replacing, err);
    for (size_t i = 0; status == CRM_OK && i < r->changed_count; i++)
        keep_version(r, &r->plan.extensions, r->changed[i], r->options->who);
    return status;
}

/* ---- telling --------------------------------------------------------------------------------- */

struct telling {
    struct kernel *kernel;
    struct str data;
};

static crm_status tell_write(void *ctx, struct store_conn *writer, struct err *err) {
    const struct telling *t = ctx;
    return event_emit(t->kernel->events, writer, STR("extension.refused"), t->data, STR("reload"),
                      0, err);
}

/* To the log, and as an event to whoever tells administrators. */
static void tell_refused(struct reloading *r, const struct extension *x) {
    BUF_CLEANUP struct buf reason, data;
    struct json_writer w;
    struct err err;
    buf_init(&reason, TOLD_BYTES);
    buf_init(&data, 2 * TOLD_BYTES);
    err_format(x->reason, LANGUAGE_EN, &reason);
    if (x->reason->where[0]) buf_printf(&reason, " (%s)", x->reason->where);
    json_writer_init(&w, &data);
    json_object_open(&w);
    json_key_lit(&w, "owner");
    json_text(&w, x->owner);
    json_key_lit(&w, "reason");
    json_text(&w, buf_str(&reason));
    json_key_lit(&w, "digest");
    json_text(&w, x->digest);
    json_object_shut(&w);
    buf_add_char(&reason, '\0');
    if (reason.status != CRM_OK || data.status != CRM_OK) return;
    log_event(LOG_ERROR, x->is_held ? "version_held_back" : "extension_left_out", "name",
              x->owner.ptr, "reason", reason.ptr, NULL);
    struct telling t = {r->kernel, buf_str(&data)};
    if (r->kernel->has_hub_started &&
        engine_write(r->kernel->engine, tell_write, &t, &err) != CRM_OK)
        log_err(LOG_WARN, "refusal_not_told", &err);
}

static void tell_changes(struct reloading *r) {
    for (size_t i = 0; i < r->changed_count; i++)
        log_event(LOG_INFO, "extension_loaded", "name", r->changed[i].ptr, NULL);
    for (size_t i = 0; i < r->plan.extensions.count; i++) {
        const struct extension *x = &r->plan.extensions.items[i],
                               *former = find_owner(&r->former->extensions, x->owner);
        if ((!x->is_held && !x->is_out) || x->is_disabled) continue;
        bool is_known = former && former->is_held == x->is_held && former->is_out == x->is_out &&
                        str_eq(former->digest, x->digest);
        if (!is_known) tell_refused(r, x);
    }
}

static crm_status show(struct reloading *r, struct reload_report *ret, struct err *err) {
    struct loaded *loaded = NULL;
    crm_status status = loaded_new(&r->plan.extensions, &loaded, err);
    if (status != CRM_OK) return status;
    tell_changes(r);
    kernel_loaded_show(r->kernel, loaded);
    struct str *owners = ARENA_ARRAY(r->arena, r->changed_count + 1, struct str);
    for (size_t i = 0; owners && i < r->changed_count; i++)
        owners[i] = arena_str(r->arena, r->changed[i]);
    ret->owners = owners;
    ret->owner_count = r->changed_count;
    return owners ? CRM_OK : err_no_memory(err);
}

static crm_status reload(struct reloading *r, struct reload_report *ret, struct err *err) {
    crm_status status = prepare(r, err);
    if (status != CRM_OK) return status;
    ret->schema_changed = schema_differs(r);
    if (ret->schema_changed) status = change_schema(r, err);
    if (status == CRM_OK) status = change_handlers(r, err);
    if (status == CRM_OK) status = show(r, ret, err);
    return status == CRM_OK && r->kernel->client ? client_files_load(r->kernel, err) : status;
}

crm_status kernel_reload_in_turn(struct kernel *k, const struct reload_options *o, struct arena *a,
                                 struct reload_report *ret, struct err *err) {
    struct reloading r = {.kernel = k, .options = o, .arena = a};
    *ret = (struct reload_report){0};
    r.forced = ARENA_ARRAY(a, EXTENSIONS_MAX, struct forced);
    if (!r.forced) return err_no_memory(err);
    r.former = kernel_loaded(k);
    crm_status status = reload(&r, ret, err);
    round_fini(&r);
    loaded_unref(r.former);
    return status;
}

void kernel_reload_lock(struct kernel *k) { pthread_mutex_lock(&k->reload_mu); }
void kernel_reload_unlock(struct kernel *k) { pthread_mutex_unlock(&k->reload_mu); }

crm_status kernel_reload(struct kernel *k, const struct reload_options *o, struct arena *a,
                         struct reload_report *ret, struct err *err) {
    kernel_reload_lock(k);
    crm_status status = kernel_reload_in_turn(k, o, a, ret, err);
    kernel_reload_unlock(k);
    return status;
}

crm_status kernel_reload_problem(struct kernel *k, struct str owner, struct err *err) {
    struct loaded *loaded = kernel_loaded(k);
    const struct extension *x = find_owner(&loaded->extensions, owner);
    crm_status status = CRM_OK;
    if (!x)
        status = err_set_args(err, CRM_NOT_FOUND, &module_no_extension, &owner, 1);
    else if (x->is_out || x->is_held) {
        err_copy(err, x->reason);
        status = err->status = CRM_REFUSED;
    }
    loaded_unref(loaded);
    return status;
}
