/* Changes of the schema while people work: plans over files and the admin layer, put into force,
 * and the background steps that follow. See living_schema.h. */
#include "base/digest.h"
#include "base/log.h"
#include "base/time.h"
#include "event/job.h"
#include "record/lists.h"
#include "module/kernel_state.h"
#include "module/messages.h"

enum { PLAN_BYTES = 256 * 1024 * 1024, LAYER_BYTES = 32 * 1024 * 1024 };

void living_schema_init(struct living_schema *s) {
    pthread_mutex_init(&s->mu, NULL);
    pthread_mutex_init(&s->work_mu, NULL);
}

void living_schema_fini(struct living_schema *s) {
    schema_definitions_free(s->files);
    pthread_mutex_destroy(&s->work_mu);
    pthread_mutex_destroy(&s->mu);
}

/* ---- plans ------------------------------------------------------------------------------- */
static crm_status copy_files(const struct schema_definitions *from, struct schema_definitions *to,
                             struct err *err) {
#define COPY_LIST(one, many)                                                                       \
    for (size_t i = 0; i < from->one##_count; i++) {                                               \
        crm_status status = schema_definitions_add_##one(to, &from->many[i], err);                 \
        if (status != CRM_OK) return status;                                                       \
    }
    SCHEMA_DEFINITION_LISTS(COPY_LIST)
#undef COPY_LIST
    return CRM_OK;
}

/* Those of the change come first. */
static crm_status add_admin(const struct admin_definition *all, size_t count, size_t changed,
                            struct schema_definitions *d, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        if (all[i].text.len && all[i].state == ADMIN_APPROVED)
            status = admin_layer_read(d, &all[i], i >= changed, err);
    return status;
}

/* The stored ones, with those of the change on top. */
static crm_status load_admin(struct kernel *k, struct arena *a, const struct schema_change *change,
                             struct admin_definition **ret, size_t *ret_count, struct err *err) {
    struct admin_definition *stored = NULL;
    struct store_conn *c = NULL;
    size_t count = 0;
    crm_status status = engine_reader_open(k->engine, &c, err);
    if (status != CRM_OK) return status;
    status = store_begin(c, err);
    if (status == CRM_OK) {
        status = admin_layer_load(c, a, &stored, &count, err);
        store_rollback(c);
    }
    store_conn_close(c);
    return status == CRM_OK ? admin_layer_merge(a, stored, count, change->admin,
                                                change->admin_count, ret, ret_count, err)
                            : status;
}

crm_status kernel_schema_plan(struct kernel *k, const struct schema_change *change, struct arena *a,
                              struct schema_plan *ret, struct err *err) {
    struct schema_registry registry = {0};
    struct admin_definition *all = NULL;
    struct schema_definitions *d = NULL;
    size_t count = 0;
    crm_status status = engine_registry(k->engine, a, &registry, err);
    if (status == CRM_OK) status = load_admin(k, a, change, &all, &count, err);
    if (status == CRM_OK) status = schema_definitions_new(&d, err);
    if (status != CRM_OK) return status;
    status = copy_files(change->files ? change->files : k->schema.files, d, err);
    if (status == CRM_OK) status = add_admin(all, count, change->admin_count, d, err);
    int64_t generation = engine_plan_number(k->engine);
    if (status == CRM_OK)
        status = schema_plan_wish(a, d, &registry, generation, &change->wishes, ret, err);
    schema_definitions_free(d);
    if (status != CRM_OK) return status;
    status = lists_plan(k->engine, &change->wishes, a, ret, err);
    if (status != CRM_OK) schema_plan_fini(ret);
    return status;
}

crm_status kernel_schema_look(struct kernel *k, const struct schema_change *change, struct arena *a,
                              struct schema_plan *ret, struct err *err) {
    pthread_mutex_lock(&k->schema.mu);
    crm_status status = kernel_schema_plan(k, change, a, ret, err);
    pthread_mutex_unlock(&k->schema.mu);
    return status;
}

