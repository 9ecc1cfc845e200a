/* Merging: several records of one entity become one of them.
 *
 * Everything that refers to the others - children, references, links, comments, files, activities -
 * refers to the one that stays, whoever may change it: who may merge the records may do that. Lists
 * are united, what is empty is filled, what the caller chose is taken. The others go to the trash;
 * the changeset's cause names the one that stays, which is how a link to them still finds it. One
 * changeset, all or nothing; its undo puts everything back. Threads: the view's. */
#ifndef RECORD_MERGE_H
#define RECORD_MERGE_H

#include "record/read.h"

enum { MERGE_MAX = 50, MERGE_REFERRERS_MAX = 9000 };

/* {"ids":[...],"merge":{"into":"id","from":{"field":"id"},"set":{...}}}. The view is within a
 * transaction. *ret_into is the record that stays. */
crm_status record_merge_fill(struct record_view *view, struct changeset *c,
                             const struct schema_entity *e, const json_t *body,
                             struct err_list *errors, int64_t *ret_into, struct err *err);

/* The record that a cause names, 0: it is of no merge. */
int64_t record_merge_of(struct str cause);
/* Where a trashed record went by a merge, through later merges too; 0: nowhere. */
crm_status record_merged_into(struct store_conn *c, const struct schema *s,
                              const struct schema_entity *e, int64_t id, struct arena *a,
                              int64_t *ret, struct err *err);

#endif
