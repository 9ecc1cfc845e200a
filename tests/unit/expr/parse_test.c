/* Parsing and checking: what is refused, with which message, at which column; limits; precedence.
 */
#include <stdlib.h>

#include "expr/sample.h"

struct refusal {
    const char *text, *code;
    uint32_t column;
    const char *quoted; /* must stand in the message */
};

/* An argument that the error did not bring stays as {1}. */
static bool has_gap(const char *message) {
    for (const char *at = strchr(message, '{'); at; at = strchr(at + 1, '{'))
        if (at[1] >= '0' && at[1] <= '9' && at[2] == '}') return true;
    return false;
}

static void check_refusals(enum expr_mode mode, const struct refusal *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct refusal *r = &cases[i];
        struct arena a;
        struct err err;
        const struct expr *e = NULL;
        BUF_CLEANUP struct buf message;
        arena_init(&a, SAMPLE_ARENA_BYTES);
        err_clear(&err);
        buf_init(&message, 4096);
        crm_status status = expr_parse(&a, str_from(r->text), &sample_scope, mode, &e, &err);
        arena_fini(&a);
        if (status != CRM_INVALID) fail_msg("%s: status %d", r->text, status);
        err_format(&err, LANGUAGE_EN, &message);
        if (strcmp(err.text.code, r->code) != 0 || err.column != r->column)
            fail_msg("%s: %s at %u: %s", r->text, err.text.code, err.column, message.ptr);
        if (r->quoted && str_find(buf_str(&message), str_from(r->quoted)) == SIZE_MAX)
            fail_msg("%s: “%s” is not in: %s", r->text, r->quoted, message.ptr);
        if (has_gap(message.ptr)) fail_msg("%s: an argument is missing: %s", r->text, message.ptr);
        buf_clear(&message);
        err_format(&err, LANGUAGE_RU, &message);
        if (has_gap(message.ptr)) fail_msg("%s: an argument is missing: %s", r->text, message.ptr);
        assert_null(e);
    }
}
#define REFUSED(mode, ...)                                                                         \
    do {                                                                                           \
        static const struct refusal cases[] = {__VA_ARGS__};                                       \
        check_refusals(mode, cases, sizeof cases / sizeof cases[0]);                               \
    } while (0)
#define ROW(...) REFUSED(EXPR_MODE_ROW, __VA_ARGS__)

static void test_lexis(void **state) {
    (void)state;
    ROW({"", "empty", 1, "amount"}, {"  \n", "empty", 1, NULL},
        {"quantity != 1", "bad_operator", 10, "~="}, {"quantity <> 1", "bad_operator", 10, "~="},
        {"quantity = 1", "bad_operator", 10, "=="}, {"active && hot", "bad_operator", 8, "and"},
        {"active || hot", "bad_operator", 8, "or"}, {"!active", "bad_operator", 1, "not"},
        {"quantity ≥ 1", "bad_operator", 10, ">="}, {"quantity % 2", "no_operator", 10, "%"},
        {"2 ^ 2", "no_operator", 3, "^"}, {"7 // 2", "no_operator", 3, "//"},
        {"#name", "no_operator", 1, "#"}, {"1 -- x", "comment", 3, NULL},
        {"if active then 1 end", "lua_word", 1, "if"}, {"[[x]] == name", "long_text", 1, NULL},
        {"name == “x”", "quotes", 9, "“"}, {"12x", "number_form", 1, "12x"},
        {"12.", "number_form", 1, "12."}, {".5", "number_form", 1, ".5"},
        {"0x10", "number_form", 1, "0x10"}, {"1e3", "number_form", 1, "1e3"},
        {"0.1234567", "number_places", 1, "six"}, {"9223372036854775808", "number_range", 1, NULL},
        {"9999999999999.5", "number_range", 1, NULL}, {"name == 'x", "text_open", 9, "'"},
        {"name == 'x\ny'", "text_open", 9, NULL}, {"'\\q'", "text_escape", 2, "\\q"},
        {"'ёё\\u{110000}'", "text_escape", 4, NULL}, {"'\\xZZ'", "text_escape", 2, NULL},
        {"'\\999'", "text_escape", 2, NULL}, {"'\\xff'", "text_invalid", 1, NULL},
        {"'\\u{D800}'", "text_invalid", 1, NULL}, {"'\\0'", "text_invalid", 1, NULL},
        {"quantity @ 1", "bad_character", 10, "@"}, {"ёлка", "bad_character", 1, "ё"},
        {"name == 'ёлка' $", "bad_character", 16, "$"}, {"quantity ~ 1", "bad_character", 10, "~"});
}

