/* Random records and surroundings: small pools of awkward values, so that equality, ties, nil and
 * borders (midnights, changes of the clock, ends of months, currencies without a rate) come up
 * often. */
#ifndef PROPERTY_EXPR_WORLD_H
#define PROPERTY_EXPR_WORLD_H

#include "expr/random.h"
#include "expr/sample.h"
#include "store/store.h"

enum { WORLD_DEALS = 12, WORLD_ROWS = 64 };

struct world {
    struct arena arena; /* for the world's life */
    struct zone *zone;
    struct sample_row rows[WORLD_ROWS]; /* the first WORLD_DEALS are of the root entity */
    struct value tree[2];
    struct sample_world sample;
    struct expr_env env; /* env.arena: set by the caller, an expression's life */
    struct store_company company;
};

void world_init(struct world *w, struct random *r);
/* The records of the coverage table (expr/coverage.h): deal i is of class i % COVERAGE_CLASSES. */
void world_init_coverage(struct world *w);
/* The same in Samoa around 2011-12-30, a day that never was there: due_on and closed_on are dates
 * and made_at moments from the 28th to the 1st. */
void world_init_skipped_day(struct world *w);
void world_fini(struct world *w);

/* Literals from the pools, as written in an expression. */
const char *world_text_literal(struct random *r);
const char *world_date_literal(struct random *r);
const char *world_time_literal(struct random *r);

#endif
