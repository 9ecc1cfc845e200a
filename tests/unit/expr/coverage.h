/* The coverage table of comparisons: every operator x type x nil on either side x negation x side x
 * path through a reference x literal x money, with what must come out.
 *
 * Six classes of records say how the left value stands to the right one; pairs of operands name
 * fields, paths and literals; the truth table says what each operator yields for a class. The
 * product is made here, for the evaluator (coverage_test.c) and for both engines (tests/property).
 */
#ifndef TESTS_EXPR_COVERAGE_H
#define TESTS_EXPR_COVERAGE_H

#include "expr/sample.h"

enum coverage_class {
    COVERAGE_LESS,
    COVERAGE_EQUAL,
    COVERAGE_MORE,
    COVERAGE_NIL_LEFT,
    COVERAGE_NIL_RIGHT,
    COVERAGE_NIL_BOTH,
    COVERAGE_CLASSES
};

struct coverage_operator {
    const char *sign, *mirrored;
    bool orders;
    bool truth[COVERAGE_CLASSES];
};
static const struct coverage_operator coverage_operators[] __attribute__((unused)) = {
    /* less, equal, more, nil left, nil right, nil both */
    {"==", "==", false, {false, true, false, false, false, true}},
    {"~=", "~=", false, {true, false, true, true, true, false}},
    {"<", ">", true, {true, false, false, false, false, false}},
    {"<=", ">=", true, {true, true, false, false, false, false}},
    {">", "<", true, {false, false, true, false, false, false}},
    {">=", "<=", true, {false, true, true, false, false, false}},
};

/* What the right operand is: another value of the record, the low value as a literal, or nil. */
enum coverage_right { COVERAGE_FIELD, COVERAGE_LITERAL, COVERAGE_NIL };

struct coverage_pair {
    const char *left, *right;
    enum coverage_right kind;
    bool ordered;
};
static const struct coverage_pair coverage_pairs[] __attribute__((unused)) = {
    {"quantity", "percent", COVERAGE_FIELD, true},
    {"quantity", "stage.probability", COVERAGE_FIELD, true},
    {"quantity", "factor", COVERAGE_FIELD, true},
    {"rate", "factor", COVERAGE_FIELD, true},
    {"rate", "percent", COVERAGE_FIELD, true},
    {"amount", "cost", COVERAGE_FIELD, true},
    {"amount", "organization.revenue", COVERAGE_FIELD, true},
    {"amount", "percent", COVERAGE_FIELD, true},
    {"amount", "factor", COVERAGE_FIELD, true},
    {"(amount + amount)", "(cost * 2)", COVERAGE_FIELD, true},
    {"name", "note", COVERAGE_FIELD, true},
    {"name", "organization.name", COVERAGE_FIELD, true},
    {"due_on", "closed_on", COVERAGE_FIELD, true},
    {"due_on", "organization.founded_on", COVERAGE_FIELD, true},
    {"made_at", "done_at", COVERAGE_FIELD, true},
    {"due_on", "done_at", COVERAGE_FIELD, true},
    {"made_at", "closed_on", COVERAGE_FIELD, true},
    {"active", "hot", COVERAGE_FIELD, false},
    {"team", "owner.team", COVERAGE_FIELD, false},
    {"quantity", "2", COVERAGE_LITERAL, true},
    {"quantity", "2.0", COVERAGE_LITERAL, true},
    {"rate", "2", COVERAGE_LITERAL, true},
    {"rate", "2.0", COVERAGE_LITERAL, true},
    {"amount", "2", COVERAGE_LITERAL, true},
    {"amount", "2.00", COVERAGE_LITERAL, true},
    {"name", "\"b\"", COVERAGE_LITERAL, true},
    {"due_on", "\"2024-03-01\"", COVERAGE_LITERAL, true},
    {"due_on", "\"2024-02-29T21:00:00Z\"", COVERAGE_LITERAL, true},
    {"made_at", "\"2024-03-01\"", COVERAGE_LITERAL, true},
    {"made_at", "\"2024-03-01T00:00:00+03:00\"", COVERAGE_LITERAL, true},
    {"active", "false", COVERAGE_LITERAL, false},
    {"team", "\"300\"", COVERAGE_LITERAL, false},
    {"quantity", "nil", COVERAGE_NIL, true},
    {"rate", "nil", COVERAGE_NIL, true},
    {"coalesce(amount, nil)", "nil", COVERAGE_NIL, true},
    {"name", "nil", COVERAGE_NIL, true},
    {"due_on", "nil", COVERAGE_NIL, true},
    {"made_at", "nil", COVERAGE_NIL, true},
    {"active", "nil", COVERAGE_NIL, false},
    {"team", "nil", COVERAGE_NIL, false},
    {"organization.name", "nil", COVERAGE_NIL, true},
};

/* The left value of a class: 0 low, 1 high, 2 nil; and the right one. */
static const int coverage_left[COVERAGE_CLASSES] __attribute__((unused)) = {0, 0, 1, 2, 0, 2};
static const int coverage_right_of[COVERAGE_CLASSES] __attribute__((unused)) = {1, 0, 0, 0, 2, 2};

