/* A place in the network that is about to be spoken to: listed by the operator or made of addresses
 * that everybody may know, resolved once and pinned. Private to event/; gate.h says what for.
 * Threads: any that may block. */
#ifndef EVENT_GATE_PLACE_H
#define EVENT_GATE_PLACE_H

#include <curl/curl.h>

#include "base/err.h"

struct gate_place {
    const char *host, *port;
    bool allowed;                   /* by the operator: any address will do */
    struct str shown;               /* as messages name it */
    const struct err_text *refusal; /* takes `shown` */
};
/* Whether HOST:PORT stands in "10.0.0.5:8080, hooks.local:80". */
bool gate_place_is_listed(struct str allowed, const char *host, const char *port);
crm_status gate_place_refused(const struct gate_place *p, struct err *err);
/* For CURLOPT_RESOLVE; the caller's (curl_slist_free_all). CRM_FORBIDDEN, CRM_UNAVAILABLE. */
crm_status gate_place_pin(const struct gate_place *p, struct curl_slist **ret, struct err *err);
/* For CURLOPT_OPENSOCKETFUNCTION with the place as its data: the last word before a connection,
 * whatever name led here. */
curl_socket_t gate_place_socket(void *place, curlsocktype purpose, struct curl_sockaddr *to);
/* Once in a process, before anything else of curl. */
void gate_curl_begin(void);

#endif
