/* Composing. See mail_text.h. */
#include "event/mail_text.h"

#include <sodium.h>

#include "base/time.h"
#include "event/mail_address.h"

enum {
    LINE_BYTES = 57,    /* 76 characters of base64 */
    WORD_BYTES = 42,    /* of an encoded word, whose whole is 75 characters at most */
    PLAIN_SUBJECT = 60, /* up to here a subject stands as it is */
    BASE64_BYTES = 80,
    NAME_BYTES = 240, /* a line has 998 characters at most */
    DAY_MS = 86400000
};

static void add_base64(struct buf *out, const void *bytes, size_t len) {
    char text[BASE64_BYTES];
    sodium_bin2base64(text, sizeof text, bytes, len, sodium_base64_VARIANT_ORIGINAL);
    buf_add_cstr(out, text);
}

static void add_lines(struct buf *out, struct str bytes) {
    for (size_t at = 0; at < bytes.len; at += LINE_BYTES) {
        size_t rest = bytes.len - at;
        add_base64(out, bytes.ptr + at, rest < LINE_BYTES ? rest : LINE_BYTES);
        buf_add_cstr(out, "\r\n");
    }
}

/* ---- headers ----------------------------------------------------------------------------------
 */

static bool is_plain(struct str s) {
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < ' ' || s.ptr[i] > '~') return false;
    return s.len <= PLAIN_SUBJECT && str_find(s, STR("=?")) == SIZE_MAX;
}

/* RFC 2047: words of whole characters; what would break a line becomes a blank. */
static void add_words(struct buf *out, struct str s) {
    char word[WORD_BYTES];
    for (size_t at = 0; at < s.len;) {
        size_t len = s.len - at < WORD_BYTES ? s.len - at : WORD_BYTES;
        while (len > 1 && at + len < s.len && ((unsigned char)s.ptr[at + len] & 0xC0) == 0x80)
            len--;
        for (size_t i = 0; i < len; i++)
            word[i] = (unsigned char)s.ptr[at + i] < ' ' ? ' ' : s.ptr[at + i];
        buf_add_cstr(out, at ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?");
        add_base64(out, word, len);
        buf_add_cstr(out, "?=");
        at += len;
    }
}

static void add_header(struct buf *out, const char *name, struct str value) {
    buf_printf(out, "%s: ", name);
    if (is_plain(value))
        buf_add_str(out, value);
    else
        add_words(out, value);
    buf_add_cstr(out, "\r\n");
}

static void add_from(struct buf *out, struct str sender) {
    struct str name, address;
    (void)mail_sender_parse(sender, &name, &address);
    buf_add_cstr(out, "From: ");
    if (name.len) {
        add_words(out, name);
        buf_add_cstr(out, " ");
    }
    buf_printf(out, "<%.*s>\r\n", STR_ARG(address));
}

static void add_date(struct buf *out, int64_t at_ms) {
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct civil day;
    int64_t date = at_ms / DAY_MS, second = at_ms % DAY_MS / 1000;
    date_to_civil(date, &day);
    buf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[date_weekday(date) - 1],
               (int)day.day, months[day.month - 1], (int)day.year, (int)(second / 3600),
               (int)(second / 60 % 60), (int)(second % 60));
}

static void add_headers(const struct mail_text *m, struct buf *out) {
    add_date(out, m->at_ms);
    add_from(out, m->from);
    for (size_t i = 0; i < m->to_count; i++)
        buf_printf(out, "%s<%.*s>", i ? ",\r\n " : "To: ", STR_ARG(m->to[i]));
    buf_add_cstr(out, "\r\n");
    if (m->reply_to.len) buf_printf(out, "Reply-To: <%.*s>\r\n", STR_ARG(m->reply_to));
    add_header(out, "Subject", m->subject);
    buf_printf(out, "Message-ID: <%.*s>\r\n", STR_ARG(m->id));
    /* Nobody's absence answers it (RFC 3834). */
    buf_add_cstr(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
}

/* ---- bodies -----------------------------------------------------------------------------------
 *
 * A border holds characters that base64 does not have. */

static void add_body(struct buf *out, const char *type, struct str body) {
    buf_printf(out, "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
               type);
    add_lines(out, body);
}

static void add_border(struct buf *out, const char *name, const char *end) {
    buf_printf(out, "--=_perigee_%s%s\r\n", name, end);
}

static void add_bodies(const struct mail_text *m, struct buf *out) {
    if (!m->html.len || !m->text.len) {
        add_body(out, m->html.len ? "text/html" : "text/plain", m->html.len ? m->html : m->text);
        return;
    }
    buf_add_cstr(out, "Content-Type: multipart/alternative; boundary=\"=_perigee_either\"\r\n\r\n");
    add_border(out, "either", "");
    add_body(out, "text/plain", m->text);
    add_border(out, "either", "");
    add_body(out, "text/html", m->html);
    add_border(out, "either", "--");
}

/* RFC 2231 with percent signs. */
static void add_name(struct buf *out, struct str name) {
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < name.len && i < NAME_BYTES; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     c == '.' || c == '-' || c == '_';
        if (plain)
            buf_add_char(out, (char)c);
        else
            buf_printf(out, "%%%c%c", digits[c >> 4], digits[c & 15]);
    }
}

static bool is_media_type(struct str s) {
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] <= ' ' || s.ptr[i] > '~' || strchr("\"\\();<>", s.ptr[i])) return false;
    return s.len > 2 && s.len <= 100 && str_find(s, STR("/")) != SIZE_MAX;
}

static void add_part(struct buf *out, const struct mail_part *part) {
    struct str type = is_media_type(part->type) ? part->type : STR("application/octet-stream");
    buf_printf(out, "Content-Type: %.*s\r\n", STR_ARG(type));
    buf_add_cstr(out, "Content-Disposition: attachment;\r\n filename*=UTF-8''");
    add_name(out, part->name);
    buf_add_cstr(out, "\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    add_lines(out, part->bytes);
}

crm_status mail_text_put(const struct mail_text *m, struct buf *out, struct err *err) {
    add_headers(m, out);
    if (m->part_count) {
        buf_add_cstr(out, "Content-Type: multipart/mixed; boundary=\"=_perigee_all\"\r\n\r\n");
        add_border(out, "all", "");
    }
    add_bodies(m, out);
    for (size_t i = 0; i < m->part_count; i++) {
        add_border(out, "all", "");
        add_part(out, &m->parts[i]);
    }
    if (m->part_count) add_border(out, "all", "--");
    return out->status == CRM_OK ? CRM_OK : err_no_memory(err);
}
