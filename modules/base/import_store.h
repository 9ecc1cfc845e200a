/* A stored import: the file as a blob, what was asked for, and who runs it - so that a server that
 * was killed goes on with it, and whoever asked can look at it later.
 *
 * An import is run by its command or request at once, or by its job; the job waits behind the
 * command and takes over only when nobody runs it any more. Threads: any. */
#ifndef MODULES_BASE_IMPORT_STORE_H
#define MODULES_BASE_IMPORT_STORE_H

#include <pthread.h>

#include "import.h"

enum { IMPORTS_AT_ONCE = 16 };

/* The module's part of the state: which imports this process is running. */
struct import_store {
    struct crm *crm;
    pthread_mutex_t mu;
    pthread_mutex_t once_mu; /* one at a time looks a key up and takes it */
    struct import_active {
        int64_t id; /* 0 = free */
        int64_t rows, rejected, bytes_done;
        bool stop;
    } active[IMPORTS_AT_ONCE]; /* guarded by mu */
};

struct import_record {
    int64_t id, user;
    int32_t door;
    uint8_t sha256[32];
    int64_t bytes;
    struct import_options options; /* texts in the arena given to import_store_load */
    bool is_done;
    struct crm_str error; /* why it failed as a whole, in words; empty = it did not */
};

void import_store_init(struct import_store *s, struct crm *crm);
void import_store_fini(struct import_store *s);
/* Keeps a new import and its guard job. Durable on return. */
crm_status import_store_add(struct import_store *s, struct crm_arena *a,
                            struct import_record *record, bool run_now, struct crm_error *err);
/* The same, to be run at once; a repetition with the key of this user within a day gives the first
 * one's record, CRM_CONFLICT when something else was asked for. An empty key is none. */
crm_status import_store_add_once(struct import_store *s, struct crm_arena *a, struct crm_str key,
                                 struct import_record *record, struct crm_error *err);
crm_status import_store_load(struct import_store *s, int64_t id, struct crm_arena *a,
                             struct import_record *ret, struct crm_error *err);
/* Runs the stored import from its checkpoint and marks it done; CRM_CONFLICT when this process runs
 * it already. `progress` may be empty. Rejected rows go to `rejects`, or are kept
 * (import_store_rejects). */
crm_status import_store_run(struct import_store *s, struct crm_view *view, struct crm_arena *a,
                            struct import_record *record, const struct import_progress *progress,
                            const struct import_sink *rejects, struct import_result *ret,
                            struct crm_error *err);
/* The kept lines of rejected rows, piece by piece. */
crm_status import_store_rejects(struct import_store *s, int64_t id, struct crm_arena *a,
                                crm_status (*fn)(void *ctx, struct crm_str lines,
                                                 struct crm_error *err),
                                void *ctx, struct crm_error *err);
bool import_store_is_active(struct import_store *s, int64_t id);
/* How far a running one has come; false when this process does not run it. */
bool import_store_active(struct import_store *s, int64_t id, struct import_active *ret);
/* Ends a running one behind the piece at hand, for good: what it wrote stays, until it is undone.
 * False when this process does not run it. */
bool import_store_stop(struct import_store *s, int64_t id);
/* Registers the job kind. */
crm_status import_store_register(struct import_store *s, struct crm_error *err);

#endif
