/* Views in the answer of meta: what pages draw, without what the caller may not see. A view whose
 * condition or order looks at a hidden field is left out; of its uses, those with hidden fields. */
#include "record/meta.h"
#include "record/read_kept.h"

static bool compiles(struct record_view *v, const struct schema_entity *e, struct str where) {
    struct record_scope storage;
    struct expr_scope scope = record_scope_init(&storage, v->conn, v->access, e, v->now_ms);
    const struct expr *tree;
    struct err ignored;
    return !where.len ||
           expr_parse(v->arena, where, &scope, EXPR_MODE_ROW, &tree, &ignored) == CRM_OK;
}

static bool sorts(struct record_view *v, const struct schema_entity *e, struct str sort) {
    struct access_scope storage;
    struct err ignored;
    (void)access_expr_scope(&storage, v->access, e);
    return schema_sort_check(&storage.schema_scope, sort, v->arena, &ignored) == CRM_OK;
}

static void put_use(struct record_view *v, struct json_writer *out, const struct schema_entity *e,
                    const struct schema_view_use *use) {
    size_t seen = 0;
    for (size_t i = 0; i < use->count; i++) {
        const struct schema_field *f = schema_field_at(e, use->slots[i]);
        if (!access_field_visible(v->access, e, f)) continue;
        if (seen++ == 0) {
            json_key(out, use->use);
            json_array_open(out);
        }
        json_text(out, f->name);
    }
    if (seen) json_array_shut(out);
}

static void put_view(struct record_view *v, struct json_writer *out, const struct schema_entity *e,
                     const struct schema_view *view) {
    enum language language = v->access->actor.language;
    json_object_open(out);
    json_key_lit(out, "name");
    json_text(out, view->name);
    meta_text(out, "owner", view->owner);
    meta_text(out, "page", view->page);
    meta_text(out, "slot", view->slot);
    meta_text(out, "file", view->file);
    meta_text(out, "part", view->part);
    if (e) meta_text(out, "entity", e->name);
    meta_text(out, "label", schema_label_get(&view->label, language, STR_NONE));
    meta_text(out, "help", schema_label_get(&view->help, language, STR_NONE));
    meta_text(out, "icon", view->icon);
    meta_text(out, "tone", view->tone);
    meta_text(out, "where", view->where);
    meta_text(out, "sort", view->sort);
    json_key_lit(out, "fields");
    json_object_open(out);
    for (size_t i = 0; i < view->use_count; i++)
        put_use(v, out, e, &view->uses[i]);
    json_object_shut(out);
    json_object_shut(out);
}

bool record_view_shown(struct record_view *v, const struct schema_view *view) {
    const struct schema_entity *e = schema_view_entity(v->access->schema, view);
    return !e || (access_entity_visible(v->access, e) && compiles(v, e, view->where) &&
                  sorts(v, e, view->sort));
}

void meta_put_views(struct record_view *v, struct json_writer *out) {
    const struct schema *s = v->access->schema;
    json_key_lit(out, "views");
    json_array_open(out);
    for (size_t i = 0; i < s->view_count; i++) {
        const struct schema_view *view = &s->views[i];
        if (record_view_shown(v, view)) put_view(v, out, schema_view_entity(s, view), view);
    }
    json_array_shut(out);
}
