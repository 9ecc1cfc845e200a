/* A reference from text: see text_ref.c. Private to record/. */
#ifndef RECORD_TEXT_VALUE_H
#define RECORD_TEXT_VALUE_H

#include "record/read_core.h"

crm_status text_reference(struct record_view *v, const struct schema_entity *e, struct str text,
                          const struct record_text_options *o, int64_t *ret, struct err *err);

#endif
