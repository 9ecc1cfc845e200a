/* crm.record, finding: records by the values of a field, some hundred values a query. */
#include <stdlib.h>

#include "base/unicode.h"
#include "module/messages.h"
#include "module/record_write.h"
#include "record/read.h"
#include "store/find.h"

enum { CANDIDATES = 1000, FIND_ARENA_BYTES = 16 * 1024 * 1024 };

/* What is looked for, and what was found of it. */
struct finding {
    struct crm_view *view;
    const struct schema_entity *entity;
    const struct schema_field *field;
    bool all_rows; /* the actor may read every record */
    struct arena *arena;
    const struct crm_value *values;
    int64_t *ids;
    uint8_t *counts;
};

/* What a labelled field keeps beside each item for comparing: digits of a phone, else the folded
 * text. */
static struct str item_key(struct arena *a, const struct schema_field *f, struct str text) {
    if (f->labelled != SCHEMA_LABELLED_PHONE) return fold_key_arena(a, text);
    char *key = arena_array(a, text.len + 1, 1);
    size_t len = 0;
    for (size_t i = 0; key && i < text.len; i++)
        if ((text.ptr[i] >= '0' && text.ptr[i] <= '9') || (text.ptr[i] == '+' && len == 0))
            key[len++] = text.ptr[i];
    return str_make(key, len);
}

/* The text as it is compared; NULL pointer: no memory. A column without a folded shadow compares
 * exactly. */
static struct str text_key(struct arena *a, const struct schema_field *f, struct str text) {
    if (f->type == SCHEMA_FIELD_LABELLED) return item_key(a, f, text);
    return f->fold ? fold_key_arena(a, text) : arena_str(a, str_trim(text));
}

/* Of the records that `where` names, those that are living and the actor's to read, by id. */
static crm_status keep_readable(const struct finding *f, const struct expr *where, size_t limit,
                                struct store_page *ret, struct err *err) {
    const struct record_view *record = f->view->record;
    const struct store_list list = {.query = {.access = record->access,
                                              .from = f->entity,
                                              .action = SCHEMA_ACTION_READ,
                                              .where = where,
                                              .now_ms = record->now_ms},
                                    .no_titles = true,
                                    .limit = (int64_t)limit};
    return where ? store_list_run(record->conn, &list, f->arena, ret, err) : err_no_memory(err);
}

static void answer(const struct finding *f, size_t position, const int64_t *ids, size_t count) {
    f->ids[position] = count ? ids[0] : 0;
    f->counts[position] = (uint8_t)(count < 2 ? count : 2);
}

/* ---- one value ------------------------------------------------------------------------------- */

/* Ids by the value alone, whoever may see them. */
static crm_status candidates(const struct finding *f, struct value value, size_t limit,
                             struct store_page *ret, struct err *err) {
    struct store_conn *conn = f->view->record->conn;
    bool is_text = value.type == VALUE_TEXT;
    if (is_text) value.text = text_key(f->arena, f->field, value.text);
    if (is_text && !value.text.ptr) return err_no_memory(err);
    if (f->field->type == SCHEMA_FIELD_LABELLED)
        return is_text && value.text.len ? store_links_find(conn, f->field, value.text, f->arena,
                                                            limit, &ret->ids, &ret->count, err)
                                         : CRM_OK;
    return store_record_find(conn, f->entity, f->field->slot, &value, is_text && f->field->fold,
                             f->arena, limit, &ret->ids, &ret->count, err);
}

static crm_status find_one(const struct finding *f, size_t position, struct err *err) {
    enum schema_storage storage = schema_field_storage(f->field->type);
    const struct value value = *value_in(&f->values[position]);
    struct store_page page = {.count = 0};
    crm_status status = CRM_OK;
    if (storage == SCHEMA_STORAGE_COLUMN || f->field->type == SCHEMA_FIELD_LABELLED) {
        bool is_answer = f->all_rows && storage == SCHEMA_STORAGE_COLUMN;
        status = candidates(f, value, is_answer ? 2 : CANDIDATES, &page, err);
        if (status == CRM_OK && !is_answer && page.count)
            status = keep_readable(f,
                                   read_one_of(f->arena, schema_standard(f->entity, SCHEMA_STD_ID),
                                               page.ids, page.count),
                                   2, &page, err);
    } else {
        status = keep_readable(f, read_equals(f->arena, f->field, value), 2, &page, err);
    }
    if (status == CRM_OK) answer(f, position, page.ids, page.count);
    return status;
}

/* ---- many values ----------------------------------------------------------------------------- */

