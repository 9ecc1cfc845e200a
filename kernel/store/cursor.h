/* Cursors of lists: the sort values and the id of the last row of a page, as opaque base64url text,
 * bound to the list they came from. Private to store/.
 *
 * A cursor is not a secret and needs no signature: its values only move the place where the next
 * page begins, under the same rights. One of another list, or a broken one, is CRM_INVALID.
 * Threads: any. */
#ifndef STORE_CURSOR_H
#define STORE_CURSOR_H

#include "store/query.h"

enum { CURSOR_TEXT_MAX = 8192, CURSOR_VALUES_MAX_BYTES = 3000 };

struct cursor {
    uint64_t shape;
    struct store_value values[STORE_SORT_MAX];
    size_t count;
    int64_t id;
    bool by_id; /* values were too long: they are read from the record again */
};

/* What a cursor is bound to: entity, trash, order and condition. */
uint64_t cursor_shape(const struct store_query *q, const struct store_sort *sort,
                      size_t sort_count);
/* Text in the arena; ptr NULL without memory. */
struct str cursor_format(struct arena *a, const struct cursor *c);
/* `ret->shape` and `ret->count` say what is expected; `texts` which values are texts. */
crm_status cursor_parse(struct arena *a, struct str text, const bool *texts, struct cursor *ret,
                        struct err *err);

#endif
