/* Checking signatures and tokens. See webhook_proof.h. */
#include "script/webhook_proof.h"

#include <sodium.h>

#include "base/digest.h"
#include "base/time.h"

enum { MAC_BYTES = SEAL_KEY_BYTES, BASE64_BYTES = 45, LIST_MAX = 20 };
#define MS_FROM INT64_C(100000000000) /* a number this large is ms: 1973, or the year 5138 */

/* ---- what the headers say ---------------------------------------------------------------------
 */

static struct str header_of(const struct script_webhook_request *r, struct str name) {
    return name.len ? str_trim(r->header(r->ctx, name)) : STR_NONE;
}

/* The next part of that name in a list "t=1,v1=a,v1=b". */
static bool next_part(struct str *rest, struct str name, struct str *ret) {
    struct str item;
    for (bool more = rest->len > 0; more;) {
        more = str_split(rest, ',', &item);
        item = str_trim(item);
        if (item.len > name.len && item.ptr[name.len] == '=' && str_starts_with(item, name)) {
            *ret = str_make(item.ptr + name.len + 1, item.len - name.len - 1);
            return true;
        }
        if (!more) *rest = STR_NONE;
    }
    return false;
}

static struct str timestamp_of(const struct script_webhook *w,
                               const struct script_webhook_request *r) {
    struct str found = STR_NONE;
    if (!w->part.len) return header_of(r, w->timestamp);
    struct str rest = header_of(r, w->header);
    return w->timestamp.len && next_part(&rest, w->timestamp, &found) ? found : STR_NONE;
}

/* Seconds, milliseconds, or as RFC 3339 writes it. */
static bool is_near(const struct script_webhook *w, struct str timestamp, int64_t now_ms) {
    int64_t at = 0;
    if (str_to_int64(timestamp, &at)) {
        if (at < 0 || at > MS_FROM * 1000) return false;
        if (at < MS_FROM) at *= 1000;
    } else if (!time_parse(timestamp, &at)) {
        return false;
    }
    int64_t apart = at > now_ms ? at - now_ms : now_ms - at;
    return apart <= w->tolerance_ms;
}

/* ---- comparing --------------------------------------------------------------------------------
 */

static void mac_of(const struct script_webhook *w, const struct script_webhook_request *r,
                   struct str timestamp, struct str secret, uint8_t ret[MAC_BYTES]) {
    struct str parts[SCRIPT_WEBHOOK_PARTS_MAX];
    for (size_t i = 0; i < w->signed_count; i++) {
        struct str part = w->signed_parts[i];
        parts[i] = part.ptr ? part : part.len ? r->body : timestamp;
    }
    hmac_sha256(secret, parts, w->signed_count, ret);
}

static bool is_signature(const struct script_webhook *w, struct str given,
                         const uint8_t mac[MAC_BYTES]) {
    uint8_t bytes[MAC_BYTES] = {0};
    char text[BASE64_BYTES];
    if (!str_starts_with(given, w->prefix)) return false;
    given = str_make(given.ptr + w->prefix.len, given.len - w->prefix.len);
    if (!w->is_base64)
        return given.len == 2 * MAC_BYTES && hex_parse(given, bytes, MAC_BYTES) &&
               bytes_same(bytes, mac, MAC_BYTES);
    sodium_bin2base64(text, sizeof text, mac, MAC_BYTES, sodium_base64_VARIANT_ORIGINAL);
    return given.len == strlen(text) && bytes_same(given.ptr, text, given.len);
}

/* By digests of one length: how long the secret is takes no other time. */
static bool is_token(const struct script_webhook *w, struct str given, struct str secret) {
    struct digest a, b;
    bool has_prefix = str_starts_with(given, w->prefix);
    if (has_prefix) given = str_make(given.ptr + w->prefix.len, given.len - w->prefix.len);
    sha256_of(given, &a);
    sha256_of(secret, &b);
    return bytes_same(a.bytes, b.bytes, sizeof a.bytes) && has_prefix;
}

/* A list may bring several signatures: while its sender changes the secret there are two. */
static bool is_signed(const struct script_webhook *w, struct str given,
                      const uint8_t mac[MAC_BYTES]) {
    struct str one;
    bool is_good = false;
    if (!w->part.len) return is_signature(w, given, mac);
    for (int i = 0; i < LIST_MAX && next_part(&given, w->part, &one); i++)
        is_good |= is_signature(w, one, mac);
    return is_good;
}

void script_webhook_prove(const struct script_webhook *w, const struct script_webhook_request *r,
                          const struct str *secrets, size_t count,
                          struct script_webhook_proof *ret) {
    const struct str given = header_of(r, w->header), timestamp = timestamp_of(w, r);
    bool is_dated = w->timestamp.len > 0;
    bool is_late = is_dated && !is_near(w, timestamp, r->now_ms);
    *ret = (struct script_webhook_proof){.is_dated = is_dated};
    for (size_t i = 0; i < count; i++) {
        uint8_t mac[MAC_BYTES];
        mac_of(w, r, timestamp, secrets[i], mac);
        bool fits = given.len > 0 &&
                    (w->is_token ? is_token(w, given, secrets[i]) : is_signed(w, given, mac));
        if (fits) memcpy(ret->mac, mac, sizeof mac);
        ret->is_good |= fits && !is_late;
    }
}
