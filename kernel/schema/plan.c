/* The plan: the snapshot that definitions ask for, as far as it can be in force at once, beside the
 * registry of what the database has; the difference as steps. See plan.h. Threads: one at a time.
 */
#include "schema/plan.h"

#include <stdio.h>

#include "schema/build.h"
#include "schema/messages.h"
#include "schema/physical.h"
#include "schema/planner.h"
#include "schema/signature.h"
#include "schema/write.h"

enum { ROW_BYTES_MAX = 7800 };

const char *schema_step_word(enum schema_step_kind kind) {
    static const char *const words[] = {
#define SCHEMA_STEP_WORD(name, word) word,
        SCHEMA_STEPS(SCHEMA_STEP_WORD)
#undef SCHEMA_STEP_WORD
    };
    return words[kind];
}

crm_status planner_step(struct planner *p, struct schema_step step, struct err *err) {
    struct schema_step *steps =
        arena_grow(p->arena, p->steps, p->count, &p->capacity, sizeof *steps);
    if (!steps || !step.subject.ptr) return err_no_memory(err);
    steps[p->count++] = step;
    p->steps = steps;
    p->asked += step.asks;
    p->background += step.background;
    return CRM_OK;
}

struct str planner_subject(struct planner *p, struct str entity, struct str field) {
    if (field.len == 0) return arena_str(p->arena, entity);
    return arena_printf(p->arena, "%.*s.%.*s", STR_ARG(entity), STR_ARG(field));
}

crm_status planner_refuse(struct planner *p, const struct schema_entity *e,
                          const struct schema_origin *origin, const struct err_text *text,
                          const struct str args[3], struct err *err) {
    struct err *refusal = ARENA_NEW(p->arena, struct err);
    if (!refusal) return err_no_memory(err);
    err_set_args(refusal, CRM_REFUSED, text, args, 3);
    schema_err_at(refusal, origin);
    err_at_entity(refusal, e->name);
    p->refused++;
    return planner_step(
        p,
        (struct schema_step){
            .kind = SCHEMA_STEP_REFUSED, .entity = e->id, .refusal = refusal, .subject = args[0]},
        err);
}

/* ---- budgets ----------------------------------------------------------------------------- */
/* Columns there are, and what a row of those in use may come to, with texts out of line. */
static void measure(const struct planner *p, int32_t entity, int32_t *ret_columns,
                    int32_t *ret_bytes) {
    static const struct {
        char kind;
        int32_t columns, bytes;
    } sizes[] = {{'i', 1, 8}, {'t', 2, 36}, {'m', 3, 20}, {'a', 2, 12}};
    *ret_columns = *ret_bytes = 0;
    for (size_t i = 0; i < p->registry->field_count; i++) {
        const struct schema_registry_field *f = &p->registry->fields[i];
        if (f->entity != entity || f->column.len == 0 || f->state == SCHEMA_STATE_GONE) continue;
        char kind = physical_registered_kind(f);
        for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
            if (sizes[k].kind != kind) continue;
            *ret_columns += sizes[k].columns;
            if (f->state == SCHEMA_STATE_LIVE || f->state == SCHEMA_STATE_BUILDING)
                *ret_bytes += sizes[k].bytes;
        }
    }
}

static bool adds_columns(const struct planner *p, int32_t entity) {
    for (size_t i = 0; i < p->count; i++)
        if (p->steps[i].entity == entity && (p->steps[i].kind == SCHEMA_STEP_ADD_FIELD ||
                                             p->steps[i].kind == SCHEMA_STEP_CREATE_ENTITY))
            return true;
    return false;
}

static crm_status check_budget(struct planner *p, const struct schema_entity *e,
                               const struct schema_origin *origin, struct err *err) {
    int32_t columns, bytes;
    char found[16], limit[16];
    if (!adds_columns(p, e->id)) return CRM_OK;
    measure(p, e->id, &columns, &bytes);
    bool too_many = columns > SCHEMA_COLUMNS_MAX;
    if (!too_many && bytes <= ROW_BYTES_MAX) return CRM_OK;
    (void)snprintf(found, sizeof found, "%d", (int)(too_many ? columns : bytes));
    (void)snprintf(limit, sizeof limit, "%d", too_many ? SCHEMA_COLUMNS_MAX : ROW_BYTES_MAX);
    const struct str args[] = {planner_subject(p, e->name, STR_NONE), str_from(found),
                               str_from(limit)};
    return planner_refuse(p, e, origin, too_many ? &schema_columns_budget : &schema_bytes_budget,
                          args, err);
}

