/* Schedules by a field: "3 days before valid_until", for each record of an entity by itself.
 *
 * A schedule of the hub (daily for a date, each minute for a time) starts a job that looks for the
 * records that have become due since the last time and enqueues one job for each. How far it has
 * looked stands in sys_state and moves in the transaction that enqueues, so that each record comes
 * once for each moment - also over kill -9, on two nodes, and after days of standstill. A record
 * whose field is moved comes again at its new moment; one that gets a moment which has passed does
 * not come. Private to script/. Threads: the hub's. */
#ifndef SCRIPT_DUE_H
#define SCRIPT_DUE_H

#include "script/call.h"

/* The entity and field of "policy.ends_on"; false for the text of a cron line. */
bool script_due_subject(struct str subject, struct str *ret_entity, struct str *ret_field);
/* "3 days", "90 minutes": false for anything else. */
bool script_due_shift(struct str text, struct script_due *ret);
/* Whether entity, field and condition are there and fit each other. */
crm_status script_due_check(const struct schema *schema, const struct script_handler *h,
                            struct err *err);
/* The cron line by which the hub looks for due records. */
struct str script_due_cron(struct arena *a, const struct script_handler *h);
/* The job kinds "script.due" and "script.record". */
crm_status script_due_kinds(struct script_host *host, struct err *err);
extern const struct str script_due_kind;

/* The records that are due on the day at hand (a date) or were within the last day (a time), at
 * most `limit`: for dry runs. `v` is the system's, its connection in a transaction. */
crm_status script_due_today(struct record_view *v, const struct script_handler *h, size_t limit,
                            int64_t **ret_ids, size_t *ret_count, struct err *err);
/* Pushes (record, when): the day "2026-11-22" or the moment in ms. */
struct script_due_call {
    const struct schema_entity *entity;
    int64_t record, due; /* a day or a moment, as the field is */
    bool is_date;
};
int l_push_due(lua_State *L, struct script_run *r, void *ctx);

#endif
