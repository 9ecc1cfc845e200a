/* Lists: one page in a stable order, and where the next one begins. See query.h.
 *
 * A page that continues is read in phases, each a plain conjunction that an index can answer: rows
 * equal to the cursor in every sort term and beyond it by id; rows equal in all but the last term
 * and beyond it in that; and so on. nil is before every value ascending and behind all descending,
 * so a phase of nils may follow or come first. A phase that fills the page is the last.
 *
 * Indexes are (column, deleted_at, id), some (filter, column, deleted_at, id): where a list runs in
 * the order of a column, deleted_at stands in ORDER BY too; being nil in every row it changes
 * nothing, but the engines then see that the index has the order. For SQLite the test of deleted_at
 * is written "+deleted_at", or it would strike the column from ORDER BY as a constant.
 *
 * A filter and an order that have an index each: SQLite always takes the filter's and sorts what it
 * finds, which for a filter that lets half a million through is slow, while the order's index would
 * have filled the page at once. It keeps no statistics that could tell, so both ways are tried for
 * a number of steps, first the one that answered last time; when neither does, the filter's way
 * runs to its end. */
#include <stdio.h>

#include "store/columns.h"
#include "store/cursor.h"
#include "store/messages.h"
#include "store/page.h"

enum { LIST_LIMIT_MAX = 100000, FILTER_STEPS = 20000, ORDER_STEPS = 100000 };

enum list_way { WAY_FILTER, WAY_ORDER };

enum phase_test { PHASE_FIRST, PHASE_ID, PHASE_BEYOND, PHASE_NIL, PHASE_NOT_NIL };

struct phase {
    size_t equal;         /* sort terms that equal the cursor */
    enum phase_test test; /* of the term behind those, or of the id */
};

struct list_run {
    struct store_conn *conn;
    const struct store_list *list;
    struct arena *arena, *scratch;
    bool texts[STORE_SORT_MAX];
    struct cursor cursor; /* where the last page ended; later where this one does */
    bool continues;
    bool explain;
    struct cell_plan *plans;
    int64_t *owners;
    struct store_page page;
    bool more;
    enum list_way way; /* of the text being built */
};

/* ---- text -------------------------------------------------------------------------------- */
static crm_status add_key(struct list_run *r, struct query_paths *p, struct sql *s, size_t i,
                          struct err *err) {
    const struct store_sort *key = &r->list->sort[i];
    if (r->texts[i] && key->folded) return query_add_folded(p, s, key->key, err);
    return query_add_value(p, s, key->key, err);
}

static bool id_descends(const struct store_list *list) {
    return list->sort_count && list->sort[list->sort_count - 1].descending;
}

/* A column of the root that an index may have as its first. */
static bool runs_in_index_order(const struct list_run *r, const struct query_paths *p,
                                size_t from) {
    const struct store_list *list = r->list;
    if (list->query.trash != STORE_LIVING || from >= list->sort_count) return false;
    for (size_t i = from; i < list->sort_count; i++)
        if (list->sort[i].descending != id_descends(list)) return false;
    const struct expr *first = list->sort[from].key;
    if (first->op != EXPR_PATH || first->path.length != 1) return false;
    const struct schema_field *f = schema_field_by_id(p->root, first->path.step[0].field);
    return f && columns_stored(f) && f->id != SCHEMA_STD_ID;
}

/* The index that has the order of the list, where SQLite may overlook it. */
static const struct schema_index *order_index(const struct list_run *r, const struct query_paths *p,
                                              size_t from) {
    const struct store_list *list = r->list;
    bool filtered = list->query.where ||
                    !access_is_all(access_rows(list->query.access, SCHEMA_ACTION_READ, p->root));
    if (r->conn->driver->engine != STORE_SQLITE || !filtered || !runs_in_index_order(r, p, from))
        return NULL;
    const struct schema_field *f =
        schema_field_by_id(p->root, list->sort[from].key->path.step[0].field);
    if (f->value_type.type == VALUE_TEXT && f->fold != list->sort[from].folded) return NULL;
    for (size_t i = 0; i < p->root->index_count; i++) {
        const struct schema_index *index = &p->root->indexes[i];
        bool is_whole = !index->unique && !index->skips_nil && index->slot_count == 1;
        if (is_whole && index->slots[0] == f->slot) return index;
    }
    return NULL;
}

