/* What a handler of reports works with: the caller's view, the catalog of its definitions, and the
 * report that the caller means. Threads: the handler's lane. */
#ifndef MODULES_REPORTS_ASKED_H
#define MODULES_REPORTS_ASKED_H

#include "saved.h"

/* The catalog is given back at the end. */
struct asked {
    struct catalogs *all;
    const struct crm *crm;
    struct crm_request *request;
    struct crm_view *view; /* the request's */
    struct catalog *catalog;
};

/* `ctx`: struct catalogs. */
crm_status asked_open(void *ctx, struct crm_request *r, struct asked *ret, struct crm_error *err);
void asked_close(struct asked *q);
static inline struct viewer asked_viewer(const struct asked *q) {
    return (struct viewer){q->crm, q->view, q->catalog};
}
/* An object; *ret NULL when there is none. Lives as long as the request. */
crm_status asked_body(const struct asked *q, const struct crm_json_value **ret,
                      struct crm_error *err);
/* By name one of the definitions, by id one that people made. CRM_NOT_FOUND: none of that name;
 * whether the caller may see what it rests on is asked by visible_report. */
crm_status asked_find(const struct asked *q, struct crm_str name, struct report *ret,
                      struct crm_error *err);
/* The same as the viewer sees it; "new" is the body's own `definition`, which says itself what in
 * it is not for this viewer. */
crm_status asked_report(const struct asked *q, struct crm_str name,
                        const struct crm_json_value *body, struct report *ret,
                        struct crm_error *err);
/* Digits only: the id of a record. */
bool asked_is_id(struct crm_str name);

#endif
