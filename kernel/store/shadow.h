/* An index over a table of very many rows, made beside it while people write: SQLite alone, whose
 * CREATE INDEX would stop the writer for seconds. PostgreSQL has CONCURRENTLY (store/reshape.h).
 *
 * A shadow is a table of what the index covers, under the ids of the rows, with an index of the
 * very form. It is filled in batches and kept by triggers, whoever writes; when all rows are in it,
 * its index is handed over to the table - an entry in the schema, not a row is touched - and the
 * shadow is cleared in batches. A unique index is not unique before it is handed over: nobody is
 * refused for the sake of a key that is not in force, and rows written meanwhile are marked, to be
 * looked through at the end. Everything may be done twice; a shadow that nobody works on any more
 * is found by store_shadow_list and cleared. Threads: the connection's; writing inside a
 * transaction of the writer. */
#ifndef STORE_SHADOW_H
#define STORE_SHADOW_H

#include "schema/schema.h"
#include "store/store.h"

/* Tables of entities begin with t and a number. */
#define STORE_SHADOW_PREFIX "shadow_"

/* Rows of a table from which on an index is made in this way; INT64_MAX: never. */
int64_t store_shadow_rows(const struct store *s);

/* Whether the table has the index already, and whether there is a shadow of it. */
crm_status store_shadow_look(struct store_conn *c, const struct schema_index *index,
                             bool *ret_is_made, bool *ret_has_shadow, struct err *err);
crm_status store_shadow_begin(struct store_conn *c, const struct schema_entity *e,
                              const struct schema_index *index, struct err *err);
/* The next `limit` rows after `after_id`; *ret_rows fewer at the end. */
crm_status store_shadow_copy(struct store_conn *c, const struct schema_entity *e,
                             const struct schema_index *index, int64_t after_id, int64_t limit,
                             int64_t *ret_last, int64_t *ret_rows, struct err *err);
/* The name of the shadow of an index, in arena `a`. */
struct str store_shadow_name(struct arena *a, struct str index);
/* The index is the table's from here on. In a transaction of its own. */
crm_status store_shadow_take(struct store_conn *c, const struct schema_entity *e,
                             const struct schema_index *index, struct err *err);
/* Names of the shadows there are. */
crm_status store_shadow_list(struct store_conn *c, struct arena *a, struct str **ret,
                             size_t *ret_count, struct err *err);
/* `limit` rows fewer; *ret_gone: nothing is left of it. */
crm_status store_shadow_clear(struct store_conn *c, struct str shadow, int64_t limit,
                              bool *ret_gone, struct err *err);

#endif
