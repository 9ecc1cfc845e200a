/* What the REST routes read from a request: parameters, bodies, the record that the path names. */
#include <stdarg.h>
#include <stdio.h>

#include "base/time.h"
#include "http/exchange.h"
#include "http/messages.h"
#include "http/rest.h"

crm_status http_query_int(struct http_request *r, const char *name, int64_t fallback, int64_t from,
                          int64_t to, int64_t *ret, struct err *err) {
    int64_t n = fallback;
    bool given = http_has_query(r, name);
    if (given && (!str_to_int64(http_query(r, name), &n) || n < from || n > to)) {
        char low[24], high[24];
        snprintf(low, sizeof low, "%lld", (long long)from);
        snprintf(high, sizeof high, "%lld", (long long)to);
        return err_set(err, CRM_INVALID, &http_query_number, name, low, high, NULL);
    }
    *ret = n;
    return CRM_OK;
}

crm_status http_query_flag(struct http_request *r, const char *name, bool *ret, struct err *err) {
    struct str text = http_query(r, name);
    *ret = str_is(text, "1") || str_is(text, "true");
    if (*ret || !http_has_query(r, name) || str_is(text, "0") || str_is(text, "false"))
        return CRM_OK;
    return err_set(err, CRM_INVALID, &http_query_choice, name, "0, 1", NULL);
}

crm_status http_query_moment(struct http_request *r, const char *name, int64_t *ret_ms,
                             struct err *err) {
    *ret_ms = 0;
    if (!http_has_query(r, name) || time_parse(http_query(r, name), ret_ms)) return CRM_OK;
    return err_set(err, CRM_INVALID, &http_query_time, name, NULL);
}

static bool is_listed(const char *key, va_list keys) {
    for (const char *known; (known = va_arg(keys, const char *)) != NULL;)
        if (strcmp(key, known) == 0) return true;
    return false;
}

crm_status http_body_object(struct http_request *r, json_t **ret_borrowed, struct err *err, ...) {
    json_t *body = NULL, *value;
    const char *key;
    crm_status status = http_body_json(r, &body, err);
    if (status != CRM_OK) return status;
    if (!json_is_object(body)) return err_set(err, CRM_INVALID, &http_body_not_object, NULL);
    json_object_foreach(body, key, value) {
        va_list keys;
        va_start(keys, err);
        bool known = is_listed(key, keys);
        va_end(keys);
        if (!known) return err_set(err, CRM_INVALID, &http_body_key_unknown, key, NULL);
    }
    *ret_borrowed = body;
    return CRM_OK;
}

crm_status http_body_key_type(const char *key, const char *wanted, struct err *err) {
    return err_set(err, CRM_INVALID, &http_body_key_form, key, wanted, NULL);
}

crm_status http_rest_target(struct http_request *r, const struct schema_entity **ret_entity,
                            int64_t *ret_id, struct err *err) {
    const struct schema_entity *e = http_entity_param(r, err);
    if (!e) return err->status;
    *ret_entity = e;
    if (ret_id && !http_id_param(r, "id", ret_id))
        return err_set(err, CRM_NOT_FOUND, &http_not_found, NULL);
    return CRM_OK;
}

crm_status http_rest_view(struct http_request *r, struct record_view **ret, struct err *err) {
    *ret = http_view(r);
    return *ret ? CRM_OK : err_set(err, CRM_UNAVAILABLE, &http_queue_full, NULL);
}

crm_status http_rest_reader(struct http_request *r, struct store_conn **ret, struct err *err) {
    *ret = http_reader(r);
    return *ret ? CRM_OK : err_set(err, CRM_UNAVAILABLE, &http_queue_full, NULL);
}

crm_status http_rest_admin_reader(struct http_request *r, struct store_conn **ret,
                                  struct err *err) {
    crm_status status = http_rest_admin(r, err);
    return status == CRM_OK ? http_rest_reader(r, ret, err) : status;
}

crm_status http_rest_id(struct http_request *r, const struct err_text *missing, int64_t *ret,
                        struct err *err) {
    return http_id_param(r, "id", ret) ? CRM_OK : err_set(err, CRM_NOT_FOUND, missing, NULL);
}

struct store_conn *http_rest_reader_between(struct http_request *r) {
    http_request_forget_view(r);
    http_hands_end(r->hands);
    return r->hands->reader;
}

crm_status http_rest_if_match(struct http_request *r, struct record_op *op, struct err *err) {
    if (!http_if_match(r, &op->expect_version))
        return err_set(err, CRM_INVALID, &http_if_match_form, NULL);
    r->stale_entity = op->entity;
    r->stale_id = op->id;
    return CRM_OK;
}
