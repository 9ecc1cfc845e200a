/* Imports over REST: the body is the file, the query says how to read it. A preview shows how it
 * would be read, a dry run answers at once with what would happen; an import is kept, answered with
 * 202 and run by its job. */
#include "import_route.h"

#include "import_preview.h"
#include "import_reasons.h"
#include "import_state.h"

static const struct crm_text may_not = {"forbidden", "Your role may not import.",
                                        "Ваша роль не может импортировать."};
static const struct crm_text no_import = {"not_found",
                                          "There is no such import, or it is not yours.",
                                          "Такого импорта нет или он не ваш."};

static const struct crm_text bad_number = {"query_number", "“{0}” cannot be {1}.",
                                           "«{0}» не может быть {1}."};

static const char *const query_names[] = {
    "entity",      "map",       "key",      "mode",     "dry",       "unknown",
    "values",      "scale",     "currency", "encoding", "delimiter", "date_order",
    "automations", "file_name", "preview",  "rejects",  "sheet"};

static crm_status read_query(const struct crm *crm, struct crm_request *r, struct import_options *o,
                             struct crm_error *err) {
    const struct {
        const char *name;
        struct crm_str *into;
    } texts[] = {{"entity", &o->entity},
                 {"map", &o->map},
                 {"key", &o->key},
                 {"values", &o->values},
                 {"scale", &o->scale},
                 {"currency", &o->currency},
                 {"encoding", &o->encoding},
                 {"delimiter", &o->delimiter},
                 {"sheet", &o->sheet},
                 {"date_order", &o->date_order},
                 {"file_name", &o->file_name}};
    crm_status status =
        crm->http->query_only(r, query_names, sizeof query_names / sizeof *query_names, err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i].into = crm->http->query(r, texts[i].name);
    o->dry = crm_str_is(crm->http->query(r, "dry"), "1");
    o->preview = crm_str_is(crm->http->query(r, "preview"), "1");
    o->automations = crm_str_is(crm->http->query(r, "automations"), "on");
    status = import_mode_parse(crm, crm->http->query(r, "mode"), o->key.len > 0, &o->mode, err);
    return status == CRM_OK
               ? import_unknown_parse(crm, crm->http->query(r, "unknown"), &o->unknown, err)
               : status;
}

/* Bytes of the request's body, whatever the pieces they come in. */
struct body_source {
    const struct crm_http *http;
    struct crm_request *request;
    struct crm_str piece;
};

static crm_status read_body(void *ctx, void *ret, size_t max, size_t *ret_len,
                            struct crm_error *err) {
    struct body_source *b = ctx;
    if (b->piece.len == 0) {
        crm_status status = b->http->body_read(b->request, &b->piece, err);
        if (status != CRM_OK) return status;
    }
    *ret_len = b->piece.len < max ? b->piece.len : max;
    if (*ret_len) memcpy(ret, b->piece.ptr, *ret_len);
    b->piece = crm_str_make(b->piece.ptr + *ret_len, b->piece.len - *ret_len);
    return CRM_OK;
}

static crm_status keep_body(const struct crm *crm, struct crm_request *r,
                            struct import_record *record, struct crm_error *err) {
    struct crm_file_writer *writer;
    struct crm_str piece = CRM_STR(" ");
    crm_status status = crm->file->create(crm->host, &writer, err);
    if (status != CRM_OK) return status;
    while (status == CRM_OK && piece.len > 0) {
        status = crm->http->body_read(r, &piece, err);
        if (status == CRM_OK && piece.len > 0) status = crm->file->write(writer, piece, err);
    }
    if (status == CRM_OK) return crm->file->finish(writer, record->sha256, &record->bytes, err);
    crm->file->abandon(writer);
    return status;
}

/* ---- answers ------------------------------------------------------------------------------------
 */

static void put_count(const struct crm *crm, struct crm_json *out, const char *name, int64_t n) {
    crm->base->json_key(out, crm_str_from(name));
    crm->base->json_int64(out, n);
}

static void put_text(const struct crm *crm, struct crm_json *out, const char *name,
                     struct crm_str text) {
    crm->base->json_key(out, crm_str_from(name));
    if (text.len)
        crm->base->json_text(out, text);
    else
        crm->base->json_null(out);
}

static void put_counts(const struct crm *crm, struct crm_json *out,
                       const struct import_result *result) {
    put_count(crm, out, "rows", result->rows);
    put_count(crm, out, "created", result->created);
    put_count(crm, out, "updated", result->updated);
    put_count(crm, out, "skipped", result->skipped);
    put_count(crm, out, "rejected", result->rejected);
    crm->base->json_key(out, CRM_STR("changeset"));
    crm->base->json_id(out, result->changeset);
}

