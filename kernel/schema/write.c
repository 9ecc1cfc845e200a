/* See write.h. The tables of keys that reading uses say what is written; only what has a form of
 * its own stands here by name. */
#include "schema/write.h"

#include <math.h>

#include "schema/messages.h"
#include "schema/read_keys.h"

enum { TEXT_MAX_BYTES = 1 << 20 };

/* ---- keys that have a form of their own ---------------------------------------------------------
 */
static void write_default(struct json_writer *w, const struct schema_field_definition *f) {
    if (f->default_kind == SCHEMA_DEFAULT_NONE) return;
    json_key_lit(w, "default");
    if (f->default_kind == SCHEMA_DEFAULT_EXPRESSION)
        json_text(w, f->default_text);
    else if (f->default_literal.type == VALUE_DECIMAL)
        json_fraction(w, f->default_literal.integer);
    else
        json_value_put(w, &f->default_literal);
}

static void write_timeline(struct json_writer *w, const struct schema_field_definition *f) {
    if (f->timeline == SCHEMA_TIMELINE_NONE) return;
    json_key_lit(w, "timeline");
    if (f->timeline == SCHEMA_TIMELINE_BOTH)
        json_bool(w, true);
    else
        json_cstr(w, f->timeline == SCHEMA_TIMELINE_SHOWS ? "shows" : "shown");
}

static void write_attributes(struct json_writer *w, const struct schema_field_definition *f) {
    if (f->attribute_count == 0) return;
    json_key_lit(w, "fields");
    json_object_open(w);
    for (size_t i = 0; i < f->attribute_count; i++) {
        json_key(w, f->attributes[i].name);
        schema_write_field(w, &f->attributes[i]);
    }
    json_object_shut(w);
}

static void write_own_form(struct json_writer *w, const struct schema_field_definition *f) {
    if (f->index != SCHEMA_INDEX_BY_TYPE) {
        json_key_lit(w, "index");
        json_bool(w, f->index == SCHEMA_INDEX_YES);
    }
    if (f->viewer) {
        json_key_lit(w, "scope");
        json_cstr(w, "viewer");
    }
    if (f->places) {
        json_key_lit(w, "places");
        json_int64(w, f->places - 1);
    }
    write_default(w, f);
    write_timeline(w, f);
    write_attributes(w, f);
}

/* ---- by the tables ------------------------------------------------------------------------------
 */
static void write_label(struct json_writer *w, const char *key, const struct schema_label *l) {
    bool any = false;
    for (int i = 0; i < LANGUAGE_COUNT; i++)
        any |= l->text[i].len > 0;
    if (!any) return;
    json_key_lit(w, key);
    json_object_open(w);
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        if (l->text[i].len == 0) continue;
        json_key_lit(w, language_tag((enum language)i));
        json_text(w, l->text[i]);
    }
    json_object_shut(w);
}

static void write_text(struct json_writer *w, const char *key, struct str s) {
    if (s.len == 0) return;
    json_key_lit(w, key);
    json_text(w, s);
}

static void write_flag(struct json_writer *w, const struct read_key *key, bool value) {
    if (!value) return;
    json_key_lit(w, key->name);
    json_bool(w, key->kind == READ_BOOLEAN);
}

static void write_number(struct json_writer *w, const struct read_key *key, int32_t value) {
    if (value == 0) return;
    json_key_lit(w, key->name);
    if (key->kind == READ_WORD)
        json_cstr(w, key->words[value]);
    else
        json_int64(w, value);
}

static void write_key(struct json_writer *w, const struct read_key *key, const void *from) {
    const char *at = (const char *)from + key->offset;
    switch (key->kind) {
    case READ_TEXT:
        write_text(w, key->name, *(const struct str *)(const void *)at);
        break;
    case READ_BOOLEAN:
    case READ_NOT:
        write_flag(w, key, *(const bool *)(const void *)at);
        break;
    case READ_INTEGER:
    case READ_WORD:
        write_number(w, key, *(const int32_t *)(const void *)at);
        break;
    case READ_LABEL:
        write_label(w, key->name, (const struct schema_label *)(const void *)at);
        break;
    case READ_NAMES:
    case READ_CUSTOM:
        break;
    }
}

/* `type_bit` 0: not a field. Keys that share a member are told apart by the type. */
static void write_keys(struct json_writer *w, const struct read_key *keys, size_t count,
                       uint32_t type_bit, const void *from) {
    for (size_t i = 0; i < count; i++)
        if (!type_bit || !keys[i].types || (keys[i].types & type_bit)) write_key(w, &keys[i], from);
}

