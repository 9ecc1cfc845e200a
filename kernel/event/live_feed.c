/* From the log to live streams: which records changed, who may see them now, who could before.
 *
 * The log is read in one snapshot together with the rows, so "after" is the present row and
 * "before" the same taken back over the portion. Rights are worked out once a person, not once a
 * stream. Runs on the watcher's thread; while it reads, live_mu is free. */
#include "event/live_state.h"

#include <stdlib.h>

#include "base/json.h"
#include "record/log.h"
#include "record/past.h"

enum { FEED_CHANGESETS = 200, FEED_CHANGES = 1000, FEED_BYTES = 256 << 20, CATCH_UP_MAX = 5000 };

struct touched { /* a record and its changes within the portion */
    int32_t entity;
    int64_t id, seq, version;
    int64_t first_seq, first_position;
    struct past after, before;
    const struct schema_entity *of;
};
struct viewer {
    int64_t user;
    enum access_door door;
    bool unknown; /* not active any more */
    struct access access;
    struct record_view view;
};
struct feed {
    struct event_hub *hub;
    struct arena arena;
    struct schema *schema;
    struct store_conn *conn;
    int64_t from_seq, to_seq; /* changesets (from, to] */
    struct touched *list;
    size_t count, room;
    bool too_many;
    struct viewer *viewers;
    size_t viewer_count;
    crm_status status;
    struct err *err;
};

/* ---- what changed ---- */

static bool take_change(void *ctx, const struct log_change *c) {
    struct feed *f = ctx;
    for (size_t i = f->count; i-- > 0;) {
        struct touched *t = &f->list[i];
        if (t->id != c->record || t->entity != c->entity_id) continue;
        t->seq = c->seq;
        t->version = c->version;
        return true;
    }
    f->too_many = f->count == FEED_CHANGES;
    if (f->too_many) return false;
    f->list = arena_grow(&f->arena, f->list, f->count, &f->room, sizeof *f->list);
    if (!f->list) {
        f->status = err_no_memory(f->err);
        return false;
    }
    f->list[f->count++] = (struct touched){.entity = c->entity_id,
                                           .id = c->record,
                                           .seq = c->seq,
                                           .version = c->version,
                                           .first_seq = c->seq,
                                           .first_position = c->position,
                                           .of = c->entity};
    return true;
}

static bool take_changeset(void *ctx, const struct log_changeset *c) {
    struct feed *f = ctx;
    f->to_seq = c->seq;
    f->too_many |= c->changes > FEED_CHANGES && c->part_of != 0;
    return true;
}

static crm_status read_log(struct feed *f) {
    f->to_seq = f->from_seq;
    crm_status status = log_each_changeset(f->conn, f->from_seq, FEED_CHANGESETS, &f->arena,
                                           take_changeset, f, f->err);
    for (int64_t seq = f->from_seq + 1; seq <= f->to_seq && status == CRM_OK && !f->too_many;
         seq++) {
        status = log_each_change(f->conn, f->schema, seq, 0, FEED_CHANGES + 1, &f->arena,
                                 take_change, f, f->err);
        if (status == CRM_OK) status = f->status;
    }
    return status;
}

