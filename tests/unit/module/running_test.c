/* Jobs and events as a module registers them, run by the hub. Nothing sleeps: the hub is asked to
 * settle. */
#include "support/opened.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "event/hub.h"

enum { SETTLE_MS = 20000 };

static struct opened o;
static struct crm *crm;
static struct crm_error err;
static atomic_int runs, deliveries, attempts;
static char heard[256];
static int64_t heard_before, heard_after;

/* The payload names a gadget to make; the commit ends the job. */
static crm_status make_gadget(void *ctx, struct crm_job *job, struct crm_error *error) {
    (void)ctx;
    struct crm_view *view = crm->job->view(job);
    struct crm_changeset *c = NULL;
    struct crm_commit done = {.size = sizeof done};
    const struct crm_changeset_options options = {.size = sizeof options};
    const struct crm_entity *gadget = crm->schema->entity(view, CRM_STR("gadget"));
    crm_status status = crm->record->changeset_new(view, &options, &c, error);
    if (status != CRM_OK) return status;
    struct crm_op *op = crm->record->create(c, gadget);
    const struct crm_value name = crm_text_value(crm->job->payload(job));
    status =
        crm->record->set(c, op, crm->schema->field(view, gadget, CRM_STR("name")), &name, error);
    if (status == CRM_OK) status = crm->job->commit(job, c, true, &done, error);
    crm->record->changeset_free(c);
    atomic_fetch_add(&runs, 1);
    return status;
}

static crm_status always_refused(void *ctx, struct crm_job *job, struct crm_error *error) {
    (void)ctx;
    static const struct crm_text never = {"never", "This never works.", "Это никогда не работает."};
    atomic_fetch_add(&attempts, 1);
    crm->job->progress(job, CRM_STR("{\"at\":1}"));
    return crm->base->error_set(error, CRM_REFUSED, &never, NULL, 0);
}

static crm_status hear(void *ctx, struct crm_event *event, struct crm_error *error) {
    (void)ctx;
    (void)error;
    struct crm_event_facts facts = {.size = sizeof facts};
    crm->event->facts(event, &facts);
    struct crm_view *view = crm->event->view(event);
    const struct crm_field *amount = crm->schema->field(view, facts.entity, CRM_STR("amount"));
    const struct crm_value *before = crm->event->before(event, amount),
                           *after = crm->event->after(event, amount);
    snprintf(heard, sizeof heard, "%.*s %d", (int)facts.event.len, facts.event.ptr,
             (int)crm->event->changed(event, amount));
    heard_before = before ? before->integer : -1;
    heard_after = after ? after->integer : -1;
    atomic_fetch_add(&deliveries, 1);
    return CRM_OK;
}

static crm_status register_all(struct crm *services, struct crm_error *error) {
    crm = services;
    const struct crm_job_kind make = {
        .size = sizeof make, .kind = "opened.make", .run = make_gadget};
    const struct crm_job_kind refused = {
        .size = sizeof refused, .kind = "opened.refused", .run = always_refused};
    const struct crm_subscription subscription = {.size = sizeof subscription,
                                                  .name = "amounts",
                                                  .event = "gadget.amount.changed",
                                                  .when = "amount > 10",
                                                  .deliver = hear};
    crm_status status = crm->job->kind_add(crm->host, &make, error);
    if (status == CRM_OK) status = crm->job->kind_add(crm->host, &refused, error);
    return status == CRM_OK ? crm->event->subscribe(crm->host, &subscription, error) : status;
}

static int setup(void **state) {
    struct err error;
    (void)state;
    opened_setup(&o, register_all);
    assert_int_equal(event_hub_start(kernel_events(o.kernel), &error), CRM_OK);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    event_hub_stop(kernel_events(o.kernel), 1000);
    opened_teardown(&o);
    return 0;
}

static void settle(void) {
    struct err error;
    assert_int_equal(event_hub_settle(kernel_events(o.kernel), SETTLE_MS, &error), CRM_OK);
}

static int64_t enqueue(const char *kind, struct crm_str payload, struct crm_str dedupe) {
    int64_t id = 0;
    const struct crm_job_options options = {
        .size = sizeof options, .kind = kind, .payload = payload, .dedupe = dedupe};
    assert_int_equal(crm->job->enqueue(crm->host, &options, &id, &err), CRM_OK);
    return id;
}

static struct crm_job_facts facts_of(int64_t id, struct crm_arena *a) {
    struct crm_job_facts facts = {.size = sizeof facts};
    assert_int_equal(crm->job->find(crm->host, id, a, &facts, &err), CRM_OK);
    return facts;
}

static int64_t count_of(const char *where) {
    struct crm_view *view = opened_view(&o, NULL);
    const struct crm_list list = {.size = sizeof list,
                                  .entity = crm->schema->entity(view, CRM_STR("gadget")),
                                  .where = crm_str_from(where)};
    int64_t count = 0;
    assert_int_equal(crm->query->count(view, &list, &count, &err), CRM_OK);
    crm->record->view_close(view);
    return count;
}

