/* Threads as the kernel starts them: named, and with every signal blocked, so that signals reach
 * the main thread only. Threads: any. */
#ifndef LOOP_THREAD_H
#define LOOP_THREAD_H

#include <pthread.h>

#include "base/err.h"

/* The name is cut to the 15 bytes that Linux keeps. The caller joins. */
crm_status thread_start(const char *name, void *(*run)(void *), void *arg, pthread_t *ret,
                        struct err *err);

#endif
