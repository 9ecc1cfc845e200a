/* The one door: a changeset is everything somebody wants to write at once, and nothing writes data
 * but a changeset.
 *
 * Built by a caller in an arena, prepared (rights, defaults, before-hooks, formulas, validation)
 * into a plan, applied by the writer, logged. All or nothing. Threads: built and prepared by one
 * thread, then owned by the writer until `done`. */
#ifndef RECORD_CHANGESET_H
#define RECORD_CHANGESET_H

#include "record/engine.h"

enum record_verb { RECORD_CREATE, RECORD_UPDATE, RECORD_DELETE, RECORD_RESTORE, RECORD_PURGE };
const char *record_verb_word(enum record_verb verb);

enum record_write_kind {
    RECORD_SET,           /* plain fields */
    RECORD_ITEMS_REPLACE, /* multi-valued fields: the whole list */
    RECORD_ITEMS_ADD,
    RECORD_ITEMS_REMOVE,
    RECORD_CHILDREN /* nested children: the whole list; children with id are updated, others
                       created, missing trashed */
};

struct record_op;
struct record_hooks;
struct record_write {
    int32_t slot;
    enum record_write_kind kind;
    struct value value;             /* RECORD_SET; nil empties */
    const struct store_item *items; /* ITEMS */
    size_t item_count;
    struct record_op *children; /* CHILDREN */
    size_t child_count;
};

/* A stage the record came into before it was stated here. */
struct record_move {
    int64_t stage, at_ms, actor; /* actor 0: whoever states it */
};

struct record_op {
    enum record_verb verb;
    const struct schema_entity *entity;
    int64_t id; /* for create: drawn by record_op_create, so that later ops can refer to it */
    int64_t expect_version; /* If-Match; 0 = any */
    struct record_write *writes;
    size_t write_count, write_capacity;
    const struct record_move *moves; /* create: how it came to its stage, oldest first */
    size_t move_count;
    bool by_system;      /* of code that has asked for the rights itself: none are asked */
    bool touches;        /* the version rises although nothing may differ */
    uint32_t source_row; /* import: where errors are reported; 0 = none */
};

enum changeset_flag {
    CHANGESET_DRY = 1, /* prepare only */
    CHANGESET_BULK =
        2, /* many rows: indexes and search in batches, one log row each all the same */
    CHANGESET_NO_AFTER = 4, /* after-handlers do not hear of it */
    CHANGESET_KEEP_GOING =
        8,                 /* a failing op is left out and reported in its result; others go on */
    CHANGESET_IMPORT = 16, /* stage moves without a time of their own are marked; created_at etc.
                              may not be set even so */
    CHANGESET_SKIP_UNCHANGED =
        32, /* always on for updates: an update that changes nothing bumps no version */
    CHANGESET_UNDO = 64,  /* made by record_undo: no hooks, no rules, stored values as they were */
    CHANGESET_SEED = 128, /* made by the engine itself: stock records */
    CHANGESET_TRUSTED =
        256 /* made by code: read-only fields may be written (file facts, conversion) */
};

struct changeset {
    struct arena *arena;   /* holds everything here; the caller's until done */
    struct schema *schema; /* reference held by the changeset */
    struct actor actor;
    uint32_t flags;
    struct str cause; /* "script renewals", "job 12", empty = a person */
    struct str script_version, note;
    int64_t part_of, reverts; /* changeset ids or 0; see changeset_parent_new */
    int64_t parent_reverts;   /* the parent's own `reverts` */
    int depth; /* causality depth, guards loops; kept in bits 16..23 of the log's flags */
    /* Rows of the caller's own in the very same transaction: runs in the writer after the changes
     * are written (also when nothing changed; not on a dry run or a replayed key). An error undoes
     * all. */
    engine_write_fn also;
    void *also_ctx;
    struct str idempotency_key, idempotency_route;
    struct digest *idempotency_body; /* NULL without key */
    struct record_op *ops;
    size_t op_count, op_capacity;
    const struct record_hooks *hooks; /* in the place of the engine's, for every entity; NULL = the
                                         engine's. Of trials: CHANGESET_DRY, on a reader */
    bool in_writer;                   /* the writer's: prepared and applied in one transaction */
    struct schema *in_force; /* reference; the newer snapshot that the writer took it to, or NULL */
};

