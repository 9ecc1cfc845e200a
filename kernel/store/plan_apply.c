/* Carrying out a schema plan: new entities in one transaction, each step on an old one in a
 * transaction of its own, always together with the registry rows and the line in sys_migration.
 * After kill -9 the registry says what is there, a new plan holds the rest, and a step that is
 * carried out twice changes nothing. Steps that only say something of the registry are done when it
 * is written. See migrate.h. */
#include <time.h>

#include "base/time.h"
#include "store/messages.h"
#include "store/migrate.h"
#include "store/migration.h"
#include "store/registry.h"
#include "store/reshape.h"
#include "store/shadow.h"
#include "store/structure.h"
#include "store/sys_tables.h"

/* A lock is waited for so long that those who read meanwhile hardly notice, then they have a turn;
 * all attempts together are less than a writer may stand still. */
enum { LOCK_ATTEMPTS = 4, LOCK_REST_NS = 20 * 1000 * 1000, SMALL_TABLE_ROWS = 20000 };

struct applying {
    struct store_conn *conn;
    const struct schema_plan *plan;
    const struct schema_entity *entity;
    const struct schema_step *step;
};

static const struct schema_field *attribute_by_id(const struct schema_field *f, int32_t id) {
    for (size_t i = 0; i < f->attribute_count; i++)
        if (f->attributes[i].id == id) return &f->attributes[i];
    return NULL;
}

static const struct schema_index *index_by_id(const struct schema_entity *e, int32_t id) {
    for (size_t i = 0; i < e->index_count; i++)
        if (e->indexes[i].id == id) return &e->indexes[i];
    return NULL;
}

static crm_status missing(const struct applying *a, struct err *err) {
    return err_internal(err, "plan step %.*s names nothing", STR_ARG(a->step->subject));
}

/* ---- registry rows of one step ----------------------------------------------------------- */
/* A table brings the fields that stand in it; link tables and later columns are steps of their own.
 */
static bool comes_with_table(const struct schema_entity *e, int32_t field) {
    const struct schema_field *f = schema_field_by_id(e, field);
    return f && schema_storage_of(f) != SCHEMA_STORAGE_LINKS;
}

/* The fields that step brings: those of a table, one field with its attributes, one attribute. */
static bool brings_field(const struct applying *a, int32_t field) {
    const struct schema_step *step = a->step;
    if (step->kind == SCHEMA_STEP_CREATE_ENTITY) return comes_with_table(a->entity, field);
    if (step->kind == SCHEMA_STEP_ADD_FIELD) return field == step->field;
    if (step->kind == SCHEMA_STEP_ADD_ATTRIBUTE) return field == step->index;
    if (step->kind != SCHEMA_STEP_CREATE_LINKS) return false;
    const struct schema_field *f = schema_field_by_id(a->entity, step->field);
    return field == step->field || (f && attribute_by_id(f, field));
}

static crm_status put_fields(const struct applying *a, struct err *err) {
    const struct schema_registry *r = a->plan->registry;
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < r->field_count; i++)
        if (r->fields[i].entity == a->step->entity &&
            (brings_field(a, r->fields[i].id) || r->fields[i].state == SCHEMA_STATE_GONE))
            status = registry_put_field(a->conn, &r->fields[i], err);
    return status;
}

static crm_status put_entity(const struct applying *a, struct err *err) {
    const struct schema_registry *r = a->plan->registry;
    for (size_t i = 0; i < r->entity_count; i++)
        if (r->entities[i].id == a->step->entity)
            return registry_put_entity(a->conn, &r->entities[i], err);
    return missing(a, err);
}

static struct schema_registry_index *registered_index(const struct applying *a) {
    struct schema_registry *r = a->plan->registry;
    for (size_t i = 0; i < r->index_count; i++)
        if (r->indexes[i].entity == a->step->entity && r->indexes[i].id == a->step->index)
            return &r->indexes[i];
    return NULL;
}

static crm_status put_index(const struct applying *a, struct err *err) {
    struct schema_registry_index *index = registered_index(a);
    if (!index) return missing(a, err);
    if (a->step->kind != SCHEMA_STEP_DROP_INDEX) index->state = SCHEMA_STATE_LIVE;
    return registry_put_index(a->conn, index, err);
}

