/* Lists on both engines: order, pages, rights, trash, titles and items. The order of pages is
 * checked against a comparison written here. */
#include "support/store.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/unicode.h"
#include "store/structure.h"

enum { DEALS = 240, PAGE = 17 };

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

struct sample {
    struct test_store t;
    const struct schema_entity *deal, *organization, *user;
    struct access manager;
    int64_t amounts[DEALS + 1]; /* INT64_MIN = nil */
    char names[DEALS + 1][24];
};

static void add_user(struct sample *s, int64_t id, const char *name) {
    struct value *row = test_row(&s->t, s->user, id);
    test_set(s->user, row, "login", value_text(str_from(name)));
    test_set(s->user, row, "name", value_text(str_from(name)));
    test_insert(&s->t, s->user, row);
}

static void add_organization(struct sample *s, int64_t id, const char *name, int64_t owner) {
    struct value *row = test_row(&s->t, s->organization, id);
    test_set(s->organization, row, "name", value_text(str_from(name)));
    test_set(s->organization, row, "owner", value_id(owner));
    test_insert(&s->t, s->organization, row);
}

static void open_sample(struct sample *s, enum store_engine engine) {
    uint32_t random = 7;
    test_store_open_company(&s->t, engine);
    s->deal = test_entity(&s->t, "deal");
    s->organization = test_entity(&s->t, "organization");
    s->user = test_entity(&s->t, "user");
    test_access(&s->t, &s->manager, 1000, 0, "manager");
    assert_ok(&s->t, store_begin(s->t.writer, &s->t.err));
    add_user(s, 1000, "Maria");
    add_user(s, 1001, "Rita");
    add_organization(s, 2001, "Ash", 1001);
    add_organization(s, 2002, "Birch", 1000);
    for (int64_t id = 1; id <= DEALS; id++) {
        struct value *row = test_row(&s->t, s->deal, id);
        uint32_t n = next_random(&random);
        s->amounts[id] = n % 5 == 0 ? INT64_MIN : (int64_t)(n % 9) * 100 - 300;
        snprintf(s->names[id], sizeof s->names[id], "%s %u", n % 2 ? "Deal" : "ёлка", n % 7);
        test_set(s->deal, row, "name", value_text(str_from(s->names[id])));
        if (s->amounts[id] != INT64_MIN)
            test_set(s->deal, row, "amount", test_money(s->amounts[id] * 2, "EUR", s->amounts[id]));
        test_set(s->deal, row, "owner", value_id(id % 10 == 0 ? 1001 : 1000));
        if (n % 3) test_set(s->deal, row, "organization", value_id(2001 + n % 2));
        if (id > DEALS - 20) test_set(s->deal, row, "deleted_at", value_time(9));
        test_insert(&s->t, s->deal, row);
    }
    assert_ok(&s->t, store_commit(s->t.writer, &s->t.err));
}

static struct store_list list_of(struct sample *s, const struct access *access, const char *where) {
    return (struct store_list){
        .query = {.access = access,
                  .from = s->deal,
                  .now_ms = 1,
                  .where = where ? test_expr(&s->t, access, s->deal, where, EXPR_MODE_ROW) : NULL},
        .limit = PAGE};
}

/* All ids of a list, page by page. */
static size_t walk(struct sample *s, struct store_list list, int64_t *ids) {
    size_t count = 0;
    for (;;) {
        struct store_page page;
        assert_ok(&s->t, store_list_run(s->t.reader, &list, &s->t.arena, &page, &s->t.err));
        assert_true(page.count <= (size_t)list.limit);
        for (size_t i = 0; i < page.count; i++) {
            assert_true(count < DEALS);
            ids[count++] = page.ids[i];
        }
        if (page.next.len == 0) return count;
        assert_int_equal(page.count, list.limit);
        list.after = page.next;
    }
}

struct order {
    const struct sample *sample;
    bool amount_first, amount_descends, name_descends, id_descends;
};
static struct order order; /* of the comparison at hand: qsort has no context */

