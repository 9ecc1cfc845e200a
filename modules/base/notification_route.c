/* me/notifications: what the caller was told, the newest first, and marking it as read. Whether the
 * record that one is about may still be seen is asked for each when it is read; if not, it is left
 * out, of the count too. See notification.h. */
#include "notification.h"

#include <stdio.h>

enum { PAGE_MAX = 100, PAGE = 30, UNREAD_MAX = 100, MARK_MAX = 1000, WHERE_BYTES = 4096 };
static const char fields[] = "kind,about,actor,created_at,read_at,text";
enum { CELL_KIND, CELL_ABOUT, CELL_ACTOR, CELL_AT, CELL_READ, CELL_TEXT };

static const struct crm_text bad_number = {"query_number", "limit must lie between 1 and 100.",
                                           "limit: от 1 до 100."};
static const struct crm_text bad_kinds = {"query_kinds",
                                          "without must be words with commas between them.",
                                          "without: нужны слова через запятую."};
static const struct crm_text bad_ids = {"ids", "ids must be a list of at most 1,000 ids.",
                                        "ids: нужен список не более чем из 1000 номеров."};

struct asking {
    const struct crm *crm;
    struct crm_request *request;
    struct crm_view *own, *system; /* as the caller, and as who may read the texts */
    const struct crm_entity *notification;
    struct crm_buf *where;
};

static void fini(struct asking *a) {
    if (a->system) a->crm->record->view_close(a->system);
    if (a->where) a->crm->base->buf_free(a->where);
}

static void add(struct asking *a, const char *text) {
    struct crm_str s = crm_str_from(text);
    a->crm->base->buf_add(a->where, s.ptr, s.len);
}

static bool kinds_are_plain(struct crm_str s) {
    for (size_t i = 0; i < s.len; i++)
        if (!(s.ptr[i] == ',' || s.ptr[i] == '_' || (s.ptr[i] >= 'a' && s.ptr[i] <= 'z')))
            return false;
    return s.len < 400;
}

/* "user == '...' and not one_of(kind, 'comment', 'due')" */
static crm_status condition(struct asking *a, struct crm_error *err) {
    struct crm_actor_facts me = {.size = sizeof me};
    struct crm_str without = a->crm->http->query(a->request, "without");
    a->crm->record->actor(a->own, &me);
    if (!kinds_are_plain(without))
        return a->crm->base->error_set(err, CRM_INVALID, &bad_kinds, NULL, 0);
    add(a, "user == '");
    a->crm->base->buf_add_int64(a->where, me.user);
    add(a, "'");
    if (!without.len) return CRM_OK;
    add(a, " and not one_of(kind, '");
    for (size_t i = 0; i < without.len; i++)
        if (without.ptr[i] == ',')
            add(a, "', '");
        else
            a->crm->base->buf_add(a->where, &without.ptr[i], 1);
    add(a, "')");
    return CRM_OK;
}

static crm_status open_asking(struct asking *a, struct crm_error *err) {
    const struct crm_view_options as_system = {
        .size = sizeof as_system, .door = CRM_DOOR_JOB, .user = CRM_USER_SYSTEM};
    a->own = a->crm->http->view(a->request);
    a->where = a->crm->base->buf_new(WHERE_BYTES);
    if (!a->own || !a->where) return a->crm->base->error_no_memory(err);
    crm_status status = a->crm->record->view_open(a->crm->host, &as_system, &a->system, err);
    if (status != CRM_OK) return status;
    a->notification = a->crm->schema->entity(a->system, crm_str_from("notification"));
    return a->notification ? condition(a, err)
                           : a->crm->base->error_internal(err, "there are no notifications");
}

/* NULL: it is about nothing. *ret_seen: the caller may see it. */
static const struct crm_entity *about_of(const struct asking *a, const struct crm_row *row,
                                         bool *ret_seen) {
    const struct crm_value *about = &row->cells[CELL_ABOUT].value;
    struct crm_row found;
    *ret_seen = true;
    if (crm_is_nil(about)) return NULL;
    const struct crm_entity *e = a->crm->schema->entity_by_id(a->own, about->entity);
    *ret_seen = e && a->crm->record->get(a->own, e, about->integer, crm_str_from("id"), &found,
                                         NULL) == CRM_OK;
    return e;
}

static void put_text(const struct crm *crm, struct crm_json *w, const char *key,
                     struct crm_str text) {
    crm->base->json_key(w, crm_str_from(key));
    if (text.len)
        crm->base->json_text(w, text);
    else
        crm->base->json_null(w);
}

static void put_time(const struct asking *a, struct crm_json *w, const char *key,
                     const struct crm_value *at) {
    struct crm_buf *text = a->crm->base->buf_new(64);
    if (text && !crm_is_nil(at)) a->crm->base->time_format(at->integer, text);
    put_text(a->crm, w, key, text ? a->crm->base->buf_str(text) : (struct crm_str){NULL, 0});
    if (text) a->crm->base->buf_free(text);
}

