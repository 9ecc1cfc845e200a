/* The property: on random records, a random expression yields the same through the evaluator and
 * through SQL on each engine, as a value and as a condition.
 *
 *   expr_property [--seed N] [--count N] [--no-postgres] [--expect-difference]
 *
 * Before that the coverage table of comparisons (tests/unit/expr/coverage.h) runs through the
 * engines, and PostgreSQL's crm_fold over the characters of Unicode.
 *
 * An expression in which anything leaves its range is left out on that engine (SQL may compute what
 * the evaluator skips), but an engine alone may complain only where something can be skipped. Exit
 * 0: all agree (with --expect-difference: some differ, which a mutant of the evaluator must show).
 */
#include <stdlib.h>

#include "expr/coverage.h"
#include "expr/engine.h"
#include "expr/generate.h"

enum { PER_WORLD = 40, EXPRESSION_MAX_BYTES = 15000, DEFAULT_COUNT = 3000, REPORTS_MAX = 5 };

struct options {
    uint64_t seed;
    size_t count;
    bool postgres, expect_difference;
};

struct tally {
    size_t compared, ranged, refused, deep, different;
};

struct evaluated {
    struct outcome rows[WORLD_DEALS];
    bool range; /* some record left a range */
};

static bool evaluate(struct world *w, const struct expr *e, struct evaluated *ret) {
    ret->range = false;
    for (size_t i = 0; i < WORLD_DEALS; i++) {
        struct outcome *o = &ret->rows[i];
        struct err err;
        err_clear(&err);
        w->sample.row = &w->rows[i];
        *o = (struct outcome){.id = w->rows[i].id};
        crm_status status = expr_eval(e, &w->env, &o->value, &err);
        ret->range |= status == CRM_RANGE;
        if (status != CRM_OK && status != CRM_RANGE) {
            (void)fprintf(stderr, "evaluator: status %d, %s\n", status, err.cause);
            return false;
        }
        bool nil = o->value.type == VALUE_NIL;
        if (status == CRM_OK && (nil ? e->never_nil : o->value.type != e->type.type)) {
            (void)fprintf(stderr, "evaluator: not of the type that the check promised\n");
            return false;
        }
        o->truth = value_truthy(&o->value);
    }
    return true;
}

static bool same(const struct value *evaluated, const struct value *engine) {
    if (evaluated->type != engine->type) return false;
    if (evaluated->type == VALUE_MONEY) return evaluated->base == engine->base;
    if (evaluated->type == VALUE_ID) return evaluated->integer == engine->integer;
    return value_equal(evaluated, engine);
}

static void report(const struct engine *e, const struct world *w, struct str text,
                   const struct sql *s, const struct outcome *wanted, const struct outcome *found) {
    BUF_CLEANUP struct buf b;
    buf_init(&b, 1 << 16);
    sample_format(&wanted->value, w->company.base_digits, &b);
    buf_add_cstr(&b, wanted->truth ? " (true), engine " : " (false), engine ");
    sample_format(&found->value, w->company.base_digits, &b);
    buf_add_cstr(&b, found->truth ? " (true)" : " (false)");
    (void)fprintf(stderr, "%s, record %lld:\n  %.*s\n  evaluator %s\n  %s\n", e->name,
                  (long long)wanted->id, STR_ARG(text), b.ptr, s->text.ptr);
}

static bool can_skip(struct str text) {
    static const char *const words[] = {"and", "or ", "if_else", "coalesce", "one_of"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_find(text, str_from(words[i])) != SIZE_MAX) return true;
    return false;
}

static crm_status build(struct sql *s, const struct expr *e, const struct expr_sql_context *context,
                        struct err *err) {
    sql_add(s, "SELECT r.id, ");
    crm_status status = expr_sql_add(s, e, context, err);
    sql_add(s, ", CASE WHEN ");
    if (status == CRM_OK) status = expr_sql_add_condition(s, e, context, err);
    sql_add(s, " THEN 1 ELSE 0 END FROM t1 r ORDER BY r.id");
    return status == CRM_OK ? sql_status(s, err) : status;
}

/* Nested deeper than engines take: said in words, and no difference. */
static bool refused_depth(struct tally *tally) {
    tally->deep++;
    return true;
}

