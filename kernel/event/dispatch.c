/* From the log to jobs: what is committed is read in portions, matched with every subscriber whose
 * cursor has not passed it, and what fits becomes jobs in the transaction that moves the cursors.
 *
 * A subscriber without a match is moved on in memory and stored now and then: reading the same
 * changes again after kill -9 finds no match again. Runs on the watcher's thread under watch_mu. */
#include "event/match.h"

#include "base/json.h"
#include "base/log.h"
#include "event/messages.h"

enum {
    PORTION_CHANGESETS = 100,
    PORTION_CHANGES = 500,
    PASS_BYTES = 128 << 20,
    COMPILED_BYTES = 64 << 20,
    STORE_EVERY = 1000
};

struct pending { /* a job to be */
    size_t subscription;
    struct str payload, cause;
    int32_t depth;
};
struct pass {
    struct event_hub *hub;
    struct arena arena;
    struct schema *schema;
    struct record_view view; /* of the system: rights do not matter to handlers' conditions */
    struct access access;
    const struct match *matches;  /* by subscription */
    const bool *awake;            /* false: does not fit the snapshot, sleeps */
    struct event_cursor *reached; /* by subscription: where this portion leaves it */
    struct pending *pending;
    size_t pending_count, pending_room;
    struct log_changeset changeset; /* at hand */
    int64_t next_position;
    size_t looked_at;
    crm_status status;
    struct err *err;
};

void dispatch_forget(struct event_hub *h) {
    if (!h->compiled.schema) return;
    schema_unref(h->compiled.schema);
    arena_fini(&h->compiled.arena);
    h->compiled = (struct compiled){0};
}

/* Kept until the snapshot or the registrations change. */
static crm_status compile_all(struct event_hub *h, struct schema *schema, struct err *err) {
    struct compiled *c = &h->compiled;
    uint64_t now = atomic_load(&h->registrations);
    size_t count = h->subscription_count;
    if (c->awake && c->schema == schema && c->registrations == now) return CRM_OK;
    dispatch_forget(h);
    arena_init(&c->arena, COMPILED_BYTES);
    c->schema = schema_ref(schema);
    c->registrations = now;
    c->matches = ARENA_ARRAY(&c->arena, count + 1, struct match);
    c->awake = ARENA_ARRAY(&c->arena, count + 1, bool);
    if (!c->matches || !c->awake) {
        dispatch_forget(h);
        return err_no_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        const struct event_subscriber *s = &h->subscriptions[i]->it;
        struct err problem;
        c->awake[i] = match_compile(schema, s->event, s->when, hub_is_declared(h, s->event),
                                    &c->arena, &c->matches[i], &problem) == CRM_OK;
    }
    return CRM_OK;
}

/* ---- matching ---- */

static struct str payload_of(struct pass *p, size_t subscription, const struct log_change *c) {
    const struct event_subscriber *s = &p->hub->subscriptions[subscription]->it;
    const struct match *m = &p->matches[subscription];
    BUF_CLEANUP struct buf text;
    struct json_writer out;
    buf_init(&text, EVENT_PAYLOAD_MAX);
    json_writer_init(&out, &text);
    json_object_open(&out);
    json_key_lit(&out, "event");
    json_text(&out, match_name(m, s->event, c->verb, &p->arena));
    json_key_lit(&out, "subscriber");
    json_text(&out, s->name);
    json_key_lit(&out, "entity");
    json_text(&out, m->entity->name);
    json_key_lit(&out, "id");
    json_id(&out, c->record);
    json_key_lit(&out, "version");
    json_int64(&out, c->version);
    json_key_lit(&out, "seq");
    json_int64(&out, c->seq);
    json_key_lit(&out, "position");
    json_int64(&out, c->position);
    json_key_lit(&out, "changeset");
    json_id(&out, p->changeset.id);
    json_key_lit(&out, "actor");
    json_id(&out, p->changeset.actor);
    json_key_lit(&out, "at");
    json_int64(&out, p->changeset.at_ms);
    json_object_shut(&out);
    return text.status == CRM_OK ? arena_str(&p->arena, buf_str(&text)) : STR_NONE;
}

static crm_status add_pending(struct pass *p, size_t subscription, const struct log_change *c) {
    p->pending =
        arena_grow(&p->arena, p->pending, p->pending_count, &p->pending_room, sizeof *p->pending);
    if (!p->pending) return err_no_memory(p->err);
    struct pending *it = &p->pending[p->pending_count++];
    *it = (struct pending){
        .subscription = subscription,
        .payload = payload_of(p, subscription, c),
        .depth = (int32_t)p->changeset.depth + 1,
        .cause = arena_printf(&p->arena, "changeset %lld", (long long)p->changeset.id)};
    return it->payload.ptr && it->cause.ptr ? CRM_OK : err_no_memory(p->err);
}

