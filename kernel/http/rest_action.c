/* POST records/{entity}/actions/{name}: what a script offers for records, asked for by a person or
 * a program. It runs with the caller's rights; see script/host.h and record/action.h. */
#include "http/connection.h"
#include "http/describe.h"
#include "http/messages.h"
#include "http/rest_action.h"
#include "record/action.h"
#include "record/messages.h"
#include "script/host.h"
#include "script/messages.h"

enum { RECORDS_MAX = 1000, DEADLINE_MS = 5000 };

struct asked {
    const struct schema_entity *entity;
    struct record_view *view;
    struct record_action action;
    int64_t *ids;
    size_t count;
    struct str form;
};

static crm_status ids_of(struct http_request *r, const json_t *body, struct asked *a,
                         struct err *err) {
    const json_t *ids = json_object_get(body, "ids");
    a->count = json_array_size(ids);
    if (!json_is_array(ids) || a->count == 0 || a->count > RECORDS_MAX)
        return http_body_key_type("ids", "a list of 1 to 1,000 ids", err);
    a->ids = ARENA_ARRAY(http_arena(r), a->count, int64_t);
    if (!a->ids) return err_no_memory(err);
    for (size_t i = 0; i < a->count; i++)
        if (!id_parse(json_str(json_array_get(ids, i)), &a->ids[i]))
            return err_set(err, CRM_NOT_FOUND, &record_not_found, NULL);
    return CRM_OK;
}

/* Each one is seen by the caller, and the action is for it. */
static crm_status check_records(const struct asked *a, struct err *err) {
    struct store_query seen = {.access = a->view->access,
                               .from = a->entity,
                               .action = SCHEMA_ACTION_READ,
                               .now_ms = a->view->now_ms},
                       fit = seen;
    crm_status status = read_where_parse(a->view, a->entity, a->action.when, &fit.where, err);
    for (size_t i = 0; status == CRM_OK && i < a->count; i++) {
        bool holds = false;
        status = store_matches(a->view->conn, &seen, a->ids[i], &holds, err);
        if (status == CRM_OK && !holds) return err_set(err, CRM_NOT_FOUND, &record_not_found, NULL);
        if (status == CRM_OK && fit.where)
            status = store_matches(a->view->conn, &fit, a->ids[i], &holds, err);
        if (status == CRM_OK && !holds)
            return err_set_args(err, CRM_REFUSED, &record_row_forbidden, &a->action.name, 1);
    }
    return status;
}

static crm_status form_of(struct http_request *r, const json_t *body, struct asked *a,
                          struct err *err) {
    const json_t *form = json_object_get(body, "form");
    struct err_list *errors = ARENA_NEW(http_arena(r), struct err_list);
    if (!errors) return err_no_memory(err);
    if (form && !json_is_object(form)) return http_body_key_type("form", "an object", err);
    crm_status status = record_action_form(a->view, &a->action, form, errors, err);
    if (status == CRM_OK && errors->count) {
        http_answer_fields(r, errors);
        err_copy(err, &errors->items[0]);
        return CRM_REFUSED;
    }
    if (status != CRM_OK || !form) return status;
    char *text = json_dumps(form, JSON_COMPACT);
    a->form = text ? arena_str(http_arena(r), str_from(text)) : STR_NONE;
    free(text);
    return a->form.ptr ? CRM_OK : err_no_memory(err);
}

static crm_status run(struct http_request *r, struct script_host *host, const struct asked *a,
                      struct err *err) {
    struct script_run_result result = {.outcome = "ok"};
    const struct script_run_options options = {.actor = &a->view->access->actor,
                                               .deadline_ms = DEADLINE_MS};
    crm_status status = script_run_action(host, a->entity->name, a->action.name, a->ids, a->count,
                                          a->form, &options, http_arena(r), &result, err);
    if (status != CRM_OK) return status;
    if (strcmp(result.outcome, "ok") != 0) return err->status; /* what the script met */
    struct json_writer *w = http_json(r);
    json_object_open(w);
    json_key_lit(w, "value");
    json_raw(w, result.value);
    json_key_lit(w, "changeset");
    if (result.changeset)
        json_id(w, result.changeset);
    else
        json_nil(w);
    json_object_shut(w);
    http_rest_changeset_header(r, result.changeset);
    return CRM_OK;
}

static crm_status ask(struct http_request *r, void *ctx, struct err *err) {
    struct asked a = {.count = 0};
    json_t *body;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_rest_target(r, &a.entity, NULL, err);
    if (status == CRM_OK) status = http_rest_view(r, &a.view, err);
    if (status == CRM_OK)
        status = record_action_find(a.view, a.entity, http_param(r, "name"), &a.action, err);
    const struct str name = http_param(r, "name");
    if (status == CRM_NOT_FOUND && a.view)
        err_set_args(err, CRM_NOT_FOUND, &say_script_no_handler, &name, 1);
    if (status != CRM_OK) return status;
    status = http_body_object(r, &body, err, "ids", "form", NULL);
    if (status == CRM_OK) status = ids_of(r, body, &a, err);
    if (status == CRM_OK) status = check_records(&a, err);
    if (status == CRM_OK) status = form_of(r, body, &a, err);
    if (status == CRM_OK) status = run(r, ctx, &a, err);
    record_action_fini(&a.action);
    return status;
}

crm_status http_rest_actions(struct http_server *s, struct err *err) {
    const struct http_route route = {
        .method = "POST",
        .pattern = HTTP_API "/records/{entity}/actions/{name}",
        .lane = HTTP_LANE_READER,
        .handle = ask,
        .ctx = s->scripts,
        .summary = "Ask for an action that a script offers for these records",
        .body_schema = DESCRIBE_OBJECT(
            "\"ids\":" DESCRIBE_LIST(DESCRIBE_TEXT) ",\"form\":" DESCRIBE_ANY_OBJECT),
        .answer_status = "200",
        .answer_schema = DESCRIBE_OBJECT("\"value\":{},\"changeset\":" DESCRIBE_TEXT),
        .tag = "records"};
    return http_route_add(s, STR("kernel"), &route, err);
}
