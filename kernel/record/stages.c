/* The row in stage_change for every move through a pipeline, the first stage of a new record
 * included (from nothing). Apply is the only writer of that entity; it has no log.
 *
 * Moves made by an import are marked, unless it states their times; an undo marks the move it takes
 * back, and its own. */
#include "record/apply.h"

static void put(const struct schema_entity *e, struct value *row, const char *name, int64_t number,
                int32_t entity) {
    const struct schema_field *f = schema_field_find(e, str_from(name));
    if (!f || schema_storage_of(f) == SCHEMA_STORAGE_LINKS ||
        schema_storage_of(f) == SCHEMA_STORAGE_NONE)
        return;
    struct value v = {.type = f->value_type.type, .integer = number};
    if (v.type == VALUE_BOOL) v = value_bool(number != 0);
    if (f->type == SCHEMA_FIELD_REF_ANY) v.entity = entity;
    if (number != 0 || v.type == VALUE_BOOL || v.type == VALUE_INT) row[f->slot] = v;
}

static void put_text(const struct schema_entity *e, struct value *row, const char *name,
                     struct str text) {
    int32_t slot = slot_named(e, name);
    if (slot >= 0) row[slot] = value_text(text);
}

static int64_t id_at(const struct value *row, int32_t slot) {
    return !row || slot < 0 || value_is_nil(row[slot]) ? 0 : row[slot].integer;
}

/* Seconds in the stage that is left. */
static int64_t seconds_in_stage(const struct record_change *c, int64_t now_ms) {
    int64_t since = id_at(c->before, c->entity->pipeline.since_slot);
    if (since == 0) since = row_std_int(c->entity, c->before, SCHEMA_STD_CREATED_AT);
    return since == 0 || since > now_ms ? 0 : (now_ms - since) / 1000;
}

/* The moves of this record that belong to the changeset being undone. */
static crm_status reverted_mark(struct apply *a, const struct schema_entity *e,
                                const struct record_change *c, struct err *err) {
    const struct schema_field *record = schema_field_find(e, STR("record"));
    int32_t changeset = slot_named(e, "changeset"), reverted = slot_named(e, "reverted");
    if (!record || changeset < 0 || reverted < 0) return CRM_OK;
    int64_t *ids = NULL;
    size_t count = 0;
    crm_status status = store_record_referrers(a->conn, e, record, c->id, a->changeset->arena, 1000,
                                               &ids, &count, err);
    for (size_t i = 0; i < count && status == CRM_OK; i++) {
        struct value *row = NULL;
        status = store_record_get(a->conn, e, ids[i], NULL, a->changeset->arena, &row, err);
        if (status != CRM_OK || !row || id_at(row, changeset) != a->changeset->reverts) continue;
        struct slot_set slots = {0};
        bool found = false;
        slot_add(&slots, reverted);
        row[reverted] = value_bool(true);
        status = store_record_update(a->conn, e, ids[i], 0, &slots, row, &found, err);
    }
    return status;
}

/* One move: `from` and the seconds there may be 0. */
struct move {
    struct record_move to;
    int64_t from, seconds;
    bool imported; /* only brought along by an import: nobody knows when it was */
};

static crm_status row_write(struct apply *a, const struct record_change *c,
                            const struct schema_entity *e, const struct move *m, struct err *err) {
    struct value *row = ARENA_ARRAY(a->changeset->arena, e->field_count, struct value);
    if (!row) return err_no_memory(err);
    int64_t now = a->plan->now_ms;
    row[std_slot(e, SCHEMA_STD_ID)] = value_id(id_next(&a->engine->ids));
    row[std_slot(e, SCHEMA_STD_VERSION)] = value_int(1);
    row[std_slot(e, SCHEMA_STD_CREATED_AT)] = value_time(now);
    row[std_slot(e, SCHEMA_STD_UPDATED_AT)] = value_time(now);
    put_text(e, row, "entity", c->entity->name);
    put(e, row, "record", c->id, c->entity->id);
    put(e, row, "pipeline", id_at(c->after, c->entity->pipeline.pipeline_slot), 0);
    put(e, row, "from", m->from, 0);
    put(e, row, "to", m->to.stage, 0);
    put(e, row, "at", m->to.at_ms, 0);
    put(e, row, "seconds", m->seconds, 0);
    put(e, row, "actor", m->to.actor ? m->to.actor : a->changeset->actor.user, 0);
    put(e, row, "changeset", a->changeset_id, 0);
    put(e, row, "reverted", (a->changeset->flags & CHANGESET_UNDO) != 0, 0);
    put(e, row, "imported", m->imported, 0);
    return store_record_insert(a->conn, e, row, err);
}

/* What the changeset states of the record's past; its last move is the one at hand. */
static crm_status past_write(struct apply *a, const struct record_change *c,
                             const struct schema_entity *e, struct err *err) {
    struct move m = {.from = 0};
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < c->move_count; i++) {
        int64_t since = m.to.at_ms;
        m.from = m.to.stage;
        m.to = c->moves[i];
        m.seconds = m.from ? (m.to.at_ms - since) / 1000 : 0;
        status = row_write(a, c, e, &m, err);
    }
    return status;
}

crm_status stage_change_write(struct apply *a, const struct record_change *c, struct err *err) {
    const struct schema_entity *e = schema_find(a->changeset->schema, STR("stage_change"));
    int32_t stage = c->entity->pipeline.stage_slot;
    if (!e || !c->after) return CRM_OK;
    if (c->move_count) return past_write(a, c, e, err);
    int64_t now = a->plan->now_ms;
    const struct move m = {.to = {.stage = id_at(c->after, stage), .at_ms = now},
                           .from = id_at(c->before, stage),
                           .seconds = c->before ? seconds_in_stage(c, now) : 0,
                           .imported = (a->changeset->flags & CHANGESET_IMPORT) != 0};
    bool undo = (a->changeset->flags & CHANGESET_UNDO) != 0;
    crm_status status = undo ? reverted_mark(a, e, c, err) : CRM_OK;
    return status == CRM_OK ? row_write(a, c, e, &m, err) : status;
}
