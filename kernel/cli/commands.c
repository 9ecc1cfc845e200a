/* The commands of the kernel, in the order of help. One file a command. */
#include "cli/cli.h"

/* clang-format off */
#define COMMANDS(X)                                                                                \
    X(init) X(serve) X(user_add) X(user_password) X(token_add)                                     \
    X(list) X(get) X(set) X(query) X(search) X(undo)                                               \
    X(plugin_list) X(script_list) X(script_check) X(script_run) X(script_dry_run) X(script_replay) \
    X(script_runs) X(script_why) X(script_resume) X(script_stop) X(script_start) X(script_webhooks)\
    X(script_webhook_user) X(script_webhook_secret) \
    X(test) X(new_plugin) X(new_script) X(plugin_install) X(plugin_upgrade) X(plugin_enable) X(plugin_disable) X(plugin_remove) X(plugin_reload) X(script_reload) X(script_versions) X(script_back)                            \
    X(plan) X(apply) X(schema_export) X(schema_changes) X(schema_approve)                     \
    X(schema_refuse) X(check)                                                     \
    X(backup) X(restore) X(copy) X(jobs_release) X(mail_list) X(mail_show) X(mail_retry) X(mail_cancel) X(nodes) X(upgrade) X(settings) X(api_info) X(help) X(version) X(worker)
/* clang-format on */

#define DECLARE(name) extern const struct cli_command cli_command_##name;
COMMANDS(DECLARE)
#undef DECLARE

const struct cli_command *const cli_commands[] = {
#define ITEM(name) &cli_command_##name,
    COMMANDS(ITEM)
#undef ITEM
        NULL};
