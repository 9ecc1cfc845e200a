/* Records through the door, on both engines: the life of one record, conditions, keys, dry runs,
 * rights, lists, history. What the figures and rules are is tested in tests/unit/record. */
#include "support/data.h"

static void life_of_a_record(struct data *d) {
    char id[24];
    struct reply r;
    char all[256];
    snprintf(all, sizeof all, "%sContent-Type: application/json\r\n", d->token);
    http_call(d->port, &r, "POST", "/api/v1/records/customer", all,
              "{\"name\":\"Acme\",\"revenue\":{\"amount\":\"10.50\",\"currency\":\"USD\"},"
              "\"emails\":[\"a@b.org\"]}");
    assert_int_equal(r.status, 201);
    assert_string_equal(reply_header(&r, "ETag"), "\"1\"");
    assert_true(strlen(reply_header(&r, "Perigee-Changeset")) > 10);
    assert_non_null(strstr(reply_header(&r, "Location"), "/api/v1/records/customer/"));
    snprintf(id, sizeof id, "%s", strrchr(reply_header(&r, "Location"), '/') + 1);
    reply_free(&r);
    json_t *j = ask(d, "GET", path("/api/v1/records/customer/%s", id), NULL, 200);
    assert_string_equal(text_at(j, "name"), "Acme");
    assert_string_equal(text_at(j, "id"), id);
    assert_string_equal(text_at(json_object_get(j, "revenue"), "amount"), "10.50");
    assert_string_equal(text_at(j, "greeting"), "Dear Acme");
    json_decref(j);
    j = ask(d, "GET", path("/api/v1/records/customer/%s?fields=name,staff", id), NULL, 200);
    assert_int_equal(json_object_size(j), 4); /* id, version and the two */
    json_decref(j);
    j = ask(d, "PATCH", path("/api/v1/records/customer/%s", id), "{\"name\":\"Acme Two\"}", 200);
    assert_int_equal(json_integer_value(json_object_get(j, "version")), 2);
    json_decref(j);
    j = ask(d, "PATCH", path("/api/v1/records/customer/%s", id), "{\"name\":\"Acme Two\"}", 200);
    assert_int_equal(json_integer_value(json_object_get(j, "version")), 2); /* nothing changed */
    json_decref(j);
    assert_null(ask(d, "DELETE", path("/api/v1/records/customer/%s", id), NULL, 204));
    j = ask(d, "GET", path("/api/v1/records/customer/%s?fields=deleted_at", id), NULL,
            200); /* by id the trash can be looked at */
    assert_true(json_is_string(json_object_get(j, "deleted_at")));
    json_decref(j);
    j = ask(d, "GET", "/api/v1/records/customer?trash=only", NULL, 200);
    assert_int_equal(json_array_size(json_object_get(j, "records")), 1);
    json_decref(j);
    json_decref(ask(d, "POST", path("/api/v1/records/customer/%s/restore", id), NULL, 200));
    j = ask(d, "GET", path("/api/v1/records/customer/%s/changes", id), NULL, 200);
    assert_int_equal(json_array_size(json_object_get(j, "records")), 4);
    json_decref(j);
    json_decref(ask(d, "GET", path("/api/v1/records/customer/%s/timeline", id), NULL, 200));
    json_decref(ask(d, "GET", path("/api/v1/records/customer/%s/access", id), NULL, 200));
    assert_null(ask(d, "DELETE", path("/api/v1/records/customer/%s?purge=1", id), NULL, 204));
    refused(d, "GET", path("/api/v1/records/customer/%s", id), NULL, 404, "not_found");
}

