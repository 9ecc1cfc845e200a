/* Handing over what a person works on: everything they own that is still open, in every entity,
 * goes to others by rules, and whom they led gets somebody else to report to. All of it is one
 * parent changeset, so that one undo returns it.
 *
 * {"to":[user, ...]} shares the work out in turn; "rules":[{"entity","where","to"}] come before,
 * each record going by the first that fits. "closed":true takes what is done, too. The person no
 * longer signs in ("disable":false leaves that as it is). Ending their sessions and tokens is the
 * caller's business. Threads: one that may block. */
#ifndef HTTP_HAND_OVER_H
#define HTTP_HAND_OVER_H

#include "http/bulk.h"

enum { HAND_OVER_ENTITIES_MAX = 500, HAND_OVER_RULES_MAX = 100, HAND_OVER_PEOPLE_MAX = 100 };

struct hand_over_part {
    const struct schema_entity *entity;
    int64_t open, all;           /* theirs before, each counted up to BULK_AT_ONCE + 1 */
    int64_t moved, failed, left; /* left: open ones that are still theirs */
};

struct hand_over {
    struct engine *engine;
    struct store_conn *reader; /* no transaction open */
    const struct access *access;
    struct arena *arena;
    const json_t *body; /* borrowed */
    int64_t user, parent;
    struct str cause;
    bool (*is_cancelled)(void *ctx);                           /* or NULL */
    void (*on_progress)(const struct hand_over *h, void *ctx); /* or NULL */
    void *ctx;
    /* result */
    struct hand_over_part *parts; /* those with anything of theirs */
    size_t part_count;
    int64_t total;     /* records that will be written */
    int64_t changeset; /* 0 = nothing was written */
    struct bulk_failure *failures;
    size_t failure_count;
};

/* The form of the body, who is named in it, and how much there is of what. */
crm_status hand_over_plan(struct hand_over *h, struct err *err);
crm_status hand_over_disable(struct hand_over *h, struct err *err);
crm_status hand_over_run(struct hand_over *h, struct err *err);
void hand_over_json(const struct hand_over *h, enum language language, struct json_writer *w);

#endif
