/* Changes of definitions that wait for another person: where the company wishes so (the setting
 * approve_definitions), what one administrator changes comes into force when a second one approves.
 *
 * A change is a row of sys_state, kept for ever with who decided, when and why. What it does is
 * planned anew at each look; approving refuses when a definition it was made from has changed
 * since. The program's own user (the operator at the console) waits for nobody. Texts live in the
 * given arena. Threads: any that may block. */
#ifndef MODULE_SCHEMA_WAITING_H
#define MODULE_SCHEMA_WAITING_H

#include "base/json.h"
#include "module/living_schema.h"

/* X(ENUM, word) */
#define WAITING_STATES(X) X(OPEN, "waiting") X(APPROVED, "approved") X(REFUSED, "refused")
enum waiting_state {
#define WAITING_ENUM(name, word) WAITING_##name,
    WAITING_STATES(WAITING_ENUM)
#undef WAITING_ENUM
        WAITING_STATE_COUNT
};
const char *waiting_state_word(enum waiting_state state);

enum { WAITING_MAX = 100 }; /* how many may wait at a time */

struct waiting_change {
    int64_t id, author, at, decided_by, decided_at;
    enum waiting_state state;
    struct str note, reason;
    struct schema_change change; /* admin: of arena, author set */
    const struct str *bases;     /* by definition: what was stored then, empty: nothing */
    struct str text;             /* the row as it is */
};

/* May the actor change definitions, and these? */
crm_status schema_change_allowed(const struct access *a, const struct schema_change *change,
                                 struct err *err);
/* Does a change of this actor wait? */
bool schema_change_waits(struct kernel *k, const struct access *a);
/* Keeps the change; refused like the change itself where its plan is, or where too many wait.
 * *ret_plan: what it will do, to be ended by the caller. */
crm_status waiting_submit(struct kernel *k, const struct schema_change *change, struct str note,
                          struct arena *a, struct schema_plan *ret_plan, int64_t *ret_id,
                          struct err *err);
/* A page: newest first, those that wait before those decided. `after`: the `next` of the page
 * before; 0: the first, or the last. */
struct waiting_page {
    int64_t limit, after;
};
struct waiting_list {
    struct waiting_change *items;
    size_t count;
    int64_t next;
};
crm_status waiting_list(struct store_conn *c, const struct waiting_page *wanted, struct arena *a,
                        struct waiting_list *ret, struct err *err);
crm_status waiting_get(struct store_conn *c, int64_t id, struct arena *a,
                       struct waiting_change *ret, struct err *err);
/* By somebody else with the right; `digest` as in kernel_schema_change. */
crm_status waiting_approve(struct kernel *k, const struct access *by, struct store_conn *c,
                           int64_t id, struct str digest, struct arena *a,
                           struct schema_plan *ret_plan, struct err *err);
/* By anybody with the right: the author takes it back so. */
crm_status waiting_refuse(struct kernel *k, const struct access *by, struct store_conn *c,
                          int64_t id, struct str reason, struct arena *a, struct err *err);
/* A change as the routes and the command line show it: an object, left open for more. */
void waiting_json(struct json_writer *w, const struct waiting_change *it);

/* schema_waiting_told.c: "definition.waiting" for those who may decide, "definition.decided" for
 * the author, with { change, state, by, users }. Made before the transaction, in the given arena.
 */
enum { WAITING_TOLD_MAX = 200 };
struct waiting_tidings {
    struct event_hub *hub;
    const char *event;
    struct str data;
};
crm_status waiting_tidings_make(struct kernel *k, const struct waiting_change *it, struct arena *a,
                                struct waiting_tidings *ret, struct err *err);
crm_status waiting_tidings_emit(const struct waiting_tidings *t, struct store_conn *writer,
                                struct err *err);

/* schema_waiting_text.c: the row's text. */
crm_status waiting_write(const struct waiting_change *it, struct arena *a, struct str *ret,
                         struct err *err);
crm_status waiting_read(struct str text, struct arena *a, struct waiting_change *ret,
                        struct err *err);

#endif
