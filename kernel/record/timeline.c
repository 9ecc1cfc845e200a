/* The timeline of a record: two streams merged by time, newest first. One is the log - its own
 * changes and those of records whose timeline it takes in; the other the records that declare
 * themselves for timelines (activities, comments, files ...) and point to any of these.
 *
 * Pages go on from the last place in each stream: "seq.position.at.id". */
#include "record/changes.h"

#include <stdlib.h>

#include "record/engine_state.h"
#include "record/messages.h"
#include "record/read_expr.h"
#include "record/read_list.h"

enum { TIMELINE_LIMIT = 50, TIMELINE_LIMIT_MAX = 200, SOURCES_MAX = 200 };

struct source {
    const struct schema_entity *entity;
    int64_t id;
};
struct moment { /* an item of either stream */
    int64_t at_ms;
    const struct schema_entity *entity;
    int64_t id; /* the record */
    struct past_change change;
    bool is_change;
};
struct stream {
    struct moment *list;
    size_t count, room;
};
struct timeline {
    struct record_view *view;
    struct source sources[SOURCES_MAX];
    size_t source_count;
    struct stream changes, records;
    size_t limit;
    int64_t cursor[4];                /* seq, position; at, id */
    const struct schema_entity *only; /* or NULL: all, and changes */
    const struct expr *only_where;
};

/* ---- whose timelines belong to it ---- */

static crm_status add_source(struct timeline *t, const struct schema_entity *e, int64_t id,
                             struct err *err) {
    struct slot_set slots = {0};
    struct read_row row;
    for (size_t i = 0; i < t->source_count; i++)
        if (t->sources[i].id == id) return CRM_OK;
    if (!e || t->source_count == SOURCES_MAX) return CRM_OK;
    slot_add(&slots, 0);
    crm_status status = read_row_find(t->view, e, id, &slots, &row, err);
    if (status == CRM_NOT_FOUND || status == CRM_FORBIDDEN) return CRM_OK;
    if (status == CRM_OK) t->sources[t->source_count++] = (struct source){e, id};
    return status;
}

static crm_status add_referrers(struct timeline *t, const struct schema_entity *e,
                                const struct schema_field *f, int64_t id, struct err *err) {
    int64_t *ids = NULL;
    size_t count = 0;
    crm_status status = store_record_referrers(t->view->conn, e, f, id, t->view->arena, SOURCES_MAX,
                                               &ids, &count, err);
    for (size_t i = 0; i < count && status == CRM_OK; i++)
        status = add_source(t, e, ids[i], err);
    return status;
}

