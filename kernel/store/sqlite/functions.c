/* SQL functions of expressions on SQLite: exact arithmetic, calendar and folding by the very code
 * of the evaluator (base/number.h, base/time.h, base/unicode.h). nil in, nil out, unless said
 * otherwise; what leaves 64 bits is an error "integer overflow", a date outside the years 1..9999
 * "date out of range", as the driver expects. Units and roundings are numbered as in base/. */
#include "store/sqlite/functions.h"

#include "base/number.h"
#include "base/time.h"
#include "base/unicode.h"
#include "expr/expr.h"

static void overflow(sqlite3_context *ctx) { sqlite3_result_error(ctx, "integer overflow", -1); }

static void result_number(sqlite3_context *ctx, bool fits, int64_t n) {
    if (fits)
        sqlite3_result_int64(ctx, n);
    else
        overflow(ctx);
}

static bool is_nil(sqlite3_value *v) { return sqlite3_value_type(v) == SQLITE_NULL; }
static int64_t number(sqlite3_value *v) { return sqlite3_value_int64(v); }
static struct str text(sqlite3_value *v) {
    const char *ptr = (const char *)sqlite3_value_text(v);
    return str_make(ptr, ptr ? (size_t)sqlite3_value_bytes(v) : 0);
}

static bool any_nil(int count, sqlite3_value **args) {
    for (int i = 0; i < count; i++)
        if (is_nil(args[i])) return true;
    return false;
}

/* ---- numbers ------------------------------------------------------------------------------ */
/* signs, a, b, c ...: a, then each of the others added or subtracted as its sign says ("+-"). */
static void fn_sum(sqlite3_context *ctx, int count, sqlite3_value **args) {
    if (any_nil(count, args)) return;
    struct str signs = text(args[0]);
    if (count < 2 || signs.len + 2 != (size_t)count) {
        sqlite3_result_error(ctx, "crm_sum: a sign for every operand but the first", -1);
        return;
    }
    int64_t n = number(args[1]);
    bool fits = true;
    for (size_t i = 0; fits && i < signs.len; i++) {
        int64_t by = number(args[i + 2]);
        fits = signs.ptr[i] == '+' ? int64_add(n, by, &n) : int64_sub(n, by, &n);
    }
    result_number(ctx, fits, n);
}

static void fn_mul(sqlite3_context *ctx, int count, sqlite3_value **args) {
    int64_t n = 0;
    if (any_nil(count, args)) return;
    bool fits = int64_mul(number(args[0]), number(args[1]), &n);
    result_number(ctx, fits, n);
}

/* a * b / c with a rounding; nil for c = 0. */
static void fn_mul_div(sqlite3_context *ctx, int count, sqlite3_value **args) {
    int64_t n = 0;
    if (any_nil(count, args) || number(args[2]) == 0) return;
    enum rounding rounding = (enum rounding)number(args[3]);
    bool fits = int64_mul_div(number(args[0]), number(args[1]), number(args[2]), rounding, &n);
    result_number(ctx, fits, n);
}

static void fn_abs(sqlite3_context *ctx, int count, sqlite3_value **args) {
    if (any_nil(count, args)) return;
    int64_t n = number(args[0]);
    bool fits = n >= 0 || int64_sub(0, n, &n);
    result_number(ctx, fits, n);
}

/* n, unit, rounding, keep: n / unit rounded, times the unit again when `keep`. */
static void fn_round(sqlite3_context *ctx, int count, sqlite3_value **args) {
    int64_t n = 0;
    if (any_nil(count, args)) return;
    int64_t unit = number(args[1]);
    bool fits = int64_mul_div(number(args[0]), 1, unit, (enum rounding)number(args[2]), &n);
    if (fits && number(args[3])) fits = int64_mul(n, unit, &n);
    result_number(ctx, fits, n);
}

