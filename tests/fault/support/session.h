/* An engine with a small made-up company, for programs in which things fail: nothing here asserts,
 * every step answers with its status.
 *
 * The session writes records under keys ("k17"): the key is the record's unique code and, with a
 * number, the idempotency key of the write, so that whoever was not answered may ask again.
 * Threads: one session a thread; several may share the engine of the first. */
#ifndef FAULT_SUPPORT_SESSION_H
#define FAULT_SUPPORT_SESSION_H

#include "record/changeset.h"
#include "record/log.h"

struct session {
    const char *dir;
    struct engine *engine;
    struct store_conn *reader;
    struct schema *schema;
    struct arena arena;
    struct actor actor;
    struct err err;
    bool is_guest; /* the engine is another session's */
};

/* What is stored of a record. */
struct stored {
    int64_t id, version, number;
    bool is_trashed;
};

/* Opens the database in `dir` through the VFS (NULL = the machine's) and applies the definitions.
 * On failure everything is closed again. */
crm_status session_open(struct session *s, const char *dir, const char *vfs, bool create);
/* On the engine of `host`. */
crm_status session_join(struct session *s, struct session *host);
void session_close(struct session *s);

/* One customer with number 0, and its deal. */
crm_status session_create(struct session *s, const char *key, struct stored *ret);
/* Sets the number; *version_io is the version relied on and then the new one. */
crm_status session_update(struct session *s, int64_t id, int64_t number, int64_t *version_io);
crm_status session_trash(struct session *s, int64_t id);
/* `count` customers "<key>-0".. in one changeset as imports write them, below a parent; every fifth
 * breaks a rule and is left out. */
crm_status session_import(struct session *s, const char *key, size_t count, int64_t *parent_io);
crm_status session_undo(struct session *s, int64_t changeset, size_t *ret_conflicts);
/* A row of the kernel's own tables, as jobs and sessions write them. */
crm_status session_note(struct session *s, const char *key);

/* How many living or trashed customers have this code (0 or 1, else it is doubled), and the first.
 */
crm_status session_find(struct session *s, const char *key, size_t *ret_count, struct stored *ret);
/* The same by id; ret->id 0 when there is none. */
crm_status session_get(struct session *s, int64_t id, struct stored *ret);
/* How many living customers have a code that begins so. */
crm_status session_count(struct session *s, const char *prefix, size_t *ret);
/* `perigee check`; the first problem goes to standard error. */
crm_status session_check(struct session *s, int64_t *ret_problems);
/* Says on standard error what failed. */
void session_say(const struct session *s, const char *what);

/* A new empty folder, in memory where that is possible: real flushes show nothing here. Removed
 * with all that lies in it. */
void session_folder(char ret[64]);
void session_folder_remove(const char *dir);
void session_folder_copy(const char *from, const char *to);

#endif
