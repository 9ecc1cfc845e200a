/* See bulk.h. The note is a row of sys_state: owner "bulk", key the entity's id. */
#include "store/bulk.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/search_bulk.h"
#include "store/search_table.h"
#include "store/structure.h"
#include "store/sys_tables.h"

/* SQLite sorts in as much memory as pages may have: little of it, and the sorting goes on in parts
 * beside the reading. */
enum {
    BULK_ROWS_MIN = 20000,
    BULK_GROWTH = 4,
    BULK_CACHE_KB = 65536,
    SORT_CACHE_KB = 16384,
    SORT_THREADS = 1
};

struct store_bulk {
    struct store_conn *conn;
    const struct schema_entity *entity;
    struct slot_set filled;
    size_t next_index;
    bool indexes_gone;
    bool split;   /* the search table is not merged as it grows */
    bool merging; /* it is again */
};

static struct str key_of(const struct schema_entity *e, char text[24]) {
    snprintf(text, 24, "%d", e->id);
    return str_from(text);
}

static crm_status note(struct store_conn *c, const struct schema_entity *e, bool begins,
                       struct err *err) {
    char text[24];
    struct store_value row[SYS_STATE_COUNT] = {[SYS_STATE_OWNER] = store_text(STR("bulk")),
                                               [SYS_STATE_KEY] = store_text(key_of(e, text)),
                                               [SYS_STATE_EXPIRES_AT] = STORE_NIL};
    struct store_condition where[] = {{SYS_STATE_OWNER, STORE_EQ, row[SYS_STATE_OWNER]},
                                      {SYS_STATE_KEY, STORE_EQ, row[SYS_STATE_KEY]}};
    bool inserted;
    if (begins) return store_insert_new(c, sys_table(SYS_TABLE_STATE), row, &inserted, err);
    return store_delete(c, sys_table(SYS_TABLE_STATE), where, 2, NULL, err);
}

static crm_status drop_index(struct store_conn *c, const struct schema_index *index,
                             struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, &c->scratch);
    sql_add(&s, "DROP INDEX IF EXISTS ");
    sql_name(&s, index->name);
    crm_status status = sql_status(&s, err);
    return status == CRM_OK ? store_exec_script(c, s.text.ptr, err) : status;
}

static bool is_taken_away(const struct store_bulk *b, const struct schema_index *index) {
    return !index->unique && !(index->skips_nil && !slot_has(&b->filled, index->slots[0]));
}

static crm_status drop_all(struct store_bulk *b, struct err *err) {
    const struct schema_entity *e = b->entity;
    crm_status status = note(b->conn, e, true, err);
    for (size_t i = 0; status == CRM_OK && i < e->index_count; i++)
        if (is_taken_away(b, &e->indexes[i])) status = drop_index(b->conn, &e->indexes[i], err);
    return status;
}

static crm_status note_split(struct store_conn *c, const struct schema_entity *e, struct err *err) {
    crm_status status = store_begin(c, err);
    if (status != CRM_OK) return status;
    status = note(c, e, true, err);
    if (status == CRM_OK) return store_commit(c, err);
    store_rollback(c);
    return status;
}

/* Runs structure statements in a transaction of their own. */
static crm_status in_transaction(struct store_bulk *b, const struct schema_index *index,
                                 crm_status (*fn)(struct store_bulk *, const struct schema_index *,
                                                  struct err *),
                                 struct err *err) {
    struct store_conn *c = b->conn;
    crm_status status = store_begin(c, err);
    if (status != CRM_OK) return status;
    store_scratch_enter(c);
    c->structure = true;
    status = fn(b, index, err);
    c->structure = false;
    store_scratch_leave(c);
    if (status == CRM_OK) return store_commit(c, err);
    store_rollback(c);
    return status;
}

static crm_status take_away(struct store_bulk *b, const struct schema_index *index,
                            struct err *err) {
    (void)index;
    return drop_all(b, err);
}

