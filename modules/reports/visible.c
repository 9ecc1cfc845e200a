/* Texts are read as the viewer, who finds no field that is hidden. See visible.h. */
#include "visible.h"

#include <stdio.h>

enum { BASES_MAX = REPORT_METRICS_MAX * FORMULA_PARTS_MAX, ORDER_BYTES = 1024 };

static bool holds(const struct viewer *v, struct crm_str entity, struct crm_str where,
                  struct crm_str group, struct crm_str measure) {
    struct crm_error ignored;
    const struct crm_entity *e = v->crm->schema->entity(v->view, entity);
    const struct crm_figures figures = {.size = sizeof figures,
                                        .action = CRM_ACTION_READ,
                                        .limit = 1,
                                        .entity = e,
                                        .where = where,
                                        .group = &group,
                                        .group_count = group.len > 0,
                                        .measures = &measure,
                                        .measure_count = measure.len > 0};
    return e && v->crm->schema->entity_can(v->view, e, CRM_ACTION_READ) &&
           v->crm->query->figures_check(v->view, &figures, &ignored) == CRM_OK;
}

static bool base_holds(const struct viewer *v, const struct metric *m) {
    return holds(v, m->entity, m->where, m->on, m->measure);
}

bool visible_metric(const struct viewer *v, const struct metric *m) {
    const struct report alone = {.metrics = {m}, .metric_count = 1};
    struct report ignored;
    return visible_report(v, &alone, &ignored);
}

/* Where the dimension says nothing of the entity there is nothing to see; so with a period, which
 * is made of the metric's date. */
static bool dimension_holds(const struct viewer *v, const struct dimension *d,
                            const struct metric *m) {
    char memory[ORDER_BYTES];
    struct crm_str path = metric_path(m, d), entity = m->entity, none = CRM_STR("");
    if (!path.len) return true;
    if (!holds(v, entity, none, path, none)) return false;
    if (!d->order.len) return true;
    int len = snprintf(memory, sizeof memory, "%.*s.%.*s", (int)path.len, path.ptr,
                       (int)d->order.len, d->order.ptr);
    return len < (int)sizeof memory &&
           holds(v, entity, none, crm_str_make(memory, (size_t)len), none);
}

bool visible_report(const struct viewer *v, const struct report *r, struct report *ret) {
    const struct metric *bases[BASES_MAX];
    size_t count = 0;
    struct crm_error ignored;
    for (size_t i = 0; i < r->metric_count; i++)
        if (formula_bases(v->crm, v->catalog, r->metrics[i], bases, BASES_MAX, &count, &ignored) !=
            CRM_OK)
            return false;
    *ret = *r;
    for (size_t i = 0; i < count; i++) {
        struct crm_str entity = bases[i]->entity, none = CRM_STR("");
        if (bases[i]->input.len) continue;
        if (!base_holds(v, bases[i]) ||
            !holds(v, entity, text_for(r->where, r->where_count, entity), none, none))
            return false;
        for (size_t k = 0; k < r->dimension_count; k++)
            if (!dimension_holds(v, r->dimensions[k], bases[i])) return false;
        size_t kept = 0;
        for (size_t k = 0; k < ret->filter_count; k++)
            if (dimension_holds(v, ret->filters[k], bases[i]))
                ret->filters[kept++] = ret->filters[k];
        ret->filter_count = kept;
    }
    return true;
}

/* A path of every entity: one at least that is counted has to have it. */
static bool path_holds(const struct viewer *v, const struct by_entity *path) {
    struct crm_str none = CRM_STR("");
    if (path->entity.len) return holds(v, path->entity, none, path->text, none);
    for (size_t i = 0; i < v->catalog->metric_count; i++)
        if (v->catalog->metrics[i].entity.len &&
            holds(v, v->catalog->metrics[i].entity, none, path->text, none))
            return true;
    return false;
}

bool visible_dimension(const struct viewer *v, const struct dimension *d, struct dimension *ret) {
    *ret = *d;
    if (!d->path_count) return true;
    struct by_entity *paths = v->crm->base->arena_array(v->crm->record->view_arena(v->view),
                                                        d->path_count, sizeof *paths);
    ret->paths = paths;
    ret->path_count = 0;
    for (size_t i = 0; paths && i < d->path_count; i++)
        if (path_holds(v, &d->paths[i])) paths[ret->path_count++] = d->paths[i];
    return ret->path_count > 0;
}
