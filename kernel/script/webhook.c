/* Taking requests for webhooks. See webhook.h. */
#include "script/webhook.h"

#include <stdio.h>

#include "base/digest.h"
#include "base/time.h"
#include "base/unicode.h"
#include "script/messages.h"
#include "script/webhook_keys.h"
#include "script/webhook_proof.h"
#include "script/webhook_run.h"
#include "store/sys_tables.h"

enum {
    DELIVERY_MAX = 200,
    HEADER_VALUE_MAX = 1000,
    MARKS_MAX = 2,
    KEPT_DAYS = 7,
    ANSWERING_MAX = 4,
    US_PER_MINUTE = 60000000
};

struct taking {
    struct script_host *host;
    struct store_conn *conn;
    const struct script_webhook_request *request;
    struct arena *arena;
    struct script_unit *unit; /* a reference; NULL: there is no such hook */
    size_t handler;
    const struct script_webhook *webhook; /* that of the unit, or the default */
    struct script_webhook_keys keys;
    struct script_webhook_proof proof;
    struct script_webhook_event event;
    struct str owner;            /* of sys_state */
    struct str marks[MARKS_MAX]; /* keys of sys_state: this delivery has come */
    size_t mark_count;
    struct script_webhook_answer *answer;
};

/* ---- whose it is ------------------------------------------------------------------------------
 */

/* "scripts/orders/new": everything up to the last slash is the owner. */
static void split_path(struct str path, struct str *ret_owner, struct str *ret_name) {
    size_t at = path.len;
    while (at > 0 && path.ptr[at - 1] != '/')
        at--;
    *ret_owner = str_make(path.ptr, at ? at - 1 : 0);
    *ret_name = str_make(path.ptr + at, path.len - at);
}

static void find(struct taking *t) {
    struct str owner, name;
    split_path(t->request->path, &owner, &name);
    t->webhook = &script_webhook_default;
    struct script_units *units = script_units_ref(t->host);
    for (size_t i = 0; i < units->count && !t->unit; i++) {
        struct script_unit *u = units->items[i];
        for (size_t k = 0; str_eq(u->owner, owner) && k < u->probe->handler_count; k++) {
            const struct script_handler *h = &u->probe->handlers[k];
            if (h->kind != SCRIPT_WEBHOOK || !str_eq(h->subject, name)) continue;
            t->unit = script_unit_ref(u);
            t->handler = k;
            t->webhook = h->webhook;
            break;
        }
    }
    script_units_unref(units);
}

/* Whoever does not know the secret learns nothing: not even that the hook is there. */
static crm_status check_proof(struct taking *t, struct err *err) {
    struct script_webhook_secrets secrets;
    crm_status status =
        script_webhook_keys_read(t->conn, t->request->path, t->arena, &t->keys, err);
    if (status == CRM_OK)
        status = script_webhook_secrets_open(t->host, &t->keys, t->request->now_ms, t->arena,
                                             &secrets, err);
    if (status != CRM_OK) return status;
    script_webhook_prove(t->webhook, t->request, secrets.items, 2, &t->proof);
    bool is_known = t->unit && secrets.is_set && t->proof.is_good;
    script_webhook_secrets_wipe(&secrets);
    return is_known ? CRM_OK : err_set(err, CRM_NOT_FOUND, &say_script_no_webhook, NULL);
}

/* ---- what may come in -------------------------------------------------------------------------
 */

/* A minute's worth at once, evenly behind that. */
static crm_status check_pace(struct taking *t, struct err *err) {
    const int64_t now_us = t->request->now_ms * 1000, step = US_PER_MINUTE / t->webhook->per_minute;
    _Atomic int64_t *pace = &t->unit->paces[t->handler];
    int64_t was = atomic_load(pace), next;
    do {
        next = (was > now_us ? was : now_us) + step;
        if (next - now_us > US_PER_MINUTE) {
            t->answer->retry_after = (next - now_us - US_PER_MINUTE) / 1000000 + 1;
            return err_set(err, CRM_TOO_MANY, &say_script_webhook_often, NULL);
        }
    } while (!atomic_compare_exchange_weak(pace, &was, next));
    return CRM_OK;
}

static crm_status check_ready(struct taking *t, struct err *err) {
    t->answer->retry_after = 60;
    crm_status status =
        t->unit->layer >= SCHEMA_LAYER_PLUGIN ? script_stop_load(t->unit, t->conn, err) : CRM_OK;
    if (status != CRM_OK) return status;
    if (atomic_load(&t->unit->is_stopped))
        return err_set(err, CRM_UNAVAILABLE, &say_script_webhook_stopped, NULL);
    if (!t->keys.actor) return err_set(err, CRM_UNAVAILABLE, &say_script_webhook_unset, NULL);
    return CRM_OK;
}

static crm_status header_of(struct taking *t, struct str name, size_t most, struct str *ret,
                            struct err *err) {
    struct str value = t->request->header(t->request->ctx, name);
    char number[24];
    if (value.len <= most && utf8_valid(value)) {
        *ret = value;
        return CRM_OK;
    }
    (void)snprintf(number, sizeof number, "%zu", most);
    const struct str args[] = {name, str_from(number)};
    return err_set_args(err, CRM_INVALID, &say_script_webhook_header, args, 2);
}

