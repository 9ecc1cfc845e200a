/* Worker processes: started as `perigee worker`, kept while they are idle, killed when what runs in
 * one does not end. A process is in the hands of one call at a time.
 *
 * Two kinds of calls share the pool: those that somebody waits for, and jobs, which leave the
 * others room. Threads: any that may block. Owns the processes that nobody holds. */
#ifndef SCRIPT_WORKER_POOL_H
#define SCRIPT_WORKER_POOL_H

#include <sys/types.h>

#include "script/worker/channel.h"

struct script_workers;

struct script_workers_options {
    const char *program; /* NULL = this one */
    size_t most;         /* processes at once; 0 = 8 */
    size_t idle;         /* kept while nothing runs; 0 = 2 */
    int64_t wait_ms;     /* for one that is free; 0 = 10,000 */
};

struct script_worker {
    pid_t pid;
    struct script_channel channel;
    struct buf in, out; /* of the call that holds it */
    int64_t cpu_ns;     /* of all its runs */
    bool is_job, is_fresh;
};

crm_status script_workers_new(const struct script_workers_options *options,
                              struct script_workers **ret, struct err *err);
/* Nobody holds any. NULL is fine. */
void script_workers_free(struct script_workers *w);
/* CRM_UNAVAILABLE when none becomes free in time. */
crm_status script_workers_take(struct script_workers *w, bool is_job, struct script_worker **ret,
                               struct err *err);
/* `spoiled`: it is in the middle of something; it is killed. */
void script_workers_give(struct script_workers *w, struct script_worker *it, bool spoiled);

#endif
