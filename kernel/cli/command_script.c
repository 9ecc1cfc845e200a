/* perigee script list, check, run. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "script/host.h"

enum { SCRIPT_MAX_BYTES = 4 * 1024 * 1024 };

struct listing {
    struct crm_command *command;
    struct json_writer *out;
};

static void put_text(struct json_writer *w, const char *key, struct str text) {
    json_key_lit(w, key);
    json_text_or_nil(w, text);
}

static bool put_handler(void *ctx, const struct script_handler_info *it) {
    struct listing *l = ctx;
    command_say(l->command, "%-10.*s %-9s %-36.*s %.*s:%d", STR_ARG(it->owner), it->kind,
                STR_ARG(it->subject), STR_ARG(it->file), it->line);
    json_object_open(l->out);
    put_text(l->out, "owner", it->owner);
    put_text(l->out, "kind", str_from(it->kind));
    put_text(l->out, "subject", it->subject);
    put_text(l->out, "entity", it->entity);
    put_text(l->out, "when", it->when);
    put_text(l->out, "handler", it->handler);
    put_text(l->out, "name", it->name);
    put_text(l->out, "file", it->file);
    json_key_lit(l->out, "line");
    json_int64(l->out, it->line);
    put_text(l->out, "version", it->version);
    json_object_shut(l->out);
    return true;
}

static crm_status script_list(struct crm_command *c, struct err *err) {
    (void)err;
    struct listing l = {c, command_result(c)};
    json_object_open(l.out);
    json_key_lit(l.out, "handlers");
    json_array_open(l.out);
    script_host_each(kernel_scripts(c->kernel), put_handler, &l);
    json_array_shut(l.out);
    struct loaded *loaded = kernel_loaded(c->kernel);
    json_key_lit(l.out, "refused");
    json_array_open(l.out);
    if (loaded) cli_left_out(c, &loaded->extensions, l.out);
    json_array_shut(l.out);
    loaded_unref(loaded);
    json_object_shut(l.out);
    return CRM_OK;
}

/* ---- texts -------------------------------------------------------------------------------- */

crm_status cli_read_text(struct crm_command *c, int fd, struct str *ret, struct err *err) {
    BUF_CLEANUP struct buf text;
    buf_init(&text, SCRIPT_MAX_BYTES);
    for (;;) {
        char *room = buf_reserve(&text, 65536);
        ssize_t len = room ? read(fd, room, 65536) : 0;
        if (len < 0 && errno == EINTR) continue;
        if (!room || len < 0)
            return room ? err_internal(err, "read: %s", strerror(errno)) : err_no_memory(err);
        if (len == 0) break;
        buf_commit(&text, (size_t)len);
    }
    *ret = arena_str(&c->arena, buf_str(&text));
    return ret->ptr ? CRM_OK : err_no_memory(err);
}

/* Definitions of all modules are read when the command starts; files that are named are tried
 * alone. */
static crm_status check_file(struct crm_command *c, const struct command_value *file,
                             struct err *err) {
    struct str text = STR_NONE;
    struct schema_definitions *definitions = NULL;
    crm_status status = cli_read_text(c, file->fd, &text, err);
    if (status == CRM_OK) status = schema_definitions_new(&definitions, err);
    if (status != CRM_OK) return status;
    const struct script_source source = {file->text, text};
    status =
        script_definitions_load(definitions, SCHEMA_LAYER_ADMIN, STR("check"), &source, 1, err);
    schema_definitions_free(definitions);
    return status;
}

static crm_status script_check(struct crm_command *c, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; i < c->value_count && status == CRM_OK; i++)
        if (c->values[i].fd >= 0) status = check_file(c, &c->values[i], err);
    if (status == CRM_OK) cli_say(c, &cli_said_no_mistakes, NULL);
    return status;
}

static void print_line(void *ctx, struct str line) { command_say(ctx, "%.*s", STR_ARG(line)); }

