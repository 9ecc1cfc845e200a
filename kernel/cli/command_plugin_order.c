/* perigee plugin install, upgrade, enable, disable, remove: the same as the routes of
 * module/plugin_rest.c. The plan is shown before anything happens; --dry-run ends there. */
#include <stdio.h>

#include "cli/command.h"
#include "module/living_schema.h"
#include "module/plugin.h"

static int source_of(const struct crm_command *c) {
    for (size_t i = 0; i < c->value_count; i++)
        if (strcmp(c->values[i].name, "SOURCE") == 0) return c->values[i].fd;
    return -1;
}

static const char *text(struct crm_command *c, struct str s) {
    const char *kept = arena_cstr(&c->arena, s.len ? s : STR("-"));
    return kept ? kept : "";
}

static void say_loss(struct crm_command *c, const struct plugin_loss *it) {
    char records[24];
    (void)snprintf(records, sizeof records, "%lld", (long long)it->records);
    if (memchr(it->name.ptr, '.', it->name.len))
        cli_say(c, &cli_said_plugin_goes, text(c, it->name), NULL);
    else
        cli_say(c, &cli_said_plugin_goes_with, text(c, it->name), records, NULL);
}

static void say_plan(struct crm_command *c, const struct plugin_plan *p) {
    cli_say(c, &cli_said_plugin_plan, plugin_action_word(p->action), text(c, p->name),
            text(c, p->from), text(c, p->to), NULL);
    for (size_t i = 0; i < p->schema.step_count; i++)
        command_say(c, "  %-16s %.*s", schema_step_word(p->schema.steps[i].kind),
                    STR_ARG(p->schema.steps[i].subject));
    for (size_t i = 0; i < p->loss_count; i++)
        say_loss(c, &p->losses[i]);
    for (size_t i = 0; i < p->migration_count; i++)
        cli_say(c, &cli_said_plugin_migration, text(c, p->migrations[i]), NULL);
}

/* Beside a server a job of it does the background steps; here the command does. */
static crm_status finish(struct crm_command *c, const struct plugin_plan *p, struct err *err) {
    const struct rebuild_options options = {0};
    if (!p->is_done) return CRM_OK;
    cli_say(c, &cli_said_plugin_done, plugin_action_word(p->action), text(c, p->name), NULL);
    return kernel_http(c->kernel) ? CRM_OK : kernel_schema_work(c->kernel, &options, err);
}

static crm_status order(struct crm_command *c, struct plugin_order *o, struct err *err) {
    struct plugin_plan shown, plan = {0};
    bool wants_dry = command_has(c, "dry-run");
    o->by = cli_reload_options(c);
    o->fd = source_of(c);
    o->dry = true;
    crm_status status = cli_whole(c, err);
    if (status != CRM_OK) return status;
    status = kernel_plugin(c->kernel, o, &c->arena, &shown, err);
    if (status == CRM_OK) say_plan(c, &shown);
    o->dry = false;
    if (status == CRM_OK && !wants_dry) {
        status = kernel_plugin(c->kernel, o, &c->arena, &plan, err);
        if (status == CRM_OK) status = finish(c, &plan, err);
    }
    if (status == CRM_OK)
        status = plugin_plan_json(c->kernel, wants_dry ? &shown : &plan, c->language, &c->arena,
                                  command_result(c), err);
    plugin_plan_fini(&shown);
    plugin_plan_fini(&plan);
    return status;
}

static crm_status plugin_install(struct crm_command *c, struct err *err) {
    struct plugin_order o = {.action = PLUGIN_INSTALL};
    return order(c, &o, err);
}

static crm_status plugin_upgrade(struct crm_command *c, struct err *err) {
    struct plugin_order o = {.action = PLUGIN_UPGRADE, .name = command_value(c, "NAME")};
    return order(c, &o, err);
}

static crm_status plugin_enable(struct crm_command *c, struct err *err) {
    struct plugin_order o = {.action = PLUGIN_ENABLE, .name = command_value(c, "NAME")};
    return order(c, &o, err);
}

