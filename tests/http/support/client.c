#include "support/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Long enough for a sanitizer on a busy machine; nothing that passes waits for it. */
enum { WAIT_MS = 60000 };

void client_open(struct client *c, int port) {
    *c = (struct client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0)
        fail_msg("connect: %s", strerror(errno));
}

void client_close(struct client *c) {
    if (c->fd >= 0) close(c->fd);
    free(c->bytes);
    *c = (struct client){.fd = -1};
}

void client_send(struct client *c, const void *bytes, size_t len) {
    const char *at = bytes;
    while (len) {
        ssize_t sent = send(c->fd, at, len, MSG_NOSIGNAL);
        if (sent < 0) return; /* the answer tells */
        at += sent;
        len -= (size_t)sent;
    }
}

void client_text(struct client *c, const char *text) { client_send(c, text, strlen(text)); }

bool client_more(struct client *c) {
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    if (poll(&p, 1, WAIT_MS) <= 0) return false;
    if (c->capacity - c->len < 65536) {
        c->capacity = c->capacity * 2 + 131072;
        c->bytes = realloc(c->bytes, c->capacity);
        assert_non_null(c->bytes);
    }
    ssize_t got = recv(c->fd, c->bytes + c->len, c->capacity - c->len - 1, 0);
    if (got <= 0) return false;
    c->len += (size_t)got;
    c->bytes[c->len] = '\0';
    return true;
}

bool client_is_closed(struct client *c, int ms) {
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    char byte;
    return poll(&p, 1, ms) > 0 && recv(c->fd, &byte, 1, MSG_PEEK) <= 0;
}

bool client_has(struct client *c, int ms) {
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    return poll(&p, 1, ms) > 0;
}

static void drop(struct client *c, size_t count) {
    memmove(c->bytes, c->bytes + count, c->len - count);
    c->len -= count;
    c->bytes[c->len] = '\0';
}

static bool need(struct client *c, size_t count) {
    while (c->len < count)
        if (!client_more(c)) return false;
    return true;
}

static void body_add(struct reply *r, const char *bytes, size_t len) {
    r->body = realloc(r->body, r->body_len + len + 1);
    assert_non_null(r->body);
    memcpy(r->body + r->body_len, bytes, len);
    r->body_len += len;
    r->body[r->body_len] = '\0';
}

static bool read_chunks(struct client *c, struct reply *r) {
    for (;;) {
        char *end;
        while (c->len == 0 || !(end = memmem(c->bytes, c->len, "\r\n", 2)))
            if (!client_more(c)) return false;
        size_t size = strtoul(c->bytes, NULL, 16);
        drop(c, (size_t)(end - c->bytes) + 2);
        if (!need(c, size + 2)) return false;
        body_add(r, c->bytes, size);
        drop(c, size + 2);
        if (size == 0) return true;
    }
}

static bool read_sized(struct client *c, struct reply *r, size_t size) {
    bool whole = need(c, size);
    if (!whole) size = c->len;
    body_add(r, size ? c->bytes : "", size);
    if (size) drop(c, size);
    return whole;
}

bool client_reply(struct client *c, bool is_head, struct reply *r) {
    *r = (struct reply){0};
    char *end;
    do {
        while (c->len == 0 || !(end = memmem(c->bytes, c->len, "\r\n\r\n", 4)))
            if (!client_more(c)) return false;
        size_t head = (size_t)(end - c->bytes) + 4;
        free(r->head);
        r->head = strndup(c->bytes, head);
        r->status = (int)strtol(c->bytes + 9, NULL, 10);
        drop(c, head);
    } while (r->status == 100);
    body_add(r, "", 0);
    if (is_head || r->status == 204 || r->status == 304) return true;
    const char *coding = reply_header(r, "Transfer-Encoding"), *length;
    if (coding) {
        r->cut = !read_chunks(c, r);
    } else if ((length = reply_header(r, "Content-Length")) != NULL) {
        r->cut = !read_sized(c, r, strtoul(length, NULL, 10));
    } else {
        while (client_more(c)) {
        }
        read_sized(c, r, c->len);
    }
    return true;
}

void client_call(struct client *c, struct reply *r, const char *method, const char *target,
                 const char *headers, const char *body) {
    char head[16384];
    int len = snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s", method, target,
                       headers);
    if (body)
        len += snprintf(head + len, sizeof head - (size_t)len, "Content-Length: %zu\r\n",
                        strlen(body));
    len += snprintf(head + len, sizeof head - (size_t)len, "\r\n");
    assert_true((size_t)len < sizeof head);
    client_send(c, head, (size_t)len);
    if (body) client_text(c, body);
    if (!client_reply(c, strcmp(method, "HEAD") == 0, r))
        fail_msg("no answer to %s %s", method, target);
}

void http_call(int port, struct reply *r, const char *method, const char *target,
               const char *headers, const char *body) {
    struct client c;
    client_open(&c, port);
    client_call(&c, r, method, target, headers, body);
    client_close(&c);
}

void reply_free(struct reply *r) {
    free(r->head);
    free(r->body);
    *r = (struct reply){0};
}

const char *reply_header(const struct reply *r, const char *name) {
    static char value[1024];
    size_t name_len = strlen(name);
    for (const char *line = strstr(r->head, "\r\n"); line && line[2] != '\r';
         line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, name_len) != 0 || line[name_len] != ':') continue;
        line += name_len + 1;
        while (*line == ' ')
            line++;
        snprintf(value, sizeof value, "%.*s", (int)(strstr(line, "\r\n") - line), line);
        return value;
    }
    return NULL;
}

bool reply_has(const struct reply *r, const char *text) { return strstr(r->body, text) != NULL; }
