/* Plugins and scripts loaded anew while people work: what lies on disk is read, tried beside what
 * runs, and takes its place between calls.
 *
 * An extension whose files do not load or do not fit leaves the version in force where it is, with
 * the reason kept. The schema follows by the living schema's own plan, so what only adds is done at
 * once; what would take an entity or field out of use is refused and named: it wants `perigee
 * apply`, or the plugin's removal. Threads: any that may block; one at a time (reload_mu). */
#ifndef MODULE_RELOAD_H
#define MODULE_RELOAD_H

#include "module/extension.h"
#include "module/history.h"

struct kernel;

struct reload_options {
    struct str who; /* login, for the history; empty: found in the folder */
    int64_t author;
    struct str lets_go; /* owner whose entities and fields may go out of use */
};

struct reload_report {
    const struct str *owners; /* with another version in force than before, or none any more */
    size_t owner_count;
    bool schema_changed;
};

/* Texts of the report in the arena. What is wrong with an extension is no failure here: see
 * kernel_loaded. */
crm_status kernel_reload(struct kernel *k, const struct reload_options *o, struct arena *a,
                         struct reload_report *ret, struct err *err);
/* For what looks at the files on disk and puts them into force in two steps: no other load comes
 * between. */
void kernel_reload_lock(struct kernel *k);
void kernel_reload_unlock(struct kernel *k);
/* kernel_reload under the lock. */
crm_status kernel_reload_in_turn(struct kernel *k, const struct reload_options *o, struct arena *a,
                                 struct reload_report *ret, struct err *err);
/* What a plugin or script that is not in force, or whose next version is not, is refused for;
 * CRM_NOT_FOUND when there is none of this owner, CRM_OK when all is well. */
crm_status kernel_reload_problem(struct kernel *k, struct str owner, struct err *err);
/* Writes the texts of a version (empty: the one before that in force) back into the data directory
 * and loads them. */
crm_status kernel_reload_back(struct kernel *k, struct str owner, struct str version,
                              const struct reload_options *o, struct arena *a,
                              struct reload_report *ret, struct err *err);
struct history kernel_history(const struct kernel *k, struct str owner);

/* reload_rest.c: the report, with what is not in force as it lies there, and the versions of an
 * owner as JSON for routes and the command line. */
struct json_writer;
struct http_server;
void reload_report_json(struct kernel *k, const struct reload_report *report,
                        enum language language, struct json_writer *w);
crm_status reload_versions_json(struct kernel *k, struct str owner, struct arena *a,
                                struct json_writer *w, struct err *err);
/* CRM_FORBIDDEN without the permission "scripts". */
struct http_request;
crm_status reload_rest_permitted(struct http_request *r, struct err *err);
struct reload_options reload_rest_options(struct http_request *r);
crm_status reload_rest_register(struct kernel *k, struct http_server *s, struct err *err);

/* reloader.c: folders of the data directory watched while serving; a change loads anew. */
struct reloader;
crm_status reloader_start(struct kernel *k, struct reloader **ret, struct err *err);
/* Everything is loaded anew soon: another node has changed what the database holds. Any thread. */
void reloader_ask(struct reloader *r);
void reloader_stop(struct reloader *r); /* NULL is fine */

#endif
