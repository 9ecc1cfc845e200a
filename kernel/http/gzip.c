/* gzip of whole answers. See gzip.h. */
#include "http/gzip.h"

#include <stdlib.h>
#include <zlib.h>

enum { LEVEL = 1, WINDOW_BITS = 13 + 16 /* + 16: gzip */, MEMORY_LEVEL = 7 };

struct http_gzip {
    z_stream stream;
};

struct http_gzip *http_gzip_new(void) {
    struct http_gzip *g = calloc(1, sizeof *g);
    if (g && deflateInit2(&g->stream, LEVEL, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL,
                          Z_DEFAULT_STRATEGY) != Z_OK) {
        free(g);
        return NULL;
    }
    return g;
}

void http_gzip_free(struct http_gzip *g) {
    if (!g) return;
    deflateEnd(&g->stream);
    free(g);
}

bool http_gzip_run(struct http_gzip *g, struct str plain, struct buf *out) {
    if (plain.len > UINT32_MAX / 2 || deflateReset(&g->stream) != Z_OK) return false;
    char *room = buf_reserve(out, plain.len);
    if (!room) return false;
    g->stream.next_in = (Bytef *)(uintptr_t)plain.ptr;
    g->stream.avail_in = (uInt)plain.len;
    g->stream.next_out = (Bytef *)room;
    g->stream.avail_out = (uInt)plain.len; /* whatever does not fit is not smaller */
    if (deflate(&g->stream, Z_FINISH) != Z_STREAM_END) return false;
    buf_commit(out, plain.len - g->stream.avail_out);
    return true;
}

bool http_gzip_worth(struct str content_type, size_t bytes) {
    if (bytes < HTTP_GZIP_MIN_BYTES) return false;
    struct str type;
    str_split(&content_type, ';', &type);
    type = str_trim(type);
    return str_starts_with(type, STR("text/")) || str_ends_with(type, STR("json")) ||
           str_ends_with(type, STR("xml")) || str_is(type, "application/javascript") ||
           str_is(type, "image/svg+xml");
}
