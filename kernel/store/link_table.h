/* Columns of link tables beside (record, position): what an item of each kind of multi-valued field
 * keeps. Attributes of links follow as columns of their own. Private to store/. Threads: any. */
#ifndef STORE_LINK_TABLE_H
#define STORE_LINK_TABLE_H

#include "store/rows.h"

enum { LINK_COLUMNS_MAX = 4 };

struct link_column {
    const char *name;
    enum store_type type;
    bool indexed; /* (column, record) */
};

int link_columns(const struct schema_field *f, struct link_column ret[LINK_COLUMNS_MAX]);
/* The column that holds what an expression sees of an item: "value" or "target". */
const char *link_value_column(const struct schema_field *f);

#endif
