/* Reading without waiting: a run that has to wait is run again and gets further, whatever is not a
 * read or two goes elsewhere, and a server that went away leaves nobody waiting. */
#include <poll.h>
#include <stdio.h>

#include "store/ask.h"
#include "store/driver.h"
#include "store/rows.h"
#include "store/sys_tables.h"
#include "support/postgres.h"
#include "support/store.h"

enum { ORGANIZATIONS = 3, WAIT_MS = 10000 };

struct asking {
    struct test_store t;
    struct store_conn *asker;
};

struct run {
    struct store_ask ask; /* first */
    int answered, refused;
    enum store_ask_outcome outcome;
};

static void on_answered(struct store_ask *ask, bool ok) {
    struct run *r = (struct run *)ask;
    r->answered += ok;
    r->refused += !ok;
}

static void open_all(struct asking *a) {
    test_store_open_company(&a->t, STORE_POSTGRES);
    assert_ok(&a->t, store_begin(a->t.writer, &a->t.err));
    const struct schema_entity *e = test_entity(&a->t, "organization");
    for (int id = 1; id <= ORGANIZATIONS; id++) {
        struct value *row = test_row(&a->t, e, id);
        row[test_slot(e, "name")] = value_text(STR("Acme"));
        test_insert(&a->t, e, row);
    }
    assert_ok(&a->t, store_commit(a->t.writer, &a->t.err));
    assert_ok(&a->t, store_conn_open(a->t.store, STORE_ASKER, &a->asker, &a->t.err));
}

static void close_all(struct asking *a) {
    store_asker_give_up(a->asker);
    store_conn_close(a->asker);
    test_store_close(&a->t);
}

/* A function that reads `count` organizations. */
static crm_status attempt(struct asking *a, struct run *r, int count, bool says_one) {
    const struct schema_entity *e = test_entity(&a->t, "organization");
    struct value *row = NULL;
    r->ask.answered = on_answered;
    store_ask_begin(a->asker, &r->ask);
    crm_status status = store_begin(a->asker, &a->t.err);
    if (says_one) store_expect_one(a->asker);
    for (int id = 1; id <= count && status == CRM_OK; id++) {
        status = store_record_get(a->asker, e, id, NULL, &a->t.arena, &row, &a->t.err);
        if (status == CRM_OK) {
            assert_non_null(row);
            assert_int_equal(row[0].integer, id);
        }
    }
    store_rollback(a->asker);
    r->outcome = store_ask_end(a->asker);
    return status;
}

/* Until the socket is silent for those who wait: false when the connection is lost. */
static bool drive(struct asking *a, const struct run *until) {
    int had = until->answered + until->refused;
    bool more;
    while (until->answered + until->refused == had) {
        if (!store_asker_send(a->asker, &more)) return false;
        struct pollfd socket = {.fd = store_asker_socket(a->asker), .events = POLLIN};
        assert_int_equal(poll(&socket, 1, WAIT_MS), 1);
        if (!store_asker_hear(a->asker)) return false;
    }
    return true;
}

static void a_run_gets_one_further_with_each_answer(void **state) {
    (void)state;
    struct asking a;
    struct run r = {0};
    open_all(&a);
    uint64_t waits = store_waits(a.t.store);
    assert_int_equal(attempt(&a, &r, 2, true), CRM_UNAVAILABLE);
    assert_int_equal(r.outcome, STORE_ASK_WAITS);
    assert_true(drive(&a, &r));
    assert_int_equal(attempt(&a, &r, 2, true), CRM_UNAVAILABLE);
    assert_int_equal(r.outcome, STORE_ASK_WAITS);
    assert_true(drive(&a, &r));
    assert_int_equal(attempt(&a, &r, 2, true), CRM_OK);
    assert_int_equal(r.outcome, STORE_ASK_DONE);
    assert_int_equal(r.answered, 2);
    assert_int_equal(store_waits(a.t.store), waits);
    store_ask_clear(&r.ask);
    close_all(&a);
}

