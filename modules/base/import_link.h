/* References of imported rows to their own entity (a parent, a manager): kept while rows are read,
 * resolved after the last one, so that the order of rows does not matter. Threads: the import's. */
#ifndef MODULES_BASE_IMPORT_LINK_H
#define MODULES_BASE_IMPORT_LINK_H

#include "import_make.h"
#include "import_state.h"

/* Remembers what the row refers to. */
crm_status import_link_keep(const struct import_run *run, struct crm_arena *a,
                            const struct import_plan *plan, const struct import_row *row,
                            struct import_state *state, struct crm_error *err);
/* Resolves and writes everything kept; what names nothing is reported like a rejected row's reason.
 */
crm_status import_link_all(const struct import_run *run, struct crm_arena *a,
                           struct import_plan *plan, struct import_state *state,
                           struct crm_error *err);

#endif
