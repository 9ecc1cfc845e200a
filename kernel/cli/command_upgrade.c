/* perigee upgrade: brings an older database up, after a copy of it was kept, and back again. Any
 * start brings up too; this does nothing else and says what was done. */
#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/lock.h"
#include "store/living.h"
#include "store/upgrade.h"

static crm_status version_of(const struct store_options *options, struct arena *a,
                             struct cli_versions *ret, struct err *err) {
    struct store *s = NULL;
    struct store_conn *c = NULL;
    crm_status status = store_open(options, &s, err);
    if (status == CRM_OK) status = store_conn_open(s, STORE_READER, &c, err);
    if (status == CRM_OK) status = store_sys_version(c, &ret->from, err);
    ret->to = store_sys_known();
    if (status == CRM_OK && ret->from < ret->to)
        ret->copy = store_copy_path(options->data_dir, ret->from, a);
    store_conn_close(c);
    store_close(s);
    return status;
}

static crm_status bring_up(struct crm_command *c, struct program *p, struct cli_versions *v,
                           struct err *err) {
    struct kernel_options options;
    cli_kernel_options(p, &options);
    const struct store_options store = {.data_dir = options.data_dir, .uri = options.database};
    crm_status status = version_of(&store, &c->arena, v, err);
    if (status == CRM_OK && v->from < v->to) status = store_refuse_living(store.uri, err);
    if (status == CRM_OK) status = kernel_open_data(p->kernel, &options, err);
    kernel_close(p->kernel);
    p->kernel = NULL;
    c->kernel = NULL;
    return status;
}

static void say(struct crm_command *c, const struct cli_versions *v, bool is_back) {
    struct json_writer *w = command_result(c);
    char numbers[2][24];
    snprintf(numbers[0], sizeof numbers[0], "%lld", (long long)v->from);
    snprintf(numbers[1], sizeof numbers[1], "%lld", (long long)v->to);
    if (is_back)
        cli_say(c, &cli_said_back, numbers[0], numbers[1], v->copy.ptr, NULL);
    else if (v->copy.len)
        cli_say(c, &cli_said_upgraded, numbers[0], numbers[1], v->copy.ptr, NULL);
    else
        cli_say(c, &cli_said_up_to_date, numbers[1], NULL);
    json_object_open(w);
    json_key_lit(w, "from");
    json_int64(w, v->from);
    json_key_lit(w, "to");
    json_int64(w, v->to);
    json_key_lit(w, "copy");
    json_text_or_nil(w, v->copy);
    json_object_shut(w);
}

static crm_status upgrade(struct crm_command *c, struct err *err) {
    struct program *p = cli_program(c);
    struct str folder = settings_text(&p->settings, SETTING_DATA);
    struct cli_versions v = {0};
    int lock = -1;
    if (access(arena_cstr(&c->arena, folder), F_OK) != 0)
        return err_set_args(err, CRM_NOT_FOUND, &cli_not_made, &folder, 1);
    crm_status status = lock_take(folder, LOCK_WAIT_MS, &lock, err);
    if (status != CRM_OK) return status;
    bool is_back = command_has(c, "back");
    status = is_back ? cli_upgrade_back(c, &v, err) : bring_up(c, p, &v, err);
    close(lock);
    if (status == CRM_OK) say(c, &v, is_back);
    return status;
}

CLI_RUN(upgrade)
static const struct crm_option options[] = {
    {.name = "back",
     .help = "put the copy that the last upgrade kept in the place of the database",
     .kind = CRM_OPTION_FLAG},
    {.name = "lossy",
     .help = "with --back: lose what was written since the upgrade",
     .kind = CRM_OPTION_FLAG}};
CLI_COMMAND(
    upgrade, CLI_HERE, .name = "upgrade",
    .summary = "Brings the database up to this program, after keeping a copy of it",
    CLI_OPTIONS(options), .run = upgrade_,
    .help = "The copy is a backup, DIR/copies/version-N.backup. The way back: stop every server "
            "of this database, then \"upgrade --back\" keeps a copy of what there is now, puts "
            "the older one in its place, on PostgreSQL too, and the program that wrote it "
            "serves it again; it makes the search anew at its first start. What was written "
            "since the upgrade is only in the newer copy. Any other start of a newer program "
            "brings the database up by itself.")
