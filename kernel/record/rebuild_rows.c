/* One batch of a background step: a page of rows, as many of them as a few milliseconds allow. See
 * rebuild.h. */
#include "base/time.h"
#include "record/apply.h"
#include "record/prepare.h"
#include "record/rebuild_state.h"
#include "record/rollups.h"
#include "store/query.h"
#include "store/reshape.h"

/* Rows between two looks at the clock: what is written, and asked, together. */
enum { PAGE_ARENA_BYTES = 256 << 20, SLICE_ROWS = 50 };

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
/* Some rows behind each other. */
struct slice {
    struct value **rows;
    size_t count;
};

static crm_status figure(struct page *p, const struct slice *s, struct value *ret,
                         struct err *err) {
    const struct schema *schema = p->rebuild->plan->schema;
    const struct schema_field *f = p->rebuild->field;
    const struct schema_entity *e = p->rebuild->entity,
                               *child = schema_entity_by_id(schema, f->rollup_entity);
    const struct schema_field *by = child ? schema_field_by_id(child, f->rollup_by) : NULL;
    int64_t ids[SLICE_ROWS];
    crm_status status = CRM_OK;
    for (size_t i = 0; i < s->count; i++)
        ids[i] = row_std_int(e, s->rows[i], SCHEMA_STD_ID);
    if (by && by->ref_entity)
        return rollup_query_many(&p->eval, e, f, ids, s->count, p->company, ret, err);
    for (size_t i = 0; status == CRM_OK && i < s->count; i++)
        status = rollup_query(p->conn, &p->arena, schema, e, f, ids[i], p->company, &ret[i], err);
    return status;
}

/* A folded column comes along with the value, which stays. */
static crm_status fill_field(struct page *p, const struct slice *s, struct err *err) {
    const struct schema_field *f = p->rebuild->field;
    const struct schema_entity *e = p->rebuild->entity;
    const struct value *changed[SLICE_ROWS];
    struct value figures[SLICE_ROWS];
    size_t count = 0;
    bool is_figure = f->type == SCHEMA_FIELD_ROLLUP;
    crm_status status = is_figure ? figure(p, s, figures, err) : CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < s->count; i++) {
        struct value *row = s->rows[i], before = row[f->slot];
        if (is_figure) row[f->slot] = figures[i];
        if (!is_figure && !f->folding) status = formulas_store(&p->eval, e, row, p->company, err);
        bool same = f->folding ? value_is_nil(before) : prepare_same(&before, &row[f->slot]);
        if (!same) changed[count++] = row;
    }
    return status == CRM_OK ? store_record_fill(p->conn, e, f->slot, changed, count, err) : status;
}

/* ---- search rows ----------------------------------------------------------------------------- */
static crm_status fill_search_row(struct page *p, struct value *row, struct err *err) {
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

static crm_status fill_search(struct page *p, const struct slice *s, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < s->count; i++)
        status = fill_search_row(p, s->rows[i], err);
    return status;
}

/* ---- the batch ------------------------------------------------------------------------------- */
static crm_status fill_page(struct page *p, struct err *err) {
    struct rebuild *r = p->rebuild;
    int64_t end = clock_monotonic_ns() + REBUILD_BATCH_NS;
    for (size_t done = 0; done < p->count;) {
        size_t left = p->count - done;
        const struct slice s = {p->rows + done, left < SLICE_ROWS ? left : SLICE_ROWS};
        crm_status status = r->step->kind == SCHEMA_STEP_FILL_SEARCH ? fill_search(p, &s, err)
                                                                     : fill_field(p, &s, err);
        if (status == CRM_OK) status = store_reshape_reach(p->conn, err);
        if (status != CRM_OK) return status;
        done += s.count;
        r->migration.cursor = row_std_int(r->entity, p->rows[done - 1], SCHEMA_STD_ID);
        r->migration.done += (int64_t)s.count;
        if (clock_monotonic_ns() > end && done < p->count) return CRM_OK;
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
    if (status == CRM_OK) status = fill_page(p, err);
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
