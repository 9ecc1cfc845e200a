/* What goes and comes along: trash, restore and purge of a record and of those that refer to it.
 *
 * Children and references with on_delete = "with" share the fate and the moment, so that a restore
 * brings back exactly what went with the record. "clear" empties the reference, "refuse" refuses
 * while a living record refers, "keep" does nothing. */
#include <assert.h>

#include "record/messages.h"
#include "record/prepare.h"

enum { DEPENDENTS_MAX = 10000 };

static crm_status fate(struct prepare *p, struct prepared *c, struct value deleted_at,
                       struct err *err);

static void put_deleted(struct prepared *c, struct value deleted_at) {
    prepare_put(c, &c->change.entity->fields[std_slot(c->change.entity, SCHEMA_STD_DELETED_AT)],
                deleted_at);
}

bool prepare_refers(const struct schema_entity *other, const struct schema_field *f,
                    const struct schema_entity *e, enum schema_on_delete *ret) {
    if (f->type != SCHEMA_FIELD_REF && f->type != SCHEMA_FIELD_REF_ANY) return false;
    if (f->type == SCHEMA_FIELD_REF && f->ref_entity != e->id) return false;
    if (f->standard) return false; /* owners and authors stay */
    *ret = other->is_child && other->parent_slot == f->slot && other->parent_entity == e->id
               ? SCHEMA_ON_DELETE_WITH
               : f->on_delete;
    return true;
}

static crm_status dependents(struct prepare *p, const struct prepared *c,
                             const struct schema_entity *other, const struct schema_field *f,
                             int64_t **ret_ids, size_t *ret_count, struct err *err) {
    *ret_count = 0;
    crm_status status = store_record_referrers(p->conn, other, f, c->change.id, p->arena,
                                               DEPENDENTS_MAX + 1, ret_ids, ret_count, err);
    if (status != CRM_OK || *ret_count <= DEPENDENTS_MAX) return status;
    return err_set(err, CRM_REFUSED, &record_too_many_dependents, "10000", NULL);
}

/* Does the dependent refer to this very record? "Any" references share ids of several entities. */
static bool points_at(const struct prepared *c, const struct schema_field *f,
                      const struct value *row) {
    const struct value *v = row ? &row[f->slot] : NULL;
    return v && v->type == VALUE_ID && v->integer == c->change.id &&
           (!v->entity || v->entity == c->change.entity->id);
}

static crm_status refuse_in_use(struct prepare *p, const struct prepared *c,
                                const struct schema_entity *other, const struct schema_field *f,
                                const int64_t *ids, size_t count, struct err *err) {
    size_t living = 0;
    for (size_t i = 0; i < count; i++) {
        const struct value *row = NULL;
        crm_status status = row_eval_row(&p->eval, other, ids[i], &row, err);
        if (status != CRM_OK) return status;
        living += row_is_living(other, row) && points_at(c, f, row);
    }
    if (living == 0) return CRM_OK;
    char number[24];
    snprintf(number, sizeof number, "%zu", living);
    struct str args[] = {str_from(number), other->name};
    err_set_args(err, CRM_REFUSED, &record_in_use, args, 2);
    err_at_entity(err, c->change.entity->name);
    return CRM_REFUSED;
}

/* One dependent follows, comes back, or is cleared. */
static crm_status dependent(struct prepare *p, struct prepared *c,
                            const struct schema_entity *other, const struct schema_field *f,
                            int64_t id, enum schema_on_delete behaviour, struct value deleted_at,
                            struct err *err) {
    const struct value *row = NULL;
    crm_status status = row_eval_row(&p->eval, other, id, &row, err);
    if (status != CRM_OK || !points_at(c, f, row)) return status;
    enum record_verb verb = c->change.verb;
    struct value was = c->change.before
                           ? row_std(c->change.entity, c->change.before, SCHEMA_STD_DELETED_AT)
                           : VALUE_OF_NIL;
    struct value own = row_std(other, row, SCHEMA_STD_DELETED_AT);
    if (verb == RECORD_DELETE && !value_is_nil(own)) return CRM_OK;
    if (verb == RECORD_RESTORE &&
        (value_is_nil(own) || behaviour != SCHEMA_ON_DELETE_WITH || !value_equal(&own, &was)))
        return CRM_OK;
    struct prepared *d = NULL;
    status = prepare_system_change(p, behaviour == SCHEMA_ON_DELETE_WITH ? verb : RECORD_UPDATE,
                                   other, id, &d, err);
    if (status != CRM_OK || !d) return status;
    if (behaviour == SCHEMA_ON_DELETE_WITH) return fate(p, d, deleted_at, err);
    if (behaviour == SCHEMA_ON_DELETE_CLEAR) prepare_put(d, f, VALUE_OF_NIL);
    return CRM_OK;
}

