/* Campaigns of the demonstration data and what they cost by day, where a module knows campaigns;
 * else none. Threads: the view's. */
#ifndef MODULES_SALES_DEMO_CAMPAIGNS_H
#define MODULES_SALES_DEMO_CAMPAIGNS_H

#include <crm/services.h>

enum { DEMO_CAMPAIGNS = 4 };

struct demo_campaigns {
    const struct crm *crm;
    struct crm_view *view;
    int64_t parent, today;
    int64_t days; /* of spend, back from yesterday */
    struct crm_currency currency;
    bool in_russian;
    int64_t ids[DEMO_CAMPAIGNS]; /* in the order of the names in utm_campaign; 0: none */
};

/* Fills `ids`. */
crm_status demo_campaigns_make(struct demo_campaigns *made, struct crm_error *err);

#endif
