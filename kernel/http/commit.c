/* From a handler to the writer and back: a changeset is posted, the connection sleeps, the answer
 * is made after COMMIT from a snapshot that holds it.
 *
 * What needs Lua or a dry run is prepared on a reader first. On PostgreSQL the answer is made on a
 * reader too; there is always room for that, because the write is done and must be told. */
#include "http/asker.h"
#include "http/connection.h"

#include <assert.h>

#include "base/digest.h"
#include "http/messages.h"
#include "record/plan.h"

struct http_commit {
    struct changeset_task task; /* first */
    struct http_request *request;
    struct changeset *changeset;
    crm_status (*answer)(struct http_request *r, struct changeset_result *result, struct err *err);
    bool is_posted;
    int tries; /* plans that were stale */
};

enum { PREPARE_TRIES = 3 };

void http_commit_forget(struct http_request *r) {
    if (r->commit) changeset_fini(r->commit->changeset);
    r->commit = NULL;
}

/* ---- the answer ---------------------------------------------------------------------------- */

static void answer(struct http_request *r, struct http_hands *hands) {
    struct http_commit *c = r->commit;
    struct err err = c->task.err;
    crm_status status = c->task.result.status;
    r->hands = hands;
    if (c->task.errors.count) r->reply.fields = &c->task.errors;
    if (status == CRM_OK) status = c->answer(r, &c->task.result, &err);
    if (!http_ask_is_dropped(hands)) http_reply_seal(r, status, &err, hands);
}

static void answer_on_reader(struct work *w, void *worker) {
    struct http_request *r =
        (struct http_request *)((char *)w - offsetof(struct http_request, to_lane));
    atomic_fetch_sub(&r->server->lane_waiting, 1);
    http_request_hold(r);
    answer(r, worker);
    http_hands_end(worker);
    http_answer_ready(r);
    http_request_release(r);
}

static void answer_on_loop(struct work *w, void *loop) {
    (void)loop;
    struct http_request *r =
        (struct http_request *)((char *)w - offsetof(struct http_request, to_loop));
    answer(r, &r->loop->hands);
    r->phase = HTTP_PHASE_ANSWER;
    http_resume(r);
}

/* The pool is gone: told without the record. */
static void answer_without(struct http_request *r) { answer_on_loop(&r->to_loop, NULL); }

static bool answer_asking(struct http_request *r, struct http_hands *hands) {
    answer(r, hands);
    return true;
}

static void answer_elsewhere(struct http_request *r) {
    if (!http_to_readers(r, answer_on_reader, true)) answer_without(r);
}

static const struct http_ask_way answer_way = {.run = answer_asking, .elsewhere = answer_elsewhere};

static void ask_on_loop(struct work *w, void *loop) {
    (void)loop;
    struct http_request *r =
        (struct http_request *)((char *)w - offsetof(struct http_request, to_loop));
    if (http_ask_can(r))
        http_ask(r, &answer_way);
    else
        answer_elsewhere(r);
}

/* ---- the way there ------------------------------------------------------------------------- */

static crm_status post(struct http_commit *c, struct err *err) {
    struct http_server *s = c->request->server;
    size_t waiting = atomic_fetch_add(&s->writer_waiting, 1);
    crm_status status = waiting < s->options.queue_limit
                            ? changeset_post(s->engine, &c->task, err)
                            : err_set(err, CRM_UNAVAILABLE, &http_queue_full, NULL);
    if (status != CRM_OK) atomic_fetch_sub(&s->writer_waiting, 1);
    return status;
}

/* On a thread with a reader: prepares, then posts; a dry run ends here. *ret_posted: the writer has
 * it. */
static crm_status prepare(struct http_commit *c, struct http_hands *hands, bool *ret_posted,
                          struct err *err) {
    struct http_request *r = c->request;
    struct record_plan *plan = NULL;
    crm_status status = http_hands_begin(hands, err);
    if (status == CRM_OK)
        status = record_prepare(r->server->engine, hands->reader, c->changeset, &plan, err);
    *ret_posted = false;
    if (plan && plan->errors.count) {
        c->task.errors = plan->errors;
        r->reply.fields = &c->task.errors;
    }
    if (status != CRM_OK) return status;
    if (c->changeset->flags & CHANGESET_DRY) {
        assert(plan); /* only what an idempotency key has kept already has none */
        c->task.result = (struct changeset_result){.changeset = c->changeset,
                                                   .plan = plan,
                                                   .outcomes = plan->outcomes,
                                                   .count = c->changeset->op_count};
        return c->answer(r, &c->task.result, err);
    }
    c->task.plan = plan;
    status = post(c, err);
    *ret_posted = status == CRM_OK;
    return status;
}

