/* Messages over the SOCK_SEQPACKET pair between the server and a worker process: the first packet
 * begins with the message's length, longer ones go on in the packets behind. Blocking; on the
 * server's side within `left_ns`, which only runs while the other side is waited for.
 *
 * Threads: one at a time. */
#ifndef SCRIPT_WORKER_CHANNEL_H
#define SCRIPT_WORKER_CHANNEL_H

#include "base/err.h"

enum { SCRIPT_CHANNEL_PACKET = 64 * 1024, SCRIPT_CHANNEL_MAX = 40 << 20, SCRIPT_CHANNEL_FD = 3 };

enum script_channel_end {
    SCRIPT_CHANNEL_OK,
    SCRIPT_CHANNEL_LATE,    /* left_ns are used up */
    SCRIPT_CHANNEL_STOPPED, /* `stopped` says so */
    SCRIPT_CHANNEL_GONE,    /* the other process, or what it sent is no message */
    SCRIPT_CHANNEL_MEMORY
};

struct script_channel {
    int fd;
    bool is_timed;   /* the socket's calls return every few ms */
    int64_t left_ns; /* is_timed only */
    bool (*stopped)(void *ctx);
    bool (*spent)(void *ctx); /* asked once left_ns are used up: is it late indeed? */
    void *ctx;
};

/* A pair of sockets, both closed on exec; the first has its calls return every few ms. */
bool script_channel_pair(int fds[2]);
enum script_channel_end script_channel_send(struct script_channel *c, struct str message);
/* Into `to`, which is emptied first. */
enum script_channel_end script_channel_receive(struct script_channel *c, struct buf *to);

#endif
