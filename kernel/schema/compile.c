/* Expressions of definitions into trees: defaults, conditions, formulas, roll-ups, rules. A formula
 * that another one mentions is compiled first, wherever it stands, because its type is known only
 * then. Threads: one at a time. */
#include <stdio.h>

#include "base/number.h"
#include "schema/build.h"
#include "schema/messages.h"

static crm_status compile_value(struct builder *b, size_t entity, size_t slot, struct err *err);

static size_t entity_position(const struct builder *b, int32_t id) {
    const struct schema_entity *e = schema_entity_by_id(b->schema, id);
    return e ? (size_t)(e - b->entities) : SIZE_MAX;
}

const struct schema_field *build_field_find(const struct builder *b, size_t entity,
                                            struct str name) {
    const struct draft_entity *from = &b->draft->entities[entity];
    const struct draft_field *f = draft_field_find(from, name);
    return f ? &b->entities[entity].fields[f - from->fields] : NULL;
}

struct compile_scope {
    struct builder *builder;
    struct schema_scope scope;
};

static bool resolve(void *ctx, int32_t entity, struct str name, struct expr_symbol *ret) {
    struct compile_scope *s = ctx;
    struct builder *b = s->builder;
    size_t at = entity == 0 ? (size_t)(s->scope.entity - b->entities) : entity_position(b, entity);
    const struct schema_field *f = at == SIZE_MAX ? NULL : build_field_find(b, at, name);
    if (!f) return false;
    struct err err;
    crm_status status = compile_value(b, at, (size_t)f->slot, &err);
    if (status != CRM_OK) {
        if (b->nested == CRM_OK) {
            b->nested = status;
            err_copy(&b->nested_err, &err);
        }
        return false;
    }
    return schema_field_symbol(f, ret);
}

static struct str suggest(void *ctx, int32_t entity, struct str name) {
    struct compile_scope *s = ctx;
    struct expr_scope plain = schema_expr_scope(&s->scope);
    return plain.suggest(plain.ctx, entity, name);
}

crm_status build_expression(struct builder *b, size_t entity, struct str text, enum expr_mode mode,
                            const struct expr **ret, struct err *err) {
    struct compile_scope s = {b, {.schema = b->schema, .entity = &b->entities[entity]}};
    struct expr_scope scope = {
        .root_entity = b->entities[entity].id, .resolve = resolve, .suggest = suggest, .ctx = &s};
    crm_status status = expr_parse(&b->snapshot->arena, text, &scope, mode, ret, err);
    if (status != CRM_OK && b->nested != CRM_OK) {
        status = b->nested;
        err_copy(err, &b->nested_err);
        b->nested = CRM_OK;
    }
    return status;
}

static crm_status place(const struct builder *b, size_t entity, struct str field,
                        const struct schema_origin *origin, crm_status status, struct err *err) {
    if (status == CRM_OK) return status;
    schema_err_at(err, origin);
    err_at_entity(err, b->entities[entity].name);
    err_at_field(err, field);
    return status;
}

/* ---- formulas and roll-ups ---------------------------------------------------------------------
 */

struct stored_walk {
    const struct schema *schema;
    const struct schema_entity *entity;
    bool through_resident; /* roll-ups may look at small reference data, such as a stage */
    bool stored;
};

static bool is_of_the_moment(const struct expr *e) {
    switch (e->call.code) {
    case EXPR_FN_today:
    case EXPR_FN_now:
    case EXPR_FN_me:
    case EXPR_FN_my_team:
    case EXPR_FN_my_tree:
        return true;
    default:
        return false;
    }
}

static bool stays_with_record(const struct stored_walk *w, const struct expr *path) {
    const struct schema_entity *at = w->entity;
    for (uint8_t i = 0; i < path->path.length; i++) {
        const struct schema_field *f = at ? schema_field_by_id(at, path->path.step[i].field) : NULL;
        if (!f || path->path.step[i].many || f->type == SCHEMA_FIELD_ROLLUP ||
            (f->type == SCHEMA_FIELD_FORMULA && !f->stored))
            return false;
        at = schema_entity_by_id(w->schema, f->value_type.entity);
        if (i + 1 < path->path.length && (!w->through_resident || !at || !at->resident))
            return false;
    }
    return true;
}

/* A value can be stored when nothing but a write to the very record can change it. */
static bool stored_visit(void *ctx, const struct expr *e) {
    struct stored_walk *w = ctx;
    if (e->op == EXPR_CALL && is_of_the_moment(e)) w->stored = false;
    if (e->op == EXPR_PATH && !stays_with_record(w, e)) w->stored = false;
    return w->stored;
}

static bool can_be_stored(const struct builder *b, size_t entity, const struct expr *e,
                          bool through_resident) {
    struct stored_walk w = {b->schema, &b->entities[entity], through_resident, true};
    expr_walk(e, stored_visit, &w);
    return w.stored;
}

