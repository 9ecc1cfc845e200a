/* What is later than the moment, found in the log; and, at the end, taken out of it, of the cursors
 * and jobs that follow it, and of the marks that late undos have left. See rewind_state.h. */
#include <stdlib.h>

#include "record/log_write.h"
#include "record/rewind_state.h"
#include "store/sys_tables.h"

static int id_compare(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

bool rewind_is_late(const struct rewind *r, int64_t changeset) {
    return changeset && bsearch(&changeset, r->ids, r->late_count, sizeof *r->ids, id_compare);
}

/* ---- gathering ------------------------------------------------------------------------------- */
static bool late_row(void *ctx, const struct store_value *row) {
    struct rewind *r = ctx;
    const struct log_changeset c = log_changeset_of(row);
    struct rewind_late *all =
        arena_grow(&r->arena, r->late, r->late_count, &r->late_capacity, sizeof *all);
    if (!all) return !(r->no_memory = true);
    r->late = all;
    all[r->late_count++] = (struct rewind_late){c.id, c.part_of, c.reverts, c.changes};
    return true;
}

static bool change_row(void *ctx, const struct store_value *row) {
    struct rewind *r = ctx;
    crm_status status = rewind_add(r, &r->touched, (int32_t)row[SYS_CHANGE_ENTITY].integer,
                                   row[SYS_CHANGE_RECORD].integer, NULL);
    return !(r->no_memory = status != CRM_OK);
}

static crm_status each_late(struct rewind *r, enum sys_table table, uint8_t column,
                            bool (*fn)(void *ctx, const struct store_value *row), struct err *err) {
    struct store_condition where = {column, STORE_GT, store_int(r->facts.seq)};
    const int8_t order = (int8_t)(column + 1);
    struct store_select select = {.table = sys_table(table),
                                  .where = &where,
                                  .where_count = 1,
                                  .order = &order,
                                  .order_count = 1};
    crm_status status = store_each(r->conn, &select, fn, r, err);
    return status == CRM_OK && r->no_memory ? err_no_memory(err) : status;
}

crm_status rewind_gather(struct rewind *r, struct err *err) {
    crm_status status = each_late(r, SYS_TABLE_CHANGESET, SYS_CHANGESET_SEQ, late_row, err);
    if (status == CRM_OK) status = each_late(r, SYS_TABLE_CHANGE, SYS_CHANGE_SEQ, change_row, err);
    r->ids = status == CRM_OK ? ARENA_ARRAY(&r->arena, r->late_count + 1, int64_t) : NULL;
    if (status != CRM_OK) return status;
    if (!r->ids) return err_no_memory(err);
    for (size_t i = 0; i < r->late_count; i++)
        r->ids[i] = r->late[i].id;
    qsort(r->ids, r->late_count, sizeof *r->ids, id_compare);
    r->facts.changesets = (int64_t)r->late_count;
    return CRM_OK;
}

/* ---- marks on changesets that stay ----------------------------------------------------------- */
static crm_status set_reverted_by(struct rewind *r, int64_t changeset, struct store_value by,
                                  struct err *err) {
    struct store_set set = {SYS_CHANGESET_REVERTED_BY, by, false};
    struct store_condition where = {SYS_CHANGESET_ID, STORE_EQ, store_int(changeset)};
    return store_update(r->conn, sys_table(SYS_TABLE_CHANGESET), &set, 1, &where, 1, NULL, err);
}

/* What a late undo took back stands again; if that was an undo itself, so does its own mark. */
static crm_status unmark(struct rewind *r, const struct rewind_late *it, struct err *err) {
    struct log_changeset of = {0};
    struct err none;
    if (it->reverts == 0 || rewind_is_late(r, it->reverts)) return CRM_OK;
    crm_status status = log_changeset_get(r->conn, it->reverts, &r->page, &of, &none);
    if (status == CRM_NOT_FOUND) return CRM_OK;
    if (status != CRM_OK) err_copy(err, &none);
    if (status != CRM_OK) return status;
    status = set_reverted_by(r, of.id, STORE_NIL, err);
    return status == CRM_OK && of.reverts ? set_reverted_by(r, of.reverts, store_int(of.id), err)
                                          : status;
}

static crm_status uncount(struct rewind *r, const struct rewind_late *it, struct err *err) {
    struct store_set set = {SYS_CHANGESET_CHANGES, store_int(-it->changes), true};
    struct store_condition where = {SYS_CHANGESET_ID, STORE_EQ, store_int(it->part_of)};
    if (it->part_of == 0 || rewind_is_late(r, it->part_of)) return CRM_OK;
    return store_update(r->conn, sys_table(SYS_TABLE_CHANGESET), &set, 1, &where, 1, NULL, err);
}

/* ---- what follows the log -------------------------------------------------------------------- */
static bool late_job(void *ctx, const struct store_value *row) {
    struct rewind *r = ctx;
    struct str cause = row[SYS_JOB_CAUSE].type == STORE_TEXT ? row[SYS_JOB_CAUSE].bytes : STR_NONE,
               head = STR("changeset ");
    int64_t id = 0;
    if (!str_starts_with(cause, head) ||
        !str_to_int64(str_make(cause.ptr + head.len, cause.len - head.len), &id) ||
        !rewind_is_late(r, id))
        return true;
    r->no_memory = rewind_add(r, &r->figures, 0, row[SYS_JOB_ID].integer, NULL) != CRM_OK;
    return !r->no_memory;
}

static crm_status drop_jobs(struct rewind *r, struct err *err) {
    struct store_select select = {.table = sys_table(SYS_TABLE_JOB)};
    r->figures.count = 0; /* done with: now jobs */
    crm_status status = store_each(r->conn, &select, late_job, r, err);
    if (status == CRM_OK && r->no_memory) status = err_no_memory(err);
    for (size_t i = 0; i < r->figures.count && status == CRM_OK; i++) {
        struct store_condition where = {SYS_JOB_ID, STORE_EQ, store_int(r->figures.items[i].id)};
        status = store_delete(r->conn, select.table, &where, 1, NULL, err);
    }
    return status;
}

/* A cursor stands on the next changeset to look at. */
static crm_status move_cursors(struct rewind *r, struct err *err) {
    const struct store_set set[] = {{SYS_CURSOR_SEQ, store_int(r->facts.seq + 1), false},
                                    {SYS_CURSOR_POSITION, store_int(0), false}};
    struct store_condition where = {SYS_CURSOR_SEQ, STORE_GT, store_int(r->facts.seq)};
    return store_update(r->conn, sys_table(SYS_TABLE_CURSOR), set, 2, &where, 1, NULL, err);
}

static crm_status drop_later(struct rewind *r, enum sys_table table, uint8_t column, int64_t than,
                             struct err *err) {
    struct store_condition where = {column, STORE_GT, store_int(than)};
    return store_delete(r->conn, sys_table(table), &where, 1, NULL, err);
}

static crm_status end_at(struct rewind *r, struct err *err) {
    struct store_set set = {SYS_SEQUENCE_VALUE, store_int(r->facts.seq), false};
    struct store_condition where = {SYS_SEQUENCE_NAME, STORE_EQ, store_text(STR("changeset"))};
    return store_update(r->conn, sys_table(SYS_TABLE_SEQUENCE), &set, 1, &where, 1, NULL, err);
}

static crm_status cut(struct rewind *r, struct err *err) {
    const int64_t seq = r->facts.seq, at = r->facts.at_ms;
    crm_status status = CRM_OK;
    for (size_t i = r->late_count; i-- > 0 && status == CRM_OK;) {
        status = unmark(r, &r->late[i], err);
        if (status == CRM_OK) status = uncount(r, &r->late[i], err);
    }
    if (status == CRM_OK) status = drop_jobs(r, err);
    if (status == CRM_OK) status = move_cursors(r, err);
    if (status == CRM_OK)
        status = drop_later(r, SYS_TABLE_IDEMPOTENCY, SYS_IDEMPOTENCY_AT, at, err);
    if (status == CRM_OK) status = drop_later(r, SYS_TABLE_RUN, SYS_RUN_STARTED_AT, at, err);
    if (status == CRM_OK) status = drop_later(r, SYS_TABLE_CHANGE, SYS_CHANGE_SEQ, seq, err);
    if (status == CRM_OK) status = drop_later(r, SYS_TABLE_CHANGESET, SYS_CHANGESET_SEQ, seq, err);
    return status == CRM_OK ? end_at(r, err) : status;
}

crm_status rewind_cut(struct rewind *r, struct err *err) {
    arena_reset(&r->page);
    crm_status status = store_begin(r->conn, err);
    if (status == CRM_OK) status = cut(r, err);
    if (status == CRM_OK) status = store_commit(r->conn, err);
    if (store_in_transaction(r->conn)) store_rollback(r->conn);
    return status;
}
