/* Random expressions that are well typed, as text. */
#ifndef PROPERTY_EXPR_GENERATE_H
#define PROPERTY_EXPR_GENERATE_H

#include "base/buf.h"
#include "base/value.h"
#include "expr/random.h"

/* Appends an expression of any type but a list. */
void generate_expression(struct random *r, struct buf *out);

#endif
