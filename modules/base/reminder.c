/* Reminders: once a minute, tasks that came due since the last look. How far it has looked is kept
 * with the module's facts, so that a stop of the server delays reminders and loses none; the unique
 * key of a notification makes a second look write nothing. See notification.h. */
#include "notification.h"

#include <stdio.h>

enum {
    WHERE_BYTES = 512,
    KEY_BYTES = 64,
    CHUNK = 200,
    FIRST_LOOK_MS = 60000,
    FURTHEST_MS = 7 * 86400000
};

static const char kind_name[] = "base.reminders";
static const struct crm_str state_key = {"reminders/until", 15};

struct look {
    const struct crm *crm;
    struct crm_job *job;
    struct crm_view *view;
    const struct crm_entity *activity, *notification;
    int64_t from_ms, until_ms;
};

static crm_status look_from(struct look *l, struct crm_error *err) {
    struct crm_str kept = {NULL, 0};
    crm_status status = l->crm->file->state_get(l->crm->host, state_key,
                                                l->crm->record->view_arena(l->view), &kept, err);
    if (!l->crm->base->int64_parse(kept, &l->from_ms)) l->from_ms = l->until_ms - FIRST_LOOK_MS;
    if (l->from_ms < l->until_ms - FURTHEST_MS) l->from_ms = l->until_ms - FURTHEST_MS;
    return status;
}

static crm_status set(struct crm_changeset *c, struct crm_op *op, struct look *l, const char *name,
                      struct crm_value v, struct crm_error *err) {
    const struct crm_field *f = l->crm->schema->field(l->view, l->notification, crm_str_from(name));
    return f ? l->crm->record->set(c, op, f, &v, err)
             : l->crm->base->error_internal(err, "a notification has no such field");
}

static crm_status remind(struct look *l, const struct crm_row *task, struct crm_error *err) {
    const struct crm *crm = l->crm;
    struct crm_changeset *c = NULL;
    struct crm_commit done = {.size = sizeof done};
    char key[KEY_BYTES];
    int32_t number = 0;
    struct crm_entity_facts facts = {.size = sizeof facts};
    int len = snprintf(key, sizeof key, "due/%lld/%lld", (long long)task->id,
                       (long long)task->cells[1].value.integer);
    const struct crm_changeset_options options = {
        .size = sizeof options,
        .flags = CRM_CHANGESET_KEEP_GOING,
        .once_key = {key, (size_t)len},
    };
    crm->schema->entity_facts(l->view, l->activity, &facts);
    number = facts.id;
    crm_status status = crm->record->changeset_new(l->view, &options, &c, err);
    if (status != CRM_OK) return status;
    struct crm_op *op = crm->record->create(c, l->notification);
    status = op ? CRM_OK : crm->base->error_no_memory(err);
    if (status == CRM_OK) status = set(c, op, l, "user", task->cells[0].value, err);
    if (status == CRM_OK) status = set(c, op, l, "kind", crm_text_value(crm_str_from("due")), err);
    if (status == CRM_OK) status = set(c, op, l, "about", crm_id_of(number, task->id), err);
    if (status == CRM_OK)
        status = set(c, op, l, "key", crm_text_value(crm_str_make(key, (size_t)len)), err);
    if (status == CRM_OK) status = crm->record->commit(c, &done, err);
    crm->record->changeset_free(c);
    return status;
}

/* The tasks of one page, the oldest first; *ret_more: there may be others. */
static crm_status remind_page(struct look *l, struct crm_str *after, bool *ret_more,
                              struct crm_error *err) {
    const struct crm *crm = l->crm;
    struct crm_page page = {.size = sizeof page};
    struct crm_buf *where = crm->base->buf_new(WHERE_BYTES);
    if (!where) return crm->base->error_no_memory(err);
    static const char open_task[] = "owner ~= nil and done_at == nil and status ~= 'cancelled' and "
                                    "kind ~= 'note' and due_at > '";
    crm->base->buf_add(where, open_task, sizeof open_task - 1);
    crm->base->time_format(l->from_ms, where);
    crm->base->buf_add(where, "' and due_at <= '", 17);
    crm->base->time_format(l->until_ms, where);
    crm->base->buf_add(where, "'", 1);
    const struct crm_list list = {.size = sizeof list,
                                  .entity = l->activity,
                                  .fields = crm_str_from("owner,due_at"),
                                  .where = crm->base->buf_str(where),
                                  .sort = crm_str_from("due_at"),
                                  .after = *after,
                                  .limit = CHUNK};
    crm_status status = crm->query->page(l->view, &list, &page, err);
    crm->base->buf_free(where);
    for (size_t i = 0; status == CRM_OK && i < page.count; i++)
        status = crm->job->stopping(l->job) ? CRM_CANCELLED : remind(l, &page.rows[i], err);
    if (status != CRM_OK) return status;
    *after = page.next;
    *ret_more = page.next.len > 0;
    return CRM_OK;
}

static crm_status run(void *ctx, struct crm_job *job, struct crm_error *err) {
    const struct crm *crm = ctx;
    struct crm_view *view = crm->job->view(job);
    if (!view) return crm->base->error_no_memory(err);
    struct look l = {.crm = crm,
                     .job = job,
                     .view = view,
                     .activity = crm->schema->entity(view, crm_str_from("activity")),
                     .notification = crm->schema->entity(view, crm_str_from("notification")),
                     .until_ms = crm->record->view_now_ms(view)};
    if (!l.activity || !l.notification) return CRM_OK;
    struct crm_str after = {NULL, 0};
    crm_status status = look_from(&l, err);
    for (bool more = true; status == CRM_OK && more;)
        status = remind_page(&l, &after, &more, err);
    if (status != CRM_OK) return status;
    char text[24];
    int len = snprintf(text, sizeof text, "%lld", (long long)l.until_ms);
    return crm->file->state_put(crm->host, state_key, crm_str_make(text, (size_t)len), 0, err);
}

crm_status reminder_register(const struct crm *crm, struct crm_error *err) {
    const struct crm_job_kind kind = {
        .size = sizeof kind, .kind = kind_name, .run = run, .ctx = (void *)(uintptr_t)crm};
    crm_status status = crm->job->kind_add(crm->host, &kind, err);
    return status == CRM_OK
               ? crm->job->schedule_add(crm->host, "reminders", "* * * * *", kind_name, err)
               : status;
}
