/* What expressions yield on one record: operators, functions, nil, money, dates and moments. */
#include "expr/sample.h"

struct fixture {
    struct arena arena;
    struct zone *zone;
    struct sample_row rows[8];
    struct value tree[2];
    struct sample_world world;
    struct expr_env env;
};

static void fill_deal(struct sample_row *r) {
    *r = (struct sample_row){.entity = SAMPLE_DEAL, .id = 100};
    sample_set(r, "id", value_id(100));
    sample_set(r, "name", sample_text("Ёлка и Café"));
    sample_set(r, "quantity", value_int(7));
    sample_set(r, "rate", value_decimal(2500000));
    sample_set(r, "factor", value_decimal(-333333));
    sample_set(r, "amount", sample_money(100000, "USD", 90005));
    sample_set(r, "active", value_bool(true));
    sample_set(r, "hot", value_bool(false));
    sample_set(r, "due_on", sample_date("2024-01-31"));
    sample_set(r, "made_at", sample_time("2024-03-31T22:30:00Z"));
    sample_set(r, "done_at", sample_time("2024-04-02T10:30:00Z"));
    sample_set(r, "owner", value_id(201));
    sample_set(r, "team", value_id(301));
    sample_set(r, "stage", value_id(401));
    sample_set(r, "organization", value_id(501));
    struct value emails[] = {sample_text("Anna@Example.org"), sample_text("post@firma.ru")};
    sample_set_list(r, "emails", emails, 2);
    struct value followers[] = {value_id(201), value_id(203)};
    sample_set_list(r, "followers", followers, 2);
}

static int set_up(void **state) {
    static struct fixture f;
    arena_init(&f.arena, SAMPLE_ARENA_BYTES);
    assert_int_equal(zone_open(STR("Europe/Moscow"), &f.zone, NULL), CRM_OK);
    fill_deal(&f.rows[0]);
    f.rows[1] = (struct sample_row){.entity = SAMPLE_USER, .id = 201};
    sample_set(&f.rows[1], "name", sample_text("Анна"));
    sample_set(&f.rows[1], "team", value_id(302));
    f.rows[2] = (struct sample_row){.entity = SAMPLE_STAGE, .id = 401};
    sample_set(&f.rows[2], "kind", sample_text("open"));
    sample_set(&f.rows[2], "probability", value_int(60));
    f.rows[3] = (struct sample_row){.entity = SAMPLE_ORG, .id = 501};
    struct value unrated = sample_money(500, "JPY", 0);
    unrated.has_base = false;
    sample_set(&f.rows[3], "revenue", unrated);
    sample_set(&f.rows[3], "founded_on", sample_date("1999-12-31"));
    f.tree[0] = value_id(301);
    f.tree[1] = value_id(302);
    f.world = (struct sample_world){.rows = f.rows, .count = 4, .row = &f.rows[0]};
    f.env = (struct expr_env){.get = sample_get,
                              .ctx = &f.world,
                              .arena = &f.arena,
                              .zone = f.zone,
                              .me = 201,
                              .my_team = 302,
                              .my_tree = f.tree,
                              .my_tree_count = 2,
                              .week_start = 1,
                              .fiscal_month = 1,
                              .base_digits = 2,
                              .base_currency = {"EUR"}};
    time_parse(STR("2024-03-31T21:00:00Z"), &f.env.now_ms); /* 2024-04-01 in Moscow */
    *state = &f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    zone_close(f->zone);
    arena_fini(&f->arena);
    return 0;
}

struct sample_case {
    const char *text, *expected;
};

static void check(struct fixture *f, const struct sample_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        BUF_CLEANUP struct buf found;
        buf_init(&found, 4096);
        struct value v = VALUE_OF_NIL;
        struct err err;
        err_clear(&err);
        crm_status status =
            expr_eval(sample_parse(&f->arena, cases[i].text, EXPR_MODE_ROW), &f->env, &v, &err);
        if (status == CRM_OK)
            sample_format(&v, f->env.base_digits, &found);
        else
            buf_printf(&found, "%s at %u", crm_status_word(status), err.column);
        if (str_is(buf_str(&found), cases[i].expected)) continue;
        print_error("%s\n  wanted %s, found %.*s\n", cases[i].text, cases[i].expected,
                    STR_ARG(buf_str(&found)));
        fail();
    }
}
#define CHECK(...)                                                                                 \
    do {                                                                                           \
        static const struct sample_case cases[] = {__VA_ARGS__};                                   \
        check(*state, cases, sizeof cases / sizeof cases[0]);                                      \
    } while (0)