static int by_amount(int64_t a, int64_t b) {
    int64_t x = order.sample->amounts[a], y = order.sample->amounts[b];
    int result = (x > y) - (x < y);
    return order.amount_descends ? -result : result;
}

static int by_name(int64_t a, int64_t b) {
    struct arena *arena = (struct arena *)&order.sample->t.arena;
    int result = str_compare(fold_text_arena(arena, str_from(order.sample->names[a])),
                             fold_text_arena(arena, str_from(order.sample->names[b])));
    return order.name_descends ? -result : result;
}

static int compare(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    int first = order.amount_first ? by_amount(a, b) : by_name(a, b);
    int second = order.amount_first ? by_name(a, b) : by_amount(a, b);
    if (first || second) return first ? first : second;
    return order.id_descends ? (a < b) - (a > b) : (a > b) - (a < b);
}

static void pages_follow_the_order(void **state) {
    struct sample s;
    open_sample(&s, test_engine(state));
    const struct expr *amount = test_expr(&s.t, &s.manager, s.deal, "amount", EXPR_MODE_ROW);
    const struct expr *name = test_expr(&s.t, &s.manager, s.deal, "name", EXPR_MODE_ROW);
    for (int variant = 0; variant < 8; variant++) {
        order = (struct order){&s, variant & 1, variant & 2, variant & 4, false};
        struct store_sort by_amounts = {amount, order.amount_descends, false},
                          by_names = {name, order.name_descends, true};
        struct store_sort sort[2] = {order.amount_first ? by_amounts : by_names,
                                     order.amount_first ? by_names : by_amounts};
        order.id_descends = sort[1].descending;
        struct store_list list = list_of(&s, &s.manager, NULL);
        list.sort = sort;
        list.sort_count = 2;
        int64_t ids[DEALS], right[DEALS];
        size_t count = walk(&s, list, ids);
        assert_int_equal(count, DEALS - 20);
        for (size_t i = 0; i < count; i++)
            right[i] = (int64_t)i + 1;
        qsort(right, count, sizeof *right, compare);
        assert_memory_equal(ids, right, count * sizeof *ids);
    }
    test_store_close(&s.t);
}

static void single_terms_and_no_term_page_too(void **state) {
    struct sample s;
    open_sample(&s, test_engine(state));
    static const char *const terms[] = {
        "amount", "name", "organization.name", "amount * 2", "owner.name", "closed_on", NULL};
    for (int descending = 0; descending < 2; descending++) {
        for (int i = 0; terms[i]; i++) {
            struct store_sort sort = {test_expr(&s.t, &s.manager, s.deal, terms[i], EXPR_MODE_ROW),
                                      descending, true};
            struct store_list list = list_of(&s, &s.manager, "id ~= nil"), whole;
            list.sort = &sort;
            list.sort_count = 1;
            whole = list;
            whole.limit = DEALS;
            int64_t ids[DEALS], right[DEALS];
            assert_int_equal(walk(&s, list, ids), DEALS - 20);
            assert_int_equal(walk(&s, whole, right), DEALS - 20);
            assert_memory_equal(ids, right, (DEALS - 20) * sizeof *ids);
        }
    }
    int64_t ids[DEALS];
    assert_int_equal(walk(&s, list_of(&s, &s.manager, NULL), ids), DEALS - 20);
    for (int64_t i = 0; i < DEALS - 20; i++)
        assert_int_equal(ids[i], i + 1);
    test_store_close(&s.t);
}

