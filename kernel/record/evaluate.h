/* Expressions on records at hand: paths through references, lists, formulas that are not stored.
 * Private to record/.
 *
 * Rows come, in this order, from the plan in the making (overlay), from resident data, from the
 * database - each read once and kept. Reading is unrestricted: rights are asked by whoever asks for
 * a record, not by rules about it. Trashed rows count as they are. Threads: the connection's. */
#ifndef RECORD_EVALUATE_H
#define RECORD_EVALUATE_H

#include "record/engine_state.h"

struct row_entry;

struct row_eval {
    struct store_conn *conn;
    const struct schema *schema;
    const struct resident *resident;
    struct arena *arena; /* rows, items and texts made on the way */
    /* The plan's view: true when it knows the record (*ret_row NULL: purged). NULL = no plan. */
    bool (*overlay)(void *ctx, const struct schema_entity *e, int64_t id,
                    const struct value **ret_row);
    bool (*overlay_items)(void *ctx, const struct schema_entity *e, int64_t id,
                          const struct schema_field *f, const struct store_item **ret_items,
                          size_t *ret_count);
    void *ctx;
    struct expr_env env;        /* filled by row_eval_init */
    struct row_entry **entries; /* hash of rows read, arena */
    size_t entry_count, entry_mask;
    /* The record under evaluation. */
    const struct schema_entity *entity;
    const struct value *row;
    int depth;
};

/* conn, schema, resident and arena are set by the caller; `env` is copied, its getter is ours. */
crm_status row_eval_init(struct row_eval *x, const struct expr_env *env, struct err *err);
/* The value of a row expression on a row of `e`. */
crm_status row_eval_run(struct row_eval *x, const struct schema_entity *e, const struct value *row,
                        const struct expr *expression, struct value *ret, struct err *err);
crm_status row_eval_truth(struct row_eval *x, const struct schema_entity *e,
                          const struct value *row, const struct expr *condition, bool *ret,
                          struct err *err);
/* Environment set on a record, for access_allows. Valid until the next call on `x`. */
const struct expr_env *row_eval_env(struct row_eval *x, const struct schema_entity *e,
                                    const struct value *row);
/* A row by id, NULL when missing; living and trashed. */
crm_status row_eval_row(struct row_eval *x, const struct schema_entity *e, int64_t id,
                        const struct value **ret_row, struct err *err);
/* As stored: past the plan's view. */
crm_status row_eval_stored(struct row_eval *x, const struct schema_entity *e, int64_t id,
                           const struct value **ret_row, struct err *err);
/* Reads many at once, so that the calls above find them. */
crm_status row_eval_fetch(struct row_eval *x, const struct schema_entity *e, const int64_t *ids,
                          size_t count, struct err *err);
crm_status row_eval_items(struct row_eval *x, const struct schema_entity *e, int64_t id,
                          const struct schema_field *f, const struct store_item **ret_items,
                          size_t *ret_count, struct err *err);

#endif
