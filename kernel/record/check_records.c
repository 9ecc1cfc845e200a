/* Every record against the log: its version is that of its last change, each field holds what the
 * last image that names it left; against its search row; against its roll-ups, computed anew. */
#include "record/apply.h"
#include "record/check.h"
#include "record/image.h"
#include "record/rollups.h"
#include "store/integrity.h"

enum { HISTORY_MAX = 100000, SEARCH_ROWS_TOLD = 10 };

struct page {
    struct arena *arena;
    const struct schema_entity *entity;
    int64_t ids[CHECK_PAGE];
    struct value *rows[CHECK_PAGE];
    size_t count;
    bool exhausted;
};

static bool page_row(void *ctx, const struct value *row) {
    struct page *p = ctx;
    size_t fields = p->entity->field_count;
    struct value *copy = ARENA_ARRAY(p->arena, fields, struct value);
    for (size_t i = 0; copy && i < fields; i++)
        if (!value_copy(p->arena, &row[i], &copy[i])) copy = NULL;
    p->exhausted = !copy;
    if (!copy) return false;
    p->ids[p->count] = row_std_int(p->entity, row, SCHEMA_STD_ID);
    p->rows[p->count++] = copy;
    return p->count < CHECK_PAGE;
}

/* ---- against the log ------------------------------------------------------------------------- */
struct history {
    struct check *check;
    const struct schema_entity *entity;
    const struct value *row;
    int64_t id;
    struct arena *arena;
    struct slot_set seen;
    size_t changes;
    bool ended; /* at the creation that made this record */
    struct log_change *items;
    size_t capacity;
    bool exhausted;
};

static bool history_note(void *ctx, const struct log_change *c) {
    struct history *h = ctx;
    struct log_change *items =
        arena_grow(h->arena, h->items, h->changes, &h->capacity, sizeof *items);
    h->exhausted = !items;
    if (!items) return false;
    h->items = items;
    items[h->changes++] = *c;
    return c->verb != RECORD_CREATE;
}

static bool same_items(const struct schema_field *f, const struct store_item *a, size_t a_count,
                       const struct store_item *b, size_t b_count) {
    if (a_count != b_count) return false;
    for (size_t i = 0; i < a_count; i++)
        if (!value_equal(&a[i].value, &b[i].value) || !str_eq(a[i].label, b[i].label)) return false;
    (void)f;
    return true;
}

static crm_status image_compare(struct history *h, const struct image_field *it, struct err *err) {
    const struct schema_field *f = schema_field_by_id(h->entity, it->field);
    if (!f || f->building || slot_has(&h->seen, f->slot) || f->type == SCHEMA_FIELD_FORMULA)
        return CRM_OK;
    slot_add(&h->seen, f->slot);
    bool same;
    if (it->is_items) {
        struct store_item *items = NULL;
        size_t count = 0;
        if (schema_storage_of(f) != SCHEMA_STORAGE_LINKS) return CRM_OK;
        crm_status status =
            store_links_get(h->check->conn, f, &h->id, 1, h->arena, &items, &count, err);
        if (status != CRM_OK) return status;
        for (size_t i = 0; i < count && f->ref_entity; i++)
            items[i].value.entity = 0; /* the field says it, as in images */
        same = same_items(f, items, count, it->items_after, it->items_after_count);
    } else {
        same = value_equal(&h->row[f->slot], &it->after);
    }
    if (!same)
        check_problem(h->check, "%.*s %lld: %.*s is not what the log says",
                      STR_ARG(h->entity->name), (long long)h->id, STR_ARG(f->name));
    return CRM_OK;
}

static crm_status record_compare(struct check *k, const struct schema_entity *e, int64_t id,
                                 const struct value *row, struct arena *a, struct err *err) {
    struct history h = {.check = k, .entity = e, .row = row, .id = id, .arena = a};
    crm_status status =
        log_each_of_record(k->conn, k->schema, e->id, id, 0, HISTORY_MAX, a, history_note, &h, err);
    if (status == CRM_OK && h.exhausted) status = err_no_memory(err);
    if (status != CRM_OK) return status;
    int64_t version = row_std_int(e, row, SCHEMA_STD_VERSION);
    if (h.changes == 0)
        check_problem(k, "%.*s %lld: the log does not know it", STR_ARG(e->name), (long long)id);
    else if (h.items[0].version != version || h.items[0].verb == RECORD_PURGE)
        check_problem(k, "%.*s %lld: version %lld, the log says %lld", STR_ARG(e->name),
                      (long long)id, (long long)version, (long long)h.items[0].version);
    for (size_t i = 0; i < h.changes && status == CRM_OK; i++) {
        struct image_field *fields = NULL;
        size_t count = 0;
        if (h.items[i].images.len == 0) continue;
        status = image_decode(a, h.items[i].images, e, &fields, &count, err);
        for (size_t n = 0; n < count && status == CRM_OK; n++)
            status = image_compare(&h, &fields[n], err);
    }
    return status;
}

