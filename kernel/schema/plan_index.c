/* Indexes of one entity: new ones as steps, those nobody wants any more dropped. See planner.h. */
#include "schema/physical.h"
#include "schema/planner.h"
#include "schema/signature.h"

static struct schema_index *index_of(struct schema_entity *e, int32_t id) {
    for (size_t i = 0; i < e->index_count; i++)
        if (e->indexes[i].id == id) return (struct schema_index *)(uintptr_t)&e->indexes[i];
    return NULL;
}

/* Its folded column is being filled: the index would be over values that are not there yet. */
static bool waits_for_fold(const struct schema_entity *e, const struct draft_index *it) {
    for (size_t i = 0; i < it->field_count; i++)
        if (e->fields[it->fields[i]].folding) return true;
    return false;
}

/* A unique index over rows that are there comes with the step of its field. */
static bool is_pending_unique(const struct schema_entity *e, const struct draft_index *it) {
    return it->unique && it->field_count == 1 && !e->fields[it->fields[0]].unique;
}

static void take_back(struct schema_entity *e, int32_t id) {
    struct schema_index *index = index_of(e, id);
    if (!index) return;
    size_t at = (size_t)(index - e->indexes);
    struct schema_index *all = (struct schema_index *)(uintptr_t)e->indexes;
    memmove(&all[at], &all[at + 1], (e->index_count - at - 1) * sizeof *all);
    e->index_count--;
}

static void name_in_unique_step(struct planner *p, const struct schema_entity *e,
                                const struct draft_index *it) {
    for (size_t i = 0; it->unique && i < p->count; i++)
        if (p->steps[i].kind == SCHEMA_STEP_MAKE_UNIQUE && p->steps[i].entity == e->id &&
            p->steps[i].field == e->fields[it->fields[0]].id)
            p->steps[i].index = it->id;
}

static crm_status plan_index(struct planner *p, struct schema_entity *e,
                             const struct draft_index *it, bool entity_is_new, struct err *err) {
    if (!it->is_new) return CRM_OK;
    if (it->field_count && waits_for_fold(e, it)) {
        name_in_unique_step(p, e, it);
        take_back(e, it->id);
        return CRM_OK;
    }
    if (is_pending_unique(e, it)) {
        name_in_unique_step(p, e, it);
        return CRM_OK;
    }
    if (it->substring && !entity_is_new) { /* comes with the rows that are made anew */
        e->substring_search = false;
        e->substring_filling = e->searching = true;
        return CRM_OK;
    }
    bool search = it->field_count == 0;
    return planner_step(
        p,
        (struct schema_step){.kind = search ? SCHEMA_STEP_CREATE_SEARCH : SCHEMA_STEP_CREATE_INDEX,
                             .entity = e->id,
                             .index = it->id,
                             .background = !search && !entity_is_new,
                             .subject = planner_subject(p, e->name, it->name)},
        err);
}

/* "unique 32,33": of a hidden field the index waits with its values. */
static bool is_kept(const struct planner *p, const struct schema_registry_index *index) {
    struct str s = index->signature;
    if (str_is(s, "search")) return true;
    int32_t id = 0;
    for (size_t i = 0; i <= s.len; i++) {
        char c = i < s.len ? s.ptr[i] : ',';
        if (c >= '0' && c <= '9') {
            id = id * 10 + (c - '0');
            continue;
        }
        const struct schema_registry_field *f =
            id ? registry_field_by_id(p->registry, index->entity, id) : NULL;
        if (f && (f->state == SCHEMA_STATE_HIDDEN || f->state == SCHEMA_STATE_BUILDING))
            return true;
        id = 0;
    }
    return false;
}

static bool is_wanted(const struct draft_entity *from, int32_t id) {
    for (size_t i = 0; i < from->index_count; i++)
        if (from->indexes[i].id == id) return true;
    return false;
}

static int32_t substring_index(const struct schema_entity *e, const struct draft_entity *from) {
    for (size_t i = 0; e->substring_filling && i < from->index_count; i++)
        if (from->indexes[i].substring) return from->indexes[i].id;
    return 0;
}

crm_status plan_indexes(struct planner *p, struct schema_entity *e, const struct draft_entity *from,
                        bool entity_is_new, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < from->index_count; i++)
        status = plan_index(p, e, &from->indexes[i], entity_is_new, err);
    for (size_t i = 0; status == CRM_OK && i < p->registry->index_count; i++) {
        struct schema_registry_index *index = &p->registry->indexes[i];
        if (index->entity != e->id || is_wanted(from, index->id) || is_kept(p, index)) continue;
        index->state = SCHEMA_STATE_GONE;
        index->dirty = true;
        status =
            planner_step(p,
                         (struct schema_step){.kind = SCHEMA_STEP_DROP_INDEX,
                                              .entity = e->id,
                                              .index = index->id,
                                              .subject = planner_subject(p, e->name, index->name)},
                         err);
    }
    if (status == CRM_OK && e->searching)
        status =
            planner_step(p,
                         (struct schema_step){.kind = SCHEMA_STEP_FILL_SEARCH,
                                              .entity = e->id,
                                              .index = substring_index(e, from),
                                              .background = true,
                                              .subject = planner_subject(p, e->name, STR_NONE)},
                         err);
    return status;
}
