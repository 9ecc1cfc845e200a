/* What the files of lists share. Private to record/. Memory is the arena's. */
#ifndef RECORD_LISTS_STATE_H
#define RECORD_LISTS_STATE_H

#include "access/access.h"
#include "record/engine_state.h"
#include "record/changeset.h"
#include "record/lists.h"
#include "store/migration.h"

/* X(ENUM, field): what a definition says of a pipeline, stage, directory or item. */
#define LIST_KEYS(X)                                                                               \
    X(LABEL, "label")                                                                              \
    X(LABEL_RU, "label_ru")                                                                        \
    X(COLOR, "color")                                                                              \
    X(ACTIVE, "active") X(KIND, "kind") X(PROBABILITY, "probability") X(LIMIT_DAYS, "limit_days")
enum list_key {
#define LIST_KEY_ENUM(name, field) LIST_##name,
    LIST_KEYS(LIST_KEY_ENUM)
#undef LIST_KEY_ENUM
        LIST_KEY_COUNT
};
extern const char *const list_key_words[LIST_KEY_COUNT];

/* The value of a field that only some items have. */
struct list_own {
    struct str field, text;
};

struct list_item {
    struct str name, was, owner;
    struct str values[LIST_KEY_COUNT]; /* as texts; empty: not said */
    struct list_own *own;
    size_t own_count;
};

struct list {
    bool is_pipeline;
    struct str entity; /* of a pipeline */
    struct list_item self, *items;
    size_t count;
};

struct list_set {
    struct list *all;
    size_t count;
};

/* lists_read.c */
crm_status list_set_read(struct arena *a, const struct schema *s, struct list_set *ret,
                         struct err *err);
crm_status list_set_parse(struct arena *a, struct str text, struct list_set *ret, struct err *err);
struct str list_set_text(struct arena *a, const struct list_set *set); /* no memory: NULL */
struct list *list_find(const struct list_set *set, const struct list *like, struct str name);
struct list_item *list_item_find(const struct list *l, struct str name);
struct str list_own_text(const struct list_item *item, struct str field); /* empty: not said */
/* Behind the others. */
bool list_add_item(struct arena *a, struct list *l, const struct list_item *item);
bool list_set_add(struct arena *a, struct list_set *set, const struct list *l);

enum list_verb { LIST_ASKS, LIST_RENAME, LIST_CHANGE, LIST_ORDER, LIST_REMOVE };
struct list_step {
    struct schema_step step;
    enum list_verb verb;
    const struct list *list, *renamed; /* RENAME: renamed, of which it is an item or itself */
    const struct list_item *item;      /* NULL: the list itself */
    int64_t record, into;
    struct str name, target; /* of the record now; of the one that its records go to */
    struct str field, text;  /* CHANGE: of the record, to what */
    bool is_forgotten;       /* REMOVE: no definition names it, it may be made anew */
};

/* A removal on its way: what its row of sys_migration says. */
struct list_move {
    struct store_migration row;
    enum schema_step_kind step;
    struct str target;
    int64_t record, into, parent;
    struct str *of; /* fields whose values move and their owners: "job.tone", "plugin" ... */
    size_t of_count;
};

struct lists {
    struct engine *engine;
    struct store_conn *conn;
    struct schema *now; /* in force: records are read and written by it */
    const struct schema *wanted;
    const struct resident *resident;
    struct resident *early; /* owned: `resident` when nothing is in force yet */
    struct arena *arena;
    const struct schema_wishes *wishes;
    struct access access;
    struct list_set defined, noted;
    bool has_note;
    struct list_step *steps;
    size_t count, capacity, asked, refused, background;
    struct list_move *moves;
    size_t move_count;
};

/* lists_records.c: the record of a list or, with `item`, of an item of it; NULL. */
const struct schema_entity *list_entity(const struct lists *l, bool is_pipeline, bool is_item);
const struct value *list_row(const struct lists *l, const struct list *list, struct str name);
const struct value *list_item_row(const struct lists *l, const struct list *list,
                                  const struct value *parent, struct str name);
