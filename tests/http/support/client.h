/* A tiny HTTP client over a blocking socket: sends bytes as they are, reads one answer at a time.
 * Waits at most ten seconds for anything. Fails the running cmocka test when used wrongly. */
#ifndef TEST_HTTP_CLIENT_H
#define TEST_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct client {
    int fd;
    char *bytes; /* received, not yet taken */
    size_t len, capacity;
};

struct reply {
    int status;
    char *head; /* status line and headers, NUL-terminated */
    char *body; /* NUL-terminated beyond body_len; chunks joined */
    size_t body_len;
    bool cut; /* the connection ended inside the body */
};

void client_open(struct client *c, int port);
void client_close(struct client *c);
void client_send(struct client *c, const void *bytes, size_t len);
void client_text(struct client *c, const char *text);
/* False when the connection ended before an answer began. */
bool client_reply(struct client *c, bool is_head, struct reply *r);
/* True when the other side has closed; false after `ms` of silence or when bytes came. */
bool client_is_closed(struct client *c, int ms);
bool client_has(struct client *c, int ms); /* bytes or the end have come within ms; takes nothing */
/* Waits for more bytes (kept in c->bytes); false at the end or after ten seconds. */
bool client_more(struct client *c);
/* Whole request with Host and, for a body, Content-Length; `headers` are whole lines or "". */
void client_call(struct client *c, struct reply *r, const char *method, const char *target,
                 const char *headers, const char *body);
/* The same on a connection of its own. */
void http_call(int port, struct reply *r, const char *method, const char *target,
               const char *headers, const char *body);
void reply_free(struct reply *r);
/* Value of a header, in static storage; NULL when absent. */
const char *reply_header(const struct reply *r, const char *name);
bool reply_has(const struct reply *r, const char *text); /* in the body */

#endif
