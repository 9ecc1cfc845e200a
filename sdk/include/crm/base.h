/* crm.base: memory, errors, log, JSON, text, exact numbers, dates, charsets, ids, company facts.
 *
 * Threads: functions any; an arena, buffer, writer or converter belongs to one thread at a time. */
#ifndef CRM_BASE_H
#define CRM_BASE_H

#include <crm/module.h>

#define CRM_BASE_SERVICE "crm.base"
#define CRM_BASE_VERSION 1

struct crm_arena;      /* memory that is freed all at once */
struct crm_buf;        /* growable bytes with a maximum and a sticky failure */
struct crm_json;       /* JSON writer; puts commas by itself */
struct crm_json_value; /* parsed JSON, read only */
struct crm_charset;    /* streaming conversion to UTF-8 */

/* An error: the caller's storage, nothing to free. error_set and friends fill it; texts are looked
 * at with error_format. Zero-initialised or not, it need not be prepared. */
struct crm_error {
    uint64_t storage[256];
};

/* A message in every language; {0} {1} ... stand for arguments. `code` is a stable word that
 * clients see. Must be constant (the error keeps the pointers): static const struct crm_text
 * no_header = {"no_header", "The file has no header.", "В файле нет заголовка."}; */
struct crm_text {
    const char *code;
    const char *en;
    const char *ru;
};

enum crm_language { CRM_LANGUAGE_EN = 0, CRM_LANGUAGE_RU = 1 };
enum crm_log_level { CRM_LOG_DEBUG = 0, CRM_LOG_INFO = 1, CRM_LOG_WARN = 2, CRM_LOG_ERROR = 3 };
enum crm_rounding { CRM_ROUND_HALF_EVEN = 0, CRM_ROUND_HALF_AWAY = 1, CRM_ROUND_FLOOR = 2 };
enum crm_period {
    CRM_PERIOD_DAY = 0,
    CRM_PERIOD_WEEK = 1,
    CRM_PERIOD_MONTH = 2,
    CRM_PERIOD_QUARTER = 3,
    CRM_PERIOD_YEAR = 4
};
enum crm_json_type {
    CRM_JSON_NULL = 0,
    CRM_JSON_BOOL = 1,
    CRM_JSON_INT = 2,
    CRM_JSON_REAL = 3,
    CRM_JSON_TEXT = 4,
    CRM_JSON_ARRAY = 5,
    CRM_JSON_OBJECT = 6
};

struct crm_pair {
    const char *key;
    struct crm_str value;
};

struct crm_civil {
    int32_t year, month, day; /* month and day from 1 */
    int32_t hour, minute, second, ms;
};

/* Facts of the company, as of the call. Set `size` before the call; texts are in the given arena.
 */
struct crm_company {
    uint32_t size;
    int32_t language;     /* enum crm_language */
    int32_t week_start;   /* 1 = Monday ... 7 */
    int32_t fiscal_month; /* 1..12 */
    int32_t base_digits;  /* of the base currency, after the point */
    struct crm_currency base_currency;
    struct crm_str zone, name, public_url;
};

