/* Names as expressions and select lists write them, resolved against a snapshot. What the viewer
 * may not know of is reported exactly as what does not exist. Threads: any. */
#include <stdio.h>

#include "schema/messages.h"
#include "schema/names.h"
#include "schema/schema.h"

static const struct schema_entity *entity_of(const struct schema_scope *scope, int32_t entity) {
    return entity == 0 ? scope->entity : schema_entity_by_id(scope->schema, entity);
}

static bool is_visible(const struct schema_scope *scope, const struct schema_entity *e,
                       const struct schema_field *f) {
    return !scope->is_hidden || !scope->is_hidden(scope->ctx, e, f);
}

static const struct schema_field *find(const struct schema_scope *scope,
                                       const struct schema_entity *e, struct str name) {
    const struct schema_field *f = e ? schema_field_find(e, name) : NULL;
    return f && is_visible(scope, e, f) ? f : NULL;
}

bool schema_field_symbol(const struct schema_field *f, struct expr_symbol *ret) {
    if (f->type == SCHEMA_FIELD_CHILDREN) return false;
    *ret = (struct expr_symbol){
        .field = f->id, .type = f->value_type, .many = f->value_type.type == VALUE_LIST};
    return true;
}

static bool resolve(void *ctx, int32_t entity, struct str name, struct expr_symbol *ret) {
    const struct schema_scope *scope = ctx;
    const struct schema_field *f = find(scope, entity_of(scope, entity), name);
    return f && schema_field_symbol(f, ret);
}

static struct str suggest(void *ctx, int32_t entity, struct str name) {
    const struct schema_scope *scope = ctx;
    const struct schema_entity *e = entity_of(scope, entity);
    struct schema_near near;
    schema_near_init(&near, name);
    for (size_t i = 0; e && i < e->field_count; i++)
        if (is_visible(scope, e, &e->fields[i])) schema_near_try(&near, e->fields[i].name);
    return near.best;
}

static int32_t narrow(void *ctx, struct str name) {
    const struct schema_scope *scope = ctx;
    const struct schema_entity *e = schema_find(scope->schema, name);
    return e && is_visible(scope, e, schema_field_at(e, 0)) ? e->id : 0;
}

struct expr_scope schema_expr_scope(const struct schema_scope *scope) {
    return (struct expr_scope){.root_entity = scope->entity->id,
                               .resolve = resolve,
                               .narrow = narrow,
                               .suggest = suggest,
                               .ctx = (void *)(uintptr_t)scope};
}

static crm_status unknown_field(const struct schema_scope *scope, const struct schema_entity *e,
                                struct str name, struct err *err) {
    struct str near = suggest((void *)(uintptr_t)scope, e->id, name);
    const struct str args[] = {name, e->name, near};
    err_set_args(err, CRM_INVALID, near.len ? &schema_unknown_field_near : &schema_unknown_field,
                 args, near.len ? 3 : 2);
    err_at_field(err, name);
    return CRM_INVALID;
}

/* The entity that a path goes on in after `f`. */
static crm_status follow(const struct schema_scope *scope, const struct schema_field *f,
                         const struct schema_entity **ret, struct err *err) {
    const struct str args[] = {f->name};
    if (f->value_type.type == VALUE_LIST || f->type == SCHEMA_FIELD_CHILDREN)
        return err_set_args(err, CRM_INVALID, &schema_path_many, args, 1);
    const struct schema_entity *e = f->value_type.type == VALUE_ID
                                        ? schema_entity_by_id(scope->schema, f->value_type.entity)
                                        : NULL;
    if (!e) return err_set_args(err, CRM_INVALID, &schema_path_not_reference, args, 1);
    *ret = e;
    return CRM_OK;
}

static crm_status malformed(struct str text, struct err *err) {
    char limit[16];
    (void)snprintf(limit, sizeof limit, "%d", EXPR_PATH_MAX);
    const struct str args[] = {text, str_from(limit)};
    return err_set_args(err, CRM_INVALID, &schema_path_form, args, 2);
}

crm_status schema_path_parse(const struct schema_scope *scope, struct str text,
                             struct schema_path *ret, struct err *err) {
    struct schema_path path = {0};
    const struct schema_entity *e = scope->entity;
    struct str rest = text, name;
    for (bool more = true; more;) {
        more = str_split(&rest, '.', &name);
        if (path.length == EXPR_PATH_MAX || name.len == 0) return malformed(text, err);
        const struct schema_field *f = find(scope, e, name);
        if (!f) return unknown_field(scope, e, name, err);
        path.entity[path.length] = e;
        path.field[path.length++] = f;
        if (!more) break;
        crm_status status = follow(scope, f, &e, err);
        if (status != CRM_OK) return status;
    }
    *ret = path;
    return CRM_OK;
}
