/* What the client accepts: content codings and languages (RFC 9110, 12.5), and conditions on
 * versions and ranges (13, 14). Pure functions over header texts. */
#ifndef HTTP_NEGOTIATE_H
#define HTTP_NEGOTIATE_H

#include "base/err.h"

/* gzip with a weight above 0, by its own name or "*". */
bool http_accepts_gzip(struct str accept_encoding);
/* The language of the highest weight that we have; false when none is named. */
bool http_accepts_language(struct str accept_language, enum language *ret);
/* Does one of the entity tags of If-None-Match equal `etag` (weak comparison), or is it "*"? */
bool http_etag_listed(struct str header, struct str etag);
/* If-Match as a version: "3", W/"3" or 3; "*" gives 0. False: not of that form. */
bool http_etag_version(struct str header, int64_t *ret);

enum http_range_outcome { HTTP_RANGE_NONE, HTTP_RANGE_PART, HTTP_RANGE_OUTSIDE };
/* One byte range against a size; several ranges and malformed headers are NONE (the whole file). */
enum http_range_outcome http_range_parse(struct str header, int64_t size, int64_t *ret_from,
                                         int64_t *ret_length);

#endif