static void test_syntax(void **state) {
    (void)state;
    ROW({"1 +", "ended", 4, NULL}, {"quantity >", "ended", 11, NULL},
        {"(1 + 2", "close_missing", 1, NULL}, {"(1 + 2, 3)", "close_wanted", 7, ","},
        {"abs(1", "close_missing", 4, NULL}, {"1 2", "operator_wanted", 3, "2"},
        {"quantity 5", "operator_wanted", 10, "5"}, {"1)", "operator_wanted", 2, ")"},
        {"* 2", "value_wanted", 1, "*"}, {"1 + * 2", "value_wanted", 5, "*"},
        {"()", "value_wanted", 2, ")"}, {"one_of(team,)", "value_wanted", 13, ")"},
        {"stage.", "ended", 7, NULL}, {"stage.(1)", "name_wanted", 7, "("},
        {"stage.1", "number_form", 6, ".1"}, {"not", "ended", 4, NULL},
        {"active and", "ended", 11, NULL});
}

static void test_names(void **state) {
    (void)state;
    ROW({"amonut > 1", "similar_field", 1, "amount"}, {"zzz > 1", "unknown_field", 1, "zzz"},
        {"stage.kine == 'x'", "similar_field", 7, "kind"},
        {"1 + owner.zz", "unknown_field", 11, "zz"},
        {"tody() == due_on", "similar_function", 1, "today"},
        {"frobnicate(1)", "unknown_function", 1, "frobnicate"},
        {"amount(1)", "field_called", 1, "amount"},
        {"due_on < today", "function_bare", 10, "today(...)"},
        {"name.first == 'x'", "no_fields", 6, "text"},
        {"about.name == 'x'", "any_fields", 7, "about"},
        {"followers.name == 'x'", "list_fields", 11, "one_of"},
        {"organization.parent.parent.parent.parent.parent.name", "path_long", 1, "6"});
}

static void test_types(void **state) {
    (void)state;
    ROW({"quantity == 'x'", "compare_types", 10, "integer"},
        {"name > 5", "compare_types", 6, "text"}, {"active == 1", "compare_types", 8, "boolean"},
        {"year(due_on) == 2017", "compare_period", 14, "year()"},
        {"2 < month(due_on)", "compare_period", 3, "month()"},
        {"owner == 5", "compare_id", 7, NULL}, {"owner == team", "compare_entities", 7, NULL},
        {"owner == 'anna'", "id_literal", 10, "anna"},
        {"emails == 'x'", "compare_list", 8, "one_of"}, {"emails < nil", "compare_list", 8, NULL},
        {"1 < quantity < 3", "compare_chain", 14, "and"},
        {"active < hot", "order_type", 8, "boolean"}, {"owner > me()", "order_type", 7, "ref"},
        {"due_on > '2024-02-30'", "date_literal", 10, "2024-02-30"},
        {"made_at == 'yesterday'", "date_literal", 12, "yesterday"},
        {"one_of(due_on, '2024-01-01', 'x')", "date_literal", 30, "x"},
        {"coalesce(due_on, '')", "date_literal", 18, "\"\""},
        {"amount + 1", "money_number", 8, "+"}, {"1 - amount", "money_number", 3, "-"},
        {"amount * amount", "arithmetic_types", 8, "money"},
        {"1 / amount", "arithmetic_types", 3, NULL}, {"now() - 7", "time_number", 7, "today()"},
        {"due_on + 0.5", "date_days", 8, NULL}, {"due_on + due_on", "arithmetic_types", 8, "date"},
        {"due_on * 2", "arithmetic_types", 8, NULL}, {"5 - due_on", "arithmetic_types", 3, NULL},
        {"name + 1", "arithmetic_types", 6, "text"}, {"-name", "negate_type", 1, "text"},
        {"-due_on", "negate_type", 1, "date"}, {"name .. owner", "concat_type", 6, "ref"},
        {"active .. 'x'", "concat_type", 8, "boolean"});
}

