/* What only a database server can do: go away, come back, speak another encoding. Both connections
 * must recover by themselves, and nothing half-done may be taken for done. */
#include <libpq-fe.h>
#include <stdio.h>

#include "store/driver.h"
#include "store/sys_tables.h"
#include "support/postgres.h"
#include "support/store.h"

static crm_status put(struct test_store *t, const char *key) {
    struct store_value row[SYS_STATE_COUNT] = {store_text(STR("test")), store_text(str_from(key)),
                                               STORE_NIL, STORE_NIL};
    return store_insert(t->writer, sys_table(SYS_TABLE_STATE), row, &t->err);
}

static bool count_row(void *ctx, const struct store_value *row) {
    (void)row;
    ++*(int *)ctx;
    return true;
}

static int count(struct test_store *t, crm_status expected) {
    struct store_select select = {.table = sys_table(SYS_TABLE_STATE)};
    int rows = 0;
    assert_int_equal(store_each(t->reader, &select, count_row, &rows, &t->err), expected);
    return rows;
}

static void open_tables(struct test_store *t) {
    test_store_open(t, STORE_POSTGRES);
    assert_ok(t, store_sys_migrate(t->writer, &t->err));
}

static void restart(void) {
    test_postgres_kill(test_store_server());
    assert_true(test_postgres_restart(test_store_server()));
}

static void idle_connections_come_back(void **state) {
    (void)state;
    struct test_store t;
    open_tables(&t);
    assert_ok(&t, put(&t, "a"));
    assert_int_equal(count(&t, CRM_OK), 1);
    restart();
    assert_int_equal(count(&t, CRM_OK), 1);
    assert_ok(&t, store_begin(t.writer, &t.err));
    assert_ok(&t, put(&t, "b"));
    assert_ok(&t, store_commit(t.writer, &t.err));
    restart();
    assert_ok(&t, store_begin(t.reader, &t.err));
    assert_int_equal(count(&t, CRM_OK), 2);
    assert_ok(&t, store_commit(t.reader, &t.err));
    test_store_close(&t);
}

static void a_transaction_that_was_cut_is_lost_as_a_whole(void **state) {
    (void)state;
    struct test_store t;
    open_tables(&t);
    assert_ok(&t, put(&t, "kept"));
    assert_ok(&t, store_begin(t.writer, &t.err));
    assert_ok(&t, store_savepoint(t.writer, &t.err));
    assert_ok(&t, put(&t, "lost"));
    assert_ok(&t, store_release(t.writer, &t.err));
    restart();
    assert_int_equal(store_commit(t.writer, &t.err), CRM_UNAVAILABLE);
    assert_true(store_is_unsure(t.writer)); /* from here it cannot be told from an answer lost */
    assert_false(store_in_transaction(t.writer));
    assert_int_equal(count(&t, CRM_OK), 1);
    assert_ok(&t, store_begin(t.writer, &t.err));
    assert_ok(&t, store_savepoint(t.writer, &t.err));
    restart();
    crm_status status = put(&t, "lost too");
    if (status == CRM_OK) status = store_release(t.writer, &t.err);
    assert_int_equal(status, CRM_UNAVAILABLE);
    store_rollback_to(t.writer);
    store_rollback(t.writer);
    assert_ok(&t, store_begin(t.writer, &t.err));
    assert_ok(&t, put(&t, "again"));
    assert_ok(&t, store_commit(t.writer, &t.err));
    assert_int_equal(count(&t, CRM_OK), 2);
    test_store_close(&t);
}

static void a_server_that_is_away_is_unavailable(void **state) {
    (void)state;
    struct test_store t;
    open_tables(&t);
    assert_ok(&t, put(&t, "a"));
    test_postgres_kill(test_store_server());
    count(&t, CRM_UNAVAILABLE);
    assert_int_equal(store_begin(t.writer, &t.err), CRM_UNAVAILABLE);
    assert_int_equal(store_begin(t.reader, &t.err), CRM_UNAVAILABLE);
    assert_true(test_postgres_restart(test_store_server()));
    assert_int_equal(count(&t, CRM_OK), 1);
    assert_ok(&t, store_begin(t.writer, &t.err));
    assert_ok(&t, store_commit(t.writer, &t.err));
    test_store_close(&t);
}

