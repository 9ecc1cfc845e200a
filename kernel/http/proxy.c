/* Trusted proxies: a list of addresses and networks whose X-Forwarded-* headers count. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "http/connection.h"
#include "http/messages.h"

struct network {
    uint8_t bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
    int bits;
};

struct http_proxies {
    struct network *items;
    size_t count;
};

static void widen(const uint8_t v4[4], uint8_t ret[16]) {
    memset(ret, 0, 10);
    ret[10] = ret[11] = 0xff;
    memcpy(ret + 12, v4, 4);
}

static bool bytes_of_text(struct str text, uint8_t ret[16], bool *ret_v4) {
    char terminated[64];
    if (text.len == 0 || text.len >= sizeof terminated) return false;
    snprintf(terminated, sizeof terminated, "%.*s", STR_ARG(text));
    uint8_t v4[4];
    *ret_v4 = inet_pton(AF_INET, terminated, v4) == 1;
    if (*ret_v4) widen(v4, ret);
    return *ret_v4 || inet_pton(AF_INET6, terminated, ret) == 1;
}

static bool bytes_of_address(const struct sockaddr *address, uint8_t ret[16]) {
    if (address->sa_family == AF_INET) {
        uint8_t v4[4];
        memcpy(v4, &((const struct sockaddr_in *)address)->sin_addr, 4);
        widen(v4, ret);
        return true;
    }
    if (address->sa_family != AF_INET6) return false;
    memcpy(ret, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
    return true;
}

crm_status http_proxies_parse(struct str list, struct arena *a, struct http_proxies **ret,
                              struct err *err) {
    struct http_proxies *p = ARENA_NEW(a, struct http_proxies);
    size_t capacity = 1;
    for (size_t i = 0; i < list.len; i++)
        capacity += list.ptr[i] == ',';
    if (p) p->items = ARENA_ARRAY(a, capacity, struct network);
    if (!p || !p->items) return err_no_memory(err);
    while (list.len) {
        struct str whole, host, bits;
        str_split(&list, ',', &whole);
        whole = str_trim(whole);
        if (whole.len == 0) continue;
        bits = whole;
        bool has_bits = str_split(&bits, '/', &host), is_v4;
        struct network *n = &p->items[p->count];
        int64_t count = 0;
        if (!bytes_of_text(host, n->bytes, &is_v4) ||
            (has_bits && (!str_to_int64(bits, &count) || count < 0 || count > (is_v4 ? 32 : 128))))
            return err_set_args(err, CRM_INVALID, &http_address_malformed, &whole, 1);
        n->bits = has_bits ? (int)count + (is_v4 ? 96 : 0) : 128;
        p->count++;
    }
    *ret = p;
    return CRM_OK;
}

static bool contains(const struct network *n, const uint8_t bytes[16]) {
    int whole = n->bits / 8, rest = n->bits % 8;
    if (memcmp(n->bytes, bytes, (size_t)whole) != 0) return false;
    return rest == 0 || ((n->bytes[whole] ^ bytes[whole]) >> (8 - rest)) == 0;
}

static bool trusts(const struct http_proxies *p, const uint8_t bytes[16]) {
    for (size_t i = 0; i < p->count; i++)
        if (contains(&p->items[i], bytes)) return true;
    return false;
}

bool http_proxies_trust(const struct http_proxies *p, const struct sockaddr *address) {
    uint8_t bytes[16];
    return p && p->count && bytes_of_address(address, bytes) && trusts(p, bytes);
}

bool http_proxies_trust_text(const struct http_proxies *p, struct str address) {
    uint8_t bytes[16];
    bool is_v4;
    return p && p->count && bytes_of_text(address, bytes, &is_v4) && trusts(p, bytes);
}
