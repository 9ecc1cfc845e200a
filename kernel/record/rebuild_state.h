/* What the files of rebuild share. Private to record/. */
#ifndef RECORD_REBUILD_STATE_H
#define RECORD_REBUILD_STATE_H

#include "record/engine_state.h"
#include "record/evaluate.h"
#include "record/rebuild.h"
#include "record/search_fill.h"

enum { REBUILD_BATCH_NS = 6 * 1000 * 1000, REBUILD_PAGE = 200, REBUILD_CLEAR_ROWS = 2000 };

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
    const struct rebuild_options *options;
    struct arena arena;                       /* of the step */
    struct store_migration migration, before; /* before: as the last batch left it */
    struct search_fill fill;
    bool is_lossy, is_suspended;
    bool is_last; /* the batch at hand saw the end */
};

/* rebuild_rows.c: the next rows after migration.cursor, inside the writer's transaction; moves the
 * cursor and sets is_last. */
crm_status rebuild_rows(struct rebuild *r, struct store_conn *c, struct err *err);

#endif
