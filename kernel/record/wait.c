/* Waiting of a blocking caller for the writer: one signal, one waiter. Threads: the two. */
#include "record/writer.h"

void wait_point_init(struct wait_point *p) {
    pthread_mutex_init(&p->mu, NULL);
    pthread_cond_init(&p->done_cond, NULL);
    p->done = false;
}

void wait_point_signal(struct wait_point *p) {
    pthread_mutex_lock(&p->mu);
    p->done = true;
    pthread_cond_signal(&p->done_cond); /* under the lock: the waiter destroys the point */
    pthread_mutex_unlock(&p->mu);
}

void wait_point_wait(struct wait_point *p) {
    pthread_mutex_lock(&p->mu);
    while (!p->done)
        pthread_cond_wait(&p->done_cond, &p->mu);
    pthread_mutex_unlock(&p->mu);
    wait_point_fini(p);
}

void wait_point_fini(struct wait_point *p) {
    pthread_cond_destroy(&p->done_cond);
    pthread_mutex_destroy(&p->mu);
}
