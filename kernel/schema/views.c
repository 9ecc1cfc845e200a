/* Views into the snapshot: every name holds and every condition compiles. A view that an admin made
 * and that names what has gone since is left out, so that taking a plugin or a field away needs no
 * repair of views first - what it was laid over is drawn as its module says; one of a module or
 * plugin is an error. Threads: one at a time. */
#include "schema/build.h"

#include <stdlib.h>

static crm_status view_uses(struct builder *b, const struct schema_view_definition *from,
                            const struct draft_entity *e, size_t position, struct schema_view *to,
                            struct err *err) {
    struct arena *a = &b->snapshot->arena;
    struct schema_view_use *uses = ARENA_ARRAY(a, from->field_count + 1, struct schema_view_use);
    if (!uses) return err_no_memory(err);
    for (size_t i = 0; i < from->field_count; i++) {
        const struct schema_view_fields *use = &from->fields[i];
        int32_t *slots = ARENA_ARRAY(a, use->count + 1, int32_t);
        if (!slots) return err_no_memory(err);
        for (size_t k = 0; k < use->count; k++) {
            const struct schema_field *f = build_field_find(b, position, use->names[k]);
            if (!f) return draft_unknown_field(e, use->names[k], &from->origin, err);
            slots[k] = f->slot;
        }
        uses[i] = (struct schema_view_use){build_keep(b, use->use), slots, use->count};
    }
    to->uses = uses;
    to->use_count = from->field_count;
    return CRM_OK;
}

/* What a view says of its records; nothing of a slot that belongs to no entity. */
static crm_status view_of_entity(struct builder *b, const struct schema_view_definition *from,
                                 struct schema_view *to, struct err *err) {
    const struct draft_entity *e = draft_find(b->draft, from->entity);
    const struct expr *where = NULL;
    *to = (struct schema_view){.entity = SCHEMA_VIEW_NO_ENTITY};
    if (!from->entity.len) return CRM_OK;
    if (!e) return draft_unknown_entity(b->draft, from->entity, &from->origin, err);
    size_t position = (size_t)(e - b->draft->entities);
    to->entity = (int32_t)position;
    crm_status status = view_uses(b, from, e, position, to, err);
    if (status == CRM_OK && from->where.len)
        status = build_expression(b, position, from->where, EXPR_MODE_ROW, &where, err);
    const struct schema_scope scope = {.schema = b->schema, .entity = &b->entities[position]};
    return status == CRM_OK ? schema_sort_check(&scope, from->sort, &b->snapshot->arena, err)
                            : status;
}

static crm_status view_make(struct builder *b, const struct schema_view_definition *from,
                            struct schema_view *to, struct err *err) {
    crm_status status = view_of_entity(b, from, to, err);
    if (status != CRM_OK) {
        schema_err_at(err, &from->origin);
        return status;
    }
    to->name = build_keep(b, from->name);
    to->owner = build_keep(b, from->origin.owner);
    to->page = build_keep(b, from->page);
    to->slot = build_keep(b, from->slot);
    to->file = build_keep(b, from->file);
    to->part = build_keep(b, from->part);
    to->label = build_keep_label(b, &from->label);
    to->help = build_keep_label(b, &from->help);
    to->icon = build_keep(b, from->icon);
    to->tone = build_keep(b, from->tone);
    to->where = build_keep(b, from->where);
    to->sort = build_keep(b, from->sort);
    to->position = from->position;
    return CRM_OK;
}

static int in_order(const void *left, const void *right) {
    const struct schema_view *a = left, *b = right;
    if (a->position != b->position) return a->position < b->position ? -1 : 1;
    return str_compare(a->name, b->name);
}

static bool is_left_out(const struct schema_view_definition *view, crm_status status) {
    return status != CRM_OK && status != CRM_NO_MEMORY && view->origin.layer == SCHEMA_LAYER_ADMIN;
}

crm_status build_views(struct builder *b, struct err *err) {
    const struct schema_definitions *d = b->draft->definitions;
    struct schema_view *views =
        ARENA_ARRAY(&b->snapshot->arena, d->view_count + 1, struct schema_view);
    if (!views) return err_no_memory(err);
    size_t count = 0;
    for (size_t i = 0; i < d->view_count; i++) {
        const struct schema_view_definition *from = &d->views[i];
        crm_status status = view_make(b, from, &views[count], err);
        for (; is_left_out(from, status) && from->under; from = from->under)
            status = view_make(b, from->under, &views[count], err);
        if (status == CRM_OK)
            count++;
        else if (!is_left_out(from, status))
            return status;
    }
    qsort(views, count, sizeof *views, in_order);
    b->schema->views = views;
    b->schema->view_count = count;
    return CRM_OK;
}