static void test_logic(void **state) {
    CHECK({"true and false", "false"}, {"true and nil", "nil"}, {"false and 1", "nil"},
          {"true and 1", "1"}, {"nil and true", "nil"}, {"0 and 'x'", "'x'"}, {"'' and 2", "2"},
          {"nil or 3", "3"}, {"2 or 3", "2"}, {"false or false", "false"}, {"false or nil", "nil"},
          {"hot or active", "true"}, {"hot or quantity", "true"}, {"hot or percent", "false"},
          {"percent or 1.5", "decimal 1.5"}, {"quantity or 1.5", "decimal 7"},
          {"active and 'yes' or 'no'", "'yes'"}, {"hot and 'yes' or 'no'", "'no'"},
          {"not nil", "true"}, {"not 0", "false"}, {"not ''", "false"}, {"not hot", "true"},
          {"not not percent", "false"}, {"amount and name == 'x'", "false"},
          {"cost and name == 'x'", "nil"}, {"due_on or '2020-01-01'", "date 2024-01-31"},
          {"closed_on or '2020-01-01'", "date 2020-01-01"}, {"cost or 5", "money 5.00 EUR/5.00"},
          {"team == my_team() or owner == me()", "true"}, {"1 == 1 and 2 == 2 or nil", "true"});
}

static void test_equality(void **state) {
    CHECK({"nil == nil", "true"}, {"percent == nil", "true"}, {"quantity == nil", "false"},
          {"quantity ~= nil", "true"}, {"percent ~= 5", "true"}, {"percent == 5", "false"},
          {"quantity == 7", "true"}, {"quantity == 7.0", "true"}, {"quantity == 7.1", "false"},
          {"rate == 2.5", "true"}, {"name == 'ёлка и café'", "false"},
          {"name == 'Ёлка и Café'", "true"}, {"hot == false", "true"}, {"owner == \"201\"", "true"},
          {"owner == me()", "true"}, {"about == nil", "true"}, {"about == '1'", "false"},
          {"emails == nil", "false"}, {"organization.emails == nil", "true"},
          {"due_on == '2024-01-31'", "true"}, {"made_at == '2024-03-31T22:30:00Z'", "true"},
          {"made_at == '2024-04-01T01:30:00+03:00'", "true"}, {"stage.name == nil", "true"},
          {"organization.parent.name == nil", "true"}, {"percent == percent", "true"});
}

static void test_order(void **state) {
    CHECK({"quantity > 6.999999", "true"}, {"quantity <= 7", "true"}, {"percent > 1", "false"},
          {"percent <= 1", "false"}, {"not (percent > 1)", "true"}, {"nil < 1", "false"},
          {"'B' < 'a'", "true"}, {"'я' > 'Я'", "true"}, {"'a' < 'ab'", "true"},
          {"due_on < closed_on", "false"}, {"due_on < today()", "true"},
          {"made_at < now()", "false"}, {"made_at >= '2024-04-01'", "true"},
          {"made_at >= '2024-04-02'", "false"}, {"today() == '2024-04-01'", "true"},
          {"now() == '2024-04-01'", "true"}, {"due_on > made_at", "false"},
          {"9223372036854775807 > 9223372036854.5", "true"},
          {"9223372036854775807 == 9223372036854775807", "true"});
}

static void test_money(void **state) {
    CHECK({"amount", "money 1000.00 USD/900.05"}, {"cost", "nil"}, {"amount == nil", "false"},
          {"cost == nil", "true"}, {"organization.revenue", "nil"},
          {"organization.revenue == nil", "false"}, {"nil ~= organization.revenue", "true"},
          {"organization.revenue == cost", "true"},
          {"organization.revenue == coalesce(cost, nil)", "true"},
          {"not organization.revenue", "true"}, {"amount == 900.05", "true"},
          {"amount > 900.05", "false"}, {"amount > 900.0499", "true"}, {"amount < 900.051", "true"},
          {"900 < amount", "true"}, {"amount + amount", "money 2000.00 USD/1800.10"},
          {"amount - coalesce(cost, 1)", "money 899.05 EUR/899.05"}, {"amount + cost", "nil"},
          {"amount * 0.333333", "money 333.33 USD/300.02"},
          {"2 * amount", "money 2000.00 USD/1800.10"}, {"amount * 0.1", "money 100.00 USD/90.01"},
          {"amount / 2", "money 500.00 USD/450.02"}, {"amount / 10", "money 100.00 USD/90.00"},
          {"amount / 0.5", "money 2000.00 USD/1800.10"}, {"amount / amount", "decimal 1"},
          {"amount / 0", "nil"}, {"amount / coalesce(cost, 0)", "nil"},
          {"-amount", "money -1000.00 USD/-900.05"}, {"abs(-amount)", "money 1000.00 USD/900.05"},
          {"round(amount)", "money 1000.00 USD/900.00"},
          {"round(amount, 1)", "money 1000.00 USD/900.10"},
          {"floor(-amount)", "money -1000.00 USD/-901.00"},
          {"max_of(amount, 900)", "money 1000.00 USD/900.05"},
          {"max_of(amount, 1000)", "money 1000.00 EUR/1000.00"},
          {"if_else(hot, amount, 0)", "money 0.00 EUR/0.00"}, {"one_of(amount, 1, 900.05)", "true"},
          {"one_of(amount, nil)", "false"}, {"one_of(organization.revenue, nil)", "true"},
          {"amount * stage.probability / 100", "money 600.00 USD/540.03"});
}

