/* The paths of one query: which columns they are, which joins they need, and the rights on the way.
 * Private to store/.
 *
 * A path of the caller goes through LEFT JOINs that carry the read rule of each entity, so that
 * what lies behind an unseen record is NULL. A path inside a row rule is unrestricted and becomes
 * nested scalar selects, because rules stand where no join can be added. Formulas with paths are
 * written out in place.
 *
 * Text is written in any order: joins are inserted behind FROM at the end (query_paths_join).
 * Threads: one request. */
#ifndef STORE_PATHS_H
#define STORE_PATHS_H

#include "store/driver.h"
#include "store/expr_sql.h"
#include "store/query.h"

enum { QUERY_JOINS_MAX = 40, QUERY_ALIAS_BYTES = 12, QUERY_NESTING_MAX = 12, QUERY_ROOT = -1 };

struct query_join {
    int parent; /* QUERY_ROOT or an earlier join */
    const struct schema_field *field;
    const struct schema_entity *entity;
    const struct expr *rule; /* of the viewer; NULL = no row at all */
};

struct query_paths {
    struct store_conn *conn;
    const struct access *access;
    const struct schema_entity *root;
    int64_t now_ms;
    struct query_join joins[QUERY_JOINS_MAX];
    int join_count;
    int alias_count; /* of inner selects */
    int nesting;     /* formulas and rules within each other */
};

void query_paths_init(struct query_paths *p, struct store_conn *c, const struct store_query *q);
/* "r", "j0" ... */
void query_alias(int join, char ret[QUERY_ALIAS_BYTES]);
/* The join behind `field` of `base`, made when it is new. */
crm_status query_follow(struct query_paths *p, int base, const struct schema_entity *owner,
                        const struct schema_field *field, int *ret, struct err *err);

/* The caller's expressions over the root. */
crm_status query_add_value(struct query_paths *p, struct sql *s, const struct expr *e,
                           struct err *err);
crm_status query_add_folded(struct query_paths *p, struct sql *s, const struct expr *e,
                            struct err *err);
crm_status query_add_condition(struct query_paths *p, struct sql *s, const struct expr *e,
                               struct err *err);
/* A field of the record that `base` stands for, as expressions see it. */
crm_status query_add_field(struct query_paths *p, struct sql *s, int base,
                           const struct schema_field *f, enum expr_sql_form form, struct err *err);
/* A row rule over the records of `e` under `alias`; every row and no row included. */
crm_status query_add_rule(struct query_paths *p, struct sql *s, const struct expr *rule,
                          const struct schema_entity *e, const char *alias, struct err *err);

/* "FROM table r"; *ret_mark is where the joins belong. */
void query_add_from(struct query_paths *p, struct sql *s, size_t *ret_mark);
/* Whether the condition names a unique field. The index of such a field holds living rows only, and
 * to SQLite a test of deleted_at alone makes it look like a short way to all of them: whoever reads
 * whole tables hides that test unless the index can find something. */
bool query_names_unique(const struct store_query *q);
/* " WHERE ..." with the rights of the query's action, its trash and its condition. `hide_trash`:
 * the test of deleted_at must not make SQLite take that column for a constant (see list.c). */
crm_status query_add_where(struct query_paths *p, struct sql *s, const struct store_query *q,
                           bool hide_trash, struct err *err);
/* Inserts the joins at the mark. Call last. */
crm_status query_paths_join(struct query_paths *p, struct sql *s, size_t mark, struct err *err);

#endif
