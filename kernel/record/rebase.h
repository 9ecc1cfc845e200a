/* A changeset that was made under an older snapshot, moved to the one in force: so that whatever
 * the writer writes is written as the schema of now says, also by requests that began before a
 * change of definitions. Private to record/. Threads: the writer's. */
#ifndef RECORD_REBASE_H
#define RECORD_REBASE_H

#include "record/engine_state.h"

/* A copy of the changeset under `schema`, in its arena; the one that was made stays as it is, for
 * those who answer it, and holds the snapshot until changeset_fini. Entities, fields and attributes
 * are found by id. A value of a field that has another type by now is converted; one that does not
 * convert is refused, what is written to a field that is out of use is left out. */
crm_status changeset_rebase(struct engine *e, struct changeset *c, struct schema *schema,
                            struct changeset **ret, struct err *err);

#endif
