/* Sending one mail of the queue: its turn, its text, the mark before it is let go. See mail.h. */
#include "event/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/seal.h"
#include "base/time.h"
#include "event/job_lease.h"
#include "event/mail_address.h"
#include "event/mail_send.h"
#include "event/mail_text.h"
#include "event/messages.h"
#include "store/blob.h"
#include "store/cluster.h"
#include "store/sys_tables.h"

enum { TEXT_BYTES = 2 * MAIL_PARTS_BYTES, MINUTE_MS = 60000, BURST = 10, SECRET_BYTES = 8192 };

struct sending {
    struct event_job_run *run;
    struct mail_message message;
    struct str to[MAIL_TO_MAX];
    struct mail_attachment parts[MAIL_PARTS_MAX];
    struct mail_part files[MAIL_PARTS_MAX];
    const struct company *company;
    struct str progress; /* what the row says after the next note */
};

/* ---- notes in the job's row -------------------------------------------------------------------
 */

static crm_status note_write(void *ctx, struct store_conn *writer, struct err *err) {
    const struct sending *s = ctx;
    crm_status status = lease_check(writer, s->run->job, err);
    return status == CRM_OK ? lease_note(writer, s->run->job, s->progress, err) : status;
}

/* Committed when it returns; CRM_CANCELLED when the lease is another's. */
static crm_status note(struct sending *s, const char *progress, struct err *err) {
    s->progress = str_from(progress);
    return engine_write(s->run->engine, note_write, s, err);
}

static bool has_mark(const struct event_job *job, const char *mark) {
    return str_find(job->progress, str_from(mark)) != SIZE_MAX;
}

static const char let_go[] = "{\"unsure\":true}", had_turn[] = "{\"turn\":true}";

/* ---- its turn: so many a minute ----------------------------------------------------------------
 */

struct turn {
    const struct sending *sending;
    int64_t at_ms; /* when it is; 0 = now */
};

static bool take_number(void *ctx, const struct store_value *row) {
    if (row[SYS_STATE_VALUE].type == STORE_TEXT)
        (void)str_to_int64(row[SYS_STATE_VALUE].bytes, ctx);
    return false;
}

/* The next place in the row of all mails; one that is not now is kept, and the job comes again. */
static crm_status turn_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct turn *t = ctx;
    const struct event_job *job = t->sending->run->job;
    char text[24];
    int64_t now = store_now_ms(store_of(writer)), next = 0,
            step = MINUTE_MS / t->sending->company->mail.per_minute;
    const struct store_condition where[] = {{SYS_STATE_OWNER, STORE_EQ, store_text(STR("mail"))},
                                            {SYS_STATE_KEY, STORE_EQ, store_text(STR("next"))}};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = where, .where_count = 2, .limit = 1};
    crm_status status = store_key_lock(writer, STR("mail/next"), err);
    if (status == CRM_OK) status = store_each(writer, &select, take_number, &next, err);
    if (status == CRM_OK)
        status = store_delete(writer, sys_table(SYS_TABLE_STATE), where, 2, NULL, err);
    if (status != CRM_OK) return status;
    if (next < now - BURST * step) next = now - BURST * step;
    t->at_ms = next > now ? next : 0;
    long long after = next + step;
    (void)snprintf(text, sizeof text, "%lld", after);
    const struct store_value row[SYS_STATE_COUNT] = {[SYS_STATE_OWNER] = where[0].value,
                                                     [SYS_STATE_KEY] = where[1].value,
                                                     [SYS_STATE_VALUE] = store_text(str_from(text)),
                                                     [SYS_STATE_EXPIRES_AT] = STORE_NIL};
    status = store_insert(writer, sys_table(SYS_TABLE_STATE), row, err);
    if (status == CRM_OK) status = lease_check(writer, job, err);
    if (status == CRM_OK) status = lease_note(writer, job, str_from(had_turn), err);
    return status == CRM_OK && t->at_ms ? lease_postpone(writer, job, t->at_ms, err) : status;
}

