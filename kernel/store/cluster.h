/* Being one of several processes ("nodes") on one PostgreSQL database: the node's number, news of
 * what the others have changed, and the database's clock.
 *
 * A node holds an advisory lock on its number with a connection of its own, so that two living
 * processes never have the same one and a dead one's is free at once. News are numbers in
 * sys_sequence that rise in the transaction of the change: they are the truth. A notification is
 * only the hint to look at once; without it they are looked at now and then. SQLite has one node:
 * there is no struct store_cluster, NULL is accepted everywhere.
 *
 * Threads: join and leave where the store is opened and closed; look, wait and tell in one thread;
 * wake, node and others any. */
#ifndef STORE_CLUSTER_H
#define STORE_CLUSTER_H

#include "store/store.h"

enum { STORE_NODE_ANY = -1, STORE_NODES_MAX = 1024 };

/* X(ENUM, name in sys_sequence) */
#define STORE_NEWS(X)                                                                              \
    X(LOG, "changeset")          /* a commit: the number of the last changeset */                  \
    X(RIGHTS, "node.rights")     /* resident records: people, roles, settings, stages ... */       \
    X(SESSIONS, "node.sessions") /* sessions or tokens have ended */                               \
    X(SCHEMA, "node.schema")     /* the generation of the schema */                                \
    X(OUTBOUND, "node.outbound") /* outbound jobs were released */                                 \
    X(SCRIPTS, "node.scripts")   /* scripts that people made: another text, or none */

enum store_news {
#define STORE_NEWS_ENUM(name, key) STORE_NEWS_##name,
    STORE_NEWS(STORE_NEWS_ENUM)
#undef STORE_NEWS_ENUM
        STORE_NEWS_COUNT
};

/* In the transaction of the change, or while reading. */
crm_status store_news_add(struct store_conn *c, enum store_news what, struct err *err);
crm_status store_news_get(struct store_conn *c, enum store_news what, int64_t *ret,
                          struct err *err);

struct store_board {
    int64_t news[STORE_NEWS_COUNT];
    bool gone; /* a node is not there any more since the look before */
};

struct store_cluster;
/* Takes the number `wanted`, or with STORE_NODE_ANY the first that is free; CRM_CONFLICT when
 * another process has it. */
crm_status store_cluster_join(struct store *s, int32_t wanted, struct store_cluster **ret,
                              struct err *err);
void store_cluster_leave(struct store_cluster *c);
int32_t store_cluster_node(const struct store_cluster *c);  /* 0 without a cluster */
size_t store_cluster_others(const struct store_cluster *c); /* as of the last look */

/* Reads the news. A connection that was lost is made anew; CRM_CONFLICT: another process has the
 * number by now, and this one must not write any more. Also sets the clock of the store. */
crm_status store_cluster_look(struct store_cluster *c, struct store_board *ret, struct err *err);
/* The numbers of all that live, as of the last look; in the thread that looks. */
size_t store_cluster_living(const struct store_cluster *c, int32_t *ret, size_t most);
/* Until somebody told, somebody woke, or the time is over. *ret_woken: by this process. */
void store_cluster_wait(struct store_cluster *c, int64_t ms, bool *ret_woken);
void store_cluster_wake(struct store_cluster *c); /* nothing while there are no others */
crm_status store_cluster_tell(struct store_cluster *c, struct err *err);

/* One node at a time changes the schema; others wait up to `wait_ms` (CRM_UNAVAILABLE then). NULL
 * with SQLite. Ends with the process, however that ends. */
struct store_schema_lock;
crm_status store_schema_lock_take(struct store *s, int64_t wait_ms, struct store_schema_lock **ret,
                                  struct err *err);
void store_schema_lock_release(struct store_schema_lock *l);

/* Does another process work with the database, reading or writing, whose program knows less than
 * the structure version? Each says what it knows by a lock that its connections share. */
crm_status store_others_older(struct store_conn *c, int64_t version, bool *ret, struct err *err);

/* Until the end of the writer's transaction no other node passes here with the same key. */
crm_status store_key_lock(struct store_conn *writer, struct str key, struct err *err);

/* The time by the database's clock, for what nodes agree on: leases, due times. This machine's
 * clock without a cluster. Any thread. */
int64_t store_now_ms(const struct store *s);

#endif
