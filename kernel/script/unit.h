/* Units: what an owner's files are at run time - their texts, their version, their idle states.
 *
 * Units are counted: the host's list holds one reference, each call another, so that a version goes
 * when the last call of it ends. The list is counted too and never changes once the host shows it;
 * a new one takes its place. Private to script/. Threads: any; a state belongs to who took it. */
#ifndef SCRIPT_UNIT_H
#define SCRIPT_UNIT_H

#include <pthread.h>
#include <stdatomic.h>

#include "event/job.h"
#include "record/hooks.h"
#include "script/host.h"
#include "script/state.h"
#include "script/worker/remote.h"

enum { SCRIPT_IDLE_MAX = 8, SCRIPT_UNITS_MAX = 500 };

struct script_unit {
    atomic_int refs;
    struct arena arena; /* texts */
    enum schema_layer layer;
    struct str owner, version; /* first hex digits of the digest over the texts */
    int64_t author;            /* of what was written in the browser; 0: it lies on disk */
    struct script_source *sources;
    size_t source_count;
    struct script_remote remote; /* where its handlers are; workers NULL: in this process */
    struct script_state *probe;  /* for its list of handlers; never runs any */
    struct str *names;           /* durable names of the probe's handlers */
    _Atomic int64_t *paces;      /* webhook.c: when the next request of each would be due, us */
    atomic_bool is_stopped;
    _Atomic int64_t free_at_ms; /* pace.c: when the next run would be due at the slow pace */
    pthread_mutex_t mu;
    struct script_state *idle[SCRIPT_IDLE_MAX]; /* guarded by mu */
    size_t idle_count;                          /* guarded by mu */
};

struct script_units { /* in the order of their before-handlers */
    atomic_int refs;
    size_t count;
    struct script_unit *items[]; /* a reference each */
};

struct script_host {
    struct script_host_options options;
    pthread_mutex_t mu;
    struct script_units *units; /* guarded by mu: the pointer */
    pthread_mutex_t change_mu;  /* units come and go one at a time */
    bool kinds_added;           /* the hub knows our job kinds */
    atomic_int posted;          /* rows of failures that the writer has not written yet */
    struct script_workers *workers;
    atomic_int answering; /* webhooks whose handler's result is waited for */
};

/* The list as it is now, for as long as the caller needs it. */
struct script_units *script_units_ref(struct script_host *h);
struct script_units *script_units_unref(struct script_units *units); /* likewise */

struct script_unit_options {
    enum schema_layer layer;
    struct str owner;
    int64_t author;
    const struct script_source *sources;
    size_t count;
    struct schema_definitions *definitions; /* NULL: only handlers are wanted */
    struct script_workers *workers;         /* NULL: it runs in this process */
    bool handlers_only;                     /* in workers: definitions are refused */
};
crm_status script_unit_new(const struct script_unit_options *options, struct script_unit **ret,
                           struct err *err);
struct script_unit *script_unit_ref(struct script_unit *u);
struct script_unit *script_unit_unref(struct script_unit *u); /* NULL is fine; returns NULL */
/* A state with the unit's handlers; give it back with script_unit_give, `spoiled` when it was
 * killed. */
crm_status script_unit_take(struct script_unit *u, struct script_state **ret, struct err *err);
void script_unit_give(struct script_unit *u, struct script_state *s, bool spoiled);
/* A unit of its own for trials: the text as the owner's only file, or (ptr NULL) the files that are
 * in force. CRM_NOT_FOUND; CRM_INVALID also for a handler that does not fit the schema. */
crm_status script_unit_try(struct script_host *h, struct str owner, struct str text,
                           const struct schema *schema, struct script_unit **ret, struct err *err);
/* The same for a text that somebody writes in the browser: handlers only. */
crm_status script_unit_made(struct script_host *h, struct str owner, struct str text,
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

/* control.c: stopping, and slowing a storm of runs down. Reads from the database which of the units
 * are stopped. */
crm_status script_stops_load(struct script_host *h, const struct script_units *units,
                             struct err *err);
/* The same of one; not of a module's. */
crm_status script_stop_load(struct script_unit *u, struct store_conn *c, struct err *err);
/* Whether the job at hand has to wait: its owner is stopped (the job is cancelled) or storms (it is
 * put off). */
crm_status script_job_admit(struct script_host *h, struct event_job_run *run, struct str handler,
                            bool *ret_admitted, struct err *err);

/* before.c, jobs.c */
/* The before-handlers of one unit that listen to the entity at hand. */
crm_status script_before_unit(struct script_host *host, struct script_unit *u,
                              struct record_hook_context *h, struct err *err);
/* Those of all units but of the owner `without`. */
crm_status script_before_all(struct script_host *host, struct str without,
                             struct record_hook_context *h, struct err *err);
crm_status script_before(void *ctx, struct record_hook_context *h, struct err *err);
/* What the units register takes the place of what their owners had, and those named have nothing
 * any more but that; `swap` as event_replace has it. */
struct script_owners {
    struct script_unit *const *units;
    size_t count;
    const struct str *named; /* with those of the units among them, or without */
    size_t named_count;
};
crm_status script_jobs_replace(struct script_host *h, const struct script_owners *owners,
                               void (*swap)(void *ctx), void *ctx, struct err *err);

#endif
