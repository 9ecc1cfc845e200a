/* Starting a thread. See thread.h. */
#include "loop/thread.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/crash.h"
#include "loop/messages.h"

enum { NAME_BYTES = 16 };

struct start {
    void *(*run)(void *);
    void *arg;
};

static void *start(void *arg) {
    struct start it = *(struct start *)arg;
    free(arg);
    crash_stack();
    return it.run(it.arg);
}

crm_status thread_start(const char *name, void *(*run)(void *), void *arg, pthread_t *ret,
                        struct err *err) {
    sigset_t all, before;
    pthread_t thread;
    struct start *it = malloc(sizeof *it);
    if (!it) return err_no_memory(err);
    *it = (struct start){run, arg};
    sigfillset(&all);
    /* A fault that a thread itself causes kills at once where it is blocked: no word of it
     * (crash.h). */
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&all, faults[i]);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread, NULL, start, it);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0) {
        free(it);
        err_set(err, CRM_UNAVAILABLE, &loop_thread_failed, NULL);
        err_because(err, "pthread_create %s: %s", name, strerror(failed));
        return CRM_UNAVAILABLE;
    }
    char cut[NAME_BYTES];
    snprintf(cut, sizeof cut, "%s", name);
    pthread_setname_np(thread, cut);
    *ret = thread;
    return CRM_OK;
}