static void add_direction(struct sql *s, bool descending) {
    if (descending) sql_add(s, " DESC");
    if (s->dialect == SQL_POSTGRES) sql_add(s, descending ? " NULLS LAST" : " NULLS FIRST");
}

static crm_status add_order(struct list_run *r, struct query_paths *p, struct sql *s, size_t from,
                            struct err *err) {
    bool descends = id_descends(r->list);
    sql_add(s, " ORDER BY ");
    for (size_t i = from; i < r->list->sort_count; i++) {
        crm_status status = add_key(r, p, s, i, err);
        if (status != CRM_OK) return status;
        add_direction(s, r->list->sort[i].descending);
        sql_add(s, ", ");
    }
    if (runs_in_index_order(r, p, from)) {
        sql_column(s, "r", schema_standard(p->root, SCHEMA_STD_DELETED_AT), "");
        add_direction(s, descends);
        sql_add(s, ", ");
    }
    sql_add(s, descends ? "r.\"id\" DESC" : "r.\"id\"");
    return CRM_OK;
}

static crm_status add_phase(struct list_run *r, struct query_paths *p, struct sql *s,
                            struct phase phase, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < phase.equal; i++) {
        const struct store_value *v = &r->cursor.values[i];
        sql_add(s, " AND ");
        status = add_key(r, p, s, i, err);
        sql_add(s, v->type == STORE_NULL ? " IS NULL" : " = ");
        if (v->type != STORE_NULL) sql_param(s, *v);
    }
    if (status != CRM_OK || phase.test == PHASE_FIRST) return status;
    sql_add(s, " AND ");
    if (phase.test == PHASE_ID) {
        sql_add(s, id_descends(r->list) ? "r.\"id\" < " : "r.\"id\" > ");
        sql_param(s, store_int(r->cursor.id));
        return CRM_OK;
    }
    status = add_key(r, p, s, phase.equal, err);
    if (phase.test == PHASE_BEYOND) {
        sql_add(s, r->list->sort[phase.equal].descending ? " < " : " > ");
        sql_param(s, r->cursor.values[phase.equal]);
    } else {
        sql_add(s, phase.test == PHASE_NIL ? " IS NULL" : " IS NOT NULL");
    }
    return status;
}

/* Sort terms of a phase that are not settled by equality. */
static size_t order_from(struct phase phase) {
    return phase.test == PHASE_NIL ? phase.equal + 1 : phase.equal;
}

/* *ret_ways: there are two. */
static crm_status build(struct list_run *r, struct sql *s, struct phase phase, bool *ret_ways,
                        struct err *err) {
    const struct store_list *list = r->list;
    struct query_paths p;
    size_t mark;
    int columns = 2;
    query_paths_init(&p, r->conn, &list->query);
    if (r->explain) sql_add(s, s->dialect == SQL_SQLITE ? "EXPLAIN QUERY PLAN " : "EXPLAIN ");
    sql_add(s, "SELECT r.\"id\", ");
    sql_column(s, "r", schema_standard(p.root, SCHEMA_STD_VERSION), "");
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < list->sort_count; i++, columns++) {
        sql_add(s, ", ");
        status = add_key(r, &p, s, i, err);
    }
    if (status == CRM_OK)
        status = page_add_cells(&p, s, list->select, list->select_count, r->plans, &columns, err);
    query_add_from(&p, s, &mark);
    size_t from = order_from(phase);
    const struct schema_index *index = order_index(r, &p, from);
    if (index && r->way == WAY_ORDER) {
        sql_add(s, " INDEXED BY ");
        sql_name(s, index->name);
        mark = s->text.len;
    }
    *ret_ways = index != NULL;
    if (status == CRM_OK)
        status = query_add_where(&p, s, &list->query, runs_in_index_order(r, &p, from), err);
    if (status == CRM_OK) status = add_phase(r, &p, s, phase, err);
    if (status == CRM_OK) status = add_order(r, &p, s, from, err);
    sql_add(s, " LIMIT ");
    sql_param(s, store_int(list->limit + 1 - (int64_t)r->page.count));
    return status == CRM_OK ? query_paths_join(&p, s, mark, err) : status;
}