/* ---- entities ---------------------------------------------------------------------------- */
static crm_status entity_step(struct planner *p, const struct schema_entity *e,
                              enum schema_step_kind kind, bool asks, struct err *err) {
    return planner_step(p,
                        (struct schema_step){.kind = kind,
                                             .entity = e->id,
                                             .asks = asks,
                                             .subject = planner_subject(p, e->name, STR_NONE)},
                        err);
}

static crm_status put_entity(struct planner *p, const struct schema_entity *e,
                             const struct draft_entity *from, struct err *err) {
    struct schema_registry_entity *row = registry_entity_by_id(p->registry, e->id);
    struct schema_entity_definition whole = *from->def;
    whole.rules = from->rules;
    whole.rule_count = from->rule_count;
    struct str text = schema_entity_text(p->arena, &whole);
    if (!row || !text.ptr) return err_no_memory(err);
    row->dirty |= !str_eq(row->definition, text) || !str_eq(row->owner, e->owner);
    row->definition = text;
    row->owner = arena_str(p->arena, e->owner);
    return row->owner.ptr || e->owner.len == 0 ? CRM_OK : err_no_memory(err);
}

static bool was_there(const struct planner *p, int32_t entity) {
    return registry_entity_by_id(p->before, entity) != NULL;
}

static crm_status plan_entity(struct planner *p, size_t position, struct err *err) {
    struct schema_entity *e = (struct schema_entity *)(uintptr_t)&p->schema->entities[position];
    const struct draft_entity *from = &p->draft->entities[position];
    bool is_new = !was_there(p, e->id);
    crm_status status = put_entity(p, e, from, err);
    if (status == CRM_OK && is_new)
        status = entity_step(p, e, SCHEMA_STEP_CREATE_ENTITY, false, err);
    if (status == CRM_OK && from->kept)
        status = entity_step(p, e, SCHEMA_STEP_HIDE_ENTITY, true, err);
    if (status == CRM_OK && from->renamed)
        status = entity_step(p, e, SCHEMA_STEP_RENAME_ENTITY, false, err);
    if (status == CRM_OK && from->restored)
        status = entity_step(p, e, SCHEMA_STEP_RESTORE_ENTITY, false, err);
    for (size_t i = 0; status == CRM_OK && i < e->field_count; i++)
        status = plan_field(p, e, (struct schema_field *)(uintptr_t)&e->fields[i], &from->fields[i],
                            is_new, err);
    if (status == CRM_OK) status = plan_indexes(p, e, from, is_new, err);
    return status == CRM_OK ? check_budget(p, e, &from->def->origin, err) : status;
}

/* ---- what goes --------------------------------------------------------------------------- */
static crm_status plan_gone_field(struct planner *p, struct schema_registry_field *f,
                                  const struct schema_registry_field *was, struct err *err) {
    const struct schema_registry_entity *e = registry_entity_by_id(p->registry, f->entity);
    struct str subject = planner_subject(p, e ? e->name : STR_NONE, f->name);
    struct schema_step step = {.entity = f->entity, .field = f->id, .subject = subject};
    if (was && was->state != f->state && f->state == SCHEMA_STATE_HIDDEN) {
        step.kind = SCHEMA_STEP_HIDE_FIELD;
        return planner_step(p, step, err);
    }
    if (f->state != SCHEMA_STATE_CLEARING || !schema_entity_by_id(p->schema, f->entity))
        return CRM_OK;
    bool has_column = !str_is(f->signature, "formula") && !str_is(f->signature, "rollup");
    if (!has_column || (f->column.len == 0 && f->link_table.len == 0)) {
        f->state = SCHEMA_STATE_GONE;
        f->dirty = true;
        return CRM_OK;
    }
    step.kind = SCHEMA_STEP_RECYCLE_FIELD;
    step.background = true;
    return planner_step(p, step, err);
}