static void what_is_asked_in_one_turn_comes_together(void **state) {
    (void)state;
    enum { RUNS = 40 };
    struct asking a;
    struct run runs[RUNS] = {0};
    open_all(&a);
    for (int i = 0; i < RUNS; i++)
        assert_int_equal(attempt(&a, &runs[i], 1, true), CRM_UNAVAILABLE);
    assert_true(drive(&a, &runs[RUNS - 1]));
    for (int i = 0; i < RUNS; i++) {
        assert_int_equal(runs[i].answered, 1);
        assert_int_equal(attempt(&a, &runs[i], 1, true), CRM_OK);
        store_ask_clear(&runs[i].ask);
    }
    close_all(&a);
}

static void more_than_two_reads_or_a_write_go_elsewhere(void **state) {
    (void)state;
    struct asking a;
    struct run r = {0}, silent = {0}, writing = {0};
    open_all(&a);
    assert_int_equal(attempt(&a, &silent, 1, false), CRM_UNAVAILABLE);
    assert_int_equal(silent.outcome, STORE_ASK_ELSEWHERE);
    for (int i = 0; i < STORE_ASK_MAX; i++) {
        assert_int_equal(attempt(&a, &r, 3, true), CRM_UNAVAILABLE);
        assert_int_equal(r.outcome, STORE_ASK_WAITS);
        assert_true(drive(&a, &r));
    }
    assert_int_equal(attempt(&a, &r, 3, true), CRM_UNAVAILABLE);
    assert_int_equal(r.outcome, STORE_ASK_ELSEWHERE);
    store_ask_clear(&r.ask);
    struct store_value row[SYS_STATE_COUNT] = {store_text(STR("test")), store_text(STR("key")),
                                               STORE_NIL, STORE_NIL};
    store_ask_begin(a.asker, &writing.ask);
    assert_int_equal(store_insert(a.asker, sys_table(SYS_TABLE_STATE), row, &a.t.err),
                     CRM_UNAVAILABLE);
    assert_int_equal(store_ask_end(a.asker), STORE_ASK_ELSEWHERE);
    close_all(&a);
}

/* An answer is only for the question it was given to. */
static void another_question_is_not_answered(void **state) {
    (void)state;
    struct asking a;
    struct run r = {0};
    struct value *row = NULL;
    open_all(&a);
    assert_int_equal(attempt(&a, &r, 1, true), CRM_UNAVAILABLE);
    assert_true(drive(&a, &r));
    store_ask_begin(a.asker, &r.ask);
    assert_ok(&a.t, store_begin(a.asker, &a.t.err));
    store_expect_one(a.asker);
    assert_int_equal(store_record_get(a.asker, test_entity(&a.t, "organization"), 2, NULL,
                                      &a.t.arena, &row, &a.t.err),
                     CRM_UNAVAILABLE);
    store_rollback(a.asker);
    assert_int_equal(store_ask_end(a.asker), STORE_ASK_ELSEWHERE);
    store_ask_clear(&r.ask);
    close_all(&a);
}

/* A text of its own for each number. */
static void select_state(struct asking *a, struct run *r, int number) {
    struct store_condition where[6];
    const struct store_value *row = NULL;
    for (int i = 0; i < 6; i++) {
        static const enum store_compare compare[] = {STORE_EQ, STORE_LT, STORE_LE, STORE_GT};
        where[i] = (struct store_condition){SYS_STATE_KEY, compare[number >> 2 * i & 3],
                                            store_text(STR("x"))};
    }
    struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = where, .where_count = 6, .limit = 1};
    r->ask.answered = on_answered;
    store_ask_begin(a->asker, &r->ask);
    assert_ok(&a->t, store_begin(a->asker, &a->t.err));
    store_expect_one(a->asker);
    (void)store_first(a->asker, &select, &a->t.arena, &row, &a->t.err);
    store_rollback(a->asker);
    r->outcome = store_ask_end(a->asker);
}

