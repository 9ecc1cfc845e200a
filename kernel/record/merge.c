/* Merging records: who may, what turns to the one that stays, what goes. See merge.h; what the
 * survivor takes over stands in merge_fields.c. */
#include "record/merge.h"

#include "record/log.h"
#include "record/merge_fields.h"
#include "record/messages.h"
#include "record/read_core.h"

enum { MERGED_HOPS = 8 };

static bool is_other(const struct merge *m, int64_t id) {
    for (size_t i = 0; i < m->count; i++)
        if (m->ids[i] == id) return true;
    return false;
}

/* One op a record, however many of its fields refer to the merged ones; the survivor's own is the
 * caller's. */
static struct record_op *op_for(struct merge *m, const struct schema_entity *e, int64_t id) {
    struct changeset *c = m->changeset;
    for (size_t i = 0; i < c->op_count; i++)
        if (c->ops[i].id == id && c->ops[i].entity == e && c->ops[i].by_system) return &c->ops[i];
    struct record_op *op = changeset_op(c, RECORD_UPDATE, e, id);
    if (op) op->by_system = true;
    return op;
}

/* ---- what refers to them ------------------------------------------------------------------- */

static crm_status turn_reference(struct merge *m, struct record_op *op,
                                 const struct schema_field *f, struct err *err) {
    struct value v = value_id(m->into);
    v.entity = m->entity->id;
    if (op->entity == m->entity && op->id == m->into)
        v = VALUE_OF_NIL; /* nothing refers to itself */
    return record_op_set(m->changeset, op, f->slot, v) ? CRM_OK : err_no_memory(err);
}

static crm_status turn_links(struct merge *m, struct record_op *op, const struct schema_field *f,
                             struct err *err) {
    struct arena *a = m->changeset->arena;
    struct store_item *items = NULL;
    size_t count = 0, kept = 0;
    bool has_into = false;
    crm_status status = store_links_get(m->view->conn, f, &op->id, 1, a, &items, &count, err);
    for (size_t i = 0; i < count; i++)
        has_into |= items[i].value.integer == m->into;
    for (size_t i = 0; i < count; i++) {
        bool turned = is_other(m, items[i].value.integer);
        if (turned && has_into) continue;
        items[kept] = items[i];
        if (turned) {
            items[kept].value.integer = m->into;
            has_into = true;
        }
        kept++;
    }
    if (status != CRM_OK) return status;
    return record_op_items(m->changeset, op, f->slot, RECORD_ITEMS_REPLACE, items, kept)
               ? CRM_OK
               : err_no_memory(err);
}

/* Trashed ones keep what they refer to: that way the survivor is found. "Any" references share ids
 * of several entities. */
static crm_status refers_now(struct merge *m, const struct schema_entity *e,
                             const struct schema_field *f, int64_t id, bool *ret, struct err *err) {
    const struct schema_field *deleted = schema_standard(e, SCHEMA_STD_DELETED_AT);
    struct slot_set slots = {0};
    struct value *row = NULL;
    if (deleted) slot_add(&slots, deleted->slot);
    if (f->type != SCHEMA_FIELD_LINKS) slot_add(&slots, f->slot);
    crm_status status =
        store_record_get(m->view->conn, e, id, &slots, m->changeset->arena, &row, err);
    if (status != CRM_OK) return status;
    *ret = row && (!deleted || value_is_nil(row[deleted->slot]));
    if (*ret && f->type == SCHEMA_FIELD_REF_ANY)
        *ret = row[f->slot].entity == 0 || row[f->slot].entity == m->entity->id;
    return CRM_OK;
}

