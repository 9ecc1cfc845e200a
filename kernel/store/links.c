/* Items of multi-valued fields: the rows of link tables. See rows.h and link_table.h. */
#include "store/id_map.h"
#include "store/link_table.h"
#include "store/rows.h"
#include "store/shape.h"

enum { LINK_PARAMS_MAX = 96 };

static void add_column_names(struct sql *s, const struct schema_field *f) {
    struct link_column columns[LINK_COLUMNS_MAX];
    struct column parts[COLUMNS_PER_FIELD_MAX];
    int count = link_columns(f, columns);
    sql_add(s, "\"record\", \"position\"");
    for (int i = 0; i < count; i++)
        sql_printf(s, ", \"%s\"", columns[i].name);
    for (size_t i = 0; i < f->attribute_count; i++) {
        int part_count = columns_of(&f->attributes[i], parts);
        for (int k = 0; k < part_count; k++) {
            sql_add(s, ", ");
            sql_column(s, NULL, &f->attributes[i], parts[k].suffix);
        }
    }
}

/* ---- reading ----------------------------------------------------------------------------- */
static struct value *read_attributes(const struct schema_field *f, const struct store_value *at,
                                     struct arena *a) {
    struct column parts[COLUMNS_PER_FIELD_MAX];
    struct value *values = ARENA_ARRAY(a, f->attribute_count, struct value);
    for (size_t i = 0; values && i < f->attribute_count; i++) {
        values[i] = columns_to_value(&f->attributes[i], at);
        at += columns_of(&f->attributes[i], parts);
        if (!columns_keep(a, &values[i])) return NULL;
    }
    return values;
}

static struct str keep_text(struct arena *a, const struct store_value *v, bool *ok) {
    struct str copy = v->type == STORE_TEXT ? arena_str(a, v->bytes) : STR_NONE;
    if (v->type == STORE_TEXT && !copy.ptr) *ok = false;
    return copy;
}

/* `at` is the row behind (record, position). */
static bool read_item(const struct schema_field *f, const struct store_value *at, struct arena *a,
                      struct store_item *ret) {
    struct link_column columns[LINK_COLUMNS_MAX];
    int count = link_columns(f, columns);
    bool ok = true;
    *ret = (struct store_item){0};
    if (f->type == SCHEMA_FIELD_LINKS) {
        ret->value = value_id(at[0].integer);
        ret->value.entity = f->ref_entity ? f->ref_entity : (int32_t)at[1].integer;
    } else {
        ret->value = value_text(keep_text(a, &at[0], &ok));
    }
    if (f->type == SCHEMA_FIELD_LABELLED) {
        ret->label = keep_text(a, &at[1], &ok);
        ret->key = keep_text(a, &at[2], &ok);
        ret->primary = at[3].type == STORE_INT && at[3].integer != 0;
    }
    if (f->attribute_count && !(ret->attributes = read_attributes(f, at + count, a))) return false;
    return ok;
}

struct items_read {
    const struct schema_field *field;
    struct arena *arena;
    struct id_map map;
    struct store_item **items; /* by position of the map */
    size_t *counts, *capacities;
};

static crm_status read_rows(struct store_conn *c, const struct sql *s, struct items_read *r,
                            struct err *err) {
    struct store_rows *rows ROWS_CLEANUP = NULL;
    bool found = true;
    crm_status status = store_sql_open(c, s, false, &rows, err);
    while (status == CRM_OK && (status = store_exec_next(rows, &found, err)) == CRM_OK && found) {
        const uint32_t *position = id_map_find(&r->map, rows->values[0].integer);
        if (!position) continue;
        uint32_t at = *position;
        struct store_item *items =
            arena_grow(r->arena, r->items[at], r->counts[at], &r->capacities[at], sizeof *items);
        if (!items || !read_item(r->field, rows->values + 2, r->arena, &items[r->counts[at]]))
            return err_no_memory(err);
        r->items[at] = items;
        r->counts[at]++;
    }
    return status;
}

static crm_status get_batch(struct store_conn *c, const struct schema_field *f, const int64_t *ids,
                            size_t count, struct arena *scratch, struct arena *a,
                            struct store_item **ret_items, size_t *ret_counts, struct err *err) {
    struct sql s SQL_CLEANUP;
    size_t capacities[SQL_IDS_MAX] = {0};
    struct items_read r = {f, a, {0}, ret_items, ret_counts, capacities};
    sql_init(&s, c->driver->dialect, scratch);
    if (!id_map_init(&r.map, scratch, count)) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        bool is_new;
        uint32_t *position = id_map_put(&r.map, ids[i], &is_new);
        if (is_new) *position = (uint32_t)i;
        ret_items[i] = NULL;
        ret_counts[i] = 0;
    }
    sql_add(&s, "SELECT ");
    add_column_names(&s, f);
    sql_add(&s, " FROM ");
    sql_table(&s, f->link_table);
    sql_add(&s, " WHERE \"record\"");
    sql_ids(&s, ids, count);
    sql_add(&s, " ORDER BY \"record\", \"position\"");
    crm_status status = read_rows(c, &s, &r, err);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        uint32_t first = *id_map_find(&r.map, ids[i]);
        ret_items[i] = ret_items[first];
        ret_counts[i] = ret_counts[first];
    }
    return status;
}

crm_status store_links_get(struct store_conn *c, const struct schema_field *f, const int64_t *ids,
                           size_t count, struct arena *a, struct store_item **ret_items,
                           size_t *ret_counts, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t from = 0; status == CRM_OK && from < count; from += SQL_IDS_MAX) {
        size_t portion = count - from < SQL_IDS_MAX ? count - from : SQL_IDS_MAX;
        struct arena *scratch = store_scratch_enter(c);
        status = get_batch(c, f, ids + from, portion, scratch, a, ret_items + from,
                           ret_counts + from, err);
        store_scratch_leave(c);
    }
    return status;
}

