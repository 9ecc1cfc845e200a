/* What a worker process gives up before it reads its first message: descriptors, limits on what it
 * uses, and every system call that a script at work does not need. Nothing of it can be taken back.
 *
 * Threads: the only one of a process that has just begun. */
#ifndef SCRIPT_WORKER_SANDBOX_H
#define SCRIPT_WORKER_SANDBOX_H

#include <stdbool.h>

/* Keeps the descriptors below `descriptors`. False, with what failed on standard error: nothing may
 * run then. */
bool script_sandbox_enter(int descriptors);

#endif
