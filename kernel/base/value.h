/* One typed value: what a field holds, an expression yields, a column stores.
 *
 * Texts and lists are borrowed (from a row, an arena, a literal). Money is minor units of
 * `currency` and, when known, the amount in the company's base currency. Ids are records of the
 * entity that the type around the value names; for "ref to anything" `entity` says which. Threads:
 * any. */
#ifndef BASE_VALUE_H
#define BASE_VALUE_H

#include "base/str.h"

enum value_type {
    VALUE_NIL,
    VALUE_BOOL,
    VALUE_INT,
    VALUE_DECIMAL, /* int64 scaled by 1,000,000 */
    VALUE_MONEY,
    VALUE_TEXT,
    VALUE_DATE, /* days since 1970-01-01 */
    VALUE_TIME, /* ms since 1970-01-01 UTC */
    VALUE_ID,
    VALUE_LIST, /* of values: sets such as my_tree(), multi-choice */
    VALUE_TYPE_COUNT
};

struct currency {
    char code[4]; /* ISO 4217, NUL-terminated; "" = none */
};

struct value {
    enum value_type type;
    bool has_base;            /* money: `base` is known */
    struct currency currency; /* money */
    int32_t entity;           /* id: schema entity id, 0 when the type says it */
    union {
        bool boolean;
        int64_t integer; /* int, decimal, date, time, id, money amount */
        struct str text;
        struct {
            const struct value *items;
            size_t count;
        } list;
    };
    int64_t base; /* money in minor units of the base currency */
};

#define VALUE_OF_NIL ((struct value){.type = VALUE_NIL})
static inline struct value value_bool(bool b) {
    return (struct value){.type = VALUE_BOOL, .boolean = b};
}
static inline struct value value_int(int64_t n) {
    return (struct value){.type = VALUE_INT, .integer = n};
}
static inline struct value value_decimal(int64_t micro) {
    return (struct value){.type = VALUE_DECIMAL, .integer = micro};
}
static inline struct value value_text(struct str s) {
    return (struct value){.type = VALUE_TEXT, .text = s};
}
static inline struct value value_date(int64_t days) {
    return (struct value){.type = VALUE_DATE, .integer = days};
}
static inline struct value value_time(int64_t ms) {
    return (struct value){.type = VALUE_TIME, .integer = ms};
}
static inline struct value value_id(int64_t id) {
    return (struct value){.type = VALUE_ID, .integer = id};
}
static inline bool value_is_nil(struct value v) { return v.type == VALUE_NIL; }

/* Same type and same content; money compares amount and currency, not base. */
bool value_equal(const struct value *a, const struct value *b);
/* Total order within one type, nil first. */
int value_compare(const struct value *a, const struct value *b);
uint64_t value_hash(const struct value *v);
const char *value_type_name(enum value_type type);
struct arena;
/* Deep copy of texts and lists into the arena; false when it is exhausted. */
bool value_copy(struct arena *a, const struct value *from, struct value *ret);

#endif
