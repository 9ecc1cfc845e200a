/* A whole database taken back to a moment, by its own log: point-in-time.
 *
 * What is later than the moment is taken out of the log, and every record that it touched becomes
 * what it was: values, lists, links, trash, version, who changed it last; roll-ups and stored
 * formulas are computed anew. What the log does not hold stays as it is: definitions, passwords and
 * tokens, numbers that a series has given out. Search rows are left to record_reindex. In batches,
 * each a transaction: who cuts it off begins again from the backup. Threads: the connection's,
 * while nobody else works with the database. */
#ifndef RECORD_REWIND_H
#define RECORD_REWIND_H

#include "record/engine.h"
#include "store/dump.h"

struct rewind_facts {
    int64_t seq, at_ms;          /* the last changeset that stays, and its moment */
    int64_t changesets, records; /* taken back */
    int64_t left; /* records of entities that are there no more, or whose images were erased */
};

/* CRM_RANGE: the log does not reach back to the moment. */
crm_status record_rewind(struct engine *e, struct store_conn *writer, int64_t at_ms,
                         const struct store_progress *progress, struct rewind_facts *ret,
                         struct err *err);

#endif
