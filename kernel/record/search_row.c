/* The search row of a record: its searchable texts folded, one after the other, with owner and
 * team.
 *
 * Written when one of them changed; a trashed record has none. While other fields become searchable
 * the rows are made anew in the order of ids (rebuild.c): up to the noted one they hold the fields
 * of now, behind it those of before - also rows of new records, so that each row is taken away by
 * the very words that went in. Lists contribute their values and normalised keys, so that a phone
 * is found by its digits. */
#include "base/unicode.h"
#include "record/apply.h"
#include "record/search_fill.h"

enum { SEARCH_ROW_MAX_BYTES = 1 << 20 };

static bool is_listed(const struct schema_field *f) {
    return schema_storage_of(f) == SCHEMA_STORAGE_LINKS;
}

static bool is_touched(const struct record_change *c) {
    const struct schema_entity *e = c->entity;
    if (!c->before || !c->after) return true;
    int32_t slots[] = {std_slot(e, SCHEMA_STD_OWNER), std_slot(e, SCHEMA_STD_TEAM),
                       std_slot(e, SCHEMA_STD_DELETED_AT)};
    for (size_t i = 0; i < 3; i++)
        if (slots[i] >= 0 && slot_has(&c->changed, slots[i])) return true;
    for (size_t i = 0; i < e->field_count; i++)
        if ((e->fields[i].search || e->fields[i].searched) && slot_has(&c->changed, (int32_t)i))
            return true;
    for (size_t i = 0; i < c->item_change_count; i++)
        if (c->items[i].field->search || c->items[i].field->searched) return true;
    return false;
}

static void add_text(struct buf *out, struct str s) {
    if (s.len == 0) return;
    if (out->len) buf_add_char(out, ' ');
    fold_text(s, out);
}

static void add_items(struct buf *out, const struct store_item *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (items[i].value.type != VALUE_TEXT) continue;
        add_text(out, items[i].value.text);
        if (items[i].key.len && !str_eq(items[i].key, items[i].value.text))
            add_text(out, items[i].key);
    }
}

/* A list before or after the change; one that did not change is read. */
static crm_status add_list(struct store_conn *conn, struct arena *a, const struct record_change *c,
                           const struct schema_field *f, bool after, struct buf *out,
                           struct err *err) {
    for (size_t i = 0; i < c->item_change_count; i++)
        if (c->items[i].field == f) {
            add_items(out, after ? c->items[i].after : c->items[i].before,
                      after ? c->items[i].after_count : c->items[i].before_count);
            return CRM_OK;
        }
    if (!c->before) return CRM_OK;
    struct store_item *items = NULL;
    size_t count = 0;
    crm_status status = store_links_get(conn, f, &c->id, 1, a, &items, &count, err);
    if (status == CRM_OK) add_items(out, items, count);
    return status;
}

crm_status search_row_make(struct store_conn *conn, struct arena *a, const struct record_change *c,
                           unsigned flags, struct store_search_row *ret, struct err *err) {
    const struct schema_entity *e = c->entity;
    bool after = (flags & SEARCH_ROW_AFTER) != 0;
    const struct value *row = after ? c->after : c->before;
    struct buf text;
    crm_status status = CRM_OK;
    buf_init(&text, SEARCH_ROW_MAX_BYTES);
    for (size_t i = 0; i < e->field_count && status == CRM_OK; i++) {
        const struct schema_field *f = &e->fields[i];
        if (!(flags & SEARCH_ROW_FORMER ? f->searched : f->search)) continue;
        if (is_listed(f))
            status = add_list(conn, a, c, f, after, &text, err);
        else
            add_text(&text, value_str(row[i]));
    }
    *ret = (struct store_search_row){.id = c->id,
                                     .owner = row_std_int(e, row, SCHEMA_STD_OWNER),
                                     .team = row_std_int(e, row, SCHEMA_STD_TEAM),
                                     .folded = arena_str(a, buf_str(&text)),
                                     .words_only =
                                         (flags & SEARCH_ROW_FORMER) && e->substring_filling};
    if (status == CRM_OK && (text.status == CRM_NO_MEMORY || !ret->folded.ptr))
        status = err_no_memory(err);
    buf_fini(&text);
    return status;
}

static crm_status read_fill(struct apply *a, const struct schema_entity *e, struct search_fill *ret,
                            struct err *err) {
    struct search_fill fill;
    if (!e->searching && !atomic_load(&a->engine->repairing)) return CRM_OK;
    crm_status status = search_fill_read(a->conn, e, &fill, err);
    if (status == CRM_OK && (e->searching || fill.begun)) *ret = fill;
    return status;
}

crm_status search_row_apply(struct apply *a, const struct record_change *c, struct err *err) {
    struct store_search_row before, after;
    bool was = row_is_living(c->entity, c->before), is = row_is_living(c->entity, c->after);
    struct search_fill fill = {.renewed = INT64_MAX};
    if ((!was && !is) || !is_touched(c)) return CRM_OK;
    crm_status status = read_fill(a, c->entity, &fill, err);
    unsigned former = c->id > fill.renewed ? SEARCH_ROW_FORMER : 0;
    if (status != CRM_OK || (former && !fill.has_former)) return status;
    if (was) status = search_row_make(a->conn, a->changeset->arena, c, former, &before, err);
    if (status == CRM_OK && is)
        status = search_row_make(a->conn, a->changeset->arena, c, former | SEARCH_ROW_AFTER, &after,
                                 err);
    if (status != CRM_OK) return status;
    return store_search_put(a->conn, c->entity, was ? &before : NULL, is ? &after : NULL, err);
}
