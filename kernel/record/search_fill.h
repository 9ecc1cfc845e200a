/* How far the search rows of an entity have been made anew, while other fields of it become
 * searchable: a row of sys_state, so that apply and the batches of rebuild agree in every
 * transaction. Private to record/. Threads: the connection's; writing in the writer. */
#ifndef RECORD_SEARCH_FILL_H
#define RECORD_SEARCH_FILL_H

#include "record/engine_state.h"

struct search_fill {
    bool begun;      /* else nothing of it is under way: all rows hold the fields of now */
    int64_t renewed; /* rows of records up to this id hold the fields of now */
    bool has_former; /* those behind it are there, with the fields of before */
};

crm_status search_fill_read(struct store_conn *c, const struct schema_entity *e,
                            struct search_fill *ret, struct err *err);
/* Begins, or goes on where it was. When something else was begun meanwhile, rows of two kinds lie
 * about: they are thrown away. */
crm_status search_fill_begin(struct store_conn *c, const struct schema_entity *e,
                             struct search_fill *ret, struct err *err);
crm_status search_fill_put(struct store_conn *c, const struct schema_entity *e, int64_t renewed,
                           struct err *err);
/* The index itself is in doubt (search_repair.h): begins anew, or goes on where it was. */
crm_status search_fill_anew(struct store_conn *c, const struct schema_entity *e, struct err *err);
/* It is over. */
crm_status search_fill_forget(struct store_conn *c, const struct schema_entity *e, struct err *err);
/* All rows are of now, those to come too. */
crm_status search_fill_whole(struct store_conn *c, const struct schema_entity *e, struct err *err);
/* When a snapshot has come into force: forgets what is over. What was begun and is not wanted any
 * more has left rows of two kinds: they are made anew. In the writer, outside of transactions. */
crm_status search_fill_settle(struct store_conn *c, const struct schema *s, struct err *err);

#endif
