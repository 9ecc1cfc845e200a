/* A command that runs inside the server: sends the words and descriptors, makes files when asked,
 * returns the exit code. Threads: main. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "cli/cli.h"

/* *ret_socket -1: no server listens there. */
crm_status client_connect(struct str folder, int *ret_socket, struct err *err);
/* `c` has been parsed here, so that its files are open. Closes the socket. */
crm_status client_run(int socket, const struct crm_command *c, const struct str *words,
                      size_t count, int *ret_exit, struct err *err);

#endif
