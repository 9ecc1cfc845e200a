/* perigee schema changes, approve, refuse: changes of definitions that wait for a second person. */
#include <stdio.h>

#include "auth/auth.h"
#include "base/time.h"
#include "cli/command.h"
#include "module/schema_waiting.h"

enum { PAGE_BYTES_MAX = 256 << 20 };

static crm_status given_id(struct crm_command *c, int64_t *ret, struct err *err) {
    struct str text = command_value(c, "ID");
    return str_to_int64(text, ret) && *ret > 0
               ? CRM_OK
               : err_set_args(err, CRM_UNSUPPORTED, &cli_id_malformed, &text, 1);
}

static crm_status permitted(struct crm_command *c, struct err *err) {
    return schema_change_allowed(c->view->record->access, &(const struct schema_change){0}, err);
}

/* The id where there is no such person any more. */
static struct str login_of(struct crm_command *c, int64_t user) {
    struct actor actor;
    struct auth *auth = kernel_auth(c->kernel);
    if (actors_get(&auth->actors, user, ACCESS_DOOR_CLI, &c->arena, &actor, NULL) == CRM_OK)
        return actor.login;
    return arena_printf(&c->arena, "%lld", (long long)user);
}

static void say_change(struct crm_command *c, const struct waiting_change *it) {
    struct buf at BUF_CLEANUP;
    struct str login = login_of(c, it->author);
    buf_init(&at, 64);
    time_format(it->at, &at);
    command_say(c, "%lld %-9s %.*s %.*s%s%.*s", (long long)it->id, waiting_state_word(it->state),
                STR_ARG(buf_str(&at)), STR_ARG(login), it->note.len ? ": " : "", STR_ARG(it->note));
    for (size_t i = 0; i < it->change.admin_count; i++)
        command_say(c, "    %.*s %.*s%s", STR_ARG(it->change.admin[i].kind),
                    STR_ARG(it->change.admin[i].name), it->change.admin[i].text.len ? "" : " -");
}

static crm_status page(struct crm_command *c, int64_t *after, struct err *err) {
    struct arena a;
    struct waiting_list list = {0};
    const struct waiting_page wanted = {.limit = WAITING_MAX, .after = *after};
    arena_init(&a, PAGE_BYTES_MAX);
    crm_status status = waiting_list(c->view->record->conn, &wanted, &a, &list, err);
    for (size_t i = 0; i < list.count; i++) {
        say_change(c, &list.items[i]);
        waiting_json(command_result(c), &list.items[i]);
        json_object_shut(command_result(c));
    }
    arena_fini(&a);
    *after = list.next;
    return status;
}

static crm_status changes(struct crm_command *c, struct err *err) {
    struct json_writer *w = command_result(c);
    int64_t after = 0;
    crm_status status = permitted(c, err);
    if (status != CRM_OK) return status;
    json_object_open(w);
    json_key_lit(w, "changes");
    json_array_open(w);
    do
        status = page(c, &after, err);
    while (status == CRM_OK && after);
    json_array_shut(w);
    json_object_shut(w);
    return status;
}

static crm_status approve(struct crm_command *c, struct err *err) {
    struct schema_plan plan = {0};
    int64_t id = 0;
    crm_status status = given_id(c, &id, err);
    if (status == CRM_OK) status = permitted(c, err);
    if (status == CRM_OK)
        status = waiting_approve(c->kernel, c->view->record->access, c->view->record->conn, id,
                                 STR_NONE, &c->arena, &plan, err);
    if (status != CRM_OK) return status;
    status = cli_put_plan(c, &plan, err);
    if (plan.background_count) cli_say(c, &cli_said_background, NULL);
    schema_plan_fini(&plan);
    return status;
}

static crm_status refuse(struct crm_command *c, struct err *err) {
    int64_t id = 0;
    crm_status status = given_id(c, &id, err);
    if (status == CRM_OK) status = permitted(c, err);
    return status == CRM_OK
               ? waiting_refuse(c->kernel, c->view->record->access, c->view->record->conn, id,
                                command_value(c, "reason"), &c->arena, err)
               : status;
}

static const struct crm_option arguments[] = {
    {.name = "ID", .help = "as schema changes says it", .required = true, .kind = CRM_OPTION_TEXT}};
static const struct crm_option refuse_options[] = {
    {.name = "reason", .value = "TEXT", .help = "why", .kind = CRM_OPTION_TEXT}};

CLI_RUN(changes)
CLI_RUN(approve)
CLI_RUN(refuse)
CLI_COMMAND(schema_changes, CLI_ANYWHERE, .name = "schema changes",
            .summary = "Lists changes of definitions that wait for approval", .run = changes_,
            .help = "They wait where the company setting approve_definitions is on. Those that "
                    "were decided follow, with who decided and why.")
CLI_COMMAND(schema_approve, CLI_ANYWHERE, .name = "schema approve",
            .summary = "Puts another administrator's change into force", CLI_ARGUMENTS(arguments),
            .run = approve_)
CLI_COMMAND(schema_refuse, CLI_ANYWHERE, .name = "schema refuse",
            .summary = "Refuses a change, or takes one's own back", CLI_ARGUMENTS(arguments),
            CLI_OPTIONS(refuse_options), .run = refuse_)
