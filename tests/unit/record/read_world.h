/* The world of world.h seen through the reading doors: answers as text, compared word by word. */
#ifndef RECORD_READ_WORLD_H
#define RECORD_READ_WORLD_H

#include "record/world.h"

#include "record/read.h"

/* What one request holds. */
struct reading {
    struct world *w;
    struct access access;
    struct record_view view;
    struct arena arena;
    struct buf out;
    struct json_writer json;
    crm_status status;
};

static UNUSED_OK void reading_begin(struct reading *r, struct world *w) {
    memset(r, 0, sizeof *r);
    r->w = w;
    arena_init(&r->arena, 64u << 20);
    buf_init(&r->out, 4u << 20);
    json_writer_init(&r->json, &r->out);
    access_init(&r->access, w->schema, &w->actor);
    must(w, record_view_init(&r->view, w->engine, w->reader, &r->access, &r->arena, &w->err));
}

/* The answer, in the world's arena; "" for an error, which is in w->err. */
static UNUSED_OK const char *reading_end(struct reading *r) {
    const char *text = r->status == CRM_OK ? arena_cstr(&r->w->arena, buf_str(&r->out)) : "";
    assert_int_equal(r->out.status, CRM_OK);
    if (r->status == CRM_OK) { /* whatever it says, it is JSON */
        json_t *tree = NULL;
        struct json_limits limits = {
            .max_bytes = 8u << 20, .max_depth = 32, .max_elements = 1000000};
        if (json_parse(buf_str(&r->out), &limits, &tree, &r->w->err) != CRM_OK)
            fail_msg("not JSON: %s", text);
        json_decref(tree);
    }
    record_view_fini(&r->view);
    buf_fini(&r->out);
    arena_fini(&r->arena);
    return text;
}

static UNUSED_OK const char *get_json(struct world *w, const char *name, int64_t id,
                                      const char *fields) {
    struct reading r;
    reading_begin(&r, w);
    r.status =
        record_get_json(&r.view, entity(w, name), id, str_from(fields), &r.json, NULL, &w->err);
    return reading_end(&r);
}

static UNUSED_OK const char *list_json(struct world *w, const char *name,
                                       const struct record_list_options *o) {
    struct reading r;
    reading_begin(&r, w);
    r.status = record_list_json(&r.view, entity(w, name), o, &r.json, &w->err);
    return reading_end(&r);
}

static UNUSED_OK const char *query_json(struct world *w, const char *body) {
    struct reading r;
    json_t *tree = json_loads(body, 0, NULL);
    assert_non_null(tree);
    reading_begin(&r, w);
    r.status = record_query_json(&r.view, tree, &r.json, &w->err);
    json_decref(tree);
    return reading_end(&r);
}

/* Writes the object through JSON; the status of reading it, then of the commit. */
static UNUSED_OK crm_status write_json(struct world *w, enum record_verb verb, const char *name,
                                       int64_t id, const char *body) {
    struct reading r;
    json_t *tree = json_loads(body, 0, NULL);
    if (!tree) fail_msg("not JSON: %s", body);
    reading_begin(&r, w);
    struct changeset *c = begin(w);
    struct record_op *op =
        verb == RECORD_CREATE ? create(w, c, name) : changeset_op(c, verb, entity(w, name), id);
    w->errors = (struct err_list){0};
    crm_status status = record_op_from_json(&r.view, c, op, tree, NULL, &w->errors, &w->err);
    json_decref(tree);
    r.status = CRM_INTERNAL;
    (void)reading_end(&r);
    if (status == CRM_OK) return commit(w, c);
    changeset_fini(c);
    return status;
}

static UNUSED_OK int64_t make_json(struct world *w, const char *name, const char *body) {
    must(w, write_json(w, RECORD_CREATE, name, 0, body));
    return w->result.outcomes[0].id;
}

static UNUSED_OK void assert_json(const char *got, const char *format, ...) {
    char wanted[16384];
    va_list args;
    va_start(args, format);
    vsnprintf(wanted, sizeof wanted, format, args);
    va_end(args);
    if (strcmp(got, wanted) != 0) print_error("got    %s\nwanted %s\n", got, wanted);
    assert_string_equal(got, wanted);
}

static UNUSED_OK void assert_fails(struct world *w, const char *answer, crm_status status,
                                   const char *code) {
    if (*answer) print_error("got %s\n", answer);
    assert_string_equal(answer, "");
    if (w->err.status != status || strcmp(w->err.text.code, code) != 0)
        world_show(&w->err, code, 0);
    assert_int_equal(w->err.status, status);
    assert_string_equal(w->err.text.code, code);
}

typedef long long ll;

static UNUSED_OK const char *search_json(struct world *w, const char *q, const char *entities,
                                         int64_t limit, struct str after) {
    struct reading r;
    reading_begin(&r, w);
    r.status = record_search_json(&r.view, str_from(q), str_from(entities), limit, after, &r.json,
                                  &w->err);
    return reading_end(&r);
}

#endif
