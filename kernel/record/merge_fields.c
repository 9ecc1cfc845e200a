/* What the survivor of a merge takes over: the values that the caller chose, what it lacked, and
 * lists united - its own items first, then those of the others in their order. Fields that the
 * caller may not write stay as they are. */
#include "record/duplicate.h"
#include "record/merge_fields.h"
#include "record/messages.h"

enum { UNITED_MAX = 10000 };

struct taking {
    struct merge *merge;
    struct record_op *op;
    const json_t *from, *set;
    int64_t ids[MERGE_MAX + 1]; /* the survivor first */
    size_t count;
    struct value *rows[MERGE_MAX + 1];
};

static bool is_chosen(const json_t *chosen, struct arena *a, struct str name) {
    const char *key = arena_cstr(a, name);
    return key && json_object_get(chosen, key) != NULL;
}

static bool is_derived(const struct schema_field *f) {
    return f->type == SCHEMA_FIELD_FORMULA || f->type == SCHEMA_FIELD_ROLLUP ||
           f->type == SCHEMA_FIELD_SERIES || f->type == SCHEMA_FIELD_CHILDREN || f->read_only ||
           (f->standard && f->id <= SCHEMA_STD_DELETED_AT);
}

static bool may_take(const struct taking *t, const struct schema_field *f) {
    const struct schema_entity *e = t->merge->entity;
    return !is_derived(f) && access_field_visible(t->merge->view->access, e, f) &&
           access_field_writable(t->merge->view->access, e, f) &&
           !is_chosen(t->set, t->merge->changeset->arena, f->name);
}

static bool is_merged(const struct taking *t, int64_t id) {
    for (size_t i = 0; i < t->count; i++)
        if (t->ids[i] == id) return true;
    return false;
}

static bool names_merged(const struct taking *t, const struct schema_field *f,
                         const struct value *v) {
    return v->type == VALUE_ID && is_merged(t, v->integer) &&
           (f->ref_entity == t->merge->entity->id || v->entity == t->merge->entity->id);
}

/* The record that the caller chose for the field: its place, SIZE_MAX when none; errors in words.
 */
static crm_status chosen_place(const struct taking *t, const struct schema_field *f, size_t *ret,
                               struct err *err) {
    const char *key = arena_cstr(t->merge->changeset->arena, f->name);
    const json_t *id = key ? json_object_get(t->from, key) : NULL;
    int64_t wanted = 0;
    *ret = SIZE_MAX;
    if (!id) return key ? CRM_OK : err_no_memory(err);
    if (id_parse(json_str(id), &wanted))
        for (size_t i = 0; i < t->count; i++)
            if (t->ids[i] == wanted) *ret = i;
    if (*ret != SIZE_MAX) return CRM_OK;
    err_set_args(err, CRM_INVALID, &record_merge_from, &f->name, 1);
    err_at_field(err, f->name);
    return CRM_INVALID;
}

/* ---- values -------------------------------------------------------------------------------- */

static bool is_empty(const struct value *v) {
    return value_is_nil(*v) || (v->type == VALUE_TEXT && v->text.len == 0);
}

static crm_status take_value(struct taking *t, const struct schema_field *f, struct err *err) {
    size_t place;
    crm_status status = chosen_place(t, f, &place, err);
    if (status != CRM_OK) return status;
    if (place == SIZE_MAX) {
        place = 0;
        while (place < t->count &&
               (is_empty(&t->rows[place][f->slot]) || names_merged(t, f, &t->rows[place][f->slot])))
            place++;
        if (place == t->count) place = 0;
    }
    struct value v = t->rows[place][f->slot];
    if (names_merged(t, f, &v)) v = VALUE_OF_NIL;
    if (value_equal(&v, &t->rows[0][f->slot])) return CRM_OK;
    return record_op_set(t->merge->changeset, t->op, f->slot, v) ? CRM_OK : err_no_memory(err);
}

/* ---- lists --------------------------------------------------------------------------------- */

struct united {
    struct store_item *list;
    size_t count, capacity;
};

static bool same_item(struct arena *a, const struct schema_field *f, const struct store_item *x,
                      const struct store_item *y) {
    if (f->type == SCHEMA_FIELD_LINKS)
        return x->value.integer == y->value.integer &&
               (f->ref_entity || x->value.entity == y->value.entity);
    if (f->type == SCHEMA_FIELD_CHOICES) return str_eq(x->value.text, y->value.text);
    return str_eq(duplicate_item_key(f, x->value.text, a), duplicate_item_key(f, y->value.text, a));
}

