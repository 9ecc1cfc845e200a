/* What an import remembers between pieces and across kill -9: how far it is, what was counted, the
 * parent changeset, references to its own entity that wait for the last row. Threads: the import's.
 */
#ifndef MODULES_BASE_IMPORT_STATE_H
#define MODULES_BASE_IMPORT_STATE_H

#include "import.h"

struct import_link { /* a reference into the imported entity, resolved after the last row */
    int64_t record;
    size_t column;    /* position in the plan's columns */
    bool was_skipped; /* the row itself changed nothing */
    uint64_t line;
    struct crm_str text; /* owned */
    struct import_link *next;
};

struct import_state {
    int64_t parent;
    uint64_t rows_done; /* of the file, blank and rejected ones too, without the header */
    uint64_t pieces_done;
    int64_t piece_rows; /* of each piece but the last: what is met again is cut as it was */
    struct import_result counts;
    struct import_link *links, **links_end; /* owned list */
    bool resumed;
};

void import_state_init(struct import_state *s);
void import_state_fini(struct import_state *s);
/* Reads the checkpoint of import `id`; a fresh state when there is none. */
crm_status import_state_load(const struct crm *crm, int64_t id, struct crm_arena *a,
                             struct import_state *ret, struct crm_error *err);
/* Durable on return: the links added since `from` go with it, so that a resumed import has them. */
crm_status import_state_save(const struct crm *crm, int64_t id, struct crm_arena *a,
                             const struct import_state *s, const struct import_link *from,
                             struct crm_error *err);
/* False when memory is out. */
bool import_state_add_link(struct import_state *s, const struct import_link *link);

#endif
