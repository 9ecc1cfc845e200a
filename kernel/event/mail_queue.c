/* Mails as jobs: checked, written, counted, listed. See mail.h. */
#include "event/mail.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "base/unicode.h"
#include "event/hub_state.h"
#include "event/mail_address.h"
#include "event/messages.h"
#include "store/cluster.h"
#include "store/sys_tables.h"

enum { DAY_MS = 86400000, PAYLOAD_BYTES = EVENT_PAYLOAD_MAX };
const struct str mail_kind = {"mail", 4};
static const struct str state_owner = {"mail", 4};

/* ---- one mail ---------------------------------------------------------------------------------
 */

static crm_status check_address(const struct company *c, struct str address, struct err *err) {
    if (!mail_address_is_valid(address))
        return err_set_args(err, CRM_INVALID, &event_mail_address, &address, 1);
    if (mail_domain_is_listed(c->mail.domains, address)) return CRM_OK;
    return err_set_args(err, CRM_FORBIDDEN, &event_mail_domain, &address, 1);
}

crm_status mail_check(struct engine *e, const struct mail_message *m, struct err *err) {
    if (m->to_count == 0 || m->to_count > MAIL_TO_MAX || m->subject.len == 0 ||
        m->text.len + m->html.len == 0)
        return err_set(err, CRM_INVALID, &event_mail_form, NULL);
    if (m->text.len + m->html.len > MAIL_BODY_MAX || m->subject.len > MAIL_SUBJECT_MAX ||
        m->part_count > MAIL_PARTS_MAX)
        return err_set(err, CRM_TOO_LARGE, &event_mail_large, NULL);
    const struct company *c = engine_company_ref(e);
    crm_status status = CRM_OK;
    for (size_t i = 0; i < m->to_count && status == CRM_OK; i++)
        status = check_address(c, m->to[i], err);
    if (status == CRM_OK && m->reply_to.len && !mail_address_is_valid(m->reply_to))
        status = err_set_args(err, CRM_INVALID, &event_mail_address, &m->reply_to, 1);
    engine_company_unref(e, c);
    return status;
}

static void put(struct json_writer *w, const char *key, struct str text) {
    if (!text.len) return;
    json_key_lit(w, key);
    json_text(w, text);
}

static void put_parts(struct json_writer *w, const struct mail_message *m) {
    json_key_lit(w, "attachments");
    json_array_open(w);
    for (size_t i = 0; i < m->part_count; i++) {
        json_object_open(w);
        put(w, "name", m->parts[i].name);
        put(w, "type", m->parts[i].type);
        put(w, "digest", m->parts[i].digest);
        json_object_shut(w);
    }
    json_array_shut(w);
}

static void put_message(struct json_writer *w, const struct mail_message *m) {
    json_object_open(w);
    json_key_lit(w, "to");
    json_array_open(w);
    for (size_t i = 0; i < m->to_count; i++)
        json_text(w, m->to[i]);
    json_array_shut(w);
    put(w, "reply_to", m->reply_to);
    put(w, "subject", m->subject);
    put(w, "text", m->text);
    put(w, "html", m->html);
    put(w, "owner", m->owner);
    if (m->entity.len) {
        json_key_lit(w, "about");
        json_object_open(w);
        put(w, "entity", m->entity);
        json_key_lit(w, "id");
        json_id(w, m->record);
        json_object_shut(w);
    }
    if (m->part_count) put_parts(w, m);
    json_object_shut(w);
}

crm_status mail_payload(const struct mail_message *m, struct arena *a, struct str *ret,
                        struct err *err) {
    struct json_writer w;
    BUF_CLEANUP struct buf text;
    buf_init(&text, PAYLOAD_BYTES);
    json_writer_init(&w, &text);
    put_message(&w, m);
    if (text.status == CRM_TOO_LARGE) return err_set(err, CRM_TOO_LARGE, &event_mail_large, NULL);
    *ret = arena_str(a, buf_str(&text));
    return text.status == CRM_OK && ret->ptr ? CRM_OK : err_no_memory(err);
}

/* ---- the bounds -------------------------------------------------------------------------------
 */

static bool count_row(void *ctx, const struct store_value *row) {
    (void)row;
    ++*(int64_t *)ctx;
    return true;
}

