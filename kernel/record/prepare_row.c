/* The row a change starts from: a new one, or the stored one after rights and If-Match have been
 * asked. Refusal of an unseen record is NOT_FOUND, of one that may be seen FORBIDDEN. */
#include "record/messages.h"
#include "record/prepare.h"

static bool is_trusted(const struct prepare *p) { return p->access.actor.system; }

crm_status prepare_allows(struct prepare *p, enum schema_action action,
                          const struct schema_entity *e, const struct value *row, bool *ret,
                          struct err *err) {
    *ret = true;
    if (is_trusted(p)) return CRM_OK;
    const struct expr *rows = access_rows(&p->access, action, e);
    *ret = rows != NULL;
    if (!rows || access_is_all(rows)) return CRM_OK;
    return access_allows(&p->access, action, e, row_eval_env(&p->eval, e, row), ret, err);
}

static crm_status not_found(const struct record_op *op, struct err *err) {
    err_set(err, CRM_NOT_FOUND, &record_not_found, NULL);
    err_at_entity(err, op->entity->name);
    return CRM_NOT_FOUND;
}

static enum schema_action action_of(enum record_verb verb) {
    switch (verb) {
    case RECORD_CREATE:
        return SCHEMA_ACTION_CREATE;
    case RECORD_UPDATE:
        return SCHEMA_ACTION_UPDATE;
    case RECORD_DELETE:
    case RECORD_RESTORE:
    case RECORD_PURGE:
        break;
    }
    return SCHEMA_ACTION_DELETE;
}

/* The author of stock records, which the program itself acts as. */
static bool is_built_in(const struct record_op *op) {
    return op->id == ACTOR_SYSTEM && op->verb != RECORD_CREATE && str_is(op->entity->name, "user");
}

/* Does the role have the action on the entity at all? Purging needs a permission of its own. */
static crm_status role_allows(struct prepare *p, const struct record_op *op, struct err *err) {
    if (is_trusted(p) && !is_built_in(op)) return CRM_OK;
    bool granted =
        !is_built_in(op) && access_rows(&p->access, action_of(op->verb), op->entity) != NULL;
    if (op->verb == RECORD_PURGE) granted = granted && access_permits(&p->access, "purge");
    if (granted) return CRM_OK;
    struct str word = str_from(record_verb_word(op->verb));
    err_set_args(err, CRM_FORBIDDEN, &record_action_forbidden, &word, 1);
    err_at_entity(err, op->entity->name);
    return CRM_FORBIDDEN;
}

static crm_status change_init(struct prepare *p, struct prepared *c, const struct value *before,
                              struct err *err) {
    size_t count = c->change.entity->field_count;
    c->change.after = ARENA_ARRAY(p->arena, count, struct value);
    if (!c->change.after) return err_no_memory(err);
    if (!before) return CRM_OK;
    c->change.before = ARENA_ARRAY(p->arena, count, struct value);
    if (!c->change.before) return err_no_memory(err);
    memcpy(c->change.before, before, count * sizeof *before);
    memcpy(c->change.after, before, count * sizeof *before);
    c->change.version_before = row_std_int(c->change.entity, before, SCHEMA_STD_VERSION);
    return CRM_OK;
}

static crm_status rollups_zero(struct prepare *p, struct prepared *c, struct err *err) {
    const struct schema_entity *e = c->change.entity;
    crm_status status = CRM_OK;
    for (size_t i = 0; i < e->field_count && status == CRM_OK; i++) {
        struct value v = VALUE_OF_NIL;
        if (e->fields[i].type != SCHEMA_FIELD_ROLLUP || !e->fields[i].stored) continue;
        status = rollup_nothing(&p->eval, &e->fields[i], p->company, &v, err);
        if (status == CRM_OK) prepare_put(c, &e->fields[i], v);
    }
    return status;
}

crm_status prepare_begin_create(struct prepare *p, const struct record_op *op, int64_t index,
                                struct prepared **ret, struct err *err) {
    crm_status status = index == PREPARE_OP_NESTED ? CRM_OK : role_allows(p, op, err);
    if (status != CRM_OK) return status;
    if (op->entity->no_log)
        return err_set(err, CRM_FORBIDDEN, &record_action_forbidden, record_verb_word(op->verb),
                       NULL);
    if (prepare_find(p, op->entity, op->id))
        return err_internal(err, "the id %lld was given to two records", (long long)op->id);
    struct prepared *c = prepare_add(p, RECORD_CREATE, op->entity, op->id, err);
    if (!c) return CRM_NO_MEMORY;
    c->op = index >= 0 ? index : PREPARE_OP_NONE;
    c->nested = index == PREPARE_OP_NESTED;
    c->quiet = (p->changeset->flags & CHANGESET_UNDO) != 0;
    status = change_init(p, c, NULL, err);
    if (status != CRM_OK) return status;
    prepare_put(c, &op->entity->fields[std_slot(op->entity, SCHEMA_STD_ID)], value_id(op->id));
    *ret = c;
    return rollups_zero(p, c, err);
}

