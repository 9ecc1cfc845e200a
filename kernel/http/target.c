/* Parsing of request targets. See target.h. */
#include "http/target.h"

#include "base/unicode.h"
#include "http/messages.h"

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static crm_status malformed(struct err *err, struct str piece) {
    return err_set_args(err, CRM_INVALID, &http_target_malformed, &piece, 1);
}

crm_status http_percent_decode(struct str text, bool plus, struct arena *a, struct str *ret,
                               struct err *err) {
    if (text.len == 0 ||
        (!memchr(text.ptr, '%', text.len) && (!plus || !memchr(text.ptr, '+', text.len)))) {
        *ret = text; /* the framing check left visible ASCII only */
        return CRM_OK;
    }
    char *out = arena_alloc(a, text.len + 1);
    if (!out) return err_no_memory(err);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '+' && plus) c = ' ';
        if (c == '%') {
            int high = i + 2 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text.ptr[i + 2]) : -1;
            if (low < 0) return malformed(err, text);
            c = (char)(high * 16 + low);
            i += 2;
        }
        out[len++] = c;
    }
    *ret = str_make(out, len);
    if (!utf8_valid(*ret)) return malformed(err, text);
    return CRM_OK;
}

void http_percent_encode(struct str text, struct buf *out) {
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            buf_add_char(out, (char)c);
        } else {
            char code[3] = {'%', digits[c >> 4], digits[c & 15]};
            buf_add(out, code, sizeof code);
        }
    }
}

static crm_status parse_path(struct str path, struct arena *a, struct http_target *t,
                             struct err *err) {
    struct str rest = str_make(path.ptr + 1, path.len - 1);
    if (rest.len == 0) return CRM_OK;
    for (bool more = true; more;) {
        struct str raw, segment;
        more = str_split(&rest, '/', &raw);
        if (t->segment_count == HTTP_SEGMENTS_MAX) return malformed(err, STR("/"));
        crm_status status = http_percent_decode(raw, false, a, &segment, err);
        if (status != CRM_OK) return status;
        if (str_is(segment, ".") || str_is(segment, "..")) return malformed(err, raw);
        t->segments[t->segment_count++] = segment;
    }
    return CRM_OK;
}

static crm_status parse_query(struct str query, struct arena *a, struct http_target *t,
                              struct err *err) {
    size_t count = 1;
    for (size_t i = 0; i < query.len; i++)
        count += query.ptr[i] == '&';
    if (count > HTTP_QUERY_MAX) return err_set(err, CRM_INVALID, &http_names_too_many, "64", NULL);
    t->pairs = ARENA_ARRAY(a, count, struct http_pair);
    if (!t->pairs) return err_no_memory(err);
    for (bool more = true; more;) {
        struct str value, name;
        more = str_split(&query, '&', &value);
        if (value.len == 0) continue;
        str_split(&value, '=', &name);
        struct http_pair *pair = &t->pairs[t->pair_count];
        crm_status status = http_percent_decode(name, true, a, &pair->name, err);
        if (status == CRM_OK) status = http_percent_decode(value, true, a, &pair->value, err);
        if (status != CRM_OK) return status;
        t->pair_count++;
    }
    return CRM_OK;
}

crm_status http_target_parse(struct str raw, struct arena *a, struct http_target *ret,
                             struct err *err) {
    ret->path = ret->query = STR_NONE;
    ret->segment_count = ret->pair_count = 0;
    ret->pairs = NULL;
    ret->asterisk = str_is(raw, "*");
    if (ret->asterisk) return CRM_OK;
    if (raw.len && raw.ptr[0] != '/') { /* absolute form: behind the authority */
        size_t at = str_find(raw, STR("://"));
        if (at == SIZE_MAX) return malformed(err, raw);
        at += 3;
        while (at < raw.len && raw.ptr[at] != '/' && raw.ptr[at] != '?')
            at++;
        raw = str_make(raw.ptr + at, raw.len - at);
    }
    struct str path;
    bool has_query = str_split(&raw, '?', &path);
    ret->path = path.len ? path : STR("/");
    crm_status status = parse_path(ret->path, a, ret, err);
    if (status != CRM_OK || !has_query) return status;
    ret->query = raw;
    return raw.len ? parse_query(raw, a, ret, err) : CRM_OK;
}
