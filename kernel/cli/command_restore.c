/* perigee restore: a backup into an empty place, whole or not at all.
 *
 * The archive is read from end to end before anything is made. Then the place is marked, filled,
 * opened with the definitions at hand, its search made anew, and the mark taken away. What was cut
 * off in between refuses every command but another restore, which begins from nothing. With --at
 * the database is then taken back to that moment by its own log. */
#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/lock.h"
#include "record/rewind.h"
#include "store/backup.h"
#include "store/living.h"
#include "store/wipe.h"

struct restoring {
    int fd;
    int64_t at_ms; /* 0: all of it */
    struct backup_facts facts;
    struct rewind_facts back;
};

static void say_back(struct crm_command *c, const struct rewind_facts *back) {
    char changesets[24], records[24], left[24];
    struct buf at BUF_CLEANUP;
    buf_init(&at, 64);
    time_format(back->at_ms, &at);
    snprintf(changesets, sizeof changesets, "%lld", (long long)back->changesets);
    snprintf(records, sizeof records, "%lld", (long long)back->records);
    snprintf(left, sizeof left, "%lld", (long long)back->left);
    cli_say(c, &cli_said_taken_back, arena_cstr(&c->arena, buf_str(&at)), changesets, records,
            NULL);
    if (back->left) cli_say(c, &cli_said_left_as_is, left, NULL);
}

static void put_back(struct json_writer *w, const struct rewind_facts *back) {
    json_key_lit(w, "at");
    json_time(w, back->at_ms);
    json_key_lit(w, "taken_back");
    json_int64(w, back->changesets);
    json_key_lit(w, "left");
    json_int64(w, back->left);
}

static void put_facts(struct crm_command *c, struct str folder, const struct restoring *r) {
    const struct backup_facts *facts = &r->facts;
    struct json_writer *w = command_result(c);
    const int64_t numbers[] = {facts->rows, facts->blobs, facts->seq};
    char texts[3][24];
    for (int i = 0; i < 3; i++)
        snprintf(texts[i], sizeof texts[i], "%lld", (long long)numbers[i]);
    cli_say(c, &cli_said_restored, arena_cstr(&c->arena, folder), texts[0], texts[1], texts[2],
            NULL);
    if (r->at_ms) say_back(c, &r->back);
    json_object_open(w);
    json_key_lit(w, "data");
    json_text(w, folder);
    json_key_lit(w, "seq");
    json_int64(w, facts->seq);
    json_key_lit(w, "rows");
    json_int64(w, facts->rows);
    json_key_lit(w, "files");
    json_int64(w, facts->blobs);
    if (r->at_ms) put_back(w, &r->back);
    json_key_lit(w, "outbound");
    json_cstr(w, "held");
    json_object_shut(w);
}

static crm_status check_place(struct crm_command *c, struct str folder, struct err *err) {
    struct str database = arena_printf(&c->arena, "%.*s/perigee.db", STR_ARG(folder));
    if (!database.ptr) return err_no_memory(err);
    if (access(database.ptr, F_OK) != 0 || store_mark_is_there(folder)) return CRM_OK;
    return err_set_args(err, CRM_CONFLICT, &cli_place_taken, &folder, 1);
}

static crm_status take_back(struct crm_command *c, struct engine *e, struct restoring *r,
                            struct err *err) {
    struct cli_progress bar = {c, STR("take back")};
    const struct store_progress progress = cli_store_progress(&bar);
    struct store_conn *writer = NULL;
    crm_status status = store_conn_open(engine_store(e), STORE_WRITER, &writer, err);
    if (status != CRM_OK) return status;
    status = record_rewind(e, writer, r->at_ms, &progress, &r->back, err);
    store_conn_close(writer);
    r->facts.seq = r->back.seq;
    return status;
}

/* With the definitions at hand: what they say anew is added, as at any start. */
static crm_status bring_to_life(struct crm_command *c, struct program *p, struct restoring *r,
                                struct err *err) {
    struct kernel_options options;
    cli_kernel_options(p, &options);
    options.unfinished = true;
    crm_status status = kernel_open_data(p->kernel, &options, err);
    if (status != CRM_OK) return status;
    if (r->at_ms) status = take_back(c, kernel_engine(p->kernel), r, err);
    if (status != CRM_OK) return status;
    struct schema *schema = engine_schema(kernel_engine(p->kernel));
    status = cli_finish_restore(c, engine_store(kernel_engine(p->kernel)), schema, err);
    schema_unref(schema);
    return status;
}

