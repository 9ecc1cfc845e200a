/* Images from before a change of type: they stand under the id of the former field. See image.h. */
#include "record/convert.h"
#include "record/image.h"

static const struct schema_field *successor_of(const struct schema_entity *e, int32_t id) {
    for (size_t i = 0; i < e->field_count; i++)
        if (e->fields[i].replaces == id && !e->fields[i].building) return &e->fields[i];
    return NULL;
}

static bool is_computed(const struct schema_field *f) {
    return f->type == SCHEMA_FIELD_FORMULA || f->type == SCHEMA_FIELD_ROLLUP;
}

void image_today(const struct image_scope *scope, struct image_field *fields, size_t count) {
    const struct row_eval x = {.resident = scope->resident, .arena = scope->arena};
    for (size_t i = 0; scope->entity && i < count; i++) {
        struct image_field *it = &fields[i];
        if (it->is_items || schema_field_by_id(scope->entity, it->field)) continue;
        const struct schema_field *to = successor_of(scope->entity, it->field);
        if (!to || is_computed(to)) continue;
        const struct value before = it->before, after = it->after;
        it->field = to->id;
        it->before_lost = !convert_value(&x, scope->company, to, to, &before, &it->before);
        it->after_lost = !convert_value(&x, scope->company, to, to, &after, &it->after);
    }
}
