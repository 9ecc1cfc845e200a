/* How a command of the kernel declares itself; see commands.c. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/cli.h"
#include "cli/messages.h"
#include "module/reload.h"
#include "store/backup.h"

#define CLI_COMMAND(id, where_, ...)                                                               \
    extern const struct cli_command cli_command_##id;                                              \
    const struct cli_command cli_command_##id = {                                                  \
        {.size = sizeof(struct crm_command_definition), __VA_ARGS__}, where_};
#define CLI_ARGUMENTS(list) .arguments = list, .argument_count = sizeof(list) / sizeof *(list)
#define CLI_OPTIONS(list)   .options = list, .option_count = sizeof(list) / sizeof *(list)

/* A line of this folder's texts, in the person's language; arguments closed by NULL. */
void cli_say(struct crm_command *c, const struct err_text *text, ...) __attribute__((sentinel));
/* The entity of an argument; NULL with an error when the actor sees none of this name. */
const struct schema_entity *cli_entity(struct crm_command *c, struct str name, struct err *err);
/* JSON that a reading function has written into `json`: as the result with --json, else readable on
 * standard output. */
crm_status cli_show_json(struct crm_command *c, struct str json, struct err *err);

/* The whole text of an open file, in the command's arena. command_script.c. */
crm_status cli_read_text(struct crm_command *c, int fd, struct str *ret, struct err *err);

/* Runs the files that the command names, a line of JSON for each. command_script.c. */
crm_status cli_run_files(struct crm_command *c, bool dry, struct err *err);

/* command_script_dry.c: which script, and the text of FILE in its place; a moment of an option (0
 * when absent); the JSON of runs or differences as lines with their sum, and as the result. */
struct script_trial_wanted;
crm_status cli_trial_script(struct crm_command *c, struct script_trial_wanted *w, struct err *err);
crm_status cli_moment(struct crm_command *c, const char *name, int64_t *ret, struct err *err);
enum cli_trials { CLI_TRIALS_DRY, CLI_TRIALS_REPLAY, CLI_TRIALS_COMPARED };
crm_status cli_show_trials(struct crm_command *c, struct str json, enum cli_trials kind,
                           struct err *err);

/* A line for each extension that was left out, with the reason; the same as items of an array that
 * is open in `w` (NULL: lines only). command_plugin.c. */
void cli_left_out(struct crm_command *c, const struct extensions *all, struct json_writer *w);

/* Who loads extensions anew: who is asking. command_reload.c. */
struct reload_options cli_reload_options(struct crm_command *c);

/* perigee.conf of a new data directory; one that was written by hand stays. */
crm_status cli_write_conf(struct crm_command *c, struct str file, struct str database,
                          struct err *err);

/* ---- backup.c: what backup, restore, copy and the way back of an upgrade share ---- */
/* What concerns everything is for the system and for administrators. */
crm_status cli_whole(struct crm_command *c, struct err *err);
/* A bar over what the store does, with `what` beside it; ends it with the command. */
struct cli_progress {
    struct crm_command *command;
    struct str what;
};
struct store_progress cli_store_progress(struct cli_progress *p);
/* An archive into the database of the settings, in the place of one that is unfinished. *ret_begun:
 * there is a database now that is not finished. */
crm_status cli_load_backup(struct crm_command *c, int fd, struct backup_facts *facts,
                           bool *ret_begun, struct err *err);
/* Search rows anew, then the mark of the unfinished is taken away. */
crm_status cli_finish_restore(struct crm_command *c, struct store *s, const struct schema *schema,
                              struct err *err);

/* ---- command_schema.c ---- */
/* The steps of a plan: lines, and an object as the result. */
struct schema_plan;
crm_status cli_put_plan(struct crm_command *c, const struct schema_plan *plan, struct err *err);

/* ---- command_upgrade.c ---- */
struct cli_versions {
    int64_t from, to;
    struct str copy; /* empty: none was needed */
};
/* upgrade_back.c: the copy of the version before in the place of the database. */
crm_status cli_upgrade_back(struct crm_command *c, struct cli_versions *ret, struct err *err);

#endif
