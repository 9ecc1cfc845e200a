/* Talking to the server: one statement at a time for readers, a queue with synchronisation points
 * for the writer (libpq manual, "Pipeline Mode").
 *
 * After a failure the server skips the rest of the queue; the first failure is the one reported,
 * and statements whose preparation was skipped are prepared again at their next use. */
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/messages.h"
#include "store/postgres/postgres.h"

enum { PARAMS_ON_STACK = 128, NAME_BYTES = 24, FLUSH_EVERY = 24 };

/* Parameters as libpq wants them: binary, integers in network order. */
struct wire_params {
    const char **values;
    int *lengths, *formats;
    int64_t *integers;
    int count;
    void *heap;
    const char *stack_values[PARAMS_ON_STACK];
    int stack_lengths[PARAMS_ON_STACK], stack_formats[PARAMS_ON_STACK];
    int64_t stack_integers[PARAMS_ON_STACK];
};

static bool wire_room(struct wire_params *w, size_t count) {
    w->values = w->stack_values;
    w->lengths = w->stack_lengths;
    w->formats = w->stack_formats;
    w->integers = w->stack_integers;
    w->heap = NULL;
    w->count = (int)count;
    if (count <= PARAMS_ON_STACK) return true;
    char *memory = calloc(count, sizeof *w->values + sizeof *w->integers + 2 * sizeof(int));
    if (!memory) return false;
    w->heap = memory;
    w->values = (const char **)(void *)memory;
    w->integers = (int64_t *)(void *)(memory + count * sizeof *w->values);
    w->lengths = (int *)(void *)(memory + count * (sizeof *w->values + sizeof *w->integers));
    w->formats = w->lengths + count;
    return true;
}

static bool wire_fill(struct wire_params *w, const struct store_value *params, size_t count) {
    if (!wire_room(w, count)) return false;
    for (size_t i = 0; i < count; i++) {
        const struct store_value *v = &params[i];
        w->formats[i] = 1;
        w->values[i] = NULL;
        w->lengths[i] = 0;
        if (v->type == STORE_INT) {
            w->integers[i] = (int64_t)htobe64((uint64_t)v->integer);
            w->values[i] = (const char *)&w->integers[i];
            w->lengths[i] = 8;
        } else if (v->type != STORE_NULL) {
            w->values[i] = v->bytes.ptr ? v->bytes.ptr : "";
            w->lengths[i] = (int)v->bytes.len;
        }
    }
    return true;
}

static void name_of(const struct postgres_statement *s, char ret[NAME_BYTES]) {
    snprintf(ret, NAME_BYTES, "p%" PRIu64, s->number);
}