/* ---- against search -------------------------------------------------------------------------- */
static crm_status search_compare(struct check *k, const struct schema_entity *e, int64_t id,
                                 struct value *row, struct arena *a, struct err *err) {
    struct record_change still = {
        .verb = RECORD_UPDATE, .entity = e, .id = id, .before = row, .after = row};
    struct store_search_row wanted;
    bool has = true, living = row_is_living(e, row);
    crm_status status = search_row_make(k->conn, a, &still, SEARCH_ROW_AFTER, &wanted, err);
    if (status == CRM_OK) status = store_search_has(k->conn, e, &wanted, &has, err);
    if (status == CRM_OK && has != living && wanted.folded.len > 0 &&
        k->search_rows_wrong++ < SEARCH_ROWS_TOLD)
        check_problem(k, "%.*s %lld: search %s", STR_ARG(e->name), (long long)id,
                      living ? "does not find it" : "still finds it");
    return status;
}

/* ---- roll-ups -------------------------------------------------------------------------------- */
crm_status check_rollups(struct check *k, const struct schema_entity *e, struct arena *a,
                         const int64_t *ids, struct value *const *rows, size_t count,
                         struct err *err) {
    for (size_t f = 0; f < e->field_count; f++) {
        const struct schema_field *field = &e->fields[f];
        if (field->type != SCHEMA_FIELD_ROLLUP || !field->stored || field->building) continue;
        for (size_t i = 0; i < count; i++) {
            struct value made = VALUE_OF_NIL;
            crm_status status =
                rollup_query(k->conn, a, k->schema, e, field, ids[i], k->company, &made, err);
            if (status != CRM_OK) return status;
            const struct value *kept = &rows[i][f];
            bool same = made.type == VALUE_MONEY && kept->type == VALUE_MONEY
                            ? made.base == kept->base
                            : value_equal(&made, kept);
            if (!same)
                check_problem(k, "%.*s %lld: the roll-up %.*s is wrong", STR_ARG(e->name),
                              (long long)ids[i], STR_ARG(field->name));
        }
    }
    return CRM_OK;
}

static crm_status page_check(struct check *k, struct page *p, struct err *err) {
    const struct schema_entity *e = p->entity;
    crm_status status = CRM_OK;
    for (size_t i = 0; i < p->count && status == CRM_OK; i++) {
        k->report.records++;
        if (!e->no_log) status = record_compare(k, e, p->ids[i], p->rows[i], p->arena, err);
        if (status == CRM_OK && k->searches)
            status = search_compare(k, e, p->ids[i], p->rows[i], p->arena, err);
    }
    if (status == CRM_OK) status = check_contents(k, e, p->ids, p->rows, p->count, err);
    return status == CRM_OK ? check_rollups(k, e, p->arena, p->ids, p->rows, p->count, err)
                            : status;
}

crm_status check_records(struct check *k, const struct schema_entity *e, struct err *err) {
    struct arena a;
    struct page *p = NULL;
    int64_t last = 0;
    crm_status status = CRM_OK;
    arena_init(&a, CHECK_ARENA_BYTES);
    do {
        arena_reset(&a);
        p = ARENA_NEW(&a, struct page);
        if (!p) status = err_no_memory(err);
        if (status != CRM_OK) break;
        p->arena = &a;
        p->entity = e;
        status = store_record_each(k->conn, e, NULL, last, CHECK_PAGE, true, &a, page_row, p, err);
        if (status == CRM_OK && p->exhausted) status = err_no_memory(err);
        if (status == CRM_OK && p->count > 0) {
            last = p->ids[p->count - 1];
            status = page_check(k, p, err);
        }
    } while (status == CRM_OK && p->count == CHECK_PAGE);
    arena_fini(&a);
    if (status == CRM_OK && k->search_rows_wrong) {
        check_problem(k,
                      "%.*s: search is wrong about %lld records; perigee check --repair makes its "
                      "index anew",
                      STR_ARG(e->name), (long long)k->search_rows_wrong);
        check_search_wrong(k, e);
    }
    return status;
}
