/* The grammar, a function a type. `depth` is what may still nest; at 0 only leaves are made. */
#include "expr/generate.h"

#include "expr/world.h"

static void generate(struct random *r, enum value_type type, int depth, struct buf *out);

#define ONE(r, ...)                                                                                \
    ((const char *const[]){__VA_ARGS__})[random_below(                                             \
        (r), sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))]

static const enum value_type scalars[] = {VALUE_BOOL, VALUE_INT,  VALUE_DECIMAL, VALUE_MONEY,
                                          VALUE_TEXT, VALUE_DATE, VALUE_TIME,    VALUE_ID};
static enum value_type any_type(struct random *r) {
    return scalars[random_below(r, sizeof scalars / sizeof scalars[0])];
}
static enum value_type any_number(struct random *r) {
    return random_percent(r, 50) ? VALUE_INT : VALUE_DECIMAL;
}

/* %t text, %d date, ... : "%" and the first letter of a type generates one of that type:
 * b boolean, i integer, d decimal, n number, m money, t text, D date, T time, r ref, ? any. */
static void form(struct random *r, const char *format, int depth, struct buf *out) {
    for (const char *at = format; *at; at++) {
        if (*at != '%') {
            buf_add_char(out, *at);
            continue;
        }
        switch (*++at) {
        case 'b':
            generate(r, VALUE_BOOL, depth - 1, out);
            break;
        case 'i':
            generate(r, VALUE_INT, depth - 1, out);
            break;
        case 'd':
            generate(r, VALUE_DECIMAL, depth - 1, out);
            break;
        case 'n':
            generate(r, any_number(r), depth - 1, out);
            break;
        case 'm':
            generate(r, VALUE_MONEY, depth - 1, out);
            break;
        case 't':
            generate(r, VALUE_TEXT, depth - 1, out);
            break;
        case 'D':
            generate(r, VALUE_DATE, depth - 1, out);
            break;
        case 'T':
            generate(r, VALUE_TIME, depth - 1, out);
            break;
        case 'r':
            generate(r, VALUE_ID, depth - 1, out);
            break;
        default:
            generate(r, any_type(r), depth - 1, out);
        }
    }
}

static void quoted(const char *text, struct buf *out) {
    buf_add_char(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') buf_add_char(out, '\\');
        buf_add_char(out, *text);
    }
    buf_add_char(out, '"');
}

static void leaf(struct random *r, enum value_type type, struct buf *out) {
    bool literal = random_percent(r, 30);
    switch (type) {
    case VALUE_BOOL:
        buf_add_cstr(out, literal ? ONE(r, "true", "false") : ONE(r, "active", "hot"));
        break;
    case VALUE_INT:
        buf_add_cstr(out, literal ? ONE(r, "0", "1", "2", "7", "-3", "100", "60")
                                  : ONE(r, "quantity", "percent", "stage.probability",
                                        "len(emails)", "quantity"));
        break;
    case VALUE_DECIMAL:
        buf_add_cstr(
            out, literal ? ONE(r, "0.5", "1.5", "2.5", "-0.000001", "0.333333", "7.0", "1.234567")
                         : ONE(r, "rate", "factor"));
        break;
    case VALUE_MONEY:
        buf_add_cstr(out, ONE(r, "amount", "cost", "amount", "cost", "organization.revenue",
                              "organization.parent.revenue"));
        break;
    case VALUE_TEXT:
        if (literal)
            quoted(world_text_literal(r), out);
        else
            buf_add_cstr(out, ONE(r, "name", "note", "name", "stage.kind", "owner.name",
                                  "organization.name", "owner.team.name"));
        break;
    case VALUE_DATE:
        buf_add_cstr(out,
                     ONE(r, "due_on", "closed_on", "due_on", "organization.founded_on", "today()"));
        break;
    case VALUE_TIME:
        buf_add_cstr(out, ONE(r, "made_at", "done_at", "made_at", "now()"));
        break;
    default:
        buf_add_cstr(out, ONE(r, "owner", "about", "owner.team", "team", "organization",
                              "organization.parent", "me()", "my_team()", "stage"));
    }
}

/* One side of a comparison with a value of `type`: the same type, or what goes with it. */
static void partner(struct random *r, enum value_type type, int depth, struct buf *out) {
    if (random_percent(r, 8)) {
        buf_add_cstr(out, "nil");
        return;
    }
    if (type == VALUE_INT || type == VALUE_DECIMAL || type == VALUE_MONEY) {
        form(r, ONE(r, "%n", "%n", "%m", "%i", "900", "0.5", "1.5", "123.45", "2.501"), depth, out);
    } else if (type == VALUE_DATE || type == VALUE_TIME) {
        if (random_percent(r, 35))
            quoted(random_percent(r, 60) ? world_date_literal(r) : world_time_literal(r), out);
        else
            form(r, ONE(r, "%D", "%T", "%D"), depth, out);
    } else if (type == VALUE_ID) {
        buf_add_cstr(out, ONE(r, "\"201\"", "\"302\"", "\"501\"", "me()", "my_team()", "about"));
    } else {
        generate(r, type, depth - 1, out);
    }
}

