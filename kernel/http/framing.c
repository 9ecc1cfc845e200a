/* The rules of framing, one function each, in the order in which they are asked. See framing.h. */
#include "http/framing.h"

#include <stdio.h>

#include "http/messages.h"

static struct http_fault sound(void) { return (struct http_fault){0}; }

static struct http_fault fault(int http, struct err *err, crm_status status,
                               const struct err_text *text, const char *a, const char *b) {
    err_set(err, status, text, a ? a : (const char *)NULL, a ? b : (const char *)NULL, NULL);
    return (struct http_fault){http};
}

/* The same with a piece of the request, which may end without a NUL. */
static struct http_fault fault_of(int http, struct err *err, crm_status status,
                                  const struct err_text *text, struct str piece) {
    err_set_args(err, status, text, &piece, 1);
    return (struct http_fault){http};
}

static bool is_token_byte(unsigned char c) {
    static const char others[] = "!#$%&'*+-.^_`|~";
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != 0 && memchr(others, c, sizeof others - 1) != NULL);
}

static bool is_token(struct str s) {
    for (size_t i = 0; i < s.len; i++)
        if (!is_token_byte((unsigned char)s.ptr[i])) return false;
    return s.len > 0;
}

/* field-value: visible ASCII, blanks, tabs and bytes from 0x80 on. */
static bool is_value(struct str s) {
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) return false;
    }
    return true;
}

/* The library cuts method, target and values at a NUL and joins folded lines; where everything
 * still stands as it came, the distances between the pieces give that away. */
static bool has_hidden_bytes(const struct http_framing *f) {
    if (!f->contiguous) return false;
    const char *end = f->method + strlen(f->method) + 1;
    if (end != f->target) return true;
    end += f->target_copy.len + 1;
    if (end != f->version) return true;
    end += strlen(f->version) + 2;
    for (size_t i = 0; i < f->headers->count; i++) {
        const struct http_header *h = &f->headers->items[i];
        if (h->name.ptr != end) return true;
        end = h->value.ptr + h->value.len;
        while (*end == ' ' || *end == '\t')
            end++; /* blanks behind a value are no part of it */
        end += 2;
    }
    return f->headers->count > 0 && !f->headers->overflow && end + 2 != f->method + f->header_bytes;
}

static struct http_fault check_line(const struct http_framing *f, struct err *err) {
    static const char *const methods[] = {"GET",   "HEAD",   "POST",   "PUT",
                                          "PATCH", "DELETE", "OPTIONS"};
    bool known = false;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        known |= strcmp(f->method, methods[i]) == 0;
    if (!f->target || f->target_copy.len == 0)
        return fault(400, err, CRM_INVALID, &http_target_malformed, "-", NULL);
    if (f->target_copy.len > HTTP_TARGET_MAX)
        return fault(414, err, CRM_TOO_LARGE, &http_target_too_long, "8000", NULL);
    for (size_t i = 0; i < f->target_copy.len; i++) {
        unsigned char c = (unsigned char)f->target_copy.ptr[i];
        if (c <= 0x20 || c >= 0x7f || c == '#' || c == '"' || c == '<' || c == '>' || c == '\\') {
            char place[32];
            snprintf(place, sizeof place, "byte %zu", i + 1);
            return fault(400, err, CRM_INVALID, &http_target_malformed, place, NULL);
        }
    }
    if (!is_token(str_from(f->method)) || strcmp(f->method, "TRACE") == 0 ||
        strcmp(f->method, "CONNECT") == 0)
        return fault(400, err, CRM_INVALID, &http_method_unknown, f->method, NULL);
    if (!known) return fault(501, err, CRM_UNSUPPORTED, &http_method_unknown, f->method, NULL);
    return sound();
}

static struct http_fault check_headers(const struct http_framing *f, struct err *err) {
    const struct http_headers *h = f->headers;
    if (h->overflow || f->header_bytes > HTTP_HEADER_BYTES_MAX)
        return fault(431, err, CRM_TOO_LARGE, &http_headers_too_large, "12288", "64");
    for (size_t i = 0; i < h->count; i++) {
        if (is_token(h->items[i].name) && is_value(h->items[i].value)) continue;
        return fault_of(400, err, CRM_INVALID, &http_header_malformed,
                        is_token(h->items[i].name) ? h->items[i].name : STR("?"));
    }
    const char *repeated = http_headers_repeated(h);
    if (repeated) return fault(400, err, CRM_INVALID, &http_header_repeated, repeated, NULL);
    return sound();
}

