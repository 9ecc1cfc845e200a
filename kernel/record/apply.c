/* Writing a plan's rows. See apply.h. */
#include "record/apply.h"

#include "record/messages.h"
#include "record/rollups.h"

static crm_status items_write(struct apply *a, const struct record_change *c, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; i < c->item_change_count && status == CRM_OK; i++)
        status = store_links_put(a->conn, c->items[i].field, c->id, c->items[i].after,
                                 c->items[i].after_count, err);
    return status;
}

/* Roll-ups start from nothing: what the plan adds comes with rollups_apply. */
static crm_status insert(struct apply *a, struct record_change *c, struct err *err) {
    const struct schema_entity *e = c->entity;
    struct value *row = ARENA_ARRAY(a->changeset->arena, e->field_count, struct value);
    if (!row) return err_no_memory(err);
    crm_status status = series_draw(a, c, err);
    if (status != CRM_OK) return status;
    memcpy(row, c->after, e->field_count * sizeof *row);
    for (size_t i = 0; i < e->field_count && status == CRM_OK; i++)
        if (e->fields[i].type == SCHEMA_FIELD_ROLLUP && e->fields[i].stored)
            status = rollup_nothing(&a->eval, &e->fields[i], a->company, &row[i], err);
    c->written = row;
    if (status == CRM_OK) status = store_record_insert(a->conn, e, row, err);
    return status == CRM_OK ? items_write(a, c, err) : status;
}

static crm_status update(struct apply *a, const struct record_change *c, struct err *err) {
    const struct schema_entity *e = c->entity;
    struct slot_set slots = c->changed;
    for (size_t i = 0; i < e->field_count; i++)
        if (e->fields[i].type == SCHEMA_FIELD_ROLLUP)
            slots.bits[i >> 6] &= ~(UINT64_C(1) << (i & 63));
    bool found = false;
    crm_status status =
        store_record_update(a->conn, e, c->id, c->version_before, &slots, c->after, &found, err);
    if (status != CRM_OK) return status;
    return found ? items_write(a, c, err) : apply_stale(a, err);
}

static crm_status purge(struct apply *a, const struct record_change *c, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; i < c->entity->field_count && status == CRM_OK; i++)
        if (schema_storage_of(&c->entity->fields[i]) == SCHEMA_STORAGE_LINKS)
            status = store_links_clear(a->conn, &c->entity->fields[i], c->id, err);
    return status == CRM_OK ? store_record_delete(a->conn, c->entity, c->id, err) : status;
}

static crm_status change_write(struct apply *a, struct record_change *c, struct err *err) {
    crm_status status = !c->after   ? purge(a, c, err)
                        : c->before ? update(a, c, err)
                                    : insert(a, c, err);
    if (status == CRM_OK && c->entity->search) status = search_row_apply(a, c, err);
    if (status == CRM_OK && c->stage_moved) status = stage_change_write(a, c, err);
    return status;
}

/* What frees a unique key comes before what takes one. */
static int turn_of(const struct record_change *c) {
    if (!c->after || (c->verb == RECORD_DELETE && c->before)) return 0;
    return c->before && c->verb == RECORD_UPDATE ? 1 : 2;
}

static crm_status changes_write(struct apply *a, struct err *err) {
    for (int turn = 0; turn < 3; turn++)
        for (size_t i = 0; i < a->plan->change_count; i++) {
            struct record_change *c = &a->plan->changes[i];
            if (turn_of(c) != turn) continue;
            crm_status status = change_write(a, c, err);
            if (status != CRM_OK) return status;
        }
    return CRM_OK;
}

static crm_status apply_open(struct apply *a, struct err *err) {
    const struct resident *resident = engine_resident_ref(a->engine);
    a->eval = (struct row_eval){.conn = a->conn,
                                .schema = a->changeset->schema,
                                .resident = resident,
                                .arena = a->changeset->arena};
    struct expr_env env = {0};
    engine_env(a->engine, &a->changeset->actor, a->company, a->changeset->arena, &env);
    env.now_ms = a->plan->now_ms;
    return row_eval_init(&a->eval, &env, err);
}

crm_status apply_run(struct engine *e, struct store_conn *c, struct record_plan *plan,
                     int64_t changeset_id, bool *ret_stale, struct err *err) {
    struct apply a = {.engine = e,
                      .conn = c,
                      .plan = plan,
                      .changeset = plan->changeset,
                      .changeset_id = changeset_id};
    a.company = engine_company_ref(e);
    crm_status status = apply_open(&a, err);
    if (status == CRM_OK) status = apply_relied(&a, err);
    if (status == CRM_OK && plan->changeset->reverts) status = reverts_apply(&a, err);
    bool writing = status == CRM_OK;
    if (writing) status = changes_write(&a, err);
    if (status == CRM_OK) status = apply_left(&a, err);
    if (status == CRM_OK) status = rollups_apply(&a.eval, plan, a.company, err);
    if (writing && status == CRM_CONFLICT) {
        a.stale = true; /* prepared anew, the key is found and the error is that of its field */
        apply_name_conflict(plan, store_conflict_index(c), err);
    }
    engine_resident_unref(e, a.eval.resident);
    engine_company_unref(e, a.company);
    *ret_stale = a.stale;
    return status;
}

void apply_name_conflict(const struct record_plan *plan, struct str index, struct err *err) {
    err_set(err, CRM_CONFLICT, &record_not_unique, NULL);
    for (size_t i = 0; i < plan->change_count; i++) {
        const struct schema_entity *e = plan->changes[i].entity;
        for (size_t n = 0; n < e->index_count; n++) {
            if (!str_eq(e->indexes[n].name, index) || e->indexes[n].slot_count == 0) continue;
            err_at_entity(err, e->name);
            err_at_field(err, e->fields[e->indexes[n].slots[0]].name);
            return;
        }
    }
}
