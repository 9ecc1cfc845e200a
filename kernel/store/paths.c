/* See paths.h. */
#include "store/paths.h"

#include <stdio.h>

#include "store/columns.h"
#include "store/link_table.h"
#include "store/messages.h"

/* A reference and, where it may refer to records of any entity, the one that is meant; 0: none. */
struct query_step {
    const struct schema_field *field;
    int32_t narrowed;
};

/* Where an expression stands: at the root or a join (`inner` NULL), or at the rows of an inner
 * select. */
struct place {
    struct query_paths *paths;
    const struct schema_entity *entity;
    int base;
    const char *inner; /* alias */
    bool rights;       /* inner: paths go through rows that the viewer may read only */
};

static void place_alias(const struct place *at, char ret[QUERY_ALIAS_BYTES]) {
    if (at->inner)
        snprintf(ret, QUERY_ALIAS_BYTES, "%s", at->inner);
    else
        query_alias(at->base, ret);
}

void query_alias(int join, char ret[QUERY_ALIAS_BYTES]) {
    if (join == QUERY_ROOT)
        snprintf(ret, QUERY_ALIAS_BYTES, "r");
    else
        snprintf(ret, QUERY_ALIAS_BYTES, "j%d", join);
}

static void new_alias(struct query_paths *p, char ret[QUERY_ALIAS_BYTES]) {
    snprintf(ret, QUERY_ALIAS_BYTES, "u%d", p->alias_count++);
}

void query_paths_init(struct query_paths *p, struct store_conn *c, const struct store_query *q) {
    *p = (struct query_paths){.conn = c, .access = q->access, .root = q->from, .now_ms = q->now_ms};
}

static const struct schema_entity *target_of(const struct query_paths *p,
                                             const struct schema_field *f, int32_t narrowed) {
    int32_t entity = f->value_type.entity ? f->value_type.entity : f->ref_entity;
    return schema_entity_by_id(p->access->schema, narrowed ? narrowed : entity);
}

static crm_status follow(struct query_paths *p, int base, const struct schema_entity *owner,
                         const struct query_step *step, int *ret, struct err *err) {
    const struct schema_field *field = step->field;
    const struct schema_entity *entity = target_of(p, field, step->narrowed);
    for (int i = 0; i < p->join_count; i++) {
        if (p->joins[i].parent != base || p->joins[i].field != field ||
            p->joins[i].entity != entity)
            continue;
        *ret = i;
        return CRM_OK;
    }
    if (!entity)
        return err_internal(err, "no way on from %.*s.%.*s", STR_ARG(owner->name),
                            STR_ARG(field->name));
    if (p->join_count == QUERY_JOINS_MAX)
        return err_set(err, CRM_TOO_LARGE, &store_text_query_too_large, NULL);
    p->joins[p->join_count] = (struct query_join){
        base, field, entity, access_rows(p->access, SCHEMA_ACTION_READ, entity)};
    *ret = p->join_count++;
    return CRM_OK;
}

crm_status query_follow(struct query_paths *p, int base, const struct schema_entity *owner,
                        const struct schema_field *field, int *ret, struct err *err) {
    return follow(p, base, owner, &(struct query_step){field, 0}, ret, err);
}

/* ---- fields ------------------------------------------------------------------------------ */
static struct expr_sql_context context_at(struct place *at);
static crm_status add_field(struct place *at, struct sql *s, const struct schema_field *f,
                            enum expr_sql_form form, struct err *err);

static const char *fold_function(const struct sql *s) {
    return s->dialect == SQL_POSTGRES ? "perigee.crm_fold(" : "crm_fold(";
}

static crm_status enter(struct query_paths *p, struct err *err) {
    if (++p->nesting <= QUERY_NESTING_MAX) return CRM_OK;
    return err_set(err, CRM_TOO_LARGE, &store_text_query_too_large, NULL);
}

static crm_status add_formula(struct place *at, struct sql *s, const struct schema_field *f,
                              enum expr_sql_form form, struct err *err) {
    struct expr_sql_context context = context_at(at);
    if (!f->formula) {
        sql_add(s, "NULL");
        return CRM_OK;
    }
    crm_status status = enter(at->paths, err);
    bool folds = form == EXPR_SQL_FOLDED;
    sql_add(s, folds ? fold_function(s) : "(");
    if (status == CRM_OK) status = expr_sql_add(s, f->formula, &context, err);
    sql_add(s, ")");
    at->paths->nesting--;
    return status;
}

