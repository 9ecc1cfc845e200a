/* What an order about a plugin would do. See plugin_look.h. */
#include "module/plugin_look.h"

#include "module/extension_load.h"
#include "module/kernel_state.h"
#include "module/living_schema.h"
#include "module/messages.h"
#include "store/query.h"

enum { LOSSES_MAX = 500 };

/* ---- others -----------------------------------------------------------------------------------
 */

static crm_status refuse_other(const struct extension *x, struct err *err) {
    BUF_CLEANUP struct buf reason;
    buf_init(&reason, 4096);
    err_format(x->reason, LANGUAGE_EN, &reason);
    const struct str args[] = {x->owner, buf_str(&reason)};
    return err_set_args(err, CRM_REFUSED, &module_plugin_breaks, args, 2);
}

/* It is in force afterwards when it should be, and whoever is in force now stays. */
static crm_status judge(const struct plugin_work *w, const struct extensions *all,
                        struct err *err) {
    enum plugin_action action = w->plan->action;
    bool comes = action != PLUGIN_DISABLE && action != PLUGIN_REMOVE;
    for (size_t i = 0; i < all->count; i++) {
        const struct extension *x = &all->items[i];
        const struct extension *was = extension_find(&w->former->extensions, x->name, x->is_script);
        bool is_it = !x->is_script && str_eq(x->name, w->plan->name);
        if (is_it && comes && (x->is_out || x->is_held)) {
            err_copy(err, x->reason);
            return err->status = CRM_REFUSED;
        }
        bool falls = was && !was->is_out && !was->is_held && (x->is_out || x->is_held);
        if (!is_it && falls) return refuse_other(x, err);
    }
    return CRM_OK;
}

/* ---- what goes out of use ---------------------------------------------------------------------
 */

static crm_status count_records(const struct plugin_work *w, struct schema *schema,
                                const struct schema_entity *e, int64_t *ret, struct err *err) {
    struct actor actor;
    struct access access;
    struct store_conn *c = NULL;
    bool is_exact;
    engine_actor_system(ACCESS_DOOR_JOB, &actor);
    access_init(&access, schema, &actor);
    const struct store_query q = {
        .access = &access, .from = e, .action = SCHEMA_ACTION_READ, .trash = STORE_BOTH};
    crm_status status = engine_reader_open(w->kernel->engine, &c, err);
    if (status != CRM_OK) return status;
    status = store_begin(c, err);
    if (status == CRM_OK) {
        status = store_count_run(c, &q, STORE_COUNT_EXACT, ret, &is_exact, err);
        store_rollback(c);
    }
    store_conn_close(c);
    return status;
}

static crm_status lose(struct plugin_work *w, struct plugin_loss *all, struct str name,
                       int64_t records, struct err *err) {
    if (!name.ptr || w->plan->loss_count == LOSSES_MAX) return err_no_memory(err);
    all[w->plan->loss_count++] = (struct plugin_loss){name, records};
    return CRM_OK;
}

static crm_status losses_of(struct plugin_work *w, struct schema *now, struct plugin_loss *all,
                            struct err *err) {
    const struct schema *next = w->plan->schema.schema;
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < now->entity_count; i++) {
        const struct schema_entity *e = &now->entities[i],
                                   *after = schema_entity_by_id(next, e->id);
        int64_t records = 0;
        if (!after) status = count_records(w, now, e, &records, err);
        if (!after && status == CRM_OK)
            status = lose(w, all, arena_str(w->arena, e->name), records, err);
        for (size_t k = 0; status == CRM_OK && after && k < e->field_count; k++)
            if (!schema_field_by_id(after, e->fields[k].id))
                status = lose(w, all,
                              arena_printf(w->arena, "%.*s.%.*s", STR_ARG(e->name),
                                           STR_ARG(e->fields[k].name)),
                              0, err);
    }
    return status;
}

static crm_status find_losses(struct plugin_work *w, struct err *err) {
    struct plugin_loss *all = ARENA_ARRAY(w->arena, LOSSES_MAX, struct plugin_loss);
    if (!all) return err_no_memory(err);
    struct schema *now = engine_schema(w->kernel->engine);
    w->plan->losses = all;
    crm_status status = losses_of(w, now, all, err);
    schema_unref(now);
    return status;
}

/* ---- migrations -------------------------------------------------------------------------------
 */

