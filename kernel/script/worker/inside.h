/* The worker process: it runs the sources that it is given in a state made for the purpose, and
 * asks the server for whatever the API does. It has no database, no files and no network.
 *
 * Threads: the only one. */
#ifndef SCRIPT_WORKER_INSIDE_H
#define SCRIPT_WORKER_INSIDE_H

#include "script/run.h"
#include "script/worker/channel.h"
#include "script/worker/protocol.h"
#include "script/worker/wire.h"

struct script_inside {
    struct script_channel channel;
    struct buf in, out;
    int rows;    /* registry of the state at hand: entity -> field -> place in its rows */
    int queries; /* the same: number -> query, weak */
    uint32_t freed[SCRIPT_HANDLES_MAX]; /* queries that the script has let go of */
    size_t freed_count;
    int depth;      /* of crm.try */
    uint64_t epoch; /* rises with what may change the record at hand */
};

/* Until the server shuts its end; the exit code. */
int script_worker_main(void);

/* proxy.c: gives the state's `crm` what asks the server instead. The argument is not used. */
int l_proxy_open(lua_State *L);
/* (what, name, arguments from `first` up) -> results pushed, their number. Raises what the server
 * tells as an error. Ends the process when the server is gone. */
int l_proxy_ask(lua_State *L, enum script_call_what what, const char *name, int first);
/* proxy_object.c */
void l_proxy_objects_open(lua_State *L);
crm_status script_proxy_put_object(struct script_wire_out *out, int index, bool *ret_known);
void l_proxy_push_object(lua_State *L, struct script_wire_in *in);

#endif
