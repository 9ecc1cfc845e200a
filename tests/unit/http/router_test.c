/* Routing: literals before parameters before rests, 404 against 405, HEAD, owners. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/router.h"

static crm_status handle(struct http_request *r, void *ctx, struct err *err) {
    (void)r;
    (void)ctx;
    (void)err;
    return CRM_OK;
}

static void add(struct http_router *r, const char *owner, const char *method, const char *pattern) {
    struct err err;
    struct http_route route = {.method = method, .pattern = pattern, .handle = handle};
    assert_int_equal(http_router_add(r, str_from(owner), &route, &err), CRM_OK);
}

static int setup(void **state) {
    static struct http_router r;
    struct err err;
    http_router_init(&r);
    add(&r, "kernel", "GET", "/healthz");
    add(&r, "kernel", "GET", "/api/v1/records/{entity}");
    add(&r, "kernel", "POST", "/api/v1/records/{entity}");
    add(&r, "kernel", "GET", "/api/v1/records/{entity}/{id}");
    add(&r, "kernel", "DELETE", "/api/v1/records/{entity}/{id}");
    add(&r, "kernel", "POST", "/api/v1/records/{entity}/bulk");
    add(&r, "kernel", "POST", "/api/v1/records/{entity}/{id}/restore");
    add(&r, "sales", "POST", "/api/v1/records/lead/{id}/convert");
    add(&r, "web", "GET", "/{path*}");
    add(&r, "gone", "GET", "/gone");
    add(&r, "files", "GET", "/static/{rest*}");
    http_router_remove_owner(&r, STR("gone"));
    assert_int_equal(http_router_build(&r, &err), CRM_OK);
    *state = &r;
    return 0;
}

static int teardown(void **state) {
    http_router_fini(*state);
    return 0;
}

static struct http_match find(struct http_router *r, enum http_method method, const char *path,
                              struct arena *a) {
    struct http_target target;
    struct http_match match;
    struct err err;
    assert_int_equal(http_target_parse(str_from(path), a, &target, &err), CRM_OK);
    assert_true(http_router_find(r, method, &target, a, &match));
    return match;
}

static void expect(void **state, enum http_method method, const char *path, const char *pattern) {
    struct arena a;
    arena_init(&a, 1 << 20);
    struct http_match m = find(*state, method, path, &a);
    if (pattern) {
        assert_non_null(m.entry);
        assert_string_equal(m.entry->route.pattern, pattern);
    } else {
        assert_null(m.entry);
    }
    arena_fini(&a);
}

static void literals_win(void **state) {
    expect(state, HTTP_METHOD_GET, "/healthz", "/healthz");
    expect(state, HTTP_METHOD_POST, "/api/v1/records/deal/bulk", "/api/v1/records/{entity}/bulk");
    expect(state, HTTP_METHOD_GET, "/api/v1/records/deal/17", "/api/v1/records/{entity}/{id}");
    expect(state, HTTP_METHOD_POST, "/api/v1/records/deal/17/restore",
           "/api/v1/records/{entity}/{id}/restore");
}

static void a_literal_hides_nothing(void **state) {
    struct arena a;
    arena_init(&a, 1 << 20);
    expect(state, HTTP_METHOD_POST, "/api/v1/records/lead/17/convert",
           "/api/v1/records/lead/{id}/convert");
    expect(state, HTTP_METHOD_POST, "/api/v1/records/lead", "/api/v1/records/{entity}");
    expect(state, HTTP_METHOD_POST, "/api/v1/records/lead/bulk", "/api/v1/records/{entity}/bulk");
    expect(state, HTTP_METHOD_GET, "/api/v1/records/lead/17/convert", NULL);
    expect(state, HTTP_METHOD_GET, "/api/v1/records/lead/17/nonsense", NULL);
    struct http_match m = find(*state, HTTP_METHOD_DELETE, "/api/v1/records/lead/17", &a);
    assert_string_equal(m.entry->route.pattern, "/api/v1/records/{entity}/{id}");
    assert_true(str_is(m.values[0], "lead"));
    assert_true(str_is(m.values[1], "17"));
    arena_fini(&a);
}

static void head_is_get(void **state) { expect(state, HTTP_METHOD_HEAD, "/healthz", "/healthz"); }

static void rests_take_what_is_left(void **state) {
    struct arena a;
    arena_init(&a, 1 << 20);
    struct http_match m = find(*state, HTTP_METHOD_GET, "/static/css/a%20b.css", &a);
    assert_string_equal(m.entry->route.pattern, "/static/{rest*}");
    assert_true(str_is(m.values[0], "css/a b.css"));
    m = find(*state, HTTP_METHOD_GET, "/", &a);
    assert_string_equal(m.entry->route.pattern, "/{path*}");
    assert_true(str_is(m.values[0], ""));
    m = find(*state, HTTP_METHOD_GET, "/gone", &a);
    assert_string_equal(m.entry->route.pattern, "/{path*}");
    arena_fini(&a);
}

static void nothing_below_api_falls_to_the_rest(void **state) {
    expect(state, HTTP_METHOD_GET, "/api/v1/nonsense", NULL);
    expect(state, HTTP_METHOD_GET, "/api/v1/records/deal/17/nonsense", NULL);
    expect(state, HTTP_METHOD_GET, "/api/v1/records/", NULL);
}

static void wrong_method_tells_the_right_ones(void **state) {
    struct arena a;
    arena_init(&a, 1 << 20);
    struct http_match m = find(*state, HTTP_METHOD_PUT, "/api/v1/records/deal/17", &a);
    assert_null(m.entry);
    assert_true(str_is(http_methods_text(m.allowed, &a), "GET, HEAD, DELETE"));
    m = find(*state, HTTP_METHOD_PUT, "/api/v1/nonsense", &a);
    assert_int_equal(m.allowed, 0);
    arena_fini(&a);
}

static void parameters_by_position(void **state) {
    struct arena a;
    arena_init(&a, 1 << 20);
    struct http_match m = find(*state, HTTP_METHOD_GET, "/api/v1/records/de%C3%A4l/42", &a);
    assert_int_equal(m.entry->param_count, 2);
    assert_true(str_is(m.entry->params[1], "id"));
    assert_true(str_is(m.values[0], "deäl"));
    assert_true(str_is(m.values[1], "42"));
    arena_fini(&a);
}

static void bad_patterns_are_refused(void **state) {
    (void)state;
    static const char *const patterns[] = {"", "healthz", "/a//b", "/{rest*}/more",
                                           "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}"};
    struct http_router r;
    struct err err;
    http_router_init(&r);
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        struct http_route route = {.method = "GET", .pattern = patterns[i], .handle = handle};
        assert_int_equal(http_router_add(&r, STR("x"), &route, &err), CRM_INVALID);
    }
    struct http_route route = {.method = "get", .pattern = "/a", .handle = handle};
    assert_int_equal(http_router_add(&r, STR("x"), &route, &err), CRM_INVALID);
    add(&r, "x", "GET", "/a/{one}");
    route = (struct http_route){.method = "GET", .pattern = "/a/{one}", .handle = handle};
    assert_int_equal(http_router_add(&r, STR("x"), &route, &err), CRM_INVALID);
    add(&r, "x", "GET", "/a/{other}"); /* the same place under another name is found by the build */
    assert_int_equal(http_router_build(&r, &err), CRM_INVALID);
    assert_string_equal(err.text.code, "route_twice");
    http_router_fini(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_win),
        cmocka_unit_test(a_literal_hides_nothing),
        cmocka_unit_test(head_is_get),
        cmocka_unit_test(rests_take_what_is_left),
        cmocka_unit_test(nothing_below_api_falls_to_the_rest),
        cmocka_unit_test(wrong_method_tells_the_right_ones),
        cmocka_unit_test(parameters_by_position),
        cmocka_unit_test(bad_patterns_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
