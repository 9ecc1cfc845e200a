/* Why rows were left out, row by row, out of the kept files of rejected rows: a page at a time in
 * the order of the file. Threads: the request's. */
#ifndef MODULES_BASE_IMPORT_REASONS_H
#define MODULES_BASE_IMPORT_REASONS_H

#include "import_store.h"

enum { IMPORT_REASONS_PAGE = 100, IMPORT_REASONS_PAGE_MAX = 1000 };

/* "reasons": [{"line","field","detail"}] and "next" into the open object: rows behind the line
 * `after`, `limit` of them at most. `next` is the line to go on behind, or null. */
crm_status import_reasons_put(struct import_store *s, int64_t import, uint64_t after, size_t limit,
                              struct crm_arena *a, struct crm_json *out, struct crm_error *err);
void import_reason_put(const struct crm *crm, struct crm_json *out,
                       const struct import_reason *reason);

#endif
