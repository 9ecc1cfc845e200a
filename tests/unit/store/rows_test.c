/* Rows of records and links on both engines: what goes in comes out, versions guard updates, unique
 * keys hold for living rows only. */
#include "support/store.h"

#include <stdio.h>

#include "store/find.h"

static void a_record_comes_back_as_it_went(void **state) {
    struct test_store t;
    test_store_open_company(&t, test_engine(state));
    const struct schema_entity *deal = test_entity(&t, "deal");
    struct value *row = test_row(&t, deal, 77), *back = NULL;
    test_set(deal, row, "name", value_text(STR("  Ёлка \x01 \"quoted\" ")));
    test_set(deal, row, "amount", test_money(-105400, "EUR", 120000));
    test_set(deal, row, "closed_on", value_date(-719162));
    test_set(deal, row, "score", value_decimal(INT64_MIN));
    test_set(deal, row, "open", value_bool(false));
    test_set(deal, row, "double", test_money(210800, "USD", 210800));
    test_set(deal, row, "about",
             (struct value){.type = VALUE_ID, .integer = INT64_MAX, .entity = 9});
    test_set(deal, row, "notes", value_text(STR("")));
    test_insert(&t, deal, row);
    assert_ok(&t, store_record_get(t.reader, deal, 77, NULL, &t.arena, &back, &t.err));
    assert_non_null(back);
    for (size_t i = 0; i < deal->field_count; i++)
        assert_true(value_equal(&row[i], &back[i]));
    int32_t amount = test_slot(deal, "amount");
    assert_true(back[amount].has_base);
    assert_int_equal(back[amount].base, 120000);
    assert_int_equal(back[test_slot(deal, "about")].entity, 9);
    assert_ok(&t, store_record_get(t.reader, deal, 78, NULL, &t.arena, &back, &t.err));
    assert_null(back);
    test_store_close(&t);
}

static void only_asked_slots_are_read(void **state) {
    struct test_store t;
    test_store_open_company(&t, test_engine(state));
    const struct schema_entity *deal = test_entity(&t, "deal");
    struct slot_set slots = {{0}};
    struct value *rows[4];
    const int64_t ids[] = {12, 5, 11, 12};
    for (int64_t id = 11; id <= 12; id++) {
        struct value *row = test_row(&t, deal, id);
        test_set(deal, row, "name", value_text(id == 11 ? STR("eleven") : STR("twelve")));
        test_set(deal, row, "score", value_decimal(id));
        test_insert(&t, deal, row);
    }
    slot_add(&slots, test_slot(deal, "name"));
    assert_ok(&t, store_record_get_many(t.reader, deal, ids, 4, &slots, &t.arena, rows, &t.err));
    assert_null(rows[1]);
    assert_int_equal(rows[0][0].integer, 12);
    assert_ptr_equal(rows[0], rows[3]);
    assert_true(str_is(rows[2][test_slot(deal, "name")].text, "eleven"));
    assert_int_equal(rows[2][test_slot(deal, "score")].type, VALUE_NIL);
    test_store_close(&t);
}

static void an_update_needs_the_version(void **state) {
    struct test_store t;
    test_store_open_company(&t, test_engine(state));
    const struct schema_entity *deal = test_entity(&t, "deal");
    struct value *row = test_row(&t, deal, 5), *back = NULL;
    struct slot_set changed = {{0}};
    bool found = true;
    test_set(deal, row, "name", value_text(STR("Before")));
    test_set(deal, row, "score", value_decimal(3));
    test_insert(&t, deal, row);
    test_set(deal, row, "name", value_text(STR("After")));
    test_set(deal, row, "score", VALUE_OF_NIL);
    test_set(deal, row, "version", value_int(2));
    slot_add(&changed, test_slot(deal, "name"));
    slot_add(&changed, test_slot(deal, "version"));
    assert_ok(&t, store_record_update(t.writer, deal, 5, 9, &changed, row, &found, &t.err));
    assert_false(found);
    assert_ok(&t, store_record_update(t.writer, deal, 5, 1, &changed, row, &found, &t.err));
    assert_true(found);
    assert_ok(&t, store_record_get(t.writer, deal, 5, NULL, &t.arena, &back, &t.err));
    assert_true(str_is(back[test_slot(deal, "name")].text, "After"));
    assert_int_equal(back[test_slot(deal, "score")].integer, 3);
    assert_int_equal(back[test_slot(deal, "version")].integer, 2);
    assert_ok(&t, store_record_delete(t.writer, deal, 5, &t.err));
    assert_ok(&t, store_record_get(t.writer, deal, 5, NULL, &t.arena, &back, &t.err));
    assert_null(back);
    test_store_close(&t);
}