/* CRM_CANCELLED: it comes again at its turn. */
static crm_status wait_turn(struct sending *s, struct err *err) {
    struct turn t = {.sending = s};
    if (s->run->job->attempts > 1 || has_mark(s->run->job, had_turn)) return CRM_OK;
    crm_status status = engine_write(s->run->engine, turn_write, &t, err);
    if (status != CRM_OK || !t.at_ms) return status;
    return err_set(err, CRM_CANCELLED, &event_mail_stopped, NULL);
}

/* ---- the payload ------------------------------------------------------------------------------
 */

static struct str text_of(const json_t *of, const char *key) {
    return json_str(json_object_get(of, key));
}

static void read_payload(struct sending *s, const json_t *payload) {
    const json_t *to = json_object_get(payload, "to"),
                 *parts = json_object_get(payload, "attachments");
    struct mail_message *m = &s->message;
    *m = (struct mail_message){.to = s->to,
                               .reply_to = text_of(payload, "reply_to"),
                               .subject = text_of(payload, "subject"),
                               .text = text_of(payload, "text"),
                               .html = text_of(payload, "html"),
                               .parts = s->parts};
    for (size_t i = 0; i < json_array_size(to) && i < MAIL_TO_MAX; i++)
        s->to[m->to_count++] = json_str(json_array_get(to, i));
    for (size_t i = 0; i < json_array_size(parts) && i < MAIL_PARTS_MAX; i++) {
        const json_t *part = json_array_get(parts, i);
        s->parts[m->part_count++] = (struct mail_attachment){
            text_of(part, "name"), text_of(part, "type"), text_of(part, "digest")};
    }
}

static bool read_whole(int fd, char *to, size_t len) {
    size_t at = 0;
    while (at < len) {
        ssize_t got = read(fd, to + at, len - at);
        if (got <= 0) return false;
        at += (size_t)got;
    }
    return true;
}

static crm_status read_file(struct sending *s, size_t i, size_t *room, struct err *err) {
    const struct mail_attachment *part = &s->parts[i];
    struct digest digest;
    int fd = -1;
    int64_t size = 0;
    if (!hex_parse(part->digest, digest.bytes, sizeof digest.bytes))
        return err_set_args(err, CRM_NOT_FOUND, &event_mail_file, &part->name, 1);
    crm_status status = blob_open(engine_store(s->run->engine), &digest, &fd, &size, err);
    if (status != CRM_OK) return status;
    char *bytes = (size_t)size <= *room ? arena_alloc(s->run->arena, (size_t)size + 1) : NULL;
    if ((size_t)size > *room)
        status = err_set(err, CRM_TOO_LARGE, &event_mail_large, NULL);
    else if (!bytes)
        status = err_no_memory(err);
    else if (!read_whole(fd, bytes, (size_t)size))
        status = err_set_args(err, CRM_IO, &event_mail_file, &part->name, 1);
    close(fd);
    if (status != CRM_OK) return status;
    *room -= (size_t)size;
    s->files[i] = (struct mail_part){part->name, part->type, str_make(bytes, (size_t)size)};
    return CRM_OK;
}

static crm_status compose(struct sending *s, struct str address, struct buf *out, struct err *err) {
    size_t room = MAIL_PARTS_BYTES;
    crm_status status = CRM_OK;
    for (size_t i = 0; i < s->message.part_count && status == CRM_OK; i++)
        status = read_file(s, i, &room, err);
    if (status != CRM_OK) return status;
    const struct mail_text text = {.id = arena_printf(s->run->arena, "%lld.perigee@%.*s",
                                                      (long long)s->run->job->id,
                                                      STR_ARG(mail_address_domain(address))),
                                   .from = s->company->mail.from,
                                   .to = s->message.to,
                                   .to_count = s->message.to_count,
                                   .reply_to = s->message.reply_to,
                                   .subject = s->message.subject,
                                   .text = s->message.text,
                                   .html = s->message.html,
                                   .parts = s->files,
                                   .part_count = s->message.part_count,
                                   .at_ms = s->run->job->created_at_ms};
    return text.id.ptr ? mail_text_put(&text, out, err) : err_no_memory(err);
}

/* ---- sending ----------------------------------------------------------------------------------
 */

