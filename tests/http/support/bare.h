/* A server without data for tests of the door itself: the health routes and a few that answer,
 * wait, stream and take in. */
#ifndef TEST_HTTP_BARE_H
#define TEST_HTTP_BARE_H

#include <semaphore.h>

#include "http/server.h"

struct bare {
    struct http_server *server;
    int port;
    sem_t entered;                      /* /wait has begun */
    sem_t go;                           /* lets one /wait go on */
    struct http_request *_Atomic taken; /* by /detached */
};

/* Deadlines and limits as given in `options` (address is set here). */
void bare_start(struct bare *b, const struct http_options *options);
void bare_stop(struct bare *b);

#endif
