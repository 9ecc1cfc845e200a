/* Many records and the rest of the doors, on both engines: batch, bulk, merge, undo, jobs, tags,
 * followers, settings, meta, OpenAPI, the live feed. */
#include "support/data.h"

static const char *first_id(const json_t *page) {
    return text_at(json_array_get(json_object_get(page, "records"), 0), "id");
}

static int64_t count_of(struct data *d, const char *query) {
    json_t *j =
        ask(d, "GET", path("%s%scount=exact&limit=1", query, strchr(query, '?') ? "&" : "?"), NULL,
            200);
    int64_t n = json_integer_value(json_object_get(json_object_get(j, "total"), "value"));
    json_decref(j);
    return n;
}

static void batches(struct data *d) {
    json_t *j = ask(
        d, "POST", "/api/v1/batch",
        "{\"operations\":[{\"op\":\"create\",\"entity\":\"customer\",\"as\":\"acme\",\"set\":{"
        "\"name\":\"Acme\"}},"
        "{\"op\":\"create\",\"entity\":\"deal\",\"set\":{\"name\":\"Big\",\"customer\":\"$acme\","
        "\"lines\":[{\"name\":\"a\",\"price\":{\"amount\":\"2.00\",\"currency\":\"USD\"}}]}},"
        "{\"op\":\"update\",\"entity\":\"customer\",\"id\":\"$acme\",\"set\":{\"staff\":7}}]}",
        200);
    json_t *results = json_object_get(j, "results");
    assert_int_equal(json_array_size(results), 3);
    char deal[24];
    snprintf(deal, sizeof deal, "%s", text_at(json_array_get(results, 1), "id"));
    assert_true(json_is_string(json_object_get(j, "changeset")));
    json_decref(j);
    j = ask(d, "GET",
            path("/api/v1/records/deal/%s?fields=customer,customer.staff,lines,total", deal), NULL,
            200);
    assert_string_equal(text_at(json_object_get(j, "customer"), "title"), "Acme");
    assert_int_equal(json_integer_value(json_object_get(j, "customer.staff")), 7);
    assert_int_equal(json_array_size(json_object_get(j, "lines")), 1);
    json_decref(j);
    /* All or nothing, and told which one. */
    j = ask(
        d, "POST", "/api/v1/batch",
        "{\"operations\":[{\"op\":\"create\",\"entity\":\"customer\",\"set\":{\"name\":\"Lost\"}},{"
        "\"op\":\"create\",\"entity\":\"customer\",\"set\":{\"staff\":\"x\",\"name\":\"y\"}}]}",
        422);
    assert_non_null(strstr(text_at(j, "where"), "operations[1]"));
    json_decref(j);
    assert_int_equal(count_of(d, "/api/v1/records/customer"), 1);
    refused(d, "POST", "/api/v1/batch", "{\"operations\":[]}", 400, NULL);
    refused(
        d, "POST", "/api/v1/batch",
        "{\"operations\":[{\"op\":\"update\",\"entity\":\"customer\",\"id\":\"$who\",\"set\":{}}]}",
        404, NULL);
    refused(d, "POST", "/api/v1/batch",
            "{\"operations\":[{\"op\":\"jump\",\"entity\":\"customer\"}]}", 400, "body_key_form");
    refused(d, "POST", "/api/v1/batch",
            "{\"operations\":[{\"op\":\"create\",\"entity\":\"customer\",\"what\":1,\"set\":{}}]}",
            400, "body_key_unknown");
    refused(d, "POST", "/api/v1/batch",
            "{\"operations\":[{\"op\":\"create\",\"entity\":\"nothing\",\"set\":{}}]}", 400,
            "entity_unknown");
}

