/* Roll-ups: figures over the records that refer to one. Private to record/.
 *
 * A count or a sum is kept by deltas: what one child contributes depends on its own row alone (the
 * schema stores no other roll-ups). Everything else is computed over the children anew. A roll-up
 * bumps no version and writes no log row. */
#ifndef RECORD_ROLLUPS_H
#define RECORD_ROLLUPS_H

#include "record/evaluate.h"
#include "record/plan.h"

/* Kept by deltas? */
bool rollup_is_simple(const struct schema_field *f);
/* What a row of the child entity adds to a simple roll-up: 0 when NULL or in the trash. */
crm_status rollup_part(struct row_eval *x, const struct schema_field *f,
                       const struct schema_entity *child, const struct value *row, int64_t *ret,
                       struct err *err);
/* The record that the row counts for, 0 when none (or when the reference is to another entity). */
int64_t rollup_parent(const struct schema_entity *parent, const struct schema_field *f,
                      const struct schema_entity *child, const struct value *row);
/* Over no children at all. */
crm_status rollup_nothing(struct row_eval *x, const struct schema_field *f,
                          const struct company *company, struct value *ret, struct err *err);
/* A number as the roll-up's value (and back: value.integer, of money the base amount). */
struct value rollup_value(const struct schema_field *f, const struct company *company,
                          int64_t number);
/* Over the stored children of one record, by a query. */
crm_status rollup_query(struct store_conn *c, struct arena *a, const struct schema *s,
                        const struct schema_entity *parent, const struct schema_field *f,
                        int64_t id, const struct company *company, struct value *ret,
                        struct err *err);
/* The same of many records, ids rising and 254 at most; `f` refers to its one entity (ref_entity of
 * rollup_by). Values into ret[count], in the evaluation's arena. */
enum { ROLLUP_MANY = 254 };
crm_status rollup_query_many(struct row_eval *eval, const struct schema_entity *parent,
                             const struct schema_field *f, const int64_t *ids, size_t count,
                             const struct company *company, struct value *ret, struct err *err);
/* apply: keeps every stored roll-up that the changes touch, parents in a fixed order. */
crm_status rollups_apply(struct row_eval *x, const struct record_plan *plan,
                         const struct company *company, struct err *err);

#endif
