/* See page.h. */
#include "store/page.h"

#include "store/columns.h"
#include "store/id_map.h"

/* ---- columns ----------------------------------------------------------------------------- */
static crm_status follow_path(struct query_paths *p, const struct schema_path *path, int *ret_base,
                              struct err *err) {
    int base = QUERY_ROOT;
    for (uint8_t i = 0; i + 1 < path->length; i++) {
        crm_status status = query_follow(p, base, path->entity[i], path->field[i], &base, err);
        if (status != CRM_OK) return status;
    }
    *ret_base = base;
    return CRM_OK;
}

static void add_field_columns(struct sql *s, const struct schema_field *f, int base, int *columns) {
    struct column parts[COLUMNS_PER_FIELD_MAX];
    char alias[QUERY_ALIAS_BYTES];
    query_alias(base, alias);
    int count = columns_read(f, parts);
    for (int k = 0; k < count; k++) {
        sql_add(s, ", ");
        sql_column(s, alias, f, parts[k].suffix);
    }
    *columns += count;
}

static enum cell_kind kind_of(const struct schema_field *f) {
    if (columns_stored(f)) return CELL_FIELD;
    if (f->type == SCHEMA_FIELD_CHILDREN) return CELL_CHILDREN;
    return f->type == SCHEMA_FIELD_FORMULA || f->type == SCHEMA_FIELD_ROLLUP ? CELL_COMPUTED
                                                                             : CELL_ITEMS;
}

/* A formula or roll-up; one that SQL cannot say is left to the reader. */
static crm_status add_computed(struct query_paths *p, struct sql *s, int base,
                               struct cell_plan *plan, struct err *err) {
    size_t len = s->text.len;
    sql_add(s, ", ");
    crm_status status = query_add_field(p, s, base, plan->field, EXPR_SQL_VALUE, err);
    if (status != CRM_REFUSED) return status;
    s->text.len = len;
    s->text.ptr[len] = '\0';
    sql_add(s, ", NULL");
    plan->kind = CELL_NOTHING;
    return CRM_OK;
}

crm_status page_add_cells(struct query_paths *p, struct sql *s, const struct schema_path *select,
                          size_t count, struct cell_plan *plans, int *columns, struct err *err) {
    char alias[QUERY_ALIAS_BYTES];
    for (size_t i = 0; i < count; i++) {
        const struct schema_field *f = select[i].field[select[i].length - 1];
        int base;
        crm_status status = follow_path(p, &select[i], &base, err);
        if (status != CRM_OK) return status;
        plans[i] = (struct cell_plan){kind_of(f), f, *columns};
        if (plans[i].kind == CELL_FIELD) {
            add_field_columns(s, f, base, columns);
            continue;
        }
        if (plans[i].kind == CELL_COMPUTED) {
            status = add_computed(p, s, base, &plans[i], err);
            if (status != CRM_OK) return status;
        } else {
            query_alias(base, alias);
            sql_printf(s, ", %s.\"id\"", alias);
        }
        ++*columns;
    }
    return CRM_OK;
}

/* ---- rows -------------------------------------------------------------------------------- */
static struct value computed_value(const struct store_conn *c, const struct schema_field *f,
                                   const struct store_value *column) {
    struct value v = column_to_value(f->value_type.type, column);
    if (v.type != VALUE_MONEY) return v;
    v.currency = c->company.base_currency;
    v.base = v.integer;
    v.has_base = true;
    return v;
}

crm_status page_read_row(const struct store_conn *c, const struct cell_plan *plans, size_t count,
                         const struct store_value *row, struct arena *a, struct store_cell *cells,
                         int64_t *owners, struct err *err) {
    for (size_t i = 0; i < count; i++) {
        const struct store_value *at = row + plans[i].first_column;
        owners[i] = 0;
        switch (plans[i].kind) {
        case CELL_FIELD:
            cells[i].value = columns_to_value(plans[i].field, at);
            break;
        case CELL_COMPUTED:
            cells[i].value = computed_value(c, plans[i].field, at);
            break;
        case CELL_ITEMS:
        case CELL_CHILDREN:
            owners[i] = at->type == STORE_INT ? at->integer : 0;
            break;
        case CELL_NOTHING:
            break;
        }
        if (!columns_keep(a, &cells[i].value)) return err_no_memory(err);
    }
    return CRM_OK;
}

/* ---- items and children ------------------------------------------------------------------ */
struct column_load {
    const struct page_titles *page;
    size_t cell;  /* position in the row */
    int64_t *ids; /* of rows that have an owner */
    size_t *rows;
    size_t count;
};

static bool gather_owners(struct column_load *l, struct arena *scratch) {
    const struct page_titles *page = l->page;
    l->ids = ARENA_ARRAY(scratch, page->row_count + 1, int64_t);
    l->rows = ARENA_ARRAY(scratch, page->row_count + 1, size_t);
    if (!l->ids || !l->rows) return false;
    for (size_t i = 0; i < page->row_count; i++) {
        int64_t owner = page->owners[i * page->plan_count + l->cell];
        if (owner == 0) continue;
        l->rows[l->count] = i;
        l->ids[l->count++] = owner;
    }
    return true;
}

static struct store_cell *cell_of(const struct column_load *l, size_t number) {
    return &l->page->cells[l->rows[number] * l->page->plan_count + l->cell];
}

