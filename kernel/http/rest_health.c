/* /healthz (the process answers), /readyz (so does the database), /metrics. Outside /api/v1. */
#include "http/connection.h"
#include "http/messages.h"
#include "http/rest.h"

static crm_status healthz(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    crm_status status = http_query_only(r, err, NULL);
    if (status != CRM_OK) return status;
    struct json_writer *w = http_json(r);
    json_object_open(w);
    json_key_lit(w, "status");
    json_cstr(w, "ok");
    json_object_shut(w);
    return CRM_OK;
}

/* On a reader: a transaction was opened to get here. */
static crm_status readyz(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    crm_status status = http_query_only(r, err, NULL);
    if (status != CRM_OK) return status;
    if (http_engine(r) && !http_reader(r))
        return err_set(err, CRM_UNAVAILABLE, &http_stopping, NULL);
    struct json_writer *w = http_json(r);
    json_object_open(w);
    json_key_lit(w, "status");
    json_cstr(w, "ready");
    if (http_schema(r)) {
        json_key_lit(w, "generation");
        json_int64(w, http_schema(r)->generation);
    }
    if (http_engine(r)) {
        json_key_lit(w, "left_out"); /* names are for those who sign in */
        json_int64(w, (int64_t)atomic_load(&http_server_of(r)->extensions_left_out));
        json_key_lit(w, "node");
        json_int64(w, engine_node(http_engine(r)));
        json_key_lit(w, "nodes");
        json_int64(w, (int64_t)store_cluster_others(engine_cluster(http_engine(r))) + 1);
    }
    json_object_shut(w);
    return CRM_OK;
}

static crm_status metrics(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    crm_status status = http_query_only(r, err, NULL);
    if (status != CRM_OK) return status;
    http_content_type(r, "text/plain; version=0.0.4; charset=utf-8");
    http_metrics_write(http_server_of(r), http_answer_body(r));
    return CRM_OK;
}

static const struct http_route routes[] = {
    {.method = "GET",
     .pattern = "/healthz",
     .lane = HTTP_LANE_INLINE,
     .flags = HTTP_ROUTE_PUBLIC | HTTP_ROUTE_NO_DATA,
     .handle = healthz,
     .summary = "The process answers",
     .tag = "server"},
    {.method = "GET",
     .pattern = "/readyz",
     .lane = HTTP_LANE_READER,
     .flags = HTTP_ROUTE_PUBLIC,
     .handle = readyz,
     .summary = "The database answers too",
     .tag = "server"},
    {.method = "GET",
     .pattern = "/metrics",
     .lane = HTTP_LANE_INLINE,
     .flags = HTTP_ROUTE_PUBLIC | HTTP_ROUTE_NO_DATA,
     .handle = metrics,
     .summary = "Figures for Prometheus",
     .tag = "server"},
};

crm_status http_rest_health(struct http_server *s, struct err *err) {
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
