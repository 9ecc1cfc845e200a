/* Images: before and after of changed fields as compact bytes keyed by field id. Reading them is in
 * log.h. Threads: any. */
#ifndef RECORD_IMAGE_H
#define RECORD_IMAGE_H

#include "record/log.h"
#include "record/plan.h"
#include "record/resident.h"

enum { IMAGE_MAX_BYTES = 16 * 1024 * 1024, IMAGE_ITEMS_MAX = 100000 };

/* Appends the images of one change: nothing for a create (the record is there), changed fields for
 * an update, trash and restore, the whole row with its items for a purge. */
void image_encode(const struct record_change *change, struct buf *out);
/* Images of a field whose type has changed since, as images of the field that took its values over:
 * converted, in the arena; what does not convert is nil and marked. Facts that are NULL make fewer
 * types convert. */
struct image_scope {
    struct arena *arena;
    const struct schema_entity *entity;
    const struct resident *resident;
    const struct company *company;
};
void image_today(const struct image_scope *scope, struct image_field *fields, size_t count);
/* Whether a field's changes stand in images: bookkeeping, roll-ups and children do not. */
bool image_holds(const struct schema_field *f);

#endif