static void put_record(const struct asking *a, struct crm_json *w, const char *key,
                       const struct crm_entity *e, int64_t id) {
    const struct crm_base *base = a->crm->base;
    struct crm_entity_facts facts = {.size = sizeof facts};
    base->json_key(w, crm_str_from(key));
    if (!e) {
        base->json_null(w);
        return;
    }
    a->crm->schema->entity_facts(a->own, e, &facts);
    base->json_object_open(w);
    put_text(a->crm, w, "entity", facts.name);
    base->json_key(w, crm_str_from("id"));
    base->json_id(w, id);
    put_text(a->crm, w, "title", a->crm->record->title(a->own, e, id));
    base->json_object_shut(w);
}

static void put_row(const struct asking *a, struct crm_json *w, const struct crm_row *row,
                    const struct crm_entity *about) {
    const struct crm_cell *actor = &row->cells[CELL_ACTOR];
    const struct crm_entity *user = a->crm->schema->entity(a->own, crm_str_from("user"));
    bool has_actor = !crm_is_nil(&actor->value);
    a->crm->base->json_object_open(w);
    a->crm->base->json_key(w, crm_str_from("id"));
    a->crm->base->json_id(w, row->id);
    put_text(a->crm, w, "kind", row->cells[CELL_KIND].value.text);
    put_text(a->crm, w, "text",
             crm_is_nil(&row->cells[CELL_TEXT].value) ? (struct crm_str){NULL, 0}
                                                      : row->cells[CELL_TEXT].value.text);
    put_time(a, w, "at", &row->cells[CELL_AT].value);
    put_time(a, w, "read_at", &row->cells[CELL_READ].value);
    put_record(a, w, "actor", has_actor ? user : NULL, actor->value.integer);
    put_record(a, w, "about", about, row->cells[CELL_ABOUT].value.integer);
    a->crm->base->json_object_shut(w);
}

static crm_status read_page(struct asking *a, int64_t limit, struct crm_str after,
                            struct crm_page *ret, struct crm_error *err) {
    const struct crm_list list = {.size = sizeof list,
                                  .entity = a->notification,
                                  .fields = crm_str_from(fields),
                                  .where = a->crm->base->buf_str(a->where),
                                  .sort = crm_str_from("-created_at"),
                                  .after = after,
                                  .limit = limit};
    *ret = (struct crm_page){.size = sizeof *ret};
    return a->crm->query->page(a->system, &list, ret, err);
}

static crm_status put_unread(struct asking *a, struct crm_json *w, struct crm_error *err) {
    struct crm_page page;
    int64_t count = 0;
    add(a, " and read_at == nil");
    crm_status status = read_page(a, UNREAD_MAX, (struct crm_str){NULL, 0}, &page, err);
    for (size_t i = 0; status == CRM_OK && i < page.count; i++) {
        bool seen;
        (void)about_of(a, &page.rows[i], &seen);
        count += seen;
    }
    a->crm->base->json_key(w, crm_str_from("unread"));
    a->crm->base->json_int64(w, count);
    return status;
}

static crm_status put_list(struct asking *a, int64_t limit, struct crm_error *err) {
    const struct crm_base *base = a->crm->base;
    struct crm_page page;
    if (a->crm->http->has_query(a->request, "unread")) add(a, " and read_at == nil");
    crm_status status = read_page(a, limit, a->crm->http->query(a->request, "after"), &page, err);
    if (status != CRM_OK) return status;
    struct crm_json *w = a->crm->http->json(a->request);
    base->json_object_open(w);
    base->json_key(w, crm_str_from("notifications"));
    base->json_array_open(w);
    for (size_t i = 0; i < page.count; i++) {
        bool seen;
        const struct crm_entity *about = about_of(a, &page.rows[i], &seen);
        if (seen) put_row(a, w, &page.rows[i], about);
    }
    base->json_array_shut(w);
    put_text(a->crm, w, "next", page.next);
    status = put_unread(a, w, err);
    base->json_object_shut(w);
    return status;
}

static crm_status list(void *ctx, struct crm_request *r, struct crm_error *err) {
    static const char *const names[] = {"limit", "after", "unread", "without"};
    struct asking a = {.crm = ctx, .request = r};
    int64_t limit = PAGE;
    crm_status status = a.crm->http->query_only(r, names, 4, err);
    if (status == CRM_OK && a.crm->http->has_query(r, "limit") &&
        (!a.crm->base->int64_parse(a.crm->http->query(r, "limit"), &limit) || limit < 1 ||
         limit > PAGE_MAX))
        status = a.crm->base->error_set(err, CRM_INVALID, &bad_number, NULL, 0);
    if (status == CRM_OK) status = open_asking(&a, err);
    if (status == CRM_OK) status = put_list(&a, limit, err);
    fini(&a);
    return status;
}

/* ---- marking ------------------------------------------------------------------------------------
 */

