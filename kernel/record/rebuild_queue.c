/* Background steps from outside: asked for, chosen, cancelled. See rebuild.h. */
#include "base/time.h"
#include "record/lists.h"
#include "record/rebuild_state.h"
#include "store/shadow.h"

enum { LIST_ARENA_BYTES = 16 << 20 };

struct asking {
    const struct schema_plan *plan;
    bool lossy;
    int64_t author;
    size_t *ret_next;
};

static crm_status newest(struct store_conn *c, const struct schema_step *step, struct arena *a,
                         struct store_migration *ret, bool *ret_found, struct err *err) {
    return store_migration_find(c, str_from(schema_step_word(step->kind)), step->subject, a, ret,
                                ret_found, err);
}

/* An index of few rows was made along with the snapshot. */
static bool is_done(const struct schema_plan *plan, const struct schema_step *step) {
    for (size_t i = 0; step->kind == SCHEMA_STEP_CREATE_INDEX && i < plan->registry->index_count;
         i++) {
        const struct schema_registry_index *index = &plan->registry->indexes[i];
        if (index->entity == step->entity && index->id == step->index)
            return index->state == SCHEMA_STATE_LIVE;
    }
    return false;
}

static bool is_open(const struct store_migration *m) {
    return !str_eq(m->detail, REBUILD_SETTLED) &&
           (m->state == STORE_MIGRATION_RUNNING || m->state == STORE_MIGRATION_QUEUED);
}

static bool is_of_plan(const struct schema_plan *plan, const struct store_migration *m) {
    for (size_t i = 0; i < plan->step_count; i++)
        if (plan->steps[i].background && !is_done(plan, &plan->steps[i]) &&
            str_is(m->kind, schema_step_word(plan->steps[i].kind)) &&
            str_eq(m->subject, plan->steps[i].subject))
            return true;
    return false;
}

/* What is settled is done, now that the snapshot shows it; what was begun or asked for and no
 * definition wants any more is cancelled. */
static crm_status tidy(const struct schema_plan *plan, struct store_conn *c, struct arena *a,
                       struct err *err) {
    static const enum store_migration_state open[] = {STORE_MIGRATION_RUNNING,
                                                      STORE_MIGRATION_QUEUED};
    crm_status status = CRM_OK;
    for (size_t n = 0; status == CRM_OK && n < 2; n++) {
        struct store_migration *all = NULL;
        size_t count = 0;
        status = store_migration_list(c, (int)open[n], 0, a, &all, &count, err);
        for (size_t i = 0; status == CRM_OK && i < count; i++) {
            bool settled = str_eq(all[i].detail, REBUILD_SETTLED);
            if (!settled && is_of_plan(plan, &all[i])) continue;
            all[i].state = settled ? STORE_MIGRATION_DONE : STORE_MIGRATION_CANCELLED;
            if (settled) all[i].detail = STR_NONE;
            if (!settled) all[i].finished = clock_now_ms();
            status = store_migration_put(c, &all[i], err);
        }
    }
    return status;
}

static crm_status queue_step(struct asking *x, struct store_conn *c, const struct schema_step *step,
                             struct arena *a, struct err *err) {
    struct store_migration known;
    bool found = false;
    crm_status status = newest(c, step, a, &known, &found, err);
    bool runs = found && is_open(&known);
    if (status != CRM_OK || (runs && !x->lossy)) return status;
    known = runs ? known
                 : (struct store_migration){.at = clock_now_ms(),
                                            .kind = str_from(schema_step_word(step->kind)),
                                            .subject = step->subject,
                                            .state = STORE_MIGRATION_QUEUED,
                                            .author = x->author};
    if (x->lossy) known.detail = REBUILD_LOSSY;
    return runs ? store_migration_put(c, &known, err) : store_migration_add(c, &known, err);
}

static crm_status queue_all(void *ctx, struct store_conn *c, struct err *err) {
    struct asking *x = ctx;
    struct arena a;
    crm_status status = CRM_OK;
    arena_init(&a, LIST_ARENA_BYTES);
    for (size_t i = 0; status == CRM_OK && i < x->plan->step_count; i++)
        if (x->plan->steps[i].background && !schema_step_is_list(x->plan->steps[i].kind) &&
            !is_done(x->plan, &x->plan->steps[i])) /* lists have queued theirs */
            status = queue_step(x, c, &x->plan->steps[i], &a, err);
    if (status == CRM_OK) status = tidy(x->plan, c, &a, err);
    arena_fini(&a);
    return status;
}

