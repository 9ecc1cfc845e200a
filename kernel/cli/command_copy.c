/* perigee copy: everything into another, empty database, on either engine, while work goes on. */
#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/lock.h"
#include "store/backup.h"
#include "store/living.h"
#include "store/migrate.h"
#include "store/wipe.h"

/* Where it goes: a data directory with an SQLite file in it, or a PostgreSQL database whose files
 * stay in, or go into, a data directory. */
struct destination {
    struct str folder, uri;
    bool is_new; /* the folder is made */
    int lock;
};

static bool is_uri(struct str to) {
    return str_find(to, STR("://")) != SIZE_MAX || str_find(to, STR("=")) != SIZE_MAX;
}

static crm_status destination_of(struct crm_command *c, struct destination *ret, struct err *err) {
    struct str to = command_value(c, "to"), folder = command_value(c, "to-data");
    *ret = (struct destination){.lock = -1};
    if (is_uri(to)) {
        ret->uri = to;
        ret->folder = folder.len ? folder : store_data_dir(engine_store(kernel_engine(c->kernel)));
        ret->is_new = folder.len > 0;
    } else {
        ret->folder = to;
        ret->is_new = true;
    }
    /* Inside a server another folder is the present one. */
    if (ret->is_new && (ret->folder.len == 0 || ret->folder.ptr[0] != '/'))
        return err_set_args(err, CRM_UNSUPPORTED, &cli_path_relative, &ret->folder, 1);
    return CRM_OK;
}

/* The file of a former Perigee would send the copy to that one's database. */
static crm_status check_conf(struct crm_command *c, const struct destination *d, struct err *err) {
    struct str conf = arena_printf(&c->arena, "%.*s/perigee.conf", STR_ARG(d->folder));
    struct settings found;
    if (!conf.ptr) return err_no_memory(err);
    if (access(conf.ptr, F_OK) != 0) return CRM_OK;
    settings_init(&found);
    crm_status status = settings_read(&found, d->folder, err);
    if (status == CRM_OK && !str_eq(settings_text(&found, SETTING_DATABASE), d->uri))
        status = err_set_args(err, CRM_CONFLICT, &cli_conf_differs, &conf, 1);
    settings_fini(&found);
    return status;
}

static crm_status take_place(struct crm_command *c, struct destination *d, struct err *err) {
    if (!d->is_new) return CRM_OK;
    crm_status status = lock_make_folder(d->folder, err);
    if (status == CRM_OK) status = lock_take(d->folder, LOCK_WAIT_MS, &d->lock, err);
    if (status != CRM_OK) return status;
    struct str database = arena_printf(&c->arena, "%.*s/perigee.db", STR_ARG(d->folder));
    if (!database.ptr) return err_no_memory(err);
    if (access(database.ptr, F_OK) == 0 && !store_mark_is_there(d->folder))
        return err_set_args(err, CRM_CONFLICT, &cli_place_taken, &d->folder, 1);
    status = check_conf(c, d, err);
    return status == CRM_OK ? store_mark_put(d->folder, err) : status;
}

static crm_status fill(struct crm_command *c, struct store *to, struct backup_facts *facts,
                       struct err *err) {
    struct cli_progress bar = {c, STR("rows")};
    const struct store_progress progress = cli_store_progress(&bar);
    struct store_conn *writer = NULL;
    crm_status status = store_conn_open(to, STORE_WRITER, &writer, err);
    if (status != CRM_OK) return status;
    status = store_dump_open(c->view->record->conn, err);
    if (status == CRM_OK)
        status = backup_copy(c->view->record->conn, writer, &progress, facts, err);
    if (status == CRM_OK) status = store_sys_migrate(writer, err);
    store_conn_close(writer);
    return status == CRM_OK ? cli_finish_restore(c, to, view_schema(c->view), err) : status;
}

static crm_status copy_to(struct crm_command *c, const struct destination *d,
                          struct backup_facts *facts, struct err *err) {
    const struct store_options options = {
        .data_dir = d->folder, .uri = d->uri, .create = true, .unfinished = true};
    struct store *to = NULL;
    crm_status status = store_wipe_unfinished(&options, err);
    if (status == CRM_OK) status = store_open(&options, &to, err);
    if (status != CRM_OK) return status;
    status = fill(c, to, facts, err);
    store_close(to);
    if (status != CRM_OK || !d->is_new) return status;
    struct str conf = arena_printf(&c->arena, "%.*s/perigee.conf", STR_ARG(d->folder));
    return conf.ptr ? cli_write_conf(c, conf, d->uri, err) : err_no_memory(err);
}

static void put_facts(struct crm_command *c, const struct backup_facts *facts) {
    struct json_writer *w = command_result(c);
    const int64_t numbers[] = {facts->rows, facts->blobs, facts->seq};
    char texts[3][24];
    for (int i = 0; i < 3; i++)
        snprintf(texts[i], sizeof texts[i], "%lld", (long long)numbers[i]);
    struct str to = command_value(c, "to");
    if (is_uri(to)) to = STR("PostgreSQL"); /* there may be a password in it */
    cli_say(c, &cli_said_restored, arena_cstr(&c->arena, to), texts[0], texts[1], texts[2], NULL);
    json_object_open(w);
    json_key_lit(w, "seq");
    json_int64(w, facts->seq);
    json_key_lit(w, "rows");
    json_int64(w, facts->rows);
    json_key_lit(w, "files");
    json_int64(w, facts->blobs);
    json_key_lit(w, "outbound");
    json_cstr(w, "held");
    json_object_shut(w);
}

static crm_status copy(struct crm_command *c, struct err *err) {
    struct destination d;
    struct backup_facts facts = {0};
    struct store_place *place = NULL;
    crm_status status = cli_whole(c, err);
    if (status == CRM_OK) status = destination_of(c, &d, err);
    if (status != CRM_OK) return status;
    status = store_place_take(d.uri, &place, err);
    if (status == CRM_OK) status = take_place(c, &d, err);
    if (status == CRM_OK) status = copy_to(c, &d, &facts, err);
    if (status == CRM_OK && d.is_new) status = store_mark_remove(d.folder, err);
    if (d.lock >= 0) close(d.lock);
    store_place_release(place);
    if (status == CRM_OK) put_facts(c, &facts);
    return status;
}

CLI_RUN(copy)
static const struct crm_option options[] = {
    {.name = "to",
     .value = "URI",
     .help = "a PostgreSQL database (URI), or a new data directory for SQLite (absolute path)",
     .required = true,
     .kind = CRM_OPTION_TEXT},
    {.name = "to-data",
     .value = "FOLDER",
     .help = "with a URI: a new data directory for it (absolute path), with the files",
     .kind = CRM_OPTION_TEXT}};
CLI_COMMAND(copy, CLI_ANYWHERE, .name = "copy",
            .summary = "Copies everything into another, empty database on either engine",
            CLI_OPTIONS(options), .run = copy_,
            .help = "The place must be empty. Without --to-data the files stay where they are: "
                    "serve with the same --data and --database URI, once nobody works with the old "
                    "one. In the copy outbound jobs wait until \"perigee jobs release\". A copy "
                    "that was cut off is begun again by the same command.")
