/* crm.record, filling a changeset: ops, values, items, nested children. Committing is in
 * services_commit.c. */
#include <stdlib.h>

#include "module/messages.h"
#include "module/record_write.h"

enum { CHANGESET_ARENA_BYTES = 512 * 1024 * 1024 };

crm_status record_svc_parent_new(struct crm_view *v, const struct crm_changeset_options *options,
                                 int64_t *ret_id, struct crm_error *err) {
    (void)options; /* the parent has the cause, note and door of its first child */
    (void)err;
    *ret_id = changeset_parent_new(view_engine(v));
    return CRM_OK;
}

static crm_status fill_options(struct crm_changeset *c, const struct crm_changeset_options *options,
                               struct err *err) {
    struct crm_changeset_options own;
    bridge_options(&own, sizeof own, options, options ? options->size : 0);
    struct changeset *set = &c->changeset;
    set->flags = own.flags & (CHANGESET_DRY | CHANGESET_BULK | CHANGESET_NO_AFTER |
                              CHANGESET_KEEP_GOING | CHANGESET_IMPORT);
    set->part_of = own.part_of;
    set->depth = c->view->depth;
    set->cause = arena_str(c->arena, own.cause.len ? str_in(own.cause) : c->view->cause);
    set->note = arena_str(c->arena, str_in(own.note));
    if (!set->cause.ptr || !set->note.ptr) return err_no_memory(err);
    if (own.once_key.len == 0) return CRM_OK;
    set->idempotency_key = arena_str(c->arena, str_in(own.once_key));
    set->idempotency_route = STR("module");
    sha256_of(str_in(own.once_key), &c->body);
    set->idempotency_body = &c->body;
    return set->idempotency_key.ptr ? CRM_OK : err_no_memory(err);
}

crm_status record_svc_changeset_new(struct crm_view *v, const struct crm_changeset_options *options,
                                    struct crm_changeset **ret, struct crm_error *error) {
    struct crm_changeset *c =
        v->is_own ? calloc(1, sizeof *c) : ARENA_NEW(v->record->arena, struct crm_changeset);
    if (!c) return err_no_memory(err_in(error));
    c->kernel = v->kernel;
    c->view = v;
    arena_init(&c->own_arena, CHANGESET_ARENA_BYTES);
    c->arena = v->is_own ? &c->own_arena : v->record->arena;
    pthread_mutex_init(&c->mu, NULL);
    pthread_cond_init(&c->ended, NULL);
    changeset_init(&c->changeset, c->arena, (struct schema *)(uintptr_t)view_schema(v),
                   &v->record->access->actor);
    crm_status status = fill_options(c, options, err_in(error));
    if (status != CRM_OK) {
        record_svc_changeset_free(c);
        return status;
    }
    *ret = c;
    return CRM_OK;
}

void record_svc_changeset_free(struct crm_changeset *c) {
    if (!c) return;
    if (c->state == WRITING_STARTED) record_svc_commit_wait(c, NULL, NULL);
    if (!c->is_taken) changeset_fini(&c->changeset);
    pthread_cond_destroy(&c->ended);
    pthread_mutex_destroy(&c->mu);
    arena_fini(&c->own_arena);
    if (c->view->is_own) free(c);
}

/* ---- ops ---------------------------------------------------------------------------------- */

struct record_op *writing_op(const struct crm_op *op) {
    return op->child ? op->child : &op->changeset->changeset.ops[op->position];
}

static struct crm_op *op_new(struct crm_changeset *c, enum record_verb verb,
                             const struct crm_entity *entity, int64_t id, int64_t expect_version) {
    const struct schema_entity *e = entity_in(entity);
    if (!e || c->state != WRITING_OPEN || !access_entity_visible(c->view->record->access, e))
        return NULL;
    struct crm_op *op = ARENA_NEW(c->arena, struct crm_op);
    struct record_op *made = NULL;
    if (op)
        made = verb == RECORD_CREATE ? changeset_create(&c->changeset, view_engine(c->view), e)
                                     : changeset_op(&c->changeset, verb, e, id);
    if (!made) return NULL;
    made->expect_version = expect_version;
    *op = (struct crm_op){.changeset = c, .entity = e, .position = c->changeset.op_count - 1};
    return op;
}

struct crm_op *record_svc_create(struct crm_changeset *c, const struct crm_entity *e) {
    return op_new(c, RECORD_CREATE, e, 0, 0);
}
struct crm_op *record_svc_update(struct crm_changeset *c, const struct crm_entity *e, int64_t id,
                                 int64_t expect_version) {
    return op_new(c, RECORD_UPDATE, e, id, expect_version);
}
struct crm_op *record_svc_trash(struct crm_changeset *c, const struct crm_entity *e, int64_t id,
                                int64_t expect_version) {
    return op_new(c, RECORD_DELETE, e, id, expect_version);
}
struct crm_op *record_svc_restore(struct crm_changeset *c, const struct crm_entity *e, int64_t id) {
    return op_new(c, RECORD_RESTORE, e, id, 0);
}
struct crm_op *record_svc_purge(struct crm_changeset *c, const struct crm_entity *e, int64_t id) {
    return op_new(c, RECORD_PURGE, e, id, 0);
}
void record_svc_drop_last(struct crm_changeset *c) {
    if (c->state == WRITING_OPEN && c->changeset.op_count > 0) c->changeset.op_count--;
}
int64_t record_svc_op_id(const struct crm_op *op) { return writing_op(op)->id; }
void record_svc_op_source_row(struct crm_op *op, uint32_t row) { writing_op(op)->source_row = row; }

