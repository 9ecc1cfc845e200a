/* Rights: role definitions of all layers into one grant per role and entity.
 *
 * A role's own grant on an entity comes first, then its "*" grant (entities that are not `system`);
 * what neither gives comes from what every role has (role "*"). A child entity takes its parent's
 * rules, seen through its reference to the parent; stage moves take those of the records that
 * moved. Threads: one at a time. */
#include <stdio.h>

#include "schema/build.h"
#include "schema/guard.h"
#include "schema/messages.h"
#include "schema/names.h"

/* One role under construction: the definitions that speak of it, in layer order. */
struct role_draft {
    struct str name;
    const struct schema_role_definition **parts;
    size_t part_count;
};

static bool is_everyone(struct str name) { return str_is(name, "*"); }

/* Rules of the words; what is not a word is an expression. */
static struct str rows_text(struct str rows) {
    if (str_is(rows, "all")) return STR("true");
    if (str_is(rows, "own")) return STR("owner == me()");
    if (str_is(rows, "team")) return STR("owner == me() or team == my_team()");
    if (str_is(rows, "tree"))
        return STR("owner == me() or team == my_team() or one_of(team, my_tree())");
    return rows;
}

static crm_status gather(struct builder *b, struct str name, struct role_draft *ret,
                         struct err *err) {
    const struct schema_definitions *d = b->draft->definitions;
    *ret = (struct role_draft){.name = name};
    ret->parts =
        ARENA_ARRAY(b->draft->arena, d->role_count + 1, const struct schema_role_definition *);
    if (!ret->parts) return err_no_memory(err);
    for (int layer = SCHEMA_LAYER_KERNEL; layer <= SCHEMA_LAYER_ADMIN; layer++)
        for (size_t i = 0; i < d->role_count; i++)
            if ((int)d->roles[i].origin.layer == layer && str_eq(d->roles[i].name, name))
                ret->parts[ret->part_count++] = &d->roles[i];
    return CRM_OK;
}

/* The grant on `entity` by the latest layer; two of one layer contradict each other. */
static crm_status find_grant(struct builder *b, const struct role_draft *role, struct str entity,
                             const struct schema_grant_definition **ret, struct err *err) {
    *ret = NULL;
    for (size_t i = 0; i < role->part_count; i++) {
        const struct schema_role_definition *part = role->parts[i];
        for (size_t k = 0; k < part->grant_count; k++) {
            const struct schema_grant_definition *g = &part->grants[k];
            const struct draft_entity *named = draft_find(b->draft, g->entity);
            if (!str_eq(named ? named->def->name : g->entity, entity)) continue;
            if (*ret && (*ret)->origin.layer == g->origin.layer) {
                const struct str args[] = {role->name, entity,
                                           draft_place(b->draft->arena, &(*ret)->origin)};
                err_set_args(err, CRM_INVALID, &schema_granted_twice, args, 3);
                schema_err_at(err, &g->origin);
                return CRM_INVALID;
            }
            *ret = g;
        }
    }
    return CRM_OK;
}

static crm_status compile_rows(struct builder *b, size_t entity,
                               const struct schema_grant_definition *g, enum schema_action action,
                               const struct expr **ret, struct err *err) {
    const struct expr *rule;
    crm_status status =
        build_expression(b, entity, rows_text(g->rows[action]), EXPR_MODE_ROW, &rule, err);
    if (status != CRM_OK) {
        schema_err_at(err, &g->origin);
        err_at_entity(err, b->entities[entity].name);
        return status;
    }
    *ret = schema_guard_rows(&b->snapshot->arena, rule);
    return *ret ? CRM_OK : err_no_memory(err);
}

static crm_status mark_fields(struct builder *b, size_t entity,
                              const struct schema_grant_definition *g, const struct str *names,
                              size_t count, uint8_t *marks, uint8_t mark, struct err *err) {
    for (size_t i = 0; i < count; i++) {
        const struct schema_field *f = build_field_find(b, entity, names[i]);
        if (!f) return draft_unknown_field(&b->draft->entities[entity], names[i], &g->origin, err);
        marks[f->slot] = mark;
    }
    return CRM_OK;
}

