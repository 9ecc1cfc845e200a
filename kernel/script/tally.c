/* Counting runs by handler. See tally.h. */
#include "script/tally.h"

#include <stdlib.h>

#include "store/sys_tables.h"

static int compare(const void *a, const void *b) {
    return str_compare(((const struct script_tally *)a)->handler,
                       ((const struct script_tally *)b)->handler);
}

void script_tallies_sort(struct script_tally *tallies, size_t count) {
    if (count) qsort(tallies, count, sizeof *tallies, compare);
}

static struct script_tally *find(struct script_tally *tallies, size_t count, struct str handler) {
    const struct script_tally wanted = {.handler = handler};
    return count ? bsearch(&wanted, tallies, count, sizeof *tallies, compare) : NULL;
}

const struct script_tally *script_tally_find(const struct script_tally *tallies, size_t count,
                                             struct str handler) {
    return find((struct script_tally *)(uintptr_t)tallies, count, handler);
}

struct counting {
    struct script_tally *tallies;
    size_t count;
    int64_t since_ms, seen;
};

/* Newest first: what began before ends the walk. */
static bool count_one(void *ctx, const struct store_value *row) {
    struct counting *c = ctx;
    if (row[SYS_RUN_STARTED_AT].integer < c->since_ms) return false;
    if (++c->seen > SCRIPT_TALLY_ROWS) return false;
    struct script_tally *t = find(c->tallies, c->count, row[SYS_RUN_SCRIPT].bytes);
    if (!t) return true;
    t->runs++;
    t->failed += !str_is(row[SYS_RUN_OUTCOME].bytes, "ok");
    return true;
}

crm_status script_tallies_fill(struct store_conn *c, int64_t since_ms, struct script_tally *tallies,
                               size_t count, bool *ret_is_all, struct err *err) {
    struct counting counting = {tallies, count, since_ms, 0};
    const int8_t order[] = {-(SYS_RUN_ID + 1)};
    const struct store_select select = {.table = sys_table(SYS_TABLE_RUN),
                                        .order = order,
                                        .order_count = 1,
                                        .limit = SCRIPT_TALLY_ROWS + 1};
    crm_status status = store_each(c, &select, count_one, &counting, err);
    if (status == CRM_OK) *ret_is_all = counting.seen <= SCRIPT_TALLY_ROWS;
    return status;
}
