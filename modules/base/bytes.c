/* See bytes.h. */
#include "bytes.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 256 };

void bytes_fini(struct bytes *b) {
    free(b->ptr);
    b->ptr = NULL;
    b->len = b->room = 0;
}

void bytes_add(struct bytes *b, const char *ptr, size_t len) {
    if (b->failed || len == 0) return;
    if (len > b->max || b->len > b->max - len) {
        b->failed = true;
        return;
    }
    if (b->len + len > b->room) {
        size_t room = b->room ? b->room : FIRST_ROOM;
        while (room < b->len + len)
            room *= 2;
        char *grown = realloc(b->ptr, room);
        if (!grown) {
            b->failed = true;
            return;
        }
        b->ptr = grown;
        b->room = room;
    }
    memcpy(b->ptr + b->len, ptr, len);
    b->len += len;
}

void bytes_text(struct bytes *b, const char *terminated) {
    bytes_add(b, terminated, strlen(terminated));
}

void bytes_csv(struct bytes *b, const char *ptr, size_t len) {
    bytes_add(b, "\"", 1);
    while (len > 0) {
        const char *mark = memchr(ptr, '"', len);
        size_t piece = mark ? (size_t)(mark - ptr) + 1 : len;
        bytes_add(b, ptr, piece);
        if (mark) bytes_add(b, "\"", 1);
        ptr += piece;
        len -= piece;
    }
    bytes_add(b, "\"", 1);
}
