/* A record at hand, as expressions see it: values by path through references, formulas computed at
 * read, rules of rights.
 *
 * Rules are evaluated without the viewer's restrictions (they decide them); formulas and filters
 * with them, so that a path through a record that may not be seen is nil. */
#include "record/read_core.h"

#include "record/messages.h"
#include "record/past.h"
#include "record/read_expr.h"

enum { FORMULA_DEPTH_MAX = 8 };

void read_field_slots(const struct schema_entity *entity, const struct schema_field *f,
                      struct slot_set *slots) {
    if (f->type == SCHEMA_FIELD_FORMULA && !f->stored) {
        if (!slot_has(slots, f->slot)) { /* once: a circle of formulas ends here */
            slot_add(slots, f->slot);
            read_expr_slots(f->formula, entity, slots);
        }
        return;
    }
    slot_add(slots, f->slot);
}

struct slot_walk {
    const struct schema_entity *entity;
    struct slot_set *slots;
};

static bool walk_slots(void *ctx, const struct expr *e) {
    struct slot_walk *w = ctx;
    if (e->op != EXPR_PATH) return true;
    const struct schema_field *f = schema_field_by_id(w->entity, e->path.step[0].field);
    if (f) read_field_slots(w->entity, f, w->slots);
    return true;
}

void read_expr_slots(const struct expr *e, const struct schema_entity *entity,
                     struct slot_set *slots) {
    struct slot_walk w = {entity, slots};
    if (e) (void)expr_walk(e, walk_slots, &w);
}

void read_rule_slots(const struct access *a, enum schema_action action,
                     const struct schema_entity *entity, struct slot_set *slots) {
    const struct expr *rule = access_rows(a, action, entity);
    if (rule && !access_is_all(rule)) read_expr_slots(rule, entity, slots);
}

crm_status read_row_load(struct record_view *v, const struct schema_entity *e, int64_t id,
                         const struct slot_set *slots, const struct value **ret, struct err *err) {
    if (e->resident && (*ret = resident_row(v->resident, e, id)) != NULL) return CRM_OK;
    struct value *row = NULL; /* trashed rows of resident entities are in the database only */
    crm_status status = store_record_get(v->conn, e, id, slots, v->arena, &row, err);
    if (status == CRM_OK) *ret = row;
    return status;
}

crm_status read_row_items(struct read_row *row, const struct schema_field *f,
                          struct read_items *ret, struct err *err) {
    struct record_view *v = row->view;
    if (row->items && row->items[f->slot].known) {
        *ret = row->items[f->slot];
        return CRM_OK;
    }
    struct store_item *items = NULL;
    size_t count = 0;
    crm_status status = store_links_get(v->conn, f, &row->id, 1, v->arena, &items, &count, err);
    if (status == CRM_OK) *ret = (struct read_items){.known = true, .list = items, .count = count};
    return status;
}

static crm_status items_value(struct read_row *row, const struct schema_field *f, struct value *ret,
                              struct err *err) {
    struct read_items items;
    crm_status status = read_row_items(row, f, &items, err);
    if (status != CRM_OK) return status;
    struct value *list = ARENA_ARRAY(row->view->arena, items.count ? items.count : 1, struct value);
    if (!list) return err_no_memory(err);
    for (size_t i = 0; i < items.count; i++) {
        list[i] = items.list[i].value;
        if (list[i].type == VALUE_ID) list[i].entity = f->ref_entity;
    }
    *ret = (struct value){.type = VALUE_LIST, .list = {list, items.count}};
    return CRM_OK;
}

static crm_status formula_value(struct read_row *row, const struct schema_field *f,
                                struct value *ret, struct err *err) {
    *ret = VALUE_OF_NIL;
    if (row->depth >= FORMULA_DEPTH_MAX || !f->formula) return CRM_OK;
    struct read_row inner = *row;
    inner.depth++;
    struct expr_env env;
    read_row_env(&inner, &env);
    return expr_eval(f->formula, &env, ret, err);
}

/* A roll-up that is reckoned at read, under the viewer's rights. */
static crm_status viewer_rollup(struct read_row *row, const struct schema_field *f,
                                struct value *ret, struct err *err) {
    struct record_view *v = row->view;
    *ret = VALUE_OF_NIL;
    const struct schema_entity *child = schema_entity_by_id(v->access->schema, f->rollup_entity);
    const struct schema_field *by = child ? schema_field_by_id(child, f->rollup_by) : NULL;
    if (!by || !f->rollup || !access_rows(v->access, SCHEMA_ACTION_READ, child)) return CRM_OK;
    const struct expr *where = read_equals(v->arena, by, value_id(row->id));
    if (!where) return err_no_memory(err);
    struct store_figures figures = {.query = {.access = v->access,
                                              .from = child,
                                              .action = SCHEMA_ACTION_READ,
                                              .where = where,
                                              .now_ms = v->now_ms},
                                    .measures = &f->rollup,
                                    .measure_count = 1,
                                    .limit = 1};
    struct store_figures_result result;
    crm_status status = store_figures_run(v->conn, &figures, v->arena, &result, err);
    if (status == CRM_OK && result.row_count) *ret = result.cells[0];
    return status;
}

