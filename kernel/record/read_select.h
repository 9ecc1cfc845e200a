/* Which columns an answer has: from the text of `fields` to paths in the viewer's scope.
 *
 * Private to record/. Lives in the view's arena. */
#ifndef RECORD_READ_SELECT_H
#define RECORD_READ_SELECT_H

#include "record/read_core.h"

enum { READ_COLUMNS_MAX = 400 };

struct read_select {
    struct schema_path *paths;
    struct str *keys; /* as asked for: the JSON key */
    size_t count;
    bool everything; /* `fields` was empty: all visible ones, children nested */
};

/* "name, organization.name"; empty = all visible fields. `id` and `version` are always there and
 * are not columns of their own. An unknown and a hidden name alike: CRM_INVALID, unknown_field. */
crm_status read_select_parse(struct record_view *v, const struct schema_entity *e,
                             struct str fields, struct read_select *ret, struct err *err);
/* What must be loaded of the record itself, with version and trash. */
void read_select_slots(const struct schema_entity *e, const struct read_select *select,
                       struct slot_set *slots);
/* One column of it; null where the path meets what the viewer may not see. */
crm_status read_path_write(struct read_row *row, struct json_writer *out,
                           const struct schema_path *p, struct err *err);
/* {"id","version",columns...} of a record at hand that the viewer may read. */
crm_status read_record_write(struct read_row *row, const struct read_select *select,
                             struct json_writer *out, struct err *err);
static inline const struct schema_field *read_last(const struct schema_path *p) {
    return p->field[p->length - 1];
}
static inline const struct schema_entity *read_last_entity(const struct schema_path *p) {
    return p->entity[p->length - 1];
}

#endif