/* What needs a column of its own. */
static crm_status check_stored(const struct builder *b, size_t entity, const struct schema_field *f,
                               const struct schema_field_definition *def, struct err *err) {
    if (f->stored) return CRM_OK;
    bool title = b->entities[entity].title_slot == f->slot;
    const char *key = f->unique                        ? "unique"
                      : f->search                      ? "search"
                      : f->sort                        ? "sort"
                      : def->index == SCHEMA_INDEX_YES ? "index"
                      : title                          ? "title"
                                                       : NULL;
    if (!key) return CRM_OK;
    const struct str args[] = {f->name, str_from(key)};
    return err_set_args(err, CRM_INVALID, &schema_only_stored, args, 2);
}

static crm_status compile_formula(struct builder *b, size_t entity, struct schema_field *f,
                                  const struct schema_field_definition *def, struct err *err) {
    crm_status status = build_expression(b, entity, def->formula, EXPR_MODE_ROW, &f->formula, err);
    if (status != CRM_OK) return status;
    const struct str args[] = {f->name};
    if (f->formula->type.type == VALUE_NIL || f->formula->type.type == VALUE_LIST)
        return err_set_args(err, CRM_INVALID, &schema_formula_nothing, args, 1);
    f->value_type = f->formula->type;
    f->stored = can_be_stored(b, entity, f->formula, false);
    bool title = b->entities[entity].title_slot == f->slot;
    f->fold = f->stored && f->value_type.type == VALUE_TEXT &&
              (f->search || f->sort || f->unique || title);
    return check_stored(b, entity, f, def, err);
}

static crm_status compile_rollup(struct builder *b, size_t entity, struct schema_field *f,
                                 const struct schema_field_definition *def, struct err *err) {
    size_t child = entity_position(b, f->rollup_entity);
    crm_status status =
        build_expression(b, child, def->formula, EXPR_MODE_MEASURE, &f->rollup, err);
    if (status != CRM_OK) return status;
    f->value_type = f->rollup->type;
    f->rollup_viewer = def->viewer || !can_be_stored(b, child, f->rollup, true);
    f->stored = !f->rollup_viewer;
    return check_stored(b, entity, f, def, err);
}

static crm_status too_deep(struct str name, struct err *err) {
    char limit[16];
    (void)snprintf(limit, sizeof limit, "%d", BUILD_FORMULA_DEPTH);
    const struct str args[] = {str_from(limit), name};
    return err_set_args(err, CRM_INVALID, &schema_formula_depth, args, 2);
}

static crm_status compile_value(struct builder *b, size_t entity, size_t slot, struct err *err) {
    struct schema_field *f = &b->fields[entity][slot];
    const struct schema_field_definition *def = &b->draft->entities[entity].fields[slot].def;
    uint8_t *state = &b->compiled[entity][slot];
    if ((f->type != SCHEMA_FIELD_FORMULA && f->type != SCHEMA_FIELD_ROLLUP) || *state == BUILD_DONE)
        return CRM_OK;
    const struct str args[] = {f->name};
    crm_status status;
    if (*state == BUILD_RUNNING)
        status = err_set_args(err, CRM_INVALID, &schema_formula_circle, args, 1);
    else if (b->depth == BUILD_FORMULA_DEPTH)
        status = too_deep(f->name, err);
    else {
        *state = BUILD_RUNNING;
        b->depth++;
        status = f->type == SCHEMA_FIELD_FORMULA ? compile_formula(b, entity, f, def, err)
                                                 : compile_rollup(b, entity, f, def, err);
        b->depth--;
        *state = status == CRM_OK ? BUILD_DONE : BUILD_WAITING;
    }
    return place(b, entity, f->name, &def->origin, status, err);
}

/* ---- defaults ----------------------------------------------------------------------------------
 */

static bool fits(const struct expr_type *want, const struct expr_type *got) {
    if (got->type == VALUE_NIL) return true;
    if (want->type != got->type) return false;
    return want->type != VALUE_ID || !want->entity || !got->entity || want->entity == got->entity;
}

static crm_status default_type(const struct schema_field *f, enum value_type got, struct err *err) {
    const struct str args[] = {f->name, str_from(value_type_name(got)),
                               str_from(value_type_name(f->value_type.type))};
    return err_set_args(err, CRM_INVALID, &schema_default_type, args, 3);
}

static crm_status literal_default(struct builder *b, struct schema_field *f, struct value v,
                                  struct err *err) {
    if (v.type == VALUE_INT && f->value_type.type == VALUE_DECIMAL) {
        int64_t micro;
        if (!decimal_from_int(v.integer, &micro)) return default_type(f, v.type, err);
        v = value_decimal(micro);
    }
    if (v.type != f->value_type.type) return default_type(f, v.type, err);
    if (v.type == VALUE_TEXT) v.text = build_keep(b, v.text);
    f->default_value = expr_literal(&b->snapshot->arena, v);
    return f->default_value ? CRM_OK : err_no_memory(err);
}

