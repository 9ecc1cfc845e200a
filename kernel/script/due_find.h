/* The question that due.c asks and due_jobs.c repeats step by step. Private to script/. Threads:
 * the connection's. */
#ifndef SCRIPT_DUE_FIND_H
#define SCRIPT_DUE_FIND_H

#include "script/due.h"

struct script_due_query {
    struct script_due due;
    struct str field, when;
    const struct schema_entity *entity;
    const struct access *access; /* the system's */
    int64_t now_ms, limit;
};
/* The day `to`, or the moments after `from` up to `to`; `after` is the page before's cursor. */
struct script_due_step {
    int64_t from, to;
    struct str after;
};
crm_status script_due_page(struct store_conn *c, const struct script_due_query *q,
                           const struct script_due_step *step, struct arena *a,
                           struct store_page *ret, struct err *err);
/* How the field stands in the condition; ptr NULL without memory. */
struct str script_due_field(struct arena *a, const struct schema_entity *e, struct str field,
                            const struct script_due *d);
/* The last day that is due at this moment, or the moment itself. */
int64_t script_due_now(const struct script_due *d, const struct zone *zone, int64_t now_ms);

#endif
