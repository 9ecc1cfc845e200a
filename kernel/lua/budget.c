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
    struct lua_guard *g = guard_of(L);
    if (GUARD_POLLED && g->running) judge(g);
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

static void timer_set(const struct lua_guard *g, int64_t in_ns) {
    struct itimerspec when = {.it_value = {.tv_sec = (time_t)(in_ns / 1000000000),
                                           .tv_nsec = (long)(in_ns % 1000000000)}};
    timer_settime(g->timer, 0, &when, NULL);
}

/* Async-signal-safe. A signal may come late, from the deadline of a call that has ended. */
static void on_signal(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    if (info->si_code != SI_TIMER && (info->si_code != SI_QUEUE || info->si_pid != getpid()))
        return;
    struct lua_guard *g = info->si_value.sival_ptr;
    if (!g || !g->running) return;
    int before = errno;
    int64_t left = judge(g);
    if (left > 0) timer_set(g, left > AGAIN_NS ? left : AGAIN_NS);
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
static void timer_ready(struct lua_guard *g) {
    pid_t self = gettid();
    if (g->has_timer && g->timer_thread == self) return;
    guard_timer_free(g);
    pthread_once(&signal_once, signal_install);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, alarm_signal());
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = alarm_signal()};
    event.sigev_value.sival_ptr = g;
    event.sigev_notify_thread_id = self;
    g->has_timer = timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &g->timer) == 0;
    g->timer_thread = self;
}

void guard_start(struct lua_guard *g, const struct lua_budget *budget) {
    timer_ready(g);
    g->kill = KILL_NONE;
    g->where[0] = '\0';
    atomic_store(&g->cancel_wanted, false);
    g->limit = g->memory_max;
    if (budget->memory_bytes && g->used < g->memory_max &&
        budget->memory_bytes < g->memory_max - g->used)
        g->limit = g->used + budget->memory_bytes;
    g->peak = g->used;
    g->alarm = g->over_limit = g->used > g->limit;
    if (g->alarm) guard_arm(g, g->main);
    g->started_ns = clock_thread_cpu_ns();
    g->budget_ms = budget->cpu_ms;
    g->deadline_ns = budget->cpu_ms > 0 ? g->started_ns + budget->cpu_ms * 1000000 : 0;
    g->running = 1;
    if (!g->alarm) guard_watch(g, g->main);
    if (g->deadline_ns && g->has_timer) timer_set(g, budget->cpu_ms * 1000000);
    pthread_mutex_lock(&g->mu);
    g->runner = pthread_self();
    g->cancellable = true;
    pthread_mutex_unlock(&g->mu);
}

void guard_stop(struct lua_guard *g) {
    pthread_mutex_lock(&g->mu);
    g->cancellable = false;
    pthread_mutex_unlock(&g->mu);
    g->running = 0;
    if (g->deadline_ns && g->has_timer) timer_set(g, 0);
    g->used_ns = clock_thread_cpu_ns() - g->started_ns;
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
