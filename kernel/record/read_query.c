/* POST query: group texts and measure texts are the keys of the answer. The body is checked here,
 * word by word; grouping and arithmetic are the store's. */
#include "record/read_list.h"

#include "base/number.h"
#include "record/figures_kept.h"
#include "record/json_out.h"
#include "record/messages.h"
#include "record/read_kept.h"

enum { QUERY_LIMIT = 10000 };

struct query {
    struct record_view *view;
    const struct schema_entity *entity;
    struct str group[STORE_GROUP_MAX], measure[STORE_MEASURE_MAX]; /* keys */
    const struct expr *group_expr[STORE_GROUP_MAX], *measure_expr[STORE_MEASURE_MAX];
    int16_t sort[STORE_SORT_MAX];
    struct store_figures figures;
};

static crm_status wrong_type(const char *key, const char *wanted, struct err *err) {
    err_set(err, CRM_INVALID, &record_query_type, key, wanted, NULL);
    err_at_field(err, str_from(key));
    return CRM_INVALID;
}

static crm_status check_keys(const json_t *body, struct err *err) {
    static const char *const keys[] = {"from", "where", "group", "measures", "sort", "limit", "q"};
    if (!json_is_object(body))
        return err_set(err, CRM_INVALID, &record_query_type, "query", "{...}", NULL);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)body, key, value) {
        bool known = false;
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            known |= strcmp(keys[i], key) == 0;
        if (!known) return err_set(err, CRM_INVALID, &record_query_key, key, NULL);
    }
    return CRM_OK;
}

static crm_status read_from(struct query *q, const json_t *body, struct err *err) {
    const json_t *from = json_object_get(body, "from");
    if (!json_is_string(from)) return wrong_type("from", "\"entity\"", err);
    const struct schema_entity *e = schema_find(q->view->access->schema, json_str(from));
    const struct str args[] = {json_str(from)};
    if (!e) return err_set_args(err, CRM_INVALID, &record_entity_unknown, args, 1);
    if (!access_rows(q->view->access, SCHEMA_ACTION_READ, e))
        return err_set(err, CRM_FORBIDDEN, &record_action_forbidden, "read", NULL);
    q->entity = e;
    return CRM_OK;
}

/* The text in an error is the caller's own, so that one of many is found. */
static crm_status parse_text(struct query *q, struct str text, enum expr_mode mode,
                             const struct expr **ret, struct err *err) {
    struct record_scope storage;
    struct expr_scope scope =
        record_scope_init(&storage, q->view->conn, q->view->access, q->entity, q->view->now_ms);
    crm_status status =
        read_name_code(expr_parse(q->view->arena, text, &scope, mode, ret, err), err);
    if (status != CRM_OK)
        err_at(err, "%.*s", (int)(text.len > 120 ? 120 : text.len), text.ptr ? text.ptr : "");
    return status;
}

static bool is_taken(const struct query *q, struct str key) {
    for (size_t i = 0; i < q->figures.group_count; i++)
        if (str_eq(q->group[i], key)) return true;
    for (size_t i = 0; i < q->figures.measure_count; i++)
        if (str_eq(q->measure[i], key)) return true;
    return false;
}

static crm_status too_many(const char *what, int most, struct err *err) {
    char number[16];
    (void)snprintf(number, sizeof number, "%d", most);
    return err_set(err, CRM_INVALID, &record_query_many, number, what, NULL);
}

static crm_status read_group(struct query *q, const json_t *body, struct err *err) {
    const json_t *group = json_object_get(body, "group");
    if (!group || json_is_null(group)) return CRM_OK;
    if (!json_is_array(group)) return wrong_type("group", "[\"...\"]", err);
    if (json_array_size(group) > STORE_GROUP_MAX) return too_many("group", STORE_GROUP_MAX, err);
    for (size_t i = 0; i < json_array_size(group); i++) {
        const json_t *item = json_array_get(group, i);
        struct str text = json_str(item);
        const struct str args[] = {text};
        if (!json_is_string(item)) return wrong_type("group", "[\"...\"]", err);
        if (is_taken(q, text)) return err_set_args(err, CRM_INVALID, &record_query_twice, args, 1);
        crm_status status = parse_text(q, text, EXPR_MODE_ROW, &q->group_expr[i], err);
        if (status != CRM_OK) return status;
        if (q->group_expr[i]->type.type == VALUE_LIST)
            return err_set_args(err, CRM_INVALID, &record_query_list, args, 1);
        q->group[q->figures.group_count++] = text;
    }
    return CRM_OK;
}

