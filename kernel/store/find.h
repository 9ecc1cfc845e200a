/* Records by many values of one field at once: a query for some hundred values instead of one for
 * each, which on PostgreSQL would be a round trip each. Threads: the connection's. */
#ifndef STORE_FIND_H
#define STORE_FIND_H

#include "schema/schema.h"
#include "store/store.h"

enum { STORE_FIND_MAX = 256 }; /* values a call */

struct store_match {
    size_t key; /* position in what was asked for */
    int64_t id; /* of the record; a record stands there once for each key */
};

/* `keys` are what the column holds, texts folded where the field folds; of labelled fields what
 * stands beside the items for comparing, or their values. Records of a column are living ones,
 * those of items any. Matches are in the order of keys, then ids. *ret_whole false: too many to
 * list, ask for each key by itself. */
crm_status store_find_many(struct store_conn *c, const struct schema_entity *e,
                           const struct schema_field *f, const struct store_value *keys,
                           size_t count, struct arena *a, struct store_match **ret,
                           size_t *ret_count, bool *ret_whole, struct err *err);

#endif
