/* Building the reverse of logged changes. Private to record/; the way in is record_undo (log.h). */
#ifndef RECORD_UNDO_H
#define RECORD_UNDO_H

#include "record/evaluate.h"
#include "record/image.h"
#include "record/log.h"
#include "record/merge.h"
#include "record/messages.h"

enum { UNDO_CHANGES_MAX = 10000, UNDO_PAGE = 500 };

/* One undo in the making: the reverse of one changeset at a time. */
struct undo {
    struct engine *engine;
    struct store_conn *conn;
    const struct access *access;
    struct schema *schema;
    struct arena *arena;
    struct changeset changeset; /* the reverse of the one at hand */
    struct undo_result *result;
    size_t conflict_capacity;
    struct row_eval eval;
    int64_t merged_into; /* the survivor of the merge that is undone; 0: it is none */
    const int64_t *made; /* records that the reverted changesets created, sorted */
    size_t made_count;
};

/* What a merge turned to its survivor by itself: whoever may undo the merge may turn it back. */
static inline bool undo_is_systems(const struct undo *u, enum record_verb verb, int64_t record) {
    return u->merged_into && verb == RECORD_UPDATE && record != u->merged_into;
}
/* Adds the reverse of one change, or a conflict. undo_change.c */
crm_status undo_change(struct undo *u, const struct log_change *change, struct err *err);
/* Did the changesets that are undone make the record? */
bool undo_made(const struct undo *u, int64_t id);
/* What this undo has already decided about the field that refers; NULL: nothing. */
const struct record_write *undo_decided(const struct undo *u, const struct schema_entity *e,
                                        int64_t id, const struct schema_field *f);
/* Of stages, pipelines and values that the ops would take away, those in which records stand that
 * the undo leaves there stay, as conflicts. undo_lists.c */
crm_status undo_lists(struct undo *u, struct err *err);
/* The reverse of a change of a multi-valued field, as a write of `op`. undo_items.c */
crm_status undo_items(struct undo *u, const struct log_change *change, const struct schema_field *f,
                      const struct image_field *image, struct record_op *op, struct err *err);
crm_status undo_conflict_add(struct undo *u, const struct schema_entity *e, int64_t record,
                             const struct schema_field *f, const struct value *expected,
                             const struct value *found, struct err *err);

#endif
