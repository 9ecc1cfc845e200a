/* Views of their own: a reader connection, an open read transaction, an actor. */
#include "module/view.h"

#include <stdlib.h>

#include "module/messages.h"

enum { VIEW_ARENA_BYTES = 256 * 1024 * 1024, VIEW_LIFE_BYTES = 16 * 1024 * 1024 };

static crm_status keep_actor(struct crm_view *v, const struct actor *from, struct err *err) {
    struct actor actor = *from;
    actor.login = arena_str(&v->life, from->login);
    actor.role = arena_str(&v->life, from->role);
    actor.zone = arena_str(&v->life, from->zone);
    struct value *tree = ARENA_ARRAY(&v->life, from->tree_count + 1, struct value);
    if (!actor.login.ptr || !actor.role.ptr || !actor.zone.ptr || !tree) return err_no_memory(err);
    if (from->tree_count) memcpy(tree, from->tree, from->tree_count * sizeof *tree);
    actor.tree = tree;
    access_init(&v->access, v->schema, &actor);
    return CRM_OK;
}

static crm_status begin(struct crm_view *v, struct err *err) {
    crm_status status =
        record_view_init(&v->own, kernel_engine(v->kernel), v->conn, &v->access, &v->arena, err);
    if (status != CRM_OK) return status;
    v->has_record = true;
    store_conn_set_company(v->conn, &v->own.company->store);
    return store_begin(v->conn, err);
}

static void end(struct crm_view *v) {
    if (v->conn && store_in_transaction(v->conn)) store_rollback(v->conn);
    if (v->has_record) record_view_fini(&v->own);
    v->has_record = false;
}

static crm_status open_view(struct crm_view *v, const struct view_source *source, struct err *err) {
    struct engine *engine = kernel_engine(v->kernel);
    v->schema = source->schema ? schema_ref(source->schema) : engine_schema(engine);
    v->cause = arena_str(&v->life, source->cause);
    if (!v->cause.ptr) return err_no_memory(err);
    crm_status status = keep_actor(v, &source->actor, err);
    if (status != CRM_OK) return status;
    v->conn = source->conn;
    v->owns_conn = !source->conn;
    if (v->owns_conn) status = engine_reader_open(engine, &v->conn, err);
    if (status != CRM_OK) return status;
    /* Work of this kind may take long; requests have budgets of their own. */
    store_conn_set_budget(v->conn, 0);
    return begin(v, err);
}

crm_status view_new(struct kernel *k, const struct view_source *source, struct crm_view **ret,
                    struct err *err) {
    struct crm_view *v = calloc(1, sizeof *v);
    if (!v) return err_no_memory(err);
    v->kernel = k;
    v->is_own = true;
    v->record = &v->own;
    v->depth = source->depth;
    arena_init(&v->life, VIEW_LIFE_BYTES);
    arena_init(&v->arena, VIEW_ARENA_BYTES);
    crm_status status = open_view(v, source, err);
    if (status != CRM_OK) {
        view_free(v);
        return status;
    }
    *ret = v;
    return CRM_OK;
}

/* The server opens its transaction anew when something was committed since. */
static crm_status refresh_borrowed(struct crm_view *v, struct err *err) {
    struct record_view *record = v->record;
    struct store_conn *reader = http_reader(v->request);
    if (!reader) return err_set(err, CRM_UNAVAILABLE, &module_not_open, NULL);
    const struct access *access = record->access;
    struct arena *arena = record->arena;
    record_view_fini(record);
    return record_view_init(record, kernel_engine(v->kernel), reader, access, arena, err);
}

crm_status view_refresh(struct crm_view *v, struct err *err) {
    if (!v->is_own) return refresh_borrowed(v, err);
    end(v);
    arena_reset(&v->arena);
    return begin(v, err);
}

void view_pause(struct crm_view *v) {
    if (v->is_own && v->owns_conn && store_in_transaction(v->conn)) store_rollback(v->conn);
}

crm_status view_resume(struct crm_view *v, struct err *err) {
    if (!v->is_own || !v->owns_conn || store_in_transaction(v->conn)) return CRM_OK;
    return store_begin(v->conn, err);
}

void view_free(struct crm_view *v) {
    if (!v) return;
    end(v);
    if (v->owns_conn && v->conn) store_conn_close(v->conn);
    if (v->schema) schema_unref(v->schema);
    arena_fini(&v->life);
    arena_fini(&v->arena);
    free(v);
}

struct crm_view *view_borrow(struct kernel *k, struct http_request *request) {
    struct record_view *record = http_view(request);
    struct crm_view *v = record ? ARENA_NEW(record->arena, struct crm_view) : NULL;
    if (!v) return NULL;
    v->kernel = k;
    v->record = record;
    v->request = request;
    return v;
}
