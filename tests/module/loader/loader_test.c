/* The loader against small modules, good and bad: each is put into a folder of its own (by link),
 * what is wrong is named, and what remains registered is looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "module/loader.h"

enum { PATH_BYTES = 512 };

struct place {
    char folder[64], trace[PATH_BYTES];
    struct modules modules;
};

static void place_add(struct place *p, const char *name) {
    char from[PATH_BYTES], to[PATH_BYTES];
    snprintf(from, sizeof from, "%s/%s.so", SMALL_MODULES, name);
    snprintf(to, sizeof to, "%s/%s.so", p->folder, name);
    assert_int_equal(symlink(from, to), 0);
}

/* Loads the modules of the list, closed by NULL. */
static void load(struct place *p, ...) {
    va_list names;
    struct err err;
    snprintf(p->folder, sizeof p->folder, "/tmp/perigee-loader-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    snprintf(p->trace, sizeof p->trace, "%s/trace", p->folder);
    setenv("SMALL_TRACE", p->trace, 1);
    va_start(names, p);
    for (const char *name = va_arg(names, const char *); name; name = va_arg(names, const char *))
        place_add(p, name);
    va_end(names);
    const struct modules_options options = {.folder = p->folder, .files = p->folder};
    assert_int_equal(modules_load(&p->modules, &options, &err), CRM_OK);
}

static void assert_traced(struct place *p, const char *expected) {
    char text[1024] = "";
    FILE *file = fopen(p->trace, "re");
    if (file) {
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
    }
    assert_string_equal(text, expected);
}

static void unload(struct place *p) {
    char command[PATH_BYTES];
    modules_fini(&p->modules);
    unsetenv("SMALL_TRACE");
    /* Links and the trace only. */
    static const char *const names[] = {
        "good",        "after_good", "wrong_magic",  "short_size",      "newer_abi",
        "other_major", "other_name", "no_init",      "missing_service", "newer_service",
        "cycle_a",     "cycle_b",    "failing_init", "silent_failure",  "late",
        "same_route",  "outside",    "not_a_module", "broken"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(command, sizeof command, "%s/%s.so", p->folder, names[i]);
        unlink(command);
    }
    unlink(p->trace);
    assert_int_equal(rmdir(p->folder), 0);
}

static size_t registered(const struct registry *r) {
    return r->definition_count + r->route_count + r->assets_count + r->command_count +
           r->kind_count + r->schedule_count + r->subscription_count;
}

/* One module that must not get in: its error's code and a word of its message. */
static void assert_refused(const char *name, const char *code, const char *word) {
    struct place p;
    load(&p, name, NULL);
    assert_int_equal(p.modules.count, 0);
    assert_int_equal(registered(&p.modules.registry), 0);
    assert_int_equal(p.modules.failure_count, 1);
    const struct module_failure *failure = &p.modules.failures[0];
    BUF_CLEANUP struct buf message;
    buf_init(&message, 4096);
    err_format(&failure->err, LANGUAGE_EN, &message);
    assert_string_equal(failure->err.text.code, code);
    assert_non_null(strstr(message.ptr, word));
    assert_traced(&p, "");
    unload(&p);
}

static void good_module_is_there_as_a_whole(void **state) {
    struct place p;
    struct err err;
    (void)state;
    load(&p, "good", NULL);
    assert_int_equal(p.modules.failure_count, 0);
    assert_int_equal(p.modules.count, 1);
    const struct registry *r = &p.modules.registry;
    assert_int_equal(r->route_count, 1);
    assert_string_equal(r->routes[0].route.pattern, "/api/v1/good/{id}");
    assert_int_equal(r->command_count, 1);
    assert_int_equal(r->kind_count, 1);
    assert_int_equal(r->schedule_count, 1);
    assert_int_equal(r->definition_count, 1);
    assert_string_equal(r->definitions[0].name, "tag.lua");
    assert_int_equal(modules_start(&p.modules, &err), CRM_OK);
    modules_stop(&p.modules);
    modules_stop(&p.modules); /* twice is once */
    assert_traced(&p, "good init\ngood start\ngood stop\n");
    unload(&p);
}

static void needed_module_comes_first_and_goes_last(void **state) {
    struct place p;
    struct err err;
    (void)state;
    load(&p, "after_good", "good", NULL);
    assert_int_equal(p.modules.count, 2);
    assert_int_equal(modules_start(&p.modules, &err), CRM_OK);
    modules_stop(&p.modules);
    assert_traced(
        &p,
        "good init\nafter_good init\ngood start\nafter_good start\nafter_good stop\ngood stop\n");
    unload(&p);
}

static void missing_module_is_named(void **state) {
    (void)state;
    assert_refused("after_good", "module_need", "crm.module.good");
}

static void strangers_are_refused(void **state) {
    (void)state;
    assert_refused("wrong_magic", "module_magic", "wrong_magic");
    assert_refused("short_size", "module_size", "24 bytes");
    assert_refused("newer_abi", "module_abi", "needs the interface 1.1");
    assert_refused("other_major", "module_abi", "needs the interface 2.0");
    assert_refused("other_name", "module_name", "calls itself somebody");
    assert_refused("no_init", "module_incomplete", "init");
    assert_refused("not_a_module", "module_symbol", "crm_module_get");
}

static void missing_services_are_named(void **state) {
    (void)state;
    assert_refused("missing_service", "module_need", "crm.telepathy");
    assert_refused("newer_service", "module_need_version", "version 4000; version 1 is here");
}

static void files_of_others_are_refused(void **state) {
    (void)state;
    assert_refused("outside", "path_outside", "entities/../../base");
}

static void failed_init_leaves_nothing(void **state) {
    struct place p;
    (void)state;
    load(&p, "failing_init", "good", NULL);
    assert_int_equal(p.modules.count, 1);
    assert_string_equal(p.modules.items[0]->host.module->name, "good");
    assert_int_equal(p.modules.registry.route_count, 1);
    assert_string_equal(p.modules.registry.routes[0].host->module->name, "good");
    assert_int_equal(p.modules.failure_count, 1);
    assert_string_equal(p.modules.failures[0].err.text.code, "no_luck");
    assert_int_equal(p.modules.failures[0].err.status, CRM_REFUSED);
    assert_string_equal(p.modules.failures[0].err.where, "module failing_init");
    unload(&p);
}

static void failure_without_words_gets_some(void **state) {
    struct place p;
    (void)state;
    load(&p, "silent_failure", NULL);
    assert_int_equal(p.modules.failure_count, 1);
    assert_string_equal(p.modules.failures[0].err.text.code, "module_failed");
    assert_int_equal(p.modules.failures[0].err.status, CRM_IO);
    unload(&p);
}

static void registering_is_for_init_only(void **state) {
    struct place p;
    struct err err;
    (void)state;
    load(&p, "good", "late", NULL);
    assert_int_equal(p.modules.count, 2);
    assert_int_equal(modules_start(&p.modules, &err), CRM_UNSUPPORTED);
    assert_string_equal(err.text.code, "register_late");
    assert_int_equal(p.modules.registry.route_count, 1);
    assert_traced(&p,
                  "good init\ngood start\ngood stop\n"); /* those that had started are stopped */
    unload(&p);
}

static void same_route_twice_is_refused(void **state) {
    struct place p;
    (void)state;
    load(&p, "good", "same_route", NULL);
    assert_int_equal(p.modules.count, 1);
    assert_int_equal(p.modules.registry.route_count, 1);
    assert_string_equal(p.modules.failures[0].err.text.code, "register_twice");
    assert_int_equal(p.modules.failures[0].err.status, CRM_CONFLICT);
    unload(&p);
}

static void modules_that_need_each_other_are_refused(void **state) {
    struct place p;
    (void)state;
    load(&p, "cycle_a", "cycle_b", "good", NULL);
    assert_int_equal(p.modules.count, 1);
    assert_string_equal(p.modules.items[0]->host.module->name, "good");
    assert_int_equal(p.modules.failure_count, 2);
    assert_traced(&p, "good init\n");
    unload(&p);
}

static void broken_file_is_named(void **state) {
    struct place p;
    struct err err;
    char path[PATH_BYTES];
    (void)state;
    load(&p, NULL);
    modules_fini(&p.modules);
    snprintf(path, sizeof path, "%s/broken.so", p.folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs("this is no object", file);
    fclose(file);
    const struct modules_options options = {.folder = p.folder, .files = p.folder};
    assert_int_equal(modules_load(&p.modules, &options, &err), CRM_OK);
    assert_int_equal(p.modules.failure_count, 1);
    assert_string_equal(p.modules.failures[0].name, "broken");
    assert_string_equal(p.modules.failures[0].err.text.code, "module_open");
    unload(&p);
}

static crm_status builtin_init(struct crm_host *host, const struct crm_host_calls *calls,
                               void **ret_state, struct crm_error *err) {
    (void)host;
    (void)calls;
    (void)ret_state;
    (void)err;
    return CRM_OK;
}
static const struct crm_module builtin = {CRM_MODULE_HEADER, .name = "good", .version = "1",
                                          .init = builtin_init};
static const struct crm_module *builtin_get(void) { return &builtin; }

static void one_name_is_one_module(void **state) {
    struct place p;
    struct err err;
    static const crm_module_get_fn statics[] = {builtin_get, NULL};
    (void)state;
    load(&p, "good", NULL);
    modules_fini(&p.modules);
    const struct modules_options options = {
        .folder = p.folder, .files = p.folder, .statics = statics};
    assert_int_equal(modules_load(&p.modules, &options, &err), CRM_OK);
    assert_int_equal(p.modules.count, 1);
    assert_ptr_equal(p.modules.items[0]->host.module, &builtin);
    assert_string_equal(p.modules.failures[0].err.text.code, "module_twice");
    unload(&p);
}

static void missing_folder_has_no_modules(void **state) {
    struct modules modules;
    struct err err;
    (void)state;
    const struct modules_options options = {.folder = "/nonexistent/modules",
                                            .files = "/nonexistent"};
    assert_int_equal(modules_load(&modules, &options, &err), CRM_OK);
    assert_int_equal(modules.count + modules.failure_count, 0);
    modules_fini(&modules);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_module_is_there_as_a_whole),
        cmocka_unit_test(needed_module_comes_first_and_goes_last),
        cmocka_unit_test(missing_module_is_named),
        cmocka_unit_test(strangers_are_refused),
        cmocka_unit_test(missing_services_are_named),
        cmocka_unit_test(files_of_others_are_refused),
        cmocka_unit_test(failed_init_leaves_nothing),
        cmocka_unit_test(failure_without_words_gets_some),
        cmocka_unit_test(registering_is_for_init_only),
        cmocka_unit_test(same_route_twice_is_refused),
        cmocka_unit_test(modules_that_need_each_other_are_refused),
        cmocka_unit_test(broken_file_is_named),
        cmocka_unit_test(one_name_is_one_module),
        cmocka_unit_test(missing_folder_has_no_modules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