static crm_status read_measures(struct query *q, const json_t *body, struct err *err) {
    json_t *measures = json_object_get(body, "measures"), *text;
    const char *name;
    if (!measures || json_is_null(measures)) return CRM_OK;
    if (!json_is_object(measures)) return wrong_type("measures", "{\"name\": \"...\"}", err);
    if (json_object_size(measures) > STORE_MEASURE_MAX)
        return too_many("measures", STORE_MEASURE_MAX, err);
    json_object_foreach(measures, name, text) {
        struct str key = str_from(name);
        const struct str args[] = {key};
        if (!json_is_string(text)) return wrong_type("measures", "{\"name\": \"...\"}", err);
        if (is_taken(q, key)) return err_set_args(err, CRM_INVALID, &record_query_twice, args, 1);
        crm_status status = parse_text(q, json_str(text), EXPR_MODE_MEASURE,
                                       &q->measure_expr[q->figures.measure_count], err);
        if (status != CRM_OK) return status;
        q->measure[q->figures.measure_count++] = key;
    }
    return CRM_OK;
}

static bool find_key(const struct query *q, struct str key, int16_t *ret) {
    for (size_t i = 0; i < q->figures.group_count; i++)
        if (str_eq(q->group[i], key)) return *ret = (int16_t)i, true;
    for (size_t i = 0; i < q->figures.measure_count; i++)
        if (str_eq(q->measure[i], key)) return *ret = (int16_t)(q->figures.group_count + i), true;
    return false;
}

static crm_status read_sort(struct query *q, const json_t *body, struct err *err) {
    const json_t *sort = json_object_get(body, "sort");
    if (!sort || json_is_null(sort)) return CRM_OK;
    bool one = json_is_string(sort);
    if (!one && !json_is_array(sort)) return wrong_type("sort", "[\"...\"]", err);
    size_t count = one ? 1 : json_array_size(sort);
    if (count > STORE_SORT_MAX) return too_many("sort", STORE_SORT_MAX, err);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = one ? sort : json_array_get(sort, i);
        struct str key = json_str(item);
        const struct str args[] = {key};
        if (!json_is_string(item)) return wrong_type("sort", "[\"...\"]", err);
        int16_t position = 0;
        bool found = find_key(q, key, &position), descending = false;
        if (!found && key.len && (key.ptr[0] == '-' || key.ptr[0] == '+')) {
            descending = key.ptr[0] == '-';
            found = find_key(q, str_make(key.ptr + 1, key.len - 1), &position);
        }
        if (!found) return err_set_args(err, CRM_INVALID, &record_query_sort, args, 1);
        q->sort[i] = descending ? (int16_t)(-1 - position) : position;
    }
    q->figures.sort_count = count;
    return CRM_OK;
}

static crm_status read_rest(struct query *q, const json_t *body, struct err *err) {
    const json_t *where = json_object_get(body, "where"), *limit = json_object_get(body, "limit"),
                 *words = json_object_get(body, "q");
    q->figures.limit = QUERY_LIMIT;
    if (limit && !json_is_null(limit)) {
        if (!json_is_integer(limit) || json_integer_value(limit) < 1)
            return wrong_type("limit", "1 ... 10000", err);
        q->figures.limit = json_integer_value(limit);
        crm_status status = read_limit_check(q->figures.limit, QUERY_LIMIT, err);
        if (status != CRM_OK) return status;
    }
    if (where && !json_is_null(where) && !json_is_string(where))
        return wrong_type("where", "\"...\"", err);
    if (words && !json_is_null(words) && !json_is_string(words))
        return wrong_type("q", "\"...\"", err);
    crm_status status =
        str_trim(json_str(where)).len
            ? parse_text(q, json_str(where), EXPR_MODE_ROW, &q->figures.query.where, err)
            : CRM_OK;
    return status == CRM_OK ? read_search_narrow(q->view, q->entity, json_str(words),
                                                 &q->figures.query.where, err)
                            : status;
}

