/* The checkpoint thread: moves committed pages from SQLite's write-ahead log into the file, so that
 * no commit pays for it and the log stays bounded.
 *
 * Woken after CHECKPOINT_FRAMES more pages, and in quiet times once CHECKPOINT_IDLE_MS have passed
 * since the first change it has not yet moved. A failure is left to the next round: the data is
 * safe in the log. Owns its connection. */
#include <stdlib.h>

#include "loop/thread.h"
#include "record/writer.h"

enum { CHECKPOINT_FRAMES = 4096, CHECKPOINT_IDLE_MS = 2000 };

struct checkpointer {
    struct store_conn *conn;
    pthread_t thread;
    pthread_mutex_t mu;
    pthread_cond_t wake; /* on the monotonic clock */
    size_t pending;      /* pages committed and not yet moved; guarded by mu */
    size_t frames;       /* of the log at the last commit; guarded by mu */
    bool stopping;       /* guarded by mu */
};

static struct timespec idle_deadline(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += CHECKPOINT_IDLE_MS / 1000;
    return at;
}

/* Waits until there is reason to move pages; false: stop. Under mu. */
static bool checkpoint_wait(struct checkpointer *p) {
    while (!p->stopping && p->pending == 0)
        pthread_cond_wait(&p->wake, &p->mu);
    struct timespec until = idle_deadline();
    int late = 0;
    while (!p->stopping && p->pending < CHECKPOINT_FRAMES && late == 0)
        late = pthread_cond_timedwait(&p->wake, &p->mu, &until);
    return !p->stopping;
}

static void *checkpoint_main(void *arg) {
    struct checkpointer *p = arg;
    pthread_mutex_lock(&p->mu);
    while (checkpoint_wait(p)) {
        p->pending = 0;
        pthread_mutex_unlock(&p->mu);
        (void)store_checkpoint(p->conn, NULL);
        pthread_mutex_lock(&p->mu);
    }
    pthread_mutex_unlock(&p->mu);
    (void)store_checkpoint_last(p->conn, NULL);
    return NULL;
}

static void checkpointer_free(struct checkpointer *p) {
    store_conn_close(p->conn);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->mu);
    free(p);
}

crm_status checkpointer_start(struct store *s, struct checkpointer **ret, struct err *err) {
    struct checkpointer *p = calloc(1, sizeof *p);
    if (!p) return err_no_memory(err);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&p->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&p->mu, NULL);
    crm_status status = store_conn_open(s, STORE_CHECKPOINTER, &p->conn, err);
    if (status == CRM_OK) status = thread_start("checkpoint", checkpoint_main, p, &p->thread, err);
    if (status == CRM_OK) {
        *ret = p;
        return CRM_OK;
    }
    checkpointer_free(p);
    return status;
}

void checkpointer_note(struct checkpointer *p, size_t frames) {
    pthread_mutex_lock(&p->mu);
    bool first = p->pending == 0, longer = frames >= p->frames; /* else it began anew */
    p->pending += longer ? frames - p->frames : frames;
    p->frames = frames;
    if ((first && p->pending) || p->pending >= CHECKPOINT_FRAMES) pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->mu);
}

void checkpointer_stop(struct checkpointer *p) {
    if (!p) return;
    pthread_mutex_lock(&p->mu);
    p->stopping = true;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->mu);
    pthread_join(p->thread, NULL);
    checkpointer_free(p);
}
