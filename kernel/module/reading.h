/* Lists for modules: the record layer's own parsing of fields, conditions and order, and its JSON
 * of cells, over the store's pages. Private to kernel/module. */
#ifndef MODULE_READING_H
#define MODULE_READING_H

#include "module/view.h"
#include "record/read.h"

enum { READING_PAGE = 500 };

struct reading {
    struct read_select select;
    struct store_list list;
    int64_t limit; /* rows in all; 0 = no end */
};

/* `a` for what the reading needs; the condition `more` (may be NULL) is added to that of the list.
 */
crm_status reading_prepare(struct crm_view *v, const struct crm_list *list, const struct expr *more,
                           struct reading *ret, struct err *err);
/* The page at list.after into `a`, as rows. */
crm_status reading_page(struct crm_view *v, struct reading *r, struct arena *a,
                        struct crm_row **ret_rows, size_t *ret_count, struct str *ret_next,
                        struct err *err);

#endif
