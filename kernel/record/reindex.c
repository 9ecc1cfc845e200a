/* See reindex.h. Page by page, each in a transaction of its own. */
#include "record/reindex.h"

#include <stdlib.h>

#include "record/apply.h"
#include "record/search_fill.h"
#include "store/search_rebuild.h"

enum { REINDEX_PAGE = 1000, PAGE_ARENA_BYTES = 1 << 30 };

struct reindex_page {
    struct arena *arena;
    const struct schema_entity *entity;
    struct value *rows[REINDEX_PAGE];
    size_t count;
    int64_t last_id;
    bool no_memory;
};

static bool keep_row(void *ctx, const struct value *row) {
    struct reindex_page *p = ctx;
    size_t fields = p->entity->field_count;
    struct value *copy = ARENA_ARRAY(p->arena, fields, struct value);
    for (size_t i = 0; copy && i < fields; i++)
        if (!value_copy(p->arena, &row[i], &copy[i])) copy = NULL;
    p->no_memory = !copy;
    if (!copy) return false;
    p->last_id = row_std_int(p->entity, row, SCHEMA_STD_ID);
    p->rows[p->count++] = copy;
    return p->count < REINDEX_PAGE;
}

static crm_status put_row(struct store_conn *c, struct reindex_page *p, struct value *row,
                          struct err *err) {
    struct record_change still = {.verb = RECORD_UPDATE,
                                  .entity = p->entity,
                                  .id = row_std_int(p->entity, row, SCHEMA_STD_ID),
                                  .before = row,
                                  .after = row};
    struct store_search_row made;
    crm_status status = search_row_make(c, p->arena, &still, SEARCH_ROW_AFTER, &made, err);
    return status == CRM_OK ? store_search_put(c, p->entity, NULL, &made, err) : status;
}

static crm_status put_page(struct store_conn *c, struct reindex_page *p, struct err *err) {
    p->count = 0;
    crm_status status = store_record_each(c, p->entity, NULL, p->last_id, REINDEX_PAGE, false,
                                          p->arena, keep_row, p, err);
    if (status == CRM_OK && p->no_memory) status = err_no_memory(err);
    for (size_t i = 0; i < p->count && status == CRM_OK; i++)
        status = put_row(c, p, p->rows[i], err);
    return status;
}

static crm_status reindex_entity(struct store_conn *c, struct reindex_page *p,
                                 const struct store_progress *progress, int64_t *done,
                                 struct err *err) {
    bool first = true;
    p->last_id = 0;
    do {
        arena_reset(p->arena);
        crm_status status = store_begin(c, err);
        if (status == CRM_OK && first) status = store_search_clear(c, p->entity, err);
        if (status == CRM_OK) status = put_page(c, p, err);
        if (status == CRM_OK && first && p->entity->searching)
            status = search_fill_whole(c, p->entity, err);
        if (status == CRM_OK) status = store_commit(c, err);
        if (status == CRM_OK) status = store_checkpoint(c, err);
        *done += (int64_t)p->count;
        if (status == CRM_OK && progress && !progress->step(progress->ctx, *done, 0))
            status = CRM_CANCELLED;
        if (status != CRM_OK) {
            if (store_in_transaction(c)) store_rollback(c);
            return status;
        }
        first = false;
    } while (p->count == REINDEX_PAGE);
    return CRM_OK;
}

static crm_status reindex(struct store_conn *writer, const struct schema_entity *entities,
                          size_t count, const struct store_progress *progress, struct err *err) {
    struct arena a;
    struct reindex_page *p = calloc(1, sizeof *p);
    int64_t done = 0;
    crm_status status = CRM_OK;
    if (!p) return err_no_memory(err);
    arena_init(&a, PAGE_ARENA_BYTES);
    p->arena = &a;
    for (size_t i = 0; i < count && status == CRM_OK; i++) {
        p->entity = &entities[i];
        if (p->entity->search) status = reindex_entity(writer, p, progress, &done, err);
    }
    arena_fini(&a);
    free(p);
    return status;
}

crm_status record_reindex(struct store_conn *writer, const struct schema *schema,
                          const struct store_progress *progress, struct err *err) {
    return reindex(writer, schema->entities, schema->entity_count, progress, err);
}

crm_status record_reindex_entity(struct store_conn *writer, const struct schema_entity *e,
                                 struct err *err) {
    return reindex(writer, e, 1, NULL, err);
}
