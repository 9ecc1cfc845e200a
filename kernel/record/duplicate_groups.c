/* Groups of duplicates as their reader may see them, and pairs that were called different. See
 * duplicate_scan.h. */
#include <stdio.h>

#include "base/time.h"
#include "record/duplicate_scan.h"
#include "record/messages.h"
#include "record/read_core.h"
#include "record/read_list.h"
#include "store/sys_tables.h"

enum { GROUPS_LIMIT = 20, GROUPS_LIMIT_MAX = 100, LOOKED_THROUGH_MAX = 2000 };

/* ---- pairs --------------------------------------------------------------------------------- */

struct pair_key {
    char owner[48], key[48];
    struct store_condition where[2];
};

static void pair_key(struct pair_key *k, const struct schema_entity *e, int64_t a, int64_t b) {
    snprintf(k->owner, sizeof k->owner, "different %d", (int)e->id);
    snprintf(k->key, sizeof k->key, "%lld %lld", (long long)(a < b ? a : b),
             (long long)(a < b ? b : a));
    k->where[0] =
        (struct store_condition){SYS_STATE_OWNER, STORE_EQ, store_text(str_from(k->owner))};
    k->where[1] = (struct store_condition){SYS_STATE_KEY, STORE_EQ, store_text(str_from(k->key))};
}

static bool see_row(void *ctx, const struct store_value *row) {
    (void)row;
    *(bool *)ctx = true;
    return false;
}

crm_status duplicate_is_dismissed(struct store_conn *c, const struct schema_entity *e, int64_t a,
                                  int64_t b, bool *ret, struct err *err) {
    struct pair_key k = {0};
    pair_key(&k, e, a, b);
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = k.where, .where_count = 2, .limit = 1};
    *ret = false;
    return store_each(c, &select, see_row, ret, err);
}

struct dismissing {
    const struct schema_entity *entity;
    const int64_t *ids;
    size_t count;
    bool again;
};

static crm_status write_pairs(void *ctx, struct store_conn *writer, struct err *err) {
    const struct dismissing *d = ctx;
    crm_status status = CRM_OK;
    for (size_t i = 0; i < d->count; i++)
        for (size_t n = i + 1; n < d->count && status == CRM_OK; n++) {
            struct pair_key k = {0};
            if (d->ids[i] == d->ids[n]) continue;
            pair_key(&k, d->entity, d->ids[i], d->ids[n]);
            status = store_delete(writer, sys_table(SYS_TABLE_STATE), k.where, 2, NULL, err);
            const struct store_value row[SYS_STATE_COUNT] = {[SYS_STATE_OWNER] = k.where[0].value,
                                                             [SYS_STATE_KEY] = k.where[1].value,
                                                             [SYS_STATE_VALUE] = STORE_NIL,
                                                             [SYS_STATE_EXPIRES_AT] = STORE_NIL};
            if (status == CRM_OK && !d->again)
                status = store_insert(writer, sys_table(SYS_TABLE_STATE), row, err);
        }
    return status;
}

static crm_status may_change(struct record_view *v, const struct schema_entity *e, int64_t id,
                             struct err *err) {
    struct read_row row;
    struct slot_set slots = {0};
    bool allowed = false;
    crm_status status = read_row_find(v, e, id, &slots, &row, err);
    if (status == CRM_OK) status = read_row_allowed(&row, SCHEMA_ACTION_UPDATE, &allowed, err);
    return status != CRM_OK || allowed
               ? status
               : err_set(err, CRM_FORBIDDEN, &record_row_forbidden, "update", NULL);
}

crm_status record_duplicate_dismiss(struct record_view *v, const struct schema_entity *e,
                                    const int64_t *ids, size_t count, bool again, struct err *err) {
    struct dismissing d = {e, ids, count, again};
    bool began = false;
    crm_status status = CRM_OK;
    if (!access_rows(v->access, SCHEMA_ACTION_UPDATE, e))
        return err_set(err, CRM_FORBIDDEN, &record_action_forbidden, "update", NULL);
    status = read_begin(v, &began, err);
    for (size_t i = 0; i < count && status == CRM_OK; i++)
        status = may_change(v, e, ids[i], err);
    if (began) read_end(v, began);
    return status == CRM_OK ? engine_write(v->engine, write_pairs, &d, err) : status;
}

/* ---- groups -------------------------------------------------------------------------------- */

struct listing {
    struct record_view *view;
    const struct schema_entity *entity;
    uint32_t rules;
    struct json_writer *out;
    int64_t left, looked_through;
    struct str last; /* key of the last row looked at */
};

/* What is left of a group: pairs that agree and were not called different. */
struct rest {
    struct duplicate_record *records;
    size_t count;
    size_t part[DUPLICATE_GROUP_MAX]; /* the first record it stands with */
    uint32_t rules[DUPLICATE_GROUP_MAX];
    int32_t score[DUPLICATE_GROUP_MAX];
};

static void join(struct rest *r, size_t a, size_t b, uint32_t rules, int32_t score) {
    size_t from = r->part[a] > r->part[b] ? r->part[a] : r->part[b];
    size_t to = r->part[a] > r->part[b] ? r->part[b] : r->part[a];
    r->rules[to] |= rules | (from == to ? 0 : r->rules[from]);
    if (r->score[to] < score) r->score[to] = score;
    if (r->score[to] < r->score[from]) r->score[to] = r->score[from];
    for (size_t i = 0; i < r->count; i++)
        if (r->part[i] == from) r->part[i] = to;
}

