/* Reading of Accept-*, If-* and Range headers. See negotiate.h. */
#include "http/negotiate.h"

/* "q=0.8" among the parameters, in thousandths; 1000 when absent, 0 when malformed. */
static int weight(struct str params) {
    while (params.len) {
        struct str param, name;
        str_split(&params, ';', &param);
        param = str_trim(param);
        if (!str_split(&param, '=', &name) || !str_eq_nocase(str_trim(name), STR("q"))) continue;
        param = str_trim(param);
        if (param.len == 0 || param.len > 5 || (param.ptr[0] != '0' && param.ptr[0] != '1'))
            return 0;
        int thousandths = (param.ptr[0] - '0') * 1000, unit = 100;
        if (param.len > 1 && param.ptr[1] != '.') return 0;
        for (size_t i = 2; i < param.len; i++, unit /= 10) {
            if (param.ptr[i] < '0' || param.ptr[i] > '9') return 0;
            thousandths += (param.ptr[i] - '0') * unit;
        }
        return thousandths > 1000 ? 0 : thousandths;
    }
    return 1000;
}

bool http_accepts_gzip(struct str accept_encoding) {
    int gzip = -1, any = -1;
    while (accept_encoding.len) {
        struct str params, name;
        str_split(&accept_encoding, ',', &params);
        params = str_trim(params);
        str_split(&params, ';', &name);
        name = str_trim(name);
        if (str_eq_nocase(name, STR("gzip")) || str_eq_nocase(name, STR("x-gzip")))
            gzip = weight(params);
        if (str_is(name, "*")) any = weight(params);
    }
    return gzip > 0 || (gzip < 0 && any > 0);
}

bool http_accepts_language(struct str accept_language, enum language *ret) {
    int best = 0;
    while (accept_language.len) {
        struct str params, tag;
        str_split(&accept_language, ',', &params);
        params = str_trim(params);
        str_split(&params, ';', &tag);
        tag = str_trim(tag);
        enum language found = language_find(tag);
        size_t len = strlen(language_tag(found)); /* an unknown tag was taken for English */
        if (tag.len < len || !str_eq_nocase(str_make(tag.ptr, len), str_from(language_tag(found))))
            continue;
        if (tag.len > len && tag.ptr[len] != '-') continue;
        int q = weight(params);
        if (q <= best) continue;
        best = q;
        *ret = found;
    }
    return best > 0;
}

static struct str etag_bare(struct str tag) {
    tag = str_trim(tag);
    if (str_starts_with(tag, STR("W/"))) tag = str_make(tag.ptr + 2, tag.len - 2);
    return tag;
}

bool http_etag_listed(struct str header, struct str etag) {
    etag = etag_bare(etag);
    while (header.len) {
        struct str tag;
        str_split(&header, ',', &tag);
        tag = etag_bare(tag);
        if (str_is(tag, "*") || (tag.len && str_eq(tag, etag))) return true;
    }
    return false;
}

bool http_etag_version(struct str header, int64_t *ret) {
    struct str tag = etag_bare(header);
    if (str_is(tag, "*")) {
        *ret = 0;
        return true;
    }
    if (tag.len >= 2 && tag.ptr[0] == '"' && tag.ptr[tag.len - 1] == '"')
        tag = str_make(tag.ptr + 1, tag.len - 2);
    return str_to_int64(tag, ret) && *ret > 0;
}

static bool is_number(struct str s, int64_t *ret) {
    return s.len > 0 && s.ptr[0] >= '0' && s.ptr[0] <= '9' && str_to_int64(s, ret);
}

enum http_range_outcome http_range_parse(struct str header, int64_t size, int64_t *ret_from,
                                         int64_t *ret_length) {
    struct str unit, first, last = header;
    if (!str_split(&last, '=', &unit) || !str_eq_nocase(str_trim(unit), STR("bytes")))
        return HTTP_RANGE_NONE;
    if (last.len && memchr(last.ptr, ',', last.len)) return HTTP_RANGE_NONE;
    if (!str_split(&last, '-', &first)) return HTTP_RANGE_NONE;
    first = str_trim(first);
    last = str_trim(last);
    int64_t from = 0, to = size - 1;
    if (first.len == 0) { /* the last n bytes */
        int64_t n;
        if (!is_number(last, &n)) return HTTP_RANGE_NONE;
        if (n == 0 || size == 0) return HTTP_RANGE_OUTSIDE;
        from = n < size ? size - n : 0;
    } else {
        if (!is_number(first, &from)) return HTTP_RANGE_NONE;
        if (last.len) {
            if (!is_number(last, &to) || to < from) return HTTP_RANGE_NONE;
            if (to > size - 1) to = size - 1;
        }
        if (from >= size) return HTTP_RANGE_OUTSIDE;
    }
    *ret_from = from;
    *ret_length = to - from + 1;
    return HTTP_RANGE_PART;
}