static crm_status restore_locked(struct crm_command *c, struct program *p, struct restoring *r,
                                 struct err *err) {
    struct str folder = settings_text(&p->settings, SETTING_DATA);
    bool has_begun = store_mark_is_there(folder);
    crm_status status = check_place(c, folder, err);
    if (status == CRM_OK) status = store_mark_put(folder, err);
    if (status == CRM_OK) status = cli_load_backup(c, r->fd, &r->facts, &has_begun, err);
    if (status != CRM_OK && !has_begun) (void)store_mark_remove(folder, NULL);
    if (status == CRM_OK) status = bring_to_life(c, p, r, err);
    kernel_close(p->kernel);
    p->kernel = NULL;
    c->kernel = NULL;
    if (status == CRM_OK)
        status =
            cli_write_conf(c, p->settings.file, settings_text(&p->settings, SETTING_DATABASE), err);
    return status == CRM_OK ? store_mark_remove(folder, err) : status;
}

static crm_status verify(struct crm_command *c, const struct restoring *r, struct err *err) {
    struct cli_progress bar = {c, STR("verify")};
    const struct store_progress progress = cli_store_progress(&bar);
    struct backup_facts facts;
    struct buf at BUF_CLEANUP;
    buf_init(&at, 64);
    crm_status status = backup_verify(r->fd, &progress, &facts, err);
    if (status != CRM_OK || r->at_ms <= facts.at_ms) return status;
    time_format(facts.at_ms, &at);
    const struct str taken = buf_str(&at);
    return err_set_args(err, CRM_RANGE, &cli_backup_ends, &taken, 1);
}

static int input_of(const struct crm_command *c) {
    for (size_t i = 0; i < c->value_count; i++)
        if (strcmp(c->values[i].name, "FILE") == 0) return c->values[i].fd;
    return -1;
}

static crm_status restore(struct crm_command *c, struct err *err) {
    struct program *p = cli_program(c);
    struct str folder = settings_text(&p->settings, SETTING_DATA), at = command_value(c, "at");
    struct restoring r = {.fd = input_of(c)};
    struct store_place *place = NULL;
    int lock = -1;
    if (at.len && !time_parse(at, &r.at_ms))
        return err_set_args(err, CRM_UNSUPPORTED, &cli_moment_malformed, &at, 1);
    crm_status status = check_place(c, folder, err);
    if (status == CRM_OK)
        status = store_place_take(settings_text(&p->settings, SETTING_DATABASE), &place, err);
    if (status == CRM_OK) status = verify(c, &r, err);
    if (status == CRM_OK) status = lock_make_folder(folder, err);
    if (status == CRM_OK) status = lock_take(folder, LOCK_WAIT_MS, &lock, err);
    if (status == CRM_OK) status = restore_locked(c, p, &r, err);
    if (lock >= 0) close(lock);
    store_place_release(place);
    if (status == CRM_OK) put_facts(c, folder, &r);
    return status;
}

CLI_RUN(restore)
static const struct crm_option arguments[] = {{.name = "FILE",
                                               .help = "an archive made by \"perigee backup\"",
                                               .required = true,
                                               .kind = CRM_OPTION_FILE_IN}};
static const struct crm_option options[] = {
    {.name = "at",
     .value = "TIME",
     .help = "as it was at that moment before the backup: 2026-11-21T18:26:00Z",
     .kind = CRM_OPTION_TEXT}};
CLI_COMMAND(
    restore, CLI_HERE, .name = "restore",
    .summary = "Makes a new data directory and database of a backup", CLI_ARGUMENTS(arguments),
    CLI_OPTIONS(options), .run = restore_,
    .help =
        "--data names the new data directory; with --database the rows go into that "
        "empty PostgreSQL database, whatever engine the backup came from. The archive "
        "is verified first. Outbound jobs (mail, web hooks) wait until \"perigee jobs "
        "release\". A restore that was cut off is begun again by the same command. With --at the "
        "records are taken back to that moment by the log in the backup, and what came "
        "later is not in the new database; definitions, passwords and numbers that "
        "were given out stay those of the backup.")