static crm_status read_event(struct taking *t, struct err *err) {
    const struct script_webhook *w = t->webhook;
    struct script_webhook_event *event = &t->event;
    *event = (struct script_webhook_event){.name = t->unit->probe->handlers[t->handler].subject,
                                           .type = t->request->type,
                                           .body = t->request->body,
                                           .at_ms = t->request->now_ms};
    crm_status status =
        w->delivery.len ? header_of(t, w->delivery, DELIVERY_MAX, &event->delivery, err) : CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < w->header_count; i++) {
        struct str value = STR_NONE;
        status = header_of(t, w->headers[i], HEADER_VALUE_MAX, &value, err);
        if (status != CRM_OK || !value.len) continue;
        event->headers[event->header_count].name = w->headers[i];
        event->headers[event->header_count++].value = value;
    }
    if (status != CRM_OK || !script_webhook_is_json(event->type) || !event->body.len) return status;
    JSON_CLEANUP json_t *tree = NULL;
    return json_parse(event->body, &json_limits_default, &tree, err);
}

/* ---- once -------------------------------------------------------------------------------------
 */

/* A delivery is known by its id, and one with a signed timestamp by its signature, too: whoever
 * overheard it cannot give it another id. */
static crm_status make_marks(struct taking *t, struct err *err) {
    const struct str name = t->event.name;
    BUF_CLEANUP struct buf hex;
    buf_init(&hex, 2 * SEAL_KEY_BYTES + 1);
    hex_format(t->proof.mac, SEAL_KEY_BYTES, &hex);
    t->owner = arena_printf(t->arena, "script %.*s", STR_ARG(t->unit->owner));
    if (t->event.delivery.len)
        t->marks[t->mark_count++] = arena_printf(t->arena, "webhook/%.*s/id/%.*s", STR_ARG(name),
                                                 STR_ARG(t->event.delivery));
    if (t->proof.is_dated)
        t->marks[t->mark_count++] =
            arena_printf(t->arena, "webhook/%.*s/mac/%.*s", STR_ARG(name), STR_ARG(buf_str(&hex)));
    for (size_t i = 0; i < t->mark_count; i++)
        if (!t->marks[i].ptr) return err_no_memory(err);
    return t->owner.ptr && hex.status == CRM_OK ? CRM_OK : err_no_memory(err);
}

/* *ret_job: 0 when the mark is not there, 1 when it was answered at once. */
static crm_status mark_read(const struct taking *t, struct store_conn *c, struct str mark,
                            int64_t *ret_job, struct err *err) {
    const struct store_value *row = NULL;
    const struct store_condition where[] = {
        {SYS_STATE_OWNER, STORE_EQ, store_text(t->owner)},
        {SYS_STATE_KEY, STORE_EQ, store_text(mark)},
        {SYS_STATE_EXPIRES_AT, STORE_GT, store_int(t->event.at_ms)}};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = where, .where_count = 3, .limit = 1};
    crm_status status = store_first(c, &select, t->arena, &row, err);
    if (status == CRM_OK && row && !str_to_int64(row[SYS_STATE_VALUE].bytes, ret_job)) *ret_job = 1;
    return status;
}

static crm_status marks_find(const struct taking *t, struct store_conn *c, int64_t *ret_job,
                             struct err *err) {
    crm_status status = CRM_OK;
    *ret_job = 0;
    for (size_t i = 0; status == CRM_OK && !*ret_job && i < t->mark_count; i++)
        status = mark_read(t, c, t->marks[i], ret_job, err);
    return status;
}

static crm_status marks_write(const struct taking *t, struct store_conn *writer, int64_t job,
                              struct err *err) {
    char number[24];
    crm_status status = CRM_OK;
    (void)snprintf(number, sizeof number, "%lld", (long long)job);
    for (size_t i = 0; status == CRM_OK && i < t->mark_count; i++) {
        const struct store_condition former[] = {
            {SYS_STATE_OWNER, STORE_EQ, store_text(t->owner)},
            {SYS_STATE_KEY, STORE_EQ, store_text(t->marks[i])}};
        const struct store_value row[SYS_STATE_COUNT] = {
            [SYS_STATE_OWNER] = store_text(t->owner),
            [SYS_STATE_KEY] = store_text(t->marks[i]),
            [SYS_STATE_VALUE] = store_text(str_from(number)),
            [SYS_STATE_EXPIRES_AT] = store_int(t->event.at_ms + KEPT_DAYS * MS_PER_DAY)};
        status = store_delete(writer, sys_table(SYS_TABLE_STATE), former, 2, NULL, err);
        if (status == CRM_OK) status = store_insert(writer, sys_table(SYS_TABLE_STATE), row, err);
    }
    return status;
}

/* ---- queued -----------------------------------------------------------------------------------
 */

