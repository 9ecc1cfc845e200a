#include "record/read_select.h"

#include "record/messages.h"

static bool is_head(const struct schema_path *p) {
    return p->length == 1 && p->field[0]->standard &&
           (p->field[0]->id == SCHEMA_STD_ID || p->field[0]->id == SCHEMA_STD_VERSION);
}

static crm_status all_fields(struct record_view *v, const struct schema_entity *e,
                             struct read_select *ret, struct err *err) {
    struct read_select s = {.everything = true};
    s.paths = ARENA_ARRAY(v->arena, e->field_count, struct schema_path);
    s.keys = ARENA_ARRAY(v->arena, e->field_count, struct str);
    if (!s.paths || !s.keys) return err_no_memory(err);
    for (size_t i = 0; i < e->field_count; i++) {
        const struct schema_field *f = &e->fields[i];
        if (!access_field_visible(v->access, e, f)) continue;
        struct schema_path p = {.length = 1, .entity = {e}, .field = {f}};
        if (is_head(&p)) continue;
        s.keys[s.count] = f->name;
        s.paths[s.count++] = p;
    }
    *ret = s;
    return CRM_OK;
}

static bool is_named(const struct read_select *s, struct str key) {
    for (size_t i = 0; i < s->count; i++)
        if (str_eq(s->keys[i], key)) return true;
    return false;
}

crm_status read_select_parse(struct record_view *v, const struct schema_entity *e,
                             struct str fields, struct read_select *ret, struct err *err) {
    if (str_trim(fields).len == 0) return all_fields(v, e, ret, err);
    struct read_select s = {0};
    size_t path_room = 0, key_room = 0;
    struct access_scope scope;
    (void)access_expr_scope(&scope, v->access, e);
    struct str rest = fields, name;
    for (bool more = true; more;) {
        more = str_split(&rest, ',', &name);
        name = str_trim(name);
        struct schema_path path;
        crm_status status =
            read_name_code(schema_path_parse(&scope.schema_scope, name, &path, err), err);
        if (status != CRM_OK) return status;
        if (is_head(&path) || is_named(&s, name)) continue;
        if (s.count == READ_COLUMNS_MAX)
            return err_set(err, CRM_INVALID, &record_too_many_columns, "400", NULL);
        s.paths = arena_grow(v->arena, s.paths, s.count, &path_room, sizeof *s.paths);
        s.keys = arena_grow(v->arena, s.keys, s.count, &key_room, sizeof *s.keys);
        if (!s.paths || !s.keys) return err_no_memory(err);
        s.paths[s.count] = path;
        s.keys[s.count++] = name;
    }
    *ret = s;
    return CRM_OK;
}
