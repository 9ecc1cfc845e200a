/* Types of the OpenAPI document: one object an entity as it is read, one as it is written, one
 * page. */
#include <stdio.h>

#include "http/openapi.h"

static void put_key_text(struct json_writer *w, const char *key, struct str text) {
    json_key_lit(w, key);
    json_text(w, text);
}

/* JSON Schema of a single value of a type. */
static struct str value_schema(enum value_type type) {
    switch (type) {
    case VALUE_BOOL:
        return STR("{\"type\":[\"boolean\",\"null\"]}");
    case VALUE_INT:
        return STR("{\"type\":[\"integer\",\"null\"],\"format\":\"int64\"}");
    case VALUE_DECIMAL:
        return STR("{\"type\":[\"string\",\"null\"],\"format\":\"decimal\"}");
    case VALUE_MONEY:
        return STR("{\"oneOf\":[{\"$ref\":\"#/components/schemas/money\"},{\"type\":\"null\"}]}");
    case VALUE_DATE:
        return STR("{\"type\":[\"string\",\"null\"],\"format\":\"date\"}");
    case VALUE_TIME:
        return STR("{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}");
    case VALUE_ID:
        return STR(
            "{\"oneOf\":[{\"$ref\":\"#/components/schemas/reference\"},{\"type\":\"null\"}]}");
    case VALUE_TEXT:
        return STR("{\"type\":[\"string\",\"null\"]}");
    case VALUE_NIL:
    case VALUE_LIST:
    case VALUE_TYPE_COUNT:
        break;
    }
    return STR("{}");
}

static void put_items(struct json_writer *w, struct str items) {
    json_object_open(w);
    put_key_text(w, "type", STR("array"));
    json_key_lit(w, "items");
    json_raw(w, items);
    json_object_shut(w);
}

static void put_children(struct json_writer *w, const struct schema *schema,
                         const struct schema_field *f, const char *suffix) {
    const struct schema_entity *child = schema_entity_by_id(schema, f->ref_entity);
    char items[160];
    snprintf(items, sizeof items, "{\"$ref\":\"#/components/schemas/%.*s%s\"}",
             STR_ARG(child ? child->name : STR("reference")), suffix);
    put_items(w, str_from(items));
}

static void put_field_schema(struct json_writer *w, const struct schema *schema,
                             const struct schema_field *f, bool input) {
    switch (f->type) {
    case SCHEMA_FIELD_LABELLED:
        put_items(w, STR("{\"$ref\":\"#/components/schemas/labelled\"}"));
        return;
    case SCHEMA_FIELD_LINKS:
        put_items(w, input ? STR("{\"$ref\":\"#/components/schemas/reference_input\"}")
                           : STR("{\"$ref\":\"#/components/schemas/reference\"}"));
        return;
    case SCHEMA_FIELD_CHOICES:
        put_items(w, STR("{\"type\":\"string\"}"));
        return;
    case SCHEMA_FIELD_CHILDREN:
        put_children(w, schema, f, input ? "_input" : "");
        return;
    case SCHEMA_FIELD_JSON:
        json_raw(w, STR("{}"));
        return;
    case SCHEMA_FIELD_REF:
    case SCHEMA_FIELD_REF_ANY:
    case SCHEMA_FIELD_FILE:
        if (f->standard && f->id == SCHEMA_STD_ID) {
            json_raw(w, STR("{\"type\":\"string\"}"));
        } else if (input) {
            json_raw(w, STR("{\"$ref\":\"#/components/schemas/reference_input\"}"));
        } else {
            json_raw(w, value_schema(VALUE_ID));
        }
        return;
    default:
        json_raw(w, value_schema(f->value_type.type ? f->value_type.type
                                                    : schema_field_value_type(f->type)));
        return;
    }
}

static bool is_written(const struct access *access, const struct schema_entity *e,
                       const struct schema_field *f) {
    return !f->read_only && f->type != SCHEMA_FIELD_FORMULA && f->type != SCHEMA_FIELD_ROLLUP &&
           f->type != SCHEMA_FIELD_SERIES && access_field_writable(access, e, f);
}

static void put_properties(struct json_writer *w, const struct access *access,
                           const struct schema_entity *e, bool input) {
    json_key_lit(w, "properties");
    json_object_open(w);
    for (size_t i = 0; i < e->field_count; i++) {
        const struct schema_field *f = &e->fields[i];
        if (!access_field_visible(access, e, f) || (input && !is_written(access, e, f))) continue;
        json_key(w, f->name);
        put_field_schema(w, access->schema, f, input);
    }
    json_object_shut(w);
}

