/* The rows of an import that were not taken, as CSV lines: as they stood, with two more cells, the
 * reason in the importing person's language and the line of the file. Of a row past
 * REJECTED_ROW_BYTES_MAX the end is cut off. Threads: the import's. */
#ifndef MODULES_BASE_IMPORT_REJECTS_H
#define MODULES_BASE_IMPORT_REJECTS_H

#include "import_table.h"

/* Hands the lines of one piece to run->rejects, in parts; `first`: the header comes before them.
 * Fails as the sink does. */
crm_status import_rejects_write(const struct import_run *run, const struct import_plan *plan,
                                const struct import_piece *piece, bool first,
                                struct crm_error *err);

#endif