static void values_are_found_exactly_and_folded(void **state) {
    struct test_store t;
    test_store_open_company(&t, test_engine(state));
    const struct schema_entity *organization = test_entity(&t, "organization");
    static const char *const names[] = {"Café Zoë", "CAFE ZOE", "Cafe", NULL};
    for (int64_t id = 1; names[id - 1]; id++) {
        struct value *row = test_row(&t, organization, id);
        test_set(organization, row, "name", value_text(str_from(names[id - 1])));
        if (id == 2) test_set(organization, row, "deleted_at", value_time(1));
        test_insert(&t, organization, row);
    }
    int64_t *ids = NULL;
    size_t count = 9;
    struct value name = value_text(STR("cafe zoe"));
    int32_t slot = test_slot(organization, "name");
    assert_ok(&t, store_record_find(t.reader, organization, slot, &name, true, &t.arena, 10, &ids,
                                    &count, &t.err));
    assert_int_equal(count, 1);
    assert_int_equal(ids[0], 1);
    assert_ok(&t, store_record_find(t.reader, organization, slot, &name, false, &t.arena, 10, &ids,
                                    &count, &t.err));
    assert_int_equal(count, 0);
    test_store_close(&t);
}

static void unique_holds_for_living_rows(void **state) {
    struct test_store t;
    test_store_open_company(&t, test_engine(state));
    const struct schema_entity *deal = test_entity(&t, "deal");
    for (int64_t id = 1; id <= 3; id++) {
        struct value *row = test_row(&t, deal, id);
        test_set(deal, row, "number", value_text(id == 3 ? STR("n-1") : STR("N-1")));
        if (id == 1) test_set(deal, row, "deleted_at", value_time(5));
        assert_ok(&t, store_begin(t.writer, &t.err));
        assert_ok(&t, store_savepoint(t.writer, &t.err));
        crm_status status = store_record_insert(t.writer, deal, row, &t.err);
        if (status == CRM_OK) status = store_release(t.writer, &t.err);
        assert_int_equal(status, id == 3 ? CRM_CONFLICT : CRM_OK);
        if (id < 3) {
            assert_ok(&t, store_commit(t.writer, &t.err));
            continue;
        }
        const char *index = NULL;
        for (size_t i = 0; i < deal->index_count; i++)
            if (deal->indexes[i].unique && deal->indexes[i].slots[0] == test_slot(deal, "number"))
                index = deal->indexes[i].name.ptr;
        assert_non_null(index);
        assert_true(str_is(store_conflict_index(t.writer), index));
        store_rollback_to(t.writer);
        assert_ok(&t, store_commit(t.writer, &t.err));
    }
    test_store_close(&t);
}

static void items_keep_order_and_attributes(void **state) {
    struct test_store t;
    test_store_open_company(&t, test_engine(state));
    const struct schema_entity *deal = test_entity(&t, "deal"),
                               *organization = test_entity(&t, "organization");
    const struct schema_field *colleagues = schema_field_at(deal, test_slot(deal, "colleagues"));
    const struct schema_field *emails =
        schema_field_at(organization, test_slot(organization, "emails"));
    const struct value attributes[] = {value_text(STR("buyer")), value_decimal(500000)};
    const struct store_item links[] = {{.value = value_id(9), .attributes = attributes},
                                       {.value = value_id(3)}};
    const struct store_item mails[] = {
        {.value = value_text(STR("Anna@X.org")),
         .label = STR("work"),
         .key = STR("anna@x.org"),
         .primary = true},
        {.value = value_text(STR("b@x.org")), .label = STR("home"), .key = STR("b@x.org")}};
    struct store_item *items[3];
    size_t counts[3];
    const int64_t ids[] = {2, 1, 2};
    assert_ok(&t, store_links_put(t.writer, colleagues, 1, links, 2, &t.err));
    assert_ok(&t, store_links_put(t.writer, colleagues, 1, links, 2, &t.err));
    assert_ok(&t, store_links_get(t.reader, colleagues, ids, 3, &t.arena, items, counts, &t.err));
    assert_int_equal(counts[0], 0);
    assert_int_equal(counts[1], 2);
    assert_int_equal(items[1][0].value.integer, 9);
    assert_int_equal(items[1][1].value.integer, 3);
    assert_true(str_is(items[1][0].attributes[0].text, "buyer"));
    assert_int_equal(items[1][0].attributes[1].integer, 500000);
    assert_int_equal(items[1][1].attributes[1].type, VALUE_NIL);
    assert_ok(&t, store_links_put(t.writer, emails, 7, mails, 2, &t.err));
    assert_ok(
        &t, store_links_get(t.reader, emails, (int64_t[]){7}, 1, &t.arena, items, counts, &t.err));
    assert_true(items[0][0].primary && !items[0][1].primary);
    assert_true(str_is(items[0][0].key, "anna@x.org"));
    int64_t *found = NULL;
    size_t count = 0;
    assert_ok(&t, store_links_find(t.reader, emails, STR("anna@x.org"), &t.arena, 5, &found, &count,
                                   &t.err));
    assert_int_equal(count, 1);
    assert_int_equal(found[0], 7);
    assert_ok(&t, store_record_referrers(t.reader, deal, colleagues, 9, &t.arena, 5, &found, &count,
                                         &t.err));
    assert_int_equal(count, 1);
    assert_int_equal(found[0], 1);
    assert_ok(&t, store_links_clear(t.writer, emails, 7, &t.err));
    assert_ok(&t, store_links_find(t.reader, emails, STR("b@x.org"), &t.arena, 5, &found, &count,
                                   &t.err));
    assert_int_equal(count, 0);
    test_store_close(&t);
}

