/* Breadcrumbs: which module's code a thread is in, told when a signal kills the process.
 *
 * A mark is set around each call into a module; the handler writes the last line of the log and a
 * small file, which the next start reports and removes. The marks of a thread are the one thing
 * here that is neither constant nor the kernel's: a signal handler has nothing else to look at.
 * Threads: marks any, each its own; the rest main. */
#ifndef BASE_CRASH_H
#define BASE_CRASH_H

#include "base/err.h"

/* Texts live as long as the mark: constants, or what the module registered. */
struct crash_mark {
    const char *module, *call; /* "sales", "POST /api/v1/convert"; NULL: the kernel's own code */
};
/* Returns what was there before, for crash_leave. */
struct crash_mark crash_enter(const char *module, const char *call);
void crash_leave(struct crash_mark before);
struct crash_mark crash_here(void);

/* From now on SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT leave their line and the file `path`
 * before the process dies of them. */
crm_status crash_catch(struct str path, bool json, struct err *err);
/* What an earlier process left at `path`, into the log; the file is removed. */
void crash_report(struct str path);

#endif