static void conditions(struct data *d) {
    char id[24];
    post(d, "customer", "{\"name\":\"Acme\"}", id);
    const char *target = path("/api/v1/records/customer/%s", id);
    json_decref(ask_with(d, "PATCH", target, "If-Match: \"1\"\r\n", "{\"name\":\"B\"}", 200));
    json_t *j = ask_with(d, "PATCH", target, "If-Match: \"1\"\r\n", "{\"name\":\"C\"}", 412);
    assert_string_equal(text_at(json_object_get(j, "current"), "name"), "B");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(j, "current"), "version")),
                     2);
    json_decref(j);
    json_decref(ask_with(d, "PATCH", target, "If-Match: *\r\n", "{\"name\":\"C\"}", 200));
    json_decref(ask_with(d, "PATCH", target, "If-Match: nonsense\r\n", "{\"name\":\"D\"}", 400));
    json_decref(ask_with(d, "DELETE", target, "If-Match: \"2\"\r\n", NULL, 412));
    assert_null(ask_with(d, "GET", target, "If-None-Match: \"3\"\r\n", NULL, 304));
    json_decref(ask_with(d, "GET", target, "If-None-Match: \"2\"\r\n", NULL, 200));
}

static void idempotency(struct data *d) {
    json_t *one = ask_with(d, "POST", "/api/v1/records/customer", "Idempotency-Key: k1\r\n",
                           "{\"name\":\"Once\"}", 201);
    json_t *two = ask_with(d, "POST", "/api/v1/records/customer", "Idempotency-Key: k1\r\n",
                           "{\"name\":\"Once\"}", 201);
    assert_string_equal(text_at(one, "id"), text_at(two, "id"));
    json_decref(one);
    json_decref(two);
    json_decref(ask_with(d, "POST", "/api/v1/records/customer", "Idempotency-Key: k1\r\n",
                         "{\"name\":\"Other\"}", 409));
    json_decref(ask_with(d, "POST", "/api/v1/records/visit", "Idempotency-Key: k1\r\n",
                         "{\"subject\":\"Other\"}", 409));
    json_t *j = ask(d, "GET", "/api/v1/records/customer?count=exact", NULL, 200);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(j, "total"), "value")), 1);
    json_decref(j);
}

static void dry_runs_write_nothing(struct data *d) {
    json_decref(ask(d, "POST", "/api/v1/records/customer?dry=1", "{\"name\":\"Dry\"}", 200));
    json_t *j = ask(d, "POST", "/api/v1/records/customer?dry=1", "{\"staff\":-1}", 422);
    assert_true(json_array_size(json_object_get(j, "fields")) >= 1);
    json_decref(j);
    j = ask(d, "GET", "/api/v1/records/customer", NULL, 200);
    assert_int_equal(json_array_size(json_object_get(j, "records")), 0);
    json_decref(j);
    j = ask(d, "GET", "/api/v1/changesets?limit=1", NULL, 200);
    assert_string_not_equal(text_at(json_array_get(json_object_get(j, "records"), 0), "door"),
                            "(none)");
    json_decref(j);
}

static void refusals(struct data *d) {
    char id[24];
    post(d, "customer", "{\"name\":\"Acme\",\"code\":\"A1\"}", id);
    refused(d, "GET", "/api/v1/records/nothing", NULL, 404, "entity_unknown");
    refused(d, "GET", "/api/v1/records/customer/1", NULL, 404, NULL);
    refused(d, "GET", "/api/v1/records/customer/abc", NULL, 404, NULL);
    refused(d, "GET", "/api/v1/records/customer/99999999999999999999999", NULL, 404, NULL);
    refused(d, "GET", "/api/v1/records/customer/-1", NULL, 404, NULL);
    refused(d, "GET", "/api/v1/records/customer?wher=1", NULL, 400, "query_unknown");
    refused(d, "GET", "/api/v1/records/customer?limit=0", NULL, 400, "query_number");
    refused(d, "GET", "/api/v1/records/customer?limit=1001", NULL, 400, "query_number");
    refused(d, "GET", "/api/v1/records/customer?limit=5&limit=6", NULL, 400, "query_repeated");
    refused(d, "GET", "/api/v1/records/customer?where=nam+==+1", NULL, 400, NULL);
    refused(d, "GET", "/api/v1/records/customer?where=((((", NULL, 400, NULL);
    refused(d, "POST", "/api/v1/records/customer", "{\"name\":", 400, "json_malformed");
    refused(d, "POST", "/api/v1/records/customer", "[]", 400, NULL);
    refused(d, "POST", "/api/v1/records/customer", "{\"nome\":\"x\"}", 400, NULL);
    refused(d, "POST", "/api/v1/records/customer", "{\"name\":\"x\",\"name\":\"y\"}", 400,
            "json_duplicate");
    refused(d, "POST", "/api/v1/records/customer", "{\"code\":\"A1\",\"name\":\"B\"}", 409,
            "not_unique");
    refused(d, "POST", "/api/v1/records/customer", "{\"parent\":\"17\",\"name\":\"B\"}", 422, NULL);
    refused(d, "POST", "/api/v1/records/customer", "{\"staff\":\"many\",\"name\":\"B\"}", 422,
            NULL);
    refused(d, "POST", "/api/v1/records/customer", NULL, 400, "body_missing");
    refused(d, "PUT", "/api/v1/records/customer", "{}", 405, "method_refused");
    json_t *j =
        ask_with(d, "POST", "/api/v1/records/customer", "Accept-Language: ru\r\n", "{}", 422);
    assert_string_equal(text_at(j, "field"), "name");
    assert_string_equal(text_at(j, "title"), "Отклонено правилом");
    json_decref(j);
    struct reply r;
    http_call(d->port, &r, "POST", "/api/v1/records/customer",
              path("%sContent-Type: text/plain\r\n", d->token), "{\"name\":\"x\"}");
    assert_int_equal(r.status, 415);
    reply_free(&r);
}