struct str kernel_schema_digest(const struct schema_plan *plan, struct arena *a) {
    BUF_CLEANUP struct buf text, hex;
    struct digest digest;
    buf_init(&text, 1 << 20);
    buf_init(&hex, 2 * DIGEST_BYTES);
    buf_add_str(&text, plan->schema->digest);
    for (size_t i = 0; i < plan->step_count; i++)
        buf_printf(&text, "%s %.*s %.*s\n", schema_step_word(plan->steps[i].kind),
                   STR_ARG(plan->steps[i].subject), STR_ARG(plan->steps[i].into));
    digest_parts(&(struct digest_part){text.ptr, text.len}, 1, &digest);
    hex_format(digest.bytes, sizeof digest.bytes, &hex);
    return arena_str(a, buf_str(&hex));
}

/* ---- into force -------------------------------------------------------------------------- */
/* Definitions to be stored: those of the change, and stored ones in which the plan settles
 * something. */
struct storing {
    const struct admin_definition *items;
    size_t count;
    const struct schema_change *change;
};

static crm_status store_admin(void *ctx, struct store_conn *c, struct err *err) {
    const struct storing *s = ctx;
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < s->count; i++)
        status = admin_layer_put(c, &s->items[i], err);
    return status == CRM_OK && s->change->also ? s->change->also(s->change->also_ctx, c, err)
                                               : status;
}

static crm_status gather_storing(struct kernel *k, const struct schema_change *change,
                                 const struct schema_plan *plan, struct arena *a,
                                 struct storing *ret, struct err *err) {
    struct admin_definition *all = NULL;
    size_t count = 0, at = 0;
    crm_status status = load_admin(k, a, change, &all, &count, err);
    bool *changed = status == CRM_OK ? ARENA_ARRAY(a, count + 1, bool) : NULL;
    if (status != CRM_OK) return status;
    if (!changed) return err_no_memory(err);
    status = admin_layer_settle(a, plan, all, count, changed, err);
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        if (i < change->admin_count || changed[i]) all[at++] = all[i];
    *ret = (struct storing){all, at, change};
    return status;
}

static crm_status into_force(struct kernel *k, const struct schema_change *change,
                             struct str digest, struct arena *a, struct schema_plan *ret,
                             struct err *err) {
    struct schema_plan plan = {0};
    struct storing storing = {0};
    crm_status status = change->still ? change->still(change->still_ctx, err) : CRM_OK;
    if (status == CRM_OK) status = kernel_schema_plan(k, change, a, &plan, err);
    if (status != CRM_OK) return status;
    if (digest.len && !str_eq(kernel_schema_digest(&plan, a), digest))
        status = err_set(err, CRM_STALE, &module_plan_changed, NULL);
    if (status == CRM_OK) status = gather_storing(k, change, &plan, a, &storing, err);
    if (status == CRM_OK && plan.refused_count == 0 && (storing.count || change->also))
        status = engine_write(k->engine, store_admin, &storing, err);
    plan.wishes = &change->wishes;
    plan.author = change->author;
    if (status == CRM_OK) status = kernel_apply(k, &plan, err);
    plan.wishes = NULL;
    if (status == CRM_OK)
        status = rebuild_queue(k->engine, &plan, change->lossy, change->author, err);
    if (status != CRM_OK) {
        schema_plan_fini(&plan);
        return status;
    }
    *ret = plan;
    return CRM_OK;
}

crm_status kernel_schema_change(struct kernel *k, const struct schema_change *change,
                                struct str digest, struct arena *a, struct schema_plan *ret,
                                struct err *err) {
    struct store_schema_lock *lock = NULL;
    pthread_mutex_lock(&k->schema.mu);
    crm_status status = kernel_schema_turn(k, change->takes_over, &lock, err);
    if (status == CRM_OK) status = into_force(k, change, digest, a, ret, err);
    if (status == CRM_OK && change->takes_over) status = kernel_files_note(k, err);
    store_schema_lock_release(lock);
    pthread_mutex_unlock(&k->schema.mu);
    bool works_here = status == CRM_OK && ret->background_count && k->has_hub_started;
    return works_here ? kernel_schema_submit(k, err) : status;
}

