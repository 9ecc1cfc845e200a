/* perigee token add: a token for programs, shown once. */
#include "auth/token.h"
#include "cli/command.h"

static crm_status token_add(struct crm_command *c, struct err *err) {
    struct auth *auth = kernel_auth(c->kernel);
    struct str login = command_value(c, "LOGIN");
    int64_t user = auth_user_find(auth, login), id = 0;
    struct auth_user facts;
    struct secret secret;
    if (!user) return err_set_args(err, CRM_NOT_FOUND, &cli_user_unknown, &login, 1);
    if (!auth_user_get(auth, user, &c->arena, &facts))
        return err_set_args(err, CRM_NOT_FOUND, &cli_user_unknown, &login, 1);
    const struct actor *actor = &c->view->record->access->actor;
    if (!actor->system && actor->user != user && !access_permits(c->view->record->access, "users"))
        return err_set(err, CRM_FORBIDDEN, &cli_users_forbidden, NULL);
    crm_status status = token_create(auth, user, command_value(c, "name"), 0, &id, &secret, err);
    if (status != CRM_OK) return status;
    command_say(c, "%s", secret.text);
    struct json_writer *w = command_result(c);
    json_object_open(w);
    json_key_lit(w, "id");
    json_id(w, id);
    json_key_lit(w, "token");
    json_cstr(w, secret.text);
    json_object_shut(w);
    secret_wipe(&secret);
    return CRM_OK;
}

CLI_RUN(token_add)
static const struct crm_option login_argument[] = {
    {.name = "LOGIN", .help = "whose", .kind = CRM_OPTION_TEXT, .required = true}};
static const struct crm_option token_options[] = {
    {.name = "name", .value = "NAME", .help = "what it is for", .kind = CRM_OPTION_TEXT}};
CLI_COMMAND(token_add, CLI_ANYWHERE, .name = "token add",
            .summary = "Makes a token for programs; the last line", CLI_ARGUMENTS(login_argument),
            CLI_OPTIONS(token_options), .run = token_add_)