/* What happens to its children happens to the record. */
static crm_status add_children(struct timeline *t, const struct read_row *row, struct err *err) {
    for (size_t i = 0; i < row->entity->field_count; i++) {
        const struct schema_field *f = &row->entity->fields[i];
        if (f->type != SCHEMA_FIELD_CHILDREN ||
            !access_field_visible(t->view->access, row->entity, f))
            continue;
        const struct schema_entity *child =
            schema_entity_by_id(t->view->access->schema, f->ref_entity);
        const struct schema_field *by = child ? schema_field_find(child, f->ref_by) : NULL;
        crm_status status = by ? add_referrers(t, child, by, row->id, err) : CRM_OK;
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

static crm_status find_sources(struct timeline *t, struct read_row *row, struct err *err) {
    const struct schema *s = t->view->access->schema;
    t->sources[t->source_count++] = (struct source){row->entity, row->id};
    crm_status status = add_children(t, row, err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < row->entity->field_count; i++) {
        const struct schema_field *f = &row->entity->fields[i];
        if (!(f->timeline & SCHEMA_TIMELINE_SHOWS) ||
            !access_field_visible(t->view->access, row->entity, f))
            continue;
        const struct value *v = &row->row[f->slot];
        status = v->type == VALUE_ID
                     ? add_source(t, read_ref_entity(t->view, f, v), v->integer, err)
                     : CRM_OK;
        if (status != CRM_OK) return status;
    }
    for (size_t k = 0; k < s->entity_count; k++) {
        const struct schema_entity *e = &s->entities[k];
        for (size_t i = 0; i < e->field_count; i++) {
            const struct schema_field *f = &e->fields[i];
            if (!(f->timeline & SCHEMA_TIMELINE_SHOWN) || f->ref_entity != row->entity->id ||
                !access_field_visible(t->view->access, e, f))
                continue;
            status = add_referrers(t, e, f, row->id, err);
            if (status != CRM_OK) return status;
        }
    }
    return CRM_OK;
}

static struct moment *stream_add(struct timeline *t, struct stream *s) {
    struct moment *list = arena_grow(t->view->arena, s->list, s->count, &s->room, sizeof *list);
    if (!list) return NULL;
    s->list = list;
    return &list[s->count++];
}

/* ---- changes ---- */

static int later_change(const void *left, const void *right) {
    const struct moment *a = left, *b = right;
    if (a->change.seq != b->change.seq) return a->change.seq > b->change.seq ? -1 : 1;
    return a->change.position > b->change.position ? -1 : a->change.position < b->change.position;
}

static crm_status find_changes(struct timeline *t, struct err *err) {
    struct record_view *v = t->view;
    for (size_t i = 0; i < t->source_count; i++) {
        struct past_change *list = NULL;
        size_t count = 0;
        crm_status status =
            past_changes(v->conn, t->sources[i].entity->id, t->sources[i].id, t->cursor[0],
                         t->cursor[1], t->limit + 1, v->arena, &list, &count, err);
        if (status != CRM_OK) return status;
        for (size_t k = 0; k < count; k++) {
            struct moment *m = stream_add(t, &t->changes);
            if (!m) return err_no_memory(err);
            *m = (struct moment){.entity = t->sources[i].entity,
                                 .id = t->sources[i].id,
                                 .change = list[k],
                                 .is_change = true};
        }
    }
    if (t->changes.count)
        qsort(t->changes.list, t->changes.count, sizeof *t->changes.list, later_change);
    if (t->changes.count > t->limit + 1) t->changes.count = t->limit + 1;
    for (size_t i = 0; i < t->changes.count; i++) {
        struct log_changeset of = {0};
        bool found = false;
        crm_status status =
            past_changeset(v->conn, t->changes.list[i].change.seq, v->arena, &of, &found, err);
        if (status != CRM_OK) return status;
        t->changes.list[i].at_ms = of.at_ms;
    }
    return CRM_OK;
}

/* ---- records around it ---- */

/* one_of(field, ids of the sources it may point to); *ret NULL when it points to none of them. */
static crm_status points_here(struct timeline *t, const struct schema_field *f,
                              const struct expr **ret, struct err *err) {
    int64_t ids[SOURCES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < t->source_count; i++)
        if (f->type == SCHEMA_FIELD_REF_ANY || f->ref_entity == t->sources[i].entity->id)
            ids[count++] = t->sources[i].id;
    *ret = NULL;
    if (count == 0) return CRM_OK;
    *ret = read_one_of(t->view->arena, f, ids, count);
    return *ret ? CRM_OK : err_no_memory(err);
}

/* at < cursor or (at == cursor and id < cursor's id) */
static const struct expr *before_cursor(struct timeline *t, const struct expr *at,
                                        const struct schema_field *id) {
    struct arena *a = t->view->arena;
    const struct expr *moment = expr_literal(a, value_time(t->cursor[2]));
    const struct expr *earlier = read_compare(a, EXPR_LT, at, moment);
    const struct expr *same = read_compare(a, EXPR_EQ, at, moment);
    const struct expr *lower =
        read_compare(a, EXPR_LT, read_path(a, id), expr_literal(a, value_id(t->cursor[3])));
    return earlier && same && lower ? expr_or(a, earlier, expr_and(a, same, lower)) : NULL;
}

static crm_status find_of_entity(struct timeline *t, const struct schema_entity *e,
                                 struct err *err) {
    struct record_view *v = t->view;
    const struct schema_field *created = schema_standard(e, SCHEMA_STD_CREATED_AT),
                              *id = schema_standard(e, SCHEMA_STD_ID);
    const struct expr *at = e->timeline.at ? e->timeline.at : read_path(v->arena, created),
                      *where = NULL;
    if (!at) return err_no_memory(err);
    for (size_t i = 0; i < e->timeline.by_count; i++) {
        const struct schema_field *f = schema_field_at(e, e->timeline.by_slots[i]);
        const struct expr *hit = NULL;
        if (!f || !access_field_visible(v->access, e, f)) continue;
        crm_status status = points_here(t, f, &hit, err);
        if (status != CRM_OK) return status;
        if (!hit) continue;
        where = where ? expr_or(v->arena, where, hit) : hit;
        if (!where) return err_no_memory(err);
    }
    if (!where) return CRM_OK;
    if (!read_and(v, &where, t->only_where)) return err_no_memory(err);
    if (t->cursor[2] != INT64_MAX && !(where = expr_and(v->arena, where, before_cursor(t, at, id))))
        return err_no_memory(err);
    struct store_sort sort[] = {{.key = at, .descending = true},
                                {.key = read_path(v->arena, id), .descending = true}};
    struct store_list list = {.query = {.access = v->access,
                                        .from = e,
                                        .action = SCHEMA_ACTION_READ,
                                        .where = where,
                                        .now_ms = v->now_ms},
                              .sort = sort,
                              .sort_count = 2,
                              .limit = (int64_t)t->limit + 1};
    struct store_page page = {0};
    crm_status status =
        sort[1].key ? store_list_run(v->conn, &list, v->arena, &page, err) : err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < page.count; i++) {
        struct moment *m = stream_add(t, &t->records);
        struct slot_set slots = {0};
        struct read_row row;
        if (!m) return err_no_memory(err);
        *m = (struct moment){.entity = e, .id = page.ids[i]};
        read_expr_slots(at, e, &slots);
        status = read_row_find(v, e, page.ids[i], &slots, &row, err);
        struct expr_env env;
        struct value moment = VALUE_OF_NIL;
        read_row_env(&row, &env);
        if (status == CRM_OK) status = expr_eval(at, &env, &moment, err);
        m->at_ms = moment.type == VALUE_TIME ? moment.integer : 0;
    }
    return status;
}

static int later_record(const void *left, const void *right) {
    const struct moment *a = left, *b = right;
    if (a->at_ms != b->at_ms) return a->at_ms > b->at_ms ? -1 : 1;
    return a->id > b->id ? -1 : a->id < b->id;
}

static crm_status find_records(struct timeline *t, struct err *err) {
    const struct schema *s = t->view->access->schema;
    for (size_t i = 0; i < s->entity_count; i++) {
        const struct schema_entity *e = &s->entities[i];
        if (t->only && t->only != e) continue;
        if (e->timeline.by_count == 0 || !access_rows(t->view->access, SCHEMA_ACTION_READ, e))
            continue;
        crm_status status = find_of_entity(t, e, err);
        if (status != CRM_OK) return status;
    }
    if (t->records.count)
        qsort(t->records.list, t->records.count, sizeof *t->records.list, later_record);
    return CRM_OK;
}

/* ---- the answer ---- */

static crm_status put_change(struct timeline *t, struct json_writer *out, const struct moment *m,
                             bool *ret_shown, struct err *err) {
    struct json_writer before = *out;
    size_t mark = out->out->len;
    json_object_open(out);
    json_key_lit(out, "kind");
    json_cstr(out, "change");
    json_key_lit(out, "entity");
    json_text(out, m->entity->name);
    json_key_lit(out, "record");
    crm_status status = read_put_ref(t->view, out, m->entity, m->id, err);
    if (status == CRM_OK)
        status = change_put(t->view, out, m->entity, &m->change, NULL, ret_shown, err);
    json_object_shut(out);
    if (status == CRM_OK && !*ret_shown) {
        out->out->len = mark;
        *out = before;
    }
    return status;
}

static crm_status put_record(struct timeline *t, struct json_writer *out, const struct moment *m,
                             struct err *err) {
    struct read_select select;
    struct slot_set slots = {0};
    struct read_row row;
    crm_status status = read_select_parse(t->view, m->entity, STR_NONE, &select, err);
    if (status != CRM_OK) return status;
    read_select_slots(m->entity, &select, &slots);
    status = read_row_find(t->view, m->entity, m->id, &slots, &row, err);
    if (status != CRM_OK) return status;
    json_object_open(out);
    json_key_lit(out, "kind");
    json_cstr(out, "record");
    json_key_lit(out, "at");
    json_time(out, m->at_ms);
    json_key_lit(out, "entity");
    json_text(out, m->entity->name);
    json_key_lit(out, "record");
    status = read_record_write(&row, &select, out, err);
    json_object_shut(out);
    return status;
}

static crm_status put_items(struct timeline *t, struct json_writer *out, bool *ret_more,
                            struct err *err) {
    size_t c = 0, r = 0;
    for (size_t written = 0; written < t->limit;) {
        const struct moment *change = c < t->changes.count ? &t->changes.list[c] : NULL;
        const struct moment *record = r < t->records.count ? &t->records.list[r] : NULL;
        bool shown = true;
        crm_status status;
        if (!change && !record) break;
        if (record && (!change || record->at_ms >= change->at_ms)) {
            status = put_record(t, out, record, err);
            t->cursor[2] = record->at_ms;
            t->cursor[3] = record->id;
            r++;
        } else {
            status = put_change(t, out, change, &shown, err);
            t->cursor[0] = change->change.seq;
            t->cursor[1] = change->change.position - 1;
            c++;
        }
        if (status != CRM_OK) return status;
        written += shown;
    }
    *ret_more = c < t->changes.count || r < t->records.count || t->changes.count > t->limit;
    return CRM_OK;
}

static crm_status narrow(struct timeline *t, const struct record_history_options *o,
                         struct err *err) {
    const struct str args[] = {o->entity};
    if (o->entity.len == 0) {
        if (o->where.len == 0) return CRM_OK;
        return err_set(err, CRM_INVALID, &record_where_of, NULL);
    }
    t->only = schema_find(t->view->access->schema, o->entity);
    if (!t->only || t->only->timeline.by_count == 0 ||
        !access_entity_visible(t->view->access, t->only))
        return err_set_args(err, CRM_INVALID, &record_entity_unknown, args, 1);
    return read_where_parse(t->view, t->only, o->where, &t->only_where, err);
}

static crm_status run(struct timeline *t, const struct schema_entity *e, int64_t id,
                      const struct record_history_options *o, struct json_writer *out,
                      struct err *err) {
    struct slot_set slots = {0};
    struct read_row row;
    bool more = false;
    for (size_t i = 0; i < e->field_count; i++)
        if (e->fields[i].timeline & SCHEMA_TIMELINE_SHOWS) slot_add(&slots, e->fields[i].slot);
    slot_add(&slots, 0);
    t->limit = o->limit ? (size_t)o->limit : TIMELINE_LIMIT;
    crm_status status = read_limit_check(o->limit, TIMELINE_LIMIT_MAX, err);
    if (status == CRM_OK) status = read_cursor_parse(o->after, t->cursor, 4, err);
    if (status == CRM_OK) status = narrow(t, o, err);
    if (status == CRM_OK) status = read_row_find(t->view, e, id, &slots, &row, err);
    if (status == CRM_OK) status = find_sources(t, &row, err);
    if (status == CRM_OK && !t->only) status = find_changes(t, err);
    if (status == CRM_OK) status = find_records(t, err);
    if (status != CRM_OK) return status;
    json_object_open(out);
    json_key_lit(out, "records");
    json_array_open(out);
    status = put_items(t, out, &more, err);
    json_array_shut(out);
    json_key_lit(out, "next");
    if (more) {
        read_cursor_put(out, t->cursor, 4);
    } else {
        json_nil(out);
    }
    json_object_shut(out);
    return status;
}

crm_status record_timeline_json(struct record_view *v, const struct schema_entity *e, int64_t id,
                                const struct record_history_options *o, struct json_writer *out,
                                struct err *err) {
    struct timeline *t = ARENA_NEW(v->arena, struct timeline);
    bool began = false;
    if (!t) return err_no_memory(err);
    t->view = v;
    crm_status status = read_begin(v, &began, err);
    if (status != CRM_OK) return status;
    status = run(t, e, id, o, out, err);
    read_end(v, began);
    return status;
}
