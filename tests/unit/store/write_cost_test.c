/* What a write costs on SQLite: every page that a commit changes is written and flushed, and each
 * index that a row enters is a page at least. In tables of one page each, the pages of a commit are
 * the trees that it touched. */
#include "support/store.h"

#include "store/query.h"
#include "store/sys_tables.h"

static size_t commit(struct test_store *t) {
    size_t before = store_log_frames(t->writer);
    assert_ok(t, store_commit(t->writer, &t->err));
    return store_log_frames(t->writer) - before;
}

static void put_changeset(struct test_store *t, int64_t seq, int64_t part_of) {
    struct store_value row[SYS_CHANGESET_COUNT] = {
        [SYS_CHANGESET_SEQ] = store_int(seq),
        [SYS_CHANGESET_ID] = store_int(1000 + seq),
        [SYS_CHANGESET_AT] = store_int(1),
        [SYS_CHANGESET_ACTOR] = store_int(7),
        [SYS_CHANGESET_DOOR] = store_int(0),
        [SYS_CHANGESET_PART_OF] = part_of ? store_int(part_of) : STORE_NIL,
        [SYS_CHANGESET_CHANGES] = store_int(1),
        [SYS_CHANGESET_FLAGS] = store_int(0),
        [SYS_CHANGESET_DIGEST] = store_blob(STR("digest"))};
    assert_ok(t, store_insert(t->writer, sys_table(SYS_TABLE_CHANGESET), row, &t->err));
}

static size_t changeset_pages(struct test_store *t, int64_t seq, int64_t part_of) {
    assert_ok(t, store_begin(t->writer, &t->err));
    put_changeset(t, seq, part_of);
    return commit(t);
}

/* The row and its id; a part of another is found by that, too. */
static void the_log_has_no_index_in_vain(void **state) {
    struct test_store t;
    test_store_open_company(&t, test_engine(state));
    assert_int_equal(changeset_pages(&t, 1, 0), 2);
    assert_int_equal(changeset_pages(&t, 2, 1001), 3);
    test_store_close(&t);
}

static size_t record_pages(struct test_store *t, int64_t id, const char *external_id) {
    const struct schema_entity *e = test_entity(t, "deal");
    struct value *row = test_row(t, e, id);
    test_set(e, row, "name", value_text(STR("Steel")));
    if (external_id) test_set(e, row, "external_id", value_text(str_from(external_id)));
    assert_ok(t, store_begin(t->writer, &t->err));
    test_insert(t, e, row);
    return commit(t);
}

/* The indexes that hold rows without a value: by order, and the pairs of owner and stage. */
static size_t whole_indexes(const struct schema_entity *e) {
    size_t count = 0;
    for (size_t i = 0; i < e->index_count; i++)
        count += e->indexes[i].slot_count > 0 && !e->indexes[i].unique && !e->indexes[i].skips_nil;
    return count;
}

static void a_field_without_a_value_costs_no_page(void **state) {
    struct test_store t;
    test_store_open_company(&t, test_engine(state));
    size_t whole = whole_indexes(test_entity(&t, "deal"));
    assert_true(whole > 0 && whole < 12);
    assert_int_equal(record_pages(&t, 5, NULL), 1 + whole);
    assert_int_equal(record_pages(&t, 6, "K6"), 2 + whole);
    test_store_close(&t);
}

/* Pages that were moved need not be moved again, and the log begins anew instead of growing. */
static void a_log_that_was_moved_is_written_over(void **state) {
    struct test_store t;
    struct store_conn *mover = NULL;
    test_store_open_company(&t, test_engine(state));
    assert_ok(&t, store_conn_open(t.store, STORE_CHECKPOINTER, &mover, &t.err));
    (void)changeset_pages(&t, 1, 0);
    size_t grown = store_log_frames(t.writer);
    assert_true(grown > 0);
    assert_ok(&t, store_checkpoint(mover, &t.err));
    assert_ok(&t, store_begin(t.writer, &t.err));
    put_changeset(&t, 2, 0);
    assert_ok(&t, store_commit(t.writer, &t.err));
    assert_true(store_log_frames(t.writer) < grown);
    store_conn_close(mover);
    test_store_close(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_SQLITE(the_log_has_no_index_in_vain),
        ON_SQLITE(a_field_without_a_value_costs_no_page),
        ON_SQLITE(a_log_that_was_moved_is_written_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
