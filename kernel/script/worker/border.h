/* The server's side of the border: the handlers of a unit that runs in worker processes are, in
 * its states here, functions that hand their arguments to a worker and do what it asks for. What
 * the API does is done here, by the very functions that scripts in the server call, as the same
 * actor and in the same run.
 *
 * Threads: the run's. A border belongs to the run and is in its arena. */
#ifndef SCRIPT_WORKER_BORDER_H
#define SCRIPT_WORKER_BORDER_H

#include "script/run.h"
#include "script/worker/remote.h"
#include "script/worker/wire.h"

struct script_border {
    struct script_worker *worker;      /* taken when first needed */
    const struct schema_entity **told; /* whose fields the worker knows, in this run of it */
    size_t told_count, told_capacity;
    int handles; /* registry: number -> object and object -> number */
    uint32_t last_handle, handle_count;
    struct script_mark *marks; /* of crm.try */
    size_t mark_count, mark_capacity;
    bool was_killed, is_idle; /* is_idle: the worker waits for a RUN */
    int64_t cpu_ns;
    size_t memory_peak_bytes;
    struct str value; /* result of the last handler, JSON */
};

/* The handlers of the sources, as they are in a worker, become those of the state: each declared
 * again here, with what calls it there. */
crm_status script_remote_load(struct script_state *s, struct err *err);
/* (other state of the unit): the same handlers as there. */
int l_remote_copy(lua_State *L);
/* The only handler becomes what runs the only source. */
int l_remote_text(lua_State *L);
/* Gives the worker back; with the end of the run. */
void script_border_end(struct script_run *r);

/* objects.c: what wire.h asks for objects on this side. `ctx` is the run. */
crm_status script_border_put_object(struct script_wire_out *out, int index, bool *ret_known);
void l_script_border_push_object(lua_State *L, struct script_wire_in *in);
/* calls.c: (message as light userdata, run as light userdata): pushes results. */
struct script_border_call {
    struct script_run *run;
    struct script_wire_in in;
};
int l_script_border_call(lua_State *L);

#endif
