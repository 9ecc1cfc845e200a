/* Declared actions. See action.h. */
#include "record/action.h"

#include "record/json_in.h"
#include "record/messages.h"
#include "record/meta.h"

enum { TEXT_MAX = 1000, LONG_TEXT_MAX = 100000 };

/* Types that a form has, by their constructor. */
static const struct {
    const char *word;
    enum schema_field_type type;
    enum value_type value;
} types[] = {
    {"text", SCHEMA_FIELD_TEXT, VALUE_TEXT},      {"long_text", SCHEMA_FIELD_LONG_TEXT, VALUE_TEXT},
    {"integer", SCHEMA_FIELD_INTEGER, VALUE_INT}, {"decimal", SCHEMA_FIELD_DECIMAL, VALUE_DECIMAL},
    {"money", SCHEMA_FIELD_MONEY, VALUE_MONEY},   {"boolean", SCHEMA_FIELD_BOOLEAN, VALUE_BOOL},
    {"date", SCHEMA_FIELD_DATE, VALUE_DATE},      {"time", SCHEMA_FIELD_TIME, VALUE_TIME},
    {"choice", SCHEMA_FIELD_CHOICE, VALUE_TEXT},  {"ref", SCHEMA_FIELD_REF, VALUE_ID}};

/* ---- which there are --------------------------------------------------------------------------
 */

static bool is_for_role(const struct access *access, const json_t *declared) {
    const json_t *roles = json_object_get(declared, "roles");
    if (!roles || access_is_admin(access)) return true;
    if (json_is_string(roles)) return str_eq(json_str(roles), access->actor.role);
    for (size_t i = 0; i < json_array_size(roles); i++)
        if (str_eq(json_str(json_array_get(roles, i)), access->actor.role)) return true;
    return false;
}

/* Whose condition rests on what is hidden from the caller does not exist for them. */
static bool is_for(struct record_view *v, const struct schema_entity *e, const json_t *declared) {
    const struct expr *where;
    struct err ignored;
    return is_for_role(v->access, declared) &&
           read_where_parse(v, e, json_str(json_object_get(declared, "when")), &where, &ignored) ==
               CRM_OK;
}

/* The name behind "ENTITY."; empty for an action of another entity. */
static struct str name_of(const struct schema_extra *x, const struct schema_entity *e) {
    if (!str_is(x->kind, "action") || x->name.len <= e->name.len + 1 ||
        !str_starts_with(x->name, e->name) || x->name.ptr[e->name.len] != '.')
        return STR_NONE;
    return str_make(x->name.ptr + e->name.len + 1, x->name.len - e->name.len - 1);
}

crm_status record_action_find(struct record_view *v, const struct schema_entity *e, struct str name,
                              struct record_action *ret, struct err *err) {
    const struct schema *s = v->access->schema;
    for (size_t i = 0; i < s->extra_count; i++) {
        const struct schema_extra *x = &s->extras[i];
        struct str own = name_of(x, e);
        json_t *declared = NULL;
        if (!own.len || !str_eq(own, name)) continue;
        crm_status status = json_parse(x->json, &json_limits_default, &declared, err);
        if (status != CRM_OK) return status;
        *ret = (struct record_action){own, json_str(json_object_get(declared, "when")), declared};
        if (is_for(v, e, declared)) return CRM_OK;
        record_action_fini(ret);
        break;
    }
    return err_set(err, CRM_NOT_FOUND, &record_not_found, NULL);
}

void record_action_fini(struct record_action *it) {
    json_decref(it->declared);
    it->declared = NULL;
}

/* ---- what the form takes ----------------------------------------------------------------------
 */

static bool field_of(struct record_view *v, struct str name, const json_t *declared,
                     struct schema_field *ret) {
    struct str word = json_str(json_object_get(declared, "type"));
    const struct schema_entity *to =
        schema_find(v->access->schema, json_str(json_object_get(declared, "entity")));
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!str_is(word, types[i].word)) continue;
        *ret = (struct schema_field){.name = name,
                                     .type = types[i].type,
                                     .value_type = {.type = types[i].value},
                                     .scale_places = -1};
        ret->max_length = ret->type == SCHEMA_FIELD_LONG_TEXT ? LONG_TEXT_MAX : TEXT_MAX;
        ret->directory = json_str(json_object_get(declared, "directory"));
        if (ret->type == SCHEMA_FIELD_REF) ret->ref_entity = to ? to->id : 0;
        ret->value_type.entity = ret->ref_entity;
        return ret->type != SCHEMA_FIELD_REF || to;
    }
    return false;
}

static bool is_empty(const json_t *value) {
    return !value || json_is_null(value) || (json_is_string(value) && !json_string_length(value));
}

/* One that the caller may read. */
static crm_status check_seen(struct record_view *v, const struct schema_field *f,
                             const struct value *value, struct err *err) {
    bool seen = false;
    const struct store_query q = {.access = v->access,
                                  .from = schema_entity_by_id(v->access->schema, f->ref_entity),
                                  .action = SCHEMA_ACTION_READ,
                                  .now_ms = v->now_ms};
    const struct str args[] = {f->name};
    crm_status status = store_matches(v->conn, &q, value->integer, &seen, err);
    if (status != CRM_OK || seen) return status;
    return err_set_args(err, CRM_REFUSED, &record_reference_not_found, args, 1);
}

