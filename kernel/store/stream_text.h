/* The JSON frames of the stream, parsed and checked. Private to store/; see stream.h. Threads: any.
 */
#ifndef STORE_STREAM_TEXT_H
#define STORE_STREAM_TEXT_H

#include "store/stream.h"

/* "The backup is damaged", with the technical reason. */
crm_status stream_damaged(const char *what, struct err *err);
/* A newer format, or one written by a program with newer tables, is refused in words. */
crm_status stream_text_header(struct str json, struct arena *a, struct stream_header *ret,
                              struct err *err);
/* Names are letters, digits and underscores, at most 63. */
crm_status stream_text_table(struct str json, struct arena *a, struct catalog_table *ret,
                             struct err *err);
crm_status stream_text_end(struct str json, int64_t *ret_rows, struct digest *ret_sha256,
                           struct err *err);
crm_status stream_text_total(struct str json, int64_t *ret_tables, int64_t *ret_rows,
                             struct err *err);

#endif
