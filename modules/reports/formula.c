/* A recursive descent over the text, each time anew: formulas are short. */
#include "formula.h"

#include "texts.h"

enum { FORMULA_DEPTH = 16, FORMULA_STEPS_MAX = 500, PLACES = 6, PLACES_MICRO = 1000000 };

/* numerator / denominator, the denominator above zero. */
struct fraction {
    __int128 numerator, denominator;
    bool has_value, is_money;
    bool is_share; /* of a metric in percent, or a sum of such; told without a value, too */
};

struct formula {
    const struct formula_env *env;
    const struct metric *metric;
    struct crm_str rest;
    int depth;
    size_t steps; /* numbers and names met, in the formulas that are named too */
    struct crm_error *err;
    crm_status status;
    const struct metric **bases; /* what names stand for, where nothing is computed */
    size_t base_max, base_count;
};

static const struct fraction nothing = {.denominator = 1};

static struct fraction fail(struct formula *f, crm_status status) {
    if (f->status == CRM_OK) f->status = status;
    return nothing;
}

static struct fraction too_large(struct formula *f) {
    return fail(f, SAY(f->env->crm, f->err, CRM_RANGE, too_large, f->metric->origin.name));
}

static struct fraction wrong(struct formula *f) {
    if (f->status != CRM_OK) return nothing;
    return fail(f, SAY(f->env->crm, f->err, CRM_INVALID, formula_wrong, f->metric->formula,
                       f->rest.len ? f->rest : CRM_STR("...")));
}

