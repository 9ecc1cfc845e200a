/* Breadcrumbs: which module's code a thread is in, told when a signal kills the process.
 *
 * A mark is set around each call into a module; the handler writes the last line of the log and a
 * small file, which the next start reports and removes. Who crashed stays noted beside it: a module
 * that did so twice in ten minutes is left out (security.md, decision 10). The marks of a thread
 * and the stack that its handler runs on are the one thing here that is neither constant nor the
 * kernel's: a signal handler has nothing else to look at.
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
/* A stack of its own for the handler, so that a call too deep is told as well. For each thread. */
void crash_stack(void);
/* What an earlier process left at `path`, into the log and among the crashes noted at "<path>ed";
 * the file is removed. */
void crash_report(struct str path);
/* Whether two crashes of the module are noted that lie within ten minutes. Those before `since_ms`
 * do not count: of an older build. */
bool crash_is_repeated(struct str path, const char *module, int64_t since_ms);

#endif
