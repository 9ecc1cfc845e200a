/* Log lines as they arrive on standard error: forms, levels, nothing that forges a line. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <unistd.h>

#include "base/json.h"
#include "base/log.h"

static int saved, caught[2];

static void catch_begin(void) {
    fflush(stderr);
    saved = dup(STDERR_FILENO);
    assert_int_equal(pipe(caught), 0);
    dup2(caught[1], STDERR_FILENO);
    close(caught[1]);
}

static void catch_end(char *to, size_t size) {
    dup2(saved, STDERR_FILENO); /* the last writer of the pipe goes */
    close(saved);
    size_t len = 0;
    ssize_t got;
    while (len < size - 1 && (got = read(caught[0], to + len, size - 1 - len)) > 0)
        len += (size_t)got;
    to[len] = '\0';
    close(caught[0]);
}

static void logfmt(void **state) {
    (void)state;
    char text[4096];
    catch_begin();
    log_set_json(false);
    log_event(LOG_INFO, "listening", "address", "127.0.0.1:80", "note", "a b\n\"c\"", "empty", "",
              NULL);
    log_event(LOG_DEBUG, "hidden", NULL);
    catch_end(text, sizeof text);
    assert_memory_equal(text, "time=2", 6);
    assert_non_null(strstr(
        text,
        "Z level=info event=listening address=127.0.0.1:80 note=\"a b\\n\\\"c\\\"\" empty=\"\"\n"));
    assert_null(strstr(text, "hidden"));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void as_json(void **state) {
    (void)state;
    char text[8192];
    static char large[5000];
    memset(large, 'x', sizeof large - 1);
    catch_begin();
    log_set_json(true);
    log_event(LOG_ERROR, "odd", "bad", "\xFF\x01", "large", large, NULL);
    log_set_json(false);
    catch_end(text, sizeof text);
    JSON_CLEANUP json_t *tree = NULL;
    assert_int_equal(json_parse(str_from(text), NULL, &tree, NULL), CRM_OK);
    assert_true(str_is(json_str(json_object_get(tree, "level")), "error"));
    assert_true(str_is(json_str(json_object_get(tree, "bad")), "\xEF\xBF\xBD\x01"));
    assert_int_equal(json_str(json_object_get(tree, "large")).len, 1024);
}

static void errors(void **state) {
    (void)state;
    static const struct err_text text_of = {"no_field", {"secret {0}", NULL}};
    char text[4096];
    struct err err;
    err_set(&err, CRM_REFUSED, &text_of, "Mr Smith's amount", NULL);
    err_at_entity(&err, STR("order"));
    err_at_field(&err, STR("amount"));
    err_at(&err, "order.lua:3");
    err_because(&err, "errno 5");
    catch_begin();
    log_err(LOG_WARN, "request", &err);
    catch_end(text, sizeof text);
    assert_non_null(strstr(text,
                           "level=warn event=request status=refused code=no_field entity=order "
                           "field=amount where=order.lua:3 cause=\"errno 5\"\n"));
    assert_null(strstr(text, "Smith")); /* arguments may be personal */
}

static void levels(void **state) {
    (void)state;
    char text[4096];
    catch_begin();
    log_set_level(LOG_ERROR);
    log_event(LOG_WARN, "quiet", NULL);
    log_set_level(LOG_DEBUG);
    log_event(LOG_DEBUG, "loud", NULL);
    log_set_level(LOG_INFO);
    catch_end(text, sizeof text);
    assert_null(strstr(text, "quiet"));
    assert_non_null(strstr(text, "event=loud"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(logfmt), cmocka_unit_test(as_json),
                                       cmocka_unit_test(errors), cmocka_unit_test(levels)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
