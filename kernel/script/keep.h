/* What an owner's scripts keep from one run to the next: texts by key, and what is done once in a
 * period. Rows of sys_state under "script OWNER".
 *
 * A run reads the database and its own writes; what it writes is done with its changeset, in one
 * transaction, and only if what it has read of the same keys is still there - else the run begins
 * anew (script_keep_is_stale). A dry run keeps nothing. Private to script/. Threads: the run's; the
 * writing the writer's. */
#ifndef SCRIPT_KEEP_H
#define SCRIPT_KEEP_H

#include "script/run.h"

enum { SCRIPT_KEEP_KEY_MAX = 200, SCRIPT_KEEP_VALUE_MAX = 65536, SCRIPT_KEEP_MAX = 1000 };

struct script_kept {
    struct str key;
    struct str value;   /* JSON; ptr NULL: none */
    struct str was;     /* as the database had it; ptr NULL: nothing */
    bool was_read;      /* `was` is known */
    bool is_written;    /* `value` is this run's */
    int64_t expires_ms; /* 0 = never */
};

/* What dry runs keep from one to the next, beginning with nothing: replays. Owns its texts. */
struct script_carry {
    struct arena arena;
    struct script_kept *items;
    size_t count, capacity;
};
void script_carry_init(struct script_carry *c);
void script_carry_fini(struct script_carry *c);
/* What the run has written. */
crm_status script_carry_take(struct script_carry *c, const struct script_run *r, struct err *err);

/* crm.keep, crm.kept, crm.once. */
void l_keep_open(lua_State *L);
/* In the writer's transaction. */
crm_status script_keep_write(const struct script_run *r, struct store_conn *writer,
                             struct err *err);
/* Another run was quicker. */
bool script_keep_is_stale(crm_status status, const struct err *err);
/* Rows whose time has passed. */
crm_status script_keep_sweep(struct store_conn *writer, struct err *err);

#endif
