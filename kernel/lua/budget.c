/* Killing what runs too long. A POSIX timer on the thread's processor clock signals the very thread
 * that runs the script; the handler arms a hook on the current coroutine (lua_sethook may be called
 * from a signal handler: manual, section 4.7), and the hook raises at the next instruction - and at
 * every one after it, so that a caught kill is raised again at once.
 *
 * No hook is set while a script behaves, so it runs at full speed. */
#include "lua/guard.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/time.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum { SIGNAL_OFFSET = 5, AGAIN_NS = 1000000, POLL_INSTRUCTIONS = 5000, POLL_CALLS = 256 };
enum {
    SHORT_NS = 100000
}; /* a call so short is told by the wall clock, which costs no system call */

static pthread_once_t signal_once = PTHREAD_ONCE_INIT;

static int alarm_signal(void) { return SIGRTMIN + SIGNAL_OFFSET; }

/* Decides on the kill that is due, if any. Async-signal-safe. Nanoseconds left, 0 when it is due or
 * nothing limits the time. */
static int64_t judge(struct lua_guard *g) {
    if (atomic_load(&g->cancel_wanted)) {
        if (!g->kill) g->kill = KILL_CANCEL;
    } else if (g->deadline_ns) {
        int64_t left = g->deadline_ns - clock_thread_cpu_ns();
        if (left > 0) return left;
        if (!g->kill) g->kill = KILL_TIME;
    }
    return 0;
}

void guard_poll(struct lua_guard *g) {
    if (!g->running || g->alarm || ++g->polls % POLL_CALLS != 0) return;
    judge(g);
    if (g->kill) g->alarm = 1;
}

static void on_hook(lua_State *L, lua_Debug *ar) {
    (void)ar;
    if (GUARD_POLLED && guard_of(L)->running) judge(guard_of(L));
    l_alarm(L);
}

void guard_watch(struct lua_guard *g, lua_State *L) {
    bool watches = GUARD_POLLED && g->running;
    lua_sethook(L, watches ? on_hook : NULL, watches ? LUA_MASKCOUNT : 0,
                watches ? POLL_INSTRUCTIONS : 0);
}

void guard_arm(struct lua_guard *g, lua_State *L) {
    g->alarm = 1;
    if (L) lua_sethook(L, on_hook, LUA_MASKCOUNT, 1);
}

static void timer_set(struct lua_guard *g, int64_t now_ns, int64_t in_ns) {
    struct itimerspec when = {.it_value = {.tv_sec = (time_t)(in_ns / 1000000000),
                                           .tv_nsec = (long)(in_ns % 1000000000)}};
    g->due_ns = now_ns + in_ns;
    timer_settime(g->timer, 0, &when, NULL);
}

/* Async-signal-safe. The timer may have been set by an earlier call: then it is set again for what
 * is left to this one. */
static void on_signal(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    if (info->si_code != SI_TIMER && (info->si_code != SI_QUEUE || info->si_pid != getpid()))
        return;
    struct lua_guard *g = info->si_value.sival_ptr;
    if (!g || g->timer_thread != gettid()) return; /* late, and the guard has moved on */
    if (info->si_code == SI_TIMER) g->due_ns = 0;
    if (!g->running) return;
    int before = errno;
    int64_t left = judge(g);
    if (left > 0 && g->due_ns == 0)
        timer_set(g, g->deadline_ns - left, left > AGAIN_NS ? left : AGAIN_NS);
    if (g->kill) guard_arm(g, g->current);
    errno = before;
}

static void signal_install(void) {
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    action.sa_sigaction = on_signal;
    sigemptyset(&action.sa_mask);
    sigaction(alarm_signal(), &action, NULL);
}

void guard_timer_free(struct lua_guard *g) {
    if (g->has_timer) timer_delete(g->timer);
    g->has_timer = false;
}

/* The timer follows the clock of the thread that made it, so it is made again when the guard moves.
 */
