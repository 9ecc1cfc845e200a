/* Listening to the log without being subscribed. See heard.h. */
#include "event/heard.h"

#include "event/match.h"

enum { PORTION = 100 };

struct hearing {
    struct record_view *view;
    const struct event_heard_wanted *wanted;
    struct match *matches;
    struct event_heard *items;
    size_t count, capacity;
    int64_t next; /* 0: all of it was heard */
    struct log_changeset changeset;
    crm_status status;
    struct err *err;
};

static crm_status hear(struct hearing *h, size_t listener, const struct log_change *c) {
    struct arena *a = h->view->arena;
    h->items = arena_grow(a, h->items, h->count, &h->capacity, sizeof *h->items);
    if (!h->items) return err_no_memory(h->err);
    struct event_heard *it = &h->items[h->count++];
    *it =
        (struct event_heard){.listener = listener,
                             .event = match_name(&h->matches[listener],
                                                 h->wanted->listeners[listener].event, c->verb, a),
                             .cause = h->changeset.cause,
                             .seq = c->seq,
                             .position = c->position};
    return it->event.ptr ? CRM_OK : err_no_memory(h->err);
}

static bool is_asked(const struct event_heard_wanted *w, const struct log_change *c) {
    return c->entity && (!w->entity || w->entity->id == c->entity_id) &&
           (!w->record || w->record == c->record) &&
           (w->position < 0 || c->seq != w->from_seq || c->position == w->position);
}

static crm_status look_at(struct hearing *h, const struct log_change *c) {
    const struct event_heard_wanted *w = h->wanted;
    struct image_field *fields = NULL;
    size_t count = 0;
    crm_status status = CRM_OK;
    if (!is_asked(w, c)) return CRM_OK;
    status = image_decode(h->view->arena, c->images, c->entity, &fields, &count, h->err);
    for (size_t i = 0; status == CRM_OK && i < w->listener_count; i++) {
        bool holds = false;
        if (!match_change(&h->matches[i], c->entity_id, c->verb, fields, count)) continue;
        status = match_condition(&h->matches[i], h->view, c, h->view->arena, &holds, h->err);
        if (status == CRM_OK && holds) status = hear(h, i, c);
    }
    return status;
}

static bool take_change(void *ctx, const struct log_change *c) {
    struct hearing *h = ctx;
    h->status = look_at(h, c);
    return h->status == CRM_OK;
}

/* A changeset is heard whole, so that going on begins with the next. */
static crm_status read_changeset(struct hearing *h) {
    h->status = CRM_OK;
    if (h->changeset.flags & CHANGESET_NO_AFTER || h->changeset.is_parent) return CRM_OK;
    crm_status status = log_each_change(h->view->conn, h->view->access->schema, h->changeset.seq, 0,
                                        0, h->view->arena, take_change, h, h->err);
    return status == CRM_OK ? h->status : status;
}

struct portion {
    struct log_changeset list[PORTION];
    size_t count;
};

static bool take_changeset(void *ctx, const struct log_changeset *c) {
    struct portion *p = ctx;
    p->list[p->count++] = *c;
    return p->count < PORTION;
}

/* Until there is enough, or the stretch ends. *ret_from: the next number to look at. */
static crm_status hear_portion(struct hearing *h, int64_t *from, bool *ret_end) {
    struct portion *p = ARENA_NEW(h->view->arena, struct portion);
    if (!p) return err_no_memory(h->err);
    crm_status status = log_each_changeset(h->view->conn, *from - 1, PORTION, h->view->arena,
                                           take_changeset, p, h->err);
    *ret_end = p->count < PORTION;
    for (size_t i = 0; status == CRM_OK && i < p->count; i++) {
        if (p->list[i].seq > h->wanted->to_seq || h->count >= h->wanted->limit) {
            h->next = p->list[i].seq > h->wanted->to_seq ? 0 : p->list[i].seq;
            *ret_end = true;
            return CRM_OK;
        }
        h->changeset = p->list[i];
        status = read_changeset(h);
        *from = p->list[i].seq + 1;
    }
    return status;
}

crm_status event_heard_list(struct record_view *v, const struct event_heard_wanted *wanted,
                            struct event_heard **ret, size_t *ret_count, int64_t *ret_next,
                            struct err *err) {
    struct hearing h = {.view = v, .wanted = wanted, .err = err};
    int64_t from = wanted->from_seq;
    bool end = false;
    crm_status status = CRM_OK;
    h.matches = ARENA_ARRAY(v->arena, wanted->listener_count + 1, struct match);
    if (!h.matches) return err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < wanted->listener_count; i++) {
        const struct event_listener *l = &wanted->listeners[i];
        status =
            match_compile(v->access->schema, l->event, l->when, true, v->arena, &h.matches[i], err);
    }
    while (status == CRM_OK && !end)
        status = hear_portion(&h, &from, &end);
    if (status != CRM_OK) return status;
    *ret = h.items;
    *ret_count = h.count;
    *ret_next = h.next;
    return CRM_OK;
}