static crm_status compile_fields(struct builder *b, size_t entity,
                                 const struct schema_grant_definition *g, struct schema_grant *to,
                                 struct err *err) {
    if (g->hidden_count + g->locked_count + g->only_count == 0) return CRM_OK;
    size_t count = b->entities[entity].field_count;
    uint8_t *hidden = ARENA_ARRAY(&b->snapshot->arena, count, uint8_t);
    uint8_t *locked = ARENA_ARRAY(&b->snapshot->arena, count, uint8_t);
    if (!hidden || !locked) return err_no_memory(err);
    for (size_t i = 0; g->only_count && i < count; i++) {
        int32_t id = b->entities[entity].fields[i].id;
        hidden[i] = id != SCHEMA_STD_ID && id != SCHEMA_STD_VERSION;
    }
    crm_status status = mark_fields(b, entity, g, g->only, g->only_count, hidden, 0, err);
    if (status == CRM_OK)
        status = mark_fields(b, entity, g, g->hidden, g->hidden_count, hidden, 1, err);
    if (status == CRM_OK)
        status = mark_fields(b, entity, g, g->locked, g->locked_count, locked, 1, err);
    to->field_hidden = hidden;
    to->field_locked = locked;
    return status;
}

static crm_status compile_grant(struct builder *b, size_t entity,
                                const struct schema_grant_definition *own,
                                const struct schema_grant_definition *everyone,
                                struct schema_grant *to, struct err *err) {
    for (int action = 0; action < SCHEMA_ACTION_COUNT; action++) {
        const struct schema_grant_definition *from = own && own->rows[action].len ? own : everyone;
        if (!from || from->rows[action].len == 0) continue;
        crm_status status =
            compile_rows(b, entity, from, (enum schema_action)action, &to->rows[action], err);
        if (status != CRM_OK) return status;
        to->words[action] = arena_str(&b->snapshot->arena, from->rows[action]);
        if (!to->words[action].ptr) return err_no_memory(err);
    }
    const struct schema_grant_definition *fields =
        own && own->rows[SCHEMA_ACTION_READ].len ? own : everyone;
    return fields ? compile_fields(b, entity, fields, to, err) : CRM_OK;
}

static crm_status all_rows(struct builder *b, struct schema_grant *to, struct err *err) {
    const struct expr *yes = expr_literal(&b->snapshot->arena, value_bool(true));
    for (int action = 0; action < SCHEMA_ACTION_COUNT; action++)
        to->rows[action] = yes;
    return yes ? CRM_OK : err_no_memory(err);
}

/* ---- rules seen through a reference -----------------------------------------------------------
 */

struct prefix {
    const struct schema_field *parent;
    int32_t narrowed; /* the entity that a reference to any record is followed to; 0: its own */
    bool too_long, exhausted;
};

static void prefix_symbol(const struct prefix *p, struct expr_symbol *ret) {
    (void)schema_field_symbol(p->parent, ret);
    if (p->narrowed) ret->type.entity = ret->narrowed = p->narrowed;
}

static const struct expr *prefix_path(void *ctx, struct arena *a, const struct expr *e) {
    struct prefix *p = ctx;
    if (e->op != EXPR_PATH) return NULL;
    struct expr *copy = ARENA_NEW(a, struct expr);
    if (!copy) {
        p->exhausted = true;
        return NULL;
    }
    *copy = *e;
    if (e->path.length == EXPR_PATH_MAX) {
        p->too_long = true;
        return copy;
    }
    copy->path.length = (uint8_t)(e->path.length + 1);
    prefix_symbol(p, &copy->path.step[0]);
    for (uint8_t i = 0; i < e->path.length; i++)
        copy->path.step[i + 1] = e->path.step[i];
    return copy;
}

static crm_status through(struct builder *b, size_t entity, struct prefix *p,
                          const struct expr *rule, const struct expr **ret, struct err *err) {
    if (!rule) return CRM_OK;
    const struct schema_entity *e = &b->entities[entity];
    *ret = expr_rewrite(&b->snapshot->arena, rule, prefix_path, p);
    if (!*ret || p->exhausted) return err_no_memory(err);
    if (!p->too_long) return CRM_OK;
    char limit[16];
    (void)snprintf(limit, sizeof limit, "%d", EXPR_PATH_MAX);
    const struct str args[] = {e->name, str_from(limit)};
    err_set_args(err, CRM_INVALID, &schema_path_too_long, args, 2);
    schema_err_at(err, &b->draft->entities[entity].def->origin);
    return CRM_INVALID;
}

