/* Prepare: from what somebody wants to write to a plan. Private to record/.
 *
 * Order: each op is resolved to a change (rights on the row before, values checked, items,
 * children, defaults); then every change - children first, changes that hooks add as they come -
 * gets its stage facts, before-hooks, formulas, conditional and stage requirements, references,
 * rules, unique keys and the rights on the row after. Field errors are collected; an op that failed
 * takes its changes out when the changeset keeps going, else the whole plan fails at the end.
 *
 * Everything lives in the changeset's arena. Threads: the connection's. */
#ifndef RECORD_PREPARE_H
#define RECORD_PREPARE_H

#include "record/evaluate.h"
#include "record/plan.h"
#include "record/rollups.h"

enum {
    PREPARE_CHANGES_MAX = 50000, /* changes of one plan, cascades included */
    PREPARE_ERRORS_MAX = 200,
    PREPARE_ITEMS_MAX = 10000,
    PREPARE_OP_NONE = -1,
    PREPARE_OP_NESTED = -2 /* a child written in its parent: no rights of its own are asked */
};

/* A multi-valued field of a change: what it holds and what it will hold. */
struct prepared_items {
    const struct schema_field *field;
    const struct store_item *before, *after;
    size_t before_count, after_count;
    struct prepared_items *next;
};

/* One change in the making. */
struct prepared {
    struct record_change change; /* first */
    struct slot_set written;     /* by the op or a hook, as against derived */
    struct prepared_items *items;
    bool by_system;  /* cascades and bookkeeping: no rights asked, nothing required */
    bool touched;    /* children were written: rules are asked again */
    bool outgrown;   /* a child changed: the version rises although no field differs */
    bool done;       /* went through the second phase */
    bool failed;     /* its op was refused */
    bool in_hook;    /* its before-hooks are running or have run */
    bool quiet;      /* undo: stored as it was, no derivation */
    bool nested;     /* a child written in its parent: rights are the parent's */
    struct str list; /* nested: the field it stands in, and its place there from 1 */
    size_t place;
    int64_t op; /* position in changeset.ops, PREPARE_OP_NONE when nobody asked for it by name */
    int64_t origin;        /* the op that caused it */
    struct prepared *next; /* of the hash */
};

struct prepare {
    struct engine *engine;
    struct store_conn *conn;
    struct changeset *changeset;
    struct record_plan *plan;
    struct arena *arena; /* the changeset's */
    struct access access;
    const struct schema *schema;
    const struct resident *resident;
    const struct company *company;
    struct record_hooks hooks;
    struct row_eval eval;
    int64_t now_ms, today;
    struct prepared **changes; /* in order of appearance */
    size_t count, capacity;
    struct prepared **places; /* hash */
    size_t place_mask;
    struct err *errors;
    size_t error_count, error_capacity;
    size_t op_errors; /* of the op or change at hand */
    int64_t origin;   /* the op at hand, or the one that caused the change at hand */
    struct reference_set *references; /* looked up already, prepare_refs.c */
    struct unique_set *uniques;       /* claimed by this plan, prepare_unique.c */
    struct choice_added *choices; /* values that this plan adds to open directories, directory.c */
    bool *met;                    /* by entity position: the plan changes records of it */
    bool in_writer;
};

/* prepare.c */
struct prepared *prepare_find(const struct prepare *p, const struct schema_entity *e,
                              int64_t id); /* NULL */
struct prepared *prepare_add(struct prepare *p, enum record_verb verb,
                             const struct schema_entity *e, int64_t id, struct err *err);
/* Collects a field error; the op goes on so that all of them are told. Returns CRM_OK, or
 * CRM_NO_MEMORY. */
crm_status prepare_error(struct prepare *p, const struct prepared *c, const struct schema_field *f,
                         const struct err *error, struct err *err);
/* The same for a constant text without arguments. */
crm_status prepare_field_error(struct prepare *p, const struct prepared *c,
                               const struct schema_field *f, crm_status status,
                               const struct err_text *text, struct err *err);
/* Puts a value into the row after; a difference counts as a change. */
void prepare_put(struct prepared *c, const struct schema_field *f, struct value v);
bool prepare_changed(const struct prepared *c, int32_t slot);
/* prepare_plan.c: fills p->plan from the changes. */
crm_status prepare_plan(struct prepare *p, struct err *err);
bool prepare_same(const struct value *a, const struct value *b);
crm_status prepare_op(struct prepare *p, const struct record_op *op, int64_t index,
                      struct err *err);
crm_status prepare_writes(struct prepare *p, struct prepared *c, const struct record_op *op,
                          struct err *err);