/* References of one kind, so that the check accepts the comparison. */
static void compare_refs(struct random *r, struct buf *out) {
    buf_add_cstr(out, ONE(r, "(owner == me())", "(team == my_team())", "(team ~= owner.team)",
                          "(about == me())", "(owner == \"201\")",
                          "(not (organization == \"500\"))", "(about ~= nil)", "(stage == nil)",
                          "(organization.parent == organization)", "(owner.team == \"302\")"));
}

static void compare(struct random *r, int depth, struct buf *out) {
    enum value_type type = any_type(r);
    if (type == VALUE_ID) {
        compare_refs(r, out);
        return;
    }
    bool equality = type == VALUE_BOOL || random_percent(r, 40);
    buf_add_char(out, '(');
    if (random_percent(r, 20))
        partner(r, type, depth, out);
    else
        generate(r, type, depth - 1, out);
    buf_add_cstr(out, equality ? ONE(r, " == ", " ~= ") : ONE(r, " < ", " <= ", " > ", " >= "));
    partner(r, type, depth, out);
    buf_add_char(out, ')');
}

static void member_of(struct random *r, int depth, struct buf *out) {
    enum value_type type = any_type(r);
    if (type == VALUE_ID) {
        buf_add_cstr(
            out, ONE(r, "one_of(team, my_tree())", "one_of(owner.team, \"301\", my_tree())",
                     "one_of(followers, me())", "one_of(me(), followers)",
                     "one_of(owner, followers)", "one_of(followers, owner, \"202\")",
                     "one_of(about, \"200\", \"201\", nil)", "one_of(my_tree(), team, owner.team)",
                     "one_of(followers, followers)", "one_of(about, me(), my_team())"));
        return;
    }
    if (random_percent(r, 25)) {
        form(r,
             ONE(r, "one_of(emails, %t, %t)", "one_of(%t, emails)",
                 "one_of(organization.emails, %t, nil)", "one_of(%t, organization.emails, \"a\")",
                 "one_of(emails, organization.emails)"),
             depth, out);
        return;
    }
    buf_add_cstr(out, "one_of(");
    generate(r, type, depth - 1, out);
    for (size_t i = random_below(r, 3) + 1; i > 0; i--) {
        buf_add_cstr(out, ", ");
        partner(r, type, depth, out);
    }
    buf_add_char(out, ')');
}

static void choice(struct random *r, enum value_type type, int depth, struct buf *out) {
    bool conditional = random_percent(r, 50);
    buf_add_cstr(out, conditional ? "if_else(" : "coalesce(");
    if (conditional) form(r, ONE(r, "%b, ", "%?, ", "emails, "), depth, out);
    generate(r, type, depth - 1, out);
    buf_add_cstr(out, ", ");
    if (type == VALUE_MONEY && random_percent(r, 30))
        buf_add_cstr(out, ONE(r, "0", "12.345", "-7"));
    else if (random_percent(r, 8))
        buf_add_cstr(out, "nil");
    else
        generate(r, type, depth - 1, out);
    buf_add_char(out, ')');
}

static void boolean(struct random *r, int depth, struct buf *out) {
    size_t kind = random_below(r, 100);
    if (kind < 40)
        compare(r, depth, out);
    else if (kind < 52)
        member_of(r, depth, out);
    else if (kind < 56)
        choice(r, VALUE_BOOL, depth, out);
    else
        form(r,
             ONE(r, "(%b and %b)", "(%b or %b and %b)", "if_else(%b, %b, if_else(%?, %b, %b))",
                 "(%b or %b)", "(not %b)", "(not %?)", "(%? or %b)", "(%? and %b)",
                 "(%b and (%? == nil))", "contains(%t, %t)", "starts_with(%t, %t)",
                 "contains(name, %t)", "contains(emails, %t)", "(not contains(note, %t))",
                 "starts_with(name, \"a\")", "starts_with(name, \"Ё\")", "starts_with(emails, %t)",
                 "(emails == nil)", "(organization.emails ~= nil)", "(amount == nil)",
                 "(nil ~= organization.revenue)", "(not (emails and %b))",
                 "(not starts_with(note, \"an\"))", "(%b == %b)",
                 "(contains(organization.emails, \"А\"))"),
             depth, out);
}

