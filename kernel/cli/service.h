/* The server's side of DIR/perigee.sock: takes commands and runs each on a thread of its own.
 *
 * The socket is 0600: who can open it may do anything the data directory's owner may. Threads:
 * start and stop on the main thread; one listener, up to SERVICE_COMMANDS_MAX commands. */
#ifndef CLI_SERVICE_H
#define CLI_SERVICE_H

#include "cli/cli.h"

enum { SERVICE_COMMANDS_MAX = 16 };

struct service;
crm_status service_start(struct program *p, struct service **ret, struct err *err);
/* No more commands; running ones are told to end and waited for. NULL is fine. */
void service_stop(struct service *s);

#endif
