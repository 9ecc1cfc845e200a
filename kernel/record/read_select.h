/* Which columns an answer has: from the text of `fields` to paths in the viewer's scope.
 *
 * Private to record/. Lives in the view's arena. */
#ifndef RECORD_READ_SELECT_H
#define RECORD_READ_SELECT_H

#include "record/read_core.h"

/* What must be loaded of the record itself, with version and trash. */
void read_select_slots(const struct schema_entity *e, const struct read_select *select,
                       struct slot_set *slots);
/* One column of it; null where the path meets what the viewer may not see. */
crm_status read_path_write(struct read_row *row, struct json_writer *out,
                           const struct schema_path *p, struct err *err);
/* {"id","version",columns...} of a record at hand that the viewer may read. */
crm_status read_record_write(struct read_row *row, const struct read_select *select,
                             struct json_writer *out, struct err *err);
static inline const struct schema_entity *read_last_entity(const struct schema_path *p) {
    return p->entity[p->length - 1];
}

#endif
