/* The changes of one field of a record, each with what the caller has to say about its changeset.
 * See read.h. */
#include "record/changes.h"
#include "record/read_list.h"
#include "record/read_select.h"

enum { WHY_LIMIT = 20, WHY_LIMIT_MAX = 200, WHY_BATCH = 50 };

struct why {
    struct record_view *view;
    const struct schema_entity *entity;
    struct read_select only; /* the field */
    int64_t record;
    const struct record_remark *remark;
    struct json_writer *out;
};

static crm_status put_change(const struct why *w, const struct past_change *change, bool *ret_shown,
                             struct err *err) {
    const struct change_wanted wanted = {w->entity, change, &w->only};
    struct json_writer before = *w->out;
    size_t mark = w->out->out->len;
    struct log_changeset of;
    json_object_open(w->out);
    crm_status status = change_put_of(w->view, w->out, &wanted, ret_shown, &of, err);
    if (status == CRM_OK && *ret_shown) status = w->remark->fn(w->remark->ctx, &of, w->out, err);
    json_object_shut(w->out);
    if (status == CRM_OK && !*ret_shown) {
        w->out->out->len = mark;
        *w->out = before;
    }
    return status;
}

static crm_status put_changes(const struct why *w, int64_t limit, struct err *err) {
    int64_t seq = INT64_MAX, position = INT64_MAX;
    for (int64_t written = 0;;) {
        struct past_change *list = NULL;
        size_t count = 0;
        crm_status status = past_changes(w->view->conn, w->entity->id, w->record, seq, position,
                                         WHY_BATCH, w->view->arena, &list, &count, err);
        for (size_t i = 0; status == CRM_OK && i < count; i++) {
            bool shown = false;
            if (written == limit) return CRM_OK;
            status = put_change(w, &list[i], &shown, err);
            written += shown;
            seq = list[i].seq;
            position = list[i].position - 1;
        }
        if (status != CRM_OK || count < WHY_BATCH) return status;
    }
}

crm_status record_why_json(struct record_view *v, const struct record_why *about,
                           const struct record_remark *remark, struct json_writer *out,
                           struct err *err) {
    struct slot_set slots = {0};
    struct read_row row;
    bool began = false;
    struct why w = {
        .view = v, .entity = about->entity, .record = about->id, .remark = remark, .out = out};
    slot_add(&slots, 0);
    crm_status status = read_limit_check(about->limit, WHY_LIMIT_MAX, err);
    if (status == CRM_OK)
        status = read_select_parse(v, about->entity, about->field->name, &w.only, err);
    if (status == CRM_OK) status = read_begin(v, &began, err);
    if (status != CRM_OK) return status;
    status = read_row_find(v, about->entity, about->id, &slots, &row, err);
    if (status == CRM_OK) {
        json_object_open(out);
        json_key_lit(out, "field");
        json_text(out, about->field->name);
        json_key_lit(out, "changes");
        json_array_open(out);
        status = put_changes(&w, about->limit ? about->limit : WHY_LIMIT, err);
        json_array_shut(out);
        json_object_shut(out);
    }
    read_end(v, began);
    return status;
}
