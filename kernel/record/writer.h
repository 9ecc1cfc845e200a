/* The writer: one thread that owns the writing connection and commits in groups. Private to
 * record/.
 *
 * A batch is what has queued: BEGIN, each job in a savepoint of its own, one log, one COMMIT, then
 * the listeners, then the answers. A failing job goes back to its savepoint; when the engine gave
 * up the whole batch, its jobs run again one by one, so a job has no effect outside its
 * transaction. A batch ends early behind a job that touched resident data: the next one must see
 * it; and before a changeset of many records, which what has queued meanwhile overtakes, once. */
#ifndef RECORD_WRITER_H
#define RECORD_WRITER_H

#include "record/engine_state.h"
#include "record/log_write.h"

struct writer;

/* One queued item while its batch runs. `work->run(work, job)` is called inside the savepoint to do
 * the work and fill the rest, perhaps more than once, and at the end with `answer` set: then the
 * status is final, after COMMIT or failure, and the item may be gone when it returns. Writer
 * thread. */
struct writer_job {
    struct work *work;
    struct engine *engine;
    struct store_conn *conn;
    crm_status status;
    struct err *err;
    const struct log_entry *log;     /* what to log at the end of the batch, or NULL */
    bool touches;                    /* resident entities were written, */
    const bool *touched;             /* these, by entity position; NULL: perhaps all */
    struct changeset_result *result; /* for listeners; NULL = none */
    void (*failed)(
        struct writer_job *job); /* the savepoint could not be released: names the cause; or NULL */
    bool again;                  /* somebody else's commit overtook it: another run may succeed */
    bool answer;
};

/* Takes the connection. */
crm_status writer_start(struct engine *e, struct store_conn *c, size_t limit, struct writer **ret,
                        struct err *err);
/* Drains, joins, last checkpoint, closes the connection. NULL accepted. */
void writer_stop(struct writer *w);
/* CRM_UNAVAILABLE when full, stopped or shutting down; the item stays the caller's then. */
crm_status writer_push(struct writer *w, struct work *work, struct err *err);
bool writer_is_current(const struct writer *w);
/* Runs fn in the writer thread between batches, outside of any transaction, and waits for it. */
crm_status writer_exclusive(struct writer *w, engine_write_fn fn, void *ctx, struct err *err);

/* One item as a batch of its own, from inside an exclusive function; answered on return. */
void writer_run_now(struct writer *w, struct work *work);

/* What a blocking caller waits on. */
struct wait_point {
    pthread_mutex_t mu;
    pthread_cond_t done_cond;
    bool done; /* guarded by mu */
};
void wait_point_init(struct wait_point *p);
void wait_point_signal(struct wait_point *p);
void wait_point_wait(struct wait_point *p); /* and gives it back */
void wait_point_fini(struct wait_point *p); /* one that nobody waits on */

/* checkpoint.c: a thread that moves the write-ahead log into the file. */
struct checkpointer;
crm_status checkpointer_start(struct store *s, struct checkpointer **ret, struct err *err);
/* After a commit: so many pages are in the log now. */
void checkpointer_note(struct checkpointer *p, size_t frames);
void checkpointer_stop(struct checkpointer *p);

#endif