static crm_status check_room(struct store_conn *c, size_t more, struct err *err) {
    const struct store_condition where[] = {{SYS_JOB_STATE, STORE_EQ, store_int(EVENT_JOB_QUEUED)},
                                            {SYS_JOB_KIND, STORE_EQ, store_text(mail_kind)}};
    const struct store_select select = {.table = sys_table(SYS_TABLE_JOB),
                                        .where = where,
                                        .where_count = 2,
                                        .limit = MAIL_QUEUE_MAX};
    int64_t count = 0;
    crm_status status = store_each(c, &select, count_row, &count, err);
    if (status != CRM_OK || count + (int64_t)more <= MAIL_QUEUE_MAX) return status;
    return err_set(err, CRM_TOO_LARGE, &event_mail_full, NULL);
}

static bool take_number(void *ctx, const struct store_value *row) {
    if (row[SYS_STATE_VALUE].type == STORE_TEXT)
        (void)str_to_int64(row[SYS_STATE_VALUE].bytes, ctx);
    return false;
}

/* "day/20779/scripts/renewals": how many the owner has sent on this day of UTC. */
static crm_status count_day(struct event_hub *h, struct store_conn *c, const struct mail_batch *b,
                            struct err *err) {
    char key[240], text[24];
    int64_t day = store_now_ms(store_of(c)) / DAY_MS, sent = 0;
    (void)snprintf(key, sizeof key, "day/%lld/%.*s", (long long)day,
                   (int)(b->owner.len < 200 ? b->owner.len : 200), b->owner.ptr);
    const struct company *company = engine_company_ref(h->engine);
    int64_t most = company->mail.per_day;
    engine_company_unref(h->engine, company);
    const struct store_condition where[] = {{SYS_STATE_OWNER, STORE_EQ, store_text(state_owner)},
                                            {SYS_STATE_KEY, STORE_EQ, store_text(str_from(key))}};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = where, .where_count = 2, .limit = 1};
    crm_status status = store_key_lock(c, str_from(key), err);
    if (status == CRM_OK) status = store_each(c, &select, take_number, &sent, err);
    if (status != CRM_OK) return status;
    (void)snprintf(text, sizeof text, "%lld", (long long)most);
    if (sent + (int64_t)b->count > most) {
        const struct str args[] = {b->owner, str_from(text)};
        return err_set_args(err, CRM_TOO_LARGE, &event_mail_day, args, 2);
    }
    (void)snprintf(text, sizeof text, "%lld", (long long)sent + (long long)b->count);
    const struct store_value row[SYS_STATE_COUNT] = {[SYS_STATE_OWNER] = where[0].value,
                                                     [SYS_STATE_KEY] = where[1].value,
                                                     [SYS_STATE_VALUE] = store_text(str_from(text)),
                                                     [SYS_STATE_EXPIRES_AT] =
                                                         store_int((day + 2) * DAY_MS)};
    status = store_delete(c, sys_table(SYS_TABLE_STATE), where, 2, NULL, err);
    return status == CRM_OK ? store_insert(c, sys_table(SYS_TABLE_STATE), row, err) : status;
}

/* Counts of days that are over. */
static crm_status sweep(struct store_conn *c, struct err *err) {
    const struct store_condition over[] = {
        {SYS_STATE_OWNER, STORE_EQ, store_text(state_owner)},
        {SYS_STATE_EXPIRES_AT, STORE_LE, store_int(store_now_ms(store_of(c)))}};
    return store_delete(c, sys_table(SYS_TABLE_STATE), over, 2, NULL, err);
}

crm_status mail_enqueue(struct event_hub *h, struct store_conn *writer, const struct mail_batch *b,
                        struct err *err) {
    crm_status status = check_room(writer, b->count, err);
    if (status == CRM_OK) status = sweep(writer, err);
    if (status == CRM_OK) status = count_day(h, writer, b, err);
    for (size_t i = 0; status == CRM_OK && i < b->count; i++) {
        const struct event_job_new job = {
            .kind = mail_kind, .payload = b->payloads[i], .cause = b->cause, .depth = b->depth};
        status = event_job_enqueue(h, writer, &job, NULL, err);
    }
    return status;
}

crm_status mail_submit(struct event_hub *h, const struct mail_message *m, int64_t *ret_id,
                       struct err *err) {
    struct arena a;
    struct event_job_new job = {.kind = mail_kind, .cause = m->owner};
    arena_init(&a, 4 << 20);
    crm_status status = mail_check(h->engine, m, err);
    if (status == CRM_OK) status = mail_payload(m, &a, &job.payload, err);
    if (status == CRM_OK) status = event_job_submit(h, &job, ret_id, err);
    arena_fini(&a);
    return status;
}

/* ---- looking ----------------------------------------------------------------------------------
 */

