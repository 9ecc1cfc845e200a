/* Words of a command line against what a command takes. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/arguments.h"

static const char *const modes[] = {"create", "update", NULL};
static const struct crm_option arguments[] = {
    {.name = "ENTITY", .kind = CRM_OPTION_TEXT, .required = true},
    {.name = "FILE", .kind = CRM_OPTION_FILE_IN}};
static const struct crm_option options[] = {
    {.name = "dry-run", .kind = CRM_OPTION_FLAG},
    {.name = "key", .value = "FIELD", .kind = CRM_OPTION_TEXT},
    {.name = "limit", .value = "N", .kind = CRM_OPTION_INTEGER},
    {.name = "mode", .value = "MODE", .kind = CRM_OPTION_TEXT, .choices = modes},
    {.name = "value", .value = "V", .kind = CRM_OPTION_REPEATED},
    {.name = "map-file", .value = "F", .kind = CRM_OPTION_FILE_IN}};
static const struct crm_command_definition import = {.size = sizeof import,
                                                     .name = "import",
                                                     .arguments = arguments,
                                                     .argument_count = 2,
                                                     .options = options,
                                                     .option_count =
                                                         sizeof options / sizeof *options};
static const struct crm_option words_argument[] = {
    {.name = "TEXT", .kind = CRM_OPTION_REPEATED, .required = true}};
static const struct crm_command_definition search = {
    .size = sizeof search, .name = "search", .arguments = words_argument, .argument_count = 1};

struct parsed {
    struct crm_command command;
    struct arguments_global global;
    struct err err;
    crm_status status;
};

/* `line` is split at blanks. */
static void parse_with(struct parsed *p, const struct crm_command_definition *d, const char *line,
                       struct arguments_files *files) {
    struct str words[32], rest = str_from(line);
    size_t count = 0;
    for (bool more = rest.len > 0; more;) {
        more = str_split(&rest, ' ', &words[count]);
        count++;
    }
    command_init(&p->command);
    p->status = arguments_parse(d, words, count, files, &p->command, &p->global, &p->err);
}

static void assert_usage(const struct crm_command_definition *d, const char *line,
                         const char *code) {
    struct parsed p;
    parse_with(&p, d, line, NULL);
    assert_int_equal(p.status, CRM_UNSUPPORTED);
    assert_string_equal(p.err.text.code, code);
    command_fini(&p.command);
}

static void options_stand_anywhere(void **state) {
    struct parsed p;
    (void)state;
    parse_with(&p, &import, "--key name person --data=/d --limit=7 --dry-run --as anna --json",
               NULL);
    assert_int_equal(p.status, CRM_OK);
    assert_true(str_is(command_value(&p.command, "ENTITY"), "person"));
    assert_true(str_is(command_value(&p.command, "key"), "name"));
    assert_true(str_is(command_value(&p.command, "limit"), "7"));
    assert_true(command_has(&p.command, "dry-run"));
    assert_false(command_has(&p.command, "mode"));
    assert_true(str_is(p.global.data, "/d"));
    assert_true(str_is(p.command.as, "anna"));
    assert_true(p.command.json);
    command_fini(&p.command);
}

static void usage_is_checked(void **state) {
    (void)state;
    assert_usage(&import, "", "argument_missing");
    assert_usage(&import, "person --nothing", "option_unknown");
    assert_usage(&import, "person --key", "option_value");
    assert_usage(&import, "person --data", "option_value");
    assert_usage(&import, "person --dry-run=yes", "option_flag");
    assert_usage(&import, "person --key a --key b", "option_twice");
    assert_usage(&import, "person --limit ten", "option_number");
    assert_usage(&import, "person --mode delete", "option_choice");
    assert_usage(&import, "person /dev/null third", "argument_extra");
}

