/* The log as rows: changesets, changes with their images, the digest chain, undo.
 *
 * Images are a compact binary form keyed by field id (record/image.c), so that renames and new
 * fields never touch history. Threads: the connection's. */
#ifndef RECORD_LOG_H
#define RECORD_LOG_H

#include "record/changeset.h"

struct log_changeset {
    int64_t id, seq, at_ms, actor;
    enum access_door door;
    struct str cause, script_version, note;
    int64_t part_of, reverts, reverted_by, changes;
    uint32_t flags;
    int depth;      /* of causality */
    bool is_parent; /* has no changes of its own; `changes` is the sum over its children */
};
struct log_change {
    int64_t seq, position;
    const struct schema_entity *entity; /* NULL: not in this snapshot any more */
    int32_t entity_id;
    int64_t record, version;
    enum record_verb verb;
    struct str images; /* decode with image_* */
    bool erased;       /* personal data was erased: the digest stands, the images are gone */
};

/* An image: before and after of the changed fields, by field id. */
struct image_field {
    int32_t field;
    struct value before, after;
    const struct store_item *items_before, *items_after; /* multi-valued fields */
    size_t items_before_count, items_after_count;
    bool is_items;
    bool before_lost, after_lost; /* image_today: it does not convert to the type of now; nil */
};
crm_status image_decode(struct arena *a, struct str images, const struct schema_entity *e,
                        struct image_field **ret, size_t *ret_count, struct err *err);

typedef bool (*log_changeset_fn)(void *ctx, const struct log_changeset *c);
typedef bool (*log_change_fn)(void *ctx, const struct log_change *c);
crm_status log_changeset_get(struct store_conn *c, int64_t id, struct arena *a,
                             struct log_changeset *ret, struct err *err);
/* Changesets with seq > after_seq in commit order (event cursors). */
crm_status log_each_changeset(struct store_conn *c, int64_t after_seq, int64_t limit,
                              struct arena *a, log_changeset_fn fn, void *ctx, struct err *err);
crm_status log_each_change(struct store_conn *c, const struct schema *s, int64_t seq,
                           int64_t from_position, int64_t limit, struct arena *a, log_change_fn fn,
                           void *ctx, struct err *err);
/* Children of a parent changeset, newest first. */
crm_status log_each_child(struct store_conn *c, int64_t parent, struct arena *a,
                          log_changeset_fn fn, void *ctx, struct err *err);
/* Changes of one record before a number (0 = all), newest first. */
crm_status log_each_of_record(struct store_conn *c, const struct schema *s, int32_t entity,
                              int64_t record, int64_t before_seq, int64_t limit, struct arena *a,
                              log_change_fn fn, void *ctx, struct err *err);
int64_t log_last_seq(struct engine *e);

/* Undo: reverses a changeset (and its children, newest first) as a new changeset of the actor. */
struct undo_conflict {
    const struct schema_entity *entity;
    int64_t record;
    const struct schema_field *field;
    struct value expected, found;
};
struct undo_result {
    int64_t changeset;
    struct undo_conflict *conflicts;
    size_t conflict_count;
};
/* What record_undo would refuse at once: CRM_NOT_FOUND for one of whose changes the actor sees
 * none, CRM_CONFLICT for one that is undone, CRM_FORBIDDEN where that is known from its first
 * changes. */
crm_status record_undo_ask(struct engine *e, struct store_conn *reader, const struct access *access,
                           int64_t changeset, struct arena *a, struct err *err);
crm_status record_undo(struct engine *e, struct store_conn *reader, const struct access *access,
                       int64_t changeset, struct arena *a, struct undo_result *ret,
                       struct err *err);

/* `check`: log against records, digest chain, roll-ups, counts, search, engine integrity. */
enum { CHECK_SEARCH_MAX = 64 };
struct check_report {
    int64_t records, changesets, changes, problems;
    struct str first_problem;
    int32_t search_wrong[CHECK_SEARCH_MAX]; /* entities for search_repair.h, the first of them */
    size_t search_wrong_count;
};
crm_status record_check(struct engine *e, struct store_conn *reader, struct arena *a,
                        void (*on_problem)(void *ctx, struct str text), void *ctx,
                        struct check_report *ret, struct err *err);

#endif
