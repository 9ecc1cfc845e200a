/* crm.base over kernel/base. */
#include <stdlib.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/number.h"
#include "base/unicode.h"
#include "module/bridge.h"
#include "module/kernel.h"
#include "module/messages.h"
#include "module/services.h"

/* ---- arenas and buffers ------------------------------------------------------------------- */

static struct crm_arena *base_arena_new(size_t max_bytes) {
    struct arena *a = malloc(sizeof *a);
    if (a) arena_init(a, max_bytes);
    return arena_out(a);
}

static void base_arena_free(struct crm_arena *a) {
    if (!a) return;
    arena_fini(arena_in(a));
    free(a);
}

static void base_arena_reset(struct crm_arena *a) { arena_reset(arena_in(a)); }
static void *base_arena_alloc(struct crm_arena *a, size_t bytes) {
    return arena_alloc(arena_in(a), bytes);
}
static void *base_arena_array(struct crm_arena *a, size_t count, size_t each) {
    return arena_array(arena_in(a), count, each);
}
static struct crm_str base_arena_str(struct crm_arena *a, struct crm_str s) {
    return str_out(arena_str(arena_in(a), str_in(s)));
}
static bool base_value_copy(struct crm_arena *a, const struct crm_value *from,
                            struct crm_value *ret) {
    return value_copy(arena_in(a), value_in(from), (struct value *)ret);
}

static struct crm_buf *base_buf_new(size_t max_bytes) {
    struct buf *b = malloc(sizeof *b);
    if (b) buf_init(b, max_bytes);
    return buf_out(b);
}

static void base_buf_free(struct crm_buf *b) {
    if (!b) return;
    buf_fini(buf_in(b));
    free(b);
}

static void base_buf_clear(struct crm_buf *b) { buf_clear(buf_in(b)); }
static void base_buf_add(struct crm_buf *b, const void *bytes, size_t len) {
    buf_add(buf_in(b), bytes, len);
}
static void base_buf_add_int64(struct crm_buf *b, int64_t n) { buf_add_int64(buf_in(b), n); }
static struct crm_str base_buf_str(const struct crm_buf *b) {
    return str_out(buf_str((const struct buf *)b));
}
static crm_status base_buf_status(const struct crm_buf *b) {
    return ((const struct buf *)b)->status;
}

/* ---- errors and log ----------------------------------------------------------------------- */

static crm_status base_error_set(struct crm_error *e, crm_status status,
                                 const struct crm_text *text, const struct crm_str *args,
                                 size_t arg_count) {
    const struct err_text own = {text->code, {[LANGUAGE_EN] = text->en, [LANGUAGE_RU] = text->ru}};
    struct str list[ERR_ARGS_MAX];
    size_t count = arg_count < ERR_ARGS_MAX ? arg_count : ERR_ARGS_MAX;
    for (size_t i = 0; i < count; i++)
        list[i] = str_in(args[i]);
    return err_set_args(err_in(e), status, &own, list, count);
}

static crm_status base_error_set_copied(struct crm_error *e, crm_status status, struct crm_str code,
                                        struct crm_str en, struct crm_str ru) {
    const struct str message[LANGUAGE_COUNT] = {
        [LANGUAGE_EN] = str_in(en), [LANGUAGE_RU] = str_in(ru)};
    return err_set_dynamic(err_in(e), status, str_in(code), message);
}

static crm_status base_error_no_memory(struct crm_error *e) { return err_no_memory(err_in(e)); }
static crm_status base_error_internal(struct crm_error *e, const char *cause) {
    return err_internal(err_in(e), "%s", cause);
}

static void base_error_at_field(struct crm_error *e, struct crm_str entity, struct crm_str field) {
    err_at_entity(err_in(e), str_in(entity));
    err_at_field(err_in(e), str_in(field));
}

static void base_error_at(struct crm_error *e, struct crm_str where) {
    err_at(err_in(e), "%.*s", STR_ARG(where));
}
static void base_error_because(struct crm_error *e, struct crm_str cause) {
    err_because(err_in(e), "%.*s", STR_ARG(cause));
}
static crm_status base_error_status(const struct crm_error *e) {
    return ((const struct err *)e)->status;
}
static struct crm_str base_error_code(const struct crm_error *e) {
    return crm_str_from(((const struct err *)e)->text.code);
}
static struct crm_str base_error_field(const struct crm_error *e) {
    return crm_str_from(((const struct err *)e)->field);
}
static void base_error_format(const struct crm_error *e, int32_t language, struct crm_buf *out) {
    err_format((const struct err *)e, (enum language)language, buf_in(out));
}
static void base_error_copy(struct crm_error *to, const struct crm_error *from) {
    err_copy(err_in(to), (const struct err *)from);
}

