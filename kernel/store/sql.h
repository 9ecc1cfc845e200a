/* SQL text under construction, with its parameters and dialect. Private to store/.
 *
 * Text comes from constants and from names the schema has looked up; everything that came from
 * outside is a parameter. Parameters live in the arena, the text in a buffer of its own that
 * sql_fini frees. Threads: one request. */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "store/store.h"

enum sql_dialect { SQL_SQLITE, SQL_POSTGRES };

enum { SQL_TEXT_MAX_BYTES = 1 << 20, SQL_PARAMS_MAX = 30000 };

struct sql {
    enum sql_dialect dialect;
    struct arena *arena;
    struct buf text;            /* max SQL_TEXT_MAX_BYTES */
    struct store_value *params; /* arena */
    size_t param_count, param_capacity;
    crm_status status; /* sticky: CRM_NO_MEMORY, CRM_TOO_LARGE */
};

void sql_init(struct sql *s, enum sql_dialect dialect, struct arena *a);
void sql_fini(struct sql *s);
#define SQL_CLEANUP __attribute__((cleanup(sql_fini)))
/* Constant text. */
void sql_add(struct sql *s, const char *text);
void sql_printf(struct sql *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));     /* names and numbers only */
void sql_name(struct sql *s, struct str name); /* quoted identifier */
void sql_name2(struct sql *s, struct str name,
               const char *suffix);             /* the same with a suffix inside the quotes */
void sql_table(struct sql *s, struct str name); /* quoted, with the schema on PostgreSQL */
void sql_param(struct sql *s, struct store_value value); /* "?3" or "$3::bigint"; nil is NULL */
/* "?3" or "$3", where the context gives the type: values of columns. */
void sql_param_bare(struct sql *s, struct store_value value);
/* " IN (...)" over ids. SQLite: numbers of parameters are rounded up, so that few texts arise; at
 * most SQL_IDS_MAX ids. PostgreSQL: one array. */
enum { SQL_IDS_MAX = 256 };
void sql_ids(struct sql *s, const int64_t *ids, size_t count);
crm_status sql_status(const struct sql *s, struct err *err);

#endif
