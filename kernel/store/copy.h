/* A copy of the database, to read for long without keeping anything of the live one: replays.
 *
 * The engine's own backup mechanism makes it, beside the writer, in a folder of its own under the
 * data directory that is gone with the copy; one that a killed process left is removed with the
 * next. Threads: the connection's. */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include "store/store.h"

struct store_copy {
    char folder[512];
    struct store *store;
    struct store_conn *conn; /* a reader of the copy */
};
/* CRM_UNSUPPORTED where the engine keeps old versions without anybody waiting: PostgreSQL. */
crm_status store_copy_open(struct store_conn *from, struct store_copy *ret, struct err *err);
void store_copy_close(struct store_copy *copy); /* also half-made or empty */

#endif
