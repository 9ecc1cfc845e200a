/* The way back of an upgrade: the copy that was kept goes in the place of the database.
 *
 * What there is now is kept as a copy first. From then on the place is marked as in a restore: what
 * was cut off in between refuses every command but another "upgrade --back". The database stays at
 * the version of the copy; its search rows are left to the next start of the program that it
 * belongs to. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/command.h"
#include "record/log.h"
#include "record/reindex.h"
#include "store/living.h"
#include "store/migrate.h"
#include "store/upgrade.h"
#include "store/wipe.h"

struct way_back {
    struct store_options options;
    int64_t from, to; /* versions */
    int64_t copied_seq;
    int64_t since; /* changesets that people and programs have made after the copy */
    struct str path, kept;
};

static bool count_since(void *ctx, const struct log_changeset *c) {
    *(int64_t *)ctx += c->door != ACCESS_DOOR_MIGRATION && !c->is_parent;
    return true;
}

static crm_status look(struct way_back *w, int64_t copied_seq, struct err *err) {
    struct store *s = NULL;
    struct store_conn *c = NULL;
    crm_status status = store_open(&w->options, &s, err);
    if (status == CRM_OK) status = store_conn_open(s, STORE_READER, &c, err);
    if (status == CRM_OK)
        status = log_each_changeset(c, copied_seq, 0, NULL, count_since, &w->since, err);
    store_conn_close(c);
    store_close(s);
    return status;
}

static crm_status version_now(struct way_back *w, struct err *err) {
    struct store *s = NULL;
    struct store_conn *c = NULL;
    crm_status status = store_open(&w->options, &s, err);
    if (status == CRM_OK) status = store_conn_open(s, STORE_READER, &c, err);
    if (status == CRM_OK) status = store_sys_version(c, &w->from, err);
    store_conn_close(c);
    store_close(s);
    return status;
}

static crm_status keep_present(struct crm_command *c, struct way_back *w, struct err *err) {
    struct store *s = NULL;
    w->kept = store_copy_path(w->options.data_dir, w->from, &c->arena);
    if (!w->kept.ptr) return err_no_memory(err);
    crm_status status = store_open(&w->options, &s, err);
    if (status == CRM_OK) status = store_copy_keep(s, w->from, &c->arena, err);
    store_close(s);
    return status;
}

static crm_status finish(struct way_back *w, struct err *err) {
    struct store_options options = w->options;
    struct store *s = NULL;
    struct store_conn *c = NULL;
    options.unfinished = true;
    crm_status status = store_open(&options, &s, err);
    if (status == CRM_OK) status = store_conn_open(s, STORE_WRITER, &c, err);
    if (status == CRM_OK) status = store_begin(c, err);
    if (status == CRM_OK) status = record_reindex_next_start(c, w->to, err);
    if (status == CRM_OK) status = store_commit(c, err);
    if (c && store_in_transaction(c)) store_rollback(c);
    if (status == CRM_OK) status = store_load_done(c, true, err);
    if (status == CRM_OK) status = store_checkpoint(c, err);
    store_conn_close(c);
    store_close(s);
    return status == CRM_OK ? store_mark_remove(w->options.data_dir, err) : status;
}

static crm_status refuse_loss(struct crm_command *c, const struct way_back *w, struct err *err) {
    char since[24];
    if (w->since == 0 || command_has(c, "lossy")) return CRM_OK;
    snprintf(since, sizeof since, "%lld", (long long)w->since);
    return err_set(err, CRM_CONFLICT, &cli_back_loses, since, NULL);
}

/* From the mark in the database on no node starts: who has started before it is seen, and what it
 * has written is counted and kept. */
static crm_status give_up(struct crm_command *c, struct way_back *w, struct err *err) {
    struct err why;
    crm_status status = store_give_up(&w->options, err);
    if (status != CRM_OK) return status;
    status = store_refuse_living(w->options.uri, err);
    w->since = 0;
    if (status == CRM_OK) status = look(w, w->copied_seq, err);
    if (status == CRM_OK) status = refuse_loss(c, w, err);
    if (status == CRM_OK) status = keep_present(c, w, err);
    if (status != CRM_OK && store_keep_after_all(&w->options, &why) != CRM_OK)
        log_err(LOG_WARN, "upgrade_back", &why);
    return status;
}

static crm_status put_copy(struct crm_command *c, struct way_back *w, int fd, bool is_begun,
                           struct err *err) {
    struct backup_facts facts;
    bool has_begun = is_begun;
    crm_status status = is_begun ? CRM_OK : give_up(c, w, err);
    if (status == CRM_OK) status = store_mark_put(w->options.data_dir, err);
    if (status == CRM_OK) status = cli_load_backup(c, fd, &facts, &has_begun, err);
    return status == CRM_OK ? finish(w, err) : status;
}

/* Before anything is touched: the copy is whole, and nothing is lost that was not given up. */
static crm_status check(struct crm_command *c, struct way_back *w, int fd, bool is_begun,
                        struct err *err) {
    struct cli_progress bar = {c, STR("verify")};
    const struct store_progress progress = cli_store_progress(&bar);
    struct backup_facts facts;
    crm_status status = backup_verify(fd, &progress, &facts, err);
    if (status == CRM_OK && !is_begun) status = look(w, facts.seq, err);
    if (status != CRM_OK) return status;
    w->copied_seq = facts.seq;
    return refuse_loss(c, w, err);
}

static crm_status find_copy(struct crm_command *c, struct way_back *w, struct err *err) {
    w->to = store_copy_below(w->options.data_dir, w->from);
    if (w->to == 0) return err_set(err, CRM_NOT_FOUND, &cli_no_copy, NULL);
    w->path = store_copy_path(w->options.data_dir, w->to, &c->arena);
    return w->path.ptr ? CRM_OK : err_no_memory(err);
}

static crm_status back_to(struct crm_command *c, struct way_back *w, bool is_begun,
                          struct err *err) {
    crm_status status = is_begun ? CRM_OK : version_now(w, err);
    if (status == CRM_OK) status = find_copy(c, w, err);
    if (status != CRM_OK) return status;
    int fd = open(w->path.ptr, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return err_set(err, CRM_NOT_FOUND, &cli_no_copy, NULL);
    status = check(c, w, fd, is_begun, err);
    if (status == CRM_OK && lseek(fd, 0, SEEK_SET) != 0) status = err_internal(err, "lseek");
    if (status == CRM_OK) status = put_copy(c, w, fd, is_begun, err);
    close(fd);
    return status;
}

crm_status cli_upgrade_back(struct crm_command *c, struct cli_versions *ret, struct err *err) {
    const struct settings *s = &cli_program(c)->settings;
    struct way_back w = {.options = {.data_dir = settings_text(s, SETTING_DATA),
                                     .uri = settings_text(s, SETTING_DATABASE)},
                         .from = store_sys_known()};
    bool is_begun = store_mark_is_there(w.options.data_dir);
    struct store_place *place = NULL;
    crm_status status = store_place_take(w.options.uri, &place, err);
    if (status == CRM_OK) status = back_to(c, &w, is_begun, err);
    store_place_release(place);
    if (status == CRM_OK)
        *ret = (struct cli_versions){w.from, w.to,
                                     store_copy_path(w.options.data_dir, w.from, &c->arena)};
    return status;
}