static bool is_among(const struct str *names, size_t count, struct str name) {
    for (size_t i = 0; i < count; i++)
        if (str_eq(names[i], name)) return true;
    return false;
}

/* Where it comes from: what was there then need not run. A plugin that the database has not seen
 * begins with all of its own. */
static crm_status find_migrations(struct plugin_work *w, struct err *err) {
    struct plugin_plan *p = w->plan;
    struct plugin_done done = {0};
    const struct str *names = NULL, *before = NULL;
    size_t count = 0, before_count = 0;
    struct str folder = w->has_package ? w->package.folder : w->now->folder;
    crm_status status = plugin_done_read(w->kernel, p->name, w->arena, &done, err);
    if (status == CRM_OK) status = plugin_migrations(folder, w->arena, &names, &count, err);
    if (status != CRM_OK) return status;
    before = done.names;
    before_count = done.count;
    if (!done.is_known)
        status = plugin_migrations(w->now ? w->now->folder : folder, w->arena, &before,
                                   &before_count, err);
    struct str *wait = ARENA_ARRAY(w->arena, count + 1, struct str);
    if (status == CRM_OK && !wait) return err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        if (!is_among(before, before_count, names[i])) wait[p->migration_count++] = names[i];
    p->migrations = wait;
    w->baseline = before;
    w->baseline_count = before_count;
    return status;
}

/* ---- the whole --------------------------------------------------------------------------------
 */

static struct extension_trial trial_of(const struct plugin_work *w) {
    struct extension_trial t = {.name = w->plan->name, .how = TRIAL_ENABLED};
    if (w->plan->action == PLUGIN_DISABLE) t.how = TRIAL_DISABLED;
    if (w->plan->action == PLUGIN_REMOVE) t.how = TRIAL_ABSENT;
    if (w->has_package) t.folder = w->package.folder;
    return t;
}

static crm_status look_with(struct plugin_work *w, struct script_host *host,
                            struct kernel_plan *made, struct err *err) {
    const struct extension_trial trial = trial_of(w);
    struct extension_places places = w->kernel->places;
    struct schema_change change = {.author = w->order->by.author};
    places.trial = &trial;
    crm_status status = extensions_find(w->arena, &places, &made->extensions, err);
    if (status == CRM_OK)
        status = kernel_plan_again(w->kernel, w->arena, host, &w->former->extensions, made, err);
    if (status != CRM_OK) return status;
    status = judge(w, &made->extensions, err);
    change.files = made->files;
    if (status == CRM_OK)
        status = kernel_schema_look(w->kernel, &change, w->arena, &w->plan->schema, err);
    const struct schema_plan *plan = &w->plan->schema;
    for (size_t i = 0; status == CRM_OK && i < plan->step_count; i++)
        if (plan->steps[i].kind == SCHEMA_STEP_REFUSED) {
            err_copy(err, plan->steps[i].refusal);
            status = err->status = CRM_REFUSED;
        }
    kernel_plan_fini(made);
    return status;
}

crm_status plugin_look(struct plugin_work *w, struct err *err) {
    struct script_host *host = NULL;
    struct kernel_plan made = {0};
    const struct script_host_options options = {0};
    enum plugin_action action = w->plan->action;
    crm_status status = script_host_new(&options, &host, err);
    if (status != CRM_OK) return status;
    status = look_with(w, host, &made, err);
    script_host_free(host);
    if (status == CRM_OK) status = find_losses(w, err);
    bool comes = action == PLUGIN_INSTALL || action == PLUGIN_UPGRADE;
    return status == CRM_OK && comes ? find_migrations(w, err) : status;
}

/* ---- versions ---------------------------------------------------------------------------------
 */

static int64_t take_number(struct str *rest) {
    int64_t n = 0;
    while (rest->len && (rest->ptr[0] < '0' || rest->ptr[0] > '9'))
        *rest = str_make(rest->ptr + 1, rest->len - 1);
    while (rest->len && rest->ptr[0] >= '0' && rest->ptr[0] <= '9') {
        if (n < INT64_MAX / 100) n = n * 10 + (rest->ptr[0] - '0');
        *rest = str_make(rest->ptr + 1, rest->len - 1);
    }
    return n;
}

int version_compare(struct str one, struct str other) {
    while (one.len || other.len) {
        int64_t a = take_number(&one), b = take_number(&other);
        if (a != b) return a < b ? -1 : 1;
    }
    return 0;
}