enum { PAIRS_MAX = 6, PAIR_BYTES = 512 };

static void base_log(struct crm_host *host, int32_t level, const char *event,
                     const struct crm_pair *pairs, size_t count) {
    char values[PAIRS_MAX][PAIR_BYTES];
    const char *keys[PAIRS_MAX + 1] = {NULL};
    for (size_t i = 0; i < count && i < PAIRS_MAX; i++) {
        keys[i] = pairs[i].key;
        snprintf(values[i], PAIR_BYTES, "%.*s", STR_ARG(pairs[i].value));
    }
    /* A missing key ends the list. */
    log_event((enum log_level)level, event, "module", host->module->name, keys[0], values[0],
              keys[1], values[1], keys[2], values[2], keys[3], values[3], keys[4], values[4],
              keys[5], values[5], NULL);
}

/* ---- JSON --------------------------------------------------------------------------------- */

static struct crm_json *base_json_new(struct crm_arena *a, struct crm_buf *out) {
    struct json_writer *w = ARENA_NEW(arena_in(a), struct json_writer);
    if (w) json_writer_init(w, buf_in(out));
    return json_out(w);
}

static void base_json_object_open(struct crm_json *w) { json_object_open(json_in(w)); }
static void base_json_object_shut(struct crm_json *w) { json_object_shut(json_in(w)); }
static void base_json_array_open(struct crm_json *w) { json_array_open(json_in(w)); }
static void base_json_array_shut(struct crm_json *w) { json_array_shut(json_in(w)); }
static void base_json_key(struct crm_json *w, struct crm_str name) {
    json_key(json_in(w), str_in(name));
}
static void base_json_text(struct crm_json *w, struct crm_str s) {
    json_text(json_in(w), str_in(s));
}
static void base_json_int64(struct crm_json *w, int64_t n) { json_int64(json_in(w), n); }
static void base_json_id(struct crm_json *w, int64_t id) {
    if (id)
        json_id(json_in(w), id);
    else
        json_nil(json_in(w));
}
static void base_json_bool(struct crm_json *w, bool b) { json_bool(json_in(w), b); }
static void base_json_null(struct crm_json *w) { json_nil(json_in(w)); }
static void base_json_raw(struct crm_json *w, struct crm_str json) {
    json_raw(json_in(w), str_in(json));
}
static void base_json_value(struct crm_json *w, const struct crm_value *v) {
    json_value_put(json_in(w), value_in(v));
}

static crm_status base_json_parse(struct crm_str text, struct crm_json_value **ret,
                                  struct crm_error *err) {
    json_t *root = NULL;
    crm_status status = json_parse(str_in(text), &json_limits_default, &root, err_in(err));
    if (status == CRM_OK) *ret = (struct crm_json_value *)root;
    return status;
}

static json_t *tree(const struct crm_json_value *v) { return (json_t *)(uintptr_t)v; }
static void base_json_free(struct crm_json_value *root) { json_decref(tree(root)); }

static int32_t base_json_type(const struct crm_json_value *v) {
    if (!v) return CRM_JSON_NULL;
    switch (json_typeof(tree(v))) {
    case JSON_OBJECT:
        return CRM_JSON_OBJECT;
    case JSON_ARRAY:
        return CRM_JSON_ARRAY;
    case JSON_STRING:
        return CRM_JSON_TEXT;
    case JSON_INTEGER:
        return CRM_JSON_INT;
    case JSON_REAL:
        return CRM_JSON_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return CRM_JSON_BOOL;
    case JSON_NULL:
        break;
    }
    return CRM_JSON_NULL;
}

static const struct crm_json_value *base_json_get(const struct crm_json_value *object,
                                                  const char *key) {
    return (const struct crm_json_value *)json_object_get(tree(object), key);
}

static size_t base_json_count(const struct crm_json_value *v) {
    return json_is_array(tree(v)) ? json_array_size(tree(v)) : json_object_size(tree(v));
}

