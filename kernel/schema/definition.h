/* Definitions: what the kernel, modules, plugins and admins declare, as plain data by names and
 * texts, before anything is resolved or compiled.
 *
 * Collected by owner while they load and removed in bulk by owner; every element remembers the file
 * and line it was written at, so that each complaint can name its place. Merging, checking and
 * compiling happen in schema_plan_make (plan.h). What an element points to must live in the
 * collection's arena (schema_definitions_arena) or longer. Owns its arena. Threads: one at a time.
 */
#ifndef SCHEMA_DEFINITION_H
#define SCHEMA_DEFINITION_H

#include "base/arena.h"
#include "schema/node.h"
#include "schema/schema.h"

enum schema_layer {
    SCHEMA_LAYER_KERNEL,
    SCHEMA_LAYER_MODULE,
    SCHEMA_LAYER_PLUGIN,
    SCHEMA_LAYER_ADMIN
};

enum {
    SCHEMA_NAME_MAX = 48,
    SCHEMA_ENTITIES_MAX = 1000,
    SCHEMA_FIELDS_MAX = 900,
    SCHEMA_ROLES_MAX = 200
};

/* Where an element was written and by whom. */
struct schema_origin {
    enum schema_layer layer;
    struct str owner; /* module or plugin; "kernel"; "admin" */
    struct str file;
    int32_t line;
    bool
        stored; /* admin: has been in force; what it says of an entity that has gone waits for it */
};

enum schema_default_kind { SCHEMA_DEFAULT_NONE, SCHEMA_DEFAULT_LITERAL, SCHEMA_DEFAULT_EXPRESSION };
enum schema_index_wish { SCHEMA_INDEX_BY_TYPE, SCHEMA_INDEX_YES, SCHEMA_INDEX_NO };

/* Zero means: not said. Which members a type may use is checked when the plan is made. */
struct schema_field_definition {
    struct schema_origin origin;
    struct str name, was;
    enum schema_field_type type;
    struct schema_label label, help;
    bool required, unique, read_only, hidden, search, sort;
    bool closed; /* choices: imports may not add values */
    bool gaps;   /* series */
    bool viewer; /* rollup: computed at read, under the viewer's rights */
    enum schema_index_wish index;
    int32_t max_length; /* text; 0 = the type's own */
    int32_t places;     /* decimal: places shown + 1; 0 = not said */
    struct str entity;  /* ref, links, children, rollup (of): entity name */
    struct str by;      /* children, rollup: reference field in that entity */
    struct str directory;
    enum schema_on_delete on_delete;
    enum schema_labelled_kind labelled;
    enum schema_default_kind default_kind;
    struct value default_literal;
    struct str default_text;                /* SCHEMA_DEFAULT_EXPRESSION */
    struct str visible_when, required_when; /* expressions */
    struct str formula;                     /* FORMULA: expression; ROLLUP: measure over `entity` */
    struct str rate_on;                     /* MONEY: date field */
    struct str total_of;                    /* MONEY: roll-up it follows */
    enum schema_timeline_link timeline;     /* REF: see field.h */
    struct str series;
    const struct schema_field_definition *attributes; /* links */
    size_t attribute_count;
};

struct schema_rule_definition {
    struct schema_origin origin;
    struct str when;
    struct str refuse; /* field; empty = the record */
    struct str code;   /* empty = "rule" */
    struct schema_label message;
    bool flag_only;
};

/* Two records whose fields all agree are taken for the same; see schema_duplicate. */
struct schema_duplicate_definition {
    struct schema_origin origin;
    const struct str *fields;
    size_t field_count;
    const struct str *ignore;
    size_t ignore_count;
    int32_t score;
    bool digits;
};

/* What a later layer changes in a field of an earlier one, or in what the entity itself is called.
 */
struct schema_overlay_definition {
    struct str field;                /* empty: label, label_plural, icon and title of the entity */
    const struct schema_node *node;  /* the keys that change */
    const struct schema_node *below; /* what the earlier layers said of them when this was decided;
                                        NULL: not noted */
};

/* An entity, or with `extend` what a later layer adds to one and changes in it. */
struct schema_entity_definition {
    struct schema_origin origin;
    bool extend;
    struct str name, was, icon, title;
    struct schema_label label, label_plural;
    const struct schema_field_definition *fields;
    size_t field_count;
    const struct schema_rule_definition *rules;
    size_t rule_count;
    const struct schema_overlay_definition *overlays; /* extend only */
    size_t overlay_count;
    bool pipeline;
    struct str pipeline_closed, pipeline_since, pipeline_probability; /* field names */
    const struct str *timeline_by; /* field names: schema_timeline */
    size_t timeline_by_count;
    struct str timeline_at; /* expression, empty = created_at */
    struct str
        open; /* expression, which records are still work to do; empty = by stage, else all */
    const struct schema_duplicate_definition *duplicates; /* a later layer's stand for all */
    size_t duplicate_count;
    bool says_duplicates;
    bool resident, system, no_log, unlisted, substring_search;
};