static void another_encoding_is_refused(void **state) {
    (void)state;
    char uri[200], base[200];
    struct test_postgres *server = test_store_server();
    snprintf(base, sizeof base, "host=%s user=postgres dbname=postgres", server->dir);
    PGconn *connection = PQconnectdb(base);
    PGresult *result =
        PQexec(connection, "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
    assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
    PQclear(result);
    PQfinish(connection);
    snprintf(uri, sizeof uri, "host=%s user=postgres dbname=latin", server->dir);
    struct store_options options = {.data_dir = STR("/tmp"), .uri = str_from(uri), .create = true};
    struct store *store = NULL;
    struct err err;
    assert_int_equal(store_open(&options, &store, &err), CRM_UNSUPPORTED);
    assert_string_equal(err.text.code, "database_encoding");
}

static void a_failure_on_the_way_to_the_commit_is_sure(void **state) {
    (void)state;
    struct test_store t;
    open_tables(&t);
    assert_ok(&t, put(&t, "a"));
    assert_ok(&t, store_begin(t.writer, &t.err));
    uint64_t waits = store_waits(t.store);
    assert_ok(&t, put(&t, "b"));
    assert_ok(&t, put(&t, "a")); /* is there already */
    assert_ok(&t, put(&t, "c"));
    assert_int_equal(store_commit(t.writer, &t.err), CRM_CONFLICT);
    assert_false(store_is_unsure(t.writer));
    assert_int_equal(store_waits(t.store) - waits, 2); /* the commit, and the end of what failed */
    assert_int_equal(count(&t, CRM_OK), 1);
    test_store_close(&t);
}

static void queued_failures_come_at_the_border(void **state) {
    (void)state;
    struct test_store t;
    open_tables(&t);
    assert_ok(&t, store_begin(t.writer, &t.err));
    for (int round = 0; round < 3; round++) {
        assert_ok(&t, store_savepoint(t.writer, &t.err));
        for (int i = 0; i < 2400; i++) { /* more than a queue holds */
            char key[16];
            snprintf(key, sizeof key, "%d-%d", round, i);
            crm_status status = put(&t, round == 1 && i == 2399 ? "0-5" : key);
            assert_int_equal(status, CRM_OK);
        }
        crm_status status = store_release(t.writer, &t.err);
        assert_int_equal(status, round == 1 ? CRM_CONFLICT : CRM_OK);
        if (round == 1) store_rollback_to(t.writer);
    }
    assert_ok(&t, store_commit(t.writer, &t.err));
    assert_int_equal(count(&t, CRM_OK), 4800);
    test_store_close(&t);
}

/* One number by one statement, without a cursor. */
static crm_status number(struct test_store *t, const char *text, int64_t *ret) {
    struct statement q = {.text = str_from(text), .hash = statement_hash(text, strlen(text))};
    return store_exec_int(t->reader, &q, ret, &t->err);
}

static int64_t rows(struct test_store *t) {
    int64_t n = -1;
    assert_ok(t, number(t, "SELECT count(*) FROM perigee.sys_state", &n));
    return n;
}

/* What the server keeps as the reader's time limit. */
static int64_t time_limit(struct test_store *t) {
    int64_t ms = -1;
    assert_ok(t, number(t,
                        "SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = "
                        "'statement_timeout'",
                        &ms));
    return ms;
}

static void a_reader_sees_one_snapshot_from_the_second_statement_on(void **state) {
    (void)state;
    struct test_store t;
    open_tables(&t);
    for (int round = 0; round < 3; round++) {
        int before = round * 4;
        char keys[4][8];
        for (int i = 0; i < 4; i++)
            snprintf(keys[i], sizeof keys[i], "%d-%d", round, i);
        assert_ok(&t, store_begin(t.reader, &t.err));
        store_expect_one(t.reader);
        assert_int_equal(rows(&t), before);
        assert_ok(&t, put(&t, keys[0]));
        assert_int_equal(rows(&t), before + 1);
        assert_ok(&t, put(&t, keys[1]));
        assert_int_equal(rows(&t), before + 1);
        store_rollback(t.reader);
        /* a hint that was not used is not kept */
        assert_ok(&t, store_begin(t.reader, &t.err));
        store_expect_one(t.reader);
        store_rollback(t.reader);
        assert_ok(&t, store_begin(t.reader, &t.err));
        assert_int_equal(rows(&t), before + 2);
        assert_ok(&t, put(&t, keys[2]));
        assert_int_equal(rows(&t), before + 2);
        assert_ok(&t, store_commit(t.reader, &t.err));
        assert_ok(&t, put(&t, keys[3]));
        assert_int_equal(rows(&t), before + 4);
    }
    test_store_close(&t);
}

static void a_time_limit_outlives_the_statement_it_came_with(void **state) {
    (void)state;
    struct test_store t;
    open_tables(&t);
    for (int round = 0; round < 2; round++) {
        store_conn_set_budget(t.reader, 7000 + round);
        assert_ok(&t, store_begin(t.reader, &t.err));
        store_expect_one(t.reader);
        assert_int_equal(time_limit(&t), 7000 + round);
        assert_int_equal(time_limit(&t), 7000 + round);
        store_conn_set_budget(t.reader, 9000);
        assert_int_equal(time_limit(&t), 9000);
        store_rollback(t.reader);
        assert_int_equal(time_limit(&t), 9000);
        store_conn_set_budget(t.reader, 7000 + round);
        assert_int_equal(time_limit(&t), 7000 + round);
    }
    test_store_close(&t);
}

static void a_statement_that_fails_alone_leaves_a_usable_reader(void **state) {
    (void)state;
    struct test_store t;
    int64_t value;
    open_tables(&t);
    store_conn_set_budget(t.reader, 7000);
    assert_ok(&t, store_begin(t.reader, &t.err));
    store_expect_one(t.reader);
    assert_int_not_equal(number(&t, "SELECT 1 / 0", &value), CRM_OK);
    store_rollback(t.reader);
    assert_ok(&t, store_begin(t.reader, &t.err));
    assert_int_equal(time_limit(&t), 7000);
    store_rollback(t.reader);
    assert_int_equal(rows(&t), 0);
    test_store_close(&t);
}

static void a_server_that_went_during_the_end_is_found_again(void **state) {
    (void)state;
    struct test_store t;
    open_tables(&t);
    assert_ok(&t, store_begin(t.reader, &t.err));
    assert_int_equal(rows(&t), 0);
    store_rollback(t.reader);
    restart();
    assert_ok(&t, store_begin(t.reader, &t.err));
    store_expect_one(t.reader);
    assert_int_equal(rows(&t), 0);
    store_rollback(t.reader);
    test_store_close(&t);
}

int main(void) {
    test_store_own_server();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_connections_come_back),
        cmocka_unit_test(a_transaction_that_was_cut_is_lost_as_a_whole),
        cmocka_unit_test(a_server_that_is_away_is_unavailable),
        cmocka_unit_test(another_encoding_is_refused),
        cmocka_unit_test(a_failure_on_the_way_to_the_commit_is_sure),
        cmocka_unit_test(queued_failures_come_at_the_border),
        cmocka_unit_test(a_reader_sees_one_snapshot_from_the_second_statement_on),
        cmocka_unit_test(a_time_limit_outlives_the_statement_it_came_with),
        cmocka_unit_test(a_statement_that_fails_alone_leaves_a_usable_reader),
        cmocka_unit_test(a_server_that_went_during_the_end_is_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
