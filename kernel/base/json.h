/* JSON out: written straight into the output buffer. JSON in: jansson behind limits.
 *
 * The writer puts commas by itself and never allocates; nesting to JSON_DEPTH. Invalid UTF-8 in a
 * text is replaced by U+FFFD (stored text is valid, error arguments may not be). RFC 8259.
 * Threads: one at a time. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/value.h"

enum { JSON_DEPTH = 48 };

struct json_writer {
    struct buf *out;
    uint8_t depth;
    uint64_t has_item; /* bit per depth */
    bool after_key;
};

void json_writer_init(struct json_writer *w, struct buf *out);
void json_object_open(struct json_writer *w);
void json_object_shut(struct json_writer *w);
void json_array_open(struct json_writer *w);
void json_array_shut(struct json_writer *w);
void json_key(struct json_writer *w, struct str name);
void json_key_lit(struct json_writer *w, const char *terminated);
void json_text(struct json_writer *w, struct str s);
void json_cstr(struct json_writer *w, const char *terminated);
void json_int64(struct json_writer *w, int64_t n); /* a number */
void json_id(struct json_writer *w, int64_t id);   /* a string of digits */
void json_bool(struct json_writer *w, bool b);
void json_nil(struct json_writer *w); /* null; jansson owns the other name */
void json_text_or_nil(struct json_writer *w, struct str text); /* null where there is no text */
void json_decimal(struct json_writer *w, int64_t micro, int places); /* a string */
/* A decimal as a number, for definitions and not for records; what would not be read back as
 * itself, having more than fifteen digits, is a string. */
void json_fraction(struct json_writer *w, int64_t micro);
void json_money(struct json_writer *w, int64_t minor, struct currency currency);
void json_date(struct json_writer *w, int64_t days);
void json_time(struct json_writer *w, int64_t ms);
void json_raw(struct json_writer *w, struct str complete_json);
/* Any value, each type in its form above; lists as arrays, ids as strings. */
void json_value_put(struct json_writer *w, const struct value *v);

struct json_limits {
    size_t max_bytes;    /* 1 MB by default */
    size_t max_depth;    /* 32 */
    size_t max_elements; /* 10,000 members and items */
};
extern const struct json_limits json_limits_default;

/* Owned tree (json_decref). Counted before jansson sees it; duplicate keys, NUL and invalid UTF-8
 * are refused; the message names line and column. */
crm_status json_parse(struct str text, const struct json_limits *limits, json_t **ret,
                      struct err *err);
static inline void json_cleanup(json_t **j) { json_decref(*j); }
#define JSON_CLEANUP __attribute__((cleanup(json_cleanup)))
struct str json_str(const json_t *string); /* borrowed; empty for NULL or another type */

#endif