/* ---- rows -------------------------------------------------------------------------------- */
static bool keep_keys(struct list_run *r, const struct store_value *row) {
    for (size_t i = 0; i < r->list->sort_count; i++) {
        r->cursor.values[i] = row[2 + i];
        if (row[2 + i].type != STORE_TEXT) continue;
        r->cursor.values[i].bytes = arena_str(r->scratch, row[2 + i].bytes);
        if (!r->cursor.values[i].bytes.ptr) return false;
    }
    r->cursor.id = row[0].integer;
    return true;
}

static crm_status take_row(struct list_run *r, const struct store_value *row,
                           struct cursor *ret_end, struct err *err) {
    size_t at = r->page.count, width = r->list->select_count;
    if ((int64_t)at == r->list->limit) {
        r->more = true;
        return CRM_OK;
    }
    r->page.ids[at] = row[0].integer;
    r->page.versions[at] = row[1].type == STORE_INT ? row[1].integer : 0;
    r->page.count++;
    if ((int64_t)r->page.count == r->list->limit) {
        struct cursor begin = r->cursor;
        if (!keep_keys(r, row)) return err_no_memory(err);
        *ret_end = r->cursor;
        r->cursor = begin;
    }
    return page_read_row(r->conn, r->plans, width, row, r->arena, r->page.cells + at * width,
                         r->owners + at * width, err);
}

/* Rows of one text; *ret_ran_out: they ended after `steps`, and the page is as it was. */
static crm_status run_text(struct list_run *r, const struct sql *s, int steps,
                           struct cursor *ret_end, bool *ret_ran_out, struct err *err) {
    struct store_rows *rows ROWS_CLEANUP = NULL;
    size_t before = r->page.count;
    bool found = true;
    struct statement q = statement_of(s);
    q.probe_steps = steps;
    crm_status status = store_exec_open(r->conn, &q, false, &rows, err);
    while (status == CRM_OK && !r->more &&
           (status = store_exec_next(rows, &found, err)) == CRM_OK && found)
        status = take_row(r, rows->values, ret_end, err);
    *ret_ran_out = status == CRM_OK && rows->ran_out;
    if (!*ret_ran_out) return status;
    size_t width = r->list->select_count;
    memset(r->page.cells + before * width, 0,
           (r->page.count - before) * width * sizeof *r->page.cells);
    r->page.count = before;
    return CRM_OK;
}

static crm_status run_way(struct list_run *r, struct phase phase, enum list_way way, int steps,
                          struct cursor *ret_end, bool *ret_ran_out, struct err *err) {
    struct sql s SQL_CLEANUP;
    bool ways;
    sql_init(&s, r->conn->driver->dialect, r->scratch);
    r->way = way;
    crm_status status = build(r, &s, phase, &ways, err);
    if (status == CRM_OK) status = sql_status(&s, err);
    return status == CRM_OK ? run_text(r, &s, steps, ret_end, ret_ran_out, err) : status;
}

/* `text` is the filter's way. */
static crm_status run_both_ways(struct list_run *r, struct phase phase, const struct sql *text,
                                struct cursor *ret_end, struct err *err) {
    uint8_t *last = &r->conn->list_ways[statement_of(text).hash & 0xff];
    bool ran_out = true;
    crm_status status =
        *last == WAY_FILTER ? run_text(r, text, FILTER_STEPS, ret_end, &ran_out, err) : CRM_OK;
    if (status != CRM_OK || !ran_out) return status;
    status = run_way(r, phase, WAY_ORDER, ORDER_STEPS, ret_end, &ran_out, err);
    if (status == CRM_STALE) { /* the snapshot is of before its index went */
        status = CRM_OK;
        ran_out = true;
    }
    *last = ran_out ? WAY_FILTER : WAY_ORDER;
    return status == CRM_OK && ran_out ? run_text(r, text, 0, ret_end, &ran_out, err) : status;
}

