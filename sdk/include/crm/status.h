/* Outcome of every fallible call, in the kernel and across the module border.
 *
 * The list is append-only: numbers are part of the ABI. The HTTP status beside each is what the
 * REST door answers (RFC 9110); `word` is a stable machine word for logs. */
#ifndef CRM_STATUS_H
#define CRM_STATUS_H

#define CRM_STATUSES(X)                                                                            \
    X(OK, 0, 200, "ok")                                                                            \
    X(INVALID, 1, 400, "invalid")                 /* malformed input, unknown or hidden name */    \
    X(UNAUTHENTICATED, 2, 401, "unauthenticated") /* nobody is signed in */                        \
    X(FORBIDDEN, 3, 403, "forbidden")             /* the role lacks the entity or the action */    \
    X(NOT_FOUND, 4, 404, "not_found")             /* missing and unseen alike */                   \
    X(CONFLICT, 5, 409, "conflict") /* unique key, idempotency key, already undone */              \
    X(STALE, 6, 412, "stale")       /* If-Match or a plan's reliance failed */                     \
    X(TOO_LARGE, 7, 413, "too_large")                                                              \
    X(UNSUPPORTED, 8, 415, "unsupported")                                                          \
    X(REFUSED, 9, 422, "refused") /* a rule, a handler or a reference refused */                   \
    X(TOO_MANY, 10, 429, "too_many")                                                               \
    X(INTERNAL, 11, 500, "internal")                                                               \
    X(NO_MEMORY, 12, 503, "no_memory")                                                             \
    X(IO, 13, 500, "io")                                                                           \
    X(UNAVAILABLE, 14, 503, "unavailable") /* queue full, shutting down, database away */          \
    X(TIMEOUT, 15, 503, "timeout")         /* a budget of time or steps is used up */              \
    X(CANCELLED, 16, 503, "cancelled")                                                             \
    X(RANGE, 17, 422, "range") /* exact arithmetic left 64 bits */

typedef enum crm_status {
#define CRM_STATUS_ENUM(name, number, http, word) CRM_##name = number,
    CRM_STATUSES(CRM_STATUS_ENUM)
#undef CRM_STATUS_ENUM
} crm_status;

#endif
