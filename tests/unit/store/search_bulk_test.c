/* The search table in bulk mode: filled and merged while others write, and usual again afterwards,
 * however it ends. SQLite only: PostgreSQL knows no such mode. */
#include "support/store.h"

#include <sqlite3.h>
#include <stdio.h>

#include "store/bulk.h"
#include "store/driver.h"
#include "store/integrity.h"
#include "store/search_bulk.h"
#include "store/search_rebuild.h"
#include "store/search_sound.h"

enum { PART_ROWS = 1000, PARTS = 36, WORDS = 40, EXPECTED = 100000, LATE = 1000000 };

struct sample {
    struct test_store t;
    const struct schema_entity *deal;
};

static void open_sample(struct sample *s) {
    test_store_open_company(&s->t, STORE_SQLITE);
    s->deal = test_entity(&s->t, "deal");
}

static uint32_t mix(uint32_t x) {
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    return x ^ x >> 16;
}

/* Words that few rows share, so that the index is large. */
static struct store_search_row row_of(int64_t id, char text[WORDS * 12]) {
    int len = snprintf(text, 24, "row%lld", (long long)id);
    for (uint32_t i = 0; i < WORDS - 2; i++)
        len += snprintf(text + len, 12, " %08x", mix((uint32_t)id * WORDS + i));
    return (struct store_search_row){.id = id, .owner = 1000, .folded = str_from(text)};
}

static void put_rows(struct sample *s, int64_t from, int64_t to, bool removes) {
    char text[WORDS * 12];
    assert_ok(&s->t, store_begin(s->t.writer, &s->t.err));
    for (int64_t id = from; id < to; id++) {
        struct store_search_row row = row_of(id, text);
        assert_ok(&s->t, store_search_put(s->t.writer, s->deal, removes ? &row : NULL,
                                          removes ? NULL : &row, &s->t.err));
    }
    assert_ok(&s->t, store_commit(s->t.writer, &s->t.err));
}

static bool is_sound(struct sample *s) {
    bool sound = false;
    assert_ok(&s->t, store_search_sound(s->t.writer, s->deal, &sound, &s->t.err));
    return sound;
}

static void assert_has(struct sample *s, int64_t from, int64_t to, int64_t step, bool wanted) {
    char text[WORDS * 12];
    assert_ok(&s->t, store_begin(s->t.reader, &s->t.err));
    for (int64_t id = from; id < to; id += step) {
        struct store_search_row row = row_of(id, text);
        bool has = !wanted;
        assert_ok(&s->t, store_search_has(s->t.reader, s->deal, &row, &has, &s->t.err));
        if (has != wanted) print_error("row %lld\n", (long long)id);
        assert_int_equal(has, wanted);
    }
    store_rollback(s->t.reader);
}

/* What FTS5 was told; what it was never told is at its default. */
static int64_t setting(struct sample *s, const char *name, int64_t usual) {
    char text[200];
    snprintf(text, sizeof text,
             "SELECT coalesce((SELECT v FROM %.*s_search_config WHERE k = '%s'), %lld)",
             STR_ARG(s->deal->table), name, (long long)usual);
    struct statement q = {.text = str_from(text), .hash = statement_hash(text, strlen(text))};
    int64_t value = 0;
    assert_ok(&s->t, store_exec_int(s->t.writer, &q, &value, &s->t.err));
    return value;
}

static void assert_usual(struct sample *s) {
    assert_int_equal(setting(s, "automerge", 4), 4);
    assert_int_equal(setting(s, "crisismerge", 16), 16);
}