static crm_status look_at(struct pass *p, const struct log_change *c) {
    struct event_hub *h = p->hub;
    struct event_cursor here = {c->seq, c->position};
    struct image_field *fields = NULL;
    size_t count = 0;
    bool decoded = false;
    for (size_t i = 0; i < h->subscription_count; i++) {
        bool holds = false;
        if (!p->awake[i] || !p->matches[i].entity ||
            event_cursor_compare(&here, &h->subscriptions[i]->at) < 0)
            continue;
        if (p->matches[i].entity->id != c->entity_id) continue;
        if (!decoded) {
            crm_status status =
                image_decode(&p->arena, c->images, c->entity, &fields, &count, p->err);
            if (status != CRM_OK) return status;
            decoded = true;
        }
        if (!match_change(&p->matches[i], c->entity_id, c->verb, fields, count)) continue;
        crm_status status = match_condition(&p->matches[i], &p->view, c, &p->arena, &holds, p->err);
        if (status == CRM_OK && holds) status = add_pending(p, i, c);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

/* ---- reading the log ---- */

static bool take_change(void *ctx, const struct log_change *c) {
    struct pass *p = ctx;
    p->next_position = c->position + 1;
    p->looked_at++;
    p->status = look_at(p, c);
    return p->status == CRM_OK;
}

struct changesets {
    struct arena *arena;
    struct log_changeset *list;
    size_t count, capacity;
    bool exhausted;
};

static bool take_changeset(void *ctx, const struct log_changeset *c) {
    struct changesets *s = ctx;
    s->list = arena_grow(s->arena, s->list, s->count, &s->capacity, sizeof *s->list);
    s->exhausted = !s->list;
    if (s->exhausted) return false;
    s->list[s->count] = *c;
    s->list[s->count].cause = STR_NONE;
    s->list[s->count].script_version = s->list[s->count].note = STR_NONE;
    return ++s->count < PORTION_CHANGESETS;
}

/* All changes of one changeset from `from` on, or as many as a portion holds. *ret_end: it was the
 * last. */
static crm_status read_changeset(struct pass *p, int64_t from, bool *ret_end) {
    size_t before = p->looked_at;
    p->next_position = from;
    p->status = CRM_OK;
    *ret_end = true;
    if (p->changeset.flags & CHANGESET_NO_AFTER) return CRM_OK;
    crm_status status = log_each_change(p->view.conn, p->schema, p->changeset.seq, from,
                                        PORTION_CHANGES, &p->arena, take_change, p, p->err);
    if (status == CRM_OK) status = p->status;
    *ret_end = p->looked_at - before < PORTION_CHANGES;
    return status;
}

/* From `from` on; *ret_to is where to go on. */
static crm_status read_portion(struct pass *p, struct event_cursor from,
                               struct event_cursor *ret_to, bool *ret_more) {
    struct changesets s = {.arena = &p->arena};
    *ret_to = from;
    crm_status status = log_each_changeset(p->view.conn, from.seq - 1, PORTION_CHANGESETS,
                                           &p->arena, take_changeset, &s, p->err);
    if (status == CRM_OK && s.exhausted) status = err_no_memory(p->err);
    *ret_more = s.count == PORTION_CHANGESETS;
    for (size_t i = 0; i < s.count && status == CRM_OK; i++) {
        bool end = true;
        p->changeset = s.list[i];
        status = read_changeset(p, p->changeset.seq == from.seq ? from.position : 0, &end);
        *ret_to = end ? (struct event_cursor){p->changeset.seq + 1, 0}
                      : (struct event_cursor){p->changeset.seq, p->next_position};
        if (!end || p->looked_at >= PORTION_CHANGES) {
            *ret_more = true;
            break;
        }
    }
    return status;
}

/* ---- storing ---- */

static bool has_pending(const struct pass *p, size_t subscription) {
    for (size_t i = 0; i < p->pending_count; i++)
        if (p->pending[i].subscription == subscription) return true;
    return false;
}

static bool must_store(const struct pass *p, size_t i) {
    const struct subscription *s = p->hub->subscriptions[i];
    return has_pending(p, i) || p->reached[i].seq - s->stored.seq >= STORE_EVERY;
}

/* One that goes round in a circle is kept as a failed job, so that people see it. */
static crm_status enqueue(struct pass *p, struct store_conn *writer, const struct pending *it,
                          struct err *err) {
    const struct event_subscriber *s = &p->hub->subscriptions[it->subscription]->it;
    struct event_job_new job = {.kind = s->job_kind,
                                .queue = s->queue,
                                .payload = it->payload,
                                .cause = it->cause,
                                .actor = s->actor,
                                .depth = it->depth};
    if (it->depth <= EVENT_DEPTH_MAX) return event_job_enqueue(p->hub, writer, &job, NULL, err);
    job.depth = EVENT_DEPTH_MAX;
    return job_enqueue_failed(p->hub, writer, &job, it->depth, err);
}

/* Looked at before anything is written: where another node was faster, which with several is the
 * rule, the batch around need not be done again. */
static crm_status still_stands(struct pass *p, struct store_conn *writer, size_t i,
                               struct err *err) {
    const struct subscription *s = p->hub->subscriptions[i];
    const struct str args[] = {s->it.name};
    struct event_cursor at = {0};
    bool found = false;
    crm_status status = event_cursor_get(writer, s->it.name, &at, &found, err);
    if (status != CRM_OK || (found && event_cursor_compare(&at, &s->stored) == 0)) return status;
    return err_set_args(err, CRM_STALE, &event_cursor_moved, args, 1);
}

static crm_status store_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct pass *p = ctx;
    struct event_hub *h = p->hub;
    bool alone = store_cluster_others(engine_cluster(h->engine)) == 0;
    for (size_t i = 0; i < h->subscription_count && !alone; i++) {
        if (!p->awake[i] || !must_store(p, i)) continue;
        crm_status status = still_stands(p, writer, i, err);
        if (status != CRM_OK) return status;
    }
    for (size_t i = 0; i < h->subscription_count; i++) {
        if (!p->awake[i] || !must_store(p, i)) continue;
        crm_status status = event_cursor_move(writer, h->subscriptions[i]->it.name,
                                              &h->subscriptions[i]->stored, &p->reached[i], err);
        if (status != CRM_OK) return status;
    }
    for (size_t i = 0; i < p->pending_count; i++) {
        crm_status status = enqueue(p, writer, &p->pending[i], err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

/* Another node was faster: its cursors are the truth. */
static crm_status reload_cursors(struct pass *p, struct err *err) {
    struct event_hub *h = p->hub;
    for (size_t i = 0; i < h->subscription_count; i++) {
        bool found = false;
        struct event_cursor at;
        crm_status status =
            event_cursor_get(p->view.conn, h->subscriptions[i]->it.name, &at, &found, err);
        if (status != CRM_OK) return status;
        if (found) h->subscriptions[i]->at = h->subscriptions[i]->stored = at;
    }
    return CRM_OK;
}

static crm_status store_portion(struct pass *p, struct event_cursor to, struct err *err) {
    struct event_hub *h = p->hub;
    bool any = false;
    for (size_t i = 0; i < h->subscription_count; i++) {
        if (event_cursor_compare(&p->reached[i], &to) < 0) p->reached[i] = to;
        any |= p->awake[i] && must_store(p, i);
    }
    crm_status status = any ? engine_write(h->engine, store_write, p, err) : CRM_OK;
    if (status == CRM_STALE) return reload_cursors(p, err);
    for (size_t i = 0; status == CRM_OK && i < h->subscription_count; i++) {
        if (!p->awake[i]) continue;
        h->subscriptions[i]->at = p->reached[i];
        if (must_store(p, i)) h->subscriptions[i]->stored = p->reached[i];
    }
    return status;
}

static crm_status run_pass(struct pass *p, bool *ret_more) {
    struct event_hub *h = p->hub;
    struct event_cursor from = {INT64_MAX, 0}, to = from;
    bool began = false;
    size_t count = h->subscription_count;
    p->reached = ARENA_ARRAY(&p->arena, count + 1, struct event_cursor);
    if (!p->reached) return err_no_memory(p->err);
    crm_status status = compile_all(h, p->schema, p->err);
    if (status != CRM_OK || !h->compiled.awake) return status;
    p->matches = h->compiled.matches;
    p->awake = h->compiled.awake;
    for (size_t i = 0; i < count; i++)
        p->reached[i] = h->subscriptions[i]->at;
    for (size_t i = 0; i < count; i++)
        if (p->awake[i] && p->matches[i].kind != MATCH_EMITTED &&
            event_cursor_compare(&h->subscriptions[i]->at, &from) < 0)
            from = h->subscriptions[i]->at;
    if (from.seq == INT64_MAX) return CRM_OK;
    status = read_begin(&p->view, &began, p->err);
    if (status != CRM_OK) return status;
    status = read_portion(p, from, &to, ret_more);
    read_end(&p->view, began); /* the writer must not wait for a snapshot kept open here */
    return status == CRM_OK ? store_portion(p, to, p->err) : status;
}

crm_status dispatch_pass(struct event_hub *h, bool *ret_more, struct err *err) {
    struct pass p = {.hub = h, .schema = engine_schema(h->engine), .err = err};
    struct actor actor;
    *ret_more = false;
    if (!p.schema || h->subscription_count == 0) {
        if (p.schema) schema_unref(p.schema);
        return CRM_OK;
    }
    arena_init(&p.arena, PASS_BYTES);
    engine_actor_system(ACCESS_DOOR_JOB, &actor);
    access_init(&p.access, p.schema, &actor);
    crm_status status =
        record_view_init(&p.view, h->engine, h->watch_reader, &p.access, &p.arena, err);
    if (status == CRM_OK) {
        status = run_pass(&p, ret_more);
        record_view_fini(&p.view);
    }
    schema_unref(p.schema);
    arena_fini(&p.arena);
    return status;
}
