/* What the survivor of a merge takes over. Private to record/. */
#ifndef RECORD_MERGE_FIELDS_H
#define RECORD_MERGE_FIELDS_H

#include "record/merge.h"

struct merge {
    struct record_view *view;
    struct changeset *changeset;
    const struct schema_entity *entity;
    int64_t into;
    int64_t ids[MERGE_MAX]; /* the others */
    size_t count, referrers;
};

/* Adds the survivor's own op, with the rights of the caller. */
crm_status merge_fields(struct merge *m, const json_t *merge, struct err_list *errors,
                        struct err *err);

#endif
