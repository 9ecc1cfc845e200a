#include "record/json_out.h"

#include "record/past.h"
#include "record/read_select.h"

enum { CHILDREN_MAX = 10000 };

static void put_title(struct json_writer *out, struct str title) {
    json_key_lit(out, "title");
    if (title.ptr) {
        json_text(out, title);
    } else {
        json_nil(out);
    }
}

static crm_status put_ref(struct record_view *v, struct json_writer *out,
                          const struct schema_entity *e, bool any, int64_t id,
                          struct json_title title, struct err *err) {
    if (any && (!e || !access_entity_visible(v->access, e))) {
        json_nil(out); /* even the kind of a record may say too much */
        return CRM_OK;
    }
    if (!title.known && e) {
        crm_status status = read_title(v, e, id, &title.text, err);
        if (status != CRM_OK) return status;
    }
    json_object_open(out);
    if (any) {
        json_key_lit(out, "entity");
        json_text(out, e->name);
    }
    json_key_lit(out, "id");
    json_id(out, id);
    put_title(out, title.text);
    json_object_shut(out);
    return CRM_OK;
}

crm_status json_out_value(struct record_view *v, struct json_writer *out,
                          const struct schema_field *f, const struct value *value,
                          struct json_title title, struct err *err) {
    if (value->type == VALUE_ID) {
        if (f && f->standard && f->id == SCHEMA_STD_ID) {
            json_id(out, value->integer);
            return CRM_OK;
        }
        bool any = f ? f->type == SCHEMA_FIELD_REF_ANY : value->entity != 0;
        return put_ref(v, out, read_ref_entity(v, f, value), any, value->integer, title, err);
    }
    if (f && f->type == SCHEMA_FIELD_JSON && value->type == VALUE_TEXT) {
        json_raw(out, value->text);
    } else {
        json_value_put(out, value);
    }
    return CRM_OK;
}

static void put_labelled(struct json_writer *out, const struct store_item *item) {
    json_object_open(out);
    json_key_lit(out, "value");
    json_value_put(out, &item->value);
    json_key_lit(out, "label");
    json_text_or_nil(out, item->label);
    json_key_lit(out, "primary");
    json_bool(out, item->primary);
    json_object_shut(out);
}

static crm_status put_link(struct record_view *v, struct json_writer *out,
                           const struct schema_field *f, const struct store_item *item,
                           struct json_title title, struct err *err) {
    const struct schema_entity *e = read_ref_entity(v, f, &item->value);
    if (!title.known && e) {
        crm_status status = read_title(v, e, item->value.integer, &title.text, err);
        if (status != CRM_OK) return status;
    }
    json_object_open(out);
    json_key_lit(out, "id");
    json_id(out, item->value.integer);
    put_title(out, title.text);
    for (size_t i = 0; i < f->attribute_count; i++) {
        json_key(out, f->attributes[i].name);
        struct value nil = VALUE_OF_NIL;
        crm_status status = json_out_value(v, out, &f->attributes[i],
                                           item->attributes ? &item->attributes[i] : &nil,
                                           (struct json_title){0}, err);
        if (status != CRM_OK) return status;
    }
    json_object_shut(out);
    return CRM_OK;
}

crm_status json_out_items(struct record_view *v, struct json_writer *out,
                          const struct schema_field *f, const struct read_items *items,
                          const struct str *titles, struct err *err) {
    json_array_open(out);
    for (size_t i = 0; i < items->count; i++) {
        const struct store_item *item = &items->list[i];
        crm_status status = CRM_OK;
        switch (f->type) {
        case SCHEMA_FIELD_LABELLED:
            put_labelled(out, item);
            break;
        case SCHEMA_FIELD_LINKS: {
            struct json_title title = {.known = titles != NULL,
                                       .text = titles ? titles[i] : STR_NONE};
            status = put_link(v, out, f, item, title, err);
            break;
        }
        default:
            json_value_put(out, &item->value);
            break;
        }
        if (status != CRM_OK) return status;
    }
    json_array_shut(out);
    return CRM_OK;
}

static crm_status past_children(struct read_row *parent, const struct schema_entity *child,
                                const int64_t *ids, size_t count, struct read_row *rows,
                                struct err *err) {
    for (size_t i = 0; i < count; i++) {
        struct past past;
        crm_status status =
            as_of_row(parent->view, child, ids[i], parent->as_of_seq, &past, &rows[i], err);
        if (status != CRM_OK) return status;
        if (!past.exists) rows[i].row = NULL;
    }
    return CRM_OK;
}

