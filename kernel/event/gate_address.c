/* Which addresses are public: IANA's registries of special-purpose addresses (RFC 6890 and its
 * updates), and the forms in which IPv6 carries an IPv4 address. See gate.h. */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "event/gate.h"

struct range4 {
    uint32_t from;
    int bits;
};
static const struct range4 special4[] = {
    {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16},
    {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24}, {0xc0586300, 24}, {0xc0a80000, 16},
    {0xc6120000, 15}, {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 4},  {0xf0000000, 4}};

static bool is_public4(uint32_t address) {
    for (size_t i = 0; i < sizeof special4 / sizeof *special4; i++)
        if ((address ^ special4[i].from) >> (32 - special4[i].bits) == 0) return false;
    return true;
}

static bool starts(const uint8_t *address, const uint8_t *prefix, size_t bits) {
    size_t bytes = bits / 8, rest = bits % 8;
    if (memcmp(address, prefix, bytes) != 0) return false;
    return rest == 0 || (address[bytes] ^ prefix[bytes]) >> (8 - rest) == 0;
}

static uint32_t inside(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

struct range6 {
    uint8_t prefix[16];
    size_t bits;
    size_t at; /* where an IPv4 address stands in it, that is checked instead; 0 = nowhere */
};
static const struct range6 special6[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 12}, /* mapped */
    {{0}, 96, 12},                                        /* compatible; :: and ::1 as well */
    {{0, 0x64, 0xff, 0x9b}, 96, 12},                      /* NAT64 */
    {{0x20, 0x02}, 16, 2},                                /* 6to4 */
    {{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0}, 96, 12}, /* translated */
    {{0, 0x64, 0xff, 0x9b, 0, 1}, 48, 0},                 /* local NAT64 */
    {{1}, 64, 0},                                         /* discard */
    {{0x20, 0x01}, 23, 0},                                /* protocols, Teredo */
    {{0x20, 0x01, 0x0d, 0xb8}, 32, 0},                    /* documentation */
    {{0x3f, 0xff}, 20, 0},                                /* documentation */
    {{0x5f}, 16, 0},                                      /* segment routing */
    {{0xfc}, 7, 0},                                       /* private */
    {{0xfe, 0x80}, 10, 0},                                /* link-local */
    {{0xfe, 0xc0}, 10, 0},                                /* site-local */
    {{0xff}, 8, 0}};                                      /* multicast */

static bool is_public6(const uint8_t *address) {
    for (size_t i = 0; i < sizeof special6 / sizeof *special6; i++) {
        const struct range6 *r = &special6[i];
        if (!starts(address, r->prefix, r->bits)) continue;
        return r->at && is_public4(inside(address + r->at));
    }
    return true;
}

bool gate_address_is_public(const struct sockaddr *address) {
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return is_public4(ntohl(v4.sin_addr.s_addr));
    }
    if (address->sa_family != AF_INET6) return false;
    struct sockaddr_in6 v6;
    memcpy(&v6, address, sizeof v6);
    return is_public6(v6.sin6_addr.s6_addr);
}
