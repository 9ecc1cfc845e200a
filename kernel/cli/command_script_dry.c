/* perigee script dry-run: texts run by themselves without writing; or, with a record, an event, a
 * period or an action, the handlers of a script or of a text in its place (script/trial.h). */
#include <stdio.h>

#include "cli/command.h"
#include "script/compare.h"

enum { OUTPUT_BYTES = 256 * 1024 * 1024, TRIALS = 1000 };

static const char *const targets[] = {"record", "event",  "since",  "until",
                                      "action", "script", "fields", "webhook"};

static bool is_trial(struct crm_command *c) {
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        if (command_value(c, targets[i]).len) return true;
    return false;
}

/* "scripts/renewals" of "/some/where/renewals.lua" */
static struct str owner_of(struct crm_command *c, struct str file) {
    size_t from = file.len;
    while (from > 0 && file.ptr[from - 1] != '/')
        from--;
    struct str name = str_make(file.ptr + from, file.len - from);
    if (name.len > 4 && str_is(str_make(name.ptr + name.len - 4, 4), ".lua")) name.len -= 4;
    return arena_printf(&c->arena, "scripts/%.*s", STR_ARG(name));
}

crm_status cli_trial_script(struct crm_command *c, struct script_trial_wanted *w, struct err *err) {
    for (size_t i = 0; i < c->value_count; i++) {
        if (c->values[i].fd < 0) continue;
        if (w->text.ptr) return err_set(err, CRM_INVALID, &cli_one_file, NULL);
        crm_status status = cli_read_text(c, c->values[i].fd, &w->text, err);
        if (status != CRM_OK) return status;
        if (w->script.len == 0) w->script = owner_of(c, c->values[i].text);
    }
    return w->script.len ? CRM_OK : err_set(err, CRM_INVALID, &cli_which_script, NULL);
}

static crm_status take_record(struct crm_command *c, struct script_trial_wanted *w,
                              struct err *err) {
    struct str text = command_value(c, "record"), entity, rest = text;
    if (text.len == 0) return CRM_OK;
    bool split = str_split(&rest, '/', &entity);
    w->entity = split ? cli_entity(c, entity, err) : NULL;
    if (split && !w->entity) return CRM_NOT_FOUND;
    if (!split || !id_parse(rest, &w->record))
        return err_set_args(err, CRM_INVALID, &cli_record_form, &text, 1);
    return CRM_OK;
}

static crm_status take_event(struct crm_command *c, struct script_trial_wanted *w,
                             struct err *err) {
    struct str text = command_value(c, "event"), seq, rest = text;
    w->position = -1;
    if (text.len == 0) return CRM_OK;
    bool is_exact = str_split(&rest, '/', &seq);
    if (!is_exact) seq = text;
    bool ok = str_to_int64(seq, &w->seq) && w->seq > 0 &&
              (!is_exact || (str_to_int64(rest, &w->position) && w->position >= 0));
    return ok ? CRM_OK : err_set_args(err, CRM_INVALID, &cli_event_form, &text, 1);
}

crm_status cli_moment(struct crm_command *c, const char *name, int64_t *ret, struct err *err) {
    struct str text = command_value(c, name);
    if (text.len == 0 || time_parse(text, ret)) return CRM_OK;
    return err_set_args(err, CRM_INVALID, &cli_moment_malformed, &text, 1);
}

static void say_changes(struct crm_command *c, const json_t *changes) {
    size_t i;
    const json_t *change;
    json_t *image;
    const char *field;
    json_array_foreach((json_t *)(uintptr_t)changes, i, change) {
        command_say(c, "  %.*s %.*s %.*s", STR_ARG(json_str(json_object_get(change, "op"))),
                    STR_ARG(json_str(json_object_get(change, "entity"))),
                    STR_ARG(json_str(json_object_get(change, "id"))));
        json_object_foreach(json_object_get(change, "fields"), field, image) {
            char *before = json_dumps(json_object_get(image, "before"), JSON_ENCODE_ANY),
                 *after = json_dumps(json_object_get(image, "after"), JSON_ENCODE_ANY);
            command_say(c, "    %s: %s -> %s", field, before ? before : "?", after ? after : "?");
            free(before);
            free(after);
        }
    }
}

/* One line a run, one a difference under it. */
static void say_trial(struct crm_command *c, const json_t *run) {
    const json_t *event = json_object_get(run, "event");
    struct str message = json_str(json_object_get(run, "message"));
    command_say(c, "%-8.*s %.*s %.*s %.*s", STR_ARG(json_str(json_object_get(run, "outcome"))),
                STR_ARG(json_str(json_object_get(run, "handler"))),
                STR_ARG(json_str(json_object_get(event, "id"))), STR_ARG(message));
    say_changes(c, json_object_get(run, "changes"));
}

static void say_side(struct crm_command *c, const char *sign, const json_t *side) {
    if (!json_is_object(side)) return;
    command_say(c, " %s %.*s %.*s", sign, STR_ARG(json_str(json_object_get(side, "outcome"))),
                STR_ARG(json_str(json_object_get(side, "message"))));
    say_changes(c, json_object_get(side, "changes"));
}

static void say_difference(struct crm_command *c, const json_t *it) {
    const json_t *event = json_object_get(it, "event");
    command_say(c, "%.*s %lld %.*s", STR_ARG(json_str(json_object_get(event, "name"))),
                (long long)json_integer_value(json_object_get(event, "seq")),
                STR_ARG(json_str(json_object_get(event, "id"))));
    say_side(c, "-", json_object_get(it, "now"));
    say_side(c, "+", json_object_get(it, "then"));
}

