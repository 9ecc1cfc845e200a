/* What a person's feed holds (RFC 5545): their own activities that have a time, and the birthdays
 * of the contacts they may see, every year. Fields that they may not see are not in it. Threads:
 * the view's. */
#ifndef MODULES_BASE_FEED_CALENDAR_H
#define MODULES_BASE_FEED_CALENDAR_H

#include <crm/services.h>

enum { FEED_BYTES_MAX = 16 * 1024 * 1024, FEED_EVENTS_MAX = 10000 };

crm_status feed_calendar_write(const struct crm *crm, struct crm_view *view, struct crm_buf *out,
                               struct crm_error *err);

#endif
