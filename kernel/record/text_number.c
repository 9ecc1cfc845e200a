#include "record/text_parse.h"

enum { EXPONENT_MAX = 18 };

/* One character of a number as written; what it takes in bytes. */
enum mark {
    MARK_DIGIT,
    MARK_POINT,
    MARK_COMMA,
    MARK_BLANK,
    MARK_MINUS,
    MARK_PLUS,
    MARK_OPEN,
    MARK_SHUT,
    MARK_PERCENT,
    MARK_EXPONENT,
    MARK_OTHER
};

static enum mark ascii_mark(char c) {
    if (c >= '0' && c <= '9') return MARK_DIGIT;
    switch (c) {
    case '.':
        return MARK_POINT;
    case ',':
        return MARK_COMMA;
    case ' ':
    case '\'':
        return MARK_BLANK;
    case '-':
        return MARK_MINUS;
    case '+':
        return MARK_PLUS;
    case '(':
        return MARK_OPEN;
    case ')':
        return MARK_SHUT;
    case '%':
        return MARK_PERCENT;
    case 'e':
    case 'E':
        return MARK_EXPONENT;
    default:
        return MARK_OTHER;
    }
}

static enum mark mark_at(struct str s, size_t at, size_t *ret_len) {
    static const struct {
        const char *bytes;
        enum mark mark;
    } wide[] = {{"\xC2\xA0", MARK_BLANK},     {"\xE2\x80\xAF", MARK_BLANK},
                {"\xE2\x80\x89", MARK_BLANK}, {"\xE2\x80\x99", MARK_BLANK},
                {"\xE2\x88\x92", MARK_MINUS}, {"\xE2\x80\x93", MARK_MINUS}};
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        size_t len = strlen(wide[i].bytes);
        if (s.len - at < len || memcmp(s.ptr + at, wide[i].bytes, len) != 0) continue;
        *ret_len = len;
        return wide[i].mark;
    }
    *ret_len = 1;
    return ascii_mark(s.ptr[at]);
}

struct number {
    char digits[TEXT_NUMBER_BYTES]; /* digits with their separators '.' ',' ' ' */
    size_t len;
    bool negative, bracket, seen_exponent;
    int exponent;
};

static bool add(struct number *n, char c) {
    if (n->len + 1 >= sizeof n->digits) return false;
    n->digits[n->len++] = c;
    return true;
}

static bool read_exponent(struct number *n, struct str rest) {
    int64_t power = 0;
    if (rest.len && rest.ptr[0] == '+') rest = str_make(rest.ptr + 1, rest.len - 1);
    if (!str_to_int64(rest, &power) || power > EXPONENT_MAX || power < -EXPONENT_MAX) return false;
    n->exponent = (int)power;
    return true;
}

static bool scan(struct str s, struct number *n) {
    bool shut = false, after = false;
    size_t len = 1;
    for (size_t at = 0; at < s.len; at += len) {
        enum mark mark = mark_at(s, at, &len);
        if ((shut || after) && mark != MARK_BLANK && mark != MARK_SHUT && mark != MARK_PERCENT)
            return false;
        switch (mark) {
        case MARK_DIGIT:
        case MARK_POINT:
        case MARK_COMMA:
            if (!add(n, s.ptr[at])) return false;
            break;
        case MARK_BLANK:
            if (n->len && !add(n, ' ')) return false;
            break;
        case MARK_MINUS:
            if (n->negative) return false;
            n->negative = true;
            after = n->len > 0; /* "12-" as accountants write it */
            break;
        case MARK_PLUS:
            if (n->len || n->negative) return false;
            break;
        case MARK_OPEN:
            if (n->len || n->negative) return false;
            n->negative = n->bracket = true;
            break;
        case MARK_SHUT:
            if (!n->bracket || shut) return false;
            shut = true;
            break;
        case MARK_PERCENT:
            after = true;
            break;
        case MARK_EXPONENT:
            return n->len > 0 && read_exponent(n, str_make(s.ptr + at + 1, s.len - at - 1));
        default:
            return false;
        }
    }
    return n->bracket == shut;
}

static size_t count_of(const struct number *n, char c) {
    size_t count = 0;
    for (size_t i = 0; i < n->len; i++)
        count += n->digits[i] == c;
    return count;
}

/* Which character stands before the decimals, 0 when there are none. */
static char decimal_mark(const struct number *n) {
    size_t points = count_of(n, '.'), commas = count_of(n, ',');
    const char *point = memrchr(n->digits, '.', n->len), *comma = memrchr(n->digits, ',', n->len);
    if (points && commas) {
        if (point > comma) return points == 1 ? '.' : 0;
        return commas == 1 ? ',' : 0;
    }
    if (points) return points == 1 ? '.' : 0;
    if (commas != 1) return 0;
    size_t before = (size_t)(comma - n->digits), behind = n->len - before - 1;
    bool thousands =
        behind == 3 && before >= 1 && before <= 3 && n->digits[0] != '0' && count_of(n, ' ') == 0;
    return thousands ? 0 : ',';
}

