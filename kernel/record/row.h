/* One record for code: the values of its fields under the viewer's rights, without JSON.
 *
 * A row is found by id, or is one at hand (a change in the making, an image of the past). Values
 * live in the view's arena. Threads: the view's. */
#ifndef RECORD_ROW_H
#define RECORD_ROW_H

#include "record/read.h"

struct record_row {
    struct record_view *view;
    const struct schema_entity *entity;
    int64_t id;
    const struct value *row; /* by slot */
};

/* With every column. CRM_NOT_FOUND: missing, trashed or unseen alike; an entity without any grant
 * is not found either. */
crm_status record_row_find(struct record_view *v, const struct schema_entity *e, int64_t id,
                           struct record_row *ret, struct err *err);
/* Value of one field: column, formula computed at read, multi-valued field as a list. Rights of the
 * field are the caller's business; paths of formulas are nil where the viewer may not see. */
crm_status record_row_value(const struct record_row *r, const struct schema_field *f,
                            struct value *ret, struct err *err);
crm_status record_row_items(const struct record_row *r, const struct schema_field *f,
                            const struct store_item **ret, size_t *ret_count, struct err *err);

#endif