/* The SQL aggregate of a single-aggregate measure, over the rows of `inner`. */
static crm_status add_aggregate(struct place *inner, struct sql *s, const struct expr *measure,
                                struct err *err) {
    static const char *const functions[] = {[EXPR_AGG_count] = "count",
                                            [EXPR_AGG_count_distinct] = "count",
                                            [EXPR_AGG_sum] = "sum",
                                            [EXPR_AGG_min] = "min",
                                            [EXPR_AGG_max] = "max"};
    struct expr_sql_context context = context_at(inner);
    uint8_t code = measure->call.code;
    bool is_sum = code == EXPR_AGG_sum;
    sql_printf(s, "%s%s(%s", is_sum ? "COALESCE(" : "", functions[code],
               code == EXPR_AGG_count_distinct ? "DISTINCT " : "");
    crm_status status = CRM_OK;
    if (measure->call.condition) {
        sql_add(s, "CASE WHEN ");
        status = expr_sql_add_condition(s, measure->call.condition, &context, err);
        sql_add(s, " THEN ");
    }
    if (measure->call.count == 0)
        sql_add(s, "1");
    else if (status == CRM_OK)
        status = expr_sql_add(s, measure->call.args[0], &context, err);
    sql_add(s, measure->call.condition ? " END)" : ")");
    if (is_sum) sql_add(s, ", 0)");
    if (is_sum && s->dialect == SQL_POSTGRES) sql_add(s, "::bigint");
    return status;
}

static bool is_sql_aggregate(const struct expr *measure) {
    if (!measure || measure->op != EXPR_AGGREGATE) return false;
    switch (measure->call.code) {
    case EXPR_AGG_count:
    case EXPR_AGG_count_distinct:
    case EXPR_AGG_sum:
    case EXPR_AGG_min:
    case EXPR_AGG_max:
        return true;
    default:
        return false;
    }
}

/* A roll-up under the viewer's rights: over the living rows that he may read. */
static crm_status add_rollup(struct place *at, struct sql *s, const struct schema_field *f,
                             struct err *err) {
    struct query_paths *p = at->paths;
    const struct schema_entity *e = schema_entity_by_id(p->access->schema, f->rollup_entity);
    const struct schema_field *by = e ? schema_field_by_id(e, f->rollup_by) : NULL;
    const struct str name[] = {f->name};
    if (!by || !is_sql_aggregate(f->rollup))
        return err_set_args(err, CRM_REFUSED, &store_text_rollup_unsupported, name, 1);
    char alias[QUERY_ALIAS_BYTES], owner[QUERY_ALIAS_BYTES];
    new_alias(p, alias);
    place_alias(at, owner);
    struct place inner = {p, e, QUERY_ROOT, alias, true};
    sql_add(s, "(SELECT ");
    crm_status status = enter(p, err);
    if (status == CRM_OK) status = add_aggregate(&inner, s, f->rollup, err);
    sql_add(s, " FROM ");
    sql_table(s, e->table);
    sql_printf(s, " %s WHERE ", alias);
    sql_column(s, alias, by, "");
    sql_printf(s, " = %s.\"id\" AND ", owner);
    sql_column(s, alias, schema_standard(e, SCHEMA_STD_DELETED_AT), "");
    sql_add(s, " IS NULL AND ");
    if (status == CRM_OK)
        status = query_add_rule(p, s, access_rows(p->access, SCHEMA_ACTION_READ, e), e, alias, err);
    sql_add(s, ")");
    p->nesting--;
    return status;
}

static crm_status add_field(struct place *at, struct sql *s, const struct schema_field *f,
                            enum expr_sql_form form, struct err *err) {
    char alias[QUERY_ALIAS_BYTES];
    place_alias(at, alias);
    switch (schema_storage_of(f)) {
    case SCHEMA_STORAGE_MONEY:
        sql_column(s, alias, f, form == EXPR_SQL_AMOUNT ? "" : "_b");
        return CRM_OK;
    case SCHEMA_STORAGE_COLUMN:
        if (form == EXPR_SQL_FOLDED && !f->fold) sql_add(s, fold_function(s));
        sql_column(s, alias, f, form == EXPR_SQL_FOLDED && f->fold ? "_k" : "");
        if (form == EXPR_SQL_FOLDED && !f->fold) sql_add(s, ")");
        return CRM_OK;
    case SCHEMA_STORAGE_ANY:
        sql_column(s, alias, f, "");
        return CRM_OK;
    case SCHEMA_STORAGE_NONE:
        if (f->type == SCHEMA_FIELD_FORMULA) return add_formula(at, s, f, form, err);
        if (f->type == SCHEMA_FIELD_ROLLUP) return add_rollup(at, s, f, err);
        break;
    case SCHEMA_STORAGE_LINKS:
        break;
    }
    return err_internal(err, "%.*s has no column", STR_ARG(f->name));
}