static crm_status child_grant(struct builder *b, size_t entity, struct schema_grant *grants,
                              uint8_t *done, struct err *err) {
    if (done[entity] || !b->entities[entity].is_child) return CRM_OK;
    size_t parent = (size_t)(b->draft->entities[entity].parent - b->draft->entities);
    crm_status status = child_grant(b, parent, grants, done, err);
    static const enum schema_action from[SCHEMA_ACTION_COUNT] = {
        SCHEMA_ACTION_READ, SCHEMA_ACTION_UPDATE, SCHEMA_ACTION_UPDATE, SCHEMA_ACTION_UPDATE,
        SCHEMA_ACTION_EXPORT};
    const struct schema_entity *e = &b->entities[entity];
    for (int action = 0; status == CRM_OK && action < SCHEMA_ACTION_COUNT; action++) {
        struct prefix p = {.parent = schema_field_at(e, e->parent_slot)};
        status = through(b, entity, &p, grants[parent].rows[from[action]],
                         &grants[entity].rows[action], err);
    }
    done[entity] = 1;
    return status;
}

static const struct expr *joined(struct builder *b, enum expr_op op, const struct expr *left,
                                 const struct expr *right) {
    struct expr *e = right ? ARENA_NEW(&b->snapshot->arena, struct expr) : NULL;
    if (!left || !e) return left ? NULL : right;
    e->op = op;
    e->type.type = VALUE_BOOL;
    e->never_nil = true;
    e->pair.left = left;
    e->pair.right = right;
    return e;
}

/* `record` refers to one of this entity. */
static const struct expr *refers(struct builder *b, const struct prefix *p) {
    struct arena *a = &b->snapshot->arena;
    struct expr *path = ARENA_NEW(a, struct expr);
    if (!path) return NULL;
    path->op = EXPR_PATH;
    path->path.length = 1;
    prefix_symbol(p, &path->path.step[0]);
    path->type = path->path.step[0].type;
    return joined(b, EXPR_NE, path, expr_literal(a, VALUE_OF_NIL));
}

static bool is_field_hidden(const struct schema_grant *grant, int32_t slot) {
    return grant->field_hidden && grant->field_hidden[slot];
}

/* A stage move is read by whoever reads the record that moved, and its stage. */
static crm_status moves_grant(struct builder *b, size_t moves, struct schema_grant *grants,
                              struct err *err) {
    const struct schema_field *record = build_field_find(b, moves, STR("record"));
    const struct expr *any = NULL;
    crm_status status = CRM_OK;
    for (size_t i = 0; record && status == CRM_OK && i < b->schema->entity_count; i++) {
        const struct schema_entity *e = &b->entities[i];
        const struct expr *rule = grants[i].rows[SCHEMA_ACTION_READ], *seen = NULL;
        if (!e->pipeline.present || !rule || is_field_hidden(&grants[i], e->pipeline.stage_slot))
            continue;
        struct prefix p = {.parent = record, .narrowed = e->id};
        status = through(b, moves, &p, rule, &seen, err);
        if (status != CRM_OK) break;
        const struct expr *one = joined(b, EXPR_AND, refers(b, &p), seen);
        any = any ? joined(b, EXPR_OR, any, one) : one;
        if (!any) status = err_no_memory(err);
    }
    if (any) grants[moves].rows[SCHEMA_ACTION_READ] = any;
    return status;
}

/* ---- roles ------------------------------------------------------------------------------------
 */

static crm_status entity_grant(struct builder *b, const struct role_draft *role,
                               const struct role_draft *everyone, size_t entity,
                               struct schema_grant *to, struct err *err) {
    const struct schema_entity *e = &b->entities[entity];
    const struct schema_grant_definition *own, *all = NULL, *common;
    crm_status status = find_grant(b, role, e->name, &own, err);
    if (status == CRM_OK && !own && !e->system) status = find_grant(b, role, STR("*"), &all, err);
    if (status == CRM_OK) status = find_grant(b, everyone, e->name, &common, err);
    if (status != CRM_OK) return status;
    const struct schema_grant_definition *mine = own ? own : all;
    if (!e->is_child) return compile_grant(b, entity, mine, common, to, err);
    if (!own && !common) return CRM_OK;
    const struct schema_entity *parent = schema_entity_by_id(b->schema, e->parent_entity);
    const struct str args[] = {e->name, parent->name};
    err_set_args(err, CRM_INVALID, &schema_child_grant, args, 2);
    schema_err_at(err, own ? &own->origin : &common->origin);
    return CRM_INVALID;
}

