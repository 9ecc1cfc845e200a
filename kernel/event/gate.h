/* The one way out to the network for what scripts and hooks ask for: HTTP and HTTPS to addresses
 * that everybody may know.
 *
 * The name is resolved here, every address of it is checked - private, loopback, link-local (where
 * clouds tell their secrets), multicast, and IPv4 dressed as IPv6 are refused -, the connection is
 * pinned to them and checked again when the socket is made. No redirect is followed, no proxy and
 * no credentials of the process are used; the ports are 80 and 443; time and sizes are bounded. An
 * operator names what is allowed besides, each as HOST:PORT. Threads: any that may block. */
#ifndef EVENT_GATE_H
#define EVENT_GATE_H

#include <sys/socket.h>

#include "base/arena.h"
#include "base/err.h"

enum {
    GATE_URL_MAX = 4096,
    GATE_BODY_MAX = 131072,
    GATE_ANSWER_MAX = 1 << 20,
    GATE_HEADERS_MAX = 30,
    GATE_TIMEOUT_MS = 30000
};

struct gate_header {
    struct str name, value;
};
struct gate_request {
    struct str method; /* GET, POST, PUT, PATCH, DELETE, HEAD */
    struct str url, body;
    const struct gate_header *headers;
    size_t header_count;
    struct str allowed; /* "10.0.0.5:8080, hooks.local:80": the operator's */
    int64_t timeout_ms; /* 0 = GATE_TIMEOUT_MS */
    bool (*is_cancelled)(void *ctx);
    void *ctx;
};
struct gate_answer {
    int64_t status;
    struct str type, body; /* valid UTF-8 or empty */
    bool is_cut;           /* the body was longer than GATE_ANSWER_MAX */
};
/* CRM_INVALID for a request that is not one, CRM_FORBIDDEN for a place that is not allowed,
 * CRM_UNAVAILABLE when nobody answers, CRM_CANCELLED. An answer of any status is an answer. */
crm_status gate_send(const struct gate_request *q, struct arena *a, struct gate_answer *ret,
                     struct err *err);
/* The check without sending: for those who declare a request that is sent later. */
crm_status gate_check(const struct gate_request *q, struct err *err);
/* Whether an address is one that everybody may know. */
bool gate_address_is_public(const struct sockaddr *address);

#endif