/* True when the engine agrees with the evaluator. */
static bool compare(struct engine *engine, struct world *w, struct str text, const struct expr *e,
                    const struct evaluated *wanted, struct tally *tally) {
    struct outcome found[WORLD_ROWS];
    size_t count = 0;
    struct expr_sql_context context = engine_context(w);
    SQL_CLEANUP struct sql s;
    struct err err;
    err_clear(&err);
    sql_init(&s, engine->dialect, w->env.arena);
    crm_status status = build(&s, e, &context, &err);
    if (status == CRM_OK)
        status = engine->select(engine, &s, w->env.arena, e->type.type, found, &count);
    else if (status == CRM_INVALID && strcmp(err.text.code, "too_deep") == 0)
        return refused_depth(tally);
    else if (status != CRM_RANGE)
        engine_fail(engine, text.ptr, err.cause);
    tally->ranged += wanted->range || status == CRM_RANGE;
    if (status == CRM_RANGE && !wanted->range && !can_skip(text)) {
        (void)fprintf(stderr, "%s alone left a range:\n  %.*s\n  %s\n", engine->name, STR_ARG(text),
                      s.text.ptr);
        return false;
    }
    if (wanted->range || status == CRM_RANGE) return true;
    tally->compared++;
    if (count != WORLD_DEALS) engine_fail(engine, s.text.ptr, "a record is missing");
    for (size_t i = 0; i < count; i++) {
        const struct outcome *o = &wanted->rows[i];
        if (found[i].id == o->id && found[i].truth == o->truth && same(&o->value, &found[i].value))
            continue;
        if (tally->different < REPORTS_MAX) report(engine, w, text, &s, o, &found[i]);
        return false;
    }
    return true;
}

struct check {
    struct engine *engines;
    size_t engine_count;
    struct world *world;
    struct tally tally;
};

static void check_text(struct check *c, struct str text) {
    struct arena arena;
    arena_init(&arena, SAMPLE_ARENA_BYTES);
    c->world->env.arena = &arena;
    const struct expr *e = NULL;
    struct err err;
    struct evaluated evaluated;
    err_clear(&err);
    if (expr_parse(&arena, text, &sample_scope, EXPR_MODE_ROW, &e, &err) != CRM_OK) {
        c->tally.refused++;
    } else if (!evaluate(c->world, e, &evaluated)) {
        c->tally.different++;
    } else {
        for (size_t i = 0; i < c->engine_count; i++)
            if (!compare(&c->engines[i], c->world, text, e, &evaluated, &c->tally))
                c->tally.different++;
    }
    arena_fini(&arena);
}

static void check_random(struct check *c, struct random *r) {
    BUF_CLEANUP struct buf text;
    buf_init(&text, EXPRESSION_MAX_BYTES);
    generate_expression(r, &text);
    if (text.status == CRM_OK) check_text(c, buf_str(&text));
}

static void check_covered(void *ctx, const char *text, const bool expected[COVERAGE_CLASSES]) {
    (void)expected; /* that is the evaluator's unit test */
    check_text(ctx, str_from(text));
}

/* `before`, `count` times `part`, `after`. */
static void check_shape(struct check *c, const char *before, const char *part, size_t count,
                        const char *after) {
    BUF_CLEANUP struct buf text;
    buf_init(&text, EXPRESSION_MAX_BYTES);
    buf_add_cstr(&text, before);
    for (size_t i = 0; i < count; i++)
        buf_add_cstr(&text, part);
    buf_add_cstr(&text, after);
    assert_int_equal(text.status, CRM_OK);
    check_text(c, buf_str(&text));
}

/* Long chains are taken by every engine; deep nesting is refused in words, not by a parser's stack.
 */
static void check_shapes(struct check *c) {
    check_shape(c, "active", " or quantity == 7", 300, "");
    check_shape(c, "active", " and name ~= 'x' or hot", 150, "");
    check_shape(c, "not (hot", " or percent > 3", 200, ")");
    check_shape(c, "quantity", " + percent - 1", 200, "");
    check_shape(c, "amount", " - cost", 250, " == nil");
    check_shape(c, "name", " .. note .. 'x'", 120, "");
    check_shape(c, "", "if_else(quantity == 1, name, ", 40,
                "note))))))))))))))))))))))))))))))))))))))))");
    check_shape(c, "", "if_else(hot, active, ", 40, "hot))))))))))))))))))))))))))))))))))))))))");
    check_shape(c, "", "(1 * ", 8, "quantity))))))))");
    check_shape(c, "", "if_else(active, ", 6,
                "(quantity - (1 - (percent))), 1), 2), 3), 4), 5), 6)");
    check_shape(c, "", "if_else(active, max_of(1, ", 6, "quantity), 1)), 2)), 3)), 4)), 5)), 6)");
    check_shape(c, "", "(1 - abs(1 - ", 4, "quantity))))))))");
    size_t before = c->tally.deep;
    if (before > 0) c->tally.different++;
    check_shape(c, "", "abs(", 30, "quantity))))))))))))))))))))))))))))))");
    check_shape(c, "", "not ", 30, "active");
    if (c->tally.deep != before + 2 * c->engine_count) c->tally.different++;
}

