/* See stream_text.h. */
#include "store/stream_text.h"

#include <stdio.h>

#include "base/json.h"
#include "base/unicode.h"
#include "store/messages.h"
#include "store/migrate.h"

enum { NAME_MAX_BYTES = 63 };

static crm_status parse(struct str text, json_t **ret, struct err *err) {
    static const struct json_limits limits = {
        .max_bytes = 16 << 20, .max_depth = 8, .max_elements = 200000};
    return json_parse(text, &limits, ret, NULL) == CRM_OK
               ? CRM_OK
               : stream_damaged("a description is malformed", err);
}

static bool is_name(struct str s) {
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '_')
            return false;
    }
    return s.len > 0 && s.len <= NAME_MAX_BYTES;
}

/* A name into the arena; empty: it is none, or memory is out. */
static struct str keep_name(struct arena *a, const json_t *json) {
    struct str name = json_str(json);
    return is_name(name) ? arena_str(a, name) : STR_NONE;
}

static bool number(const json_t *object, const char *key, int64_t *ret) {
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value)) return false;
    *ret = json_integer_value(value);
    return true;
}

/* ---- the header -------------------------------------------------------------------------- */
static crm_status newer(const struct err_text *text, int64_t found, int64_t known,
                        struct err *err) {
    char numbers[2][24];
    snprintf(numbers[0], sizeof numbers[0], "%lld", (long long)found);
    snprintf(numbers[1], sizeof numbers[1], "%lld", (long long)known);
    return err_set(err, CRM_UNSUPPORTED, text, numbers[0], numbers[1], NULL);
}

crm_status stream_text_header(struct str json, struct arena *a, struct stream_header *ret,
                              struct err *err) {
    JSON_CLEANUP json_t *object = NULL;
    int64_t format = 0;
    crm_status status = parse(json, &object, err);
    if (status != CRM_OK) return status;
    if (!number(object, "format", &format) || !number(object, "sys_version", &ret->sys_version) ||
        !number(object, "fold_version", &ret->fold_version) || !number(object, "seq", &ret->seq) ||
        !number(object, "at", &ret->at_ms))
        return stream_damaged("the header lacks a number", err);
    if (format > STREAM_FORMAT) return newer(&store_text_backup_newer, format, STREAM_FORMAT, err);
    if (ret->sys_version > store_sys_known())
        return newer(&store_text_database_newer, ret->sys_version, store_sys_known(), err);
    if (ret->fold_version > FOLD_VERSION)
        return newer(&store_text_database_newer, ret->fold_version, FOLD_VERSION, err);
    ret->program = arena_str(a, json_str(json_object_get(object, "program")));
    ret->engine = arena_str(a, json_str(json_object_get(object, "engine")));
    ret->head = arena_str(a, json_str(json_object_get(object, "head")));
    return ret->program.ptr && ret->engine.ptr && ret->head.ptr ? CRM_OK : err_no_memory(err);
}

/* ---- tables ------------------------------------------------------------------------------ */
static bool take_columns(const json_t *list, struct arena *a, struct catalog_table *t) {
    static const char *const types[] = {
        [STORE_INT] = "int", [STORE_TEXT] = "text", [STORE_BLOB] = "bytes"};
    size_t count = json_array_size(list);
    struct catalog_column *columns = ARENA_ARRAY(a, count, struct catalog_column);
    if (count == 0 || count > CATALOG_COLUMNS_MAX || !columns) return false;
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        struct str type = json_str(json_array_get(item, 1));
        columns[i].name = keep_name(a, json_array_get(item, 0));
        columns[i].not_null = json_is_true(json_array_get(item, 2));
        for (enum store_type known = STORE_INT; known <= STORE_BLOB; known++)
            if (str_is(type, types[known])) columns[i].type = known;
        if (columns[i].name.len == 0 || columns[i].type == STORE_NULL) return false;
    }
    t->columns = columns;
    t->column_count = count;
    return true;
}

static bool has_column(const struct catalog_table *t, struct str name) {
    for (size_t i = 0; i < t->column_count; i++)
        if (str_eq(t->columns[i].name, name)) return true;
    return false;
}