static const struct crm_json_value *base_json_at(const struct crm_json_value *array,
                                                 size_t position) {
    return (const struct crm_json_value *)json_array_get(tree(array), position);
}

static void base_json_each(const struct crm_json_value *object,
                           bool (*fn)(void *ctx, struct crm_str key,
                                      const struct crm_json_value *v),
                           void *ctx) {
    const char *key;
    json_t *value;
    if (!json_is_object(tree(object))) return;
    json_object_foreach(
        tree(object), key,
        value) if (!fn(ctx, crm_str_from(key), (const struct crm_json_value *)value)) return;
}

static struct crm_str base_json_text_of(const struct crm_json_value *v) {
    return str_out(json_str(tree(v)));
}

static bool base_json_int64_of(const struct crm_json_value *v, int64_t *ret) {
    if (!json_is_integer(tree(v))) return false;
    *ret = json_integer_value(tree(v));
    return true;
}

static bool base_json_bool_of(const struct crm_json_value *v, bool otherwise) {
    return json_is_boolean(tree(v)) ? json_is_true(tree(v)) : otherwise;
}

/* ---- text and numbers --------------------------------------------------------------------- */

static bool base_utf8_valid(struct crm_str s) { return utf8_valid(str_in(s)); }
static struct crm_str base_trim(struct crm_str s) { return str_out(str_trim(str_in(s))); }
static struct crm_str base_fold_text(struct crm_arena *a, struct crm_str s) {
    return str_out(fold_text_arena(arena_in(a), str_in(s)));
}
static struct crm_str base_fold_key(struct crm_arena *a, struct crm_str s) {
    return str_out(fold_key_arena(arena_in(a), str_in(s)));
}
static int32_t base_language_find(struct crm_str tag) {
    return (int32_t)language_find(str_in(tag));
}
static bool base_int64_parse(struct crm_str s, int64_t *ret) {
    return str_to_int64(str_in(s), ret);
}
static bool base_int64_mul_div(int64_t a, int64_t b, int64_t c, int32_t rounding, int64_t *ret) {
    return int64_mul_div(a, b, c, (enum rounding)rounding, ret);
}
static bool base_decimal_parse(struct crm_str s, int64_t *ret) {
    return decimal_parse(str_in(s), ret);
}
static void base_decimal_format(int64_t micro, int32_t places, struct crm_buf *out) {
    decimal_format(micro, places, buf_in(out));
}
static bool base_currency_parse(struct crm_str code, struct crm_currency *ret) {
    return currency_parse(str_in(code), (struct currency *)ret);
}
static int32_t base_currency_digits(struct crm_currency currency) {
    struct currency own;
    memcpy(own.code, currency.code, sizeof own.code);
    return currency_digits(own);
}
static bool base_money_parse(struct crm_str s, int32_t digits, int64_t *ret) {
    return money_parse(str_in(s), digits, ret);
}
static void base_money_format(int64_t minor, int32_t digits, struct crm_buf *out) {
    money_format(minor, digits, buf_in(out));
}
static bool base_id_parse(struct crm_str s, int64_t *ret) { return id_parse(str_in(s), ret); }

/* ---- dates and times ---------------------------------------------------------------------- */

static bool base_date_parse(struct crm_str s, int64_t *ret) { return date_parse(str_in(s), ret); }
static void base_date_format(int64_t days, struct crm_buf *out) { date_format(days, buf_in(out)); }
static void base_date_to_civil(int64_t days, struct crm_civil *ret) {
    date_to_civil(days, (struct civil *)ret);
}
static int32_t base_date_weekday(int64_t days) { return date_weekday(days); }
static int64_t base_date_add(int64_t days, int32_t period, int64_t count) {
    return date_add(days, (enum period)period, count);
}
static bool base_time_parse(struct crm_str s, int64_t *ret) { return time_parse(str_in(s), ret); }
static void base_time_format(int64_t ms, struct crm_buf *out) { time_format(ms, buf_in(out)); }