static void put_required(struct json_writer *w, const struct access *access,
                         const struct schema_entity *e) {
    bool any = false;
    for (size_t i = 0; i < e->field_count; i++) {
        const struct schema_field *f = &e->fields[i];
        if (!f->required || !access_field_visible(access, e, f) || !is_written(access, e, f))
            continue;
        if (!any) {
            json_key_lit(w, "required");
            json_array_open(w);
        }
        any = true;
        json_text(w, f->name);
    }
    if (any) json_array_shut(w);
}

static void put_entity(struct json_writer *w, const struct access *access,
                       const struct schema_entity *e, enum language language) {
    char name[ERR_NAME_BYTES * 2];
    json_key(w, e->name);
    json_object_open(w);
    put_key_text(w, "type", STR("object"));
    put_key_text(w, "title", schema_label_get(&e->label, language, e->name));
    put_properties(w, access, e, false);
    json_object_shut(w);
    for (int patch = 0; patch < 2; patch++) {
        snprintf(name, sizeof name, "%.*s_%s", STR_ARG(e->name), patch ? "patch" : "input");
        json_key_lit(w, name);
        json_object_open(w);
        put_key_text(w, "type", STR("object"));
        put_properties(w, access, e, true);
        if (!patch) put_required(w, access, e);
        json_key_lit(w, "additionalProperties");
        json_bool(w, false);
        json_object_shut(w);
    }
    snprintf(name, sizeof name, "%.*s_page", STR_ARG(e->name));
    json_key_lit(w, name);
    json_object_open(w);
    put_key_text(w, "type", STR("object"));
    json_key_lit(w, "properties");
    json_object_open(w);
    json_key_lit(w, "records");
    json_object_open(w);
    put_key_text(w, "type", STR("array"));
    json_key_lit(w, "items");
    json_object_open(w);
    snprintf(name, sizeof name, "#/components/schemas/%.*s", STR_ARG(e->name));
    put_key_text(w, "$ref", str_from(name));
    json_object_shut(w);
    json_object_shut(w);
    json_key_lit(w, "next");
    json_raw(w, STR("{\"type\":[\"string\",\"null\"]}"));
    json_key_lit(w, "total");
    json_raw(w, STR("{\"type\":\"object\",\"properties\":{\"value\":{\"type\":\"integer\"},"
                    "\"exact\":{\"type\":\"boolean\"}}}"));
    json_object_shut(w);
    json_object_shut(w);
}

void http_openapi_entities(const struct access *access, enum language language,
                           struct json_writer *w) {
    static const char *const common[][2] = {
        {"money", "{\"type\":\"object\",\"required\":[\"amount\",\"currency\"],\"properties\":{"
                  "\"amount\":{\"type\":\"string\"},\"currency\":{\"type\":\"string\"}}}"},
        {"reference",
         "{\"type\":\"object\",\"required\":[\"id\"],\"properties\":{\"id\":{\"type\":\"string\"},"
         "\"title\":{\"type\":[\"string\",\"null\"]},\"entity\":{\"type\":\"string\"}}}"},
        {"reference_input", "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"null\"},{\"type\":"
                            "\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"external_"
                            "id\":{\"type\":\"string\"},\"entity\":{\"type\":\"string\"}}}]}"},
        {"labelled",
         "{\"type\":\"object\",\"required\":[\"value\"],\"properties\":{\"value\":{\"type\":"
         "\"string\"},\"label\":{\"type\":[\"string\",\"null\"]},\"primary\":{\"type\":"
         "\"boolean\"}}}"},
        {"problem", "{\"type\":\"object\",\"properties\":{\"type\":{\"type\":\"string\"},\"title\":"
                    "{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":"
                    "\"string\"},\"code\":{\"type\":\"string\"},"
                    "\"field\":{\"type\":\"string\"},\"fields\":{\"type\":\"array\",\"items\":{"
                    "\"type\":\"object\"}},\"request_id\":{\"type\":\"string\"}}}"},
    };
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        json_key_lit(w, common[i][0]);
        json_raw(w, str_from(common[i][1]));
    }
    for (size_t i = 0; i < access->schema->entity_count; i++)
        if (access_entity_visible(access, &access->schema->entities[i]))
            put_entity(w, access, &access->schema->entities[i], language);
}