static void bulk(struct data *d) {
    char id[24], other[24];
    for (int i = 0; i < 12; i++)
        post(d, "customer", path("{\"name\":\"C%d\",\"staff\":%d,\"code\":\"%d\"}", i, i, i), id);
    json_t *j = ask(d, "POST", "/api/v1/records/customer/bulk",
                    "{\"where\":\"staff >= 6\",\"set\":{\"vip\":true,\"why_vip\":\"big\"}}", 200);
    assert_int_equal(json_integer_value(json_object_get(j, "changed")), 6);
    char changeset[24];
    snprintf(changeset, sizeof changeset, "%s", text_at(j, "changeset"));
    json_decref(j);
    j = ask(d, "POST", "/api/v1/records/customer/bulk",
            "{\"where\":\"staff >= 6\",\"set\":{\"vip\":true,\"why_vip\":\"big\"}}", 200);
    assert_int_equal(json_integer_value(json_object_get(j, "changed")), 0);
    assert_int_equal(json_integer_value(json_object_get(j, "unchanged")), 6);
    json_decref(j);
    j = ask(d, "POST", path("/api/v1/changesets/%s/undo", changeset), "{}", 200);
    assert_int_equal(json_array_size(json_object_get(j, "conflicts")), 0);
    assert_true(json_is_string(json_object_get(json_object_get(j, "changeset"), "id")));
    json_decref(j);
    assert_int_equal(count_of(d, "/api/v1/records/customer?where=vip+==+true"), 0);
    refused(d, "POST", path("/api/v1/changesets/%s/undo", changeset), "{}", 409, "already_undone");
    refused(d, "POST", "/api/v1/changesets/17/undo", NULL, 404, NULL);
    /* One that fails is reported, the others go on. */
    snprintf(other, sizeof other, "%s", id);
    j = ask(d, "POST", "/api/v1/records/customer/bulk",
            path("{\"ids\":[\"%s\",\"12345\"],\"set\":{\"staff\":99}}", id), 200);
    assert_int_equal(json_integer_value(json_object_get(j, "changed")), 1);
    assert_int_equal(json_integer_value(json_object_get(j, "failed")), 1);
    assert_string_equal(text_at(json_array_get(json_object_get(j, "failures"), 0), "id"), "12345");
    json_decref(j);
    j = ask(d, "POST", "/api/v1/records/customer/bulk", "{\"where\":\"staff < 3\",\"delete\":true}",
            200);
    assert_int_equal(json_integer_value(json_object_get(j, "changed")), 3);
    json_decref(j);
    j = ask(d, "POST", "/api/v1/records/customer/bulk",
            "{\"where\":\"staff < 3\",\"restore\":true}", 200);
    assert_int_equal(json_integer_value(json_object_get(j, "changed")), 3);
    json_decref(j);
    refused(d, "POST", "/api/v1/records/customer/bulk", "{\"where\":\"staff < 3\"}", 400,
            "bulk_form");
    refused(d, "POST", "/api/v1/records/customer/bulk",
            "{\"where\":\"staff < 3\",\"ids\":[],\"delete\":true}", 400, "bulk_form");
    refused(d, "POST", "/api/v1/records/customer/bulk",
            "{\"where\":\"staff < 3\",\"delete\":true,\"set\":{}}", 400, "bulk_form");
    refused(d, "POST", "/api/v1/records/customer/bulk", "{\"where\":\"staf < 3\",\"delete\":true}",
            400, NULL);
    as(d, "reader");
    refused(d, "POST", "/api/v1/records/customer/bulk", "{\"where\":\"staff < 3\",\"delete\":true}",
            403, NULL);
}

