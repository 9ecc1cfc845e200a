/* One batch of a background step: a page of rows, as many of them as a few milliseconds allow. See
 * rebuild.h. */
#include "base/time.h"
#include "record/apply.h"
#include "record/prepare.h"
#include "record/rebuild_state.h"
#include "record/rollups.h"
#include "store/query.h"
#include "store/reshape.h"

enum { PAGE_ARENA_BYTES = 256 << 20, REACH_ROWS = 25 };

struct page {
    struct rebuild *rebuild;
    struct store_conn *conn;
    struct arena arena;
    const struct company *company;
    struct row_eval eval;
    struct value *rows[REBUILD_PAGE];
    size_t count;
    bool no_memory;
};

static bool keep_row(void *ctx, const struct value *row) {
    struct page *p = ctx;
    size_t fields = p->rebuild->entity->field_count;
    struct value *copy = ARENA_ARRAY(&p->arena, fields, struct value);
    for (size_t i = 0; copy && i < fields; i++)
        if (!value_copy(&p->arena, &row[i], &copy[i])) copy = NULL;
    p->no_memory = !copy;
    if (!copy) return false;
    p->rows[p->count++] = copy;
    return p->count < REBUILD_PAGE;
}

/* ---- values of one field ------------------------------------------------------------------- */
static crm_status compute(struct page *p, struct value *row, struct err *err) {
    const struct schema_field *f = p->rebuild->field;
    const struct schema_entity *e = p->rebuild->entity;
    if (f->folding) return CRM_OK; /* the value stays, its folded column comes along */
    if (f->type == SCHEMA_FIELD_ROLLUP)
        return rollup_query(p->conn, &p->arena, p->rebuild->plan->schema, e, f,
                            row_std_int(e, row, SCHEMA_STD_ID), p->company, &row[f->slot], err);
    return formulas_store(&p->eval, e, row, p->company, err);
}

static crm_status fill_field(struct page *p, struct value *row, struct err *err) {
    const struct schema_field *f = p->rebuild->field;
    const struct schema_entity *e = p->rebuild->entity;
    struct value before = row[f->slot];
    struct slot_set changed = {0};
    crm_status status = compute(p, row, err);
    if (status != CRM_OK) return status;
    bool same = f->folding ? value_is_nil(before) : prepare_same(&before, &row[f->slot]);
    if (same) return CRM_OK;
    slot_add(&changed, f->slot);
    return store_record_update(p->conn, e, row_std_int(e, row, SCHEMA_STD_ID), 0, &changed, row,
                               NULL, err);
}

/* ---- search rows ----------------------------------------------------------------------------- */
static crm_status fill_search(struct page *p, struct value *row, struct err *err) {
    const struct schema_entity *e = p->rebuild->entity;
    struct record_change still = {.verb = RECORD_UPDATE,
                                  .entity = e,
                                  .id = row_std_int(e, row, SCHEMA_STD_ID),
                                  .before = row,
                                  .after = row};
    struct store_search_row former, now;
    bool had = p->rebuild->fill.has_former;
    if (!row_is_living(e, row)) return CRM_OK;
    crm_status status = search_row_make(p->conn, &p->arena, &still, SEARCH_ROW_AFTER, &now, err);
    if (status == CRM_OK && had)
        status = search_row_make(p->conn, &p->arena, &still, SEARCH_ROW_FORMER, &former, err);
    return status == CRM_OK ? store_search_put(p->conn, e, had ? &former : NULL, &now, err)
                            : status;
}

/* ---- the batch ------------------------------------------------------------------------------- */
static crm_status each_row(struct page *p, struct err *err) {
    struct rebuild *r = p->rebuild;
    int64_t end = clock_monotonic_ns() + REBUILD_BATCH_NS;
    for (size_t i = 0; i < p->count; i++) {
        crm_status status = r->step->kind == SCHEMA_STEP_FILL_SEARCH
                                ? fill_search(p, p->rows[i], err)
                                : fill_field(p, p->rows[i], err);
        if (status == CRM_OK && i % REACH_ROWS == REACH_ROWS - 1)
            status = store_reshape_reach(p->conn, err);
        if (status != CRM_OK) return status;
        r->migration.cursor = row_std_int(r->entity, p->rows[i], SCHEMA_STD_ID);
        r->migration.done++;
        if (clock_monotonic_ns() > end && i + 1 < p->count) return CRM_OK;
    }
    r->is_last = p->count < REBUILD_PAGE;
    return CRM_OK;
}

static crm_status page_open(struct page *p, struct err *err) {
    struct rebuild *r = p->rebuild;
    struct expr_env env = {0};
    struct actor system;
    p->company = engine_company_ref(r->engine);
    p->eval = (struct row_eval){.conn = p->conn,
                                .schema = r->plan->schema,
                                .resident = engine_resident_ref(r->engine),
                                .arena = &p->arena};
    engine_actor_system(ACCESS_DOOR_MIGRATION, &system);
    engine_env(r->engine, &system, p->company, &p->arena, &env);
    return row_eval_init(&p->eval, &env, err);
}

static crm_status walk(struct page *p, struct err *err) {
    struct rebuild *r = p->rebuild;
    struct slot_set slots = {0};
    const struct schema_field *f = r->field;
    bool narrow = f && (f->folding || f->type == SCHEMA_FIELD_ROLLUP);
    if (narrow) {
        slot_add(&slots, std_slot(r->entity, SCHEMA_STD_ID));
        slot_add(&slots, f->slot);
    }
    crm_status status = page_open(p, err);
    if (status == CRM_OK)
        status = store_record_each(p->conn, r->entity, narrow ? &slots : NULL, r->migration.cursor,
                                   REBUILD_PAGE, true, &p->arena, keep_row, p, err);
    if (status == CRM_OK && p->no_memory) status = err_no_memory(err);
    if (status == CRM_OK) status = each_row(p, err);
    engine_resident_unref(r->engine, p->eval.resident);
    engine_company_unref(r->engine, p->company);
    return status;
}

static crm_status clear(struct rebuild *r, struct store_conn *c, struct err *err) {
    int64_t rows = 0;
    if (r->registered->link_table.len) {
        r->is_last = true;
        return store_reshape_drop_links(c, r->registered->link_table, err);
    }
    int64_t end = clock_monotonic_ns() + REBUILD_BATCH_NS;
    crm_status status = CRM_OK;
    while (status == CRM_OK && !r->is_last && clock_monotonic_ns() < end) {
        status = store_reshape_clear(c, r->entity->table, r->registered, r->migration.cursor,
                                     REBUILD_PAGE, &r->migration.cursor, &rows, err);
        r->migration.done += rows;
        r->is_last = rows < REBUILD_PAGE;
    }
    return status;
}

crm_status rebuild_rows(struct rebuild *r, struct store_conn *c, struct err *err) {
    struct page p = {.rebuild = r, .conn = c};
    switch (r->step->kind) {
    case SCHEMA_STEP_FILL_FIELD:
    case SCHEMA_STEP_FILL_SEARCH:
        break;
    case SCHEMA_STEP_RECYCLE_FIELD:
        return clear(r, c, err);
    default:
        return rebuild_index_rows(r, c, err);
    }
    arena_init(&p.arena, PAGE_ARENA_BYTES);
    crm_status status = walk(&p, err);
    if (status == CRM_OK && r->step->kind == SCHEMA_STEP_FILL_SEARCH)
        status = search_fill_put(c, r->entity, r->migration.cursor, err);
    arena_fini(&p.arena);
    return status;
}