static const char *constructor_word(const struct schema_field_definition *f) {
    static const char *const lists[] = {"labelled", "emails", "phones", "addresses", "messengers"};
    return f->type == SCHEMA_FIELD_LABELLED ? lists[f->labelled] : schema_field_type_word(f->type);
}

void schema_write_field(struct json_writer *w, const struct schema_field_definition *f) {
    size_t count;
    const struct read_key *keys = read_field_keys(&count);
    json_object_open(w);
    json_key_lit(w, "type");
    json_cstr(w, constructor_word(f));
    write_keys(w, keys, count, UINT32_C(1) << f->type, f);
    write_own_form(w, f);
    json_object_shut(w);
}

static void write_facility(struct json_writer *w, const struct schema_entity_definition *e) {
    if (!e->pipeline) return;
    json_key_lit(w, "pipeline");
    if (!e->pipeline_closed.len && !e->pipeline_since.len && !e->pipeline_probability.len) {
        json_bool(w, true);
        return;
    }
    json_object_open(w);
    write_text(w, "closed", e->pipeline_closed);
    write_text(w, "since", e->pipeline_since);
    write_text(w, "probability", e->pipeline_probability);
    json_object_shut(w);
}

static void write_timeline_of(struct json_writer *w, const struct schema_entity_definition *e) {
    if (e->timeline_by_count == 0) return;
    json_key_lit(w, "timeline");
    json_object_open(w);
    json_key_lit(w, "by");
    json_array_open(w);
    for (size_t i = 0; i < e->timeline_by_count; i++)
        json_text(w, e->timeline_by[i]);
    json_array_shut(w);
    write_text(w, "at", e->timeline_at);
    json_object_shut(w);
}

static void write_names(struct json_writer *w, const char *key, const struct str *names,
                        size_t count) {
    if (count == 0) return;
    json_key_lit(w, key);
    json_array_open(w);
    for (size_t i = 0; i < count; i++)
        json_text(w, names[i]);
    json_array_shut(w);
}

static void write_duplicates(struct json_writer *w, const struct schema_entity_definition *e) {
    size_t count;
    const struct read_key *keys = read_duplicate_keys(&count);
    if (!e->says_duplicates) return;
    json_key_lit(w, "duplicates");
    json_array_open(w);
    for (size_t i = 0; i < e->duplicate_count; i++) {
        const struct schema_duplicate_definition *it = &e->duplicates[i];
        json_object_open(w);
        write_names(w, "fields", it->fields, it->field_count);
        write_keys(w, keys, count, 0, it);
        write_names(w, "ignore", it->ignore, it->ignore_count);
        json_object_shut(w);
    }
    json_array_shut(w);
}

static void write_rules(struct json_writer *w, const struct schema_entity_definition *e) {
    size_t count;
    const struct read_key *keys = read_rule_keys(&count);
    if (e->rule_count == 0) return;
    json_key_lit(w, "rules");
    json_array_open(w);
    for (size_t i = 0; i < e->rule_count; i++) {
        json_object_open(w);
        write_keys(w, keys, count, 0, &e->rules[i]);
        json_object_shut(w);
    }
    json_array_shut(w);
}

void schema_write_entity(struct json_writer *w, const struct schema_entity_definition *e) {
    size_t count;
    const struct read_key *keys = read_entity_keys(&count);
    json_object_open(w);
    write_keys(w, keys, count, 0, e);
    if (e->substring_search) {
        json_key_lit(w, "search");
        json_cstr(w, "substring");
    }
    write_facility(w, e);
    write_timeline_of(w, e);
    write_rules(w, e);
    write_duplicates(w, e);
    json_object_shut(w);
}

struct str schema_field_text(struct arena *a, const struct schema_field_definition *f) {
    BUF_CLEANUP struct buf text;
    struct json_writer w;
    buf_init(&text, TEXT_MAX_BYTES);
    json_writer_init(&w, &text);
    schema_write_field(&w, f);
    return text.status == CRM_OK ? arena_str(a, buf_str(&text)) : STR_NONE;
}

struct str schema_entity_text(struct arena *a, const struct schema_entity_definition *e) {
    BUF_CLEANUP struct buf text;
    struct json_writer w;
    buf_init(&text, TEXT_MAX_BYTES);
    json_writer_init(&w, &text);
    schema_write_entity(&w, e);
    return text.status == CRM_OK ? arena_str(a, buf_str(&text)) : STR_NONE;
}

/* ---- reading back -------------------------------------------------------------------------------
 */