/* ---- background -------------------------------------------------------------------------- */
/* The next step that may run, with a plan whose snapshot is in force; *ret_step SIZE_MAX: none. */
static crm_status next_step(struct kernel *k, struct arena *a, struct schema_plan *ret,
                            size_t *ret_step, struct err *err) {
    const struct schema_change nothing = {0};
    struct schema_plan plan = {0};
    struct store_schema_lock *lock = NULL;
    *ret_step = SIZE_MAX;
    pthread_mutex_lock(&k->schema.mu);
    crm_status status = kernel_schema_turn(k, false, &lock, err);
    if (status == CRM_OK) status = kernel_schema_plan(k, &nothing, a, &plan, err);
    if (status == CRM_OK && plan.refused_count == 0) {
        status = kernel_apply(k, &plan, err);
        if (status == CRM_OK) status = rebuild_tidy(k->engine, &plan, err);
        if (status == CRM_OK) status = rebuild_next(k->engine, &plan, ret_step, err);
    }
    store_schema_lock_release(lock);
    pthread_mutex_unlock(&k->schema.mu);
    if (status == CRM_OK)
        *ret = plan;
    else if (plan.schema)
        schema_plan_fini(&plan);
    return status;
}

/* Done, or stopped by what was found, or cancelled by somebody: there may be another one. */
static bool goes_on(const struct rebuild_options *options, crm_status status) {
    bool is_told = options->progress && !options->progress(options->ctx, NULL);
    return status == CRM_OK || status == CRM_STALE || status == CRM_REFUSED ||
           status == CRM_CONFLICT || (status == CRM_CANCELLED && !is_told);
}

static crm_status work(struct kernel *k, const struct rebuild_options *options,
                       struct err *ret_first, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t step = 0; goes_on(options, status) && step != SIZE_MAX;) {
        struct arena a;
        struct schema_plan plan = {0};
        arena_init(&a, PLAN_BYTES);
        status = next_step(k, &a, &plan, &step, err);
        if (status == CRM_OK) status = rebuild_sweep(k->engine, &plan, options, err);
        if (status == CRM_OK && step != SIZE_MAX) {
            status = rebuild_run(k->engine, &plan, step, options, err);
            if (status != CRM_OK) log_err(LOG_WARN, "schema_step", err);
            if (status == CRM_REFUSED && ret_first->status == CRM_OK) err_copy(ret_first, err);
        }
        if (plan.schema) schema_plan_fini(&plan);
        arena_fini(&a);
    }
    return goes_on(options, status) ? CRM_OK : status;
}

crm_status kernel_schema_work(struct kernel *k, const struct rebuild_options *options,
                              struct err *err) {
    struct err own, first = {.status = CRM_OK};
    if (!err) err = &own;
    pthread_mutex_lock(&k->schema.work_mu);
    crm_status status = work(k, options, &first, err);
    pthread_mutex_unlock(&k->schema.work_mu);
    if (status != CRM_OK || first.status == CRM_OK) return status;
    err_copy(err, &first);
    return first.status;
}

static bool not_stopping(void *ctx, const struct store_migration *m) {
    (void)m;
    return !event_job_is_cancelled(ctx);
}

static crm_status run_job(void *ctx, struct event_job_run *run, struct err *err) {
    const struct rebuild_options options = {.progress = not_stopping, .ctx = run, .pauses = true};
    crm_status status = kernel_schema_work(ctx, &options, err);
    /* what was found stands in sys_migration; trying again would find it again */
    return status == CRM_REFUSED || status == CRM_CONFLICT ? CRM_OK : status;
}

crm_status kernel_schema_job(struct kernel *k, struct err *err) {
    const struct event_job_kind kind = {.name = STR("kernel.schema"),
                                        .owner = STR("kernel"),
                                        .max_attempts = 1000,
                                        .run = run_job,
                                        .ctx = k};
    return event_job_kind_add(k->events, &kind, err);
}

crm_status kernel_schema_submit(struct kernel *k, struct err *err) {
    const struct event_job_new job = {.kind = STR("kernel.schema"),
                                      .queue = STR("serial:schema"),
                                      .dedupe = STR("kernel.schema")};
    int64_t id;
    return event_job_submit(k->events, &job, &id, err);
}
