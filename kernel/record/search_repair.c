/* See search_repair.h. The batches are those of a field that becomes searchable (rebuild_rows.c).
 */
#include "record/search_repair.h"

#include "record/messages.h"
#include "record/rebuild_state.h"
#include "record/writer.h"
#include "store/search_rebuild.h"

struct repair {
    struct rebuild rebuild; /* as a step without a row in sys_migration */
    struct schema_plan plan;
    struct schema_step step;
    int64_t rows, rows_before; /* before: as the last batch left it */
    bool done;
};

static crm_status try_begin(struct store_conn *c, const struct schema_entity *e, struct err *err) {
    crm_status status = store_begin(c, err);
    if (status != CRM_OK) return status;
    status = search_fill_anew(c, e, err);
    if (status == CRM_OK) return store_commit(c, err);
    store_rollback(c);
    return status;
}

/* Between the writer's batches: a statement that fails ends its transaction. */
static crm_status begin(void *ctx, struct store_conn *c, struct err *err) {
    const struct schema_entity *e = ((struct repair *)ctx)->rebuild.entity;
    crm_status status = try_begin(c, e, err);
    if (status != CRM_UNAVAILABLE) return status;
    status = store_search_reset(c, e, err);
    return status == CRM_OK ? try_begin(c, e, err) : status;
}

/* The writer may run it more than once. */
static crm_status batch(void *ctx, struct store_conn *c, struct err *err) {
    struct repair *x = ctx;
    struct rebuild *r = &x->rebuild;
    if (r->engine->schema != x->plan.schema)
        return err_set(err, CRM_STALE, &record_rebuild_overtaken, NULL);
    crm_status status = search_fill_read(c, r->entity, &r->fill, err);
    x->done = status == CRM_OK && !r->fill.begun; /* somebody else was there */
    if (status != CRM_OK || x->done) return status;
    r->is_last = false;
    r->migration = (struct store_migration){.cursor = r->fill.renewed};
    status = rebuild_rows(r, c, err);
    x->rows = x->rows_before + r->migration.done;
    x->done = status == CRM_OK && r->is_last;
    return x->done ? search_fill_forget(c, r->entity, err) : status;
}

static crm_status walk(struct repair *x, const struct search_repair_options *options,
                       struct err *err) {
    struct rebuild *r = &x->rebuild;
    crm_status status = writer_exclusive(r->engine->writer, begin, x, err);
    while (status == CRM_OK && !x->done) {
        x->rows_before = x->rows;
        status = engine_write(r->engine, batch, x, err);
        if (status == CRM_OK && options->progress && !x->done &&
            !options->progress(options->ctx, r->entity->name, x->rows))
            status =
                err_set_args(err, CRM_CANCELLED, &record_rebuild_cancelled, &r->entity->name, 1);
    }
    return status;
}

crm_status search_repair(struct engine *e, int32_t entity,
                         const struct search_repair_options *options, int64_t *ret_rows,
                         struct err *err) {
    struct repair x = {.plan.schema = engine_schema(e), .step.kind = SCHEMA_STEP_FILL_SEARCH};
    const struct schema_entity *of = schema_entity_by_id(x.plan.schema, entity);
    crm_status status = CRM_OK;
    x.rebuild = (struct rebuild){.engine = e, .plan = &x.plan, .step = &x.step, .entity = of};
    if (of && of->search && !of->searching) {
        /* Stays: what is interrupted is not forgotten, and asking for it costs little. */
        if (store_engine_of(e->store) == STORE_SQLITE) atomic_store(&e->repairing, true);
        status = walk(&x, options, err);
    }
    if (status == CRM_OK) *ret_rows = x.rows;
    schema_unref(x.plan.schema);
    return status;
}