static crm_status check_grant_names(struct builder *b, const struct role_draft *role,
                                    struct err *err) {
    for (size_t i = 0; i < role->part_count; i++) {
        const struct schema_role_definition *part = role->parts[i];
        for (size_t k = 0; k < part->grant_count; k++) {
            const struct schema_grant_definition *g = &part->grants[k];
            if (!str_is(g->entity, "*") && !draft_find(b->draft, g->entity))
                return draft_unknown_entity(b->draft, g->entity, &g->origin, err);
        }
    }
    return CRM_OK;
}

static crm_status copy_permissions(struct builder *b, const struct role_draft *role,
                                   const struct role_draft *everyone, struct schema_role *to,
                                   struct err *err) {
    const struct role_draft *sources[] = {role, everyone};
    size_t most = 0;
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < sources[s]->part_count; i++)
            most += sources[s]->parts[i]->permission_count;
    struct str *permissions = ARENA_ARRAY(&b->snapshot->arena, most + 1, struct str);
    if (!permissions) return err_no_memory(err);
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < sources[s]->part_count; i++)
            for (size_t k = 0; k < sources[s]->parts[i]->permission_count; k++)
                permissions[to->permission_count++] =
                    build_keep(b, sources[s]->parts[i]->permissions[k]);
    to->permissions = permissions;
    return CRM_OK;
}

static crm_status build_role(struct builder *b, const struct role_draft *role,
                             const struct role_draft *everyone, struct schema_role *to,
                             struct err *err) {
    size_t count = b->schema->entity_count;
    struct schema_grant *grants = ARENA_ARRAY(&b->snapshot->arena, count + 1, struct schema_grant);
    uint8_t *done = ARENA_ARRAY(b->draft->arena, count + 1, uint8_t);
    if (!grants || !done) return err_no_memory(err);
    to->name = build_keep(b, role->name);
    to->grants = grants;
    for (size_t i = 0; i < role->part_count; i++) {
        to->admin |= role->parts[i]->admin;
        if (to->label.text[LANGUAGE_EN].len == 0)
            to->label = build_keep_label(b, &role->parts[i]->label);
    }
    crm_status status = check_grant_names(b, role, err);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        grants[i].entity = b->entities[i].id;
        status = to->admin ? all_rows(b, &grants[i], err)
                           : entity_grant(b, role, everyone, i, &grants[i], err);
    }
    for (size_t i = 0; status == CRM_OK && !to->admin && i < count; i++)
        status = child_grant(b, i, grants, done, err);
    for (size_t i = 0; status == CRM_OK && !to->admin && i < count; i++)
        if (b->entities[i].no_log) status = moves_grant(b, i, grants, err);
    return status == CRM_OK ? copy_permissions(b, role, everyone, to, err) : status;
}

static bool is_known(const struct schema_role *roles, size_t count, struct str name) {
    for (size_t i = 0; i < count; i++)
        if (str_eq(roles[i].name, name)) return true;
    return false;
}

static crm_status check_role_name(const struct schema_role_definition *def, size_t count,
                                  struct err *err) {
    crm_status status = schema_name_check(def->name, err);
    if (status == CRM_OK && count == SCHEMA_ROLES_MAX) {
        char limit[16];
        (void)snprintf(limit, sizeof limit, "%d", SCHEMA_ROLES_MAX);
        status = err_set(err, CRM_TOO_LARGE, &schema_too_many, limit, "role", NULL);
    }
    if (status != CRM_OK) schema_err_at(err, &def->origin);
    return status;
}

crm_status build_roles(struct builder *b, struct err *err) {
    const struct schema_definitions *d = b->draft->definitions;
    struct schema_role *roles =
        ARENA_ARRAY(&b->snapshot->arena, d->role_count + 1, struct schema_role);
    if (!roles) return err_no_memory(err);
    struct role_draft everyone;
    crm_status status = gather(b, STR("*"), &everyone, err);
    if (status == CRM_OK) status = check_grant_names(b, &everyone, err);
    size_t count = 0;
    for (size_t i = 0; status == CRM_OK && i < d->role_count; i++) {
        if (is_everyone(d->roles[i].name) || is_known(roles, count, d->roles[i].name)) continue;
        struct role_draft role;
        status = check_role_name(&d->roles[i], count, err);
        if (status == CRM_OK) status = gather(b, d->roles[i].name, &role, err);
        if (status == CRM_OK) status = build_role(b, &role, &everyone, &roles[count], err);
        roles[count].index = (int32_t)count;
        count++;
    }
    b->schema->roles = roles;
    b->schema->role_count = count;
    return status;
}