static crm_status make_again(struct store_bulk *b, const struct schema_index *index,
                             struct err *err) {
    return index ? structure_index(b->conn, b->entity, index, err)
                 : note(b->conn, b->entity, false, err);
}

/* Memory for pages, and a thread beside the writer's that sorts index entries while it reads rows.
 */
static crm_status set_engine(struct store_conn *c, int64_t kilobytes, int sorters,
                             struct err *err) {
    char text[96];
    if (c->driver->engine != STORE_SQLITE) return CRM_OK;
    snprintf(text, sizeof text, "PRAGMA cache_size = %lld; PRAGMA threads = %d",
             (long long)-kilobytes, sorters);
    c->structure = true;
    crm_status status = store_exec_script(c, text, err);
    c->structure = false;
    return status;
}

/* Whether the entity grows so much that sorting anew is cheaper. */
static crm_status is_worth_it(struct store_conn *c, const struct schema_entity *e,
                              int64_t expected_rows, bool *ret, struct err *err) {
    struct sql s SQL_CLEANUP;
    int64_t few = expected_rows / BULK_GROWTH, rows = 0;
    *ret = false;
    sql_init(&s, c->driver->dialect, &c->scratch);
    if (c->driver->engine != STORE_SQLITE || expected_rows < BULK_ROWS_MIN) return CRM_OK;
    sql_add(&s, "SELECT count(*) FROM (SELECT 1 FROM ");
    sql_table(&s, e->table);
    sql_add(&s, " LIMIT ");
    sql_param(&s, store_int(few + 1));
    sql_add(&s, ") t");
    crm_status status = sql_status(&s, err);
    struct statement q = statement_of(&s);
    if (status == CRM_OK) status = store_exec_int(c, &q, &rows, err);
    *ret = status == CRM_OK && rows <= few;
    return status;
}

static crm_status begin(struct store_bulk *b, int64_t expected_rows, struct err *err) {
    struct store_conn *c = b->conn;
    store_scratch_enter(c);
    crm_status status = is_worth_it(c, b->entity, expected_rows, &b->indexes_gone, err);
    store_scratch_leave(c);
    b->split = c->driver->engine == STORE_SQLITE && expected_rows >= BULK_ROWS_MIN;
    if (status == CRM_OK && b->indexes_gone) status = in_transaction(b, NULL, take_away, err);
    if (status == CRM_OK && b->split && !b->indexes_gone) status = note_split(c, b->entity, err);
    if (status == CRM_OK && b->split) status = search_bulk_begin(c, b->entity, err);
    return status == CRM_OK ? set_engine(c, BULK_CACHE_KB, 0, err) : status;
}

/* As if there had never been a bulk mode, but for what store_bulk_recover makes again. */
static void usual_settings(struct store_bulk *b) {
    if (b->split && !b->merging) (void)search_bulk_end(b->conn, b->entity, NULL);
    (void)set_engine(b->conn, STORE_WRITER_CACHE_KB, 0, NULL);
}

crm_status store_bulk_begin(struct store_conn *c, const struct schema_entity *e,
                            const struct slot_set *filled, int64_t expected_rows,
                            struct store_bulk **ret, struct err *err) {
    struct store_bulk *b = calloc(1, sizeof *b);
    if (!b) return err_no_memory(err);
    b->conn = c;
    b->entity = e;
    for (size_t i = 0; i < e->field_count; i++)
        if (!filled || slot_has(filled, (int32_t)i)) slot_add(&b->filled, (int32_t)i);
    crm_status status = begin(b, expected_rows, err);
    if (status != CRM_OK) {
        usual_settings(b);
        free(b);
        return status;
    }
    *ret = b;
    return CRM_OK;
}

/* The next index that is to be made again; NULL when none is left. */
static const struct schema_index *next_index(struct store_bulk *b) {
    const struct schema_entity *e = b->entity;
    while (b->indexes_gone && b->next_index < e->index_count && e->indexes[b->next_index].unique)
        b->next_index++;
    return b->indexes_gone && b->next_index < e->index_count ? &e->indexes[b->next_index] : NULL;
}