/* The field that names an item's list, and those that name a list or an item. */
const char *list_parent_field(bool is_pipeline);
const char *list_name_field(bool is_pipeline, bool is_item);
struct str list_seed_key(struct arena *a, const struct list *list, struct str list_name,
                         struct str item);
/* "project/Sales/Open", "industry/trade"; item empty: the list. */
struct str list_subject(struct arena *a, const struct list *list, struct str name, struct str item);
/* A field of the record as a text, and such a text as its value. */
struct str list_value_text(struct arena *a, const struct schema_entity *e, const struct value *row,
                           struct str field);
struct value list_value_of(const struct schema_entity *e, struct str field, struct str text);
/* Where records that stand in a stage, are in a pipeline or have a value are found: the n-th such
 * field; false: no more. */
struct list_use {
    const struct schema_entity *entity;
    const struct schema_field *field;
    struct str where;
};
bool list_use(const struct lists *l, const struct list_step *s, size_t n, struct list_use *ret);
crm_status list_use_living(struct lists *l, const struct list_use *use, int64_t *ret,
                           struct err *err);
crm_status list_use_count(struct lists *l, const struct list_step *s, int64_t *ret,
                          struct err *err);
crm_status list_use_query(struct lists *l, const struct list_use *use, struct store_query *ret,
                          struct arena *a, struct err *err);
/* Whether the record is still marked as being on its way out; on `c`. */
crm_status list_is_leaving(const struct lists *l, struct store_conn *c,
                           const struct schema_entity *e, int64_t record, bool *ret,
                           struct err *err);
bool list_is_entity(const struct schema_entity *e);
/* What stands for a record of these entities: list or item, name, subject. False: it is none, or
 * its list is not there, or no memory. */
bool list_step_of(const struct lists *l, const struct schema_entity *e, const struct value *row,
                  struct list_step *ret);
/* "entity.field" of `wanted` that chooses from the directory. */
bool list_field_of(const struct lists *l, struct str directory, struct str *ret);

/* lists_plan.c: `l` with engine, arena, wishes and `wanted`; steps against what is there. */
crm_status lists_open(struct lists *l, struct err *err);
void lists_close(struct lists *l);
crm_status lists_compare(struct lists *l, struct err *err);

/* A step that is carried out. */
struct list_writing {
    struct lists *lists;
    const struct list_step *step;
    int64_t parent, author;
    int64_t done;         /* records seen to, those of the batch at hand included */
    bool wrote;           /* the last changeset changed something */
    bool ends;            /* the changeset at hand is the last */
    engine_write_fn also; /* in the transaction of each changeset, with the writing; NULL */
    /* After each batch of records that move; NULL. */
    crm_status (*rests)(struct list_writing *w, int64_t began_ns, struct err *err);
    struct list_move *move;                /* of a background step */
    const struct rebuild_options *options; /* of a background step */
};
typedef crm_status list_fill_fn(struct list_writing *w, struct changeset *c, void *ctx,
                                struct err *err);

/* lists_apply.c: one changeset; all that a removal takes. */
crm_status list_write(struct list_writing *w, struct arena *a, list_fill_fn *fill, void *ctx,
                      struct err *err);
crm_status list_remove(struct list_writing *w, struct arena *a, struct err *err);
list_fill_fn list_fill_rename;
/* lists_move.c: until none is found any more. */
crm_status list_move_uses(struct list_writing *w, struct value to, struct err *err);

/* lists_leave.c: with more records than this a removal or rename is a background step. */
enum { LIST_AT_ONCE_MAX = 1000 };
/* Removals on their way, on l->conn. */
crm_status list_moves_read(struct lists *l, struct err *err);
const struct list_move *list_move_of(const struct lists *l, int64_t record);
/* An `also` of the last changeset of a removal (the writing is its context): CRM_STALE when
 * somebody has entered meanwhile. */
crm_status list_none_left(void *writing, struct store_conn *c, struct err *err);
/* Nothing new enters from now on - of a rename, under the old name - and the step waits to be run;
 * nothing when it does already. */
crm_status list_leave(struct list_writing *w, struct arena *a, struct err *err);

#endif
