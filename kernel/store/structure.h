/* Statements that make tables, columns and indexes, for the kernel's own tables and for entities.
 * Private to store/. Everything is written so that a second run changes nothing. Threads: the
 * writer's connection, inside a transaction. */
#ifndef STORE_STRUCTURE_H
#define STORE_STRUCTURE_H

#include "store/driver.h"
#include "store/rows.h"

crm_status structure_sys_table(struct store_conn *c, const struct store_table *t, struct err *err);
/* For upgrades: a column more, where it is not there yet. */
crm_status structure_sys_column(struct store_conn *c, const char *table, const char *column,
                                enum store_type type, struct err *err);
crm_status structure_entity(struct store_conn *c, const struct schema_entity *e, struct err *err);
crm_status structure_add_field(struct store_conn *c, const struct schema_entity *e,
                               const struct schema_field *f, struct err *err);
crm_status structure_links(struct store_conn *c, const struct schema_field *f, struct err *err);
crm_status structure_add_attribute(struct store_conn *c, const struct schema_field *f,
                                   const struct schema_field *attribute, struct err *err);
crm_status structure_index(struct store_conn *c, const struct schema_entity *e,
                           const struct schema_index *index, struct err *err);
/* What follows CREATE INDEX: the index as `name` on `table`. */
void structure_index_body(struct sql *s, const struct schema_entity *e,
                          const struct schema_index *index, struct str name, struct str table);
/* " WHERE ...", or nothing where it holds every row; `alias` may be NULL. */
void structure_index_where(struct sql *s, const struct schema_entity *e,
                           const struct schema_index *index, const char *alias);
/* PostgreSQL, outside of transactions: writers go on meanwhile. */
crm_status structure_index_concurrently(struct store_conn *c, const struct schema_entity *e,
                                        const struct schema_index *index, struct err *err);
crm_status structure_has_column(struct store_conn *c, struct str table, struct str column,
                                bool *ret, struct err *err);
crm_status structure_drop_index(struct store_conn *c, struct str name, struct err *err);
/* PostgreSQL, for the rest of the transaction: `hardly`, because all other statements on the table
 * wait behind one that waits for its lock; else as long as at any time. */
crm_status structure_try_lock(struct store_conn *c, bool hardly, struct err *err);
crm_status structure_drop_table(struct store_conn *c, struct str name, struct err *err);
crm_status structure_search(struct store_conn *c, const struct schema_entity *e, struct err *err);
crm_status structure_has_table(struct store_conn *c, struct str table, bool *ret, struct err *err);
/* The column that a non-unique or unique index of the field covers, that sorting compares. */
const char *structure_key_suffix(const struct schema_field *f);

#endif
