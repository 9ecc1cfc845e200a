/* Entities and fields in the answer of meta. */
#include "record/action.h"
#include "record/duplicate.h"
#include "record/meta.h"

static const char *value_word(const struct schema_field *f) {
    switch (f->value_type.type) {
    case VALUE_BOOL:
        return "bool";
    case VALUE_INT:
        return "int";
    case VALUE_DECIMAL:
        return "decimal";
    case VALUE_MONEY:
        return "money";
    case VALUE_DATE:
        return "date";
    case VALUE_TIME:
        return "time";
    case VALUE_ID:
        return "id";
    case VALUE_LIST:
        return "list";
    default:
        return f->type == SCHEMA_FIELD_CHILDREN ? "list" : "text";
    }
}

static const char *labelled_word(enum schema_labelled_kind kind) {
    static const char *const words[] = {"text", "email", "phone", "address", "messenger"};
    return words[kind];
}

static bool is_written_by_nobody(const struct schema_field *f) {
    return f->read_only || f->type == SCHEMA_FIELD_FORMULA || f->type == SCHEMA_FIELD_ROLLUP ||
           f->type == SCHEMA_FIELD_SERIES;
}

static void put_ref(struct record_view *v, struct json_writer *out, const struct schema_field *f) {
    int32_t id = f->type == SCHEMA_FIELD_FORMULA || f->type == SCHEMA_FIELD_ROLLUP
                     ? f->value_type.entity
                     : f->ref_entity;
    const struct schema_entity *to = id ? schema_entity_by_id(v->access->schema, id) : NULL;
    if (to && access_entity_visible(v->access, to)) meta_text(out, "ref", to->name);
}

static void put_field(struct record_view *v, struct json_writer *out, const struct schema_entity *e,
                      const struct schema_field *f);

static void put_attributes(struct record_view *v, struct json_writer *out,
                           const struct schema_field *f) {
    if (f->attribute_count == 0) return;
    json_key_lit(out, "attributes");
    json_array_open(out);
    for (size_t i = 0; i < f->attribute_count; i++)
        put_field(v, out, NULL, &f->attributes[i]);
    json_array_shut(out);
}

/* What only some types have. */
static void put_type_facts(struct record_view *v, struct json_writer *out,
                           const struct schema_field *f) {
    put_ref(v, out, f);
    if (f->type == SCHEMA_FIELD_CHILDREN) meta_text(out, "by", f->ref_by);
    meta_text(out, "directory", f->directory);
    meta_flag(out, "open", f->open && f->directory.len);
    if (f->type == SCHEMA_FIELD_LABELLED) {
        json_key_lit(out, "kind");
        json_cstr(out, labelled_word(f->labelled));
    }
    if (f->type == SCHEMA_FIELD_DECIMAL && f->scale_places >= 0) {
        json_key_lit(out, "places");
        json_int64(out, f->scale_places);
    }
    put_attributes(v, out, f);
}

static void put_field(struct record_view *v, struct json_writer *out, const struct schema_entity *e,
                      const struct schema_field *f) {
    json_object_open(out);
    json_key_lit(out, "name");
    json_text(out, f->name);
    json_key_lit(out, "type");
    json_cstr(out, schema_field_type_word(f->type));
    meta_label(v, out, "label", &f->label, f->name);
    json_key_lit(out, "value");
    json_cstr(out, value_word(f));
    meta_text(out, "help", schema_label_get(&f->help, v->access->actor.language, STR_NONE));
    meta_flag(out, "required", f->required);
    meta_flag(out, "unique", f->unique);
    meta_flag(out, "read_only", is_written_by_nobody(f));
    meta_flag(out, "locked",
              e && !is_written_by_nobody(f) && !access_field_writable(v->access, e, f));
    meta_flag(out, "standard", f->standard);
    meta_flag(out, "many", f->value_type.type == VALUE_LIST || f->type == SCHEMA_FIELD_CHILDREN);
    meta_flag(out, "search", f->search);
    meta_flag(out, "sort", f->sort);
    if (f->max_length > 0) {
        json_key_lit(out, "max_length");
        json_int64(out, f->max_length);
    }
    put_type_facts(v, out, f);
    meta_text(out, "visible_when", f->visible_when_text);
    meta_text(out, "required_when", f->required_when_text);
    json_object_shut(out);
}

