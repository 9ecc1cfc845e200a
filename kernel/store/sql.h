/* SQL text under construction, with its parameters and dialect. Private to store/.
 *
 * Text comes from constants and from names the schema has looked up; everything that came from
 * outside is a parameter. Threads: one request. */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "store/store.h"

enum sql_dialect { SQL_SQLITE, SQL_POSTGRES };

struct sql {
    enum sql_dialect dialect;
    struct arena *arena;
    struct buf text;             /* max 1 MB */
    struct store_value *params;  /* arena */
    size_t param_count, param_capacity;
    crm_status status;           /* sticky: CRM_NO_MEMORY, CRM_TOO_LARGE */
};

void sql_init(struct sql *s, enum sql_dialect dialect, struct arena *a);
void sql_fini(struct sql *s);
/* Constant text. */
void sql_add(struct sql *s, const char *text);
void sql_printf(struct sql *s, const char *format, ...) __attribute__((format(printf, 2, 3))); /* names and numbers only */
void sql_name(struct sql *s, struct str name);              /* quoted identifier */
void sql_param(struct sql *s, struct store_value value);    /* "?3" or "$3::bigint" */
crm_status sql_status(const struct sql *s, struct err *err);

#endif