static int compare_scales(sqlite3_value **args) {
    __int128 left = number(args[0]), right = number(args[2]);
    for (int64_t digits = number(args[1]); digits < DECIMAL_PLACES; digits++)
        left *= 10;
    for (int64_t digits = number(args[3]); digits < DECIMAL_PLACES; digits++)
        right *= 10;
    return (left > right) - (left < right);
}

/* a, its digits, b, its digits: -1, 0, 1. */
static void fn_compare(sqlite3_context *ctx, int count, sqlite3_value **args) {
    if (!any_nil(count, args)) sqlite3_result_int(ctx, compare_scales(args));
}

/* The same for equality, total: 1 or 0. */
static void fn_equal(sqlite3_context *ctx, int count, sqlite3_value **args) {
    (void)count;
    bool left = is_nil(args[0]), right = is_nil(args[2]);
    sqlite3_result_int(ctx, left || right ? left == right : compare_scales(args) == 0);
}

static int order(sqlite3_value *a, sqlite3_value *b) {
    if (sqlite3_value_type(a) == SQLITE_TEXT) return str_compare(text(a), text(b));
    int64_t left = number(a), right = number(b);
    return (left > right) - (left < right);
}

/* Nil is left out. */
static void extreme(sqlite3_context *ctx, int count, sqlite3_value **args, int sign) {
    sqlite3_value *best = NULL;
    for (int i = 0; i < count; i++) {
        if (is_nil(args[i])) continue;
        if (!best || order(args[i], best) * sign > 0) best = args[i];
    }
    if (best) sqlite3_result_value(ctx, best);
}

static void fn_min(sqlite3_context *ctx, int count, sqlite3_value **args) {
    extreme(ctx, count, args, -1);
}
static void fn_max(sqlite3_context *ctx, int count, sqlite3_value **args) {
    extreme(ctx, count, args, 1);
}

/* ---- dates -------------------------------------------------------------------------------- */
static const struct zone *zone_of(sqlite3_context *ctx) {
    const struct store_company *company = sqlite3_user_data(ctx);
    return company->zone;
}

static void result_date(sqlite3_context *ctx, int64_t days) {
    if (days >= EXPR_DATE_MIN && days <= EXPR_DATE_MAX)
        sqlite3_result_int64(ctx, days);
    else
        sqlite3_result_error(ctx, "date out of range", -1);
}

static void fn_date(sqlite3_context *ctx, int count, sqlite3_value **args) {
    if (!any_nil(count, args)) result_date(ctx, number(args[0]));
}

static void fn_date_add(sqlite3_context *ctx, int count, sqlite3_value **args) {
    if (any_nil(count, args)) return;
    result_date(ctx, date_add(number(args[0]), (enum period)number(args[2]), number(args[1])));
}

/* date, period, first day of the week, first month of the year */
static void fn_period(sqlite3_context *ctx, int count, sqlite3_value **args) {
    if (any_nil(count, args)) return;
    enum period period = (enum period)number(args[1]);
    result_date(ctx, date_period_start(number(args[0]), period, (int)number(args[2]),
                                       (int)number(args[3])));
}

static void fn_local_date(sqlite3_context *ctx, int count, sqlite3_value **args) {
    if (any_nil(count, args)) return;
    int64_t ms = number(args[0]);
    const struct zone *zone = zone_of(ctx);
    sqlite3_result_int64(ctx, zone ? zone_date(zone, ms) : ms / MS_PER_DAY - (ms % MS_PER_DAY < 0));
}

static void fn_day_start(sqlite3_context *ctx, int count, sqlite3_value **args) {
    if (any_nil(count, args)) return;
    int64_t days = number(args[0]), ms = 0;
    const struct zone *zone = zone_of(ctx);
    bool fits = zone || int64_mul(days, MS_PER_DAY, &ms);
    result_number(ctx, fits, zone ? zone_day_start(zone, days) : ms);
}

/* ---- texts -------------------------------------------------------------------------------- */
enum { FOLD_GROWTH = 18 };

