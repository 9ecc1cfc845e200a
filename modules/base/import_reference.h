/* References of an import: texts to record ids, many at once, and the records made for texts that
 * name nothing where that is wished. Threads: the import's. */
#ifndef MODULES_BASE_IMPORT_REFERENCE_H
#define MODULES_BASE_IMPORT_REFERENCE_H

#include "import_plan.h"

/* One row of a piece: cells copied, in the order of the file. */
struct import_row {
    uint64_t line;
    const struct csv_cell *cells;
    size_t cell_count;
    enum csv_problem problem;
    int64_t id; /* of the record it became or is, 0 = none yet */
    struct crm_op *op;
    bool is_new;
    struct crm_str field, reason; /* why it is rejected; empty = it is not */
};

struct import_piece {
    struct import_row *rows;
    size_t count, room;
    uint64_t number; /* of the piece, from 0: part of its once-key */
};

/* The text of a column in a row, after the column's value map; trimmed when it is not plain text.
 * Empty for a missing cell. */
struct crm_str import_text(const struct import_run *run, struct crm_arena *a,
                           const struct import_plan *plan, const struct import_column *column,
                           const struct import_row *row);
/* The next part of a cell that holds several texts ("a; b"): *rest moves on, false at the end. */
bool import_next_part(const struct import_run *run, const struct import_column *column,
                      struct crm_str *rest, struct crm_str *ret);
/* Is this one of the words that stand for nothing ("n/a", "null", "-")? */
bool import_is_null_word(struct crm_str folded);

/* Finds what every reference, link and choice of the piece means, and makes what is to be made (one
 * changeset of its own under the parent, nothing in a dry run: such texts then count as found with
 * id 0). References to the imported entity itself are left for import_link. */
crm_status import_resolve(const struct import_run *run, struct crm_arena *a,
                          struct import_plan *plan, const struct import_piece *piece,
                          int64_t parent, struct crm_error *err);
/* The same for texts of one column, once all rows are there. */
crm_status import_resolve_texts(const struct import_run *run, struct crm_arena *a,
                                struct import_column *column, const struct crm_str *texts,
                                size_t count, struct crm_error *err);

#endif
