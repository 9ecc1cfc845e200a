/* Where the handlers of a unit are that do not run in this process: the texts that make them, and
 * the pool whose workers are given those texts. Threads: any; nothing changes.
 */
#ifndef SCRIPT_WORKER_REMOTE_H
#define SCRIPT_WORKER_REMOTE_H

#include "script/definitions.h"
#include "script/worker/pool.h"

/* Where a state's handlers are. Borrowed by the state. */
struct script_remote {
    struct script_workers *workers;
    const struct script_source *sources;
    size_t source_count;
    enum schema_layer layer;
    struct str owner;
    bool handlers_only; /* definitions are refused */
};

#endif
