/* The kernel's own tables and transactions on both engines. */
#include "support/store.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>

#include "store/driver.h"
#include "store/sys_tables.h"

static void open_tables(struct test_store *t, enum store_engine engine) {
    test_store_open(t, engine);
    assert_ok(t, store_sys_migrate(t->writer, &t->err));
}

static void put_state(struct test_store *t, const char *key, const char *value, int64_t expires) {
    struct store_value row[SYS_STATE_COUNT] = {store_text(STR("test")), store_text(str_from(key)),
                                               value ? store_text(str_from(value)) : STORE_NIL,
                                               expires ? store_int(expires) : STORE_NIL};
    assert_ok(t, store_insert(t->writer, sys_table(SYS_TABLE_STATE), row, &t->err));
}

static bool add_key(void *ctx, const struct store_value *row) {
    struct buf *out = ctx;
    buf_add_str(out, row[SYS_STATE_KEY].bytes);
    return out->len < 64;
}

/* Keys of the rows that a select finds, one after the other. */
static void assert_keys(struct test_store *t, const struct store_condition *where,
                        size_t where_count, int8_t order, int64_t limit, const char *right) {
    struct store_select select = {.table = sys_table(SYS_TABLE_STATE),
                                  .where = where,
                                  .where_count = where_count,
                                  .order = &order,
                                  .order_count = 1,
                                  .limit = limit};
    struct buf out;
    buf_init(&out, 256);
    buf_add_cstr(&out, "");
    assert_ok(t, store_each(t->reader, &select, add_key, &out, &t->err));
    assert_string_equal(out.ptr ? out.ptr : "", right);
    buf_fini(&out);
}

static void conditions_and_order(void **state) {
    struct test_store t;
    open_tables(&t, test_engine(state));
    put_state(&t, "a", "x", 10);
    put_state(&t, "b", NULL, 20);
    put_state(&t, "c", "y", 0);
    put_state(&t, "d", "x", 30);
    struct store_condition w = {SYS_STATE_EXPIRES_AT, STORE_GT, store_int(10)};
    assert_keys(&t, &w, 1, SYS_STATE_KEY + 1, 0, "bd");
    w.op = STORE_NE;
    assert_keys(&t, &w, 1, SYS_STATE_KEY + 1, 0, "bcd");
    w = (struct store_condition){SYS_STATE_VALUE, STORE_EQ, STORE_NIL};
    assert_keys(&t, &w, 1, SYS_STATE_KEY + 1, 0, "b");
    w.op = STORE_NOT_NULL;
    assert_keys(&t, &w, 1, -(SYS_STATE_EXPIRES_AT + 1), 0, "dac");
    assert_keys(&t, NULL, 0, SYS_STATE_EXPIRES_AT + 1, 3, "cab");
    struct store_condition both[] = {{SYS_STATE_VALUE, STORE_EQ, store_text(STR("x"))},
                                     {SYS_STATE_EXPIRES_AT, STORE_LE, store_int(29)}};
    assert_keys(&t, both, 2, SYS_STATE_KEY + 1, 0, "a");
    test_store_close(&t);
}

static void updates_deletes_and_new_rows(void **state) {
    struct test_store t;
    open_tables(&t, test_engine(state));
    const struct store_table *sequence = sys_table(SYS_TABLE_SEQUENCE);
    struct store_value row[] = {store_text(STR("seq")), store_int(41)};
    struct store_set add = {.column = SYS_SEQUENCE_VALUE, .value = store_int(1), .add = true};
    struct store_condition where = {SYS_SEQUENCE_NAME, STORE_EQ, store_text(STR("seq"))};
    struct store_select select = {
        .table = sequence, .where = &where, .where_count = 1, .for_update = true};
    const struct store_value *found = NULL;
    bool inserted = false;
    int64_t affected = -1;
    assert_ok(&t, store_insert_new(t.writer, sequence, row, &inserted, &t.err));
    assert_true(inserted);
    row[1] = store_int(7);
    assert_ok(&t, store_insert_new(t.writer, sequence, row, &inserted, &t.err));
    assert_false(inserted);
    assert_ok(&t, store_begin(t.writer, &t.err));
    assert_ok(&t, store_update(t.writer, sequence, &add, 1, &where, 1, &affected, &t.err));
    assert_int_equal(affected, 1);
    assert_ok(&t, store_first(t.writer, &select, &t.arena, &found, &t.err));
    assert_int_equal(found[SYS_SEQUENCE_VALUE].integer, 42);
    assert_ok(&t, store_commit(t.writer, &t.err));
    where.value = store_text(STR("none"));
    assert_ok(&t, store_update(t.writer, sequence, &add, 1, &where, 1, &affected, &t.err));
    assert_int_equal(affected, 0);
    assert_ok(&t, store_first(t.reader, &select, &t.arena, &found, &t.err));
    assert_null(found);
    assert_ok(&t, store_delete(t.writer, sequence, NULL, 0, &affected, &t.err));
    assert_int_equal(affected, 1);
    test_store_close(&t);
}

