/* See migration.h. */
#include "store/migration.h"

#include "store/driver.h"
#include "store/sys_tables.h"

const char *store_migration_word(enum store_migration_state state) {
    static const char *const words[] = {"queued", "done", "running", "failed", "cancelled"};
    return words[state];
}

static crm_status next_id(struct store_conn *c, int64_t *ret, struct err *err) {
    static const int8_t newest[] = {-(SYS_MIGRATION_ID + 1)};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_MIGRATION), .order = newest, .order_count = 1};
    const struct store_value *row = NULL;
    crm_status status = store_first(c, &select, &c->scratch, &row, err);
    if (status == CRM_OK) *ret = row ? row[SYS_MIGRATION_ID].integer + 1 : 1;
    return status;
}

static void row_of(const struct store_migration *it, struct store_value row[SYS_MIGRATION_COUNT]) {
    const struct store_value values[SYS_MIGRATION_COUNT] = {
        [SYS_MIGRATION_ID] = store_int(it->id),
        [SYS_MIGRATION_AT] = store_int(it->at),
        [SYS_MIGRATION_KIND] = store_text(it->kind),
        [SYS_MIGRATION_SUBJECT] = store_text(it->subject),
        [SYS_MIGRATION_STATE] = store_int(it->state),
        [SYS_MIGRATION_DETAIL] = it->detail.len ? store_text(it->detail) : STORE_NIL,
        [SYS_MIGRATION_CURSOR] = store_int(it->cursor),
        [SYS_MIGRATION_DONE] = store_int(it->done),
        [SYS_MIGRATION_TOTAL] = store_int(it->total),
        [SYS_MIGRATION_FINISHED] = store_int(it->finished),
        [SYS_MIGRATION_AUTHOR] = store_int(it->author),
    };
    memcpy(row, values, sizeof values);
}

crm_status store_migration_add(struct store_conn *c, struct store_migration *it, struct err *err) {
    struct store_value row[SYS_MIGRATION_COUNT];
    store_scratch_enter(c);
    crm_status status = next_id(c, &it->id, err);
    store_scratch_leave(c);
    if (status != CRM_OK) return status;
    row_of(it, row);
    return store_insert(c, sys_table(SYS_TABLE_MIGRATION), row, err);
}

crm_status store_migration_put(struct store_conn *c, const struct store_migration *it,
                               struct err *err) {
    static const uint8_t columns[] = {SYS_MIGRATION_STATE,  SYS_MIGRATION_DETAIL,
                                      SYS_MIGRATION_CURSOR, SYS_MIGRATION_DONE,
                                      SYS_MIGRATION_TOTAL,  SYS_MIGRATION_FINISHED};
    struct store_value row[SYS_MIGRATION_COUNT];
    struct store_set sets[sizeof columns];
    row_of(it, row);
    for (size_t i = 0; i < sizeof columns; i++)
        sets[i] = (struct store_set){.column = columns[i], .value = row[columns[i]]};
    const struct store_condition where = {SYS_MIGRATION_ID, STORE_EQ, store_int(it->id)};
    return store_update(c, sys_table(SYS_TABLE_MIGRATION), sets, sizeof columns, &where, 1, NULL,
                        err);
}

struct listing {
    struct arena *arena;
    struct store_migration *items;
    size_t count, capacity;
    bool no_memory;
};

static int64_t number(struct store_value v) { return v.type == STORE_INT ? v.integer : 0; }

static struct str text(struct listing *l, struct store_value v) {
    struct str copy = v.type == STORE_TEXT ? arena_str(l->arena, v.bytes) : STR_NONE;
    l->no_memory |= v.type == STORE_TEXT && !copy.ptr;
    return copy;
}

static bool list_row(void *ctx, const struct store_value *row) {
    struct listing *l = ctx;
    struct store_migration *items =
        arena_grow(l->arena, l->items, l->count, &l->capacity, sizeof *items);
    if (!items) return !(l->no_memory = true);
    l->items = items;
    items[l->count++] = (struct store_migration){
        .id = row[SYS_MIGRATION_ID].integer,
        .at = row[SYS_MIGRATION_AT].integer,
        .kind = text(l, row[SYS_MIGRATION_KIND]),
        .subject = text(l, row[SYS_MIGRATION_SUBJECT]),
        .state = (enum store_migration_state)row[SYS_MIGRATION_STATE].integer,
        .detail = text(l, row[SYS_MIGRATION_DETAIL]),
        .cursor = number(row[SYS_MIGRATION_CURSOR]),
        .done = number(row[SYS_MIGRATION_DONE]),
        .total = number(row[SYS_MIGRATION_TOTAL]),
        .finished = number(row[SYS_MIGRATION_FINISHED]),
        .author = number(row[SYS_MIGRATION_AUTHOR]),
    };
    return !l->no_memory;
}

static crm_status list(struct store_conn *c, const struct store_condition *where, size_t count,
                       size_t limit, struct listing *l, struct err *err) {
    static const int8_t newest[] = {-(SYS_MIGRATION_ID + 1)};
    struct store_select select = {.table = sys_table(SYS_TABLE_MIGRATION),
                                  .where = where,
                                  .where_count = count,
                                  .order = newest,
                                  .order_count = 1,
                                  .limit = (int64_t)limit};
    crm_status status = store_each(c, &select, list_row, l, err);
    return status == CRM_OK && l->no_memory ? err_no_memory(err) : status;
}

crm_status store_migration_find(struct store_conn *c, struct str kind, struct str subject,
                                struct arena *a, struct store_migration *ret, bool *ret_found,
                                struct err *err) {
    const struct store_condition where[] = {{SYS_MIGRATION_KIND, STORE_EQ, store_text(kind)},
                                            {SYS_MIGRATION_SUBJECT, STORE_EQ, store_text(subject)}};
    struct listing l = {.arena = a};
    crm_status status = list(c, where, 2, 1, &l, err);
    if (status != CRM_OK) return status;
    *ret_found = l.count > 0;
    if (l.count) *ret = l.items[0];
    return CRM_OK;
}

crm_status store_migration_list(struct store_conn *c, int state, size_t limit, struct arena *a,
                                struct store_migration **ret, size_t *ret_count, struct err *err) {
    const struct store_condition where = {SYS_MIGRATION_STATE, STORE_EQ, store_int(state)};
    struct listing l = {.arena = a};
    crm_status status = list(c, &where, state >= 0 ? 1 : 0, limit, &l, err);
    if (status != CRM_OK) return status;
    *ret = l.items;
    *ret_count = l.count;
    return CRM_OK;
}
