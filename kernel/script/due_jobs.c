/* The jobs of schedules by a field: one that looks for what is due and moves its mark, and one for
 * each record. See due.h. */
#include <stdio.h>

#include "script/due_find.h"
#include "script/messages.h"
#include "script/unit.h"
#include "store/sys_tables.h"

enum { PAGE = 200, PAGE_BYTES = 16 << 20, DAYS_MAX = 400, FIRST_MS = 60000 };

static const struct str mark_owner = {"script", 6}, record_kind = {"script.record", 13};
const struct str script_due_kind = {"script.due", 10};

struct looking {
    struct event_job_run *run;
    struct str handler, mark_key;
    struct script_due_query query;
    const struct zone *zone;
    struct str mark; /* as stored; ptr NULL: none yet */
    int64_t covered; /* the day or moment up to which all were found */
    struct script_due_step step;
};

/* ---- the mark: "COVERED", or "COVERED TO CURSOR" within a step --------------------------------
 */

static void mark_row(const struct looking *l, struct store_condition where[2]) {
    where[0] = (struct store_condition){SYS_STATE_OWNER, STORE_EQ, store_text(mark_owner)};
    where[1] = (struct store_condition){SYS_STATE_KEY, STORE_EQ, store_text(l->mark_key)};
}

static crm_status mark_read(struct looking *l, struct err *err) {
    const struct store_value *row = NULL;
    struct store_condition where[2];
    mark_row(l, where);
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = where, .where_count = 2, .limit = 1};
    crm_status status = store_begin(l->run->reader, err);
    if (status != CRM_OK) return status;
    status = store_first(l->run->reader, &select, l->run->arena, &row, err);
    store_rollback(l->run->reader);
    if (status != CRM_OK) return status;
    int64_t now = script_due_now(&l->query.due, l->zone, l->query.now_ms);
    bool daily = script_due_is_daily(&l->query.due);
    l->covered = daily ? now - 1 : now - FIRST_MS;
    if (!row) return CRM_OK;
    struct str rest, covered, to;
    l->mark = rest = row[SYS_STATE_VALUE].bytes;
    bool inside = str_split(&rest, ' ', &covered);
    if (!inside) covered = l->mark;
    if (!str_to_int64(covered, &l->covered))
        return err_internal(err, "the mark %.*s", STR_ARG(l->mark));
    if (inside && str_split(&rest, ' ', &to) && str_to_int64(to, &l->step.to)) l->step.after = rest;
    if (daily && now - l->covered > DAYS_MAX) l->covered = now - DAYS_MAX;
    return CRM_OK;
}

struct portion {
    struct looking *of;
    struct str mark;
    const struct store_page *page;
};

static crm_status mark_move(const struct portion *p, struct store_conn *writer, struct err *err) {
    const struct looking *l = p->of;
    const struct store_value row[SYS_STATE_COUNT] = {[SYS_STATE_OWNER] = store_text(mark_owner),
                                                     [SYS_STATE_KEY] = store_text(l->mark_key),
                                                     [SYS_STATE_VALUE] = store_text(p->mark),
                                                     [SYS_STATE_EXPIRES_AT] = STORE_NIL};
    struct store_condition where[3];
    const struct store_set set = {SYS_STATE_VALUE, store_text(p->mark), false};
    int64_t moved = 0;
    bool made = false;
    crm_status status;
    mark_row(l, where);
    where[2] = (struct store_condition){SYS_STATE_VALUE, STORE_EQ, store_text(l->mark)};
    if (l->mark.ptr)
        status = store_update(writer, sys_table(SYS_TABLE_STATE), &set, 1, where, 3, &moved, err);
    else
        status = store_insert_new(writer, sys_table(SYS_TABLE_STATE), row, &made, err);
    if (status != CRM_OK || moved || made) return status;
    return err_set(err, CRM_CANCELLED, &say_script_stopped, NULL); /* another one looks as well */
}

static crm_status enqueue(const struct looking *l, struct store_conn *writer, int64_t record,
                          struct err *err) {
    BUF_CLEANUP struct buf payload;
    struct json_writer out;
    buf_init(&payload, 8192);
    json_writer_init(&out, &payload);
    json_object_open(&out);
    json_key_lit(&out, "handler");
    json_text(&out, l->handler);
    json_key_lit(&out, "entity");
    json_text(&out, l->query.entity->name);
    json_key_lit(&out, "id");
    json_id(&out, record);
    json_key_lit(&out, "due");
    json_int64(&out, l->step.to);
    json_object_shut(&out);
    if (payload.status != CRM_OK) return err_no_memory(err);
    const struct event_job_new job = {.kind = record_kind,
                                      .payload = buf_str(&payload),
                                      .cause = l->run->job->cause,
                                      .depth = l->run->job->depth};
    return event_job_enqueue(l->run->hub, writer, &job, NULL, err);
}

