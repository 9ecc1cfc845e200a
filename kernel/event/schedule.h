/* Schedules: jobs at times of the calendar. The next time stands in sys_schedule; firing moves it
 * and enqueues the job in one transaction, so a schedule fires once, also after a restart, on two
 * nodes, and on the days when clocks change.
 *
 * Times missed while the server was down fire once, at start. Threads: as hub.h. */
#ifndef EVENT_SCHEDULE_H
#define EVENT_SCHEDULE_H

#include "base/time.h"
#include "event/job.h"

/* Minute, hour, day of month, month, day of week (0-7 or sun-sat, both 0 and 7 are Sunday): star,
 * a, a-b, lists with commas, steps with "/". As in cron, when both days are restricted either may
 * match. Also "@hourly", "@daily", "@weekly", "@monthly", "@yearly". */
struct cron {
    uint64_t minutes;
    uint32_t hours, days, months, weekdays; /* bit per value */
    bool any_day, any_weekday, any_hour;
};
crm_status cron_parse(struct str text, struct cron *ret, struct err *err);
/* The first moment after `after_ms`. With a fixed hour a local time that a clock change skips fires
 * as much later, one that comes twice fires the first time; with any hour real minutes count.
 * INT64_MAX when there is none within nine years ("0 0 30 2 *"). */
int64_t cron_next(const struct cron *c, const struct zone *z, int64_t after_ms);

struct event_schedule {
    struct str name; /* durable and unique */
    struct str owner;
    struct str cron;
    bool utc; /* else the company's zone */
    struct str job_kind, queue, payload;
    int64_t actor; /* 0 = ACTOR_SYSTEM */
};
/* Texts are copied. A changed cron text reckons anew. */
crm_status event_schedule_add(struct event_hub *h, const struct event_schedule *s, struct err *err);
/* When it fires next; CRM_NOT_FOUND. */
crm_status event_schedule_next(struct store_conn *c, struct str name, int64_t *ret_ms,
                               struct err *err);

#endif