static void test_arithmetic(void **state) {
    CHECK({"1 + 2 * 3", "7"}, {"(1 + 2) * 3", "9"}, {"7 - 2 - 1", "4"}, {"-quantity", "-7"},
          {"- -1", "1"}, {"1 + 0.5", "decimal 1.5"}, {"quantity * rate", "decimal 17.5"},
          {"rate * rate", "decimal 6.25"}, {"0.000001 * 0.5", "decimal 0"},
          {"0.000003 * 0.5", "decimal 0.000002"}, {"1 / 3", "decimal 0.333333"},
          {"2 / 3", "decimal 0.666667"}, {"1 / 2000000", "decimal 0"},
          {"3 / 2000000", "decimal 0.000002"}, {"-3 / 2000000", "decimal -0.000002"},
          {"7 / 0.5", "decimal 14"}, {"0.5 / 2", "decimal 0.25"}, {"1.5 / 0.5", "decimal 3"},
          {"1 / 0", "nil"}, {"1.5 / 0.0", "nil"}, {"percent + 1", "nil"}, {"1 - percent", "nil"},
          {"-percent", "nil"}, {"percent * 0", "nil"}, {"percent / 0", "nil"},
          {"abs(factor)", "decimal 0.333333"}, {"round(2.5)", "3"}, {"round(-2.5)", "-3"},
          {"round(2.4)", "2"}, {"round(1.2345, 2)", "decimal 1.23"},
          {"round(1.235, 2)", "decimal 1.24"}, {"round(quantity, 2)", "7"}, {"floor(-0.5)", "-1"},
          {"floor(2.9)", "2"}, {"floor(quantity)", "7"}, {"min_of(3, 2.5)", "decimal 2.5"},
          {"max_of(percent, 2, quantity)", "7"}, {"min_of(percent, percent)", "nil"},
          {"coalesce(percent, 1.5)", "decimal 1.5"}, {"coalesce(nil, nil)", "nil"},
          {"if_else(percent, 1, 2)", "2"}, {"days(2.9)", "2"}, {"days(-2.1)", "-3"},
          {"days(5)", "5"}, {"abs(nil or percent)", "nil"});
}

static void test_overflow(void **state) {
    CHECK({"9223372036854775807 + 1", "range at 21"}, {"-9223372036854775807 - 2", "range at 22"},
          {"4611686018427387904 * 2", "range at 21"}, {"9223372036854775807 / 0.5", "range at 21"},
          {"9223372036854775807 + 0.5", "range at 1"},
          {"amount * 9223372036854775807", "range at 8"},
          {"date_add(due_on, 99999999, 'day')", "range at 1"}, {"due_on + 99999999", "range at 8"},
          {"due_on - 9223372036854775807", "range at 8"},
          {"date_add(due_on, -3000, 'year')", "range at 1"},
          {"abs(-9223372036854775807 - 1)", "range at 1"},
          {"coalesce(cost, 9223372036854775807)", "range at 16"},
          {"true or 9223372036854775807 + 1", "true"},
          {"if_else(true, 1, 9223372036854775807 + 1)", "1"});
}

static void test_text(void **state) {
    CHECK({"name .. '!'", "'Ёлка и Café!'"}, {"'a' .. 1 .. 2.50", "'a12.5'"},
          {"'due ' .. due_on", "'due 2024-01-31'"}, {"name .. note", "nil"},
          {"'a' .. 'b' .. 'c'", "'abc'"}, {"len(name)", "11"}, {"len('')", "0"},
          {"len(note)", "nil"}, {"len(emails)", "2"}, {"len(organization.emails)", "0"},
          {"len(my_tree())", "2"}, {"lower(name)", "'елка и cafe'"}, {"lower(note)", "nil"},
          {"contains(name, 'ЕЛКА')", "true"}, {"contains(name, 'CAFÉ')", "true"},
          {"contains(name, 'cafe')", "true"}, {"contains(name, 'кофе')", "false"},
          {"contains(name, '')", "true"}, {"contains(note, '')", "false"},
          {"contains(name, note)", "false"}, {"starts_with(name, 'ё')", "true"},
          {"starts_with(name, 'лка')", "false"}, {"contains(emails, 'EXAMPLE')", "true"},
          {"contains(emails, 'zzz')", "false"}, {"starts_with(emails, 'POST')", "true"},
          {"contains(organization.emails, '')", "false"}, {"not contains(note, 'x')", "true"},
          {"'\\u{41}\\65\\x42\\z   c\\n'", "'AABc\n'"}, {"contains('ABC', 'b')", "true"});
}