static void test_calls(void **state) {
    (void)state;
    ROW({"today(1)", "argument_count", 1, "0"}, {"one_of(team)", "argument_count", 1, "2+"},
        {"round(1, 2, 3)", "argument_count", 1, "1-2"},
        {"contains(quantity, 'x')", "argument_type", 10, "text"},
        {"contains(name, 5)", "argument_type", 16, "integer"},
        {"contains(followers, 'x')", "argument_type", 10, "list"},
        {"lower(1)", "argument_type", 7, NULL}, {"len(5)", "argument_type", 5, NULL},
        {"abs(name)", "argument_type", 5, "decimal"},
        {"round(1.5, quantity)", "argument_places", 12, NULL},
        {"round(1.5, 7)", "argument_places", 12, NULL},
        {"round(1.5, -1)", "argument_places", 12, NULL},
        {"min_of(1, 'x')", "argument_mixed", 1, "text"},
        {"min_of(active, hot)", "argument_type", 8, NULL},
        {"coalesce(name, 1)", "argument_mixed", 1, "integer"},
        {"coalesce(owner, team)", "argument_mixed", 1, "ref"},
        {"coalesce(amount, quantity)", "argument_mixed", 1, "money"},
        {"if_else(active, 1, 'x')", "argument_mixed", 1, NULL},
        {"coalesce(emails, emails)", "argument_mixed", 1, "list"},
        {"month(5)", "argument_type", 7, "date"}, {"month('x')", "date_literal", 7, NULL},
        {"date_add(due_on, 1, 'hour')", "argument_unit", 21, "quarter"},
        {"date_add(due_on, 1, name)", "argument_unit", 21, NULL},
        {"date_add(due_on, 0.5, 'day')", "argument_type", 18, "integer"},
        {"date_add(made_at, 1, 'day')", "argument_type", 10, "time"},
        {"days(due_on)", "argument_type", 6, "decimal"},
        {"one_of(team, 5)", "compare_id", 14, NULL}, {"one_of(name, 1)", "compare_types", 14, NULL},
        {"sum(amount)", "aggregate_row", 1, "sum"}, {"count()", "aggregate_row", 1, "count"});
}

static void test_measures(void **state) {
    (void)state;
    REFUSED(
        EXPR_MODE_MEASURE, {"amount", "field_bare", 1, "max(amount)"},
        {"sum(amount) + quantity", "field_bare", 15, "quantity"},
        {"sum(sum(amount))", "aggregate_nested", 5, "sum"},
        {"sum(quantity, count() > 1)", "aggregate_nested", 15, NULL},
        {"sum(name)", "argument_type", 5, "money"}, {"sum(active)", "aggregate_bool", 5, "count"},
        {"avg(due_on)", "argument_type", 5, NULL}, {"min(active)", "aggregate_bool", 5, NULL},
        {"max(owner)", "argument_type", 5, "ref"},
        {"count_distinct(emails)", "argument_type", 16, "list"},
        {"percentile(amount, 2)", "argument_share", 20, NULL},
        {"percentile(amount, rate)", "argument_share", 20, NULL},
        {"sum()", "argument_count", 1, "1-2"}, {"count(active, hot)", "argument_count", 1, "0-1"},
        {"percentile(amount)", "argument_count", 1, "2-3"},
        {"sum(amount) + 1", "money_number", 13, NULL},
        {"avg(amount) > 'x'", "compare_types", 13, NULL});
}

/* `count` copies of `part` between two ends. */
static char *repeated(const char *before, const char *part, size_t count, const char *after) {
    size_t each = strlen(part), head = strlen(before), tail = strlen(after);
    char *text = malloc(head + each * count + tail + 1);
    assert_non_null(text);
    memcpy(text, before, head);
    for (size_t i = 0; i < count; i++)
        memcpy(text + head + i * each, part, each);
    memcpy(text + head + each * count, after, tail + 1);
    return text;
}

static void expect_code(char *text, const char *code) {
    struct arena a;
    struct err err;
    const struct expr *e = NULL;
    arena_init(&a, SAMPLE_ARENA_BYTES);
    err_clear(&err);
    crm_status status = expr_parse(&a, str_from(text), &sample_scope, EXPR_MODE_ROW, &e, &err);
    if (code)
        assert_string_equal(err.text.code ? err.text.code : "none", code);
    else
        assert_int_equal(status, CRM_OK);
    arena_fini(&a);
    free(text);
}