static int by_id(const void *left, const void *right) {
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* The matches whose record the actor may read stay. */
static crm_status keep_matches(const struct finding *f, struct store_match *matches, size_t *count,
                               struct err *err) {
    size_t kept = 0;
    int64_t *ids = ARENA_ARRAY(f->arena, *count + 1, int64_t);
    if (!ids) return err_no_memory(err);
    for (size_t from = 0; from < *count; from += CANDIDATES) {
        size_t some = *count - from < CANDIDATES ? *count - from : CANDIDATES;
        struct store_page page = {.count = 0};
        for (size_t i = 0; i < some; i++)
            ids[i] = matches[from + i].id;
        crm_status status = keep_readable(
            f, read_one_of(f->arena, schema_standard(f->entity, SCHEMA_STD_ID), ids, some), some,
            &page, err);
        if (status != CRM_OK) return status;
        for (size_t i = 0; i < some; i++)
            if (page.count && bsearch(&ids[i], page.ids, page.count, sizeof *ids, by_id))
                matches[kept++] = matches[from + i];
    }
    *count = kept;
    return CRM_OK;
}

/* Keys of the values, leaving out those that nothing can have; positions[i] is that of keys[i]. */
static crm_status make_keys(const struct finding *f, size_t from, size_t to,
                            struct store_value *keys, size_t *positions, size_t *ret_count,
                            struct err *err) {
    size_t count = 0;
    bool labelled = f->field->type == SCHEMA_FIELD_LABELLED;
    for (size_t i = from; i < to; i++) {
        const struct value *value = value_in(&f->values[i]);
        struct store_value key = store_int(value->integer);
        answer(f, i, NULL, 0);
        if (value_is_nil(*value) || (labelled && value->type != VALUE_TEXT)) continue;
        if (value->type == VALUE_BOOL) key = store_int(value->boolean);
        if (value->type == VALUE_TEXT) key = store_text(text_key(f->arena, f->field, value->text));
        if (key.type == STORE_TEXT && !key.bytes.ptr) return err_no_memory(err);
        if (labelled && key.bytes.len == 0) continue;
        positions[count] = i;
        keys[count++] = key;
    }
    *ret_count = count;
    return CRM_OK;
}

static crm_status find_some(const struct finding *f, size_t from, size_t to, struct err *err) {
    struct store_value keys[STORE_FIND_MAX];
    size_t positions[STORE_FIND_MAX], count = 0, match_count = 0;
    struct store_match *matches = NULL;
    bool whole = true;
    crm_status status = make_keys(f, from, to, keys, positions, &count, err);
    if (status != CRM_OK || count == 0) return status;
    status = store_find_many(f->view->record->conn, f->entity, f->field, keys, count, f->arena,
                             &matches, &match_count, &whole, err);
    for (size_t i = 0; status == CRM_OK && !whole && i < count; i++)
        status = find_one(f, positions[i], err);
    if (status != CRM_OK || !whole || match_count == 0) return status;
    if (!f->all_rows || f->field->type == SCHEMA_FIELD_LABELLED)
        status = keep_matches(f, matches, &match_count, err);
    for (size_t i = 0, end; status == CRM_OK && i < match_count; i = end) {
        for (end = i + 1; end < match_count && matches[end].key == matches[i].key; end++) {
        }
        answer(f, positions[matches[i].key], &matches[i].id, end - i);
    }
    return status;
}

/* Values of one type that stand in a column, or beside items. */
static bool is_batched(const struct finding *f, size_t from, size_t to) {
    bool is_text = f->field->value_type.type == VALUE_TEXT;
    if (f->field->type == SCHEMA_FIELD_LABELLED) return true;
    if (schema_field_storage(f->field->type) != SCHEMA_STORAGE_COLUMN) return false;
    for (size_t i = from; i < to; i++) {
        const struct value *value = value_in(&f->values[i]);
        if (!value_is_nil(*value) && (value->type == VALUE_TEXT) != is_text) return false;
    }
    return true;
}

static crm_status find_piece(const struct finding *f, size_t from, size_t to, struct err *err) {
    crm_status status = CRM_OK;
    if (is_batched(f, from, to)) return find_some(f, from, to, err);
    for (size_t i = from; status == CRM_OK && i < to; i++) {
        answer(f, i, NULL, 0);
        if (!crm_is_nil(&f->values[i])) status = find_one(f, i, err);
    }
    return status;
}

crm_status record_svc_find(struct crm_view *v, const struct crm_entity *entity,
                           const struct crm_field *field, const struct crm_value *values,
                           size_t count, int64_t *ret_ids, uint8_t *ret_counts,
                           struct crm_error *error) {
    struct err *err = err_in(error);
    const struct schema_entity *e = entity_in(entity);
    const struct schema_field *f = field_in(field);
    const struct access *access = v->record->access;
    if (!e || !f || !access_entity_visible(access, e) || !access_field_visible(access, e, f))
        return err_set(err, CRM_INVALID, &module_no_such_entity, NULL);
    const struct expr *rows = access_rows(access, SCHEMA_ACTION_READ, e);
    struct arena a;
    struct finding finding = {.view = v,
                              .entity = e,
                              .field = f,
                              .all_rows = access->actor.system || (rows && access_is_all(rows)),
                              .arena = &a,
                              .values = values,
                              .ids = ret_ids,
                              .counts = ret_counts};
    crm_status status = CRM_OK;
    arena_init(&a, FIND_ARENA_BYTES);
    for (size_t from = 0; from < count && status == CRM_OK; from += STORE_FIND_MAX) {
        size_t to = count - from < STORE_FIND_MAX ? count : from + STORE_FIND_MAX;
        status = find_piece(&finding, from, to, err);
        arena_reset(&a);
    }
    arena_fini(&a);
    return status;
}