static void test_sets(void **state) {
    CHECK({"one_of(stage.kind, 'won', 'open')", "true"},
          {"one_of(stage.kind, 'won', 'lost')", "false"}, {"one_of(percent, 1, nil)", "true"},
          {"one_of(percent, 1, 2)", "false"}, {"one_of(team, my_tree())", "true"},
          {"one_of(about, my_tree())", "false"}, {"one_of(team, '7', my_tree())", "true"},
          {"one_of(owner.team, my_team())", "true"}, {"one_of(followers, '203')", "true"},
          {"one_of(followers, '204', '205')", "false"}, {"one_of(me(), followers)", "true"},
          {"one_of('203', followers)", "true"}, {"one_of(organization.emails, nil)", "false"},
          {"one_of(emails, 'post@firma.ru')", "true"}, {"one_of(emails, 'POST@firma.ru')", "false"},
          {"one_of(due_on, '2024-01-31')", "true"},
          {"one_of(made_at, '2024-01-31', '2024-03-31T22:30:00Z')", "true"},
          {"one_of(quantity, 1.5, 7.0)", "true"},
          {"one_of(due_on, now(), '2024-01-30T21:00:00Z')", "true"},
          {"one_of(active, true)", "true"});
}

static void test_dates(void **state) {
    CHECK({"due_on + 1", "date 2024-02-01"}, {"1 + due_on", "date 2024-02-01"},
          {"due_on - 31", "date 2023-12-31"}, {"due_on - '2024-01-01'", "30"},
          {"closed_on - due_on", "nil"}, {"done_at - made_at", "decimal 1.5"},
          {"days(done_at - made_at)", "1"}, {"made_at - due_on", "decimal 61.0625"},
          {"day(made_at)", "date 2024-04-01"}, {"month(made_at)", "date 2024-04-01"},
          {"month(due_on)", "date 2024-01-01"}, {"week(due_on)", "date 2024-01-29"},
          {"quarter(due_on)", "date 2024-01-01"}, {"year(due_on)", "date 2024-01-01"},
          {"year('2024-07-05')", "date 2024-01-01"}, {"day(due_on)", "date 2024-01-31"},
          {"month(closed_on)", "nil"}, {"date_add(due_on, 1, 'month')", "date 2024-02-29"},
          {"date_add(due_on, -1, 'quarter')", "date 2023-10-31"},
          {"date_add(due_on, 1, 'year')", "date 2025-01-31"},
          {"date_add(due_on, 2, 'week')", "date 2024-02-14"},
          {"date_add(due_on, percent, 'day')", "nil"}, {"date_add(closed_on, 1, 'day')", "nil"},
          {"date_add('2023-02-28', 1, 'day')", "date 2023-03-01"},
          {"month(due_on) == '2024-01-01'", "true"}, {"today()", "date 2024-04-01"},
          {"now()", "time 2024-03-31T21:00:00Z"},
          {"max_of(due_on, made_at)", "time 2024-03-31T22:30:00Z"},
          {"min_of(due_on, made_at)", "time 2024-01-30T21:00:00Z"},
          {"coalesce(closed_on, today() - 7)", "date 2024-03-25"});
}

static void test_calendar_settings(void **state) {
    struct fixture *f = *state;
    f->env.week_start = 7;
    f->env.fiscal_month = 4;
    CHECK({"week(due_on)", "date 2024-01-28"}, {"quarter(due_on)", "date 2024-01-01"},
          {"year(due_on)", "date 2023-04-01"}, {"year(today())", "date 2024-04-01"});
    f->env.week_start = 1;
    f->env.fiscal_month = 1;
}

static void test_nobody(void **state) {
    struct fixture *f = *state;
    struct expr_env env = f->env;
    f->env.me = f->env.my_team = 0;
    f->env.my_tree_count = 0;
    CHECK({"me()", "nil"}, {"my_team()", "nil"}, {"my_tree() == nil", "true"},
          {"owner == me()", "false"}, {"one_of(team, my_tree())", "false"},
          {"about == my_team()", "true"}, {"len(my_tree())", "0"});
    f->env = env;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logic),      cmocka_unit_test(test_equality),
        cmocka_unit_test(test_order),      cmocka_unit_test(test_money),
        cmocka_unit_test(test_arithmetic), cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_text),       cmocka_unit_test(test_sets),
        cmocka_unit_test(test_dates),      cmocka_unit_test(test_calendar_settings),
        cmocka_unit_test(test_nobody),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
