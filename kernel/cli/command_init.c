/* perigee init: the data directory, the database, what the company is like, and the link by which
 * the first administrator sets a login and a password. No business record is made. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "auth/token.h"
#include "cli/command.h"
#include "cli/lock.h"
#include "record/changeset.h"
#include "record/resident.h"

struct company_wish {
    struct str currency, zone, language;
};

static crm_status check_wish(const struct company_wish *w, struct err *err) {
    struct currency currency;
    struct zone *zone = NULL;
    if (!currency_parse(w->currency, &currency))
        return err_set_args(err, CRM_INVALID, &cli_currency_unknown, &w->currency, 1);
    if (!str_is(w->language, "en") && !str_is(w->language, "ru"))
        return err_set_args(err, CRM_INVALID, &cli_language_unknown, &w->language, 1);
    crm_status status = zone_open(w->zone, &zone, err);
    if (status == CRM_OK) zone_close(zone);
    return status;
}

/* ---- the file ----------------------------------------------------------------------------- */

static crm_status failed(const char *path, struct err *err) {
    const struct str args[] = {str_from(path), str_from(strerror(errno))};
    return err_set_args(err, CRM_IO, &cli_file_make, args, 2);
}

crm_status cli_write_conf(struct crm_command *c, struct str file, struct str database,
                          struct err *err) {
    struct str path = arena_str(&c->arena, file);
    BUF_CLEANUP struct buf text;
    buf_init(&text, 16384);
    buf_add_cstr(&text, "# Settings of this Perigee; \"perigee settings\" lists them all.\n");
    if (database.len) buf_printf(&text, "database = %.*s\n", STR_ARG(database));
    struct str part = arena_printf(&c->arena, "%s.part", path.ptr ? path.ptr : "");
    if (!path.ptr || !part.ptr || text.status != CRM_OK) return err_no_memory(err);
    if (access(path.ptr, F_OK) == 0) return CRM_OK; /* written by hand before */
    int fd = open(part.ptr, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return failed(path.ptr, err);
    bool kept = write(fd, text.ptr, text.len) == (ssize_t)text.len && fsync(fd) == 0;
    if (close(fd) != 0 || !kept) {
        crm_status status = failed(path.ptr, err);
        unlink(part.ptr);
        return status;
    }
    return cli_place_file(NULL, part, path, err);
}

/* ---- the company -------------------------------------------------------------------------- */

static bool put(struct changeset *set, struct engine *e, const char *key, struct str value) {
    const struct schema_entity *setting = schema_find(set->schema, STR("setting"));
    const struct schema_field *key_field = setting ? schema_field_find(setting, STR("key")) : NULL;
    const struct schema_field *value_field =
        setting ? schema_field_find(setting, STR("value")) : NULL;
    struct record_op *op = key_field && value_field ? changeset_create(set, e, setting) : NULL;
    return op && record_op_set(set, op, key_field->slot, value_text(str_from(key))) &&
           record_op_set(set, op, value_field->slot, value_text(value));
}

static crm_status put_company(struct crm_command *c, const struct company_wish *w,
                              struct err *err) {
    struct engine *e = kernel_engine(c->kernel);
    const struct schema_entity *setting = schema_find(view_schema(c->view), STR("setting"));
    struct str database = settings_text(&cli_program(c)->settings, SETTING_DATABASE);
    if (setting && resident_count(c->view->record->resident, setting) > 0) /* another folder's */
        return err_set_args(err, CRM_CONFLICT, &cli_already_made, &database, 1);
    struct changeset set;
    struct changeset_result result = {0};
    struct err_list errors = {NULL, 0};
    struct schema *schema = engine_schema(e);
    changeset_init(&set, &c->arena, schema, &c->view->record->access->actor);
    bool kept = put(&set, e, "base_currency", w->currency) && put(&set, e, "zone", w->zone) &&
                put(&set, e, "language", w->language);
    crm_status status =
        kept ? changeset_commit(e, c->view->record->conn, &set, &result, &errors, err)
             : err_no_memory(err);
    changeset_fini(&set);
    schema_unref(schema);
    return status;
}

/* ---- the link ----------------------------------------------------------------------------- */

static crm_status show_link(struct crm_command *c, const struct settings *s, struct err *err) {
    struct secret secret;
    crm_status status = link_create(kernel_auth(c->kernel), 0, &secret, err);
    if (status != CRM_OK) return status;
    struct str base = settings_text(s, SETTING_PUBLIC_URL);
    if (base.len == 0)
        base = arena_printf(&c->arena, "http://%.*s", STR_ARG(settings_text(s, SETTING_LISTEN)));
    struct str link = arena_printf(&c->arena, "%.*s/welcome#%s", STR_ARG(base), secret.text);
    secret_wipe(&secret);
    if (!link.ptr) return err_no_memory(err);
    cli_say(c, &cli_said_made, arena_cstr(&c->arena, settings_text(s, SETTING_DATA)),
            arena_cstr(&c->arena, link), NULL);
    struct json_writer *w = command_result(c);
    json_object_open(w);
    json_key_lit(w, "data");
    json_text(w, settings_text(s, SETTING_DATA));
    json_key_lit(w, "link");
    json_text(w, link);
    json_object_shut(w);
    return CRM_OK;
}

static crm_status make(struct crm_command *c, struct program *p, const struct company_wish *w,
                       struct err *err) {
    struct kernel_options options;
    cli_kernel_options(p, &options);
    options.create = true;
    crm_status status = kernel_open_data(p->kernel, &options, err);
    if (status == CRM_OK) status = command_open_view(c, err);
    if (status == CRM_OK) status = put_company(c, w, err);
    if (status == CRM_OK)
        status =
            cli_write_conf(c, p->settings.file, settings_text(&p->settings, SETTING_DATABASE), err);
    if (status == CRM_OK) status = show_link(c, &p->settings, err);
    view_free(c->view);
    c->view = NULL;
    return status;
}

static struct str otherwise(struct str text, const char *fallback) {
    return text.len ? text : str_from(fallback);
}

static crm_status init(struct crm_command *c, struct err *err) {
    struct program *p = cli_program(c);
    struct str folder = settings_text(&p->settings, SETTING_DATA);
    const struct company_wish wish = {otherwise(command_value(c, "currency"), "USD"),
                                      otherwise(command_value(c, "zone"), "UTC"),
                                      otherwise(command_value(c, "language"), "en")};
    int lock = -1;
    crm_status status = check_wish(&wish, err);
    if (status == CRM_OK) status = lock_make_folder(folder, err);
    if (status == CRM_OK) status = lock_take(folder, LOCK_WAIT_MS, &lock, err);
    if (status != CRM_OK) return status;
    struct str database = arena_printf(&c->arena, "%.*s/perigee.db", STR_ARG(folder));
    bool exists = database.ptr && (access(database.ptr, F_OK) == 0 ||
                                   access(arena_cstr(&c->arena, p->settings.file), F_OK) == 0);
    status = exists ? err_set_args(err, CRM_CONFLICT, &cli_already_made, &folder, 1)
                    : make(c, p, &wish, err);
    kernel_close(p->kernel);
    p->kernel = NULL;
    c->kernel = NULL;
    close(lock);
    return status;
}

CLI_RUN(init)
static const struct crm_option options[] = {
    {.name = "currency",
     .value = "CODE",
     .help = "base currency of the company, fixed once money is stored (USD)",
     .kind = CRM_OPTION_TEXT},
    {.name = "zone",
     .value = "ZONE",
     .help = "time zone of the company (UTC)",
     .kind = CRM_OPTION_TEXT},
    {.name = "language",
     .value = "LANGUAGE",
     .help = "language of the company: en or ru (en)",
     .kind = CRM_OPTION_TEXT}};
CLI_COMMAND(init, CLI_HERE, .name = "init", .summary = "Makes a new data directory and database",
            CLI_OPTIONS(options), .run = init_,
            .help = "Prints the link by which the first administrator chooses a login and a "
                    "password. No business record is made.\n"
                    "With --database the URI is recorded in DIR/perigee.conf.")
