/* The versions of the sys_* tables: making them, bringing older ones up, refusing newer ones. Steps
 * of a schema plan are in plan_apply.c. See migrate.h. */
#include "store/migrate.h"

#include <stdio.h>

#include "base/unicode.h"
#include "store/catalog.h"
#include "store/messages.h"
#include "store/structure.h"
#include "store/sys_tables.h"

enum { SYS_VERSION = 4, FUNCTIONS_MAX_BYTES = 4 << 20 };

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

int64_t store_sys_known(void) { return SYS_VERSION; }

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

static crm_status create_all(struct store_conn *c, struct err *err) {
    crm_status status = CRM_OK;
    for (int i = 0; status == CRM_OK && i < SYS_TABLE_COUNT; i++)
        status = structure_sys_table(c, sys_table((enum sys_table)i), err);
    if (status == CRM_OK) status = write_meta(c, "sys_version", SYS_VERSION, err);
    if (status == CRM_OK) status = write_meta(c, "sys_serves", SYS_VERSION, err);
    if (status == CRM_OK) status = write_meta(c, "fold_version", FOLD_VERSION, err);
    return status;
}

/* The registry keeps definitions and states, steps their progress; definitions made in the browser.
 */
static crm_status upgrade_1(struct store_conn *c, struct err *err) {
    static const struct {
        const char *table, *column;
        enum store_type type;
    } added[] = {
        {"sys_entity", "definition", STORE_TEXT}, {"sys_field", "owner", STORE_TEXT},
        {"sys_field", "definition", STORE_TEXT},  {"sys_field", "replaces", STORE_INT},
        {"sys_field", "folding", STORE_INT},      {"sys_index", "state", STORE_INT},
        {"sys_migration", "cursor", STORE_INT},   {"sys_migration", "done", STORE_INT},
        {"sys_migration", "total", STORE_INT},    {"sys_migration", "finished", STORE_INT},
        {"sys_migration", "author", STORE_INT},
    };
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < sizeof added / sizeof *added; i++)
        status = structure_sys_column(c, added[i].table, added[i].column, added[i].type, err);
    return status == CRM_OK ? structure_sys_table(c, sys_table(SYS_TABLE_DEFINITION), err) : status;
}

struct table_names {
    struct arena *arena;
    struct str *list;
    size_t count, capacity;
    bool no_memory;
};

static bool add_table(void *ctx, const struct store_value *row) {
    struct table_names *names = ctx;
    struct str *list =
        arena_grow(names->arena, names->list, names->count, &names->capacity, sizeof *list);
    if (!list) return !(names->no_memory = true);
    names->list = list;
    list[names->count] = arena_str(names->arena, row[SYS_ENTITY_TABLE].bytes);
    names->no_memory = !list[names->count++].ptr;
    return !names->no_memory;
}

/* A row without a value conflicts with nothing: it leaves the unique indexes. */
static crm_status narrow_unique(struct store_conn *c, struct str name, struct err *err) {
    struct catalog_table table = {0};
    bool found = false;
    crm_status status = catalog_read(c, CATALOG_ENTITY, name, &c->scratch, &table, &found, err);
    for (size_t i = 0; status == CRM_OK && found && i < table.index_count; i++) {
        struct catalog_index index = table.indexes[i];
        if (!index.unique || index.while_filled.len) continue;
        index.while_filled = index.columns[0];
        status = structure_drop_index(c, index.name, err);
        if (status == CRM_OK) status = catalog_make_index(c, &table, &index, err);
    }
    return status;
}

/* Fewer index entries a write: none without a value, none that nobody reads by. */
static crm_status upgrade_2(struct store_conn *c, struct err *err) {
    struct table_names names = {.arena = &c->scratch};
    struct store_select select = {.table = sys_table(SYS_TABLE_ENTITY)};
    crm_status status = structure_drop_index(c, STR("sys_changeset_actor"), err);
    if (status == CRM_OK) status = structure_drop_index(c, STR("sys_changeset_part_of"), err);
    if (status == CRM_OK) status = structure_sys_table(c, sys_table(SYS_TABLE_CHANGESET), err);
    if (status == CRM_OK) status = store_each(c, &select, add_table, &names, err);
    if (status == CRM_OK && names.no_memory) status = err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < names.count; i++)
        status = narrow_unique(c, names.list[i], err);
    return status;
}

/* Runs are found by what they wrote, and know their person, job and calls. */
static crm_status upgrade_3(struct store_conn *c, struct err *err) {
    static const char *const added[] = {"actor", "job", "calls"};
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < sizeof added / sizeof *added; i++)
        status = structure_sys_column(c, "sys_run", added[i], STORE_INT, err);
    return status == CRM_OK ? structure_sys_table(c, sys_table(SYS_TABLE_RUN), err) : status;
}

static const store_upgrade_fn upgrades[] = {upgrade_1, upgrade_2, upgrade_3};
_Static_assert(sizeof upgrades / sizeof *upgrades == SYS_VERSION - 1,
               "an upgrade for every version but the last");
static const bool adds[] = {false, false, true};
const struct store_versions store_versions = {SYS_VERSION, upgrades, adds};

bool store_upgrade_adds(const struct store_versions *versions, int64_t version) {
    return version == versions->known - 1 && versions->adds && versions->adds[version - 1];
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
    if (status == CRM_OK) status = exists ? upgrade(c, to, err) : create_all(c, err);
    return status == CRM_OK ? bring_up_functions(c, to, err) : status;
}

crm_status store_sys_migrate_to(struct store_conn *c, const struct store_versions *versions,
                                struct err *err) {
    crm_status status = store_begin(c, err);
    if (status != CRM_OK) return status;
    store_scratch_enter(c);
    c->structure = true;
    status = bring_up(c, versions, err);
    c->structure = false;
    store_scratch_leave(c);
    if (status == CRM_OK) return store_commit(c, err);
    store_rollback(c);
    return status;
}

crm_status store_sys_migrate(struct store_conn *c, struct err *err) {
    return store_sys_migrate_to(c, &store_versions, err);
}
