/* A run: one call of handlers or of a script - as whom, on which data, and what it has done so far.
 *
 * Lives on the caller's stack while state->run points to it; what Lua holds of it (records,
 * changes) carries the run's number and is dead afterwards. Private to script/. Threads: the
 * caller's. */
#ifndef SCRIPT_RUN_H
#define SCRIPT_RUN_H

#include "event/subscribe.h"
#include "record/hooks.h"
#include "record/row.h"
#include "script/unit.h"

enum {
    SCRIPT_WRITES_MAX = 10000,
    SCRIPT_EFFECTS_MAX = 256 * 1024,
    SCRIPT_PAGE = 200,
    SCRIPT_EMITS_MAX = 100
};

struct script_call;
struct script_out;
struct script_kept;
struct script_carry;

struct script_emit {
    struct str name, data;
};

struct script_run {
    uint64_t id;
    struct script_state *state;
    struct engine *engine;
    const struct schema *schema;
    const struct access *access;
    struct arena *arena;
    struct store_conn *conn;
    struct record_hook_context *hook; /* before-handlers only */
    struct changeset *changeset;      /* collects writes; NULL in before-handlers */
    struct record_view view;
    bool has_view;
    int64_t now_ms;
    size_t rows, writes, calls;
    char at[96];        /* "file:line" of the call that is at work, for what it does */
    struct buf effects; /* JSON objects with commas between */
    struct script_emit emits[SCRIPT_EMITS_MAX];
    size_t emit_count;
    struct script_carry *carry; /* keep.h: what is kept, in the place of the database; or NULL */
    struct script_kept *kept;   /* keep.h; arena */
    size_t kept_count, kept_capacity;
    bool wrote;                      /* a before-handler changed something */
    struct str place;                /* "before base/project.lua:12" */
    struct script_border *border;    /* NULL: nothing of it has run in a worker */
    size_t memory_bytes;             /* of a worker's state; 0 = as usual */
    const struct event_job_run *job; /* NULL: not in a job */
    struct script_call *test;        /* test.h; NULL: not a test */
    size_t settles;          /* how often a test has settled: nothing older can be taken back */
    struct str http_allowed; /* script_host_options */
    struct script_out *outs; /* http.h: requests and mails, out after the commit; arena */
    size_t out_count, out_capacity;
    const struct event_change *event; /* NULL: not about one */
    void (*print)(void *ctx, struct str line);
    void *print_ctx;
};

void script_run_begin(struct script_run *r, struct script_state *s);
void script_run_end(struct script_run *r);
/* Of the last call, here and in the worker together. */
struct lua_usage script_run_usage(const struct script_run *r);
/* The view of the run, made when first asked for. */
crm_status script_run_view(struct script_run *r, struct record_view **ret, struct err *err);
/* The run at hand; raises when there is none. Counts the call. */
struct script_run *l_run(lua_State *L, const char *function);
/* Notes where in the script this call stands, for the effects that follow. */
void l_note_place(lua_State *L, struct script_run *r);
/* Something that a dry run tells of, with the place in the script. `detail` is JSON or empty. */
void script_run_effect(struct script_run *r, const char *verb, struct str entity, int64_t id,
                       struct str detail);
/* How far a run has come, to take back what it does from there on. */
struct script_mark {
    size_t ops, emits, effects, writes, kept, settles, outs;
};
struct script_mark script_mark_make(const struct script_run *r);
/* False: what was written stays in the plan, so the failure has to go on. */
bool script_mark_back(struct script_run *r, const struct script_mark *mark);
/* Raises when somebody stopped the job. Called where a run waits for the database anyway. */
void l_check_stopped(lua_State *L, const struct script_run *r);
void l_raise_status(lua_State *L, crm_status status,
                    const struct err *err); /* raises unless CRM_OK */

/* ---- values (value.c) -------------------------------------------------------------------------
 */

/* Time: ms; date: "2026-11-21"; decimal: number; money: { amount =, currency =, base = };
 * reference: a record; lists: tables. Raises. */
