/* The versions of the sys_* tables: making them, bringing older ones up, refusing newer ones. Steps
 * of a schema plan are in plan_apply.c. See migrate.h. */
#include "store/migrate.h"

#include <stdio.h>
#include <time.h>

#include "base/unicode.h"
#include "store/cluster.h"
#include "store/messages.h"
#include "store/structure.h"
#include "store/sys_tables.h"

enum {
    FUNCTIONS_MAX_BYTES = 4 << 20,
    ATTEMPTS = 100, /* for a lock that those who work beside hold */
    REST_NS = 100 * 1000 * 1000
};

static crm_status write_meta(struct store_conn *c, const char *key, int64_t value,
                             struct err *err) {
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    struct store_value row[SYS_META_COUNT] = {
        [SYS_META_KEY] = store_text(str_from(key)), [SYS_META_VALUE] = store_text(str_from(text))};
    bool inserted = false;
    crm_status status = store_insert_new(c, sys_table(SYS_TABLE_META), row, &inserted, err);
    if (status != CRM_OK || inserted) return status;
    struct store_set set = {.column = SYS_META_VALUE, .value = row[SYS_META_VALUE]};
    struct store_condition where = {SYS_META_KEY, STORE_EQ, row[SYS_META_KEY]};
    return store_update(c, sys_table(SYS_TABLE_META), &set, 1, &where, 1, NULL, err);
}

static crm_status read_meta(struct store_conn *c, const char *key, int64_t *ret, struct err *err) {
    struct store_condition where = {SYS_META_KEY, STORE_EQ, store_text(str_from(key))};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_META), .where = &where, .where_count = 1};
    const struct store_value *row = NULL;
    crm_status status = store_first(c, &select, &c->scratch, &row, err);
    if (status == CRM_OK && row && row[SYS_META_VALUE].type == STORE_TEXT &&
        !str_to_int64(row[SYS_META_VALUE].bytes, ret))
        status = err_internal(err, "sys_meta %s is not a number", key);
    return status;
}

crm_status store_sys_version(struct store_conn *c, int64_t *ret, struct err *err) {
    bool exists = false;
    store_scratch_enter(c);
    *ret = 0;
    crm_status status = structure_has_table(c, STR("sys_meta"), &exists, err);
    if (status == CRM_OK && exists) status = read_meta(c, "sys_version", ret, err);
    store_scratch_leave(c);
    return status;
}

int64_t store_sys_known(void) { return store_versions.known; }

/* What a restore has begun only another restore may go on with. */
static crm_status check_finished(struct store_conn *c, struct err *err) {
    struct store_condition where = {SYS_META_KEY, STORE_EQ, store_text(STR(STORE_META_UNFINISHED))};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_META), .where = &where, .where_count = 1};
    const struct store_value *row = NULL;
    if (c->store->unfinished) return CRM_OK;
    crm_status status = store_first(c, &select, &c->scratch, &row, err);
    if (status != CRM_OK || !row) return status;
    return err_set(err, CRM_CONFLICT, &store_text_restore_unfinished, c->store->data_dir, NULL);
}

static crm_status create_all(struct store_conn *c, int64_t version, struct err *err) {
    crm_status status = CRM_OK;
    for (int i = 0; status == CRM_OK && i < SYS_TABLE_COUNT; i++)
        status = structure_sys_table(c, sys_table((enum sys_table)i), err);
    if (status == CRM_OK) status = write_meta(c, "sys_version", version, err);
    if (status == CRM_OK) status = write_meta(c, "sys_serves", version, err);
    if (status == CRM_OK) status = write_meta(c, "fold_version", FOLD_VERSION, err);
    return status;
}

bool store_upgrade_adds(const struct store_versions *versions, int64_t version) {
    return version == versions->known - 1 && versions->adds && versions->adds[version - 1];
}

crm_status store_upgrade_may(struct store_conn *c, const struct store_versions *versions,
                             int64_t version, struct err *err) {
    bool older = false;
    int64_t oldest = store_upgrade_adds(versions, version) ? version : versions->known;
    crm_status status = store_others_older(c, oldest, &older, err);
    if (status != CRM_OK || !older) return status;
    return err_set(err, CRM_CONFLICT, &store_text_nodes_older, NULL);
}

