/* Resolving, checking and pinning. See gate_place.h. */
#include "event/gate_place.h"

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>

#include "event/gate.h"
#include "event/messages.h"

enum { ADDRESSES_MAX = 16, PLACE_BYTES = 300 };

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void begin_curl(void) { (void)curl_global_init(CURL_GLOBAL_DEFAULT); }

void gate_curl_begin(void) { pthread_once(&once, begin_curl); }

bool gate_place_is_listed(struct str allowed, const char *host, const char *port) {
    char place[PLACE_BYTES];
    struct str rest = allowed, one;
    int len = snprintf(place, sizeof place, "%s:%s", host, port);
    if (len < 0 || (size_t)len >= sizeof place) return false;
    for (bool more = rest.len > 0; more;) {
        more = str_split(&rest, ',', &one);
        if (str_eq(str_trim(one), str_make(place, (size_t)len))) return true;
    }
    return false;
}

crm_status gate_place_refused(const struct gate_place *p, struct err *err) {
    return err_set_args(err, CRM_FORBIDDEN, p->refusal, &p->shown, 1);
}

/* "[::1]" is asked for without its brackets. */
static void bare_host(const char *host, char bare[PLACE_BYTES]) {
    size_t len = strlen(host);
    bool bracketed = len > 2 && host[0] == '[';
    (void)snprintf(bare, PLACE_BYTES, "%.*s", (int)(bracketed ? len - 2 : len), host + bracketed);
}

static crm_status pin(const struct gate_place *p, const struct addrinfo *list,
                      struct curl_slist **ret, struct err *err) {
    char address[64], line[PLACE_BYTES + ADDRESSES_MAX * 64];
    size_t count = 0;
    int len = snprintf(line, sizeof line, "%s:%s:", p->host, p->port);
    for (const struct addrinfo *it = list; it && count < ADDRESSES_MAX; it = it->ai_next) {
        if (!p->allowed && !gate_address_is_public(it->ai_addr)) return gate_place_refused(p, err);
        if (getnameinfo(it->ai_addr, it->ai_addrlen, address, sizeof address, NULL, 0,
                        NI_NUMERICHOST) != 0)
            continue;
        bool is_v6 = it->ai_family == AF_INET6;
        len += snprintf(line + len, sizeof line - (size_t)len, "%s%s%s%s", count ? "," : "",
                        is_v6 ? "[" : "", address, is_v6 ? "]" : "");
        count++;
    }
    if (count == 0) return err_set(err, CRM_UNAVAILABLE, &event_gate_silent, p->host, NULL);
    *ret = curl_slist_append(NULL, line);
    return *ret ? CRM_OK : err_no_memory(err);
}

crm_status gate_place_pin(const struct gate_place *p, struct curl_slist **ret, struct err *err) {
    char bare[PLACE_BYTES];
    struct addrinfo *list = NULL;
    const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    bare_host(p->host, bare);
    if (getaddrinfo(bare, NULL, &wanted, &list) != 0)
        return err_set(err, CRM_UNAVAILABLE, &event_gate_silent, bare, NULL);
    crm_status status = pin(p, list, ret, err);
    freeaddrinfo(list);
    return status;
}

curl_socket_t gate_place_socket(void *place, curlsocktype purpose, struct curl_sockaddr *to) {
    const struct gate_place *p = place;
    if (purpose != CURLSOCKTYPE_IPCXN || (!p->allowed && !gate_address_is_public(&to->addr)))
        return CURL_SOCKET_BAD;
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}
