/* Names of an entity's search tables. Private to store/. Threads: any. */
#ifndef STORE_SEARCH_TABLE_H
#define STORE_SEARCH_TABLE_H

#include "store/sql.h"

/* "t5_task_search": words, found by prefix. */
static inline void sql_search_table(struct sql *s, const struct schema_entity *e) {
    if (s->dialect == SQL_POSTGRES) sql_add(s, "perigee.");
    sql_name2(s, e->table, "_search");
}
/* "t5_task_trigram": the whole folded text, found by any part of a word. */
static inline void sql_trigram_table(struct sql *s, const struct schema_entity *e) {
    if (s->dialect == SQL_POSTGRES) sql_add(s, "perigee.");
    sql_name2(s, e->table, "_trigram");
}

#endif