/* More than a thousand: a parent over children, undone as one. */
static void large_bulk(struct data *d) {
    enum { ALL = 1200 };
    char *body = malloc(200000);
    size_t at = (size_t)snprintf(body, 100, "{\"operations\":[");
    for (int i = 0; i < ALL / 2; i++)
        at += (size_t)snprintf(
            body + at, 200,
            "%s{\"op\":\"create\",\"entity\":\"visit\",\"set\":{\"subject\":\"v\"}}", i ? "," : "");
    snprintf(body + at, 100, "]}");
    json_decref(ask(d, "POST", "/api/v1/batch", body, 200));
    json_decref(ask(d, "POST", "/api/v1/batch", body, 200));
    free(body);
    json_t *j = ask(d, "POST", "/api/v1/records/visit/bulk",
                    "{\"where\":\"\",\"set\":{\"subject\":\"w\"}}", 200);
    assert_int_equal(json_integer_value(json_object_get(j, "changed")), ALL);
    char changeset[24];
    snprintf(changeset, sizeof changeset, "%s", text_at(j, "changeset"));
    json_decref(j);
    j = ask(d, "GET", "/api/v1/changesets?limit=1", NULL, 200);
    assert_string_equal(first_id(j), changeset);
    json_decref(j);
    json_decref(ask(d, "POST", path("/api/v1/changesets/%s/undo", changeset), NULL, 200));
    assert_int_equal(count_of(d, "/api/v1/records/visit?where=subject+==+'v'"), ALL);
}

static void merges(struct data *d) {
    char keep[24], gone[24], deal[24], visit[24];
    post(d, "customer", "{\"name\":\"Acme\"}", keep);
    post(d, "customer", "{\"name\":\"ACME Inc\",\"emails\":[\"x@acme.org\"]}", gone);
    post(d, "deal", path("{\"name\":\"D\",\"customer\":\"%s\"}", gone), deal);
    post(d, "visit",
         path("{\"subject\":\"V\",\"customer\":\"%s\",\"about\":{\"entity\":\"customer\",\"id\":\"%"
              "s\"}}",
              gone, gone),
         visit);
    json_decref(ask(d, "PATCH", path("/api/v1/records/customer/%s", keep),
                    path("{\"partners\":[{\"id\":\"%s\"}],\"parent\":\"%s\"}", gone, gone), 200));
    json_t *j = ask(d, "POST", "/api/v1/records/customer/bulk",
                    path("{\"ids\":[\"%s\",\"%s\"],\"merge\":{\"into\":\"%s\",\"set\":{\"emails\":["
                         "\"x@acme.org\"]}}}",
                         keep, gone, keep),
                    200);
    assert_string_equal(text_at(j, "id"), keep);
    assert_int_equal(json_array_size(json_object_get(j, "emails")), 1);
    assert_int_equal(json_array_size(json_object_get(j, "partners")), 0);
    assert_true(json_is_null(json_object_get(j, "parent")));
    json_decref(j);
    j = ask(d, "GET", path("/api/v1/records/deal/%s", deal), NULL, 200);
    assert_string_equal(text_at(json_object_get(j, "customer"), "id"), keep);
    json_decref(j);
    j = ask(d, "GET", path("/api/v1/records/visit/%s", visit), NULL, 200);
    assert_string_equal(text_at(json_object_get(j, "customer"), "id"), keep);
    assert_string_equal(text_at(json_object_get(j, "about"), "id"), keep);
    json_decref(j);
    assert_int_equal(count_of(d, "/api/v1/records/customer"), 1);
    j = ask(d, "GET", "/api/v1/changesets?limit=1", NULL, 200);
    char changeset[24];
    snprintf(changeset, sizeof changeset, "%s", first_id(j));
    json_decref(j);
    json_decref(ask(d, "POST", path("/api/v1/changesets/%s/undo", changeset), NULL, 200));
    j = ask(d, "GET", path("/api/v1/records/deal/%s", deal), NULL, 200);
    assert_string_equal(text_at(json_object_get(j, "customer"), "id"), gone);
    json_decref(j);
    refused(d, "POST", "/api/v1/records/customer/bulk",
            path("{\"ids\":[\"%s\"],\"merge\":{\"into\":\"%s\"}}", keep, keep), 400, "merge_form");
    refused(d, "POST", "/api/v1/records/customer/bulk",
            path("{\"ids\":[\"%s\",\"%s\"],\"merge\":{\"into\":\"1\"}}", keep, gone), 400,
            "merge_form");
}

