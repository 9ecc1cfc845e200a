/* A fingerprint of a tree: equal for trees that mean the same by the same words, whatever snapshot
 * or arena they are from. Private to store/. Threads: any. */
#ifndef STORE_EXPR_SHAPE_H
#define STORE_EXPR_SHAPE_H

#include "expr/expr.h"

uint64_t expr_shape(const struct expr *e);
/* Mixes something else into a fingerprint. */
void shape_mix(uint64_t *hash, const void *bytes, size_t len);
void shape_mix_int(uint64_t *hash, int64_t n);

#endif
