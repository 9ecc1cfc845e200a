/* A piece of a definition as it was written - Lua table or JSON object - before anyone knows what
 * it means: scalars, lists and maps with the line they stand on. schema/read.h gives it meaning.
 *
 * Lives in the collection's arena. Threads: one at a time. */
#ifndef SCHEMA_NODE_H
#define SCHEMA_NODE_H

#include "base/arena.h"
#include "base/json.h"

enum schema_node_kind {
    SCHEMA_NODE_NIL,
    SCHEMA_NODE_BOOLEAN,
    SCHEMA_NODE_INTEGER,
    SCHEMA_NODE_DECIMAL, /* six places */
    SCHEMA_NODE_TEXT,
    SCHEMA_NODE_LIST,
    SCHEMA_NODE_MAP
};

enum { SCHEMA_NODE_DEPTH = 16, SCHEMA_NODE_ITEMS_MAX = 20000 };

struct schema_node_entry;

struct schema_node {
    enum schema_node_kind kind;
    struct str tag; /* made by a constructor, such as "text" or "ref"; empty = a plain value */
    int32_t line;   /* 0 = that of the node around it */
    int64_t order;  /* constructors in the order they ran; 0 = none */
    union {
        bool boolean;
        int64_t integer; /* INTEGER; DECIMAL in micro units */
        struct str text;
        struct {
            struct schema_node *items;
            size_t count;
        } list;
        struct {
            struct schema_node_entry *entries; /* see schema_node_sort */
            size_t count;
        } map;
    };
};

struct schema_node_entry {
    struct str key;
    struct schema_node value;
};

/* Puts the entries of a map into the order they were written, as far as it is known: tagged values
 * by `order`, then the others by name. */
void schema_node_sort(struct schema_node *map);
const struct schema_node *schema_node_get(const struct schema_node *map,
                                          const char *key); /* NULL */
const struct schema_node *schema_node_find(const struct schema_node *map, struct str key);
/* The map without a key; `n` itself when it has none. */
crm_status schema_node_without(struct arena *a, const struct schema_node *n, const char *key,
                               struct schema_node *ret, struct err *err);
/* What it is, for messages: "text", "a number", "a table" ... */
const char *schema_node_word(const struct schema_node *n);
/* The node as JSON; of a constructor its word under "type" and what stood without a key under the
 * key that it is short for. */
void schema_node_json(const struct schema_node *n, struct json_writer *out);

#endif