struct walk {
    struct test_store *t;
    const struct schema_entity *entity;
    int64_t sum;
    int count;
};

static bool add_id(void *ctx, const struct value *row) {
    struct walk *w = ctx;
    struct slot_set changed = {{0}};
    slot_add(&changed, test_slot(w->entity, "score"));
    assert_ok(w->t, store_record_update(w->t->writer, w->entity, row[0].integer, 0, &changed, row,
                                        NULL, &w->t->err));
    w->sum += row[0].integer;
    return ++w->count < 650;
}

static void all_rows_are_walked_and_may_be_written_meanwhile(void **state) {
    struct test_store t;
    test_store_open_company(&t, test_engine(state));
    const struct schema_entity *deal = test_entity(&t, "deal");
    struct walk w = {&t, deal, 0, 0};
    assert_ok(&t, store_begin(t.writer, &t.err));
    for (int64_t id = 1; id <= 700; id++) {
        struct value *row = test_row(&t, deal, id);
        if (id % 7 == 0) test_set(deal, row, "deleted_at", value_time(5));
        test_insert(&t, deal, row);
    }
    assert_ok(
        &t, store_record_each(t.writer, deal, NULL, 10, 500, false, &t.arena, add_id, &w, &t.err));
    assert_int_equal(w.count, 500);
    w = (struct walk){&t, deal, 0, 0};
    assert_ok(&t,
              store_record_each(t.writer, deal, NULL, 0, 0, true, &t.arena, add_id, &w, &t.err));
    assert_int_equal(w.count, 650);
    assert_int_equal(w.sum, 650 * 651 / 2);
    assert_ok(&t, store_commit(t.writer, &t.err));
    test_store_close(&t);
}

/* Keys with signs of array literals, keys asked for twice, records that share one, trashed ones. */
static void many_values_are_found_in_one_query(void **state) {
    static const char *const names[] = {"a \"b\" \\ {c},d", "twin", "twin", "NULL", "gone"};
    struct test_store t;
    test_store_open_company(&t, test_engine(state));
    const struct schema_entity *deal = test_entity(&t, "deal");
    const struct schema_field *name = schema_field_at(deal, test_slot(deal, "name"));
    struct store_value keys[STORE_FIND_MAX];
    struct store_match *found = NULL;
    size_t count = 0;
    bool whole = false;
    char texts[STORE_FIND_MAX][16];
    for (int64_t i = 0; i < 5; i++) {
        struct value *row = test_row(&t, deal, 11 + i);
        test_set(deal, row, "name", value_text(str_from(names[i])));
        if (i == 4) test_set(deal, row, "deleted_at", value_time(9));
        test_insert(&t, deal, row);
    }
    for (size_t i = 0; i < STORE_FIND_MAX; i++) {
        snprintf(texts[i], sizeof texts[i], "nobody %zu", i);
        keys[i] = store_text(str_from(texts[i]));
    }
    keys[0] = keys[200] = store_text(STR("twin"));
    keys[7] = store_text(STR("a \"b\" \\ {c},d"));
    keys[8] = store_text(STR("null"));
    keys[9] = store_text(STR("gone"));
    assert_ok(&t, store_find_many(t.reader, deal, name, keys, STORE_FIND_MAX, &t.arena, &found,
                                  &count, &whole, &t.err));
    static const struct store_match expected[] = {{0, 12}, {0, 13},   {7, 11},
                                                  {8, 14}, {200, 12}, {200, 13}};
    assert_true(whole);
    assert_int_equal(count, 6);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(found[i].key, expected[i].key);
        assert_int_equal(found[i].id, expected[i].id);
    }
    /* numbers, and one key only */
    const struct schema_field *created = schema_standard(deal, SCHEMA_STD_CREATED_AT);
    keys[0] = store_int(13000);
    assert_ok(&t, store_find_many(t.reader, deal, created, keys, 1, &t.arena, &found, &count,
                                  &whole, &t.err));
    assert_int_equal(count, 1);
    assert_int_equal(found[0].id, 13);
    assert_int_not_equal(
        store_find_many(t.reader, deal, name, keys, 0, &t.arena, &found, &count, &whole, &t.err),
        CRM_OK);
    test_store_close(&t);
}