static void merging_lets_other_writes_in_between(void **state) {
    struct sample s;
    struct store_bulk *bulk = NULL;
    bool done = false;
    int64_t steps = 0, indexes = 0;
    (void)state;
    open_sample(&s);
    assert_ok(&s.t, store_bulk_begin(s.t.writer, s.deal, NULL, EXPECTED, &bulk, &s.t.err));
    assert_int_equal(setting(&s, "automerge", 4), 0);
    for (int64_t part = 0; part < PARTS; part++)
        put_rows(&s, 1 + part * PART_ROWS, 1 + (part + 1) * PART_ROWS, false);
    while (!done) {
        assert_ok(&s.t, store_bulk_step(bulk, &done, &s.t.err));
        steps++;
        put_rows(&s, LATE + steps * 20, LATE + steps * 20 + 20, false);
        put_rows(&s, steps * 10 + 1, steps * 10 + 6, true);
        assert_true(steps < 60);
    }
    assert_ok(&s.t, store_bulk_end(bulk, &s.t.err));
    for (size_t i = 0; i < s.deal->index_count; i++)
        indexes += !s.deal->indexes[i].unique;
    assert_true(steps > indexes + 1); /* else nothing came between steps of the merge */
    assert_true(is_sound(&s));
    assert_usual(&s);
    for (int64_t step = 1; step <= steps; step++) {
        assert_has(&s, step * 10 + 1, step * 10 + 6, 1, false);
        assert_has(&s, step * 10 + 6, step * 10 + 11, 1, true);
    }
    assert_has(&s, steps * 10 + 11, PARTS * PART_ROWS + 1, 7, true);
    assert_has(&s, LATE + 20, LATE + steps * 20 + 20, 1, true);
    test_store_close(&s.t);
}

static void settings_are_usual_however_it_ends(void **state) {
    struct sample s;
    struct store_bulk *bulk = NULL;
    (void)state;
    open_sample(&s);
    assert_ok(&s.t, store_bulk_begin(s.t.writer, s.deal, NULL, EXPECTED, &bulk, &s.t.err));
    put_rows(&s, 1, 20, false);
    store_bulk_abandon(bulk);
    assert_usual(&s);
    assert_ok(&s.t, store_bulk_begin(s.t.writer, s.deal, NULL, EXPECTED, &bulk, &s.t.err));
    put_rows(&s, 20, 40, false);
    store_bulk_free(bulk); /* as a crash */
    assert_int_equal(setting(&s, "automerge", 4), 0);
    assert_ok(&s.t, store_bulk_recover(s.t.writer, s.t.schema, &s.t.err));
    assert_usual(&s);
    assert_true(is_sound(&s));
    assert_has(&s, 1, 40, 1, true);
    store_bulk_abandon(NULL);
    test_store_close(&s.t);
}

/* Past the door: FTS5's own note of its segments. */
static void spoil(struct sample *s) {
    char sql[200], path[128];
    sqlite3 *db = NULL;
    snprintf(sql, sizeof sql, "UPDATE %.*s_search_data SET block = x'ffffffffffff' WHERE id = 10",
             STR_ARG(s->deal->table));
    snprintf(path, sizeof path, "%s/perigee.db", s->t.dir);
    test_store_disconnect(&s->t);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_changes(db), 1);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    test_store_connect(&s->t, false);
}

static void a_malformed_index_is_no_broken_disk(void **state) {
    struct sample s;
    struct store_bulk *bulk = NULL;
    char text[WORDS * 12];
    (void)state;
    open_sample(&s);
    assert_ok(&s.t, store_bulk_begin(s.t.writer, s.deal, NULL, EXPECTED, &bulk, &s.t.err));
    put_rows(&s, 1, 20, false);
    store_bulk_free(bulk);
    spoil(&s);
    assert_false(is_sound(&s));
    struct store_search_row row = row_of(50, text);
    assert_ok(&s.t, store_begin(s.t.writer, &s.t.err));
    crm_status status = store_search_put(s.t.writer, s.deal, NULL, &row, &s.t.err);
    if (status == CRM_OK) status = store_commit(s.t.writer, &s.t.err);
    assert_int_equal(status, CRM_UNAVAILABLE);
    assert_string_equal(s.t.err.text.code, "search_malformed");
    store_rollback(s.t.writer);
    assert_ok(&s.t, store_bulk_recover(s.t.writer, s.t.schema, &s.t.err)); /* the start goes on */
    assert_ok(&s.t, store_search_reset(s.t.writer, s.deal, &s.t.err));
    put_rows(&s, 1, 20, false);
    assert_true(is_sound(&s));
    assert_has(&s, 1, 20, 1, true);
    test_store_close(&s.t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merging_lets_other_writes_in_between),
        cmocka_unit_test(settings_are_usual_however_it_ends),
        cmocka_unit_test(a_malformed_index_is_no_broken_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
