/* The one schema: an immutable, counted snapshot of every definition, from which tables, REST,
 * forms, import, search and rights are derived.
 *
 * A snapshot is built by schema_builder from layers (kernel, modules, plugins, admin) and never
 * changes; readers hold a reference for the length of a request. Everything in it lives in its
 * arena. Threads: any. */
#ifndef SCHEMA_SCHEMA_H
#define SCHEMA_SCHEMA_H

#include "schema/field.h"

struct schema_rule {
    const struct expr *when;
    int32_t refuse_slot; /* field the message belongs to, -1 = the record */
    struct str code;
    struct schema_label message;
    bool flag_only; /* marks the record instead of refusing */
};

struct schema_index {
    int32_t id;
    struct str name; /* physical */
    const int32_t *slots;
    size_t slot_count;
    bool unique;
    bool skips_nil; /* holds only rows that have a value in the (one) slot */
};

struct schema_pipeline_facility {
    bool present;
    int32_t pipeline_slot, stage_slot; /* made automatically: fields pipeline and stage */
    int32_t closed_slot, since_slot;   /* -1 when not declared */
    int32_t probability_slot;          /* -1 */
};

/* `timeline = { by = { "about", "participants" }, at = "coalesce(done_at, due_at, created_at)" }`:
 * records of this entity stand in the timelines of those that the fields `by` (references,
 * references to anything, links) point to, at the moment `at` (a time). */
struct schema_timeline {
    const int32_t *by_slots;
    size_t by_count;       /* 0 = not for timelines */
    const struct expr *at; /* NULL = created_at */
};

/* `duplicates = { { fields = { "name", "country" }, score = 60, ignore = { "ltd" } }, ... }`:
 * records whose values of all these fields agree are taken for the same with this certainty. Texts
 * agree by their words, folded and in any order, without those to be ignored, or with `digits` by
 * their digits; one item of a labelled list is enough. A record without a value has no key. */
struct schema_duplicate {
    const int32_t *slots;
    size_t slot_count;
    const struct str *ignore; /* folded words */
    size_t ignore_count;
    int32_t score; /* 1 to 100 */
    bool digits;
};

struct schema_entity {
    int32_t id;
    int64_t generation; /* of the snapshot it stands in; the store keys SQL texts by both, 0 = keeps
                           none */
    struct str name;
    struct schema_label label, label_plural;
    struct str owner;
    struct str table;
    struct str icon;
    const struct schema_field *fields; /* standard ones first, by slot */
    size_t field_count;
    const struct schema_rule *rules;
    size_t rule_count;
    const struct schema_index *indexes;
    size_t index_count;
    int32_t title_slot;
    struct schema_pipeline_facility pipeline;
    struct schema_timeline timeline;
    struct str open; /* expression over a record that is still work to do; empty = any is */
    const struct schema_duplicate *duplicates;
    size_t duplicate_count;
    bool resident; /* small reference data kept in memory by record/resident.h */
    bool is_child; /* lives in its parent: rights, trash and version are the parent's */
    int32_t parent_entity, parent_slot;
    bool has_before, has_after, serial; /* Lua hooks registered */
    bool search;                        /* any field searchable */
    bool building;                      /* some field is being built */
    bool searching; /* search rows are being made anew: up to the noted id by `search`, the others
                       by `searched` of the fields */
    bool substring_search;
    bool substring_filling; /* will be, when the rows made anew hold parts of words, too */
    bool system;            /* kernel facility: not shown in navigation */
    bool unlisted; /* a changeset of nothing else is no entry in the list of what was done */
    bool no_log;   /* never: reserved for stage_change, whose rows apply alone writes */
    const struct schema_lookup *lookup; /* fast finding by name and id; NULL: linear */
};

/* Who may do what; compiled from role definitions. Actions are bits. */
enum schema_action {
    SCHEMA_ACTION_READ,
    SCHEMA_ACTION_CREATE,
    SCHEMA_ACTION_UPDATE,
    SCHEMA_ACTION_DELETE,
    SCHEMA_ACTION_EXPORT,
    SCHEMA_ACTION_COUNT
};

struct schema_grant {
    int32_t entity;
    const struct expr *rows[SCHEMA_ACTION_COUNT]; /* NULL = not granted; literal true = all rows */
    struct str words[SCHEMA_ACTION_COUNT];        /* as the role says it; empty: not by itself */
    const uint8_t *field_hidden; /* by slot: 1 = as if it did not exist; NULL = none */
    const uint8_t *field_locked; /* by slot: 1 = readable, not writable */
};

struct schema_role {
    int32_t index;
    struct str name;
    struct schema_label label;
    bool admin;
    const struct schema_grant *grants; /* by entity position in schema.entities */
    const struct str *permissions;     /* "import", "undo", "settings", "schema" ... */
    size_t permission_count;
};

/* The value of a field that people, a plugin or the directory itself have given to items. */
struct schema_item_value {
    struct str name;      /* in a snapshot of the field; in a definition as it is written there */
    struct str text;      /* "5", "true", "2026-11-21" */
    enum value_type type; /* as it is written: TEXT, INT, DECIMAL, BOOL */
};

struct schema_directory_item {
    struct str code, was;
    struct schema_label label;
    struct str color;
    bool active;
    const struct schema_item_value *values;
    size_t value_count;
    struct str owner; /* of the layer that declared it first */
};

