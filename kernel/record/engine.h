/* The engine: one open database with its current schema, company facts, resident reference data,
 * the group-committing writer and what listens to commits. Everything above the store works through
 * it.
 *
 * Lifetime: engine_open .. engine_close; between them the pointer is stable. Threads: any, unless a
 * function says otherwise. The writer is one thread; readers are owned by whoever runs them (http
 * lanes, jobs, commands) and pass their store_conn in. */
#ifndef RECORD_ENGINE_H
#define RECORD_ENGINE_H

#include "base/id.h"
#include "loop/queue.h"
#include "schema/plan.h"
#include "store/cluster.h"
#include "store/query.h"

struct engine;
struct changeset;
struct changeset_result;
struct record_op;
struct resident;

struct engine_options {
    struct store_options store;
    int32_t node; /* its number, with `joins` also STORE_NODE_ANY */
    bool joins;   /* as one of several processes, where the database allows it: store/cluster.h */
    size_t figures_bytes;      /* of answers that are kept (figures_kept.h); 0 = none */
    size_t writer_queue_limit; /* changesets that may wait; 0 = 4096 */
};

crm_status engine_open(const struct engine_options *options, struct engine **ret, struct err *err);
void engine_close(struct engine *e); /* the writer drains, last checkpoint, connections closed */
struct store *engine_store(struct engine *e);
struct id_maker *engine_ids(struct engine *e);
struct store_cluster *engine_cluster(struct engine *e); /* NULL: it is alone */
int32_t engine_node(const struct engine *e);

/* Applies a plan (steps, registry, snapshot), seeds what is missing and publishes the snapshot.
 * Called at start and by `apply`; the writer stands still meanwhile. */
crm_status engine_schema_apply(struct engine *e, const struct schema_plan *plan, struct err *err);
/* Only publishes the snapshot: another node has carried the plan out. `generation`: the number that
 * the database had before the plan was made. */
crm_status engine_schema_follow(struct engine *e, const struct schema_plan *plan,
                                int64_t generation, struct err *err);
/* For the plan to be made: texts of statements are kept by it, so no two snapshots of a process
 * have the same. Where nodes count generations together, the snapshot gets theirs when it is
 * published.
 */
int64_t engine_plan_number(struct engine *e);
/* The generation in the database; 0 where only one process counts it. */
crm_status engine_schema_stored(struct engine *e, int64_t *ret, struct err *err);
/* A reference on the current snapshot; schema_unref when done. */
struct schema *engine_schema(struct engine *e);
/* Registry of the database at hand, for schema_plan_make. */
crm_status engine_registry(struct engine *e, struct arena *a, struct schema_registry *ret,
                           struct err *err);

/* Where mail goes out, and the bounds of what scripts send. `secret` is sealed (base/seal.h). */
enum mail_tls {
    MAIL_TLS_START, /* STARTTLS, or nothing is sent */
    MAIL_TLS_WHOLE, /* from the first byte */
    MAIL_TLS_NONE
};
struct company_mail {
    struct str host, user, secret, from, domains;
    enum mail_tls tls;
    int port, per_minute, per_day;
};
/* Company facts, kept as records of the entity `setting`; replaced as a whole on change. */
struct company {
    struct store_company store; /* zone, base currency, digits, week and fiscal start */
    struct str zone_name, name, public_url;
    enum language language;
    bool approve_definitions; /* what one administrator defines waits for another */
    struct company_mail mail;
};
const struct company *engine_company_ref(struct engine *e); /* counted */
void engine_company_unref(struct engine *e, const struct company *c);

/* Opens a reader prepared for requests: company set, budgets of requests. Zones that connections
 * borrow live as long as the engine; who keeps a reader for long sets the company again per request
 * (store_conn_set_company with a counted company). */
crm_status engine_reader_open(struct engine *e, struct store_conn **ret, struct err *err);
/* One that asks without waiting (store/ask.h): PostgreSQL only. */
crm_status engine_asker_open(struct engine *e, struct store_conn **ret, struct err *err);

/* The actor of a user, from resident data (teams, tree, role): in arena `a`. CRM_UNAUTHENTICATED
 * when missing or not active. */
crm_status engine_actor(struct engine *e, int64_t user, enum access_door door, struct arena *a,
                        struct actor *ret, struct err *err);
void engine_actor_system(enum access_door door, struct actor *ret);

/* Environment of expressions for this actor at this moment; `get` and ctx are the caller's. */
void engine_env(struct engine *e, const struct actor *actor, const struct company *company,
                struct arena *a, struct expr_env *ret);

/* Called in the writer thread right after COMMIT, in commit order: event layer and caches. */
struct engine_commit {
    int64_t first_seq, last_seq;
    const struct changeset_result *const *results;
    size_t count;
};
typedef void (*engine_commit_fn)(void *ctx, const struct engine_commit *commit);
crm_status engine_on_commit(struct engine *e, engine_commit_fn fn, void *ctx,
                            struct err *err); /* before the first write */

/* Called once, in the writer thread, when storage failed: from then on every write is answered
 * CRM_UNAVAILABLE and the process should be started anew. Set before the first write. */
typedef void (*engine_failure_fn)(void *ctx, const struct err *err);
void engine_on_failure(struct engine *e, engine_failure_fn fn, void *ctx);
bool engine_failed(struct engine *e);

/* Runs `fn` in the writer thread inside a transaction of its own savepoint, grouped with others:
 * for sys_* rows of event, auth and script (sessions, jobs, cursors). Waits for the commit. */
typedef crm_status (*engine_write_fn)(void *ctx, struct store_conn *writer, struct err *err);
crm_status engine_write(struct engine *e, engine_write_fn fn, void *ctx, struct err *err);
/* The same with news for other nodes, told after the commit. */
crm_status engine_write_news(struct engine *e, enum store_news what, engine_write_fn fn, void *ctx,
                             struct err *err);
/* How much of the news this process has made: read before the news themselves, what they are ahead
 * of it is of others. */
int64_t engine_own_news(struct engine *e, enum store_news what);
/* What another node has changed: resident records are read again; the log reaches to `seq`. */
crm_status engine_look_again(struct engine *e, struct err *err);
void engine_log_reached(struct engine *e, int64_t seq);
/* As if storage had failed: nothing is written any more. Any thread. */
void engine_fail(struct engine *e, const struct err *err);
/* The same without waiting: done(ctx, status, err) runs in the writer thread after COMMIT. False
 * when the queue is full. */
struct engine_task {
    struct work work; /* first */
    engine_write_fn fn;
    void (*done)(void *ctx, crm_status status, const struct err *err);
    void *ctx;
};
bool engine_post(struct engine *e, struct engine_task *task);

#endif
