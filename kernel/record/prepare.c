/* Prepare as a whole: the set of changes, collected errors, the two phases, the finished plan.
 * See prepare.h. */
#include "record/prepare.h"

#include "record/idempotency.h"
#include "record/messages.h"

static size_t change_place(const struct prepare *p, int32_t entity, int64_t id) {
    uint64_t h = (uint64_t)id * UINT64_C(0x9E3779B97F4A7C15) ^
                 (uint64_t)entity * UINT64_C(0xC2B2AE3D27D4EB4F);
    return (size_t)(h >> 20) & p->place_mask;
}

struct prepared *prepare_find(const struct prepare *p, const struct schema_entity *e, int64_t id) {
    struct prepared *it = p->places[change_place(p, e->id, id)];
    while (it && (it->change.id != id || it->change.entity != e))
        it = it->next;
    return it;
}

static bool places_grow(struct prepare *p) {
    size_t places = p->places ? (p->place_mask + 1) * 4 : 16;
    struct prepared **grown = ARENA_ARRAY(p->arena, places, struct prepared *);
    if (!grown) return false;
    p->places = grown;
    p->place_mask = places - 1;
    for (size_t i = 0; i < p->count; i++) {
        size_t at = change_place(p, p->changes[i]->change.entity->id, p->changes[i]->change.id);
        p->changes[i]->next = grown[at];
        grown[at] = p->changes[i];
    }
    return true;
}

struct prepared *prepare_add(struct prepare *p, enum record_verb verb,
                             const struct schema_entity *e, int64_t id, struct err *err) {
    if (p->count == PREPARE_CHANGES_MAX) {
        err_set(err, CRM_TOO_LARGE, &record_too_many_changes, "50000", NULL);
        return NULL;
    }
    if (p->count > p->place_mask && !places_grow(p)) goto exhausted;
    struct prepared **changes =
        arena_grow(p->arena, p->changes, p->count, &p->capacity, sizeof *changes);
    struct prepared *c = ARENA_NEW(p->arena, struct prepared);
    if (!changes || !c) goto exhausted;
    c->change = (struct record_change){.verb = verb, .entity = e, .id = id, .op = SIZE_MAX};
    c->op = PREPARE_OP_NONE;
    c->origin = p->origin;
    p->changes = changes;
    p->changes[p->count++] = c;
    size_t at = change_place(p, e->id, id);
    c->next = p->places[at];
    p->places[at] = c;
    p->met[e - p->schema->entities] = true;
    return c;
exhausted:
    err_no_memory(err);
    return NULL;
}

crm_status prepare_error(struct prepare *p, const struct prepared *c, const struct schema_field *f,
                         const struct err *error, struct err *err) {
    p->op_errors++;
    if (p->error_count == PREPARE_ERRORS_MAX) return CRM_OK;
    struct err *errors =
        arena_grow(p->arena, p->errors, p->error_count, &p->error_capacity, sizeof *errors);
    if (!errors) return err_no_memory(err);
    struct err *it = &errors[p->error_count++];
    p->errors = errors;
    err_copy(it, error);
    if (c) err_at_entity(it, c->change.entity->name);
    if (f) err_at_field(it, f->name);
    if (c && c->nested) err_at(it, "%.*s[%zu]", STR_ARG(c->list), c->place);
    if (p->origin >= 0 && p->changeset->ops[p->origin].source_row)
        err_at(it, "row %u", p->changeset->ops[p->origin].source_row);
    return CRM_OK;
}

crm_status prepare_field_error(struct prepare *p, const struct prepared *c,
                               const struct schema_field *f, crm_status status,
                               const struct err_text *text, struct err *err) {
    struct err error;
    err_set(&error, status, text, NULL);
    return prepare_error(p, c, f, &error, err);
}

void prepare_put(struct prepared *c, const struct schema_field *f, struct value v) {
    struct value nil = VALUE_OF_NIL;
    const struct value *before = c->change.before ? &c->change.before[f->slot] : &nil;
    c->change.after[f->slot] = v;
    if (!prepare_same(before, &v))
        slot_add(&c->change.changed, f->slot);
    else
        c->change.changed.bits[f->slot >> 6] &= ~(UINT64_C(1) << (f->slot & 63));
}

bool prepare_changed(const struct prepared *c, int32_t slot) {
    return slot >= 0 && slot_has(&c->change.changed, slot);
}

bool prepare_relies(const struct prepare *p) {
    return !p->in_writer || engine_has_others(p->engine);
}

crm_status prepare_rely(struct prepare *p, const struct schema_entity *e, int64_t id,
                        int64_t version, struct err *err) {
    if (!prepare_relies(p)) return CRM_OK;
    struct record_plan *plan = p->plan;
    struct record_reliance *all = arena_grow(p->arena, plan->reliances, plan->reliance_count,
                                             &plan->reliance_capacity, sizeof *all);
    if (!all) return err_no_memory(err);
    plan->reliances = all;
    all[plan->reliance_count++] = (struct record_reliance){e, id, version};
    return CRM_OK;
}