static crm_status put_registry(const struct applying *a, struct err *err) {
    bool is_index = a->step->kind == SCHEMA_STEP_CREATE_INDEX ||
                    a->step->kind == SCHEMA_STEP_CREATE_SEARCH ||
                    a->step->kind == SCHEMA_STEP_DROP_INDEX;
    crm_status status = is_index ? put_index(a, err) : put_fields(a, err);
    return status == CRM_OK ? put_entity(a, err) : status;
}

/* ---- steps ------------------------------------------------------------------------------- */
static crm_status carry_out(const struct applying *a, struct err *err) {
    const struct schema_step *step = a->step;
    const struct schema_field *f = step->field ? schema_field_by_id(a->entity, step->field) : NULL;
    const struct schema_field *attribute;
    const struct schema_index *index;
    switch (step->kind) {
    case SCHEMA_STEP_CREATE_ENTITY:
        return structure_entity(a->conn, a->entity, err);
    case SCHEMA_STEP_ADD_FIELD:
        return f ? structure_add_field(a->conn, a->entity, f, err) : missing(a, err);
    case SCHEMA_STEP_ADD_ATTRIBUTE:
        attribute = f ? attribute_by_id(f, step->index) : NULL;
        return attribute ? structure_add_attribute(a->conn, f, attribute, err) : missing(a, err);
    case SCHEMA_STEP_CREATE_LINKS:
        return f ? structure_links(a->conn, f, err) : missing(a, err);
    case SCHEMA_STEP_CREATE_INDEX:
        index = index_by_id(a->entity, step->index);
        return index ? structure_index(a->conn, a->entity, index, err) : missing(a, err);
    case SCHEMA_STEP_CREATE_SEARCH:
        return structure_search(a->conn, a->entity, err);
    case SCHEMA_STEP_DROP_INDEX:
        return registered_index(a) ? structure_drop_index(a->conn, registered_index(a)->name, err)
                                   : missing(a, err);
    case SCHEMA_STEP_REFUSED:
        return err_internal(err, "refused step");
    default:
        return CRM_OK; /* a matter of the registry */
    }
}

static crm_status note_step(const struct applying *a, struct err *err) {
    int64_t now = clock_now_ms();
    struct store_migration it = {.at = now,
                                 .kind = str_from(schema_step_word(a->step->kind)),
                                 .subject = a->step->subject,
                                 .state = STORE_MIGRATION_DONE,
                                 .finished = now};
    return store_migration_add(a->conn, &it, err);
}

static crm_status in_transaction(struct store_conn *c, crm_status (*fn)(void *ctx, struct err *err),
                                 void *ctx, struct err *err) {
    crm_status status = store_begin(c, err);
    if (status != CRM_OK) return status;
    store_scratch_enter(c);
    c->structure = true;
    status = fn(ctx, err);
    c->structure = false;
    store_scratch_leave(c);
    if (status == CRM_OK) return store_commit(c, err);
    store_rollback(c);
    return status;
}

static crm_status step_in_transaction(void *ctx, struct err *err) {
    const struct applying *a = ctx;
    crm_status status = structure_try_lock(a->conn, true, err);
    if (status == CRM_OK) status = carry_out(a, err);
    if (status == CRM_OK) status = put_registry(a, err);
    return status == CRM_OK ? note_step(a, err) : status;
}

crm_status store_plan_step(struct store_conn *c, const struct schema_plan *plan, size_t step,
                           struct err *err) {
    struct applying a = {.conn = c,
                         .plan = plan,
                         .step = &plan->steps[step],
                         .entity = schema_entity_by_id(plan->schema, plan->steps[step].entity)};
    crm_status status = CRM_UNAVAILABLE;
    if (!a.entity) return missing(&a, err);
    for (int attempt = 0; attempt < LOCK_ATTEMPTS && status == CRM_UNAVAILABLE; attempt++) {
        if (attempt) nanosleep(&(struct timespec){.tv_nsec = LOCK_REST_NS}, NULL);
        status = in_transaction(c, step_in_transaction, &a, err);
    }
    return status;
}

/* A table that this very plan makes is empty: its steps take no time and wait for nobody. */
static bool is_new_entity(const struct schema_plan *plan, int32_t entity) {
    for (size_t i = 0; i < plan->step_count; i++)
        if (plan->steps[i].kind == SCHEMA_STEP_CREATE_ENTITY && plan->steps[i].entity == entity)
            return true;
    return false;
}