/* A key that is the bare path of a reference shows as one; all else by its type. */
static crm_status write_group_value(struct query *q, struct json_writer *out, size_t g,
                                    const struct value *value, struct str title, struct err *err) {
    const struct expr *e = q->group_expr[g];
    if (value->type != VALUE_ID) {
        json_value_put(out, value);
        return CRM_OK;
    }
    struct value ref = *value;
    if (ref.entity == 0) ref.entity = e->type.entity;
    struct json_title known = {.text = title, .known = title.ptr != NULL};
    const struct schema_entity *to =
        ref.entity ? schema_entity_by_id(q->view->access->schema, ref.entity) : NULL;
    if (!to || e->type.entity == 0) return json_out_value(q->view, out, NULL, &ref, known, err);
    if (!known.known) return read_put_ref(q->view, out, to, ref.integer, err);
    json_object_open(out);
    json_key_lit(out, "id");
    json_id(out, ref.integer);
    json_key_lit(out, "title");
    json_text(out, title);
    json_object_shut(out);
    return CRM_OK;
}

/* Averages, medians, percentiles and quotients have six places always; sums and extremes of
 * decimals keep the form of the field. */
static bool is_plain(const struct expr *e) {
    return e->op == EXPR_AGGREGATE &&
           (e->call.code == EXPR_AGG_sum || e->call.code == EXPR_AGG_min ||
            e->call.code == EXPR_AGG_max);
}

static crm_status write_measure(struct query *q, struct json_writer *out, size_t m,
                                const struct value *value, struct err *err) {
    if (value->type == VALUE_DECIMAL && !is_plain(q->measure_expr[m])) {
        json_decimal(out, value->integer, DECIMAL_PLACES);
        return CRM_OK;
    }
    return json_out_value(q->view, out, NULL, value, (struct json_title){0}, err);
}

static crm_status write_rows(struct query *q, const struct store_figures_result *r,
                             struct json_writer *out, struct err *err) {
    size_t groups = q->figures.group_count, measures = q->figures.measure_count;
    for (size_t row = 0; row < r->row_count; row++) {
        const struct value *cells = r->cells + row * (groups + measures);
        crm_status status = CRM_OK;
        json_object_open(out);
        for (size_t i = 0; i < groups && status == CRM_OK; i++) {
            json_key(out, q->group[i]);
            status = write_group_value(q, out, i, &cells[i],
                                       r->titles ? r->titles[row * groups + i] : STR_NONE, err);
        }
        for (size_t i = 0; i < measures && status == CRM_OK; i++) {
            json_key(out, q->measure[i]);
            status = write_measure(q, out, i, &cells[groups + i], err);
        }
        if (status != CRM_OK) return status;
        json_object_shut(out);
    }
    return CRM_OK;
}

static crm_status query_parse(struct query *q, const json_t *body, struct err *err) {
    crm_status status = check_keys(body, err);
    if (status == CRM_OK) status = read_from(q, body, err);
    if (status == CRM_OK) status = read_group(q, body, err);
    if (status == CRM_OK) status = read_measures(q, body, err);
    if (status == CRM_OK && q->figures.group_count + q->figures.measure_count == 0)
        status = err_set(err, CRM_INVALID, &record_query_nothing, NULL);
    if (status == CRM_OK) status = read_sort(q, body, err);
    if (status == CRM_OK) status = read_rest(q, body, err);
    return status;
}

static crm_status run(struct query *q, struct json_writer *out, struct err *err) {
    struct record_view *v = q->view;
    struct store_figures_result result;
    q->figures.query.access = v->access;
    q->figures.query.from = q->entity;
    q->figures.query.action = SCHEMA_ACTION_READ;
    q->figures.query.now_ms = v->now_ms;
    q->figures.group = q->group_expr;
    q->figures.measures = q->measure_expr;
    q->figures.sort = q->sort;
    crm_status status = record_figures(v, &q->figures, &result, err);
    if (status != CRM_OK) return status;
    json_object_open(out);
    json_key_lit(out, "rows");
    json_array_open(out);
    status = write_rows(q, &result, out, err);
    json_array_shut(out);
    if (result.truncated) {
        json_key_lit(out, "truncated");
        json_bool(out, true);
    }
    json_object_shut(out);
    return status;
}

crm_status record_query_json(struct record_view *v, const json_t *body, struct json_writer *out,
                             struct err *err) {
    struct query *q = ARENA_NEW(v->arena, struct query);
    if (!q) return err_no_memory(err);
    q->view = v;
    crm_status status = query_parse(q, body, err);
    bool began = false;
    if (status == CRM_OK) status = read_begin(v, &began, err);
    if (status != CRM_OK) return status;
    status = run(q, out, err);
    read_end(v, began);
    return status;
}