static void test_limits(void **state) {
    (void)state;
    expect_code(repeated("", "(", EXPR_MAX_DEPTH, ""), "ended");
    expect_code(repeated("", "(", EXPR_MAX_DEPTH + 1, ""), "too_deep");
    expect_code(repeated("", "not ", EXPR_MAX_DEPTH, "active"), NULL);
    expect_code(repeated("", "not ", EXPR_MAX_DEPTH + 1, "active"), "too_deep");
    expect_code(repeated("", "abs(", EXPR_MAX_DEPTH + 1, "1"), "too_deep");
    expect_code(repeated("1", "+1", EXPR_MAX_NODES / 2 - 1, ""), NULL);
    expect_code(repeated("1", "+1", EXPR_MAX_NODES / 2, ""), "too_many");
    expect_code(repeated("''", "..''", EXPR_MAX_NODES / 2, ""), "too_many");
    expect_code(repeated("1", " ", EXPR_MAX_BYTES, ""), "too_long");
    expect_code(repeated("1", " ", EXPR_MAX_BYTES - 1, ""), NULL);
    expect_code(repeated("name == '", "x", 1, "\xff'"), "not_utf8");
}

/* ---- kept conditions ------------------------------------------------------------------------ */

static crm_status sample_kept(void *ctx, struct arena *a, struct str name, struct str *ret,
                              struct err *err) {
    static const char *const kept[][2] = {
        {"big", "amount > 1000"},
        {"named", "name"},
        {"both", "in_segment('big') or in_segment('named')"},
        {"self", "in_segment('self')"},
        {"here", "active and in_segment('there')"},
        {"there", "not in_segment('here')"},
        {"twice", "in_segment('big') and (in_segment('twice') or active)"},
        {"broken", "amount >"},
        {"other", "secret > 1"},
    };
    (void)a;
    (void)err;
    ++*(size_t *)ctx;
    if (str_is(name, "same")) return CRM_CONFLICT;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        if (!str_is(name, kept[i][0])) continue;
        *ret = str_from(kept[i][1]);
        return CRM_OK;
    }
    return CRM_NOT_FOUND;
}

static const char *parse_kept_code(struct arena *a, const char *text, enum expr_mode mode,
                                   const struct expr **ret) {
    static struct err err;
    size_t asked = 0;
    struct expr_scope scope = sample_scope;
    scope.kept = sample_kept;
    scope.kept_ctx = &asked;
    err_clear(&err);
    if (expr_parse(a, str_from(text), &scope, mode, ret, &err) == CRM_OK) return NULL;
    assert_true(asked <= EXPR_MAX_KEPT);
    return err.text.code ? err.text.code : "none";
}

static void test_kept(void **state) {
    (void)state;
    static const struct {
        const char *text, *code;
    } cases[] = {
        {"in_segment('big')", NULL},
        {"active ~= true and not in_segment('both')", NULL},
        {"in_segment('self')", "too_deep"},
        {"in_segment('here')", "too_deep"},
        {"in_segment('twice')", "too_deep"},
        {"in_segment('broken')", "ended"},
        {"in_segment('other')", "unknown_field"},
        {"in_segment('same')", "kept_several"},
        {"in_segment('nobody')", "kept_unknown"},
        {"in_segment(name)", "kept_name"},
        {"in_segment(1)", "kept_name"},
        {"in_segment('big', 'big')", "close_wanted"},
        {"in_segment('big'", "close_missing"},
        {"in_segment()", "kept_name"},
    };
    struct arena a;
    arena_init(&a, SAMPLE_ARENA_BYTES);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct expr *e = NULL;
        const char *code = parse_kept_code(&a, cases[i].text, EXPR_MODE_ROW, &e);
        if ((code == NULL) != (cases[i].code == NULL) || (code && strcmp(code, cases[i].code) != 0))
            fail_msg("%s: %s", cases[i].text, code ? code : "taken");
        if (e && (e->type.type != VALUE_BOOL || !e->never_nil)) fail_msg("%s", cases[i].text);
    }
    const struct expr *e = NULL;
    assert_null(parse_kept_code(&a, "count(in_segment('big'))", EXPR_MODE_MEASURE, &e));
    assert_string_equal(parse_kept_code(&a, "in_segment('big')", EXPR_MODE_MEASURE, &e),
                        "field_bare");
    arena_fini(&a);
    char *many = repeated("in_segment('big')", " or in_segment('big')", EXPR_MAX_KEPT, "");
    arena_init(&a, SAMPLE_ARENA_BYTES);
    assert_string_equal(parse_kept_code(&a, many, EXPR_MODE_ROW, &e), "kept_many");
    arena_fini(&a);
    free(many);
    expect_code(repeated("", "", 0, "in_segment('big')"), "kept_elsewhere");
}

