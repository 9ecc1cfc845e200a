/* A database into the stream, and the stream into an empty database. See stream.h.
 *
 * Dumping reads one snapshot on the caller's connection and stops no writer. Loading makes the
 * tables, writes the rows some thousands a transaction and makes the indexes last; from its first
 * transaction to store_load_done the database is marked as unfinished, and everybody else is
 * refused in words. Threads: the connection's. */
#ifndef STORE_DUMP_H
#define STORE_DUMP_H

#include "store/stream.h"

/* What goes on, for a bar: rows so far and of how many (0 = not known). Returns false to stop:
 * CRM_CANCELLED. May be NULL. */
struct store_progress {
    bool (*step)(void *ctx, int64_t done, int64_t total);
    void *ctx;
};

struct dump_facts {
    int64_t rows, seq;
};

/* While a snapshot is being kept no blob is collected, and commits do not wait for the snapshot's
 * reader to leave the write-ahead log. Any thread. */
void store_keep_begin(struct store *s);
void store_keep_end(struct store *s);

/* A reader's transaction is begun anew: a snapshot of which nothing goes, whatever is removed from
 * the database, until its end. */
crm_status store_dump_open(struct store_conn *c, struct err *err);
/* In a reader's transaction, which is the snapshot. */
crm_status store_dump(struct store_conn *c, const struct stream_sink *sink,
                      const struct store_progress *progress, struct dump_facts *ret,
                      struct err *err);

struct store_load;
/* `c`: the writer of a store that was opened with `unfinished`. */
crm_status store_load_begin(struct store_conn *c, struct store_load **ret, struct err *err);
/* Bytes of the stream. */
crm_status store_load_feed(struct store_load *l, struct str bytes, struct err *err);
/* The rest: everything is there but search rows and the mark; *ret may be NULL. */
crm_status store_load_end(struct store_load *l, struct dump_facts *ret, struct err *err);
void store_load_free(struct store_load *l);
/* Takes the mark away; with `hold`, outbound jobs wait for their release. */
crm_status store_load_done(struct store_conn *c, bool hold, struct err *err);

#endif