static crm_status present_children(struct read_row *parent, const struct schema_entity *child,
                                   const int64_t *ids, size_t count, struct read_row *rows,
                                   struct err *err) {
    struct record_view *v = parent->view;
    struct value **values = ARENA_ARRAY(v->arena, count, struct value *);
    if (!values) return err_no_memory(err);
    crm_status status =
        store_record_get_many(v->conn, child, ids, count, NULL, v->arena, values, err);
    for (size_t i = 0; i < count && status == CRM_OK; i++)
        rows[i] = (struct read_row){
            .view = v, .entity = child, .id = ids[i], .row = values[i], .viewer = true};
    return status;
}

static int64_t position_of(const struct read_row *row) {
    const struct schema_field *f = schema_field_find(row->entity, STR("position"));
    bool known = f && f->type == SCHEMA_FIELD_INTEGER && !value_is_nil(row->row[f->slot]);
    return known ? row->row[f->slot].integer : INT64_MAX;
}

/* The order people gave them, else that of their making. */
static int by_position(const void *a, const void *b) {
    const struct read_row *x = a, *y = b;
    int64_t left = position_of(x), right = position_of(y);
    if (left != right) return left < right ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* A child belongs to what is shown: the living ones of a living parent, all of one in the trash. */
static crm_status child_rows(struct read_row *parent, const struct schema_entity *child,
                             const struct schema_field *by, struct read_row **ret_rows,
                             size_t *ret_count, struct err *err) {
    struct record_view *v = parent->view;
    int64_t *ids = NULL;
    size_t count = 0, kept = 0;
    crm_status status = store_record_referrers(v->conn, child, by, parent->id, v->arena,
                                               CHILDREN_MAX, &ids, &count, err);
    if (status != CRM_OK || count == 0) return status;
    struct read_row *rows = ARENA_ARRAY(v->arena, count, struct read_row);
    if (!rows) return err_no_memory(err);
    status =
        (parent->in_past ? past_children : present_children)(parent, child, ids, count, rows, err);
    if (status != CRM_OK) return status;
    const struct schema_field *deleted = schema_standard(parent->entity, SCHEMA_STD_DELETED_AT),
                              *own = schema_standard(child, SCHEMA_STD_DELETED_AT);
    bool trashed = deleted && !value_is_nil(parent->row[deleted->slot]);
    for (size_t i = 0; i < count; i++)
        if (rows[i].row && (trashed || !own || value_is_nil(rows[i].row[own->slot])))
            rows[kept++] = rows[i];
    qsort(rows, kept, sizeof *rows, by_position);
    *ret_rows = rows;
    *ret_count = kept;
    return CRM_OK;
}

crm_status json_out_children(struct read_row *parent, struct json_writer *out,
                             const struct schema_field *f, struct err *err) {
    struct record_view *v = parent->view;
    const struct schema_entity *child = schema_entity_by_id(v->access->schema, f->ref_entity);
    const struct schema_field *by = child ? schema_field_find(child, f->ref_by) : NULL;
    struct read_row *rows = NULL;
    size_t count = 0;
    struct read_select select;
    crm_status status =
        by && !parent->newborn ? child_rows(parent, child, by, &rows, &count, err) : CRM_OK;
    if (status == CRM_OK && count) status = read_select_parse(v, child, STR_NONE, &select, err);
    if (status != CRM_OK) return status;
    json_array_open(out);
    for (size_t i = 0; i < count; i++) {
        json_object_open(out);
        json_key_lit(out, "id");
        json_id(out, rows[i].id);
        for (size_t k = 0; k < select.count; k++) {
            const struct schema_field *column = select.paths[k].field[0];
            if (column == by) continue;
            json_key(out, column->name);
            status = json_out_field(&rows[i], out, column, err);
            if (status != CRM_OK) return status;
        }
        json_object_shut(out);
    }
    json_array_shut(out);
    return CRM_OK;
}

crm_status json_out_field(struct read_row *row, struct json_writer *out,
                          const struct schema_field *f, struct err *err) {
    if (f->type == SCHEMA_FIELD_CHILDREN) return json_out_children(row, out, f, err);
    if (schema_field_storage(f->type) == SCHEMA_STORAGE_LINKS) {
        struct read_items items;
        crm_status status = read_row_items(row, f, &items, err);
        return status == CRM_OK ? json_out_items(row->view, out, f, &items, NULL, err) : status;
    }
    struct value value;
    crm_status status = read_row_value(row, f, &value, err);
    return status == CRM_OK ? json_out_value(row->view, out, f, &value, (struct json_title){0}, err)
                            : status;
}
