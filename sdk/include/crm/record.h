/* crm.record: reading single records and writing through the one door, as an actor.
 *
 * A view is one consistent state of the data, from the first look at it on, under somebody's
 * rights. A request, job or command has its own (crm.http, crm.job, crm.command); a module opens
 * one for other work. What a view returns lives until it is refreshed or closed. A changeset
 * collects writes and is committed as a whole; it has memory of its own and survives refreshing.
 * Threads: a view and a changeset belong to one thread at a time; every call here may wait for the
 * database, so never from an inline route. */
#ifndef CRM_RECORD_H
#define CRM_RECORD_H

#include <crm/schema.h>

#define CRM_RECORD_SERVICE "crm.record"
#define CRM_RECORD_VERSION 1

struct crm_changeset;
struct crm_bulk;
struct crm_op; /* one write of a changeset; lives as long as it */

enum crm_door {
    CRM_DOOR_REST = 0,
    CRM_DOOR_WEB = 1,
    CRM_DOOR_IMPORT = 2,
    CRM_DOOR_SCRIPT = 3,
    CRM_DOOR_JOB = 4,
    CRM_DOOR_CLI = 5
};
enum { CRM_USER_SYSTEM = 1 }; /* the built-in user: may everything, is not a person */

struct crm_view_options {
    uint32_t size;
    int32_t door;         /* how it came in; stands in the log */
    int64_t user;         /* user id, or CRM_USER_SYSTEM */
    struct crm_str login; /* instead of user when user is 0 */
};

struct crm_actor_facts {
    uint32_t size;
    int32_t door;
    int32_t language;         /* enum crm_language */
    bool is_system, is_admin; /* is_admin: everything in every record */
    int64_t user, team;
    struct crm_str login, role, zone;
};

/* How a text becomes a value. Zero is the default everywhere but `scale_micro` (0 counts as 1). */
struct crm_text_options {
    uint32_t size;
    bool null_words; /* "n/a", "null", "-" ... empty numbers, dates, choices, references */
    struct crm_currency currency; /* of amounts that name none */
    int64_t scale_micro;          /* multiplier with six places */
    struct crm_str date_order;    /* dmy, mdy, ymd; empty: unambiguous forms only */
    struct crm_str
        ref_by; /* field that finds a reference; empty: title, external_id, login, e-mail */
};

enum crm_changeset_flag {
    CRM_CHANGESET_DRY = 1,        /* everything but the writing */
    CRM_CHANGESET_BULK = 2,       /* many rows: indexes and search in batches */
    CRM_CHANGESET_NO_AFTER = 4,   /* after-handlers do not hear of it */
    CRM_CHANGESET_KEEP_GOING = 8, /* a failing op is left out and reported; the others go on */
    CRM_CHANGESET_IMPORT = 16     /* stage moves are marked as imported */
};

struct crm_changeset_options {
    uint32_t size;
    uint32_t flags;       /* enum crm_changeset_flag */
    int64_t part_of;      /* parent from parent_new, or 0 */
    struct crm_str cause; /* "import 123"; empty = the person or what the view stands for */
    struct crm_str note;
    /* With a key a commit happens once: a repetition within 24 hours (after a crash) writes nothing
     * and returns the first outcomes. Scope: the module's name. */
    struct crm_str once_key;
};

enum crm_items_mode { CRM_ITEMS_REPLACE = 1, CRM_ITEMS_ADD = 2, CRM_ITEMS_REMOVE = 3 };

struct crm_bulk_options {
    uint32_t size;
    size_t field_count; /* fields that the records are given; 0 = any */
    const struct crm_field *const *fields;
    int64_t expected_rows;
};

struct crm_commit {
    uint32_t size;
    bool replayed;        /* once_key was seen before */
    int64_t id, seq;      /* 0: nothing was written (dry, or nothing differs) */
    size_t outcome_count; /* one per op */
    size_t error_count;   /* messages by field, see error_at */
};

struct crm_outcome {
    uint32_t size;
    crm_status status; /* CRM_OK, or why this op was left out */
    int64_t id, version;
    bool changed;
    uint32_t source_row;
    const struct crm_error *error; /* NULL when OK; lives as long as the changeset */
};

struct crm_conflict { /* of an undo: a later edit stands in the way */
    const struct crm_entity *entity;
    const struct crm_field *field; /* or NULL */
    int64_t record;
    struct crm_value expected, found;
};

struct crm_undone {
    uint32_t size;
    int64_t changeset; /* the new one; 0 when everything conflicted */
    const struct crm_conflict *conflicts;
    size_t conflict_count;
};

