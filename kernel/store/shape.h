/* SQL texts of record statements by shape: kind of statement, entity and generation, slots. Private
 * to store/. Threads: the connection's. */
#ifndef STORE_SHAPE_H
#define STORE_SHAPE_H

#include "store/columns.h"
#include "store/texts.h"

enum shape_kind { SHAPE_INSERT, SHAPE_UPDATE, SHAPE_DELETE, SHAPE_GET, SHAPE_EACH };

struct shape {
    enum shape_kind kind;
    const struct schema_entity *entity;
    const struct slot_set *slots; /* NULL = all */
    int variant;
};

/* Fills q->text and q->hash; the builder emits placeholders with sql_param_bare in the order in
 * which the caller binds. Texts of a generation 0 are built into the arena each time. */
typedef void (*shape_build)(struct sql *s, const struct shape *shape);
crm_status shape_text(struct store_conn *c, const struct shape *shape, shape_build build,
                      struct arena *a, struct statement *q, struct err *err);

static inline bool shape_has(const struct shape *shape, const struct schema_field *f) {
    return columns_stored(f) && (!shape->slots || slot_has(shape->slots, f->slot));
}

#endif
