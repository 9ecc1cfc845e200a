/* See search_texts.h. */
#include "store/search_texts.h"

#include "store/columns.h"
#include "store/id_map.h"

bool search_has_hidden(const struct access *access, const struct schema_entity *e) {
    for (size_t i = 0; i < e->field_count; i++)
        if (e->fields[i].search && !access_field_visible(access, e, &e->fields[i])) return true;
    return false;
}

struct texts_load {
    struct store_conn *conn;
    const struct access *access;
    const struct schema_entity *entity;
    struct arena *arena;
    struct search_text_row *rows;
    const struct schema_field *columns[SEARCH_FIELDS_MAX], *links[SEARCH_FIELDS_MAX];
    size_t column_count, link_count;
    const struct schema_field *title; /* NULL = hidden */
};

static void choose_fields(struct texts_load *l, bool fields) {
    const struct schema_entity *e = l->entity;
    const struct schema_field *title = schema_field_at(e, e->title_slot);
    if (title && columns_stored(title) && title->value_type.type == VALUE_TEXT &&
        access_field_visible(l->access, e, title))
        l->title = title;
    for (size_t i = 0; fields && i < e->field_count; i++) {
        const struct schema_field *f = &e->fields[i];
        if (!f->search || !access_field_visible(l->access, e, f)) continue;
        if (schema_storage_of(f) == SCHEMA_STORAGE_LINKS && l->link_count < SEARCH_FIELDS_MAX)
            l->links[l->link_count++] = f;
        else if (columns_stored(f) && f->value_type.type == VALUE_TEXT &&
                 l->column_count < SEARCH_FIELDS_MAX)
            l->columns[l->column_count++] = f;
    }
}

static crm_status build(struct texts_load *l, struct sql *s, const int64_t *ids, size_t count,
                        struct err *err) {
    struct store_query q = {.access = l->access, .from = l->entity};
    struct query_paths p;
    size_t mark;
    query_paths_init(&p, l->conn, &q);
    sql_add(s, "SELECT r.\"id\", ");
    if (l->title)
        sql_column(s, "r", l->title, "");
    else
        sql_add(s, "NULL");
    for (size_t i = 0; i < l->column_count; i++) {
        sql_add(s, ", ");
        sql_column(s, "r", l->columns[i], "");
    }
    query_add_from(&p, s, &mark);
    crm_status status = query_add_where(&p, s, &q, false, err);
    sql_add(s, " AND r.\"id\"");
    sql_ids(s, ids, count);
    return status;
}

static bool add_text(struct search_text_row *row, struct arena *a, struct str text,
                     size_t capacity) {
    if (text.len == 0 || row->text_count == capacity) return true;
    struct str copy = arena_str(a, text);
    row->texts[row->text_count++] = copy;
    return copy.ptr != NULL;
}

static crm_status take_rows(struct texts_load *l, const struct sql *s, const struct id_map *map,
                            struct err *err) {
    struct store_rows *open ROWS_CLEANUP = NULL;
    bool found = true, ok = true;
    crm_status status = store_sql_open(l->conn, s, false, &open, err);
    while (status == CRM_OK && (status = store_exec_next(open, &found, err)) == CRM_OK && found) {
        const uint32_t *position = id_map_find(map, open->values[0].integer);
        if (!position) continue;
        struct search_text_row *row = &l->rows[*position];
        row->visible = true;
        if (open->values[1].type == STORE_TEXT)
            ok &= (row->title = arena_str(l->arena, open->values[1].bytes)).ptr != NULL;
        if (l->column_count && !(row->texts = ARENA_ARRAY(l->arena, l->column_count, struct str)))
            ok = false;
        for (size_t i = 0; ok && i < l->column_count; i++)
            if (open->values[2 + i].type == STORE_TEXT)
                ok = add_text(row, l->arena, open->values[2 + i].bytes, l->column_count);
        if (!ok) return err_no_memory(err);
    }
    return status;
}

/* Values and normalised keys of the items behind the texts of the columns. */
static crm_status add_items(struct texts_load *l, const int64_t *ids, size_t count,
                            const struct schema_field *f, struct arena *scratch, struct err *err) {
    struct store_item **items = ARENA_ARRAY(scratch, count, struct store_item *);
    size_t *counts = ARENA_ARRAY(scratch, count, size_t);
    if (!items || !counts) return err_no_memory(err);
    crm_status status = store_links_get(l->conn, f, ids, count, scratch, items, counts, err);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        struct search_text_row *row = &l->rows[i];
        size_t capacity = row->text_count + 2 * counts[i];
        struct str *texts =
            counts[i] && row->visible ? ARENA_ARRAY(l->arena, capacity, struct str) : NULL;
        if (!counts[i] || !row->visible) continue;
        if (!texts) return err_no_memory(err);
        if (row->text_count) memcpy(texts, row->texts, row->text_count * sizeof *texts);
        row->texts = texts;
        for (size_t k = 0; k < counts[i]; k++) {
            bool ok = items[i][k].value.type != VALUE_TEXT ||
                      add_text(row, l->arena, items[i][k].value.text, capacity);
            if (!ok || !add_text(row, l->arena, items[i][k].key, capacity))
                return err_no_memory(err);
        }
    }
    return status;
}

static crm_status load_batch(struct texts_load *l, const int64_t *ids, size_t count,
                             struct arena *scratch, struct err *err) {
    struct sql s SQL_CLEANUP;
    struct id_map map;
    bool is_new;
    sql_init(&s, l->conn->driver->dialect, scratch);
    if (!id_map_init(&map, scratch, count)) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        l->rows[i] = (struct search_text_row){.id = ids[i]};
        *id_map_put(&map, ids[i], &is_new) = (uint32_t)i;
    }
    crm_status status = build(l, &s, ids, count, err);
    if (status == CRM_OK) status = take_rows(l, &s, &map, err);
    for (size_t i = 0; status == CRM_OK && i < l->link_count; i++)
        status = add_items(l, ids, count, l->links[i], scratch, err);
    return status;
}

crm_status search_texts_load(struct store_conn *c, const struct access *access,
                             const struct schema_entity *e, const int64_t *ids, size_t count,
                             bool fields, struct arena *a, struct search_text_row *rows,
                             struct err *err) {
    struct texts_load l = {.conn = c, .access = access, .entity = e, .arena = a};
    crm_status status = CRM_OK;
    choose_fields(&l, fields);
    for (size_t from = 0; status == CRM_OK && from < count; from += SQL_IDS_MAX) {
        struct arena *scratch = store_scratch_enter(c);
        l.rows = rows + from;
        status = load_batch(&l, ids + from, count - from < SQL_IDS_MAX ? count - from : SQL_IDS_MAX,
                            scratch, err);
        store_scratch_leave(c);
    }
    return status;
}
