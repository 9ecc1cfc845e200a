/* Figures: both engines give the same cells, and some are counted here by hand. */
#include "support/store.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/paths.h"

enum { DEALS = 900 };

struct company {
    struct test_store t;
    const struct schema_entity *deal, *organization, *stage;
    struct access manager, rep;
};

struct deal {
    int64_t stage, organization, owner, amount, closed_on;
    bool has_amount, has_date, trashed;
};

/* The same deals on both engines. */
static struct deal deal_of(int64_t id) {
    uint32_t n = (uint32_t)id * 2654435761u;
    return (struct deal){.stage = 3001 + n % 4,
                         .organization = n % 5 ? 2001 + n % 3 : 0,
                         .owner = 1000 + (n >> 5) % 2,
                         .amount = (int64_t)(n >> 7) % 100000 - 3000,
                         .closed_on = 19000 + (n >> 9) % 400,
                         .has_amount = (n >> 11) % 6 != 0,
                         .has_date = (n >> 13) % 7 != 0,
                         .trashed = (n >> 15) % 20 == 0};
}

static void open_company(struct company *c, enum store_engine engine) {
    test_store_open_company(&c->t, engine);
    c->deal = test_entity(&c->t, "deal");
    c->organization = test_entity(&c->t, "organization");
    c->stage = test_entity(&c->t, "stage");
    test_access(&c->t, &c->manager, 1000, 0, "manager");
    test_access(&c->t, &c->rep, 1001, 0, "rep");
    static const char *const stages[] = {"New", "Offer", "Won", "Lost"}, *const kinds[] = {
                                                                             "open", "open", "won",
                                                                             "lost"};
    static const char *const organizations[] = {"Ёж", "ежевика", "Zoo"};
    assert_ok(&c->t, store_begin(c->t.writer, &c->t.err));
    for (int64_t i = 0; i < 4; i++) {
        struct value *row = test_row(&c->t, c->stage, 3001 + i);
        test_set(c->stage, row, "name", value_text(str_from(stages[i])));
        test_set(c->stage, row, "kind", value_text(str_from(kinds[i])));
        test_set(c->stage, row, "probability", value_int(25 * i));
        test_insert(&c->t, c->stage, row);
    }
    for (int64_t i = 0; i < 3; i++) {
        struct value *row = test_row(&c->t, c->organization, 2001 + i);
        test_set(c->organization, row, "name", value_text(str_from(organizations[i])));
        test_set(c->organization, row, "owner", value_id(1000 + i % 2));
        test_insert(&c->t, c->organization, row);
    }
    for (int64_t id = 1; id <= DEALS; id++) {
        struct deal d = deal_of(id);
        struct value *row = test_row(&c->t, c->deal, id);
        test_set(c->deal, row, "stage", value_id(d.stage));
        if (d.organization) test_set(c->deal, row, "organization", value_id(d.organization));
        test_set(c->deal, row, "owner", value_id(d.owner));
        if (d.has_amount) test_set(c->deal, row, "amount", test_money(d.amount, "USD", d.amount));
        if (d.has_date) test_set(c->deal, row, "closed_on", value_date(d.closed_on));
        if (d.trashed) test_set(c->deal, row, "deleted_at", value_time(5));
        test_insert(&c->t, c->deal, row);
    }
    assert_ok(&c->t, store_commit(c->t.writer, &c->t.err));
}

struct question {
    const char *where;
    const char *group[3];
    const char *measures[4];
    int16_t sort[2];
    size_t sort_count;
    int64_t limit;
    bool as_rep;
};

static void ask(struct company *c, const struct question *q, struct store_figures_result *ret) {
    const struct access *access = q->as_rep ? &c->rep : &c->manager;
    const struct expr *group[3], *measures[4];
    struct store_figures f = {.query = {.access = access, .from = c->deal, .now_ms = 1},
                              .group = group,
                              .measures = measures,
                              .sort = q->sort,
                              .sort_count = q->sort_count,
                              .limit = q->limit};
    if (q->where) f.query.where = test_expr(&c->t, access, c->deal, q->where, EXPR_MODE_ROW);
    for (; f.group_count < 3 && q->group[f.group_count]; f.group_count++)
        group[f.group_count] =
            test_expr(&c->t, access, c->deal, q->group[f.group_count], EXPR_MODE_ROW);
    for (; f.measure_count < 4 && q->measures[f.measure_count]; f.measure_count++)
        measures[f.measure_count] =
            test_expr(&c->t, access, c->deal, q->measures[f.measure_count], EXPR_MODE_MEASURE);
    assert_ok(&c->t, store_figures_run(c->t.reader, &f, &c->t.arena, ret, &c->t.err));
}

