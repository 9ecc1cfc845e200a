/* Limits and the filter of system calls. See sandbox.h. */
#include "script/worker/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { IS_SANITIZED = 1 };
#else
enum { IS_SANITIZED = 0 };
#endif

enum { CPU_SECONDS = 3600 };
#define SPACE_BYTES ((rlim_t)2 << 30)

static bool limit(int which, rlim_t most) {
    const struct rlimit wanted = {most, most};
    return setrlimit((__rlimit_resource_t)which, &wanted) == 0;
}

/* A sanitizer maps terabytes and tells what it finds in files or on standard error. */
static bool limits_set(int descriptors) {
    if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_CPU, CPU_SECONDS)) return false;
    if (IS_SANITIZED) return true;
    return limit(RLIMIT_AS, SPACE_BYTES) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NPROC, 0) &&
           limit(RLIMIT_MEMLOCK, 0) && limit(RLIMIT_NOFILE, (rlim_t)descriptors);
}

/* Memory that could hold code is never mapped: PROT_EXEC is the third argument's third bit. */
static bool allow_memory(scmp_filter_ctx filter, int call) {
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
}

static bool allow_all(scmp_filter_ctx filter, const int *calls, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0) != 0) return false;
    return true;
}

/* The timer of a budget, its signal, the heap, the socket, the clock, the end. */
static bool rules_add(scmp_filter_ctx filter) {
    static const int calls[] = {
        SCMP_SYS(read),          SCMP_SYS(write),          SCMP_SYS(sendmsg),
        SCMP_SYS(recvmsg),       SCMP_SYS(munmap),         SCMP_SYS(mremap),
        SCMP_SYS(brk),           SCMP_SYS(madvise),        SCMP_SYS(futex),
        SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),   SCMP_SYS(time),
        SCMP_SYS(timer_create),  SCMP_SYS(timer_settime),  SCMP_SYS(timer_delete),
        SCMP_SYS(rt_sigreturn),  SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
        SCMP_SYS(gettid),        SCMP_SYS(getpid),         SCMP_SYS(restart_syscall),
        SCMP_SYS(getrandom),     SCMP_SYS(exit),           SCMP_SYS(exit_group)};
    static const int sanitizers[] = {SCMP_SYS(sched_yield),      SCMP_SYS(sigaltstack),
                                     SCMP_SYS(nanosleep),        SCMP_SYS(tgkill),
                                     SCMP_SYS(clock_nanosleep),  SCMP_SYS(getrusage),
                                     SCMP_SYS(sched_getaffinity)};
    return allow_all(filter, calls, sizeof calls / sizeof *calls) &&
           (!IS_SANITIZED ||
            allow_all(filter, sanitizers, sizeof sanitizers / sizeof *sanitizers)) &&
           allow_memory(filter, SCMP_SYS(mmap)) && allow_memory(filter, SCMP_SYS(mprotect));
}

static bool filter_load(void) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    bool loaded = filter && rules_add(filter) && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return loaded;
}

static bool failed(const char *what) {
    fprintf(stderr, "worker: %s: %s\n", what, strerror(errno));
    return false;
}

bool script_sandbox_enter(int descriptors) {
    if (close_range((unsigned)descriptors, ~0U, 0) != 0) return failed("close_range");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("no_new_privs");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return failed("dumpable");
    if (!limits_set(descriptors)) return failed("setrlimit");
    return filter_load() || failed("seccomp");
}
