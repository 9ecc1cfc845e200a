/* Messages between the server and a worker process. See channel.h. */
#include "script/worker/channel.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/time.h"

enum { TURN_US = 20000 };

bool script_channel_pair(int fds[2]) {
    const struct timeval turn = {.tv_usec = TURN_US};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) return false;
    if (setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &turn, sizeof turn) == 0 &&
        setsockopt(fds[0], SOL_SOCKET, SO_SNDTIMEO, &turn, sizeof turn) == 0)
        return true;
    close(fds[0]);
    close(fds[1]);
    return false;
}

/* Whether to try again after a call that failed. */
static enum script_channel_end judge(const struct script_channel *c) {
    if (errno != EINTR && errno != EAGAIN) return SCRIPT_CHANNEL_GONE;
    if (!c->is_timed) return SCRIPT_CHANNEL_OK;
    if (c->stopped && c->stopped(c->ctx)) return SCRIPT_CHANNEL_STOPPED;
    return c->left_ns > 0 || !c->spent(c->ctx) ? SCRIPT_CHANNEL_OK : SCRIPT_CHANNEL_LATE;
}

static enum script_channel_end send_packet(struct script_channel *c, struct iovec *parts,
                                           size_t count) {
    struct msghdr packet = {.msg_iov = parts, .msg_iovlen = count};
    for (;;) {
        int64_t begun = c->is_timed ? clock_monotonic_ns() : 0;
        ssize_t sent = sendmsg(c->fd, &packet, MSG_NOSIGNAL);
        if (sent >= 0) return SCRIPT_CHANNEL_OK;
        if (c->is_timed) c->left_ns -= clock_monotonic_ns() - begun;
        enum script_channel_end end = judge(c);
        if (end != SCRIPT_CHANNEL_OK) return end;
    }
}

enum script_channel_end script_channel_send(struct script_channel *c, struct str message) {
    uint32_t len = (uint32_t)message.len;
    size_t first = SCRIPT_CHANNEL_PACKET - sizeof len;
    size_t part = message.len < first ? message.len : first;
    if (message.len > SCRIPT_CHANNEL_MAX) return SCRIPT_CHANNEL_MEMORY;
    struct iovec parts[2] = {{&len, sizeof len}, {(void *)(uintptr_t)message.ptr, part}};
    enum script_channel_end end = send_packet(c, parts, 2);
    for (size_t at = part; end == SCRIPT_CHANNEL_OK && at < message.len; at += part) {
        part = message.len - at < SCRIPT_CHANNEL_PACKET ? message.len - at : SCRIPT_CHANNEL_PACKET;
        struct iovec rest = {(void *)(uintptr_t)(message.ptr + at), part};
        end = send_packet(c, &rest, 1);
    }
    return end;
}

static enum script_channel_end receive_packet(struct script_channel *c, struct iovec *parts,
                                              size_t count, size_t *ret_len) {
    struct msghdr packet = {.msg_iov = parts, .msg_iovlen = count};
    for (;;) {
        int64_t begun = c->is_timed ? clock_monotonic_ns() : 0;
        ssize_t len = recvmsg(c->fd, &packet, 0);
        if (c->is_timed) c->left_ns -= clock_monotonic_ns() - begun;
        if (len > 0 && !(packet.msg_flags & MSG_TRUNC)) {
            *ret_len = (size_t)len;
            return SCRIPT_CHANNEL_OK;
        }
        if (len >= 0) return SCRIPT_CHANNEL_GONE;
        enum script_channel_end end = judge(c);
        if (end != SCRIPT_CHANNEL_OK) return end;
    }
}

enum script_channel_end script_channel_receive(struct script_channel *c, struct buf *to) {
    uint32_t total = 0;
    size_t len;
    buf_clear(to);
    char *room = buf_reserve(to, SCRIPT_CHANNEL_PACKET);
    if (!room) return SCRIPT_CHANNEL_MEMORY;
    struct iovec parts[2] = {{&total, sizeof total}, {room, SCRIPT_CHANNEL_PACKET - sizeof total}};
    enum script_channel_end end = receive_packet(c, parts, 2, &len);
    if (end != SCRIPT_CHANNEL_OK) return end;
    if (len < sizeof total || total > SCRIPT_CHANNEL_MAX) return SCRIPT_CHANNEL_GONE;
    buf_commit(to, len - sizeof total);
    while (to->len < total) {
        room = buf_reserve(to, SCRIPT_CHANNEL_PACKET);
        if (!room) return SCRIPT_CHANNEL_MEMORY;
        struct iovec rest = {room, SCRIPT_CHANNEL_PACKET};
        end = receive_packet(c, &rest, 1, &len);
        if (end != SCRIPT_CHANNEL_OK) return end;
        buf_commit(to, len);
    }
    return to->len == total ? SCRIPT_CHANNEL_OK : SCRIPT_CHANNEL_GONE;
}
