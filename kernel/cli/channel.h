/* What goes between a command and the server it runs in, over DIR/perigee.sock: JSON messages with
 * a length in front, and descriptors beside them.
 *
 *   client: {"words":[...],"language":"ru"}    with standard output, standard error and the files
 * that the words name, in their order server: {"create":"path"}                  client:
 * {"path":"..."} with a descriptor, or {"error":"..."} server: {"place":"path",
 * "as":"path"}, an empty name removes it   client: {} or {"error":"..."} server: {"exit":0} A
 * client that hangs up, or sends {"cancel":true}, cancels the command. Threads: one a channel. */
#ifndef CLI_CHANNEL_H
#define CLI_CHANNEL_H

#include "base/json.h"

enum { CHANNEL_MESSAGE_MAX = 1024 * 1024, CHANNEL_FILES_MAX = 16 };

struct channel_message {
    json_t *json; /* owned */
    int files[CHANNEL_FILES_MAX];
    size_t file_count; /* owned descriptors */
};

crm_status channel_send(int socket, const json_t *json, const int *files, size_t file_count,
                        struct err *err);
/* CRM_CANCELLED when the other side has gone. */
crm_status channel_receive(int socket, struct channel_message *ret, struct err *err);
void channel_message_fini(struct channel_message *m);
/* The path of the socket; false when it is too long for one. */
bool channel_path(struct str folder, char *ret, size_t capacity);

#endif