static const struct question questions[] = {
    {.measures = {"count()", "sum(amount)", "avg(amount)", "median(amount)"}},
    {.where = "amount > 1000000",
     .measures = {"count()", "sum(amount)", "avg(amount)", "max(closed_on)"}},
    {.group = {"stage"}, .measures = {"count()", "min(amount)", "max(amount)"}},
    {.group = {"stage.name", "month(closed_on)"},
     .measures = {"count()", "sum(amount)", "sum(amount, stage.kind == 'won')"},
     .sort = {-4},
     .sort_count = 1},
    {.group = {"organization.name"},
     .measures = {"count_distinct(stage)", "percentile(amount, 0.9)"}},
    {.group = {"organization"},
     .measures = {"sum(amount, stage.kind == 'won') / sum(amount)"},
     .limit = 2},
    {.group = {"year(closed_on)", "owner", "stage.kind"},
     .measures = {"count(amount > 50000)", "count_distinct(organization.name)"}},
    {.group = {"amount ~= nil", "closed_on == nil"}, .measures = {"count()"}},
    {.group = {"week(created_at)"},
     .measures = {"count()", "min(organization.name)", "max(stage.name)"}},
    {.group = {"organization.name"},
     .measures = {"count()", "count(organization.owner == me())"},
     .as_rep = true},
    {.where = "one_of(stage.name, 'Won', 'Lost')",
     .group = {"stage"},
     .measures = {"avg(amount)", "count() * 100 / 3"},
     .sort = {-2, 0},
     .sort_count = 2},
    {.group = {"stage.probability + 1"},
     .measures = {"sum(stage.probability)", "avg(stage.probability)", "sum(weighted)"}},
    {.group = {"stage.kind"},
     .measures = {"sum(amount, owner == me())", "count(amount > 100)", "min(closed_on, amount > 0)",
                  "avg(amount, stage.probability > 20)"}},
    {.measures = {"sum(stage.probability, amount > 0)", "min(stage.name)",
                  "max(organization.name, stage.kind == 'won')", "count(stage.kind == 'lost')"}},
    {.group = {"amount"}, .measures = {"count()", "sum(amount)", "max(amount)"}, .limit = 50},
    {.group = {"quarter(closed_on)", "week(created_at)"},
     .measures = {"count()", "sum(amount) / count()"}},
    {.where = "id == nil", .group = {"stage"}, .measures = {"count()"}},
};

static void both_engines_agree(void **state) {
    (void)state;
    struct company sqlite, postgres;
    open_company(&sqlite, STORE_SQLITE);
    open_company(&postgres, STORE_POSTGRES);
    for (size_t i = 0; i < COUNT_OF(questions); i++) {
        struct store_figures_result a, b;
        ask(&sqlite, &questions[i], &a);
        ask(&postgres, &questions[i], &b);
        size_t groups = 0, width = 0;
        while (groups < 3 && questions[i].group[groups])
            groups++;
        while (width < 4 && questions[i].measures[width])
            width++;
        width += groups;
        assert_int_equal(a.row_count, b.row_count);
        assert_int_equal(a.truncated, b.truncated);
        for (size_t k = 0; k < a.row_count * width; k++) {
            if (!value_equal(&a.cells[k], &b.cells[k])) fail_msg("question %zu, cell %zu", i, k);
        }
        for (size_t k = 0; k < a.row_count * groups; k++)
            assert_true(str_eq(a.titles[k], b.titles[k]));
    }
    test_store_close(&sqlite.t);
    test_store_close(&postgres.t);
}

static void counted_by_hand(void **state) {
    struct company c;
    struct store_figures_result result;
    open_company(&c, test_engine(state));
    int64_t counts[4] = {0}, sums[4] = {0},
            largest[4] = {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN};
    for (int64_t id = 1; id <= DEALS; id++) {
        struct deal d = deal_of(id);
        if (d.trashed) continue;
        counts[d.stage - 3001]++;
        if (!d.has_amount) continue;
        sums[d.stage - 3001] += d.amount;
        if (d.amount > largest[d.stage - 3001]) largest[d.stage - 3001] = d.amount;
    }
    ask(&c,
        &(struct question){.group = {"stage"},
                           .measures = {"count()", "sum(amount)", "max(amount)"},
                           .sort = {1},
                           .sort_count = 1},
        &result);
    assert_int_equal(result.row_count, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct value *cells = &result.cells[i * 4];
        int64_t at = cells[0].integer - 3001;
        assert_int_equal(cells[1].integer, counts[at]);
        assert_int_equal(cells[2].integer, sums[at]);
        assert_int_equal(cells[3].integer, largest[at]);
        assert_string_equal(cells[2].currency.code, "USD");
        if (i) assert_true(cells[1].integer >= cells[-3].integer);
        static const char *const names[] = {"New", "Offer", "Won", "Lost"};
        assert_true(str_is(result.titles[i], names[at]));
    }
    test_store_close(&c.t);
}