#define CRM_BASE_TABLE(X)                                                                          \
    /* ---- arenas: at most max_bytes; everything from an arena ends with arena_reset or           \
     * arena_free ---- */                                                                          \
    X(struct crm_arena *, arena_new, (size_t max_bytes))                                           \
    X(void, arena_free, (struct crm_arena * a))                                                    \
    X(void, arena_reset, (struct crm_arena * a))                                                   \
    /* Zero-filled, aligned to 16; NULL on exhaustion (answer CRM_NO_MEMORY). */                   \
    X(void *, arena_alloc, (struct crm_arena * a, size_t bytes))                                   \
    X(void *, arena_array, (struct crm_arena * a, size_t count, size_t bytes_each))                \
    /* A copy with a NUL behind; ptr NULL on exhaustion. */                                        \
    X(struct crm_str, arena_str, (struct crm_arena * a, struct crm_str s))                         \
    /* Deep copy of texts and lists; false on exhaustion. */                                       \
    X(bool, value_copy,                                                                            \
      (struct crm_arena * a, const struct crm_value *from, struct crm_value *ret))                 \
    /* ---- buffers: append freely, look at buf_status once at the end ---- */                     \
    X(struct crm_buf *, buf_new, (size_t max_bytes))                                               \
    X(void, buf_free, (struct crm_buf * b))                                                        \
    X(void, buf_clear, (struct crm_buf * b))                                                       \
    X(void, buf_add, (struct crm_buf * b, const void *bytes, size_t len))                          \
    X(void, buf_add_int64, (struct crm_buf * b, int64_t n))                                        \
    X(struct crm_str, buf_str, (const struct crm_buf *b))                                          \
    X(crm_status, buf_status, (const struct crm_buf *b))                                           \
    /* ---- errors: each setter fills `e` (may be NULL) anew and returns `status` ---- */          \
    X(crm_status, error_set,                                                                       \
      (struct crm_error * e, crm_status status, const struct crm_text *text,                       \
       const struct crm_str *args, size_t arg_count))                                              \
    /* The same with a wording that lives only now: copied. */                                     \
    X(crm_status, error_set_copied,                                                                \
      (struct crm_error * e, crm_status status, struct crm_str code, struct crm_str en,            \
       struct crm_str ru))                                                                         \
    X(crm_status, error_no_memory, (struct crm_error * e))                                         \
    /* Something that should not happen; `cause` goes to the log only. */                          \
    X(crm_status, error_internal, (struct crm_error * e, const char *cause))                       \
    /* Where it was; what is there already stays. */                                               \
    X(void, error_at_field, (struct crm_error * e, struct crm_str entity, struct crm_str field))   \
    X(void, error_at, (struct crm_error * e, struct crm_str where))                                \
    X(void, error_because, (struct crm_error * e, struct crm_str technical_cause))                 \
    X(crm_status, error_status, (const struct crm_error *e))                                       \
    X(struct crm_str, error_code, (const struct crm_error *e))                                     \
    X(struct crm_str, error_field, (const struct crm_error *e))                                    \
    X(void, error_format, (const struct crm_error *e, int32_t language, struct crm_buf *out))      \
    X(void, error_copy, (struct crm_error * to, const struct crm_error *from))                     \
    /* One structured line under the module's name. No personal data: ids, codes, causes. */       \
    X(void, log,                                                                                   \
      (struct crm_host * host, int32_t level, const char *event, const struct crm_pair *pairs,     \
       size_t pair_count))                                                                         \
    /* ---- JSON out, straight into a buffer; the writer is in the arena, NULL on exhaustion ----  \
     */                                                                                            \
    X(struct crm_json *, json_new, (struct crm_arena * a, struct crm_buf * out))                   \
    X(void, json_object_open, (struct crm_json * w))                                               \
    X(void, json_object_shut, (struct crm_json * w))                                               \
    X(void, json_array_open, (struct crm_json * w))                                                \
    X(void, json_array_shut, (struct crm_json * w))                                                \
    X(void, json_key, (struct crm_json * w, struct crm_str name))                                  \
    X(void, json_text, (struct crm_json * w, struct crm_str s))                                    \
    X(void, json_int64, (struct crm_json * w, int64_t n))                                          \
    X(void, json_id, (struct crm_json * w, int64_t id)) /* a string of digits; 0 is null */        \
    X(void, json_bool, (struct crm_json * w, bool b))                                              \
    X(void, json_null, (struct crm_json * w))                                                      \
    X(void, json_raw, (struct crm_json * w, struct crm_str complete_json))                         \
    X(void, json_value,                                                                            \
      (struct crm_json * w, const struct crm_value *v)) /* each type in its REST form */           \
    /* ---- JSON in, behind limits (1 MB, depth 32, 10,000 elements, no duplicate keys) ---- */    \
    X(crm_status, json_parse,                                                                      \
      (struct crm_str text, struct crm_json_value * *ret, struct crm_error * err))                 \
    X(void, json_free, (struct crm_json_value * root))      /* the root only */                    \
    X(int32_t, json_type, (const struct crm_json_value *v)) /* NULL is CRM_JSON_NULL */            \
    X(const struct crm_json_value *, json_get,                                                     \
      (const struct crm_json_value *object, const char *key)) /* or NULL */                        \
    X(size_t, json_count, (const struct crm_json_value *v))   /* items or members */               \
    X(const struct crm_json_value *, json_at,                                                      \
      (const struct crm_json_value *array, size_t position))                                       \
    /* Calls for each member in order; return false to stop. */                                    \
    X(void, json_each,                                                                             \
      (const struct crm_json_value *object,                                                        \
       bool (*fn)(void *ctx, struct crm_str key, const struct crm_json_value *v), void *ctx))      \
    X(struct crm_str, json_text_of,                                                                \
      (const struct crm_json_value *v)) /* empty for any other type */                             \
    X(bool, json_int64_of, (const struct crm_json_value *v, int64_t *ret))                         \
    X(bool, json_bool_of, (const struct crm_json_value *v, bool otherwise))                        \
    /* ---- text ---- */                                                                           \
    X(bool, utf8_valid, (struct crm_str s))     /* NUL is invalid */                               \
    X(struct crm_str, trim, (struct crm_str s)) /* blanks at both ends; borrowed from s */         \
    /* Folded as search and sorting do; fold_key also trims and collapses blanks: how names and    \
     * keys compare. In the arena, ptr NULL on exhaustion. */                                      \
    X(struct crm_str, fold_text, (struct crm_arena * a, struct crm_str s))                         \
    X(struct crm_str, fold_key, (struct crm_arena * a, struct crm_str s))                          \
    X(int32_t, language_find, (struct crm_str tag)) /* "ru-RU"; unknown is English */              \
    /* ---- exact numbers: false = not a number of this kind, or out of range ---- */              \
    X(bool, int64_parse, (struct crm_str s, int64_t * ret))                                        \
    X(bool, int64_mul_div,                                                                         \
      (int64_t a, int64_t b, int64_t c, int32_t rounding, int64_t * ret)) /* a*b/c, 128 bits */    \
    X(bool, decimal_parse, (struct crm_str s, int64_t * ret_micro))                                \
    X(void, decimal_format,                                                                        \
      (int64_t micro, int32_t places, struct crm_buf * out)) /* places -1 = shortest */            \
    X(bool, currency_parse, (struct crm_str code, struct crm_currency * ret))                      \
    X(int32_t, currency_digits, (struct crm_currency currency)) /* -1: not known */                \
    X(bool, money_parse, (struct crm_str s, int32_t digits, int64_t * ret_minor))                  \
    X(void, money_format, (int64_t minor, int32_t digits, struct crm_buf * out))                   \
    X(bool, id_parse, (struct crm_str s, int64_t * ret))                                           \
    /* ---- dates (days), times (ms UTC); zones are IANA names, "" = the company's ---- */         \
    X(bool, date_parse, (struct crm_str s, int64_t * ret_days)) /* 2026-11-21 exactly */           \
    X(void, date_format, (int64_t days, struct crm_buf * out))                                     \
    X(bool, date_valid, (int32_t year, int32_t month, int32_t day))                                \
    X(int64_t, date_from_civil, (int32_t year, int32_t month, int32_t day))                        \
    X(void, date_to_civil, (int64_t days, struct crm_civil * ret))                                 \
    X(int32_t, date_weekday, (int64_t days)) /* 1 = Monday */                                      \
    X(int64_t, date_add, (int64_t days, int32_t period, int64_t count))                            \
    X(bool, time_parse, (struct crm_str s, int64_t * ret_ms)) /* RFC 3339 with zone */             \
    X(void, time_format, (int64_t ms, struct crm_buf * out))                                       \
    X(crm_status, time_local,                                                                      \
      (struct crm_host * host, struct crm_str zone, int64_t ms, struct crm_civil * ret,            \
       struct crm_error * err))                                                                    \
    X(crm_status, time_from_local,                                                                 \
      (struct crm_host * host, struct crm_str zone, const struct crm_civil *local,                 \
       int64_t *ret_ms, struct crm_error *err))                                                    \
    X(int64_t, now_ms, (void))                                                                     \
    X(int64_t, monotonic_ns, (void))                                                               \
    /* ---- charsets ---- */                                                                       \
    /* Guesses from the first bytes (64 KB are plenty); static text; *ret_bom_bytes to skip. */    \
    X(const char *, charset_detect, (struct crm_str sample, size_t * ret_bom_bytes))               \
    X(crm_status, charset_open,                                                                    \
      (struct crm_str name, struct crm_charset * *ret, struct crm_error * err))                    \
    X(crm_status, charset_convert,                                                                 \
      (struct crm_charset * c, struct crm_str bytes, bool last, struct crm_buf *out,               \
       struct crm_error *err))                                                                     \
    X(void, charset_close, (struct crm_charset * c))                                               \
    /* ---- the rest ---- */                                                                       \
    X(int64_t, id_next,                                                                            \
      (struct crm_host * host)) /* a new record id; only after the database is open */             \
    X(crm_status, company,                                                                         \
      (struct crm_host * host, struct crm_arena * a, struct crm_company * ret,                     \
       struct crm_error * err))                                                                    \
    X(void, sha256, (struct crm_str bytes, uint8_t ret[32]))                                       \
    X(void, random_bytes, (void *ret, size_t len))

CRM_TABLE(crm_base, CRM_BASE_TABLE)

#endif