static void put_time(struct json_writer *w, const char *key, int64_t ms) {
    json_key_lit(w, key);
    if (ms)
        json_time(w, ms);
    else
        json_nil(w);
}

static void put_tree(struct json_writer *w, const json_t *of, const char *key) {
    json_t *value = json_object_get(of, key);
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    json_key_lit(w, key);
    if (text)
        json_raw(w, str_from(text));
    else
        json_nil(w);
    free(text);
}

static bool is_unsure(const struct event_job *job) {
    return job->state == EVENT_JOB_FAILED &&
           str_find(job->progress, STR("\"unsure\":true")) != SIZE_MAX;
}

static void put_mail(const struct event_job *job, bool whole, struct json_writer *w) {
    static const char *const always[] = {"to", "subject", "owner", "about", "attachments"};
    static const char *const texts[] = {"reply_to", "text", "html"};
    JSON_CLEANUP json_t *m = json_loadb(job->payload.ptr, job->payload.len, 0, NULL);
    json_object_open(w);
    json_key_lit(w, "id");
    json_id(w, job->id);
    json_key_lit(w, "state");
    json_cstr(w, is_unsure(job) ? "unsure" : event_job_state_word(job->state));
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        put_tree(w, m, always[i]);
    for (size_t i = 0; whole && i < sizeof texts / sizeof *texts; i++)
        put_tree(w, m, texts[i]);
    json_key_lit(w, "cause");
    json_text_or_nil(w, job->cause);
    json_key_lit(w, "attempts");
    json_int64(w, job->attempts);
    put_time(w, "created_at", job->created_at_ms);
    put_time(w, "run_at", job->run_at_ms);
    put_time(w, "finished_at", job->finished_at_ms);
    json_key_lit(w, "error");
    json_text_or_nil(w, job->state == EVENT_JOB_DONE ? STR_NONE : job->error);
    json_object_shut(w);
}

struct listing {
    const struct mail_wanted *wanted;
    struct json_writer *out;
    struct arena arena;
    int64_t count, last;
    crm_status status;
    struct err *err;
};

static bool list_row(void *ctx, const struct store_value *row) {
    struct listing *l = ctx;
    struct event_job job;
    arena_reset(&l->arena);
    l->status = job_from_row(row, &l->arena, &job, l->err);
    if (l->status != CRM_OK) return false;
    struct str word = str_from(is_unsure(&job) ? "unsure" : event_job_state_word(job.state));
    if (l->wanted->state.len && !str_eq(l->wanted->state, word)) return true;
    if (l->count++ == l->wanted->limit) return false;
    put_mail(&job, false, l->out);
    l->last = job.id;
    return true;
}

static crm_status list_rows(struct store_conn *c, struct listing *l, struct err *err) {
    const struct store_condition where[] = {
        {SYS_JOB_KIND, STORE_EQ, store_text(mail_kind)},
        {SYS_JOB_ID, STORE_LT, store_int(l->wanted->before ? l->wanted->before : INT64_MAX)}};
    const int8_t order[] = {-(SYS_JOB_ID + 1)};
    const struct store_select select = {.table = sys_table(SYS_TABLE_JOB),
                                        .where = where,
                                        .where_count = 2,
                                        .order = order,
                                        .order_count = 1};
    crm_status status = store_each(c, &select, list_row, l, err);
    return status == CRM_OK ? l->status : status;
}

crm_status mails_json(struct store_conn *c, const struct mail_wanted *wanted,
                      struct json_writer *out, struct err *err) {
    struct listing l = {.wanted = wanted, .out = out, .status = CRM_OK, .err = err};
    arena_init(&l.arena, 4 << 20);
    json_object_open(out);
    json_key_lit(out, "records");
    json_array_open(out);
    crm_status status = list_rows(c, &l, err);
    json_array_shut(out);
    json_key_lit(out, "next");
    if (l.count > wanted->limit)
        json_id(out, l.last);
    else
        json_nil(out);
    json_object_shut(out);
    arena_fini(&l.arena);
    return status;
}

crm_status mail_json(struct store_conn *c, int64_t id, struct arena *a, struct json_writer *out,
                     struct err *err) {
    struct event_job job;
    crm_status status = event_job_get(c, id, a, &job, err);
    if (status == CRM_OK && !str_eq(job.kind, mail_kind))
        status = err_set(err, CRM_NOT_FOUND, &event_job_not_found, NULL);
    if (status == CRM_OK) put_mail(&job, true, out);
    return status;
}
