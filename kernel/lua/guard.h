/* Inside of kernel/lua: the guard's fields and what its files share. Nobody else includes this. */
#ifndef LUA_GUARD_H
#define LUA_GUARD_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include <lauxlib.h>

#include "lua/state.h"

/* The thread sanitizer holds signals back until the thread calls something it knows, which a script
 * need never do: in its builds, and only there, a count hook and l_poll look at the deadline. */
#ifdef PERIGEE_GUARD_POLLED
enum { GUARD_POLLED = 1 };
#else
enum { GUARD_POLLED = 0 };
#endif

enum kill { KILL_NONE, KILL_TIME, KILL_MEMORY, KILL_CANCEL };

/* Fields marked "signal" are also touched by a signal handler on the guard's own thread. */
struct lua_guard {
    lua_State *main;
    lua_State *volatile current;      /* signal: the coroutine that runs */
    volatile sig_atomic_t alarm;      /* signal: the hook is armed, l_check has something to do */
    volatile sig_atomic_t kill;       /* signal: enum kill */
    volatile sig_atomic_t running;    /* signal: a budgeted call is under way */
    volatile sig_atomic_t over_limit; /* memory grew past the limit since the last look */
    volatile int64_t deadline_ns;     /* signal: thread processor time; 0 = none */
    volatile int64_t due_ns;          /* signal: when the timer will ring; 0 = it is not set */
    int64_t started_ns, used_ns;      /* processor time */
    int64_t entered_ns;               /* monotonic */
    int64_t budget_ms;
    size_t used, peak, limit; /* bytes; limit holds for the call under way */
    size_t memory_max;
    timer_t timer;
    bool has_timer;
    volatile pid_t timer_thread; /* signal: whose clock the timer follows */
    int depth;                   /* of nested lua_guard_call */
    uint32_t polls;              /* under GUARD_POLLED */
    pthread_mutex_t mu;
    pthread_t runner; /* guarded by mu */
    bool cancellable; /* guarded by mu: `runner` is inside a call */
    atomic_bool cancel_wanted;
    void (*print)(void *ctx, struct str line);
    void *ctx;
    char where[ERR_WHERE_BYTES]; /* of the error that is on its way out of the outermost call */
};

/* budget.c */
void guard_watch(struct lua_guard *g,
                 lua_State *L); /* where the hook stands while nothing is wrong */
void guard_poll(struct lua_guard *g);
void guard_arm(struct lua_guard *g, lua_State *L);
/* For the outermost call only. False: there is no timer for the deadline, so nothing may run. */
bool guard_start(struct lua_guard *g, const struct lua_budget *budget);
void guard_stop(struct lua_guard *g);
void guard_timer_free(struct lua_guard *g);
void l_alarm(lua_State *L);

/* memory.c */
void *guard_allocate(void *ud, void *ptr, size_t old_size, size_t new_size);

/* failure.c */
int guard_message(lua_State *L); /* message handler of every call from C */
crm_status guard_failure(struct lua_guard *g, lua_State *L, int lua_status,
                         struct err *err); /* pops the error */
int l_failure_open(lua_State *L);
void l_raise_kill(lua_State *L) __attribute__((noreturn));

/* The libraries: each fills the table on top of the stack (base: the globals). */
void l_base_open(lua_State *L);
void l_metatable_open(lua_State *L);
void l_coroutine_open(lua_State *L);
void l_string_open(lua_State *L);
void l_pattern_open(lua_State *L);
void l_table_open(lua_State *L);
void l_libraries_open(lua_State *L);
/* tostring without addresses: pushes the text. */
const char *l_tolstring(lua_State *L, int index, size_t *ret_len);

static inline struct lua_guard *guard_of(lua_State *L) {
    return *(struct lua_guard **)lua_getextraspace(L);
}
/* The cheap half of l_check. */
static inline void l_poll(lua_State *L, struct lua_guard *g) {
    if (GUARD_POLLED) guard_poll(g);
    if (__builtin_expect(g->alarm != 0, 0)) l_alarm(L);
}

#endif
