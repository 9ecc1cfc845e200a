/* See evaluate.h. */
#include "record/evaluate.h"

enum { EVALUATE_DEPTH_MAX = 32, FETCH_CHUNK = 200 };

struct row_entry {
    int32_t entity;
    int64_t id;
    const struct value *row; /* NULL: there is none */
    struct row_entry *next;
};

static size_t entry_place(const struct row_eval *x, int32_t entity, int64_t id) {
    uint64_t h = (uint64_t)id * UINT64_C(0x9E3779B97F4A7C15) ^
                 (uint64_t)entity * UINT64_C(0xC2B2AE3D27D4EB4F);
    return (size_t)(h >> 20) & x->entry_mask;
}

static struct row_entry *entry_find(const struct row_eval *x, int32_t entity, int64_t id) {
    if (!x->entries) return NULL;
    struct row_entry *it = x->entries[entry_place(x, entity, id)];
    while (it && (it->id != id || it->entity != entity))
        it = it->next;
    return it;
}

/* Doubles the table once chains would grow long. */
static bool entries_grow(struct row_eval *x) {
    size_t places = x->entries ? (x->entry_mask + 1) * 4 : 64,
           old = x->entries ? x->entry_mask + 1 : 0;
    struct row_entry **entries = ARENA_ARRAY(x->arena, places, struct row_entry *),
                     **before = x->entries;
    if (!entries) return false;
    x->entries = entries;
    x->entry_mask = places - 1;
    for (size_t i = 0; i < old; i++)
        for (struct row_entry *it = before[i], *next; it; it = next) {
            size_t at = entry_place(x, it->entity, it->id);
            next = it->next;
            it->next = entries[at];
            entries[at] = it;
        }
    return true;
}

static bool entry_add(struct row_eval *x, int32_t entity, int64_t id, const struct value *row) {
    if ((!x->entries || x->entry_count > x->entry_mask) && !entries_grow(x)) return false;
    struct row_entry *it = ARENA_NEW(x->arena, struct row_entry);
    if (!it) return false;
    size_t at = entry_place(x, entity, id);
    *it = (struct row_entry){.entity = entity, .id = id, .row = row, .next = x->entries[at]};
    x->entries[at] = it;
    x->entry_count++;
    return true;
}

crm_status row_eval_stored(struct row_eval *x, const struct schema_entity *e, int64_t id,
                           const struct value **ret_row, struct err *err) {
    struct row_entry *known = entry_find(x, e->id, id);
    if (known) {
        *ret_row = known->row;
        return CRM_OK;
    }
    const struct value *row = e->resident ? resident_row(x->resident, e, id) : NULL;
    if (!row) {
        struct value *read = NULL;
        crm_status status = store_record_get(x->conn, e, id, NULL, x->arena, &read, err);
        if (status != CRM_OK) return status;
        row = read;
    }
    if (!entry_add(x, e->id, id, row)) return err_no_memory(err);
    *ret_row = row;
    return CRM_OK;
}

crm_status row_eval_row(struct row_eval *x, const struct schema_entity *e, int64_t id,
                        const struct value **ret_row, struct err *err) {
    if (x->overlay && x->overlay(x->ctx, e, id, ret_row)) return CRM_OK;
    return row_eval_stored(x, e, id, ret_row, err);
}

crm_status row_eval_fetch(struct row_eval *x, const struct schema_entity *e, const int64_t *ids,
                          size_t count, struct err *err) {
    int64_t missing[FETCH_CHUNK];
    struct value *rows[FETCH_CHUNK];
    for (size_t at = 0; at < count;) {
        size_t n = 0;
        for (; at < count && n < FETCH_CHUNK; at++)
            if (!entry_find(x, e->id, ids[at])) missing[n++] = ids[at];
        if (n == 0) continue;
        crm_status status =
            store_record_get_many(x->conn, e, missing, n, NULL, x->arena, rows, err);
        if (status != CRM_OK) return status;
        for (size_t i = 0; i < n; i++)
            if (!entry_find(x, e->id, missing[i]) && !entry_add(x, e->id, missing[i], rows[i]))
                return err_no_memory(err);
    }
    return CRM_OK;
}

crm_status row_eval_items(struct row_eval *x, const struct schema_entity *e, int64_t id,
                          const struct schema_field *f, const struct store_item **ret_items,
                          size_t *ret_count, struct err *err) {
    if (x->overlay_items && x->overlay_items(x->ctx, e, id, f, ret_items, ret_count)) return CRM_OK;
    struct store_item *items = NULL;
    size_t count = 0;
    crm_status status = store_links_get(x->conn, f, &id, 1, x->arena, &items, &count, err);
    if (status != CRM_OK) return status;
    *ret_items = items;
    *ret_count = count;
    return CRM_OK;
}

