/* Reading without waiting; see store/ask.h.
 *
 * What is asked in one turn of the loop is one batch: executions of prepared statements behind each
 * other, then a synchronisation point, so that the server takes and answers them at once. Each
 * statement has its own snapshot, taken when it is executed. A failure ends its batch: whoever has
 * no answer is sent elsewhere, where the failure, if it was one of the statement, shows again. */
#include <assert.h>
#include <stdlib.h>

#include "store/ask.h"
#include "store/messages.h"
#include "store/postgres/postgres.h"

enum {
    ITEMS_MAX = 1024,
    BATCHES_MAX = 1 /* under way; what comes meanwhile makes the next one larger */
};

enum item_kind { ITEM_PREPARE, ITEM_FORGET, ITEM_EXECUTE, ITEM_SYNC };

/* What an answer is expected for. */
struct item {
    enum item_kind kind;
    bool heard; /* only the NULL that ends its results is missing */
    struct postgres_statement *statement;
    struct store_ask *ask;
};

struct postgres_asker {
    struct postgres_conn *conn;
    struct store_ask *ask; /* of the run at hand */
    enum store_ask_outcome outcome;
    bool expected; /* the run has said that one statement will do */
    struct item items[ITEMS_MAX];
    size_t first, count; /* a ring */
    size_t batches, unsent;
    struct store_ask *answered, **answered_end; /* to be told */
};

static struct postgres_asker *asker_of(const struct store_conn *c) {
    return postgres_conn_of(c)->asker;
}

crm_status postgres_asker_open(struct postgres_conn *n, struct err *err) {
    n->asker = calloc(1, sizeof *n->asker);
    if (!n->asker) return err_no_memory(err);
    n->asker->conn = n;
    n->asker->answered_end = &n->asker->answered;
    return PQsetnonblocking(n->db, 1) == 0 ? CRM_OK : postgres_fail(n, NULL, err);
}

void postgres_asker_free(struct postgres_conn *n) {
    if (!n->asker) return;
    assert(!n->asker->answered);
    free(n->asker);
    n->asker = NULL;
}

/* ---- asking ---------------------------------------------------------------------------------- */
static bool has_room(const struct postgres_asker *k, size_t items) {
    return k->count + items <= ITEMS_MAX;
}

static void expect(struct postgres_asker *k, struct item item) {
    k->items[(k->first + k->count++) % ITEMS_MAX] = item;
    k->unsent++;
}

/* Too many statements are forgotten at once, when nobody waits for any of them. */
static bool room_for_statement(struct postgres_asker *k) {
    struct postgres_conn *n = k->conn;
    if (n->statement_count < POSTGRES_STATEMENTS_MAX) return true;
    if (k->count > 0) return false;
    postgres_statements_forget(n);
    if (!PQsendQueryParams(n->db, "DEALLOCATE ALL", 0, NULL, NULL, NULL, NULL, 1)) return false;
    expect(k, (struct item){.kind = ITEM_FORGET});
    return true;
}

/* A failure of libpq itself shows when the socket is heard next. */
static bool ask(struct postgres_asker *k, const struct statement *q) {
    struct postgres_conn *n = k->conn;
    struct postgres_statement *s;
    if (PQstatus(n->db) != CONNECTION_OK || !has_room(k, 4) || !room_for_statement(k)) return false;
    if (postgres_statement_get(n, q, &s, NULL) != CRM_OK) return false;
    if (s->state == POSTGRES_UNPREPARED) {
        if (!postgres_put_prepare(n, s)) return false;
        expect(k, (struct item){.kind = ITEM_PREPARE, .statement = s});
    }
    if (!postgres_put_execute(n, s, q)) return false;
    expect(k, (struct item){.kind = ITEM_EXECUTE, .ask = k->ask});
    return true;
}

static uint64_t key_of(const struct statement *q) {
    uint64_t key = q->hash;
    for (size_t i = 0; i < q->param_count; i++) {
        const struct store_value *v = &q->params[i];
        uint64_t parts[3] = {key, (uint64_t)v->type, 0};
        if (v->type == STORE_INT) parts[2] = (uint64_t)v->integer;
        if (v->type == STORE_TEXT || v->type == STORE_BLOB)
            parts[2] = statement_hash(v->bytes.ptr, v->bytes.len);
        key = statement_hash(parts, sizeof parts);
    }
    return key;
}

static crm_status no_answer(struct postgres_asker *k, enum store_ask_outcome outcome,
                            struct err *err) {
    if (k->outcome == STORE_ASK_DONE) k->outcome = outcome;
    return err_set(err, CRM_UNAVAILABLE, &store_text_unavailable, NULL);
}

static crm_status rows_open(struct store_conn *c, const struct statement *q, bool large,
                            struct store_rows **ret, struct err *err) {
    struct postgres_asker *k = asker_of(c);
    struct store_ask *a = k->ask;
    if (!a || k->outcome != STORE_ASK_DONE || large || !k->expected || a->at == STORE_ASK_MAX ||
        c->budget_ms != k->conn->applied_budget_ms)
        return no_answer(k, STORE_ASK_ELSEWHERE, err);
    uint64_t key = key_of(q);
    if (a->at == a->count) {
        a->keys[a->at] = key;
        return no_answer(k, ask(k, q) ? STORE_ASK_WAITS : STORE_ASK_ELSEWHERE, err);
    }
    if (a->keys[a->at] != key) return no_answer(k, STORE_ASK_ELSEWHERE, err);
    return postgres_rows_of(c, a->answers[a->at++], ret, err);
}

