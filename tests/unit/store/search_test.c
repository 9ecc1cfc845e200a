/* Search on both engines: words in any order, rights, order of hits, pages, removal. */
#include "support/store.h"

#include <stdio.h>

#include "base/unicode.h"

struct sample {
    struct test_store t;
    const struct schema_entity *deal, *organization;
    struct access manager, rep;
};

static void open_sample(struct sample *s, enum store_engine engine) {
    test_store_open_company(&s->t, engine);
    s->deal = test_entity(&s->t, "deal");
    s->organization = test_entity(&s->t, "organization");
    test_access(&s->t, &s->manager, 1000, 0, "manager");
    test_access(&s->t, &s->rep, 1001, 0, "rep");
}

static struct store_search_row search_row(struct sample *s, int64_t id, int64_t owner,
                                          const char *text) {
    return (struct store_search_row){
        .id = id, .owner = owner, .folded = fold_text_arena(&s->t.arena, str_from(text))};
}

static void add_deal(struct sample *s, int64_t id, int64_t owner, const char *name,
                     const char *notes) {
    struct value *row = test_row(&s->t, s->deal, id);
    char text[400];
    snprintf(text, sizeof text, "%s %s", name, notes);
    test_set(s->deal, row, "name", value_text(str_from(name)));
    test_set(s->deal, row, "notes", value_text(str_from(notes)));
    test_set(s->deal, row, "owner", value_id(owner));
    test_insert(&s->t, s->deal, row);
    struct store_search_row put = search_row(s, id, owner, text);
    assert_ok(&s->t, store_search_put(s->t.writer, s->deal, NULL, &put, &s->t.err));
}

static size_t search(struct sample *s, const struct access *access, const struct schema_entity *e,
                     const char *text, struct store_hit **hits) {
    struct store_search q = {
        .access = access, .text = str_from(text), .entities = &e, .entity_count = 1, .limit = 20};
    size_t count = 99;
    struct str next;
    if (!e) q.entities = NULL;
    assert_ok(&s->t,
              store_search_run(s->t.reader, &q, &s->t.arena, hits, &count, &next, &s->t.err));
    return count;
}

static void words_match_in_any_order_by_their_beginning(void **state) {
    struct sample s;
    struct store_hit *hits;
    open_sample(&s, test_engine(state));
    add_deal(&s, 11, 1000, "Ёлочные игрушки", "Deliver to Café Zoë before Friday");
    add_deal(&s, 12, 1000, "Green chairs", "phone 79123456789");
    add_deal(&s, 13, 1000, "Green tables", "friday delivery");
    assert_int_equal(search(&s, &s.manager, s.deal, "игру елоч", &hits), 1);
    assert_int_equal(hits[0].id, 11);
    assert_true(str_is(hits[0].title, "Ёлочные игрушки"));
    assert_true(str_is(hits[0].snippet, "Ёлочные игрушки")); /* where it was met */
    assert_int_equal(search(&s, &s.manager, s.deal, "zoe CAFE", &hits), 1);
    assert_true(str_find(hits[0].snippet, STR("Café Zoë")) != SIZE_MAX);
    assert_int_equal(search(&s, &s.manager, s.deal, "friday", &hits), 2);
    assert_int_equal(hits[0].id, 13);
    assert_int_equal(search(&s, &s.manager, s.deal, "green friday", &hits), 1);
    assert_int_equal(search(&s, &s.manager, s.deal, "reen", &hits), 0);
    assert_int_equal(search(&s, &s.manager, s.deal, "+7 (912) 345-67-89", &hits), 1);
    assert_int_equal(search(&s, &s.manager, s.deal, "", &hits), 0);
    assert_int_equal(search(&s, &s.manager, s.deal, "!!! \" ' * ) OR", &hits), 0);
    assert_int_equal(search(&s, &s.manager, s.deal, "NEAR AND green NOT", &hits), 0);
    test_store_close(&s.t);
}

