/* The parts of list and query answers that several doors ask for. Private to record/. */
#ifndef RECORD_READ_LIST_H
#define RECORD_READ_LIST_H

#include "record/read_select.h"

crm_status read_limit_check(int64_t limit, int64_t most, struct err *err);
/* "after" of lists that page by numbers: "17.3". Absent parts are INT64_MAX; CRM_INVALID else. */
crm_status read_cursor_parse(struct str text, int64_t *ret_numbers, size_t count, struct err *err);
void read_cursor_put(struct json_writer *out, const int64_t *numbers, size_t count);

/* lists as of a moment: as_of_list.c */
crm_status record_list_as_of(struct record_view *v, const struct schema_entity *e,
                             const struct record_list_options *o, struct json_writer *out,
                             struct err *err);

#endif
