/* See feed.h. */
#include "feed.h"

#include <stdio.h>

#include "feed_calendar.h"

enum { TOKEN_BYTES = 32, HEX_BYTES = 2 * TOKEN_BYTES, KEY_BYTES = 96, TAG_BYTES = 16 };

static const struct crm_text no_feed = {"not_found", "There is no such calendar.",
                                        "Такого календаря нет."};
static const struct crm_text no_person = {"forbidden", "Only people have a calendar of their own.",
                                          "Свой календарь есть только у людей."};

static void put_hex(const uint8_t *bytes, size_t len, char *ret) {
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        ret[2 * i] = hex[bytes[i] >> 4];
        ret[2 * i + 1] = hex[bytes[i] & 15];
    }
}

/* What is kept of a token. */
static struct crm_str digest_of(const struct crm *crm, struct crm_str token,
                                char memory[HEX_BYTES]) {
    uint8_t digest[32];
    crm->base->sha256(token, digest);
    put_hex(digest, sizeof digest, memory);
    return crm_str_make(memory, HEX_BYTES);
}

static struct crm_str token_key(char memory[KEY_BYTES], struct crm_str digest) {
    int len = snprintf(memory, KEY_BYTES, "feed/%.*s", (int)digest.len, digest.ptr);
    return crm_str_make(memory, (size_t)len);
}

static struct crm_str person_key(char memory[KEY_BYTES], int64_t user) {
    int len = snprintf(memory, KEY_BYTES, "feed-of/%lld", (long long)user);
    return crm_str_make(memory, (size_t)len);
}

/* "DIGEST MS": the digest of the person's token and when it was made. */
static crm_status find_own(const struct crm *crm, struct crm_request *r, int64_t user,
                           struct crm_str *ret_digest, int64_t *ret_made_ms,
                           struct crm_error *err) {
    char memory[KEY_BYTES];
    struct crm_str kept;
    crm_status status =
        crm->file->state_get(crm->host, person_key(memory, user), crm->http->arena(r), &kept, err);
    *ret_digest = CRM_STR("");
    *ret_made_ms = 0;
    if (status != CRM_OK || kept.len <= HEX_BYTES) return status;
    *ret_digest = crm_str_make(kept.ptr, HEX_BYTES);
    crm->base->int64_parse(crm_str_make(kept.ptr + HEX_BYTES + 1, kept.len - HEX_BYTES - 1),
                           ret_made_ms);
    return CRM_OK;
}

static crm_status who(const struct crm *crm, struct crm_request *r, int64_t *ret,
                      struct crm_error *err) {
    struct crm_actor_facts actor = {.size = sizeof actor};
    crm->record->actor(crm->http->view(r), &actor);
    *ret = actor.user;
    return actor.is_system ? crm->base->error_set(err, CRM_FORBIDDEN, &no_person, NULL, 0) : CRM_OK;
}

/* ---- one's own address ------------------------------------------------------------------------
 */

static void answer(const struct crm *crm, struct crm_request *r, int64_t made_ms,
                   struct crm_str path) {
    struct crm_json *out = crm->http->json(r);
    struct crm_value made = made_ms ? crm_time(made_ms) : crm_nil();
    crm->base->json_object_open(out);
    crm->base->json_key(out, CRM_STR("created_at"));
    crm->base->json_value(out, &made);
    crm->base->json_key(out, CRM_STR("path"));
    if (path.len)
        crm->base->json_text(out, path);
    else
        crm->base->json_null(out);
    crm->base->json_object_shut(out);
    crm->http->answer_header(r, "Cache-Control", CRM_STR("no-store"));
}

static crm_status get_own(void *ctx, struct crm_request *r, struct crm_error *err) {
    const struct crm *crm = ctx;
    struct crm_str digest;
    int64_t user = 0, made_ms = 0;
    crm_status status = crm->http->query_only(r, NULL, 0, err);
    if (status == CRM_OK) status = who(crm, r, &user, err);
    if (status == CRM_OK) status = find_own(crm, r, user, &digest, &made_ms, err);
    if (status == CRM_OK) answer(crm, r, made_ms, CRM_STR(""));
    return status;
}

