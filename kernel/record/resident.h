/* Resident data: all living rows of the small reference entities (users, teams, stages, directory
 * items, currencies and rates ...) as one immutable set in memory, replaced after a commit that
 * touched them. Titles, stage kinds, rates, team trees and choice checks come from here without a
 * query.
 *
 * A set is counted; a request takes one and keeps it. Threads: any. */
#ifndef RECORD_RESIDENT_H
#define RECORD_RESIDENT_H

#include "record/engine.h"

struct resident; /* one immutable set */
const struct resident *engine_resident_ref(struct engine *e);
void engine_resident_unref(struct engine *e, const struct resident *r);

/* NULL when the entity is not resident or the record is missing; row by slot, borrowed. */
const struct value *resident_row(const struct resident *r, const struct schema_entity *e,
                                 int64_t id);
int64_t resident_number(const struct resident *r); /* which set it is */
size_t resident_count(const struct resident *r, const struct schema_entity *e);
const struct value *resident_at(const struct resident *r, const struct schema_entity *e,
                                size_t position); /* by id order */
/* Rows whose text field equals `key` after fold_key; returns how many, first into *ret_id. */
size_t resident_find(const struct resident *r, const struct schema_entity *e, int32_t slot,
                     struct str key, int64_t *ret_id);
struct str resident_title(const struct resident *r, const struct schema_entity *e, int64_t id);
/* The name of the role that a user's field `role` holds; empty = none. Borrowed from the set. */
struct str resident_role(const struct resident *r, const struct schema *s, struct value role);
/* Choice: does the directory hold this code (folded compare finds the stored spelling)? */
bool resident_choice(const struct resident *r, struct str directory, struct str text,
                     struct str *ret_code);
/* The item that the value is of; NULL: none. */
const struct value *resident_choice_row(const struct resident *r, struct str directory,
                                        struct str code);
/* Is any value on its way out (lists.h)? */
bool resident_leaves(const struct resident *r);
/* Rate of a currency in the base currency on a day: the latest on or before; false = none. */
bool resident_rate(const struct resident *r, struct currency from, struct currency base,
                   int64_t day, int64_t *ret_rate_micro);

#endif