static void integer(struct random *r, int depth, struct buf *out) {
    if (random_percent(r, 12)) {
        choice(r, VALUE_INT, depth, out);
        return;
    }
    form(r,
         ONE(r, "(%i + %i)", "(%i - %i)", "(%i * %i)", "(-%i)", "(%D - %D)", "len(%t)",
             "len(organization.emails)", "round(%d)", "floor(%d)", "days(%d)", "days(%i)",
             "abs(%i)", "min_of(%i, %i)", "max_of(%i, %i, 3)", "floor(%i)", "round(%i, 2)",
             "(%i or %i)", "(%b and %i)", "len(my_tree())", "(%i + %i - %i)", "(%i - (%i + %i))"),
         depth, out);
}

static void decimal(struct random *r, int depth, struct buf *out) {
    if (random_percent(r, 12)) {
        choice(r, VALUE_DECIMAL, depth, out);
        return;
    }
    form(r,
         ONE(r, "(%n / %n)", "(%n / %n)", "(%d + %n)", "(%n - %d)", "(%d * %n)", "(%n * %d)",
             "(%d * %d)", "(-%d)", "(%T - %T)", "(%T - %D)", "(%m / %m)", "round(%d, 2)",
             "round(%d, 5)", "abs(%d)", "min_of(%d, %n)", "max_of(%n, %d)", "(%d or %i)",
             "floor(%d) * 0.5", "coalesce(%i, %d)"),
         depth, out);
}

static void money(struct random *r, int depth, struct buf *out) {
    if (random_percent(r, 15)) {
        choice(r, VALUE_MONEY, depth, out);
        return;
    }
    form(r,
         ONE(r, "(%m + %m)", "(%m - %m)", "(%m * %n)", "(%n * %m)", "(%m / %n)", "(-%m)", "abs(%m)",
             "round(%m)", "round(%m, 1)", "floor(%m)", "min_of(%m, 3)", "max_of(%m, %m)",
             "(%m * 0.333333)", "(%m / 3)", "(%m or 0)", "(%m - %m + %m)"),
         depth, out);
}

static void text(struct random *r, int depth, struct buf *out) {
    if (random_percent(r, 15)) {
        choice(r, VALUE_TEXT, depth, out);
        return;
    }
    form(r,
         ONE(r, "(%t .. %t)", "(%t .. %i)", "(%d .. %t)", "(%t .. %D)", "lower(%t)", "lower(name)",
             "min_of(%t, %t)", "max_of(%t, \"b\")", "(%t or %t)", "(%b and %t or %t)",
             "(%t and %t)", "(%t .. %t .. %i)", "((%t .. %t) .. %t)"),
         depth, out);
}

static void date(struct random *r, int depth, struct buf *out) {
    if (random_percent(r, 12)) {
        choice(r, VALUE_DATE, depth, out);
        return;
    }
    form(r,
         ONE(r, "(%D + 1)", "(%D - 31)", "(%D + quantity)", "(7 + %D)", "day(%T)", "week(%D)",
             "week(%T)", "month(%D)", "month(%T)", "quarter(%D)", "quarter(%T)", "year(%D)",
             "year(%T)", "date_add(%D, 1, \"month\")", "date_add(%D, -1, \"quarter\")",
             "date_add(%D, percent, \"day\")", "date_add(%D, 13, \"month\")",
             "date_add(%D, 1, \"year\")", "date_add(%D, -2, \"week\")", "min_of(%D, %D)",
             "max_of(%D, today())", "(%D or %D)", "day(%D)",
             "date_add(\"2024-02-29\", 4, \"year\")"),
         depth, out);
}

static void moment(struct random *r, int depth, struct buf *out) {
    form(r,
         ONE(r, "max_of(%D, %T)", "min_of(%T, %T)", "coalesce(%T, %D)", "if_else(%b, %T, %D)",
             "(%T or %T)", "coalesce(%T, \"2024-02-29\")", "(%b and %T)"),
         depth, out);
}

static void generate(struct random *r, enum value_type type, int depth, struct buf *out) {
    if (depth <= 0 || random_percent(r, 15)) {
        leaf(r, type, out);
        return;
    }
    switch (type) {
    case VALUE_BOOL:
        boolean(r, depth, out);
        break;
    case VALUE_INT:
        integer(r, depth, out);
        break;
    case VALUE_DECIMAL:
        decimal(r, depth, out);
        break;
    case VALUE_MONEY:
        money(r, depth, out);
        break;
    case VALUE_TEXT:
        text(r, depth, out);
        break;
    case VALUE_DATE:
        date(r, depth, out);
        break;
    case VALUE_TIME:
        moment(r, depth, out);
        break;
    default:
        leaf(r, type, out);
    }
}

void generate_expression(struct random *r, struct buf *out) {
    int depth = 1 + (int)random_below(r, 4);
    generate(r, random_percent(r, 45) ? VALUE_BOOL : any_type(r), depth, out);
}
