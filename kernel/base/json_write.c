/* JSON written straight into a buffer. Texts are copied in runs: a run ends only where something
 * must be escaped or is not UTF-8. */
#include "base/json.h"

#include "base/number.h"
#include "base/time.h"
#include "base/unicode.h"

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)
/* Digits that a reader of JSON keeps whatever it holds numbers in. */
#define FRACTION_MAX INT64_C(1000000000000000)

void json_writer_init(struct json_writer *w, struct buf *out) {
    *w = (struct json_writer){.out = out};
}

/* The comma before an item, unless it is the value of a key or the first. */
static void item(struct json_writer *w) {
    uint64_t bit = UINT64_C(1) << w->depth;
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if ((w->has_item & bit) && w->depth > 0) buf_add_char(w->out, ',');
    w->has_item |= bit;
}

static void open_with(struct json_writer *w, char bracket) {
    item(w);
    if (w->depth == JSON_DEPTH) {
        if (w->out->status == CRM_OK) w->out->status = CRM_TOO_LARGE;
        return;
    }
    w->depth++;
    w->has_item &= ~(UINT64_C(1) << w->depth);
    buf_add_char(w->out, bracket);
}

static void shut_with(struct json_writer *w, char bracket) {
    if (w->depth > 0) w->depth--;
    buf_add_char(w->out, bracket);
}

void json_object_open(struct json_writer *w) { open_with(w, '{'); }
void json_object_shut(struct json_writer *w) { shut_with(w, '}'); }
void json_array_open(struct json_writer *w) { open_with(w, '['); }
void json_array_shut(struct json_writer *w) { shut_with(w, ']'); }

