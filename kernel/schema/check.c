/* Checks of a draft: every name that a definition mentions is there and is what it must be.
 * Formulas are checked where they are compiled, rights in roles.c. Threads: one at a time. */
#include "base/number.h"
#include "base/time.h"
#include "base/unicode.h"
#include "schema/draft.h"
#include "schema/messages.h"
#include "schema/names.h"

static crm_status missing(const struct schema_field_definition *f, const char *what,
                          struct err *err) {
    const struct str args[] = {f->name, str_from(what)};
    err_set_args(err, CRM_INVALID, &schema_missing, args, 2);
    schema_err_at(err, &f->origin);
    return CRM_INVALID;
}

static crm_status check_directory(const struct draft *d, const struct schema_field_definition *f,
                                  struct err *err) {
    if (f->directory.len == 0) return missing(f, "the name of a directory", err);
    struct schema_near near;
    schema_near_init(&near, f->directory);
    for (size_t i = 0; i < d->definitions->directory_count; i++) {
        const struct schema_directory_definition *it = &d->definitions->directories[i];
        if (str_eq(it->name, f->directory)) return CRM_OK;
        schema_near_try(&near, it->name);
    }
    const struct str args[] = {f->directory, near.best};
    err_set_args(err, CRM_INVALID,
                 near.best.len ? &schema_unknown_directory_near : &schema_unknown_directory, args,
                 near.best.len ? 2 : 1);
    schema_err_at(err, &f->origin);
    return CRM_INVALID;
}

/* `by` of children and roll-ups: a reference from `entity` back to `e`. */
static crm_status check_by(const struct draft *d, const struct draft_entity *e,
                           const struct schema_field_definition *f, struct err *err) {
    if (f->entity.len == 0) return missing(f, "the name of an entity", err);
    if (f->by.len == 0) return missing(f, "`by`, a reference field of that entity", err);
    const struct draft_entity *other = draft_find(d, f->entity);
    if (!other) return draft_unknown_entity(d, f->entity, &f->origin, err);
    const struct draft_field *by = draft_field_find(other, f->by);
    if (!by) return draft_unknown_field(other, f->by, &f->origin, err);
    if (by->def.type == SCHEMA_FIELD_REF && str_eq(by->def.entity, e->def->name)) return CRM_OK;
    if (by->def.type == SCHEMA_FIELD_REF_ANY && f->type == SCHEMA_FIELD_ROLLUP) return CRM_OK;
    const struct str args[] = {e->def->name, other->def->name, f->by,
                               str_from(schema_field_type_word(by->def.type))};
    err_set_args(err, CRM_INVALID, &schema_not_a_reference, args, 4);
    schema_err_at(err, &f->origin);
    return CRM_INVALID;
}

/* `key` of `f` names a field of this type. */
static crm_status check_names(const struct draft_entity *e, const struct schema_field_definition *f,
                              struct str key, struct str name, enum schema_field_type type,
                              struct err *err) {
    if (name.len == 0) return CRM_OK;
    const struct draft_field *on = draft_field_find(e, name);
    if (!on) return draft_unknown_field(e, name, &f->origin, err);
    if (on->def.type == type) return CRM_OK;
    const struct str args[] = {key, f->name, str_from(schema_field_type_word(type)), name,
                               str_from(schema_field_type_word(on->def.type))};
    err_set_args(err, CRM_INVALID, &schema_field_type_of, args, 5);
    schema_err_at(err, &f->origin);
    return CRM_INVALID;
}

static crm_status check_money(const struct draft_entity *e, const struct schema_field_definition *f,
                              struct err *err) {
    crm_status status = check_names(e, f, STR("rate_on"), f->rate_on, SCHEMA_FIELD_DATE, err);
    if (status != CRM_OK) return status;
    return check_names(e, f, STR("total_of"), f->total_of, SCHEMA_FIELD_ROLLUP, err);
}