static bool is_digits(struct str s) {
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9') return false;
    return s.len > 0 && s.len <= 18;
}

static struct http_fault check_length(const struct http_framing *f, struct err *err) {
    const struct http_headers *h = f->headers;
    bool has_length = http_headers_has(h, HTTP_HEADER_CONTENT_LENGTH);
    bool has_coding = http_headers_has(h, HTTP_HEADER_TRANSFER_ENCODING);
    if (has_length && has_coding)
        return fault(400, err, CRM_INVALID, &http_framing_ambiguous, NULL, NULL);
    if (has_length && !is_digits(http_headers_get(h, HTTP_HEADER_CONTENT_LENGTH)))
        return fault(400, err, CRM_INVALID, &http_header_malformed, "Content-Length", NULL);
    if (!has_coding) return sound();
    if (strcmp(f->version, "HTTP/1.0") == 0)
        return fault(400, err, CRM_INVALID, &http_framing_ambiguous, NULL, NULL);
    if (!str_eq_nocase(http_headers_get(h, HTTP_HEADER_TRANSFER_ENCODING), STR("chunked")))
        return fault_of(501, err, CRM_UNSUPPORTED, &http_coding_unsupported,
                        http_headers_get(h, HTTP_HEADER_TRANSFER_ENCODING));
    return sound();
}

/* host [":" port], host a name, an IPv4 address or "[" IPv6 "]"; nothing that a link could be built
 * from. */
static bool is_host(struct str s) {
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!plain && !memchr("-._:[]", c, 6)) return false;
    }
    return s.len <= 255;
}

static struct http_fault check_host(const struct http_framing *f, struct err *err) {
    const struct http_headers *h = f->headers;
    if (!http_headers_has(h, HTTP_HEADER_HOST)) {
        if (strcmp(f->version, "HTTP/1.0") == 0) return sound();
        return fault(400, err, CRM_INVALID, &http_host_missing, NULL, NULL);
    }
    struct str host = http_headers_get(h, HTTP_HEADER_HOST);
    if (host.len == 0 || !is_host(host))
        return fault(400, err, CRM_INVALID, &http_header_malformed, "Host", NULL);
    struct str target = f->target_copy;
    if (target.ptr[0] == '/' || str_is(target, "*")) {
        if (target.ptr[0] == '*' && strcmp(f->method, "OPTIONS") != 0)
            return fault(400, err, CRM_INVALID, &http_target_malformed, "*", NULL);
        return sound();
    }
    size_t scheme = str_find(target, STR("://"));
    if (scheme != 4 && scheme != 5)
        return fault(400, err, CRM_INVALID, &http_target_malformed, "/", NULL);
    struct str word = str_make(target.ptr, scheme);
    if (!str_eq_nocase(word, STR("http")) && !str_eq_nocase(word, STR("https")))
        return fault(400, err, CRM_INVALID, &http_target_malformed, "http", NULL);
    struct str rest = str_make(target.ptr + scheme + 3, target.len - scheme - 3);
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?')
        end++;
    if (!str_eq_nocase(str_make(rest.ptr, end), host))
        return fault(400, err, CRM_INVALID, &http_host_differs, NULL, NULL);
    return sound();
}

struct http_fault http_framing_check(const struct http_framing *f, struct err *err) {
    struct http_fault found;
    if (has_hidden_bytes(f)) {
        /* An over-long target or table is told as such: its pieces need not add up. */
        if (f->headers->overflow) return check_headers(f, err);
        return fault(400, err, CRM_INVALID, &http_framing_bytes, NULL, NULL);
    }
    if ((found = check_line(f, err)).http) return found;
    if ((found = check_headers(f, err)).http) return found;
    if ((found = check_length(f, err)).http) return found;
    return check_host(f, err);
}
