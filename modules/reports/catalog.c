/* The catalog of a generation: made when it is first asked for, kept until a newer one is. */
#include "catalog.h"

#include <stdlib.h>

#include "formula.h"
#include "texts.h"

enum { CATALOG_BYTES_MAX = 16 * 1024 * 1024, DEFINITIONS_MAX = 4000 };

struct crm_str text_for(const struct by_entity *all, size_t count, struct crm_str entity) {
    for (size_t i = 0; i < count; i++)
        if (!all[i].entity.len || crm_str_eq(all[i].entity, entity)) return all[i].text;
    return CRM_STR("");
}

struct crm_str dimension_path(const struct dimension *d, struct crm_str entity) {
    return text_for(d->paths, d->path_count, entity);
}

struct crm_str metric_path(const struct metric *m, const struct dimension *d) {
    struct crm_str own = text_for(m->by, m->by_count, d->origin.name);
    return own.len ? own : dimension_path(d, m->entity);
}

bool metric_by_same(const struct metric *a, const struct metric *b) {
    bool same = a->by_count == b->by_count;
    for (size_t i = 0; same && i < a->by_count; i++)
        same = crm_str_eq(a->by[i].text, text_for(b->by, b->by_count, a->by[i].entity));
    return same;
}

#define FIND(kind, many)                                                                           \
    const struct kind *catalog_##kind(const struct catalog *c, struct crm_str name) {              \
        for (size_t i = 0; i < c->kind##_count; i++)                                               \
            if (crm_str_eq(c->many[i].origin.name, name)) return &c->many[i];                      \
        return NULL;                                                                               \
    }
FIND(metric, metrics)
FIND(dimension, dimensions)
FIND(report, reports)
#undef FIND

/* One figure under two names, or one word for two figures. */
static crm_status compare_metrics(struct reading *r, const struct metric *a,
                                  const struct metric *b) {
    bool same = !a->input.len && crm_str_eq(a->entity, b->entity) &&
                crm_str_eq(a->measure, b->measure) && crm_str_eq(a->where, b->where) &&
                crm_str_eq(a->on, b->on) && crm_str_eq(a->formula, b->formula) &&
                metric_by_same(a, b);
    if (same) return SAY(r->crm, r->err, CRM_CONFLICT, metric_same, a->origin.name, b->origin.name);
    if (crm_str_eq(a->label.en, b->label.en) ||
        (a->label.ru.len && crm_str_eq(a->label.ru, b->label.ru)))
        return SAY(r->crm, r->err, CRM_CONFLICT, metric_word, a->origin.name, b->origin.name);
    return CRM_OK;
}

crm_status metric_check(struct reading *r, const struct metric *m) {
    for (size_t i = 0; i < r->catalog->metric_count; i++) {
        const struct metric *other = &r->catalog->metrics[i];
        crm_status status = other == m ? CRM_OK : compare_metrics(r, m, other);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

static crm_status note_problem(struct reading *r, const char *kind,
                               const struct crm_definition_facts *facts) {
    struct catalog *c = r->catalog;
    const struct crm_base *base = r->crm->base;
    struct crm_error *reason = base->arena_alloc(c->arena, sizeof *reason);
    if (!reason || c->problem_count == DEFINITIONS_MAX) return base->error_no_memory(r->err);
    base->error_copy(reason, r->err);
    c->problems[c->problem_count++] = (struct problem){
        crm_str_from(kind), base->arena_str(c->arena, facts->name),
        base->arena_str(c->arena, facts->owner), base->arena_str(c->arena, facts->place), reason};
    base->log(r->crm->host, CRM_LOG_WARN, "report_definition_left_out",
              (const struct crm_pair[]){{"kind", crm_str_from(kind)},
                                        {"name", facts->name},
                                        {"place", facts->place},
                                        {"code", base->error_code(r->err)}},
              4);
    return CRM_OK;
}

enum kind { METRIC, DIMENSION, REPORT };
static const char *const kind_names[] = {"metric", "dimension", "report"};

static crm_status read_one(struct reading *r, enum kind kind, const struct origin *origin) {
    struct catalog *c = r->catalog;
    crm_status status;
    if (kind == METRIC) {
        struct metric *m = &c->metrics[c->metric_count];
        *m = (struct metric){.origin = *origin};
        status = metric_read(r, m);
        if (status == CRM_OK) status = metric_check(r, m);
        if (status == CRM_OK) c->metric_count++;
    } else if (kind == DIMENSION) {
        struct dimension *d = &c->dimensions[c->dimension_count];
        *d = (struct dimension){.origin = *origin};
        status = dimension_read(r, d);
        if (status == CRM_OK) c->dimension_count++;
    } else {
        struct report *it = &c->reports[c->report_count];
        *it = (struct report){.origin = *origin};
        /* "new" is what the browser asks for a report that has no name yet. */
        status = crm_str_is(origin->name, "new")
                     ? SAY(r->crm, r->err, CRM_INVALID, name_taken, origin->name)
                     : report_read(r, it);
        if (status == CRM_OK) c->report_count++;
    }
    return status;
}

static crm_status read_definition(struct reading *r, enum kind kind) {
    const struct crm_base *base = r->crm->base;
    const struct origin origin = {base->arena_str(r->arena, r->facts->name),
                                  base->arena_str(r->arena, r->facts->owner),
                                  base->arena_str(r->arena, r->facts->place)};
    struct crm_json_value *json;
    if (!origin.name.ptr) return base->error_no_memory(r->err);
    crm_status status = base->json_parse(r->facts->json, &json, r->err);
    if (status != CRM_OK) return status;
    r->json = json;
    status = read_one(r, kind, &origin);
    base->json_free(json);
    return status == CRM_OK || status == CRM_NO_MEMORY
               ? status
               : note_problem(r, kind_names[kind], r->facts);
}

static size_t count_of(const struct crm *crm, struct crm_view *view, enum kind kind) {
    struct crm_definition_facts facts = {.size = sizeof facts};
    size_t n = 0;
    while (n < DEFINITIONS_MAX && crm->schema->definition_at(view, kind_names[kind], n, &facts))
        n++;
    return n;
}

static crm_status make_room(const struct crm *crm, struct crm_view *view, struct catalog *c,
                            struct crm_error *err) {
    struct crm_arena *a = c->arena;
    size_t metrics = count_of(crm, view, METRIC), dimensions = count_of(crm, view, DIMENSION),
           reports = count_of(crm, view, REPORT);
    c->metrics = crm->base->arena_array(a, metrics + 1, sizeof *c->metrics);
    c->dimensions = crm->base->arena_array(a, dimensions + 1, sizeof *c->dimensions);
    c->reports = crm->base->arena_array(a, reports + 1, sizeof *c->reports);
    c->problems =
        crm->base->arena_array(a, 2 * metrics + dimensions + reports + 1, sizeof *c->problems);
    return c->metrics && c->dimensions && c->reports && c->problems
               ? CRM_OK
               : crm->base->error_no_memory(err);
}

/* Formulas name metrics that may stand after them, so they are checked when all are there. What
 * rests on one that falls falls too: until nothing falls any more. */
static crm_status drop_bad_formulas(struct reading *r) {
    struct catalog *c = r->catalog;
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < c->metric_count; i++) {
            const struct metric *m = &c->metrics[i];
            if (!m->formula.len || formula_check(r->crm, c, m, r->err) == CRM_OK) continue;
            const struct crm_definition_facts facts = {
                .name = m->origin.name, .owner = m->origin.owner, .place = m->origin.place};
            crm_status status = note_problem(r, kind_names[METRIC], &facts);
            if (status != CRM_OK) return status;
            memmove(&c->metrics[i], &c->metrics[i + 1],
                    (--c->metric_count - i) * sizeof *c->metrics);
            again = true;
        }
    }
    return CRM_OK;
}

