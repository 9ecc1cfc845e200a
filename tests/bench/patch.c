/* Updates of one field with If-Match: a connection a record, each one request after the other with
 * the version that the answer before gave. Written for speed, so that the client costs little.
 *
 *     patch PORT TOKEN ENTITY FIELD SECONDS ID...
 *     prints: REQUESTS MICROSECONDS BAD P50_US P99_US
 *
 * Threads: one a connection, each with its own memory; they meet at the end. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS_MAX = 256, SAMPLES_MAX = 1 << 18, ANSWER_BYTES = 64 * 1024 };

struct client {
    const char *token, *entity, *field, *id;
    int port;
    int64_t until_ns;
    pthread_t thread;
    long requests, bad;
    uint32_t *samples; /* microseconds; owned */
    char answer[ANSWER_BYTES];
    size_t len;
};

static int64_t now_ns(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

static int connect_to(int port) {
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd >= 0) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0) return fd;
    if (fd >= 0) close(fd);
    return -1;
}

/* One whole answer with its length told; its status, 0 when the connection broke. */
static int answer_read(struct client *c, int fd) {
    const char *body = NULL, *told;
    size_t whole = ANSWER_BYTES - 1;
    for (c->len = 0; !body || c->len < whole;) {
        ssize_t got = recv(fd, c->answer + c->len, ANSWER_BYTES - 1 - c->len, 0);
        if (got <= 0) return 0;
        c->len += (size_t)got;
        c->answer[c->len] = '\0';
        if (body || !(body = strstr(c->answer, "\r\n\r\n"))) continue;
        told = strcasestr(c->answer, "content-length:");
        if (!told) return 0;
        whole =
            (size_t)(body + 4 - c->answer) + strtoul(told + strlen("content-length:"), NULL, 10);
        if (whole >= ANSWER_BYTES) return 0;
    }
    return (int)strtol(c->answer + strlen("HTTP/1.1 "), NULL, 10);
}

static bool ask(struct client *c, int fd, const char *method, const char *version,
                const char *body) {
    char request[2048];
    int len = snprintf(request, sizeof request,
                       "%s /api/v1/records/%s/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: "
                       "Bearer %s\r\nIf-Match: %s\r\n"
                       "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                       method, c->entity, c->id, c->token, version, strlen(body), body);
    return len > 0 && (size_t)len < sizeof request &&
           send(fd, request, (size_t)len, MSG_NOSIGNAL) == len;
}

/* The tag of the answer at hand, quotes and all. */
static bool tag_take(const struct client *c, char ret[64]) {
    const char *at = strcasestr(c->answer, "\r\netag:"), *end;
    if (!at || !(at = strchr(at, '"')) || !(end = strchr(at + 1, '"')) || end - at > 60)
        return false;
    memcpy(ret, at, (size_t)(end - at) + 1);
    ret[end - at + 1] = '\0';
    return true;
}

static void *client_main(void *arg) {
    struct client *c = arg;
    char version[64] = "*", body[256];
    int fd = connect_to(c->port);
    if (fd < 0 || !ask(c, fd, "GET", "*", "") || answer_read(c, fd) != 200 || !tag_take(c, version))
        c->bad++;
    while (c->bad == 0 && now_ns() < c->until_ns) {
        snprintf(body, sizeof body, "{\"%s\":\"step %ld\"}", c->field, c->requests);
        int64_t begun = now_ns();
        if (!ask(c, fd, "PATCH", version, body) || answer_read(c, fd) != 200 ||
            !tag_take(c, version)) {
            fprintf(stderr, "patch: %.*s\n", (int)c->len, c->answer);
            c->bad++;
            break;
        }
        if (c->requests < SAMPLES_MAX)
            c->samples[c->requests] = (uint32_t)((now_ns() - begun) / 1000);
        c->requests++;
    }
    if (fd >= 0) close(fd);
    return NULL;
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void tell(struct client *clients, int count, int64_t spent_ns) {
    static uint32_t all[SAMPLES_MAX];
    size_t samples = 0;
    long requests = 0, bad = 0;
    for (int i = 0; i < count; i++) {
        requests += clients[i].requests;
        bad += clients[i].bad;
        for (long n = 0; n < clients[i].requests && n < SAMPLES_MAX && samples < SAMPLES_MAX; n++)
            all[samples++] = clients[i].samples[n];
    }
    qsort(all, samples, sizeof all[0], by_size);
    printf("%ld %lld %ld %u %u\n", requests, (long long)(spent_ns / 1000), bad,
           samples ? all[samples / 2] : 0, samples ? all[samples * 99 / 100] : 0);
}

int main(int argc, char **argv) {
    static struct client clients[CLIENTS_MAX];
    int count = argc - 6;
    if (count < 1 || count > CLIENTS_MAX) {
        fprintf(stderr, "usage: patch PORT TOKEN ENTITY FIELD SECONDS ID...\n");
        return 2;
    }
    int64_t begun = now_ns(), until = begun + (int64_t)(strtod(argv[5], NULL) * 1e9);
    for (int i = 0; i < count; i++) {
        clients[i] = (struct client){.port = (int)strtol(argv[1], NULL, 10),
                                     .token = argv[2],
                                     .entity = argv[3],
                                     .field = argv[4],
                                     .id = argv[6 + i],
                                     .until_ns = until};
        clients[i].samples = calloc(SAMPLES_MAX, sizeof clients[i].samples[0]);
        if (!clients[i].samples ||
            pthread_create(&clients[i].thread, NULL, client_main, &clients[i]) != 0)
            return 1;
    }
    for (int i = 0; i < count; i++)
        pthread_join(clients[i].thread, NULL);
    tell(clients, count, now_ns() - begun);
    for (int i = 0; i < count; i++)
        free(clients[i].samples);
    return 0;
}
