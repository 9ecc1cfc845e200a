/* Steps of lists carried out: through the one door, each in batches under one parent. See lists.h.
 */
#include "base/time.h"
#include "record/changeset.h"
#include "record/lists_state.h"
#include "record/prepare.h"
#include "store/migration.h"
#include "store/note.h"
#include "store/query.h"

enum { LISTS_BYTES = 256 << 20, CHUNK_BYTES = 64 << 20, REMOVE_TRIES = 5 };

crm_status list_write(struct list_writing *w, struct arena *a, list_fill_fn *fill, void *ctx,
                      struct err *err) {
    struct changeset c;
    struct changeset_result result = {0};
    struct err_list errors = {0};
    struct actor actor;
    engine_actor_system(ACCESS_DOOR_MIGRATION, &actor);
    if (w->author) actor.user = w->author;
    changeset_init(&c, a, w->lists->now, &actor);
    c.flags = CHANGESET_SEED | CHANGESET_NO_AFTER | CHANGESET_TRUSTED;
    c.part_of = w->parent;
    c.also = w->also;
    c.also_ctx = w;
    c.cause = arena_printf(a, "%s %.*s", schema_step_word(w->step->step.kind),
                           STR_ARG(w->step->step.subject));
    crm_status status = c.cause.ptr ? fill(w, &c, ctx, err) : err_no_memory(err);
    if (status == CRM_OK && (c.op_count || c.also))
        status = changeset_commit(w->lists->engine, w->lists->conn, &c, &result, &errors, err);
    changeset_fini(&c);
    w->wrote = result.id != 0;
    return status;
}

static crm_status set(struct changeset *c, struct record_op *op, const struct schema_entity *e,
                      const char *field, struct value v, struct err *err) {
    int32_t slot = slot_named(e, field);
    return slot < 0 || (op && record_op_set(c, op, slot, v)) ? CRM_OK : err_no_memory(err);
}

/* ---- the records of the list --------------------------------------------------------------------
 */
crm_status list_fill_rename(struct list_writing *w, struct changeset *c, void *ctx,
                            struct err *err) {
    const struct list_step *s = w->step;
    bool is_pipeline = s->list->is_pipeline, is_item = s->item != NULL;
    const struct schema_entity *e = list_entity(w->lists, is_pipeline, is_item);
    const struct list_item *to = is_item ? s->item : &s->list->self;
    const char *field = list_name_field(is_pipeline, is_item);
    const struct value *row = resident_row(w->lists->resident, e, s->record);
    struct record_op *op = changeset_op(c, RECORD_UPDATE, e, s->record);
    struct str key =
        list_seed_key(c->arena, s->list, s->list->self.name, is_item ? to->name : STR_NONE);
    (void)ctx;
    if (!op || !key.ptr) return err_no_memory(err);
    crm_status status = set(c, op, e, "external_id", value_text(key), err);
    if (status == CRM_OK && row && str_eq(value_str(row_named(e, row, field)), s->name))
        status = set(c, op, e, field, value_text(to->name), err);
    if (is_item) return status;
    const struct schema_entity *items = list_entity(w->lists, is_pipeline, true);
    for (size_t i = 0; status == CRM_OK && i < resident_count(w->lists->resident, items); i++) {
        const struct value *item = resident_at(w->lists->resident, items, i);
        if (row_named(items, item, list_parent_field(is_pipeline)).integer != s->record) continue;
        struct str old = value_str(row_std(items, item, SCHEMA_STD_EXTERNAL_ID));
        struct str head = list_seed_key(c->arena, s->list, s->name, STR(":"));
        if (head.len < 1 || !str_starts_with(old, str_make(head.ptr, head.len - 1))) continue;
        struct str name = str_make(old.ptr + head.len - 1, old.len - head.len + 1);
        struct str anew = list_seed_key(c->arena, s->list, s->list->self.name, name);
        op = changeset_op(c, RECORD_UPDATE, items, row_std_int(items, item, SCHEMA_STD_ID));
        status = op && anew.ptr ? set(c, op, items, "external_id", value_text(anew), err)
                                : err_no_memory(err);
    }
    return status;
}