static bool take_names(const json_t *list, struct arena *a, const struct catalog_table *t,
                       struct str *ret, size_t *ret_count) {
    size_t count = json_array_size(list);
    if (count == 0 || count > CATALOG_INDEX_COLUMNS_MAX) return false;
    for (size_t i = 0; i < count; i++) {
        ret[i] = keep_name(a, json_array_get(list, i));
        if (ret[i].len == 0 || !has_column(t, ret[i])) return false;
    }
    *ret_count = count;
    return true;
}

/* A column that an index's rows depend on; none is fine. */
static bool take_condition(const json_t *index, const char *key, struct arena *a,
                           const struct catalog_table *t, struct str *ret) {
    const json_t *name = json_object_get(index, key);
    if (!name) return true;
    *ret = keep_name(a, name);
    return ret->len > 0 && has_column(t, *ret);
}

static bool take_indexes(const json_t *list, struct arena *a, struct catalog_table *t) {
    size_t count = json_array_size(list);
    struct catalog_index *indexes = ARENA_ARRAY(a, count + 1, struct catalog_index);
    if (count > CATALOG_INDEXES_MAX || !indexes) return false;
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        struct catalog_index *index = &indexes[i];
        index->name = keep_name(a, json_object_get(item, "name"));
        index->unique = json_is_true(json_object_get(item, "unique"));
        if (index->name.len == 0 || !take_names(json_object_get(item, "columns"), a, t,
                                                index->columns, &index->column_count))
            return false;
        if (!take_condition(item, "while_nil", a, t, &index->while_nil) ||
            !take_condition(item, "while_filled", a, t, &index->while_filled))
            return false;
    }
    t->indexes = indexes;
    t->index_count = count;
    return true;
}

static bool take_kind(struct str word, enum catalog_kind *ret) {
    for (enum catalog_kind kind = 0; kind < CATALOG_KIND_COUNT; kind++)
        if (str_is(word, catalog_kind_word(kind))) {
            *ret = kind;
            return true;
        }
    return false;
}

crm_status stream_text_table(struct str json, struct arena *a, struct catalog_table *ret,
                             struct err *err) {
    JSON_CLEANUP json_t *object = NULL;
    crm_status status = parse(json, &object, err);
    if (status != CRM_OK) return status;
    *ret = (struct catalog_table){.name = keep_name(a, json_object_get(object, "name")),
                                  .search = json_is_true(json_object_get(object, "search")),
                                  .trigram = json_is_true(json_object_get(object, "trigram"))};
    bool good = ret->name.len > 0 &&
                take_kind(json_str(json_object_get(object, "kind")), &ret->kind) &&
                take_columns(json_object_get(object, "columns"), a, ret) &&
                take_names(json_object_get(object, "key"), a, ret, ret->key, &ret->key_count) &&
                take_indexes(json_object_get(object, "indexes"), a, ret);
    return good ? CRM_OK : stream_damaged("a table is malformed", err);
}

/* ---- ends -------------------------------------------------------------------------------- */
crm_status stream_text_end(struct str json, int64_t *ret_rows, struct digest *ret_sha256,
                           struct err *err) {
    JSON_CLEANUP json_t *object = NULL;
    crm_status status = parse(json, &object, err);
    if (status != CRM_OK) return status;
    if (number(object, "rows", ret_rows) &&
        hex_parse(json_str(json_object_get(object, "sha256")), ret_sha256->bytes, DIGEST_BYTES))
        return CRM_OK;
    return stream_damaged("the end of a table is malformed", err);
}

crm_status stream_text_total(struct str json, int64_t *ret_tables, int64_t *ret_rows,
                             struct err *err) {
    JSON_CLEANUP json_t *object = NULL;
    crm_status status = parse(json, &object, err);
    if (status != CRM_OK) return status;
    if (number(object, "tables", ret_tables) && number(object, "rows", ret_rows)) return CRM_OK;
    return stream_damaged("the end is malformed", err);
}
