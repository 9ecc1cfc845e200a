/* Conditions that reading makes itself: typed nodes over one field, beside what callers write as
 * text.
 *
 * Private to record/. All return NULL when the arena is exhausted; NULL operands pass through. */
#ifndef RECORD_READ_EXPR_H
#define RECORD_READ_EXPR_H

#include "record/read.h"

const struct expr *read_path(struct arena *a, const struct schema_field *f);
const struct expr *read_compare(struct arena *a, enum expr_op op, const struct expr *left,
                                const struct expr *right);

#endif