static void more_texts_than_are_kept(void **state) {
    (void)state;
    struct asking a;
    open_all(&a);
    for (int round = 0; round < 2; round++)
        for (int text = 0; text < 400; text++) {
            struct run r = {0};
            select_state(&a, &r, text);
            assert_int_equal(r.outcome, STORE_ASK_WAITS);
            assert_true(drive(&a, &r));
            assert_int_equal(r.answered, 1);
            store_ask_clear(&r.ask);
        }
    close_all(&a);
}

static void one_that_fails_takes_its_batch_along(void **state) {
    (void)state;
    struct asking a;
    struct run first = {0}, bad = {0}, last = {0};
    open_all(&a);
    assert_ok(&a.t, store_begin(a.t.writer, &a.t.err));
    a.t.writer->structure = true;
    assert_ok(&a.t, store_exec_script(a.t.writer, "DROP TABLE perigee.sys_state", &a.t.err));
    a.t.writer->structure = false;
    assert_ok(&a.t, store_commit(a.t.writer, &a.t.err));
    (void)attempt(&a, &first, 1, true);
    select_state(&a, &bad, 0);
    (void)attempt(&a, &last, 1, true);
    assert_true(drive(&a, &last));
    assert_int_equal(first.answered, 1);
    assert_int_equal(bad.refused, 1);
    assert_int_equal(last.refused, 1);
    struct run after = {0};
    (void)attempt(&a, &after, 1, true);
    assert_true(drive(&a, &after));
    assert_int_equal(attempt(&a, &after, 1, true), CRM_OK);
    store_ask_clear(&first.ask);
    store_ask_clear(&after.ask);
    close_all(&a);
}

static void nobody_waits_for_a_server_that_went_away(void **state) {
    (void)state;
    struct asking a;
    struct run sent = {0}, unsent = {0};
    bool more;
    open_all(&a);
    (void)attempt(&a, &sent, 1, true);
    assert_true(drive(&a, &sent));
    store_ask_clear(&sent.ask);
    test_postgres_kill(test_store_server());
    (void)attempt(&a, &unsent, 1, true);
    assert_int_equal(unsent.outcome, STORE_ASK_WAITS);
    bool well = store_asker_send(a.asker, &more);
    for (int i = 0; i < 10 && well; i++) {
        struct pollfd socket = {.fd = store_asker_socket(a.asker), .events = POLLIN};
        assert_int_equal(poll(&socket, 1, WAIT_MS), 1);
        well = store_asker_hear(a.asker);
    }
    assert_false(well);
    store_asker_give_up(a.asker);
    assert_int_equal(unsent.answered, 0);
    assert_int_equal(unsent.refused, 1);
    assert_true(test_postgres_restart(test_store_server()));
    close_all(&a);
}

static void an_engine_that_answers_at_once_has_none(void **state) {
    (void)state;
    struct test_store t;
    struct store_conn *asker = NULL;
    test_store_open(&t, STORE_SQLITE);
    assert_int_equal(store_conn_open(t.store, STORE_ASKER, &asker, &t.err), CRM_INTERNAL);
    assert_null(asker);
    test_store_close(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_gets_one_further_with_each_answer),
        cmocka_unit_test(what_is_asked_in_one_turn_comes_together),
        cmocka_unit_test(more_than_two_reads_or_a_write_go_elsewhere),
        cmocka_unit_test(another_question_is_not_answered),
        cmocka_unit_test(more_texts_than_are_kept),
        cmocka_unit_test(one_that_fails_takes_its_batch_along),
        cmocka_unit_test(nobody_waits_for_a_server_that_went_away),
        cmocka_unit_test(an_engine_that_answers_at_once_has_none),
    };
    test_store_own_server();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