static void tags_and_followers(struct data *d) {
    char id[24], tag[24];
    post(d, "customer", "{\"name\":\"Acme\"}", id);
    post(d, "tag", "{\"name\":\"hot\"}", tag);
    json_t *j = ask(d, "POST", path("/api/v1/records/customer/%s/tags?fields=tags", id),
                    path("{\"add\":[\"%s\"]}", tag), 200);
    assert_string_equal(text_at(json_array_get(json_object_get(j, "tags"), 0), "title"), "hot");
    json_decref(j);
    json_decref(ask(d, "POST", path("/api/v1/records/customer/%s/tags", id),
                    path("{\"remove\":[\"%s\"]}", tag), 200));
    j = ask(d, "GET", path("/api/v1/records/customer/%s/tags", id), NULL, 200);
    assert_int_equal(json_array_size(json_object_get(j, "tags")), 0);
    json_decref(j);
    j = ask(d, "POST", path("/api/v1/records/customer/%s/followers?fields=followers", id), NULL,
            200);
    assert_string_equal(text_at(json_array_get(json_object_get(j, "followers"), 0), "title"),
                        "admin");
    json_decref(j);
    j = ask(d, "DELETE", path("/api/v1/records/customer/%s/followers?fields=followers", id), NULL,
            200);
    assert_int_equal(json_array_size(json_object_get(j, "followers")), 0);
    json_decref(j);
    refused(d, "POST", path("/api/v1/records/customer/%s/tags", id), "{\"set\":[]}", 400,
            "body_key_unknown");
    refused(d, "POST", path("/api/v1/records/customer/%s/comments", id), "{\"body\":\"x\"}", 404,
            "route_unknown"); /* no entity `comment` here */
}

static void comments(struct data *d) {
    char id[24], second[24];
    world_apply(&d->w, "entity 'comment' { label = 'Comment', title = 'body', fields = { about = "
                       "ref_any { required = true }, body = long_text { required = true } } }");
    post(d, "customer", "{\"name\":\"Acme\"}", id);
    post(d, "customer", "{\"name\":\"Other\"}", second);
    json_t *j = ask(d, "POST", path("/api/v1/records/customer/%s/comments", id),
                    "{\"body\":\"first\"}", 201);
    assert_string_equal(text_at(json_object_get(j, "about"), "id"), id);
    json_decref(j);
    json_decref(ask(d, "POST", path("/api/v1/records/customer/%s/comments", id),
                    "{\"body\":\"second\"}", 201));
    j = ask(d, "GET", path("/api/v1/records/customer/%s/comments", id), NULL, 200);
    assert_int_equal(json_array_size(json_object_get(j, "records")), 2);
    assert_string_equal(text_at(json_array_get(json_object_get(j, "records"), 0), "body"),
                        "second");
    json_decref(j);
    j = ask(d, "GET", path("/api/v1/records/customer/%s/comments", second), NULL, 200);
    assert_int_equal(json_array_size(json_object_get(j, "records")), 0);
    json_decref(j);
    refused(d, "POST", path("/api/v1/records/customer/%s/comments", id), "{}", 422, NULL);
    refused(d, "GET", "/api/v1/records/customer/17/comments", NULL, 404, NULL);
}