static bool has_attribute(const struct schema_entity *e, struct str name) {
    struct str field;
    if (!str_split(&name, '.', &field)) return false;
    const struct schema_field *f = schema_field_find(e, field);
    for (size_t i = 0; f && i < f->attribute_count; i++)
        if (str_eq(f->attributes[i].name, name)) return true;
    return false;
}

/* Whole entities, and single fields of those that are there. */
static crm_status list_kept(struct planner *p, struct schema_plan *ret, struct err *err) {
    const struct schema_registry *r = p->registry;
    struct str *kept = ARENA_ARRAY(p->arena, r->entity_count + r->field_count + 1, struct str);
    size_t count = 0;
    if (!kept) return err_no_memory(err);
    for (size_t i = 0; i < r->entity_count; i++)
        if (!schema_entity_by_id(p->schema, r->entities[i].id))
            kept[count++] = arena_str(p->arena, r->entities[i].name);
    for (size_t i = 0; i < r->field_count; i++) {
        const struct schema_registry_field *f = &r->fields[i];
        const struct schema_entity *e = schema_entity_by_id(p->schema, f->entity);
        bool has_values = f->state == SCHEMA_STATE_LIVE || f->state == SCHEMA_STATE_HIDDEN;
        if (e && has_values && !schema_field_by_id(e, f->id) && !has_attribute(e, f->name))
            kept[count++] = planner_subject(p, e->name, f->name);
    }
    for (size_t i = 0; i < count; i++)
        if (!kept[i].ptr) return err_no_memory(err);
    ret->kept = kept;
    ret->kept_count = count;
    return CRM_OK;
}

static crm_status plan_gone(struct planner *p, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < p->before->entity_count; i++) {
        const struct schema_registry_entity *was = &p->before->entities[i],
                                            *is = registry_entity_by_id(p->registry, was->id);
        if (was->state == is->state || is->state != SCHEMA_STATE_HIDDEN) continue;
        status =
            planner_step(p,
                         (struct schema_step){.kind = SCHEMA_STEP_HIDE_ENTITY,
                                              .entity = is->id,
                                              .subject = planner_subject(p, is->name, STR_NONE)},
                         err);
    }
    for (size_t i = 0; status == CRM_OK && i < p->registry->field_count; i++) {
        struct schema_registry_field *f = &p->registry->fields[i];
        status = plan_gone_field(p, f, registry_field_by_id(p->before, f->entity, f->id), err);
    }
    return status;
}

/* ---- where layers meet ------------------------------------------------------------------- */
static crm_status plan_meetings(struct planner *p, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < p->draft->overlay_count; i++) {
        const struct schema_overlay *o = &p->draft->overlays[i];
        if (!o->is_met) continue;
        status = planner_step(
            p,
            (struct schema_step){
                .kind = SCHEMA_STEP_LAYERS_MEET, .asks = true, .overlay = o, .subject = o->subject},
            err);
    }
    return status;
}

static crm_status plan_steps(struct planner *p, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < p->schema->entity_count; i++)
        status = plan_entity(p, i, err);
    if (status == CRM_OK) status = plan_gone(p, err);
    return status == CRM_OK ? plan_meetings(p, err) : status;
}

crm_status schema_plan_wish(struct arena *a, const struct schema_definitions *definitions,
                            const struct schema_registry *registry, int64_t generation,
                            const struct schema_wishes *wishes, struct schema_plan *ret,
                            struct err *err) {
    struct schema *schema = NULL;
    struct schema_registry *extended = ARENA_NEW(a, struct schema_registry);
    if (!extended) return err_no_memory(err);
    struct draft draft = {
        .arena = a, .declared = definitions, .registry = extended, .wishes = wishes};
    crm_status status = registry_copy(a, registry, extended, err);
    if (status == CRM_OK) status = draft_make(&draft, err);
    if (status == CRM_OK) status = physical_assign(&draft, extended, err);
    if (status == CRM_OK) status = physical_indexes(&draft, extended, err);
    if (status == CRM_OK) status = schema_build(&draft, generation, &schema, err);
    if (status != CRM_OK) return status;
    struct planner p = {
        .arena = a, .draft = &draft, .schema = schema, .registry = extended, .before = registry};
    struct schema_plan plan = {.schema = schema,
                               .registry = extended,
                               .overlays = draft.overlays,
                               .overlay_count = draft.overlay_count};
    status = plan_steps(&p, err);
    if (status == CRM_OK) status = list_kept(&p, &plan, err);
    if (status != CRM_OK) {
        schema_unref(schema);
        return status;
    }
    plan.steps = p.steps;
    plan.step_count = p.count;
    plan.refused_count = p.refused;
    plan.asked_count = p.asked;
    plan.background_count = p.background;
    *ret = plan;
    return CRM_OK;
}

