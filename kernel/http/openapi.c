/* Paths of the OpenAPI document. Routes with {entity} appear once an entity, with its types. */
#include "http/openapi.h"

#include <stdio.h>

static void pair(struct json_writer *w, const char *key, const char *text) {
    json_key_lit(w, key);
    json_cstr(w, text);
}

static bool has_entity(const struct http_route_entry *e) {
    for (size_t i = 0; i < e->param_count; i++)
        if (str_is(e->params[i], "entity")) return true;
    return false;
}

/* The pattern with {entity} replaced and {rest*} named plainly. */
static void put_path(struct buf *out, const struct http_route_entry *e,
                     const struct schema_entity *entity) {
    struct str rest = str_from(e->route.pattern), segment;
    for (bool more = true, first = true; more; first = false) {
        more = str_split(&rest, '/', &segment);
        if (!first) buf_add_char(out, '/');
        if (entity && str_is(segment, "{entity}")) {
            buf_add_str(out, entity->name);
        } else if (str_ends_with(segment, STR("*}"))) {
            buf_add(out, segment.ptr, segment.len - 2);
            buf_add_char(out, '}');
        } else {
            buf_add_str(out, segment);
        }
    }
}

static void put_parameters(struct json_writer *w, const struct http_route_entry *e,
                           const struct schema_entity *entity) {
    json_key_lit(w, "parameters");
    json_array_open(w);
    for (size_t i = 0; i < e->param_count; i++) {
        if (entity && str_is(e->params[i], "entity")) continue;
        json_object_open(w);
        json_key_lit(w, "name");
        json_text(w, e->params[i]);
        pair(w, "in", "path");
        json_key_lit(w, "required");
        json_bool(w, true);
        json_key_lit(w, "schema");
        json_raw(w, STR("{\"type\":\"string\"}"));
        json_object_shut(w);
    }
    if (e->route.query_schema) { /* a JSON array of parameter objects, without its brackets */
        json_raw(w, str_from(e->route.query_schema));
    }
    json_array_shut(w);
}

static void put_reference(struct json_writer *w, const char *prefix, struct str name,
                          const char *suffix) {
    char text[160];
    snprintf(text, sizeof text, "%s%.*s%s", prefix, STR_ARG(name), suffix);
    json_object_open(w);
    pair(w, "$ref", text);
    json_object_shut(w);
}

/* The type of a body: the route's own, or the entity's record. */
static void put_content(struct json_writer *w, const char *type, const char *own,
                        const struct schema_entity *entity, const char *suffix) {
    json_key_lit(w, "content");
    json_object_open(w);
    json_key(w, str_from(type ? type : "application/json"));
    json_object_open(w);
    json_key_lit(w, "schema");
    if (type) {
        json_raw(w, STR("{\"type\":\"string\"}"));
    } else if (own) {
        json_raw(w, str_from(own));
    } else if (entity) {
        put_reference(w, "#/components/schemas/", entity->name, suffix);
    } else {
        json_raw(w, STR("{}"));
    }
    json_object_shut(w);
    json_object_shut(w);
}

static bool is_list(const struct http_route_entry *e) {
    return e->method == HTTP_METHOD_GET &&
           str_ends_with(str_from(e->route.pattern), STR("/{entity}"));
}

static void put_answers(struct json_writer *w, const struct http_route_entry *e,
                        const struct schema_entity *entity) {
    bool creates = e->method == HTTP_METHOD_POST &&
                   str_ends_with(str_from(e->route.pattern), STR("/{entity}"));
    bool empty = e->method == HTTP_METHOD_DELETE && !e->route.answer_schema;
    json_key_lit(w, "responses");
    json_object_open(w);
    const char *status = creates ? "201" : empty ? "204" : "200";
    json_key(w, str_from(e->route.answer_status ? e->route.answer_status : status));
    json_object_open(w);
    pair(w, "description", "Done");
    if (!empty)
        put_content(w, e->route.answer_type, e->route.answer_schema, entity,
                    is_list(e) ? "_page" : "");
    json_object_shut(w);
    for (int i = 0; i < 2; i++) {
        json_key(w, i ? STR("5XX") : STR("4XX"));
        json_raw(w, STR("{\"$ref\":\"#/components/responses/problem\"}"));
    }
    json_object_shut(w);
}

/* "patch_records_box_id": the method and the path, in one word. */
static void put_operation_id(struct json_writer *w, const char *method,
                             const struct http_route_entry *e, const struct schema_entity *entity) {
    struct buf path, word;
    buf_init(&path, 1024);
    buf_init(&word, 1024);
    put_path(&path, e, entity);
    struct str rest = buf_str(&path);
    if (str_starts_with(rest, STR("/api/v1/"))) rest = str_make(rest.ptr + 7, rest.len - 7);
    buf_add_cstr(&word, method);
    for (size_t i = 0; i < rest.len; i++) {
        char c = rest.ptr[i];
        if (c == '{' || c == '}') continue;
        buf_add_char(&word, c == '/' || c == '.' ? '_' : c);
    }
    json_key_lit(w, "operationId");
    json_text(w, buf_str(&word));
    buf_fini(&word);
    buf_fini(&path);
}

