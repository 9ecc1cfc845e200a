/* Bulk mode of an entity while an import of very many records runs: what store/bulk.h takes away
 * and makes again, for the records and for their moves through stages. The import writes through
 * changesets as ever.
 *
 * Between the steps of making everything again the writer serves others. Threads: one, which may
 * wait for the writer. A process that ends in between leaves the rest to the next start. */
#ifndef RECORD_BULK_H
#define RECORD_BULK_H

#include "record/engine.h"

struct engine_bulk;

struct engine_bulk_options {
    struct schema *schema; /* a reference is kept */
    const struct schema_entity *entity;
    const struct slot_set *filled; /* what the import fills by itself; NULL = any */
    int64_t expected_rows;
};
crm_status engine_bulk_begin(struct engine *e, const struct engine_bulk_options *options,
                             struct engine_bulk **ret, struct err *err);
/* `b` is gone either way; NULL accepted. */
crm_status engine_bulk_end(struct engine_bulk *b, struct err *err);

#endif
