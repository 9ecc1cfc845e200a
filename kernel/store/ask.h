/* Reading without waiting, for a thread that must not block: a loop over PostgreSQL.
 *
 * What runs against an asker's connection is a function that may run again from its start. What it
 * reads is answered from its struct store_ask; a statement that this does not hold yet is sent, the
 * call fails (CRM_UNAVAILABLE), the outcome of the run is dropped, and once the answer has come
 * the function runs again and gets one statement further. Only readers that said store_expect_one
 * are served, and no more than two statements, each its own snapshot; whatever else is tried makes
 * the run one for another connection, which may wait. Nothing is written.
 *
 * Threads: the loop's. PostgreSQL only. */
#ifndef STORE_ASK_H
#define STORE_ASK_H

#include "store/store.h"

enum { STORE_ASK_MAX = 2 };

enum store_ask_outcome {
    STORE_ASK_DONE,     /* the outcome of the run counts */
    STORE_ASK_WAITS,    /* `answered` will be called */
    STORE_ASK_ELSEWHERE /* to be run on a connection that may wait */
};

/* All zero at first; the caller's, and stays where it is while it waits. */
struct store_ask {
    /* Runs when the answer has come, or - not `ok` - never will. */
    void (*answered)(struct store_ask *ask, bool ok);
    void *answers[STORE_ASK_MAX]; /* the driver's; owned */
    uint64_t keys[STORE_ASK_MAX]; /* of the statements with their parameters */
    uint8_t count, at;            /* answered; come to in this run */
    bool ok;                      /* of the answer that has just come */
    struct store_ask *next;
};

/* Around a run. Connections are opened with the role STORE_ASKER. */
void store_ask_begin(struct store_conn *c, struct store_ask *ask);
enum store_ask_outcome store_ask_end(struct store_conn *c);
/* What the run at hand has come to so far. */
enum store_ask_outcome store_ask_now(const struct store_conn *c);
void store_ask_clear(struct store_ask *ask); /* not while it waits */

/* ---- what drives the connection -------------------------------------------------------------- */
int store_asker_socket(const struct store_conn *c);
/* At the end of a turn: what was asked goes out, unless as much is on its way already that it had
 * better go with more. *ret_more: to be called again when the socket takes more. False: lost. */
bool store_asker_send(struct store_conn *c, bool *ret_more);
/* The socket has something: tells those whose answers have come. False: the connection is lost. */
bool store_asker_hear(struct store_conn *c);
/* Tells all that wait that there will be no answer. */
void store_asker_give_up(struct store_conn *c);

#endif