crm_status rebuild_queue(struct engine *e, const struct schema_plan *plan, bool lossy,
                         int64_t author, struct err *err) {
    struct asking x = {.plan = plan, .lossy = lossy, .author = author};
    return engine_write(e, queue_all, &x, err);
}

static crm_status choose(struct asking *x, struct store_conn *c, struct arena *a, struct err *err) {
    for (size_t i = 0; i < x->plan->step_count; i++) {
        struct store_migration known;
        bool found = false;
        const struct schema_step *step = &x->plan->steps[i];
        if (!step->background || step->waits || is_done(x->plan, step)) continue;
        crm_status status = newest(c, step, a, &known, &found, err);
        if (status != CRM_OK) return status;
        if (found &&
            (known.state == STORE_MIGRATION_FAILED || known.state == STORE_MIGRATION_CANCELLED))
            continue;
        *x->ret_next = i;
        return CRM_OK;
    }
    return CRM_OK;
}

static crm_status tidy_up(void *ctx, struct store_conn *c, struct err *err) {
    struct arena a;
    arena_init(&a, LIST_ARENA_BYTES);
    crm_status status = tidy(ctx, c, &a, err);
    arena_fini(&a);
    return status;
}

crm_status rebuild_tidy(struct engine *e, const struct schema_plan *plan, struct err *err) {
    return engine_write(e, tidy_up, (void *)(uintptr_t)plan, err);
}

crm_status rebuild_next(struct engine *e, const struct schema_plan *plan, size_t *ret,
                        struct err *err) {
    struct asking x = {.plan = plan, .ret_next = ret};
    struct store_conn *c = NULL;
    struct arena a;
    *ret = SIZE_MAX;
    if (!plan->background_count) return CRM_OK;
    crm_status status = engine_reader_open(e, &c, err);
    if (status != CRM_OK) return status;
    arena_init(&a, LIST_ARENA_BYTES);
    status = store_begin(c, err);
    if (status == CRM_OK) {
        status = choose(&x, c, &a, err);
        store_rollback(c);
    }
    arena_fini(&a);
    store_conn_close(c);
    return status;
}

static bool is_shadow_of(const struct schema_plan *plan, const struct schema_step *step,
                         struct str shadow, struct arena *a) {
    for (size_t i = 0; step->index && i < plan->registry->index_count; i++) {
        const struct schema_registry_index *index = &plan->registry->indexes[i];
        if (index->entity == step->entity && index->id == step->index)
            return str_eq(store_shadow_name(a, index->name), shadow);
    }
    return false;
}

crm_status rebuild_wants_shadow(struct store_conn *c, const struct schema_plan *plan,
                                struct str shadow, struct arena *a, bool *ret, struct err *err) {
    *ret = false;
    for (size_t i = 0; i < plan->step_count; i++) {
        const struct schema_step *step = &plan->steps[i];
        struct store_migration known;
        bool found = false;
        if (!step->background || is_done(plan, step) || !is_shadow_of(plan, step, shadow, a))
            continue;
        crm_status status = newest(c, step, a, &known, &found, err);
        if (status != CRM_OK) return status;
        *ret |= found && is_open(&known);
    }
    return CRM_OK;
}

/* ---- cancelling -------------------------------------------------------------------------- */
struct cancelling {
    int64_t id;
    bool found;
    struct arena *arena;
    struct store_migration list; /* a step of lists, which is theirs to end; id 0: none */
};

static crm_status cancel(void *ctx, struct store_conn *c, struct err *err) {
    struct cancelling *x = ctx;
    struct store_migration *running = NULL;
    size_t count = 0;
    crm_status status = store_migration_list(c, -1, 0, x->arena, &running, &count, err);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        if (running[i].id != x->id || !is_open(&running[i])) continue;
        if (list_is_move(&running[i])) {
            x->list = running[i];
            continue;
        }
        running[i].state = STORE_MIGRATION_CANCELLED;
        running[i].finished = clock_now_ms();
        status = store_migration_put(c, &running[i], err);
        x->found = true;
    }
    return status;
}

crm_status rebuild_cancel(struct engine *e, int64_t migration, bool *ret_found, struct err *err) {
    struct arena a;
    arena_init(&a, LIST_ARENA_BYTES);
    struct cancelling x = {.id = migration, .arena = &a};
    crm_status status = engine_write(e, cancel, &x, err);
    if (status == CRM_OK && x.list.id)
        status = lists_release(e, &x.list, STORE_MIGRATION_CANCELLED, NULL, &x.found, err);
    *ret_found = x.found;
    arena_fini(&a);
    return status;
}
