/* Images: before and after of changed fields as compact bytes keyed by field id. Reading them is in
 * log.h. Threads: any. */
#ifndef RECORD_IMAGE_H
#define RECORD_IMAGE_H

#include "record/log.h"
#include "record/plan.h"

enum { IMAGE_MAX_BYTES = 16 * 1024 * 1024, IMAGE_ITEMS_MAX = 100000 };

/* Appends the images of one change: nothing for a create (the record is there), changed fields for
 * an update, trash and restore, the whole row with its items for a purge. */
void image_encode(const struct record_change *change, struct buf *out);
/* Whether a field's changes stand in images: bookkeeping, roll-ups and children do not. */
bool image_holds(const struct schema_field *f);

#endif
