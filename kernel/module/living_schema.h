/* The living schema of an open kernel: the definitions that were read from files at start, beside
 * the admin layer in the database, and what is done with both while people work.
 *
 * Plans are made and put into force one at a time (`mu`); background steps run outside of it, one
 * job at a time. For kernel/module and the command line. Threads: any that may block. */
#ifndef MODULE_LIVING_SCHEMA_H
#define MODULE_LIVING_SCHEMA_H

#include <pthread.h>

#include "base/digest.h"
#include "module/kernel.h"
#include "record/rebuild.h"
#include "schema/definition.h"

struct living_schema {
    pthread_mutex_t mu;                      /* plans made and put into force */
    pthread_mutex_t work_mu;                 /* background steps */
    struct schema_definitions *files;        /* of kernel, modules, extensions; guarded by mu */
    char files_digest[2 * DIGEST_BYTES + 1]; /* of them; guarded by mu */
    int64_t followed;                        /* generation that was looked at; guarded by mu */
};

void living_schema_init(struct living_schema *s);
void living_schema_fini(struct living_schema *s);

/* ---- admin_layer.c: definitions that people made, rows of sys_definition ---- */
enum admin_state { ADMIN_APPROVED, ADMIN_DRAFT };
struct admin_definition {
    struct str kind; /* entity, extend, directory, pipeline, role, layout ... */
    struct str name;
    struct str text; /* JSON; the keys of definition files */
    struct str note; /* what it means */
    enum admin_state state;
    int64_t author, at;
};
crm_status admin_layer_load(struct store_conn *c, struct arena *a, struct admin_definition **ret,
                            size_t *ret_count, struct err *err);
/* One definition into the collection, as of owner "admin"; `stored`: not of the change at hand, it
 * waits where what it names has gone. */
crm_status admin_layer_read(struct schema_definitions *d, const struct admin_definition *it,
                            bool stored, struct err *err);
/* One in place of the other: of the kind and name, and both in force or both drafts. */
bool admin_layer_same(const struct admin_definition *one, const struct admin_definition *other);
/* The stored definitions with those of a change on top: newer ones in place of older ones. */
crm_status admin_layer_merge(struct arena *a, const struct admin_definition *stored, size_t count,
                             const struct admin_definition *newer, size_t newer_count,
                             struct admin_definition **ret, size_t *ret_count, struct err *err);
/* What the plan's overlays decide is written into the definitions: `below` of what is new, changed
 * or kept, and without what is taken or says nothing new. *ret_changed: which have another text. */
crm_status admin_layer_settle(struct arena *a, const struct schema_plan *plan,
                              struct admin_definition *items, size_t count, bool *ret_changed,
                              struct err *err);
/* Inside the writer's transaction. Without a text: deletes. A draft is written beside what is in
 * force. */
crm_status admin_layer_put(struct store_conn *c, const struct admin_definition *it,
                           struct err *err);

/* ---- kernel_schema.c ---- */
struct schema_change {
    const struct schema_definitions *files; /* NULL: those of the kernel's state */
    const struct admin_definition *admin;   /* put on top of the stored ones; text empty: without */
    size_t admin_count;
    struct schema_wishes wishes;
    bool lossy;
    bool takes_over; /* the files of this node are those in force from now on */
    int64_t author;
    /* Asked when it is the change's turn, before anything is planned; its failure is that of the
     * change. May be NULL. */
    crm_status (*still)(void *ctx, struct err *err);
    void *still_ctx;
    /* Written in the transaction that stores the definitions; its failure is that of the change.
     * May be NULL. */
    crm_status (*also)(void *ctx, struct store_conn *writer, struct err *err);
    void *also_ctx;
};
/* The plan of files, stored admin layer and change, in arena `a`. Private: under `mu`, or before
 * anybody else is there. */
crm_status kernel_schema_plan(struct kernel *k, const struct schema_change *change, struct arena *a,
                              struct schema_plan *ret, struct err *err);
/* The same, safe beside others. */
crm_status kernel_schema_look(struct kernel *k, const struct schema_change *change, struct arena *a,
                              struct schema_plan *ret, struct err *err);
/* Makes the plan, stores the admin definitions and puts it into force; background steps are queued
 * and, beside a serving process, run by a job. `digest` not empty: only when the plan still is that
 * one (CRM_STALE). */
crm_status kernel_schema_change(struct kernel *k, const struct schema_change *change,
                                struct str digest, struct arena *a, struct schema_plan *ret,
                                struct err *err);
/* The same with the files of a plan (kernel_plan_make), which are those of the node from now on; on
 * failure they are not, and stay the plan's. */
crm_status kernel_files_change(struct kernel *k, struct kernel_plan *files,
                               const struct schema_change *change, struct arena *a,
                               struct schema_plan *ret, struct err *err);
/* Background steps until none is left that may run; what was stopped by a finding is passed over.
 * The first failure is told at the end. */
crm_status kernel_schema_work(struct kernel *k, const struct rebuild_options *options,
                              struct err *err);
/* The digest that kernel_schema_change compares: of the steps and the snapshot. */
struct str kernel_schema_digest(const struct schema_plan *plan, struct arena *a);
/* ---- kernel_follow.c: several nodes on one database; nothing with SQLite ---- */
/* Another node's files, or an older program's, are in force: the schema is theirs to change
 * (CRM_CONFLICT). Under `mu`; the lock is the caller's to release. */
crm_status kernel_schema_turn(struct kernel *k, bool takes_over, struct store_schema_lock **ret,
                              struct err *err);
/* Says in the database that the files of this node are in force. Under `mu`. */
crm_status kernel_files_note(struct kernel *k, struct err *err);
/* At start, under the lock: the files of others are left in force - this program is the older one,
 * or serves nobody. */
crm_status kernel_files_yield(struct kernel *k, bool serves, bool *ret, struct err *err);
/* Publishes what another node has put into force; when this one's files do not fit it, what it has
 * stays and serves on. */
crm_status kernel_schema_follow(struct kernel *k, struct err *err);
/* The same at start, where there is nothing to serve on with: CRM_CONFLICT. */
crm_status kernel_schema_follow_first(struct kernel *k, struct err *err);

/* The job that works, and its start when steps wait. */
crm_status kernel_schema_job(struct kernel *k, struct err *err);
crm_status kernel_schema_submit(struct kernel *k, struct err *err);

#endif
