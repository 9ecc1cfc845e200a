/* One call of Lua outside of prepare, from beginning to end: as whom, under which budget, its
 * writes committed, its row in sys_run. Private to script/. Threads: the caller's, which may block.
 */
#ifndef SCRIPT_CALL_H
#define SCRIPT_CALL_H

#include "event/job.h"
#include "script/run.h"

struct script_call {
    struct script_host *host;
    struct event_job_run *job;   /* NULL: not in a job */
    const struct schema *schema; /* the caller's reference */
    struct str name;             /* durable name of the handler, or of the text */
    struct str cause;            /* what the log says of its changeset; empty = name */
    struct str reason;           /* what sys_run says: "changeset 42"; empty = name */
    struct actor actor;
    struct arena *arena;
    struct store_conn *conn; /* no transaction open */
    int64_t cpu_ms;
    size_t memory_bytes;
    bool dry;
    /* Pushes the arguments and says how many; NULL = none. May raise. */
    int (*push)(lua_State *L, struct script_run *r, void *ctx);
    void *push_ctx;
    void (*print)(void *ctx, struct str line);
    void *print_ctx;
    /* Results: */
    struct str value;   /* first result of the call as JSON */
    struct str effects; /* JSON array */
    struct lua_usage usage;
    int64_t wall_us, changeset, rows;
};

/* The handler `name` in a state of its unit. CRM_OK: it ran and its writes stand. */
crm_status script_call_named(struct script_call *call, struct err *err);
/* The function on top of the state's stack. */
crm_status script_call_function(struct script_call *call, struct script_state *s,
                                struct str version, struct err *err);
/* JSON as Lua values; pushes one. */
crm_status script_push_json(lua_State *L, struct str json, struct err *err);
/* The value at the top as JSON, read raw: nil is null, invalid UTF-8 replaced, what cannot be JSON
 * its type name. Never raises. */
void script_result_json(lua_State *L, struct buf *out);

#endif