static void test_exhausted_arena(void **state) {
    (void)state;
    const char *text = "one_of(stage.kind, 'won', 'lost') and (amount > 1000 or contains(name, "
                       "'x')) and due_on < today() + 7";
    bool parsed = false;
    for (size_t bytes = 0; !parsed && bytes < 1 << 20; bytes += 256) {
        struct arena a;
        struct err err;
        const struct expr *e = NULL;
        arena_init(&a, bytes);
        err_clear(&err);
        crm_status status = expr_parse(&a, str_from(text), &sample_scope, EXPR_MODE_ROW, &e, &err);
        assert_true(status == CRM_OK || status == CRM_NO_MEMORY);
        assert_true((status == CRM_OK) == (e != NULL));
        parsed = status == CRM_OK;
        arena_fini(&a);
    }
    assert_true(parsed);
}

static uint64_t next_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* Words in any order: refused or evaluated, never anything else. */
static void test_random_words(void **state) {
    (void)state;
    static const char *const words[] = {"and",
                                        "or",
                                        "not",
                                        "nil",
                                        "true",
                                        "(",
                                        ")",
                                        ",",
                                        ".",
                                        "..",
                                        "==",
                                        "~=",
                                        "<",
                                        ">=",
                                        "+",
                                        "-",
                                        "*",
                                        "/",
                                        "1",
                                        "2.5",
                                        "'x'",
                                        "\"\"",
                                        "amount",
                                        "name",
                                        "due_on",
                                        "made_at",
                                        "emails",
                                        "quantity",
                                        "rate",
                                        "active",
                                        "owner",
                                        "stage",
                                        "one_of(",
                                        "abs(",
                                        "len(",
                                        "round(",
                                        "month(",
                                        "if_else(",
                                        "coalesce(",
                                        "date_add(",
                                        "me()",
                                        "today()",
                                        "'2024-01-31'",
                                        "contains(",
                                        "min_of(",
                                        "days(",
                                        "lower(",
                                        "my_tree()",
                                        "kind",
                                        "9223372036854775807"};
    uint64_t seed = 42;
    struct sample_row row = {.entity = SAMPLE_DEAL, .id = 1};
    struct sample_world w = {.row = &row};
    struct arena a;
    arena_init(&a, SAMPLE_ARENA_BYTES);
    size_t accepted = 0;
    for (int i = 0; i < 60000; i++) {
        BUF_CLEANUP struct buf text;
        buf_init(&text, 1024);
        for (uint64_t n = next_random(&seed) % 9 + 1; n > 0; n--)
            buf_printf(&text, "%s ", words[next_random(&seed) % (sizeof words / sizeof words[0])]);
        const struct expr *e = NULL;
        struct err err;
        struct value v;
        struct expr_env env = {
            .get = sample_get, .ctx = &w, .arena = &a, .week_start = 1, .fiscal_month = 1};
        err_clear(&err);
        arena_reset(&a);
        crm_status status = expr_parse(&a, buf_str(&text), &sample_scope, EXPR_MODE_ROW, &e, &err);
        if (status != CRM_OK) {
            if (status != CRM_INVALID || err.column == 0)
                fail_msg("%s: status %d", text.ptr, status);
            continue;
        }
        accepted++;
        status = expr_eval(e, &env, &v, &err);
        if (status != CRM_OK && status != CRM_RANGE) fail_msg("%s: status %d", text.ptr, status);
        if (status == CRM_OK && e->never_nil && v.type == VALUE_NIL)
            fail_msg("%s is nil", text.ptr);
        if (status == CRM_OK && v.type != VALUE_NIL && v.type != e->type.type)
            fail_msg("%s has another type", text.ptr);
    }
    assert_true(accepted > 500);
    arena_fini(&a);
}