static void rights(struct data *d) {
    char id[24];
    post(d, "customer", "{\"name\":\"Acme\",\"notes\":\"secret\"}", id);
    as(d, NULL);
    refused(d, "GET", "/api/v1/records/customer", NULL, 401, "sign_in");
    as(d, "nobody");
    refused(d, "GET", "/api/v1/records/customer", NULL, 401, "token");
    json_decref(ask(d, "GET", "/healthz", NULL, 200));
    as(d, "reader");
    json_decref(ask(d, "GET", path("/api/v1/records/customer/%s", id), NULL, 200));
    refused(d, "GET", "/api/v1/records/deal", NULL, 403, NULL);
    refused(d, "POST", "/api/v1/records/customer", "{\"name\":\"B\"}", 403, NULL);
    refused(d, "PATCH", path("/api/v1/records/customer/%s", id), "{\"name\":\"B\"}", 403, NULL);
    refused(d, "DELETE", path("/api/v1/records/customer/%s", id), NULL, 403, NULL);
    refused(d, "PATCH", "/api/v1/settings", "{\"language\":\"ru\"}", 403, NULL);
    refused(d, "GET", "/api/v1/schema", NULL, 403, NULL);
    as(d, "seller");
    refused(d, "GET", path("/api/v1/records/customer/%s", id), NULL, 404,
            NULL); /* another's: as if it were not there */
    refused(d, "PATCH", path("/api/v1/records/customer/%s", id), "{\"name\":\"B\"}", 404, NULL);
    refused(d, "GET", "/api/v1/records/customer?where=notes+==+'x'", NULL, 400, NULL);
    refused(d, "GET", "/api/v1/records/customer?sort=notes", NULL, 400, NULL);
    char own[24];
    post(d, "customer", "{\"name\":\"Mine\"}", own);
    json_t *j = ask(d, "GET", "/api/v1/records/customer?count=exact", NULL, 200);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(j, "total"), "value")), 1);
    assert_null(json_object_get(json_array_get(json_object_get(j, "records"), 0), "notes"));
    json_decref(j);
}

static void cookies_need_the_token(struct data *d) {
    const char *body = "{\"name\":\"By cookie\"}";
    as(d, NULL);
    json_decref(
        ask_with(d, "GET", "/api/v1/records/customer", "Cookie: session=admin\r\n", NULL, 200));
    json_decref(
        ask_with(d, "POST", "/api/v1/records/customer", "Cookie: session=admin\r\n", body, 403));
    json_decref(ask_with(d, "POST", "/api/v1/records/customer",
                         "Cookie: session=admin\r\nX-CSRF-Token: wrong\r\n", body, 403));
    json_decref(
        ask_with(d, "POST", "/api/v1/records/customer",
                 "Cookie: session=admin\r\nX-CSRF-Token: csrf\r\nOrigin: http://evil.example\r\n",
                 body, 403));
    json_decref(ask_with(
        d, "POST", "/api/v1/records/customer",
        "Cookie: session=admin\r\nX-CSRF-Token: csrf\r\nOrigin: http://localhost\r\n", body, 201));
    json_decref(ask_with(d, "POST", "/api/v1/records/customer",
                         "Cookie: session=admin\r\nX-CSRF-Token: csrf\r\n", body, 201));
}

