/* A Lua state under guard: budgets of processor time and memory that no script can outlive, and
 * libraries that hold nothing dangerous. It knows nothing of records; script/ adds those.
 *
 * Time is the thread's processor time, watched by a timer whose signal arms Lua's hook; memory is
 * soft: over the limit a full collection is tried and, if that does not help, the script is killed
 * at its next instruction. A kill cannot be caught by the script. After any outcome the state can
 * be used again.
 *
 * Names: functions l_... may raise into Lua and own nothing; lua_guard_... never raise. A guard is
 * used by one thread at a time and may move between threads while idle; only lua_guard_cancel is
 * for any thread. Owns its lua_State. */
#ifndef LUA_STATE_H
#define LUA_STATE_H

#include <lua.h>

#include "base/err.h"

enum { LUA_SOURCE_MAX_BYTES = 1024 * 1024 };

struct lua_guard;

struct lua_guard_options {
    size_t memory_max_bytes; /* too little for the libraries (some 50 KB) is CRM_NO_MEMORY */
    void (*print)(void *ctx, struct str line); /* what print says; NULL = nobody hears it */
    void *ctx;                                 /* borrowed; also lua_guard_ctx */
};

struct lua_budget {
    int64_t cpu_ms;      /* 0 = no limit: for the operator's own definitions at start only */
    size_t memory_bytes; /* growth allowed to this call; 0 = up to the state's maximum */
};

struct lua_usage {
    int64_t cpu_ns; /* of the last outermost call */
    size_t memory_bytes, memory_peak_bytes;
};

crm_status lua_guard_new(const struct lua_guard_options *options, struct lua_guard **ret,
                         struct err *err);
/* On the thread that ran it last, or when that thread has ended. */
void lua_guard_free(struct lua_guard *g);
/* The thread of Lua that runs now, the main one when idle: where to push arguments. */
lua_State *lua_guard_state(struct lua_guard *g);
struct lua_guard *lua_guard_of(lua_State *L);
void *lua_guard_ctx(lua_State *L);

/* Text chunks only. Pushes the chunk's function. A message's place is "chunk_name:line"; chunk_name
 * is a file's name or such. CRM_INVALID: syntax. */
crm_status lua_guard_load(struct lua_guard *g, struct str source, const char *chunk_name,
                          struct err *err);
/* Calls the function below `nargs` arguments. On CRM_OK `nresults` (or LUA_MULTRET) stand in their
 * place, otherwise nothing does. CRM_TIMEOUT, CRM_NO_MEMORY, CRM_CANCELLED: killed; CRM_REFUSED:
 * the script's own error; else what a host function raised by l_raise. Inside another call on the
 * same guard the outer budget goes on counting, and a kill ends the outer call too. */
crm_status lua_guard_call(struct lua_guard *g, int nargs, int nresults,
                          const struct lua_budget *budget, struct err *err);
/* Runs host code that may raise, with `arg` as its only argument (a light userdata); for building
 * tables and pushing values. No budget. Leaves nothing on the stack. */
crm_status lua_guard_protect(struct lua_guard *g, lua_CFunction fn, void *arg, struct err *err);
/* Ends a running call as CRM_CANCELLED; nothing happens to an idle guard. Any thread; the guard
 * must outlive the call. */
void lua_guard_cancel(struct lua_guard *g);
/* True when the call under way is to end: for host functions that work long in C, such as a
 * database's progress handler. Own thread only. */
bool lua_guard_is_killed(struct lua_guard *g);
struct lua_usage lua_guard_usage(const struct lua_guard *g);
/* The processor time of the outermost call under way; 0 = no limit. */
int64_t lua_guard_budget_ms(const struct lua_guard *g);

/* For host functions. Raises a copy of `err`, which comes out of lua_guard_call as it went in;
 * scripts see an object with code, message, field and where. */
int l_raise(lua_State *L, const struct err *err) __attribute__((noreturn));
/* Pushes what the error says. */
void l_message_push(lua_State *L, const struct err *err);
/* Once in a while in long loops of C: raises when the script is to be killed. */
void l_check(lua_State *L);
/* Before an allocation of a size that a script chose: raises an error when it exceeds the memory
 * left. */
void l_charge(lua_State *L, size_t bytes);

#endif