static crm_status portion_write(void *ctx, struct store_conn *writer, struct err *err) {
    const struct portion *p = ctx;
    crm_status status = mark_move(p, writer, err);
    for (size_t i = 0; status == CRM_OK && i < p->page->count; i++)
        status = enqueue(p->of, writer, p->page->ids[i], err);
    return status;
}

/* One page of the step at hand; *ret_more false: the step is done. */
static crm_status look_page(struct looking *l, bool *ret_more, struct err *err) {
    struct store_page page = {0};
    struct arena a;
    arena_init(&a, PAGE_BYTES);
    l->step.from = l->covered;
    crm_status status = store_begin(l->run->reader, err);
    if (status == CRM_OK)
        status = script_due_page(l->run->reader, &l->query, &l->step, &a, &page, err);
    if (store_in_transaction(l->run->reader)) store_rollback(l->run->reader);
    if (status == CRM_OK) {
        char covered[24];
        int64_t done = page.next.len ? l->covered : l->step.to;
        (void)snprintf(covered, sizeof covered, "%lld", (long long)done);
        struct str mark = page.next.len ? arena_printf(l->run->arena, "%s %lld %.*s", covered,
                                                       (long long)l->step.to, STR_ARG(page.next))
                                        : arena_str(l->run->arena, str_from(covered));
        struct portion p = {l, mark, &page};
        status =
            mark.ptr ? engine_write(l->run->engine, portion_write, &p, err) : err_no_memory(err);
        if (status == CRM_OK) {
            l->mark = mark;
            l->covered = done;
            l->step.after = arena_str(l->run->arena, page.next);
            *ret_more = page.next.len > 0;
        }
    }
    arena_fini(&a);
    return status;
}

static crm_status look(struct looking *l, struct err *err) {
    int64_t now = script_due_now(&l->query.due, l->zone, l->query.now_ms);
    bool more = l->step.after.len > 0;
    crm_status status = mark_read(l, err);
    more = l->step.after.len > 0;
    while (status == CRM_OK && (more || l->covered < now)) {
        if (event_job_is_cancelled(l->run)) return CRM_CANCELLED;
        if (!more) l->step.to = script_due_is_daily(&l->query.due) ? l->covered + 1 : now;
        status = look_page(l, &more, err);
    }
    return status;
}

/* ---- the jobs ---------------------------------------------------------------------------------
 */

static crm_status payload_of(struct event_job_run *run, json_t **ret, struct str *ret_handler,
                             struct err *err) {
    crm_status status = json_parse(run->job->payload, &json_limits_default, ret, err);
    if (status != CRM_OK) return status;
    *ret_handler = arena_str(run->arena, json_str(json_object_get(*ret, "handler")));
    return ret_handler->ptr ? CRM_OK : err_no_memory(err);
}

static crm_status look_with(struct script_host *host, struct looking *l, struct schema *schema,
                            const struct script_handler *h, struct err *err) {
    struct access access;
    struct actor actor;
    struct str entity = STR_NONE, field = STR_NONE;
    engine_actor_system(ACCESS_DOOR_JOB, &actor);
    access_init(&access, schema, &actor);
    (void)script_due_subject(h->subject, &entity, &field);
    l->query = (struct script_due_query){.due = h->due,
                                         .when = h->when,
                                         .entity = schema_find(schema, entity),
                                         .access = &access,
                                         .now_ms = clock_now_ms(),
                                         .limit = PAGE};
    if (!l->query.entity)
        return err_set_args(err, CRM_NOT_FOUND, &say_script_no_entity, &entity, 1);
    l->query.field = script_due_field(l->run->arena, l->query.entity, field, &h->due);
    if (!l->query.field.ptr) return err_no_memory(err);
    const struct company *company = engine_company_ref(host->options.engine);
    l->zone = company->store.zone;
    crm_status status = look(l, err);
    engine_company_unref(host->options.engine, company);
    return status;
}