static crm_status unite(struct taking *t, const struct schema_field *f, struct united *u,
                        const struct store_item *items, size_t count, struct err *err) {
    struct arena *a = t->merge->changeset->arena;
    for (size_t i = 0; i < count; i++) {
        bool known = f->type == SCHEMA_FIELD_LINKS && names_merged(t, f, &items[i].value);
        for (size_t k = 0; k < u->count && !known; k++)
            known = same_item(a, f, &u->list[k], &items[i]);
        if (known) continue;
        struct store_item *list = arena_grow(a, u->list, u->count, &u->capacity, sizeof *list);
        if (!list || u->count == UNITED_MAX) return err_no_memory(err);
        u->list = list;
        list[u->count] = items[i];
        if (u->count) list[u->count].primary = false;
        u->count++;
    }
    return CRM_OK;
}

static crm_status take_items(struct taking *t, const struct schema_field *f, struct err *err) {
    struct changeset *c = t->merge->changeset;
    struct store_item **items = ARENA_ARRAY(c->arena, t->count, struct store_item *);
    size_t *counts = ARENA_ARRAY(c->arena, t->count, size_t), place;
    struct united united = {0};
    if (!items || !counts) return err_no_memory(err);
    crm_status status =
        store_links_get(t->merge->view->conn, f, t->ids, t->count, c->arena, items, counts, err);
    if (status == CRM_OK) status = chosen_place(t, f, &place, err);
    for (size_t i = 0; status == CRM_OK && i < t->count; i++)
        if (place == SIZE_MAX || place == i)
            status = unite(t, f, &united, items[i], counts[i], err);
    if (status != CRM_OK || (united.count == 0 && counts[0] == 0)) return status;
    return record_op_items(c, t->op, f->slot, RECORD_ITEMS_REPLACE, united.list, united.count)
               ? CRM_OK
               : err_no_memory(err);
}

/* ---- all fields ---------------------------------------------------------------------------- */

static crm_status check_from(const struct taking *t, struct err *err) {
    const struct schema_entity *e = t->merge->entity;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)t->from, key, value) {
        const struct schema_field *f = schema_field_find(e, str_from(key));
        struct str name = str_from(key);
        if (!f || !access_field_visible(t->merge->view->access, e, f))
            return err_set_args(err, CRM_INVALID, &record_field_unknown, &name, 1);
        if (may_take(t, f)) continue;
        err_set_args(err, CRM_INVALID, &record_merge_from, &f->name, 1);
        err_at_field(err, f->name);
        return CRM_INVALID;
    }
    return CRM_OK;
}

static crm_status rows_get(struct taking *t, struct err *err) {
    const struct merge *m = t->merge;
    crm_status status = store_record_get_many(m->view->conn, m->entity, t->ids, t->count, NULL,
                                              m->changeset->arena, t->rows, err);
    for (size_t i = 0; status == CRM_OK && i <= m->count; i++) {
        if (t->rows[i]) continue;
        err_set(err, CRM_NOT_FOUND, &record_not_found, NULL);
        return CRM_NOT_FOUND;
    }
    return status;
}

crm_status merge_fields(struct merge *m, const json_t *merge, struct err_list *errors,
                        struct err *err) {
    struct taking t = {.merge = m,
                       .from = json_object_get(merge, "from"),
                       .set = json_object_get(merge, "set"),
                       .count = m->count + 1,
                       .ids = {m->into}};
    const struct schema_entity *e = m->entity;
    memcpy(t.ids + 1, m->ids, m->count * sizeof *m->ids);
    t.op = changeset_op(m->changeset, RECORD_UPDATE, e, m->into);
    if (!t.op) return err_no_memory(err);
    t.op->touches = true;
    crm_status status = rows_get(&t, err);
    if (status == CRM_OK) status = check_from(&t, err);
    for (size_t i = 0; status == CRM_OK && i < e->field_count; i++) {
        const struct schema_field *f = &e->fields[i];
        if (!may_take(&t, f)) continue;
        status = schema_storage_of(f) == SCHEMA_STORAGE_LINKS ? take_items(&t, f, err)
                                                              : take_value(&t, f, err);
    }
    return status == CRM_OK && t.set
               ? record_op_from_json(m->view, m->changeset, t.op, t.set, NULL, errors, err)
               : status;
}
