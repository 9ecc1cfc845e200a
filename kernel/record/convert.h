/* A value of one field as a value of another: when the type of a field changes.
 *
 * Nothing is lost on the way: what does not fit exactly - a text that is no number, a number with a
 * fraction for a whole one, a code that its directory has not, a text that is too long - is not
 * converted. Private to record/. Threads: any. */
#ifndef RECORD_CONVERT_H
#define RECORD_CONVERT_H

#include "record/evaluate.h"

/* Nil gives nil. False: it does not convert, *ret is nil. Texts are in the arena of `x`. Without
 * company or resident data what needs them does not convert. */
bool convert_value(const struct row_eval *x, const struct company *company,
                   const struct schema_field *from, const struct schema_field *to,
                   const struct value *v, struct value *ret);

#endif
