/* Reference data in the answer of meta: directories, pipelines with their stages, currencies. All
 * of it is resident; a stock label is found by code or name, a record's own label comes first. */
#include "record/meta.h"

#include <stdlib.h>

#include "base/number.h"
#include "record/engine_state.h"

/* Rows of a resident entity in the order people gave them: by `position`, then by id. */
struct sorted {
    const struct schema_entity *entity;
    const struct value **rows;
    size_t count;
};
struct sort_key {
    int64_t position, id;
    const struct value *row;
};

static int compare_keys(const void *left, const void *right) {
    const struct sort_key *a = left, *b = right;
    if (a->position != b->position) return a->position < b->position ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

static crm_status sorted_rows(struct record_view *v, const char *entity, struct sorted *ret,
                              struct err *err) {
    const struct schema_entity *e = read_entity(v, entity);
    size_t count = e && access_entity_visible(v->access, e) ? resident_count(v->resident, e) : 0;
    struct sort_key *keys = ARENA_ARRAY(v->arena, count + 1, struct sort_key);
    const struct value **rows = ARENA_ARRAY(v->arena, count + 1, const struct value *);
    if (!keys || !rows) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        const struct value *row = resident_at(v->resident, e, i);
        struct value position = row_named(e, row, "position");
        keys[i] = (struct sort_key){value_is_nil(position) ? INT64_MAX : position.integer,
                                    row_std_int(e, row, SCHEMA_STD_ID), row};
    }
    if (count) qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 0; i < count; i++)
        rows[i] = keys[i].row;
    *ret = (struct sorted){e, rows, count};
    return CRM_OK;
}

/* A record's translation: label_ru and so on, or label, in the viewer's language. */
static struct str own_label(struct record_view *v, const struct schema_entity *e,
                            const struct value *row) {
    char name[32];
    (void)snprintf(name, sizeof name, "label_%s", language_tag(v->access->actor.language));
    struct str label = value_str(row_named(e, row, name));
    return label.len ? label : value_str(row_named(e, row, "label"));
}

static void put_number(struct json_writer *out, const char *key, struct value n) {
    if (n.type != VALUE_INT && n.type != VALUE_DECIMAL) return;
    json_key_lit(out, key);
    json_value_put(out, &n);
}

/* ---- directories ----------------------------------------------------------------------------- */

static const struct schema_directory_item *stock_item(const struct schema_directory *d,
                                                      struct str code) {
    for (size_t i = 0; d && i < d->item_count; i++)
        if (str_eq(d->items[i].code, code)) return &d->items[i];
    return NULL;
}

static bool is_leaving(const struct schema_entity *e, const struct value *row) {
    struct value leaving = row_named(e, row, "leaving");
    return leaving.type == VALUE_BOOL && leaving.boolean;
}

static void put_item(struct record_view *v, struct json_writer *out,
                     const struct schema_directory *stock, const struct schema_entity *e,
                     const struct value *row) {
    struct str code = value_str(row_named(e, row, "code")), label = own_label(v, e, row);
    const struct schema_directory_item *item = stock_item(stock, code);
    if (!label.len)
        label = item ? schema_label_get(&item->label, v->access->actor.language, code)
                     : value_str(row_named(e, row, "name"));
    struct value active = row_named(e, row, "active");
    struct str color = value_str(row_named(e, row, "color"));
    json_object_open(out);
    json_key_lit(out, "code");
    json_text(out, code);
    json_key_lit(out, "label");
    json_text(out, label.len ? label : code);
    meta_text(out, "color", color.len || !item ? color : item->color);
    meta_flag(out, "inactive",
              (active.type == VALUE_BOOL && !active.boolean) || is_leaving(e, row));
    json_object_shut(out);
}

crm_status meta_put_directories(struct record_view *v, struct json_writer *out, struct err *err) {
    struct sorted directories = {0}, items = {0};
    crm_status status = sorted_rows(v, "directory", &directories, err);
    if (status == CRM_OK) status = sorted_rows(v, "directory_item", &items, err);
    if (status != CRM_OK) return status;
    json_key_lit(out, "directories");
    json_array_open(out);
    for (size_t d = 0; d < directories.count; d++) {
        struct str name = value_str(row_named(directories.entity, directories.rows[d], "name"));
        const struct schema_directory *stock = schema_directory_find(v->access->schema, name);
        struct str label = own_label(v, directories.entity, directories.rows[d]);
        int64_t id = row_std_int(directories.entity, directories.rows[d], SCHEMA_STD_ID);
        json_object_open(out);
        json_key_lit(out, "name");
        json_text(out, name);
        json_key_lit(out, "label");
        json_text(out, label.len || !stock
                           ? (label.len ? label : name)
                           : schema_label_get(&stock->label, v->access->actor.language, name));
        json_key_lit(out, "items");
        json_array_open(out);
        for (size_t i = 0; i < items.count; i++)
            if (row_named(items.entity, items.rows[i], "directory").integer == id)
                put_item(v, out, stock, items.entity, items.rows[i]);
        json_array_shut(out);
        json_object_shut(out);
    }
    json_array_shut(out);
    return CRM_OK;
}