/* ---- paths ------------------------------------------------------------------------------- */
/* What stands at the end of a path: one value, whether there are items, how many. */
enum path_end { PATH_VALUE, PATH_MANY, PATH_COUNT };
struct path_tail {
    enum path_end end;
    enum expr_sql_form form;
    crm_status (*body)(void *body_ctx, struct sql *s, const char *item_column, struct err *err);
    void *body_ctx;
};

static crm_status add_items(struct place *at, struct sql *s, const struct schema_field *f,
                            const struct path_tail *tail, struct err *err) {
    char alias[QUERY_ALIAS_BYTES], owner[QUERY_ALIAS_BYTES], item[64];
    new_alias(at->paths, alias);
    place_alias(at, owner);
    if (schema_storage_of(f) != SCHEMA_STORAGE_LINKS)
        return err_internal(err, "%.*s has no items", STR_ARG(f->name));
    sql_add(s, tail->end == PATH_COUNT ? "(SELECT count(*) FROM " : "EXISTS (SELECT 1 FROM ");
    sql_table(s, f->link_table);
    sql_printf(s, " %s WHERE %s.\"record\" = %s.\"id\"", alias, alias, owner);
    crm_status status = CRM_OK;
    if (tail->body) {
        bool folds = tail->form == EXPR_SQL_FOLDED;
        snprintf(item, sizeof item, "%s%s.\"%s\"%s", folds ? fold_function(s) : "", alias,
                 link_value_column(f), folds ? ")" : "");
        sql_add(s, " AND (");
        status = tail->body(tail->body_ctx, s, item, err);
        sql_add(s, ")");
    }
    sql_add(s, ")");
    return status;
}

static crm_status add_end(struct place *at, struct sql *s, const struct schema_field *f,
                          const struct path_tail *tail, struct err *err) {
    return tail->end == PATH_VALUE ? add_field(at, s, f, tail->form, err)
                                   : add_items(at, s, f, tail, err);
}

/* A reference to any record, where it refers to one of this entity. */
static crm_status add_narrowed(struct place *at, struct sql *s, const struct query_step *by,
                               struct err *err) {
    char alias[QUERY_ALIAS_BYTES];
    if (schema_storage_of(by->field) != SCHEMA_STORAGE_ANY)
        return err_internal(err, "%.*s has one entity", STR_ARG(by->field->name));
    place_alias(at, alias);
    sql_add(s, "CASE WHEN ");
    sql_column(s, alias, by->field, "_e");
    sql_printf(s, " = %d THEN ", by->narrowed);
    sql_column(s, alias, by->field, "");
    sql_add(s, " END");
    return CRM_OK;
}

static crm_status add_steps(struct place *at, struct sql *s, const struct expr *path, uint8_t step,
                            const struct path_tail *tail, struct err *err);

/* One step inside: "(SELECT <the rest> FROM target u WHERE u.id = <reference>)". */
static crm_status add_inner_step(struct place *at, struct sql *s, const struct schema_field *f,
                                 const struct expr *path, uint8_t step,
                                 const struct path_tail *tail, struct err *err) {
    struct query_paths *p = at->paths;
    const struct schema_entity *target = target_of(p, f, path->path.step[step].narrowed);
    if (!target) return err_internal(err, "no way on from %.*s", STR_ARG(f->name));
    char alias[QUERY_ALIAS_BYTES];
    new_alias(p, alias);
    struct place next = {p, target, QUERY_ROOT, alias, at->rights};
    crm_status status = CRM_OK;
    sql_add(s, tail->end == PATH_MANY ? "EXISTS (SELECT 1" : "(SELECT ");
    if (tail->end != PATH_MANY) status = add_steps(&next, s, path, (uint8_t)(step + 1), tail, err);
    sql_add(s, " FROM ");
    sql_table(s, target->table);
    sql_printf(s, " %s WHERE %s.\"id\" = ", alias, alias);
    if (status == CRM_OK) status = add_field(at, s, f, EXPR_SQL_VALUE, err);
    if (status == CRM_OK && at->rights) {
        sql_add(s, " AND ");
        status = query_add_rule(p, s, access_rows(p->access, SCHEMA_ACTION_READ, target), target,
                                alias, err);
    }
    if (status == CRM_OK && tail->end == PATH_MANY) {
        sql_add(s, " AND ");
        status = add_steps(&next, s, path, (uint8_t)(step + 1), tail, err);
    }
    sql_add(s, ")");
    return status;
}