static void blobs_and_texts_come_back_byte_by_byte(void **state) {
    struct test_store t;
    open_tables(&t, test_engine(state));
    uint8_t bytes[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    struct str blob = str_make((const char *)bytes, sizeof bytes);
    struct store_value row[SYS_SESSION_COUNT] = {store_blob(blob),
                                                 store_int(INT64_MIN),
                                                 store_blob(STR("")),
                                                 store_int(INT64_MAX),
                                                 store_int(0),
                                                 store_int(-1),
                                                 store_text(STR("  \x01 ъ🙂 ")),
                                                 store_text(STR(""))};
    struct store_condition where = {SYS_SESSION_HASH, STORE_EQ, store_blob(blob)};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_SESSION), .where = &where, .where_count = 1};
    const struct store_value *found = NULL;
    assert_ok(&t, store_insert(t.writer, sys_table(SYS_TABLE_SESSION), row, &t.err));
    assert_ok(&t, store_first(t.reader, &select, &t.arena, &found, &t.err));
    for (int i = 0; i < SYS_SESSION_COUNT; i++) {
        assert_int_equal(found[i].type, row[i].type);
        if (row[i].type == STORE_INT) assert_int_equal(found[i].integer, row[i].integer);
        if (row[i].type != STORE_INT) assert_true(str_eq(found[i].bytes, row[i].bytes));
    }
    test_store_close(&t);
}

static void a_savepoint_takes_back_its_own_only(void **state) {
    struct test_store t;
    open_tables(&t, test_engine(state));
    assert_ok(&t, store_begin(t.writer, &t.err));
    for (int i = 0; i < 4; i++) {
        const char key[] = {(char)('a' + i), '\0'};
        assert_ok(&t, store_savepoint(t.writer, &t.err));
        put_state(&t, key, NULL, 0);
        if (i % 2) {
            store_rollback_to(t.writer);
            continue;
        }
        assert_ok(&t, store_release(t.writer, &t.err));
    }
    assert_keys(&t, NULL, 0, SYS_STATE_KEY + 1, 0, ""); /* not committed */
    assert_ok(&t, store_commit(t.writer, &t.err));
    assert_keys(&t, NULL, 0, SYS_STATE_KEY + 1, 0, "ac");
    assert_ok(&t, store_begin(t.writer, &t.err));
    put_state(&t, "z", NULL, 0);
    store_rollback(t.writer);
    assert_false(store_in_transaction(t.writer));
    assert_keys(&t, NULL, 0, SYS_STATE_KEY + 1, 0, "ac");
    test_store_close(&t);
}

static crm_status put_twice(struct test_store *t) {
    struct store_value row[SYS_STATE_COUNT] = {store_text(STR("test")), store_text(STR("twice")),
                                               STORE_NIL, STORE_NIL};
    return store_insert(t->writer, sys_table(SYS_TABLE_STATE), row, &t->err);
}

