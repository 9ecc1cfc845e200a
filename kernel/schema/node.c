/* Order, look-up and JSON of definition nodes. Threads: one at a time. */
#include "schema/node.h"

#include <stdlib.h>

static int compare_entries(const void *a, const void *b) {
    const struct schema_node_entry *x = a, *y = b;
    int64_t left = x->value.order ? x->value.order : INT64_MAX,
            right = y->value.order ? y->value.order : INT64_MAX;
    if (left != right) return left < right ? -1 : 1;
    return str_compare(x->key, y->key);
}

void schema_node_sort(struct schema_node *map) {
    if (map->kind == SCHEMA_NODE_MAP && map->map.count > 1)
        qsort(map->map.entries, map->map.count, sizeof *map->map.entries, compare_entries);
}

const struct schema_node *schema_node_find(const struct schema_node *map, struct str key) {
    for (size_t i = 0; map && map->kind == SCHEMA_NODE_MAP && i < map->map.count; i++)
        if (str_eq(map->map.entries[i].key, key)) return &map->map.entries[i].value;
    return NULL;
}

const struct schema_node *schema_node_get(const struct schema_node *map, const char *key) {
    return schema_node_find(map, str_from(key));
}

crm_status schema_node_without(struct arena *a, const struct schema_node *n, const char *key,
                               struct schema_node *ret, struct err *err) {
    *ret = *n;
    if (!schema_node_get(n, key)) return CRM_OK;
    struct schema_node_entry *entries = ARENA_ARRAY(a, n->map.count, struct schema_node_entry);
    if (!entries) return err_no_memory(err);
    ret->map.entries = entries;
    ret->map.count = 0;
    for (size_t i = 0; i < n->map.count; i++)
        if (!str_is(n->map.entries[i].key, key)) entries[ret->map.count++] = n->map.entries[i];
    return CRM_OK;
}

const char *schema_node_word(const struct schema_node *n) {
    static const char *const words[] = {"nothing", "true or false", "a whole number", "a number",
                                        "text",    "a list",        "a table"};
    return words[n->kind];
}

/* `ref "user"` is short for ref { entity = "user" }. */
static struct str key_of(const struct schema_node *map, struct str key) {
    static const struct {
        const char *constructor, *key;
    } shorts[] = {{"ref", "entity"},       {"links", "entity"},      {"children", "entity"},
                  {"choice", "directory"}, {"choices", "directory"}, {"formula", "formula"},
                  {"series", "series"}};
    for (size_t i = 0; key.len == 0 && i < sizeof shorts / sizeof *shorts; i++)
        if (str_is(map->tag, shorts[i].constructor)) return str_from(shorts[i].key);
    return key;
}

static void put_map(const struct schema_node *n, struct json_writer *out) {
    json_object_open(out);
    if (n->tag.len) {
        json_key_lit(out, "type");
        json_text(out, n->tag);
    }
    for (size_t i = 0; n->kind == SCHEMA_NODE_MAP && i < n->map.count; i++) {
        json_key(out, key_of(n, n->map.entries[i].key));
        schema_node_json(&n->map.entries[i].value, out);
    }
    json_object_shut(out);
}

void schema_node_json(const struct schema_node *n, struct json_writer *out) {
    switch (n->kind) {
    case SCHEMA_NODE_NIL:
        json_nil(out);
        break;
    case SCHEMA_NODE_BOOLEAN:
        json_bool(out, n->boolean);
        break;
    case SCHEMA_NODE_INTEGER:
        json_int64(out, n->integer);
        break;
    case SCHEMA_NODE_DECIMAL:
        json_fraction(out, n->integer);
        break;
    case SCHEMA_NODE_TEXT:
        json_text(out, n->text);
        break;
    case SCHEMA_NODE_LIST:
        json_array_open(out);
        for (size_t i = 0; i < n->list.count; i++)
            schema_node_json(&n->list.items[i], out);
        json_array_shut(out);
        break;
    case SCHEMA_NODE_MAP:
        put_map(n, out);
        break;
    }
}
