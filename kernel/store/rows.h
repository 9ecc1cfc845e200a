/* Rows of entities: records as arrays of struct value by slot, link rows, children.
 *
 * The writer's half of the store: record/apply.c decides, this file only moves values to columns
 * (money to three, references to anything to two, folded shadow columns added here). No rights, no
 * log. Threads: the connection's. */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "store/store.h"

/* A set of slots, one bit each; entities are limited to STORE_SLOTS_MAX fields. */
enum { STORE_SLOTS_MAX = 1024 };
struct slot_set {
    uint64_t bits[STORE_SLOTS_MAX / 64];
};
static inline void slot_add(struct slot_set *s, int32_t slot) {
    s->bits[slot >> 6] |= UINT64_C(1) << (slot & 63);
}
static inline bool slot_has(const struct slot_set *s, int32_t slot) {
    return s->bits[slot >> 6] >> (slot & 63) & 1;
}

/* `row` has entity->field_count values; slots of LINKS and NONE storage are ignored. */
crm_status store_record_insert(struct store_conn *c, const struct schema_entity *e,
                               const struct value *row, struct err *err);
/* Writes the slots in `changed`, when the stored version equals expect_version (0 = any).
 * *ret_found false: no such row or another version. */
crm_status store_record_update(struct store_conn *c, const struct schema_entity *e, int64_t id,
                               int64_t expect_version, const struct slot_set *changed,
                               const struct value *row, bool *ret_found, struct err *err);
/* Writes one slot of many rows that there are, whatever their versions. */
crm_status store_record_fill(struct store_conn *c, const struct schema_entity *e, int32_t slot,
                             const struct value *const *rows, size_t count, struct err *err);
crm_status store_record_delete(struct store_conn *c, const struct schema_entity *e, int64_t id,
                               struct err *err); /* for ever */
/* Adds to a stored number in place (roll-ups): nil counts as 0; of money the amount and the base
 * amount, in `base`. A missing record is no error. */
crm_status store_record_add(struct store_conn *c, const struct schema_entity *e, int64_t id,
                            int32_t slot, int64_t delta, struct currency base, struct err *err);
/* All columns of `slots` (NULL = all) of one record, trashed ones too; *ret_row NULL when missing.
 * Values are in the arena. */
crm_status store_record_get(struct store_conn *c, const struct schema_entity *e, int64_t id,
                            const struct slot_set *slots, struct arena *a, struct value **ret_row,
                            struct err *err);
/* The same in the writer's transaction, to whose end nobody else writes the row: whoever does now
 * is waited for. Of use with PostgreSQL; with SQLite nobody else writes anyway. */
crm_status store_record_hold(struct store_conn *c, const struct schema_entity *e, int64_t id,
                             const struct slot_set *slots, struct arena *a, struct value **ret_row,
                             struct err *err);
/* As store_record_get for many ids: rows[i] NULL when missing. */
crm_status store_record_get_many(struct store_conn *c, const struct schema_entity *e,
                                 const int64_t *ids, size_t count, const struct slot_set *slots,
                                 struct arena *a, struct value **rows, struct err *err);
/* Living records whose column of `slot` equals the value (folded when `folded`), up to `limit` ids.
 */
crm_status store_record_find(struct store_conn *c, const struct schema_entity *e, int32_t slot,
                             const struct value *value, bool folded, struct arena *a, size_t limit,
                             int64_t **ret_ids, size_t *ret_count, struct err *err);
/* Walks all records by id (check, backfill, resident data, export of the system). */
typedef bool (*store_record_fn)(void *ctx, const struct value *row);
crm_status store_record_each(struct store_conn *c, const struct schema_entity *e,
                             const struct slot_set *slots, int64_t after_id, int64_t limit,
                             bool with_trash, struct arena *a, store_record_fn fn, void *ctx,
                             struct err *err);
/* Records (of any age of trash) that refer to `id` through `f`. */
crm_status store_record_referrers(struct store_conn *c, const struct schema_entity *e,
                                  const struct schema_field *f, int64_t id, struct arena *a,
                                  size_t limit, int64_t **ret_ids, size_t *ret_count,
                                  struct err *err);

/* One element of a multi-valued field. Labelled: text value, label, primary. Choices: text value.
 * Links: id value and attributes (by position in field->attributes). `key` is the normalised form
 * (phone digits in E.164, folded e-mail) that search and duplicate finding use. */
struct store_item {
    struct value value;
    struct str label;
    struct str key;
    bool primary;
    const struct value *attributes;
};
crm_status store_links_get(struct store_conn *c, const struct schema_field *f, const int64_t *ids,
                           size_t count, struct arena *a,
                           struct store_item **ret_items /* [count] */,
                           size_t *ret_counts /* [count] */, struct err *err);
crm_status store_links_put(struct store_conn *c, const struct schema_field *f, int64_t id,
                           const struct store_item *items, size_t count, struct err *err);
crm_status store_links_clear(struct store_conn *c, const struct schema_field *f, int64_t id,
                             struct err *err);
/* Records whose items have this key or value, for matching on import. */
crm_status store_links_find(struct store_conn *c, const struct schema_field *f, struct str key,
                            struct arena *a, size_t limit, int64_t **ret_ids, size_t *ret_count,
                            struct err *err);

#endif
