/* See wipe.h. A file of SQLite goes where the directory is marked; a schema of PostgreSQL where the
 * database itself says that it is unfinished, whatever directory it was begun from. */
#include "store/wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "store/driver.h"
#include "store/dump.h"
#include "store/messages.h"
#include "store/migrate.h"
#include "store/structure.h"
#include "store/sys_tables.h"

enum { PATH_BYTES = 4352 };

static bool path_of(char ret[PATH_BYTES], struct str data_dir, const char *name) {
    return (size_t)snprintf(ret, PATH_BYTES, "%.*s/%s", STR_ARG(data_dir), name) < PATH_BYTES;
}

static crm_status failed(struct err *err) {
    crm_status status = err_set(err, CRM_IO, &store_text_io, NULL);
    err_because(err, "restore: %s", strerror(errno));
    return status;
}

static bool flush_folder(struct str data_dir) {
    char path[PATH_BYTES];
    int fd = path_of(path, data_dir, ".") ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    return ok;
}

bool store_mark_is_there(struct str data_dir) {
    char path[PATH_BYTES];
    return path_of(path, data_dir, "unfinished-restore") && access(path, F_OK) == 0;
}

crm_status store_mark_put(struct str data_dir, struct err *err) {
    char path[PATH_BYTES];
    if (!path_of(path, data_dir, "unfinished-restore")) return failed(err);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0 && close(fd) != 0) ok = false;
    return ok && flush_folder(data_dir) ? CRM_OK : failed(err);
}

crm_status store_mark_remove(struct str data_dir, struct err *err) {
    char path[PATH_BYTES];
    if (!path_of(path, data_dir, "unfinished-restore")) return failed(err);
    return unlink(path) == 0 && flush_folder(data_dir) ? CRM_OK : failed(err);
}

static crm_status wipe_files(struct str data_dir, struct err *err) {
    static const char *const names[] = {"perigee.db", "perigee.db-wal", "perigee.db-shm"};
    char path[PATH_BYTES];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!path_of(path, data_dir, names[i]) || (unlink(path) != 0 && errno != ENOENT))
            return failed(err);
    return CRM_OK;
}

static crm_status is_unfinished(struct store_conn *c, bool *ret, struct err *err) {
    struct store_condition where = {SYS_META_KEY, STORE_EQ, store_text(STR(STORE_META_UNFINISHED))};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_META), .where = &where, .where_count = 1};
    const struct store_value *row = NULL;
    bool exists = false;
    crm_status status = structure_has_table(c, STR("sys_meta"), &exists, err);
    if (status == CRM_OK && exists) status = store_first(c, &select, &c->scratch, &row, err);
    *ret = row != NULL;
    return status;
}

static crm_status wipe_schema(struct store *s, struct err *err) {
    struct store_conn *c = NULL;
    bool unfinished = false;
    crm_status status = store_conn_open(s, STORE_WRITER, &c, err);
    if (status != CRM_OK) return status;
    store_scratch_enter(c);
    status = is_unfinished(c, &unfinished, err);
    if (status == CRM_OK && unfinished)
        status = store_exec_script(c, "DROP SCHEMA perigee CASCADE", err);
    store_scratch_leave(c);
    store_conn_close(c);
    return status;
}

static crm_status put_unfinished(struct store_conn *c, struct err *err) {
    const struct store_value row[SYS_META_COUNT] = {[SYS_META_KEY] =
                                                        store_text(STR(STORE_META_UNFINISHED)),
                                                    [SYS_META_VALUE] = store_text(STR("yes"))};
    bool inserted = false;
    crm_status status = store_begin(c, err);
    if (status == CRM_OK)
        status = store_insert_new(c, sys_table(SYS_TABLE_META), row, &inserted, err);
    if (status == CRM_OK) return store_commit(c, err);
    if (store_in_transaction(c)) store_rollback(c);
    return status;
}

typedef crm_status (*mark_fn)(struct store_conn *c, struct err *err);

static crm_status mark_database(const struct store_options *options, mark_fn fn, struct err *err) {
    struct store *s = NULL;
    struct store_conn *c = NULL;
    if (options->uri.len == 0) return CRM_OK;
    crm_status status = store_open(options, &s, err);
    if (status == CRM_OK) status = store_conn_open(s, STORE_WRITER, &c, err);
    if (status == CRM_OK) status = fn(c, err);
    store_conn_close(c);
    store_close(s);
    return status;
}

crm_status store_give_up(const struct store_options *options, struct err *err) {
    return mark_database(options, put_unfinished, err);
}

static crm_status remove_unfinished(struct store_conn *c, struct err *err) {
    return store_load_done(c, false, err);
}

crm_status store_keep_after_all(const struct store_options *options, struct err *err) {
    return mark_database(options, remove_unfinished, err);
}

crm_status store_wipe_unfinished(const struct store_options *options, struct err *err) {
    struct store_options there = *options;
    struct store *s = NULL;
    if (options->uri.len == 0)
        return store_mark_is_there(options->data_dir) ? wipe_files(options->data_dir, err) : CRM_OK;
    there.create = false;
    there.unfinished = true;
    crm_status status = store_open(&there, &s, err);
    if (status == CRM_NOT_FOUND) return CRM_OK;
    if (status == CRM_OK) status = wipe_schema(s, err);
    store_close(s);
    return status;
}