struct record_outcome {  /* one per op */
    crm_status status;   /* CRM_OK, or why this op was left out (KEEP_GOING) */
    struct err *err;     /* arena, NULL when OK */
    int64_t id, version; /* CRM_STALE: the version that is there */
    bool changed;
};

struct changeset_result {
    crm_status status;
    int64_t id, seq; /* 0 when nothing was written (dry, or nothing changed) */
    struct record_outcome *outcomes;
    size_t count;
    struct changeset *changeset;
    const struct record_plan
        *plan;     /* images, for listeners; NULL when dry run asked for effects only */
    bool replayed; /* the idempotency key was seen: outcomes of the first time */
};

/* What is kept under a changeset's idempotency key. Kind 0 is a changeset's own answer: its id,
 * then id, version and changed of each op; other kinds are of requests that are many changesets, or
 * a job, and keep what they like. */
struct changeset_kept {
    int32_t kind;
    const int64_t *numbers; /* the changeset's arena */
    size_t count;           /* 0: nothing is kept */
};
/* CRM_CONFLICT when the key was for another request. Any connection. */
crm_status changeset_key_find(struct store_conn *c, const struct changeset *cs,
                              struct changeset_kept *ret, struct err *err);
/* In the writer's transaction; nothing happens without a key. */
crm_status changeset_key_keep(struct store_conn *writer, const struct changeset *cs,
                              const struct changeset_kept *kept, struct err *err);

void changeset_init(struct changeset *c, struct arena *a, struct schema *schema,
                    const struct actor *actor);
void changeset_fini(struct changeset *c); /* drops the schema reference; memory is the arena's */
/* Appends an op; NULL on exhaustion. Create draws the id. */
struct record_op *changeset_create(struct changeset *c, struct engine *e,
                                   const struct schema_entity *entity);
struct record_op *changeset_op(struct changeset *c, enum record_verb verb,
                               const struct schema_entity *entity, int64_t id);
/* Adds or replaces the write of one slot. False on exhaustion. */
bool record_op_set(struct changeset *c, struct record_op *op, int32_t slot, struct value v);
bool record_op_items(struct changeset *c, struct record_op *op, int32_t slot,
                     enum record_write_kind kind, const struct store_item *items, size_t count);
bool record_op_children(struct changeset *c, struct record_op *op, int32_t slot,
                        struct record_op *children, size_t count);
/* The past of a new record; for changesets that bring data from elsewhere (CHANGESET_IMPORT). Moves
 * are looked at when prepared: of its pipeline, in order, none to come, ending where the record is.
 * They count as any others, for their times are known. False on exhaustion. */
bool record_op_moves(struct changeset *c, struct record_op *op, const struct record_move *moves,
                     size_t count);

/* Parent of many changesets (imports, bulk writes, runs): draw an id, give it to each child as
 * `part_of`. The parent's row is logged in front of the first child that writes anything, with that
 * child's actor, door, cause and note; its `changes` is the sum. Nothing written, no parent. */
int64_t changeset_parent_new(struct engine *e);

/* Prepares on `reader` (NULL: inside the writer) where hooks ask for it, applies, waits for COMMIT.
 * For threads that may block: readers, jobs, commands. Per-field failures are in *ret's err list.
 */
struct err_list {
    struct err *items;
    size_t count;
};
crm_status changeset_commit(struct engine *e, struct store_conn *reader, struct changeset *c,
                            struct changeset_result *ret, struct err_list *ret_errors,
                            struct err *err);
/* What the writer logs of a task at the end of its batch. */
struct log_entry {
    struct changeset *changeset;
    const struct record_plan *plan;
    struct changeset_result *result; /* gets id and seq */
};
/* For loops: hands over to the writer (or says CRM_UNAVAILABLE at once); `done` runs in the writer
 * thread after COMMIT or failure and usually posts back to the loop. Entities with hooks must be
 * prepared on a reader first (changeset_needs_reader). */
struct changeset_task {
    struct work work; /* first */
    struct changeset *changeset;
    const struct record_plan *plan; /* from record_prepare, or NULL: prepared in the writer */
    struct changeset_result result;
    struct err_list errors;
    struct err err;
    bool plan_stale; /* CRM_STALE came from the plan, not from the caller's If-Match: prepare anew
                        and post again */
    void (*done)(struct changeset_task *t);
    void *ctx;
    struct log_entry log; /* the writer's */
};
bool changeset_needs_reader(const struct changeset *c);
crm_status changeset_post(struct engine *e, struct changeset_task *t, struct err *err);

#endif
