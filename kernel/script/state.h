/* One Lua state of one owner (module, plugin, folder of scripts): its guard, its handlers, and
 * while files are loaded the collection that their definitions go to.
 *
 * The same files make the definitions once and the handlers in every state; `definitions` NULL
 * means that only handlers are wanted. Private to script/. Threads: one at a time, may move while
 * idle. Owns the guard and an arena for the texts of handlers. */
#ifndef SCRIPT_STATE_H
#define SCRIPT_STATE_H

#include "lua/state.h"
#include "schema/definition.h"
#include "schema/node.h"
#include "script/definitions.h"

/* LOAD_MS: processor time of one file of a plugin or script; the program's own have no limit. */
enum { SCRIPT_STATE_MEMORY = 64 * 1024 * 1024, SCRIPT_HANDLERS_MAX = 2000, SCRIPT_LOAD_MS = 1000 };

enum script_handler_kind {
    SCRIPT_BEFORE,
    SCRIPT_AFTER,
    SCRIPT_SCHEDULE,
    SCRIPT_ACTION,
    SCRIPT_DRAW,
    SCRIPT_WEBHOOK,
    SCRIPT_TEST
};

/* When a schedule by a field is due: due.h. From days on it is due on a day, at a time of it. */
enum script_due_unit {
    SCRIPT_DUE_MINUTE,
    SCRIPT_DUE_HOUR,
    SCRIPT_DUE_DAY,
    SCRIPT_DUE_WEEK,
    SCRIPT_DUE_MONTH
};
struct script_due {
    bool by_field, is_after, yearly;
    enum script_due_unit unit;
    int32_t shift;      /* units before or after */
    int32_t at_minutes; /* of the day */
};
static inline bool script_due_is_daily(const struct script_due *d) {
    return d->unit >= SCRIPT_DUE_DAY;
}

struct script_webhook;

struct script_handler {
    enum script_handler_kind kind;
    struct str
        subject;     /* entity; event; cron text or "entity.field"; view; webhook; what is tested */
    struct str name; /* action */
    struct str when; /* after, schedule by a field: condition */
    bool serial;     /* before: inside the writer */
    bool utc;        /* schedule: not the company's zone */
    struct script_due due;
    const struct script_webhook *webhook; /* webhook_options.h */
    int function;                         /* registry reference */
    int options; /* in a worker: the same of its table of options, else LUA_NOREF */
    struct str file;
    int32_t line;
};

struct script_run;
struct script_remote;
struct script_inside;

struct script_state {
    struct lua_guard *guard;
    struct arena arena;
    enum schema_layer layer;
    struct str owner;
    struct schema_definitions *definitions; /* borrowed while loading, else NULL */
    script_definition_fn *take; /* gets what is defined instead of `definitions`, in `take_arena` */
    void *take_ctx;
    struct arena *take_arena;
    bool loading;
    bool handlers_only;    /* definitions are refused: they have pages of their own */
    struct str file;       /* being loaded */
    int64_t order;         /* constructors made so far */
    struct str unfinished; /* `entity "name"` that waits for its table */
    const char *unfinished_word;
    int32_t unfinished_line;
    struct script_handler *handlers;
    size_t handler_count, handler_capacity;
    struct script_run *run; /* NULL while no handler runs */
    int record_ref;         /* registry: the metatable of records */
    const void *record_meta;
    int crm_ref;                        /* registry: the table `crm` */
    const struct script_remote *remote; /* handlers are in workers; NULL: here. Borrowed */
    struct script_inside *inside;       /* this is a worker: the API is in the server */
    int32_t declared_line;              /* while a worker's declaration is made again */
};

/* memory_bytes 0 = SCRIPT_STATE_MEMORY. */
crm_status script_state_new(enum schema_layer layer, struct str owner, size_t memory_bytes,
                            struct script_state **ret, struct err *err);
void script_state_free(struct script_state *s); /* NULL is fine */
/* Runs a file's text; `name` is what messages say. Definitions go to s->definitions where set. */
crm_status script_state_load(struct script_state *s, struct str name, struct str text,
                             struct err *err);
struct script_state *script_state_of(lua_State *L);

/* The entity of "project.stage.changed", empty for a name that code emits. */
struct str script_event_entity(struct str event);
const char *script_handler_word(enum script_handler_kind kind);
bool script_handler_is_word(const char *word); /* NULL is none */
/* language.c: entity, extend, text, ref ... before, after as globals. Raises. */
void l_language_open(lua_State *L);
/* node.c: a Lua value as a node in the arena. Raises with what cannot be in a definition. */
void l_node_get(lua_State *L, struct arena *a, int index, struct schema_node *ret);
/* Constructor values: text { ... }, ref "user" { ... }. */
void l_constructors_open(lua_State *L);
/* Line of the Lua code that called the running C function, 0 when unknown. */
int32_t l_line(lua_State *L);
/* Raises an error of this folder's texts, placed at the calling line. */
int l_fail(lua_State *L, const struct err_text *text, const struct str *args, size_t count)
    __attribute__((noreturn));
struct str l_check_str(lua_State *L, int index, const char *what, const char *wanted);

#endif
