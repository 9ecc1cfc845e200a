/* Compression of answers: one zlib stream a thread, reused. Small window (8 KB) and level 1: an
 * answer of 20 KB costs about as much as writing it did. Threads: the owner's. */
#ifndef HTTP_GZIP_H
#define HTTP_GZIP_H

#include "base/buf.h"

enum { HTTP_GZIP_MIN_BYTES = 1024 };

struct http_gzip;
struct http_gzip *http_gzip_new(void); /* NULL without memory */
void http_gzip_free(struct http_gzip *g);
/* The whole of `plain` as one gzip member at the end of `out`; false (and nothing added) when it
 * would not be smaller or memory is short. */
bool http_gzip_run(struct http_gzip *g, struct str plain, struct buf *out);
/* text/, JSON, XML, JavaScript, SVG: what shrinks. */
bool http_gzip_worth(struct str content_type, size_t bytes);

#endif