/* Calls `use` with the zone of that name, or the company's. */
static crm_status with_zone(struct crm_host *host, struct crm_str name,
                            void (*use)(void *ctx, const struct zone *z), void *ctx,
                            struct crm_error *err) {
    if (name.len) {
        struct zone *zone = NULL;
        crm_status status = zone_open(str_in(name), &zone, err_in(err));
        if (status != CRM_OK) return status;
        use(ctx, zone);
        zone_close(zone);
        return CRM_OK;
    }
    struct engine *engine = kernel_engine(host->kernel);
    if (!engine) return err_set(err_in(err), CRM_UNAVAILABLE, &module_not_open, NULL);
    const struct company *company = engine_company_ref(engine);
    use(ctx, company->store.zone);
    engine_company_unref(engine, company);
    return CRM_OK;
}

struct local_use {
    struct civil *civil;
    const struct civil *from;
    int64_t ms;
};
static void use_local(void *ctx, const struct zone *z) {
    struct local_use *use = ctx;
    zone_local(z, use->ms, use->civil);
}
static void use_moment(void *ctx, const struct zone *z) {
    struct local_use *use = ctx;
    use->ms = zone_moment(z, use->from);
}

static crm_status base_time_local(struct crm_host *host, struct crm_str zone, int64_t ms,
                                  struct crm_civil *ret, struct crm_error *err) {
    struct local_use use = {.civil = (struct civil *)ret, .ms = ms};
    return with_zone(host, zone, use_local, &use, err);
}

static crm_status base_time_from_local(struct crm_host *host, struct crm_str zone,
                                       const struct crm_civil *local, int64_t *ret_ms,
                                       struct crm_error *err) {
    struct local_use use = {.from = (const struct civil *)local};
    crm_status status = with_zone(host, zone, use_moment, &use, err);
    if (status == CRM_OK) *ret_ms = use.ms;
    return status;
}

/* ---- charsets and the rest ---------------------------------------------------------------- */

static const char *base_charset_detect(struct crm_str sample, size_t *ret_bom_bytes) {
    return charset_detect(str_in(sample), ret_bom_bytes);
}
static crm_status base_charset_open(struct crm_str name, struct crm_charset **ret,
                                    struct crm_error *err) {
    return charset_open(str_in(name), (struct charset **)ret, err_in(err));
}
static crm_status base_charset_convert(struct crm_charset *c, struct crm_str bytes, bool last,
                                       struct crm_buf *out, struct crm_error *err) {
    return charset_convert((struct charset *)c, str_in(bytes), last, buf_in(out), err_in(err));
}
static void base_charset_close(struct crm_charset *c) { charset_close((struct charset *)c); }

static int64_t base_id_next(struct crm_host *host) {
    struct engine *engine = kernel_engine(host->kernel);
    return engine ? id_next(engine_ids(engine)) : 0;
}

static crm_status base_company(struct crm_host *host, struct crm_arena *a, struct crm_company *ret,
                               struct crm_error *err) {
    struct engine *engine = kernel_engine(host->kernel);
    if (!engine) return err_set(err_in(err), CRM_UNAVAILABLE, &module_not_open, NULL);
    const struct company *company = engine_company_ref(engine);
    struct crm_company facts = {.language = (int32_t)company->language,
                                .week_start = company->store.week_start,
                                .fiscal_month = company->store.fiscal_month,
                                .base_digits = company->store.base_digits,
                                .zone = str_out(arena_str(arena_in(a), company->zone_name)),
                                .name = str_out(arena_str(arena_in(a), company->name)),
                                .public_url = str_out(arena_str(arena_in(a), company->public_url))};
    memcpy(facts.base_currency.code, company->store.base_currency.code,
           sizeof facts.base_currency.code);
    engine_company_unref(engine, company);
    if (!facts.zone.ptr || !facts.name.ptr || !facts.public_url.ptr)
        return err_no_memory(err_in(err));
    bridge_facts(ret, ret->size, &facts, sizeof facts);
    return CRM_OK;
}

static void base_sha256(struct crm_str bytes, uint8_t ret[32]) {
    struct digest digest;
    sha256_of(str_in(bytes), &digest);
    memcpy(ret, digest.bytes, sizeof digest.bytes);
}

#define base_date_valid                       date_valid
#define base_date_from_civil                  date_from_civil
#define base_now_ms                           clock_now_ms
#define base_monotonic_ns                     clock_monotonic_ns
#define base_random_bytes                     random_bytes
#define BASE_MEMBER(result, name, parameters) .name = base_##name,
const struct crm_base services_base = {
    .size = sizeof services_base, .version = CRM_BASE_VERSION, CRM_BASE_TABLE(BASE_MEMBER)};