struct schema_directory {
    struct str name, was;
    struct schema_label label;
    struct str owner;
    const struct schema_directory_item *items; /* made records, see record/lists.h */
    size_t item_count;
};

struct schema_stage {
    struct str name, was;
    struct schema_label label;
    struct str kind; /* open, won, lost, hold; empty: not said */
    int32_t probability;
    int32_t limit_days;
    struct str owner; /* of the layer that declared it first */
};

struct schema_pipeline {
    struct str entity, name, was;
    struct schema_label label;
    struct str owner;
    const struct schema_stage *stages;
    size_t stage_count;
};

/* A view that a page draws - "board", "calendar", "home" or one of a plugin: records of an entity,
 * which of them, in which order, and what its fields are used for there. Pages know uses ("starts",
 * "amount"), modules say which fields those are. */
struct schema_view_use {
    struct str use;
    const int32_t *slots;
    size_t count;
};

enum { SCHEMA_VIEW_NO_ENTITY = -1 };

struct schema_view {
    struct str name, owner, page;
    struct str slot;       /* a place in the client's pages, instead of a page */
    struct str file, part; /* what fills the slot in the browser; empty: Lua draws it */
    struct schema_label label, help;
    struct str icon, tone;
    int32_t entity;         /* position in schema.entities; a slot may have none */
    struct str where, sort; /* as written; checked when the snapshot was made */
    int32_t position;
    const struct schema_view_use *uses;
    size_t use_count;
};

/* A definition that the kernel keeps for those who use it: a report, a metric, a layout. */
struct schema_extra {
    struct str kind, name; /* "report", "stage_velocity" */
    struct str owner;      /* module or plugin; "admin" */
    struct str place;      /* "insurance/entities/policy.lua:12"; empty = not written in a file */
    struct str json;       /* as it was written */
};

struct schema {
    int64_t generation;
    struct str digest;                    /* of the definitions, hex */
    const struct schema_entity *entities; /* by position */
    size_t entity_count;
    const struct schema_role *roles;
    size_t role_count;
    const struct schema_directory *directories;
    size_t directory_count;
    const struct schema_pipeline *pipelines; /* made records, see record/lists.h */
    size_t pipeline_count;
    const struct schema_view *views; /* by position, then name */
    size_t view_count;
    const struct schema_extra *extras; /* as they were declared */
    size_t extra_count;
    const struct schema_lookup *lookup; /* entities; NULL: linear */
};

struct schema *schema_ref(struct schema *s);
struct schema *schema_unref(struct schema *s); /* NULL */

const struct schema_entity *schema_find(const struct schema *s, struct str name);    /* NULL */
const struct schema_view *schema_view_find(const struct schema *s, struct str name); /* NULL */
const struct schema_entity *schema_entity_by_id(const struct schema *s, int32_t id); /* NULL */
const struct schema_field *schema_field_find(const struct schema_entity *e, struct str name);
const struct schema_field *schema_field_by_id(const struct schema_entity *e, int32_t id);
const struct schema_field *schema_field_at(const struct schema_entity *e, int32_t slot);
const struct schema_role *schema_role_find(const struct schema *s, struct str name);
const struct schema_directory *schema_directory_find(const struct schema *s, struct str name);
/* Position in schema.entities, which role grants are indexed by. */
size_t schema_entity_position(const struct schema *s, const struct schema_entity *e);
const struct schema_field *
schema_standard(const struct schema_entity *e,
                enum schema_standard_field id); /* NULL: a child entity lacks it */

/* NULL: a slot that belongs to no entity. */
static inline const struct schema_entity *schema_view_entity(const struct schema *s,
                                                             const struct schema_view *view) {
    return view->entity == SCHEMA_VIEW_NO_ENTITY ? NULL : &s->entities[view->entity];
}

/* A scope for expr_parse over one entity: paths run through references. expr_symbol.field is the
 * field id. `hidden` (by slot, may be NULL per entity) makes fields not exist. */
struct schema_scope {
    const struct schema *schema;
    const struct schema_entity *entity;
    bool (*is_hidden)(void *ctx, const struct schema_entity *e, const struct schema_field *f);
    void *ctx;
};
struct expr_scope schema_expr_scope(const struct schema_scope *scope);
/* What an expression sees of a field; false: nothing (children). */
bool schema_field_symbol(const struct schema_field *f, struct expr_symbol *ret);
/* Resolves a dotted path as select lists write it ("organization.name"). */
struct schema_path {
    uint8_t length;
    const struct schema_entity *entity[EXPR_PATH_MAX]; /* entity that field[i] belongs to */
    const struct schema_field *field[EXPR_PATH_MAX];
};
crm_status schema_path_parse(const struct schema_scope *scope, struct str text,
                             struct schema_path *ret, struct err *err);
/* Takes the next key of an order such as "-amount,organization.name,coalesce(due, begins)": commas
 * in brackets and quotes part nothing. False: it was the last. */
bool schema_sort_next(struct str *rest, struct str *ret_key, bool *ret_descending);
/* Do all keys of an order hold in the scope? `a` is for the work alone. */
crm_status schema_sort_check(const struct schema_scope *scope, struct str sort, struct arena *a,
                             struct err *err);

#endif
