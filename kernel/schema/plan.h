/* The plan: from what the database has (registry) to what the definitions say, as ordered steps.
 * Also assigns the immutable ids and physical names to what is new.
 *
 * The snapshot of a plan is what can be in force at once, given the registry: what needs filling
 * first - a new stored formula, another type, a folded column, search rows, a unique key - is in it
 * as "being built", written at every save and not read. So a plan may be carried out in two parts:
 * steps that take no time, which store/migrate.h does together with publishing the snapshot, and
 * `background` ones, which record/rebuild.h does while people work; after each of those a new plan
 * has a snapshot that is a step further and the rest of the steps. Nothing is kept but the
 * registry, so a plan made after kill -9 goes on where the last one ended.
 *
 * What takes something away `asks`: it is carried out only when it was wished for by name.
 * What cannot be done is a step REFUSED, in words; a plan with one must not be applied: its
 * snapshot describes columns that the database has not. Threads: any. */
#ifndef SCHEMA_PLAN_H
#define SCHEMA_PLAN_H

#include "schema/registry.h"
#include "schema/schema.h"

/* Columns of one table, hidden and free ones included: what both engines hold with room to spare.
 */
enum { SCHEMA_COLUMNS_MAX = 1500 };

/* X(ENUM, word) */
#define SCHEMA_STEPS(X)                                                                            \
    X(CREATE_ENTITY, "create_entity") /* table with every field; link tables and indexes are       \
                                         steps of their own */                                     \
    X(ADD_FIELD, "add_field")         /* its columns, those that are missing */                    \
    X(ADD_ATTRIBUTE, "add_attribute") /* a column of the link table of `field`; `index` is the     \
                                         attribute's id */                                         \
    X(CREATE_LINKS, "create_links")   /* a link table with its attributes */                       \
    X(CREATE_INDEX, "create_index")                                                                \
    X(CREATE_SEARCH, "create_search") /* the entity's search table; `index` is its id in the       \
                                         registry */                                               \
    X(RENAME_ENTITY, "rename_entity")                                                              \
    X(RENAME_FIELD, "rename_field")                                                                \
    X(HIDE_ENTITY, "hide_entity")                                                                  \
    X(HIDE_FIELD, "hide_field")                                                                    \
    X(RESTORE_ENTITY, "restore_entity")                                                            \
    X(RESTORE_FIELD, "restore_field")                                                              \
    X(DROP_INDEX, "drop_index")                                                                    \
    X(FILL_FIELD, "fill_field")       /* background: computed, converted or folded values */       \
    X(FILL_SEARCH, "fill_search")     /* background: search rows made anew */                      \
    X(MAKE_UNIQUE, "make_unique")     /* background: looked through, then the index `index` */     \
    X(MAKE_REQUIRED, "make_required") /* background: looked through */                             \
    X(RECYCLE_FIELD, "recycle_field") /* background: values cleared, the column is free */         \
    X(LAYERS_MEET, "layers_meet")     /* asks: with `overlay` */                                   \
    X(ADD_PIPELINE, "add_pipeline")   /* lists (record/lists.h): records, not columns */           \
    X(RENAME_PIPELINE, "rename_pipeline")                                                          \
    X(CHANGE_PIPELINE, "change_pipeline")                                                          \
    X(REMOVE_PIPELINE, "remove_pipeline")                                                          \
    X(ADD_STAGE, "add_stage")                                                                      \
    X(RENAME_STAGE, "rename_stage")                                                                \
    X(CHANGE_STAGE, "change_stage")                                                                \
    X(REMOVE_STAGE, "remove_stage")                                                                \
    X(ORDER_STAGES, "order_stages")                                                                \
    X(ADD_DIRECTORY, "add_directory")                                                              \
    X(RENAME_DIRECTORY, "rename_directory")                                                        \
    X(CHANGE_DIRECTORY, "change_directory")                                                        \
    X(REMOVE_DIRECTORY, "remove_directory")                                                        \
    X(ADD_ITEM, "add_item")                                                                        \
    X(RENAME_ITEM, "rename_item")                                                                  \
    X(CHANGE_ITEM, "change_item")                                                                  \
    X(REMOVE_ITEM, "remove_item")                                                                  \
    X(ORDER_ITEMS, "order_items")                                                                  \
    X(REFUSED, "refused") /* with `refusal` */

enum schema_step_kind {
#define SCHEMA_STEP_ENUM(name, word) SCHEMA_STEP_##name,
    SCHEMA_STEPS(SCHEMA_STEP_ENUM)
#undef SCHEMA_STEP_ENUM
        SCHEMA_STEP_COUNT
};

/* A key of a field, of a directory's item, of a view ... as a later layer changes it. Texts are
 * JSON, empty for what is not said. They meet when the layers below have changed what the later one
 * had changed, too: its value stays in force, and which is right is asked. */
