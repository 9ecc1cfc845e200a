/* Values as they cross the module border: text, money, one typed value, the cells of a row, the
 * items of a multi-valued field.
 *
 * Texts and lists are borrowed: what a table returns lives as long as the arena or view it came
 * from (each function says so), what is passed in is copied before the call returns. Plain data;
 * the layouts are frozen. Threads: any. */
#ifndef CRM_VALUE_H
#define CRM_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <crm/status.h>

/* Pointer and length, UTF-8, never assumed to end in NUL; {NULL, 0} is the empty text. */
struct crm_str {
    const char *ptr;
    size_t len;
};

#define CRM_STR(literal) ((struct crm_str){"" literal, sizeof(literal) - 1})
static inline struct crm_str crm_str_make(const char *ptr, size_t len) {
    return (struct crm_str){ptr, len};
}
static inline struct crm_str crm_str_from(const char *terminated) {
    return (struct crm_str){terminated, terminated ? strlen(terminated) : 0};
}
static inline bool crm_str_eq(struct crm_str a, struct crm_str b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
static inline bool crm_str_is(struct crm_str a, const char *terminated) {
    return crm_str_eq(a, crm_str_from(terminated));
}

enum crm_value_type {
    CRM_VALUE_NIL = 0,
    CRM_VALUE_BOOL = 1,
    CRM_VALUE_INT = 2,
    CRM_VALUE_DECIMAL = 3, /* int64 scaled by 1,000,000 */
    CRM_VALUE_MONEY = 4,   /* minor units of `currency` */
    CRM_VALUE_TEXT = 5,
    CRM_VALUE_DATE = 6, /* days since 1970-01-01 */
    CRM_VALUE_TIME = 7, /* ms since 1970-01-01 UTC */
    CRM_VALUE_ID = 8,   /* a record */
    CRM_VALUE_LIST = 9
};

struct crm_currency {
    char code[4]; /* ISO 4217, NUL-terminated; "" = none */
};

struct crm_value {
    int32_t type;                 /* enum crm_value_type */
    bool has_base;                /* money: `base` is known */
    struct crm_currency currency; /* money */
    int32_t entity; /* id: number of the entity (crm_entity_facts.id), 0 = the field says it */
    union {
        bool boolean;
        int64_t integer; /* int, decimal, date, time, id, money amount */
        struct crm_str text;
        struct {
            const struct crm_value *items;
            size_t count;
        } list;
    };
    int64_t base; /* money in minor units of the company's currency */
};

static inline struct crm_value crm_nil(void) { return (struct crm_value){.type = CRM_VALUE_NIL}; }
static inline struct crm_value crm_bool(bool b) {
    return (struct crm_value){.type = CRM_VALUE_BOOL, .boolean = b};
}
static inline struct crm_value crm_int(int64_t n) {
    return (struct crm_value){.type = CRM_VALUE_INT, .integer = n};
}
static inline struct crm_value crm_decimal(int64_t micro) {
    return (struct crm_value){.type = CRM_VALUE_DECIMAL, .integer = micro};
}
static inline struct crm_value crm_money(int64_t minor, struct crm_currency currency) {
    return (struct crm_value){.type = CRM_VALUE_MONEY, .integer = minor, .currency = currency};
}
static inline struct crm_value crm_text_value(struct crm_str s) {
    return (struct crm_value){.type = CRM_VALUE_TEXT, .text = s};
}
static inline struct crm_value crm_date(int64_t days) {
    return (struct crm_value){.type = CRM_VALUE_DATE, .integer = days};
}
static inline struct crm_value crm_time(int64_t ms) {
    return (struct crm_value){.type = CRM_VALUE_TIME, .integer = ms};
}
static inline struct crm_value crm_id(int64_t id) {
    return (struct crm_value){.type = CRM_VALUE_ID, .integer = id};
}
/* A reference of a field that may point anywhere. */
static inline struct crm_value crm_id_of(int32_t entity, int64_t id) {
    return (struct crm_value){.type = CRM_VALUE_ID, .entity = entity, .integer = id};
}
static inline bool crm_is_nil(const struct crm_value *v) {
    return v == NULL || v->type == CRM_VALUE_NIL;
}

/* One element of a multi-valued field. Labelled (e-mails, phones ...): text value, label, primary.
 * Choices: text value. Links: id value and attributes by position in the field's attributes; `key`
 * is the normalised form (digits of a phone, folded e-mail), filled by the kernel: leave it empty.
 */
struct crm_item {
    struct crm_value value;
    struct crm_str label;
    struct crm_str key;
    bool primary;
    const struct crm_value *attributes; /* NULL, or one per attribute */
};

/* One selected cell of a row. A reference carries its title where the viewer may know it. */
struct crm_cell {
    struct crm_value value;
    struct crm_str title;
    const struct crm_item *items;      /* multi-valued fields */
    const struct crm_str *item_titles; /* links: one per item */
    size_t item_count;
};

/* A row of a list, cells in the order of the asked-for fields; borrowed until the call returns (row
 * by row) or until the view is refreshed or closed. */
struct crm_row {
    int64_t id;
    int64_t version;
    const struct crm_cell *cells;
    size_t count;
};

#endif