struct schema_directory_definition {
    struct schema_origin origin;
    struct str name, was;
    struct schema_label label;
    const struct schema_directory_item *items; /* `active` true unless said */
    size_t item_count;
    const struct schema_field_definition *fields; /* as they are written; read_directory.c */
    size_t field_count;
    struct schema_node node; /* as it is written: what layers lay over each other; NIL: made in C */
};

struct schema_pipeline_definition {
    struct schema_origin origin;
    struct str entity, name, was;
    struct schema_label label;
    const struct schema_stage *stages;
    size_t stage_count;
    struct schema_node node;
};

/* Rows of an action: empty = not granted; "all", "own", "team", "tree", or an expression. */
struct schema_grant_definition {
    struct schema_origin origin;
    struct str entity; /* "*": every entity that the role does not name and that is not `system` */
    struct str rows[SCHEMA_ACTION_COUNT];
    const struct str *hidden, *locked, *only; /* field names; only: every other one is hidden */
    size_t hidden_count, locked_count, only_count;
};

/* Declared by several owners a role is merged; the name "*" stands for every role. */
struct schema_role_definition {
    struct schema_origin origin;
    struct str name;
    struct schema_label label;
    bool admin;
    const struct schema_grant_definition *grants;
    size_t grant_count;
    const struct str *permissions;
    size_t permission_count;
    struct schema_node node;
};

enum schema_hook_kind { SCHEMA_HOOK_BEFORE, SCHEMA_HOOK_AFTER };

/* That a handler exists; the handler itself stays with the script that registered it. */
struct schema_hook_definition {
    struct schema_origin origin;
    enum schema_hook_kind kind;
    struct str entity;
    bool serial;
};

/* Kept whole for those who use it: reports, views, actions, schedules. */
struct schema_extra_definition {
    struct schema_origin origin;
    struct str kind, name; /* "report", "stage_velocity" */
    struct str json;
    struct schema_node node;
};

/* Fields of a view that have one use on its page: "amount" -> { "amount" }. */
struct schema_view_fields {
    struct str use;
    const struct str *names;
    size_t count;
};

/* A view with a `page` or a `slot`: see schema_view. */
struct schema_view_definition {
    struct schema_origin origin;
    struct str name, page, slot, entity, where, sort, icon, tone;
    struct str file, part; /* of a slot: a file of the owner's ui/, the name exported there */
    struct schema_label label, help;
    int32_t position;
    const struct schema_view_fields *fields;
    size_t field_count;
    const struct schema_view_definition *under; /* of earlier layers alone; NULL: nothing below */
};

#define SCHEMA_DEFINITION_LISTS(X)                                                                 \
    X(entity, entities)                                                                            \
    X(directory, directories)                                                                      \
    X(pipeline, pipelines) X(role, roles) X(hook, hooks) X(extra, extras) X(view, views)

struct schema_definitions {
    struct arena arena;
#define SCHEMA_DEFINITION_LIST(one, many)                                                          \
    struct schema_##one##_definition *many;                                                        \
    size_t one##_count, one##_capacity;
    SCHEMA_DEFINITION_LISTS(SCHEMA_DEFINITION_LIST)
#undef SCHEMA_DEFINITION_LIST
};

crm_status schema_definitions_new(struct schema_definitions **ret, struct err *err);
void schema_definitions_free(struct schema_definitions *d);
struct arena *schema_definitions_arena(struct schema_definitions *d);

/* schema_definitions_add_entity(d, &definition, err) and so on: the element is copied, what it
 * points to is not. */
#define SCHEMA_DEFINITION_ADD(one, many)                                                           \
    crm_status schema_definitions_add_##one(struct schema_definitions *d,                          \
                                            const struct schema_##one##_definition *it,            \
                                            struct err *err);
SCHEMA_DEFINITION_LISTS(SCHEMA_DEFINITION_ADD)
#undef SCHEMA_DEFINITION_ADD

/* Forgets everything that `owner` added. */
void schema_definitions_remove(struct schema_definitions *d, struct str owner);
/* Puts "file:line" into the error, unless a place is there already. */
void schema_err_at(struct err *err, const struct schema_origin *origin);

#endif
