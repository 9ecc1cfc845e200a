/* Committing from inside the writer thread, between batches: stock records; and how the writer
 * knows a changeset that takes it long. Private to record/. */
#ifndef RECORD_COMMIT_H
#define RECORD_COMMIT_H

#include "record/changeset.h"

crm_status changeset_commit_now(struct engine *e, struct changeset *c, struct err *err);

/* What the writer runs for a changeset of very many records: others may go before it. */
void changeset_run_long(struct work *w, void *worker);

#endif
