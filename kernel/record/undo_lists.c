/* What an undo takes away of lists: a value, stage or pipeline in which a record stands that was
 * not made by what is undone, and that the undo leaves there, stays and is told as a conflict. Once
 * all ops are known. See undo.h. */
#include "record/lists_state.h"
#include "record/undo.h"
#include "store/query.h"

enum { STANDING_MAX = 200 };

static bool has_item(const struct record_write *w, struct str code) {
    for (size_t i = 0; i < w->item_count; i++)
        if (str_eq(value_str(w->items[i].value), code)) return true;
    return false;
}

static bool still_names(const struct list_step *s, const struct record_write *w) {
    if (w->kind == RECORD_SET)
        return s->list->is_pipeline ? w->value.type == VALUE_ID && w->value.integer == s->record
                                    : w->value.type == VALUE_TEXT && str_eq(w->value.text, s->name);
    return w->kind == RECORD_ITEMS_REMOVE ? !has_item(w, s->name)
                                          : w->kind == RECORD_ITEMS_ADD || has_item(w, s->name);
}

static bool goes_too(const struct undo *u, const struct schema_entity *e, int64_t id) {
    for (size_t i = 0; i < u->changeset.op_count; i++) {
        const struct record_op *op = &u->changeset.ops[i];
        if (op->id == id && op->entity == e && op->verb == RECORD_DELETE) return true;
    }
    return false;
}

static struct value text_then(const struct undo *u, const struct schema_entity *e,
                              const struct value *row, const char *field) {
    int32_t slot = slot_named(e, field);
    const struct record_write *w =
        undo_decided(u, e, row_std_int(e, row, SCHEMA_STD_ID), &e->fields[slot]);
    return w && w->kind == RECORD_SET ? w->value : row[slot];
}

/* A renamed value that gets its name back: what stands under that name is of it. */
static bool another_has(const struct undo *u, const struct lists *l, const struct record_op *op,
                        const struct value *row, struct str code) {
    const struct schema_entity *e = op->entity;
    if (!str_is(e->name, "directory_item")) return false;
    int64_t of = row_named(e, row, "directory").integer;
    for (size_t i = 0; i < resident_count(l->resident, e); i++) {
        const struct value *other = resident_at(l->resident, e, i);
        int64_t id = row_std_int(e, other, SCHEMA_STD_ID);
        if (id != op->id && row_named(e, other, "directory").integer == of &&
            str_eq(value_str(text_then(u, e, other, "code")), code) && !goes_too(u, e, id))
            return true;
    }
    return false;
}

static crm_status is_left(struct undo *u, struct lists *l, const struct list_step *s, bool *ret,
                          struct err *err) {
    struct list_use use;
    crm_status status = CRM_OK;
    *ret = false;
    for (size_t n = 0; status == CRM_OK && !*ret && list_use(l, s, n, &use); n++) {
        struct store_list list = {.limit = STANDING_MAX};
        struct store_page page = {0};
        status = list_use_query(l, &use, &list.query, l->arena, err);
        if (status == CRM_OK) status = store_list_run(l->conn, &list, l->arena, &page, err);
        for (size_t i = 0; status == CRM_OK && !*ret && i < page.count; i++) {
            const struct record_write *w = undo_decided(u, use.entity, page.ids[i], use.field);
            *ret = !undo_made(u, page.ids[i]) && !goes_too(u, use.entity, page.ids[i]) &&
                   (!w || still_names(s, w));
        }
    }
    return status;
}

static crm_status look(struct undo *u, struct lists *l, const struct record_op *op, bool *ret_stays,
                       struct err *err) {
    struct list_step s;
    const struct value *row = NULL;
    struct value nil = VALUE_OF_NIL, id = value_id(op->id);
    *ret_stays = false;
    if (op->verb != RECORD_DELETE || !list_is_entity(op->entity)) return CRM_OK;
    crm_status status = row_eval_stored(&u->eval, op->entity, op->id, &row, err);
    if (status != CRM_OK || !row || !list_step_of(l, op->entity, row, &s)) return status;
    if (another_has(u, l, op, row, s.name)) return CRM_OK;
    status = is_left(u, l, &s, ret_stays, err);
    if (status != CRM_OK || !*ret_stays) return status;
    return undo_conflict_add(u, op->entity, op->id,
                             schema_field_by_id(op->entity, (int32_t)SCHEMA_STD_ID), &nil, &id,
                             err);
}

crm_status undo_lists(struct undo *u, struct err *err) {
    struct changeset *c = &u->changeset;
    struct actor system;
    struct lists l = {.engine = u->engine,
                      .conn = u->conn,
                      .now = u->schema,
                      .wanted = u->schema,
                      .resident = engine_resident_ref(u->engine),
                      .arena = c->arena};
    crm_status status = CRM_OK;
    size_t kept = 0, count = c->op_count;
    engine_actor_system(ACCESS_DOOR_MIGRATION, &system);
    access_init(&l.access, u->schema, &system);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        struct record_op op = c->ops[i];
        bool stays = false;
        status = look(u, &l, &op, &stays, err);
        if (!stays) c->ops[kept++] = op;
    }
    if (status == CRM_OK) c->op_count = kept;
    engine_resident_unref(u->engine, l.resident);
    return status;
}