static void a_failure_ends_the_savepoint(void **state) {
    struct test_store t;
    open_tables(&t, test_engine(state));
    put_state(&t, "twice", NULL, 0);
    assert_ok(&t, store_begin(t.writer, &t.err));
    put_state(&t, "before", NULL, 0);
    assert_ok(&t, store_savepoint(t.writer, &t.err));
    put_state(&t, "lost", NULL, 0);
    crm_status status = put_twice(&t);
    if (status == CRM_OK)
        status = store_release(t.writer, &t.err); /* queued statements fail here */
    assert_int_equal(status, CRM_CONFLICT);
    assert_true(str_is(store_conflict_index(t.writer), "sys_state_pkey"));
    struct store_value row[SYS_STATE_COUNT] = {store_text(STR("test")), store_text(STR("no")),
                                               STORE_NIL, STORE_NIL};
    assert_int_equal(store_insert(t.writer, sys_table(SYS_TABLE_STATE), row, &t.err), CRM_INTERNAL);
    assert_int_equal(store_release(t.writer, &t.err), CRM_INTERNAL);
    store_rollback_to(t.writer);
    put_state(&t, "other", NULL, 0);
    assert_ok(&t, store_commit(t.writer, &t.err));
    assert_keys(&t, NULL, 0, SYS_STATE_KEY + 1, 0, "beforeothertwice");
    assert_ok(&t, store_begin(t.writer, &t.err));
    status = put_twice(&t);
    assert_int_not_equal(
        status == CRM_OK ? store_commit(t.writer, &t.err) : store_commit(t.writer, &t.err), CRM_OK);
    assert_false(store_in_transaction(t.writer));
    put_state(&t, "after", NULL, 0);
    test_store_close(&t);
}

static void a_reader_sees_one_snapshot(void **state) {
    struct test_store t;
    open_tables(&t, test_engine(state));
    put_state(&t, "a", NULL, 0);
    assert_ok(&t, store_begin(t.reader, &t.err));
    assert_keys(&t, NULL, 0, SYS_STATE_KEY + 1, 0, "a");
    put_state(&t, "b", NULL, 0);
    assert_keys(&t, NULL, 0, SYS_STATE_KEY + 1, 0, "a");
    assert_ok(&t, store_commit(t.reader, &t.err));
    assert_keys(&t, NULL, 0, SYS_STATE_KEY + 1, 0, "ab");
    struct store_value row[SYS_STATE_COUNT] = {store_text(STR("test")), store_text(STR("no")),
                                               STORE_NIL, STORE_NIL};
    if (t.engine == STORE_SQLITE)
        assert_int_not_equal(store_insert(t.reader, sys_table(SYS_TABLE_STATE), row, &t.err),
                             CRM_OK);
    test_store_close(&t);
}

static bool nested_first(void *ctx, const struct store_value *row) {
    struct test_store *t = ctx;
    struct store_condition where = {SYS_STATE_KEY, STORE_EQ, row[SYS_STATE_KEY]};
    struct store_set set = {.column = SYS_STATE_EXPIRES_AT, .value = store_int(77)};
    int64_t affected = 0;
    assert_ok(t, store_update(t->writer, sys_table(SYS_TABLE_STATE), &set, 1, &where, 1, &affected,
                              &t->err));
    assert_int_equal(affected, 1);
    return true;
}

static void rows_may_be_written_while_they_are_read(void **state) {
    struct test_store t;
    open_tables(&t, test_engine(state));
    assert_ok(&t, store_begin(t.writer, &t.err));
    for (int i = 0; i < 5000; i++) {
        char key[16];
        snprintf(key, sizeof key, "%05d", i);
        put_state(&t, key, NULL, 0);
    }
    static const int8_t order[] = {SYS_STATE_KEY + 1};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .order = order, .order_count = 1};
    assert_ok(&t, store_each(t.writer, &select, nested_first, &t, &t.err));
    int64_t affected = 0;
    struct store_condition where = {SYS_STATE_EXPIRES_AT, STORE_EQ, store_int(77)};
    assert_ok(&t, store_delete(t.writer, sys_table(SYS_TABLE_STATE), &where, 1, &affected, &t.err));
    assert_int_equal(affected, 5000);
    assert_ok(&t, store_commit(t.writer, &t.err));
    test_store_close(&t);
}

/* Runs until something stops it. */
static crm_status run_for_ever(struct test_store *t) {
    static const char sqlite[] =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    static const char postgres[] =
        "SELECT count(*) FROM generate_series(1::bigint, 1000000000000) n";
    const char *text = t->engine == STORE_SQLITE ? sqlite : postgres;
    struct statement q = {.text = str_from(text), .hash = statement_hash(text, strlen(text))};
    int64_t n;
    return store_exec_int(t->reader, &q, &n, &t->err);
}

