/* perigee test: the Lua tests of a plugin (its folder tests/) or of a script (NAME_test.lua beside
 * it), in a database of their own in memory that is gone afterwards. See script/test.h. */
#include <stdio.h>

#include "cli/command.h"
#include "module/living_schema.h"
#include "module/test_place.h"
#include "script/test.h"

struct testing {
    struct crm_command *command;
    struct test_place place;
    size_t passed, failed;
};

/* ---- running ----------------------------------------------------------------------------------
 */

static void tell(struct testing *t, const struct script_test_result *it) {
    struct crm_command *c = t->command;
    struct json_writer *w = command_result(c);
    *(it->is_ok ? &t->passed : &t->failed) += 1;
    command_say(c, "%-6s %6.1f ms  %.*s", it->is_ok ? "ok" : "FAILED", (double)it->wall_us / 1000,
                STR_ARG(it->name));
    if (!it->is_ok) command_say(c, "       %.*s: %.*s", STR_ARG(it->where), STR_ARG(it->message));
    json_object_open(w);
    json_key_lit(w, "test");
    json_text(w, it->name);
    json_key_lit(w, "ok");
    json_bool(w, it->is_ok);
    json_key_lit(w, "message");
    json_text_or_nil(w, it->message);
    json_key_lit(w, "where");
    json_text_or_nil(w, it->where);
    json_key_lit(w, "wall_us");
    json_int64(w, it->wall_us);
    json_object_shut(w);
}

static crm_status run_files(struct testing *t, struct err *err) {
    struct crm_command *c = t->command;
    struct json_writer *w = command_result(c);
    crm_status status = CRM_OK;
    json_object_open(w);
    json_key_lit(w, "tests");
    json_array_open(w);
    for (size_t i = 0; status == CRM_OK && i < t->place.file_count; i++) {
        struct script_test_result *all = NULL;
        size_t count = 0;
        status = script_test_file(kernel_scripts(c->kernel), &t->place.files[i], c->language,
                                  &c->arena, &all, &count, err);
        for (size_t n = 0; status == CRM_OK && n < count; n++)
            tell(t, &all[n]);
    }
    json_array_shut(w);
    json_key_lit(w, "passed");
    json_int64(w, (int64_t)t->passed);
    json_key_lit(w, "failed");
    json_int64(w, (int64_t)t->failed);
    json_object_shut(w);
    return status;
}

static crm_status judge(const struct testing *t, struct err *err) {
    char passed[24], failed[24];
    (void)snprintf(passed, sizeof passed, "%zu", t->passed);
    (void)snprintf(failed, sizeof failed, "%zu", t->failed);
    if (t->failed) return err_set(err, CRM_REFUSED, &cli_tests_failed, failed, passed, NULL);
    if (t->passed == 0) return err_set(err, CRM_NOT_FOUND, &cli_tests_none, NULL);
    cli_say(t->command, &cli_said_tested, passed, NULL);
    return CRM_OK;
}

static crm_status open_and_run(struct testing *t, struct err *err) {
    struct program *p = cli_program(t->command);
    struct kernel_options options;
    const struct rebuild_options filling = {0};
    cli_kernel_options(p, &options);
    options.data_dir = t->place.folder;
    options.database = STR_NONE;
    options.create = true;
    crm_status status = kernel_open_data(p->kernel, &options, err);
    if (status == CRM_OK) status = kernel_reload_problem(p->kernel, t->place.owner, err);
    if (status == CRM_OK) status = kernel_schema_work(p->kernel, &filling, err);
    if (status == CRM_OK) status = kernel_start_jobs(p->kernel, err);
    if (status == CRM_OK) status = run_files(t, err);
    if (status == CRM_OK) status = judge(t, err);
    kernel_stop(p->kernel);
    return status;
}

static crm_status test(struct crm_command *c, struct err *err) {
    struct testing t = {.command = c};
    crm_status status = test_place_make(command_value(c, "WHAT"), &c->arena, &t.place, err);
    if (status == CRM_OK) status = open_and_run(&t, err);
    test_place_remove(&t.place);
    return status;
}

CLI_RUN(test)
static const struct crm_option what[] = {{.name = "WHAT",
                                          .help = "the folder of a plugin, or the file of a script",
                                          .kind = CRM_OPTION_TEXT,
                                          .required = true}};
CLI_COMMAND(test, CLI_HERE, .name = "test", .summary = "Runs the Lua tests of a plugin or script",
            CLI_ARGUMENTS(what), .run = test_,
            .help =
                "They run in a database of their own in memory that is gone afterwards; no data "
                "directory is touched. Of a plugin the files of tests/, of NAME.lua those of "
                "NAME_test.lua.")
