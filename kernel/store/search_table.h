/* Names of an entity's search tables, and how FTS5 is spoken to. Private to store/. Threads: any.
 */
#ifndef STORE_SEARCH_TABLE_H
#define STORE_SEARCH_TABLE_H

#include "store/messages.h"
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
/* A command of FTS5 without a number: "INSERT INTO t (t) VALUES ('delete-all')". */
static inline void sql_search_command(struct sql *s, const struct schema_entity *e,
                                      const char *suffix, const char *word) {
    sql_add(s, "INSERT INTO ");
    sql_name2(s, e->table, suffix);
    sql_add(s, " (");
    sql_name2(s, e->table, suffix);
    sql_add(s, ") VALUES (");
    sql_param(s, store_text(str_from(word)));
    sql_add(s, ")");
}
/* Whether it was the index that failed, and not the file under it. */
static inline bool search_is_malformed(const struct err *err) {
    return strcmp(err->text.code, store_text_search_malformed.code) == 0;
}

#endif