/* ---- writing ----------------------------------------------------------------------------- */
static size_t column_count(const struct schema_field *f) {
    struct link_column columns[LINK_COLUMNS_MAX];
    struct column parts[COLUMNS_PER_FIELD_MAX];
    size_t count = 2 + (size_t)link_columns(f, columns);
    for (size_t i = 0; i < f->attribute_count; i++)
        count += (size_t)columns_of(&f->attributes[i], parts);
    return count;
}

static void build_insert(struct sql *s, const struct schema_field *f) {
    sql_add(s, "INSERT INTO ");
    sql_table(s, f->link_table);
    sql_add(s, " (");
    add_column_names(s, f);
    size_t count = column_count(f);
    for (size_t i = 0; i < count; i++) {
        sql_add(s, i ? ", " : ") VALUES (");
        sql_param_bare(s, STORE_NIL);
    }
    sql_add(s, ")");
}

static size_t item_params(const struct schema_field *f, const struct store_item *item,
                          struct store_value *params) {
    size_t count = 0;
    params[count++] = column_from_value(&item->value);
    if (f->type == SCHEMA_FIELD_LINKS && f->ref_entity == 0)
        params[count++] = store_int(item->value.entity);
    if (f->type == SCHEMA_FIELD_LABELLED) {
        params[count++] = item->label.ptr ? store_text(item->label) : STORE_NIL;
        params[count++] = item->key.ptr ? store_text(item->key) : STORE_NIL;
        params[count++] = store_int(item->primary);
    }
    return count;
}

static crm_status insert_item(struct store_conn *c, const struct statement *text,
                              const struct schema_field *f, int64_t id, size_t position,
                              const struct store_item *item, struct arena *a, struct err *err) {
    static const struct value nil = {.type = VALUE_NIL};
    struct store_value params[LINK_PARAMS_MAX];
    struct column parts[COLUMNS_PER_FIELD_MAX];
    struct statement q = *text;
    params[0] = store_int(id);
    params[1] = store_int((int64_t)position);
    q.param_count = 2 + item_params(f, item, params + 2);
    for (size_t i = 0; i < f->attribute_count; i++) {
        const struct value *v = item->attributes ? &item->attributes[i] : &nil;
        crm_status status =
            columns_from_value(&f->attributes[i], v, a, params + q.param_count, err);
        if (status != CRM_OK) return status;
        q.param_count += (size_t)columns_of(&f->attributes[i], parts);
    }
    q.params = params;
    return store_exec_run(c, &q, NULL, err);
}

static crm_status insert_items(struct store_conn *c, const struct schema_field *f, int64_t id,
                               const struct store_item *items, size_t count, struct arena *a,
                               struct err *err) {
    if (column_count(f) > LINK_PARAMS_MAX) return err_internal(err, "too many attributes");
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, a);
    build_insert(&s, f);
    crm_status status = sql_status(&s, err);
    struct statement q = statement_of(&s);
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        status = insert_item(c, &q, f, id, i, &items[i], a, err);
    return status;
}

crm_status store_links_clear(struct store_conn *c, const struct schema_field *f, int64_t id,
                             struct err *err) {
    struct sql s SQL_CLEANUP;
    struct arena *a = store_scratch_enter(c);
    sql_init(&s, c->driver->dialect, a);
    sql_add(&s, "DELETE FROM ");
    sql_table(&s, f->link_table);
    sql_add(&s, " WHERE \"record\" = ");
    sql_param_bare(&s, store_int(id));
    crm_status status = store_sql_run(c, &s, NULL, err);
    store_scratch_leave(c);
    return status;
}

crm_status store_links_put(struct store_conn *c, const struct schema_field *f, int64_t id,
                           const struct store_item *items, size_t count, struct err *err) {
    crm_status status = store_links_clear(c, f, id, err);
    if (status != CRM_OK || count == 0) return status;
    struct arena *a = store_scratch_enter(c);
    status = insert_items(c, f, id, items, count, a, err);
    store_scratch_leave(c);
    return status;
}

/* ---- finding ----------------------------------------------------------------------------- */
static void select_by(struct sql *s, const struct schema_field *f, const char *column,
                      struct str key) {
    sql_add(s, "SELECT \"record\" FROM ");
    sql_table(s, f->link_table);
    sql_printf(s, " WHERE \"%s\" = ", column);
    sql_param(s, store_text(key));
}

crm_status store_links_find(struct store_conn *c, const struct schema_field *f, struct str key,
                            struct arena *a, size_t limit, int64_t **ret_ids, size_t *ret_count,
                            struct err *err) {
    if (f->type != SCHEMA_FIELD_LABELLED && f->type != SCHEMA_FIELD_CHOICES)
        return err_internal(err, "links are found by target");
    struct sql s SQL_CLEANUP;
    struct arena *scratch = store_scratch_enter(c);
    sql_init(&s, c->driver->dialect, scratch);
    select_by(&s, f, "value", key);
    if (f->type == SCHEMA_FIELD_LABELLED) {
        sql_add(&s, " UNION ");
        select_by(&s, f, "key", key);
    }
    sql_add(&s, " ORDER BY 1 LIMIT ");
    sql_param(&s, store_int((int64_t)limit));
    crm_status status = store_collect_ids(c, &s, a, limit, ret_ids, ret_count, err);
    store_scratch_leave(c);
    return status;
}