static void a_list_in_index_order_needs_no_sorting(void **state) {
    struct sample s;
    open_sample(&s, test_engine(state));
    struct buf text;
    buf_init(&text, 1 << 16);
    struct store_sort sort = {test_expr(&s.t, &s.manager, s.deal, "amount", EXPR_MODE_ROW), true,
                              false};
    struct store_list list = list_of(&s, &s.manager, NULL);
    struct store_page page;
    list.sort = &sort;
    list.sort_count = 1;
    assert_ok(&s.t, store_list_explain(s.t.reader, &list, &text, &s.t.err));
    assert_null(strstr(text.ptr, "TEMP B-TREE"));
    assert_non_null(strstr(text.ptr, "USING INDEX"));
    assert_ok(&s.t, store_list_run(s.t.reader, &list, &s.t.arena, &page, &s.t.err));
    list.after = page.next;
    buf_clear(&text);
    assert_ok(&s.t, store_list_explain(s.t.reader, &list, &text, &s.t.err));
    assert_null(strstr(text.ptr, "TEMP B-TREE"));
    assert_non_null(strstr(text.ptr, "rowid"));
    buf_fini(&text);
    test_store_close(&s.t);
}

static void explain_into(struct sample *s, const char *where, const char *sort, struct buf *text) {
    struct store_sort by = {test_expr(&s->t, &s->manager, s->deal, sort, EXPR_MODE_ROW), true,
                            false};
    struct store_list list = list_of(s, &s->manager, where);
    list.sort = &by;
    list.sort_count = 1;
    buf_clear(text);
    assert_ok(&s->t, store_list_explain(s->t.reader, &list, text, &s->t.err));
}

/* The name of the index of two fields. */
static struct str pair_index(const struct sample *s, const char *first, const char *second) {
    for (size_t i = 0; i < s->deal->index_count; i++) {
        const struct schema_index *it = &s->deal->indexes[i];
        if (it->slot_count == 2 && it->slots[0] == test_slot(s->deal, first) &&
            it->slots[1] == test_slot(s->deal, second))
            return it->name;
    }
    fail_msg("no index of %s and %s", first, second);
    return STR_NONE;
}

/* (filter, order, id) is walked: nothing is sorted. */
static void a_stage_or_owner_in_order_walks_one_index(void **state) {
    struct sample s;
    open_sample(&s, test_engine(state));
    struct buf text;
    buf_init(&text, 1 << 16);
    explain_into(&s, "stage == '3001'", "amount", &text);
    assert_null(strstr(text.ptr, "TEMP B-TREE"));
    assert_non_null(strstr(text.ptr, pair_index(&s, "stage", "amount").ptr));
    explain_into(&s, "owner == me()", "created_at", &text);
    assert_null(strstr(text.ptr, "TEMP B-TREE"));
    assert_non_null(strstr(text.ptr, pair_index(&s, "owner", "created_at").ptr));
    /* A reference alone has an index of filled rows, which serves a comparison. */
    explain_into(&s, "organization == '2001'", "name", &text);
    assert_non_null(strstr(text.ptr, "organization"));
    buf_fini(&text);
    test_store_close(&s.t);
}

/* Enough rows that SQLite must give one way up and take the other: a filter that finds most of
 * them, one that finds a few at the far end, one that finds none. */