/* All steps on new entities. */
static crm_status new_entities(void *ctx, struct err *err) {
    struct applying a = *(const struct applying *)ctx;
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < a.plan->step_count; i++) {
        a.step = &a.plan->steps[i];
        if (!is_new_entity(a.plan, a.step->entity)) continue;
        a.entity = schema_entity_by_id(a.plan->schema, a.step->entity);
        status = a.entity ? step_in_transaction(&a, err) : missing(&a, err);
    }
    return status;
}

static bool is_of_registry(enum schema_step_kind kind) {
    return kind >= SCHEMA_STEP_RENAME_ENTITY && kind <= SCHEMA_STEP_RESTORE_FIELD;
}

static crm_status put_everything(void *ctx, struct err *err) {
    struct applying a = *(const struct applying *)ctx;
    crm_status status = registry_put_all(a.conn, a.plan->registry, err);
    for (size_t i = 0; status == CRM_OK && i < a.plan->step_count; i++) {
        a.step = &a.plan->steps[i];
        if (is_of_registry(a.step->kind) && !a.step->asks) status = note_step(&a, err);
    }
    return status;
}

/* Without anybody noticing: not in the background, or an index of few rows. */
static crm_status is_quick(const struct applying *a, const struct schema_step *step, bool *ret,
                           struct err *err) {
    *ret = !step->background && !step->asks && !is_of_registry(step->kind) &&
           !schema_step_is_list(step->kind);
    if (!step->background || step->kind != SCHEMA_STEP_CREATE_INDEX) return CRM_OK;
    const struct schema_entity *e = schema_entity_by_id(a->plan->schema, step->entity);
    int64_t rows = 0, most = store_shadow_rows(a->conn->store);
    if (most > SMALL_TABLE_ROWS) most = SMALL_TABLE_ROWS;
    crm_status status = e ? store_reshape_rows(a->conn, e->table, most, &rows, err) : CRM_OK;
    *ret = status == CRM_OK && rows < most;
    return status;
}

static crm_status refusal_of(const struct schema_step *step, struct err *err) {
    if (err && step->refusal) {
        err_copy(err, step->refusal);
        return CRM_REFUSED;
    }
    const struct str subject[] = {step->subject};
    return err_set_args(err, CRM_REFUSED, &store_text_plan_refused, subject, 1);
}

crm_status store_plan_apply(struct store_conn *c, const struct schema_plan *plan, size_t *io_step,
                            struct err *err) {
    for (size_t i = 0; i < plan->step_count; i++)
        if (plan->steps[i].kind == SCHEMA_STEP_REFUSED) return refusal_of(&plan->steps[i], err);
    struct applying a = {.conn = c, .plan = plan};
    crm_status status = CRM_OK;
    if (*io_step == 0 && plan->step_count) status = in_transaction(c, new_entities, &a, err);
    while (status == CRM_OK && *io_step < plan->step_count) {
        const struct schema_step *step = &plan->steps[*io_step];
        bool quick = false;
        if (!is_new_entity(plan, step->entity)) status = is_quick(&a, step, &quick, err);
        if (status == CRM_OK && quick) status = store_plan_step(c, plan, *io_step, err);
        if (status == CRM_OK) ++*io_step;
    }
    return status == CRM_OK ? in_transaction(c, put_everything, &a, err) : status;
}

struct settling {
    struct store_conn *conn;
    struct schema_plan *plan;
    size_t step;
    const struct store_migration *migration;
};

static crm_status settle(void *ctx, struct err *err) {
    struct settling *s = ctx;
    crm_status status = schema_plan_settle(&s->conn->scratch, s->plan, s->step, err);
    if (status == CRM_OK) status = registry_put_all(s->conn, s->plan->registry, err);
    return status == CRM_OK && s->migration ? store_migration_put(s->conn, s->migration, err)
                                            : status;
}

crm_status store_plan_settle(struct store_conn *c, struct schema_plan *plan, size_t step,
                             const struct store_migration *m, struct err *err) {
    struct settling s = {c, plan, step, m};
    return in_transaction(c, settle, &s, err);
}
