/* perigee user add, password: a user with role, team and manager; a password or a link to set one.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "auth/sign_in.h"
#include "auth/token.h"
#include "auth/user.h"
#include "cli/command.h"

enum { PASSWORD_LINE_BYTES = PASSWORD_MAX_BYTES + 2 };

/* The first line of the file that stands for standard input. */
static crm_status read_password(struct crm_command *c, char *line, size_t size, struct str *ret,
                                struct err *err) {
    int fd = -1;
    size_t len = 0;
    for (size_t i = 0; i < c->value_count; i++)
        if (strcmp(c->values[i].name, "password-stdin") == 0) fd = c->values[i].fd;
    while (fd >= 0 && len < size) {
        ssize_t got = read(fd, line + len, size - len);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        len += (size_t)got;
    }
    struct str rest = str_make(line, len), first;
    str_split(&rest, '\n', &first);
    if (first.len && first.ptr[first.len - 1] == '\r') first.len--;
    if (first.len == 0) return err_set(err, CRM_INVALID, &cli_password_empty, NULL);
    *ret = first;
    return CRM_OK;
}

static crm_status show_user(struct crm_command *c, int64_t id, struct str login, struct str link) {
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)id);
    cli_say(c, &cli_said_user, arena_cstr(&c->arena, login), number, NULL);
    if (link.len) cli_say(c, &cli_said_invitation, arena_cstr(&c->arena, link), NULL);
    struct json_writer *w = command_result(c);
    json_object_open(w);
    json_key_lit(w, "id");
    json_id(w, id);
    json_key_lit(w, "login");
    json_text(w, login);
    json_key_lit(w, "link");
    json_text_or_nil(w, link);
    json_object_shut(w);
    return CRM_OK;
}

static crm_status invite(struct crm_command *c, int64_t id, struct str *ret_link, struct err *err) {
    const struct settings *s = &cli_program(c)->settings;
    struct secret secret;
    crm_status status = link_create(kernel_auth(c->kernel), id, &secret, err);
    if (status != CRM_OK) return status;
    struct str base = settings_text(s, SETTING_PUBLIC_URL);
    if (base.len == 0)
        base = arena_printf(&c->arena, "http://%.*s", STR_ARG(settings_text(s, SETTING_LISTEN)));
    *ret_link = arena_printf(&c->arena, "%.*s/welcome#%s", STR_ARG(base), secret.text);
    secret_wipe(&secret);
    return ret_link->ptr ? CRM_OK : err_no_memory(err);
}

static crm_status user_add(struct crm_command *c, struct err *err) {
    char line[PASSWORD_LINE_BYTES];
    struct str password = STR_NONE, link = STR_NONE;
    struct auth *auth = kernel_auth(c->kernel);
    int64_t id = 0;
    bool has_password = command_has(c, "password-stdin");
    crm_status status = has_password ? read_password(c, line, sizeof line, &password, err) : CRM_OK;
    const struct user_new spec = {.actor = &c->view->record->access->actor,
                                  .login = command_value(c, "LOGIN"),
                                  .name = command_value(c, "name"),
                                  .email = command_value(c, "email"),
                                  .role = command_value(c, "role"),
                                  .team = command_value(c, "team"),
                                  .manager = command_value(c, "manager")};
    const struct str known[] = {spec.login, spec.name, spec.email};
    if (status == CRM_OK && has_password) status = password_check(password, known, 3, err);
    if (status == CRM_OK) status = user_create(auth, &spec, &c->arena, &id, err);
    if (status == CRM_OK)
        status = has_password ? password_set(auth, id, password, err) : invite(c, id, &link, err);
    return status == CRM_OK ? show_user(c, id, spec.login, link) : status;
}

/* One's own, or anybody's for who manages users. The command line asks for no present password: who
 * may run it on this data directory has everything anyway. */
static crm_status user_password(struct crm_command *c, struct err *err) {
    char line[PASSWORD_LINE_BYTES];
    struct auth *auth = kernel_auth(c->kernel);
    struct str login = command_value(c, "LOGIN"), password = STR_NONE, link = STR_NONE;
    int64_t user = auth_user_find(auth, login);
    const struct actor *actor = &c->view->record->access->actor;
    if (!user) return err_set_args(err, CRM_NOT_FOUND, &cli_user_unknown, &login, 1);
    if (!actor->system && actor->user != user && !access_permits(c->view->record->access, "users"))
        return err_set(err, CRM_FORBIDDEN, &cli_passwords_forbidden, NULL);
    bool has_password = command_has(c, "password-stdin");
    crm_status status = has_password ? read_password(c, line, sizeof line, &password, err) : CRM_OK;
    if (status == CRM_OK)
        status =
            has_password ? password_set(auth, user, password, err) : invite(c, user, &link, err);
    if (status != CRM_OK) return status;
    if (has_password) cli_say(c, &cli_said_password, arena_cstr(&c->arena, login), NULL);
    if (link.len) cli_say(c, &cli_said_invitation, arena_cstr(&c->arena, link), NULL);
    struct json_writer *w = command_result(c);
    json_object_open(w);
    json_key_lit(w, "id");
    json_id(w, user);
    json_key_lit(w, "link");
    json_text_or_nil(w, link);
    json_object_shut(w);
    return CRM_OK;
}

CLI_RUN(user_add)
CLI_RUN(user_password)
static const struct crm_option login_argument[] = {{.name = "LOGIN",
                                                    .help = "what the person signs in with",
                                                    .kind = CRM_OPTION_TEXT,
                                                    .required = true}};
static const struct crm_option user_options[] = {
    {.name = "role",
     .value = "ROLE",
     .help = "admin, head, sales ...",
     .kind = CRM_OPTION_TEXT,
     .required = true},
    {.name = "name", .value = "NAME", .help = "how others see them", .kind = CRM_OPTION_TEXT},
    {.name = "email", .value = "E", .help = "their e-mail address", .kind = CRM_OPTION_TEXT},
    {.name = "team",
     .value = "NAME",
     .help = "their team; made when it is not there",
     .kind = CRM_OPTION_TEXT},
    {.name = "manager", .value = "LOGIN", .help = "their manager", .kind = CRM_OPTION_TEXT},
    {.name = "password-stdin",
     .help = "take the password from standard input; without it a one-time link is printed",
     .kind = CRM_OPTION_STDIN}};
static const struct crm_option password_options[] = {
    {.name = "password-stdin",
     .help = "take the password from standard input; without it a one-time link is printed",
     .kind = CRM_OPTION_STDIN}};
CLI_COMMAND(user_password, CLI_ANYWHERE, .name = "user password",
            .summary = "Sets a user's password, or makes a link to set one",
            CLI_ARGUMENTS(login_argument), CLI_OPTIONS(password_options), .run = user_password_,
            .help = "Every session of the user ends with a new password.")
CLI_COMMAND(user_add, CLI_ANYWHERE, .name = "user add", .summary = "Makes a user",
            CLI_ARGUMENTS(login_argument), CLI_OPTIONS(user_options), .run = user_add_)
