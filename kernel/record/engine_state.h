/* What an open engine holds. Private to record/.
 *
 * `mu` guards the published pointers: snapshot, company facts, resident set and hooks; each is
 * counted and replaced as a whole, so that a reader takes a reference and never waits longer than
 * that. The writer is the only thread that publishes. Listeners are fixed before the first write.
 */
#ifndef RECORD_ENGINE_STATE_H
#define RECORD_ENGINE_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "record/hooks.h"
#include "record/resident.h"

enum { ENGINE_LISTENERS_MAX = 16, ENGINE_ZONES_MAX = 64 };

struct writer;
struct figures_kept;

struct engine_listener {
    engine_commit_fn fn;
    void *ctx;
};

struct company_set {
    struct company company; /* first */
    atomic_int references;
    struct arena arena;
};

struct engine {
    struct store *store;
    struct id_maker ids;
    pthread_mutex_t mu;
    struct schema *schema;       /* guarded by mu; NULL before the first apply */
    struct company_set *company; /* guarded by mu */
    struct resident *resident;   /* guarded by mu */
    struct record_hooks hooks;   /* guarded by mu */
    struct zone
        *zones[ENGINE_ZONES_MAX]; /* guarded by mu; open until close, connections borrow them */
    size_t zone_count;            /* guarded by mu */
    struct engine_listener listeners[ENGINE_LISTENERS_MAX];
    size_t listener_count;
    engine_failure_fn failure;
    void *failure_ctx;
    int64_t resident_news; /* what the set knows of (store/cluster.h); the writer's, */
    bool resident_behind;  /* as is this: another node has written since */
    struct figures_kept *figures;
    struct store_cluster *cluster; /* NULL: alone; owned */
    int32_t node;
    _Atomic int64_t plans; /* made so far, where nodes count generations together */
    _Atomic int64_t own_news[STORE_NEWS_COUNT];
    _Atomic int64_t last_seq; /* of the last commit that this node knows of */
    _Atomic int bulks;        /* bulk modes under way */
    _Atomic bool repairing;   /* search rows may be on their way anew: search_fill says how far */
    _Atomic bool failed;      /* storage broke: nothing is written any more */
    struct writer *writer;
};

/* Others write to the database, too: what is read may be overtaken until the transaction's end. */
static inline bool engine_has_others(const struct engine *e) {
    return store_cluster_others(e->cluster) > 0;
}
/* After the commit of own news. */
void engine_told(struct engine *e, enum store_news what);

/* Slot of a standard field, -1 when the entity lacks it. */
static inline int32_t std_slot(const struct schema_entity *e, enum schema_standard_field field) {
    const struct schema_field *f = schema_field_by_id(e, (int32_t)field);
    return f ? f->slot : -1;
}
static inline struct value row_std(const struct schema_entity *e, const struct value *row,
                                   enum schema_standard_field field) {
    int32_t slot = std_slot(e, field);
    return slot < 0 || !row ? VALUE_OF_NIL : row[slot];
}
static inline int64_t row_std_int(const struct schema_entity *e, const struct value *row,
                                  enum schema_standard_field field) {
    struct value v = row_std(e, row, field);
    return value_is_nil(v) ? 0 : v.integer;
}
static inline bool row_is_living(const struct schema_entity *e, const struct value *row) {
    return row && value_is_nil(row_std(e, row, SCHEMA_STD_DELETED_AT));
}
/* Slot of a field by name, -1 when there is none: for the kernel's own entities. */
static inline int32_t slot_named(const struct schema_entity *e, const char *name) {
    const struct schema_field *f = e ? schema_field_find(e, str_from(name)) : NULL;
    return f ? f->slot : -1;
}
static inline struct value row_named(const struct schema_entity *e, const struct value *row,
                                     const char *name) {
    int32_t slot = slot_named(e, name);
    return slot < 0 || !row ? VALUE_OF_NIL : row[slot];
}
static inline struct str value_str(struct value v) {
    return v.type == VALUE_TEXT ? v.text : STR_NONE;
}

/* resident.c; in the writer thread, on its connection. `touched` by entity position of `schema`
 * (NULL: everything is read anew). */
crm_status resident_load(struct store_conn *c, struct schema *schema, const struct resident *old,
                         const bool *touched, struct resident **ret, struct err *err);
struct resident *resident_ref(struct resident *r);
void resident_unref(struct resident *r);
/* company.c */
crm_status company_load(struct engine *e, const struct resident *r, struct company_set **ret,
                        struct err *err);
void company_set_unref(struct company_set *c);
/* Takes the references; in the writer thread. NULL keeps what is there. */
void engine_publish(struct engine *e, struct schema *schema, struct resident *resident,
                    struct company_set *company);
/* Reads resident data and company facts again and publishes them. */
crm_status engine_refresh(struct engine *e, struct store_conn *c, struct schema *schema,
                          const bool *touched, struct err *err);
/* In the transaction of a write of resident records: from here to its end no other node writes any.
 * CRM_UNAVAILABLE when one has, unseen: what the write was prepared with has to be read anew. */
crm_status engine_claim_resident(struct engine *e, struct store_conn *writer, struct err *err);
/* Reads it anew where that was so, with nobody in between until the transaction ends. */
crm_status engine_catch_up(struct engine *e, struct store_conn *writer, struct err *err);
/* seed.c: creates what the snapshot wishes and the database lacks; on the writer's connection, in
 * transactions of its own. */
crm_status engine_seed(struct engine *e, struct store_conn *c, struct err *err);

#endif