void l_value_push(lua_State *L, struct script_run *r, const struct schema_field *f,
                  const struct value *v);
void l_items_push(lua_State *L, struct script_run *r, const struct schema_field *f,
                  const struct store_item *items, size_t count);
/* Never raises. `old` (may be nil) lends the currency of plain amounts. Texts are borrowed from
 * Lua. */
crm_status script_value_get(struct script_run *r, lua_State *L, int index,
                            const struct schema_field *f, const struct value *old,
                            struct value *ret, struct err *err);
/* A table of fields as JSON of api.md, for record_op_from_json. Never raises; *ret is owned. */
crm_status script_fields_json(struct script_run *r, lua_State *L, int index,
                              const struct schema_entity *e, json_t **ret, struct err *err);

/* ---- records (object.c) -----------------------------------------------------------------------
 */

enum script_record_kind {
    SCRIPT_RECORD_SEEN,   /* read under the actor's rights, lazily */
    SCRIPT_RECORD_CHANGE, /* the change at hand: fields can be set */
    SCRIPT_RECORD_IMAGE   /* as it was, or as an event tells it */
};

/* The rows of one step of a long walk: reused by the next step, so that a walk over everything
 * needs the memory of one page. A record of an earlier page is loaded again when it is looked at.
 */
struct script_rows {
    struct arena arena;
    uint64_t serial; /* rises with each page */
};

struct script_record {
    uint64_t run;
    enum script_record_kind kind;
    const struct schema_entity *entity; /* NULL: of an entity that is not there any more */
    int64_t id;
    const struct value *row;        /* NULL: not loaded yet */
    bool missing;                   /* looked for and not seen */
    const struct script_rows *rows; /* where `row` lives; NULL: as long as the run */
    uint64_t serial;
};

void l_objects_open(lua_State *L);
struct script_record *l_record_push(lua_State *L, struct script_run *r,
                                    enum script_record_kind kind, const struct schema_entity *e,
                                    int64_t id, const struct value *row);
/* A row of a page; the userdata of the page at `rows_index` stays alive with it. */
void l_record_push_of(lua_State *L, struct script_run *r, const struct schema_entity *e, int64_t id,
                      const struct value *row, int rows_index);
/* Pushes a page. */
struct script_rows *l_rows_new(lua_State *L);
struct script_record *script_record_test(lua_State *L, int index); /* NULL: not a record */
/* Loads a SEEN record; *ret false: missing or unseen. */
crm_status script_record_load(struct script_run *r, struct script_record *it, bool *ret,
                              struct err *err);
/* Has no place of its own in a row: lists, formulas and figures reckoned at read. */
bool script_field_is_computed(const struct schema_field *f);
bool script_change_test(lua_State *L, int index);
/* The change of a before-handler, with before, verb and changed(). */
void l_change_push(lua_State *L, struct script_run *r);

/* ---- the API (api.c, write.c, query.c) --------------------------------------------------------
 */

void l_api_open(lua_State *L); /* fills the table `crm` on top */
void l_write_open(lua_State *L);
void l_query_open(lua_State *L);
/* Entity by name in the argument; raises for one that is not there or may not be seen. */
const struct schema_entity *l_check_entity(lua_State *L, struct script_run *r, int index,
                                           const char *function);
int64_t l_check_id(lua_State *L, int index, const char *function);

/* ---- accounts (account.c) ---------------------------------------------------------------------
 */

struct script_account {
    struct str script, version, cause, outcome, effects, error;
    int64_t started_ms, cpu_us, wall_us, memory, rows, calls, changeset, actor, job;
};
/* A row of sys_run, in the writer's transaction. */
crm_status script_account_write(struct store_conn *writer, int64_t id,
                                const struct script_account *a, struct err *err);
crm_status script_account_changeset(struct store_conn *writer, int64_t id, int64_t changeset,
                                    struct err *err);
const char *script_outcome(crm_status status, const struct err *why);

#endif