static crm_status plugin_disable(struct crm_command *c, struct err *err) {
    struct plugin_order o = {.action = PLUGIN_DISABLE, .name = command_value(c, "NAME")};
    return order(c, &o, err);
}

static crm_status plugin_remove(struct crm_command *c, struct err *err) {
    struct plugin_order o = {.action = PLUGIN_REMOVE, .name = command_value(c, "NAME")};
    struct str fate = command_value(c, "records");
    if (fate.len == 0) return err_set(err, CRM_INVALID, &cli_plugin_fate, NULL);
    o.fate = str_is(fate, "delete") ? PLUGIN_DELETE : PLUGIN_KEEP;
    return order(c, &o, err);
}

CLI_RUN(plugin_install)
CLI_RUN(plugin_upgrade)
CLI_RUN(plugin_enable)
CLI_RUN(plugin_disable)
CLI_RUN(plugin_remove)
#define DRY_OPTION                                                                                 \
    { .name = "dry-run", .help = "only show the plan" }
#define SOURCE_ARGUMENT(needed)                                                                    \
    {                                                                                              \
        .name = "SOURCE", .help = "a folder, a zip or a tar.gz", .kind = CRM_OPTION_FILE_IN,       \
        .required = (needed)                                                                       \
    }
#define NAME_ARGUMENT                                                                              \
    { .name = "NAME", .help = "of the plugin", .kind = CRM_OPTION_TEXT, .required = true }
static const struct crm_option dry[] = {DRY_OPTION};
static const struct crm_option source[] = {SOURCE_ARGUMENT(true)};
static const struct crm_option name_and_source[] = {NAME_ARGUMENT, SOURCE_ARGUMENT(false)};
static const struct crm_option name[] = {NAME_ARGUMENT};
static const char *const fates[] = {"keep", "delete", NULL};
static const struct crm_option removing[] = {DRY_OPTION,
                                             {.name = "records",
                                              .value = "FATE",
                                              .help = "what becomes of its records and fields",
                                              .kind = CRM_OPTION_TEXT,
                                              .choices = fates}};
CLI_COMMAND(plugin_install, CLI_ANYWHERE, .name = "plugin install",
            .summary = "Installs a plugin from a folder or an archive", CLI_ARGUMENTS(source),
            CLI_OPTIONS(dry), .run = plugin_install_,
            .help = "Shows the plan, then copies the plugin into the data directory and takes it "
                    "into use. Who installs a plugin trusts it: it may do what the server may.")
CLI_COMMAND(plugin_upgrade, CLI_ANYWHERE, .name = "plugin upgrade",
            .summary = "Brings a plugin up to a newer version", CLI_ARGUMENTS(name_and_source),
            CLI_OPTIONS(dry), .run = plugin_upgrade_,
            .help = "Its migrations run once each, in the order of their names. One that fails "
                    "stops the rest; without SOURCE the command goes on with what is left.")
CLI_COMMAND(plugin_enable, CLI_ANYWHERE, .name = "plugin enable",
            .summary = "Takes a plugin back into use", CLI_ARGUMENTS(name), CLI_OPTIONS(dry),
            .run = plugin_enable_)
CLI_COMMAND(plugin_disable, CLI_ANYWHERE, .name = "plugin disable",
            .summary = "Takes a plugin out of use; its data waits until it is enabled",
            CLI_ARGUMENTS(name), CLI_OPTIONS(dry), .run = plugin_disable_)
CLI_COMMAND(plugin_remove, CLI_ANYWHERE, .name = "plugin remove",
            .summary = "Removes a plugin, with or without its data", CLI_ARGUMENTS(name),
            CLI_OPTIONS(removing), .run = plugin_remove_,
            .help = "--records keep leaves records and fields waiting for the plugin to come back; "
                    "--records delete takes them away for ever, also out of the log.")
