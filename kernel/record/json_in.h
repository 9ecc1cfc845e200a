/* JSON in: one value of one field, in the forms of api.md. Private to record/.
 *
 * Texts are copied into the changeset's arena. Problems are CRM_REFUSED with the field named. */
#ifndef RECORD_JSON_IN_H
#define RECORD_JSON_IN_H

#include "record/read_core.h"

#include "record/changeset.h"

struct json_in {
    struct record_view *view;
    struct changeset *changeset;
    const struct record_names *names; /* or NULL */
    struct err_list *errors;
};

/* Scalar fields; null empties. */
crm_status json_in_value(struct json_in *in, const struct schema_field *f, const json_t *json,
                         struct value *ret, struct err *err);
/* A reference to a record of `e` (NULL: any, then the JSON says which). */
crm_status json_in_reference(struct json_in *in, const struct schema_entity *e, const json_t *json,
                             struct value *ret, struct err *err);
/* Items of a multi-valued field from an array. */
crm_status json_in_items(struct json_in *in, const struct schema_field *f, const json_t *array,
                         struct store_item **ret, size_t *ret_count, struct err *err);
/* Appends a copy of `err` to the list; false when memory is out. */
bool json_in_note(struct arena *a, struct err_list *errors, const struct err *err);

#endif
