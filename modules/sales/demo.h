/* Demonstration data of N deals with the people, organizations, leads and activities around them,
 * over the two years before today: `perigee demo [--size N] [--activities N] [--seed S] [--today
 * DATE]`, and one click of an administrator. The same seed and day give the same records on every
 * engine but for ids and times of making.
 *
 * All of it stands in changesets of one parent, whose id is kept as a mark: taking it out is the
 * undo of that parent, which leaves what other records refer to and names it. Threads: demo_make
 * the caller's, with its view; the mark any. */
#ifndef MODULES_SALES_DEMO_H
#define MODULES_SALES_DEMO_H

#include <crm/services.h>

struct demo_order {
    const struct crm *crm;
    struct crm_view *view;
    struct crm_arena *arena;
    int64_t size, seed;
    int64_t today; /* with has_today, else the company's own */
    bool has_today;
    int64_t activities; /* of a deal, on average; 0: up to three */
    void (*progress)(void *ctx, int64_t done, int64_t total);
    bool (*stopping)(void *ctx);
    void *ctx;
};

/* *ret_changeset: the parent of all that was made. CRM_CONFLICT when there is some already. */
crm_status demo_make(const struct demo_order *order, int64_t *ret_changeset, struct crm_error *err);
/* CRM_CONFLICT, in words, when its people are there. */
crm_status demo_refuse_second(const struct crm *crm, struct crm_view *view, struct crm_error *err);

/* Remembers the changeset that demonstration data comes with, before the first record of it.
 * demo_route.c */
crm_status demo_mark_keep(const struct crm *crm, int64_t changeset, struct crm_error *err);

crm_status demo_command_register(struct crm *crm, struct crm_error *err);
crm_status demo_route_register(struct crm *crm, struct crm_error *err);

#endif
