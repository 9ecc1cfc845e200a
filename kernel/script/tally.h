/* How often handlers ran lately and how often they failed, from the rows of sys_run.
 *
 * Looks at the newest SCRIPT_TALLY_ROWS rows at most: what a busy day left beyond is not counted,
 * and that is said. Threads: any. */
#ifndef SCRIPT_TALLY_H
#define SCRIPT_TALLY_H

#include "base/arena.h"
#include "base/err.h"
#include "store/store.h"

enum { SCRIPT_TALLY_ROWS = 10000 };

struct script_tally {
    struct str handler; /* durable name, borrowed */
    int64_t runs, failed;
};

/* `tallies` is sorted by handler; runs since `since_ms` are added up. */
crm_status script_tallies_fill(struct store_conn *c, int64_t since_ms, struct script_tally *tallies,
                               size_t count, bool *ret_is_all, struct err *err);
void script_tallies_sort(struct script_tally *tallies, size_t count);
const struct script_tally *script_tally_find(const struct script_tally *tallies, size_t count,
                                             struct str handler); /* NULL when absent */

#endif
