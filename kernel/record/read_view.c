/* The view of one request: what it holds for its length, its read transaction, and titles of
 * references, each asked for once. */
#include "record/read_core.h"

#include "base/number.h"
#include "record/messages.h"

enum { TITLE_BUCKETS = 64 };

struct title {
    struct title *next;
    int32_t entity;
    int64_t id;
    struct str text;
};

struct read_cache {
    struct title *titles[TITLE_BUCKETS];
};

crm_status record_view_init(struct record_view *v, struct engine *e, struct store_conn *c,
                            const struct access *access, struct arena *a, struct err *err) {
    *v = (struct record_view){
        .engine = e, .conn = c, .access = access, .arena = a, .now_ms = clock_now_ms()};
    v->cache = ARENA_NEW(a, struct read_cache);
    if (!v->cache) return err_no_memory(err);
    v->company = engine_company_ref(e);
    v->resident = engine_resident_ref(e);
    return CRM_OK;
}

void record_view_fini(struct record_view *v) {
    if (v->resident) engine_resident_unref(v->engine, v->resident);
    if (v->company) engine_company_unref(v->engine, v->company);
    v->resident = NULL;
    v->company = NULL;
}

crm_status read_begin(struct record_view *v, bool *ret_began, struct err *err) {
    bool open = store_in_transaction(v->conn);
    crm_status status = open ? CRM_OK : store_begin(v->conn, err);
    if (status == CRM_OK) *ret_began = !open;
    return status;
}

void read_end(struct record_view *v, bool began) {
    if (began) store_rollback(v->conn);
}

const struct schema_entity *read_entity(const struct record_view *v, const char *name) {
    return schema_find(v->access->schema, str_from(name));
}

const struct schema_entity *read_ref_entity(const struct record_view *v,
                                            const struct schema_field *f,
                                            const struct value *value) {
    int32_t id = f && f->ref_entity ? f->ref_entity : value->entity;
    if (id == 0 && f) id = f->value_type.entity;
    return id ? schema_entity_by_id(v->access->schema, id) : NULL;
}

struct str read_value_text(struct record_view *v, const struct value *value) {
    if (value->type == VALUE_TEXT) return value->text;
    BUF_CLEANUP struct buf text;
    buf_init(&text, 256);
    switch (value->type) {
    case VALUE_INT:
    case VALUE_ID:
        buf_add_int64(&text, value->integer);
        break;
    case VALUE_DECIMAL:
        decimal_format(value->integer, -1, &text);
        break;
    case VALUE_DATE:
        date_format(value->integer, &text);
        break;
    case VALUE_TIME:
        time_format(value->integer, &text);
        break;
    case VALUE_MONEY:
        money_format(value->integer, currency_digits(value->currency), &text);
        buf_printf(&text, " %s", value->currency.code);
        break;
    default:
        return STR("");
    }
    return arena_str(v->arena, buf_str(&text));
}

static crm_status load_title(struct record_view *v, const struct schema_entity *e, int64_t id,
                             struct str *ret, struct err *err) {
    *ret = STR_NONE;
    const struct schema_field *f = schema_field_at(e, e->title_slot);
    if (!f || !access_entity_visible(v->access, e) || !access_field_visible(v->access, e, f))
        return CRM_OK;
    struct slot_set slots = {0};
    read_field_slots(e, f, &slots);
    struct read_row row;
    crm_status status = read_row_find(v, e, id, &slots, &row, err);
    if (status == CRM_NOT_FOUND || status == CRM_FORBIDDEN) return CRM_OK;
    struct value title;
    if (status == CRM_OK) status = read_row_value(&row, f, &title, err);
    if (status != CRM_OK) return status;
    *ret = read_value_text(v, &title);
    if (!ret->ptr) *ret = STR("");
    return CRM_OK;
}

crm_status read_title(struct record_view *v, const struct schema_entity *e, int64_t id,
                      struct str *ret, struct err *err) {
    struct title **bucket =
        &v->cache->titles[((uint64_t)id ^ (uint64_t)e->id * 31) % TITLE_BUCKETS];
    for (struct title *t = *bucket; t; t = t->next) {
        if (t->id != id || t->entity != e->id) continue;
        *ret = t->text;
        return CRM_OK;
    }
    struct str text;
    crm_status status = load_title(v, e, id, &text, err);
    if (status != CRM_OK) return status;
    struct title *t = ARENA_NEW(v->arena, struct title);
    if (!t) return err_no_memory(err);
    *t = (struct title){.next = *bucket, .entity = e->id, .id = id, .text = text};
    *bucket = t;
    *ret = text;
    return CRM_OK;
}

crm_status read_put_ref(struct record_view *v, struct json_writer *out,
                        const struct schema_entity *e, int64_t id, struct err *err) {
    struct str title = STR_NONE;
    if (id == 0) {
        json_nil(out);
        return CRM_OK;
    }
    crm_status status = e ? read_title(v, e, id, &title, err) : CRM_OK;
    if (status != CRM_OK) return status;
    json_object_open(out);
    json_key_lit(out, "id");
    json_id(out, id);
    json_key_lit(out, "title");
    if (title.ptr) {
        json_text(out, title);
    } else {
        json_nil(out);
    }
    json_object_shut(out);
    return CRM_OK;
}

crm_status read_name_code(crm_status status, struct err *err) {
    static const char *const codes[] = {"unknown_field_near", "similar_field"};
    for (size_t i = 0; status == CRM_INVALID && err && i < sizeof codes / sizeof *codes; i++)
        if (err->text.code && strcmp(err->text.code, codes[i]) == 0)
            err->text.code = "unknown_field";
    return status;
}
