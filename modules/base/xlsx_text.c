/* See xlsx_text.h. */
#include "xlsx_text.h"

#include <stdio.h>

static size_t char_bytes(unsigned char first) {
    return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* "_xHHHH_" at the beginning: its number, or -1. */
static int escape_at(const char *text, size_t len) {
    int number = 0;
    if (len < 7 || text[0] != '_' || text[1] != 'x' || text[6] != '_') return -1;
    for (size_t i = 2; i < 6; i++) {
        if (hex_value(text[i]) < 0) return -1;
        number = number * 16 + hex_value(text[i]);
    }
    return number;
}

static bool is_refused(const char *at, size_t bytes) {
    unsigned char c = (unsigned char)at[0];
    if (c < 0x20) return c != '\t' && c != '\n';
    return bytes == 3 && c == 0xEF && (unsigned char)at[1] == 0xBF &&
           (unsigned char)at[2] >= 0xBE; /* U+FFFE, U+FFFF */
}

/* Where a text of more units than a cell holds is cut. */
static size_t room(struct crm_str text, bool *ret_cut) {
    size_t units = 0, at = 0, fits = 0;
    while (at < text.len) {
        size_t bytes = char_bytes((unsigned char)text.ptr[at]);
        size_t next = units + (bytes == 4 ? 2 : 1);
        if (is_refused(text.ptr + at, bytes) || escape_at(text.ptr + at, text.len - at) >= 0)
            next = units + 7;
        if (next > XLSX_CELL_UNITS_MAX) break;
        units = next;
        at += bytes;
        if (units < XLSX_CELL_UNITS_MAX) fits = at;
    }
    *ret_cut = at < text.len;
    return *ret_cut ? fits : text.len;
}

void xlsx_text_escape(const struct crm_base *base, struct crm_str text, struct crm_buf *out) {
    bool cut;
    size_t len = room(text, &cut), from = 0;
    for (size_t at = 0; at < len;) {
        size_t bytes = char_bytes((unsigned char)text.ptr[at]);
        char escaped[16];
        int n = 0;
        if (is_refused(text.ptr + at, bytes))
            n = snprintf(escaped, sizeof escaped, "_x%04X_",
                         bytes == 1 ? (unsigned)(unsigned char)text.ptr[at]
                                    : 0xFFC0u + ((unsigned)text.ptr[at + 2] & 0x3Fu));
        else if (escape_at(text.ptr + at, text.len - at) >= 0)
            n = snprintf(escaped, sizeof escaped, "_x005F_");
        if (n > 0) {
            base->buf_add(out, text.ptr + from, at - from);
            base->buf_add(out, escaped, (size_t)n);
            from = at + bytes;
        }
        at += bytes;
    }
    base->buf_add(out, text.ptr + from, len - from);
    if (cut) base->buf_add(out, "\xE2\x80\xA6", 3);
}

static size_t put_char(char *out, int c) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    out[0] = (char)(0xE0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 0x3F));
    out[2] = (char)(0x80 | (c & 0x3F));
    return 3;
}

size_t xlsx_text_unescape(char *text, size_t len) {
    size_t to = 0;
    for (size_t at = 0; at < len;) {
        int c = text[at] == '_' ? escape_at(text + at, len - at) : -1;
        if (c > 0 && (c < 0xD800 || c > 0xDFFF)) {
            to += put_char(text + to, c);
            at += 7;
        } else {
            text[to++] = text[at++];
        }
    }
    return to;
}
