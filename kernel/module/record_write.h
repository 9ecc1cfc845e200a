/* The functions of crm.record that stand in services_write.c, services_commit.c and
 * services_find.c. Private to kernel/module. */
#ifndef MODULE_RECORD_WRITE_H
#define MODULE_RECORD_WRITE_H

#include "module/writing.h"

crm_status record_svc_find(struct crm_view *v, const struct crm_entity *entity,
                           const struct crm_field *field, const struct crm_value *values,
                           size_t count, int64_t *ret_ids, uint8_t *ret_counts,
                           struct crm_error *error);
crm_status record_svc_parent_new(struct crm_view *v, const struct crm_changeset_options *options,
                                 int64_t *ret_id, struct crm_error *err);
crm_status record_svc_changeset_new(struct crm_view *v, const struct crm_changeset_options *options,
                                    struct crm_changeset **ret, struct crm_error *err);
void record_svc_changeset_free(struct crm_changeset *c);
struct crm_op *record_svc_create(struct crm_changeset *c, const struct crm_entity *e);
struct crm_op *record_svc_update(struct crm_changeset *c, const struct crm_entity *e, int64_t id,
                                 int64_t expect_version);
struct crm_op *record_svc_trash(struct crm_changeset *c, const struct crm_entity *e, int64_t id,
                                int64_t expect_version);
struct crm_op *record_svc_restore(struct crm_changeset *c, const struct crm_entity *e, int64_t id);
struct crm_op *record_svc_purge(struct crm_changeset *c, const struct crm_entity *e, int64_t id);
int64_t record_svc_op_id(const struct crm_op *op);
void record_svc_op_source_row(struct crm_op *op, uint32_t row);
crm_status record_svc_set(struct crm_changeset *c, struct crm_op *op, const struct crm_field *f,
                          const struct crm_value *v, struct crm_error *err);
crm_status record_svc_set_items(struct crm_changeset *c, struct crm_op *op,
                                const struct crm_field *f, int32_t mode,
                                const struct crm_item *items, size_t count, struct crm_error *err);
crm_status record_svc_set_children(struct crm_changeset *c, struct crm_op *op,
                                   const struct crm_field *f, const int64_t *ids, size_t count,
                                   struct crm_op **ret_ops, struct crm_error *err);
crm_status record_svc_set_json(struct crm_changeset *c, struct crm_op *op,
                               const struct crm_json_value *object, struct crm_error *err);
crm_status record_svc_commit(struct crm_changeset *c, struct crm_commit *ret,
                             struct crm_error *err);
crm_status record_svc_commit_start(struct crm_changeset *c, struct crm_error *err);
crm_status record_svc_commit_wait(struct crm_changeset *c, struct crm_commit *ret,
                                  struct crm_error *err);
void record_svc_outcome_at(const struct crm_changeset *c, size_t position, struct crm_outcome *ret);
const struct crm_error *record_svc_error_at(const struct crm_changeset *c, size_t position);
crm_status record_svc_undo(struct crm_view *v, int64_t changeset, struct crm_undone *ret,
                           struct crm_error *err);
void record_svc_drop_last(struct crm_changeset *c);
crm_status record_svc_stage_moves(struct crm_changeset *c, struct crm_op *op,
                                  const struct crm_stage_move *moves, size_t count,
                                  struct crm_error *error);
crm_status record_svc_bulk_begin(struct crm_view *v, const struct crm_entity *e,
                                 const struct crm_bulk_options *options, struct crm_bulk **ret,
                                 struct crm_error *err);
crm_status record_svc_bulk_end(struct crm_bulk *bulk, struct crm_error *err);

#endif