static crm_status turn_field(struct merge *m, const struct schema_entity *e,
                             const struct schema_field *f, int64_t other, struct err *err) {
    int64_t *ids = NULL;
    size_t count = 0;
    crm_status status = store_record_referrers(m->view->conn, e, f, other, m->changeset->arena,
                                               MERGE_REFERRERS_MAX + 1, &ids, &count, err);
    for (size_t i = 0; i < count && status == CRM_OK; i++) {
        bool refers = false;
        if (e == m->entity &&
            (is_other(m, ids[i]) || (ids[i] == m->into && f->type == SCHEMA_FIELD_LINKS)))
            continue;
        status = refers_now(m, e, f, ids[i], &refers, err);
        if (status != CRM_OK || !refers) continue;
        if (++m->referrers > MERGE_REFERRERS_MAX)
            return err_set(err, CRM_TOO_LARGE, &record_merge_large, "9000", NULL);
        struct record_op *op = op_for(m, e, ids[i]);
        if (!op) return err_no_memory(err);
        status = f->type == SCHEMA_FIELD_LINKS ? turn_links(m, op, f, err)
                                               : turn_reference(m, op, f, err);
    }
    return status;
}

static bool may_refer(const struct merge *m, const struct schema_entity *e,
                      const struct schema_field *f) {
    if (e->no_log || (f->standard && f->id != SCHEMA_STD_OWNER && f->id != SCHEMA_STD_TEAM &&
                      f->id != SCHEMA_STD_TAGS && f->id != SCHEMA_STD_FOLLOWERS))
        return false;
    if (f->type == SCHEMA_FIELD_REF_ANY) return true;
    return (f->type == SCHEMA_FIELD_REF || f->type == SCHEMA_FIELD_LINKS ||
            f->type == SCHEMA_FIELD_FILE) &&
           f->ref_entity == m->entity->id;
}

static crm_status turn_all(struct merge *m, struct err *err) {
    const struct schema *s = m->view->access->schema;
    crm_status status = CRM_OK;
    for (size_t i = 0; i < m->count && status == CRM_OK; i++)
        for (size_t n = 0; n < s->entity_count && status == CRM_OK; n++)
            for (size_t f = 0; f < s->entities[n].field_count && status == CRM_OK; f++)
                if (may_refer(m, &s->entities[n], &s->entities[n].fields[f]))
                    status =
                        turn_field(m, &s->entities[n], &s->entities[n].fields[f], m->ids[i], err);
    return status;
}

/* ---- who may ------------------------------------------------------------------------------- */

static crm_status form(struct err *err) {
    return err_set(err, CRM_INVALID, &record_merge_form, "50", NULL);
}

static crm_status ids_read(struct merge *m, const json_t *body, struct err *err) {
    const json_t *ids = json_object_get(body, "ids"), *merge = json_object_get(body, "merge");
    bool has_into = false;
    const char *key;
    json_t *part;
    size_t count = json_array_size(ids);
    if (count < 2 || count > MERGE_MAX ||
        !id_parse(json_str(json_object_get(merge, "into")), &m->into))
        return form(err);
    json_object_foreach((json_t *)(uintptr_t)merge, key, part) {
        bool is_part = strcmp(key, "from") == 0 || strcmp(key, "set") == 0;
        if ((!is_part && strcmp(key, "into") != 0) || (is_part && !json_is_object(part)))
            return form(err);
    }
    for (size_t i = 0; i < count; i++) {
        int64_t id;
        if (!id_parse(json_str(json_array_get(ids, i)), &id))
            return err_set(err, CRM_NOT_FOUND, &record_not_found, NULL);
        if (id == m->into) {
            has_into = true;
        } else if (!is_other(m, id)) {
            m->ids[m->count++] = id;
        }
    }
    return has_into && m->count ? CRM_OK : form(err);
}

/* To change each of them; to trash the others is asked with the ops. */
static crm_status right_ask(struct merge *m, int64_t id, struct err *err) {
    struct read_row row;
    struct slot_set slots;
    bool allowed = false;
    memset(&slots, 0xff, sizeof slots);
    crm_status status = read_row_find(m->view, m->entity, id, &slots, &row, err);
    if (status == CRM_OK) status = read_row_allowed(&row, SCHEMA_ACTION_UPDATE, &allowed, err);
    if (status == CRM_OK && !allowed)
        status = err_set(err, CRM_FORBIDDEN, &record_row_forbidden, "update", NULL);
    const struct schema_field *deleted = schema_standard(m->entity, SCHEMA_STD_DELETED_AT);
    if (status == CRM_OK && deleted && !value_is_nil(row.row[deleted->slot]))
        status = err_set(err, CRM_NOT_FOUND, &record_not_found, NULL);
    return status;
}

