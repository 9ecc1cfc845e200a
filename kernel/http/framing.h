/* The check of a request's framing before anything believes it: libmicrohttpd 0.9.75 lets through
 * two Content-Lengths, Content-Length beside Transfer-Encoding, two Hosts, TRACE, NUL and control
 * bytes.
 *
 * Pure: looks at what it is given, answers with a fault or none. A faulty request is answered and
 * its connection closed. References: RFC 9112 sections 2.2, 3.2, 5, 6.3; RFC 9110 section 5. */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include "base/err.h"
#include "http/headers.h"

enum { HTTP_TARGET_MAX = 8000 };

struct http_framing {
    const char *method; /* as the library gives them: NUL-terminated */
    const char *target; /* before anything was decoded; NULL when the line had none */
    const char *version;
    struct str target_copy; /* the same bytes, up to the first NUL */
    size_t header_bytes;    /* from the first byte of the method to the end of the empty line */
    bool contiguous; /* the pointers stand in one buffer as they came (0.9.75); tells hidden NULs */
    const struct http_headers *headers;
};

struct http_fault {
    int http; /* status of the answer, 0 = the framing is sound */
};

/* Fills `err` when the status is not 0. */
struct http_fault http_framing_check(const struct http_framing *f, struct err *err);

#endif
