/* Moves through stages, which have no log of their own: those of late changesets go, and the mark
 * of having been taken back goes where a late undo has left it. See rewind_state.h. */
#include "record/rewind_state.h"

struct moves {
    struct rewind *rewind;
    const struct schema_entity *entity;
    int32_t changeset, reverted;
    int64_t last;
    size_t seen, gone_count, freed_count;
    int64_t gone[REWIND_PAGE], freed[REWIND_PAGE];
};

static bool was_taken_back_late(const struct rewind *r, int64_t changeset) {
    for (size_t i = 0; i < r->late_count; i++)
        if (r->late[i].reverts == changeset) return true;
    return false;
}

static bool move_row(void *ctx, const struct value *row) {
    struct moves *m = ctx;
    const struct value *of = &row[m->changeset], *reverted = &row[m->reverted];
    int64_t changeset = value_is_nil(*of) ? 0 : of->integer;
    m->last = row_std_int(m->entity, row, SCHEMA_STD_ID);
    m->seen++;
    if (rewind_is_late(m->rewind, changeset))
        m->gone[m->gone_count++] = m->last;
    else if (changeset && value_truthy(reverted) && was_taken_back_late(m->rewind, changeset))
        m->freed[m->freed_count++] = m->last;
    return m->seen < REWIND_PAGE;
}

/* The moves of an undo are marked from the beginning. */
static crm_status free_move(struct moves *m, int64_t id, struct err *err) {
    struct rewind *r = m->rewind;
    struct value *row = NULL;
    struct slot_set slots = {0};
    struct log_changeset of = {0};
    bool found = false;
    crm_status status = store_record_get(r->conn, m->entity, id, NULL, &r->page, &row, err);
    if (status != CRM_OK || !row) return status;
    status = log_changeset_get(r->conn, row[m->changeset].integer, &r->page, &of, err);
    if (status != CRM_OK || of.reverts) return status;
    slot_add(&slots, m->reverted);
    row[m->reverted] = value_bool(false);
    return store_record_update(r->conn, m->entity, id, 0, &slots, row, &found, err);
}

static crm_status page(struct moves *m, struct err *err) {
    struct rewind *r = m->rewind;
    struct slot_set slots = {0};
    slot_add(&slots, std_slot(m->entity, SCHEMA_STD_ID));
    slot_add(&slots, m->changeset);
    slot_add(&slots, m->reverted);
    m->seen = m->gone_count = m->freed_count = 0;
    arena_reset(&r->page);
    crm_status status = store_record_each(r->conn, m->entity, &slots, m->last, REWIND_PAGE, true,
                                          &r->page, move_row, m, err);
    for (size_t i = 0; i < m->gone_count && status == CRM_OK; i++)
        status = store_record_delete(r->conn, m->entity, m->gone[i], err);
    for (size_t i = 0; i < m->freed_count && status == CRM_OK; i++)
        status = free_move(m, m->freed[i], err);
    return status;
}

crm_status rewind_moves(struct rewind *r, struct err *err) {
    struct moves m = {.rewind = r, .entity = schema_find(r->schema, STR("stage_change"))};
    if (!m.entity) return CRM_OK;
    m.changeset = slot_named(m.entity, "changeset");
    m.reverted = slot_named(m.entity, "reverted");
    if (m.changeset < 0 || m.reverted < 0) return CRM_OK;
    crm_status status = CRM_OK;
    for (bool more = true; more && status == CRM_OK; more = m.seen == REWIND_PAGE) {
        status = store_begin(r->conn, err);
        if (status == CRM_OK) status = page(&m, err);
        if (status == CRM_OK) status = store_commit(r->conn, err);
        if (store_in_transaction(r->conn)) store_rollback(r->conn);
    }
    return status;
}
