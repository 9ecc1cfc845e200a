/* Durable cursors: how far a reader of the log has come, as (seq, position) of the next change to
 * look at.
 *
 * A cursor moves inside the transaction that holds the effect of what was read, and only from where
 * the reader believes it to be, so that two nodes never do the same thing twice. Threads: the
 * connection's. */
#ifndef EVENT_CURSOR_H
#define EVENT_CURSOR_H

#include "store/store.h"

struct event_cursor {
    int64_t seq;      /* changesets before it are done with */
    int64_t position; /* changes of `seq` before it are done with */
};

int event_cursor_compare(const struct event_cursor *a, const struct event_cursor *b);
/* *ret_found false: there is none of this name. */
crm_status event_cursor_get(struct store_conn *c, struct str name, struct event_cursor *ret,
                            bool *ret_found, struct err *err);
/* Makes it where it does not exist. */
crm_status event_cursor_make(struct store_conn *writer, struct str name,
                             const struct event_cursor *at, struct err *err);
/* From `from` to `to`; CRM_STALE when it stands elsewhere. */
crm_status event_cursor_move(struct store_conn *writer, struct str name,
                             const struct event_cursor *from, const struct event_cursor *to,
                             struct err *err);
/* The number of the last changeset in the log, of whichever node; 0 when there is none. */
crm_status event_log_end(struct store_conn *c, int64_t *ret_seq, struct err *err);
crm_status event_cursor_drop(struct store_conn *writer, struct str name, struct err *err);

#endif
