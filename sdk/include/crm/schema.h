/* crm.schema: what entities and fields there are, as the actor of a view sees them.
 *
 * Handles come from a view and live as long as the view (refreshing keeps them). Facts are filled
 * into the caller's struct, whose `size` says how much of it the caller knows; texts in them live
 * as long as the handle. Names that the actor may not see do not exist. Threads: the view's. */
#ifndef CRM_SCHEMA_H
#define CRM_SCHEMA_H

#include <crm/base.h>

#define CRM_SCHEMA_SERVICE "crm.schema"
#define CRM_SCHEMA_VERSION 2

struct crm_view;
struct crm_entity;
struct crm_field;

enum crm_field_type {
    CRM_FIELD_TEXT = 0,
    CRM_FIELD_LONG_TEXT = 1,
    CRM_FIELD_INTEGER = 2,
    CRM_FIELD_DECIMAL = 3,
    CRM_FIELD_MONEY = 4,
    CRM_FIELD_BOOLEAN = 5,
    CRM_FIELD_DATE = 6,
    CRM_FIELD_TIME = 7,
    CRM_FIELD_CHOICE = 8,
    CRM_FIELD_CHOICES = 9,
    CRM_FIELD_REF = 10,
    CRM_FIELD_REF_ANY = 11,
    CRM_FIELD_LINKS = 12,
    CRM_FIELD_LABELLED = 13,
    CRM_FIELD_FILE = 14,
    CRM_FIELD_JSON = 15,
    CRM_FIELD_FORMULA = 16,
    CRM_FIELD_ROLLUP = 17,
    CRM_FIELD_CHILDREN = 18,
    CRM_FIELD_SERIES = 19
};

enum crm_labelled_kind {
    CRM_LABELLED_TEXT = 0,
    CRM_LABELLED_EMAIL = 1,
    CRM_LABELLED_PHONE = 2,
    CRM_LABELLED_ADDRESS = 3,
    CRM_LABELLED_MESSENGER = 4
};

enum crm_action {
    CRM_ACTION_READ = 0,
    CRM_ACTION_CREATE = 1,
    CRM_ACTION_UPDATE = 2,
    CRM_ACTION_DELETE = 3,
    CRM_ACTION_EXPORT = 4
};

enum crm_field_flag {
    CRM_FIELD_REQUIRED = 1,
    CRM_FIELD_UNIQUE = 2,
    CRM_FIELD_STANDARD = 4, /* every entity has it */
    CRM_FIELD_WRITABLE = 8, /* this actor may write it */
    CRM_FIELD_SEARCHED = 16,
    CRM_FIELD_OPEN = 32 /* choice: imports may add values to the directory */
};

enum crm_entity_flag {
    CRM_ENTITY_SYSTEM = 1,  /* a facility of the kernel: users, stages, directories ... */
    CRM_ENTITY_CHILD = 2,   /* lives inside its parent */
    CRM_ENTITY_RESIDENT = 4 /* small reference data, answered from memory */
};

struct crm_entity_facts {
    uint32_t size;
    int32_t id;     /* number used in crm_value.entity */
    uint32_t flags; /* enum crm_entity_flag */
    uint32_t field_count;
    struct crm_str name, owner;
    const struct crm_field *title;                /* field that names a record, or NULL */
    const struct crm_field *pipeline, *stage;     /* NULL without a pipeline */
    const struct crm_field *closed, *stage_since; /* NULL where not declared */
    const struct crm_entity *parent;              /* of a child */
};

struct crm_field_facts {
    uint32_t size;
    int32_t type;       /* enum crm_field_type */
    uint32_t flags;     /* enum crm_field_flag */
    int32_t value_type; /* enum crm_value_type: what it holds, also for formulas and roll-ups */
    int32_t labelled;   /* enum crm_labelled_kind */
    int32_t max_length; /* characters */
    uint32_t attribute_count;
    struct crm_str name;
    struct crm_str directory;          /* choices */
    const struct crm_entity *ref;      /* referred to; NULL: none, or any */
    const struct crm_field *ref_field; /* children: the reference field in the child */
};

/* A definition that is kept whole for the module that gives it its meaning: reports, metrics,
 * layouts. */
struct crm_definition_facts {
    uint32_t size;
    uint32_t reserved;
    struct crm_str name;
    struct crm_str owner; /* module or plugin; "admin" */
    struct crm_str place; /* file and line; empty where there is none */
    struct crm_str json;  /* as it was written; constructors have their word under "type" */
};

#define CRM_SCHEMA_TABLE(X)                                                                        \
    X(const struct crm_entity *, entity,                                                           \
      (struct crm_view * view, struct crm_str name)) /* or NULL */                                 \
    X(const struct crm_entity *, entity_at,                                                        \
      (struct crm_view * view, size_t position)) /* NULL past the end */                           \
    X(const struct crm_entity *, entity_by_id, (struct crm_view * view, int32_t id))               \
    X(void, entity_facts,                                                                          \
      (struct crm_view * view, const struct crm_entity *e, struct crm_entity_facts *ret))          \
    X(struct crm_str, entity_label,                                                                \
      (struct crm_view * view, const struct crm_entity *e, int32_t language))                      \
    /* Does the actor's role grant the action on some records of it? */                            \
    X(bool, entity_can, (struct crm_view * view, const struct crm_entity *e, int32_t action))      \
    X(const struct crm_field *, field,                                                             \
      (struct crm_view * view, const struct crm_entity *e, struct crm_str name))                   \
    /* By position, 0 .. field_count - 1; NULL for one that the actor may not see: skip it. */     \
    X(const struct crm_field *, field_at,                                                          \
      (struct crm_view * view, const struct crm_entity *e, size_t position))                       \
    X(void, field_facts,                                                                           \
      (struct crm_view * view, const struct crm_entity *e, const struct crm_field *f,              \
       struct crm_field_facts *ret)) /* of an attribute: the entity of its links */                \
    X(struct crm_str, field_label,                                                                 \
      (struct crm_view * view, const struct crm_field *f, int32_t language))                       \
    X(const struct crm_field *, attribute_at,                                                      \
      (struct crm_view * view, const struct crm_field *links, size_t position))                    \
    /* "import", "undo", "settings", "schema", "users", "log" */                                   \
    X(bool, permits, (struct crm_view * view, const char *permission))                             \
    X(int64_t, generation, (struct crm_view * view)) /* of the definitions */                      \
    /* Definitions of a kind ("report"), from every layer, by position; false past the end. */     \
    X(bool, definition_at,                                                                         \
      (struct crm_view * view, const char *kind, size_t position,                                  \
       struct crm_definition_facts *ret))

CRM_TABLE(crm_schema, CRM_SCHEMA_TABLE)

#endif
