/* See asked.h. */
#include "asked.h"

#include "texts.h"

crm_status asked_open(void *ctx, struct crm_request *r, struct asked *ret, struct crm_error *err) {
    struct catalogs *all = ctx;
    *ret = (struct asked){.all = all, .crm = all->crm, .request = r};
    ret->view = all->crm->http->view(r);
    if (!ret->view) return all->crm->base->error_no_memory(err);
    return catalog_take(all, ret->view, &ret->catalog, err);
}

void asked_close(struct asked *q) {
    if (q->catalog) catalog_give(q->all, q->catalog);
}

crm_status asked_body(const struct asked *q, const struct crm_json_value **ret,
                      struct crm_error *err) {
    *ret = NULL;
    if (!q->crm->http->body(q->request).len) return CRM_OK;
    crm_status status = q->crm->http->body_json(q->request, ret, err);
    return status == CRM_OK && q->crm->base->json_type(*ret) != CRM_JSON_OBJECT
               ? SAY(q->crm, err, CRM_INVALID, body_wrong, CRM_STR("body"), CRM_STR("{...}"))
               : status;
}

bool asked_is_id(struct crm_str name) {
    bool all = name.len > 0;
    for (size_t i = 0; i < name.len; i++)
        all &= name.ptr[i] >= '0' && name.ptr[i] <= '9';
    return all;
}

crm_status asked_find(const struct asked *q, struct crm_str name, struct report *ret,
                      struct crm_error *err) {
    if (asked_is_id(name)) return saved_find(q->crm, q->view, q->catalog, name, ret, err);
    const struct report *found = catalog_report(q->catalog, name);
    if (!found) return SAY(q->crm, err, CRM_NOT_FOUND, no_report, name);
    *ret = *found;
    return CRM_OK;
}

crm_status asked_report(const struct asked *q, struct crm_str name,
                        const struct crm_json_value *body, struct report *ret,
                        struct crm_error *err) {
    const struct viewer viewer = asked_viewer(q);
    struct report found;
    if (crm_str_is(name, "new"))
        return saved_draft(q->crm, q->view, q->catalog, q->crm->base->json_get(body, "definition"),
                           ret, err);
    crm_status status = asked_find(q, name, &found, err);
    if (status != CRM_OK) return status;
    return visible_report(&viewer, &found, ret) ? CRM_OK
                                                : SAY(q->crm, err, CRM_NOT_FOUND, no_report, name);
}
