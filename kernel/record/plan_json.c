/* A plan told as differences, for dry runs. See read.h. */
#include "record/changes.h"
#include "record/image.h"
#include "record/prepare.h"

static const struct record_items_change *items_of(const struct record_change *c,
                                                  const struct schema_field *f) {
    for (size_t i = 0; i < c->item_change_count; i++)
        if (c->items[i].field == f) return &c->items[i];
    return NULL;
}

static const struct value nothing = VALUE_OF_NIL;

/* The difference in one field; false when there is none to tell. */
static bool difference(const struct record_change *c, const struct schema_field *f,
                       struct image_field *ret) {
    if (!image_holds(f)) return false;
    if (schema_field_storage(f->type) == SCHEMA_STORAGE_LINKS) {
        const struct record_items_change *items = items_of(c, f);
        if (!items) return false;
        *ret = (struct image_field){.field = f->id,
                                    .is_items = true,
                                    .items_before = items->before,
                                    .items_before_count = items->before_count,
                                    .items_after = items->after,
                                    .items_after_count = items->after_count};
        return true;
    }
    const struct value *before = c->before ? &c->before[f->slot] : &nothing,
                       *after = c->after ? &c->after[f->slot] : &nothing;
    *ret = (struct image_field){.field = f->id, .before = *before, .after = *after};
    return !prepare_same(before, after);
}

static crm_status put_change(struct record_view *v, const struct record_change *c,
                             struct json_writer *out, struct err *err) {
    const struct schema_entity *e = c->entity;
    struct image_field *fields = ARENA_ARRAY(v->arena, e->field_count + 1, struct image_field);
    size_t count = 0;
    if (!fields) return err_no_memory(err);
    for (size_t i = 0; i < e->field_count; i++)
        count += difference(c, &e->fields[i], &fields[count]);
    json_object_open(out);
    json_key_lit(out, "op");
    json_cstr(out, record_verb_word(c->verb));
    json_key_lit(out, "entity");
    json_text(out, e->name);
    json_key_lit(out, "id");
    json_id(out, c->id);
    crm_status status = change_put_fields(v, out, e, fields, count, err);
    json_object_shut(out);
    return status;
}

/* A save that changes nothing is no difference. */
static bool is_told(const struct record_change *c) {
    struct image_field unused;
    if (c->verb != RECORD_UPDATE) return true;
    for (size_t i = 0; i < c->entity->field_count; i++)
        if (difference(c, &c->entity->fields[i], &unused)) return true;
    return false;
}

crm_status record_plan_json(struct record_view *v, const struct record_plan *plan,
                            struct json_writer *out, struct err *err) {
    crm_status status = CRM_OK;
    json_array_open(out);
    for (size_t i = 0; status == CRM_OK && plan && i < plan->change_count; i++)
        if (is_told(&plan->changes[i]) && access_entity_visible(v->access, plan->changes[i].entity))
            status = put_change(v, &plan->changes[i], out, err);
    json_array_shut(out);
    return status;
}