static crm_status pairs(struct listing *l, struct rest *r, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; i < r->count; i++)
        r->part[i] = i;
    for (size_t i = 0; i < r->count; i++)
        for (size_t k = i + 1; k < r->count && status == CRM_OK; k++) {
            uint32_t rules = duplicate_agree(&r->records[i], &r->records[k]);
            bool dismissed = false;
            if (!rules) continue;
            status = duplicate_is_dismissed(l->view->conn, l->entity, r->records[i].id,
                                            r->records[k].id, &dismissed, err);
            if (status == CRM_OK && !dismissed)
                join(r, i, k, rules, duplicate_score(l->entity, rules));
        }
    return status;
}

static crm_status put_part(struct listing *l, const struct rest *r, size_t part, struct err *err) {
    crm_status status = CRM_OK;
    json_object_open(l->out);
    json_key_lit(l->out, "score");
    json_int64(l->out, r->score[part]);
    duplicate_put_fields(l->entity, r->rules[part], l->out);
    json_key_lit(l->out, "records");
    json_array_open(l->out);
    for (size_t i = 0; i < r->count && status == CRM_OK; i++) {
        if (r->part[i] != part) continue;
        json_object_open(l->out);
        status = duplicate_put_record(l->view, l->entity, r->records[i].id, l->out, err);
        json_object_shut(l->out);
    }
    json_array_shut(l->out);
    json_object_shut(l->out);
    l->left--;
    return status;
}

static crm_status put_group(struct listing *l, struct str text, struct err *err) {
    struct rest r = {0};
    int64_t ids[DUPLICATE_GROUP_MAX];
    size_t count = 0;
    struct str rest = text, one;
    for (bool more = true; more && count < DUPLICATE_GROUP_MAX;) {
        more = str_split(&rest, ',', &one);
        count += id_parse(one, &ids[count]);
    }
    crm_status status =
        duplicate_load(l->view, l->entity, l->rules, ids, count, &r.records, &r.count, err);
    if (status == CRM_OK) status = pairs(l, &r, err);
    for (size_t i = 0; i < r.count && status == CRM_OK; i++) {
        size_t members = 0;
        for (size_t k = 0; k < r.count; k++)
            members += r.part[k] == i;
        if (members > 1) status = put_part(l, &r, i, err);
    }
    return status;
}

static crm_status row_after(struct listing *l, struct str owner, struct str *ret_value, bool *ret,
                            struct err *err) {
    static const int8_t order[] = {SYS_STATE_KEY + 1};
    const struct store_condition where[] = {{SYS_STATE_OWNER, STORE_EQ, store_text(owner)},
                                            {SYS_STATE_KEY, STORE_GT, store_text(l->last)}};
    const struct store_select select = {.table = sys_table(SYS_TABLE_STATE),
                                        .where = where,
                                        .where_count = 2,
                                        .order = order,
                                        .order_count = 1,
                                        .limit = 1};
    const struct store_value *row = NULL;
    crm_status status = store_first(l->view->conn, &select, l->view->arena, &row, err);
    *ret = status == CRM_OK && row;
    if (!*ret) return status;
    l->last = row[SYS_STATE_KEY].bytes;
    *ret_value = row[SYS_STATE_VALUE].bytes;
    return CRM_OK;
}

static crm_status put_all(struct listing *l, struct str after, struct err *err) {
    struct str owner = arena_printf(l->view->arena, "duplicates %d", (int)l->entity->id),
               value = STR_NONE;
    int64_t at = 0;
    bool more = true, scanned = false;
    if (!owner.ptr) return err_no_memory(err);
    l->last = STR("");
    crm_status status = row_after(l, owner, &value, &scanned, err);
    if (scanned && !id_parse(value, &at)) at = 0;
    if (after.len) l->last = after;
    json_object_open(l->out);
    json_key_lit(l->out, "groups");
    json_array_open(l->out);
    more = scanned;
    while (status == CRM_OK && more && l->left > 0 && l->looked_through++ < LOOKED_THROUGH_MAX) {
        status = row_after(l, owner, &value, &more, err);
        if (status == CRM_OK && more) status = put_group(l, value, err);
    }
    json_array_shut(l->out);
    json_key_lit(l->out, "next");
    json_text_or_nil(l->out, more ? l->last : STR_NONE);
    json_key_lit(l->out, "scanned_at");
    struct value moment = scanned ? value_time(at) : VALUE_OF_NIL;
    json_value_put(l->out, &moment);
    json_object_shut(l->out);
    return status;
}

crm_status record_duplicate_groups_json(struct record_view *v, const struct schema_entity *e,
                                        int64_t limit, struct str after, struct json_writer *out,
                                        struct err *err) {
    struct listing l = {.view = v,
                        .entity = e,
                        .rules = duplicate_rules(v->access, e),
                        .out = out,
                        .left = limit ? limit : GROUPS_LIMIT};
    bool began = false;
    if (!access_rows(v->access, SCHEMA_ACTION_READ, e))
        return err_set(err, CRM_FORBIDDEN, &record_action_forbidden, "read", NULL);
    crm_status status = read_limit_check(limit, GROUPS_LIMIT_MAX, err);
    if (status == CRM_OK) status = read_begin(v, &began, err);
    if (status != CRM_OK) return status;
    status = put_all(&l, after, err);
    read_end(v, began);
    return status;
}