static void filtered_lists_are_whole_whichever_way_they_take(void **state) {
    struct sample s;
    open_sample(&s, test_engine(state));
    enum { ROWS = 9000 };
    static int64_t amounts[ROWS];
    assert_ok(&s.t, store_begin(s.t.writer, &s.t.err));
    for (int64_t i = 0; i < ROWS; i++) {
        struct value *row = test_row(&s.t, s.deal, 10000 + i);
        amounts[i] = i * 7919 % 5003 + 1000;
        test_set(s.deal, row, "amount", test_money(amounts[i], "USD", amounts[i]));
        test_set(s.deal, row, "stage", value_id(i % 10 ? 3001 : 3002));
        test_set(s.deal, row, "organization", value_id(amounts[i] < 1010 ? 2001 : 2002));
        test_insert(&s.t, s.deal, row);
    }
    assert_ok(&s.t, store_commit(s.t.writer, &s.t.err));
    struct store_sort sort = {test_expr(&s.t, &s.manager, s.deal, "amount", EXPR_MODE_ROW), true,
                              false};
    static const char *const filters[] = {"stage == '3001'",
                                          "stage == '3001' and organization == '2001'",
                                          "stage == '3003'", "stage == '3002' and amount < 20"};
    for (size_t f = 0; f < COUNT_OF(filters); f++) {
        struct store_list list = list_of(&s, &s.manager, filters[f]);
        size_t expected = 0, seen = 0;
        list.sort = &sort;
        list.sort_count = 1;
        list.limit = 40;
        for (int64_t i = 0; i < ROWS; i++) {
            bool stage = f == 3 ? i % 10 == 0 && amounts[i] < 2000 : i % 10 && f != 2;
            expected += stage && (f != 1 || amounts[i] < 1010);
        }
        int64_t amount = INT64_MAX, id = INT64_MAX;
        for (int page_number = 0; page_number < 3; page_number++) {
            struct store_page page;
            assert_ok(&s.t, store_list_run(s.t.reader, &list, &s.t.arena, &page, &s.t.err));
            for (size_t i = 0; i < page.count; i++) {
                int64_t next = amounts[page.ids[i] - 10000];
                assert_true(next < amount || (next == amount && page.ids[i] < id));
                amount = next;
                id = page.ids[i];
            }
            seen += page.count;
            list.after = page.next;
            if (page.next.len == 0) break;
        }
        assert_int_equal(seen, expected < 120 ? expected : 120);
    }
    test_store_close(&s.t);
}

/* A request that began before keeps the snapshot that has the index. */
static void a_list_outlives_its_index(void **state) {
    struct sample s;
    open_sample(&s, test_engine(state));
    struct store_sort sort = {test_expr(&s.t, &s.manager, s.deal, "amount", EXPR_MODE_ROW), true,
                              false};
    struct store_list list = list_of(&s, &s.manager, "stage == '3001' or amount > 0");
    struct store_page before, after;
    memset(s.t.reader->list_ways, 1, sizeof s.t.reader->list_ways); /* the order's way first */
    list.sort = &sort;
    list.sort_count = 1;
    assert_ok(&s.t, store_list_run(s.t.reader, &list, &s.t.arena, &before, &s.t.err));
    assert_true(before.count > 0);
    assert_ok(&s.t, store_begin(s.t.writer, &s.t.err));
    store_scratch_enter(s.t.writer);
    s.t.writer->structure = true;
    for (size_t i = 0; i < s.deal->index_count; i++)
        assert_ok(&s.t, structure_drop_index(s.t.writer, s.deal->indexes[i].name, &s.t.err));
    s.t.writer->structure = false;
    store_scratch_leave(s.t.writer);
    assert_ok(&s.t, store_commit(s.t.writer, &s.t.err));
    assert_ok(&s.t, store_list_run(s.t.reader, &list, &s.t.arena, &after, &s.t.err));
    assert_int_equal(after.count, before.count);
    for (size_t i = 0; i < after.count; i++)
        assert_int_equal(after.ids[i], before.ids[i]);
    test_store_close(&s.t);
}

static void wrong_cursors_are_refused(void **state) {
    struct sample s;
    open_sample(&s, test_engine(state));
    struct store_sort sort = {test_expr(&s.t, &s.manager, s.deal, "amount", EXPR_MODE_ROW), false,
                              false};
    struct store_list list = list_of(&s, &s.manager, NULL);
    struct store_page page;
    list.sort = &sort;
    list.sort_count = 1;
    assert_ok(&s.t, store_list_run(s.t.reader, &list, &s.t.arena, &page, &s.t.err));
    struct str good = page.next;
    assert_true(good.len > 0);
    for (size_t i = 0; i < good.len; i++) {
        char *bad = arena_cstr(&s.t.arena, good);
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        list.after = str_make(bad, good.len);
        assert_int_equal(store_list_run(s.t.reader, &list, &s.t.arena, &page, &s.t.err),
                         CRM_INVALID);
        list.after = str_make(good.ptr, i);
        if (i > 0)
            assert_int_equal(store_list_run(s.t.reader, &list, &s.t.arena, &page, &s.t.err),
                             CRM_INVALID);
    }
    list.after = STR("not base64!");
    assert_int_equal(store_list_run(s.t.reader, &list, &s.t.arena, &page, &s.t.err), CRM_INVALID);
    list.after = good;
    sort.descending = true;
    assert_int_equal(store_list_run(s.t.reader, &list, &s.t.arena, &page, &s.t.err), CRM_INVALID);
    sort.descending = false;
    list.query.where = test_expr(&s.t, &s.manager, s.deal, "amount > 1", EXPR_MODE_ROW);
    assert_int_equal(store_list_run(s.t.reader, &list, &s.t.arena, &page, &s.t.err), CRM_INVALID);
    assert_string_equal(s.t.err.text.code, "cursor_wrong");
    list.query.where = NULL;
    assert_ok(&s.t, store_list_run(s.t.reader, &list, &s.t.arena, &page, &s.t.err));
    test_store_close(&s.t);
}

