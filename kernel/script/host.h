/* The host of scripts: the owners' files, their Lua states, and where handlers meet records and
 * events.
 *
 * Order: script_host_new, script_host_add for each owner (definitions go to the collection, the
 * texts are kept for handler states), schema applied, then script_host_start, which gives the
 * engine its before-handlers and the hub its after-handlers and schedules. A host without an engine
 * only tries owners. A state is made when it is needed and kept for the next call; it is used by
 * one thread at a time.
 *
 * Threads: before-handlers run on whichever thread prepares, jobs on the hub's; start and free from
 * one thread, the rest any. Owns copies of everything. */
#ifndef SCRIPT_HOST_H
#define SCRIPT_HOST_H

#include "event/hub.h"
#include "script/definitions.h"

struct script_host;

struct script_host_options {
    struct engine *engine;
    struct event_hub *hub;       /* NULL: no after-handlers and schedules (commands) */
    int64_t before_ms;           /* processor time of before-handlers of a change; 0 = 50 */
    int64_t before_writer_ms;    /* the same inside the writer; 0 = 20 */
    int64_t after_ms;            /* of an after-handler; 0 = 5,000 */
    int64_t schedule_ms;         /* of a schedule; 0 = 60,000 */
    int32_t after_attempts;      /* of a run whose script fails; 0 = 4 */
    int64_t after_pause_ms;      /* before the second, doubled each time; 0 = 10,000 */
    struct str http_allowed;     /* what crm.http reaches besides public places; borrowed */
    int64_t storm_runs;          /* of an owner at once before it is slowed down; 0 = 2,000 */
    int64_t storm_pause_ms;      /* between those beyond; 0 = 20 */
    const char *worker_program;  /* what is started for scripts of people; NULL = this program */
    size_t workers;              /* of them at once; 0 = 8 */
    bool all_in_workers;         /* plugins and scripts too: for tests */
    struct script_host *pool_of; /* whose processes are used; lives longer. NULL: own ones */
};

crm_status script_host_new(const struct script_host_options *options, struct script_host **ret,
                           struct err *err);
/* Nothing runs any more: the engine's hooks are taken back, the hub has stopped or forgets the
 * owners. */
void script_host_free(struct script_host *h);

/* The files of an owner. Definitions are read into `d` (everything or nothing). */
crm_status script_host_add(struct script_host *h, struct schema_definitions *d,
                           enum schema_layer layer, struct str owner,
                           const struct script_source *sources, size_t count, struct err *err);
/* The same of a script that somebody (`author`: whom to tell) wrote in the browser: handlers only,
 * in worker processes. */
crm_status script_host_add_made(struct script_host *h, struct schema_definitions *d,
                                struct str owner, int64_t author,
                                const struct script_source *source, struct err *err);
/* Whether what the owner's handlers listen to and wait for is there in a schema: events,
 * conditions, times, entities. For owners that are to be taken whole or not at all. */
crm_status script_host_check(struct script_host *h, const struct schema *schema, struct str owner,
                             struct err *err);
/* None of its handlers begins any more; those that run end. */
crm_status script_host_remove(struct script_host *h, struct str owner, struct err *err);
/* Before-handlers to the engine, the others to the hub. Again after an owner was added later. */
crm_status script_host_start(struct script_host *h, struct err *err);

/* Another version of owners, which another host has loaded (script_host_add): its handlers are
 * checked against the present schema and take the place of those in force in one step, between
 * calls - a call ends with the version that it began with. Subscribers and schedules whose durable
 * names stay go on where they are; the mark of a stop stays. Of an owner that `from` has nothing of
 * everything goes. On failure all stays as it was. */
struct script_replacing {
    struct script_host *from;
    const struct str *owners; /* all others stay */
    size_t owner_count;
};
crm_status script_host_replace(struct script_host *h, const struct script_replacing *r,
                               struct err *err);
/* The texts of an owner that are in force; none when nothing of it is. */
crm_status script_host_sources(struct script_host *h, struct str owner, struct arena *a,
                               struct script_source **ret, size_t *ret_count, struct err *err);
/* Their version; empty when it has none. */
struct str script_host_version(struct script_host *h, struct str owner, struct arena *a);