/* Some byte of the word is not plain: high, below blank, a quote or a backslash. */
static bool special8(uint64_t word) {
    uint64_t quote = word ^ (ONES * '"'), backslash = word ^ (ONES * '\\');
    uint64_t hit =
        word | (word - ONES * ' ') | ((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash);
    return (hit & HIGHS) != 0;
}

/* Bytes from the start of `s` that can be copied as they are. */
static size_t plain_run(struct str s) {
    size_t at = 0;
    while (at < s.len) {
        uint64_t word;
        if (s.len - at >= 8) {
            memcpy(&word, s.ptr + at, 8);
            if (!special8(word)) {
                at += 8;
                continue;
            }
        }
        unsigned char c = (unsigned char)s.ptr[at];
        if (c < 0x80) {
            if (c < ' ' || c == '"' || c == '\\') return at;
            at++;
        } else if (c >= 0xC2 && c < 0xE0 && s.len - at >= 2 &&
                   ((unsigned char)s.ptr[at + 1] & 0xC0u) == 0x80u) {
            at += 2; /* most of what is not ASCII here */
        } else {
            size_t len = utf8_sequence(s.ptr + at, s.len - at);
            if (len == 0) return at;
            at += len;
        }
    }
    return at;
}

static void escape(struct buf *out, unsigned char c) {
    static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    if (c >= 0x80) {
        buf_add(out, "\xEF\xBF\xBD", 3);
        return;
    }
    for (size_t i = 0; i + 1 < sizeof letters; i += 2) {
        if ((unsigned char)letters[i] != c) continue;
        char pair[2] = {'\\', letters[i + 1]};
        buf_add(out, pair, sizeof pair);
        return;
    }
    char code[6] = {'\\', 'u', '0', '0', (char)('0' + (c >> 4)), "0123456789abcdef"[c & 15]};
    buf_add(out, code, sizeof code);
}

static void quoted(struct buf *out, struct str s) {
    buf_add_char(out, '"');
    while (s.len > 0) {
        size_t run = plain_run(s);
        buf_add(out, s.ptr, run);
        s = str_make(s.ptr + run, s.len - run);
        if (s.len == 0) break;
        escape(out, (unsigned char)s.ptr[0]);
        s = str_make(s.ptr + 1, s.len - 1);
    }
    buf_add_char(out, '"');
}

void json_key(struct json_writer *w, struct str name) {
    item(w);
    quoted(w->out, name);
    buf_add_char(w->out, ':');
    w->after_key = true;
}

void json_key_lit(struct json_writer *w, const char *terminated) {
    json_key(w, str_from(terminated));
}

void json_text(struct json_writer *w, struct str s) {
    item(w);
    quoted(w->out, s);
}

void json_cstr(struct json_writer *w, const char *terminated) {
    json_text(w, str_from(terminated));
}

void json_int64(struct json_writer *w, int64_t n) {
    item(w);
    buf_add_int64(w->out, n);
}

void json_id(struct json_writer *w, int64_t id) {
    item(w);
    buf_add_char(w->out, '"');
    buf_add_int64(w->out, id);
    buf_add_char(w->out, '"');
}

void json_bool(struct json_writer *w, bool b) {
    item(w);
    buf_add(w->out, b ? "true" : "false", b ? 4 : 5);
}

void json_nil(struct json_writer *w) {
    item(w);
    buf_add(w->out, "null", 4);
}

void json_text_or_nil(struct json_writer *w, struct str text) {
    if (text.len) {
        json_text(w, text);
    } else {
        json_nil(w);
    }
}

void json_decimal(struct json_writer *w, int64_t micro, int places) {
    item(w);
    buf_add_char(w->out, '"');
    decimal_format(micro, places, w->out);
    buf_add_char(w->out, '"');
}

void json_fraction(struct json_writer *w, int64_t micro) {
    bool is_whole = micro % DECIMAL_ONE == 0;
    if (!is_whole && (micro >= FRACTION_MAX || micro <= -FRACTION_MAX)) {
        json_decimal(w, micro, -1);
        return;
    }
    item(w);
    decimal_format(micro, -1, w->out);
}

void json_money(struct json_writer *w, int64_t minor, struct currency currency) {
    item(w);
    buf_add_cstr(w->out, "{\"amount\":\"");
    money_format(minor, currency_digits(currency), w->out);
    buf_add_cstr(w->out, "\",\"currency\":");
    quoted(w->out, str_make(currency.code, strnlen(currency.code, sizeof currency.code)));
    buf_add_char(w->out, '}');
}

void json_date(struct json_writer *w, int64_t days) {
    item(w);
    buf_add_char(w->out, '"');
    date_format(days, w->out);
    buf_add_char(w->out, '"');
}

void json_time(struct json_writer *w, int64_t ms) {
    item(w);
    buf_add_char(w->out, '"');
    time_format(ms, w->out);
    buf_add_char(w->out, '"');
}

void json_raw(struct json_writer *w, struct str complete_json) {
    item(w);
    buf_add_str(w->out, complete_json);
}

void json_value_put(struct json_writer *w, const struct value *v) {
    switch (v->type) {
    case VALUE_BOOL:
        json_bool(w, v->boolean);
        return;
    case VALUE_INT:
        json_int64(w, v->integer);
        return;
    case VALUE_DECIMAL:
        json_decimal(w, v->integer, -1);
        return;
    case VALUE_MONEY:
        json_money(w, v->integer, v->currency);
        return;
    case VALUE_TEXT:
        json_text(w, v->text);
        return;
    case VALUE_DATE:
        json_date(w, v->integer);
        return;
    case VALUE_TIME:
        json_time(w, v->integer);
        return;
    case VALUE_ID:
        json_id(w, v->integer);
        return;
    case VALUE_LIST:
        json_array_open(w);
        for (size_t i = 0; i < v->list.count && w->out->status == CRM_OK; i++)
            json_value_put(w, &v->list.items[i]);
        json_array_shut(w);
        return;
    case VALUE_NIL:
    case VALUE_TYPE_COUNT:
        json_nil(w);
        return;
    }
}