static void lists_and_queries(struct data *d) {
    char id[24];
    for (int i = 0; i < 25; i++)
        post(d, "customer", path("{\"name\":\"Customer %02d\",\"staff\":%d}", i, i % 5), id);
    json_t *j =
        ask(d, "GET",
            "/api/v1/records/"
            "customer?where=staff+%3E+2&sort=-staff,name&fields=name,staff&limit=4&count=exact",
            NULL, 200);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(j, "total"), "value")), 10);
    assert_int_equal(json_array_size(json_object_get(j, "records")), 4);
    assert_string_equal(text_at(json_array_get(json_object_get(j, "records"), 0), "name"),
                        "Customer 04");
    char next[512];
    snprintf(next, sizeof next, "%s", text_at(j, "next"));
    json_decref(j);
    j = ask(d, "GET",
            path("/api/v1/records/"
                 "customer?where=staff+%%3E+2&sort=-staff,name&fields=name,staff&limit=4&after=%s",
                 next),
            NULL, 200);
    assert_string_equal(text_at(json_array_get(json_object_get(j, "records"), 0), "name"),
                        "Customer 24");
    json_decref(j);
    j = ask(d, "POST", "/api/v1/query",
            "{\"from\":\"customer\",\"group\":[\"staff\"],\"measures\":{\"n\":\"count()\"},"
            "\"sort\":[\"staff\"]}",
            200);
    assert_int_equal(json_array_size(json_object_get(j, "rows")), 5);
    json_decref(j);
    refused(d, "POST", "/api/v1/query", "{\"from\":\"customer\"}", 400, NULL);
    j = ask(d, "GET", "/api/v1/search?q=customer+07", NULL,
            200); /* as of the last answered write */
    assert_int_equal(json_array_size(json_object_get(j, "results")), 1);
    json_decref(j);
}

static void reads_see_answered_writes(struct data *d) {
    char id[24];
    char target[80];
    post(d, "customer", "{\"name\":\"0\"}", id);
    snprintf(target, sizeof target, "/api/v1/records/customer/%s", id);
    struct client writing, reading; /* on connections of different loops */
    struct reply r;
    client_open(&writing, d->port);
    client_open(&reading, d->port);
    for (int i = 1; i <= 50; i++) {
        char body[64];
        snprintf(body, sizeof body, "{\"name\":\"%d\"}", i);
        client_call(&writing, &r, "PATCH", target,
                    path("%sContent-Type: application/json\r\n", d->token), body);
        assert_int_equal(r.status, 200);
        reply_free(&r);
        client_call(&reading, &r, "GET", target, d->token, NULL);
        if (!reply_has(&r, path("\"name\":\"%d\"", i))) fail_msg("%d: %s", i, r.body);
        reply_free(&r);
    }
    client_close(&writing);
    client_close(&reading);
}

ON_BOTH_SERVERS(life_of_a_record)
ON_BOTH_SERVERS(conditions)
ON_BOTH_SERVERS(idempotency)
ON_BOTH_SERVERS(dry_runs_write_nothing)
ON_BOTH_SERVERS(refusals)
ON_BOTH_SERVERS(rights)
ON_BOTH_SERVERS(cookies_need_the_token)
ON_BOTH_SERVERS(lists_and_queries)
ON_BOTH_SERVERS(reads_see_answered_writes)

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(life_of_a_record),       BOTH(conditions),        BOTH(idempotency),
        BOTH(dry_runs_write_nothing), BOTH(refusals),          BOTH(rights),
        BOTH(cookies_need_the_token), BOTH(lists_and_queries), BOTH(reads_see_answered_writes),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, world_stop);
}
