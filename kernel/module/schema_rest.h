/* Routes of the living schema. Threads: registration before the server starts. */
#ifndef MODULE_SCHEMA_REST_H
#define MODULE_SCHEMA_REST_H

#include "base/json.h"
#include "http/server.h"
#include "store/migration.h"

struct kernel;

crm_status schema_rest_register(struct kernel *k, struct http_server *s, struct err *err);
crm_status schema_rest_permitted(struct http_request *r, struct err *err);
/* A member of a body that is absent (empty), or has the type. `body` NULL: absent. */
crm_status schema_rest_text(const json_t *body, const char *key, struct str *ret, struct err *err);
crm_status schema_rest_flag(const json_t *body, const char *key, bool *ret, struct err *err);
/* schema_look.c: handlers of GET, and the end of a step. */
crm_status schema_get_roles(struct http_request *r, void *ctx, struct err *err);
crm_status schema_get_entities(struct http_request *r, void *ctx, struct err *err);
crm_status schema_get_entity(struct http_request *r, void *ctx, struct err *err);
crm_status schema_get_definitions(struct http_request *r, void *ctx, struct err *err);
crm_status schema_get_migrations(struct http_request *r, void *ctx, struct err *err);
crm_status schema_delete_migration(struct http_request *r, void *ctx, struct err *err);
/* schema_changes.c: what waits for approval. */
crm_status schema_get_changes(struct http_request *r, void *ctx, struct err *err);
crm_status schema_approve_change(struct http_request *r, void *ctx, struct err *err);
crm_status schema_refuse_change(struct http_request *r, void *ctx, struct err *err);
/* `waiting`: the change that the plan is left to; 0: none. */
struct schema_plan;
crm_status schema_put_plan(struct http_request *r, const struct schema_plan *plan, int64_t waiting,
                           struct err *err);
/* A step that is planned, or was done, as the routes and the command line show it. */
struct rebuild_estimate;
struct schema_step;
void schema_step_json(struct json_writer *w, const struct schema_step *step,
                      const struct rebuild_estimate *estimate, enum language language);
void schema_migration_json(struct json_writer *w, const struct store_migration *m);

#endif
