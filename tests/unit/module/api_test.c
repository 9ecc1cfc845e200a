/* The interface of modules against its frozen levels in tests/fixtures/api: the newest is what this
 * program has, word for word; of older ones everything is still there, in its place.
 *
 * After an intended change the newest file is made anew with `perigee api-info`. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json.h"
#include "module/services.h"

enum { LEVELS_MAX = 100 };

static json_t *present(void) {
    BUF_CLEANUP struct buf text;
    buf_init(&text, 1 << 20);
    services_describe(&text);
    assert_int_equal(text.status, CRM_OK);
    json_t *api = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(api);
    return api;
}

static json_t *level(int number) {
    char path[512];
    snprintf(path, sizeof path, "%s/tests/fixtures/api/%d.json", PERIGEE_SOURCE_DIR, number);
    return json_load_file(path, 0, NULL);
}

static const json_t *service_of(const json_t *api, const char *name) {
    size_t i;
    json_t *service;
    json_array_foreach(json_object_get(api, "services"), i,
                       service) if (strcmp(json_string_value(json_object_get(service, "name")),
                                           name) == 0) return service;
    return NULL;
}

static void newest_level_is_this_program(void **state) {
    (void)state;
    JSON_CLEANUP json_t *api = present(), *frozen = NULL;
    for (int number = 1; number < LEVELS_MAX; number++) {
        json_t *next = level(number);
        if (!next) break;
        json_decref(frozen);
        frozen = next;
    }
    assert_non_null(frozen);
    assert_true(json_equal(api, frozen));
}

static void assert_still_there(const json_t *api, const json_t *old) {
    size_t i, k;
    json_t *service, *function, *size;
    const char *name;
    json_array_foreach(json_object_get(old, "services"), i, service) {
        const json_t *now = service_of(api, json_string_value(json_object_get(service, "name")));
        assert_non_null(now);
        assert_true(json_integer_value(json_object_get(now, "version")) >=
                    json_integer_value(json_object_get(service, "version")));
        json_array_foreach(json_object_get(service, "functions"), k, function)
            assert_true(json_equal(function, json_array_get(json_object_get(now, "functions"), k)));
    }
    json_object_foreach(json_object_get(old, "structs"), name, size)
        assert_true(json_integer_value(json_object_get(json_object_get(api, "structs"), name)) >=
                    json_integer_value(size));
}

static void older_levels_are_kept(void **state) {
    (void)state;
    JSON_CLEANUP json_t *api = present();
    int found = 0;
    for (int number = 1; number < LEVELS_MAX; number++) {
        JSON_CLEANUP json_t *old = level(number);
        if (!old) break;
        assert_still_there(api, old);
        found++;
    }
    assert_true(found > 0);
}

/* Tables begin with their size, have no holes, and answer to their names. */
static void tables_are_whole(void **state) {
    (void)state;
    JSON_CLEANUP json_t *api = present();
    static const struct {
        const char *name;
        const void *table;
        size_t size;
    } tables[] = {{CRM_BASE_SERVICE, &services_base, sizeof services_base},
                  {CRM_SCHEMA_SERVICE, &services_schema, sizeof services_schema},
                  {CRM_RECORD_SERVICE, &services_record, sizeof services_record},
                  {CRM_QUERY_SERVICE, &services_query, sizeof services_query},
                  {CRM_EVENT_SERVICE, &services_event, sizeof services_event},
                  {CRM_JOB_SERVICE, &services_job, sizeof services_job},
                  {CRM_FILE_SERVICE, &services_file, sizeof services_file},
                  {CRM_HTTP_SERVICE, &services_http, sizeof services_http},
                  {CRM_SCRIPT_SERVICE, &services_script, sizeof services_script},
                  {CRM_COMMAND_SERVICE, &services_command, sizeof services_command}};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        uint32_t head[2];
        memcpy(head, tables[i].table, sizeof head);
        assert_int_equal(head[0], tables[i].size);
        assert_int_equal(head[1], services_version(tables[i].name));
        const json_t *service = service_of(api, tables[i].name);
        assert_non_null(service);
        size_t count = json_array_size(json_object_get(service, "functions"));
        assert_int_equal(tables[i].size, sizeof head + count * sizeof(void (*)(void)));
        const char *bytes = (const char *)tables[i].table + sizeof head;
        for (size_t k = 0; k < count; k++) {
            void (*function)(void) = NULL;
            memcpy(&function, bytes + k * sizeof function, sizeof function);
            assert_non_null(function);
        }
    }
    assert_int_equal(json_array_size(json_object_get(api, "services")),
                     sizeof tables / sizeof *tables);
    assert_int_equal(services_version("crm.nothing"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newest_level_is_this_program),
        cmocka_unit_test(older_levels_are_kept),
        cmocka_unit_test(tables_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
