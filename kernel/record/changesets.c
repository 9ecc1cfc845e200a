/* The list of changesets: parents only, newest first, each with the number of changes to records
 * the caller may read; one with none is not listed, but for admins. */
#include "record/changes.h"

#include "record/engine_state.h"
#include "record/messages.h"
#include "record/read_list.h"
#include "store/sys_tables.h"

enum {
    CHANGESETS_LIMIT = 50,
    CHANGESETS_LIMIT_MAX = 1000,
    SCAN_MAX = 5000,
    BATCH = 100,
    SEEN_START = 256,
    UNLISTED_MAX = 100 /* a larger one is something that was done */
};

/* Which records the caller may read, asked once each. */
struct seen {
    int32_t entity;
    int64_t id;
    bool readable;
};
struct listing {
    struct record_view *view;
    const struct record_changesets_options *wanted;
    struct seen *seen; /* open addressing, entity 0 = free */
    size_t seen_count, seen_room;
    bool everything; /* admin */
    bool unlisted;   /* the changeset has changes of unlisted entities alone */
    int64_t visible;
    crm_status status;
    struct err *err;
};

static size_t place_of(const struct seen *table, size_t room, int32_t entity, int64_t id) {
    size_t at = ((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15) >> 20 ^ (uint64_t)entity) & (room - 1);
    while (table[at].entity != 0 && (table[at].id != id || table[at].entity != entity))
        at = (at + 1) & (room - 1);
    return at;
}

static bool make_room(struct listing *l) {
    if (l->seen_count * 2 < l->seen_room) return true;
    size_t room = l->seen_room ? l->seen_room * 2 : SEEN_START;
    struct seen *larger = ARENA_ARRAY(l->view->arena, room, struct seen);
    if (!larger) return false;
    for (size_t i = 0; i < l->seen_room; i++)
        if (l->seen[i].entity)
            larger[place_of(larger, room, l->seen[i].entity, l->seen[i].id)] = l->seen[i];
    l->seen = larger;
    l->seen_room = room;
    return true;
}

static crm_status ask(struct record_view *v, const struct schema_entity *e, int64_t id, bool *ret,
                      struct err *err) {
    struct slot_set slots = {0};
    struct read_row row;
    slot_add(&slots, 0);
    crm_status status = read_row_find(v, e, id, &slots, &row, err);
    *ret = status == CRM_OK;
    return status == CRM_NOT_FOUND || status == CRM_FORBIDDEN ? CRM_OK : status;
}

static crm_status is_readable(struct listing *l, int32_t entity, int64_t id, bool *ret) {
    const struct access *a = l->view->access;
    const struct schema_entity *e = schema_entity_by_id(a->schema, entity);
    const struct expr *rule = e ? access_rows(a, SCHEMA_ACTION_READ, e) : NULL;
    *ret = rule && access_is_all(rule);
    if (!rule || *ret) return CRM_OK;
    if (!make_room(l)) return err_no_memory(l->err);
    struct seen *s = &l->seen[place_of(l->seen, l->seen_room, entity, id)];
    if (s->entity == 0) {
        crm_status status = ask(l->view, e, id, ret, l->err);
        if (status != CRM_OK) return status;
        *s = (struct seen){entity, id, *ret};
        l->seen_count++;
    }
    *ret = s->readable;
    return CRM_OK;
}

struct touched {
    struct arena *arena;
    struct touched_record {
        int32_t entity;
        int64_t id;
    } * list;
    size_t count, room;
    bool failed;
};

static bool take_record(void *ctx, const struct store_value *row) {
    struct touched *t = ctx;
    t->list = arena_grow(t->arena, t->list, t->count, &t->room, sizeof *t->list);
    t->failed = !t->list;
    if (t->failed) return false;
    t->list[t->count].entity = (int32_t)row[SYS_CHANGE_ENTITY].integer;
    t->list[t->count++].id = row[SYS_CHANGE_RECORD].integer;
    return true;
}

