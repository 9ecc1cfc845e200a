/* The records of an entity as they were at a moment: each is reckoned back and then tried, for SQL
 * cannot see the past. Bounded: entities of up to AS_OF_RECORDS_MAX records. What conditions call
 * now is that moment, too. Threads: the view's; rows in its arena. */
#include "record/engine_state.h"
#include "record/messages.h"
#include "record/past.h"
#include "store/sys_tables.h"

enum { AS_OF_RECORDS_MAX = 10000 };

struct gathering {
    struct record_view *view;
    const struct schema_entity *entity;
    int64_t *ids;
    size_t id_count, id_room;
    bool failed, too_many;
};

static bool add_id(struct gathering *l, int64_t id) {
    l->too_many = l->id_count == AS_OF_RECORDS_MAX;
    if (l->too_many) return false;
    l->ids = arena_grow(l->view->arena, l->ids, l->id_count, &l->id_room, sizeof *l->ids);
    l->failed = !l->ids;
    if (!l->failed) l->ids[l->id_count++] = id;
    return !l->failed;
}

static bool take_id(void *ctx, const struct value *row) {
    struct gathering *l = ctx;
    return add_id(l, row_std_int(l->entity, row, SCHEMA_STD_ID));
}

static bool take_purged(void *ctx, const struct store_value *row) {
    return add_id(ctx, row[SYS_CHANGE_RECORD].integer);
}

/* Records that are there, in the trash too, and those purged since. */
static crm_status candidates(struct gathering *l, int64_t seq, struct err *err) {
    struct slot_set slots = {0};
    slot_add(&slots, 0);
    crm_status status =
        store_record_each(l->view->conn, l->entity, &slots, 0, AS_OF_RECORDS_MAX + 1, true,
                          l->view->arena, take_id, l, err);
    struct store_condition where[] = {{SYS_CHANGE_ENTITY, STORE_EQ, store_int(l->entity->id)},
                                      {SYS_CHANGE_SEQ, STORE_GT, store_int(seq)},
                                      {SYS_CHANGE_OP, STORE_EQ, store_int(RECORD_PURGE)}};
    struct store_select purged = {
        .table = sys_table(SYS_TABLE_CHANGE), .where = where, .where_count = 3};
    if (status == CRM_OK && !l->failed && !l->too_many)
        status = store_each(l->view->conn, &purged, take_purged, l, err);
    if (status != CRM_OK) return status;
    if (l->failed) return err_no_memory(err);
    return l->too_many ? err_set(err, CRM_REFUSED, &record_as_of_large, "10000", NULL) : CRM_OK;
}

static bool in_wanted_trash(const struct schema_entity *e, const struct past *p,
                            enum store_trash trash) {
    bool trashed = !row_is_living(e, p->row);
    return trash == STORE_BOTH || trashed == (trash == STORE_TRASHED);
}

/* Rows that nothing logs were there from when they were made. */
static bool was_there(const struct schema_entity *e, const struct past *p, int64_t at_ms) {
    return p->exists && (!e->no_log || row_std_int(e, p->row, SCHEMA_STD_CREATED_AT) <= at_ms);
}

static crm_status is_wanted(struct read_row *row, const struct past *p, const struct expr *where,
                            bool *ret, struct err *err) {
    struct expr_env env;
    struct value value = value_bool(true);
    crm_status status = as_of_allowed(row, p, ret, err);
    if (status != CRM_OK || !*ret || !where) return status;
    read_row_env(row, &env);
    status = expr_eval(where, &env, &value, err);
    if (status == CRM_OK) *ret = value_truthy(&value);
    return status;
}

static crm_status keep_rows(struct gathering *l, const struct past_question *q, int64_t seq,
                            struct past_rows *ret, struct err *err) {
    crm_status status = CRM_OK;
    size_t room = 0;
    for (size_t i = 0; i < l->id_count && status == CRM_OK; i++) {
        struct past past;
        struct read_row row;
        bool wanted = false;
        status = as_of_row(l->view, l->entity, l->ids[i], seq, &past, &row, err);
        if (status == CRM_OK && was_there(l->entity, &past, q->at_ms) &&
            in_wanted_trash(l->entity, &past, q->trash))
            status = is_wanted(&row, &past, q->where, &wanted, err);
        if (status != CRM_OK || !wanted) continue;
        ret->rows = arena_grow(l->view->arena, ret->rows, ret->count, &room, sizeof *ret->rows);
        if (!ret->rows) return err_no_memory(err);
        ret->rows[ret->count++] = row;
    }
    return status;
}

crm_status as_of_rows(struct record_view *v, const struct past_question *q, struct past_rows *ret,
                      struct err *err) {
    struct gathering l = {.view = v, .entity = q->entity};
    const int64_t now_ms = v->now_ms;
    int64_t seq = 0;
    *ret = (struct past_rows){0};
    if (q->at_ms > now_ms) return err_set(err, CRM_INVALID, &record_as_of_later, NULL);
    if (!access_rows(v->access, SCHEMA_ACTION_READ, q->entity))
        return err_set(err, CRM_FORBIDDEN, &record_action_forbidden, "read", NULL);
    crm_status status = past_seq_at(v->conn, q->at_ms, &seq, err);
    if (status == CRM_OK) status = candidates(&l, seq, err);
    v->now_ms = q->at_ms;
    if (status == CRM_OK) status = keep_rows(&l, q, seq, ret, err);
    v->now_ms = now_ms;
    return status;
}