static crm_status put_result(struct crm_command *c, const struct script_run_result *r, bool dry,
                             struct err *err) {
    BUF_CLEANUP struct buf line;
    struct json_writer w;
    buf_init(&line, 8 * 1024 * 1024);
    json_writer_init(&w, &line);
    json_object_open(&w);
    put_text(&w, "outcome", str_from(r->outcome));
    json_key_lit(&w, "value");
    json_raw(&w, r->value.len ? r->value : STR("null"));
    put_text(&w, "message", r->message);
    if (r->where.len) put_text(&w, "where", r->where);
    json_key_lit(&w, "cpu_ms");
    json_int64(&w, r->cpu_ms);
    json_key_lit(&w, "wall_ms");
    json_int64(&w, r->wall_ms);
    if (dry) {
        json_key_lit(&w, "effects");
        json_raw(&w, r->effects.len ? r->effects : STR("[]"));
    } else if (r->changeset) {
        json_key_lit(&w, "changeset");
        json_id(&w, r->changeset);
    }
    json_object_shut(&w);
    buf_add_char(&line, '\n');
    return line.status == CRM_OK ? command_write(c, buf_str(&line), err) : err_no_memory(err);
}

static crm_status run_file(struct crm_command *c, const struct command_value *file, bool dry,
                           struct err *err) {
    int64_t deadline = 0, memory = 0;
    struct script_run_result result = {.outcome = "error"};
    str_to_int64(command_value(c, "deadline"), &deadline);
    str_to_int64(command_value(c, "memory"), &memory);
    struct script_run_options options = {.name = file->text,
                                         .actor = &c->view->record->access->actor,
                                         .deadline_ms = deadline > 0 ? deadline : 0,
                                         .memory_bytes =
                                             memory > 0 ? (size_t)memory * 1024 * 1024 : 0,
                                         .dry = dry,
                                         .in_worker = str_is(command_value(c, "tier"), "worker"),
                                         .print = print_line,
                                         .print_ctx = c};
    crm_status status = cli_read_text(c, file->fd, &options.text, err);
    if (status == CRM_OK)
        status = script_run_text(kernel_scripts(c->kernel), &options, &c->arena, &result, err);
    if (status != CRM_OK) return status;
    return put_result(c, &result, dry, err);
}

/* The lines per file are the answer, with --json too: nothing comes behind them. */
crm_status cli_run_files(struct crm_command *c, bool dry, struct err *err) {
    crm_status status = CRM_OK;
    c->has_raw_output = true; /* what scripts print goes to standard error */
    for (size_t i = 0; i < c->value_count && status == CRM_OK; i++)
        if (c->values[i].fd >= 0) status = run_file(c, &c->values[i], dry, err);
    if (status == CRM_OK) c->json = false;
    return status;
}

static crm_status script_run(struct crm_command *c, struct err *err) {
    return cli_run_files(c, false, err);
}
CLI_RUN(script_list)
CLI_RUN(script_check)
CLI_RUN(script_run)
static const struct crm_option files[] = {
    {.name = "FILE", .help = "Lua texts", .kind = CRM_OPTION_FILES_IN, .required = true}};
static const char *const tiers[] = {"process", "worker", NULL};
static const struct crm_option run_options[] = {
    {.name = "tier",
     .value = "TIER",
     .help = "where it runs",
     .kind = CRM_OPTION_TEXT,
     .choices = tiers},
    {.name = "deadline",
     .value = "MS",
     .help = "processor time (1000)",
     .kind = CRM_OPTION_INTEGER},
    {.name = "memory", .value = "MIB", .help = "memory (64)", .kind = CRM_OPTION_INTEGER}};
CLI_COMMAND(script_list, CLI_ANYWHERE, .name = "script list",
            .summary = "Lists the handlers of all scripts", .run = script_list_)
CLI_COMMAND(script_check, CLI_ANYWHERE, .name = "script check",
            .summary = "Checks definition files, with file and line", CLI_ARGUMENTS(files),
            .run = script_check_)
CLI_COMMAND(
    script_run, CLI_ANYWHERE, .name = "script run", .summary = "Runs scripts, one after the other",
    CLI_ARGUMENTS(files), CLI_OPTIONS(run_options), .run = script_run_,
    .help =
        "Ends with a line per file: {\"outcome\":\"ok\" or \"error\" or \"time\" or "
        "\"memory\" or \"crash\",\"value\":...,\"message\":...,\"cpu_ms\":...,\"wall_ms\":...}.")
