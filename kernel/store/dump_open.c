/* The snapshot of a dump on PostgreSQL, of which no table goes while it is read; see dump.h.
 *
 * There a table may be dropped under a snapshot that still has it. So the tables are locked against
 * that before the transaction has a snapshot - locking takes none -, and what the snapshot then has
 * beyond them was made in between: once more. SQLite keeps its snapshots whole. Threads: the
 * connection's. */
#include "store/dump.h"
#include "store/migrate.h"
#include "store/registry.h"
#include "store/structure.h"

enum { ARENA_BYTES = 256 << 20, TRIES_MAX = 10 };

struct table_list {
    struct str *names;
    size_t count;
};

static crm_status begin_anew(struct store_conn *c, struct err *err) {
    if (store_in_transaction(c)) store_rollback(c);
    return store_begin(c, err);
}

static crm_status add_there(struct store_conn *c, struct str name, struct table_list *io,
                            struct err *err) {
    bool is_there = false;
    crm_status status = name.len ? structure_has_table(c, name, &is_there, err) : CRM_OK;
    if (is_there) io->names[io->count++] = name;
    return status;
}

/* Tables of entities and of links that are there, in the order of the registry. */
static crm_status list_tables(struct store_conn *c, struct arena *a, struct table_list *ret,
                              struct err *err) {
    struct schema_registry r = {0};
    crm_status status = store_registry_load(c, a, &r, err);
    if (status != CRM_OK) return status;
    ret->count = 0;
    ret->names = ARENA_ARRAY(a, r.entity_count + r.field_count + 1, struct str);
    if (!ret->names) return err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < r.entity_count; i++)
        status = add_there(c, r.entities[i].table, ret, err);
    for (size_t i = 0; status == CRM_OK && i < r.field_count; i++)
        status = add_there(c, r.fields[i].link_table, ret, err);
    return status;
}

static crm_status lock_tables(struct store_conn *c, struct arena *a, const struct table_list *l,
                              struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, a);
    if (l->count == 0) return CRM_OK;
    for (size_t i = 0; i < l->count; i++) {
        sql_add(&s, i ? ", " : "LOCK TABLE ");
        sql_table(&s, l->names[i]);
    }
    sql_add(&s, " IN ACCESS SHARE MODE");
    return store_sql_run(c, &s, NULL, err);
}

static bool has_all(const struct table_list *locked, const struct table_list *found) {
    for (size_t i = 0; i < found->count; i++) {
        bool has = false;
        for (size_t k = i; !has && k < i + locked->count; k++) /* mostly at the same place */
            has = str_eq(locked->names[k % locked->count], found->names[i]);
        if (!has) return false;
    }
    return true;
}

static crm_status hold(struct store_conn *c, struct arena *a, bool *ret_held, struct err *err) {
    struct table_list before = {0}, found = {0};
    crm_status status = begin_anew(c, err);
    if (status == CRM_OK) status = list_tables(c, a, &before, err);
    if (status == CRM_OK) status = begin_anew(c, err);
    if (status == CRM_OK) status = lock_tables(c, a, &before, err);
    if (status == CRM_OK) status = list_tables(c, a, &found, err);
    *ret_held = status == CRM_OK && has_all(&before, &found);
    return status;
}

crm_status store_dump_open(struct store_conn *c, struct err *err) {
    crm_status status = CRM_OK;
    struct arena a;
    bool is_held = c->driver->engine == STORE_SQLITE;
    arena_init(&a, ARENA_BYTES);
    store_scratch_enter(c);
    for (int i = 0; !is_held && i < TRIES_MAX; i++) {
        arena_reset(&a);
        status = hold(c, &a, &is_held, err); /* fails where a table went before its lock */
    }
    store_scratch_leave(c);
    arena_fini(&a);
    if (status == CRM_OK && !is_held) status = err_internal(err, "tables come and go");
    return status;
}
