/* Mails: which addresses there are; how a text looks on the wire; the queue's bounds; what becomes
 * of one whose server was killed after it had let go. */
#include "event/event_world.h"
#include "event/mail.h"
#include "event/mail_address.h"
#include "event/mail_text.h"
#include "store/sys_tables.h"

/* ---- addresses and texts ----------------------------------------------------------------------
 */

static void test_addresses(void **state) {
    (void)state;
    static const char *const good[] = {"a@b", "ann.lee+crm@mail.example.org", "o'neil@x-y.example",
                                       "a!#$%&'*+-/=?^_`{|}~@b.c"};
    static const char *const bad[] = {"",        "a",     "@b",      "a@",      "a@b@c",
                                      "a b@c",   "a@b c", ".a@b",    "a.@b",    "a..b@c",
                                      "a@.b",    "a@b.",  "a@b..c",  "a@-b",    "a@b-.c",
                                      "<a@b>",   "a@b\n", "a\r\n@b", "\"a\"@b", "ä@b",
                                      "a@ä.org", "a,b@c", "a@b,c@d", "a(b)@c",  "a@[127.0.0.1]"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!mail_address_is_valid(str_from(good[i]))) fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (mail_address_is_valid(str_from(bad[i]))) fail_msg("%s", bad[i]);
    char text[400] = "a@b.c";
    memset(text, 'a', 65);
    memcpy(text + 65, "@b", 3);
    assert_false(mail_address_is_valid(str_from(text)));
    assert_true(mail_address_is_valid(str_from(text + 1)));
}

static void test_senders(void **state) {
    (void)state;
    struct str name, address;
    assert_true(mail_sender_parse(STR(" Acme Büro  <crm@example.org> "), &name, &address));
    assert_true(str_is(name, "Acme Büro"));
    assert_true(str_is(address, "crm@example.org"));
    assert_true(mail_sender_parse(STR("crm@example.org"), &name, &address));
    assert_int_equal(name.len, 0);
    static const char *const bad[] = {
        "Acme", "Acme <>", "<a@b> x", "A <a@b", "A\r\nBcc: x@y <a@b>", "A <a@b>, B <c@d>"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (mail_sender_parse(str_from(bad[i]), &name, &address)) fail_msg("%s", bad[i]);
    assert_true(mail_domain_is_listed(STR(""), STR("a@b")));
    assert_true(mail_domain_is_listed(STR("x.org, B.org"), STR("a@b.ORG")));
    assert_false(mail_domain_is_listed(STR("b.org"), STR("a@sub.b.org")));
    assert_false(mail_domain_is_listed(STR("b.org"), STR("a@xb.org")));
}

/* Whatever the texts are, no line is long and none of theirs becomes a header. */
static void test_text(void **state) {
    (void)state;
    struct err err;
    char subject[600];
    BUF_CLEANUP struct buf out;
    buf_init(&out, 1 << 20);
    for (size_t i = 0; i + 2 < sizeof subject; i += 2)
        memcpy(subject + i, "ж", 2);
    const struct str to[] = {STR("a@b.org"), STR("c@d.org")};
    const struct mail_part part = {STR("a\"b\r\nc.txt"), STR("text/plain; x=\"y\""), STR(".\r\n.")};
    const struct mail_text m = {.id = STR("1.perigee@b.org"),
                                .from = STR("Ж <me@b.org>"),
                                .to = to,
                                .to_count = 2,
                                .subject = str_make(subject, 500),
                                .text = STR("one\r\n.\r\nBcc: eve@x.org\r\n"),
                                .html = STR("<p>two</p>"),
                                .parts = &part,
                                .part_count = 1,
                                .at_ms = INT64_C(1795284060000)};
    assert_int_equal(mail_text_put(&m, &out, &err), CRM_OK);
    struct str rest = buf_str(&out), line;
    while (str_split(&rest, '\n', &line)) {
        assert_true(line.len > 0 && line.ptr[line.len - 1] == '\r');
        assert_true(line.len <= 79);
        assert_false(str_starts_with(line, STR(".")));
        assert_false(str_starts_with(line, STR("Bcc")));
    }
    assert_true(str_find(buf_str(&out), STR("Date: Sat, 21 Nov 2026 18:01:00 +0000\r\n")) == 0);
    assert_true(str_find(buf_str(&out), STR("To: <a@b.org>,\r\n <c@d.org>\r\n")) != SIZE_MAX);
    assert_true(str_find(buf_str(&out), STR("filename*=UTF-8''a%22b%0D%0Ac.txt\r\n")) != SIZE_MAX);
    assert_true(str_find(buf_str(&out), STR("application/octet-stream")) != SIZE_MAX);
    BUF_CLEANUP struct buf small;
    buf_init(&small, 100);
    assert_int_not_equal(mail_text_put(&m, &small, &err), CRM_OK);
}

/* ---- the queue --------------------------------------------------------------------------------
 */

struct batch {
    struct event_hub *hub;
    struct mail_batch it;
};

static crm_status enqueue(void *ctx, struct store_conn *writer, struct err *err) {
    const struct batch *b = ctx;
    return mail_enqueue(b->hub, writer, &b->it, err);
}

static void test_bounds(struct hub_world *h) {
    static struct str payloads[MAIL_QUEUE_MAX + 1];
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++)
        payloads[i] = STR("{}");
    struct batch b = {h->hub, {.owner = STR("scripts/a"), .payloads = payloads, .count = 600}};
    must(&h->w, engine_write(h->w.engine, enqueue, &b, &h->w.err));
    assert_int_equal(jobs_in(h, EVENT_JOB_QUEUED), 600);
    b.it.count = 401; /* a thousand a day: all or none */
    assert_int_equal(engine_write(h->w.engine, enqueue, &b, &h->w.err), CRM_TOO_LARGE);
    assert_string_equal(h->w.err.text.code, "mail_day");
    assert_int_equal(jobs_in(h, EVENT_JOB_QUEUED), 600);
    b.it.count = 400;
    must(&h->w, engine_write(h->w.engine, enqueue, &b, &h->w.err));
    b.it.count = 1;
    assert_int_equal(engine_write(h->w.engine, enqueue, &b, &h->w.err), CRM_TOO_LARGE);
    b.it.owner = STR("scripts/b"); /* has a thousand of its own */
    must(&h->w, engine_write(h->w.engine, enqueue, &b, &h->w.err));
    b.it.count = MAIL_QUEUE_MAX - 1000;
    assert_int_equal(engine_write(h->w.engine, enqueue, &b, &h->w.err), CRM_TOO_LARGE);
    assert_string_equal(h->w.err.text.code, "mail_full");
    assert_int_equal(jobs_in(h, EVENT_JOB_QUEUED), 1001);
}
HUB_ON_BOTH(test_bounds)