static crm_status run_phase(struct list_run *r, struct phase phase, struct cursor *ret_end,
                            struct err *err) {
    struct sql s SQL_CLEANUP;
    bool ways = false, ran_out;
    sql_init(&s, r->conn->driver->dialect, r->scratch);
    r->way = WAY_FILTER;
    crm_status status = build(r, &s, phase, &ways, err);
    if (status == CRM_OK) status = sql_status(&s, err);
    if (status != CRM_OK) return status;
    return ways ? run_both_ways(r, phase, &s, ret_end, err)
                : run_text(r, &s, 0, ret_end, &ran_out, err);
}

static crm_status run_beyond(struct list_run *r, size_t equal, struct cursor *ret_end,
                             struct err *err) {
    bool nil = r->cursor.values[equal].type == STORE_NULL,
         descends = r->list->sort[equal].descending;
    if (nil && descends) return CRM_OK;
    if (nil) return run_phase(r, (struct phase){equal, PHASE_NOT_NIL}, ret_end, err);
    crm_status status = run_phase(r, (struct phase){equal, PHASE_BEYOND}, ret_end, err);
    if (status != CRM_OK || r->more || !descends || r->list->sort[equal].key->never_nil)
        return status;
    return run_phase(r, (struct phase){equal, PHASE_NIL}, ret_end, err);
}

static crm_status run_phases(struct list_run *r, struct cursor *ret_end, struct err *err) {
    if (!r->continues) return run_phase(r, (struct phase){0, PHASE_FIRST}, ret_end, err);
    crm_status status = run_phase(r, (struct phase){r->list->sort_count, PHASE_ID}, ret_end, err);
    for (size_t equal = r->list->sort_count; status == CRM_OK && !r->more && equal-- > 0;)
        status = run_beyond(r, equal, ret_end, err);
    return status;
}

/* ---- the cursor that was given ----------------------------------------------------------- */
/* Sort values too long for a cursor are read from its record, which must still be there. */
static crm_status read_keys(struct list_run *r, struct err *err) {
    struct query_paths p;
    struct sql s SQL_CLEANUP;
    struct store_rows *rows ROWS_CLEANUP = NULL;
    size_t mark;
    bool found = false;
    sql_init(&s, r->conn->driver->dialect, r->scratch);
    query_paths_init(&p, r->conn, &r->list->query);
    sql_add(&s, "SELECT r.\"id\", 0");
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < r->list->sort_count; i++) {
        sql_add(&s, ", ");
        status = add_key(r, &p, &s, i, err);
    }
    query_add_from(&p, &s, &mark);
    sql_add(&s, " WHERE r.\"id\" = ");
    sql_param(&s, store_int(r->cursor.id));
    if (status == CRM_OK) status = query_paths_join(&p, &s, mark, err);
    if (status == CRM_OK) status = store_sql_open(r->conn, &s, false, &rows, err);
    if (status == CRM_OK) status = store_exec_next(rows, &found, err);
    if (status != CRM_OK) return status;
    if (!found) return err_set(err, CRM_INVALID, &store_text_cursor_wrong, NULL);
    return keep_keys(r, rows->values) ? CRM_OK : err_no_memory(err);
}

static crm_status take_cursor(struct list_run *r, struct err *err) {
    r->cursor.shape = cursor_shape(&r->list->query, r->list->sort, r->list->sort_count);
    r->cursor.count = r->list->sort_count;
    r->continues = r->list->after.len > 0;
    if (!r->continues) return CRM_OK;
    crm_status status = cursor_parse(r->scratch, r->list->after, r->texts, &r->cursor, err);
    return status == CRM_OK && r->cursor.by_id ? read_keys(r, err) : status;
}

