/* The listening socket: accepted by the first loop, handed to the loop with the fewest connections.
 *
 * From 80 % of the limit on connections are taken but marked to be answered 503; at the limit they
 * are told so at once and closed. Threads: the first loop's, but for open and free. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "http/connection.h"
#include "http/messages.h"

enum { BACKLOG = 1024, ACCEPT_AT_ONCE = 64 };

struct http_listener {
    struct http_server *server;
    int fd;
    int port;
    uv_poll_t poll;
    bool is_polling, is_paused;
};

static const char crowded_answer[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: "
                                     "1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/* "host:port" or "[v6]:port" into two NUL-terminated pieces. */
static bool address_split(struct str address, char *host, size_t host_room, char *port,
                          size_t port_room) {
    size_t colon = address.len;
    while (colon > 0 && address.ptr[colon - 1] != ':')
        colon--;
    if (colon == 0) return false;
    struct str name = str_make(address.ptr, colon - 1),
               number = str_make(address.ptr + colon, address.len - colon);
    if (name.len >= 2 && name.ptr[0] == '[' && name.ptr[name.len - 1] == ']')
        name = str_make(name.ptr + 1, name.len - 2);
    int64_t value;
    if (!str_to_int64(number, &value) || value < 0 || value > 65535) return false;
    if (name.len >= host_room || number.len >= port_room) return false;
    snprintf(host, host_room, "%.*s", STR_ARG(name));
    snprintf(port, port_room, "%.*s", STR_ARG(number));
    return true;
}

static int socket_open(const struct addrinfo *info) {
    int fd = socket(info->ai_family, info->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                    info->ai_protocol);
    if (fd < 0) return -1;
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0) return fd;
    int failed = errno;
    close(fd);
    errno = failed;
    return -1;
}

static int port_of(int fd) {
    union {
        struct sockaddr_storage room;
        struct sockaddr any;
        struct sockaddr_in ip4;
        struct sockaddr_in6 ip6;
    } address = {0};
    socklen_t len = sizeof address;
    if (getsockname(fd, &address.any, &len) != 0) return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.ip6.sin6_port : address.ip4.sin_port);
}

crm_status http_listener_open(struct http_server *s, struct str address, struct http_listener **ret,
                              struct err *err) {
    char host[256], port[8], whole[300];
    snprintf(whole, sizeof whole, "%.*s", STR_ARG(address));
    if (!address_split(address, host, sizeof host, port, sizeof port))
        return err_set(err, CRM_INVALID, &http_address_malformed, whole, NULL);
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV},
                    *found;
    int failed = getaddrinfo(host[0] ? host : NULL, port, &hints, &found);
    if (failed != 0)
        return err_set(err, CRM_INVALID, &http_listen_failed, whole, gai_strerror(failed), NULL);
    int fd = -1;
    for (struct addrinfo *i = found; i && fd < 0; i = i->ai_next)
        fd = socket_open(i);
    int why = errno;
    freeaddrinfo(found);
    char reason[128];
    if (fd < 0)
        return err_set(err, CRM_IO, &http_listen_failed, whole,
                       strerror_r(why, reason, sizeof reason), NULL);
    struct http_listener *n = calloc(1, sizeof *n);
    if (!n) {
        close(fd);
        return err_no_memory(err);
    }
    n->server = s;
    n->fd = fd;
    n->port = port_of(fd);
    *ret = n;
    return CRM_OK;
}

static void place(struct http_listener *n, int fd, const struct sockaddr_storage *address,
                  socklen_t len) {
    struct http_server *s = n->server;
    struct http_loop *least = NULL;
    size_t fewest = SIZE_MAX, total = 0;
    for (size_t i = 0; i < s->loop_count; i++) {
        size_t count = atomic_load_explicit(&s->loops[i].connection_count, memory_order_relaxed);
        total += count;
        if (count >= fewest) continue;
        fewest = count;
        least = &s->loops[i];
    }
    size_t limit = s->options.connection_limit;
    if (total >= limit) {
        http_metrics_add(&s->loops[0].metrics.connections_refused, 1);
        (void)!write(fd, crowded_answer, sizeof crowded_answer - 1);
        close(fd);
        return;
    }
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    http_connection_send(least, fd, address, len, total * 10 >= limit * 8);
}

static void on_readable(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    struct http_listener *n = poll->data;
    for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
        struct sockaddr_storage address = {0};
        socklen_t len = sizeof address;
        int fd = accept4(n->fd, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            place(n, fd, &address, len);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            n->is_paused = true; /* what waits would wake us for ever: the sweeper tries again */
            uv_poll_stop(&n->poll);
            return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return;
        }
    }
}

crm_status http_listener_start(struct http_listener *n, struct http_loop *l, struct err *err) {
    int failed = uv_poll_init(loop_uv(l->loop), &n->poll, n->fd);
    if (failed == 0) {
        n->poll.data = n;
        n->is_polling = true;
        failed = uv_poll_start(&n->poll, UV_READABLE, on_readable);
    }
    return failed == 0 ? CRM_OK : err_internal(err, "uv_poll: %s", uv_strerror(failed));
}

void http_listener_resume(struct http_listener *n) {
    if (!n->is_polling || !n->is_paused) return;
    n->is_paused = false;
    uv_poll_start(&n->poll, UV_READABLE, on_readable);
}

static void on_closed(uv_handle_t *handle) {
    struct http_listener *n = handle->data;
    close(n->fd);
    n->fd = -1;
}

void http_listener_stop(struct http_listener *n) {
    if (!n->is_polling) return;
    n->is_polling = false;
    uv_close((uv_handle_t *)&n->poll, on_closed);
}

void http_listener_free(struct http_listener *n) {
    if (!n) return;
    if (n->fd >= 0) close(n->fd);
    free(n);
}

int http_listener_port(const struct http_listener *n) { return n->port; }
