/* A script's query as texts, and running it against the store under the run's rights. Never raises.
 * Private to script/. Everything lives in the run's arena. Threads: the run's. */
#ifndef SCRIPT_QUERY_H
#define SCRIPT_QUERY_H

#include "script/run.h"

struct script_query {
    struct script_run *run;
    const struct schema_entity *entity;
    const struct str *where, *group, *names, *measures, *sort;
    size_t where_count, group_count, measure_count, sort_count; /* names and measures go in pairs */
    int64_t limit;
    const struct expr **groups; /* compiled by script_query_figures */
};

struct script_page {
    struct arena *arena; /* of everything below */
    int64_t *ids;
    const struct value **rows; /* NULL: vanished in between */
    size_t count;
    struct str next; /* cursor for the following call; empty = end */
};

/* Records; `page` of the call before goes in, its `next` says where to go on. */
crm_status script_query_page(struct script_query *q, struct script_page *page, struct err *err);
crm_status script_query_figures(struct script_query *q, struct store_figures_result *ret,
                                struct err *err);
crm_status script_query_count(struct script_query *q, int64_t *ret, struct err *err);
bool script_query_test(lua_State *L, int index);
/* One page of a walk: (query, cursor or nil, records so far) from `first` on the stack; pushes a
 * list of records and the cursor to go on from, or nil; or all rows with figures, and true. May
 * raise. */
int l_query_page(lua_State *L, int first);
/* Completes the group keys of a row: references say which entity they are of. */
void script_query_own(const struct script_query *q, struct value *cells);

#endif
