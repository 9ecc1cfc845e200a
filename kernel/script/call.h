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
    int64_t now_ms;          /* what crm.now() says; 0 = the present */
    int64_t cpu_ms;
    size_t memory_bytes;
    bool is_test; /* crm.settle writes what there is; test.h */
    bool dry;
    struct script_carry *carry;       /* keep.h; dry only, NULL = none */
    const struct record_hooks *hooks; /* of a trial; dry only. NULL = the engine's */
    /* Pushes the arguments and says how many; NULL = none. May raise. */
    int (*push)(lua_State *L, struct script_run *r, void *ctx);
    void *push_ctx;
    crm_status (*also)(void *ctx, struct str value, struct store_conn *writer, struct err *err);
    void *also_ctx;
    void (*print)(void *ctx, struct str line);
    void *print_ctx;
    /* Results: */
    struct str value;   /* first result of the call as JSON */
    struct str effects; /* JSON array */
    struct str changes; /* dry: JSON array of differences, see record_plan_json */
    struct lua_usage usage;
    int64_t wall_us, changeset, rows;
};

/* The handler `name` in a state of its unit. CRM_OK: it ran and its writes stand. */
crm_status script_call_named(struct script_call *call, struct err *err);
/* The same for a handler of a unit that the caller keeps. */
crm_status script_call_unit(struct script_call *call, struct script_unit *u, size_t handler,
                            struct err *err);
/* Pushes the event that `ctx`, a struct event_change, tells. jobs.c */
int l_push_event(lua_State *L, struct script_run *r, void *ctx);
/* Pushes (records, form). May raise. single.c */
struct script_action_call {
    const struct schema_entity *entity;
    const int64_t *ids;
    size_t count;
    struct str form; /* JSON; empty = {} */
};
int l_push_action(lua_State *L, struct script_run *r, const struct script_action_call *action);
/* What the log says of a handler's writes: "NAME on ENTITY ID". jobs.c */
struct str script_cause(struct arena *a, struct str name, const struct event_change *c);
/* What a handler of this durable name was declared as; texts in the arena. CRM_NOT_FOUND. */
crm_status script_handler_get(struct script_host *host, struct str name, struct arena *a,
                              struct script_handler *ret, struct err *err);
/* The script is at fault, as against what is around it. */
bool script_is_fault(crm_status status);
/* The function on top of the state's stack. */
crm_status script_call_function(struct script_call *call, struct script_state *s,
                                struct str version, struct err *err);
/* JSON as Lua values; pushes one. */
crm_status script_push_json(lua_State *L, struct str json, struct err *err);
/* The value at the top as JSON, read raw: nil is null, invalid UTF-8 replaced, what cannot be JSON
 * its type name. Never raises. */
void script_result_json(lua_State *L, struct buf *out);

#endif
