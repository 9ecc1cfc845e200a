/* Merging: kernel, modules, plugins, admin, in this order. A name belongs to who declared it first;
 * later layers add with `extend`. Threads: one at a time; all memory is the draft's arena. */
#include "schema/draft.h"

#include <stdio.h>

#include "schema/messages.h"
#include "schema/names.h"

struct str draft_place(struct arena *a, const struct schema_origin *o) {
    struct str place = o->line > 0
                           ? arena_printf(a, "%.*s:%d", STR_ARG(o->file), (int)o->line)
                           : arena_printf(a, "%.*s", STR_ARG(o->file.len ? o->file : o->owner));
    return place.ptr ? place : o->file;
}

static struct draft_entity *find_exactly(const struct draft *d, struct str name) {
    for (size_t i = 0; i < d->entity_count; i++)
        if (str_eq(d->entities[i].def->name, name)) return &d->entities[i];
    return NULL;
}

struct draft_entity *draft_find(const struct draft *d, struct str name) {
    struct draft_entity *found = find_exactly(d, name);
    for (size_t i = 0; !found && name.len && i < d->entity_count; i++)
        if (str_eq(d->entities[i].def->was, name)) found = &d->entities[i];
    return found;
}

static struct draft_field *find_field_exactly(const struct draft_entity *e, struct str name) {
    for (size_t i = 0; i < e->field_count; i++)
        if (str_eq(e->fields[i].def.name, name)) return &e->fields[i];
    return NULL;
}

struct draft_field *draft_field_find(const struct draft_entity *e, struct str name) {
    struct draft_field *found = find_field_exactly(e, name);
    for (size_t i = 0; !found && name.len && i < e->field_count; i++)
        if (str_eq(e->fields[i].def.was, name)) found = &e->fields[i];
    return found;
}

crm_status draft_unknown_entity(const struct draft *d, struct str name,
                                const struct schema_origin *at, struct err *err) {
    struct schema_near near;
    schema_near_init(&near, name);
    for (size_t i = 0; i < d->entity_count; i++)
        schema_near_try(&near, d->entities[i].def->name);
    const struct str args[] = {name, near.best};
    err_set_args(err, CRM_INVALID,
                 near.best.len ? &schema_unknown_entity_near : &schema_unknown_entity, args,
                 near.best.len ? 2 : 1);
    schema_err_at(err, at);
    return CRM_INVALID;
}

crm_status draft_unknown_field(const struct draft_entity *e, struct str name,
                               const struct schema_origin *at, struct err *err) {
    struct schema_near near;
    schema_near_init(&near, name);
    for (size_t i = 0; i < e->field_count; i++)
        schema_near_try(&near, e->fields[i].def.name);
    const struct str args[] = {name, e->def->name, near.best};
    err_set_args(err, CRM_INVALID,
                 near.best.len ? &schema_unknown_field_near : &schema_unknown_field, args,
                 near.best.len ? 3 : 2);
    schema_err_at(err, at);
    return CRM_INVALID;
}

static crm_status check_name(struct str name, const struct schema_origin *at, struct err *err) {
    crm_status status = schema_name_check(name, err);
    if (status != CRM_OK) schema_err_at(err, at);
    return status;
}

static crm_status twice(struct draft *d, const char *what, struct str name,
                        const struct schema_origin *first, const struct schema_origin *second,
                        struct err *err) {
    const struct str args[] = {str_from(what), name, draft_place(d->arena, first)};
    err_set_args(err, CRM_INVALID, &schema_twice, args, 3);
    schema_err_at(err, second);
    return CRM_INVALID;
}

static crm_status add_entity(struct draft *d, const struct schema_entity_definition *def,
                             struct err *err) {
    crm_status status = check_name(def->name, &def->origin, err);
    if (status != CRM_OK) return status;
    const struct draft_entity *first = find_exactly(d, def->name);
    if (first) {
        const struct str args[] = {def->name, draft_place(d->arena, &first->def->origin)};
        err_set_args(err, CRM_INVALID, &schema_twice_extend, args, 2);
        schema_err_at(err, &def->origin);
        return CRM_INVALID;
    }
    if (d->entity_count == SCHEMA_ENTITIES_MAX) {
        char limit[16];
        (void)snprintf(limit, sizeof limit, "%d", SCHEMA_ENTITIES_MAX);
        return err_set(err, CRM_TOO_LARGE, &schema_too_many, limit, "entity", NULL);
    }
    d->entities[d->entity_count++] = (struct draft_entity){.def = def};
    return CRM_OK;
}