static const struct expr *parse_in(struct arena *a, const char *text) {
    return sample_parse(a, text, EXPR_MODE_ROW);
}

static void test_precedence(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, SAMPLE_ARENA_BYTES);
    const struct expr *e = parse_in(&a, "active or hot and not active");
    assert_int_equal(e->op, EXPR_OR);
    assert_int_equal(e->pair.right->op, EXPR_AND);
    assert_int_equal(e->pair.right->pair.right->op, EXPR_NOT);
    e = parse_in(&a, "1 + 2 * quantity == 3 and active");
    assert_int_equal(e->op, EXPR_AND);
    assert_int_equal(e->pair.left->op, EXPR_EQ);
    assert_int_equal(e->pair.left->pair.left->op, EXPR_ADD);
    e = parse_in(&a, "name .. 1 + 2 .. note");
    assert_int_equal(e->op, EXPR_CONCAT);
    assert_int_equal(e->pair.left->op, EXPR_PATH);
    assert_int_equal(e->pair.right->pair.left->op, EXPR_ADD);
    e = parse_in(&a, "not active == hot");
    assert_int_equal(e->op, EXPR_EQ);
    e = parse_in(&a, "-quantity * 2");
    assert_int_equal(e->op, EXPR_MUL);
    e = parse_in(&a, "10 - 4 - 3");
    assert_int_equal(e->pair.left->op, EXPR_SUB);
    assert_int_equal(e->column, 8);
    arena_fini(&a);
}

static void test_typing(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum value_type type;
        bool never_nil;
    } cases[] = {{"1 + 1", VALUE_INT, true},
                 {"quantity + 1", VALUE_INT, false},
                 {"1 + 0.5", VALUE_DECIMAL, true},
                 {"1 / 2", VALUE_DECIMAL, true},
                 {"1 / 0", VALUE_DECIMAL, false},
                 {"1 / quantity", VALUE_DECIMAL, false},
                 {"amount * 2", VALUE_MONEY, false},
                 {"amount / cost", VALUE_DECIMAL, false},
                 {"due_on - closed_on", VALUE_INT, false},
                 {"made_at - done_at", VALUE_DECIMAL, false},
                 {"quantity == 1", VALUE_BOOL, true},
                 {"active and hot", VALUE_BOOL, false},
                 {"active and 1", VALUE_INT, false},
                 {"active or 1", VALUE_BOOL, true},
                 {"quantity or 1", VALUE_INT, true},
                 {"quantity or rate", VALUE_DECIMAL, false},
                 {"active and emails", VALUE_BOOL, false},
                 {"coalesce(quantity, 1)", VALUE_INT, true},
                 {"if_else(active, quantity, 1)", VALUE_INT, false},
                 {"one_of(name, 'x')", VALUE_BOOL, true},
                 {"len(emails)", VALUE_INT, true},
                 {"len(name)", VALUE_INT, false},
                 {"round(rate)", VALUE_INT, false},
                 {"round(rate, 2)", VALUE_DECIMAL, false},
                 {"today()", VALUE_DATE, true},
                 {"me()", VALUE_ID, false},
                 {"my_tree()", VALUE_LIST, false},
                 {"nil", VALUE_NIL, false},
                 {"coalesce(due_on, made_at)", VALUE_TIME, false},
                 {"amount or 0", VALUE_MONEY, true},
                 {"month(made_at)", VALUE_DATE, false},
                 {"not emails", VALUE_BOOL, true}};
    struct arena a;
    arena_init(&a, SAMPLE_ARENA_BYTES);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct expr *e = parse_in(&a, cases[i].text);
        if (e->type.type != cases[i].type || e->never_nil != cases[i].never_nil)
            fail_msg("%s: %s, never nil %d", cases[i].text, value_type_name(e->type.type),
                     e->never_nil);
    }
    arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lexis),        cmocka_unit_test(test_syntax),
        cmocka_unit_test(test_names),        cmocka_unit_test(test_types),
        cmocka_unit_test(test_calls),        cmocka_unit_test(test_measures),
        cmocka_unit_test(test_limits),       cmocka_unit_test(test_exhausted_arena),
        cmocka_unit_test(test_random_words), cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_typing),       cmocka_unit_test(test_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
