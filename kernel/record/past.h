/* The past of one record, reckoned back from its present row and the images of the log.
 *
 * What no image holds (roll-ups) is nil in the past. Everything lives in the given arena. Threads:
 * the connection's. */
#ifndef RECORD_PAST_H
#define RECORD_PAST_H

#include "record/log.h"
#include "record/read_core.h"

struct past {
    const struct schema_entity *entity;
    int64_t id;
    bool exists;              /* there is a row, living or in the trash */
    struct value *row;        /* by slot; all nil when it does not exist */
    struct read_items *items; /* by slot; `known` where an image told, else as at present */
    bool moved;               /* something was reverted: the row is not the present one */
    /* For values from before a change of type; NULL: fewer of them convert. Set after past_load. */
    const struct resident *resident;
    const struct company *company;
};

/* The present, also in the trash: all columns of the record, or those of `slots` and its version.
 */
crm_status past_load(struct store_conn *c, const struct schema_entity *e, int64_t id,
                     struct arena *a, struct past *ret, struct err *err);
crm_status past_load_slots(struct store_conn *c, const struct schema_entity *e, int64_t id,
                           const struct slot_set *slots, struct arena *a, struct past *ret,
                           struct err *err);
/* Takes back one change of this record: the row as it was before it. */
crm_status past_revert(struct past *p, enum record_verb verb, int64_t version,
                       const struct image_field *fields, size_t count, struct arena *a,
                       struct err *err);
/* Takes back, newest first, all changes after `position` of `seq` (INT64_MAX: all after that seq).
 */
crm_status past_back_to(struct store_conn *c, struct past *p, int64_t seq, int64_t position,
                        struct arena *a, struct err *err);
/* The record as this change of it left it; nothing is asked where that is the present. */
crm_status past_back_to_change(struct store_conn *c, struct past *p,
                               const struct log_change *change, struct arena *a, struct err *err);
/* Who changed it last, up to changeset `seq`, and when; where something was taken back. */
crm_status past_updated(struct store_conn *c, struct past *p, int64_t seq, struct arena *a,
                        struct err *err);
/* The last changeset at or before a moment; 0 when there is none. */
crm_status past_seq_at(struct store_conn *c, int64_t at_ms, int64_t *ret_seq, struct err *err);

/* Changes of one record from (seq, position) backwards, that one included; the log's rows as they
 * are. */
struct past_change {
    int64_t record, seq, position, version;
    enum record_verb verb;
    struct str images; /* in the arena */
};
crm_status past_changes(struct store_conn *c, int32_t entity, int64_t record, int64_t seq,
                        int64_t position, size_t limit, struct arena *a, struct past_change **ret,
                        size_t *ret_count, struct err *err);
/* A changeset by its number; false when the log has none. */
crm_status past_changeset(struct store_conn *c, int64_t seq, struct arena *a,
                          struct log_changeset *ret, bool *ret_found, struct err *err);

/* For reading: the record after changeset `seq`, with who changed it last before. */
crm_status as_of_row(struct record_view *v, const struct schema_entity *e, int64_t id, int64_t seq,
                     struct past *ret, struct read_row *ret_row, struct err *err);
/* Records of an entity at a moment, in the order of their ids: those that the viewer may read
 * (today's right on the record of then), in the trash or not, and that fulfil `where` (may be
 * NULL). CRM_REFUSED for entities of more than 10,000 records. */
struct past_question {
    const struct schema_entity *entity;
    const struct expr *where;
    enum store_trash trash;
    int64_t at_ms;
};
struct past_rows {
    struct read_row *rows;
    size_t count;
};
crm_status as_of_rows(struct record_view *v, const struct past_question *q, struct past_rows *ret,
                      struct err *err);
/* The figures of such records; the same answer as the store gives of the present. */
crm_status as_of_figures(struct record_view *v, const struct store_figures *f, int64_t at_ms,
                         struct store_figures_result *ret, struct err *err);
/* The right of today on the record of then; false too where it did not exist. */
crm_status as_of_allowed(const struct read_row *row, const struct past *p, bool *ret,
                         struct err *err);

#endif
