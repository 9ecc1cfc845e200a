/* Messages over a unix stream socket; descriptors travel with the first byte. */
#include "cli/channel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/messages.h"

bool channel_path(struct str folder, char *ret, size_t capacity) {
    struct sockaddr_un address;
    size_t room = capacity < sizeof address.sun_path ? capacity : sizeof address.sun_path;
    int len = snprintf(ret, capacity, "%.*s/perigee.sock", STR_ARG(folder));
    return len > 0 && (size_t)len < room;
}

static crm_status gone(struct err *err) {
    return err_set(err, CRM_CANCELLED, &cli_server_gone, NULL);
}
static crm_status malformed(struct err *err) {
    return err_set(err, CRM_INVALID, &cli_message_malformed, NULL);
}

static crm_status send_all(int socket, const char *bytes, size_t len, struct err *err) {
    while (len > 0) {
        ssize_t sent = send(socket, bytes, len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return gone(err);
        bytes += sent;
        len -= (size_t)sent;
    }
    return CRM_OK;
}

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * CHANNEL_FILES_MAX)];
};

/* The length, and the descriptors with it. */
static crm_status send_head(int socket, uint32_t len, const int *files, size_t file_count,
                            struct err *err) {
    uint8_t head[4] = {(uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16),
                       (uint8_t)(len >> 24)};
    struct iovec part = {head, sizeof head};
    union control control = {.bytes = {0}};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (file_count) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * file_count);
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int) * file_count);
        memcpy(CMSG_DATA(rights), files, sizeof(int) * file_count);
    }
    ssize_t sent;
    do {
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent <= 0) return gone(err);
    return send_all(socket, (const char *)head + sent, sizeof head - (size_t)sent, err);
}

crm_status channel_send(int socket, const json_t *json, const int *files, size_t file_count,
                        struct err *err) {
    char *text = json_dumps(json, JSON_COMPACT);
    if (!text) return err_no_memory(err);
    size_t len = strlen(text);
    crm_status status =
        len <= CHANNEL_MESSAGE_MAX && file_count <= CHANNEL_FILES_MAX ? CRM_OK : malformed(err);
    if (status == CRM_OK) status = send_head(socket, (uint32_t)len, files, file_count, err);
    if (status == CRM_OK) status = send_all(socket, text, len, err);
    free(text);
    return status;
}

static crm_status receive_all(int socket, char *bytes, size_t len, struct err *err) {
    while (len > 0) {
        ssize_t got = recv(socket, bytes, len, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return gone(err);
        bytes += got;
        len -= (size_t)got;
    }
    return CRM_OK;
}

static void take_files(struct msghdr *message, struct channel_message *ret) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (ret->file_count < CHANNEL_FILES_MAX)
                ret->files[ret->file_count++] = fd;
            else
                close(fd);
        }
    }
}

static crm_status receive_head(int socket, struct channel_message *ret, uint32_t *ret_len,
                               struct err *err) {
    uint8_t head[4];
    struct iovec part = {head, sizeof head};
    union control control;
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got;
    do {
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got <= 0) return gone(err);
    take_files(&message, ret);
    crm_status status = receive_all(socket, (char *)head + got, sizeof head - (size_t)got, err);
    if (status != CRM_OK) return status;
    *ret_len = (uint32_t)head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16 |
               (uint32_t)head[3] << 24;
    return *ret_len <= CHANNEL_MESSAGE_MAX ? CRM_OK : malformed(err);
}

static crm_status receive_body(int socket, uint32_t len, json_t **ret, struct err *err) {
    char *text = malloc(len + 1u);
    if (!text) return err_no_memory(err);
    crm_status status = receive_all(socket, text, len, err);
    if (status == CRM_OK) {
        *ret = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
        if (!*ret) status = malformed(err);
    }
    free(text);
    return status;
}

crm_status channel_receive(int socket, struct channel_message *ret, struct err *err) {
    uint32_t len = 0;
    memset(ret, 0, sizeof *ret);
    crm_status status = receive_head(socket, ret, &len, err);
    if (status == CRM_OK) status = receive_body(socket, len, &ret->json, err);
    if (status != CRM_OK) channel_message_fini(ret);
    return status;
}

void channel_message_fini(struct channel_message *m) {
    json_decref(m->json);
    m->json = NULL;
    for (size_t i = 0; i < m->file_count; i++)
        close(m->files[i]);
    m->file_count = 0;
}
