#include "store/note.h"

#include "store/sys_tables.h"

#define OWNER STR("node")

crm_status store_note_get(struct store_conn *c, struct str key, struct arena *a, struct str *ret,
                          struct err *err) {
    const struct store_condition where[] = {{SYS_STATE_OWNER, STORE_EQ, store_text(OWNER)},
                                            {SYS_STATE_KEY, STORE_EQ, store_text(key)}};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = where, .where_count = 2, .limit = 1};
    const struct store_value *row = NULL;
    crm_status status = store_first(c, &select, a, &row, err);
    if (status != CRM_OK) return status;
    bool found = row && row[SYS_STATE_VALUE].type == STORE_TEXT;
    *ret = found ? row[SYS_STATE_VALUE].bytes : STR_NONE;
    return CRM_OK;
}

crm_status store_note_put(struct store_conn *writer, struct str key, struct str text,
                          struct err *err) {
    const struct store_table *t = sys_table(SYS_TABLE_STATE);
    const struct store_value row[SYS_STATE_COUNT] = {[SYS_STATE_OWNER] = store_text(OWNER),
                                                     [SYS_STATE_KEY] = store_text(key),
                                                     [SYS_STATE_VALUE] = store_text(text),
                                                     [SYS_STATE_EXPIRES_AT] = STORE_NIL};
    const struct store_condition where[] = {{SYS_STATE_OWNER, STORE_EQ, row[SYS_STATE_OWNER]},
                                            {SYS_STATE_KEY, STORE_EQ, row[SYS_STATE_KEY]}};
    const struct store_set set = {SYS_STATE_VALUE, row[SYS_STATE_VALUE], false};
    bool inserted = false;
    crm_status status = store_insert_new(writer, t, row, &inserted, err);
    return status != CRM_OK || inserted ? status
                                        : store_update(writer, t, &set, 1, where, 2, NULL, err);
}