static bool is_wanted(const struct crm *crm, const struct crm_json_value *ids, int64_t id) {
    int64_t one;
    for (size_t i = 0; i < crm->base->json_count(ids); i++)
        if (crm->base->id_parse(crm->base->json_text_of(crm->base->json_at(ids, i)), &one) &&
            one == id)
            return true;
    return !ids;
}

/* As the system: the condition holds what is the caller's. */
static crm_status mark(struct asking *a, const struct crm_json_value *ids, int64_t *ret_count,
                       struct crm_error *err) {
    const struct crm *crm = a->crm;
    struct crm_changeset *c = NULL;
    struct crm_page page;
    struct crm_commit done = {.size = sizeof done};
    const struct crm_changeset_options options = {.size = sizeof options};
    const struct crm_entity *e = a->notification;
    const struct crm_field *f = crm->schema->field(a->system, e, crm_str_from("read_at"));
    const struct crm_value now = crm_time(crm->record->view_now_ms(a->system));
    add(a, " and read_at == nil");
    if (!f) return crm->base->error_internal(err, "notifications cannot be marked");
    crm_status status = read_page(a, MARK_MAX, (struct crm_str){NULL, 0}, &page, err);
    if (status == CRM_OK) status = crm->record->changeset_new(a->system, &options, &c, err);
    for (size_t i = 0; status == CRM_OK && i < page.count; i++) {
        if (!is_wanted(crm, ids, page.rows[i].id)) continue;
        struct crm_op *op = crm->record->update(c, e, page.rows[i].id, 0);
        status = op ? crm->record->set(c, op, f, &now, err) : crm->base->error_no_memory(err);
        ++*ret_count;
    }
    if (status == CRM_OK && *ret_count) status = crm->record->commit(c, &done, err);
    if (c) crm->record->changeset_free(c);
    return status;
}

static crm_status mark_read(void *ctx, struct crm_request *r, struct crm_error *err) {
    struct asking a = {.crm = ctx, .request = r};
    const struct crm_json_value *body = NULL;
    int64_t count = 0;
    crm_status status = a.crm->http->query_only(r, NULL, 0, err);
    if (status == CRM_OK) status = a.crm->http->body_json(r, &body, err);
    const struct crm_json_value *ids = status == CRM_OK ? a.crm->base->json_get(body, "ids") : NULL;
    if (ids &&
        (a.crm->base->json_type(ids) != CRM_JSON_ARRAY || a.crm->base->json_count(ids) > MARK_MAX))
        status = a.crm->base->error_set(err, CRM_INVALID, &bad_ids, NULL, 0);
    if (status == CRM_OK) status = open_asking(&a, err);
    if (status == CRM_OK) status = mark(&a, ids, &count, err);
    fini(&a);
    if (status != CRM_OK) return status;
    struct crm_json *w = a.crm->http->json(r);
    a.crm->base->json_object_open(w);
    a.crm->base->json_key(w, crm_str_from("marked"));
    a.crm->base->json_int64(w, count);
    a.crm->base->json_object_shut(w);
    return CRM_OK;
}

#define QUERY(name, text)                                                                          \
    "{\"name\":\"" name "\",\"in\":\"query\",\"description\":\"" text                              \
    "\",\"schema\":{\"type\":\"string\"}}"
#define LIST_QUERY                                                                                 \
    QUERY("limit", "How many at most, up to 100")                                                  \
    "," QUERY("after", "The cursor that the page before ended with") "," QUERY(                    \
        "unread", "Only what was not read") "," QUERY("without",                                   \
                                                      "Kinds to leave out, commas between")

crm_status notification_register(const struct crm *crm, struct crm_error *err) {
    const struct crm_route routes[] = {
        {.method = "GET",
         .pattern = "/api/v1/me/notifications",
         .handle = list,
         .summary = "What the caller was told, the newest first, and how much was not read",
         .query_schema = LIST_QUERY,
         .answer_schema = "{\"type\":\"object\",\"properties\":{\"notifications\":{\"type\":"
                          "\"array\",\"items\":{\"type\":\"object\"}},\"next\":{\"type\":["
                          "\"string\",\"null\"]},\"unread\":{\"type\":\"integer\"}}}"},
        {.method = "POST",
         .pattern = "/api/v1/me/notifications/read",
         .handle = mark_read,
         .summary = "Mark notifications as read: those of `ids`, or all",
         .body_schema = "{\"type\":\"object\",\"properties\":{\"ids\":{\"type\":\"array\","
                        "\"items\":{\"type\":\"string\"}}}}",
         .answer_schema = "{\"type\":\"object\",\"properties\":{\"marked\":{\"type\":"
                          "\"integer\"}}}"}};
    const struct crm_route common = {
        .lane = CRM_LANE_READER, .tag = "notifications", .ctx = (void *)(uintptr_t)crm};
    return crm_routes_add(crm, &common, routes, sizeof routes / sizeof *routes, err);
}
