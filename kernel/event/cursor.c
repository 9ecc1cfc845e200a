#include "event/cursor.h"

#include "base/time.h"
#include "event/messages.h"
#include "store/sys_tables.h"

int event_cursor_compare(const struct event_cursor *a, const struct event_cursor *b) {
    if (a->seq != b->seq) return a->seq < b->seq ? -1 : 1;
    return a->position < b->position ? -1 : a->position > b->position;
}

struct found {
    struct event_cursor at;
    bool found;
};

static bool take(void *ctx, const struct store_value *row) {
    struct found *f = ctx;
    f->at = (struct event_cursor){row[SYS_CURSOR_SEQ].integer, row[SYS_CURSOR_POSITION].integer};
    f->found = true;
    return false;
}

crm_status event_cursor_get(struct store_conn *c, struct str name, struct event_cursor *ret,
                            bool *ret_found, struct err *err) {
    struct store_condition where = {SYS_CURSOR_NAME, STORE_EQ, store_text(name)};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_CURSOR), .where = &where, .where_count = 1, .limit = 1};
    struct found f = {.found = false};
    crm_status status = store_each(c, &select, take, &f, err);
    if (status != CRM_OK) return status;
    *ret_found = f.found;
    if (f.found) *ret = f.at;
    return CRM_OK;
}

crm_status event_cursor_make(struct store_conn *writer, struct str name,
                             const struct event_cursor *at, struct err *err) {
    struct store_value row[SYS_CURSOR_COUNT] = {[SYS_CURSOR_NAME] = store_text(name),
                                                [SYS_CURSOR_SEQ] = store_int(at->seq),
                                                [SYS_CURSOR_POSITION] = store_int(at->position),
                                                [SYS_CURSOR_AT] = store_int(clock_now_ms())};
    bool inserted = false;
    return store_insert_new(writer, sys_table(SYS_TABLE_CURSOR), row, &inserted, err);
}

crm_status event_cursor_move(struct store_conn *writer, struct str name,
                             const struct event_cursor *from, const struct event_cursor *to,
                             struct err *err) {
    struct store_set sets[] = {{SYS_CURSOR_SEQ, store_int(to->seq), false},
                               {SYS_CURSOR_POSITION, store_int(to->position), false},
                               {SYS_CURSOR_AT, store_int(clock_now_ms()), false}};
    struct store_condition where[] = {{SYS_CURSOR_NAME, STORE_EQ, store_text(name)},
                                      {SYS_CURSOR_SEQ, STORE_EQ, store_int(from->seq)},
                                      {SYS_CURSOR_POSITION, STORE_EQ, store_int(from->position)}};
    int64_t affected = 0;
    crm_status status =
        store_update(writer, sys_table(SYS_TABLE_CURSOR), sets, 3, where, 3, &affected, err);
    if (status != CRM_OK || affected == 1) return status;
    const struct str args[] = {name};
    return err_set_args(err, CRM_STALE, &event_cursor_moved, args, 1);
}

crm_status event_cursor_drop(struct store_conn *writer, struct str name, struct err *err) {
    struct store_condition where = {SYS_CURSOR_NAME, STORE_EQ, store_text(name)};
    int64_t affected = 0;
    return store_delete(writer, sys_table(SYS_TABLE_CURSOR), &where, 1, &affected, err);
}

static bool take_seq(void *ctx, const struct store_value *row) {
    *(int64_t *)ctx = row[SYS_CHANGESET_SEQ].integer;
    return false;
}

crm_status event_log_end(struct store_conn *c, int64_t *ret_seq, struct err *err) {
    const int8_t newest[] = {-(SYS_CHANGESET_SEQ + 1)};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_CHANGESET), .order = newest, .order_count = 1, .limit = 1};
    int64_t seq = 0;
    crm_status status = store_each(c, &select, take_seq, &seq, err);
    if (status == CRM_OK) *ret_seq = seq;
    return status;
}
