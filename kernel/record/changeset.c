/* Building a changeset: ops and their writes, in the caller's arena. See changeset.h. */
#include "record/changeset.h"

#include "record/engine_state.h"

const char *record_verb_word(enum record_verb verb) {
    static const char *const words[] = {"create", "update", "delete", "restore", "purge"};
    return (size_t)verb < sizeof words / sizeof words[0] ? words[verb] : "";
}

void changeset_init(struct changeset *c, struct arena *a, struct schema *schema,
                    const struct actor *actor) {
    *c = (struct changeset){.arena = a, .schema = schema_ref(schema), .actor = *actor};
}

void changeset_fini(struct changeset *c) {
    c->schema = schema_unref(c->schema);
    c->in_force = schema_unref(c->in_force);
}

struct record_op *changeset_op(struct changeset *c, enum record_verb verb,
                               const struct schema_entity *entity, int64_t id) {
    struct record_op *ops = arena_grow(c->arena, c->ops, c->op_count, &c->op_capacity, sizeof *ops);
    if (!ops) return NULL;
    c->ops = ops;
    ops[c->op_count] = (struct record_op){.verb = verb, .entity = entity, .id = id};
    return &ops[c->op_count++];
}

struct record_op *changeset_create(struct changeset *c, struct engine *e,
                                   const struct schema_entity *entity) {
    return changeset_op(c, RECORD_CREATE, entity, id_next(engine_ids(e)));
}

/* The write of the slot, made when there is none. */
static struct record_write *write_of(struct changeset *c, struct record_op *op, int32_t slot,
                                     bool replace) {
    for (size_t i = 0; replace && i < op->write_count; i++)
        if (op->writes[i].slot == slot) return &op->writes[i];
    struct record_write *writes =
        arena_grow(c->arena, op->writes, op->write_count, &op->write_capacity, sizeof *writes);
    if (!writes) return NULL;
    op->writes = writes;
    return &writes[op->write_count++];
}

bool record_op_set(struct changeset *c, struct record_op *op, int32_t slot, struct value v) {
    struct record_write *w = write_of(c, op, slot, true);
    if (w) *w = (struct record_write){.slot = slot, .kind = RECORD_SET, .value = v};
    return w != NULL;
}

bool record_op_items(struct changeset *c, struct record_op *op, int32_t slot,
                     enum record_write_kind kind, const struct store_item *items, size_t count) {
    struct record_write *w = write_of(c, op, slot, kind == RECORD_ITEMS_REPLACE);
    if (w)
        *w = (struct record_write){.slot = slot, .kind = kind, .items = items, .item_count = count};
    return w != NULL;
}

bool record_op_children(struct changeset *c, struct record_op *op, int32_t slot,
                        struct record_op *children, size_t count) {
    struct record_write *w = write_of(c, op, slot, true);
    if (w)
        *w = (struct record_write){
            .slot = slot, .kind = RECORD_CHILDREN, .children = children, .child_count = count};
    return w != NULL;
}

bool record_op_moves(struct changeset *c, struct record_op *op, const struct record_move *moves,
                     size_t count) {
    struct record_move *own = ARENA_ARRAY(c->arena, count + 1, struct record_move);
    if (!own) return false;
    if (count) memcpy(own, moves, count * sizeof *own);
    op->moves = own;
    op->move_count = count;
    return true;
}

int64_t changeset_parent_new(struct engine *e) { return id_next(engine_ids(e)); }

static bool needs_reader(const struct changeset *c, const struct schema_entity *e,
                         const struct record_op *op) {
    if (e && e->has_before && !e->serial) return true;
    for (size_t i = 0; e && i < op->write_count; i++)
        if (op->writes[i].kind == RECORD_CHILDREN) {
            const struct schema_field *f = schema_field_at(e, op->writes[i].slot);
            const struct schema_entity *child =
                f ? schema_entity_by_id(c->schema, f->ref_entity) : NULL;
            if (child && child->has_before && !child->serial) return true;
        }
    return false;
}

bool changeset_needs_reader(const struct changeset *c) {
    for (size_t i = 0; i < c->op_count; i++) {
        const struct schema_entity *e = c->ops[i].entity;
        if (needs_reader(c, e, &c->ops[i])) return true;
        if (e->is_child &&
            needs_reader(c, schema_entity_by_id(c->schema, e->parent_entity), &c->ops[i]))
            return true;
    }
    return false;
}
