/* Cells as JSON, in the forms of api.md: what a field holds decides the form.
 *
 * Private to record/. Writes straight into the output; titles that are not at hand are looked up.
 */
#ifndef RECORD_JSON_OUT_H
#define RECORD_JSON_OUT_H

#include "record/read_core.h"

/* One field of a record at hand, children nested. */
crm_status json_out_field(struct read_row *row, struct json_writer *out,
                          const struct schema_field *f, struct err *err);
/* The children of a record, whole and in the order of their making. */
crm_status json_out_children(struct read_row *parent, struct json_writer *out,
                             const struct schema_field *f, struct err *err);

#endif