static void long_texts_page_by_their_record(void **state) {
    struct sample s;
    open_sample(&s, test_engine(state));
    char *text = arena_alloc(&s.t.arena, 5001);
    memset(text, 'x', 5000);
    for (int64_t id = 501; id <= 510; id++) {
        struct value *row = test_row(&s.t, s.deal, id);
        text[4999] = (char)('a' + id % 3);
        test_set(s.deal, row, "notes", value_text(arena_str(&s.t.arena, str_make(text, 5000))));
        test_insert(&s.t, s.deal, row);
    }
    struct store_sort sort = {test_expr(&s.t, &s.manager, s.deal, "notes", EXPR_MODE_ROW), true,
                              false};
    struct store_list list = list_of(&s, &s.manager, "notes ~= nil");
    list.sort = &sort;
    list.sort_count = 1;
    list.limit = 3;
    int64_t ids[DEALS];
    assert_int_equal(walk(&s, list, ids), 10);
    for (int i = 1; i < 10; i++) {
        int64_t before = ids[i - 1] % 3, after = ids[i] % 3;
        assert_true(before > after || (before == after && ids[i - 1] > ids[i]));
    }
    test_store_close(&s.t);
}

static void rights_decide_rows_paths_and_titles(void **state) {
    struct sample s;
    open_sample(&s, test_engine(state));
    struct access rep, nobody;
    test_access(&s.t, &rep, 1001, 0, "rep");
    test_access(&s.t, &nobody, 0, 0, "");
    int64_t ids[DEALS];
    size_t own = 0, via = 0;
    size_t count = walk(&s, list_of(&s, &rep, NULL), ids);
    for (size_t i = 0; i < count; i++)
        own += ids[i] % 10 == 0;
    assert_int_equal(own, (DEALS - 20) / 10);
    assert_true(count > own); /* through organization.owner */
    struct access_scope storage;
    access_expr_scope(&storage, &rep, s.deal);
    struct schema_path select[2];
    assert_ok(&s.t,
              schema_path_parse(&storage.schema_scope, STR("organization"), &select[0], &s.t.err));
    assert_ok(&s.t, schema_path_parse(&storage.schema_scope, STR("organization.name"), &select[1],
                                      &s.t.err));
    struct store_list list = list_of(&s, &rep, NULL);
    list.select = select;
    list.select_count = 2;
    list.limit = DEALS;
    struct store_page page;
    assert_ok(&s.t, store_list_run(s.t.reader, &list, &s.t.arena, &page, &s.t.err));
    assert_int_equal(page.count, count);
    for (size_t i = 0; i < page.count; i++) {
        const struct store_cell *ref = &page.cells[i * 2], *name = &page.cells[i * 2 + 1];
        bool seen = ref->value.type == VALUE_ID && ref->value.integer == 2001;
        via += seen;
        assert_int_equal(name->value.type, seen ? VALUE_TEXT : VALUE_NIL);
        if (seen) assert_true(str_is(name->value.text, "Ash") && str_is(ref->title, "Ash"));
        if (!seen) assert_int_equal(ref->title.len, 0);
    }
    assert_true(via > 0 && via < count);
    assert_int_equal(walk(&s, list_of(&s, &rep, "organization.name == 'Birch'"), ids), 0);
    list = list_of(&s, &nobody, NULL);
    assert_int_equal(store_list_run(s.t.reader, &list, &s.t.arena, &page, &s.t.err), CRM_FORBIDDEN);
    bool visible = true;
    struct store_query q = {.access = &rep, .from = s.organization};
    assert_ok(&s.t, store_matches(s.t.reader, &q, 2002, &visible, &s.t.err));
    assert_false(visible);
    assert_ok(&s.t, store_matches(s.t.reader, &q, 2001, &visible, &s.t.err));
    assert_true(visible);
    test_store_close(&s.t);
}