static crm_status compile_default(struct builder *b, size_t entity, struct schema_field *f,
                                  const struct schema_field_definition *def, struct err *err) {
    if (def->default_kind == SCHEMA_DEFAULT_NONE) return CRM_OK;
    if (def->default_kind == SCHEMA_DEFAULT_LITERAL)
        return literal_default(b, f, def->default_literal, err);
    crm_status status =
        build_expression(b, entity, def->default_text, EXPR_MODE_ROW, &f->default_value, err);
    if (status != CRM_OK) return status;
    if (f->default_value->op == EXPR_LITERAL && f->default_value->type.type == VALUE_INT &&
        f->value_type.type == VALUE_DECIMAL)
        return literal_default(b, f, f->default_value->literal, err);
    return fits(&f->value_type, &f->default_value->type)
               ? CRM_OK
               : default_type(f, f->default_value->type.type, err);
}

/* ---- all of it ---------------------------------------------------------------------------------
 */

static crm_status compile_field(struct builder *b, size_t entity, size_t slot, struct err *err) {
    struct schema_field *f = &b->fields[entity][slot];
    const struct schema_field_definition *def = &b->draft->entities[entity].fields[slot].def;
    crm_status status = compile_value(b, entity, slot, err);
    if (status == CRM_OK) status = compile_default(b, entity, f, def, err);
    if (status == CRM_OK && def->visible_when.len)
        status =
            build_expression(b, entity, def->visible_when, EXPR_MODE_ROW, &f->visible_when, err);
    if (status == CRM_OK && def->required_when.len)
        status =
            build_expression(b, entity, def->required_when, EXPR_MODE_ROW, &f->required_when, err);
    f->visible_when_text = build_keep(b, def->visible_when); /* for clients */
    f->required_when_text = build_keep(b, def->required_when);
    return place(b, entity, f->name, &def->origin, status, err);
}

static crm_status compile_rules(struct builder *b, size_t entity, struct err *err) {
    const struct draft_entity *from = &b->draft->entities[entity];
    struct schema_rule *rules =
        ARENA_ARRAY(&b->snapshot->arena, from->rule_count + 1, struct schema_rule);
    if (!rules) return err_no_memory(err);
    for (size_t i = 0; i < from->rule_count; i++) {
        const struct schema_rule_definition *def = &from->rules[i];
        const struct schema_field *f =
            def->refuse.len ? build_field_find(b, entity, def->refuse) : NULL;
        rules[i] =
            (struct schema_rule){.refuse_slot = f ? f->slot : -1,
                                 .code = build_keep(b, def->code.len ? def->code : STR("rule")),
                                 .message = build_keep_label(b, &def->message),
                                 .flag_only = def->flag_only};
        crm_status status =
            build_expression(b, entity, def->when, EXPR_MODE_ROW, &rules[i].when, err);
        if (status != CRM_OK) return place(b, entity, def->refuse, &def->origin, status, err);
    }
    b->entities[entity].rules = rules;
    b->entities[entity].rule_count = from->rule_count;
    return CRM_OK;
}

static crm_status compile_timeline(struct builder *b, size_t entity, struct err *err) {
    const struct schema_entity_definition *def = b->draft->entities[entity].def;
    if (def->timeline_at.len == 0) return CRM_OK;
    const struct expr *at;
    crm_status status = build_expression(b, entity, def->timeline_at, EXPR_MODE_ROW, &at, err);
    if (status == CRM_OK && at->type.type != VALUE_TIME) {
        const struct str args[] = {STR("at"), STR("timeline"), STR("time"), def->timeline_at,
                                   str_from(value_type_name(at->type.type))};
        status = err_set_args(err, CRM_INVALID, &schema_field_type_of, args, 5);
    }
    b->entities[entity].timeline.at = status == CRM_OK ? at : NULL;
    return place(b, entity, STR("timeline"), &def->origin, status, err);
}

/* Kept as a text: filters are made of it. */
static crm_status compile_open(struct builder *b, size_t entity, struct err *err) {
    const struct schema_entity_definition *def = b->draft->entities[entity].def;
    const struct expr *open;
    if (def->open.len == 0) return CRM_OK;
    crm_status status = build_expression(b, entity, def->open, EXPR_MODE_ROW, &open, err);
    if (status == CRM_OK && open->type.type != VALUE_BOOL) {
        const struct str args[] = {STR("open"), def->name, STR("bool"), def->open,
                                   str_from(value_type_name(open->type.type))};
        status = err_set_args(err, CRM_INVALID, &schema_field_type_of, args, 5);
    }
    if (status == CRM_OK) b->entities[entity].open = build_keep(b, def->open);
    return place(b, entity, STR("open"), &def->origin, status, err);
}

crm_status build_expressions(struct builder *b, struct err *err) {
    for (size_t entity = 0; entity < b->schema->entity_count; entity++) {
        for (size_t slot = 0; slot < b->entities[entity].field_count; slot++) {
            crm_status status = compile_field(b, entity, slot, err);
            if (status != CRM_OK) return status;
        }
        crm_status status = compile_rules(b, entity, err);
        if (status == CRM_OK) status = compile_timeline(b, entity, err);
        if (status == CRM_OK) status = compile_open(b, entity, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}