static void nothing_is_one_row_without_groups_and_none_with(void **state) {
    struct company c;
    struct store_figures_result result;
    open_company(&c, test_engine(state));
    ask(&c,
        &(struct question){.where = "id == nil",
                           .measures = {"count()", "sum(amount)", "avg(amount)"}},
        &result);
    assert_int_equal(result.row_count, 1);
    assert_int_equal(result.cells[0].integer, 0);
    assert_int_equal(result.cells[1].integer, 0);
    assert_int_equal(result.cells[2].type, VALUE_NIL);
    ask(&c, &(struct question){.where = "id == nil", .group = {"stage"}, .measures = {"count()"}},
        &result);
    assert_int_equal(result.row_count, 0);
    test_store_close(&c.t);
}

static void groups_sort_by_title_and_nil_first(void **state) {
    struct company c;
    struct store_figures_result result;
    open_company(&c, test_engine(state));
    ask(&c,
        &(struct question){
            .group = {"organization"}, .measures = {"count()"}, .sort = {0}, .sort_count = 1},
        &result);
    assert_int_equal(result.row_count, 4);
    assert_int_equal(result.cells[0].type, VALUE_NIL);
    assert_true(str_is(result.titles[1], "Zoo"));
    assert_true(str_is(result.titles[2], "Ёж"));
    assert_true(str_is(result.titles[3], "ежевика"));
    ask(&c,
        &(struct question){.group = {"organization"},
                           .measures = {"count()"},
                           .sort = {-1},
                           .sort_count = 1,
                           .limit = 3},
        &result);
    assert_true(result.truncated);
    assert_true(str_is(result.titles[0], "ежевика"));
    test_store_close(&c.t);
}

/* The index of a unique field is for finding by it, not for reading all living rows through. */
static void only_a_condition_on_a_unique_field_may_use_its_index(void **state) {
    struct company c;
    open_company(&c, test_engine(state));
    static const struct {
        const char *where;
        bool names;
    } conditions[] = {{"number == '7'", true},
                      {"amount > 5 and (closed_on == nil or external_id == 'K1')", true},
                      {"amount > 5 and stage.name == 'Won'", false},
                      {"stage.external_id == '7'", false}};
    struct store_query q = {.access = &c.manager, .from = c.deal};
    assert_false(query_names_unique(&q));
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        q.where = test_expr(&c.t, &c.manager, c.deal, conditions[i].where, EXPR_MODE_ROW);
        assert_int_equal(query_names_unique(&q), conditions[i].names);
    }
    struct value *row = test_row(&c.t, c.deal, 5001);
    test_set(c.deal, row, "number", value_text(STR("7")));
    test_set(c.deal, row, "stage", value_id(3003));
    test_insert(&c.t, c.deal, row);
    struct store_figures_result result;
    ask(&c,
        &(struct question){
            .where = "number == '7'", .group = {"stage.name"}, .measures = {"count()"}},
        &result);
    assert_int_equal(result.row_count, 1);
    assert_true(str_is(result.cells[0].text, "Won"));
    assert_int_equal(result.cells[1].integer, 1);
    test_store_close(&c.t);
}

static void sums_out_of_range_are_errors(void **state) {
    struct company c;
    open_company(&c, test_engine(state));
    for (int64_t id = 5001; id <= 5002; id++) {
        struct value *row = test_row(&c.t, c.deal, id);
        test_set(c.deal, row, "amount", test_money(INT64_MAX, "USD", INT64_MAX));
        test_insert(&c.t, c.deal, row);
    }
    const struct expr *measure =
        test_expr(&c.t, &c.manager, c.deal, "sum(amount)", EXPR_MODE_MEASURE);
    struct store_figures f = {
        .query = {.access = &c.manager, .from = c.deal}, .measures = &measure, .measure_count = 1};
    struct store_figures_result result;
    assert_int_equal(store_figures_run(c.t.reader, &f, &c.t.arena, &result, &c.t.err), CRM_RANGE);
    test_store_close(&c.t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_engines_agree),
        ON_BOTH(counted_by_hand),
        ON_BOTH(nothing_is_one_row_without_groups_and_none_with),
        ON_BOTH(groups_sort_by_title_and_nil_first),
        ON_BOTH(only_a_condition_on_a_unique_field_may_use_its_index),
        ON_BOTH(sums_out_of_range_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