static crm_status dependents_follow(struct prepare *p, struct prepared *c,
                                    const struct schema_entity *other, const struct schema_field *f,
                                    enum schema_on_delete behaviour, struct value deleted_at,
                                    struct err *err) {
    int64_t *ids = NULL;
    size_t count = 0;
    crm_status status = dependents(p, c, other, f, &ids, &count, err);
    if (status != CRM_OK || count == 0) return status;
    if (behaviour == SCHEMA_ON_DELETE_REFUSE)
        return c->change.verb == RECORD_RESTORE ? CRM_OK
                                                : refuse_in_use(p, c, other, f, ids, count, err);
    status = row_eval_fetch(&p->eval, other, ids, count, err);
    for (size_t i = 0; i < count && status == CRM_OK; i++)
        status = dependent(p, c, other, f, ids[i], behaviour, deleted_at, err);
    return status;
}

/* Every list of a record that goes for ever, so that its image is whole. */
static crm_status purge_items(struct prepare *p, struct prepared *c, struct err *err) {
    const struct schema_entity *e = c->change.entity;
    for (size_t i = 0; i < e->field_count; i++) {
        struct prepared_items *it = NULL;
        if (schema_storage_of(&e->fields[i]) != SCHEMA_STORAGE_LINKS) continue;
        crm_status status = prepare_items_current(p, c, &e->fields[i], &it, err);
        if (status != CRM_OK) return status;
        it->after = NULL;
        it->after_count = 0;
    }
    return CRM_OK;
}

static crm_status fate(struct prepare *p, struct prepared *c, struct value deleted_at,
                       struct err *err) {
    const struct schema_entity *e = c->change.entity;
    if (c->change.verb == RECORD_PURGE) {
        crm_status status = purge_items(p, c, err);
        if (status != CRM_OK) return status;
    } else {
        put_deleted(c, deleted_at);
    }
    if (c->quiet && c->change.verb == RECORD_RESTORE)
        return CRM_OK; /* the log names every one that came along */
    for (size_t n = 0; n < p->schema->entity_count; n++) {
        const struct schema_entity *other = &p->schema->entities[n];
        for (size_t i = 0; i < other->field_count; i++) {
            enum schema_on_delete behaviour;
            if (other->no_log || !prepare_refers(other, &other->fields[i], e, &behaviour) ||
                behaviour == SCHEMA_ON_DELETE_KEEP)
                continue;
            crm_status status =
                dependents_follow(p, c, other, &other->fields[i], behaviour, deleted_at, err);
            if (status != CRM_OK) return status;
        }
    }
    if (c->change.verb == RECORD_PURGE) c->change.after = NULL;
    return CRM_OK;
}

/* A child comes back only into a living parent. */
static crm_status parent_lives(struct prepare *p, const struct prepared *c, struct err *err) {
    const struct schema_entity *e = c->change.entity,
                               *parent = schema_entity_by_id(p->schema, e->parent_entity);
    assert(c->change.after);
    if (!e->is_child || !parent || value_is_nil(c->change.after[e->parent_slot])) return CRM_OK;
    const struct value *row = NULL;
    crm_status status =
        row_eval_row(&p->eval, parent, c->change.after[e->parent_slot].integer, &row, err);
    if (status != CRM_OK || row_is_living(parent, row)) return status;
    return err_set(err, CRM_REFUSED, &record_parent_in_trash, NULL);
}

crm_status prepare_cascade(struct prepare *p, struct prepared *c, struct err *err) {
    if (c->change.verb == RECORD_CREATE) { /* made and thrown away by the same hands */
        put_deleted(c, value_time(p->now_ms));
        return CRM_OK;
    }
    int32_t deleted = std_slot(c->change.entity, SCHEMA_STD_DELETED_AT);
    bool again = c->change.after &&
                 value_is_nil(c->change.after[deleted]) == (c->change.verb == RECORD_RESTORE);
    if (c->change.verb != RECORD_PURGE && again) return CRM_OK;
    crm_status status = c->change.verb == RECORD_RESTORE ? parent_lives(p, c, err) : CRM_OK;
    if (status != CRM_OK) return status;
    return fate(p, c, c->change.verb == RECORD_DELETE ? value_time(p->now_ms) : VALUE_OF_NIL, err);
}