static void job_runs_and_is_done(void **state) {
    (void)state;
    struct crm_arena *a = crm->base->arena_new(1 << 20);
    int64_t id = enqueue("opened.make", CRM_STR("\"by a job\""), (struct crm_str){NULL, 0});
    settle();
    struct crm_job_facts facts = facts_of(id, a);
    assert_int_equal(facts.state, CRM_JOB_DONE);
    assert_int_equal(facts.attempts, 1);
    assert_true(facts.finished_at_ms >= facts.created_at_ms);
    assert_true(crm_str_is(facts.kind, "opened.make"));
    assert_int_equal(atomic_load(&runs), 1);
    assert_int_equal(count_of("name == '\"by a job\"'"), 1);
    crm->base->arena_free(a);
}

static void refused_job_is_not_tried_again(void **state) {
    (void)state;
    struct crm_arena *a = crm->base->arena_new(1 << 20);
    int64_t id = enqueue("opened.refused", CRM_STR("{}"), (struct crm_str){NULL, 0});
    settle();
    struct crm_job_facts facts = facts_of(id, a);
    assert_int_equal(facts.state, CRM_JOB_FAILED);
    assert_int_equal(atomic_load(&attempts), 1);
    assert_true(facts.error.len > 0);
    crm->base->arena_free(a);
}

static void later_job_waits_and_can_be_cancelled(void **state) {
    (void)state;
    struct crm_arena *a = crm->base->arena_new(1 << 20);
    int64_t id = 0, same = 0;
    const struct crm_job_options options = {.size = sizeof options,
                                            .kind = "opened.make",
                                            .payload = CRM_STR("\"late\""),
                                            .dedupe = CRM_STR("one"),
                                            .run_at_ms = crm->base->now_ms() + 3600000};
    assert_int_equal(crm->job->enqueue(crm->host, &options, &id, &err), CRM_OK);
    assert_int_equal(crm->job->enqueue(crm->host, &options, &same, &err), CRM_OK);
    assert_int_equal(id, same);
    settle();
    assert_int_equal(facts_of(id, a).state, CRM_JOB_WAITING);
    assert_int_equal(crm->job->cancel(crm->host, id, &err), CRM_OK);
    assert_int_equal(facts_of(id, a).state, CRM_JOB_CANCELLED);
    assert_int_equal(count_of("name == '\"late\"'"), 0);
    crm->base->arena_free(a);
}

static void unknown_job_is_not_found(void **state) {
    (void)state;
    struct crm_arena *a = crm->base->arena_new(1 << 20);
    struct crm_job_facts facts = {.size = sizeof facts};
    assert_int_equal(crm->job->find(crm->host, 12345, a, &facts, &err), CRM_NOT_FOUND);
    crm->base->arena_free(a);
}

static void write_amount(int64_t *id, int64_t amount, uint32_t flags) {
    struct crm_view *view = opened_view(&o, NULL);
    struct crm_changeset *c = NULL;
    const struct crm_changeset_options options = {.size = sizeof options, .flags = flags};
    const struct crm_entity *gadget = crm->schema->entity(view, CRM_STR("gadget"));
    assert_int_equal(crm->record->changeset_new(view, &options, &c, &err), CRM_OK);
    struct crm_op *op =
        *id ? crm->record->update(c, gadget, *id, 0) : crm->record->create(c, gadget);
    const struct crm_value name = crm_text_value(CRM_STR("watched")), value = crm_int(amount);
    assert_int_equal(
        crm->record->set(c, op, crm->schema->field(view, gadget, CRM_STR("name")), &name, &err),
        CRM_OK);
    assert_int_equal(
        crm->record->set(c, op, crm->schema->field(view, gadget, CRM_STR("amount")), &value, &err),
        CRM_OK);
    *id = crm->record->op_id(op);
    assert_int_equal(crm->record->commit(c, NULL, &err), CRM_OK);
    crm->record->changeset_free(c);
    crm->record->view_close(view);
}

static void subscriber_hears_what_it_asked_for(void **state) {
    (void)state;
    int64_t id = 0;
    write_amount(&id, 5, 0);
    settle();
    assert_int_equal(atomic_load(&deliveries), 0); /* the condition does not hold */
    write_amount(&id, 50, 0);
    settle();
    assert_int_equal(atomic_load(&deliveries), 1);
    assert_string_equal(heard, "gadget.amount.changed 1");
    assert_int_equal(heard_before, 5);
    assert_int_equal(heard_after, 50);
    write_amount(&id, 60, CRM_CHANGESET_NO_AFTER);
    settle();
    assert_int_equal(atomic_load(&deliveries), 1);
}

/* What was written while no hub ran is heard by the next one, once. */
static void place_in_the_log_survives(void **state) {
    (void)state;
    struct err error;
    int64_t id = 0;
    write_amount(&id, 1, 0);
    settle();
    event_hub_stop(kernel_events(o.kernel), 1000);
    opened_again(&o);
    int before = atomic_load(&deliveries);
    write_amount(&id, 77, 0);
    opened_again(&o);
    assert_int_equal(event_hub_start(kernel_events(o.kernel), &error), CRM_OK);
    settle();
    assert_int_equal(atomic_load(&deliveries), before + 1);
    assert_int_equal(heard_after, 77);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(job_runs_and_is_done),
        cmocka_unit_test(refused_job_is_not_tried_again),
        cmocka_unit_test(later_job_waits_and_can_be_cancelled),
        cmocka_unit_test(unknown_job_is_not_found),
        cmocka_unit_test(subscriber_hears_what_it_asked_for),
        cmocka_unit_test(place_in_the_log_survives),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