static void put_operation(struct json_writer *w, const struct http_route_entry *e,
                          const struct schema_entity *entity) {
    char method[8] = {0};
    for (size_t i = 0; i < sizeof method - 1 && e->route.method[i]; i++)
        method[i] = (char)(e->route.method[i] | 0x20);
    json_key_lit(w, method);
    json_object_open(w);
    put_operation_id(w, method, e, entity);
    if (e->route.summary) pair(w, "summary", e->route.summary);
    if (entity || e->route.tag) {
        json_key_lit(w, "tags");
        json_array_open(w);
        if (entity) json_text(w, entity->name);
        if (e->route.tag) json_cstr(w, e->route.tag);
        json_array_shut(w);
    }
    put_parameters(w, e, entity);
    bool writes = e->method == HTTP_METHOD_POST || e->method == HTTP_METHOD_PATCH ||
                  e->method == HTTP_METHOD_PUT;
    bool whole_record = str_ends_with(str_from(e->route.pattern), STR("/{entity}")) ||
                        str_ends_with(str_from(e->route.pattern), STR("/{entity}/{id}"));
    if (writes) {
        json_key_lit(w, "requestBody");
        json_object_open(w);
        put_content(w, e->route.body_type, e->route.body_schema, whole_record ? entity : NULL,
                    e->method == HTTP_METHOD_PATCH ? "_patch" : "_input");
        json_object_shut(w);
    }
    put_answers(w, e, whole_record ? entity : NULL);
    if (e->route.flags & HTTP_ROUTE_PUBLIC) {
        json_key_lit(w, "security");
        json_raw(w, STR("[]"));
    }
    json_object_shut(w);
}

/* All methods of one path under one key. */
static void put_paths(struct json_writer *w, const struct http_router *router, size_t first,
                      const struct schema_entity *entity) {
    struct buf path;
    const char *pattern = router->entries[first]->route.pattern;
    buf_init(&path, 1024);
    put_path(&path, router->entries[first], entity);
    json_key(w, buf_str(&path));
    buf_fini(&path);
    json_object_open(w);
    for (size_t i = first; i < router->count; i++)
        if (strcmp(router->entries[i]->route.pattern, pattern) == 0)
            put_operation(w, router->entries[i], entity);
    json_object_shut(w);
}

static bool is_first(const struct http_router *router, size_t at) {
    for (size_t i = 0; i < at; i++)
        if (strcmp(router->entries[i]->route.pattern, router->entries[at]->route.pattern) == 0)
            return false;
    return true;
}

static bool is_door(const struct http_route_entry *e) {
    struct str pattern = str_from(e->route.pattern);
    return str_starts_with(pattern, STR("/api/")) || (!e->has_rest && e->owner.len == 6);
}

static void put_all_paths(struct json_writer *w, const struct http_router *router,
                          const struct access *access) {
    json_key_lit(w, "paths");
    json_object_open(w);
    for (size_t i = 0; i < router->count; i++) {
        const struct http_route_entry *e = router->entries[i];
        if (!is_door(e) || !is_first(router, i)) continue;
        if (!has_entity(e)) {
            put_paths(w, router, i, NULL);
            continue;
        }
        for (size_t n = 0; n < access->schema->entity_count; n++)
            if (access_entity_visible(access, &access->schema->entities[n]))
                put_paths(w, router, i, &access->schema->entities[n]);
    }
    json_object_shut(w);
}

static bool is_first_of_tag(const struct http_router *router, size_t at) {
    for (size_t i = 0; i < at; i++)
        if (is_door(router->entries[i]) && router->entries[i]->route.tag &&
            strcmp(router->entries[i]->route.tag, router->entries[at]->route.tag) == 0)
            return false;
    return true;
}

static void put_tag(struct json_writer *w, struct str name, struct str description) {
    json_object_open(w);
    json_key_lit(w, "name");
    json_text(w, name);
    if (description.len) {
        json_key_lit(w, "description");
        json_text(w, description);
    }
    json_object_shut(w);
}

static void put_tags(struct json_writer *w, const struct http_router *router,
                     const struct access *access, enum language language) {
    json_key_lit(w, "tags");
    json_array_open(w);
    for (size_t i = 0; i < router->count; i++) {
        const struct http_route_entry *e = router->entries[i];
        if (is_door(e) && e->route.tag && is_first_of_tag(router, i) &&
            !schema_find(access->schema, str_from(e->route.tag)))
            put_tag(w, str_from(e->route.tag), STR_NONE);
    }
    for (size_t n = 0; n < access->schema->entity_count; n++) {
        const struct schema_entity *e = &access->schema->entities[n];
        if (access_entity_visible(access, e))
            put_tag(w, e->name, schema_label_get(&e->label_plural, language, e->name));
    }
    json_array_shut(w);
}

void http_openapi_write(const struct http_router *router, const struct access *access,
                        enum language language, struct json_writer *w) {
    json_object_open(w);
    pair(w, "openapi", "3.1.0");
    json_key_lit(w, "info");
    json_object_open(w);
    pair(w, "title", "Perigee");
    pair(w, "version", PERIGEE_VERSION);
    pair(w, "description", "Records, queries, history and events, as the caller may use them.");
    json_key_lit(w, "license");
    json_raw(w, STR("{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}"));
    json_object_shut(w);
    json_key_lit(w, "servers");
    json_raw(w, STR("[{\"url\":\"/\"}]"));
    json_key_lit(w, "security");
    json_raw(w, STR("[{\"token\":[]},{\"session\":[]}]"));
    put_tags(w, router, access, language);
    put_all_paths(w, router, access);
    json_key_lit(w, "components");
    json_object_open(w);
    json_key_lit(w, "securitySchemes");
    json_raw(w, STR("{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"},\"session\":{\"type\":"
                    "\"apiKey\",\"in\":\"cookie\",\"name\":\"perigee_session\"}}"));
    json_key_lit(w, "responses");
    json_raw(w, STR("{\"problem\":{\"description\":\"What went wrong (RFC "
                    "9457)\",\"content\":{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/"
                    "components/schemas/problem\"}}}}}"));
    json_key_lit(w, "schemas");
    json_object_open(w);
    http_openapi_entities(access, language, w);
    json_object_shut(w);
    json_object_shut(w);
    json_object_shut(w);
}