struct crm_stage_move {
    int64_t stage, at_ms, actor; /* actor 0: whoever writes it */
};

#define CRM_RECORD_TABLE(X)                                                                        \
    /* ---- views ---- */                                                                          \
    X(crm_status, view_open,                                                                       \
      (struct crm_host * host, const struct crm_view_options *options, struct crm_view **ret,      \
       struct crm_error *err))                                                                     \
    X(void, view_close, (struct crm_view * view)) /* only what view_open gave */                   \
    /* Today's data; all that the view returned is gone but entities and fields, whose definitions \
     * stay. */                                                                                    \
    X(crm_status, view_refresh, (struct crm_view * view, struct crm_error * err))                  \
    X(struct crm_arena *, view_arena, (struct crm_view * view)) /* emptied by view_refresh */      \
    X(void, actor, (struct crm_view * view, struct crm_actor_facts * ret))                         \
    X(int64_t, view_now_ms, (struct crm_view * view)) /* the moment that now() and today() mean */ \
    /* ---- reading; `fields` is a comma-separated list of paths as in REST, empty = all of the    \
     * entity ---- */                                                                              \
    X(crm_status, get,                                                                             \
      (struct crm_view * view, const struct crm_entity *e, int64_t id, struct crm_str fields,      \
       struct crm_row *ret, struct crm_error *err)) /* CRM_NOT_FOUND: missing or unseen */         \
    X(crm_status, get_json,                                                                        \
      (struct crm_view * view, const struct crm_entity *e, int64_t id, struct crm_str fields,      \
       struct crm_json *out, int64_t *ret_version, struct crm_error *err))                         \
    /* Records by the value of a field, many at once: ret_counts[i] how many living ones the actor \
     * may read have values[i] (2 stands for more than one), ret_ids[i] the first. Texts compare   \
     * trimmed and folded (external_id exactly); multi-valued fields by any of their items. */     \
    X(crm_status, find,                                                                            \
      (struct crm_view * view, const struct crm_entity *e, const struct crm_field *f,              \
       const struct crm_value *values, size_t count, int64_t *ret_ids, uint8_t *ret_counts,        \
       struct crm_error *err))                                                                     \
    X(struct crm_str, title,                                                                       \
      (struct crm_view * view, const struct crm_entity *e, int64_t id)) /* empty: unseen */        \
    /* ---- resident entities (users, teams, pipelines, stages, directories, tags ...): from       \
     * memory ---- */                                                                              \
    X(size_t, resident_find,                                                                       \
      (struct crm_view * view, const struct crm_entity *e, const struct crm_field *f,              \
       struct crm_str text, int64_t *ret_id)) /* how many have this text, folded; the first */     \
    X(const struct crm_value *, resident_value,                                                    \
      (struct crm_view * view, const struct crm_entity *e, const struct crm_field *f,              \
       int64_t id)) /* NULL: no such record */                                                     \
    X(int64_t, resident_at,                                                                        \
      (struct crm_view * view, const struct crm_entity *e, size_t position)) /* 0 at the end */    \
    /* The stored code of a directory's value, by code or label. */                                \
    X(bool, choice_find,                                                                           \
      (struct crm_view * view, struct crm_str directory, struct crm_str text,                      \
       struct crm_str * ret_code))                                                                 \
    X(bool, rate_find,                                                                             \
      (struct crm_view * view, struct crm_currency currency, int64_t day,                          \
       int64_t * ret_rate_micro))                                                                  \
    /* One value from a text, as import and command line give it. CRM_NOT_FOUND: a choice or       \
     * reference that is not there; CRM_CONFLICT: several match; CRM_INVALID: not of this type. In \
     * the view's arena. */                                                                        \
    X(crm_status, value_from_text,                                                                 \
      (struct crm_view * view, const struct crm_field *f, struct crm_str text,                     \
       const struct crm_text_options *options, struct crm_value *ret, struct crm_error *err))      \
    /* ---- writing ---- */                                                                        \
    /* The id of a parent whose children are changesets with part_of; stands in the log from the   \
     * first child on, with its note, cause and door. Undo of a parent undoes its children, newest \
     * first. */                                                                                   \
    X(crm_status, parent_new,                                                                      \
      (struct crm_view * view, const struct crm_changeset_options *options, int64_t *ret_id,       \
       struct crm_error *err))                                                                     \
    X(crm_status, changeset_new,                                                                   \
      (struct crm_view * view, const struct crm_changeset_options *options,                        \
       struct crm_changeset **ret, struct crm_error *err))                                         \
    X(void, changeset_free, (struct crm_changeset * c)) /* waits for a started commit */           \
    /* Ops: NULL on exhaustion or when the entity is not the actor's to see. A create has its id   \
     * at once. */                                                                                 \
    X(struct crm_op *, create, (struct crm_changeset * c, const struct crm_entity *e))             \
    X(struct crm_op *, update,                                                                     \
      (struct crm_changeset * c, const struct crm_entity *e, int64_t id,                           \
       int64_t expect_version)) /* 0 = any */                                                      \
    X(struct crm_op *, trash,                                                                      \
      (struct crm_changeset * c, const struct crm_entity *e, int64_t id, int64_t expect_version))  \
    X(struct crm_op *, restore,                                                                    \
      (struct crm_changeset * c, const struct crm_entity *e, int64_t id))                          \
    X(struct crm_op *, purge, (struct crm_changeset * c, const struct crm_entity *e, int64_t id))  \
    X(int64_t, op_id, (const struct crm_op *op))                                                   \
    X(void, op_source_row, (struct crm_op * op, uint32_t row)) /* where its errors belong */       \
    /* Values are copied. A wrong field or type is reported by commit, as a message of that field. \
     */                                                                                            \
    X(crm_status, set,                                                                             \
      (struct crm_changeset * c, struct crm_op * op, const struct crm_field *f,                    \
       const struct crm_value *v, struct crm_error *err))                                          \
    X(crm_status, set_items,                                                                       \
      (struct crm_changeset * c, struct crm_op * op, const struct crm_field *f, int32_t mode,      \
       const struct crm_item *items, size_t count, struct crm_error *err))                         \
    /* The whole list of nested children: ids[i] 0 makes one, others are changed, missing ones     \
     * trashed. */                                                                                 \
    X(crm_status, set_children,                                                                    \
      (struct crm_changeset * c, struct crm_op * op, const struct crm_field *f,                    \
       const int64_t *ids, size_t count, struct crm_op **ret_ops, struct crm_error *err))          \
    /* One record object of REST; messages by field are kept for commit. */                        \
    X(crm_status, set_json,                                                                        \
      (struct crm_changeset * c, struct crm_op * op, const struct crm_json_value *object,          \
       struct crm_error *err))                                                                     \
    /* Rights, defaults, handlers, rules, then the write; back after it is durable. CRM_REFUSED    \
     * and friends: nothing was written (with KEEP_GOING: see the outcomes). */                    \
    X(crm_status, commit,                                                                          \
      (struct crm_changeset * c, struct crm_commit * ret, struct crm_error * err))                 \
    /* The same in two halves, so that the next changeset is filled while this one is written. */  \
    X(crm_status, commit_start, (struct crm_changeset * c, struct crm_error * err))                \
    X(crm_status, commit_wait,                                                                     \
      (struct crm_changeset * c, struct crm_commit * ret, struct crm_error * err))                 \
    X(void, outcome_at, (const struct crm_changeset *c, size_t position, struct crm_outcome *ret)) \
    X(const struct crm_error *, error_at, (const struct crm_changeset *c, size_t position))        \
    X(crm_status, undo,                                                                            \
      (struct crm_view * view, int64_t changeset, struct crm_undone * ret,                         \
       struct crm_error * err))                                                                    \
    /* Takes the newest op back before commit, with all that was set on it. */                     \
    X(void, drop_last, (struct crm_changeset * c))                                                 \
    /* Around very many new records of one entity, written by changesets as ever: indexes and      \
     * search are brought up to date in batches at the end, which takes seconds and lets other     \
     * work through. Nothing is lost when the process ends in between. */                          \
    X(crm_status, bulk_begin,                                                                      \
      (struct crm_view * view, const struct crm_entity *e, const struct crm_bulk_options *options, \
       struct crm_bulk **ret, struct crm_error *err))                                              \
    X(crm_status, bulk_end,                                                                        \
      (struct crm_bulk * bulk, struct crm_error * err)) /* it is gone either way; NULL accepted */ \
    /* How a new record came to its stage, oldest first, the last move into the stage it is in.    \
     * Changesets with CRM_CHANGESET_IMPORT only. Such moves count as if made by hand at their     \
     * times, where a stage that an import sets without is marked as imported. */                  \
    X(crm_status, stage_moves,                                                                     \
      (struct crm_changeset * c, struct crm_op * op, const struct crm_stage_move *moves,           \
       size_t count, struct crm_error *err))

CRM_TABLE(crm_record, CRM_RECORD_TABLE)

#endif
