/* The reverse of a change of a multi-valued field: what it added goes, what it took away comes
 * back, item by item; items that others added or removed since stay as they are.
 *
 * An item that the change touched and somebody changed again is a conflict, which leaves the whole
 * field alone. Which labelled item is the primary one is settled by prepare. Threads: the undo's.
 */
#include "record/undo.h"

struct list {
    struct store_item *items;
    size_t count;
};

/* The same item, whatever hangs on it. */
static const struct store_item *find(const struct schema_field *f, const struct store_item *items,
                                     size_t count, const struct store_item *wanted) {
    for (size_t i = 0; i < count; i++) {
        if (!value_equal(&items[i].value, &wanted->value)) continue;
        if (f->type != SCHEMA_FIELD_LABELLED || str_eq(items[i].label, wanted->label))
            return &items[i];
    }
    return NULL;
}

static bool same_attributes(const struct schema_field *f, const struct store_item *a,
                            const struct store_item *b) {
    struct value nil = VALUE_OF_NIL;
    for (size_t n = 0; n < f->attribute_count; n++)
        if (!value_equal(a->attributes ? &a->attributes[n] : &nil,
                         b->attributes ? &b->attributes[n] : &nil))
            return false;
    return true;
}

static bool same_list(const struct schema_field *f, const struct store_item *a, size_t a_count,
                      const struct store_item *b, size_t b_count) {
    if (a_count != b_count) return false;
    for (size_t i = 0; i < a_count; i++)
        if (!value_equal(&a[i].value, &b[i].value) || !str_eq(a[i].label, b[i].label) ||
            a[i].primary != b[i].primary || !same_attributes(f, &a[i], &b[i]))
            return false;
    return true;
}

static struct value as_value(struct undo *u, const struct store_item *items, size_t count) {
    struct value *values = ARENA_ARRAY(u->changeset.arena, count + 1, struct value);
    for (size_t i = 0; values && i < count; i++)
        values[i] = items[i].value;
    return values ? (struct value){.type = VALUE_LIST, .list = {values, count}} : VALUE_OF_NIL;
}

static void drop(struct list *l, const struct store_item *item) {
    size_t at = (size_t)(item - l->items);
    memmove(&l->items[at], &l->items[at + 1], (l->count - at - 1) * sizeof *l->items);
    l->count--;
}

/* What the change added goes; what it gave other attributes gets its own back. */
static bool take_back(const struct schema_field *f, const struct image_field *it, struct list *l) {
    for (size_t i = 0; i < it->items_after_count; i++) {
        const struct store_item *after = &it->items_after[i],
                                *before = find(f, it->items_before, it->items_before_count, after),
                                *now = find(f, l->items, l->count, after);
        if (before && same_attributes(f, before, after)) continue;
        if (!now && before) return false;
        if (!now || (before && same_attributes(f, now, before))) continue;
        if (!same_attributes(f, now, after)) return false;
        if (before)
            l->items[now - l->items].attributes = before->attributes;
        else
            drop(l, now);
    }
    return true;
}

/* What the change took away comes back; `l` has room. */
static bool give_back(const struct schema_field *f, const struct image_field *it, struct list *l) {
    for (size_t i = 0; i < it->items_before_count; i++) {
        const struct store_item *before = &it->items_before[i];
        if (find(f, it->items_after, it->items_after_count, before)) continue;
        const struct store_item *now = find(f, l->items, l->count, before);
        if (now && !same_attributes(f, now, before)) return false;
        if (now) continue;
        l->items[l->count] = *before;
        l->items[l->count++].primary = false;
    }
    return true;
}

static crm_status replace(struct undo *u, struct record_op *op, const struct schema_field *f,
                          const struct store_item *items, size_t count, struct err *err) {
    return record_op_items(&u->changeset, op, f->slot, RECORD_ITEMS_REPLACE, items, count)
               ? CRM_OK
               : err_no_memory(err);
}

crm_status undo_items(struct undo *u, const struct log_change *c, const struct schema_field *f,
                      const struct image_field *it, struct record_op *op, struct err *err) {
    struct store_item *now = NULL;
    size_t count = 0;
    crm_status status =
        store_links_get(u->conn, f, &c->record, 1, u->changeset.arena, &now, &count, err);
    if (status != CRM_OK || same_list(f, now, count, it->items_before, it->items_before_count))
        return status;
    for (size_t i = 0; i < count && f->ref_entity; i++)
        now[i].value.entity = 0; /* the field says it, as in images */
    if (same_list(f, now, count, it->items_after, it->items_after_count))
        return replace(u, op, f, it->items_before, it->items_before_count, err);
    struct list l = {.count = count};
    l.items =
        ARENA_ARRAY(u->changeset.arena, count + it->items_before_count + 1, struct store_item);
    if (!l.items) return err_no_memory(err);
    if (count) memcpy(l.items, now, count * sizeof *now);
    if (!take_back(f, it, &l) || !give_back(f, it, &l)) {
        struct value expected = as_value(u, it->items_after, it->items_after_count),
                     found = as_value(u, now, count);
        return undo_conflict_add(u, c->entity, c->record, f, &expected, &found, err);
    }
    return same_list(f, now, count, l.items, l.count) ? CRM_OK
                                                      : replace(u, op, f, l.items, l.count, err);
}