/* The result, taken from the buffer without a copy. */
static void result_buf(sqlite3_context *ctx, struct buf *b) {
    char *made = NULL;
    size_t len = 0;
    if (b->status == CRM_OK && b->len == 0)
        sqlite3_result_text(ctx, "", 0, SQLITE_STATIC);
    else if (buf_take(b, &made, &len) == CRM_OK)
        sqlite3_result_text64(ctx, made, len, free, SQLITE_UTF8);
    else if (b->status == CRM_TOO_LARGE)
        sqlite3_result_error(ctx, "text out of range", -1);
    else
        sqlite3_result_error_nomem(ctx);
}

static void fn_fold(sqlite3_context *ctx, int count, sqlite3_value **args) {
    if (any_nil(count, args)) return;
    struct str s = text(args[0]);
    BUF_CLEANUP struct buf folded;
    buf_init(&folded, s.len * FOLD_GROWTH + 1);
    fold_text(s, &folded);
    result_buf(ctx, &folded);
}

static void fn_starts_with(sqlite3_context *ctx, int count, sqlite3_value **args) {
    if (!any_nil(count, args))
        sqlite3_result_int(ctx, str_starts_with(text(args[0]), text(args[1])));
}

static void fn_concat(sqlite3_context *ctx, int count, sqlite3_value **args) {
    if (any_nil(count, args)) return;
    BUF_CLEANUP struct buf joined;
    buf_init(&joined, EXPR_TEXT_MAX_BYTES);
    for (int i = 0; i < count; i++)
        buf_add_str(&joined, text(args[i]));
    result_buf(ctx, &joined);
}

static void fn_decimal_text(sqlite3_context *ctx, int count, sqlite3_value **args) {
    if (any_nil(count, args)) return;
    BUF_CLEANUP struct buf b;
    buf_init(&b, 64);
    decimal_format(number(args[0]), -1, &b);
    result_buf(ctx, &b);
}

static void fn_date_text(sqlite3_context *ctx, int count, sqlite3_value **args) {
    if (any_nil(count, args)) return;
    BUF_CLEANUP struct buf b;
    buf_init(&b, 64);
    date_format(number(args[0]), &b);
    result_buf(ctx, &b);
}

typedef void (*sql_function)(sqlite3_context *ctx, int count, sqlite3_value **args);

static const struct {
    const char *name;
    int arguments;
    sql_function run;
} functions[] = {
    {"crm_sum", -1, fn_sum},
    {"crm_mul", 2, fn_mul},
    {"crm_mul_div", 4, fn_mul_div},
    {"crm_abs", 1, fn_abs},
    {"crm_round", 4, fn_round},
    {"crm_compare", 4, fn_compare},
    {"crm_equal", 4, fn_equal},
    {"crm_min", -1, fn_min},
    {"crm_max", -1, fn_max},
    {"crm_date", 1, fn_date},
    {"crm_date_add", 3, fn_date_add},
    {"crm_period", 4, fn_period},
    {"crm_local_date", 1, fn_local_date},
    {"crm_day_start", 1, fn_day_start},
    {"crm_fold", 1, fn_fold},
    {"crm_starts_with", 2, fn_starts_with},
    {"crm_concat", -1, fn_concat},
    {"crm_decimal_text", 1, fn_decimal_text},
    {"crm_date_text", 1, fn_date_text},
};

crm_status sqlite_functions_register(sqlite3 *db, const struct store_company *company,
                                     struct err *err) {
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    void *data = (void *)(uintptr_t)company; /* only read */
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        int code = sqlite3_create_function_v2(db, functions[i].name, functions[i].arguments, flags,
                                              data, functions[i].run, NULL, NULL, NULL);
        if (code != SQLITE_OK)
            return err_internal(err, "sqlite function %s: %d", functions[i].name, code);
    }
    return CRM_OK;
}
