/* A plan: what prepare found out and apply will write - rows before and after, items, the pairs
 * (record, version), unique keys and references it relies on.
 *
 * Immutable once made; lives in the changeset's arena. Hooks and dry run read it. Threads: any. */
#ifndef RECORD_PLAN_H
#define RECORD_PLAN_H

#include "record/changeset.h"

struct record_items_change {
    const struct schema_field *field;
    const struct store_item *before, *after;
    size_t before_count, after_count;
};

struct record_change {
    enum record_verb verb;
    const struct schema_entity *entity;
    int64_t id;
    int64_t version_before, version_after;
    struct value *before;    /* by slot; NULL for a create */
    struct value *after;     /* by slot; NULL for a purge */
    struct value *written;   /* a create's row with its roll-ups, kept by apply */
    struct slot_set changed; /* slots whose value differs */
    struct record_items_change *items;
    size_t item_change_count;
    size_t op; /* position in changeset.ops; SIZE_MAX = made by a hook or cascade */
    const struct record_move *moves; /* of the op; none: the move is made now */
    size_t move_count;
    bool stage_moved;
    bool series_drawn; /* numbers were drawn by apply */
};

struct record_reliance { /* must still hold when applied */
    const struct schema_entity *entity;
    int64_t id, version; /* version 0: exists and is not trashed */
};

struct record_plan {
    struct changeset *changeset;
    struct record_change *changes;
    size_t change_count, change_capacity;
    struct record_reliance *reliances;
    size_t reliance_count, reliance_capacity;
    struct record_outcome *outcomes; /* per op */
    struct err_list errors;
    int64_t now_ms;
    int64_t resident; /* number of the resident set that it was made with */
};

/* One snapshot of the data on `conn` (a transaction is open). All field errors are collected;
 * CRM_REFUSED and friends when any op failed and KEEP_GOING is off. Outside of the writer a
 * changeset whose idempotency key is known is not prepared: CRM_OK and no plan, the writer will
 * answer it. */
crm_status record_prepare(struct engine *e, struct store_conn *conn, struct changeset *c,
                          struct record_plan **ret, struct err *err);

#endif