/* One step. A malformed index is left as it is, for `check` to find: no start and no import fails
 * by it. */
static crm_status merge(struct store_bulk *b, bool *ret_merged, struct err *err) {
    struct err local;
    crm_status status = CRM_OK;
    if (!err) err = &local;
    if (!b->merging) status = search_bulk_end(b->conn, b->entity, err);
    b->merging = status == CRM_OK;
    if (status == CRM_OK) status = search_bulk_merge(b->conn, b->entity, ret_merged, err);
    if (status == CRM_OK || !search_is_malformed(err)) return status;
    *ret_merged = true;
    return CRM_OK;
}

crm_status store_bulk_step(struct store_bulk *b, bool *ret_done, struct err *err) {
    const struct schema_index *index = next_index(b);
    bool merged = true;
    crm_status status = CRM_OK;
    *ret_done = false;
    if (index) {
        status = set_engine(b->conn, SORT_CACHE_KB, SORT_THREADS, err);
        if (status != CRM_OK) return status;
        status = in_transaction(b, index, make_again, err);
        if (status == CRM_OK) b->next_index++;
        return status;
    }
    if (b->split) status = merge(b, &merged, err);
    if (status != CRM_OK || !merged) return status;
    if (b->split) status = in_transaction(b, NULL, make_again, err);
    if (status == CRM_OK) b->indexes_gone = b->split = false;
    *ret_done = status == CRM_OK;
    return status;
}

crm_status store_bulk_end(struct store_bulk *b, struct err *err) {
    bool done = false;
    crm_status status = CRM_OK;
    while (status == CRM_OK && !done)
        status = store_bulk_step(b, &done, err);
    crm_status usual = set_engine(b->conn, STORE_WRITER_CACHE_KB, 0, status == CRM_OK ? err : NULL);
    free(b);
    return status == CRM_OK ? usual : status;
}

void store_bulk_abandon(struct store_bulk *b) {
    if (b) usual_settings(b);
    free(b);
}

void store_bulk_free(struct store_bulk *b) { free(b); }

/* ---- after a crash ----------------------------------------------------------------------- */
struct interrupted {
    int32_t *ids;
    size_t count, capacity;
    struct arena *arena;
    bool no_memory;
};

static bool add_interrupted(void *ctx, const struct store_value *row) {
    struct interrupted *found = ctx;
    int64_t id = 0;
    int32_t *ids =
        arena_grow(found->arena, found->ids, found->count, &found->capacity, sizeof *ids);
    if (!ids) return !(found->no_memory = true);
    found->ids = ids;
    if (str_to_int64(row[SYS_STATE_KEY].bytes, &id)) ids[found->count++] = (int32_t)id;
    return true;
}

static crm_status recover_entity(struct store_conn *c, const struct schema_entity *e,
                                 struct err *err) {
    struct store_bulk *b = calloc(1, sizeof *b);
    if (!b) return err_no_memory(err);
    *b = (struct store_bulk){.conn = c, .entity = e, .indexes_gone = true, .split = true};
    return store_bulk_end(b, err);
}

crm_status store_bulk_recover(struct store_conn *c, const struct schema *schema, struct err *err) {
    struct store_condition where = {SYS_STATE_OWNER, STORE_EQ, store_text(STR("bulk"))};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = &where, .where_count = 1};
    struct interrupted found = {.arena = store_scratch_enter(c)};
    crm_status status = store_each(c, &select, add_interrupted, &found, err);
    if (status == CRM_OK && found.no_memory) status = err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < found.count; i++) {
        const struct schema_entity *e = schema_entity_by_id(schema, found.ids[i]);
        if (e) status = recover_entity(c, e, err);
    }
    store_scratch_leave(c);
    return status;
}
