/* What the reading files share: a record at hand as expressions see it, rows of other records on
 * the way of a path, and titles of references under the viewer's rights.
 *
 * Private to record/. Everything lives in the view's arena. Threads: the view's. */
#ifndef RECORD_READ_CORE_H
#define RECORD_READ_CORE_H

#include "record/read.h"

/* Opens a read transaction where none is open, so that one answer is one snapshot. */
crm_status read_begin(struct record_view *v, bool *ret_began, struct err *err);
void read_end(struct record_view *v, bool began);

/* One record at hand. `items` (by slot, may be NULL) holds multi-valued fields that are already
 * known; others are loaded. */
struct read_row {
    struct record_view *view;
    const struct schema_entity *entity;
    int64_t id;
    const struct value *row;  /* by slot */
    struct read_items *items; /* by slot or NULL */
    bool viewer;              /* hidden fields and unseen records on paths are nil */
    int depth;                /* formulas within formulas */
    bool in_past;             /* as it was after changeset `as_of_seq`; children and paths too */
    int64_t as_of_seq;
    int64_t merged_into; /* of what a merge has trashed: the record that stayed, 0 */
    bool newborn;        /* made a moment ago and alone: it has no children */
};
/* Environment of the viewer with `get` reading from `row`, which must outlive it. */
void read_row_env(struct read_row *row, struct expr_env *ret);
/* Value of one field: columns, formulas computed at read, multi-valued fields as lists. */
crm_status read_row_value(struct read_row *row, const struct schema_field *f, struct value *ret,
                          struct err *err);
crm_status read_row_items(struct read_row *row, const struct schema_field *f,
                          struct read_items *ret, struct err *err);
/* Does the viewer's rule allow `action` on it? Trash does not matter here. */
crm_status read_row_allowed(const struct read_row *row, enum schema_action action, bool *ret,
                            struct err *err);

/* The columns that the rule of `action` and paths of `e` (may be NULL) look at in the record
 * itself. */
void read_rule_slots(const struct access *a, enum schema_action action,
                     const struct schema_entity *entity, struct slot_set *slots);
void read_expr_slots(const struct expr *e, const struct schema_entity *entity,
                     struct slot_set *slots);
/* What must be loaded for read_row_value of this field. */
void read_field_slots(const struct schema_entity *entity, const struct schema_field *f,
                      struct slot_set *slots);

/* Resident or from the database, `slots` at least; *ret NULL when missing. */
crm_status read_row_load(struct record_view *v, const struct schema_entity *e, int64_t id,
                         const struct slot_set *slots, const struct value **ret, struct err *err);
/* The record, when the viewer may read it (living or trashed), with `slots` and what the rule
 * needs; else CRM_NOT_FOUND. An entity without any grant: CRM_FORBIDDEN. */
crm_status read_row_find(struct record_view *v, const struct schema_entity *e, int64_t id,
                         const struct slot_set *slots, struct read_row *ret, struct err *err);
/* The record that a path goes on in behind the one in `at`: of the same time as that. Found or not
 * as by read_row_find. */
crm_status read_row_next(struct read_row *at, const struct schema_entity *e, int64_t id,
                         const struct slot_set *slots, struct err *err);
/* What a title field holds, as text. */
struct str read_value_text(struct record_view *v, const struct value *value);
/* The entity a reference value points to; NULL when it is not in the snapshot. */
const struct schema_entity *read_ref_entity(const struct record_view *v,
                                            const struct schema_field *f,
                                            const struct value *value);

/* One code for every field that is not there, whether the message has a similar name to offer or
 * not. Passes the status through. */
crm_status read_name_code(crm_status status, struct err *err);

/* Kernel entities by name, where the snapshot has them. */
const struct schema_entity *read_entity(const struct record_view *v, const char *name);
/* A reference as JSON: {"id","title"}; null for 0. */
struct json_writer;
crm_status read_put_ref(struct record_view *v, struct json_writer *out,
                        const struct schema_entity *e, int64_t id, struct err *err);

static inline int32_t read_slot(const struct schema_entity *e, const char *name) {
    const struct schema_field *f = e ? schema_field_find(e, str_from(name)) : NULL;
    return f ? f->slot : -1;
}

#endif