static crm_status fill(struct catalogs *all, struct crm_view *view, struct catalog *c,
                       struct crm_error *err) {
    struct reading r = {.crm = all->crm, .catalog = c, .arena = c->arena, .err = err};
    crm_status status = make_room(all->crm, view, c, err);
    for (enum kind kind = METRIC; status == CRM_OK && kind <= REPORT; kind++) {
        size_t count = count_of(all->crm, view, kind);
        if (kind == REPORT) status = drop_bad_formulas(&r);
        for (size_t i = 0; status == CRM_OK && i < count; i++) {
            struct crm_definition_facts facts = {.size = sizeof facts};
            all->crm->schema->definition_at(view, kind_names[kind], i, &facts);
            r.facts = &facts;
            status = read_definition(&r, kind);
        }
    }
    return status;
}

static void catalog_free(struct catalogs *all, struct catalog *c) {
    all->crm->base->arena_free(c->arena);
    free(c);
}

static crm_status make(struct catalogs *all, struct crm_view *view, struct catalog **ret,
                       struct crm_error *err) {
    struct catalog *c = calloc(1, sizeof *c);
    if (!c) return all->crm->base->error_no_memory(err);
    c->arena = all->crm->base->arena_new(CATALOG_BYTES_MAX);
    c->generation = all->crm->schema->generation(view);
    crm_status status = c->arena ? fill(all, view, c, err) : all->crm->base->error_no_memory(err);
    if (status != CRM_OK) {
        catalog_free(all, c);
        return status;
    }
    *ret = c;
    return CRM_OK;
}

void catalogs_init(struct catalogs *all, const struct crm *crm) {
    all->crm = crm;
    pthread_mutex_init(&all->lock, NULL);
}

void catalogs_fini(struct catalogs *all) {
    if (all->newest) catalog_give(all, all->newest);
    pthread_mutex_destroy(&all->lock);
}

crm_status catalog_take(struct catalogs *all, struct crm_view *view, struct catalog **ret,
                        struct crm_error *err) {
    int64_t generation = all->crm->schema->generation(view);
    struct catalog *old = NULL;
    crm_status status = CRM_OK;
    pthread_mutex_lock(&all->lock);
    struct catalog *c = all->newest;
    if (!c || c->generation != generation) {
        c = NULL;
        status = make(all, view, &c, err);
        if (c) {
            old = all->newest;
            all->newest = c;
            c->references = 1;
        }
    }
    if (c) {
        *ret = c;
        c->references++;
    }
    pthread_mutex_unlock(&all->lock);
    if (old) catalog_give(all, old);
    return status;
}

void catalog_give(struct catalogs *all, struct catalog *c) {
    pthread_mutex_lock(&all->lock);
    bool last = c && --c->references == 0;
    pthread_mutex_unlock(&all->lock);
    if (last) catalog_free(all, c);
}