static crm_status check_field(struct crm_op *op, const struct crm_field *field, struct err *err) {
    const struct schema_field *f = field_in(field);
    if (op && f && f >= op->entity->fields && f < op->entity->fields + op->entity->field_count)
        return CRM_OK;
    return err_internal(err, "a field of another entity is set");
}

crm_status record_svc_set(struct crm_changeset *c, struct crm_op *op, const struct crm_field *f,
                          const struct crm_value *v, struct crm_error *error) {
    struct err *err = err_in(error);
    struct value own;
    crm_status status = check_field(op, f, err);
    if (status != CRM_OK) return status;
    if (!value_copy(c->arena, value_in(v), &own)) return err_no_memory(err);
    return record_op_set(&c->changeset, writing_op(op), field_in(f)->slot, own)
               ? CRM_OK
               : err_no_memory(err);
}

static bool copy_item(struct crm_changeset *c, const struct schema_field *f,
                      const struct store_item *from, struct store_item *ret) {
    *ret = (struct store_item){.primary = from->primary};
    ret->label = arena_str(c->arena, from->label);
    if (!ret->label.ptr || !value_copy(c->arena, &from->value, &ret->value)) return false;
    if (!from->attributes || f->attribute_count == 0) return true;
    struct value *attributes = ARENA_ARRAY(c->arena, f->attribute_count, struct value);
    if (!attributes) return false;
    for (size_t i = 0; i < f->attribute_count; i++)
        if (!value_copy(c->arena, &from->attributes[i], &attributes[i])) return false;
    ret->attributes = attributes;
    return true;
}

crm_status record_svc_set_items(struct crm_changeset *c, struct crm_op *op,
                                const struct crm_field *f, int32_t mode,
                                const struct crm_item *items, size_t count,
                                struct crm_error *error) {
    struct err *err = err_in(error);
    crm_status status = check_field(op, f, err);
    if (status != CRM_OK) return status;
    if (mode < CRM_ITEMS_REPLACE || mode > CRM_ITEMS_REMOVE) mode = CRM_ITEMS_REPLACE;
    struct store_item *own = ARENA_ARRAY(c->arena, count + 1, struct store_item);
    if (!own) return err_no_memory(err);
    for (size_t i = 0; i < count; i++)
        if (!copy_item(c, field_in(f), (const struct store_item *)&items[i], &own[i]))
            return err_no_memory(err);
    bool kept = record_op_items(&c->changeset, writing_op(op), field_in(f)->slot,
                                (enum record_write_kind)mode, own, count);
    return kept ? CRM_OK : err_no_memory(err);
}

crm_status record_svc_stage_moves(struct crm_changeset *c, struct crm_op *op,
                                  const struct crm_stage_move *moves, size_t count,
                                  struct crm_error *error) {
    struct record_move *own = ARENA_ARRAY(c->arena, count + 1, struct record_move);
    if (!own) return err_no_memory(err_in(error));
    for (size_t i = 0; i < count; i++)
        own[i] = (struct record_move){moves[i].stage, moves[i].at_ms, moves[i].actor};
    return record_op_moves(&c->changeset, writing_op(op), own, count)
               ? CRM_OK
               : err_no_memory(err_in(error));
}

crm_status record_svc_set_children(struct crm_changeset *c, struct crm_op *op,
                                   const struct crm_field *f, const int64_t *ids, size_t count,
                                   struct crm_op **ret_ops, struct crm_error *error) {
    struct err *err = err_in(error);
    crm_status status = check_field(op, f, err);
    if (status != CRM_OK) return status;
    const struct schema_entity *child =
        schema_entity_by_id(view_schema(c->view), field_in(f)->ref_entity);
    if (field_in(f)->type != SCHEMA_FIELD_CHILDREN || !child)
        return err_internal(err, "set_children of a field without children");
    struct record_op *ops = ARENA_ARRAY(c->arena, count + 1, struct record_op);
    struct crm_op *handles = ARENA_ARRAY(c->arena, count + 1, struct crm_op);
    if (!ops || !handles) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        ops[i] = (struct record_op){.verb = ids && ids[i] ? RECORD_UPDATE : RECORD_CREATE,
                                    .entity = child,
                                    .id = ids ? ids[i] : 0};
        handles[i] = (struct crm_op){.changeset = c, .entity = child, .child = &ops[i]};
        ret_ops[i] = &handles[i];
    }
    struct record_op *parent = writing_op(op);
    if (!record_op_items(&c->changeset, parent, field_in(f)->slot, RECORD_CHILDREN, NULL, 0))
        return err_no_memory(err);
    for (size_t i = 0; i < parent->write_count; i++) {
        if (parent->writes[i].slot != field_in(f)->slot) continue;
        parent->writes[i].children = ops;
        parent->writes[i].child_count = count;
    }
    return CRM_OK;
}

crm_status record_svc_set_json(struct crm_changeset *c, struct crm_op *op,
                               const struct crm_json_value *object, struct crm_error *error) {
    struct err *err = err_in(error);
    struct err_list found = {NULL, 0};
    crm_status status = record_op_from_json(c->view->record, &c->changeset, writing_op(op),
                                            (const json_t *)object, NULL, &found, err);
    for (size_t i = 0; i < found.count; i++) {
        c->wrong.items = arena_grow(c->arena, c->wrong.items, c->wrong.count, &c->wrong_capacity,
                                    sizeof *c->wrong.items);
        if (!c->wrong.items) return err_no_memory(err);
        err_copy(&c->wrong.items[c->wrong.count++], &found.items[i]);
    }
    return found.count ? CRM_OK : status; /* commit reports them */
}
