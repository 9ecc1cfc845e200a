/* Steps of schema plans as rows of sys_migration: what was done, what runs, how far it has come.
 * Threads: the connection's; writing inside a transaction of the writer. */
#ifndef STORE_MIGRATION_H
#define STORE_MIGRATION_H

#include "store/store.h"

/* Stored as numbers. */
enum store_migration_state {
    STORE_MIGRATION_QUEUED,
    STORE_MIGRATION_DONE,
    STORE_MIGRATION_RUNNING,
    STORE_MIGRATION_FAILED,
    STORE_MIGRATION_CANCELLED
};
const char *store_migration_word(enum store_migration_state state);

struct store_migration {
    int64_t id; /* 0: drawn when it is added */
    int64_t at, finished;
    struct str kind, subject; /* schema_step_word */
    enum store_migration_state state;
    struct str detail; /* JSON: what was found; or why it failed */
    int64_t cursor;    /* the last record that was seen to */
    int64_t done, total;
    int64_t author;
};

/* Draws the id. */
crm_status store_migration_add(struct store_conn *c, struct store_migration *it, struct err *err);
/* Everything but id, kind and subject. */
crm_status store_migration_put(struct store_conn *c, const struct store_migration *it,
                               struct err *err);
/* The newest of a step; *ret_found false: it has never been begun. */
crm_status store_migration_find(struct store_conn *c, struct str kind, struct str subject,
                                struct arena *a, struct store_migration *ret, bool *ret_found,
                                struct err *err);
/* Newest first; `state` -1: any. */
crm_status store_migration_list(struct store_conn *c, int state, size_t limit, struct arena *a,
                                struct store_migration **ret, size_t *ret_count, struct err *err);

#endif