static crm_status load_items(struct store_conn *c, struct column_load *l,
                             const struct schema_field *f, struct arena *scratch, struct arena *a,
                             struct err *err) {
    struct store_item **items = ARENA_ARRAY(scratch, l->count + 1, struct store_item *);
    size_t *counts = ARENA_ARRAY(scratch, l->count + 1, size_t);
    if (!items || !counts) return err_no_memory(err);
    crm_status status = store_links_get(c, f, l->ids, l->count, a, items, counts, err);
    for (size_t i = 0; status == CRM_OK && i < l->count; i++) {
        cell_of(l, i)->items = items[i];
        cell_of(l, i)->item_count = counts[i];
    }
    return status;
}

static crm_status read_children(struct store_conn *c, const struct sql *s, struct column_load *l,
                                const struct id_map *map, size_t *capacities, int32_t entity,
                                struct arena *a, struct err *err) {
    struct store_rows *rows ROWS_CLEANUP = NULL;
    bool found = true;
    crm_status status = store_sql_open(c, s, false, &rows, err);
    while (status == CRM_OK && (status = store_exec_next(rows, &found, err)) == CRM_OK && found) {
        const uint32_t *position = id_map_find(map, rows->values[1].integer);
        if (!position) continue;
        struct store_cell *cell = cell_of(l, *position);
        struct store_item *items = arena_grow(a, (void *)(uintptr_t)cell->items, cell->item_count,
                                              &capacities[*position], sizeof *items);
        if (!items) return err_no_memory(err);
        items[cell->item_count] = (struct store_item){.value = value_id(rows->values[0].integer)};
        items[cell->item_count++].value.entity = entity;
        cell->items = items;
    }
    return status;
}

/* A portion of the owners: which row each belongs to. */
static bool map_owners(const struct column_load *l, const int64_t *ids, struct arena *scratch,
                       struct id_map *map) {
    if (!id_map_init(map, scratch, l->count)) return false;
    for (size_t i = 0; i < l->count; i++) {
        bool is_new;
        uint32_t *place = id_map_put(map, ids[i], &is_new);
        if (is_new) *place = (uint32_t)i;
    }
    return true;
}

static void children_query(struct sql *s, const struct schema_entity *child,
                           const struct schema_field *by, const int64_t *ids, size_t count) {
    sql_add(s, "SELECT \"id\", ");
    sql_column(s, NULL, by, "");
    sql_add(s, " FROM ");
    sql_table(s, child->table);
    sql_add(s, " WHERE ");
    sql_column(s, NULL, by, "");
    sql_ids(s, ids, count);
    sql_add(s, " AND ");
    sql_column(s, NULL, schema_standard(child, SCHEMA_STD_DELETED_AT), "");
    sql_add(s, " IS NULL ORDER BY \"id\"");
}

/* Living children in the order they were made, as items with their ids. */
static crm_status load_children(struct store_conn *c, struct column_load *l,
                                const struct schema_field *f, struct arena *scratch,
                                struct arena *a, struct err *err) {
    const struct schema *schema = l->page->query->access->schema;
    const struct schema_entity *child = schema_entity_by_id(schema, f->ref_entity);
    const struct schema_field *by = child ? schema_field_find(child, f->ref_by) : NULL;
    if (!by) return err_internal(err, "children of %.*s", STR_ARG(f->name));
    crm_status status = CRM_OK;
    for (size_t from = 0; status == CRM_OK && from < l->count; from += SQL_IDS_MAX) {
        struct column_load portion = *l;
        struct id_map map;
        struct sql s SQL_CLEANUP;
        sql_init(&s, c->driver->dialect, scratch);
        portion.rows = l->rows + from;
        portion.count = l->count - from < SQL_IDS_MAX ? l->count - from : SQL_IDS_MAX;
        size_t *capacities = ARENA_ARRAY(scratch, portion.count, size_t);
        if (!capacities || !map_owners(&portion, l->ids + from, scratch, &map))
            return err_no_memory(err);
        children_query(&s, child, by, l->ids + from, portion.count);
        status = read_children(c, &s, &portion, &map, capacities, child->id, a, err);
    }
    return status;
}

static crm_status load_columns(struct store_conn *c, const struct page_titles *page,
                               struct arena *scratch, struct arena *a, struct err *err) {
    for (size_t i = 0; i < page->plan_count; i++) {
        if (page->plans[i].kind != CELL_ITEMS && page->plans[i].kind != CELL_CHILDREN) continue;
        struct column_load l = {.page = page, .cell = i};
        if (!gather_owners(&l, scratch)) return err_no_memory(err);
        if (l.count == 0) continue;
        crm_status status = page->plans[i].kind == CELL_ITEMS
                                ? load_items(c, &l, page->plans[i].field, scratch, a, err)
                                : load_children(c, &l, page->plans[i].field, scratch, a, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

/* ---- the whole page ---------------------------------------------------------------------- */
crm_status page_load(struct store_conn *c, const struct page_titles *page, struct arena *a,
                     struct err *err) {
    struct arena *scratch = store_scratch_enter(c);
    crm_status status = load_columns(c, page, scratch, a, err);
    if (status == CRM_OK && page->titles) status = page_give_titles(c, page, scratch, a, err);
    store_scratch_leave(c);
    return status;
}
