/* Writes to many records of one entity: by ids or by a filter, in changesets of up to 1,000 ops
 * under one parent. Used by the route and its job, and by the handing over of work. Threads: one
 * that may block. */
#ifndef HTTP_BULK_H
#define HTTP_BULK_H

#include "base/json.h"
#include "record/read.h"

enum { BULK_CHUNK = 1000, BULK_AT_ONCE = 10000, BULK_FAILURES_SHOWN = 100 };

struct bulk_failure {
    int64_t id;
    struct err err;
};

struct bulk {
    struct engine *engine;
    struct store_conn *reader; /* no transaction open */
    const struct access *access;
    struct arena *arena; /* of the whole; chunks have one of their own */
    const struct schema_entity *entity;
    const json_t *body; /* borrowed: {"ids" or "where", "set" or "delete" or "restore"} */
    /* Instead of "set": what records are given in turn, so that they are shared. */
    const json_t *const *turns;
    size_t turn_count, turn;
    int64_t parent; /* of all that is written; 0 = one of its own where several are needed */
    struct str cause;
    /* Asked once, for the changeset of a write of one chunk; NULL = no key. */
    crm_status (*idempotency)(void *ctx, struct changeset *c, struct err *err);
    bool (*is_cancelled)(void *ctx);                      /* or NULL */
    void (*on_progress)(const struct bulk *b, void *ctx); /* or NULL, after each chunk */
    void *ctx;
    /* result */
    int64_t matched, changed, unchanged, failed;
    int64_t changeset; /* the only one or the parent; 0 = nothing written */
    struct bulk_failure *failures;
    size_t failure_count;
};

/* The form of the body: exactly one of each pair. */
crm_status bulk_check(const json_t *body, struct err *err);
/* How many records the filter holds, counted up to BULK_AT_ONCE + 1. */
crm_status bulk_count(struct bulk *b, int64_t *ret, struct err *err);
crm_status bulk_run(struct bulk *b, struct err *err);
/* "failures":[...], without braces around */
void bulk_failures_json(const struct bulk_failure *failures, size_t count, enum language language,
                        struct json_writer *w);
void bulk_json(const struct bulk *b, enum language language, struct json_writer *w);

#endif