/* The row as the plan has it, or as stored; a fresh read even for resident entities. */
static crm_status current_row(struct prepare *p, const struct schema_entity *e, int64_t id,
                              const struct value **ret, struct err *err) {
    if (!e->resident) return row_eval_stored(&p->eval, e, id, ret, err);
    struct value *row = NULL;
    crm_status status = store_record_get(p->conn, e, id, NULL, p->arena, &row, err);
    *ret = row;
    return status;
}

static crm_status verb_fits(const struct record_op *op, bool living, struct err *err) {
    if (op->verb == RECORD_PURGE || living == (op->verb != RECORD_RESTORE)) return CRM_OK;
    if (op->verb == RECORD_RESTORE) return err_set(err, CRM_REFUSED, &record_not_in_trash, NULL);
    return not_found(op, err);
}

/* Seen, and allowed to do this with it? A trashed record is seen by who may delete it. */
static crm_status row_allows(struct prepare *p, const struct record_op *op, const struct value *row,
                             struct err *err) {
    bool seen = true, allowed = true;
    crm_status status = prepare_allows(p, SCHEMA_ACTION_READ, op->entity, row, &seen, err);
    if (status != CRM_OK) return status;
    if (!seen) return not_found(op, err);
    status = prepare_allows(p, action_of(op->verb), op->entity, row, &allowed, err);
    if (status != CRM_OK || allowed) return status;
    struct str word = str_from(record_verb_word(op->verb));
    err_set_args(err, CRM_FORBIDDEN, &record_row_forbidden, &word, 1);
    err_at_entity(err, op->entity->name);
    return CRM_FORBIDDEN;
}

static crm_status version_fits(const struct record_op *op, int64_t version, struct err *err) {
    if (op->expect_version == 0 || op->expect_version == version) return CRM_OK;
    char now[24], sent[24];
    snprintf(now, sizeof now, "%lld", (long long)version);
    snprintf(sent, sizeof sent, "%lld", (long long)op->expect_version);
    err_set(err, CRM_STALE, &record_stale, now, sent, NULL);
    err_at_entity(err, op->entity->name);
    return CRM_STALE;
}

/* If-Match on a child is about its parent: see prepare_parent_touch. */
static crm_status existing_add(struct prepare *p, const struct record_op *op,
                               const struct value *row, struct prepared **ret, struct err *err) {
    struct prepared *c = prepare_add(p, op->verb, op->entity, op->id, err);
    if (!c) return CRM_NO_MEMORY;
    c->quiet = (p->changeset->flags & CHANGESET_UNDO) != 0;
    crm_status status = change_init(p, c, row, err);
    if (status == CRM_OK)
        status = prepare_rely(p, op->entity, op->id, c->change.version_before, err);
    *ret = c;
    return status;
}

crm_status prepare_begin_existing(struct prepare *p, const struct record_op *op, int64_t index,
                                  struct prepared **ret, struct err *err) {
    struct prepared *c = prepare_find(p, op->entity, op->id);
    if (c && (!c->change.after || c->failed || op->entity->no_log)) return not_found(op, err);
    const struct value *row = c ? c->change.after : NULL;
    crm_status status =
        role_allows(p, op, err); /* first: a refusal must not tell which ids exist */
    if (status == CRM_OK && !c) status = current_row(p, op->entity, op->id, &row, err);
    if (status != CRM_OK) return status;
    if (!row) return not_found(op, err);
    if (c && c->change.verb == op->verb &&
        op->verb != RECORD_UPDATE) { /* went or came back with another one already */
        if (c->op < 0) c->op = index;
        *ret = c;
        return row_allows(p, op, row, err);
    }
    status = row_allows(p, op, row, err);
    if (status == CRM_OK) status = verb_fits(op, row_is_living(op->entity, row), err);
    if (status == CRM_OK)
        status = version_fits(op, row_std_int(op->entity, row, SCHEMA_STD_VERSION), err);
    if (status == CRM_STALE && index >= 0)
        p->plan->outcomes[index].version = row_std_int(op->entity, row, SCHEMA_STD_VERSION);
    if (status != CRM_OK) return status;
    if (!c) {
        status = existing_add(p, op, row, &c, err);
        if (status != CRM_OK) return status;
    } else if (op->verb != RECORD_UPDATE && c->change.verb != RECORD_CREATE) {
        c->change.verb = op->verb;
    }
    if (c->op < 0) c->op = index;
    c->by_system = false;
    *ret = c;
    return CRM_OK;
}

crm_status prepare_system_change(struct prepare *p, enum record_verb verb,
                                 const struct schema_entity *e, int64_t id, struct prepared **ret,
                                 struct err *err) {
    struct prepared *c = prepare_find(p, e, id);
    *ret = NULL;
    if (c) {
        if (verb != RECORD_UPDATE && c->change.verb == RECORD_UPDATE) c->change.verb = verb;
        if (c->change.after && !c->failed) *ret = c;
        return CRM_OK;
    }
    const struct value *row = NULL;
    crm_status status = current_row(p, e, id, &row, err);
    if (status != CRM_OK || !row) return status;
    struct record_op op = {.verb = verb, .entity = e, .id = id};
    status = existing_add(p, &op, row, &c, err);
    if (status != CRM_OK) return status;
    c->by_system = true;
    *ret = c;
    return CRM_OK;
}