static crm_status fill_change(struct list_writing *w, struct changeset *c, void *ctx,
                              struct err *err) {
    const struct list_step *s = w->step;
    const struct schema_entity *e = list_entity(w->lists, s->list->is_pipeline, s->item != NULL);
    const struct schema_field *f = schema_field_find(e, s->field);
    struct record_op *op = changeset_op(c, RECORD_UPDATE, e, s->record);
    (void)ctx;
    bool is_put = op && (!f || record_op_set(c, op, f->slot, list_value_of(e, s->field, s->text)));
    return is_put ? CRM_OK : err_no_memory(err);
}

static crm_status fill_order(struct list_writing *w, struct changeset *c, void *ctx,
                             struct err *err) {
    const struct list_step *s = w->step;
    const struct schema_entity *e = list_entity(w->lists, s->list->is_pipeline, true),
                               *lists = list_entity(w->lists, s->list->is_pipeline, false);
    const struct value *parent = resident_row(w->lists->resident, lists, s->record);
    crm_status status = CRM_OK;
    (void)ctx;
    for (size_t i = 0; parent && status == CRM_OK && i < s->list->count; i++) {
        const struct value *row = list_item_row(w->lists, s->list, parent, s->list->items[i].name);
        if (!row) row = list_item_row(w->lists, s->list, parent, s->list->items[i].was);
        if (!row) continue;
        struct record_op *op =
            changeset_op(c, RECORD_UPDATE, e, row_std_int(e, row, SCHEMA_STD_ID));
        status =
            op ? set(c, op, e, "position", value_int((int64_t)i + 1), err) : err_no_memory(err);
    }
    return status;
}

/* Either forgotten - its key may be used anew - or trashed: two writes of one record are two
 * changesets. */
static crm_status forget_or_trash(struct changeset *c, const struct schema_entity *e, int64_t id,
                                  bool forgets, struct err *err) {
    struct record_op *op = changeset_op(c, forgets ? RECORD_UPDATE : RECORD_DELETE, e, id);
    if (!op) return err_no_memory(err);
    return forgets ? set(c, op, e, "external_id", VALUE_OF_NIL, err) : CRM_OK;
}

static crm_status fill_end(struct list_writing *w, struct changeset *c, void *ctx,
                           struct err *err) {
    const struct list_step *s = w->step;
    const bool *forgets = ctx;
    const struct schema_entity *e = list_entity(w->lists, s->list->is_pipeline, s->item != NULL),
                               *items = list_entity(w->lists, s->list->is_pipeline, true);
    crm_status status = CRM_OK;
    for (size_t i = 0;
         !s->item && status == CRM_OK && i < resident_count(w->lists->resident, items); i++) {
        const struct value *row = resident_at(w->lists->resident, items, i);
        if (row_named(items, row, list_parent_field(s->list->is_pipeline)).integer != s->record)
            continue;
        status = forget_or_trash(c, items, row_std_int(items, row, SCHEMA_STD_ID), *forgets, err);
    }
    return status == CRM_OK ? forget_or_trash(c, e, s->record, *forgets, err) : status;
}

/* ---- steps --------------------------------------------------------------------------------------
 */
static crm_status note_done(void *ctx, struct store_conn *c, struct err *err) {
    const struct list_writing *w = ctx;
    int64_t now = clock_now_ms();
    struct store_migration m = {.at = now,
                                .finished = now,
                                .kind = str_from(schema_step_word(w->step->step.kind)),
                                .subject = w->step->step.subject,
                                .state = STORE_MIGRATION_DONE,
                                .done = w->done,
                                .total = w->done,
                                .author = w->author};
    return store_migration_add(c, &m, err);
}

