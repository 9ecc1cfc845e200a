/* Rows as a JSON array, each as REST shows a record. */
#include "export_run.h"

static crm_status begin_json(struct exporting *x, struct crm_error *err) {
    (void)err;
    x->crm->base->buf_add(x->out, "[\n", 2);
    return CRM_OK;
}

static crm_status add_json_row(struct exporting *x, const struct crm_row *row,
                               struct crm_error *err) {
    const struct crm_base *base = x->crm->base;
    base->arena_reset(x->a);
    if (x->rows > 0) base->buf_add(x->out, ",\n", 2);
    struct crm_json *out = base->json_new(x->a, x->out);
    if (!out) return base->error_no_memory(err);
    base->json_object_open(out);
    base->json_key(out, CRM_STR("id"));
    base->json_id(out, row->id);
    for (size_t i = 0; i < x->field_count; i++) {
        base->json_key(out, x->paths[i]);
        x->crm->query->cell_json(x->view, x->fields[i], &row->cells[i], out);
    }
    base->json_object_shut(out);
    return CRM_OK;
}

static crm_status end_json(struct exporting *x, struct crm_error *err) {
    (void)err;
    x->crm->base->buf_add(x->out, "\n]\n", 3);
    return CRM_OK;
}

const struct export_kind export_json = {.word = "json",
                                        .content_type = "application/json",
                                        .disposition = "attachment; filename=\"export.json\"",
                                        .begin = begin_json,
                                        .row = add_json_row,
                                        .end = end_json};