static void settings(struct data *d) {
    json_t *j = ask(d, "GET", "/api/v1/settings", NULL, 200);
    assert_string_equal(text_at(j, "zone"), "UTC");
    assert_string_equal(text_at(j, "base_currency"), "USD");
    json_decref(j);
    j = ask(d, "PATCH", "/api/v1/settings",
            "{\"zone\":\"Europe/"
            "Berlin\",\"week_start\":7,\"company_name\":\"Example\",\"base_currency\":\"EUR\"}",
            200);
    assert_string_equal(text_at(j, "zone"), "Europe/Berlin");
    assert_string_equal(text_at(j, "base_currency"), "EUR");
    assert_int_equal(json_integer_value(json_object_get(j, "week_start")), 7);
    json_decref(j);
    char id[24];
    post(d, "customer",
         "{\"name\":\"Acme\",\"revenue\":{\"amount\":\"1.00\",\"currency\":\"EUR\"}}", id);
    refused(d, "PATCH", "/api/v1/settings", "{\"base_currency\":\"USD\"}", 409, "currency_fixed");
    json_decref(ask(d, "PATCH", "/api/v1/settings", "{\"base_currency\":\"EUR\"}", 200));
    refused(d, "PATCH", "/api/v1/settings", "{\"zone\":\"Mars/Olympus\"}", 422, "setting_form");
    refused(d, "PATCH", "/api/v1/settings", "{\"week_start\":8}", 422, "setting_form");
    refused(d, "PATCH", "/api/v1/settings", "{\"colour\":\"red\"}", 400, "setting_unknown");
}

static void descriptions(struct data *d) {
    struct reply r;
    http_call(d->port, &r, "GET", "/api/v1/meta", d->token, NULL);
    assert_int_equal(r.status, 200);
    char etag[64], headers[256];
    snprintf(etag, sizeof etag, "%s", reply_header(&r, "ETag"));
    reply_free(&r);
    snprintf(headers, sizeof headers, "%sIf-None-Match: %s\r\n", d->token, etag);
    http_call(d->port, &r, "GET", "/api/v1/meta", headers, NULL);
    assert_int_equal(r.status, 304);
    reply_free(&r);
    json_t *j = ask(d, "GET", "/api/v1/openapi.json", NULL, 200);
    assert_string_equal(text_at(j, "openapi"), "3.1.0");
    const json_t *paths = json_object_get(j, "paths");
    assert_non_null(
        json_object_get(json_object_get(paths, "/api/v1/records/customer/{id}"), "patch"));
    assert_non_null(json_object_get(paths, "/api/v1/query"));
    assert_null(json_object_get(paths, "/api/v1/records/{entity}"));
    const json_t *types = json_object_get(json_object_get(j, "components"), "schemas");
    const json_t *customer = json_object_get(json_object_get(types, "customer"), "properties");
    assert_string_equal(text_at(json_object_get(customer, "seen_at"), "format"), "date-time");
    const json_t *input = json_object_get(json_object_get(types, "customer_input"), "properties");
    assert_non_null(json_object_get(input, "name"));
    assert_null(json_object_get(input, "greeting"));
    json_decref(j);
    as(d, "reader");
    j = ask(d, "GET", "/api/v1/openapi.json", NULL, 200);
    assert_null(json_object_get(json_object_get(j, "paths"), "/api/v1/records/deal/{id}"));
    json_decref(j);
    as(d, "admin");
    j = ask(d, "GET", "/api/v1/schema", NULL, 200);
    assert_true(json_array_size(json_object_get(j, "entities")) > 5);
    json_decref(j);
    struct reply m;
    http_call(d->port, &m, "GET", "/metrics", "", NULL);
    assert_true(reply_has(&m, "perigee_writer_batches_total"));
    assert_true(reply_has(&m, "perigee_live_subscribers 0"));
    reply_free(&m);
    json_decref(ask(d, "GET", "/readyz", NULL, 200));
    refused(d, "GET", "/api/v1/jobs/17", NULL, 404, NULL);
}

