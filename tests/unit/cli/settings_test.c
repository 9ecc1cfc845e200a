/* Settings: where values come from, and what is wrong with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/settings.h"

struct place {
    char folder[64], file[128];
    struct settings settings;
    struct err err;
};

static void open_place(struct place *p, const char *conf) {
    static const char *const variables[] = {"PERIGEE_DATA", "PERIGEE_LISTEN", "PERIGEE_DATABASE",
                                            "PERIGEE_LOOPS", "PERIGEE_LOG_JSON"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
    snprintf(p->folder, sizeof p->folder, "/tmp/perigee-settings-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    snprintf(p->file, sizeof p->file, "%s/perigee.conf", p->folder);
    if (conf) {
        FILE *file = fopen(p->file, "we");
        assert_non_null(file);
        fputs(conf, file);
        fclose(file);
    }
    settings_init(&p->settings);
}

static void close_place(struct place *p) {
    settings_fini(&p->settings);
    unlink(p->file);
    assert_int_equal(rmdir(p->folder), 0);
}

static crm_status load(struct place *p, const char *database) {
    return settings_load(&p->settings, str_from(p->folder), str_from(database), &p->err);
}

static void defaults_stand_without_a_file(void **state) {
    struct place p;
    (void)state;
    open_place(&p, NULL);
    assert_int_equal(load(&p, NULL), CRM_OK);
    assert_true(str_is(settings_text(&p.settings, SETTING_LISTEN), "127.0.0.1:8080"));
    assert_int_equal(p.settings.values[SETTING_LISTEN].origin, SETTING_FROM_DEFAULT);
    assert_int_equal(p.settings.values[SETTING_DATA].origin, SETTING_FROM_OPTION);
    assert_false(settings_flag(&p.settings, SETTING_LOG_JSON));
    close_place(&p);
}

static void later_sources_win(void **state) {
    struct place p;
    (void)state;
    open_place(&p, "# ours\n\nlisten = 0.0.0.0:80\n  loops=3 \nlog_json = yes\r\n");
    setenv("PERIGEE_LOOPS", "5", 1);
    assert_int_equal(load(&p, NULL), CRM_OK);
    assert_true(str_is(settings_text(&p.settings, SETTING_LISTEN), "0.0.0.0:80"));
    assert_int_equal(p.settings.values[SETTING_LISTEN].origin, SETTING_FROM_FILE);
    assert_int_equal(settings_number(&p.settings, SETTING_LOOPS), 5);
    assert_int_equal(p.settings.values[SETTING_LOOPS].origin, SETTING_FROM_ENVIRONMENT);
    assert_true(settings_flag(&p.settings, SETTING_LOG_JSON));
    assert_int_equal(settings_override(&p.settings, SETTING_LISTEN, STR("[::1]:0"), &p.err),
                     CRM_OK);
    assert_int_equal(p.settings.values[SETTING_LISTEN].origin, SETTING_FROM_OPTION);
    close_place(&p);
}

static void assert_wrong(const char *conf, const char *code, const char *line) {
    struct place p;
    open_place(&p, conf);
    assert_int_equal(load(&p, NULL), CRM_INVALID);
    assert_string_equal(p.err.text.code, code);
    assert_non_null(strstr(p.err.where, line));
    close_place(&p);
}

static void mistakes_name_their_line(void **state) {
    (void)state;
    assert_wrong("listen 1\n", "setting_line", "perigee.conf:1");
    assert_wrong("\n\nlisen = 1\n", "setting_unknown", "perigee.conf:3");
    assert_wrong("loops = many\n", "setting_number", "perigee.conf:1");
    assert_wrong("node = 1024\n", "setting_number", "perigee.conf:1");
    assert_wrong("readers = -1\n", "setting_number", "perigee.conf:1");
    assert_wrong("log_json = perhaps\n", "setting_flag", "perigee.conf:1");
}

static void recorded_database_must_agree(void **state) {
    struct place p;
    (void)state;
    open_place(&p, "database = postgresql:///one\n");
    assert_int_equal(load(&p, "postgresql:///one"), CRM_OK);
    settings_fini(&p.settings);
    settings_init(&p.settings);
    assert_int_equal(load(&p, "postgresql:///two"), CRM_CONFLICT);
    settings_fini(&p.settings);
    settings_init(&p.settings);
    setenv("PERIGEE_DATABASE", "postgresql:///two", 1);
    assert_int_equal(load(&p, NULL), CRM_CONFLICT);
    unsetenv("PERIGEE_DATABASE");
    close_place(&p);
}

/* The file lies in the folder; it cannot say that it lies elsewhere. */
static void file_cannot_move_its_folder(void **state) {
    struct place p;
    (void)state;
    open_place(&p, "data = /elsewhere\n");
    assert_int_equal(load(&p, NULL), CRM_OK);
    assert_true(str_is(settings_text(&p.settings, SETTING_DATA), p.folder));
    close_place(&p);
}

static void assert_shown(const char *uri, const char *expected) {
    struct settings s;
    struct err err;
    BUF_CLEANUP struct buf shown;
    buf_init(&shown, 1024);
    settings_init(&s);
    assert_int_equal(settings_override(&s, SETTING_DATABASE, str_from(uri), &err), CRM_OK);
    setting_show(&s, SETTING_DATABASE, &shown);
    assert_string_equal(shown.ptr, expected);
    settings_fini(&s);
}

static void passwords_are_not_shown(void **state) {
    (void)state;
    assert_shown("postgresql://anna:s3cret@host:5432/db?x=1",
                 "postgresql://anna:***@host:5432/db?x=1");
    assert_shown("postgresql://anna@host/db", "postgresql://anna@host/db");
    assert_shown("host=h user=u password=s3cret dbname=d", "host=h user=u password=*** dbname=d");
    assert_shown("postgresql:///d?password=s3cret&host=h", "postgresql:///d?password=***&host=h");
    assert_shown("host=h", "host=h");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_stand_without_a_file),
        cmocka_unit_test(later_sources_win),
        cmocka_unit_test(mistakes_name_their_line),
        cmocka_unit_test(recorded_database_must_agree),
        cmocka_unit_test(file_cannot_move_its_folder),
        cmocka_unit_test(passwords_are_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