/* Items are found by their value and by what stands beside it; a record with both counts once. */
static void many_items_are_found_in_one_query(void **state) {
    struct test_store t;
    test_store_open_company(&t, test_engine(state));
    const struct schema_entity *organization = test_entity(&t, "organization");
    const struct schema_field *emails =
        schema_field_at(organization, test_slot(organization, "emails"));
    const struct store_item mails[] = {
        {.value = value_text(STR("b@x.org")), .key = STR("b@x.org")},
        {.value = value_text(STR("Anna@X.org")), .key = STR("anna@x.org")}};
    const struct store_value keys[] = {store_text(STR("none@x.org")), store_text(STR("anna@x.org")),
                                       store_text(STR("b@x.org"))};
    struct store_match *found = NULL;
    size_t count = 0;
    bool whole = false;
    assert_ok(&t, store_begin(t.writer, &t.err));
    assert_ok(&t, store_links_put(t.writer, emails, 7, mails, 2, &t.err));
    assert_ok(&t, store_links_put(t.writer, emails, 8, mails, 1, &t.err));
    assert_ok(&t, store_commit(t.writer, &t.err));
    assert_ok(&t, store_find_many(t.reader, organization, emails, keys, 3, &t.arena, &found, &count,
                                  &whole, &t.err));
    assert_true(whole);
    assert_int_equal(count, 3);
    assert_true(found[0].key == 1 && found[0].id == 7);
    assert_true(found[1].key == 2 && found[1].id == 7);
    assert_true(found[2].key == 2 && found[2].id == 8);
    test_store_close(&t);
}

/* More matches than a caller could use: it asks for each key by itself. */
static void a_value_of_thousands_is_not_listed(void **state) {
    struct test_store t;
    test_store_open_company(&t, test_engine(state));
    const struct schema_entity *deal = test_entity(&t, "deal");
    const struct schema_field *name = schema_field_at(deal, test_slot(deal, "name"));
    const struct store_value key = store_text(STR("same"));
    struct store_match *found = NULL;
    size_t count = 0;
    bool whole = true;
    assert_ok(&t, store_begin(t.writer, &t.err));
    for (int64_t i = 1; i <= 8 * STORE_FIND_MAX + 1; i++) {
        struct value *row = test_row(&t, deal, i);
        test_set(deal, row, "name", value_text(STR("Same")));
        test_insert(&t, deal, row);
    }
    assert_ok(&t, store_commit(t.writer, &t.err));
    assert_ok(&t, store_find_many(t.reader, deal, name, &key, 1, &t.arena, &found, &count, &whole,
                                  &t.err));
    assert_false(whole);
    test_store_close(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_BOTH(a_record_comes_back_as_it_went),
        ON_BOTH(only_asked_slots_are_read),
        ON_BOTH(an_update_needs_the_version),
        ON_BOTH(values_are_found_exactly_and_folded),
        ON_BOTH(unique_holds_for_living_rows),
        ON_BOTH(items_keep_order_and_attributes),
        ON_BOTH(many_values_are_found_in_one_query),
        ON_BOTH(many_items_are_found_in_one_query),
        ON_BOTH(a_value_of_thousands_is_not_listed),
        ON_BOTH(all_rows_are_walked_and_may_be_written_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
