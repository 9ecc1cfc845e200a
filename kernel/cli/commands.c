/* The commands of the kernel, in the order of help. One file a command. */
#include "cli/cli.h"

/* clang-format off */
#define COMMANDS(X)                                                                                \
    X(init) X(serve) X(user_add) X(user_password) X(token_add)                                     \
    X(list) X(get) X(set) X(query) X(search) X(undo)                                               \
    X(plugin_list) X(script_list) X(script_check) X(script_run) X(script_dry_run)                  \
    X(script_runs) X(script_why) X(script_resume) X(script_stop) X(script_start)                   \
    X(plan) X(apply) X(schema_export) X(schema_changes) X(schema_approve)                     \
    X(schema_refuse) X(check)                                                     \
    X(backup) X(restore) X(copy) X(jobs_release) X(nodes) X(upgrade) X(settings) X(api_info) X(help) X(version)
/* clang-format on */

#define DECLARE(name) extern const struct cli_command cli_command_##name;
COMMANDS(DECLARE)
#undef DECLARE

const struct cli_command *const cli_commands[] = {
#define ITEM(name) &cli_command_##name,
    COMMANDS(ITEM)
#undef ITEM
        NULL};