static crm_status due_run(void *ctx, struct event_job_run *run, struct err *err) {
    struct script_host *host = ctx;
    struct looking l = {.run = run};
    struct script_handler h;
    json_t *payload = NULL;
    bool admitted = true;
    crm_status status = payload_of(run, &payload, &l.handler, err);
    json_decref(payload);
    if (status == CRM_OK) status = script_job_admit(host, run, l.handler, &admitted, err);
    if (status != CRM_OK || !admitted) return status == CRM_OK ? CRM_CANCELLED : status;
    status = script_handler_get(host, l.handler, run->arena, &h, err);
    l.mark_key = arena_printf(run->arena, "due/%.*s", STR_ARG(l.handler));
    if (status == CRM_OK && !l.mark_key.ptr) status = err_no_memory(err);
    if (status != CRM_OK) return status;
    struct schema *schema = engine_schema(run->engine);
    status = look_with(host, &l, schema, &h, err);
    schema_unref(schema);
    return status;
}

/* The record may have changed since it was found. */
static crm_status still_holds(const struct script_call *call, const struct script_handler *h,
                              const struct script_due_call *it, bool *ret, struct err *err) {
    struct access access;
    struct schema_scope scope = {.schema = call->schema, .entity = it->entity};
    struct expr_scope names = schema_expr_scope(&scope);
    access_init(&access, call->schema, &call->actor);
    struct store_query q = {.access = &access,
                            .from = it->entity,
                            .action = SCHEMA_ACTION_READ,
                            .now_ms = clock_now_ms()};
    crm_status status = CRM_OK;
    if (h->when.len)
        status = expr_parse(call->arena, h->when, &names, EXPR_MODE_ROW, &q.where, err);
    if (status == CRM_OK) status = store_begin(call->conn, err);
    if (status != CRM_OK) return status;
    status = store_matches(call->conn, &q, it->record, ret, err);
    store_rollback(call->conn);
    return status;
}

static crm_status record_call(struct script_host *host, struct event_job_run *run,
                              struct script_call *call, struct script_due_call *it,
                              struct err *err) {
    struct script_handler h;
    bool holds = false, admitted = true;
    crm_status status = script_job_admit(host, run, call->name, &admitted, err);
    if (status != CRM_OK || !admitted) return status == CRM_OK ? CRM_CANCELLED : status;
    status = script_handler_get(host, call->name, run->arena, &h, err);
    run->try_again = status == CRM_NOT_FOUND; /* it may be on another node, or come back */
    if (status == CRM_OK) status = event_job_actor(run, &call->actor, err);
    if (status == CRM_OK) status = still_holds(call, &h, it, &holds, err);
    if (status != CRM_OK || !holds) return status;
    it->is_date = script_due_is_daily(&h.due);
    call->actor.door = ACCESS_DOOR_SCRIPT;
    call->cpu_ms = host->options.after_ms;
    call->cause = arena_printf(run->arena, "%.*s on %.*s %lld", STR_ARG(call->name),
                               STR_ARG(it->entity->name), (long long)it->record);
    if (!call->cause.ptr) return err_no_memory(err);
    call->push = l_push_due;
    call->push_ctx = it;
    status = script_call_named(call, err);
    run->try_again = script_is_fault(status);
    return status;
}

static crm_status record_run(void *ctx, struct event_job_run *run, struct err *err) {
    struct script_host *host = ctx;
    struct script_call call = {.host = host,
                               .job = run,
                               .arena = run->arena,
                               .conn = run->reader,
                               .reason = run->job->cause};
    struct script_due_call it = {.is_date = false};
    struct schema *schema = engine_schema(run->engine);
    json_t *payload = NULL;
    crm_status status = payload_of(run, &payload, &call.name, err);
    call.schema = schema;
    it.entity = schema_find(schema, json_str(json_object_get(payload, "entity")));
    it.due = json_integer_value(json_object_get(payload, "due"));
    bool known = it.entity && id_parse(json_str(json_object_get(payload, "id")), &it.record);
    json_decref(payload);
    /* An entity that has gone has nothing due any more. */
    if (status == CRM_OK && known) status = record_call(host, run, &call, &it, err);
    schema_unref(schema);
    return status;
}

crm_status script_due_kinds(struct script_host *host, struct err *err) {
    const struct event_job_kind look_kind = {
        .name = script_due_kind, .owner = STR("script"), .run = due_run, .ctx = host};
    const struct event_job_kind each_kind = {.name = record_kind,
                                             .owner = STR("script"),
                                             .max_attempts = host->options.after_attempts,
                                             .first_pause_ms = host->options.after_pause_ms,
                                             .run = record_run,
                                             .ctx = host};
    crm_status status = event_job_kind_add(host->options.hub, &look_kind, err);
    return status == CRM_OK ? event_job_kind_add(host->options.hub, &each_kind, err) : status;
}