static void live(struct data *d) {
    struct client c;
    char id[24], text[256];
    client_open(&c, d->port);
    snprintf(text, sizeof text, "GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n%s\r\n", d->token);
    client_text(&c, text);
    while (!c.bytes || !strstr(c.bytes, "retry: 2000"))
        assert_true(client_more(&c));
    assert_non_null(strstr(c.bytes, "text/event-stream"));
    post(d, "customer", "{\"name\":\"Acme\"}", id);
    while (!strstr(c.bytes, id))
        assert_true(client_more(&c));
    assert_non_null(strstr(c.bytes, "event: change"));
    for (int i = 0; i < 20; i++) {
        json_decref(ask(d, "PATCH", path("/api/v1/records/customer/%s", id),
                        path("{\"staff\":%d}", i + 10), 200));
    }
    while (!strstr(c.bytes, "\"version\":21"))
        assert_true(client_more(&c));
    client_close(&c);
}

/* The end of a job, waited for; its JSON is owned. */
static json_t *finished(struct data *d, const char *answer_job) {
    char job[24];
    snprintf(job, sizeof job, "%s", answer_job);
    for (;;) {
        json_t *j = ask(d, "GET", path("/api/v1/jobs/%s", job), NULL, 200);
        const char *state = text_at(j, "state");
        if (strcmp(state, "done") == 0) return j;
        if (strcmp(state, "failed") == 0) fail_msg("%s", text_at(j, "error"));
        json_decref(j);
        event_hub_settle(d->hub, 1000, &d->w.err);
    }
}

/* What is too much to wait for is done by a job of the caller. */
static void long_work_is_a_job(struct data *d) {
    enum { ALL = 10500 };
    for (int made = 0; made < ALL; made += 1500) {
        struct changeset *c = begin(&d->w);
        for (int i = 0; i < 1500; i++)
            put(c, create(&d->w, c, "visit"), "subject", text("v"));
        must(&d->w, commit(&d->w, c));
    }
    json_t *j = ask(d, "POST", "/api/v1/records/visit/bulk",
                    "{\"where\":\"\",\"set\":{\"subject\":\"w\"}}", 202);
    json_t *done = finished(d, text_at(j, "job"));
    json_decref(j);
    const json_t *figures = json_object_get(done, "progress");
    assert_int_equal(json_integer_value(json_object_get(figures, "changed")), ALL);
    char changeset[24], job[24];
    snprintf(changeset, sizeof changeset, "%s", text_at(figures, "changeset"));
    snprintf(job, sizeof job, "%s", text_at(done, "id"));
    json_decref(done);
    assert_int_equal(count_of(d, "/api/v1/records/visit?where=subject+==+'w'"), ALL);
    j = ask(d, "POST", path("/api/v1/changesets/%s/undo", changeset), NULL, 202);
    done = finished(d, text_at(j, "job"));
    json_decref(j);
    json_decref(done);
    assert_int_equal(count_of(d, "/api/v1/records/visit?where=subject+==+'w'"), 0);
    as(d, "reader");
    refused(d, "GET", path("/api/v1/jobs/%s", job), NULL, 404, NULL); /* another's */
}

ON_BOTH_SERVERS(batches)
ON_BOTH_SERVERS(bulk)
ON_BOTH_SERVERS(large_bulk)
ON_BOTH_SERVERS(merges)
ON_BOTH_SERVERS(tags_and_followers)
ON_BOTH_SERVERS(comments)
ON_BOTH_SERVERS(settings)
ON_BOTH_SERVERS(descriptions)
ON_BOTH_SERVERS(live)

static void long_work_is_a_job_sqlite(void **state) {
    (void)state;
    struct data d;
    data_open(&d, STORE_SQLITE);
    long_work_is_a_job(&d);
    data_close(&d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(batches),
        BOTH(bulk),
        BOTH(large_bulk),
        BOTH(merges),
        BOTH(tags_and_followers),
        BOTH(comments),
        BOTH(settings),
        BOTH(descriptions),
        BOTH(live),
        cmocka_unit_test(long_work_is_a_job_sqlite),
    };
    return cmocka_run_group_tests_name("many", tests, NULL, world_stop);
}