static crm_status node_items(struct arena *a, const json_t *json, int depth,
                             struct schema_node *ret, struct err *err);

static crm_status node_from(struct arena *a, const json_t *json, int depth, struct schema_node *ret,
                            struct err *err) {
    *ret = (struct schema_node){.kind = SCHEMA_NODE_NIL};
    switch (json_typeof(json)) {
    case JSON_TRUE:
    case JSON_FALSE:
        ret->kind = SCHEMA_NODE_BOOLEAN;
        ret->boolean = json_is_true(json);
        return CRM_OK;
    case JSON_INTEGER:
        ret->kind = SCHEMA_NODE_INTEGER;
        ret->integer = json_integer_value(json);
        return CRM_OK;
    case JSON_REAL:
        ret->kind = SCHEMA_NODE_DECIMAL;
        ret->integer = llround(json_real_value(json) * 1e6);
        return CRM_OK;
    case JSON_STRING:
        ret->kind = SCHEMA_NODE_TEXT;
        ret->text = arena_str(a, json_str(json));
        return ret->text.ptr || json_str(json).len == 0 ? CRM_OK : err_no_memory(err);
    case JSON_ARRAY:
    case JSON_OBJECT:
        return node_items(a, json, depth, ret, err);
    case JSON_NULL:
        break;
    }
    return CRM_OK;
}

static crm_status node_list(struct arena *a, const json_t *json, int depth, struct schema_node *ret,
                            struct err *err) {
    size_t count = json_array_size(json);
    struct schema_node *items = ARENA_ARRAY(a, count + 1, struct schema_node);
    if (!items) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        crm_status status = node_from(a, json_array_get(json, i), depth + 1, &items[i], err);
        if (status != CRM_OK) return status;
    }
    ret->kind = SCHEMA_NODE_LIST;
    ret->list.items = items;
    ret->list.count = count;
    return CRM_OK;
}

static crm_status node_items(struct arena *a, const json_t *json, int depth,
                             struct schema_node *ret, struct err *err) {
    if (depth >= SCHEMA_NODE_DEPTH) return err_set(err, CRM_INVALID, &schema_too_deep, NULL);
    if (json_is_array(json)) return node_list(a, json, depth, ret, err);
    size_t count = json_object_size(json), at = 0;
    struct schema_node_entry *entries = ARENA_ARRAY(a, count + 1, struct schema_node_entry);
    if (!entries) return err_no_memory(err);
    json_t *object = (json_t *)(uintptr_t)json; /* iterating does not change it */
    for (void *it = json_object_iter(object); it; it = json_object_iter_next(object, it)) {
        entries[at].key = arena_str(a, str_from(json_object_iter_key(it)));
        crm_status status = entries[at].key.ptr ? node_from(a, json_object_iter_value(it),
                                                            depth + 1, &entries[at].value, err)
                                                : err_no_memory(err);
        if (status != CRM_OK) return status;
        at++;
    }
    ret->kind = SCHEMA_NODE_MAP;
    ret->map.entries = entries;
    ret->map.count = count;
    return CRM_OK;
}

crm_status schema_node_from_json(struct arena *a, const json_t *json, struct schema_node *ret,
                                 struct err *err) {
    return node_from(a, json, 0, ret, err);
}

crm_status schema_node_parse(struct arena *a, struct str text, struct schema_node *ret,
                             struct err *err) {
    JSON_CLEANUP json_t *json = NULL;
    crm_status status = json_parse(text, &json_limits_default, &json, err);
    return status == CRM_OK ? schema_node_from_json(a, json, ret, err) : status;
}

crm_status schema_field_from_text(struct arena *a, const struct schema_origin *origin,
                                  struct str name, struct str text,
                                  struct schema_field_definition *ret, struct err *err) {
    struct schema_node n;
    crm_status status = schema_node_parse(a, text, &n, err);
    const struct reader r = {.arena = a, .origin = origin, .subject = name, .node = &n};
    return status == CRM_OK ? read_field(&r, name, &n, ret, err) : status;
}

crm_status schema_entity_from_text(struct arena *a, const struct schema_origin *origin,
                                   struct str name, struct str text,
                                   struct schema_entity_definition *ret, struct err *err) {
    struct schema_node n;
    crm_status status = schema_node_parse(a, text, &n, err);
    const struct reader r = {.arena = a, .origin = origin, .subject = name, .node = &n};
    struct schema_entity_definition e = {.origin = *origin, .name = name};
    if (status == CRM_OK) status = read_entity_map(&r, &e, err);
    if (status == CRM_OK) *ret = e;
    return status;
}
