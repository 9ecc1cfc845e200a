/* Handlers on a loop over PostgreSQL: what needs a record or two is run in place, without a
 * hand-over to a reader and without waiting (store/ask.h). A run that has to wait is dropped and
 * run again from its start when the answer has come; one that needs more goes to a reader. Private
 * to kernel/http.
 *
 * Threads: the loop's, but for opening the connection, which a reader does. */
#ifndef HTTP_ASKER_H
#define HTTP_ASKER_H

#include "http/exchange.h"

/* What is run, and where it goes when it needs a connection that may wait. */
struct http_ask_way {
    /* True: the answer is sealed. False: handed over, and no longer the caller's. */
    bool (*run)(struct http_request *r, struct http_hands *hands);
    void (*elsewhere)(struct http_request *r);
};

/* Whether the route may run here, and the loop has its connection. */
bool http_ask_can(struct http_request *r);
/* In the call of the library that the request came with, or while the connection sleeps. */
void http_ask(struct http_request *r, const struct http_ask_way *way);
/* The outcome of the run at hand will be dropped. */
bool http_ask_is_dropped(const struct http_hands *hands);

void http_asker_turn(struct http_loop *l);  /* the end of a turn */
void http_asker_close(struct http_loop *l); /* nobody waits any more */

#endif
