/* What an undo leaves on the changeset it reverts, inside its own transaction, so that two undos of
 * one changeset can never both happen. Undoing an undo makes the first changeset undoable again. */
#include "record/apply.h"
#include "record/messages.h"
#include "store/sys_tables.h"

static crm_status changeset_row(struct apply *a, int64_t id, const struct store_value **ret,
                                struct err *err) {
    struct store_condition where = {SYS_CHANGESET_ID, STORE_EQ, store_int(id)};
    struct store_select select = {.table = sys_table(SYS_TABLE_CHANGESET),
                                  .where = &where,
                                  .where_count = 1,
                                  .limit = 1,
                                  .for_update = false};
    return store_first(a->conn, &select, a->changeset->arena, ret, err);
}

static crm_status reverted_by_clear(struct apply *a, int64_t id, struct err *err) {
    struct store_set set = {SYS_CHANGESET_REVERTED_BY, STORE_NIL, false};
    struct store_condition where = {SYS_CHANGESET_ID, STORE_EQ, store_int(id)};
    return store_update(a->conn, sys_table(SYS_TABLE_CHANGESET), &set, 1, &where, 1, NULL, err);
}

/* `id` is reverted by `by`: refused when something else did it already. */
static crm_status revert_mark(struct apply *a, int64_t id, int64_t by, struct err *err) {
    const struct store_value *row = NULL;
    crm_status status = changeset_row(a, id, &row, err);
    if (status != CRM_OK) return status;
    if (!row) return err_set(err, CRM_NOT_FOUND, &record_changeset_not_found, NULL);
    const struct store_value *already = &row[SYS_CHANGESET_REVERTED_BY],
                             *original = &row[SYS_CHANGESET_REVERTS];
    if (already->type == STORE_INT && already->integer == by) return CRM_OK;
    if (already->type == STORE_INT) return err_set(err, CRM_CONFLICT, &record_already_undone, NULL);
    struct store_set set = {SYS_CHANGESET_REVERTED_BY, store_int(by), false};
    struct store_condition where[] = {{SYS_CHANGESET_ID, STORE_EQ, store_int(id)},
                                      {SYS_CHANGESET_REVERTED_BY, STORE_IS_NULL, STORE_NIL}};
    int64_t marked = 0;
    status = store_update(a->conn, sys_table(SYS_TABLE_CHANGESET), &set, 1, where, 2, &marked, err);
    if (status == CRM_OK && marked == 0)
        return err_set(err, CRM_CONFLICT, &record_already_undone, NULL);
    if (status == CRM_OK && original->type == STORE_INT)
        status = reverted_by_clear(a, original->integer, err);
    return status;
}

crm_status reverts_apply(struct apply *a, struct err *err) {
    const struct changeset *c = a->changeset;
    crm_status status = revert_mark(a, c->reverts, a->changeset_id, err);
    if (status == CRM_OK && c->parent_reverts && c->part_of)
        status = revert_mark(a, c->parent_reverts, c->part_of, err);
    return status;
}
