/* The inside of a resident set. Private to record/.
 *
 * A set is made of tables, one per resident entity, each counted, so that a commit that touched one
 * entity reads only that one again. Immutable once published, but for `translated`: tables for
 * entities of another snapshot with other slots, made at first use and guarded by `mu`. */
#ifndef RECORD_RESIDENT_SET_H
#define RECORD_RESIDENT_SET_H

#include "record/engine_state.h"

enum { RESIDENT_TABLE_MAX_BYTES = 512 * 1024 * 1024 };

struct resident_table {
    atomic_int references;
    struct arena arena;
    struct schema *schema; /* counted: `entity` lives in it */
    const struct schema_entity *entity;
    struct value **rows; /* by id */
    int64_t *ids;
    size_t count, capacity;
    struct resident_table *next; /* of `translated` */
};

struct resident_choice_key {
    uint64_t hash;
    struct str directory, folded, code;
    const struct value *row; /* of the item */
    bool is_leaving;
};
struct resident_rate_row {
    struct currency currency;
    int64_t day, rate_micro;
};
/* What is found by other keys than the id; made anew with every set. */
struct resident_index {
    struct arena arena;
    struct resident_choice_key *choices; /* open addressing, mask + 1 places */
    size_t choice_mask;
    bool has_leaving;
    struct resident_rate_row *rates; /* by currency and day */
    size_t rate_count;
};

struct resident_names;

struct resident {
    atomic_int references;
    int64_t number; /* each published set has a higher one */
    pthread_mutex_t mu;
    struct schema *schema;
    struct resident_table **tables; /* by entity position in `schema`, NULL = not resident; heap */
    struct resident_table *translated; /* guarded by mu */
    struct resident_names *names;      /* guarded by mu; each immutable once made */
    struct resident_index index;
};

/* The table for this snapshot's entity, NULL when it is not resident. */
const struct resident_table *resident_table_for(const struct resident *r,
                                                const struct schema_entity *e);
const struct resident_table *resident_table_named(const struct resident *r, const char *entity);
/* resident_names.c */
void resident_names_free(struct resident_names *n); /* the whole list */
crm_status resident_index_make(struct resident *r, struct err *err);

#endif
