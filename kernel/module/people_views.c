/* Routes of looking with the eyes of another, and of the log of sign-ins, where each look stands.
 */
#include "auth/viewing.h"
#include "http/describe.h"
#include "module/messages.h"
#include "module/people.h"
#include "record/messages.h"

enum { SIGN_INS_PAGE = 100 };

static crm_status post_view(struct http_request *r, void *ctx, struct err *err) {
    struct people *p = ctx;
    json_t *body = NULL;
    crm_status status = http_body_json(r, &body, err);
    if (status != CRM_OK) return status;
    const json_t *as = json_object_get(body, "as");
    if (!json_is_string(as)) {
        err_set(err, CRM_INVALID, &module_field_needed, "as", NULL);
        err_at_field(err, STR("as"));
        return CRM_INVALID;
    }
    const struct viewing v = {
        .schema = http_schema(r), .target = json_str(as), .address = http_remote_address(r)};
    status = viewing_begin(p->auth, &http_access(r)->actor, &v, http_arena(r), err);
    if (status == CRM_OK) http_status(r, 204);
    return status;
}

struct listing {
    struct people *people;
    struct http_request *request;
    struct json_writer *out;
    int64_t last, count;
};

static bool put_sign_in(void *ctx, const struct sign_in_facts *facts) {
    struct listing *l = ctx;
    int64_t whom = 0;
    if (l->count++ == SIGN_INS_PAGE) return false;
    json_object_open(l->out);
    json_key_lit(l->out, "id");
    json_id(l->out, facts->id);
    json_key_lit(l->out, "at");
    json_time(l->out, facts->at_ms);
    json_key_lit(l->out, "login");
    json_text(l->out, facts->login);
    json_key_lit(l->out, "user");
    if (facts->user)
        people_put_ref(l->people, l->request, l->out, facts->user);
    else
        json_nil(l->out);
    json_key_lit(l->out, "whom");
    if (viewing_person(facts, &whom))
        people_put_ref(l->people, l->request, l->out, whom);
    else
        json_nil(l->out);
    json_key_lit(l->out, "address");
    json_text_or_nil(l->out, facts->address);
    json_key_lit(l->out, "outcome");
    json_cstr(l->out, facts->outcome);
    json_object_shut(l->out);
    l->last = facts->id;
    return true;
}

static crm_status get_sign_ins(struct http_request *r, void *ctx, struct err *err) {
    struct listing l = {.people = ctx, .request = r};
    int64_t after = 0;
    crm_status status = http_query_only(r, err, "after", NULL);
    if (status == CRM_OK && !access_permits(http_access(r), "log"))
        status = err_set(err, CRM_FORBIDDEN, &record_action_forbidden, "log", NULL);
    if (status == CRM_OK && http_query(r, "after").len && !id_parse(http_query(r, "after"), &after))
        status = err_set(err, CRM_INVALID, &module_field_text, "after", NULL);
    if (status != CRM_OK) return status;
    l.out = http_json(r);
    json_object_open(l.out);
    json_key_lit(l.out, "records");
    json_array_open(l.out);
    status = sign_ins_each(http_reader(r), after, SIGN_INS_PAGE + 1, put_sign_in, &l, err);
    json_array_shut(l.out);
    json_key_lit(l.out, "next");
    if (l.count > SIGN_INS_PAGE)
        json_id(l.out, l.last);
    else
        json_nil(l.out);
    json_object_shut(l.out);
    return status;
}

crm_status people_register_views(struct people *p, struct http_server *s, struct err *err) {
    const struct http_route routes[] = {
        {.method = "POST",
         .pattern = "/api/v1/session/view",
         .lane = HTTP_LANE_READER,
         .body_limit = 16384,
         .handle = post_view,
         .ctx = p,
         .summary = "Begin to look as a role or a person: requests with the header X-View-As then "
                    "read with their rights, and write nothing",
         .tag = "session",
         .body_schema = "{\"type\":\"object\",\"required\":[\"as\"],\"properties\":{\"as\":{"
                        "\"type\":\"string\"}}}",
         .answer_status = "204"},
        {.method = "GET",
         .pattern = "/api/v1/sign-ins",
         .lane = HTTP_LANE_READER,
         .handle = get_sign_ins,
         .ctx = p,
         .summary = "Who signed in or tried to, and who looked as whom, newest first",
         .tag = "session",
         .query_schema =
             DESCRIBE_QUERY("after", DESCRIBE_TEXT, "The id that the page before ended with")},
    };
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
