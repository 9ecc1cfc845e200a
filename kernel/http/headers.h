/* The headers of one request as a table: in the order of the wire, with the known ones found once.
 *
 * Names and values are borrowed from the connection's memory until the answer is sent. Threads: the
 * request's. */
#ifndef HTTP_HEADERS_H
#define HTTP_HEADERS_H

#include "base/str.h"

enum { HTTP_HEADERS_MAX = 64, HTTP_HEADER_BYTES_MAX = 12 * 1024 };

/* X(ENUM, name, must stand once) */
#define HTTP_KNOWN_HEADERS(X)                                                                      \
    X(HOST, "Host", 1)                                                                             \
    X(CONTENT_LENGTH, "Content-Length", 1)                                                         \
    X(TRANSFER_ENCODING, "Transfer-Encoding", 1)                                                   \
    X(CONTENT_TYPE, "Content-Type", 1)                                                             \
    X(CONTENT_ENCODING, "Content-Encoding", 1)                                                     \
    X(AUTHORIZATION, "Authorization", 1)                                                           \
    X(COOKIE, "Cookie", 1)                                                                         \
    X(IF_MATCH, "If-Match", 1)                                                                     \
    X(IF_NONE_MATCH, "If-None-Match", 1)                                                           \
    X(RANGE, "Range", 1)                                                                           \
    X(IF_RANGE, "If-Range", 1)                                                                     \
    X(ACCEPT_LANGUAGE, "Accept-Language", 0)                                                       \
    X(ACCEPT_ENCODING, "Accept-Encoding", 0)                                                       \
    X(X_REQUEST_ID, "X-Request-Id", 1)                                                             \
    X(IDEMPOTENCY_KEY, "Idempotency-Key", 1)                                                       \
    X(X_CSRF_TOKEN, "X-CSRF-Token", 1)                                                             \
    X(X_VIEW_AS, "X-View-As", 1)                                                                   \
    X(ORIGIN, "Origin", 1)                                                                         \
    X(REFERER, "Referer", 1)                                                                       \
    X(SEC_FETCH_SITE, "Sec-Fetch-Site", 1)                                                         \
    X(X_FORWARDED_FOR, "X-Forwarded-For", 0)                                                       \
    X(X_FORWARDED_PROTO, "X-Forwarded-Proto", 1) X(LAST_EVENT_ID, "Last-Event-ID", 1)

enum http_known_header {
#define HTTP_KNOWN_ENUM(name, text, once) HTTP_HEADER_##name,
    HTTP_KNOWN_HEADERS(HTTP_KNOWN_ENUM)
#undef HTTP_KNOWN_ENUM
        HTTP_HEADER_KNOWN_COUNT
};

struct http_header {
    struct str name, value;
};

struct http_headers {
    struct http_header items[HTTP_HEADERS_MAX];
    uint8_t count;
    bool overflow;                          /* more than the table holds */
    uint8_t known[HTTP_HEADER_KNOWN_COUNT]; /* position + 1 of the first */
    uint32_t repeated;                      /* bit per known header */
};

struct arena;
void http_headers_clear(struct http_headers *h);
/* Copies names and values into the arena: for who goes on when the connection's memory is gone. */
bool http_headers_keep(struct http_headers *h, struct arena *a);
void http_headers_add(struct http_headers *h, struct str name, struct str value);
struct str http_headers_find(const struct http_headers *h,
                             struct str name); /* first; empty when absent */
const char *http_header_name(enum http_known_header known);
/* The first repeated header that may stand only once, or NULL. */
const char *http_headers_repeated(const struct http_headers *h);

static inline bool http_headers_has(const struct http_headers *h, enum http_known_header known) {
    return h->known[known] != 0;
}
static inline struct str http_headers_get(const struct http_headers *h,
                                          enum http_known_header known) {
    return h->known[known] ? h->items[h->known[known] - 1].value : STR_NONE;
}
/* A cookie of the Cookie header (RFC 6265, 4.2.1), as sent; empty when absent. */
struct str http_headers_cookie(const struct http_headers *h, struct str name);

#endif
