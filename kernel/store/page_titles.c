/* Titles of references: the ids of a page are gathered by entity, and one query an entity asks for
 * the titles of those that the viewer may read. See page.h. */
#include "store/page.h"

#include "base/number.h"
#include "store/columns.h"
#include "store/id_map.h"

enum { ENTITIES_PER_PAGE = 48 };

static struct str title_text(const struct value *v, struct arena *a) {
    if (v->type == VALUE_TEXT) return arena_str(a, v->text);
    if (v->type == VALUE_NIL) return STR_NONE;
    if (v->type == VALUE_DECIMAL) {
        struct buf text BUF_CLEANUP;
        buf_init(&text, 64);
        decimal_format(v->integer, -1, &text);
        return arena_str(a, buf_str(&text));
    }
    return arena_printf(a, "%lld", (long long)v->integer);
}

static crm_status title_batch(struct store_conn *c, const struct store_query *q,
                              const struct schema_entity *e, const int64_t *ids, size_t count,
                              struct arena *scratch, struct arena *a, struct str *titles,
                              struct err *err) {
    const struct schema_field *f = schema_field_at(e, e->title_slot);
    struct store_query of = {.access = q->access, .from = e, .now_ms = q->now_ms};
    struct query_paths p;
    struct sql s SQL_CLEANUP;
    struct id_map map;
    struct store_rows *rows ROWS_CLEANUP = NULL;
    size_t mark;
    bool found = true, is_new;
    query_paths_init(&p, c, &of);
    sql_init(&s, c->driver->dialect, scratch);
    sql_add(&s, "SELECT r.\"id\", ");
    crm_status status = query_add_field(&p, &s, QUERY_ROOT, f, EXPR_SQL_VALUE, err);
    query_add_from(&p, &s, &mark);
    sql_add(&s, " WHERE r.\"id\"");
    sql_ids(&s, ids, count);
    sql_add(&s, " AND ");
    if (status == CRM_OK)
        status = query_add_rule(&p, &s, access_rows(q->access, SCHEMA_ACTION_READ, e), e, "r", err);
    if (status == CRM_OK) status = query_paths_join(&p, &s, mark, err);
    if (status == CRM_OK && !id_map_init(&map, scratch, count)) status = err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        *id_map_put(&map, ids[i], &is_new) = (uint32_t)i;
    if (status == CRM_OK) status = store_sql_open(c, &s, false, &rows, err);
    while (status == CRM_OK && (status = store_exec_next(rows, &found, err)) == CRM_OK && found) {
        const uint32_t *position = id_map_find(&map, rows->values[0].integer);
        struct value v = column_to_value(f->value_type.type, &rows->values[1]);
        if (!position) continue;
        titles[*position] = title_text(&v, a);
        if (v.type != VALUE_NIL && !titles[*position].ptr) return err_no_memory(err);
    }
    return status;
}

/* Ids are distinct. */
crm_status page_titles(struct store_conn *c, const struct store_query *q,
                       const struct schema_entity *e, const int64_t *ids, size_t count,
                       struct arena *a, struct str *titles, struct err *err) {
    const struct schema_field *f = schema_field_at(e, e->title_slot);
    if (!f || schema_storage_of(f) == SCHEMA_STORAGE_LINKS || f->type == SCHEMA_FIELD_CHILDREN)
        return CRM_OK;
    if (!access_rows(q->access, SCHEMA_ACTION_READ, e) || !access_field_visible(q->access, e, f))
        return CRM_OK;
    crm_status status = CRM_OK;
    for (size_t from = 0; status == CRM_OK && from < count; from += SQL_IDS_MAX) {
        size_t portion = count - from < SQL_IDS_MAX ? count - from : SQL_IDS_MAX;
        struct arena *scratch = store_scratch_enter(c);
        status = title_batch(c, q, e, ids + from, portion, scratch, a, titles + from, err);
        store_scratch_leave(c);
    }
    return status;
}

/* The ids of one referred entity that stand anywhere on the page. */
struct title_set {
    const struct schema_entity *entity;
    struct id_map map;
    int64_t *ids;
    struct str *titles;
    size_t count;
};

struct title_sets {
    const struct page_titles *page;
    struct arena *scratch;
    struct title_set sets[ENTITIES_PER_PAGE];
    size_t count, mentions;
    bool no_memory;
};

static const struct schema_entity *entity_of(const struct title_sets *t,
                                             const struct schema_field *f, const struct value *v) {
    int32_t id = v->entity              ? v->entity
                 : f->value_type.entity ? f->value_type.entity
                                        : f->ref_entity;
    return id ? schema_entity_by_id(t->page->query->access->schema, id) : NULL;
}

