/* A search index that is malformed or does not hold what it should, made anew beside other work:
 * emptied, then filled in batches of a few milliseconds in the order of ids. Until its batch comes
 * a record is not found. How far it is stands in the database (search_fill.h): what is interrupted
 * goes on with the next call, or is done by the next start. Threads: any that may wait for the
 * writer. */
#ifndef RECORD_SEARCH_REPAIR_H
#define RECORD_SEARCH_REPAIR_H

#include "record/engine.h"

struct search_repair_options {
    /* NULL, or after every batch; false interrupts. */
    bool (*progress)(void *ctx, struct str entity, int64_t rows);
    void *ctx;
};

/* CRM_CANCELLED: interrupted; CRM_STALE: other definitions have come into force, with which it was
 * done. */
crm_status search_repair(struct engine *e, int32_t entity,
                         const struct search_repair_options *options, int64_t *ret_rows,
                         struct err *err);

#endif