static void put_reasons(const struct crm *crm, struct crm_json *out,
                        const struct import_result *result) {
    crm->base->json_key(out, CRM_STR("reasons"));
    crm->base->json_array_open(out);
    for (size_t i = 0; i < result->reason_count; i++)
        import_reason_put(crm, out, &result->reasons[i]);
    crm->base->json_array_shut(out);
}

static void put_mapping(const struct crm *crm, struct crm_json *out,
                        const struct import_result *result) {
    static const char *const words[] = {[IMPORT_MAP_GIVEN] = "given",
                                        [IMPORT_MAP_REMEMBERED] = "remembered",
                                        [IMPORT_MAP_GUESSED] = "guessed"};
    crm->base->json_key(out, CRM_STR("mapping"));
    crm->base->json_object_open(out);
    put_text(crm, out, "from", crm_str_from(words[result->map_from]));
    crm->base->json_key(out, CRM_STR("columns"));
    crm->base->json_array_open(out);
    for (size_t i = 0; i < result->mapped_count; i++) {
        crm->base->json_object_open(out);
        put_text(crm, out, "column", result->mapped[i].column);
        put_text(crm, out, "field", result->mapped[i].field);
        crm->base->json_object_shut(out);
    }
    crm->base->json_array_shut(out);
    crm->base->json_object_shut(out);
}

struct lines_out {
    const struct crm_http *http;
    struct crm_request *request;
};

/* Lines are sent once the whole body has come: the other side reads no answer before. */
struct gathered {
    const struct crm_base *base;
    struct crm_buf *text; /* owned */
};
enum { GATHERED_BYTES_MAX = 64 * 1024 * 1024 };

static crm_status stream_lines(void *ctx, struct crm_str lines, struct crm_error *err) {
    struct lines_out *out = ctx;
    return out->http->stream_write(out->request, lines, err);
}

static crm_status gather_piece(void *ctx, uint64_t piece, unsigned part, struct crm_str lines,
                               struct crm_error *err) {
    struct gathered *g = ctx;
    (void)piece, (void)part;
    g->base->buf_add(g->text, lines.ptr, lines.len);
    return g->base->buf_status(g->text) == CRM_OK ? CRM_OK : g->base->error_no_memory(err);
}

static crm_status open_lines(const struct crm *crm, struct crm_request *r, struct crm_error *err) {
    crm->http->answer_header(r, "Content-Disposition",
                             CRM_STR("attachment; filename=\"rejected.csv\""));
    return crm->http->stream_open(r, 200, "text/csv; charset=utf-8", err);
}

static void put_dry(const struct crm *crm, struct crm_json *out,
                    const struct import_result *result) {
    crm->base->json_object_open(out);
    crm->base->json_key(out, CRM_STR("dry"));
    crm->base->json_bool(out, true);
    put_counts(crm, out, result);
    put_count(crm, out, "photos", result->photos);
    put_mapping(crm, out, result);
    put_reasons(crm, out, result);
    crm->base->json_object_shut(out);
}

static crm_status answer_lines(const struct crm *crm, struct crm_request *r, struct import_run *run,
                               struct crm_error *err) {
    struct gathered g = {crm->base, crm->base->buf_new(GATHERED_BYTES_MAX)};
    struct import_result result;
    if (!g.text) return crm->base->error_no_memory(err);
    run->rejects = (struct import_sink){gather_piece, &g};
    crm_status status = import_run(run, crm->http->arena(r), &result, err);
    if (status == CRM_OK) status = open_lines(crm, r, err);
    if (status == CRM_OK && crm->base->buf_str(g.text).len)
        status = crm->http->stream_write(r, crm->base->buf_str(g.text), err);
    crm->base->buf_free(g.text);
    return status;
}

/* What would happen; with rejects=1 the rows that would not be taken, as CSV. */
static crm_status answer_dry(const struct crm *crm, struct crm_request *r,
                             const struct import_options *options, struct crm_error *err) {
    struct body_source body = {.http = crm->http, .request = r};
    struct import_run run = {.crm = crm,
                             .view = crm->http->view(r),
                             .options = *options,
                             .source = {.read = read_body, .ctx = &body, .bytes = -1}};
    struct import_result result;
    if (crm_str_is(crm->http->query(r, "rejects"), "1")) return answer_lines(crm, r, &run, err);
    crm_status status = import_run(&run, crm->http->arena(r), &result, err);
    if (status == CRM_OK) put_dry(crm, crm->http->json(r), &result);
    return status;
}

