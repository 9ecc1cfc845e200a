/* Running a bulk write chunk by chunk. See bulk.h. */
#include "http/bulk.h"

#include <stdio.h>

#include "base/time.h"
#include "http/messages.h"
#include "record/read_kept.h"

enum { CHUNK_MEMORY = 64 * 1024 * 1024 };

static const char *action_of(const json_t *body) {
    static const char *const actions[] = {"set", "delete", "restore", "merge"};
    const char *found = NULL;
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (!json_object_get(body, actions[i])) continue;
        if (found) return NULL;
        found = actions[i];
    }
    return found;
}

crm_status bulk_check(const json_t *body, struct err *err) {
    const json_t *ids = json_object_get(body, "ids"), *where = json_object_get(body, "where");
    const char *action = action_of(body);
    bool one_choice = (ids != NULL) != (where != NULL);
    bool has_form =
        one_choice && action && (!ids || json_is_array(ids)) && (!where || json_is_string(where));
    if (has_form && strcmp(action, "set") == 0)
        has_form = json_is_object(json_object_get(body, "set"));
    if (has_form && (strcmp(action, "delete") == 0 || strcmp(action, "restore") == 0))
        has_form = json_is_true(json_object_get(body, action));
    if (has_form && strcmp(action, "merge") == 0)
        has_form = ids && json_is_object(json_object_get(body, "merge"));
    return has_form ? CRM_OK : err_set(err, CRM_INVALID, &http_bulk_form, NULL);
}

static enum record_verb verb_of(const struct bulk *b) {
    if (json_object_get(b->body, "delete")) return RECORD_DELETE;
    return json_object_get(b->body, "restore") ? RECORD_RESTORE : RECORD_UPDATE;
}

static crm_status query_of(const struct bulk *b, struct arena *a, struct store_query *ret,
                           struct err *err) {
    struct record_scope storage;
    struct str where = json_str(json_object_get(b->body, "where"));
    enum record_verb verb = verb_of(b);
    *ret = (struct store_query){.access = b->access,
                                .from = b->entity,
                                .now_ms = clock_now_ms(),
                                .action = verb == RECORD_UPDATE ? SCHEMA_ACTION_UPDATE
                                                                : SCHEMA_ACTION_DELETE,
                                .trash = verb == RECORD_RESTORE ? STORE_TRASHED : STORE_LIVING};
    if (str_trim(where).len == 0) return CRM_OK;
    struct expr_scope scope =
        record_scope_init(&storage, b->reader, b->access, b->entity, ret->now_ms);
    return expr_parse(a, where, &scope, EXPR_MODE_ROW, &ret->where, err);
}

crm_status bulk_count(struct bulk *b, int64_t *ret, struct err *err) {
    struct store_query query;
    bool exact;
    crm_status status = store_begin(b->reader, err);
    if (status != CRM_OK) return status;
    status = query_of(b, b->arena, &query, err);
    if (status == CRM_OK)
        status = store_count_run(b->reader, &query, STORE_COUNT_CAPPED, ret, &exact, err);
    if (status == CRM_OK && !exact) *ret = BULK_AT_ONCE + 1;
    store_rollback(b->reader);
    return status;
}

/* ---- which records ------------------------------------------------------------------------- */

struct ids {
    int64_t *list;
    size_t count;
};

/* The next ids after `*last` that the filter holds: by id, so that what was written does not come
 * again. */
static crm_status next_matching(struct bulk *b, struct arena *a, struct str *cursor,
                                struct ids *ret, struct err *err) {
    struct store_query query;
    struct store_page page = {0};
    crm_status status = store_begin(b->reader, err);
    if (status != CRM_OK) return status;
    status = query_of(b, a, &query, err);
    const struct store_list list = {.query = query, .limit = BULK_CHUNK, .after = *cursor};
    if (status == CRM_OK) status = store_list_run(b->reader, &list, a, &page, err);
    store_rollback(b->reader);
    if (status != CRM_OK) return status;
    *ret = (struct ids){page.ids, page.count};
    *cursor = arena_str(b->arena, page.next);
    return page.next.len && !cursor->ptr ? err_no_memory(err) : CRM_OK;
}

static crm_status next_given(struct bulk *b, struct arena *a, size_t *at, struct ids *ret,
                             struct err *err) {
    const json_t *given = json_object_get(b->body, "ids");
    size_t left = json_array_size(given) - *at;
    ret->count = left < BULK_CHUNK ? left : BULK_CHUNK;
    ret->list = ARENA_ARRAY(a, ret->count + 1, int64_t);
    if (!ret->list) return err_no_memory(err);
    for (size_t i = 0; i < ret->count; i++)
        if (!id_parse(json_str(json_array_get(given, *at + i)), &ret->list[i]))
            return err_set(err, CRM_INVALID, &http_not_found, NULL);
    *at += ret->count;
    return CRM_OK;
}

/* ---- a chunk ------------------------------------------------------------------------------- */

static crm_status note_failure(struct bulk *b, int64_t id, const struct err *failure,
                               struct err *err) {
    b->failed++;
    if (b->failure_count == BULK_FAILURES_SHOWN) return CRM_OK;
    if (!b->failures) b->failures = ARENA_ARRAY(b->arena, BULK_FAILURES_SHOWN, struct bulk_failure);
    if (!b->failures) return err_no_memory(err);
    b->failures[b->failure_count].id = id;
    err_copy(&b->failures[b->failure_count++].err, failure);
    return CRM_OK;
}

