/* See vcard_value.h. */
#include "vcard_value.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool same(const char *ptr, size_t len, const char *word) {
    return strlen(word) == len && strncasecmp(ptr, word, len) == 0;
}

bool vcard_is(const struct vcard_line *l, const char *name) {
    return same(l->name, l->name_len, name);
}

static void take_type(struct vcard_line *l, const char *ptr, size_t len) {
    static const struct {
        const char *word;
        unsigned type;
    } types[] = {{"work", VCARD_TYPE_WORK},   {"home", VCARD_TYPE_HOME},
                 {"cell", VCARD_TYPE_CELL},   {"mobile", VCARD_TYPE_CELL},
                 {"iphone", VCARD_TYPE_CELL}, {"fax", VCARD_TYPE_FAX},
                 {"pref", VCARD_TYPE_PREF}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (same(ptr, len, types[i].word)) l->types |= types[i].type;
}

static void take_encoding(struct vcard_line *l, const char *ptr, size_t len) {
    if (same(ptr, len, "quoted-printable")) l->is_quoted_printable = true;
    if (same(ptr, len, "base64") || same(ptr, len, "b")) l->is_base64 = true;
}

/* NAME=value,value or, of old, the bare value. */
static void take_parameter(struct vcard_line *l, const char *ptr, size_t len) {
    const char *equals = memchr(ptr, '=', len);
    size_t name = equals ? (size_t)(equals - ptr) : 0;
    const char *value = equals ? equals + 1 : ptr;
    size_t value_len = equals ? len - name - 1 : len;
    if (value_len >= 2 && value[0] == '"') value++, value_len -= 2;
    if (equals && same(ptr, name, "CHARSET")) {
        snprintf(l->charset, sizeof l->charset, "%.*s", (int)(value_len < 31 ? value_len : 31),
                 value);
    } else if (equals && same(ptr, name, "PREF")) {
        l->types |= VCARD_TYPE_PREF;
    } else if (!equals || same(ptr, name, "ENCODING") || same(ptr, name, "TYPE")) {
        if (!equals || same(ptr, name, "ENCODING")) take_encoding(l, value, value_len);
        while (value_len > 0) {
            const char *comma = memchr(value, ',', value_len);
            size_t word = comma ? (size_t)(comma - value) : value_len;
            take_type(l, value, word);
            word += comma != NULL;
            value += word;
            value_len -= word;
        }
    }
}

/* The end of what comes before `ends`, quotation marks respected. */
static size_t until(const char *ptr, size_t len, const char *ends) {
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        if (ptr[i] == '"') quoted = !quoted;
        if (!quoted && ptr[i] && strchr(ends, ptr[i])) return i;
    }
    return len;
}

bool vcard_line_parse(const char *line, size_t len, struct vcard_line *ret) {
    size_t at = until(line, len, ";:");
    *ret = (struct vcard_line){.name = line, .name_len = at};
    if (at == 0 || at == len) return false;
    const char *dot = memchr(line, '.', at);
    if (dot) {
        ret->name = dot + 1;
        ret->name_len = at - (size_t)(dot - line) - 1;
    }
    while (at < len && line[at] == ';') {
        size_t piece = until(line + at + 1, len - at - 1, ";:");
        take_parameter(ret, line + at + 1, piece);
        at += piece + 1;
    }
    if (at >= len) return false;
    ret->value = line + at + 1;
    ret->value_len = len - at - 1;
    return true;
}

bool vcard_is_quoted_printable(const char *line, size_t len) {
    struct vcard_line l;
    return vcard_line_parse(line, len, &l) && l.is_quoted_printable;
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void vcard_quoted_printable(const char *ptr, size_t len, struct bytes *out) {
    for (size_t i = 0; i < len; i++) {
        char c = ptr[i];
        if (c == '=' && i + 2 < len && hex_value(ptr[i + 1]) >= 0 && hex_value(ptr[i + 2]) >= 0) {
            c = (char)(hex_value(ptr[i + 1]) * 16 + hex_value(ptr[i + 2]));
            i += 2;
        }
        bytes_add(out, &c, 1);
    }
}

size_t vcard_part_length(const char *ptr, size_t len, char mark) {
    for (size_t i = 0; i < len; i++) {
        if (ptr[i] == '\\')
            i++;
        else if (ptr[i] == mark)
            return i;
    }
    return len;
}

void vcard_unescape(const char *ptr, size_t len, struct bytes *out) {
    for (size_t i = 0; i < len; i++) {
        char c = ptr[i];
        if (c == '\\' && i + 1 < len && ptr[i + 1] && strchr("\\;,:nN", ptr[i + 1])) {
            c = ptr[++i];
            if (c == 'n' || c == 'N') c = '\n';
        }
        if (c) bytes_add(out, &c, 1);
    }
}

size_t vcard_percent_decode(char *ptr, size_t len) {
    size_t to = 0;
    for (size_t i = 0; i < len; i++) {
        char c = ptr[i];
        if (c == '%' && i + 2 < len && hex_value(ptr[i + 1]) >= 0 && hex_value(ptr[i + 2]) >= 0 &&
            (ptr[i + 1] != '0' || ptr[i + 2] != '0')) {
            c = (char)(hex_value(ptr[i + 1]) * 16 + hex_value(ptr[i + 2]));
            i += 2;
        }
        ptr[to++] = c;
    }
    return to;
}

bool vcard_date(const char *ptr, size_t len, char ret[16]) {
    char digits[9] = "";
    size_t count = 0;
    for (size_t i = 0; i < len && count < 8; i++) {
        if (ptr[i] >= '0' && ptr[i] <= '9')
            digits[count++] = ptr[i];
        else if (ptr[i] != '-' || (count != 4 && count != 6))
            return false;
    }
    if (count < 8) return false;
    snprintf(ret, 16, "%.4s-%.2s-%.2s", digits, digits + 4, digits + 6);
    return true;
}
