/* One change of the log as JSON, for history and timeline. Private to record/. */
#ifndef RECORD_CHANGES_H
#define RECORD_CHANGES_H

#include "record/past.h"
#include "record/read.h"

/* {"seq","changeset","at","actor","door","cause","note","op","version","fields":{name:{"before","after"}}}.
 * into the object at hand. `only` (NULL = all): the fields that are asked for. *ret_shown false and
 * nothing written: none of what was updated is asked for and visible to the viewer. */
crm_status change_put(struct record_view *v, struct json_writer *out, const struct schema_entity *e,
                      const struct past_change *change, const struct read_select *only,
                      bool *ret_shown, struct err *err);

/* The key "fields" of it by itself. */
crm_status change_put_fields(struct record_view *v, struct json_writer *out,
                             const struct schema_entity *e, const struct image_field *fields,
                             size_t count, struct err *err);

/* The same, and whose changeset it was. */
struct change_wanted {
    const struct schema_entity *entity;
    const struct past_change *change;
    const struct read_select *only; /* NULL: all fields */
};
crm_status change_put_of(struct record_view *v, struct json_writer *out,
                         const struct change_wanted *wanted, bool *ret_shown,
                         struct log_changeset *ret_of, struct err *err);

#endif