void store_ask_begin(struct store_conn *c, struct store_ask *a) {
    struct postgres_asker *k = asker_of(c);
    k->ask = a;
    k->outcome = STORE_ASK_DONE;
    k->expected = false;
    a->at = 0;
}

enum store_ask_outcome store_ask_end(struct store_conn *c) {
    asker_of(c)->ask = NULL;
    return asker_of(c)->outcome;
}

enum store_ask_outcome store_ask_now(const struct store_conn *c) { return asker_of(c)->outcome; }

void store_ask_clear(struct store_ask *a) {
    while (a->count > 0)
        PQclear(a->answers[--a->count]);
}

/* ---- answers --------------------------------------------------------------------------------- */
static void answer(struct postgres_asker *k, struct store_ask *a, PGresult *result) {
    a->ok = result != NULL;
    if (result) a->answers[a->count++] = result;
    a->next = NULL;
    *k->answered_end = a;
    k->answered_end = &a->next;
}

/* `result` is taken. */
static void hear_item(struct postgres_asker *k, struct item *item, PGresult *result) {
    ExecStatusType status = PQresultStatus(result);
    bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (item->kind == ITEM_PREPARE)
        item->statement->state = ok ? POSTGRES_READY : POSTGRES_UNPREPARED;
    bool is_taken = item->kind == ITEM_EXECUTE && ok;
    if (item->kind == ITEM_EXECUTE) answer(k, item->ask, ok ? result : NULL);
    if (!is_taken) PQclear(result);
    item->heard = true;
}

static void pop(struct postgres_asker *k) {
    if (k->items[k->first].kind == ITEM_SYNC) k->batches--;
    k->first = (k->first + 1) % ITEMS_MAX;
    k->count--;
}

/* False: the answers are not those to our questions. */
static bool hear_all(struct postgres_asker *k) {
    PGconn *db = k->conn->db;
    while (k->count > 0 && k->batches > 0 && !PQisBusy(db)) {
        struct item *item = &k->items[k->first];
        PGresult *result = PQgetResult(db);
        if (item->kind == ITEM_SYNC) {
            bool reached = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
            PQclear(result);
            if (!reached) return false;
            pop(k);
        } else if (result && !item->heard) {
            hear_item(k, item, result);
        } else if (!result && item->heard) {
            pop(k);
        } else {
            PQclear(result);
            return false;
        }
    }
    return true;
}

/* Those told may ask again. */
static void tell(struct postgres_asker *k) {
    while (k->answered) {
        struct store_ask *a = k->answered;
        k->answered = a->next;
        if (!k->answered) k->answered_end = &k->answered;
        a->answered(a, a->ok);
    }
}

bool store_asker_hear(struct store_conn *c) {
    struct postgres_asker *k = asker_of(c);
    PGconn *db = k->conn->db;
    bool well = PQconsumeInput(db) == 1 && hear_all(k) && PQstatus(db) == CONNECTION_OK;
    tell(k);
    return well;
}

void store_asker_give_up(struct store_conn *c) {
    struct postgres_asker *k = asker_of(c);
    for (; k->count > 0; pop(k)) {
        struct item *item = &k->items[k->first];
        if (item->kind == ITEM_EXECUTE && !item->heard) answer(k, item->ask, NULL);
    }
    tell(k);
}

bool store_asker_send(struct store_conn *c, bool *ret_more) {
    struct postgres_asker *k = asker_of(c);
    PGconn *db = k->conn->db;
    *ret_more = false;
    if (k->unsent > 0 && k->batches < BATCHES_MAX) {
        if (!PQpipelineSync(db)) return false;
        expect(k, (struct item){.kind = ITEM_SYNC});
        k->unsent = 0;
        k->batches++;
    }
    int left = PQflush(db);
    *ret_more = left > 0;
    return left >= 0;
}

int store_asker_socket(const struct store_conn *c) { return PQsocket(postgres_conn_of(c)->db); }

/* ---- the driver: everything but reading is refused ------------------------------------------- */
static crm_status open_none(struct store *s, bool create, struct err *err) {
    (void)s, (void)create;
    return err_internal(err, "an asker opens no database");
}
static void close_none(struct store *s) { (void)s; }
static void no_change(struct store_conn *c) { (void)c; }
static crm_status begin(struct store_conn *c, struct err *err) {
    (void)c, (void)err;
    return CRM_OK;
}
static void expect_one(struct store_conn *c) { asker_of(c)->expected = true; }
static crm_status refuse(struct store_conn *c, struct err *err) {
    return no_answer(asker_of(c), STORE_ASK_ELSEWHERE, err);
}
static crm_status checkpoint(struct store_conn *c, bool last, struct err *err) {
    (void)last;
    return refuse(c, err);
}
static crm_status run(struct store_conn *c, const struct statement *q, int64_t *ret_affected,
                      struct err *err) {
    (void)q, (void)ret_affected;
    return refuse(c, err);
}
static crm_status script(struct store_conn *c, const char *text, struct err *err) {
    (void)text;
    return refuse(c, err);
}

const struct driver postgres_ask_driver = {
    .engine = STORE_POSTGRES,
    .dialect = SQL_POSTGRES,
    .open = open_none,
    .close = close_none,
    .conn_close = postgres_conn_close,
    .set_company = no_change,
    .set_budget = no_change,
    .cancel = no_change,
    .begin = begin,
    .expect_one = expect_one,
    .commit = refuse,
    .rollback = no_change,
    .savepoint = refuse,
    .release = refuse,
    .rollback_to = refuse,
    .checkpoint = checkpoint,
    .run = run,
    .rows_open = rows_open,
    .rows_next = postgres_rows_next,
    .rows_close = postgres_rows_close,
    .script = script,
};