static crm_status answer_preview(const struct crm *crm, struct crm_request *r,
                                 const struct import_options *options, struct crm_error *err) {
    struct body_source body = {.http = crm->http, .request = r};
    const struct import_run run = {.crm = crm,
                                   .view = crm->http->view(r),
                                   .options = *options,
                                   .source = {.read = read_body, .ctx = &body, .bytes = -1}};
    return import_preview(&run, crm->http->arena(r), crm->http->json(r), err);
}

static const char *state_word(struct import_store *s, const struct import_record *record) {
    if (record->error.len) return "failed";
    if (record->is_done) return "done";
    return import_store_is_active(s, record->id) ? "running" : "waiting";
}

/* Which page of the reasons. */
struct reasons_page {
    uint64_t after;
    size_t limit;
};

/* How far it has come: null when it is not at work here. */
static void put_active(struct import_store *s, struct crm_json *out, int64_t id) {
    struct import_active now;
    s->crm->base->json_key(out, CRM_STR("progress"));
    if (!import_store_active(s, id, &now)) {
        s->crm->base->json_null(out);
        return;
    }
    s->crm->base->json_object_open(out);
    put_count(s->crm, out, "rows", now.rows);
    put_count(s->crm, out, "rejected", now.rejected);
    put_count(s->crm, out, "bytes_done", now.bytes_done);
    s->crm->base->json_object_shut(out);
}

static crm_status put_import(struct import_store *s, struct crm_request *r,
                             const struct import_record *record, struct reasons_page page,
                             struct crm_error *err) {
    const struct crm *crm = s->crm;
    struct import_state state;
    crm_status status = import_state_load(crm, record->id, crm->http->arena(r), &state, err);
    if (status == CRM_OK) {
        struct crm_json *out = crm->http->json(r);
        crm->base->json_object_open(out);
        crm->base->json_key(out, CRM_STR("id"));
        crm->base->json_id(out, record->id);
        put_text(crm, out, "entity", record->options.entity);
        put_text(crm, out, "file_name", record->options.file_name);
        put_text(crm, out, "state", crm_str_from(state_word(s, record)));
        put_text(crm, out, "error", record->error);
        put_count(crm, out, "bytes", record->bytes);
        put_active(s, out, record->id);
        put_counts(crm, out, &state.counts);
        status = import_reasons_put(s, record->id, page.after, page.limit, crm->http->arena(r), out,
                                    err);
        crm->base->json_object_shut(out);
    }
    import_state_fini(&state);
    return status;
}

/* ---- routes
 * --------------------------------------------------------------------------------------- */

static crm_status post_import(void *ctx, struct crm_request *r, struct crm_error *err) {
    struct import_store *s = ctx;
    const struct crm *crm = s->crm;
    struct import_record record = {.door = CRM_DOOR_IMPORT};
    struct crm_actor_facts actor = {.size = sizeof actor};
    crm->record->actor(crm->http->view(r), &actor);
    record.user = actor.user;
    if (!crm->schema->permits(crm->http->view(r), "import"))
        return crm->base->error_set(err, CRM_FORBIDDEN, &may_not, NULL, 0);
    crm_status status = read_query(crm, r, &record.options, err);
    if (status != CRM_OK) return status;
    if (record.options.preview) return answer_preview(crm, r, &record.options, err);
    if (record.options.dry) return answer_dry(crm, r, &record.options, err);
    status = keep_body(crm, r, &record, err);
    if (status == CRM_OK)
        status = import_store_add_once(s, crm->http->arena(r),
                                       crm->http->header(r, "Idempotency-Key"), &record, err);
    if (status != CRM_OK) return status;
    crm->http->status(r, 202);
    return put_import(s, r, &record, (struct reasons_page){0, IMPORT_REASONS_PAGE}, err);
}

/* One's own imports; everybody's for administrators: rows and reasons have the values of fields and
 * records that others may not see. */
static crm_status find_import(struct import_store *s, struct crm_request *r,
                              struct import_record *ret, struct crm_error *err) {
    const struct crm *crm = s->crm;
    struct crm_actor_facts actor = {.size = sizeof actor};
    int64_t id = 0;
    crm->record->actor(crm->http->view(r), &actor);
    if (!crm->http->id_param(r, "id", &id))
        return crm->base->error_set(err, CRM_NOT_FOUND, &no_import, NULL, 0);
    crm_status status = import_store_load(s, id, crm->http->arena(r), ret, err);
    if (status != CRM_OK) return status;
    if (ret->user == actor.user || actor.is_admin) return CRM_OK;
    return crm->base->error_set(err, CRM_NOT_FOUND, &no_import, NULL, 0);
}

