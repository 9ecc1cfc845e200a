/* A rewinding under way. Private to record/rewind*.c. */
#ifndef RECORD_REWIND_STATE_H
#define RECORD_REWIND_STATE_H

#include "record/evaluate.h"
#include "record/log.h"
#include "record/rewind.h"

enum { REWIND_PAGE = 2000 };

/* A record of an entity. */
struct rewind_place {
    int32_t entity;
    int64_t id;
};
struct rewind_places {
    struct rewind_place *items;
    size_t count, capacity;
};
/* A changeset that is later than the moment. */
struct rewind_late {
    int64_t id, part_of, reverts, changes;
};

struct rewind {
    struct engine *engine;
    struct store_conn *conn;
    struct schema *schema;
    const struct resident *resident;
    const struct company *company;
    const struct store_progress *progress;
    struct arena arena; /* lists */
    struct arena page;  /* of the batch at hand */
    struct row_eval eval;
    struct rewind_late *late; /* in the order of the log */
    size_t late_count, late_capacity;
    int64_t *ids; /* theirs, sorted */
    struct rewind_places touched, figures;
    int64_t users; /* entity id of people; 0: none */
    struct rewind_facts facts;
    bool no_memory;
};

bool rewind_is_late(const struct rewind *r, int64_t changeset);
crm_status rewind_add(struct rewind *r, struct rewind_places *to, int32_t entity, int64_t id,
                      struct err *err);
/* Sorted, each once. */
void rewind_sort(struct rewind_places *p);

/* rewind_log.c: what is late, and taking it out of the log and of what follows the log. */
crm_status rewind_gather(struct rewind *r, struct err *err);
crm_status rewind_cut(struct rewind *r, struct err *err);
/* rewind_moves.c: moves through stages that are later, and marks of late undos. */
crm_status rewind_moves(struct rewind *r, struct err *err);

#endif