/* What is under a key: its number, or how many it holds. */
static void put_count(const json_t *tree, const char *key, char out[24]) {
    const json_t *it = json_object_get(tree, key);
    (void)snprintf(out, 24, "%lld",
                   json_is_array(it) ? (long long)json_array_size(it)
                                     : (long long)json_integer_value(it));
}

crm_status cli_show_trials(struct crm_command *c, struct str json, enum cli_trials kind,
                           struct err *err) {
    static const struct {
        const char *list, *first, *second;
        void (*say)(struct crm_command *c, const json_t *it);
        const struct err_text *sum;
    } kinds[] = {
        [CLI_TRIALS_DRY] = {"runs", "runs", "runs", say_trial, &cli_said_trial},
        [CLI_TRIALS_REPLAY] = {"items", "runs", "assignments", say_trial, &cli_said_replayed},
        [CLI_TRIALS_COMPARED] = {"differences", "assignments", "assignments_differ", say_difference,
                                 &cli_said_compared}};
    size_t i;
    const json_t *it;
    char first[24], second[24];
    JSON_CLEANUP json_t *tree = json_loadb(json.ptr, json.len, 0, NULL);
    if (!tree) return err_internal(err, "an answer that is not JSON");
    json_array_foreach(json_object_get(tree, kinds[kind].list), i, it) { kinds[kind].say(c, it); }
    put_count(tree, kinds[kind].first, first);
    put_count(tree, kinds[kind].second, second);
    cli_say(c, kinds[kind].sum, first, second, NULL);
    json_raw(command_result(c), json);
    return CRM_OK;
}

static crm_status trial(struct crm_command *c, struct err *err) {
    struct script_trial_wanted w = {.script = command_value(c, "script"),
                                    .action = command_value(c, "action"),
                                    .webhook = command_value(c, "webhook"),
                                    .body = command_value(c, "body"),
                                    .body_type = STR("application/json"),
                                    .has_period = command_value(c, "since").len > 0,
                                    .limit = TRIALS};
    struct str fields = command_value(c, "fields");
    JSON_CLEANUP json_t *tree = NULL;
    BUF_CLEANUP struct buf out;
    struct json_writer writer;
    buf_init(&out, OUTPUT_BYTES);
    json_writer_init(&writer, &out);
    crm_status status = cli_whole(c, err);
    if (status == CRM_OK) status = cli_trial_script(c, &w, err);
    if (status == CRM_OK) status = take_record(c, &w, err);
    if (status == CRM_OK) status = take_event(c, &w, err);
    if (status == CRM_OK) status = cli_moment(c, "since", &w.since_ms, err);
    if (status == CRM_OK) status = cli_moment(c, "until", &w.until_ms, err);
    if (status == CRM_OK && fields.len)
        status = json_parse(fields, &json_limits_default, &tree, err);
    w.fields = tree;
    if (status != CRM_OK) return status;
    bool compares = command_has(c, "compare");
    if (compares && !w.text.ptr) return err_set(err, CRM_INVALID, &cli_which_script, NULL);
    status = (compares ? script_compare_json : script_trial_json)(
        kernel_scripts(c->kernel), c->view->record, &w, &writer, err);
    if (status != CRM_OK) return status;
    return cli_show_trials(c, buf_str(&out), compares ? CLI_TRIALS_COMPARED : CLI_TRIALS_DRY, err);
}

static crm_status script_dry_run(struct crm_command *c, struct err *err) {
    return is_trial(c) ? trial(c, err) : cli_run_files(c, true, err);
}

CLI_RUN(script_dry_run)
static const struct crm_option texts[] = {
    {.name = "FILE", .help = "Lua texts", .kind = CRM_OPTION_FILES_IN}};
static const struct crm_option options[] = {
    {.name = "record",
     .value = "ENTITY/ID",
     .help = "handlers, on this record: as if it were saved, and what they would hear of it last",
     .kind = CRM_OPTION_TEXT},
    {.name = "fields",
     .value = "JSON",
     .help = "with what the record is saved",
     .kind = CRM_OPTION_TEXT},
    {.name = "event",
     .value = "SEQ[/POSITION]",
     .help = "handlers, on this changeset of the log",
     .kind = CRM_OPTION_TEXT},
    {.name = "since",
     .value = "TIME",
     .help = "handlers, on all events of a period: 2026-11-22T08:00:00Z",
     .kind = CRM_OPTION_TEXT},
    {.name = "until", .value = "TIME", .help = "its end", .kind = CRM_OPTION_TEXT},
    {.name = "action",
     .value = "NAME",
     .help = "this action, on the record",
     .kind = CRM_OPTION_TEXT},
    {.name = "webhook",
     .value = "NAME",
     .help = "this webhook, with the body of --body",
     .kind = CRM_OPTION_TEXT},
    {.name = "body",
     .value = "JSON",
     .help = "what is posted to the webhook",
     .kind = CRM_OPTION_TEXT},
    {.name = "script",
     .value = "SCRIPT",
     .help = "whose place FILE takes, or without FILE what is tried; alone: its schedules",
     .kind = CRM_OPTION_TEXT},
    {.name = "compare",
     .help = "FILE with the version in force: what differs",
     .kind = CRM_OPTION_FLAG},
    {.name = "deadline",
     .value = "MS",
     .help = "processor time (1000)",
     .kind = CRM_OPTION_INTEGER},
    {.name = "memory", .value = "MIB", .help = "memory (64)", .kind = CRM_OPTION_INTEGER}};
CLI_COMMAND(script_dry_run, CLI_ANYWHERE, .name = "script dry-run",
            .summary = "Tells what scripts would write", CLI_ARGUMENTS(texts), CLI_OPTIONS(options),
            .run = script_dry_run_)