static bool is_letting_go(void *ctx) {
    struct sending *s = ctx;
    struct err err;
    return !event_job_is_cancelled(s->run) && note(s, let_go, &err) == CRM_OK;
}

static bool is_cancelled(void *ctx) {
    return event_job_is_cancelled(((const struct sending *)ctx)->run);
}

/* The other server's no is certain: the mark goes. */
static void settle_mark(struct sending *s, const struct mail_fate *fate) {
    struct err ignored;
    if (fate->is_unsure || s->progress.ptr != let_go) return;
    (void)note(s, had_turn, &ignored); /* else it stays unsure, which is safe */
}

static crm_status speak(struct sending *s, const struct mail_server *server, struct str address,
                        struct str text, struct err *err) {
    struct mail_fate fate;
    const struct mail_parcel parcel = {.from = address,
                                       .to = s->message.to,
                                       .to_count = s->message.to_count,
                                       .text = text,
                                       .is_letting_go = is_letting_go,
                                       .is_cancelled = is_cancelled,
                                       .ctx = s};
    crm_status status = mail_send(server, &parcel, &fate, err);
    if (status != CRM_OK) settle_mark(s, &fate);
    s->run->give_up = fate.is_refused || fate.is_unsure;
    return status;
}

static crm_status send(struct sending *s, struct err *err) {
    const struct company_mail *mail = &s->company->mail;
    struct mail_server server = {.host = mail->host,
                                 .user = mail->user,
                                 .port = mail->port,
                                 .tls = mail->tls,
                                 .allowed = s->run->hub->options.mail_allowed};
    struct str name, address;
    BUF_CLEANUP struct buf text;
    BUF_CLEANUP struct buf secret;
    buf_init(&text, TEXT_BYTES);
    buf_init(&secret, SECRET_BYTES);
    if (mail->host.len == 0 || !mail_sender_parse(mail->from, &name, &address))
        return err_set(err, CRM_UNAVAILABLE, &event_mail_no_server, NULL);
    crm_status status = CRM_OK;
    if (mail->secret.len) status = event_unseal(s->run->hub, mail->secret, &secret, err);
    if (status == CRM_OK) status = compose(s, address, &text, err);
    if (status != CRM_OK) return status;
    server.password = buf_str(&secret);
    status = speak(s, &server, address, buf_str(&text), err);
    if (secret.len) memset(secret.ptr, 0, secret.len);
    return status;
}

/* Begun by a server that was killed after it had let the mail go; a person's word counts more. */
static bool is_unsure(const struct event_job *job) {
    return has_mark(job, let_go) && job->attempts > 1;
}

static crm_status mail_run(void *ctx, struct event_job_run *run, struct err *err) {
    JSON_CLEANUP json_t *payload = NULL;
    (void)ctx;
    struct sending *s = arena_alloc(run->arena, sizeof *s);
    if (!s) return err_no_memory(err);
    *s = (struct sending){.run = run};
    run->give_up = is_unsure(run->job);
    if (run->give_up) return err_set(err, CRM_UNAVAILABLE, &event_mail_unsure, "SMTP", NULL);
    crm_status status = json_parse(run->job->payload, &json_limits_default, &payload, err);
    if (status != CRM_OK) return status;
    read_payload(s, payload);
    if (has_mark(run->job, let_go)) status = note(s, had_turn, err);
    if (status != CRM_OK) return status;
    s->company = engine_company_ref(run->engine);
    status = wait_turn(s, err);
    if (status == CRM_OK) status = send(s, err);
    engine_company_unref(run->engine, s->company);
    /* What is wrong with the settings is mended by people meanwhile. */
    run->try_again = !run->give_up && status == CRM_FORBIDDEN;
    return status;
}

crm_status mail_open(struct event_hub *h, struct err *err) {
    const struct event_job_kind kind = {.name = mail_kind,
                                        .owner = STR("kernel"),
                                        .max_attempts = MAIL_ATTEMPTS,
                                        .first_pause_ms = MAIL_FIRST_PAUSE_MS,
                                        .outbound = true,
                                        .run = mail_run};
    return event_job_kind_add(h, &kind, err);
}