/* A number of the query from `least` to `most`; what stands in *ret when it is left out. */
static crm_status query_number(const struct crm *crm, struct crm_request *r, const char *name,
                               uint64_t least, uint64_t most, uint64_t *ret,
                               struct crm_error *err) {
    struct crm_str text = crm->http->query(r, name);
    uint64_t number = 0;
    bool fine = text.len < 19;
    if (text.len == 0) return CRM_OK;
    for (size_t i = 0; fine && i < text.len; i++) {
        fine = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        number = number * 10 + (uint64_t)(unsigned char)(text.ptr[i] - '0');
    }
    const struct crm_str args[] = {crm_str_from(name), text};
    if (!fine || number < least || number > most)
        return crm->base->error_set(err, CRM_INVALID, &bad_number, args, 2);
    *ret = number;
    return CRM_OK;
}

static crm_status get_import(void *ctx, struct crm_request *r, struct crm_error *err) {
    static const char *const names[] = {"limit", "after"};
    struct import_store *s = ctx;
    struct import_record record = {0};
    uint64_t after = 0, limit = IMPORT_REASONS_PAGE;
    crm_status status = s->crm->http->query_only(r, names, 2, err);
    if (status == CRM_OK) status = find_import(s, r, &record, err);
    if (status == CRM_OK)
        status = query_number(s->crm, r, "limit", 1, IMPORT_REASONS_PAGE_MAX, &limit, err);
    if (status == CRM_OK) status = query_number(s->crm, r, "after", 0, INT64_MAX, &after, err);
    return status == CRM_OK
               ? put_import(s, r, &record, (struct reasons_page){after, (size_t)limit}, err)
               : status;
}

static crm_status get_rejects(void *ctx, struct crm_request *r, struct crm_error *err) {
    struct import_store *s = ctx;
    struct import_record record = {0};
    struct lines_out out = {s->crm->http, r};
    crm_status status = find_import(s, r, &record, err);
    if (status != CRM_OK) return status;
    status = open_lines(s->crm, r, err);
    return status == CRM_OK
               ? import_store_rejects(s, record.id, s->crm->http->arena(r), stream_lines, &out, err)
               : status;
}

static crm_status stop_import(void *ctx, struct crm_request *r, struct crm_error *err) {
    static const struct crm_text not_running = {"not_running", "This import is not running.",
                                                "Этот импорт не выполняется."};
    struct import_store *s = ctx;
    struct import_record record = {0};
    crm_status status = s->crm->http->query_only(r, NULL, 0, err);
    if (status == CRM_OK) status = find_import(s, r, &record, err);
    if (status != CRM_OK) return status;
    if (!import_store_stop(s, record.id))
        return s->crm->base->error_set(err, CRM_CONFLICT, &not_running, NULL, 0);
    s->crm->http->status(r, 204);
    return CRM_OK;
}

#define REASONS_QUERY                                                                              \
    "{\"name\":\"limit\",\"in\":\"query\",\"description\":\"How many reasons at "                  \
    "most\",\"schema\":{"                                                                          \
    "\"type\":\"integer\",\"minimum\":1,\"maximum\":1000}},{\"name\":\"after\",\"in\":\"query\","  \
    "\"description\":\"The line that the page before ended "                                       \
    "with\",\"schema\":{\"type\":\"string\"}}"

crm_status import_route_register(struct import_store *s, struct crm_error *err) {
    const struct crm_route routes[] = {
        {.flags = CRM_ROUTE_STREAM_IN,
         .method = "POST",
         .pattern = "/api/v1/imports",
         .handle = post_import,
         .summary = "Imports a file (CSV, XLSX or vCard), which is the body"},
        {.method = "GET",
         .pattern = "/api/v1/imports/{id}",
         .handle = get_import,
         .summary = "State, counts and changeset of an import; "
                    "why rows were left out, page by page",
         .query_schema = REASONS_QUERY},
        {.method = "DELETE",
         .pattern = "/api/v1/imports/{id}",
         .handle = stop_import,
         .summary = "Stop an import that runs"},
        {.method = "GET",
         .pattern = "/api/v1/imports/{id}/rejects",
         .handle = get_rejects,
         .summary = "The rejected rows with their reasons, as CSV"}};
    const struct crm_route common = {.lane = CRM_LANE_READER, .tag = "import", .ctx = s};
    return crm_routes_add(s->crm, &common, routes, sizeof routes / sizeof *routes, err);
}