crm_status record_merge_fill(struct record_view *view, struct changeset *c,
                             const struct schema_entity *e, const json_t *body,
                             struct err_list *errors, int64_t *ret_into, struct err *err) {
    struct merge m = {.view = view, .changeset = c, .entity = e};
    crm_status status = ids_read(&m, body, err);
    if (status == CRM_OK && !access_rows(view->access, SCHEMA_ACTION_UPDATE, e))
        status = err_set(err, CRM_FORBIDDEN, &record_action_forbidden, "update", NULL);
    if (status == CRM_OK) status = right_ask(&m, m.into, err);
    for (size_t i = 0; i < m.count && status == CRM_OK; i++)
        status = right_ask(&m, m.ids[i], err);
    if (status == CRM_OK) status = turn_all(&m, err);
    for (size_t i = 0; i < m.count && status == CRM_OK; i++)
        if (!changeset_op(c, RECORD_DELETE, e, m.ids[i])) status = err_no_memory(err);
    if (status == CRM_OK) status = merge_fields(&m, json_object_get(body, "merge"), errors, err);
    if (status != CRM_OK) return status;
    c->cause = arena_printf(c->arena, "merge %lld", (long long)m.into);
    *ret_into = m.into;
    return c->cause.ptr ? CRM_OK : err_no_memory(err);
}

/* ---- afterwards ---------------------------------------------------------------------------- */

int64_t record_merge_of(struct str cause) {
    int64_t id = 0;
    struct str word = STR("merge ");
    if (!str_starts_with(cause, word)) return 0;
    return id_parse(str_make(cause.ptr + word.len, cause.len - word.len), &id) ? id : 0;
}

struct last {
    int64_t seq;
    bool is_delete;
};

static bool take_last(void *ctx, const struct log_change *c) {
    struct last *l = ctx;
    *l = (struct last){c->seq, c->verb == RECORD_DELETE};
    return false;
}

struct cause {
    int64_t into, reverts;
};

static struct cause cause_of(const struct log_changeset *c) {
    return (struct cause){record_merge_of(c->cause), c->reverts};
}

static bool take_cause(void *ctx, const struct log_changeset *c) {
    *(struct cause *)ctx = cause_of(c);
    return false;
}

/* The last thing that happened to what lies in the trash is that it went there; an undo of an undo
 * is what was undone first. */
static crm_status went_to(struct store_conn *c, const struct schema *s,
                          const struct schema_entity *e, int64_t id, struct arena *a, int64_t *ret,
                          struct err *err) {
    struct last last = {0};
    struct cause cause = {0};
    struct log_changeset of;
    *ret = 0;
    crm_status status = log_each_of_record(c, s, e->id, id, 0, 1, a, take_last, &last, err);
    if (status != CRM_OK || !last.is_delete) return status;
    status = log_each_changeset(c, last.seq - 1, 1, a, take_cause, &cause, err);
    for (int i = 0; status == CRM_OK && !cause.into && cause.reverts && i < MERGED_HOPS; i++) {
        status = log_changeset_get(c, cause.reverts, a, &of, err);
        if (status == CRM_OK) cause = cause_of(&of);
    }
    if (status == CRM_OK) *ret = cause.into;
    return status == CRM_NOT_FOUND ? CRM_OK : status;
}

crm_status record_merged_into(struct store_conn *c, const struct schema *s,
                              const struct schema_entity *e, int64_t id, struct arena *a,
                              int64_t *ret, struct err *err) {
    int64_t at = id, next = 0;
    crm_status status = went_to(c, s, e, at, a, &next, err);
    for (int i = 0; status == CRM_OK && next && next != id && i < MERGED_HOPS; i++) {
        at = next;
        status = went_to(c, s, e, at, a, &next, err);
    }
    if (status == CRM_OK) *ret = at == id ? 0 : at;
    return status;
}