static void trash_and_counts(void **state) {
    struct sample s;
    open_sample(&s, test_engine(state));
    struct store_list list = list_of(&s, &s.manager, NULL);
    int64_t ids[DEALS], n = 0;
    bool exact = false;
    list.query.trash = STORE_TRASHED;
    assert_int_equal(walk(&s, list, ids), 20);
    list.query.trash = STORE_BOTH;
    assert_int_equal(walk(&s, list, ids), DEALS);
    assert_ok(&s.t,
              store_count_run(s.t.reader, &list.query, STORE_COUNT_EXACT, &n, &exact, &s.t.err));
    assert_int_equal(n, DEALS);
    assert_true(exact);
    list.query.trash = STORE_LIVING;
    list.query.where =
        test_expr(&s.t, &s.manager, s.deal, "organization.owner.name == 'Rita'", EXPR_MODE_ROW);
    assert_ok(&s.t,
              store_count_run(s.t.reader, &list.query, STORE_COUNT_CAPPED, &n, &exact, &s.t.err));
    assert_int_equal(n, (int64_t)walk(&s, list, ids));
    assert_true(exact && n > 10);
    assert_ok(&s.t,
              store_count_run(s.t.reader, &list.query, STORE_COUNT_NONE, &n, &exact, &s.t.err));
    assert_false(exact);
    test_store_close(&s.t);
}

static void cells_of_every_kind(void **state) {
    struct sample s;
    open_sample(&s, test_engine(state));
    const struct schema_entity *line = test_entity(&s.t, "deal_line"),
                               *stage = test_entity(&s.t, "stage");
    const struct schema_field *colleagues =
        schema_field_at(s.deal, test_slot(s.deal, "colleagues"));
    const struct store_item items[] = {
        {.value = value_id(1001)}, {.value = value_id(1000)}, {.value = value_id(77)}};
    struct value *row = test_row(&s.t, stage, 3001);
    test_set(stage, row, "name", value_text(STR("Won")));
    test_set(stage, row, "probability", value_int(50));
    test_insert(&s.t, stage, row);
    row = test_row(&s.t, s.deal, 901);
    test_set(s.deal, row, "name", value_text(STR("Whole")));
    test_set(s.deal, row, "amount", test_money(9000, "EUR", 10000));
    test_set(s.deal, row, "stage", value_id(3001));
    test_set(s.deal, row, "organization", value_id(2002));
    test_set(s.deal, row, "about",
             (struct value){.type = VALUE_ID, .integer = 2001, .entity = s.organization->id});
    test_insert(&s.t, s.deal, row);
    assert_ok(&s.t, store_links_put(s.t.writer, colleagues, 901, items, 3, &s.t.err));
    for (int64_t id = 4001; id <= 4003; id++) {
        row = test_row(&s.t, line, id);
        test_set(line, row, "deal", value_id(901));
        test_set(line, row, "product", value_text(STR("Chair")));
        if (id == 4002) test_set(line, row, "deleted_at", value_time(1));
        test_insert(&s.t, line, row);
    }
    static const char *const paths[] = {
        "amount",     "stage", "weighted",           "about",
        "colleagues", "lines", "organization.owner", "organization.emails",
        "tags"};
    struct schema_path select[COUNT_OF(paths)];
    struct access_scope storage;
    access_expr_scope(&storage, &s.manager, s.deal);
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        assert_ok(&s.t, schema_path_parse(&storage.schema_scope, str_from(paths[i]), &select[i],
                                          &s.t.err));
    struct store_list list = list_of(&s, &s.manager, "name == 'Whole'");
    list.select = select;
    list.select_count = COUNT_OF(paths);
    struct store_page page;
    assert_ok(&s.t, store_list_run(s.t.reader, &list, &s.t.arena, &page, &s.t.err));
    assert_int_equal(page.count, 1);
    assert_int_equal(page.versions[0], 1);
    assert_int_equal(page.cells[0].value.integer, 9000);
    assert_int_equal(page.cells[0].value.base, 10000);
    assert_true(str_is(page.cells[1].title, "Won"));
    assert_int_equal(page.cells[2].value.type, VALUE_MONEY);
    assert_int_equal(page.cells[2].value.integer, 5000);
    assert_string_equal(page.cells[2].value.currency.code, "USD");
    assert_true(str_is(page.cells[3].title, "Ash"));
    assert_int_equal(page.cells[4].item_count, 3);
    assert_true(str_is(page.cells[4].item_titles[0], "Rita"));
    assert_int_equal(page.cells[4].item_titles[2].len, 0);
    assert_int_equal(page.cells[5].item_count, 2);
    assert_int_equal(page.cells[5].items[1].value.integer, 4003);
    assert_true(str_is(page.cells[6].title, "Maria"));
    assert_int_equal(page.cells[7].item_count, 0);
    assert_int_equal(page.cells[8].item_count, 0);
    test_store_close(&s.t);
}

