/* The client's side of the channel. */
#include "cli/client.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/channel.h"
#include "cli/messages.h"

crm_status client_connect(struct str folder, int *ret_socket, struct err *err) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *ret_socket = -1;
    if (!channel_path(folder, address.sun_path, sizeof address.sun_path)) return CRM_OK;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return err_internal(err, "socket: %s", strerror(errno));
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
        *ret_socket = fd;
        return CRM_OK;
    }
    close(fd);
    return CRM_OK; /* missing, or left behind by a killed server */
}

/* Interrupting hangs up half of the channel: the server sees it, its answer still comes. */
static volatile sig_atomic_t interrupted_socket = -1;
static void on_interrupt(int number) {
    (void)number;
    if (interrupted_socket >= 0) shutdown(interrupted_socket, SHUT_WR);
}

static crm_status answer_create(int socket, const json_t *request, struct err *err) {
    struct arena a;
    arena_init(&a, 64 * 1024);
    int fd = -1;
    struct str path = STR_NONE;
    struct err why;
    crm_status made = cli_create_file(NULL, json_str(request), &a, &fd, &path, &why);
    BUF_CLEANUP struct buf reason;
    buf_init(&reason, 4096);
    if (made != CRM_OK) err_format(&why, cli_language(), &reason);
    json_t *answer = made == CRM_OK ? json_pack("{s:s%}", "path", path.ptr, path.len)
                                    : json_pack("{s:s%}", "error", reason.ptr, reason.len);
    crm_status status = answer ? channel_send(socket, answer, &fd, made == CRM_OK ? 1 : 0, err)
                               : err_no_memory(err);
    json_decref(answer);
    if (fd >= 0) close(fd);
    arena_fini(&a);
    return status;
}

static crm_status answer_place(int socket, const json_t *request, struct err *err) {
    struct err why;
    json_t *answer;
    errno = 0;
    crm_status placed = cli_place_file(NULL, json_str(json_object_get(request, "place")),
                                       json_str(json_object_get(request, "as")), &why);
    answer = placed == CRM_OK ? json_object() : json_pack("{s:s}", "error", strerror(errno));
    crm_status status = answer ? channel_send(socket, answer, NULL, 0, err) : err_no_memory(err);
    json_decref(answer);
    return status;
}

static crm_status converse(int socket, int *ret_exit, struct err *err) {
    for (;;) {
        struct channel_message message;
        crm_status status = channel_receive(socket, &message, err);
        if (status != CRM_OK) return status;
        const json_t *code = json_object_get(message.json, "exit"),
                     *create = json_object_get(message.json, "create");
        bool is_end = json_is_integer(code);
        if (is_end)
            *ret_exit = (int)json_integer_value(code);
        else if (json_is_string(create))
            status = answer_create(socket, create, err);
        else if (json_is_string(json_object_get(message.json, "place")))
            status = answer_place(socket, message.json, err);
        channel_message_fini(&message);
        if (is_end || status != CRM_OK) return status;
    }
}

static json_t *request(const struct crm_command *c, const struct str *words, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; list && i < count; i++)
        if (json_array_append_new(
                list, json_stringn(words[i].ptr ? words[i].ptr : "", words[i].len)) != 0) {
            json_decref(list);
            return NULL;
        }
    return list ? json_pack("{s:o,s:s}", "words", list, "language", language_tag(c->language))
                : NULL;
}

crm_status client_run(int socket, const struct crm_command *c, const struct str *words,
                      size_t count, int *ret_exit, struct err *err) {
    int files[CHANNEL_FILES_MAX] = {c->io.out, c->io.err};
    size_t file_count = 2;
    for (size_t i = 0; i < c->value_count && file_count < CHANNEL_FILES_MAX; i++)
        if (c->values[i].fd >= 0) files[file_count++] = c->values[i].fd;
    json_t *json = request(c, words, count);
    crm_status status = json ? channel_send(socket, json, files, file_count, err)
                             : err_set(err, CRM_UNSUPPORTED, &cli_message_malformed, NULL);
    json_decref(json);
    interrupted_socket = socket;
    struct sigaction action = {.sa_handler = on_interrupt}, old_int, old_term;
    sigaction(SIGINT, &action, &old_int);
    sigaction(SIGTERM, &action, &old_term);
    if (status == CRM_OK) status = converse(socket, ret_exit, err);
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGTERM, &old_term, NULL);
    interrupted_socket = -1;
    close(socket);
    return status;
}