static crm_status take_field(struct json_in *in, struct str name, const json_t *declared,
                             const json_t *value, struct err *err) {
    struct schema_field f = {.name = name};
    struct value taken = VALUE_OF_NIL;
    crm_status status = CRM_OK;
    bool required = json_is_true(json_object_get(declared, "required"));
    if (is_empty(value) && required)
        status = err_set(err, CRM_REFUSED, &record_required, NULL);
    else if (is_empty(value))
        return CRM_OK;
    else if (!field_of(in->view, name, declared, &f))
        status = err_set_args(err, CRM_REFUSED, &record_field_unknown, &name, 1);
    else
        status = json_in_value(in, &f, value, &taken, err);
    if (status == CRM_OK && f.type == SCHEMA_FIELD_REF)
        status = check_seen(in->view, &f, &taken, err);
    if (status != CRM_REFUSED && status != CRM_INVALID) return status;
    err_at_field(err, name);
    return json_in_note(in->view->arena, in->errors, err) ? CRM_OK : err_no_memory(err);
}

static crm_status take_form(struct json_in *in, const json_t *declared, const json_t *form,
                            struct err *err) {
    const char *key;
    json_t *it;
    crm_status status = CRM_OK;
    json_object_foreach((json_t *)(uintptr_t)form, key, it) {
        const struct str name = str_from(key);
        if (json_object_get(declared, key)) continue;
        err_set_args(err, CRM_REFUSED, &record_field_unknown, &name, 1);
        err_at_field(err, name);
        if (!json_in_note(in->view->arena, in->errors, err)) return err_no_memory(err);
    }
    json_object_foreach((json_t *)(uintptr_t)declared, key, it) {
        if (status == CRM_OK)
            status = take_field(in, str_from(key), it, json_object_get(form, key), err);
    }
    return status;
}

crm_status record_action_form(struct record_view *v, const struct record_action *it,
                              const json_t *form, struct err_list *errors, struct err *err) {
    struct changeset c; /* only for what values are put into */
    changeset_init(&c, v->arena, (struct schema *)(uintptr_t)v->access->schema, &v->access->actor);
    struct json_in in = {.view = v, .changeset = &c, .errors = errors};
    crm_status status = take_form(&in, json_object_get(it->declared, "form"), form, err);
    changeset_fini(&c);
    return status;
}

/* ---- in meta ----------------------------------------------------------------------------------
 */

/* A text, or { en, ru }. */
static struct str in_language(const json_t *label, enum language language, struct str fallback) {
    struct str text = json_str(label);
    if (!text.len) text = json_str(json_object_get(label, language_tag(language)));
    if (!text.len) text = json_str(json_object_get(label, language_tag(LANGUAGE_EN)));
    return text.len ? text : fallback;
}

static void put_form(struct json_writer *out, const json_t *form, enum language language) {
    const char *key;
    json_t *it;
    json_key_lit(out, "form");
    json_array_open(out);
    json_object_foreach((json_t *)(uintptr_t)form, key, it) {
        json_object_open(out);
        json_key_lit(out, "name");
        json_cstr(out, key);
        meta_text(out, "type", json_str(json_object_get(it, "type")));
        json_key_lit(out, "label");
        json_text(out, in_language(json_object_get(it, "label"), language, str_from(key)));
        meta_text(out, "help", in_language(json_object_get(it, "help"), language, STR_NONE));
        meta_flag(out, "required", json_is_true(json_object_get(it, "required")));
        meta_text(out, "directory", json_str(json_object_get(it, "directory")));
        meta_text(out, "ref", json_str(json_object_get(it, "entity")));
        json_object_shut(out);
    }
    json_array_shut(out);
}

static void put_action(struct json_writer *out, const json_t *declared, struct str name,
                       enum language language) {
    json_object_open(out);
    json_key_lit(out, "name");
    json_text(out, name);
    json_key_lit(out, "label");
    json_text(out, in_language(json_object_get(declared, "label"), language, name));
    meta_text(out, "help", in_language(json_object_get(declared, "help"), language, STR_NONE));
    meta_text(out, "icon", json_str(json_object_get(declared, "icon")));
    meta_text(out, "when", json_str(json_object_get(declared, "when")));
    put_form(out, json_object_get(declared, "form"), language);
    json_object_shut(out);
}

void record_action_put(struct record_view *v, struct json_writer *out,
                       const struct schema_entity *e) {
    const struct schema *s = v->access->schema;
    size_t count = 0;
    for (size_t i = 0; i < s->extra_count; i++) {
        struct str name = name_of(&s->extras[i], e);
        JSON_CLEANUP json_t *declared = NULL;
        struct err ignored;
        if (!name.len ||
            json_parse(s->extras[i].json, &json_limits_default, &declared, &ignored) != CRM_OK ||
            !is_for(v, e, declared))
            continue;
        if (count++ == 0) {
            json_key_lit(out, "actions");
            json_array_open(out);
        }
        put_action(out, declared, name, v->access->actor.language);
    }
    if (count) json_array_shut(out);
}