/* With the job, in one transaction: two of one delivery at once make one job. */
static crm_status claim(void *ctx, struct store_conn *writer, int64_t *job, bool is_new,
                        struct err *err) {
    struct taking *t = ctx;
    if (is_new) return marks_write(t, writer, *job, err);
    crm_status status = marks_find(t, writer, job, err);
    t->answer->is_repeated = *job != 0;
    return status;
}

static crm_status enqueue(struct taking *t, struct err *err) {
    struct event_job_new job = {.kind = STR("script.webhook"), .actor = t->keys.actor};
    crm_status status =
        script_webhook_payload(&t->event, t->unit->names[t->handler], t->arena, &job.payload, err);
    job.cause = script_webhook_reason(t->arena, t->request->path, t->event.delivery);
    if (status == CRM_OK && !job.cause.ptr) status = err_no_memory(err);
    if (status != CRM_OK) return status;
    return event_job_submit_also(t->host->options.hub, &job, claim, t, &t->answer->job, err);
}

/* ---- answered ---------------------------------------------------------------------------------
 */

static crm_status claim_run(void *ctx, struct str value, struct store_conn *writer,
                            struct err *err) {
    (void)value;
    struct taking *t = ctx;
    int64_t job = 0;
    crm_status status = marks_find(t, writer, &job, err);
    if (status == CRM_OK && job)
        status = err_set(err, CRM_CONFLICT, &say_script_webhook_repeated, NULL);
    return status == CRM_OK ? marks_write(t, writer, 1, err) : status;
}

/* What the script refuses in words is for its caller; what it fails of is not. */
static crm_status tell_failure(const struct taking *t, crm_status status, struct err *err) {
    bool is_refusal = status == CRM_REFUSED && !str_is(str_from(err->text.code), "script_error") &&
                      !str_is(str_from(err->text.code), "script_crashed");
    t->answer->retry_after = 10;
    if (is_refusal || !script_is_fault(status)) return status;
    return err_set(err, CRM_UNAVAILABLE, &say_script_webhook_failed, NULL);
}

static crm_status call(struct taking *t, struct err *err) {
    struct script_call call = {.host = t->host,
                               .name = t->unit->names[t->handler],
                               .arena = t->arena,
                               .cpu_ms = t->webhook->answer_ms,
                               .push = l_push_webhook,
                               .push_ctx = &t->event,
                               .also = claim_run,
                               .also_ctx = t};
    struct engine *e = t->host->options.engine;
    call.reason = script_webhook_reason(t->arena, t->request->path, t->event.delivery);
    crm_status status =
        engine_actor(e, t->keys.actor, ACCESS_DOOR_SCRIPT, t->arena, &call.actor, err);
    if (status == CRM_UNAUTHENTICATED)
        return err_set(err, CRM_UNAVAILABLE, &say_script_webhook_unset, NULL);
    if (status == CRM_OK && !call.reason.ptr) status = err_no_memory(err);
    if (status == CRM_OK) status = engine_reader_open(e, &call.conn, err);
    if (status != CRM_OK) return status;
    struct schema *schema = engine_schema(e);
    call.schema = schema;
    status = script_call_unit(&call, t->unit, t->handler, err);
    schema_unref(schema);
    store_conn_close(call.conn);
    t->answer->is_repeated = status == CRM_CONFLICT &&
                             str_is(str_from(err->text.code), say_script_webhook_repeated.code);
    t->answer->value = status == CRM_OK ? call.value : STR("null");
    return status == CRM_OK || t->answer->is_repeated ? CRM_OK : tell_failure(t, status, err);
}

static crm_status answer(struct taking *t, struct err *err) {
    int64_t known = 0;
    crm_status status = CRM_OK;
    bool own = !store_in_transaction(t->conn);
    if (own) status = store_begin(t->conn, err);
    if (status == CRM_OK) status = marks_find(t, t->conn, &known, err);
    if (own) store_rollback(t->conn);
    t->answer->is_repeated = known != 0;
    if (status != CRM_OK || known) return status;
    t->answer->retry_after = 1;
    if (atomic_fetch_add(&t->host->answering, 1) >= ANSWERING_MAX)
        status = err_set(err, CRM_UNAVAILABLE, &say_script_webhook_busy, NULL);
    else
        status = call(t, err);
    atomic_fetch_sub(&t->host->answering, 1);
    return status;
}

crm_status script_webhook_take(struct script_host *h, struct store_conn *c,
                               const struct script_webhook_request *request, struct arena *a,
                               struct script_webhook_answer *ret, struct err *err) {
    struct taking t = {.host = h, .conn = c, .request = request, .arena = a, .answer = ret};
    *ret = (struct script_webhook_answer){.value = STR("null")};
    if (!h->options.hub) return err_internal(err, "webhooks without jobs");
    find(&t);
    crm_status status = check_proof(&t, err);
    if (status == CRM_OK) status = check_ready(&t, err);
    if (status == CRM_OK) status = check_pace(&t, err);
    if (status == CRM_OK) status = read_event(&t, err);
    if (status == CRM_OK) status = make_marks(&t, err);
    if (status == CRM_OK) status = t.webhook->answer_ms ? answer(&t, err) : enqueue(&t, err);
    script_unit_unref(t.unit);
    return status;
}
