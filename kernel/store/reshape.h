/* What a background step of a schema plan does to tables at large: counting and looking rows
 * through, clearing columns in batches, making indexes. The rows themselves are filled by
 * record/rebuild.h. Threads: the connection's. */
#ifndef STORE_RESHAPE_H
#define STORE_RESHAPE_H

#include "schema/plan.h"
#include "store/store.h"

/* Rows of a table, trash included, counted up to `limit` (0: all). */
crm_status store_reshape_rows(struct store_conn *c, struct str table, int64_t limit, int64_t *ret,
                              struct err *err);

/* Bytes that the values of a field have in a row, on the average of the first ones. */
crm_status store_reshape_width(struct store_conn *c, const struct schema_entity *e,
                               const struct schema_field *f, int64_t *ret, struct err *err);

enum store_reshape_finding {
    STORE_RESHAPE_EMPTY,    /* living rows without a value in `f` */
    STORE_RESHAPE_LOST,     /* rows with a value in `from` and none in `f` */
    STORE_RESHAPE_DUPLICATE /* living rows that share their key in `f` with another one */
};
struct store_reshape_question {
    const struct schema_entity *entity;
    enum store_reshape_finding what;
    const struct schema_field *field, *from;
    struct str shadow; /* DUPLICATE: the shadow of the key's index is asked (store/shadow.h), */
    bool renewed;      /* for the rows that were written since it was begun */
    size_t limit;
};
struct store_reshape_answer {
    int64_t count; /* rows there are */
    int64_t *ids;  /* of the first, in the arena */
    size_t id_count;
};
crm_status store_reshape_find(struct store_conn *c, const struct store_reshape_question *q,
                              struct arena *a, struct store_reshape_answer *ret, struct err *err);

/* The ids of the next `limit` rows after `after_id`: the last one, and how many. */
crm_status store_reshape_boundary(struct store_conn *c, struct str table, int64_t after_id,
                                  int64_t limit, int64_t *ret_last, int64_t *ret_rows,
                                  struct err *err);

/* Waits until what was written so far has been done: a server of its own works behind our
 * statements, and whoever looks at the clock would not see it. */
crm_status store_reshape_reach(struct store_conn *c, struct err *err);

/* Takes the values of a field of the registry out of the next `limit` rows after `after_id`; inside
 * a transaction of the writer. *ret_last is where it came to, *ret_rows how many it saw: fewer than
 * `limit` at the end. */
crm_status store_reshape_clear(struct store_conn *c, struct str table,
                               const struct schema_registry_field *f, int64_t after_id,
                               int64_t limit, int64_t *ret_last, int64_t *ret_rows,
                               struct err *err);
/* The link table of a field that is gone; inside a transaction of the writer. */
crm_status store_reshape_drop_links(struct store_conn *c, struct str table, struct err *err);

/* Makes an index over rows that are there. SQLite: on the writer's connection, which stands still
 * meanwhile. PostgreSQL: CONCURRENTLY, on a connection of its own, outside of transactions. A
 * unique index over duplicates is CRM_CONFLICT and leaves nothing. */
crm_status store_reshape_index(struct store_conn *c, const struct schema_entity *e,
                               const struct schema_index *index, struct err *err);
/* PostgreSQL: takes one away again, in the same way. */
crm_status store_reshape_unindex(struct store_conn *c, const struct schema_index *index,
                                 struct err *err);

#endif