crm_status draft_field_add(struct draft *d, struct draft_entity *e, const struct draft_field *f,
                           struct err *err) {
    if (e->field_count == SCHEMA_FIELDS_MAX) {
        char limit[16];
        (void)snprintf(limit, sizeof limit, "%d", SCHEMA_FIELDS_MAX);
        err_set(err, CRM_TOO_LARGE, &schema_too_many, limit, "field", NULL);
        schema_err_at(err, &f->def.origin);
        return CRM_TOO_LARGE;
    }
    struct draft_field *fields =
        arena_grow(d->arena, e->fields, e->field_count, &e->field_capacity, sizeof *fields);
    if (!fields) return err_no_memory(err);
    e->fields = fields;
    struct draft_field *to = &fields[e->field_count++];
    *to = *f;
    size_t count = f->def.attribute_count;
    if (count == 0) return CRM_OK;
    to->attributes = ARENA_ARRAY(d->arena, count, struct draft_field);
    if (!to->attributes) return err_no_memory(err);
    for (size_t i = 0; i < count; i++)
        to->attributes[i].def = f->def.attributes[i];
    return CRM_OK;
}

static crm_status check_field_name(struct draft *d, const struct draft_entity *e,
                                   const struct schema_field_definition *f, struct err *err) {
    crm_status status = check_name(f->name, &f->origin, err);
    if (status != CRM_OK) return status;
    const struct draft_field *first = find_field_exactly(e, f->name);
    if (!first) return CRM_OK;
    const struct str args[] = {f->name};
    if (first->standard)
        err_set_args(err, CRM_INVALID, &schema_name_standard, args, 1);
    else if (first->made)
        err_set_args(err, CRM_INVALID, &schema_name_pipeline, args, 1);
    else
        return twice(d, "field", f->name, &first->def.origin, &f->origin, err);
    schema_err_at(err, &f->origin);
    return CRM_INVALID;
}

static crm_status add_fields(struct draft *d, struct draft_entity *e,
                             const struct schema_entity_definition *def, struct err *err) {
    for (size_t i = 0; i < def->field_count; i++) {
        crm_status status = check_field_name(d, e, &def->fields[i], err);
        if (status != CRM_OK) return status;
        for (size_t k = 0; k < def->fields[i].attribute_count; k++) {
            const struct schema_field_definition *attributes = def->fields[i].attributes;
            status = check_name(attributes[k].name, &attributes[k].origin, err);
            if (status != CRM_OK) return status;
            for (size_t j = 0; j < k; j++)
                if (str_eq(attributes[j].name, attributes[k].name))
                    return twice(d, "attribute", attributes[k].name, &attributes[j].origin,
                                 &attributes[k].origin, err);
        }
        status = draft_field_add(d, e, &(struct draft_field){.def = def->fields[i]}, err);
        if (status != CRM_OK) return status;
    }
    for (size_t i = 0; i < def->rule_count; i++) {
        struct schema_rule_definition *rules =
            arena_grow(d->arena, e->rules, e->rule_count, &e->rule_capacity, sizeof *rules);
        if (!rules) return err_no_memory(err);
        e->rules = rules;
        rules[e->rule_count++] = def->rules[i];
    }
    return CRM_OK;
}

static crm_status claim_child(struct draft *d, struct draft_entity *parent,
                              const struct schema_field_definition *f, struct err *err) {
    struct draft_entity *child = draft_find(d, f->entity);
    if (!child) return draft_unknown_entity(d, f->entity, &f->origin, err);
    const struct str args[] = {
        child->def->name, child->parent ? child->parent->def->name : STR_NONE,
        child->parent ? draft_place(d->arena, &child->parent_field->origin) : STR_NONE,
        parent->def->name};
    if (child->parent) {
        err_set_args(err, CRM_INVALID, &schema_two_parents, args, 4);
        schema_err_at(err, &f->origin);
        return CRM_INVALID;
    }
    for (const struct draft_entity *up = parent; up; up = up->parent) {
        if (up != child) continue;
        err_set_args(err, CRM_INVALID, &schema_parent_circle, args, 1);
        schema_err_at(err, &f->origin);
        return CRM_INVALID;
    }
    child->parent = parent;
    child->parent_field = f;
    return CRM_OK;
}

/* Before any field is laid: a child has fewer standard fields. */
static crm_status claim_children(struct draft *d, struct err *err) {
    for (size_t i = 0; i < d->definitions->entity_count; i++) {
        const struct schema_entity_definition *def = &d->definitions->entities[i];
        struct draft_entity *parent = draft_find(d, def->name);
        for (size_t k = 0; parent && k < def->field_count; k++) {
            if (def->fields[k].type != SCHEMA_FIELD_CHILDREN) continue;
            crm_status status = claim_child(d, parent, &def->fields[k], err);
            if (status != CRM_OK) return status;
        }
    }
    return CRM_OK;
}

static crm_status apply_extend(struct draft *d, const struct schema_entity_definition *def,
                               struct err *err) {
    struct draft_entity *e = draft_find(d, def->name);
    if (!e && def->origin.stored) return CRM_OK;
    if (!e) return draft_unknown_entity(d, def->name, &def->origin, err);
    crm_status status = add_fields(d, e, def, err);
    return status == CRM_OK ? draft_overlay(d, e, def, err) : status;
}