/* One call stops an owner: none of its handlers begins any more, on the node at hand before
 * handlers neither, and what waits or runs of it or was emitted by it is cancelled. Kept in the
 * database until it is started again; the definitions stay in force. Jobs that come meanwhile are
 * cancelled when their turn comes, and can be tried again. CRM_NOT_FOUND; modules are not stopped.
 */
crm_status script_host_stop(struct script_host *h, struct str owner, int64_t *ret_cancelled,
                            struct err *err);
crm_status script_host_resume(struct script_host *h, struct str owner, struct err *err);

/* What is registered, for lists. */
struct script_handler_info {
    bool is_stopped;
    struct str owner, version, file;
    const char *kind; /* before, after, schedule, action, draw */
    struct str subject, name;
    struct str handler; /* durable name, that of its runs */
    struct str when;    /* of what is heard, empty = all of it */
    struct str entity;  /* that the handler is about; empty = none */
    int32_t line;
};
typedef bool (*script_handler_fn)(void *ctx, const struct script_handler_info *it);
void script_host_each(struct script_host *h, script_handler_fn fn, void *ctx);

/* ---- single runs ------------------------------------------------------------------------------
 */

struct script_run_options {
    struct str name; /* as messages show it */
    struct str text;
    const struct actor *actor;
    int64_t deadline_ms; /* processor time, 0 = 1,000 */
    size_t memory_bytes; /* 0 = 64 MB */
    bool dry;            /* writes are prepared and told, not done */
    bool in_worker;
    bool keeps_door; /* the actor's; else that of scripts */
    /* Written in the run's transaction with its value as JSON; its failure is the run's. NULL =
     * nothing. */
    crm_status (*also)(void *ctx, struct str value, struct store_conn *writer, struct err *err);
    void *also_ctx;
    void (*print)(void *ctx, struct str line); /* print and crm.log; NULL = nobody hears */
    void *print_ctx;
};
struct script_run_result {
    const char *outcome; /* "ok", "error", "time", "memory", "crash" */
    struct str value;    /* first result as JSON; "null" */
    struct str message;  /* empty when ok */
    struct str where;    /* "file:line" of the error */
    struct str effects;  /* JSON array of what it wrote or would write */
    int64_t cpu_ms, wall_ms;
    int64_t changeset; /* 0 = nothing written */
};
/* Runs a text in a fresh state; its writes are one changeset of the door `script`.
 * Errors of the script are results; `err` is for what is wrong around it. Leaves a row in sys_run
 * unless dry. Texts in the arena. */
crm_status script_run_text(struct script_host *h, const struct script_run_options *options,
                           struct arena *a, struct script_run_result *ret, struct err *err);
/* Runs one action or schedule by name ("project.ask_for_papers", or a schedule's name) the same
 * way.
 */
crm_status script_run_action(struct script_host *h, struct str entity, struct str name,
                             const int64_t *ids, size_t count, struct str form_json,
                             const struct script_run_options *options, struct arena *a,
                             struct script_run_result *ret, struct err *err);
/* What draws a view's slot, called with the record (entity NULL: none) and a table of parameters.
 * Nothing it would write is written. A stopped owner draws nothing: CRM_REFUSED. */
struct script_drawing {
    struct str view;
    const struct schema_entity *entity;
    int64_t record;
    struct str parameters; /* JSON object, or empty */
};
crm_status script_run_draw(struct script_host *h, const struct script_drawing *what,
                           const struct script_run_options *options, struct arena *a,
                           struct script_run_result *ret, struct err *err);
/* Marks of stops, in one query; texts in the arena. Any order. */
struct script_stop {
    struct str owner;
    struct str outcome; /* why it was killed twice: "time", "memory", "crash"; empty: by hand */
    struct str handler, version; /* of the second kill */
    int64_t run, at_ms;
};
crm_status script_stops_read(struct store_conn *c, struct arena *a, struct script_stop **ret,
                             size_t *ret_count, struct err *err);
/* {"outcome","handler","version","run","at"}, or null for one that was stopped by hand or runs. */
void script_stop_json(struct json_writer *w, const struct script_stop *stop);
const struct script_stop *script_stop_find(const struct script_stop *stops, size_t count,
                                           struct str owner); /* NULL: it is not stopped */
/* Another node has stopped or started an owner. */
crm_status script_host_look(struct script_host *h, struct err *err);
bool script_host_has(struct script_host *h, struct str owner);
bool script_host_is_stopped(struct script_host *h, struct str owner);

#endif