crm_status schema_plan_make(struct arena *a, const struct schema_definitions *definitions,
                            const struct schema_registry *registry, int64_t generation,
                            struct schema_plan *ret, struct err *err) {
    return schema_plan_wish(a, definitions, registry, generation, NULL, ret, err);
}

/* ---- after a background step ------------------------------------------------------------- */
static crm_status settle_fill(struct arena *a, struct schema_plan *plan,
                              const struct schema_step *step, struct schema_registry_field *f,
                              struct err *err) {
    bool is_computed = str_is(f->type, "formula") || str_is(f->type, "rollup");
    if (f->state != SCHEMA_STATE_BUILDING && is_computed && !f->folding) {
        f->signature = step->settled;
        return CRM_OK;
    }
    if (f->state != SCHEMA_STATE_BUILDING) {
        f->folding = false;
        f->signature = signature_with(a, f->signature, "fold", true);
        return f->signature.ptr ? CRM_OK : err_no_memory(err);
    }
    f->state = SCHEMA_STATE_LIVE;
    f->signature = step->settled;
    struct schema_registry_field *old =
        f->replaces ? registry_field_by_id(plan->registry, f->entity, f->replaces) : NULL;
    if (!old) return CRM_OK;
    bool computed = str_is(old->type, "formula") || str_is(old->type, "rollup");
    old->state = computed ? SCHEMA_STATE_CLEARING : SCHEMA_STATE_HIDDEN;
    old->dirty = true;
    return CRM_OK;
}

static crm_status settle_search(struct arena *a, struct schema_plan *plan,
                                const struct schema_step *step, struct err *err) {
    const struct schema_entity *e = schema_entity_by_id(plan->schema, step->entity);
    for (size_t i = 0; e && i < e->field_count; i++) {
        struct schema_registry_field *f =
            registry_field_by_id(plan->registry, e->id, e->fields[i].id);
        if (!f || signature_has(f->signature, "search") == e->fields[i].search) continue;
        f->signature = signature_with(a, f->signature, "search", e->fields[i].search);
        f->dirty = true;
        if (!f->signature.ptr) return err_no_memory(err);
    }
    return CRM_OK;
}

static void settle_index(struct schema_plan *plan, const struct schema_step *step) {
    for (size_t i = 0; i < plan->registry->index_count; i++) {
        struct schema_registry_index *index = &plan->registry->indexes[i];
        if (index->entity != step->entity || index->id != step->index) continue;
        index->state = SCHEMA_STATE_LIVE;
        index->dirty = true;
    }
}

crm_status schema_plan_settle(struct arena *a, struct schema_plan *plan, size_t at,
                              struct err *err) {
    const struct schema_step *step = &plan->steps[at];
    struct schema_registry_field *f =
        step->field ? registry_field_by_id(plan->registry, step->entity, step->field) : NULL;
    if (step->index) settle_index(plan, step);
    if (step->kind == SCHEMA_STEP_FILL_SEARCH) return settle_search(a, plan, step, err);
    if (!f) return CRM_OK;
    f->dirty = true;
    switch (step->kind) {
    case SCHEMA_STEP_FILL_FIELD:
        return settle_fill(a, plan, step, f, err);
    case SCHEMA_STEP_MAKE_UNIQUE:
        f->signature = signature_with(a, f->signature, "unique", true);
        return f->signature.ptr ? CRM_OK : err_no_memory(err);
    case SCHEMA_STEP_MAKE_REQUIRED:
        f->definition = step->definition;
        return CRM_OK;
    case SCHEMA_STEP_RECYCLE_FIELD:
        f->state = f->link_table.len ? SCHEMA_STATE_GONE : SCHEMA_STATE_FREE;
        return CRM_OK;
    default:
        return CRM_OK;
    }
}

void schema_plan_fini(struct schema_plan *plan) { plan->schema = schema_unref(plan->schema); }