static crm_status load_rows(struct feed *f) {
    for (size_t i = 0; i < f->count; i++) {
        struct touched *t = &f->list[i];
        if (!t->of) continue;
        crm_status status = past_load(f->conn, t->of, t->id, &f->arena, &t->after, f->err);
        if (status != CRM_OK) return status;
        t->before = t->after;
        struct value *copy = ARENA_ARRAY(&f->arena, t->of->field_count, struct value);
        if (!copy) return err_no_memory(f->err);
        memcpy(copy, t->after.row, t->of->field_count * sizeof *copy);
        t->before.row = copy;
        t->before.items = ARENA_ARRAY(&f->arena, t->of->field_count, struct read_items);
        if (!t->before.items) return err_no_memory(f->err);
        status = past_back_to(f->conn, &t->before, t->first_seq, t->first_position - 1, &f->arena,
                              f->err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

/* ---- who sees it ---- */

static bool is_living(const struct schema_entity *e, const struct past *p) {
    const struct schema_field *f = schema_standard(e, SCHEMA_STD_DELETED_AT);
    return p->exists && (!f || value_is_nil(p->row[f->slot]));
}

static crm_status may_see(struct viewer *v, const struct touched *t, const struct past *p,
                          bool *ret, struct err *err) {
    struct read_row row = {
        .view = &v->view, .entity = t->of, .id = t->id, .row = p->row, .items = p->items};
    *ret = false;
    return is_living(t->of, p) ? read_row_allowed(&row, SCHEMA_ACTION_READ, ret, err) : CRM_OK;
}

static struct viewer *find_viewer(struct feed *f, int64_t user, enum access_door door) {
    for (size_t i = 0; i < f->viewer_count; i++)
        if (f->viewers[i].user == user && f->viewers[i].door == door) return &f->viewers[i];
    return NULL;
}

/* Rights of this very moment. */
static crm_status open_viewer(struct feed *f, struct viewer *v) {
    struct actor actor;
    struct err err;
    crm_status status = engine_actor(f->hub->engine, v->user, v->door, &f->arena, &actor, &err);
    v->unknown = status != CRM_OK;
    if (v->unknown) return status == CRM_UNAUTHENTICATED ? CRM_OK : status;
    access_init(&v->access, f->schema, &actor);
    return record_view_init(&v->view, f->hub->engine, f->conn, &v->access, &f->arena, f->err);
}

struct person {
    int64_t user;
    enum access_door door;
};

static crm_status open_viewers(struct feed *f, const struct person *people, size_t count) {
    f->viewers = ARENA_ARRAY(&f->arena, count + 1, struct viewer);
    if (!f->viewers) return err_no_memory(f->err);
    for (size_t i = 0; i < count; i++) {
        if (find_viewer(f, people[i].user, people[i].door)) continue;
        struct viewer *v = &f->viewers[f->viewer_count];
        v->user = people[i].user;
        v->door = people[i].door;
        crm_status status = open_viewer(f, v);
        if (status != CRM_OK) return status;
        f->viewer_count++;
    }
    return CRM_OK;
}

/* ---- hints ---- */

enum sight { SIGHT_NONE, SIGHT_SEEN, SIGHT_GONE };

static bool wants(const struct live_subscriber *s, int32_t entity) {
    if (!s->some_entities) return true;
    for (size_t i = 0; i < s->entity_count; i++)
        if (s->entities[i] == entity) return true;
    return false;
}

static void put_hint(struct live_subscriber *s, const struct touched *t, bool gone, bool last) {
    struct json_writer out;
    if (last) buf_printf(&s->waiting, "id: %lld\n", (long long)t->seq);
    buf_add_cstr(&s->waiting, "event: change\ndata: ");
    json_writer_init(&out, &s->waiting);
    json_object_open(&out);
    json_key_lit(&out, "seq");
    json_int64(&out, t->seq);
    json_key_lit(&out, "entity");
    json_text(&out, t->of->name);
    json_key_lit(&out, "id");
    json_id(&out, t->id);
    json_key_lit(&out, "version");
    json_int64(&out, t->version);
    if (gone) {
        json_key_lit(&out, "gone");
        json_bool(&out, true);
    }
    json_object_shut(&out);
    buf_add_cstr(&s->waiting, "\n\n");
}

static void deliver(struct live_subscriber *s, const struct feed *f, const uint8_t *sights) {
    size_t last = f->count;
    for (size_t i = 0; i < f->count; i++)
        if (sights[i] != SIGHT_NONE && wants(s, f->list[i].entity)) last = i;
    for (size_t i = 0; i <= last && last < f->count; i++)
        if (sights[i] != SIGHT_NONE && wants(s, f->list[i].entity))
            put_hint(s, &f->list[i], sights[i] == SIGHT_GONE, i == last);
    if (s->waiting.status != CRM_OK) live_drop(s);
}

static int by_seq(const void *left, const void *right) {
    const struct touched *a = left, *b = right;
    if (a->seq != b->seq) return a->seq < b->seq ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

static crm_status reckon(struct feed *f, struct viewer *v, uint8_t *sights) {
    for (size_t i = 0; i < f->count; i++) {
        const struct touched *t = &f->list[i];
        bool now = false, before = false;
        sights[i] = SIGHT_NONE;
        if (!t->of || v->unknown || !access_entity_visible(&v->access, t->of)) continue;
        crm_status status = may_see(v, t, &t->after, &now, f->err);
        if (status == CRM_OK && !now) status = may_see(v, t, &t->before, &before, f->err);
        if (status != CRM_OK) return status;
        sights[i] = now ? SIGHT_SEEN : before ? SIGHT_GONE : SIGHT_NONE;
    }
    return CRM_OK;
}

/* Streams that stand at the beginning of the portion get it; those that came meanwhile wait for
 * theirs. */
static void deliver_all(struct feed *f, uint8_t *const *sights) {
    struct event_hub *h = f->hub;
    pthread_mutex_lock(&h->live_mu);
    for (struct live_subscriber *s = h->live; s; s = s->next) {
        const struct viewer *v = find_viewer(f, s->user, s->door);
        if (s->ended || s->from_seq != f->from_seq || !v) continue;
        if (v->unknown)
            s->ended = true;
        else if (f->too_many)
            live_resync(s, f->to_seq);
        else
            deliver(s, f, sights[v - f->viewers]);
        s->from_seq = f->to_seq;
        live_tell(s);
    }
    pthread_mutex_unlock(&h->live_mu);
}

static crm_status run_portion(struct feed *f, const struct person *people, size_t count) {
    crm_status status = read_log(f);
    if (status == CRM_OK && !f->too_many) status = load_rows(f);
    if (status == CRM_OK) status = open_viewers(f, people, count);
    if (status != CRM_OK) return status;
    if (f->too_many) f->count = 0;
    if (f->count) qsort(f->list, f->count, sizeof *f->list, by_seq);
    uint8_t **sights = ARENA_ARRAY(&f->arena, f->viewer_count + 1, uint8_t *);
    if (!sights) return err_no_memory(f->err);
    for (size_t i = 0; i < f->viewer_count && status == CRM_OK; i++) {
        sights[i] = ARENA_ARRAY(&f->arena, f->count + 1, uint8_t);
        status = sights[i] ? reckon(f, &f->viewers[i], sights[i]) : err_no_memory(f->err);
    }
    if (status == CRM_OK) deliver_all(f, sights);
    return status;
}

/* The streams that are furthest behind, as copies: they may end while the log is read. */
static crm_status furthest_behind(struct feed *f, struct person **ret, size_t *ret_count) {
    struct event_hub *h = f->hub;
    int64_t last = 0;
    size_t count = 0;
    *ret_count = 0;
    crm_status status = event_log_end(f->conn, &last, f->err);
    if (status != CRM_OK) return status;
    f->from_seq = INT64_MAX;
    pthread_mutex_lock(&h->live_mu);
    struct person *people = ARENA_ARRAY(&f->arena, h->live_count + 1, struct person);
    for (struct live_subscriber *s = h->live; s; s = s->next) {
        if (!s->ended && last - s->from_seq > CATCH_UP_MAX) { /* too long ago to tell one by one */
            live_resync(s, last);
            s->from_seq = last;
            live_tell(s);
        }
        if (s->from_seq > last) s->from_seq = last; /* of another database, or a restored one */
        if (!s->ended && s->from_seq < f->from_seq) f->from_seq = s->from_seq;
    }
    for (struct live_subscriber *s = h->live; people && s; s = s->next)
        if (!s->ended && s->from_seq == f->from_seq)
            people[count++] = (struct person){s->user, s->door};
    pthread_mutex_unlock(&h->live_mu);
    if (!people) status = err_no_memory(f->err);
    *ret = people;
    *ret_count = f->from_seq < last ? count : 0;
    return status;
}

crm_status live_pass(struct event_hub *h, bool *ret_more, struct err *err) {
    struct feed f = {
        .hub = h, .schema = engine_schema(h->engine), .conn = h->watch_reader, .err = err};
    struct person *people = NULL;
    size_t count = 0;
    *ret_more = false;
    pthread_mutex_lock(&h->live_mu);
    bool anybody = h->live_count > 0;
    pthread_mutex_unlock(&h->live_mu);
    if (!f.schema || !anybody) {
        if (f.schema) schema_unref(f.schema);
        return CRM_OK;
    }
    arena_init(&f.arena, FEED_BYTES);
    crm_status status = furthest_behind(&f, &people, &count);
    if (status == CRM_OK && count) {
        status = store_begin(f.conn, err);
        if (status == CRM_OK) {
            status = run_portion(&f, people, count);
            store_rollback(f.conn);
        }
        for (size_t i = 0; i < f.viewer_count; i++)
            if (!f.viewers[i].unknown) record_view_fini(&f.viewers[i].view);
        *ret_more = status == CRM_OK && f.to_seq > f.from_seq;
    }
    schema_unref(f.schema);
    arena_fini(&f.arena);
    return status;
}