static crm_status forget(const struct crm *crm, struct crm_request *r, int64_t user,
                         struct crm_error *err) {
    char memory[KEY_BYTES];
    struct crm_str digest;
    int64_t made_ms;
    crm_status status = find_own(crm, r, user, &digest, &made_ms, err);
    if (status == CRM_OK)
        status = crm->file->state_delete(crm->host, person_key(memory, user), err);
    if (status == CRM_OK && digest.len)
        status = crm->file->state_delete(crm->host, token_key(memory, digest), err);
    return status;
}

/* The one before ends first: at no moment are there two. */
static crm_status make(const struct crm *crm, struct crm_request *r, int64_t user, char *ret_token,
                       int64_t made_ms, struct crm_error *err) {
    uint8_t bytes[TOKEN_BYTES];
    char memory[KEY_BYTES], digest_memory[HEX_BYTES], kept[HEX_BYTES + 32], id[24];
    crm->base->random_bytes(bytes, sizeof bytes);
    put_hex(bytes, sizeof bytes, ret_token);
    struct crm_str digest = digest_of(crm, crm_str_make(ret_token, HEX_BYTES), digest_memory);
    int id_len = snprintf(id, sizeof id, "%lld", (long long)user);
    int len =
        snprintf(kept, sizeof kept, "%.*s %lld", (int)digest.len, digest.ptr, (long long)made_ms);
    crm_status status = forget(crm, r, user, err);
    if (status == CRM_OK)
        status = crm->file->state_put(crm->host, token_key(memory, digest),
                                      crm_str_make(id, (size_t)id_len), 0, err);
    return status == CRM_OK ? crm->file->state_put(crm->host, person_key(memory, user),
                                                   crm_str_make(kept, (size_t)len), 0, err)
                            : status;
}

static crm_status post_own(void *ctx, struct crm_request *r, struct crm_error *err) {
    const struct crm *crm = ctx;
    char token[HEX_BYTES], path[HEX_BYTES + 64];
    int64_t user = 0, made_ms = crm->base->now_ms();
    crm_status status = crm->http->query_only(r, NULL, 0, err);
    if (status == CRM_OK) status = who(crm, r, &user, err);
    if (status == CRM_OK) status = make(crm, r, user, token, made_ms, err);
    if (status != CRM_OK) return status;
    int len = snprintf(path, sizeof path, "/api/v1/calendars/%.*s.ics", HEX_BYTES, token);
    crm->http->status(r, 201);
    answer(crm, r, made_ms, crm_str_make(path, (size_t)len));
    return CRM_OK;
}

static crm_status delete_own(void *ctx, struct crm_request *r, struct crm_error *err) {
    const struct crm *crm = ctx;
    int64_t user = 0;
    crm_status status = crm->http->query_only(r, NULL, 0, err);
    if (status == CRM_OK) status = who(crm, r, &user, err);
    if (status == CRM_OK) status = forget(crm, r, user, err);
    if (status == CRM_OK) crm->http->status(r, 204);
    return status;
}

/* ---- the feed ---------------------------------------------------------------------------------
 */

/* Whose the token is; 0: nobody's, or of somebody who is not active any more. */
static crm_status find_person(const struct crm *crm, struct crm_request *r, struct crm_str token,
                              int64_t *ret, struct crm_error *err) {
    char memory[KEY_BYTES], digest_memory[HEX_BYTES];
    struct crm_str digest = digest_of(crm, token, digest_memory), text, own;
    struct crm_view_options options = {
        .size = sizeof options, .door = CRM_DOOR_REST, .user = CRM_USER_SYSTEM};
    struct crm_view *view;
    struct crm_row row;
    int64_t user = 0, made_ms;
    *ret = 0;
    crm_status status =
        crm->file->state_get(crm->host, token_key(memory, digest), crm->http->arena(r), &text, err);
    if (status != CRM_OK || !crm->base->id_parse(text, &user)) return status;
    status = find_own(crm, r, user, &own, &made_ms, err);
    if (status != CRM_OK || !crm_str_eq(own, digest)) return status;
    status = crm->record->view_open(crm->host, &options, &view, err);
    if (status != CRM_OK) return status;
    status = crm->record->get(view, crm->schema->entity(view, CRM_STR("user")), user,
                              CRM_STR("active"), &row, err);
    if (status == CRM_OK && row.cells[0].value.type == CRM_VALUE_BOOL && row.cells[0].value.boolean)
        *ret = user;
    crm->record->view_close(view);
    return status == CRM_NOT_FOUND ? CRM_OK : status;
}