static void check_skipped_day(struct check *c) {
    static const char *const signs[] = {"==", "~=", "<", "<=", ">", ">="};
    static const char *const sides[] = {"'2011-12-30T10:00:00Z'", "'2011-12-30T09:59:59.999Z'",
                                        "'2011-12-29T10:00:00Z'", "made_at",
                                        "max_of(made_at, closed_on)"};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        for (size_t n = 0; n < sizeof sides / sizeof sides[0]; n++) {
            char text[128];
            (void)snprintf(text, sizeof text, "due_on %s %s", signs[i], sides[n]);
            check_text(c, str_from(text));
            (void)snprintf(text, sizeof text, "not (%s %s due_on)", sides[n], signs[i]);
            check_text(c, str_from(text));
        }
    }
    check_text(c, STR("one_of(due_on, '2011-12-30T10:00:00Z', '2011-12-29T10:00:00Z')"));
    check_text(c, STR("not one_of(day(made_at), '2011-12-30', made_at)"));
    check_text(c, STR("day(made_at)"));
    check_text(c, STR("coalesce(due_on, made_at)"));
}

static void load(struct check *c) {
    for (size_t i = 0; i < c->engine_count; i++)
        engine_load(&c->engines[i], c->world);
}

static struct tally run(struct engine *engines, size_t engine_count, const struct options *o) {
    static struct world w;
    struct check c = {.engines = engines, .engine_count = engine_count, .world = &w};
    struct random r = {o->seed};
    if (!o->expect_difference) {
        world_init_coverage(&w);
        load(&c);
        coverage_each(check_covered, &c);
        check_shapes(&c);
        world_fini(&w);
        world_init_skipped_day(&w);
        load(&c);
        check_skipped_day(&c);
        world_fini(&w);
    }
    for (size_t done = 0; done < o->count; done += PER_WORLD) {
        world_init(&w, &r);
        load(&c);
        for (size_t i = 0; i < PER_WORLD; i++)
            check_random(&c, &r);
        world_fini(&w);
        if (o->expect_difference && c.tally.different > 0) break;
    }
    return c.tally;
}

static bool read_options(int argc, char **argv, struct options *ret) {
    *ret = (struct options){.seed = 20261121, .count = DEFAULT_COUNT, .postgres = true};
    for (int i = 1; i < argc; i++) {
        struct str word = str_from(argv[i]);
        int64_t n = 0;
        bool number = i + 1 < argc && str_to_int64(str_from(argv[i + 1]), &n) && n >= 0;
        if (str_is(word, "--no-postgres"))
            ret->postgres = false;
        else if (str_is(word, "--expect-difference"))
            ret->expect_difference = true;
        else if (str_is(word, "--seed") && number)
            ret->seed = (uint64_t)n, i++;
        else if (str_is(word, "--count") && number)
            ret->count = (size_t)n, i++;
        else
            return false;
    }
    return true;
}

/* Most of what is generated must be compared, else the property says nothing. */
static bool is_meaningful(const struct tally *t, size_t engine_count) {
    return t->refused * 5 < t->compared / engine_count && t->ranged * 3 < t->compared;
}

int main(int argc, char **argv) {
    struct options o;
    struct engine engines[2];
    size_t count = 1;
    if (!read_options(argc, argv, &o)) {
        (void)fprintf(
            stderr,
            "usage: expr_property [--seed N] [--count N] [--no-postgres] [--expect-difference]\n");
        return 2;
    }
    if (!engine_sqlite_open(&engines[0])) return 2;
    if (o.postgres && engine_postgres_open(&engines[1]))
        count++;
    else if (o.postgres)
        (void)fprintf(stderr, "SKIPPED: PostgreSQL is not installed; only SQLite was compared\n");
    struct tally t = run(engines, count, &o);
    if (count == 2 && !engine_postgres_folds(&engines[1])) t.different++;
    for (size_t i = 0; i < count; i++)
        engines[i].close(&engines[i]);
    (void)printf("seed %llu: %zu compared, %zu out of range, %zu refused by the check, %zu too "
                 "deep, %zu different\n",
                 (unsigned long long)o.seed, t.compared, t.ranged, t.refused, t.deep, t.different);
    if (o.expect_difference) return t.different > 0 ? 0 : 1;
    return t.different == 0 && is_meaningful(&t, count) ? 0 : 1;
}
