/* Requests that a loop over PostgreSQL runs in place: one that needs more goes to a reader and is
 * answered all the same, and a server that went away is found again. */
#include "support/data.h"

#include "support/postgres.h"

static void get(struct data *d, struct reply *r, const char *target) {
    http_call(d->port, r, "GET", target, d->token, NULL);
}

static void titles_and_children_are_there(struct data *d) {
    char customer[24], deal[24], body[160];
    post(d, "customer", "{\"name\":\"Acme\",\"emails\":[\"a@b.org\"]}", customer);
    snprintf(body, sizeof body, "{\"name\":\"Big\",\"customer\":\"%s\"}", customer);
    post(d, "deal", body, deal);
    for (int i = 0; i < 3; i++) {
        json_t *j =
            ask(d, "GET", path("/api/v1/records/deal/%s?fields=name,customer", deal), NULL, 200);
        assert_string_equal(text_at(j, "name"), "Big");
        assert_string_equal(text_at(json_object_get(j, "customer"), "title"), "Acme");
        json_decref(j);
        j = ask(d, "GET", path("/api/v1/records/deal/%s?fields=customer.emails", deal), NULL, 200);
        assert_int_equal(json_array_size(json_object_get(j, "customer.emails")), 1);
        json_decref(j);
        json_decref(ask(d, "GET", path("/api/v1/records/customer/%s", customer), NULL, 200));
        refused(d, "GET", "/api/v1/records/customer/12345", NULL, 404, "not_found");
        refused(d, "GET", path("/api/v1/records/customer/%s?fields=nothing", customer), NULL, 400,
                "unknown_field");
    }
    as(d, NULL);
    refused(d, "GET", path("/api/v1/records/customer/%s", customer), NULL, 401, NULL);
    as(d, "admin");
}

/* Nothing of the dropped run shows: headers once, the body once. */
static void an_answer_is_made_once(struct data *d) {
    char id[24];
    struct reply r;
    post(d, "customer", "{\"name\":\"Once\"}", id);
    get(d, &r, path("/api/v1/records/customer/%s?fields=name", id));
    assert_int_equal(r.status, 200);
    char wanted[96];
    snprintf(wanted, sizeof wanted, "{\"id\":\"%s\",\"version\":1,\"name\":\"Once\"}", id);
    assert_string_equal(r.body, wanted);
    const char *etag = strstr(r.head, "ETag");
    assert_non_null(etag);
    assert_null(strstr(etag + 1, "ETag"));
    reply_free(&r);
}

static void a_lost_server_is_found_again(struct data *d) {
    enum { TRIES = 400 };
    char id[24];
    struct reply r;
    post(d, "customer", "{\"name\":\"Lasting\"}", id);
    test_postgres_kill(&world_server);
    for (int i = 0; i < 3; i++)
        refused(d, "GET", path("/api/v1/records/customer/%s?fields=name", id), NULL, 503,
                "unavailable");
    refused(d, "POST", "/api/v1/records/customer", "{\"name\":\"Lost\"}", 503, "unavailable");
    assert_true(test_postgres_restart(&world_server));
    for (int i = 0; i < TRIES; i++) {
        get(d, &r, path("/api/v1/records/customer/%s?fields=name", id));
        bool well = r.status == 200;
        reply_free(&r);
        if (well) break;
    }
    json_decref(ask(d, "GET", path("/api/v1/records/customer/%s?fields=name", id), NULL, 200));
    post(d, "customer", "{\"name\":\"Again\"}", id);
    assert_true(data_reads_on_loops(d));
}

static void on_postgres(void (*test)(struct data *d)) {
    struct data d;
    data_open(&d, STORE_POSTGRES);
    assert_true(data_reads_on_loops(&d));
    test(&d);
    data_close(&d);
}

static void titles(void **state) {
    (void)state;
    on_postgres(titles_and_children_are_there);
}
static void once(void **state) {
    (void)state;
    on_postgres(an_answer_is_made_once);
}
static void lost(void **state) {
    (void)state;
    on_postgres(a_lost_server_is_found_again);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(titles), cmocka_unit_test(once),
                                       cmocka_unit_test(lost)};
    world_server_own = true;
    return cmocka_run_group_tests_name("ask", tests, NULL, world_stop);
}
