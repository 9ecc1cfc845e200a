/* See store.h. */
#include "support/store.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/blob.h"
#include "support/memory.h"
#include "support/postgres.h"

static struct test_postgres server;
static bool server_runs;
static int database_count;

static void stop_server(void) {
    if (server_runs) test_postgres_stop(&server);
    server_runs = false;
}

void test_store_own_server(void) {
    assert_false(server_runs);
    server_runs = test_postgres_start(&server);
    assert_true(server_runs);
    atexit(stop_server);
}

struct test_postgres *test_store_server(void) {
    if (!server_runs) {
        server_runs = test_postgres_join(&server);
        assert_true(server_runs);
        atexit(stop_server);
    }
    return &server;
}

void test_store_assert_ok(struct test_store *t, crm_status status, const char *what,
                          const char *file, int line) {
    if (status == CRM_OK) return;
    struct buf text;
    buf_init(&text, 4096);
    err_format(&t->err, LANGUAGE_EN, &text);
    print_error("%s: %s: %s (%s) entity %s field %s column %u\n", what, crm_status_word(status),
                text.ptr ? text.ptr : "", t->err.cause, t->err.entity, t->err.field, t->err.column);
    buf_fini(&text);
    _fail(file, line);
}

void test_store_connect(struct test_store *t, bool create) {
    struct store_options options = {
        .data_dir = str_from(t->dir), .uri = str_from(t->uri), .create = create};
    assert_ok(t, store_open(&options, &t->store, &t->err));
    assert_ok(t, store_conn_open(t->store, STORE_WRITER, &t->writer, &t->err));
    assert_ok(t, store_conn_open(t->store, STORE_READER, &t->reader, &t->err));
    struct store_company company = {.zone = t->zone,
                                    .base_currency = {"USD"},
                                    .base_digits = 2,
                                    .week_start = 1,
                                    .fiscal_month = 1};
    store_conn_set_company(t->writer, &company);
    store_conn_set_company(t->reader, &company);
}

void test_store_disconnect(struct test_store *t) {
    store_conn_close(t->reader);
    store_conn_close(t->writer);
    store_close(t->store);
    t->reader = t->writer = NULL;
    t->store = NULL;
}

void test_store_open(struct test_store *t, enum store_engine engine) {
    *t = (struct test_store){.engine = engine};
    arena_init(&t->arena, (size_t)512 << 20);
    snprintf(t->dir, sizeof t->dir, "%s/perigee-store-XXXXXX", test_memory_folder());
    assert_non_null(mkdtemp(t->dir));
    assert_ok(t, zone_open(STR("Europe/Moscow"), &t->zone, &t->err));
    if (engine == STORE_POSTGRES) {
        snprintf(t->database, sizeof t->database, "test%d", ++database_count);
        assert_true(
            test_postgres_database(test_store_server(), t->database, t->uri, sizeof t->uri));
    }
    test_store_connect(t, true);
}

void test_store_plan(struct test_store *t) {
    schema_plan_fini(&t->plan);
    static int64_t generation;
    assert_ok(t, schema_plan_make(&t->arena, t->definitions, &t->registry, ++generation, &t->plan,
                                  &t->err));
    t->schema = t->plan.schema;
}

void test_store_open_company(struct test_store *t, enum store_engine engine) {
    test_store_open(t, engine);
    test_store_define(t);
    test_store_plan(t);
    assert_ok(t, store_sys_migrate(t->writer, &t->err));
    assert_ok(t, store_plan_apply(t->writer, &t->plan, &(size_t){0}, &t->err));
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

void test_store_close(struct test_store *t) {
    test_store_disconnect(t);
    if (t->database[0]) test_postgres_drop(&server, t->database);
    schema_plan_fini(&t->plan);
    if (t->definitions) schema_definitions_free(t->definitions);
    zone_close(t->zone);
    arena_fini(&t->arena);
    nftw(t->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const struct schema_entity *test_entity(struct test_store *t, const char *name) {
    const struct schema_entity *e = schema_find(t->schema, str_from(name));
    assert_non_null(e);
    return e;
}

int32_t test_slot(const struct schema_entity *e, const char *field) {
    const struct schema_field *f = schema_field_find(e, str_from(field));
    if (!f) fail_msg("no field %s", field);
    return f->slot;
}

void test_set(const struct schema_entity *e, struct value *row, const char *field, struct value v) {
    row[test_slot(e, field)] = v;
}

struct value *test_row(struct test_store *t, const struct schema_entity *e, int64_t id) {
    struct value *row = ARENA_ARRAY(&t->arena, e->field_count, struct value);
    assert_non_null(row);
    test_set(e, row, "id", value_id(id));
    test_set(e, row, "version", value_int(1));
    test_set(e, row, "created_at", value_time(1000 * id));
    test_set(e, row, "updated_at", value_time(1000 * id));
    return row;
}

void test_insert(struct test_store *t, const struct schema_entity *e, const struct value *row) {
    assert_ok(t, store_record_insert(t->writer, e, row, &t->err));
}

void test_access(struct test_store *t, struct access *ret, int64_t user, int64_t team,
                 const char *role) {
    struct value *tree = ARENA_NEW(&t->arena, struct value);
    *tree = value_id(team);
    struct actor actor = {.user = user,
                          .team = team,
                          .tree = tree,
                          .tree_count = team ? 1 : 0,
                          .role = str_from(role),
                          .system = role == NULL};
    access_init(ret, t->schema, &actor);
}

const struct expr *test_expr(struct test_store *t, const struct access *access,
                             const struct schema_entity *e, const char *text, enum expr_mode mode) {
    struct access_scope storage;
    struct expr_scope scope = access_expr_scope(&storage, access, e);
    const struct expr *tree = NULL;
    assert_ok(t, expr_parse(&t->arena, str_from(text), &scope, mode, &tree, &t->err));
    return tree;
}

struct value test_money(int64_t minor, const char *currency, int64_t base) {
    struct value v = {.type = VALUE_MONEY, .integer = minor, .base = base, .has_base = true};
    memcpy(v.currency.code, currency, 3);
    return v;
}
