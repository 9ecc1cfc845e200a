/* Values to columns and back; see columns.h. */
#include "store/columns.h"

#include "base/unicode.h"

static enum store_type stored_type(const struct schema_field *f) {
    return f->value_type.type == VALUE_TEXT ? STORE_TEXT : STORE_INT;
}

int columns_read(const struct schema_field *f, struct column ret[COLUMNS_PER_FIELD_MAX]) {
    switch (schema_storage_of(f)) {
    case SCHEMA_STORAGE_COLUMN:
        ret[0] = (struct column){COLUMN_VALUE, "", stored_type(f)};
        return 1;
    case SCHEMA_STORAGE_MONEY:
        ret[0] = (struct column){COLUMN_VALUE, "", STORE_INT};
        ret[1] = (struct column){COLUMN_CURRENCY, "_c", STORE_TEXT};
        ret[2] = (struct column){COLUMN_BASE, "_b", STORE_INT};
        return 3;
    case SCHEMA_STORAGE_ANY:
        ret[0] = (struct column){COLUMN_VALUE, "", STORE_INT};
        ret[1] = (struct column){COLUMN_ENTITY, "_e", STORE_INT};
        return 2;
    case SCHEMA_STORAGE_LINKS:
    case SCHEMA_STORAGE_NONE:
        break;
    }
    return 0;
}

int columns_of(const struct schema_field *f, struct column ret[COLUMNS_PER_FIELD_MAX]) {
    int count = columns_read(f, ret);
    if (count == 1 && (f->fold || f->folding))
        ret[count++] = (struct column){COLUMN_FOLDED, "_k", STORE_TEXT};
    return count;
}

bool columns_stored(const struct schema_field *f) {
    enum schema_storage storage = schema_storage_of(f);
    return storage != SCHEMA_STORAGE_LINKS && storage != SCHEMA_STORAGE_NONE;
}

struct store_value column_from_value(const struct value *v) {
    switch (v->type) {
    case VALUE_BOOL:
        return store_int(v->boolean);
    case VALUE_TEXT:
        return store_text(v->text);
    case VALUE_NIL:
    case VALUE_LIST:
    case VALUE_TYPE_COUNT:
        return STORE_NIL;
    default:
        return store_int(v->integer);
    }
}

static struct store_value part_of(const struct value *v, enum column_part part) {
    switch (part) {
    case COLUMN_CURRENCY:
        return store_text(str_from(v->currency.code));
    case COLUMN_BASE:
        return v->has_base ? store_int(v->base) : STORE_NIL;
    case COLUMN_ENTITY:
        return store_int(v->entity);
    case COLUMN_VALUE:
    case COLUMN_FOLDED:
        break;
    }
    return column_from_value(v);
}

crm_status columns_from_value(const struct schema_field *f, const struct value *v, struct arena *a,
                              struct store_value ret[COLUMNS_PER_FIELD_MAX], struct err *err) {
    struct column columns[COLUMNS_PER_FIELD_MAX];
    int count = columns_of(f, columns);
    bool nil = v->type == VALUE_NIL;
    for (int i = 0; i < count; i++) {
        ret[i] = nil ? STORE_NIL : part_of(v, columns[i].part);
        if (!nil && ret[i].type != STORE_NULL && ret[i].type != columns[i].type) {
            crm_status status = err_internal(err, "value of type %s", value_type_name(v->type));
            err_at_field(err, f->name);
            return status;
        }
        if (nil || columns[i].part != COLUMN_FOLDED) continue;
        ret[i].bytes = fold_text_arena(a, v->text);
        if (!ret[i].bytes.ptr) return err_no_memory(err);
    }
    return CRM_OK;
}

struct value column_to_value(enum value_type type, const struct store_value *column) {
    if (column->type == STORE_NULL) return VALUE_OF_NIL;
    if (column->type != STORE_INT) return value_text(column->bytes);
    if (type == VALUE_BOOL) return value_bool(column->integer != 0);
    return (struct value){.type = type, .integer = column->integer};
}

struct value columns_to_value(const struct schema_field *f, const struct store_value *columns) {
    struct value v = column_to_value(f->value_type.type, &columns[0]);
    if (v.type == VALUE_NIL) return v;
    enum schema_storage storage = schema_storage_of(f);
    if (storage == SCHEMA_STORAGE_MONEY) {
        size_t len = columns[1].type == STORE_TEXT ? columns[1].bytes.len : 0;
        if (len < sizeof v.currency.code && len) memcpy(v.currency.code, columns[1].bytes.ptr, len);
        v.has_base = columns[2].type == STORE_INT;
        if (v.has_base) v.base = columns[2].integer;
    } else if (storage == SCHEMA_STORAGE_ANY && columns[1].type == STORE_INT) {
        v.entity = (int32_t)columns[1].integer;
    }
    return v;
}

void sql_column(struct sql *s, const char *alias, const struct schema_field *f,
                const char *suffix) {
    if (alias) sql_printf(s, "%s.", alias);
    sql_name2(s, f->column, suffix);
}

bool columns_keep(struct arena *a, struct value *v) {
    if (v->type != VALUE_TEXT) return true;
    v->text = arena_str(a, v->text);
    return v->text.ptr != NULL;
}
