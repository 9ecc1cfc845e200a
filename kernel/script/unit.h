/* Units: what an owner's files are at run time - their texts, their version, their idle states.
 * Private to script/. Threads: any under the host's lock; a state belongs to who took it. */
#ifndef SCRIPT_UNIT_H
#define SCRIPT_UNIT_H

#include <pthread.h>
#include <stdatomic.h>

#include "record/hooks.h"
#include "event/job.h"
#include "script/host.h"
#include "script/state.h"

enum { SCRIPT_IDLE_MAX = 8, SCRIPT_UNITS_MAX = 500, SCRIPT_VERSION_BYTES = 12 };

struct script_unit {
    struct arena arena; /* texts */
    enum schema_layer layer;
    struct str owner, version; /* first hex digits of the digest over the texts */
    struct script_source *sources;
    size_t source_count;
    struct script_state *probe; /* for its list of handlers; never runs any */
    struct str *names;          /* durable names of the probe's handlers */
    bool registered;            /* the hub knows them */
    atomic_bool is_stopped;
    _Atomic int64_t free_at_ms; /* pace.c: when the next run would be due at the slow pace */
    pthread_mutex_t mu;
    struct script_state *idle[SCRIPT_IDLE_MAX]; /* guarded by mu */
    size_t idle_count;                          /* guarded by mu */
};

struct script_host {
    struct script_host_options options;
    pthread_rwlock_t lock; /* read while a handler runs, written when units come and go */
    struct script_unit *units[SCRIPT_UNITS_MAX];
    size_t unit_count;
    bool kinds_added; /* the hub knows our job kinds */
};

crm_status script_unit_new(enum schema_layer layer, struct str owner,
                           const struct script_source *sources, size_t count,
                           struct schema_definitions *d, struct script_unit **ret, struct err *err);
void script_unit_free(struct script_unit *u);
/* A state with the unit's handlers; give it back with script_unit_give, `spoiled` when it was
 * killed. */
crm_status script_unit_take(struct script_unit *u, struct script_state **ret, struct err *err);
void script_unit_give(struct script_unit *u, struct script_state *s, bool spoiled);
/* A unit of its own for trials: the text as the owner's only file, or (ptr NULL) the files that are
 * in force. CRM_NOT_FOUND; CRM_INVALID also for a handler that does not fit the schema. */
crm_status script_unit_try(struct script_host *h, struct str owner, struct str text,
                           const struct schema *schema, struct script_unit **ret, struct err *err);
/* Whether what the handlers listen to and wait for is there. jobs.c */
crm_status script_unit_check(const struct script_unit *u, const struct schema *schema,
                             struct err *err);
bool script_unit_has(const struct script_unit *u, enum script_handler_kind kind,
                     struct str subject);

/* Durable name of a handler: "script base/project.lua/after project.created/1", counted within
 * file, kind and subject, so that other lines may move. */
struct str script_handler_name(struct arena *a, const struct script_unit *u,
                               const struct script_state *s, size_t handler);

bool script_unit_names(const struct script_unit *u, struct str handler);

/* control.c: stopping, and slowing a storm of runs down. The unit of a durable handler name, or
 * NULL; under the host's lock. */
struct script_unit *script_unit_of(struct script_host *h, struct str handler);
crm_status script_stops_load(struct script_host *h, struct err *err);
/* Whether the job at hand has to wait: its owner is stopped (the job is cancelled) or storms (it is
 * put off). */
crm_status script_job_admit(struct script_host *h, struct event_job_run *run, struct str handler,
                            bool *ret_admitted, struct err *err);

/* before.c, jobs.c */
/* The before-handlers of one unit that listen to the entity at hand. */
crm_status script_before_unit(struct script_host *host, struct script_unit *u,
                              struct record_hook_context *h, struct err *err);
crm_status script_before(void *ctx, struct record_hook_context *h, struct err *err);
crm_status script_jobs_start(struct script_host *h, struct err *err);

#endif
