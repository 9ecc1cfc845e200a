/* Looking up what in_segment("name") stands for. See read_kept.h. */
#include "record/read_kept.h"

#include "record/read_expr.h"

enum { COLUMN_FILTER, COLUMN_COUNT };

/* The fields of a segment, all visible to the caller. */
struct kept_fields {
    const struct schema_entity *segment;
    const struct schema_field *name, *entity, *filter;
};

static const struct schema_field *visible_text(const struct access *a,
                                               const struct schema_entity *e, const char *name) {
    const struct schema_field *f = schema_field_find(e, str_from(name));
    bool fits = f && f->value_type.type == VALUE_TEXT && access_field_visible(a, e, f);
    return fits ? f : NULL;
}

static bool fields_find(const struct access *a, struct kept_fields *ret) {
    ret->segment = schema_find(a->schema, STR("segment"));
    if (!ret->segment || !access_entity_visible(a, ret->segment)) return false;
    ret->name = visible_text(a, ret->segment, "name");
    ret->entity = visible_text(a, ret->segment, "entity");
    ret->filter = visible_text(a, ret->segment, "filter");
    return ret->name && ret->entity && ret->filter;
}

/* Up to two, to tell one from several. */
static crm_status segments_find(const struct record_scope *s, const struct kept_fields *fields,
                                struct arena *a, struct str name, struct store_page *ret,
                                struct err *err) {
    struct schema_path *path = ARENA_ARRAY(a, COLUMN_COUNT, struct schema_path);
    const struct expr *where =
        expr_and(a, read_equals(a, fields->name, value_text(name)),
                 read_equals(a, fields->entity, value_text(s->entity->name)));
    if (!path || !where) return err_no_memory(err);
    path[COLUMN_FILTER].length = 1;
    path[COLUMN_FILTER].entity[0] = fields->segment;
    path[COLUMN_FILTER].field[0] = fields->filter;
    const struct store_list list = {.query = {.access = s->access,
                                              .from = fields->segment,
                                              .action = SCHEMA_ACTION_READ,
                                              .where = where,
                                              .now_ms = s->now_ms},
                                    .select = path,
                                    .select_count = COLUMN_COUNT,
                                    .limit = 2};
    return store_list_run(s->conn, &list, a, ret, err);
}

/* The field by which records say in which lists they stand; NULL where they cannot. */
static const struct schema_field *membership(const struct schema_entity *e,
                                             const struct schema_entity *segment) {
    for (size_t i = 0; i < e->field_count; i++) {
        const struct schema_field *f = &e->fields[i];
        if (f->type == SCHEMA_FIELD_LINKS && f->value_type.entity == segment->id) return f;
    }
    return NULL;
}

static crm_status kept(void *ctx, struct arena *a, struct str name, struct str *ret,
                       struct err *err) {
    const struct record_scope *s = ctx;
    struct kept_fields fields;
    struct store_page page = {0};
    if (!fields_find(s->access, &fields)) return CRM_NOT_FOUND;
    crm_status status = segments_find(s, &fields, a, name, &page, err);
    if (status != CRM_OK) return status;
    if (page.count != 1) return page.count ? CRM_CONFLICT : CRM_NOT_FOUND;
    const struct value *filter = &page.cells[COLUMN_FILTER].value;
    if (filter->type == VALUE_TEXT && str_trim(filter->text).len) {
        *ret = filter->text;
        return CRM_OK;
    }
    const struct schema_field *links = membership(s->entity, fields.segment);
    if (!links) return CRM_NOT_FOUND;
    *ret = arena_printf(a, "one_of(%.*s, \"%lld\")", STR_ARG(links->name), (long long)page.ids[0]);
    return ret->ptr ? CRM_OK : err_no_memory(err);
}

struct expr_scope record_scope_init(struct record_scope *storage, struct store_conn *conn,
                                    const struct access *access, const struct schema_entity *e,
                                    int64_t now_ms) {
    *storage = (struct record_scope){.access = access, .entity = e, .conn = conn, .now_ms = now_ms};
    struct expr_scope scope = access_expr_scope(&storage->names, access, e);
    scope.kept = kept;
    scope.kept_ctx = storage;
    return scope;
}
