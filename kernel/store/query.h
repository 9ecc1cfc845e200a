/* Query trees: what to read, as whom. Compiled to SQL for the engine at hand, with the caller's row
 * rules, hidden fields and soft delete injected; a query without an access does not compile.
 *
 * A path through a record that the viewer may not see is nil in select, filter, group and measure.
 * Threads: the connection's; results live in the given arena. */
#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include "store/rows.h"

enum { STORE_SORT_MAX = 8, STORE_GROUP_MAX = 8, STORE_MEASURE_MAX = 32 };

struct store_sort {
    const struct expr *key; /* row expression */
    bool descending; /* nil sorts first ascending, last descending; ties by id in the last term's
                        direction */
    bool folded;     /* texts by their folded form */
};

enum store_trash { STORE_LIVING, STORE_TRASHED, STORE_BOTH };

struct store_query {
    const struct access *access; /* required */
    const struct schema_entity *from;
    enum schema_action action; /* READ, or EXPORT (both rules must hold), UPDATE, DELETE for bulk */
    const struct expr *where;  /* or NULL; checked in the caller's scope */
    enum store_trash trash;
    int64_t now_ms;
};

/* ---- lists ------------------------------------------------------------------------------- */
struct store_list {
    struct store_query query;
    const struct schema_path
        *select; /* columns wanted; LINKS and children are loaded for the page */
    size_t select_count;
    const struct store_sort *sort;
    size_t sort_count;
    int64_t limit;
    struct str after; /* cursor of an earlier page, opaque; empty = first */
    bool no_titles;   /* leaves the titles of references to the caller */
};
/* One selected cell. For REF the title travels along when the viewer may know it. */
struct store_cell {
    struct value value;
    struct str title; /* refs */
    const struct store_item
        *items; /* multi-valued; children: their ids, living ones, oldest first */
    const struct str *item_titles; /* links */
    size_t item_count;
};
struct store_page {
    int64_t *ids;
    int64_t *versions;
    struct store_cell *cells; /* row-major, select_count each */
    size_t count;
    struct str next; /* cursor, empty at the end */
};
crm_status store_list_run(struct store_conn *c, const struct store_list *list, struct arena *a,
                          struct store_page *ret, struct err *err);

enum store_count_mode { STORE_COUNT_NONE, STORE_COUNT_CAPPED, STORE_COUNT_EXACT };
crm_status store_count_run(struct store_conn *c, const struct store_query *q,
                           enum store_count_mode mode, int64_t *ret, bool *ret_exact,
                           struct err *err);
/* Is this one record visible to the query (rights and filter)? */
crm_status store_matches(struct store_conn *c, const struct store_query *q, int64_t id, bool *ret,
                         struct err *err);

/* ---- figures ----------------------------------------------------------------------------- */
struct store_figures {
    struct store_query query;
    const struct expr *const *group; /* row expressions */
    size_t group_count;
    const struct expr *const *measures; /* EXPR_MODE_MEASURE */
    size_t measure_count;
    /* sort by position: 0..group_count-1 a group key, then measures; negative - 1 = descending */
    const int16_t *sort;
    size_t sort_count;
    int64_t limit;
};
struct store_figures_result {
    struct value *cells; /* row-major: group keys, then measures */
    struct str *titles;  /* row-major over group keys: titles of references */
    size_t row_count;
    bool truncated;
};
crm_status store_figures_run(struct store_conn *c, const struct store_figures *f, struct arena *a,
                             struct store_figures_result *ret, struct err *err);

/* ---- search ------------------------------------------------------------------------------ */
struct store_search {
    const struct access *access;
    struct str text;
    const struct schema_entity *const *entities; /* NULL = all the caller may read */
    size_t entity_count;
    int64_t limit;
    struct str after;
};
struct store_hit {
    const struct schema_entity *entity;
    int64_t id;
    struct str title, snippet;
};
crm_status store_search_run(struct store_conn *c, const struct store_search *s, struct arena *a,
                            struct store_hit **ret_hits, size_t *ret_count, struct str *ret_next,
                            struct err *err);
/* The search row of one record, kept by apply: folded words, owner and team. Old content is given
 * back on removal where the engine needs it. */
struct store_search_row {
    int64_t id, owner, team;
    struct str folded; /* all searchable text, folded, blank-separated */
    bool words_only;   /* its parts are not in the index: of before those were wished for */
};
crm_status store_search_put(struct store_conn *c, const struct schema_entity *e,
                            const struct store_search_row *old_row,
                            const struct store_search_row *new_row, struct err *err);

/* Explains a list as the engine would run it (tests of plans and benches only). */
crm_status store_list_explain(struct store_conn *c, const struct store_list *list, struct buf *out,
                              struct err *err);

#endif