static crm_status check_max(const struct schema_field_definition *f, struct err *err) {
    int32_t limit =
        f->type == SCHEMA_FIELD_LONG_TEXT || f->type == SCHEMA_FIELD_JSON ? 100000 : 10000;
    if (f->max_length >= 0 && f->max_length <= limit) return CRM_OK;
    const struct str args[] = {STR("max"), f->name, STR("1"),
                               limit == 10000 ? STR("10000") : STR("100000")};
    err_set_args(err, CRM_INVALID, &schema_value_range, args, 4);
    schema_err_at(err, &f->origin);
    return CRM_INVALID;
}

static bool can_be_attribute(enum schema_field_type type) {
    switch (type) {
    case SCHEMA_FIELD_TEXT:
    case SCHEMA_FIELD_INTEGER:
    case SCHEMA_FIELD_DECIMAL:
    case SCHEMA_FIELD_BOOLEAN:
    case SCHEMA_FIELD_DATE:
    case SCHEMA_FIELD_TIME:
    case SCHEMA_FIELD_CHOICE:
    case SCHEMA_FIELD_REF:
        return true;
    default:
        return false;
    }
}

static crm_status check_field(const struct draft *d, const struct draft_entity *e,
                              const struct schema_field_definition *f, struct err *err);

static crm_status check_links(const struct draft *d, const struct draft_entity *e,
                              const struct schema_field_definition *f, struct err *err) {
    if (f->entity.len == 0) return missing(f, "the name of an entity", err);
    if (!draft_find(d, f->entity)) return draft_unknown_entity(d, f->entity, &f->origin, err);
    for (size_t i = 0; i < f->attribute_count; i++) {
        const struct schema_field_definition *attribute = &f->attributes[i];
        if (!can_be_attribute(attribute->type)) {
            const struct str args[] = {STR("links"),
                                       str_from(schema_field_type_word(attribute->type))};
            err_set_args(err, CRM_INVALID, &schema_not_for_type, args, 2);
            schema_err_at(err, &attribute->origin);
            return CRM_INVALID;
        }
        crm_status status = check_field(d, e, attribute, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

static crm_status check_field(const struct draft *d, const struct draft_entity *e,
                              const struct schema_field_definition *f, struct err *err) {
    switch (f->type) {
    case SCHEMA_FIELD_REF:
        if (f->entity.len == 0) return missing(f, "the name of an entity", err);
        return draft_find(d, f->entity) ? CRM_OK
                                        : draft_unknown_entity(d, f->entity, &f->origin, err);
    case SCHEMA_FIELD_FILE:
        return draft_find(d, STR("file")) ? CRM_OK
                                          : draft_unknown_entity(d, STR("file"), &f->origin, err);
    case SCHEMA_FIELD_LINKS:
        return check_links(d, e, f, err);
    case SCHEMA_FIELD_CHILDREN:
        return check_by(d, e, f, err);
    case SCHEMA_FIELD_ROLLUP:
        return f->formula.len == 0 ? missing(f, "`value`, a measure", err) : check_by(d, e, f, err);
    case SCHEMA_FIELD_FORMULA:
        return f->formula.len == 0 ? missing(f, "an expression", err) : CRM_OK;
    case SCHEMA_FIELD_CHOICE:
    case SCHEMA_FIELD_CHOICES:
        return check_directory(d, f, err);
    case SCHEMA_FIELD_MONEY:
        return check_money(e, f, err);
    case SCHEMA_FIELD_SERIES:
        return f->series.len == 0 ? missing(f, "the name of a number series", err) : CRM_OK;
    default:
        return check_max(f, err);
    }
}

static crm_status check_title(const struct draft_entity *e, struct err *err) {
    if (e->def->title.len == 0) return CRM_OK;
    const struct draft_field *f = draft_field_find(e, e->def->title);
    if (!f) return draft_unknown_field(e, e->def->title, &e->def->origin, err);
    if (schema_field_value_type(f->def.type) == VALUE_TEXT || f->def.type == SCHEMA_FIELD_FORMULA)
        return CRM_OK;
    const struct str args[] = {STR("title"), e->def->name, STR("text"), e->def->title,
                               str_from(schema_field_type_word(f->def.type))};
    err_set_args(err, CRM_INVALID, &schema_field_type_of, args, 5);
    schema_err_at(err, &e->def->origin);
    return CRM_INVALID;
}

static crm_status check_timeline(const struct draft_entity *e, struct err *err) {
    for (size_t i = 0; i < e->def->timeline_by_count; i++) {
        struct str name = e->def->timeline_by[i];
        const struct draft_field *f = draft_field_find(e, name);
        if (!f) return draft_unknown_field(e, name, &e->def->origin, err);
        if (f->def.type == SCHEMA_FIELD_REF || f->def.type == SCHEMA_FIELD_REF_ANY ||
            f->def.type == SCHEMA_FIELD_LINKS)
            continue;
        const struct str args[] = {STR("timeline"), e->def->name, STR("ref, ref_any, links"), name,
                                   str_from(schema_field_type_word(f->def.type))};
        err_set_args(err, CRM_INVALID, &schema_field_type_of, args, 5);
        schema_err_at(err, &e->def->origin);
        return CRM_INVALID;
    }
    return CRM_OK;
}

static crm_status check_entity(const struct draft *d, const struct draft_entity *e,
                               struct err *err) {
    crm_status status = check_title(e, err);
    if (status == CRM_OK) status = check_timeline(e, err);
    if (status == CRM_OK) status = draft_check_duplicates(e, err);
    for (size_t i = 0; status == CRM_OK && i < e->field_count; i++)
        if (!e->fields[i].standard) status = check_field(d, e, &e->fields[i].def, err);
    for (size_t i = 0; status == CRM_OK && i < e->rule_count; i++) {
        const struct schema_rule_definition *rule = &e->rules[i];
        if (rule->refuse.len && !draft_field_find(e, rule->refuse))
            status = draft_unknown_field(e, rule->refuse, &rule->origin, err);
    }
    if (status != CRM_OK) err_at_entity(err, e->def->name);
    return status;
}

static crm_status twice(const struct draft *d, const char *what, struct str name,
                        const struct schema_origin *first, const struct schema_origin *second,
                        struct err *err) {
    const struct str args[] = {str_from(what), name, draft_place(d->arena, first)};
    err_set_args(err, CRM_INVALID, &schema_twice, args, 3);
    schema_err_at(err, second);
    return CRM_INVALID;
}

const struct draft_field *draft_item_field(const struct draft *d, struct str directory,
                                           struct str name) {
    const struct draft_entity *items = draft_find(d, STR("directory_item"));
    struct str own = arena_printf(d->arena, "%.*s_%.*s", STR_ARG(directory), STR_ARG(name));
    const struct draft_field *f = items && own.ptr ? draft_field_find(items, own) : NULL;
    if (items && !f) f = draft_field_find(items, name);
    return f && !f->standard && !str_is(f->def.origin.owner, "kernel") ? f : NULL;
}

/* What the field must be given, NULL: it fits. */
static const char *misfit(const struct schema_field_definition *f,
                          const struct schema_item_value *v) {
    int64_t n = 0;
    bool is_text = v->type == VALUE_TEXT;
    switch (f->type) {
    case SCHEMA_FIELD_TEXT:
    case SCHEMA_FIELD_LONG_TEXT:
        return is_text && (!f->max_length || utf8_length(v->text) <= (size_t)f->max_length)
                   ? NULL
                   : "text within its length";
    case SCHEMA_FIELD_INTEGER:
        return v->type == VALUE_INT ? NULL : "a whole number";
    case SCHEMA_FIELD_DECIMAL:
        return !is_text && v->type != VALUE_BOOL       ? NULL
               : is_text && decimal_parse(v->text, &n) ? NULL
                                                       : "a number";
    case SCHEMA_FIELD_BOOLEAN:
        return v->type == VALUE_BOOL ? NULL : "true or false";
    case SCHEMA_FIELD_DATE:
        return is_text && date_parse(v->text, &n) ? NULL : "a date such as \"2026-11-21\"";
    case SCHEMA_FIELD_TIME:
        return is_text && time_parse(v->text, &n) ? NULL
                                                  : "a time such as \"2026-11-21T10:00:00Z\"";
    default:
        return "left out: it is a value for records";
    }
}

static crm_status check_item(const struct draft *d, const struct schema_directory_definition *of,
                             const struct schema_directory_item *item, struct err *err) {
    for (size_t i = 0; i < item->value_count; i++) {
        const struct schema_item_value *v = &item->values[i];
        const struct draft_field *f = draft_item_field(d, of->name, v->name);
        const char *wanted = f ? misfit(&f->def, v) : NULL;
        if (f && !wanted) continue;
        struct str subject =
            arena_printf(d->arena, "%.*s/%.*s", STR_ARG(of->name), STR_ARG(item->code));
        const struct str unknown[] = {v->name, subject, STR("code, was, label, color, active")};
        const struct str wrong[] = {v->name, subject, str_from(wanted ? wanted : ""), v->text};
        err_set_args(err, CRM_INVALID, f ? &schema_value_kind : &schema_unknown_key,
                     f ? wrong : unknown, f ? 4 : 3);
        schema_err_at(err, &of->origin);
        return CRM_INVALID;
    }
    return CRM_OK;
}

static crm_status check_directories(const struct draft *d, struct err *err) {
    const struct schema_directory_definition *all = d->definitions->directories;
    for (size_t i = 0; i < d->definitions->directory_count; i++) {
        crm_status status = schema_name_check(all[i].name, err);
        if (status != CRM_OK) {
            schema_err_at(err, &all[i].origin);
            return status;
        }
        for (size_t k = 0; k < i; k++)
            if (str_eq(all[i].name, all[k].name))
                return twice(d, "directory", all[i].name, &all[k].origin, &all[i].origin, err);
        for (size_t k = 0; k < all[i].item_count; k++)
            for (size_t j = 0; j < k; j++)
                if (str_eq(all[i].items[k].code, all[i].items[j].code))
                    return twice(d, "item", all[i].items[k].code, &all[i].origin, &all[i].origin,
                                 err);
        for (size_t k = 0; status == CRM_OK && k < all[i].item_count; k++)
            status = check_item(d, &all[i], &all[i].items[k], err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

static crm_status check_pipelines(const struct draft *d, struct err *err) {
    const struct schema_pipeline_definition *all = d->definitions->pipelines;
    for (size_t i = 0; i < d->definitions->pipeline_count; i++) {
        const struct draft_entity *e = draft_find(d, all[i].entity);
        if (!e) return draft_unknown_entity(d, all[i].entity, &all[i].origin, err);
        if (!e->def->pipeline) {
            const struct str args[] = {all[i].entity};
            err_set_args(err, CRM_INVALID, &schema_no_pipeline, args, 1);
            schema_err_at(err, &all[i].origin);
            return CRM_INVALID;
        }
        for (size_t k = 0; k < i; k++)
            if (str_eq(all[i].entity, all[k].entity) && str_eq(all[i].name, all[k].name))
                return twice(d, "pipeline", all[i].name, &all[k].origin, &all[i].origin, err);
    }
    return CRM_OK;
}

crm_status draft_check(const struct draft *d, struct err *err) {
    crm_status status = check_directories(d, err);
    if (status == CRM_OK) status = check_pipelines(d, err);
    for (size_t i = 0; status == CRM_OK && i < d->entity_count; i++)
        status = check_entity(d, &d->entities[i], err);
    return status;
}
