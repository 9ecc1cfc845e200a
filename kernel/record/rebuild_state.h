/* What the files of rebuild share. Private to record/. */
#ifndef RECORD_REBUILD_STATE_H
#define RECORD_REBUILD_STATE_H

#include "record/engine_state.h"
#include "record/evaluate.h"
#include "record/rebuild.h"
#include "record/search_fill.h"
#include "store/reshape.h"

enum { REBUILD_BATCH_NS = 6 * 1000 * 1000, REBUILD_PAGE = 200, REBUILD_FOUND_MAX = 100 };

/* Detail of a step that was asked for with the loss of what does not convert. */
#define REBUILD_LOSSY STR("{\"lossy\":true}")

/* Detail of a step that is done and waits for the snapshot that shows it: until then it runs. */
#define REBUILD_SETTLED STR("{\"settled\":true}")

struct rebuild {
    struct engine *engine;
    struct schema_plan *plan;
    size_t at;
    const struct schema_step *step;
    const struct schema_entity *entity;
    const struct schema_field *field; /* NULL: FILL_SEARCH, RECYCLE_FIELD */
    const struct schema_registry_field *registered;
    const struct schema_index *index; /* what the step ends with, or NULL */
    const struct rebuild_options *options;
    struct arena arena;                       /* of the step */
    struct store_migration migration, before; /* before: as the last batch left it */
    struct search_fill fill;
    bool is_lossy, is_suspended;
    bool is_last;                       /* the batch at hand saw the end */
    int64_t began_ns, batch_ns, end_ns; /* since when; the writer's own time in its longest batch
                                           and at the end, when it does nothing else */
    bool index_is_made, by_shadow, has_shadow;
};

/* rebuild_rows.c: the next rows after migration.cursor, inside the writer's transaction; moves the
 * cursor and sets is_last. */
crm_status rebuild_rows(struct rebuild *r, struct store_conn *c, struct err *err);
/* rebuild.c: what stops the step, into its row. */
crm_status rebuild_found(struct rebuild *r, const struct store_reshape_answer *answer,
                         struct err *err);
/* rebuild.c: CRM_CANCELLED where a person has cancelled the step; on any connection. */
crm_status rebuild_not_cancelled(struct rebuild *r, struct store_conn *c, struct err *err);
/* Sleeps, for as long as a batch took that began at `began_ns`. */
void rebuild_rest(const struct rebuild_options *options, int64_t began_ns);

/* rebuild_budget.c: CRM_REFUSED where the disk has no room for the step; on a reader. */
crm_status rebuild_budget(const struct rebuild *r, struct store_conn *c, struct err *err);

/* rebuild_index.c: the index that a step ends with. On a reader; in the writer's transaction; a
 * batch of it; exclusively in the writer; apart, behind the step. */
crm_status rebuild_index_look(struct rebuild *r, struct store_conn *c, struct err *err);
crm_status rebuild_index_begin(struct rebuild *r, struct store_conn *c, struct err *err);
crm_status rebuild_index_rows(struct rebuild *r, struct store_conn *c, struct err *err);
crm_status rebuild_index_apart(struct rebuild *r, struct err *err);
/* Takes away what was made apart, behind a step that was cancelled meanwhile. */
void rebuild_index_leave(struct rebuild *r);
crm_status rebuild_index_finish(struct rebuild *r, struct store_conn *c, struct err *err);
crm_status rebuild_index_shed(struct rebuild *r, struct err *err);

/* rebuild_queue.c: whether the shadow is that of a step which runs or waits. */
crm_status rebuild_wants_shadow(struct store_conn *c, const struct schema_plan *plan,
                                struct str shadow, struct arena *a, bool *ret, struct err *err);

#endif
