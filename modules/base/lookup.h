/* A look-up table from folded texts to record ids, so that each name in a file is searched once.
 *
 * Open addressing; keys are copied into the table's own memory. Threads: one at a time. */
#ifndef MODULES_BASE_LOOKUP_H
#define MODULES_BASE_LOOKUP_H

#include <crm/value.h>

enum lookup_state { LOOKUP_NEW, LOOKUP_FOUND, LOOKUP_NONE, LOOKUP_MANY };

struct lookup_entry {
    struct crm_str key;  /* owned */
    struct crm_str text; /* owned: as first written, for records made from it */
    int64_t id;
    enum lookup_state state;
};

struct lookup {
    struct lookup_entry *entries; /* owned */
    size_t capacity, count;
};

void lookup_fini(struct lookup *l);
/* The entry of `key`, made with state NEW when it is not there; NULL when memory is out. Entries
 * move when the table grows: keep none across calls. */
struct lookup_entry *lookup_enter(struct lookup *l, struct crm_str key, struct crm_str text);
struct lookup_entry *lookup_find(const struct lookup *l, struct crm_str key);
/* Calls for every entry of a state. */
void lookup_each(struct lookup *l, enum lookup_state state,
                 void (*fn)(void *ctx, struct lookup_entry *e), void *ctx);

#endif
