/* What a table is made of, as the database itself says: columns, key, indexes, search tables. Read
 * from one engine and made on the other; no definition is asked, so that hidden fields and entities
 * without a definition are seen like all others. Private to store/.
 *
 * Texts live in the arena given. Threads: the connection's. */
#ifndef STORE_CATALOG_H
#define STORE_CATALOG_H

#include "store/driver.h"

enum { CATALOG_COLUMNS_MAX = 3000, CATALOG_INDEXES_MAX = 2000, CATALOG_INDEX_COLUMNS_MAX = 16 };

/* Which form indexes have: X(ENUM, "word"). */
#define CATALOG_KINDS(X) X(SYSTEM, "system") X(ENTITY, "entity") X(LINKS, "links")
enum catalog_kind {
#define CATALOG_KIND_ENUM(name, word) CATALOG_##name,
    CATALOG_KINDS(CATALOG_KIND_ENUM)
#undef CATALOG_KIND_ENUM
        CATALOG_KIND_COUNT
};

struct catalog_column {
    struct str name;
    enum store_type type;
    bool not_null;
};

struct catalog_index {
    struct str name;
    struct str columns[CATALOG_INDEX_COLUMNS_MAX];
    size_t column_count;
    bool unique;
    /* Over the rows where the one is NULL and the other has a value; empty = whatever it is. */
    struct str while_nil, while_filled;
};

struct catalog_table {
    enum catalog_kind kind;
    struct str name;
    const struct catalog_column *columns;
    size_t column_count;
    struct str key[CATALOG_INDEX_COLUMNS_MAX];
    size_t key_count;
    const struct catalog_index *indexes;
    size_t index_count;
    bool search, trigram; /* has search tables beside it, whose content is never copied */
};

/* *ret_found false: there is no such table. */
crm_status catalog_read(struct store_conn *c, enum catalog_kind kind, struct str name,
                        struct arena *a, struct catalog_table *ret, bool *ret_found,
                        struct err *err);
/* The table with its key and empty search tables; a second run changes nothing. With
 * conn->structure, inside a transaction. */
crm_status catalog_make_table(struct store_conn *c, const struct catalog_table *t, struct err *err);
crm_status catalog_make_index(struct store_conn *c, const struct catalog_table *t,
                              const struct catalog_index *index, struct err *err);
const char *catalog_kind_word(enum catalog_kind kind);

#endif