/* The entity tag of the whole; true: the reader has it already. */
static bool tag(const struct crm *crm, struct crm_request *r, struct crm_str body) {
    char text[2 * TAG_BYTES + 2];
    uint8_t digest[32];
    crm->base->sha256(body, digest);
    text[0] = text[2 * TAG_BYTES + 1] = '"';
    put_hex(digest, TAG_BYTES, text + 1);
    struct crm_str etag = crm_str_make(text, sizeof text);
    crm->http->answer_header(r, "ETag", etag);
    crm->http->answer_header(r, "Cache-Control", CRM_STR("private, no-cache"));
    struct crm_str known = crm->http->header(r, "If-None-Match");
    return known.len >= etag.len && memmem(known.ptr, known.len, etag.ptr, etag.len) != NULL;
}

static crm_status send(const struct crm *crm, struct crm_request *r, int64_t user,
                       struct crm_error *err) {
    struct crm_view_options options = {.size = sizeof options, .door = CRM_DOOR_REST, .user = user};
    struct crm_view *view;
    struct crm_buf *body = crm->base->buf_new(FEED_BYTES_MAX);
    if (!body) return crm->base->error_no_memory(err);
    crm_status status = crm->record->view_open(crm->host, &options, &view, err);
    if (status == CRM_OK) {
        status = feed_calendar_write(crm, view, body, err);
        crm->record->view_close(view);
    }
    struct crm_str text = crm->base->buf_str(body);
    if (status == CRM_OK && tag(crm, r, text)) {
        crm->http->status(r, 304);
    } else if (status == CRM_OK) {
        crm->http->content_type(r, "text/calendar; charset=utf-8");
        crm->base->buf_add(crm->http->answer_body(r), text.ptr, text.len);
    }
    crm->base->buf_free(body);
    return status;
}

static crm_status get_feed(void *ctx, struct crm_request *r, struct crm_error *err) {
    const struct crm *crm = ctx;
    struct crm_str name = crm->http->param(r, "token");
    int64_t user = 0;
    crm_status status = crm->http->query_only(r, NULL, 0, err);
    if (status != CRM_OK) return status;
    if (name.len == HEX_BYTES + 4 && memcmp(name.ptr + HEX_BYTES, ".ics", 4) == 0)
        status = find_person(crm, r, crm_str_make(name.ptr, HEX_BYTES), &user, err);
    if (status != CRM_OK) return status;
    return user ? send(crm, r, user, err)
                : crm->base->error_set(err, CRM_NOT_FOUND, &no_feed, NULL, 0);
}

crm_status feed_register(struct crm *crm, struct crm_error *err) {
    static const char own[] = "/api/v1/me/calendar";
    const struct crm_route routes[] = {
        {.method = "GET",
         .pattern = own,
         .handle = get_own,
         .summary = "Whether one's calendar has an address"},
        {.method = "POST",
         .pattern = own,
         .handle = post_own,
         .summary = "Makes a new address of one's calendar"},
        {.method = "DELETE",
         .pattern = own,
         .handle = delete_own,
         .summary = "Ends the address of one's calendar"},
        {.method = "GET",
         .pattern = "/api/v1/calendars/{token}",
         .flags = CRM_ROUTE_PUBLIC,
         .handle = get_feed,
         .summary = "A person's calendar (iCalendar), by its secret address"}};
    const struct crm_route common = {.lane = CRM_LANE_READER, .tag = "calendar", .ctx = crm};
    return crm_routes_add(crm, &common, routes, sizeof routes / sizeof *routes, err);
}
