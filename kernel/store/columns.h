/* What a field's value is in columns: which columns there are, how a value is taken apart and put
 * together. Private to store/. Threads: any.
 *
 * COLUMN one column; MONEY three: minor units, `_c` currency, `_b` base amount; ANY two: id, `_e`
 * entity; a field with `fold` has the folded text in `_k` too. LINKS and NONE have none here. */
#ifndef STORE_COLUMNS_H
#define STORE_COLUMNS_H

#include "store/rows.h"
#include "store/sql.h"

enum column_part { COLUMN_VALUE, COLUMN_CURRENCY, COLUMN_BASE, COLUMN_ENTITY, COLUMN_FOLDED };
enum { COLUMNS_PER_FIELD_MAX = 3 };

struct column {
    enum column_part part;
    const char *suffix;
    enum store_type type;
};

/* Columns of the field, in the order they are written and read; returns how many. */
int columns_of(const struct schema_field *f, struct column ret[COLUMNS_PER_FIELD_MAX]);
/* Columns that reading needs (no folded one). */
int columns_read(const struct schema_field *f, struct column ret[COLUMNS_PER_FIELD_MAX]);
bool columns_stored(const struct schema_field *f); /* any at all */
/* Takes `v` apart into one store_value a column; the folded text is made in the arena. */
crm_status columns_from_value(const struct schema_field *f, const struct value *v, struct arena *a,
                              struct store_value ret[COLUMNS_PER_FIELD_MAX], struct err *err);
/* Puts a value together from the columns of columns_read; texts borrowed from `columns`. */
struct value columns_to_value(const struct schema_field *f, const struct store_value *columns);
/* One value of a plain type: nil for NULL. */
struct value column_to_value(enum value_type type, const struct store_value *column);
struct store_value column_from_value(const struct value *v);
/* "alias"."column" or just the quoted column; suffix included. */
void sql_column(struct sql *s, const char *alias, const struct schema_field *f, const char *suffix);
/* The value with its text copied into the arena. */
bool columns_keep(struct arena *a, struct value *v);

#endif