static crm_status add_hooks(struct draft *d, struct err *err) {
    for (size_t i = 0; i < d->definitions->hook_count; i++) {
        const struct schema_hook_definition *hook = &d->definitions->hooks[i];
        struct draft_entity *e = draft_find(d, hook->entity);
        if (!e) return draft_unknown_entity(d, hook->entity, &hook->origin, err);
        e->has_before |= hook->kind == SCHEMA_HOOK_BEFORE;
        e->has_after |= hook->kind == SCHEMA_HOOK_AFTER;
        e->serial |= hook->serial;
    }
    return CRM_OK;
}

/* One pass over a layer: what it declares, then what it extends. */
static crm_status each_definition(struct draft *d, bool extend,
                                  crm_status (*fn)(struct draft *,
                                                   const struct schema_entity_definition *,
                                                   struct err *),
                                  struct err *err) {
    for (int layer = SCHEMA_LAYER_KERNEL; layer <= SCHEMA_LAYER_ADMIN; layer++) {
        for (size_t i = 0; i < d->definitions->entity_count; i++) {
            const struct schema_entity_definition *def = &d->definitions->entities[i];
            if ((int)def->origin.layer != layer || def->extend != extend) continue;
            crm_status status = fn(d, def, err);
            if (status != CRM_OK) return status;
        }
    }
    return CRM_OK;
}

static crm_status lay_fields(struct draft *d, const struct schema_entity_definition *def,
                             struct err *err) {
    struct draft_entity *e = draft_find(d, def->name);
    crm_status status = draft_standard_fields(d, e, err);
    if (status == CRM_OK && def->pipeline) status = draft_pipeline_fields(d, e, err);
    return status == CRM_OK ? add_fields(d, e, def, err) : status;
}

static void choose_title(struct draft_entity *e) {
    static const char *const usual[] = {"name", "title", "subject", "login"};
    const struct draft_field *f = e->def->title.len ? draft_field_find(e, e->def->title) : NULL;
    for (size_t i = 0; !f && i < sizeof usual / sizeof usual[0]; i++)
        f = draft_field_find(e, str_from(usual[i]));
    e->title = f ? (size_t)(f - e->fields) : 0;
}

/* References to an entity by its former name. */
static void follow_renames(const struct draft *d) {
    for (size_t i = 0; i < d->entity_count; i++)
        for (size_t k = 0; k < d->entities[i].field_count; k++) {
            struct schema_field_definition *f = &d->entities[i].fields[k].def;
            const struct draft_entity *target = f->entity.len ? draft_find(d, f->entity) : NULL;
            if (target) f->entity = target->def->name;
        }
}

/* Pipelines of an entity that has gone with its plugin, and grants on it. */
static void leave_waiting(struct draft *d) {
    struct schema_definitions *all = d->definitions;
    size_t kept = 0;
    for (size_t i = 0; i < all->pipeline_count; i++)
        if (!all->pipelines[i].origin.stored || draft_find(d, all->pipelines[i].entity))
            all->pipelines[kept++] = all->pipelines[i];
    all->pipeline_count = kept;
    for (size_t i = 0; i < all->role_count; i++) {
        struct schema_role_definition *role = &all->roles[i];
        struct schema_grant_definition *grants =
            (struct schema_grant_definition *)(uintptr_t)role->grants; /* of layers.c */
        kept = 0;
        for (size_t k = 0; k < role->grant_count; k++)
            if (!role->origin.stored || str_is(grants[k].entity, "*") ||
                draft_find(d, grants[k].entity))
                grants[kept++] = grants[k];
        role->grant_count = kept;
    }
}

crm_status draft_make(struct draft *ret, struct err *err) {
    struct draft d = *ret;
    crm_status laid = draft_lay(&d, err);
    if (laid != CRM_OK) return laid;
    size_t room = d.definitions->entity_count + d.registry->entity_count + 1;
    d.entities = ARENA_ARRAY(d.arena, room, struct draft_entity);
    if (!d.entities) return err_no_memory(err);
    crm_status status = each_definition(&d, false, add_entity, err);
    if (status == CRM_OK) status = claim_children(&d, err);
    if (status == CRM_OK) status = each_definition(&d, false, lay_fields, err);
    if (status == CRM_OK) status = in_force_entities(&d, err);
    if (status == CRM_OK) leave_waiting(&d);
    if (status == CRM_OK) status = each_definition(&d, true, apply_extend, err);
    if (status == CRM_OK) status = in_force_fields(&d, err);
    if (status == CRM_OK) status = add_hooks(&d, err);
    if (status == CRM_OK) follow_renames(&d);
    if (status == CRM_OK) status = draft_check(&d, err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < d.entity_count; i++)
        choose_title(&d.entities[i]);
    *ret = d;
    return CRM_OK;
}
