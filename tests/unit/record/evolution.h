/* Definitions that change over the records of a world (world.h): plan, apply, one background step,
 * and again, until nothing is left to do; many records, and somebody who writes meanwhile. */
#ifndef TESTS_EVOLUTION_H
#define TESTS_EVOLUTION_H

#include "record/check.h"
#include "record/rebuild.h"
#include "record/world.h"

struct evolution {
    const char *drop, *recycle;
    bool lossy, stop_behind_apply;
    int64_t disk_bytes;
    bool (*progress)(void *ctx, const struct store_migration *m);
    void *ctx;
    size_t background; /* steps done */
};

static UNUSED_OK crm_status plan_of(struct world *w, const char *extra, const struct evolution *x,
                                    struct schema_plan *plan) {
    struct schema_definitions *d;
    struct schema_registry registry = {0};
    const struct str drop[] = {str_from(x->drop)}, recycle[] = {str_from(x->recycle)};
    const struct schema_wishes wishes = {.drop = drop,
                                         .drop_count = x->drop ? 1 : 0,
                                         .recycle = recycle,
                                         .recycle_count = x->recycle ? 1 : 0};
    struct script_source sources[] = {{STR("world.lua"), str_from(world_definitions)},
                                      {STR("extra.lua"), str_from(extra)}};
    struct schema *now = engine_schema(w->engine);
    int64_t generation = now->generation + 1;
    schema_unref(now);
    must(w, schema_definitions_new(&d, &w->err));
    must(w, script_definitions_load_kernel(d, &w->err));
    must(w, script_definitions_load(d, SCHEMA_LAYER_MODULE, STR("world"), sources, 2, &w->err));
    must(w, engine_registry(w->engine, &w->arena, &registry, &w->err));
    crm_status status =
        schema_plan_wish(&w->arena, d, &registry, generation, &wishes, plan, &w->err);
    schema_definitions_free(d);
    return status;
}

static UNUSED_OK size_t background_step(const struct schema_plan *plan) {
    for (size_t i = 0; i < plan->step_count; i++)
        if (plan->steps[i].background) return i;
    return SIZE_MAX;
}

/* Plan, apply, one background step, and again. */
static UNUSED_OK crm_status evolve_with(struct world *w, const char *extra, struct evolution *x) {
    const struct rebuild_options options = {
        .lossy = x->lossy, .disk_bytes = x->disk_bytes, .progress = x->progress, .ctx = x->ctx};
    for (size_t at = 0; at != SIZE_MAX;) {
        struct schema_plan plan = {0};
        crm_status status = plan_of(w, extra, x, &plan);
        if (status == CRM_OK) status = engine_schema_apply(w->engine, &plan, &w->err);
        schema_unref(w->schema);
        w->schema = engine_schema(w->engine);
        at = status == CRM_OK ? background_step(&plan) : SIZE_MAX;
        if (at != SIZE_MAX && !x->stop_behind_apply) {
            status = rebuild_run(w->engine, &plan, at, &options, &w->err);
            x->background++;
        }
        schema_plan_fini(&plan);
        if (status != CRM_OK) return status;
        if (x->stop_behind_apply) return CRM_OK;
    }
    return CRM_OK;
}

static UNUSED_OK void evolve(struct world *w, const char *extra) {
    struct evolution x = {0};
    must(w, evolve_with(w, extra, &x));
}

static UNUSED_OK void assert_clean(struct world *w) {
    struct check_report report = {0};
    must(w, record_check(w->engine, w->reader, &w->arena, NULL, NULL, &report, &w->err));
    if (report.problems) print_error("%.*s\n", STR_ARG(report.first_problem));
    assert_int_equal(report.problems, 0);
}

static UNUSED_OK void assert_code(struct world *w, crm_status got, crm_status wanted,
                                  const char *code) {
    if (got != wanted) world_show(&w->err, code, (int)got);
    assert_int_equal(got, wanted);
    assert_string_equal(w->err.text.code, code);
}

#define THING(fields)                                                                              \
    "entity 'thing' { label = 'Thing', title = 'name', fields = { name = text {}, " fields " } "   \
    "}\n"

static UNUSED_OK int64_t thing(struct world *w, const char *name, const char *of, struct value v) {
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "thing");
    put(c, op, "name", text(name));
    if (of) put(c, op, of, v);
    must(w, commit(w, c));
    return w->result.outcomes[0].id;
}

enum { MANY = 450 };

struct busy {
    struct world *w;
    int64_t ids[MANY];
    const char *field;
    struct value value;
    int batches, cut_at;
};

/* Behind the walk, before it, and new ones. */
static UNUSED_OK bool write_meanwhile(void *ctx, const struct store_migration *m) {
    struct busy *b = ctx;
    if (!m) return true;
    b->batches++;
    must(b->w, one(b->w, RECORD_UPDATE, "thing", b->ids[b->batches % 20], b->field, b->value));
    must(b->w,
         one(b->w, RECORD_UPDATE, "thing", b->ids[MANY - 1 - b->batches % 20], b->field, b->value));
    if (b->batches < 10) (void)thing(b->w, "new", b->field, b->value);
    return b->batches != b->cut_at;
}

static UNUSED_OK void make_many(struct busy *b, struct world *w, const char *of, struct value v) {
    *b = (struct busy){.w = w, .field = of, .value = v};
    for (int i = 0; i < MANY;) {
        struct changeset *c = begin(w);
        for (int k = 0; k < 50; k++) {
            struct record_op *op = create(w, c, "thing");
            b->ids[i++] = op->id;
            put(c, op, "name", text("thing"));
            put(c, op, of, v);
        }
        must(w, commit(w, c));
    }
}

#endif