/* Groups between separators have three digits, but for the first, which has one to three. */
static bool grouped(const char *digits, size_t len) {
    size_t run = 0, groups = 0;
    for (size_t i = 0; i < len; i++) {
        if (digits[i] >= '0' && digits[i] <= '9') {
            run++;
            continue;
        }
        if (run == 0 || run > 3 || (groups > 0 && run != 3)) return false;
        groups++;
        run = 0;
    }
    return groups == 0 || run == 3;
}

/* Moves the decimal point by the exponent: digits of both parts into `all`, `point` is its place.
 */
static bool shift(char all[TEXT_NUMBER_BYTES * 2], size_t *len, size_t *point, int exponent) {
    if (exponent >= 0) {
        while (*len < *point + (size_t)exponent) {
            if (*len + 1 >= TEXT_NUMBER_BYTES) return false;
            all[(*len)++] = '0';
        }
        *point += (size_t)exponent;
        return true;
    }
    size_t left = (size_t)-exponent;
    while (*point < left) {
        if (*len + 1 >= TEXT_NUMBER_BYTES) return false;
        memmove(all + 1, all, (*len)++);
        all[0] = '0';
        ++*point;
    }
    *point -= left;
    return true;
}

static bool write_out(const struct number *n, size_t whole, char room[TEXT_NUMBER_BYTES]) {
    char all[TEXT_NUMBER_BYTES * 2];
    size_t len = 0, point = 0, to = 0;
    for (size_t i = 0; i < n->len; i++) {
        if (i == whole) point = len;
        if (n->digits[i] >= '0' && n->digits[i] <= '9') all[len++] = n->digits[i];
    }
    if (whole == n->len) point = len;
    if (len == 0 || !shift(all, &len, &point, n->exponent)) return false;
    while (len > point && all[len - 1] == '0' && n->exponent != 0)
        len--;
    if (len + 3 >= TEXT_NUMBER_BYTES) return false;
    if (n->negative) room[to++] = '-';
    if (point == 0) room[to++] = '0';
    memcpy(room + to, all, point);
    to += point;
    if (len > point) room[to++] = '.';
    memcpy(room + to, all + point, len - point);
    room[to + len - point] = '\0';
    return true;
}

bool text_number(struct str text, char room[TEXT_NUMBER_BYTES]) {
    struct number n = {.len = 0};
    if (!scan(str_trim(text), &n)) return false;
    while (n.len && n.digits[n.len - 1] == ' ')
        n.len--;
    char mark = decimal_mark(&n);
    size_t whole = n.len;
    if (mark) whole = (size_t)((const char *)memrchr(n.digits, mark, n.len) - n.digits);
    for (size_t i = whole + 1; i < n.len; i++)
        if (n.digits[i] < '0' || n.digits[i] > '9') return false;
    return grouped(n.digits, whole) && write_out(&n, whole, room);
}

/* ---- money ----------------------------------------------------------------------------------- */

struct sign {
    const char *text, *code;
};
/* Signs that mean one currency, and the words of Russian. */
static const struct sign signs[] = {{"$", "USD"},  {"€", "EUR"},    {"£", "GBP"},   {"₽", "RUB"},
                                    {"¥", "JPY"},  {"₴", "UAH"},    {"₸", "KZT"},   {"₹", "INR"},
                                    {"₺", "TRY"},  {"руб.", "RUB"}, {"руб", "RUB"}, {"р.", "RUB"},
                                    {"US$", "USD"}};

static bool cut(struct str *s, size_t from, size_t len) {
    if (from == 0) {
        *s = str_trim(str_make(s->ptr + len, s->len - len));
    } else {
        *s = str_trim(str_make(s->ptr, s->len - len));
    }
    return true;
}

static bool cut_sign(struct str *s, struct currency *ret) {
    for (size_t i = sizeof signs / sizeof *signs;
         i-- > 0;) { /* longer ones stand behind shorter ones */
        struct str sign = str_from(signs[i].text);
        bool front = str_starts_with(*s, sign);
        if (!front && !str_ends_with(*s, sign)) continue;
        memcpy(ret->code, signs[i].code, sizeof ret->code);
        return cut(s, front ? 0 : 1, sign.len);
    }
    return false;
}

static bool cut_code(struct str *s, struct currency *ret) {
    struct currency c;
    if (s->len < 4) return false;
    if (currency_parse(str_make(s->ptr, 3), &c) && currency_digits(c) >= 0)
        return *ret = c, cut(s, 0, 3);
    if (currency_parse(str_make(s->ptr + s->len - 3, 3), &c) && currency_digits(c) >= 0)
        return *ret = c, cut(s, 1, 3);
    return false;
}

bool text_money(struct str text, char room[TEXT_NUMBER_BYTES], struct currency *ret_currency) {
    struct str s = str_trim(text);
    struct currency c = {""};
    bool minus = s.len > 1 && s.ptr[0] == '-' && (s.ptr[1] < '0' || s.ptr[1] > '9'); /* -$5 */
    if (minus) s = str_trim(str_make(s.ptr + 1, s.len - 1));
    if (!cut_sign(&s, &c)) (void)cut_code(&s, &c);
    if (!text_number(s, room)) return false;
    if (minus) {
        size_t len = strlen(room);
        if (room[0] == '-' || len + 2 > TEXT_NUMBER_BYTES) return false;
        memmove(room + 1, room, len + 1);
        room[0] = '-';
    }
    *ret_currency = c;
    return true;
}