/* Adds the readable changes of one changeset to l->visible. */
static crm_status count_seq(struct listing *l, int64_t seq, struct err *err) {
    struct touched t = {.arena = l->view->arena};
    struct store_condition where = {SYS_CHANGE_SEQ, STORE_EQ, store_int(seq)};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_CHANGE), .where = &where, .where_count = 1};
    crm_status status = store_each(l->view->conn, &select, take_record, &t, err);
    if (status == CRM_OK && t.failed) status = err_no_memory(err);
    for (size_t i = 0; i < t.count && status == CRM_OK; i++) {
        bool readable = false;
        if (l->wanted->entity && t.list[i].entity != l->wanted->entity->id) continue;
        const struct schema_entity *e =
            schema_entity_by_id(l->view->access->schema, t.list[i].entity);
        l->unlisted = l->unlisted && e && e->unlisted;
        readable = l->everything;
        if (!readable) status = is_readable(l, t.list[i].entity, t.list[i].id, &readable);
        l->visible += readable;
    }
    return status;
}

struct numbers {
    struct arena *arena;
    int64_t *list;
    size_t count, room;
    bool failed;
};

static bool take_number(void *ctx, const struct store_value *row) {
    struct numbers *n = ctx;
    n->list = arena_grow(n->arena, n->list, n->count, &n->room, sizeof *n->list);
    n->failed = !n->list;
    if (!n->failed) n->list[n->count++] = row[SYS_CHANGESET_SEQ].integer;
    return !n->failed;
}

static crm_status seqs(struct record_view *v, const struct store_select *select,
                       struct numbers *ret, struct err *err) {
    *ret = (struct numbers){.arena = v->arena};
    crm_status status = store_each(v->conn, select, take_number, ret, err);
    return status == CRM_OK && ret->failed ? err_no_memory(err) : status;
}

static crm_status count_changes(struct listing *l, const struct log_changeset *of,
                                struct err *err) {
    l->visible = of->changes;
    l->unlisted = of->changes > 0;
    bool all = l->everything && !l->wanted->entity;
    if (all && (of->is_parent || of->changes > UNLISTED_MAX)) {
        l->unlisted = false;
        return CRM_OK;
    }
    l->visible = 0;
    if (!of->is_parent) return count_seq(l, of->seq, err);
    struct store_condition where = {SYS_CHANGESET_PART_OF, STORE_EQ, store_int(of->id)};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_CHANGESET), .where = &where, .where_count = 1};
    struct numbers children;
    crm_status status = seqs(l->view, &select, &children, err);
    for (size_t i = 0; i < children.count && status == CRM_OK; i++)
        status = count_seq(l, children.list[i], err);
    return status;
}

static void put_id_or_nil(struct json_writer *out, const char *key, int64_t id) {
    json_key_lit(out, key);
    if (id) {
        json_id(out, id);
    } else {
        json_nil(out);
    }
}

static crm_status put_changeset(struct listing *l, struct json_writer *out,
                                const struct log_changeset *of, struct err *err) {
    json_object_open(out);
    json_key_lit(out, "id");
    json_id(out, of->id);
    json_key_lit(out, "seq");
    json_int64(out, of->seq);
    json_key_lit(out, "at");
    json_time(out, of->at_ms);
    json_key_lit(out, "actor");
    crm_status status = read_put_ref(l->view, out, read_entity(l->view, "user"), of->actor, err);
    json_key_lit(out, "door");
    json_cstr(out, access_door_word(of->door));
    json_key_lit(out, "cause");
    json_text_or_nil(out, of->cause);
    json_key_lit(out, "note");
    json_text_or_nil(out, of->note);
    put_id_or_nil(out, "reverts", of->reverts);
    put_id_or_nil(out, "reverted_by", of->reverted_by);
    json_key_lit(out, "changes");
    json_int64(out, l->visible);
    json_object_shut(out);
    return status;
}

