/* perigee upgrade: brings an older database up, after a copy of it was kept. Any start does the
 * same; this does nothing else and says what was done. */
#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/lock.h"
#include "store/upgrade.h"

struct versions {
    int64_t from, to;
    struct str copy; /* empty: none was needed */
};

static crm_status version_of(const struct store_options *options, struct arena *a,
                             struct versions *ret, struct err *err) {
    struct store *s = NULL;
    struct store_conn *c = NULL;
    crm_status status = store_open(options, &s, err);
    if (status == CRM_OK) status = store_conn_open(s, STORE_READER, &c, err);
    if (status == CRM_OK) status = store_sys_version(c, &ret->from, err);
    ret->to = store_sys_known();
    if (status == CRM_OK && ret->from < ret->to) ret->copy = store_copy_path(s, ret->from, a);
    store_conn_close(c);
    store_close(s);
    return status;
}

static crm_status bring_up(struct crm_command *c, struct program *p, struct versions *v,
                           struct err *err) {
    struct kernel_options options;
    cli_kernel_options(p, &options);
    const struct store_options store = {.data_dir = options.data_dir, .uri = options.database};
    crm_status status = version_of(&store, &c->arena, v, err);
    if (status == CRM_OK) status = kernel_open_data(p->kernel, &options, err);
    kernel_close(p->kernel);
    p->kernel = NULL;
    c->kernel = NULL;
    return status;
}

static void say(struct crm_command *c, const struct versions *v) {
    struct json_writer *w = command_result(c);
    char numbers[2][24];
    snprintf(numbers[0], sizeof numbers[0], "%lld", (long long)v->from);
    snprintf(numbers[1], sizeof numbers[1], "%lld", (long long)v->to);
    if (v->copy.len)
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
    struct versions v = {0};
    int lock = -1;
    if (access(arena_cstr(&c->arena, folder), F_OK) != 0)
        return err_set_args(err, CRM_NOT_FOUND, &cli_not_made, &folder, 1);
    crm_status status = lock_take(folder, LOCK_WAIT_MS, &lock, err);
    if (status != CRM_OK) return status;
    status = bring_up(c, p, &v, err);
    close(lock);
    if (status == CRM_OK) say(c, &v);
    return status;
}

CLI_RUN(upgrade)
CLI_COMMAND(upgrade, CLI_HERE, .name = "upgrade",
            .summary = "Brings the database up to this program, after keeping a copy of it",
            .run = upgrade_,
            .help =
                "The copy is a backup, DIR/copies/version-N.backup. The way back: the program "
                "that wrote it restores it into a new data directory. Any other start of a newer "
                "program does the same by itself.")