/* `b` is above zero, and so is the divisor. */
static __int128 common_divisor(__int128 a, __int128 b) {
    while (b) {
        __int128 rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

static struct fraction reduced(struct fraction x) {
    __int128 divisor = common_divisor(x.numerator, x.denominator);
    if (divisor > 1) {
        x.numerator /= divisor;
        x.denominator /= divisor;
    }
    return x;
}

/* Reduced crosswise first, so that nothing overflows which the product would not. */
static struct fraction multiply(struct formula *f, struct fraction a, struct fraction b) {
    struct fraction x = {.has_value = true, .is_money = a.is_money || b.is_money};
    if (!a.has_value || !b.has_value) return nothing;
    __int128 one = common_divisor(a.numerator, b.denominator);
    __int128 other = common_divisor(b.numerator, a.denominator);
    if (__builtin_mul_overflow(a.numerator / one, b.numerator / other, &x.numerator) ||
        __builtin_mul_overflow(a.denominator / other, b.denominator / one, &x.denominator))
        return too_large(f);
    return x;
}

static struct fraction divide(struct formula *f, struct fraction a, struct fraction b) {
    if (!a.has_value || !b.has_value || b.numerator == 0) return nothing;
    bool is_money = a.is_money && !b.is_money;
    struct fraction inverse = {
        .numerator = b.denominator, .denominator = b.numerator, .has_value = true};
    if (b.numerator < 0) {
        inverse.numerator = -b.denominator;
        if (__builtin_sub_overflow((__int128)0, b.numerator, &inverse.denominator))
            return too_large(f);
    }
    struct fraction x = multiply(f, a, inverse);
    x.is_money = is_money;
    return x;
}

static struct fraction add(struct formula *f, struct fraction a, struct fraction b, int sign) {
    struct fraction x = {.has_value = true, .is_money = a.is_money || b.is_money};
    __int128 left, right;
    if (!a.has_value || !b.has_value) return nothing;
    __int128 common = common_divisor(a.denominator, b.denominator);
    if (__builtin_mul_overflow(a.numerator, b.denominator / common, &left) ||
        __builtin_mul_overflow(b.numerator, a.denominator / common, &right) ||
        __builtin_mul_overflow(a.denominator, b.denominator / common, &x.denominator) ||
        (sign > 0 ? __builtin_add_overflow(left, right, &x.numerator)
                  : __builtin_sub_overflow(left, right, &x.numerator)))
        return too_large(f);
    return reduced(x);
}

/* ---- the text -----------------------------------------------------------------------------------
 */

static void skip(struct formula *f) {
    while (f->rest.len && strchr(" \t\n", f->rest.ptr[0]))
        f->rest = crm_str_make(f->rest.ptr + 1, f->rest.len - 1);
}

static bool take(struct formula *f, char c) {
    skip(f);
    if (!f->rest.len || f->rest.ptr[0] != c) return false;
    f->rest = crm_str_make(f->rest.ptr + 1, f->rest.len - 1);
    return true;
}

static struct crm_str take_word(struct formula *f, const char *letters) {
    size_t len = 0;
    skip(f);
    while (len < f->rest.len && strchr(letters, f->rest.ptr[len]) && f->rest.ptr[len])
        len++;
    struct crm_str word = crm_str_make(f->rest.ptr, len);
    f->rest = crm_str_make(f->rest.ptr + len, f->rest.len - len);
    return word;
}

static struct fraction run(struct formula *f, const struct metric *m);

static struct fraction of_value(struct formula *f, const struct crm_value *v) {
    struct fraction x = {.numerator = v->integer,
                         .denominator = 1,
                         .has_value = true,
                         .is_money = v->type == CRM_VALUE_MONEY};
    if (v->type == CRM_VALUE_MONEY) {
        int32_t digits = f->env->crm->base->currency_digits(v->currency);
        for (int32_t i = 0; i < digits; i++)
            x.denominator *= 10;
    } else if (v->type == CRM_VALUE_DECIMAL) {
        x.denominator = PLACES_MICRO;
    } else if (v->type != CRM_VALUE_INT) {
        return nothing;
    }
    return reduced(x);
}

static void keep_base(struct formula *f, const struct metric *m) {
    for (size_t i = 0; i < f->base_count; i++)
        if (f->bases[i] == m) return;
    if (f->base_count == f->base_max)
        (void)fail(f,
                   SAY(f->env->crm, f->err, CRM_INVALID, too_many_metrics, f->metric->origin.name,
                       f->base_max == FORMULA_PARTS_MAX ? CRM_STR("16") : CRM_STR("32")));
    else
        f->bases[f->base_count++] = m;
}

static struct fraction value_of(struct formula *f, const struct metric *m);

static struct fraction named(struct formula *f, struct crm_str name) {
    const struct metric *m = catalog_metric(f->env->catalog, name);
    if (!m) return fail(f, SAY(f->env->crm, f->err, CRM_INVALID, no_metric, name));
    struct fraction x = value_of(f, m);
    x.is_share = crm_str_is(m->unit, "percent");
    return x;
}

static struct fraction value_of(struct formula *f, const struct metric *m) {
    if (m->formula.len) return run(f, m);
    if (!f->env->get) {
        keep_base(f, m);
        return nothing;
    }
    struct crm_value v = f->env->get(f->env->ctx, m);
    return of_value(f, &v);
}

static struct fraction sum(struct formula *f);

/* What stands in parentheses or behind a minus. */
static struct fraction inner(struct formula *f, struct fraction (*part)(struct formula *f)) {
    struct fraction x = ++f->depth > FORMULA_DEPTH ? wrong(f) : part(f);
    f->depth--;
    return x;
}

/* -1, 0, 1; both have a value. */
static int compare(struct formula *f, struct fraction a, struct fraction b) {
    __int128 left, right;
    __int128 common = common_divisor(a.denominator, b.denominator);
    if (__builtin_mul_overflow(a.numerator, b.denominator / common, &left) ||
        __builtin_mul_overflow(b.numerator, a.denominator / common, &right)) {
        (void)too_large(f);
        return 0;
    }
    return (left > right) - (left < right);
}

/* The arguments of min_of and max_of, behind the opening parenthesis; those without a value do not
 * count. */
static struct fraction extreme(struct formula *f, int sign) {
    struct fraction best = nothing;
    do {
        struct fraction x = inner(f, sum);
        bool is_share = best.is_share || x.is_share;
        if (x.has_value && (!best.has_value || sign * compare(f, x, best) > 0)) best = x;
        best.is_share = is_share;
    } while (f->status == CRM_OK && take(f, ','));
    return take(f, ')') ? best : wrong(f);
}

static struct fraction factor(struct formula *f) {
    static const char digits[] = "0123456789.", letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
    int64_t micro;
    if (f->status != CRM_OK) return nothing;
    if (++f->steps > FORMULA_STEPS_MAX)
        return fail(f, SAY(f->env->crm, f->err, CRM_INVALID, formula_long, f->metric->origin.name,
                           CRM_STR("500")));
    if (take(f, '-'))
        return add(f, (struct fraction){.denominator = 1, .has_value = true}, inner(f, factor), -1);
    if (take(f, '(')) {
        struct fraction x = inner(f, sum);
        return take(f, ')') ? x : wrong(f);
    }
    skip(f);
    bool is_number = f->rest.len && strchr(digits, f->rest.ptr[0]) && f->rest.ptr[0];
    struct crm_str word = take_word(f, is_number ? digits : letters);
    if (!word.len) return wrong(f);
    bool is_max = crm_str_is(word, "max_of");
    if ((is_max || crm_str_is(word, "min_of")) && take(f, '(')) return extreme(f, is_max ? 1 : -1);
    if (!is_number) return named(f, word);
    if (!f->env->crm->base->decimal_parse(word, &micro)) return wrong(f);
    return reduced(
        (struct fraction){.numerator = micro, .denominator = PLACES_MICRO, .has_value = true});
}

static struct fraction product(struct formula *f) {
    struct fraction x = factor(f);
    for (;;) {
        if (take(f, '*'))
            x = multiply(f, x, factor(f));
        else if (take(f, '/'))
            x = divide(f, x, factor(f));
        else
            return x;
    }
}

/* Shares of different wholes added up are a share of nothing. */
static struct fraction plus(struct formula *f, struct fraction a, struct fraction b) {
    if (a.is_share && b.is_share)
        return fail(f, SAY(f->env->crm, f->err, CRM_INVALID, share_sum, f->metric->origin.name));
    return add(f, a, b, 1);
}

static struct fraction sum(struct formula *f) {
    struct fraction x = product(f);
    for (;;) {
        if (take(f, '+'))
            x = plus(f, x, product(f));
        else if (take(f, '-'))
            x = add(f, x, product(f), -1);
        else
            return x;
    }
}

static struct fraction run(struct formula *f, const struct metric *m) {
    const struct metric *outer = f->metric;
    struct crm_str rest = f->rest;
    if (++f->depth > FORMULA_DEPTH)
        return fail(f, SAY(f->env->crm, f->err, CRM_INVALID, formula_loop, m->origin.name));
    f->metric = m;
    f->rest = m->formula;
    struct fraction x = sum(f);
    skip(f);
    if (f->rest.len) x = wrong(f);
    f->metric = outer;
    f->rest = rest;
    f->depth--;
    return x;
}

crm_status formula_bases(const struct crm *crm, const struct catalog *c, const struct metric *m,
                         const struct metric **ret, size_t max, size_t *ret_count,
                         struct crm_error *err) {
    const struct formula_env env = {.crm = crm, .catalog = c};
    struct formula f = {.env = &env,
                        .metric = m,
                        .err = err,
                        .bases = ret,
                        .base_max = max,
                        .base_count = *ret_count};
    if (m->formula.len)
        (void)run(&f, m);
    else
        keep_base(&f, m);
    *ret_count = f.base_count;
    return f.status;
}

crm_status formula_check(const struct crm *crm, const struct catalog *c, const struct metric *m,
                         struct crm_error *err) {
    const struct metric *bases[FORMULA_PARTS_MAX];
    size_t count = 0;
    return formula_bases(crm, c, m, bases, FORMULA_PARTS_MAX, &count, err);
}

/* numerator / denominator to so many places behind the point, half to even. */
static bool rounded(struct fraction x, int32_t places, int64_t *ret) {
    __int128 whole = x.numerator / x.denominator, rest = x.numerator % x.denominator;
    for (int32_t i = 0; i < places; i++) {
        if (whole != (int64_t)whole || __builtin_mul_overflow(rest, 10, &rest)) return false;
        whole = 10 * whole + rest / x.denominator;
        rest %= x.denominator;
    }
    __int128 part = rest < 0 ? -rest : rest, missing = x.denominator - part;
    if (part > missing || (part == missing && whole % 2 != 0)) whole += rest < 0 ? -1 : 1;
    *ret = (int64_t)whole;
    return whole == (__int128)*ret;
}

crm_status formula_value(const struct formula_env *env, const struct metric *m,
                         struct crm_value *ret, struct crm_error *err) {
    struct formula f = {.env = env, .metric = m, .err = err};
    if (!m->formula.len) {
        *ret = env->get(env->ctx, m);
        return CRM_OK;
    }
    struct fraction x = run(&f, m);
    if (f.status != CRM_OK) return f.status;
    *ret = crm_nil();
    if (!x.has_value) return CRM_OK;
    int64_t value;
    int32_t places = x.is_money ? env->crm->base->currency_digits(env->currency) : PLACES;
    if (!rounded(x, places, &value)) return too_large(&f), f.status;
    *ret = x.is_money ? crm_money(value, env->currency) : crm_decimal(value);
    return CRM_OK;
}