/* ---- pipelines ------------------------------------------------------------------------------- */

static const struct schema_pipeline *stock_pipeline(const struct schema *s, struct str entity,
                                                    struct str name) {
    for (size_t i = 0; i < s->pipeline_count; i++)
        if (str_eq(s->pipelines[i].entity, entity) && str_eq(s->pipelines[i].name, name))
            return &s->pipelines[i];
    return NULL;
}

static struct str stage_label(struct record_view *v, const struct schema_pipeline *stock,
                              struct str own, struct str name) {
    if (own.len) return own;
    for (size_t i = 0; stock && i < stock->stage_count; i++)
        if (str_eq(stock->stages[i].name, name))
            return schema_label_get(&stock->stages[i].label, v->access->actor.language, name);
    return name;
}

static void put_stage(struct record_view *v, struct json_writer *out,
                      const struct schema_pipeline *stock, const struct schema_entity *e,
                      const struct value *row) {
    struct str name = value_str(row_named(e, row, "name"));
    json_object_open(out);
    json_key_lit(out, "id");
    json_id(out, row_std_int(e, row, SCHEMA_STD_ID));
    json_key_lit(out, "name");
    json_text(out, name);
    json_key_lit(out, "label");
    json_text(out, stage_label(v, stock, own_label(v, e, row), name));
    meta_text(out, "kind", value_str(row_named(e, row, "kind")));
    put_number(out, "probability", row_named(e, row, "probability"));
    struct value limit = row_named(e, row, "limit_days");
    if (limit.type == VALUE_INT && limit.integer > 0) put_number(out, "limit_days", limit);
    meta_text(out, "phase", value_str(row_named(e, row, "phase")));
    meta_flag(out, "leaving", is_leaving(e, row));
    json_object_shut(out);
}

static void put_pipeline(struct record_view *v, struct json_writer *out,
                         const struct schema_entity *e, const struct value *row,
                         const struct sorted *stages) {
    struct str entity = value_str(row_named(e, row, "entity")),
               name = value_str(row_named(e, row, "name"));
    const struct schema_pipeline *stock = stock_pipeline(v->access->schema, entity, name);
    struct str label = own_label(v, e, row);
    int64_t id = row_std_int(e, row, SCHEMA_STD_ID);
    json_object_open(out);
    json_key_lit(out, "id");
    json_id(out, id);
    json_key_lit(out, "entity");
    json_text(out, entity);
    json_key_lit(out, "name");
    json_text(out, name);
    json_key_lit(out, "label");
    json_text(out, label.len || !stock
                       ? (label.len ? label : name)
                       : schema_label_get(&stock->label, v->access->actor.language, name));
    meta_flag(out, "leaving", is_leaving(e, row));
    json_key_lit(out, "stages");
    json_array_open(out);
    for (size_t i = 0; i < stages->count; i++)
        if (row_named(stages->entity, stages->rows[i], "pipeline").integer == id)
            put_stage(v, out, stock, stages->entity, stages->rows[i]);
    json_array_shut(out);
    json_object_shut(out);
}

crm_status meta_put_pipelines(struct record_view *v, struct json_writer *out, struct err *err) {
    struct sorted pipelines = {0}, stages = {0};
    crm_status status = sorted_rows(v, "pipeline", &pipelines, err);
    if (status == CRM_OK) status = sorted_rows(v, "stage", &stages, err);
    if (status != CRM_OK) return status;
    json_key_lit(out, "pipelines");
    json_array_open(out);
    for (size_t i = 0; i < pipelines.count; i++) {
        struct str name = value_str(row_named(pipelines.entity, pipelines.rows[i], "entity"));
        const struct schema_entity *of = schema_find(v->access->schema, name);
        if (of && access_entity_visible(v->access, of))
            put_pipeline(v, out, pipelines.entity, pipelines.rows[i], &stages);
    }
    json_array_shut(out);
    return CRM_OK;
}

/* ---- currencies ------------------------------------------------------------------------------ */

static void put_currency(struct json_writer *out, struct currency c) {
    json_object_open(out);
    json_key_lit(out, "code");
    json_cstr(out, c.code);
    json_key_lit(out, "digits");
    json_int64(out, currency_digits(c));
    json_object_shut(out);
}

crm_status meta_put_currencies(struct record_view *v, struct json_writer *out, struct err *err) {
    struct sorted currencies = {0};
    struct currency base = v->company->store.base_currency;
    crm_status status = sorted_rows(v, "currency", &currencies, err);
    if (status != CRM_OK) return status;
    json_key_lit(out, "currencies");
    json_array_open(out);
    put_currency(out, base);
    for (size_t i = 0; i < currencies.count; i++) {
        struct currency c;
        struct value active = row_named(currencies.entity, currencies.rows[i], "active");
        if (!currency_parse(value_str(row_named(currencies.entity, currencies.rows[i], "code")),
                            &c))
            continue;
        if (strcmp(c.code, base.code) == 0 || (active.type == VALUE_BOOL && !active.boolean))
            continue;
        put_currency(out, c);
    }
    json_array_shut(out);
    return CRM_OK;
}
