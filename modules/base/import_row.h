/* One row of an import into the write of one record. Threads: the import's. */
#ifndef MODULES_BASE_IMPORT_ROW_H
#define MODULES_BASE_IMPORT_ROW_H

#include "import_make.h"

struct import_fill {
    const struct import_run *run;
    struct crm_arena *a;
    struct import_plan *plan;
    struct crm_changeset *changes;
    struct lookup *logins; /* given to new users in this import */
};

/* Fills row->op. A cell that cannot be taken sets row->field and row->reason (texts in the arena)
 * and is no error of the call; the op is then to be left out. */
crm_status import_row_fill(struct import_fill *f, struct import_row *row, struct crm_error *err);
/* Sets the reason of a row from an error, in the actor's language. */
void import_row_refuse(const struct import_run *run, struct crm_arena *a, struct import_row *row,
                       const struct crm_error *error);
/* The reference column's entry as a value: nil, an id, or the row's reason. */
crm_status import_row_reference(struct import_fill *f, struct import_row *row,
                                const struct import_column *column, struct crm_str text,
                                struct crm_value *ret, bool *ret_given);

#endif