static void titles_come_first_then_the_newest(void **state) {
    struct sample s;
    struct store_hit *hits;
    open_sample(&s, test_engine(state));
    add_deal(&s, 1, 1000, "Lamp", "");
    add_deal(&s, 2, 1000, "Lamp post", "");
    add_deal(&s, 3, 1000, "Big lamp", "");
    add_deal(&s, 4, 1000, "Chair", "with lamp");
    add_deal(&s, 5, 1000, "Table", "with lamp");
    static const int64_t right[] = {1, 2, 3, 5, 4};
    assert_int_equal(search(&s, &s.manager, s.deal, " LAMP ", &hits), 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(hits[i].id, right[i]);
    struct store_search q = {.access = &s.manager, .text = STR("lamp"), .limit = 2};
    size_t seen = 0, count;
    struct str next;
    do {
        assert_ok(&s.t,
                  store_search_run(s.t.reader, &q, &s.t.arena, &hits, &count, &next, &s.t.err));
        for (size_t i = 0; i < count; i++)
            assert_int_equal(hits[i].id, right[seen++]);
        q.after = next;
    } while (next.len);
    assert_int_equal(seen, 5);
    q.after = STR("rubbish");
    assert_int_equal(store_search_run(s.t.reader, &q, &s.t.arena, &hits, &count, &next, &s.t.err),
                     CRM_INVALID);
    test_store_close(&s.t);
}

static void a_cap_hides_no_record_from_its_owner(void **state) {
    struct sample s;
    struct store_hit *hits;
    open_sample(&s, test_engine(state));
    assert_ok(&s.t, store_begin(s.t.writer, &s.t.err));
    add_deal(&s, 1, 1001, "Common words", "mine");
    for (int64_t id = 2; id < 1200; id++)
        add_deal(&s, id, 1000, "Common words", "");
    assert_ok(&s.t, store_commit(s.t.writer, &s.t.err));
    assert_int_equal(search(&s, &s.rep, s.deal, "common", &hits), 1);
    assert_int_equal(hits[0].id, 1);
    assert_int_equal(search(&s, &s.manager, s.deal, "common", &hits), 20);
    assert_int_equal(hits[0].id, 1199);
    test_store_close(&s.t);
}

/* More rows begin with the letters of the words than are read to learn which word is rare. */
static void a_rare_word_is_found_among_many_that_begin_alike(void **state) {
    enum { ALIKE = 300 };
    struct sample s;
    struct store_hit *hits;
    char name[32];
    open_sample(&s, test_engine(state));
    assert_ok(&s.t, store_begin(s.t.writer, &s.t.err));
    for (int64_t id = 1; id <= ALIKE; id++) {
        snprintf(name, sizeof name, "Serial 777%03d", (int)id);
        add_deal(&s, id, id % 100 ? 1000 : 1001, name, "");
    }
    add_deal(&s, 400, 1000, "Serious matter", "");
    assert_ok(&s.t, store_commit(s.t.writer, &s.t.err));
    assert_int_equal(search(&s, &s.manager, s.deal, "serial 777123", &hits), 1);
    assert_int_equal(hits[0].id, 123);
    assert_int_equal(search(&s, &s.manager, s.deal, "777007 seri", &hits), 1);
    assert_int_equal(hits[0].id, 7);
    assert_int_equal(search(&s, &s.manager, s.deal, "serial 777999", &hits), 0);
    assert_int_equal(search(&s, &s.manager, s.deal, "serious 777123", &hits), 0);
    assert_int_equal(search(&s, &s.manager, s.deal, "serious", &hits), 1);
    assert_int_equal(search(&s, &s.manager, s.deal, "serial 77715", &hits), 10);
    assert_int_equal(hits[0].id, 159);
    assert_int_equal(search(&s, &s.rep, s.deal, "serial 777123", &hits), 0);
    assert_int_equal(search(&s, &s.rep, s.deal, "serial 777200", &hits), 1);
    assert_int_equal(search(&s, &s.rep, s.deal, "serial", &hits), 3);
    test_store_close(&s.t);
}

static void what_went_out_is_not_found(void **state) {
    struct sample s;
    struct store_hit *hits;
    open_sample(&s, test_engine(state));
    add_deal(&s, 1, 1000, "Amber", "");
    add_deal(&s, 2, 1000, "Amber too", "");
    struct store_search_row before = search_row(&s, 1, 1000, "Amber "),
                            after = search_row(&s, 1, 1001, "Copper");
    struct slot_set changed = {{0}};
    struct value *row = test_row(&s.t, s.deal, 1);
    bool found = false;
    test_set(s.deal, row, "name", value_text(STR("Copper")));
    slot_add(&changed, test_slot(s.deal, "name"));
    assert_ok(&s.t, store_record_update(s.t.writer, s.deal, 1, 0, &changed, row, &found, &s.t.err));
    assert_ok(&s.t, store_search_put(s.t.writer, s.deal, &before, &after, &s.t.err));
    assert_int_equal(search(&s, &s.manager, s.deal, "amber", &hits), 1);
    assert_int_equal(hits[0].id, 2);
    assert_int_equal(search(&s, &s.manager, s.deal, "copper", &hits), 1);
    before = search_row(&s, 2, 1000, "Amber too ");
    assert_ok(&s.t, store_search_put(s.t.writer, s.deal, &before, NULL, &s.t.err));
    assert_int_equal(search(&s, &s.manager, s.deal, "amber", &hits), 0);
    test_set(s.deal, row, "deleted_at", value_time(3));
    slot_add(&changed, test_slot(s.deal, "deleted_at"));
    assert_ok(&s.t, store_record_update(s.t.writer, s.deal, 1, 0, &changed, row, &found, &s.t.err));
    assert_int_equal(search(&s, &s.manager, s.deal, "copper", &hits), 0);
    test_store_close(&s.t);
}

static void parts_of_words_where_the_entity_wants_it(void **state) {
    struct sample s;
    struct store_hit *hits;
    open_sample(&s, test_engine(state));
    static const char *const names[] = {"Stahlwerk Nord", "Nordwind", "Süd"};
    const struct schema_field *emails =
        schema_field_at(s.organization, test_slot(s.organization, "emails"));
    for (int64_t id = 1; id <= 3; id++) {
        struct value *row = test_row(&s.t, s.organization, id);
        test_set(s.organization, row, "name", value_text(str_from(names[id - 1])));
        test_set(s.organization, row, "owner", value_id(1001));
        test_insert(&s.t, s.organization, row);
        struct store_item mail = {.value = value_text(STR("info@werkzeug.de")),
                                  .label = STR("work"),
                                  .key = STR("info@werkzeug.de")};
        if (id == 3) assert_ok(&s.t, store_links_put(s.t.writer, emails, id, &mail, 1, &s.t.err));
        char text[100];
        snprintf(text, sizeof text, "%s %s", names[id - 1], id == 3 ? "info@werkzeug.de" : "");
        struct store_search_row put = search_row(&s, id, 1001, text);
        assert_ok(&s.t, store_search_put(s.t.writer, s.organization, NULL, &put, &s.t.err));
    }
    assert_int_equal(search(&s, &s.manager, s.organization, "werk", &hits), 2);
    assert_int_equal(search(&s, &s.manager, s.organization, "ordwi", &hits), 1);
    assert_int_equal(hits[0].id, 2);
    assert_int_equal(search(&s, &s.manager, s.organization, "sud", &hits), 1);
    assert_int_equal(search(&s, &s.manager, NULL, "erkzeu", &hits), 1);
    assert_true(str_is(hits[0].snippet, "info@werkzeug.de"));
    assert_ptr_equal(hits[0].entity, s.organization);
    test_store_close(&s.t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_BOTH(words_match_in_any_order_by_their_beginning),
        ON_BOTH(titles_come_first_then_the_newest),
        ON_BOTH(a_cap_hides_no_record_from_its_owner),
        ON_BOTH(a_rare_word_is_found_among_many_that_begin_alike),
        ON_BOTH(what_went_out_is_not_found),
        ON_BOTH(parts_of_words_where_the_entity_wants_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
