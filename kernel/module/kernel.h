/* The one kernel struct: what ties engine, scripts, events, people, HTTP server and modules
 * together, and the order in which they come up and go down.
 *
 *   open   modules are loaded and initialised; with a database: engine, definitions of the kernel
 * and of modules merged and applied, event hub, sign-in, job kinds and subscribers; modules start
 *   serve  job threads, HTTP server with the routes of the kernel and of modules
 *   close  stop listening, 503 for new work, drain, end streams, stop jobs, stop modules in
 * reverse, close Lua states, last commit and checkpoint, close readers
 *
 * Threads: open, serve, stop and close on the main thread; the accessors any, between open and
 * close. */
#ifndef MODULE_KERNEL_H
#define MODULE_KERNEL_H

#include "auth/session.h"
#include "event/hub.h"
#include "http/server.h"
#include "module/extension.h"
#include "module/loader.h"
#include "record/engine.h"
#include "schema/plan.h"

struct kernel;
struct script_host;

struct kernel_options {
    struct str data_dir;
    struct str database;   /* URI, empty = SQLite in data_dir */
    bool create;           /* init: an empty database is made */
    bool without_database; /* modules only: help, api-info */
    bool serves;           /* one that only runs a command leaves the schema to those that serve */
    bool without_apply;    /* plan: the definitions are compared, not applied */
    bool unfinished;       /* restore: what it has filled is opened before it is done */
    int32_t node;
    const crm_module_get_fn *statics;            /* modules that are part of the program */
    const char *modules_folder, *files_folder;   /* see modules_options */
    const char *plugins_folder, *scripts_folder; /* of the installation; NULL = none. Those of the
                                                    data directory are always looked at */
    size_t job_threads;
    struct str http_allowed; /* script_host_options */
    struct str mail_allowed; /* event_options; borrowed while the kernel is open */
    int64_t shadow_rows;     /* store_options */
    size_t figures_bytes;    /* engine_options */
};

crm_status kernel_open(const struct kernel_options *options, struct kernel **ret, struct err *err);
/* The second half, for a kernel that was opened without a database. */
crm_status kernel_open_data(struct kernel *k, const struct kernel_options *options,
                            struct err *err);
/* Jobs and handlers run without a server: for tests of plugins. */
crm_status kernel_start_jobs(struct kernel *k, struct err *err);
/* Options but `events`, which is the kernel's. Requests are answered when it returns. */
crm_status kernel_serve(struct kernel *k, const struct http_options *http, struct err *err);
/* The first half of the end: no more requests, streams, jobs. */
void kernel_stop(struct kernel *k);
void kernel_close(struct kernel *k); /* stops first, if need be; NULL is fine */

struct engine *kernel_engine(struct kernel *k); /* NULL without a database */
struct event_hub *kernel_events(struct kernel *k);
struct auth *kernel_auth(struct kernel *k);
struct http_server *kernel_http(struct kernel *k); /* NULL unless serving */
struct script_host *kernel_scripts(struct kernel *k);
struct modules *kernel_modules(struct kernel *k);
bool kernel_is_stopping(const struct kernel *k); /* any thread */
/* The plan between the database and the definitions at hand, read anew; its memory in the arena
 * that it was made in. */
struct kernel_plan {
    struct schema_plan schema;
    struct extensions extensions;     /* as they are on disk now */
    struct schema_definitions *files; /* those of kernel, modules and extensions that fit */
};
crm_status kernel_plan_make(struct kernel *k, struct arena *a, struct kernel_plan *ret,
                            struct err *err);
void kernel_plan_fini(struct kernel_plan *plan);
/* From now on the files are those of the plan (taken). */
void kernel_files_take(struct kernel *k, struct kernel_plan *plan);
crm_status kernel_apply(struct kernel *k, const struct schema_plan *plan, struct err *err);

#endif