static bool is_wanted(const struct record_changesets_options *o, const struct log_changeset *of) {
    return (!o->actor || of->actor == o->actor) &&
           (!o->door.len || str_is(o->door, access_door_word(of->door)));
}

static crm_status put_one(struct listing *l, struct json_writer *out,
                          const struct log_changeset *of, int64_t *written, struct err *err) {
    if (!is_wanted(l->wanted, of)) return CRM_OK;
    crm_status status = count_changes(l, of, err);
    bool empty = l->visible == 0 && (!l->everything || l->wanted->entity);
    if (status != CRM_OK || l->unlisted || empty) return status;
    (*written)++;
    return put_changeset(l, out, of, err);
}

/* Goes down from *cursor until `limit` are written, the log ends (*cursor 0) or enough was looked
 * at. */
static crm_status put_page(struct listing *l, struct json_writer *out, int64_t limit,
                           int64_t *cursor, struct err *err) {
    const int8_t newest[] = {-(SYS_CHANGESET_SEQ + 1)};
    int64_t written = 0;
    for (int64_t scanned = 0; scanned < SCAN_MAX; scanned += BATCH) {
        const struct record_changesets_options *o = l->wanted;
        struct store_condition where[] = {
            {SYS_CHANGESET_SEQ, STORE_LE, store_int(*cursor)},
            {SYS_CHANGESET_PART_OF, STORE_IS_NULL, STORE_NIL},
            {SYS_CHANGESET_AT, STORE_LT, store_int(o->until_ms ? o->until_ms : INT64_MAX)}};
        struct store_select select = {.table = sys_table(SYS_TABLE_CHANGESET),
                                      .where = where,
                                      .where_count = o->until_ms ? 3 : 2,
                                      .order = newest,
                                      .order_count = 1,
                                      .limit = BATCH};
        struct numbers page;
        crm_status status = seqs(l->view, &select, &page, err);
        for (size_t i = 0; i < page.count && status == CRM_OK; i++) {
            struct log_changeset of = {0};
            bool found = false;
            *cursor = page.list[i];
            if (written == limit) return CRM_OK;
            status = past_changeset(l->view->conn, page.list[i], l->view->arena, &of, &found, err);
            if (status == CRM_OK && found && of.at_ms < o->since_ms) {
                *cursor = 0; /* nothing before it is later */
                return CRM_OK;
            }
            if (status == CRM_OK) status = put_one(l, out, &of, &written, err);
            (*cursor)--;
        }
        if (status != CRM_OK) return status;
        if (page.count < BATCH) {
            *cursor = 0;
            return CRM_OK;
        }
    }
    return CRM_OK;
}

static crm_status run(struct listing *l, int64_t limit, int64_t cursor, struct json_writer *out,
                      struct err *err) {
    json_object_open(out);
    json_key_lit(out, "records");
    json_array_open(out);
    crm_status status = put_page(l, out, limit, &cursor, err);
    json_array_shut(out);
    json_key_lit(out, "next");
    if (cursor > 0) {
        read_cursor_put(out, &cursor, 1);
    } else {
        json_nil(out);
    }
    json_object_shut(out);
    return status;
}

crm_status record_changesets_json(struct record_view *v, const struct record_changesets_options *o,
                                  struct json_writer *out, struct err *err) {
    struct listing l = {.view = v, .wanted = o, .err = err};
    int64_t cursor = INT64_MAX;
    l.everything = access_is_admin(v->access);
    if (!v->access->role && !v->access->actor.system)
        return err_set(err, CRM_FORBIDDEN, &record_action_forbidden, "read", NULL);
    crm_status status = read_limit_check(o->limit, CHANGESETS_LIMIT_MAX, err);
    if (status == CRM_OK) status = read_cursor_parse(o->after, &cursor, 1, err);
    bool began = false;
    if (status == CRM_OK) status = read_begin(v, &began, err);
    if (status != CRM_OK) return status;
    status = run(&l, o->limit ? o->limit : CHANGESETS_LIMIT, cursor, out, err);
    read_end(v, began);
    return status;
}
