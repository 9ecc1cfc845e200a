/* Watching a folder: a burst of changes is told once, a missing folder is an error. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "loop/watch.h"

#include <stdio.h>
#include <unistd.h>

struct told {
    int count;
    struct loop *loop;
};

static void on_change(void *ctx) {
    struct told *t = ctx;
    t->count++;
    loop_stop(t->loop);
}

static void touch(const char *folder, const char *name) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
}

static void burst_is_told_once(void **state) {
    (void)state;
    char folder[] = P_tmpdir "/perigee-watch-XXXXXX";
    assert_non_null(mkdtemp(folder));
    struct err err;
    struct told told = {0};
    struct loop_watch *watch = NULL;
    assert_int_equal(loop_new(&told.loop, &err), CRM_OK);
    struct loop_watch_options options = {
        .folder = folder, .quiet_ms = 20, .changed = on_change, .ctx = &told};
    assert_int_equal(loop_watch_start(told.loop, &options, &watch, &err), CRM_OK);
    for (int i = 0; i < 5; i++)
        touch(folder, "a.lua");
    loop_run(told.loop);
    assert_int_equal(told.count, 1);
    touch(folder, "b.lua"); /* it goes on watching */
    loop_run(told.loop);
    assert_int_equal(told.count, 2);
    touch(folder, "c.lua");
    loop_watch_stop(watch);
    loop_free(told.loop);
    assert_int_equal(told.count, 2);
    const char *names[] = {"a.lua", "b.lua", "c.lua"};
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void missing_folder(void **state) {
    (void)state;
    struct err err;
    struct loop *loop = NULL;
    struct loop_watch *watch = NULL;
    assert_int_equal(loop_new(&loop, &err), CRM_OK);
    struct loop_watch_options options = {
        .folder = "/nonexistent/folder", .quiet_ms = 1, .changed = on_change};
    assert_int_equal(loop_watch_start(loop, &options, &watch, &err), CRM_NOT_FOUND);
    assert_string_equal(err.text.code, "watch_failed");
    assert_null(watch);
    loop_free(loop);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(burst_is_told_once),
        cmocka_unit_test(missing_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
