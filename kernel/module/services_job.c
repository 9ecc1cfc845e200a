/* crm.job over the hub's jobs and schedules. */
#include "module/messages.h"
#include "module/record_write.h"
#include "module/running.h"
#include "module/services.h"

void running_job_end(struct crm_job *job) {
    view_free(job->view);
    job->view = NULL;
}

crm_status running_job_view(struct crm_job *job, struct schema *schema, struct crm_view **ret,
                            struct err *err) {
    if (!job->view) {
        struct view_source source = {
            .conn = job->run->reader, .schema = schema, .depth = job->run->job->depth};
        source.cause = arena_printf(job->run->arena, "job %lld", (long long)job->run->job->id);
        crm_status status = event_job_actor(job->run, &source.actor, err);
        if (status == CRM_OK) status = view_new(job->kernel, &source, &job->view, err);
        if (status != CRM_OK) return status;
    }
    *ret = job->view;
    return CRM_OK;
}

bool running_is_final(crm_status status) {
    return status != CRM_UNAVAILABLE && status != CRM_TIMEOUT && status != CRM_STALE &&
           status != CRM_IO && status != CRM_NO_MEMORY && status != CRM_CANCELLED &&
           status != CRM_INTERNAL;
}

static crm_status run_kind(void *ctx, struct event_job_run *run, struct err *err) {
    const struct registered_kind *kind = ctx;
    struct crm_job job = {.kernel = kind->host->kernel, .run = run};
    crm_status status = BRIDGE_CALL(err, kind->host, kind->kind.kind,
                                    kind->kind.run(kind->kind.ctx, &job, &bridge_error));
    running_job_end(&job);
    if (status != CRM_OK && running_is_final(status)) run->give_up = true;
    return status;
}