static bool is_success(const PGresult *result) {
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static void note_wait(struct postgres_conn *n) {
    atomic_fetch_add_explicit(&n->conn->store->waits, 1, memory_order_relaxed);
}

/* ---- the queue ------------------------------------------------------------------------------- */
static void queue_add(struct postgres_conn *n, struct postgres_statement *prepared) {
    n->queue[n->queue_count++] = prepared;
}

/* The answer to one queued command; libpq ends each with NULL. */
static PGresult *take_answer(struct postgres_conn *n) {
    PGresult *result = PQgetResult(n->db), *more;
    if (!result) return NULL;
    while ((more = PQgetResult(n->db)))
        PQclear(more);
    return result;
}

static void note_answer(struct postgres_statement *prepared, bool ok) {
    if (prepared) prepared->state = ok ? POSTGRES_READY : POSTGRES_UNPREPARED;
}

static void drop_queue(struct postgres_conn *n, size_t from) {
    for (size_t i = from; i < n->queue_count; i++)
        note_answer(n->queue[i], false);
    n->queue_count = 0;
}

/* Reads up to the synchronisation point's own answer. */
static bool reach_sync(struct postgres_conn *n) {
    for (;;) {
        PGresult *result = PQgetResult(n->db);
        if (!result) return false;
        bool reached = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        PQclear(result);
        if (reached) return true;
    }
}

void postgres_hear_end(struct postgres_conn *n) {
    if (!n->ending) return;
    n->ending = false;
    PQclear(take_answer(n));
    (void)reach_sync(n);
}

void postgres_send_end(struct postgres_conn *n, const char *text) {
    if (postgres_send_text(n, text, NULL, NULL) != CRM_OK) return;
    n->queue_count = 0;
    n->ending = PQpipelineSync(n->db) && PQflush(n->db) >= 0;
}

crm_status postgres_sync(struct postgres_conn *n, PGresult **ret_last, struct err *err) {
    if (!n->pipeline) return CRM_OK;
    if (n->queue_count == 0) {
        postgres_hear_end(n);
        return CRM_OK;
    }
    crm_status status = PQpipelineSync(n->db) ? CRM_OK : postgres_fail(n, NULL, err);
    note_wait(n);
    n->unflushed = 0;
    n->failed_before_last = false;
    if (status == CRM_OK) postgres_hear_end(n);
    PGresult *last = NULL;
    bool lost = status != CRM_OK;
    size_t i = 0;
    for (; !lost && i < n->queue_count; i++) {
        PGresult *result = take_answer(n);
        if (!result) {
            if (status == CRM_OK) status = postgres_fail(n, NULL, err);
            break;
        }
        bool ok = is_success(result);
        note_answer(n->queue[i], ok);
        if (!ok && status == CRM_OK) {
            status = postgres_fail(n, result, err);
            n->failed_before_last = i + 1 < n->queue_count && postgres_has_code(result);
            lost = PQstatus(n->db) == CONNECTION_BAD; /* a deadlock is no lost server */
        }
        PQclear(last);
        last = result;
    }
    drop_queue(n, i);
    if (PQstatus(n->db) == CONNECTION_OK && !reach_sync(n) && status == CRM_OK)
        status = postgres_fail(n, NULL, err);
    if (status != CRM_OK || !ret_last) {
        PQclear(last);
        return status;
    }
    *ret_last = last;
    return CRM_OK;
}

/* ---- statements ------------------------------------------------------------------------------ */
bool postgres_put_prepare(struct postgres_conn *n, struct postgres_statement *s) {
    char name[NAME_BYTES];
    s->number = ++n->next_number;
    name_of(s, name);
    if (!PQsendPrepare(n->db, name, s->text, 0, NULL)) return false;
    s->state = POSTGRES_SENT;
    return true;
}

static crm_status send_prepare(struct postgres_conn *n, struct postgres_statement *s,
                               struct err *err) {
    if (n->pipeline) {
        if (!postgres_put_prepare(n, s)) return postgres_fail(n, NULL, err);
        queue_add(n, s);
        return CRM_OK;
    }
    char name[NAME_BYTES];
    s->number = ++n->next_number;
    name_of(s, name);
    PGresult *result = PQprepare(n->db, name, s->text, 0, NULL);
    crm_status status = is_success(result) ? CRM_OK : postgres_fail(n, result, err);
    if (status == CRM_OK) s->state = POSTGRES_READY;
    PQclear(result);
    return status;
}

/* Room for a preparation and an execution. */
static crm_status queue_room(struct postgres_conn *n, struct err *err) {
    return n->queue_count + 2 > POSTGRES_QUEUE_MAX ? postgres_sync(n, NULL, err) : CRM_OK;
}

static crm_status answer_alone(struct postgres_conn *n, PGresult *result, PGresult **ret_result,
                               struct err *err) {
    crm_status status = is_success(result) ? CRM_OK : postgres_fail(n, result, err);
    note_wait(n);
    if (status == CRM_OK && ret_result)
        *ret_result = result;
    else
        PQclear(result);
    return status;
}

bool postgres_put_execute(struct postgres_conn *n, const struct postgres_statement *s,
                          const struct statement *q) {
    struct wire_params w;
    char name[NAME_BYTES];
    if (!wire_fill(&w, q->params, q->param_count)) return false;
    name_of(s, name);
    bool sent = PQsendQueryPrepared(n->db, name, w.count, w.values, w.lengths, w.formats, 1) == 1;
    free(w.heap);
    return sent;
}

static crm_status execute(struct postgres_conn *n, const struct postgres_statement *s,
                          const struct statement *q, PGresult **ret_result, struct err *err) {
    struct wire_params w;
    char name[NAME_BYTES];
    if (!wire_fill(&w, q->params, q->param_count)) return err_no_memory(err);
    name_of(s, name);
    crm_status status = CRM_OK;
    if (n->pipeline) {
        if (PQsendQueryPrepared(n->db, name, w.count, w.values, w.lengths, w.formats, 1))
            queue_add(n, NULL);
        else
            status = postgres_fail(n, NULL, err);
    } else {
        status =
            answer_alone(n, PQexecPrepared(n->db, name, w.count, w.values, w.lengths, w.formats, 1),
                         ret_result, err);
    }
    free(w.heap);
    return status;
}

/* A reader's transaction begins with its first statement, unless that one is taken for the only
 * one: then with the second. */
static crm_status begin_now(struct postgres_conn *n, bool alone, struct err *err) {
    const char *text = n->pending_begin;
    n->alone = false;
    if (alone) return CRM_OK;
    n->pending_begin = NULL;
    return text ? postgres_send_text(n, text, NULL, err) : CRM_OK;
}

static crm_status apply_budget(struct postgres_conn *n, struct err *err) {
    char text[64];
    if (n->applied_budget_ms == n->conn->budget_ms) return CRM_OK;
    snprintf(text, sizeof text, "SET statement_timeout = %" PRId64, n->conn->budget_ms);
    n->applied_budget_ms = n->conn->budget_ms;
    return postgres_send_text(n, text, NULL, err);
}

crm_status postgres_send(struct postgres_conn *n, const struct statement *q, PGresult **ret_result,
                         struct err *err) {
    struct postgres_statement *s;
    atomic_store_explicit(&n->conn->cancelled, false, memory_order_relaxed);
    bool alone = n->alone && ret_result;
    crm_status status = begin_now(n, alone, err);
    if (status == CRM_OK) status = apply_budget(n, err);
    if (status == CRM_OK) status = queue_room(n, err);
    if (status == CRM_OK) status = postgres_statement_get(n, q, &s, err);
    if (status == CRM_OK && s->state == POSTGRES_UNPREPARED) status = send_prepare(n, s, err);
    if (status == CRM_OK) status = execute(n, s, q, ret_result, err);
    if (status != CRM_OK || !n->pipeline) return status;
    if (!ret_result && n->conn->in_transaction) {
        if (++n->unflushed < FLUSH_EVERY) return CRM_OK;
        n->unflushed = 0;
        return PQflush(n->db) < 0 ? postgres_fail(n, NULL, err) : CRM_OK;
    }
    status = postgres_sync(n, ret_result, err);
    if (alone) n->outer_budget_ms = status == CRM_OK ? n->applied_budget_ms : -1;
    return status;
}

crm_status postgres_send_text(struct postgres_conn *n, const char *text, PGresult **ret_result,
                              struct err *err) {
    if (!n->pipeline)
        return answer_alone(n, PQexecParams(n->db, text, 0, NULL, NULL, NULL, NULL, 1), ret_result,
                            err);
    crm_status status = queue_room(n, err);
    if (status != CRM_OK) return status;
    if (!PQsendQueryParams(n->db, text, 0, NULL, NULL, NULL, NULL, 1))
        return postgres_fail(n, NULL, err);
    queue_add(n, NULL);
    return ret_result ? postgres_sync(n, ret_result, err) : CRM_OK;
}

crm_status postgres_declare(struct postgres_conn *n, const char *text, const struct statement *q,
                            struct err *err) {
    struct wire_params w;
    crm_status status = begin_now(n, false, err);
    if (status == CRM_OK) status = apply_budget(n, err);
    if (status == CRM_OK) status = queue_room(n, err);
    if (status != CRM_OK) return status;
    if (!wire_fill(&w, q->params, q->param_count)) return err_no_memory(err);
    if (!n->pipeline)
        status = answer_alone(
            n, PQexecParams(n->db, text, w.count, NULL, w.values, w.lengths, w.formats, 1), NULL,
            err);
    else if (PQsendQueryParams(n->db, text, w.count, NULL, w.values, w.lengths, w.formats, 1))
        queue_add(n, NULL);
    else
        status = postgres_fail(n, NULL, err);
    free(w.heap);
    return status;
}

crm_status postgres_script(struct postgres_conn *n, const char *text, struct err *err) {
    crm_status status = postgres_sync(n, NULL, err);
    if (status != CRM_OK) return status;
    if (n->pipeline && !PQexitPipelineMode(n->db)) return postgres_fail(n, NULL, err);
    status = answer_alone(n, PQexec(n->db, text), NULL, err);
    if (n->pipeline && PQstatus(n->db) == CONNECTION_OK && !PQenterPipelineMode(n->db) &&
        status == CRM_OK)
        status = postgres_fail(n, NULL, err);
    return status;
}