crm_status read_row_value(struct read_row *row, const struct schema_field *f, struct value *ret,
                          struct err *err) {
    switch (f->type) {
    case SCHEMA_FIELD_CHOICES:
    case SCHEMA_FIELD_LINKS:
    case SCHEMA_FIELD_LABELLED:
        return items_value(row, f, ret, err);
    case SCHEMA_FIELD_CHILDREN:
        *ret = VALUE_OF_NIL;
        return CRM_OK;
    case SCHEMA_FIELD_FORMULA:
        if (!f->stored) return formula_value(row, f, ret, err);
        break;
    case SCHEMA_FIELD_ROLLUP:
        if (f->rollup_viewer) return viewer_rollup(row, f, ret, err);
        break;
    default:
        break;
    }
    *ret = row->row[f->slot];
    return CRM_OK;
}

/* Whoever may see it: of the same time as where the path comes from. */
static crm_status follow_plainly(const struct read_row *from, const struct schema_entity *e,
                                 int64_t id, const struct slot_set *slots, struct read_row *ret_row,
                                 struct err *err) {
    struct past past;
    if (!from->in_past || e->resident)
        return read_row_load(ret_row->view, e, id, slots, &ret_row->row, err);
    crm_status status = as_of_row(ret_row->view, e, id, from->as_of_seq, &past, ret_row, err);
    ret_row->viewer = false;
    ret_row->depth = from->depth;
    if (status == CRM_OK && !past.exists) ret_row->row = NULL;
    return status;
}

/* The record that `value` of `f` points to, with the column of the path's next step; *ret_row->row
 * NULL where it is missing or, for a viewer, unseen. */
static crm_status follow(struct read_row *from, const struct schema_field *f,
                         const struct value *value, int32_t next_field, struct read_row *ret_row,
                         struct err *err) {
    struct record_view *v = from->view;
    const struct schema_entity *e = read_ref_entity(v, f, value);
    const struct schema_field *next = e ? schema_field_by_id(e, next_field) : NULL;
    *ret_row = (struct read_row){
        .view = v, .entity = e, .id = value->integer, .viewer = from->viewer, .depth = from->depth};
    if (!next) return CRM_OK;
    struct slot_set slots = {0};
    read_field_slots(e, next, &slots);
    if (!from->viewer) return follow_plainly(from, e, value->integer, &slots, ret_row, err);
    if (!access_rows(v->access, SCHEMA_ACTION_READ, e)) return CRM_OK;
    int depth = from->depth;
    ret_row->in_past = from->in_past;
    ret_row->as_of_seq = from->as_of_seq;
    crm_status status = read_row_next(ret_row, e, value->integer, &slots, err);
    ret_row->depth = depth;
    if (status != CRM_NOT_FOUND) return status;
    ret_row->row = NULL;
    return CRM_OK;
}

static crm_status get_path(void *ctx, const struct expr *path, struct value *ret, struct err *err) {
    struct read_row at = *(struct read_row *)ctx;
    struct value value = VALUE_OF_NIL;
    for (uint8_t i = 0; i < path->path.length; i++) {
        const struct schema_field *f = schema_field_by_id(at.entity, path->path.step[i].field);
        if (!f || (at.viewer && !access_field_visible(at.view->access, at.entity, f))) break;
        crm_status status = read_row_value(&at, f, &value, err);
        if (status != CRM_OK) return status;
        if (expr_step_misses(&path->path.step[i], &value)) break;
        if (i + 1 == path->path.length) {
            *ret = value;
            return CRM_OK;
        }
        if (value.type != VALUE_ID) break;
        struct read_row next;
        status = follow(&at, f, &value, path->path.step[i + 1].field, &next, err);
        if (status != CRM_OK) return status;
        if (!next.row) break;
        at = next;
    }
    *ret = VALUE_OF_NIL;
    return CRM_OK;
}

void read_row_env(struct read_row *row, struct expr_env *ret) {
    struct record_view *v = row->view;
    engine_env(v->engine, &v->access->actor, v->company, v->arena, ret);
    ret->now_ms = v->now_ms;
    ret->get = get_path;
    ret->ctx = row;
}

crm_status read_row_allowed(const struct read_row *row, enum schema_action action, bool *ret,
                            struct err *err) {
    const struct access *a = row->view->access;
    const struct expr *rule = access_rows(a, action, row->entity);
    if (!rule || access_is_all(rule)) {
        *ret = rule != NULL;
        return CRM_OK;
    }
    struct read_row plain = *row;
    plain.viewer = false;
    struct expr_env env;
    read_row_env(&plain, &env);
    return access_allows(a, action, row->entity, &env, ret, err);
}

crm_status read_row_find(struct record_view *v, const struct schema_entity *e, int64_t id,
                         const struct slot_set *slots, struct read_row *ret, struct err *err) {
    const struct expr *rule = access_rows(v->access, SCHEMA_ACTION_READ, e);
    if (!rule) return err_set(err, CRM_FORBIDDEN, &record_action_forbidden, "read", NULL);
    struct slot_set wanted = *slots;
    if (!access_is_all(rule)) read_expr_slots(rule, e, &wanted);
    struct read_row row = {.view = v, .entity = e, .id = id, .viewer = true};
    crm_status status = read_row_load(v, e, id, &wanted, &row.row, err);
    if (status != CRM_OK) return status;
    bool allowed = false;
    if (row.row && (status = read_row_allowed(&row, SCHEMA_ACTION_READ, &allowed, err)) != CRM_OK)
        return status;
    if (!allowed) return err_set(err, CRM_NOT_FOUND, &record_not_found, NULL);
    *ret = row;
    return CRM_OK;
}
