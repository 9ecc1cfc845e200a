/* Cells as JSON, in the forms of api.md: what a field holds decides the form.
 *
 * Private to record/. Writes straight into the output; titles that are not at hand are looked up.
 */
#ifndef RECORD_JSON_OUT_H
#define RECORD_JSON_OUT_H

#include "record/read_core.h"

/* A value of field `f`; `f` NULL: by the value's type alone. `title` of a reference: ptr NULL and
 * `known` false = look it up. */
struct json_title {
    struct str text;
    bool known;
};
crm_status json_out_value(struct record_view *v, struct json_writer *out,
                          const struct schema_field *f, const struct value *value,
                          struct json_title title, struct err *err);
/* A list of items of a multi-valued field. `titles` of links, or NULL. */
crm_status json_out_items(struct record_view *v, struct json_writer *out,
                          const struct schema_field *f, const struct read_items *items,
                          const struct str *titles, struct err *err);
/* One field of a record at hand, children nested. */
crm_status json_out_field(struct read_row *row, struct json_writer *out,
                          const struct schema_field *f, struct err *err);
/* The children of a record, whole and in the order of their making. */
crm_status json_out_children(struct read_row *parent, struct json_writer *out,
                             const struct schema_field *f, struct err *err);

#endif