static crm_status add_steps(struct place *at, struct sql *s, const struct expr *path, uint8_t step,
                            const struct path_tail *tail, struct err *err) {
    const struct schema_field *f = schema_field_by_id(at->entity, path->path.step[step].field);
    if (!f)
        return err_internal(err, "field %d of %.*s", path->path.step[step].field,
                            STR_ARG(at->entity->name));
    const struct query_step by = {f, path->path.step[step].narrowed};
    if (step + 1 == path->path.length)
        return by.narrowed ? add_narrowed(at, s, &by, err) : add_end(at, s, f, tail, err);
    if (at->inner) return add_inner_step(at, s, f, path, step, tail, err);
    struct place next = *at;
    crm_status status = follow(at->paths, at->base, at->entity, &by, &next.base, err);
    if (status != CRM_OK) return status;
    next.entity = at->paths->joins[next.base].entity;
    return add_steps(&next, s, path, (uint8_t)(step + 1), tail, err);
}

/* ---- expressions ------------------------------------------------------------------------- */
static crm_status on_path(void *ctx, struct sql *s, const struct expr *path,
                          enum expr_sql_form form, struct err *err) {
    return add_steps(ctx, s, path, 0, &(struct path_tail){PATH_VALUE, form, NULL, NULL}, err);
}

static crm_status
on_many(void *ctx, struct sql *s, const struct expr *path, enum expr_sql_form form,
        crm_status (*body)(void *body_ctx, struct sql *s, const char *item_column, struct err *err),
        void *body_ctx, struct err *err) {
    return add_steps(ctx, s, path, 0, &(struct path_tail){PATH_MANY, form, body, body_ctx}, err);
}

static crm_status on_many_count(void *ctx, struct sql *s, const struct expr *path,
                                struct err *err) {
    return add_steps(ctx, s, path, 0, &(struct path_tail){PATH_COUNT, EXPR_SQL_VALUE, NULL, NULL},
                     err);
}

static struct expr_sql_context context_at(struct place *at) {
    const struct actor *actor = &at->paths->access->actor;
    return (struct expr_sql_context){.path = on_path,
                                     .many = on_many,
                                     .many_count = on_many_count,
                                     .ctx = at,
                                     .now_ms = at->paths->now_ms,
                                     .me = actor->user,
                                     .my_team = actor->team,
                                     .my_tree = actor->tree,
                                     .my_tree_count = actor->tree_count,
                                     .company = &at->paths->conn->company};
}

static struct place root_place(struct query_paths *p) {
    return (struct place){.paths = p, .entity = p->root, .base = QUERY_ROOT};
}

crm_status query_add_value(struct query_paths *p, struct sql *s, const struct expr *e,
                           struct err *err) {
    struct place at = root_place(p);
    struct expr_sql_context context = context_at(&at);
    return expr_sql_add(s, e, &context, err);
}

crm_status query_add_folded(struct query_paths *p, struct sql *s, const struct expr *e,
                            struct err *err) {
    struct place at = root_place(p);
    if (e->op == EXPR_PATH) return on_path(&at, s, e, EXPR_SQL_FOLDED, err);
    struct expr_sql_context context = context_at(&at);
    sql_add(s, fold_function(s));
    crm_status status = expr_sql_add(s, e, &context, err);
    sql_add(s, ")");
    return status;
}

crm_status query_add_condition(struct query_paths *p, struct sql *s, const struct expr *e,
                               struct err *err) {
    struct place at = root_place(p);
    struct expr_sql_context context = context_at(&at);
    return expr_sql_add_condition(s, e, &context, err);
}

crm_status query_add_field(struct query_paths *p, struct sql *s, int base,
                           const struct schema_field *f, enum expr_sql_form form, struct err *err) {
    struct place at = {
        .paths = p, .entity = base == QUERY_ROOT ? p->root : p->joins[base].entity, .base = base};
    return add_field(&at, s, f, form, err);
}

crm_status query_add_rule(struct query_paths *p, struct sql *s, const struct expr *rule,
                          const struct schema_entity *e, const char *alias, struct err *err) {
    if (!rule || access_is_all(rule)) {
        sql_add(s, rule ? "TRUE" : "FALSE");
        return CRM_OK;
    }
    struct place at = {p, e, QUERY_ROOT, alias, false};
    struct expr_sql_context context = context_at(&at);
    crm_status status = enter(p, err);
    sql_add(s, "(");
    if (status == CRM_OK) status = expr_sql_add_condition(s, rule, &context, err);
    sql_add(s, ")");
    p->nesting--;
    return status;
}
