/* Roll-ups over stored children, by a query: of one record, or of many at once. See rollups.h. */
#include "record/prepare.h"
#include "record/rollups.h"

struct rollup_ask {
    struct store_conn *conn;
    struct arena *arena;
    const struct schema *schema;
    const struct schema_entity *parent;
    const struct schema_field *field, *by;
};

static crm_status ask_init(struct rollup_ask *x, struct err *err) {
    const struct schema_entity *child = schema_entity_by_id(x->schema, x->field->rollup_entity);
    x->by = child ? schema_field_by_id(child, x->field->rollup_by) : NULL;
    if (x->by) return CRM_OK;
    return err_internal(err, "the roll-up %.*s has lost its children", STR_ARG(x->field->name));
}

/* ---- trees ------------------------------------------------------------------------------- */
static struct expr *path_of(const struct rollup_ask *x) {
    struct expr_type type = {.type = VALUE_ID, .entity = x->by->ref_entity};
    struct expr *path = ARENA_NEW(x->arena, struct expr);
    if (path)
        *path = (struct expr){.op = EXPR_PATH,
                              .type = type,
                              .path = {.length = 1, .step = {{.field = x->by->id, .type = type}}}};
    return path;
}

static struct expr *literal_of(const struct rollup_ask *x, int64_t id) {
    struct expr_type type = {.type = VALUE_ID, .entity = x->by->ref_entity};
    struct expr *wanted = ARENA_NEW(x->arena, struct expr);
    if (!wanted) return NULL;
    *wanted =
        (struct expr){.op = EXPR_LITERAL, .type = type, .never_nil = true, .literal = value_id(id)};
    wanted->literal.entity = x->by->ref_entity ? 0 : x->parent->id;
    return wanted;
}

/* by == id */
static const struct expr *is_child_of(const struct rollup_ask *x, int64_t id) {
    struct expr *path = path_of(x), *wanted = literal_of(x, id),
                *equal = ARENA_NEW(x->arena, struct expr);
    if (!path || !wanted || !equal) return NULL;
    *equal = (struct expr){
        .op = EXPR_EQ, .type = {.type = VALUE_BOOL}, .never_nil = true, .pair = {path, wanted}};
    return equal;
}

/* one_of(by, ids ...) */
static const struct expr *is_child_of_any(const struct rollup_ask *x, const struct expr *path,
                                          const int64_t *ids, size_t count) {
    const struct expr **args = ARENA_ARRAY(x->arena, count + 1, const struct expr *);
    struct expr *any = ARENA_NEW(x->arena, struct expr);
    if (!args || !any) return NULL;
    args[0] = path;
    for (size_t i = 0; i < count; i++)
        if (!(args[i + 1] = literal_of(x, ids[i]))) return NULL;
    *any = (struct expr){.op = EXPR_CALL, .type = {.type = VALUE_BOOL}, .never_nil = true};
    any->call.code = EXPR_FN_one_of;
    any->call.count = (uint16_t)(count + 1);
    any->call.args = args;
    return any;
}

/* ---- questions --------------------------------------------------------------------------- */
static crm_status run(const struct rollup_ask *x, const struct expr *where,
                      const struct expr *group, int64_t limit, struct store_figures_result *ret,
                      struct err *err) {
    struct actor system;
    struct access access;
    engine_actor_system(ACCESS_DOOR_JOB, &system);
    access_init(&access, x->schema, &system);
    const struct store_figures figures = {
        .query = {.access = &access,
                  .from = schema_entity_by_id(x->schema, x->field->rollup_entity),
                  .action = SCHEMA_ACTION_READ,
                  .where = where,
                  .trash = STORE_LIVING,
                  .now_ms = clock_now_ms()},
        .group = &group,
        .group_count = group ? 1 : 0,
        .measures = &x->field->rollup,
        .measure_count = 1,
        .limit = limit};
    *ret = (struct store_figures_result){0};
    return where ? store_figures_run(x->conn, &figures, x->arena, ret, err) : err_no_memory(err);
}

crm_status rollup_query(struct store_conn *c, struct arena *a, const struct schema *s,
                        const struct schema_entity *parent, const struct schema_field *f,
                        int64_t id, const struct company *company, struct value *ret,
                        struct err *err) {
    struct rollup_ask x = {c, a, s, parent, f, NULL};
    struct store_figures_result result;
    crm_status status = ask_init(&x, err);
    if (status == CRM_OK) status = run(&x, is_child_of(&x, id), NULL, 1, &result, err);
    if (status != CRM_OK) return status;
    *ret = result.row_count ? result.cells[0] : VALUE_OF_NIL;
    if (!value_coerce(f, company, ret)) *ret = VALUE_OF_NIL;
    return CRM_OK;
}

/* Rows of the answer stand in any order: ids rise. */
static struct value *place_of(const int64_t *ids, size_t count, struct value *values, int64_t id) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && ids[low] == id ? &values[low] : NULL;
}

crm_status rollup_query_many(struct row_eval *eval, const struct schema_entity *parent,
                             const struct schema_field *f, const int64_t *ids, size_t count,
                             const struct company *company, struct value *ret, struct err *err) {
    struct rollup_ask x = {eval->conn, eval->arena, eval->schema, parent, f, NULL};
    struct store_figures_result result;
    struct value nothing;
    crm_status status = ask_init(&x, err);
    const struct expr *path = status == CRM_OK ? path_of(&x) : NULL;
    if (status == CRM_OK && !path) return err_no_memory(err);
    if (status == CRM_OK)
        status = run(&x, is_child_of_any(&x, path, ids, count), path, (int64_t)count, &result, err);
    if (status == CRM_OK) status = rollup_nothing(eval, f, company, &nothing, err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < count; i++)
        ret[i] = nothing;
    for (size_t i = 0; i < result.row_count; i++) {
        struct value *to = place_of(ids, count, ret, result.cells[2 * i].integer);
        if (!to) continue;
        *to = result.cells[2 * i + 1];
        if (!value_coerce(f, company, to)) *to = VALUE_OF_NIL;
    }
    return CRM_OK;
}