static crm_status fill(struct bulk *b, struct arena *a, struct changeset *c, const struct ids *ids,
                       struct err *err) {
    struct record_view view;
    enum record_verb verb = verb_of(b);
    const json_t *set = json_object_get(b->body, "set");
    crm_status status = record_view_init(&view, b->engine, b->reader, b->access, a, err);
    if (status == CRM_OK) status = store_begin(b->reader, err);
    for (size_t i = 0; status == CRM_OK && i < ids->count; i++) {
        struct record_op *op = changeset_op(c, verb, b->entity, ids->list[i]);
        if (!op)
            status = err_no_memory(err);
        else if (b->turn_count || set)
            status = record_op_from_json(&view, c, op,
                                         b->turn_count ? b->turns[b->turn++ % b->turn_count] : set,
                                         NULL, NULL, err);
    }
    if (store_in_transaction(b->reader)) store_rollback(b->reader);
    record_view_fini(&view);
    return status;
}

static crm_status count_outcomes(struct bulk *b, const struct changeset_result *result,
                                 struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; i < result->count && status == CRM_OK; i++) {
        const struct record_outcome *o = &result->outcomes[i];
        if (o->status != CRM_OK && o->err) {
            status = note_failure(b, o->id ? o->id : result->changeset->ops[i].id, o->err, err);
        } else if (o->changed) {
            b->changed++;
        } else {
            b->unchanged++;
        }
    }
    return status;
}

static crm_status write_chunk(struct bulk *b, struct arena *a, const struct ids *ids,
                              int64_t parent, struct err *err) {
    struct changeset c;
    struct changeset_result result = {0};
    struct err_list errors = {0};
    changeset_init(&c, a, (struct schema *)(uintptr_t)b->access->schema, &b->access->actor);
    c.flags = CHANGESET_KEEP_GOING | CHANGESET_BULK;
    c.part_of = parent;
    c.cause = b->cause;
    crm_status status = fill(b, a, &c, ids, err);
    if (status == CRM_OK && !parent && b->idempotency) status = b->idempotency(b->ctx, &c, err);
    if (status == CRM_OK)
        status = changeset_commit(b->engine, b->reader, &c, &result, &errors, err);
    if (status == CRM_OK) status = count_outcomes(b, &result, err);
    if (status == CRM_OK && result.id) b->changeset = parent ? parent : result.id;
    changeset_fini(&c);
    return status;
}

crm_status bulk_run(struct bulk *b, struct err *err) {
    const json_t *given = json_object_get(b->body, "ids");
    struct arena chunk;
    struct str cursor = STR_NONE;
    size_t at = 0;
    int64_t parent = b->parent;
    crm_status status = CRM_OK;
    arena_init(&chunk, CHUNK_MEMORY);
    for (bool more = true; more && status == CRM_OK;) {
        struct ids ids = {0};
        arena_reset(&chunk);
        status = given ? next_given(b, &chunk, &at, &ids, err)
                       : next_matching(b, &chunk, &cursor, &ids, err);
        more = given ? at < json_array_size(given) : cursor.len > 0;
        if (status != CRM_OK || ids.count == 0) break;
        b->matched += (int64_t)ids.count;
        if (more && !parent) parent = changeset_parent_new(b->engine);
        status = write_chunk(b, &chunk, &ids, parent, err);
        if (b->on_progress) b->on_progress(b, b->ctx);
        if (status == CRM_OK && b->is_cancelled && b->is_cancelled(b->ctx))
            status = err_set(err, CRM_CANCELLED, &http_stopping, NULL);
    }
    arena_fini(&chunk);
    return status;
}

/* ---- the answer ---------------------------------------------------------------------------- */

static void put_failure(const struct bulk_failure *f, enum language language,
                        struct json_writer *w) {
    struct buf text;
    buf_init(&text, 4096);
    err_format(&f->err, language, &text);
    json_object_open(w);
    json_key_lit(w, "id");
    json_id(w, f->id);
    json_key_lit(w, "code");
    json_cstr(w, f->err.text.code ? f->err.text.code : "internal");
    if (f->err.field[0]) {
        json_key_lit(w, "field");
        json_cstr(w, f->err.field);
    }
    json_key_lit(w, "detail");
    json_text(w, buf_str(&text));
    json_object_shut(w);
    buf_fini(&text);
}

void bulk_failures_json(const struct bulk_failure *failures, size_t count, enum language language,
                        struct json_writer *w) {
    json_key_lit(w, "failures");
    json_array_open(w);
    for (size_t i = 0; i < count; i++)
        put_failure(&failures[i], language, w);
    json_array_shut(w);
}

void bulk_json(const struct bulk *b, enum language language, struct json_writer *w) {
    const struct {
        const char *key;
        int64_t n;
    } counts[] = {{"matched", b->matched},
                  {"changed", b->changed},
                  {"unchanged", b->unchanged},
                  {"failed", b->failed}};
    json_object_open(w);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        json_key_lit(w, counts[i].key);
        json_int64(w, counts[i].n);
    }
    bulk_failures_json(b->failures, b->failure_count, language, w);
    json_key_lit(w, "changeset");
    if (b->changeset) {
        json_id(w, b->changeset);
    } else {
        json_nil(w);
    }
    json_object_shut(w);
}