static bool timer_ready(struct lua_guard *g) {
    static _Thread_local pid_t self; /* gettid is a system call */
    if (self == 0) self = gettid();
    if (g->has_timer && g->timer_thread == self) return true;
    guard_timer_free(g);
    pthread_once(&signal_once, signal_install);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, alarm_signal());
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = alarm_signal()};
    event.sigev_value.sival_ptr = g;
    event.sigev_notify_thread_id = self;
    g->due_ns = 0;
    g->has_timer = timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &g->timer) == 0;
    g->timer_thread = self;
    return g->has_timer;
}

static void memory_start(struct lua_guard *g, size_t budget_bytes) {
    g->limit = g->memory_max;
    if (budget_bytes && g->used < g->memory_max && budget_bytes < g->memory_max - g->used)
        g->limit = g->used + budget_bytes;
    g->peak = g->used;
    g->alarm = g->over_limit = g->used > g->limit;
    if (g->alarm) guard_arm(g, g->main);
}

/* A timer that rings earlier than needed is left alone: a stream of short calls sets it once. */
static void time_start(struct lua_guard *g, int64_t budget_ms) {
    g->entered_ns = clock_monotonic_ns();
    g->started_ns = clock_thread_cpu_ns();
    g->budget_ms = budget_ms;
    g->deadline_ns = budget_ms > 0 ? g->started_ns + budget_ms * 1000000 : 0;
    g->running = 1; /* before due_ns is looked at: from here on the handler sets the timer again */
    if (g->deadline_ns && (g->due_ns == 0 || g->due_ns > g->deadline_ns))
        timer_set(g, g->started_ns, budget_ms * 1000000);
}

bool guard_start(struct lua_guard *g, const struct lua_budget *budget) {
    if (!timer_ready(g)) return false;
    g->kill = KILL_NONE;
    g->where[0] = '\0';
    atomic_store(&g->cancel_wanted, false);
    memory_start(g, budget->memory_bytes);
    time_start(g, budget->cpu_ms);
    if (!g->alarm) guard_watch(g, g->main);
    pthread_mutex_lock(&g->mu);
    g->runner = pthread_self();
    g->cancellable = true;
    pthread_mutex_unlock(&g->mu);
    return true;
}

void guard_stop(struct lua_guard *g) {
    pthread_mutex_lock(&g->mu);
    g->cancellable = false;
    pthread_mutex_unlock(&g->mu);
    g->running = 0;
    int64_t elapsed = clock_monotonic_ns() - g->entered_ns;
    g->used_ns = elapsed < SHORT_NS ? elapsed : clock_thread_cpu_ns() - g->started_ns;
    g->limit = g->memory_max;
    g->current = g->main;
    g->alarm = g->over_limit = 0;
    guard_watch(g, g->main);
    if (g->used > g->memory_max) lua_gc(g->main, LUA_GCCOLLECT, 0);
}

void lua_guard_cancel(struct lua_guard *g) {
    pthread_mutex_lock(&g->mu);
    if (g->cancellable) {
        atomic_store(&g->cancel_wanted, true);
        union sigval value = {.sival_ptr = g};
        pthread_sigqueue(g->runner, alarm_signal(), value);
    }
    pthread_mutex_unlock(&g->mu);
}

void l_alarm(lua_State *L) {
    struct lua_guard *g = guard_of(L);
    if (!g->kill && g->over_limit) {
        lua_gc(L, LUA_GCCOLLECT, 0);
        g->over_limit = 0;
        if (g->used > g->limit) g->kill = KILL_MEMORY;
    }
    if (!g->kill) {
        g->alarm = 0;
        guard_watch(g, L);
    }
    if (!g->kill) return; /* looked at again: the signal may have come in between */
    guard_arm(g, L);
    l_raise_kill(L);
}

void l_check(lua_State *L) { l_poll(L, guard_of(L)); }