struct mark {
    int64_t job, attempts;
};

static crm_status mark_job(void *ctx, struct store_conn *writer, struct err *err) {
    const struct mark *m = ctx;
    const struct store_set sets[] = {
        {SYS_JOB_PROGRESS, store_text(STR("{\"unsure\":true}")), false},
        {SYS_JOB_ATTEMPTS, store_int(m->attempts), false}};
    const struct store_condition where = {SYS_JOB_ID, STORE_EQ, store_int(m->job)};
    return store_update(writer, sys_table(SYS_TABLE_JOB), sets, 2, &where, 1, NULL, err);
}

static crm_status no_settings(const struct event_job *job) {
    return str_find(job->error, STR("mail_host")) == SIZE_MAX ? CRM_INTERNAL : CRM_OK;
}

/* The row as a killed server leaves it: let go, and its first attempt taken. */
static void test_let_go_and_killed(struct hub_world *h) {
    must(&h->w, mail_open(h->hub, &h->w.err));
    const char *text = "{\"to\":[\"a@b.org\"],\"subject\":\"s\",\"text\":\"t\"}";
    struct mark killed = {submit(h, "mail", text), 1}, by_hand = {submit(h, "mail", text), 0};
    must(&h->w, engine_write(h->w.engine, mark_job, &killed, &h->w.err));
    must(&h->w, engine_write(h->w.engine, mark_job, &by_hand, &h->w.err));
    start(h);
    while (job_of(h, killed.job).state == EVENT_JOB_QUEUED || job_of(h, by_hand.job).error.len == 0)
        settle(h);
    struct event_job job = job_of(h, killed.job);
    assert_int_equal(job.state, EVENT_JOB_FAILED);
    assert_int_equal(job.attempts, 2);
    assert_true(str_find(job.error, STR("may have arrived")) != SIZE_MAX);
    job = job_of(h,
                 by_hand.job); /* a person's word: it goes on, as far as a world without settings */
    assert_int_equal(job.state, EVENT_JOB_QUEUED);
    assert_int_equal(no_settings(&job), CRM_OK);
    BUF_CLEANUP struct buf out;
    buf_init(&out, 1 << 16);
    struct json_writer w;
    json_writer_init(&w, &out);
    must(&h->w, store_begin(h->w.reader, &h->w.err));
    must(&h->w, mails_json(h->w.reader, &(struct mail_wanted){.state = STR("unsure"), .limit = 5},
                           &w, &h->w.err));
    store_rollback(h->w.reader);
    char id[32];
    (void)snprintf(id, sizeof id, "\"id\":\"%lld\"", (long long)killed.job);
    assert_true(str_find(buf_str(&out), str_from(id)) != SIZE_MAX);
    (void)snprintf(id, sizeof id, "\"id\":\"%lld\"", (long long)by_hand.job);
    assert_true(str_find(buf_str(&out), str_from(id)) == SIZE_MAX);
}
HUB_ON_BOTH(test_let_go_and_killed)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_senders),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_bounds_sqlite),
        cmocka_unit_test(test_bounds_postgres),
        cmocka_unit_test(test_let_go_and_killed_sqlite),
        cmocka_unit_test(test_let_go_and_killed_postgres),
    };
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
