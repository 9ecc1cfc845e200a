/* Records that stand in a stage or pipeline, or have a value, written to stand in another: in
 * batches, each a changeset of its own under the step's parent. See lists.h. */
#include "base/time.h"
#include "record/changeset.h"
#include "record/lists_state.h"
#include "store/query.h"

enum { LISTS_CHUNK = 200, IDLE_MAX = 3, CHUNK_BYTES = 64 << 20 };

struct moving {
    const struct list_use *use;
    struct value to;
    const int64_t *ids;
    size_t count;
};

/* Of a set the one value goes and the other comes, once. */
static bool move_one(struct changeset *c, struct record_op *op, const struct list_writing *w,
                     const struct moving *m) {
    const struct schema_field *f = m->use->field;
    if (f->type != SCHEMA_FIELD_CHOICES) return record_op_set(c, op, f->slot, m->to);
    struct store_item *items = ARENA_ARRAY(c->arena, 2, struct store_item);
    if (!items) return false;
    items[0].value = value_text(w->step->name);
    items[1].value = m->to;
    return record_op_items(c, op, f->slot, RECORD_ITEMS_REMOVE, &items[0], 1) &&
           record_op_items(c, op, f->slot, RECORD_ITEMS_ADD, &items[1], 1);
}

static crm_status fill_moves(struct list_writing *w, struct changeset *c, void *ctx,
                             struct err *err) {
    const struct moving *m = ctx;
    for (size_t i = 0; i < m->count; i++) {
        struct record_op *op = changeset_op(c, RECORD_UPDATE, m->use->entity, m->ids[i]);
        if (!op || !move_one(c, op, w, m)) return err_no_memory(err);
    }
    return CRM_OK;
}

/* Until none is found any more: what is written does not come again. */
static crm_status move_all(struct list_writing *w, const struct list_use *use, struct value to,
                           struct err *err) {
    crm_status status = CRM_OK;
    int idle = 0;
    for (size_t found = 1; status == CRM_OK && found;) {
        struct arena a;
        int64_t began = clock_monotonic_ns();
        struct store_list list = {.limit = LISTS_CHUNK};
        struct store_page page = {0};
        arena_init(&a, CHUNK_BYTES);
        status = list_use_query(w->lists, use, &list.query, &a, err);
        if (status == CRM_OK) status = store_begin(w->lists->conn, err);
        if (status == CRM_OK) {
            status = store_list_run(w->lists->conn, &list, &a, &page, err);
            store_rollback(w->lists->conn);
        }
        struct moving m = {use, to, page.ids, page.count};
        found = page.count;
        w->done += (int64_t)found;
        if (status == CRM_OK && found) status = list_write(w, &a, fill_moves, &m, err);
        idle = w->wrote ? 0 : idle + 1; /* somebody may have been faster, now and then */
        if (status == CRM_OK && found && idle > IDLE_MAX)
            status = err_internal(err, "records of %.*s stay", STR_ARG(w->step->step.subject));
        arena_fini(&a);
        if (status == CRM_OK && found && w->rests) status = w->rests(w, began, err);
    }
    return status;
}

crm_status list_move_uses(struct list_writing *w, struct value to, struct err *err) {
    struct list_use use;
    crm_status status = CRM_OK;
    for (size_t n = 0; status == CRM_OK && list_use(w->lists, w->step, n, &use); n++)
        status = move_all(w, &use, to, err);
    return status;
}
