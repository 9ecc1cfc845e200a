/* How a table would be read, before anything is: its encoding and delimiter, its columns with
 * samples, the field each would fill and what the samples then mean. Threads: the caller's. */
#ifndef MODULES_BASE_IMPORT_PREVIEW_H
#define MODULES_BASE_IMPORT_PREVIEW_H

#include "import.h"

enum { IMPORT_PREVIEW_SAMPLES = 5 };

/* Reads the source's first bytes only. `a` holds what is read; the answer goes to `out` as one JSON
 * object. */
crm_status import_preview(const struct import_run *run, struct crm_arena *a, struct crm_json *out,
                          struct crm_error *err);

#endif
