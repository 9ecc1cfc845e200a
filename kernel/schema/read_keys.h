/* Reading a map by a table of keys into a struct. Private to schema/read*.c. Threads: one at a
 * time. */
#ifndef SCHEMA_READ_KEYS_H
#define SCHEMA_READ_KEYS_H

#include "schema/read.h"

enum read_kind {
    READ_TEXT,    /* struct str */
    READ_BOOLEAN, /* bool */
    READ_NOT,     /* bool, the other way round */
    READ_INTEGER, /* int32_t, from..to */
    READ_LABEL,   /* struct schema_label: text or { en =, ru = } */
    READ_WORD,    /* int (an enum) by `words` */
    READ_NAMES,   /* struct str * and the size_t behind it */
    READ_CUSTOM   /* fn */
};

struct reader {
    struct schema_definitions *definitions;
    struct arena *arena;
    const struct schema_origin *origin;
    struct str subject; /* what is being read, for messages: "project", "project.amount" */
    const struct schema_node *node;
};

struct read_key {
    const char *name;
    enum read_kind kind;
    size_t offset;
    uint32_t types;           /* fields: bit per field type; 0 = any */
    const char *const *words; /* READ_WORD: NULL-terminated, in the order of the enum */
    int32_t from, to;         /* READ_INTEGER */
    crm_status (*fn)(const struct reader *r, const struct schema_node *value, void *to,
                     struct err *err); /* to: the struct */
};

/* Reads every entry of r->node into `to`. `type_bit` 0: not a field. */
crm_status read_map(const struct reader *r, const struct read_key *keys, size_t count,
                    uint32_t type_bit, const char *type_word, void *to, struct err *err);
crm_status read_is_map(const struct reader *r, const struct schema_node *n, const char *key,
                       struct err *err);
crm_status read_is_list(const struct reader *r, const struct schema_node *n, const char *key,
                        struct err *err);
crm_status read_text(const struct reader *r, const struct schema_node *n, const char *key,
                     struct str *ret, struct err *err);
crm_status read_label(const struct reader *r, const struct schema_node *n, const char *key,
                      struct schema_label *ret, struct err *err);
crm_status read_names(const struct reader *r, const struct schema_node *n, const char *key,
                      const struct str **ret, size_t *ret_count, struct err *err);
/* "{0} of {1} must be {2}, not {3}", at the node's line. */
crm_status read_wrong_kind(const struct reader *r, const struct schema_node *n, const char *key,
                           const char *wanted, struct err *err);
crm_status read_missing(const struct reader *r, const char *what, struct err *err);
struct schema_origin read_origin(const struct reader *r, const struct schema_node *n);
struct str read_subject(const struct reader *r, struct str part);

/* The tables themselves, for schema/write.c. */
const struct read_key *read_field_keys(size_t *ret_count);
const struct read_key *read_entity_keys(size_t *ret_count);
const struct read_key *read_rule_keys(size_t *ret_count);

/* duplicates.c */
crm_status read_duplicates(const struct reader *r, const struct schema_node *n, void *to,
                           struct err *err);
const struct read_key *read_duplicate_keys(size_t *ret_count);
crm_status read_entity_map(const struct reader *r, struct schema_entity_definition *ret,
                           struct err *err);
crm_status read_field(const struct reader *r, struct str name, const struct schema_node *n,
                      struct schema_field_definition *ret, struct err *err);
/* The keys of r->node over what `f` has. Its type, names and what it is computed from stay. */
crm_status read_field_change(const struct reader *r, struct schema_field_definition *f,
                             struct err *err);
/* What r->node says, into a definition that comes with its origin, and a pipeline with its entity.
 */
crm_status read_directory(const struct reader *r, struct schema_directory_definition *ret,
                          struct err *err);
crm_status read_pipeline(const struct reader *r, struct schema_pipeline_definition *ret,
                         struct err *err);
crm_status read_extra(const struct reader *r, struct schema_extra_definition *ret, struct err *err);
/* A view with a `page` or a `slot`. */
bool read_is_view(const struct schema_node *n);
crm_status read_view(const struct reader *r, struct schema_view_definition *ret, struct err *err);
/* Noted by the kernel beside what a later layer says, see overlay.c. */
crm_status read_below(const struct reader *r, const struct schema_node *n, void *to,
                      struct err *err);
crm_status read_fields(const struct reader *r, const struct schema_node *map, const char *key,
                       const struct schema_field_definition **ret, size_t *ret_count,
                       struct err *err);

#endif
