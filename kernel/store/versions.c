/* The versions of the sys_* tables and the way from each to the next, which databases of that time
 * still go: a step that has once been released stays as it is. See migrate.h.
 *
 * Not here: who may go it, and when (migrate.c, upgrade.c). A program of the next generation is
 * this one with another such file, which is how tests build one. */
#include "store/catalog.h"
#include "store/migrate.h"
#include "store/structure.h"
#include "store/sys_tables.h"

enum { SYS_VERSION = 4 };

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
