/* See reindex.h. Page by page, each in a transaction of its own. */
#include "record/reindex.h"

#include <stdlib.h>

#include "record/apply.h"
#include "record/search_fill.h"
#include "store/search_rebuild.h"

enum { REINDEX_PAGE = 1000, PAGE_ARENA_BYTES = 1 << 30, LISTS_MAX = 64 };

struct reindex_page {
    struct arena *arena;
    const struct schema_entity *entity;
    struct value *rows[REINDEX_PAGE];
    int64_t ids[REINDEX_PAGE];
    struct { /* searchable lists, read for the whole page at once */
        const struct schema_field *field;
        struct store_item *items[REINDEX_PAGE];
        size_t counts[REINDEX_PAGE];
    } lists[LISTS_MAX];
    size_t list_count;
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
    p->ids[p->count] = p->last_id;
    p->rows[p->count++] = copy;
    return p->count < REINDEX_PAGE;
}

static crm_status read_lists(struct store_conn *c, struct reindex_page *p, struct err *err) {
    crm_status status = CRM_OK;
    p->list_count = 0;
    for (size_t i = 0; i < p->entity->field_count && status == CRM_OK; i++) {
        const struct schema_field *f = &p->entity->fields[i];
        if (!f->search || schema_storage_of(f) != SCHEMA_STORAGE_LINKS) continue;
        if (p->list_count == LISTS_MAX) break; /* the others are read record by record */
        size_t at = p->list_count++;
        p->lists[at].field = f;
        status = store_links_get(c, f, p->ids, p->count, p->arena, p->lists[at].items,
                                 p->lists[at].counts, err);
    }
    return status;
}

static crm_status put_row(struct store_conn *c, struct reindex_page *p, size_t at,
                          struct err *err) {
    struct record_items_change lists[LISTS_MAX];
    struct record_change still = {.verb = RECORD_UPDATE,
                                  .entity = p->entity,
                                  .id = p->ids[at],
                                  .before = p->rows[at],
                                  .after = p->rows[at],
                                  .items = lists,
                                  .item_change_count = p->list_count};
    for (size_t i = 0; i < p->list_count; i++)
        lists[i] = (struct record_items_change){.field = p->lists[i].field,
                                                .after = p->lists[i].items[at],
                                                .after_count = p->lists[i].counts[at]};
    struct store_search_row made;
    crm_status status = search_row_make(c, p->arena, &still, SEARCH_ROW_AFTER, &made, err);
    return status == CRM_OK ? store_search_put(c, p->entity, NULL, &made, err) : status;
}

static crm_status put_page(struct store_conn *c, struct reindex_page *p, struct err *err) {
    p->count = 0;
    crm_status status = store_record_each(c, p->entity, NULL, p->last_id, REINDEX_PAGE, false,
                                          p->arena, keep_row, p, err);
    if (status == CRM_OK && p->no_memory) status = err_no_memory(err);
    if (status == CRM_OK && p->count > 0) status = read_lists(c, p, err);
    for (size_t i = 0; i < p->count && status == CRM_OK; i++)
        status = put_row(c, p, i, err);
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
        if (status == CRM_OK && p->count < REINDEX_PAGE)
            status = store_search_filled(c, p->entity, err);
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