/* prepare_row.c: the row a change starts from, rights on it, trash and restore. */
crm_status prepare_begin_create(struct prepare *p, const struct record_op *op, int64_t index,
                                struct prepared **ret, struct err *err);
crm_status prepare_begin_existing(struct prepare *p, const struct record_op *op, int64_t index,
                                  struct prepared **ret, struct err *err);
/* A change of a record that nobody asked for by name: parents of children, cascades. */
crm_status prepare_system_change(struct prepare *p, enum record_verb verb,
                                 const struct schema_entity *e, int64_t id, struct prepared **ret,
                                 struct err *err);
crm_status prepare_allows(struct prepare *p, enum schema_action action,
                          const struct schema_entity *e, const struct value *row, bool *ret,
                          struct err *err);
/* prepare_write.c: one write of an op; values; items. */
crm_status prepare_write(struct prepare *p, struct prepared *c, const struct record_write *w,
                         struct err *err);
/* Nothing in the field as the plan leaves it: nil, an empty text, an empty list. */
crm_status prepare_is_empty(struct prepare *p, const struct prepared *c,
                            const struct schema_field *f, bool *ret, struct err *err);
crm_status prepare_write_checked(struct prepare *p, struct prepared *c,
                                 const struct schema_field *f, const struct record_write *w,
                                 struct err *err);
crm_status prepare_value(struct prepare *p, struct prepared *c, const struct schema_field *f,
                         struct value *v, bool *ret_ok, struct err *err);
crm_status prepare_items(struct prepare *p, struct prepared *c, const struct schema_field *f,
                         const struct record_write *w, struct err *err);
crm_status prepare_items_current(struct prepare *p, struct prepared *c,
                                 const struct schema_field *f, struct prepared_items **ret,
                                 struct err *err);
/* directory.c: an open directory takes a new value: its item becomes part of the plan. */
crm_status directory_extend(struct prepare *p, struct str directory, struct value *v, bool *ret_ok,
                            struct err *err);
/* prepare_children.c */
crm_status prepare_children(struct prepare *p, struct prepared *c, const struct schema_field *f,
                            const struct record_write *w, struct err *err);
crm_status prepare_parent_touch(struct prepare *p, const struct prepared *c, struct err *err);
/* prepare_trash.c: on_delete of what refers to a record that goes; what comes back with it. */
crm_status prepare_cascade(struct prepare *p, struct prepared *c, struct err *err);
/* How a reference field of another entity behaves when `e` goes; false: it cannot refer to it. */
bool prepare_refers(const struct schema_entity *other, const struct schema_field *f,
                    const struct schema_entity *e, enum schema_on_delete *ret);
/* prepare_lists.c: refuses what would leave records in a stage or with a value that is gone. */
crm_status prepare_list_free(struct prepare *p, const struct prepared *c, struct err *err);
/* Refuses what would enter a stage, pipeline or value on its way out. */
crm_status prepare_list_entered(struct prepare *p, struct prepared *c, struct err *err);
/* prepare_defaults.c */
crm_status prepare_defaults(struct prepare *p, struct prepared *c, struct err *err);
/* prepare_stage.c */
crm_status prepare_stage(struct prepare *p, struct prepared *c, struct err *err);
crm_status prepare_stage_check(struct prepare *p, struct prepared *c, struct err *err);
/* prepare_finish.c: the second phase of one change. */
crm_status prepare_finish(struct prepare *p, struct prepared *c, struct err *err);
/* formulas.c: stored formulas of a row, in the order they need each other. */
crm_status formulas_store(struct row_eval *x, const struct schema_entity *e, struct value *row,
                          const struct company *company, struct err *err);
bool value_coerce(const struct schema_field *f, const struct company *company, struct value *v);
/* prepare_grant.c: whoever changes a person or a role has the rights that it had and gets. */
crm_status prepare_grant(struct prepare *p, const struct prepared *c, struct err *err);
/* prepare_refs.c */
crm_status prepare_refs(struct prepare *p, struct prepared *c, struct err *err);
/* prepare_unique.c */
crm_status prepare_unique(struct prepare *p, struct prepared *c, struct err *err);
/* prepare_rollups.c: roll-ups of a row as the plan's changes of its children leave them. */
crm_status rollups_preview(struct prepare *p, struct prepared *c, struct err *err);

/* Can anything come between now and apply? */
bool prepare_relies(const struct prepare *p);
/* Relies on the record as it is now (version; one that is resident always), or on its being there
 * (version 0). */
crm_status prepare_rely(struct prepare *p, const struct schema_entity *e, int64_t id,
                        int64_t version, struct err *err);

#endif
