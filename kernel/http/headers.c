/* The table of headers. Known names are told apart by length and last letter first, so that an
 * ordinary request costs one comparison a header. See headers.h. */
#include "http/headers.h"

#include "base/arena.h"

struct known {
    struct str name;
    bool once;
};

static const struct known known_headers[HTTP_HEADER_KNOWN_COUNT] = {
#define KNOWN_ITEM(id, text, only) [HTTP_HEADER_##id] = {{text, sizeof(text) - 1}, only},
    HTTP_KNOWN_HEADERS(KNOWN_ITEM)
#undef KNOWN_ITEM
};
_Static_assert(HTTP_HEADER_KNOWN_COUNT <= 32, "repeated has a bit each");
_Static_assert(HTTP_HEADERS_MAX < UINT8_MAX, "positions fit");

void http_headers_clear(struct http_headers *h) {
    h->count = 0;
    h->overflow = false;
    h->repeated = 0;
    memset(h->known, 0, sizeof h->known);
}

bool http_headers_keep(struct http_headers *h, struct arena *a) {
    for (size_t i = 0; i < h->count; i++) {
        struct str name = arena_str(a, h->items[i].name), value = arena_str(a, h->items[i].value);
        if (!name.ptr || !value.ptr) return false;
        h->items[i] = (struct http_header){name, value};
    }
    return true;
}

static int known_find(struct str name) {
    for (int i = 0; i < HTTP_HEADER_KNOWN_COUNT; i++) {
        struct str known = known_headers[i].name;
        if (known.len != name.len || ((known.ptr[name.len - 1] ^ name.ptr[name.len - 1]) & ~0x20))
            continue;
        if (str_eq_nocase(known, name)) return i;
    }
    return -1;
}

void http_headers_add(struct http_headers *h, struct str name, struct str value) {
    if (h->count == HTTP_HEADERS_MAX) {
        h->overflow = true;
        return;
    }
    h->items[h->count++] = (struct http_header){name, value};
    int known = name.len ? known_find(name) : -1;
    if (known < 0) return;
    if (h->known[known]) {
        h->repeated |= UINT32_C(1) << known;
    } else {
        h->known[known] = h->count;
    }
}

struct str http_headers_find(const struct http_headers *h, struct str name) {
    for (size_t i = 0; i < h->count; i++)
        if (str_eq_nocase(h->items[i].name, name)) return h->items[i].value;
    return STR_NONE;
}

const char *http_header_name(enum http_known_header known) { return known_headers[known].name.ptr; }

const char *http_headers_repeated(const struct http_headers *h) {
    if (!h->repeated) return NULL;
    for (int i = 0; i < HTTP_HEADER_KNOWN_COUNT; i++)
        if (known_headers[i].once && (h->repeated >> i & 1)) return known_headers[i].name.ptr;
    return NULL;
}

struct str http_headers_cookie(const struct http_headers *h, struct str name) {
    struct str rest = http_headers_get(h, HTTP_HEADER_COOKIE);
    while (rest.len) {
        struct str pair, value;
        str_split(&rest, ';', &pair);
        value = str_trim(pair);
        struct str key;
        if (str_split(&value, '=', &key) && str_eq(key, name)) return value;
    }
    return STR_NONE;
}
