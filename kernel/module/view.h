/* What stands behind struct crm_view: a reading view of the record layer, borrowed from a request
 * or made for a job, a command or a module's own work, with the actor and the snapshot that go with
 * it.
 *
 * Private to kernel/module. Threads: one at a time. */
#ifndef MODULE_VIEW_H
#define MODULE_VIEW_H

#include "module/bridge.h"
#include "module/kernel.h"

struct crm_view {
    struct kernel *kernel;
    struct record_view *record; /* what everything reads with */
    struct str cause;           /* of changesets, unless they say so: "job 12" */
    int32_t depth;              /* causality depth of them */
    /* Of a view that is not borrowed: */
    struct http_request *request; /* of a borrowed one */
    bool is_own, owns_conn, has_record;
    struct store_conn *conn;
    struct schema *schema;
    struct access access;
    struct arena life;  /* as long as the view */
    struct arena arena; /* until refreshed */
    struct record_view own;
};

struct view_source {
    struct store_conn *conn; /* borrowed; NULL: the view opens one of its own */
    struct actor actor;      /* copied */
    struct schema *schema;   /* NULL: the present one; a reference is taken */
    struct str cause;
    int32_t depth;
};
crm_status view_new(struct kernel *k, const struct view_source *source, struct crm_view **ret,
                    struct err *err);
crm_status view_refresh(struct crm_view *v, struct err *err);
/* Around a wait: a view of one's own reads nothing meanwhile, and keeps no snapshot of the data
 * that others would have to go round. */
void view_pause(struct crm_view *v);
crm_status view_resume(struct crm_view *v, struct err *err);
void view_free(struct crm_view *v);
/* A view over a request's, in the request's arena. NULL on exhaustion, and when the database
 * refused. */
struct crm_view *view_borrow(struct kernel *k, struct http_request *request);
static inline struct engine *view_engine(const struct crm_view *v) { return v->record->engine; }
static inline const struct schema *view_schema(const struct crm_view *v) {
    return v->record->access->schema;
}

#endif