static crm_status bind_kinds(struct event_hub *hub, struct registry *r, struct err *err) {
    for (size_t i = 0; i < r->kind_count; i++) {
        struct registered_kind *item = &r->kinds[i];
        const struct event_job_kind kind = {.name = str_from(item->kind.kind),
                                            .owner = str_from(item->host->module->name),
                                            .max_attempts = (int32_t)item->kind.attempts,
                                            .outbound = item->kind.outbound,
                                            .run = run_kind,
                                            .ctx = item};
        crm_status status = event_job_kind_add(hub, &kind, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

static crm_status bind_schedules(struct event_hub *hub, struct registry *r, struct err *err) {
    for (size_t i = 0; i < r->schedule_count; i++) {
        const struct registered_schedule *item = &r->schedules[i];
        char name[160];
        snprintf(name, sizeof name, "%s/%s", item->host->module->name, item->name);
        const struct event_schedule schedule = {.name = str_from(name),
                                                .owner = str_from(item->host->module->name),
                                                .cron = str_from(item->spec),
                                                .job_kind = str_from(item->kind)};
        crm_status status = event_schedule_add(hub, &schedule, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

crm_status running_bind_subscriptions(struct event_hub *hub, struct registry *r, struct err *err);

crm_status running_bind(struct kernel *k, struct registry *r, struct err *err) {
    struct event_hub *hub = kernel_events(k);
    crm_status status = bind_kinds(hub, r, err);
    if (status == CRM_OK) status = running_bind_subscriptions(hub, r, err);
    if (status == CRM_OK) status = bind_schedules(hub, r, err);
    return status;
}

/* ---- from anywhere ------------------------------------------------------------------------ */

static crm_status job_svc_kind_add(struct crm_host *host, const struct crm_job_kind *kind,
                                   struct crm_error *err) {
    return registry_add_kind(host, kind, err_in(err));
}

static crm_status job_svc_schedule_add(struct crm_host *host, const char *name, const char *spec,
                                       const char *kind, struct crm_error *err) {
    return registry_add_schedule(host, name, spec, kind, err_in(err));
}

static crm_status hub_of(struct crm_host *host, struct event_hub **ret, struct err *err) {
    *ret = kernel_events(host->kernel);
    return *ret ? CRM_OK : err_set(err, CRM_UNAVAILABLE, &module_not_open, NULL);
}

static crm_status job_svc_enqueue(struct crm_host *host, const struct crm_job_options *options,
                                  int64_t *ret_id, struct crm_error *error) {
    struct err *err = err_in(error);
    struct crm_job_options own;
    struct event_hub *hub = NULL;
    int64_t id = 0;
    bridge_options(&own, sizeof own, options, options->size);
    crm_status status = hub_of(host, &hub, err);
    if (status != CRM_OK) return status;
    const struct event_job_new job = {.kind = str_from(own.kind),
                                      .payload = str_in(own.payload),
                                      .dedupe = str_in(own.dedupe),
                                      .cause = str_in(own.cause),
                                      .actor = own.user,
                                      .run_at_ms = own.run_at_ms};
    status = event_job_submit(hub, &job, &id, err);
    if (status == CRM_OK && ret_id) *ret_id = id;
    return status;
}

static crm_status read_job(struct store_conn *reader, int64_t id, struct arena *a,
                           struct event_job *ret, struct err *err) {
    crm_status status = store_begin(reader, err);
    if (status != CRM_OK) return status;
    status = event_job_get(reader, id, a, ret, err);
    store_rollback(reader);
    return status;
}

static crm_status job_svc_find(struct crm_host *host, int64_t id, struct crm_arena *a,
                               struct crm_job_facts *ret, struct crm_error *error) {
    struct err *err = err_in(error);
    struct event_hub *hub = NULL;
    struct store_conn *reader = NULL;
    struct event_job job;
    crm_status status = hub_of(host, &hub, err);
    if (status == CRM_OK) status = engine_reader_open(kernel_engine(host->kernel), &reader, err);
    if (status != CRM_OK) return status;
    status = read_job(reader, id, arena_in(a), &job, err);
    store_conn_close(reader);
    if (status != CRM_OK) return status;
    struct crm_job_facts facts = {.state = (int32_t)job.state,
                                  .attempts = (uint32_t)job.attempts,
                                  .id = job.id,
                                  .user = job.actor,
                                  .created_at_ms = job.created_at_ms,
                                  .finished_at_ms = job.finished_at_ms,
                                  .kind = str_out(job.kind),
                                  .payload = str_out(job.payload),
                                  .progress = str_out(job.progress),
                                  .error = str_out(job.error)};
    bridge_facts(ret, ret->size, &facts, sizeof facts);
    return CRM_OK;
}

static crm_status job_svc_cancel(struct crm_host *host, int64_t id, struct crm_error *err) {
    struct event_hub *hub = NULL;
    crm_status status = hub_of(host, &hub, err_in(err));
    return status == CRM_OK ? event_job_cancel(hub, id, err_in(err)) : status;
}

/* ---- inside run --------------------------------------------------------------------------- */

static int64_t job_svc_id(struct crm_job *job) { return job->run->job->id; }
static uint32_t job_svc_attempt(struct crm_job *job) { return (uint32_t)job->run->job->attempts; }
static struct crm_str job_svc_payload(struct crm_job *job) {
    return str_out(job->run->job->payload);
}

static crm_status job_svc_commit(struct crm_job *job, struct crm_changeset *c, bool last,
                                 struct crm_commit *ret, struct crm_error *error) {
    struct err *err = err_in(error);
    crm_status status = writing_check(c, err);
    if (status == CRM_OK) {
        status = event_job_commit(job->run, &c->changeset, last, &c->result, &c->errors, err);
        c->state = WRITING_DONE;
    }
    writing_facts(c, ret);
    return status;
}

static struct crm_view *job_svc_view(struct crm_job *job) {
    struct crm_view *view = NULL;
    struct err err;
    return running_job_view(job, NULL, &view, &err) == CRM_OK ? view : NULL;
}

static void job_svc_progress(struct crm_job *job, struct crm_str json) {
    event_job_progress(job->run, str_in(json));
}
static struct crm_str job_svc_last_progress(struct crm_job *job) {
    return str_out(job->run->job->progress);
}
static bool job_svc_stopping(struct crm_job *job) { return event_job_is_cancelled(job->run); }

_Static_assert((int)CRM_JOB_CANCELLED == (int)EVENT_JOB_CANCELLED &&
                   (int)CRM_JOB_FAILED == (int)EVENT_JOB_FAILED,
               "states of jobs");
#define JOB_MEMBER(result, name, parameters) .name = job_svc_##name,
const struct crm_job_service services_job = {
    .size = sizeof services_job, .version = CRM_JOB_VERSION, CRM_JOB_TABLE(JOB_MEMBER)};
