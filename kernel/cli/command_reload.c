/* perigee script reload, versions, back, and plugin reload: what lies on disk into force without a
 * restart, and back. The same as the routes of module/reload_rest.c. */
#include "cli/command.h"

enum { OUTPUT_BYTES = 1024 * 1024 };

struct reload_options cli_reload_options(struct crm_command *c) {
    struct reload_options o = {.author = ACTOR_SYSTEM, .who = STR("system")};
    if (!c->view) return o;
    o.author = c->view->record->access->actor.user;
    if (o.author != ACTOR_SYSTEM) o.who = c->view->record->access->actor.login;
    return o;
}

static void show(struct crm_command *c, const struct reload_report *report) {
    struct loaded *loaded = kernel_loaded(c->kernel);
    for (size_t i = 0; i < report->owner_count; i++)
        cli_say(c, &cli_said_loaded, arena_cstr(&c->arena, report->owners[i]), NULL);
    if (report->owner_count == 0 && !report->schema_changed)
        cli_say(c, &cli_said_nothing_loaded, NULL);
    cli_left_out(c, &loaded->extensions, NULL);
    loaded_unref(loaded);
    reload_report_json(c->kernel, report, c->language, command_result(c));
}

static crm_status reload(struct crm_command *c, struct err *err) {
    const struct reload_options options = cli_reload_options(c);
    struct reload_report report;
    struct str owner = command_value(c, "OWNER");
    crm_status status = cli_whole(c, err);
    if (status == CRM_OK) status = kernel_reload(c->kernel, &options, &c->arena, &report, err);
    if (status != CRM_OK) return status;
    show(c, &report);
    return owner.len ? kernel_reload_problem(c->kernel, owner, err) : CRM_OK;
}

static crm_status plugin_reload(struct crm_command *c, struct err *err) { return reload(c, err); }
static crm_status script_reload(struct crm_command *c, struct err *err) { return reload(c, err); }

static crm_status script_back(struct crm_command *c, struct err *err) {
    const struct reload_options options = cli_reload_options(c);
    struct reload_report report;
    crm_status status = cli_whole(c, err);
    if (status == CRM_OK)
        status = kernel_reload_back(c->kernel, command_value(c, "OWNER"),
                                    command_value(c, "VERSION"), &options, &c->arena, &report, err);
    if (status == CRM_OK) show(c, &report);
    return status;
}

static crm_status script_versions(struct crm_command *c, struct err *err) {
    BUF_CLEANUP struct buf out;
    struct json_writer w;
    buf_init(&out, OUTPUT_BYTES);
    json_writer_init(&w, &out);
    crm_status status = cli_whole(c, err);
    if (status == CRM_OK)
        status = reload_versions_json(c->kernel, command_value(c, "OWNER"), &c->arena, &w, err);
    return status == CRM_OK ? cli_show_json(c, buf_str(&out), err) : status;
}

CLI_RUN(plugin_reload)
CLI_RUN(script_reload)
CLI_RUN(script_versions)
CLI_RUN(script_back)
#define RELOAD_SUMMARY "Loads plugins and scripts anew, without a restart"
#define RELOAD_HELP                                                                                \
    "What lies in the folders takes the place of what runs, between calls. A version that does "   \
    "not load or fit leaves the one before in force. A server does so by itself when files of "    \
    "its data directory change."
static const struct crm_option any[] = {
    {.name = "OWNER",
     .help = "fail when this one is not in force as it lies there",
     .kind = CRM_OPTION_TEXT}};
static const struct crm_option one[] = {{.name = "OWNER",
                                         .help = "a plugin, or \"scripts/NAME\"",
                                         .kind = CRM_OPTION_TEXT,
                                         .required = true},
                                        {.name = "VERSION",
                                         .help = "as script versions shows it; without it the one "
                                                 "before",
                                         .kind = CRM_OPTION_TEXT}};
CLI_COMMAND(plugin_reload, CLI_ANYWHERE, .name = "plugin reload", .summary = RELOAD_SUMMARY,
            CLI_ARGUMENTS(any), .run = plugin_reload_, .help = RELOAD_HELP)
CLI_COMMAND(script_reload, CLI_ANYWHERE, .name = "script reload", .summary = RELOAD_SUMMARY,
            CLI_ARGUMENTS(any), .run = script_reload_, .help = RELOAD_HELP)
CLI_COMMAND(
    script_versions, CLI_ANYWHERE, .name = "script versions",
    .summary = "Lists the versions of a plugin or script that were in force, the newest first",
    .arguments = one, .argument_count = 1, .run = script_versions_)
CLI_COMMAND(script_back, CLI_ANYWHERE, .name = "script back",
            .summary = "Returns a plugin or script to a version that was in force",
            CLI_ARGUMENTS(one), .run = script_back_)