static void a_budget_ends_a_statement(void **state) {
    struct test_store t;
    open_tables(&t, test_engine(state));
    store_conn_set_budget(t.reader, 30);
    assert_int_equal(run_for_ever(&t), CRM_TIMEOUT);
    assert_keys(&t, NULL, 0, SYS_STATE_KEY + 1, 0, "");
    store_conn_set_budget(t.reader, 0);
    assert_keys(&t, NULL, 0, SYS_STATE_KEY + 1, 0, "");
    test_store_close(&t);
}

static void *stop_it(void *ctx) {
    struct test_store *t = ctx;
    for (int i = 0; i < 200; i++) {
        store_conn_cancel(t->reader);
        struct timespec pause = {0, 5000000};
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static void another_thread_stops_a_statement(void **state) {
    struct test_store t;
    open_tables(&t, test_engine(state));
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop_it, &t), 0);
    assert_int_equal(run_for_ever(&t), CRM_CANCELLED);
    pthread_join(thread, NULL);
    test_store_close(&t);
}

static void many_texts_make_room_for_each_other(void **state) {
    struct test_store t;
    open_tables(&t, test_engine(state));
    for (int i = 0; i < 700; i++) {
        char text[64];
        int64_t n = 0;
        snprintf(text, sizeof text, "SELECT %d + 0", i);
        struct statement q = {.text = str_from(text), .hash = statement_hash(text, strlen(text))};
        assert_ok(&t, store_exec_int(i % 2 ? t.reader : t.writer, &q, &n, &t.err));
        assert_int_equal(n, i);
    }
    test_store_close(&t);
}

static void readers_cannot_change_the_structure(void **state) {
    struct test_store t;
    open_tables(&t, test_engine(state));
    static const char *const texts[] = {
        "CREATE TABLE x(a)",         "ATTACH DATABASE ':memory:' AS x",   "PRAGMA user_version = 3",
        "DROP TABLE sys_meta",       "UPDATE sqlite_master SET sql = ''", "DELETE FROM sys_meta",
        "SELECT load_extension('x')"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_int_not_equal(store_exec_script(t.reader, texts[i], &t.err), CRM_OK);
        if (i < 4 && i != 2)
            assert_int_not_equal(store_exec_script(t.writer, texts[i], &t.err), CRM_OK);
    }
    test_store_close(&t);
}

/* The log is written from its beginning again once its pages are in the file and nobody reads it.
 */
static void checkpoints_keep_the_log_small(void **state) {
    struct test_store t;
    struct store_conn *checkpointer = NULL;
    struct stat info;
    char path[128], *value;
    open_tables(&t, test_engine(state));
    assert_ok(&t, store_conn_open(t.store, STORE_CHECKPOINTER, &checkpointer, &t.err));
    value = arena_alloc(&t.arena, 100001);
    memset(value, 'v', 100000);
    snprintf(path, sizeof path, "%s/perigee.db-wal", t.dir);
    for (int round = 0; round < 12; round++) {
        assert_ok(&t, store_begin(t.writer, &t.err));
        for (int i = 0; i < 20; i++) {
            char key[16];
            snprintf(key, sizeof key, "%d-%d", round, i);
            put_state(&t, key, value, 0);
        }
        assert_ok(&t, store_commit(t.writer, &t.err));
        assert_ok(&t, store_checkpoint(checkpointer, &t.err));
    }
    assert_int_equal(stat(path, &info), 0);
    assert_true(info.st_size < 5000000); /* a round is two million bytes */
    store_conn_close(checkpointer);
    test_store_close(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_BOTH(conditions_and_order),
        ON_BOTH(updates_deletes_and_new_rows),
        ON_BOTH(blobs_and_texts_come_back_byte_by_byte),
        ON_BOTH(a_savepoint_takes_back_its_own_only),
        ON_BOTH(a_failure_ends_the_savepoint),
        ON_BOTH(a_reader_sees_one_snapshot),
        ON_BOTH(rows_may_be_written_while_they_are_read),
        ON_BOTH(a_budget_ends_a_statement),
        ON_BOTH(another_thread_stops_a_statement),
        ON_BOTH(many_texts_make_room_for_each_other),
        ON_SQLITE(readers_cannot_change_the_structure),
        ON_SQLITE(checkpoints_keep_the_log_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