struct schema_overlay {
    struct str owner; /* of the later layer */
    struct str kind,
        name; /* of its definition: "extend" "organization", "directory" "industry", "view" */
    struct str part, key; /* as written there: a field, an item, a stage, "entities" of a role;
                             empty: what is defined itself */
    struct str subject;   /* as keep and take name it: "organization.name", "industry/trade",
                             "view:recent", "role:guest/organization" */
    struct str below, noted, above;  /* now; when it was decided; in force */
    bool is_noted, is_met, is_taken; /* taken: what is below is in force, by wish */
    bool is_gone; /* the part was said below when it was decided, and is not any more */
};

struct schema_step {
    enum schema_step_kind kind;
    int32_t entity, field, index; /* ids in the snapshot; of DROP_INDEX and RECYCLE_FIELD in the
                                     registry */
    bool background, asks;
    bool waits;                /* background: until what it moves is declared again */
    const struct err *refusal; /* REFUSED: what is wrong and where; err_format tells it to people */
    const struct schema_overlay *overlay; /* LAYERS_MEET */
    struct str subject;    /* "organization.industry", "project/Pipeline/Stage", "industry/code" */
    struct str into;       /* steps of lists: where its records go, or what the values become */
    int64_t rows;          /* steps of lists: records that are written */
    struct str settled;    /* background: signature of the field afterwards */
    struct str definition; /* background: its definition afterwards */
};

struct schema_plan {
    struct schema *schema; /* the snapshot after the plan, one reference owned by the plan */
    struct schema_registry *registry;   /* extended */
    const struct schema_wishes *wishes; /* for lists, when it is put into force; NULL: none */
    int64_t author;
    const struct schema_step *steps;
    size_t step_count;
    size_t refused_count, asked_count, background_count;
    const struct str
        *kept; /* "policy", "organization.risk": in the database, not in the snapshot */
    size_t kept_count;
    const struct schema_overlay *overlays; /* every key that a later layer changes */
    size_t overlay_count;
};

/* What was asked for by name: "organization" or "organization.industry". */
struct schema_wishes {
    const struct str
        *drop; /* taken out of use; values stay and come back when it is declared again */
    size_t drop_count;
    const struct str *recycle; /* taken out of use for ever */
    size_t recycle_count;
    const struct str *keep; /* fields where layers meet: the later one is right */
    size_t keep_count;
    const struct str *take; /* what the earlier layers say now is right */
    size_t take_count;
    const struct str *move; /* "project/Pipeline/Stage=Other": goes, its records go there */
    size_t move_count;
    const struct str *leave; /* "industry/code": goes, values of it stay as texts */
    size_t leave_count;
};
/* The lists by the words that ask for them: "drop", "recycle", "keep", "take", "move", "leave". */
enum { SCHEMA_WISH_LISTS = 6 };
struct schema_wish_list {
    const char *word;
    const struct str **names;
    size_t *count;
};
void schema_wish_lists(struct schema_wishes *w, struct schema_wish_list ret[SCHEMA_WISH_LISTS]);
const char *schema_step_word(enum schema_step_kind kind); /* "create_entity" ... */
/* Steps on records: they are carried out once the snapshot is in force. */
static inline bool schema_step_is_list(enum schema_step_kind kind) {
    return kind >= SCHEMA_STEP_ADD_PIPELINE && kind <= SCHEMA_STEP_ORDER_ITEMS;
}
bool wishes_keep(const struct schema_wishes *w, struct str entity, struct str field);
bool wishes_take(const struct schema_wishes *w, struct str entity, struct str field);
bool wishes_drop(const struct schema_wishes *w, struct str entity, struct str field);
bool wishes_recycle(const struct schema_wishes *w, struct str entity, struct str field);

struct schema_definitions; /* schema/definition.h */
/* Checks every definition (errors by file and line), merges layers, resolves names, compiles
 * expressions, compares with `registry` and yields the plan, in arena `a` (the snapshot has its
 * own). */
crm_status schema_plan_make(struct arena *a, const struct schema_definitions *definitions,
                            const struct schema_registry *registry, int64_t generation,
                            struct schema_plan *ret, struct err *err);
/* The same; `wishes` NULL: none. */
crm_status schema_plan_wish(struct arena *a, const struct schema_definitions *definitions,
                            const struct schema_registry *registry, int64_t generation,
                            const struct schema_wishes *wishes, struct schema_plan *ret,
                            struct err *err);
/* A background step has been done: what the registry of the plan says from now on (store/migrate.h
 * keeps it). */
crm_status schema_plan_settle(struct arena *a, struct schema_plan *plan, size_t step,
                              struct err *err);
void schema_plan_fini(struct schema_plan *plan);

#endif
