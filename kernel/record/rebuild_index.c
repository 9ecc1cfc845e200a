/* The index that a background step ends with: on PostgreSQL made concurrently, on a connection of
 * its own; on SQLite in the writer, which stands still meanwhile, or, over very many rows, by a
 * shadow (store/shadow.h) that is filled in batches, handed over and cleared in batches. See
 * rebuild.h. */
#include "base/time.h"
#include "record/rebuild_state.h"
#include "record/writer.h"
#include "store/shadow.h"

enum { COPY_ROWS = 200, SHED_ROWS = 500, SWEEP_ARENA_BYTES = 16 << 20 };

crm_status rebuild_index_look(struct rebuild *r, struct store_conn *c, struct err *err) {
    int64_t rows = store_shadow_rows(r->engine->store);
    for (size_t i = 0; r->step->index && i < r->entity->index_count; i++)
        if (r->entity->indexes[i].id == r->step->index) r->index = &r->entity->indexes[i];
    if (!r->index || store_engine_of(r->engine->store) != STORE_SQLITE) return CRM_OK;
    crm_status status = store_shadow_look(c, r->index, &r->index_is_made, &r->has_shadow, err);
    r->by_shadow = !r->index_is_made && (r->has_shadow || r->migration.total >= rows);
    return status;
}

crm_status rebuild_index_begin(struct rebuild *r, struct store_conn *c, struct err *err) {
    if (!r->by_shadow) return CRM_OK;
    if (!r->has_shadow) r->migration.cursor = r->migration.done = 0;
    return store_shadow_begin(c, r->entity, r->index, err);
}

crm_status rebuild_index_rows(struct rebuild *r, struct store_conn *c, struct err *err) {
    int64_t end = clock_monotonic_ns() + REBUILD_BATCH_NS;
    crm_status status = CRM_OK;
    r->is_last = !r->by_shadow;
    while (status == CRM_OK && !r->is_last && clock_monotonic_ns() < end) {
        int64_t rows = 0;
        status = store_shadow_copy(c, r->entity, r->index, r->migration.cursor, COPY_ROWS,
                                   &r->migration.cursor, &rows, err);
        r->migration.done += rows;
        r->is_last = rows < COPY_ROWS;
    }
    return status;
}

static crm_status apart(struct rebuild *r,
                        crm_status (*fn)(struct rebuild *, struct store_conn *, struct err *),
                        struct err *err) {
    struct store_conn *c = NULL;
    if (!r->index || store_engine_of(r->engine->store) == STORE_SQLITE) return CRM_OK;
    crm_status status = store_conn_open(r->engine->store, STORE_WRITER, &c, err);
    if (status == CRM_OK) status = fn(r, c, err);
    store_conn_close(c);
    return status;
}

static crm_status make_apart(struct rebuild *r, struct store_conn *c, struct err *err) {
    crm_status status = rebuild_not_cancelled(r, c, err);
    return status == CRM_OK ? store_reshape_index(c, r->entity, r->index, err) : status;
}

static crm_status unmake_apart(struct rebuild *r, struct store_conn *c, struct err *err) {
    return store_reshape_unindex(c, r->index, err);
}

crm_status rebuild_index_apart(struct rebuild *r, struct err *err) {
    return apart(r, make_apart, err);
}

/* One that is unique would go on refusing what nobody wants to be refused. */
void rebuild_index_leave(struct rebuild *r) { (void)apart(r, unmake_apart, NULL); }

/* The others were looked through while people wrote. */
static crm_status check_renewed(struct rebuild *r, struct store_conn *c, struct err *err) {
    struct store_reshape_answer answer;
    const struct store_reshape_question question = {
        .entity = r->entity,
        .what = STORE_RESHAPE_DUPLICATE,
        .field = r->field,
        .shadow = store_shadow_name(&r->arena, r->index->name),
        .renewed = true,
        .limit = REBUILD_FOUND_MAX};
    if (!r->index->unique) return CRM_OK;
    if (!question.shadow.ptr) return err_no_memory(err);
    crm_status status = store_reshape_find(c, &question, &r->arena, &answer, err);
    return status == CRM_OK && answer.count ? rebuild_found(r, &answer, err) : status;
}

crm_status rebuild_index_finish(struct rebuild *r, struct store_conn *c, struct err *err) {
    if (!r->index || r->index_is_made || store_engine_of(r->engine->store) != STORE_SQLITE)
        return CRM_OK;
    if (!r->by_shadow) return store_reshape_index(c, r->entity, r->index, err);
    bool is_made = false, has_shadow = false;
    crm_status status = store_shadow_look(c, r->index, &is_made, &has_shadow, err);
    if (status != CRM_OK || is_made) return status; /* an import made its indexes anew */
    status = check_renewed(r, c, err);
    return status == CRM_OK ? store_shadow_take(c, r->entity, r->index, err) : status;
}

/* ---- what is left of a shadow ------------------------------------------------------------- */
struct shedding {
    struct str shadow;
    bool is_gone;
};

static crm_status shed_batch(void *ctx, struct store_conn *c, struct err *err) {
    struct shedding *s = ctx;
    return store_shadow_clear(c, s->shadow, SHED_ROWS, &s->is_gone, err);
}

static crm_status shed(struct engine *e, const struct rebuild_options *options, struct str shadow,
                       struct err *err) {
    struct shedding s = {.shadow = shadow};
    crm_status status = CRM_OK;
    while (status == CRM_OK && !s.is_gone) {
        int64_t began = clock_monotonic_ns();
        status = engine_write(e, shed_batch, &s, err);
        if (options->progress && !options->progress(options->ctx, NULL)) return status;
        rebuild_rest(options, began);
    }
    return status;
}

crm_status rebuild_index_shed(struct rebuild *r, struct err *err) {
    if (!r->by_shadow) return CRM_OK;
    struct str shadow = store_shadow_name(&r->arena, r->index->name);
    return shadow.ptr ? shed(r->engine, r->options, shadow, err) : err_no_memory(err);
}

static crm_status find_strays(struct store_conn *c, const struct schema_plan *plan, struct arena *a,
                              struct str **ret, size_t *ret_count, struct err *err) {
    struct str *names = NULL;
    size_t count = 0;
    crm_status status = store_shadow_list(c, a, &names, &count, err);
    *ret = names;
    *ret_count = 0;
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        bool wanted = false;
        status = rebuild_wants_shadow(c, plan, names[i], a, &wanted, err);
        if (!wanted) names[(*ret_count)++] = names[i];
    }
    return status;
}

crm_status rebuild_sweep(struct engine *e, const struct schema_plan *plan,
                         const struct rebuild_options *options, struct err *err) {
    struct store_conn *c = NULL;
    struct arena a;
    struct str *names = NULL;
    size_t count = 0;
    if (store_engine_of(e->store) != STORE_SQLITE) return CRM_OK;
    crm_status status = engine_reader_open(e, &c, err);
    if (status != CRM_OK) return status;
    arena_init(&a, SWEEP_ARENA_BYTES);
    status = store_begin(c, err);
    if (status == CRM_OK) {
        status = find_strays(c, plan, &a, &names, &count, err);
        store_rollback(c);
    }
    store_conn_close(c);
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        status = shed(e, options, names[i], err);
    arena_fini(&a);
    return status;
}