static void help_asks_for_nothing_more(void **state) {
    struct parsed p;
    (void)state;
    parse_with(&p, &import, "--help", NULL);
    assert_int_equal(p.status, CRM_OK);
    assert_true(p.global.help);
    command_fini(&p.command);
    parse_with(&p, &import, "--nothing -h", NULL);
    assert_int_equal(p.status, CRM_UNSUPPORTED); /* what stands before is still wrong */
    command_fini(&p.command);
}

static void several_values_are_kept_in_order(void **state) {
    struct parsed p;
    (void)state;
    parse_with(&p, &import, "person --value a --value b=c", NULL);
    assert_int_equal(p.status, CRM_OK);
    assert_int_equal(p.command.value_count, 3);
    assert_true(str_is(p.command.values[1].text, "a"));
    assert_true(str_is(p.command.values[2].text, "b=c"));
    command_fini(&p.command);
    parse_with(&p, &search, "one two -- --three", NULL);
    assert_int_equal(p.status, CRM_OK);
    assert_int_equal(p.command.value_count, 3);
    assert_true(str_is(p.command.values[2].text, "--three"));
    command_fini(&p.command);
}

static void files_are_opened_here(void **state) {
    struct parsed p;
    (void)state;
    parse_with(&p, &import, "person /dev/null --map-file /dev/zero", NULL);
    assert_int_equal(p.status, CRM_OK);
    assert_true(p.command.values[1].fd >= 0 && p.command.values[2].fd >= 0);
    int fd = p.command.values[1].fd;
    command_fini(&p.command);
    assert_int_equal(fcntl(fd, F_GETFD), -1); /* and closed with the command */
    parse_with(&p, &import, "person /nonexistent/file.csv", NULL);
    assert_int_equal(p.status, CRM_NOT_FOUND);
    assert_string_equal(p.err.text.code, "file_open");
    command_fini(&p.command);
}

/* In the server the descriptors came along, in the order of the words. */
static void descriptors_take_the_place_of_files(void **state) {
    struct parsed p;
    (void)state;
    int given[2] = {open("/dev/null", O_RDONLY | O_CLOEXEC),
                    open("/dev/zero", O_RDONLY | O_CLOEXEC)};
    struct arguments_files files = {.descriptors = given, .count = 2};
    parse_with(&p, &import, "--map-file elsewhere person gone.csv", &files);
    assert_int_equal(p.status, CRM_OK);
    assert_int_equal(files.used, 2);
    assert_string_equal(p.command.values[0].name, "map-file");
    assert_int_equal(p.command.values[0].fd, given[0]);
    assert_int_equal(p.command.values[2].fd, given[1]);
    command_fini(&p.command);
    int one[1] = {open("/dev/null", O_RDONLY | O_CLOEXEC)};
    files = (struct arguments_files){.descriptors = one, .count = 1};
    parse_with(&p, &import, "person a.csv --map-file b", &files);
    assert_int_equal(p.status, CRM_UNSUPPORTED);
    assert_string_equal(p.err.text.code, "message_malformed");
    command_fini(&p.command);
}

static void too_many_values_have_an_end(void **state) {
    struct parsed p;
    struct str words[COMMAND_VALUES_MAX * 2 + 4];
    size_t count = 0;
    (void)state;
    words[count++] = STR("person");
    for (int i = 0; i < COMMAND_VALUES_MAX; i++) {
        words[count++] = STR("--value");
        words[count++] = STR("v");
    }
    command_init(&p.command);
    assert_int_equal(arguments_parse(&import, words, count, NULL, &p.command, &p.global, &p.err),
                     CRM_UNSUPPORTED);
    assert_string_equal(p.err.text.code, "option_many");
    command_fini(&p.command);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_anywhere),
        cmocka_unit_test(usage_is_checked),
        cmocka_unit_test(help_asks_for_nothing_more),
        cmocka_unit_test(several_values_are_kept_in_order),
        cmocka_unit_test(files_are_opened_here),
        cmocka_unit_test(descriptors_take_the_place_of_files),
        cmocka_unit_test(too_many_values_have_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
