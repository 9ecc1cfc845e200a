/* A body made piece by piece: what the loop pulls from, whoever makes it.
 *
 * Two kinds: the pipe that a handler on its own thread writes into (stream.c), and the live feed
 * (rest_live.c). Threads: `pull` and `shut` on the loop; http_source_wake any. */
#ifndef HTTP_SOURCE_H
#define HTTP_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct http_request;

enum { HTTP_SOURCE_EMPTY = 0, HTTP_SOURCE_END = -1, HTTP_SOURCE_BROKEN = -2 };

struct http_source {
    /* Copies up to `room` bytes; EMPTY: nothing now, http_source_wake will tell. */
    int64_t (*pull)(struct http_source *s, char *to, size_t room);
    void (*shut)(struct http_source *s); /* the connection is done with it, either way */
    void (*end)(struct http_source *s);  /* the server stops: come to an end soon */
    void (*beat)(
        struct http_source *s); /* nothing was sent for a while; NULL = needs no sign of life */
    struct http_request *request;
    struct http_source *next, *prev; /* loop: all open ones */
};

/* There is something to pull. Any thread that knows the request alive: the handler's, or whoever
 * the source's `shut` waits for. */
void http_source_wake(struct http_request *r);

#endif
