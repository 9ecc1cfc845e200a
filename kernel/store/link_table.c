/* See link_table.h. */
#include "store/link_table.h"

int link_columns(const struct schema_field *f, struct link_column ret[LINK_COLUMNS_MAX]) {
    int count = 0;
    switch (f->type) {
    case SCHEMA_FIELD_LABELLED:
        ret[count++] = (struct link_column){"value", STORE_TEXT, true};
        ret[count++] = (struct link_column){"label", STORE_TEXT, false};
        ret[count++] = (struct link_column){"key", STORE_TEXT, true};
        ret[count++] = (struct link_column){"is_primary", STORE_INT, false};
        break;
    case SCHEMA_FIELD_CHOICES:
        ret[count++] = (struct link_column){"value", STORE_TEXT, true};
        break;
    case SCHEMA_FIELD_LINKS:
        ret[count++] = (struct link_column){"target", STORE_INT, true};
        if (f->ref_entity == 0)
            ret[count++] = (struct link_column){"target_entity", STORE_INT, false};
        break;
    default:
        break;
    }
    return count;
}

const char *link_value_column(const struct schema_field *f) {
    return f->type == SCHEMA_FIELD_LINKS ? "target" : "value";
}