static void prepare_on_reader(struct work *w, void *worker) {
    struct http_request *r =
        (struct http_request *)((char *)w - offsetof(struct http_request, to_lane));
    struct err err;
    err_clear(&err);
    bool is_posted;
    atomic_fetch_sub(&r->server->lane_waiting, 1);
    http_request_hold(r);
    r->hands = worker;
    crm_status status = prepare(r->commit, worker, &is_posted, &err);
    if (!is_posted) {
        http_reply_seal(r, status, &err, worker);
        http_answer_ready(r);
    }
    http_hands_end(worker);
    http_request_release(r);
}

/* The data moved on since it was prepared: once more, in the end inside the writer. False: there
 * is no way to. */
static bool is_going_again(struct http_commit *c) {
    if (!c->task.plan_stale || !c->task.plan) return false;
    struct err err;
    c->task.plan = NULL;
    c->task.errors = (struct err_list){0};
    c->request->reply.fields = NULL;
    if (++c->tries < PREPARE_TRIES) return http_to_readers(c->request, prepare_on_reader, true);
    return post(c, &err) == CRM_OK;
}

/* Writer thread, after COMMIT or failure. */
static void on_done(struct changeset_task *task) {
    struct http_commit *c = (struct http_commit *)task;
    struct http_request *r = c->request;
    atomic_fetch_sub(&r->server->writer_waiting, 1);
    if (is_going_again(c)) return;
    if (!r->server->on_postgres) {
        http_to_loop(r, answer_on_loop);
    } else if (r->match.entry->route.flags & HTTP_ROUTE_AGAIN) {
        http_to_loop(r, ask_on_loop);
    } else if (!http_to_readers(r, answer_on_reader, true)) {
        http_to_loop(r, answer_on_loop); /* as answer_without */
    }
}

crm_status http_idempotency(struct http_request *r, struct changeset *c, struct str body,
                            struct err *err) {
    struct str key = http_headers_get(&r->headers, HTTP_HEADER_IDEMPOTENCY_KEY);
    if (!http_headers_has(&r->headers, HTTP_HEADER_IDEMPOTENCY_KEY) ||
        !(r->match.entry->route.flags & HTTP_ROUTE_IDEMPOTENT))
        return CRM_OK;
    if (key.len == 0 || key.len > 200)
        return err_set(err, CRM_INVALID, &http_idempotency_key, NULL);
    c->idempotency_key = arena_str(&r->arena, key);
    c->idempotency_route =
        arena_printf(&r->arena, "%s %.*s", http_method_word(r->method), STR_ARG(r->target.path));
    c->idempotency_body = ARENA_NEW(&r->arena, struct digest);
    if (!c->idempotency_key.ptr || !c->idempotency_route.ptr || !c->idempotency_body)
        return err_no_memory(err);
    struct digest_part parts[2] = {{r->target.query.ptr, r->target.query.len},
                                   {body.ptr, body.len}};
    digest_parts(parts, 2, c->idempotency_body);
    return CRM_OK;
}

crm_status http_commit(struct http_request *r, struct changeset *c,
                       crm_status (*answer_fn)(struct http_request *r,
                                               struct changeset_result *result, struct err *err),
                       struct err *err) {
    struct http_commit *commit = ARENA_NEW(&r->arena, struct http_commit);
    if (!commit) {
        changeset_fini(c);
        return err_no_memory(err);
    }
    *commit = (struct http_commit){.request = r, .changeset = c, .answer = answer_fn};
    commit->task.changeset = c;
    commit->task.done = on_done;
    err_clear(&commit->task.err);
    r->commit = commit;
    crm_status status = http_idempotency(r, c, http_body(r), err);
    if (status != CRM_OK) return status;
    bool wants_reader = (c->flags & CHANGESET_DRY) || changeset_needs_reader(c), is_posted;
    bool on_loop = loop_is_current(r->loop->loop);
    http_request_detach(r);
    if (wants_reader && on_loop) {
        status = http_to_readers(r, prepare_on_reader, false)
                     ? CRM_OK
                     : err_set(err, CRM_UNAVAILABLE, &http_queue_full, NULL);
        if (status == CRM_OK) return status;
    } else if (wants_reader) {
        status = prepare(commit, r->hands, &is_posted, err);
        if (is_posted) return status;
    } else {
        status = post(commit, err);
        if (status == CRM_OK) return status;
    }
    r->is_detached = false; /* nobody took it: the handler's outcome is the answer */
    return status;
}
