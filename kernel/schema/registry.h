/* The registry: which immutable numbers and physical names the database gave to the names that
 * definitions use. Read from sys_entity, sys_field and sys_index; extended by the plan, never
 * renumbered.
 *
 * Plain data in an arena. Threads: any. */
#ifndef SCHEMA_REGISTRY_H
#define SCHEMA_REGISTRY_H

#include "base/arena.h"
#include "schema/field.h"

/* Stored as numbers. */
enum schema_state {
    SCHEMA_STATE_LIVE,
    SCHEMA_STATE_HIDDEN,   /* out of use, the values stay and can be had back */
    SCHEMA_STATE_BUILDING, /* written at every save, not read before all rows are filled */
    SCHEMA_STATE_CLEARING, /* given up: its values are being taken away */
    SCHEMA_STATE_FREE,     /* an empty column for the next field of its storage */
    SCHEMA_STATE_GONE      /* never stored: the row is to be deleted */
};

struct schema_registry_field {
    int32_t entity, id;
    struct str name;
    struct str type;      /* word of schema_field_type */
    struct str signature; /* what storage depends on: "money", "text fold unique", "links
                             organization" ... */
    struct str column, link_table;
    enum schema_state state;
    struct str owner;
    struct str definition; /* in force, as JSON (schema/write.h); empty in old databases */
    int32_t replaces;      /* the field whose values this one takes over; 0 = none */
    bool folding;          /* its folded column is being filled */
    bool dirty;            /* differs from what is stored */
};

struct schema_registry_entity {
    int32_t id;
    struct str name, owner, table;
    enum schema_state state;
    int32_t next_field_id;
    struct str definition; /* without fields; as above */
    bool dirty;
};

struct schema_registry_index {
    int32_t entity, id;
    struct str name;         /* physical */
    struct str signature;    /* "unique 32,33" by field id */
    enum schema_state state; /* LIVE, BUILDING, GONE */
    bool dirty;
};

struct schema_registry {
    struct schema_registry_entity *entities;
    size_t entity_count, entity_capacity;
    struct schema_registry_field *fields;
    size_t field_count, field_capacity;
    struct schema_registry_index *indexes;
    size_t index_count, index_capacity;
    int32_t next_entity_id;
};

#endif