static crm_status items_value(struct row_eval *x, const struct schema_entity *e,
                              const struct value *row, const struct schema_field *f,
                              struct value *ret, struct err *err) {
    const struct store_item *items = NULL;
    size_t count = 0;
    crm_status status =
        row_eval_items(x, e, row_std_int(e, row, SCHEMA_STD_ID), f, &items, &count, err);
    if (status != CRM_OK || count == 0) return status;
    struct value *values = ARENA_ARRAY(x->arena, count, struct value);
    if (!values) return err_no_memory(err);
    for (size_t i = 0; i < count; i++)
        values[i] = items[i].value;
    *ret = (struct value){.type = VALUE_LIST, .list = {.items = values, .count = count}};
    return CRM_OK;
}

/* The value of one field of one row. */
static crm_status field_value(struct row_eval *x, const struct schema_entity *e,
                              const struct value *row, const struct schema_field *f,
                              struct value *ret, struct err *err) {
    *ret = VALUE_OF_NIL;
    enum schema_storage storage = schema_storage_of(f);
    if (storage == SCHEMA_STORAGE_LINKS) return items_value(x, e, row, f, ret, err);
    if (storage != SCHEMA_STORAGE_NONE) {
        *ret = row[f->slot];
        return CRM_OK;
    }
    if (f->type != SCHEMA_FIELD_FORMULA || !f->formula) return CRM_OK;
    return row_eval_run(x, e, row, f->formula, ret, err);
}

static const struct schema_entity *
step_entity(const struct row_eval *x, const struct schema_field *f, const struct value *v) {
    int32_t id = v->entity ? v->entity : f->ref_entity;
    if (f->type == SCHEMA_FIELD_FORMULA && !id) id = f->value_type.entity;
    return schema_entity_by_id(x->schema, id);
}

static crm_status path_get(void *ctx, const struct expr *path, struct value *ret, struct err *err) {
    struct row_eval *x = ctx;
    const struct schema_entity *e = x->entity;
    const struct value *row = x->row;
    struct value v = VALUE_OF_NIL;
    for (uint8_t i = 0; i < path->path.length; i++) {
        const struct schema_field *f = e ? schema_field_by_id(e, path->path.step[i].field) : NULL;
        if (!f || !row) break;
        crm_status status = field_value(x, e, row, f, &v, err);
        if (status != CRM_OK) return status;
        if (expr_step_misses(&path->path.step[i], &v)) break;
        if (i + 1 == path->path.length) {
            *ret = v;
            return CRM_OK;
        }
        if (v.type != VALUE_ID) break;
        e = step_entity(x, f, &v);
        row = NULL;
        if (e) status = row_eval_row(x, e, v.integer, &row, err);
        if (status != CRM_OK) return status;
    }
    *ret = VALUE_OF_NIL;
    return CRM_OK;
}

crm_status row_eval_init(struct row_eval *x, const struct expr_env *env, struct err *err) {
    x->env = *env;
    x->env.get = path_get;
    x->env.ctx = x;
    x->env.arena = x->arena;
    return entries_grow(x) ? CRM_OK : err_no_memory(err);
}

const struct expr_env *row_eval_env(struct row_eval *x, const struct schema_entity *e,
                                    const struct value *row) {
    x->entity = e;
    x->row = row;
    return &x->env;
}

crm_status row_eval_run(struct row_eval *x, const struct schema_entity *e, const struct value *row,
                        const struct expr *expression, struct value *ret, struct err *err) {
    if (x->depth == EVALUATE_DEPTH_MAX)
        return err_internal(err, "formulas nested deeper than %d", EVALUATE_DEPTH_MAX);
    const struct schema_entity *outer_entity = x->entity;
    const struct value *outer_row = x->row;
    x->entity = e;
    x->row = row;
    x->depth++;
    crm_status status = expr_eval(expression, &x->env, ret, err);
    x->depth--;
    x->entity = outer_entity;
    x->row = outer_row;
    return status;
}

crm_status row_eval_truth(struct row_eval *x, const struct schema_entity *e,
                          const struct value *row, const struct expr *condition, bool *ret,
                          struct err *err) {
    struct value v = VALUE_OF_NIL;
    crm_status status = row_eval_run(x, e, row, condition, &v, err);
    if (status == CRM_OK) *ret = value_truthy(&v);
    return status;
}
