/* The cells of a page: which columns each selected path needs, how rows become cells, and what is
 * loaded once for the whole page - items of multi-valued fields, children, titles of references.
 * Private to store/. Threads: the connection's. */
#ifndef STORE_PAGE_H
#define STORE_PAGE_H

#include "store/paths.h"

enum cell_kind {
    CELL_FIELD,    /* the columns of a stored field */
    CELL_COMPUTED, /* one column: formula or roll-up; money in base units */
    CELL_ITEMS,    /* one column: id of the record that has the items */
    CELL_CHILDREN, /* the same */
    CELL_NOTHING   /* known to the reader only: computed above the store */
};

struct cell_plan {
    enum cell_kind kind;
    const struct schema_field *field;
    int first_column;
};

/* Adds ", column ..." for each path; counts on from *columns. */
crm_status page_add_cells(struct query_paths *p, struct sql *s, const struct schema_path *select,
                          size_t count, struct cell_plan *plans, int *columns, struct err *err);
/* One row: cells with texts in the arena. *owners gets the record ids of CELL_ITEMS and
 * CELL_CHILDREN (0 elsewhere), one a cell. */
crm_status page_read_row(const struct store_conn *c, const struct cell_plan *plans, size_t count,
                         const struct store_value *row, struct arena *a, struct store_cell *cells,
                         int64_t *owners, struct err *err);
struct page_titles {
    const struct store_query *query;
    const struct cell_plan *plans;
    size_t plan_count;
    struct store_cell *cells; /* row-major */
    const int64_t *owners;
    size_t row_count;
    bool titles;
};
crm_status page_load(struct store_conn *c, const struct page_titles *page, struct arena *a,
                     struct err *err);
/* page_load's second half. */
crm_status page_give_titles(struct store_conn *c, const struct page_titles *page,
                            struct arena *scratch, struct arena *a, struct err *err);
/* Titles of records of one entity, as far as the viewer may know them; titles[i] empty otherwise.
 */
crm_status page_titles(struct store_conn *c, const struct store_query *q,
                       const struct schema_entity *e, const int64_t *ids, size_t count,
                       struct arena *a, struct str *titles, struct err *err);

#endif