static struct title_set *set_of(struct title_sets *t, const struct schema_entity *e, bool make) {
    for (size_t i = 0; i < t->count; i++)
        if (t->sets[i].entity == e) return &t->sets[i];
    if (!make || t->count == ENTITIES_PER_PAGE) return NULL;
    struct title_set *set = &t->sets[t->count];
    *set = (struct title_set){.entity = e,
                              .ids = ARENA_ARRAY(t->scratch, t->mentions, int64_t),
                              .titles = ARENA_ARRAY(t->scratch, t->mentions, struct str)};
    if (!set->ids || !set->titles || !id_map_init(&set->map, t->scratch, t->mentions)) {
        t->no_memory = true;
        return NULL;
    }
    t->count++;
    return set;
}

static void mention(struct title_sets *t, const struct schema_field *f, const struct value *v) {
    const struct schema_entity *e = entity_of(t, f, v);
    struct title_set *set = e && v->integer > 0 ? set_of(t, e, true) : NULL;
    if (!set) return;
    bool is_new;
    uint32_t *position = id_map_put(&set->map, v->integer, &is_new);
    if (!is_new) return;
    *position = (uint32_t)set->count;
    set->ids[set->count++] = v->integer;
}

static struct str find_title(struct title_sets *t, const struct schema_field *f,
                             const struct value *v) {
    const struct schema_entity *e = entity_of(t, f, v);
    struct title_set *set = e && v->integer > 0 ? set_of(t, e, false) : NULL;
    const uint32_t *position = set ? id_map_find(&set->map, v->integer) : NULL;
    return position ? set->titles[*position] : STR_NONE;
}

/* A record's own id is a reference by type, but nobody asks for its title. */
static bool refers(const struct cell_plan *plan) {
    if (plan->field->id == SCHEMA_STD_ID) return false;
    bool links = plan->kind == CELL_ITEMS && plan->field->type == SCHEMA_FIELD_LINKS;
    return links || plan->kind == CELL_CHILDREN ||
           ((plan->kind == CELL_FIELD || plan->kind == CELL_COMPUTED) &&
            plan->field->value_type.type == VALUE_ID);
}

static bool give_titles(struct title_sets *t, const struct cell_plan *plan, struct store_cell *cell,
                        struct arena *a) {
    if (cell->value.type == VALUE_ID) cell->title = find_title(t, plan->field, &cell->value);
    if (cell->item_count == 0) return true;
    struct str *titles = ARENA_ARRAY(a, cell->item_count, struct str);
    for (size_t i = 0; titles && i < cell->item_count; i++)
        titles[i] = find_title(t, plan->field, &cell->items[i].value);
    cell->item_titles = titles;
    return titles != NULL;
}

static crm_status load_titles(struct store_conn *c, struct title_sets *t, struct arena *a,
                              struct err *err) {
    const struct page_titles *page = t->page;
    size_t cell_count = page->row_count * page->plan_count;
    for (size_t i = 0; i < cell_count; i++)
        t->mentions += 1 + page->cells[i].item_count;
    for (size_t i = 0; i < cell_count; i++) {
        const struct cell_plan *plan = &page->plans[i % page->plan_count];
        if (!refers(plan)) continue;
        if (page->cells[i].value.type == VALUE_ID) mention(t, plan->field, &page->cells[i].value);
        for (size_t k = 0; k < page->cells[i].item_count; k++)
            mention(t, plan->field, &page->cells[i].items[k].value);
    }
    if (t->no_memory) return err_no_memory(err);
    for (size_t i = 0; i < t->count; i++) {
        struct title_set *set = &t->sets[i];
        crm_status status =
            page_titles(c, page->query, set->entity, set->ids, set->count, a, set->titles, err);
        if (status != CRM_OK) return status;
    }
    for (size_t i = 0; i < cell_count; i++) {
        const struct cell_plan *plan = &page->plans[i % page->plan_count];
        if (refers(plan) && !give_titles(t, plan, &page->cells[i], a)) return err_no_memory(err);
    }
    return CRM_OK;
}

crm_status page_give_titles(struct store_conn *c, const struct page_titles *page,
                            struct arena *scratch, struct arena *a, struct err *err) {
    struct title_sets *t = ARENA_NEW(scratch, struct title_sets);
    if (!t) return err_no_memory(err);
    t->page = page;
    t->scratch = scratch;
    return load_titles(c, t, a, err);
}
