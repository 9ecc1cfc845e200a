/* A record as it was: reckoned back, then shown under the viewer's present right on the past row.
 */
#include "record/past.h"

#include "record/engine_state.h"
#include "record/json_out.h"
#include "record/messages.h"
#include "record/read_select.h"

crm_status as_of_row(struct record_view *v, const struct schema_entity *e, int64_t id, int64_t seq,
                     struct past *ret, struct read_row *ret_row, struct err *err) {
    crm_status status = past_load(v->conn, e, id, v->arena, ret, err);
    ret->resident = v->resident;
    ret->company = v->company;
    if (status == CRM_OK) status = past_back_to(v->conn, ret, seq, INT64_MAX, v->arena, err);
    if (status == CRM_OK) status = past_updated(v->conn, ret, seq, v->arena, err);
    *ret_row = (struct read_row){.view = v,
                                 .entity = e,
                                 .id = id,
                                 .row = ret->row,
                                 .items = ret->items,
                                 .viewer = true,
                                 .in_past = true,
                                 .as_of_seq = seq};
    return status;
}

/* The right of today on the record of then; what was not there or may not be seen is not found. */
crm_status as_of_allowed(const struct read_row *row, const struct past *p, bool *ret,
                         struct err *err) {
    *ret = false;
    return p->exists ? read_row_allowed(row, SCHEMA_ACTION_READ, ret, err) : CRM_OK;
}

static crm_status run(struct record_view *v, const struct schema_entity *e, int64_t id,
                      int64_t at_ms, struct str fields, struct json_writer *out, struct err *err) {
    struct read_select select;
    struct past past;
    struct read_row row;
    bool allowed = false;
    int64_t seq = 0;
    if (at_ms > v->now_ms) return err_set(err, CRM_INVALID, &record_as_of_later, NULL);
    if (!access_rows(v->access, SCHEMA_ACTION_READ, e))
        return err_set(err, CRM_FORBIDDEN, &record_action_forbidden, "read", NULL);
    crm_status status = read_select_parse(v, e, fields, &select, err);
    if (status == CRM_OK) status = past_seq_at(v->conn, at_ms, &seq, err);
    if (status == CRM_OK) status = as_of_row(v, e, id, seq, &past, &row, err);
    if (status == CRM_OK) status = as_of_allowed(&row, &past, &allowed, err);
    if (status != CRM_OK) return status;
    if (!allowed) return err_set(err, CRM_NOT_FOUND, &record_not_found, NULL);
    return read_record_write(&row, &select, out, err);
}

crm_status record_as_of_json(struct record_view *v, const struct schema_entity *e, int64_t id,
                             int64_t at_ms, struct str fields, struct json_writer *out,
                             struct err *err) {
    bool began = false;
    crm_status status = read_begin(v, &began, err);
    if (status != CRM_OK) return status;
    status = run(v, e, id, at_ms, fields, out, err);
    read_end(v, began);
    return status;
}
