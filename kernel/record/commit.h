/* Committing from inside the writer thread, between batches: stock records. Private to record/. */
#ifndef RECORD_COMMIT_H
#define RECORD_COMMIT_H

#include "record/changeset.h"

crm_status changeset_commit_now(struct engine *e, struct changeset *c, struct err *err);

#endif