/* Written by the upgrade to `version`: the oldest program that may work with it. */
static crm_status may_serve(struct store_conn *c, const struct store_versions *to, int64_t version,
                            bool *ret, struct err *err) {
    int64_t serves = version;
    crm_status status = read_meta(c, "sys_serves", &serves, err);
    *ret = version == to->known + 1 && serves <= to->known;
    return status;
}

static crm_status upgrade(struct store_conn *c, const struct store_versions *to, struct err *err) {
    int64_t version = 0;
    crm_status status = read_meta(c, "sys_version", &version, err);
    if (status != CRM_OK) return status;
    bool serves = version >= 1 && version <= to->known;
    if (version > to->known) status = may_serve(c, to, version, &serves, err);
    if (status != CRM_OK) return status;
    if (!serves) {
        char found[24], known[24];
        snprintf(found, sizeof found, "%lld", (long long)version);
        snprintf(known, sizeof known, "%lld", (long long)to->known);
        return err_set(err, CRM_UNSUPPORTED, &store_text_database_newer, found, known, NULL);
    }
    int64_t oldest = store_upgrade_adds(to, version) ? version : to->known;
    if (version >= to->known) return CRM_OK;
    status = store_upgrade_may(c, to, version, err);
    if (status == CRM_OK) status = structure_try_lock(c, true, err);
    for (; status == CRM_OK && version < to->known; version++)
        status = to->steps[version - 1](c, err);
    if (status == CRM_OK) status = write_meta(c, "sys_serves", oldest, err);
    return status == CRM_OK ? write_meta(c, "sys_version", to->known, err) : status;
}

/* Functions are made again when their script is another one than the database has seen, but not by
 * a program older than the database. */
static crm_status bring_up_functions(struct store_conn *c, const struct store_versions *to,
                                     struct err *err) {
    struct buf text BUF_CLEANUP;
    int64_t known = 0, version = 0;
    buf_init(&text, FUNCTIONS_MAX_BYTES);
    if (!c->driver->functions) return CRM_OK;
    crm_status status = read_meta(c, "sys_version", &version, err);
    if (status == CRM_OK && version > to->known) return CRM_OK;
    if (status == CRM_OK) status = c->driver->functions(&text, err);
    if (status == CRM_OK) status = read_meta(c, "functions", &known, err);
    if (status != CRM_OK) return status;
    int64_t hash = (int64_t)statement_hash(text.ptr, text.len);
    if (hash == known) return CRM_OK;
    status = store_exec_script(c, text.ptr, err);
    return status == CRM_OK ? write_meta(c, "functions", hash, err) : status;
}

static crm_status bring_up(struct store_conn *c, const struct store_versions *to, struct err *err) {
    bool exists = false;
    crm_status status = structure_has_table(c, STR("sys_meta"), &exists, err);
    if (status == CRM_OK && exists) status = check_finished(c, err);
    if (status == CRM_OK) status = exists ? upgrade(c, to, err) : create_all(c, to->known, err);
    return status == CRM_OK ? bring_up_functions(c, to, err) : status;
}

/* One process at a time: who comes second finds what the first has done. */
static crm_status bring_up_once(struct store_conn *c, const struct store_versions *versions,
                                struct err *err) {
    crm_status status = store_begin(c, err);
    if (status != CRM_OK) return status;
    store_scratch_enter(c);
    c->structure = true;
    status = store_key_lock(c, STR("sys_version"), err);
    if (status == CRM_OK) status = bring_up(c, versions, err);
    c->structure = false;
    store_scratch_leave(c);
    if (status == CRM_OK) return store_commit(c, err);
    store_rollback(c);
    return status;
}

crm_status store_sys_migrate_to(struct store_conn *c, const struct store_versions *versions,
                                struct err *err) {
    crm_status status = bring_up_once(c, versions, err);
    for (int n = 1; status == CRM_UNAVAILABLE && n < ATTEMPTS; n++) {
        nanosleep(&(struct timespec){.tv_nsec = REST_NS}, NULL);
        status = bring_up_once(c, versions, err);
    }
    return status;
}

crm_status store_sys_migrate(struct store_conn *c, struct err *err) {
    return store_sys_migrate_to(c, &store_versions, err);
}
