/* The request target, taken apart: decoded path segments and query parameters (RFC 3986, RFC
 * 9112 3.2).
 *
 * Strict: percent signs must be followed by two hex digits, decoded text must be valid UTF-8
 * without NUL, "." and ".." segments are refused (nothing here may climb). A plus sign in the query
 * is a blank. Pieces are borrowed from the raw text where nothing had to be decoded, else in the
 * arena. */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "base/arena.h"
#include "base/err.h"

enum { HTTP_SEGMENTS_MAX = 32, HTTP_QUERY_MAX = 64 };

struct http_pair {
    struct str name, value;
};

struct http_target {
    struct str path;  /* raw, without the query and without an authority */
    struct str query; /* raw */
    struct str segments[HTTP_SEGMENTS_MAX];
    size_t segment_count; /* of "/a/b": 2; of "/": 0; a trailing slash gives an empty last one */
    struct http_pair *pairs;
    size_t pair_count;
    bool asterisk; /* OPTIONS * */
};

/* `raw` passed the framing check. */
crm_status http_target_parse(struct str raw, struct arena *a, struct http_target *ret,
                             struct err *err);
/* One piece; `plus` turns + into a blank. Borrowed from `text` when nothing was encoded. */
crm_status http_percent_decode(struct str text, bool plus, struct arena *a, struct str *ret,
                               struct err *err);
/* Everything but unreserved characters as %XX. */
void http_percent_encode(struct str text, struct buf *out);

#endif
