/* The head of a request: a request line and headers, one a line, as a listener would hand them
 * over. A sound one has a target that is refused or taken apart into valid UTF-8; what is encoded
 * decodes to the same; cookies are found within the header. */
#include "fuzz.h"

#include "base/unicode.h"
#include "http/framing.h"
#include "http/negotiate.h"
#include "http/target.h"

enum { HEAD_BYTES_MAX = 16384 };

static void add_header(struct http_headers *headers, struct str line) {
    struct str name;
    if (str_split(&line, ':', &name))
        http_headers_add(headers, name, str_trim(line));
    else
        http_headers_add(headers, line, STR_NONE);
}

static void look_at_target(struct str raw, struct arena *a) {
    struct http_target target = {0};
    struct err err;
    err_clear(&err);
    crm_status status = http_target_parse(raw, a, &target, &err);
    HOLDS(status == CRM_OK || status == CRM_INVALID || status == CRM_TOO_LARGE ||
          status == CRM_NO_MEMORY);
    if (status != CRM_OK) return;
    HOLDS(target.segment_count <= HTTP_SEGMENTS_MAX && target.pair_count <= HTTP_QUERY_MAX);
    for (size_t i = 0; i < target.segment_count; i++) {
        struct str back;
        struct buf encoded;
        buf_init(&encoded, 1 << 20);
        HOLDS(utf8_valid(target.segments[i]));
        HOLDS(!str_is(target.segments[i], ".") && !str_is(target.segments[i], ".."));
        http_percent_encode(target.segments[i], &encoded);
        HOLDS(http_percent_decode(buf_str(&encoded), false, a, &back, &err) == CRM_OK);
        HOLDS(str_eq(back, target.segments[i]));
        buf_fini(&encoded);
    }
    for (size_t i = 0; i < target.pair_count; i++)
        HOLDS(utf8_valid(target.pairs[i].name) && utf8_valid(target.pairs[i].value));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    struct arena a;
    struct http_headers headers;
    struct str rest = str_make((const char *)bytes, len), line, method, target;
    if (len > HEAD_BYTES_MAX) return 0;
    arena_init(&a, 4u << 20);
    http_headers_clear(&headers);
    str_split(&rest, '\n', &line);
    str_split(&line, ' ', &method);
    str_split(&line, ' ', &target);
    const char *words[] = {arena_cstr(&a, method), arena_cstr(&a, target), arena_cstr(&a, line)};
    for (struct str header; rest.len > 0;) {
        if (!str_split(&rest, '\n', &header)) rest = STR_NONE;
        add_header(&headers, header);
    }
    struct http_framing f = {.method = words[0],
                             .target = words[1],
                             .version = words[2],
                             .target_copy = str_from(words[1]),
                             .header_bytes = len,
                             .headers = &headers};
    struct err err;
    err_clear(&err);
    struct http_fault fault = http_framing_check(&f, &err);
    HOLDS(fault.http == 0 || (fault.http >= 400 && fault.http < 600));
    if (fault.http == 0) look_at_target(f.target_copy, &a);
    struct str cookie = http_headers_cookie(&headers, STR("perigee_session"));
    HOLDS(cookie.len <= len);
    arena_fini(&a);
    return 0;
}