static crm_status too_many_terms(size_t count, struct err *err) {
    char limit[16], given[24];
    snprintf(limit, sizeof limit, "%d", STORE_SORT_MAX);
    snprintf(given, sizeof given, "%zu", count);
    return err_set(err, CRM_INVALID, &store_text_sort_too_many, limit, given, NULL);
}

static crm_status prepare(struct list_run *r, struct err *err) {
    const struct store_list *list = r->list;
    if (list->sort_count > STORE_SORT_MAX) return too_many_terms(list->sort_count, err);
    if (list->limit < 1 || list->limit > LIST_LIMIT_MAX)
        return err_internal(err, "limit %lld", (long long)list->limit);
    for (size_t i = 0; i < list->sort_count; i++) {
        if (list->sort[i].key->type.type == VALUE_LIST)
            return err_set(err, CRM_INVALID, &store_text_unsortable, "", NULL);
        r->texts[i] = list->sort[i].key->type.type == VALUE_TEXT;
    }
    size_t rows = (size_t)list->limit;
    r->plans = ARENA_ARRAY(r->scratch, list->select_count + 1, struct cell_plan);
    r->owners = ARENA_ARRAY(r->scratch, rows * list->select_count + 1, int64_t);
    r->page.ids = ARENA_ARRAY(r->arena, rows, int64_t);
    r->page.versions = ARENA_ARRAY(r->arena, rows, int64_t);
    r->page.cells = ARENA_ARRAY(r->arena, rows * list->select_count + 1, struct store_cell);
    if (!r->plans || !r->owners || !r->page.ids || !r->page.versions || !r->page.cells)
        return err_no_memory(err);
    return take_cursor(r, err);
}

static crm_status run_list(struct list_run *r, struct err *err) {
    struct cursor end;
    crm_status status = prepare(r, err);
    if (status == CRM_OK) status = run_phases(r, &end, err);
    if (status != CRM_OK) return status;
    struct page_titles page = {&r->list->query, r->plans,      r->list->select_count, r->page.cells,
                               r->owners,       r->page.count, !r->list->no_titles};
    status = page_load(r->conn, &page, r->arena, err);
    if (status != CRM_OK || !r->more) return status;
    r->page.next = cursor_format(r->arena, &end);
    return r->page.next.ptr ? CRM_OK : err_no_memory(err);
}

crm_status store_list_run(struct store_conn *c, const struct store_list *list, struct arena *a,
                          struct store_page *ret, struct err *err) {
    struct list_run r = {.conn = c, .list = list, .arena = a, .scratch = store_scratch_enter(c)};
    crm_status status = run_list(&r, err);
    store_scratch_leave(c);
    if (status == CRM_OK) *ret = r.page;
    return status;
}

/* ---- explanation ------------------------------------------------------------------------- */
static crm_status explain(struct list_run *r, struct buf *out, struct err *err) {
    struct sql s SQL_CLEANUP;
    struct store_rows *rows ROWS_CLEANUP = NULL;
    bool found = true, ways;
    sql_init(&s, r->conn->driver->dialect, r->scratch);
    crm_status status = prepare(r, err);
    struct phase phase = r->continues ? (struct phase){r->list->sort_count, PHASE_ID}
                                      : (struct phase){0, PHASE_FIRST};
    if (status == CRM_OK) status = build(r, &s, phase, &ways, err);
    if (status == CRM_OK) status = store_sql_open(r->conn, &s, false, &rows, err);
    while (status == CRM_OK && (status = store_exec_next(rows, &found, err)) == CRM_OK && found) {
        const struct store_value *last = &rows->values[rows->column_count - 1];
        if (last->type == STORE_TEXT) buf_add_str(out, last->bytes);
        buf_add_char(out, '\n');
    }
    return status;
}

crm_status store_list_explain(struct store_conn *c, const struct store_list *list, struct buf *out,
                              struct err *err) {
    struct arena *scratch = store_scratch_enter(c);
    struct list_run r = {
        .conn = c, .list = list, .arena = scratch, .scratch = scratch, .explain = true};
    crm_status status = explain(&r, out, err);
    store_scratch_leave(c);
    return status;
}
