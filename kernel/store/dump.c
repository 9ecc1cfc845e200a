/* Reading a snapshot into the stream; see dump.h. Tables in a fixed order, rows by key, so that
 * equal data give equal bytes on either engine. */
#include "base/time.h"
#include "base/unicode.h"
#include "store/dump.h"
#include "store/messages.h"
#include "store/migrate.h"
#include "store/registry.h"
#include "store/sys_tables.h"

enum { REGISTRY_ARENA_BYTES = 256 << 20, TABLE_ARENA_BYTES = 16 << 20, STEP_ROWS = 2000 };

struct dump {
    struct store_conn *conn;
    struct stream_writer *writer;
    const struct store_progress *progress;
    struct arena arena; /* of the table at hand */
    int64_t rows;
};

/* ---- what is left out -------------------------------------------------------------------- */
/* Facts of one database rather than of the data in it. */
static bool is_kept(struct str table, const struct store_value *row) {
    static const char *const own[] = {"functions", STORE_META_UNFINISHED, STORE_META_OUTBOUND};
    if (str_is(table, "sys_state")) return !str_is(row[SYS_STATE_OWNER].bytes, "node");
    if (str_is(table, "sys_sequence"))
        return !str_starts_with(row[SYS_SEQUENCE_NAME].bytes, STR("node."));
    if (!str_is(table, "sys_meta")) return true;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (str_is(row[SYS_META_KEY].bytes, own[i])) return false;
    return true;
}

static bool is_empty(struct str table) { return str_is(table, "sys_session"); }

/* ---- tables ------------------------------------------------------------------------------ */
static void select_rows(struct sql *s, const struct catalog_table *t) {
    sql_add(s, "SELECT ");
    for (size_t i = 0; i < t->column_count; i++) {
        if (i) sql_add(s, ", ");
        sql_name(s, t->columns[i].name);
    }
    sql_add(s, " FROM ");
    sql_table(s, t->name);
    for (size_t i = 0; i < t->key_count; i++) {
        sql_add(s, i ? ", " : " ORDER BY ");
        sql_name(s, t->key[i]);
    }
}

static crm_status step(struct dump *d, struct err *err) {
    const struct store_progress *p = d->progress;
    if (++d->rows % STEP_ROWS != 0 || !p || p->step(p->ctx, d->rows, 0)) return CRM_OK;
    return err_set(err, CRM_CANCELLED, &store_text_cancelled, NULL);
}

static crm_status dump_rows(struct dump *d, const struct catalog_table *t, struct err *err) {
    struct sql s SQL_CLEANUP;
    struct store_rows *rows ROWS_CLEANUP = NULL;
    bool found = true;
    sql_init(&s, d->conn->driver->dialect, &d->arena);
    select_rows(&s, t);
    crm_status status = store_sql_open(d->conn, &s, true, &rows, err);
    while (status == CRM_OK && (status = store_exec_next(rows, &found, err)) == CRM_OK && found) {
        if (!is_kept(t->name, rows->values)) continue;
        status = stream_write_row(d->writer, rows->values, err);
        if (status == CRM_OK) status = step(d, err);
    }
    return status;
}

static crm_status dump_table(struct dump *d, enum catalog_kind kind, struct str name,
                             struct err *err) {
    struct catalog_table table;
    bool found = false;
    arena_reset(&d->arena);
    crm_status status = catalog_read(d->conn, kind, name, &d->arena, &table, &found, err);
    if (status != CRM_OK || !found) return status;
    status = stream_write_table(d->writer, &table, err);
    if (status == CRM_OK && !is_empty(name)) status = dump_rows(d, &table, err);
    return status == CRM_OK ? stream_write_table_end(d->writer, err) : status;
}

static crm_status dump_entity(struct dump *d, const struct schema_registry *r,
                              const struct schema_registry_entity *e, struct err *err) {
    crm_status status = dump_table(d, CATALOG_ENTITY, e->table, err);
    for (size_t i = 0; i < r->field_count && status == CRM_OK; i++)
        if (r->fields[i].entity == e->id && r->fields[i].link_table.len)
            status = dump_table(d, CATALOG_LINKS, r->fields[i].link_table, err);
    return status;
}

static crm_status dump_tables(struct dump *d, const struct schema_registry *r, struct err *err) {
    crm_status status = CRM_OK;
    for (int i = 0; i < SYS_TABLE_COUNT && status == CRM_OK; i++)
        status = dump_table(d, CATALOG_SYSTEM, str_from(sys_table((enum sys_table)i)->name), err);
    for (size_t i = 0; i < r->entity_count && status == CRM_OK; i++)
        status = dump_entity(d, r, &r->entities[i], err);
    return status;
}

/* ---- the whole --------------------------------------------------------------------------- */
static crm_status last_changeset(struct dump *d, struct stream_header *h, struct err *err) {
    static const int8_t newest[] = {-(SYS_CHANGESET_SEQ + 1)};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_CHANGESET), .order = newest, .order_count = 1};
    const struct store_value *row = NULL;
    struct buf hex BUF_CLEANUP;
    buf_init(&hex, 256);
    crm_status status = store_first(d->conn, &select, &d->arena, &row, err);
    if (status != CRM_OK || !row) return status;
    struct str digest = row[SYS_CHANGESET_DIGEST].bytes;
    hex_format(digest.ptr, digest.len, &hex);
    h->seq = row[SYS_CHANGESET_SEQ].integer;
    h->head = arena_str(&d->arena, buf_str(&hex));
    return h->head.ptr ? CRM_OK : err_no_memory(err);
}

static crm_status dump_header(struct dump *d, struct dump_facts *facts, struct err *err) {
    bool sqlite = d->conn->driver->engine == STORE_SQLITE;
    struct stream_header header = {.program = STR(PERIGEE_VERSION),
                                   .fold_version = FOLD_VERSION,
                                   .engine = sqlite ? STR("sqlite") : STR("postgres"),
                                   .at_ms = clock_now_ms()};
    crm_status status = store_sys_version(d->conn, &header.sys_version, err);
    if (status == CRM_OK) status = last_changeset(d, &header, err);
    if (status != CRM_OK) return status;
    facts->seq = header.seq;
    return stream_write_header(d->writer, &header, err);
}

static crm_status dump_all(struct dump *d, struct dump_facts *facts, struct err *err) {
    struct schema_registry registry;
    struct arena a;
    arena_init(&a, REGISTRY_ARENA_BYTES);
    crm_status status = dump_header(d, facts, err);
    if (status == CRM_OK) status = store_registry_load(d->conn, &a, &registry, err);
    if (status == CRM_OK) status = dump_tables(d, &registry, err);
    if (status == CRM_OK) status = stream_write_end(d->writer, err);
    arena_fini(&a);
    facts->rows = d->rows;
    return status;
}

crm_status store_dump(struct store_conn *c, const struct stream_sink *sink,
                      const struct store_progress *progress, struct dump_facts *ret,
                      struct err *err) {
    struct dump d = {.conn = c, .progress = progress};
    struct dump_facts facts = {0};
    crm_status status = stream_writer_new(*sink, &d.writer, err);
    if (status != CRM_OK) return status;
    arena_init(&d.arena, TABLE_ARENA_BYTES);
    store_scratch_enter(c);
    status = dump_all(&d, &facts, err);
    store_scratch_leave(c);
    arena_fini(&d.arena);
    stream_writer_free(d.writer);
    if (status == CRM_OK && ret) *ret = facts;
    return status;
}
