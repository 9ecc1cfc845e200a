/* perigee script replay: what the after-handlers of a script, or of a text in its place, would have
 * done in a period (script/replay.h). */
#include "cli/command.h"
#include "script/replay.h"

enum { OUTPUT_BYTES = 256 << 20 };

static bool is_cancelled(void *ctx) {
    const struct crm_command *c = ctx;
    return c->io.cancelled && c->io.cancelled(c->io.ctx);
}

static crm_status script_replay(struct crm_command *c, struct err *err) {
    struct script_trial_wanted w = {.script = command_value(c, "script")};
    struct record_view *view = c->view->record;
    BUF_CLEANUP struct buf out;
    struct json_writer writer;
    buf_init(&out, OUTPUT_BYTES);
    json_writer_init(&writer, &out);
    crm_status status = cli_whole(c, err);
    if (status == CRM_OK) status = cli_trial_script(c, &w, err);
    if (status == CRM_OK) status = cli_moment(c, "since", &w.since_ms, err);
    if (status == CRM_OK) status = cli_moment(c, "until", &w.until_ms, err);
    if (status != CRM_OK) return status;
    const struct script_replay wanted = {.host = kernel_scripts(c->kernel),
                                         .engine = view->engine,
                                         .conn = view->conn,
                                         .access = view->access,
                                         .script = w.script,
                                         .text = w.text,
                                         .since_ms = w.since_ms ? w.since_ms : 1,
                                         .until_ms = w.until_ms,
                                         .compare = command_has(c, "compare"),
                                         .items_max = REPLAY_ITEMS_MAX,
                                         .is_cancelled = is_cancelled,
                                         .ctx = c};
    if (wanted.compare && !w.text.ptr) return err_set(err, CRM_INVALID, &cli_which_script, NULL);
    status = script_replay_json(&wanted, &writer, err);
    if (status != CRM_OK) return status;
    return cli_show_trials(c, buf_str(&out),
                           wanted.compare ? CLI_TRIALS_COMPARED : CLI_TRIALS_REPLAY, err);
}

CLI_RUN(script_replay)
static const struct crm_option texts[] = {
    {.name = "FILE", .help = "Lua texts", .kind = CRM_OPTION_FILES_IN}};
static const struct crm_option options[] = {
    {.name = "script",
     .value = "SCRIPT",
     .help = "whose place FILE takes, or without FILE what is replayed",
     .kind = CRM_OPTION_TEXT},
    {.name = "since",
     .value = "TIME",
     .help = "from here on (the beginning): 2026-11-22T08:00:00Z",
     .kind = CRM_OPTION_TEXT},
    {.name = "until", .value = "TIME", .help = "its end", .kind = CRM_OPTION_TEXT},
    {.name = "compare",
     .help = "FILE with the version in force: what differs",
     .kind = CRM_OPTION_FLAG}};
CLI_COMMAND(script_replay, CLI_ANYWHERE, .name = "script replay",
            .summary = "Tells what a script would have done in a period", CLI_ARGUMENTS(texts),
            CLI_OPTIONS(options), .run = script_replay_)