crm_status list_remove(struct list_writing *w, struct arena *a, struct err *err) {
    const struct list_step *s = w->step;
    bool forgets = true, trashes = false;
    crm_status status = CRM_OK;
    if (s->into)
        status = list_move_uses(w, s->list->is_pipeline ? value_id(s->into) : value_text(s->target),
                                err);
    if (status == CRM_OK && s->is_forgotten) status = list_write(w, a, fill_end, &forgets, err);
    w->ends = true;
    return status == CRM_OK ? list_write(w, a, fill_end, &trashes, err) : status;
}

/* Values that stay as texts keep nothing from going. */
static crm_status ends_empty(void *ctx, struct store_conn *c, struct err *err) {
    const struct list_writing *w = ctx;
    bool stays = !w->step->into && w->step->item && !w->step->list->is_pipeline;
    return w->ends && !stays ? list_none_left(ctx, c, err) : CRM_OK;
}

/* What enters behind the last record that moves is moved, too. */
static crm_status remove_at_once(struct list_writing *w, struct arena *a, struct err *err) {
    crm_status status = CRM_STALE;
    w->also = ends_empty;
    for (int i = 0; status == CRM_STALE && i < REMOVE_TRIES; i++) {
        w->ends = false;
        status = list_remove(w, a, err);
    }
    w->also = NULL;
    return status;
}

static crm_status carry_out(struct list_writing *w, struct err *err) {
    const struct list_step *s = w->step;
    struct arena a;
    crm_status status = CRM_OK;
    arena_init(&a, CHUNK_BYTES);
    switch (s->verb) {
    case LIST_RENAME:
        if (s->step.background) {
            status = list_leave(w, &a, err);
            break;
        }
        status = list_write(w, &a, list_fill_rename, NULL, err);
        if (status == CRM_OK && s->item && !s->list->is_pipeline)
            status = list_move_uses(w, value_text(s->item->name), err);
        break;
    case LIST_CHANGE:
        status = list_write(w, &a, fill_change, NULL, err);
        break;
    case LIST_ORDER:
        status = list_write(w, &a, fill_order, NULL, err);
        break;
    case LIST_REMOVE:
        status = s->step.background ? list_leave(w, &a, err) : remove_at_once(w, &a, err);
        break;
    case LIST_ASKS:
        break;
    }
    if (status == CRM_OK && s->verb != LIST_ASKS && !s->step.background)
        status = engine_write(w->lists->engine, note_done, w, err);
    arena_fini(&a);
    return status;
}

static crm_status put_note(void *ctx, struct store_conn *c, struct err *err) {
    return store_note_put(c, STR("lists"), *(const struct str *)ctx, err);
}

static crm_status note(struct lists *l, struct err *err) {
    struct str was = l->has_note ? list_set_text(l->arena, &l->noted) : STR_NONE;
    struct str is = list_set_text(l->arena, &l->defined);
    if (!is.ptr) return err_no_memory(err);
    return str_eq(was, is) ? CRM_OK : engine_write(l->engine, put_note, &is, err);
}

static crm_status settle(struct lists *l, int64_t author, struct err *err) {
    crm_status status = lists_compare(l, err);
    if (l->conn && store_in_transaction(l->conn)) store_rollback(l->conn);
    if (status == CRM_OK && l->refused) return CRM_OK; /* told by the plan */
    for (size_t i = 0; status == CRM_OK && i < l->count; i++) {
        struct list_writing w = {.lists = l, .step = &l->steps[i], .author = author};
        if (l->steps[i].verb != LIST_ASKS) w.parent = changeset_parent_new(l->engine);
        status = carry_out(&w, err);
    }
    return status == CRM_OK ? note(l, err) : status;
}

crm_status lists_settle(struct engine *e, const struct schema_plan *plan, struct err *err) {
    struct arena a;
    arena_init(&a, LISTS_BYTES);
    struct lists l = {.engine = e, .wanted = plan->schema, .arena = &a, .wishes = plan->wishes};
    crm_status status = lists_open(&l, err);
    if (status == CRM_OK && l.now) status = settle(&l, plan->author, err);
    lists_close(&l);
    arena_fini(&a);
    return status;
}