static void lines_follow_their_parent(void **state) {
    struct sample s;
    open_sample(&s, test_engine(state));
    const struct schema_entity *line = test_entity(&s.t, "deal_line");
    struct access rep;
    test_access(&s.t, &rep, 1001, 0, "rep");
    static const int64_t deals[] = {10, 11, DEALS, 20};
    for (int i = 0; i < 4; i++) {
        struct value *row = test_row(&s.t, line, 5001 + i);
        test_set(line, row, "deal", value_id(deals[i]));
        test_set(line, row, "product", value_text(STR("Table")));
        if (i == 3) test_set(line, row, "deleted_at", value_time(1));
        test_insert(&s.t, line, row);
    }
    struct store_list list = {.query = {.access = &s.manager, .from = line}, .limit = 10};
    struct store_page page;
    assert_ok(&s.t, store_list_run(s.t.reader, &list, &s.t.arena, &page, &s.t.err));
    assert_int_equal(page.count, 2);
    list.query.trash = STORE_TRASHED;
    assert_ok(&s.t, store_list_run(s.t.reader, &list, &s.t.arena, &page, &s.t.err));
    assert_int_equal(page.count, 2);
    list.query = (struct store_query){.access = &rep, .from = line};
    assert_ok(&s.t, store_list_run(s.t.reader, &list, &s.t.arena, &page, &s.t.err));
    for (size_t i = 0; i < page.count; i++)
        assert_int_not_equal(page.ids[i], 5004);
    assert_true(page.count >= 1 && page.ids[0] == 5001);
    test_store_close(&s.t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_BOTH(pages_follow_the_order),
        ON_BOTH(single_terms_and_no_term_page_too),
        /* PostgreSQL scans small tables whole */
        ON_SQLITE(a_list_in_index_order_needs_no_sorting),
        ON_SQLITE(a_stage_or_owner_in_order_walks_one_index),
        ON_BOTH(filtered_lists_are_whole_whichever_way_they_take),
        ON_BOTH(a_list_outlives_its_index),
        ON_BOTH(wrong_cursors_are_refused),
        ON_BOTH(long_texts_page_by_their_record),
        ON_BOTH(rights_decide_rows_paths_and_titles),
        ON_BOTH(trash_and_counts),
        ON_BOTH(cells_of_every_kind),
        ON_BOTH(lines_follow_their_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