static void put_slot(struct record_view *v, struct json_writer *out, const char *key,
                     const struct schema_entity *e, int32_t slot) {
    const struct schema_field *f = slot >= 0 ? schema_field_at(e, slot) : NULL;
    if (f && access_field_visible(v->access, e, f)) meta_text(out, key, f->name);
}

static void put_pipeline(struct record_view *v, struct json_writer *out,
                         const struct schema_entity *e) {
    const struct schema_pipeline_facility *p = &e->pipeline;
    if (!p->present) return;
    json_key_lit(out, "pipeline");
    json_object_open(out);
    put_slot(v, out, "pipeline", e, p->pipeline_slot);
    put_slot(v, out, "stage", e, p->stage_slot);
    put_slot(v, out, "since", e, p->since_slot);
    put_slot(v, out, "closed", e, p->closed_slot);
    put_slot(v, out, "probability", e, p->probability_slot);
    json_object_shut(out);
}

static void put_parent(struct record_view *v, struct json_writer *out,
                       const struct schema_entity *e) {
    const struct schema_entity *parent =
        e->is_child ? schema_entity_by_id(v->access->schema, e->parent_entity) : NULL;
    if (!parent) return;
    json_key_lit(out, "child_of");
    json_object_open(out);
    meta_text(out, "entity", parent->name);
    put_slot(v, out, "by", e, e->parent_slot);
    json_object_shut(out);
}

/* Rules that name a hidden field are left out. */
static void put_duplicates(struct record_view *v, struct json_writer *out,
                           const struct schema_entity *e) {
    uint32_t rules = duplicate_rules(v->access, e);
    if (!rules) return;
    json_key_lit(out, "duplicates");
    json_array_open(out);
    for (size_t i = 0; i < e->duplicate_count; i++) {
        if (!(rules >> i & 1)) continue;
        json_object_open(out);
        duplicate_put_fields(e, UINT32_C(1) << i, out);
        json_key_lit(out, "score");
        json_int64(out, e->duplicates[i].score);
        meta_flag(out, "digits", e->duplicates[i].digits);
        json_object_shut(out);
    }
    json_array_shut(out);
}

static void put_can(struct record_view *v, struct json_writer *out, const struct schema_entity *e) {
    static const char *const words[SCHEMA_ACTION_COUNT] = {"read", "create", "update", "delete",
                                                           "export"};
    json_key_lit(out, "can");
    json_object_open(out);
    for (int i = 0; i < SCHEMA_ACTION_COUNT; i++) {
        json_key_lit(out, words[i]);
        json_bool(out, access_rows(v->access, (enum schema_action)i, e) != NULL);
    }
    json_object_shut(out);
}

static void put_entity(struct record_view *v, struct json_writer *out,
                       const struct schema_entity *e) {
    json_object_open(out);
    json_key_lit(out, "name");
    json_text(out, e->name);
    meta_label(v, out, "label", &e->label, e->name);
    meta_label(v, out, "label_plural", &e->label_plural,
               schema_label_get(&e->label, v->access->actor.language, e->name));
    json_key_lit(out, "icon");
    json_text(out, e->icon);
    json_key_lit(out, "owner");
    json_text(out, e->owner);
    put_slot(v, out, "title", e, e->title_slot);
    meta_flag(out, "search", e->search);
    put_pipeline(v, out, e);
    put_parent(v, out, e);
    meta_flag(out, "system", e->system);
    meta_flag(out, "resident", e->resident);
    meta_flag(out, "timeline", e->timeline.by_count > 0);
    put_duplicates(v, out, e);
    put_can(v, out, e);
    record_action_put(v, out, e);
    json_key_lit(out, "fields");
    json_array_open(out);
    for (size_t i = 0; i < e->field_count; i++)
        if (access_field_visible(v->access, e, &e->fields[i])) put_field(v, out, e, &e->fields[i]);
    json_array_shut(out);
    json_object_shut(out);
}

void meta_put_entities(struct record_view *v, struct json_writer *out) {
    const struct schema *s = v->access->schema;
    json_key_lit(out, "entities");
    json_array_open(out);
    for (size_t i = 0; i < s->entity_count; i++)
        if (access_entity_visible(v->access, &s->entities[i])) put_entity(v, out, &s->entities[i]);
    json_array_shut(out);
}
