/* See bulk.h. */
#include "record/bulk.h"

#include <stdlib.h>

#include "record/engine_state.h"
#include "record/writer.h"
#include "store/bulk.h"

enum { BULK_PARTS_MAX = 2 };

struct engine_bulk {
    struct engine *engine;
    struct schema *schema; /* counted */
    const struct schema_entity *entities[BULK_PARTS_MAX];
    struct store_bulk *parts[BULK_PARTS_MAX]; /* the writer's */
    size_t count;
    struct slot_set filled;
    int64_t expected_rows;
    bool done;
};

/* Records of an entity with a pipeline bring a row of stage_change each. */
static void choose_parts(struct engine_bulk *b, const struct schema_entity *e) {
    const struct schema_entity *moves = schema_find(b->schema, STR("stage_change"));
    b->entities[b->count++] = e;
    if (e->pipeline.present && moves) b->entities[b->count++] = moves;
}

static bool is_reference(const struct schema_field *f) {
    return f->type == SCHEMA_FIELD_REF || f->type == SCHEMA_FIELD_REF_ANY;
}

/* Besides what the import gives: the pipeline's fields, owner and team, and what has a default. */
static void choose_filled(struct engine_bulk *b, const struct slot_set *given) {
    const struct schema_entity *e = b->entities[0];
    for (size_t i = 0; i < e->field_count; i++) {
        const struct schema_field *f = &e->fields[i];
        bool by_itself = f->id < SCHEMA_FIRST_FIELD_ID || (int32_t)i == e->pipeline.stage_slot ||
                         (int32_t)i == e->pipeline.pipeline_slot ||
                         !(is_reference(f) || f->type == SCHEMA_FIELD_CHOICE);
        if (!given || by_itself || slot_has(given, (int32_t)i)) slot_add(&b->filled, (int32_t)i);
    }
}

static crm_status begin_parts(void *ctx, struct store_conn *c, struct err *err) {
    struct engine_bulk *b = ctx;
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < b->count; i++)
        status = store_bulk_begin(c, b->entities[i], i == 0 ? &b->filled : NULL, b->expected_rows,
                                  &b->parts[i], err);
    return status;
}

static crm_status step(void *ctx, struct store_conn *c, struct err *err) {
    struct engine_bulk *b = ctx;
    size_t at = 0;
    bool done = false;
    (void)c;
    while (at < b->count && !b->parts[at])
        at++;
    b->done = at == b->count;
    if (b->done) return CRM_OK;
    crm_status status = store_bulk_step(b->parts[at], &done, err);
    if (status != CRM_OK || !done) return status;
    status = store_bulk_end(b->parts[at], err);
    b->parts[at] = NULL;
    return status;
}

static crm_status abandon_parts(void *ctx, struct store_conn *c, struct err *err) {
    struct engine_bulk *b = ctx;
    (void)c, (void)err;
    for (size_t i = 0; i < b->count; i++) {
        store_bulk_abandon(b->parts[i]);
        b->parts[i] = NULL;
    }
    return CRM_OK;
}

static void bulk_free(struct engine_bulk *b) {
    for (size_t i = 0; i < b->count; i++)
        store_bulk_free(b->parts[i]);
    schema_unref(b->schema);
    free(b);
}

crm_status engine_bulk_begin(struct engine *e, const struct engine_bulk_options *options,
                             struct engine_bulk **ret, struct err *err) {
    struct engine_bulk *b = calloc(1, sizeof *b);
    if (!b) return err_no_memory(err);
    b->engine = e;
    b->schema = schema_ref(options->schema);
    b->expected_rows = options->expected_rows;
    choose_parts(b, options->entity);
    choose_filled(b, options->filled);
    atomic_fetch_add(&e->bulks, 1);
    crm_status status = writer_exclusive(e->writer, begin_parts, b, err);
    if (status == CRM_OK) {
        *ret = b;
        return CRM_OK;
    }
    engine_bulk_end(b, NULL);
    return status;
}

crm_status engine_bulk_end(struct engine_bulk *b, struct err *err) {
    crm_status status = CRM_OK;
    if (!b) return CRM_OK;
    while (status == CRM_OK && !b->done)
        status = writer_exclusive(b->engine->writer, step, b, err);
    if (status != CRM_OK) (void)writer_exclusive(b->engine->writer, abandon_parts, b, NULL);
    atomic_fetch_sub(&b->engine->bulks, 1);
    bulk_free(b);
    return status;
}