/* low, high, nil; money of base 2 and 3 whose typed amounts stand the other way round. */
static inline struct value coverage_value(enum value_type type, int which) {
    if (which == 2) return VALUE_OF_NIL;
    switch (type) {
    case VALUE_BOOL:
        return value_bool(which == 1);
    case VALUE_INT:
        return value_int(2 + which);
    case VALUE_DECIMAL:
        return value_decimal((2 + which) * DECIMAL_ONE);
    case VALUE_MONEY:
        return sample_money(which ? 100 : 900, which ? "USD" : "JPY", 200 + which * 100);
    case VALUE_TEXT:
        return sample_text(which ? "c" : "b");
    case VALUE_DATE:
        return sample_date(which ? "2024-03-02" : "2024-03-01");
    case VALUE_TIME:
        return sample_time(which ? "2024-03-01T21:00:00Z" : "2024-02-29T21:00:00Z");
    default:
        return value_id(300 + which);
    }
}

static const char *const coverage_left_fields[] __attribute__((unused)) = {
    "quantity", "rate", "amount", "name", "due_on", "made_at", "active", "team"};
static const char *const coverage_right_fields[]
    __attribute__((unused)) = {"percent", "factor", "cost", "note", "closed_on", "done_at", "hot"};

static inline void coverage_set(struct sample_row *row, const char *field, int which) {
    int32_t id = sample_field_find(row->entity, str_from(field));
    assert_true(id > 0);
    row->values[id] = coverage_value(sample_fields[id].type.type, which);
}

/* Four records: rows[0] is the root one, of class `c` and number `n`; the others are what it refers
 * to. The zone is Europe/Moscow, the base currency has two digits. */
static inline void coverage_fill(struct sample_row rows[4], enum coverage_class c, int64_t n) {
    static const int32_t entities[4] = {SAMPLE_DEAL, SAMPLE_USER, SAMPLE_STAGE, SAMPLE_ORG};
    for (int i = 0; i < 4; i++)
        rows[i] = (struct sample_row){.entity = entities[i], .id = entities[i] * 100 + n};
    sample_set(&rows[0], "id", value_id(rows[0].id));
    for (size_t i = 0; i < sizeof coverage_left_fields / sizeof coverage_left_fields[0]; i++)
        coverage_set(&rows[0], coverage_left_fields[i], coverage_left[c]);
    for (size_t i = 0; i < sizeof coverage_right_fields / sizeof coverage_right_fields[0]; i++)
        coverage_set(&rows[0], coverage_right_fields[i], coverage_right_of[c]);
    sample_set(&rows[0], "owner", value_id(rows[1].id));
    sample_set(&rows[0], "stage", value_id(rows[2].id));
    sample_set(&rows[0], "organization", value_id(rows[3].id));
    coverage_set(&rows[1], "team", coverage_right_of[c]);
    coverage_set(&rows[2], "probability", coverage_right_of[c]);
    coverage_set(&rows[3], "name", coverage_right_of[c]);
    coverage_set(&rows[3], "revenue", coverage_right_of[c]);
    coverage_set(&rows[3], "founded_on", coverage_right_of[c]);
}

/* How left stands to right for a record of class `c`. */
static inline enum coverage_class coverage_class_of(const struct coverage_pair *p,
                                                    enum coverage_class c) {
    if (p->kind == COVERAGE_FIELD) return c;
    int left = coverage_left[c];
    if (str_is(str_from(p->left), "organization.name")) left = coverage_right_of[c];
    if (p->kind == COVERAGE_NIL) return left == 2 ? COVERAGE_NIL_BOTH : COVERAGE_NIL_RIGHT;
    return left == 0 ? COVERAGE_EQUAL : left == 1 ? COVERAGE_MORE : COVERAGE_NIL_LEFT;
}

/* Calls back with every expression and what it must yield on a record of each class. */
typedef void (*coverage_fn)(void *ctx, const char *text, const bool expected[COVERAGE_CLASSES]);

static inline void coverage_one(const struct coverage_pair *p, const struct coverage_operator *o,
                                int form, coverage_fn fn, void *ctx) {
    char text[256];
    bool negated = (form & 1) != 0, swapped = (form & 2) != 0, expected[COVERAGE_CLASSES];
    (void)snprintf(text, sizeof text, negated ? "not (%s %s %s)" : "%s %s %s",
                   swapped ? p->right : p->left, swapped ? o->mirrored : o->sign,
                   swapped ? p->left : p->right);
    for (int c = 0; c < COVERAGE_CLASSES; c++)
        expected[c] = o->truth[coverage_class_of(p, (enum coverage_class)c)] != negated;
    fn(ctx, text, expected);
}

static inline void coverage_each(coverage_fn fn, void *ctx) {
    for (size_t p = 0; p < sizeof coverage_pairs / sizeof coverage_pairs[0]; p++)
        for (size_t o = 0; o < sizeof coverage_operators / sizeof coverage_operators[0]; o++)
            for (int form = 0; form < 4; form++)
                if (coverage_pairs[p].ordered || !coverage_operators[o].orders)
                    coverage_one(&coverage_pairs[p], &coverage_operators[o], form, fn, ctx);
}

#endif