/* ---- what expressions see of the plan -------------------------------------------------------- */
static bool overlay_row(void *ctx, const struct schema_entity *e, int64_t id,
                        const struct value **ret_row) {
    struct prepared *c = prepare_find(ctx, e, id);
    if (!c || c->failed) return false;
    *ret_row = c->change.after;
    return true;
}

static bool overlay_items(void *ctx, const struct schema_entity *e, int64_t id,
                          const struct schema_field *f, const struct store_item **ret_items,
                          size_t *ret_count) {
    struct prepared *c = prepare_find(ctx, e, id);
    if (!c || c->failed) return false;
    for (struct prepared_items *it = c->items; it; it = it->next)
        if (it->field == f) {
            *ret_items = it->after;
            *ret_count = it->after_count;
            return true;
        }
    if (c->change.verb != RECORD_CREATE) return false;
    *ret_items = NULL;
    *ret_count = 0;
    return true;
}

/* ---- ops ------------------------------------------------------------------------------------- */
crm_status prepare_writes(struct prepare *p, struct prepared *c, const struct record_op *op,
                          struct err *err) {
    for (size_t i = 0; i < op->write_count; i++) {
        crm_status status = prepare_write(p, c, &op->writes[i], err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

static crm_status op_begin(struct prepare *p, const struct record_op *op, int64_t index,
                           struct prepared **ret, struct err *err) {
    if (op->by_system && op->verb == RECORD_UPDATE) {
        crm_status status = prepare_system_change(p, op->verb, op->entity, op->id, ret, err);
        bool is_stale = status == CRM_OK && *ret && op->expect_version &&
                        (*ret)->change.version_before != op->expect_version;
        return is_stale ? err_set(err, CRM_STALE, &record_stale, "-", "-", NULL) : status;
    }
    return op->verb == RECORD_CREATE ? prepare_begin_create(p, op, index, ret, err)
                                     : prepare_begin_existing(p, op, index, ret, err);
}

crm_status prepare_op(struct prepare *p, const struct record_op *op, int64_t index,
                      struct err *err) {
    struct prepared *c = NULL;
    crm_status status = op_begin(p, op, index, &c, err);
    if (status != CRM_OK || !c) return status;
    c->outgrown |= op->touches;
    if (op->verb == RECORD_DELETE || op->verb == RECORD_RESTORE || op->verb == RECORD_PURGE) {
        status = prepare_cascade(p, c, err);
    } else {
        status = prepare_writes(p, c, op, err);
        if (status == CRM_OK && op->verb == RECORD_CREATE && !c->quiet)
            status = prepare_defaults(p, c, err);
    }
    if (status == CRM_OK && c->change.entity->is_child) status = prepare_parent_touch(p, c, err);
    return status;
}

static crm_status outcome_fail(struct prepare *p, int64_t op, crm_status status,
                               const struct err *error, struct err *err) {
    struct record_outcome *o = &p->plan->outcomes[op];
    if (o->status != CRM_OK) return CRM_OK;
    o->status = status;
    o->err = ARENA_NEW(p->arena, struct err);
    if (!o->err) return err_no_memory(err);
    err_copy(o->err, error);
    return CRM_OK;
}

/* Marks what op number `index` put into the plan as left out. */
static void op_leave_out(struct prepare *p, int64_t index) {
    for (size_t i = 0; i < p->count; i++)
        if (p->changes[i]->origin == index) p->changes[i]->failed = true;
}

/* Failures that are about the op, not about us. */
static bool is_refusal(crm_status status) {
    return status == CRM_INVALID || status == CRM_FORBIDDEN || status == CRM_NOT_FOUND ||
           status == CRM_CONFLICT || status == CRM_STALE || status == CRM_REFUSED ||
           status == CRM_RANGE || status == CRM_TOO_LARGE;
}

static bool keeps_going(const struct prepare *p) {
    return (p->changeset->flags & CHANGESET_KEEP_GOING) != 0;
}

/* Books the result of work done for the op at hand. A refusal is noted as an error of the op.
 * Unless the changeset keeps going, a change with wrong fields stays, so that what it lacks is told
 * too. */
static crm_status op_book(struct prepare *p, crm_status done, const struct err *error,
                          struct err *err) {
    if (done != CRM_OK && !is_refusal(done)) {
        err_copy(err, error);
        return done;
    }
    crm_status status = done == CRM_OK ? CRM_OK : prepare_error(p, NULL, NULL, error, err);
    if (status != CRM_OK || p->op_errors == 0 || p->origin < 0) return status;
    const struct err *first =
        &p->errors[p->error_count -
                   (p->op_errors < p->error_count ? p->op_errors : p->error_count)];
    if (keeps_going(p) || done != CRM_OK) op_leave_out(p, p->origin);
    return outcome_fail(p, p->origin, first->status, first, err);
}

static crm_status ops_fetch(struct prepare *p, struct err *err) {
    const struct changeset *c = p->changeset;
    if (c->op_count < 2) return CRM_OK;
    int64_t *ids = ARENA_ARRAY(p->arena, c->op_count, int64_t);
    if (!ids) return err_no_memory(err);
    for (size_t from = 0; from < c->op_count;) {
        const struct schema_entity *e = c->ops[from].entity;
        size_t n = 0;
        for (; from < c->op_count && c->ops[from].entity == e; from++)
            if (c->ops[from].verb != RECORD_CREATE) ids[n++] = c->ops[from].id;
        crm_status status =
            n == 0 || e->resident ? CRM_OK : row_eval_fetch(&p->eval, e, ids, n, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

static crm_status phase_ops(struct prepare *p, struct err *err) {
    crm_status status = ops_fetch(p, err);
    for (size_t i = 0; i < p->changeset->op_count && status == CRM_OK; i++) {
        struct err error;
        p->op_errors = 0;
        p->origin = (int64_t)i;
        p->plan->outcomes[i] = (struct record_outcome){.id = p->changeset->ops[i].id};
        crm_status done = prepare_op(p, &p->changeset->ops[i], (int64_t)i, &error);
        status = op_book(p, done, &error, err);
    }
    return status;
}

/* Children before what they belong to; changes that hooks add are met on the next round. */
static crm_status phase_changes(struct prepare *p, struct err *err) {
    for (bool met = true; met;) {
        met = false;
        for (int children = 1; children >= 0; children--)
            for (size_t i = 0; i < p->count; i++) {
                struct prepared *c = p->changes[i];
                if (c->done || c->failed || c->change.entity->is_child != (children == 1)) continue;
                struct err error;
                c->done = met = true;
                p->op_errors = 0;
                p->origin = c->origin;
                crm_status done = prepare_finish(p, c, &error);
                crm_status status = op_book(p, done, &error, err);
                if (status != CRM_OK) return status;
            }
    }
    return CRM_OK;
}

static crm_status prepare_open(struct prepare *p, struct engine *e, struct store_conn *conn,
                               struct changeset *c, struct err *err) {
    struct record_plan *plan = ARENA_NEW(c->arena, struct record_plan);
    if (!plan) return err_no_memory(err);
    *p = (struct prepare){.engine = e,
                          .conn = conn,
                          .changeset = c,
                          .plan = plan,
                          .arena = c->arena,
                          .schema = c->schema};
    p->in_writer = c->in_writer;
    p->origin = PREPARE_OP_NONE;
    access_init(&p->access, c->schema, &c->actor);
    p->resident = engine_resident_ref(e);
    p->company = engine_company_ref(e);
    pthread_mutex_lock(&e->mu);
    p->hooks = c->hooks ? *c->hooks : e->hooks;
    pthread_mutex_unlock(&e->mu);
    struct expr_env env = {0};
    engine_env(e, &c->actor, p->company, c->arena, &env);
    p->now_ms = env.now_ms;
    p->today = zone_date(p->company->store.zone, p->now_ms);
    p->eval = (struct row_eval){.conn = conn,
                                .schema = c->schema,
                                .resident = p->resident,
                                .arena = c->arena,
                                .overlay = overlay_row,
                                .overlay_items = overlay_items,
                                .ctx = p};
    plan->changeset = c;
    plan->now_ms = p->now_ms;
    plan->resident = resident_number(p->resident);
    plan->outcomes = ARENA_ARRAY(c->arena, c->op_count + 1, struct record_outcome);
    p->met = ARENA_ARRAY(c->arena, c->schema->entity_count + 1, bool);
    if (!plan->outcomes || !p->met || !places_grow(p)) return err_no_memory(err);
    return row_eval_init(&p->eval, &env, err);
}

crm_status record_prepare(struct engine *e, struct store_conn *conn, struct changeset *c,
                          struct record_plan **ret, struct err *err) {
    struct prepare p = {0};
    struct err own;
    bool is_repeated = false;
    if (!err) err = &own;
    crm_status status = CRM_OK;
    if (c->actor.watcher) return err_set(err, CRM_FORBIDDEN, &record_watched, NULL);
    if (!c->in_writer && !(c->flags & CHANGESET_DRY))
        status = idempotency_is_known(conn, c, &is_repeated, err);
    if (status != CRM_OK || is_repeated) return status;
    status = prepare_open(&p, e, conn, c, err);
    if (status == CRM_OK) status = phase_ops(&p, err);
    if (status == CRM_OK) status = phase_changes(&p, err);
    if (status == CRM_OK) status = prepare_plan(&p, err);
    engine_resident_unref(e, p.resident);
    if (p.company) engine_company_unref(e, p.company);
    if (p.plan) *ret = p.plan;
    if (status != CRM_OK || p.error_count == 0 || keeps_going(&p)) return status;
    err_copy(err, &p.errors[0]);
    return err->status;
}
