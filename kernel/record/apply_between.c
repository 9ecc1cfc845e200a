/* What others may have written between preparing and applying: writers of this node behind a plan
 * that was made on a reader, other nodes up to the end of the transaction.
 *
 * Who enters a stage, takes a value or refers to a record holds its row (FOR SHARE) until the
 * commit; who removes it has written that row, and looks behind the write whether anybody was
 * faster. So one of two that cross always waits for the other and sees what it did. See apply.h. */
#include "record/apply.h"
#include "record/lists_state.h"
#include "record/messages.h"
#include "record/prepare.h"

crm_status apply_stale(struct apply *a, struct err *err) {
    a->stale = true;
    return err_set(err, CRM_STALE, &record_plan_stale, NULL);
}

/* ---- what the plan relies on ------------------------------------------------------------------
 */
static crm_status still_there(struct apply *a, const struct record_reliance *r, bool *ret,
                              struct err *err) {
    struct slot_set slots = {0};
    int32_t version = std_slot(r->entity, SCHEMA_STD_VERSION),
            deleted = std_slot(r->entity, SCHEMA_STD_DELETED_AT);
    struct arena *arena = a->changeset->arena;
    struct value *row = NULL;
    slot_add(&slots, version);
    slot_add(&slots, deleted);
    crm_status status = engine_has_others(a->engine)
                            ? store_record_hold(a->conn, r->entity, r->id, &slots, arena, &row, err)
                            : store_record_get(a->conn, r->entity, r->id, &slots, arena, &row, err);
    *ret = status == CRM_OK && row &&
           (r->version ? row[version].integer == r->version : value_is_nil(row[deleted]));
    return status;
}

/* A set that lags behind the database is read anew before the next try. */
static crm_status resident_there(struct apply *a, const struct record_reliance *r,
                                 struct err *err) {
    const struct value *row = resident_row(a->eval.resident, r->entity, r->id);
    bool is_there = true;
    if (!row || row_std_int(r->entity, row, SCHEMA_STD_VERSION) != r->version)
        return apply_stale(a, err);
    if (!engine_has_others(a->engine)) return CRM_OK;
    crm_status status = still_there(a, r, &is_there, err);
    if (status != CRM_OK || is_there) return status;
    a->engine->resident_behind = true;
    return err_set(err, CRM_UNAVAILABLE, &record_plan_stale, NULL);
}

crm_status apply_relied(struct apply *a, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < a->plan->reliance_count; i++) {
        const struct record_reliance *r = &a->plan->reliances[i];
        bool is_there = true;
        if (r->entity->resident)
            status = resident_there(a, r, err);
        else
            status = still_there(a, r, &is_there, err);
        if (status == CRM_OK && !is_there) status = apply_stale(a, err);
    }
    return status;
}

/* ---- what stands in what has gone --------------------------------------------------------------
 */
static bool goes(const struct record_change *c) {
    return c->before && row_is_living(c->entity, c->before) &&
           (!c->after || !row_is_living(c->entity, c->after));
}

/* A stage, pipeline or value; the steps of a plan and undo look themselves. */
static crm_status list_is_free(struct apply *a, const struct record_change *c, struct err *err) {
    struct actor system;
    struct list_step s;
    int64_t count = 0;
    struct lists l = {.engine = a->engine,
                      .conn = a->conn,
                      .now = a->changeset->schema,
                      .wanted = a->changeset->schema,
                      .resident = a->eval.resident,
                      .arena = a->changeset->arena};
    if (!list_is_entity(c->entity) || (a->changeset->flags & (CHANGESET_SEED | CHANGESET_UNDO)) ||
        !list_step_of(&l, c->entity, c->before, &s))
        return CRM_OK;
    engine_actor_system(ACCESS_DOOR_MIGRATION, &system);
    access_init(&l.access, l.now, &system);
    crm_status status = list_use_count(&l, &s, &count, err);
    return status == CRM_OK && count > 0 ? apply_stale(a, err) : status;
}

static crm_status nobody_refers(struct apply *a, const struct record_change *c,
                                const struct schema_entity *other, const struct schema_field *f,
                                struct err *err) {
    struct value gone = value_id(c->id);
    int64_t *ids = NULL;
    size_t count = 0;
    gone.entity = c->entity->id;
    crm_status status = store_record_find(a->conn, other, f->slot, &gone, false,
                                          a->changeset->arena, 1, &ids, &count, err);
    return status == CRM_OK && count > 0 ? apply_stale(a, err) : status;
}

/* Whoever shares its fate, is cleared, or keeps it from going, was seen by the plan. */
static crm_status fate_is_whole(struct apply *a, const struct record_change *c, struct err *err) {
    const struct schema *s = a->changeset->schema;
    crm_status status = CRM_OK;
    for (size_t n = 0; status == CRM_OK && n < s->entity_count; n++) {
        const struct schema_entity *other = &s->entities[n];
        for (size_t i = 0; !other->no_log && status == CRM_OK && i < other->field_count; i++) {
            enum schema_on_delete behaviour;
            if (prepare_refers(other, &other->fields[i], c->entity, &behaviour) &&
                behaviour != SCHEMA_ON_DELETE_KEEP)
                status = nobody_refers(a, c, other, &other->fields[i], err);
        }
    }
    return status;
}

crm_status apply_left(struct apply *a, struct err *err) {
    crm_status status = CRM_OK;
    if (a->changeset->in_writer && !engine_has_others(a->engine)) return CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < a->plan->change_count; i++) {
        const struct record_change *c = &a->plan->changes[i];
        if (!goes(c)) continue;
        status = list_is_free(a, c, err);
        if (status == CRM_OK) status = fate_is_whole(a, c, err);
    }
    return status;
}
