/* The plan: the snapshot that definitions ask for, beside the registry of what the database has;
 * the difference as steps. See plan.h. Threads: one at a time. */
#include "schema/plan.h"

#include "schema/build.h"
#include "schema/messages.h"
#include "schema/physical.h"

struct planner {
    struct arena *arena;
    struct draft *draft;
    const struct schema *schema;
    struct schema_registry *registry;
    struct schema_step *steps;
    size_t count, capacity, refused;
};

const char *schema_step_word(enum schema_step_kind kind) {
    static const char *const words[] = {"create_entity", "add_field",    "add_attribute",
                                        "create_links",  "create_index", "create_search",
                                        "refused"};
    return words[kind];
}

static crm_status add_step(struct planner *p, struct schema_step step, struct err *err) {
    struct schema_step *steps =
        arena_grow(p->arena, p->steps, p->count, &p->capacity, sizeof *steps);
    if (!steps || !step.subject.ptr) return err_no_memory(err);
    steps[p->count++] = step;
    p->steps = steps;
    return CRM_OK;
}

static struct str subject(struct planner *p, const struct schema_entity *e, struct str field) {
    if (field.len == 0) return arena_str(p->arena, e->name);
    return arena_printf(p->arena, "%.*s.%.*s", STR_ARG(e->name), STR_ARG(field));
}

static crm_status refuse(struct planner *p, const struct schema_entity *e,
                         const struct schema_origin *origin, const struct err_text *text,
                         const struct str args[3], struct err *err) {
    struct err *refusal = ARENA_NEW(p->arena, struct err);
    if (!refusal) return err_no_memory(err);
    err_set_args(refusal, CRM_REFUSED, text, args, 3);
    schema_err_at(refusal, origin);
    err_at_entity(refusal, e->name);
    p->refused++;
    return add_step(
        p,
        (struct schema_step){
            .kind = SCHEMA_STEP_REFUSED, .entity = e->id, .refusal = refusal, .subject = args[0]},
        err);
}

/* What storage depends on. A stored formula is its text, too: other values would lie in the column.
 */
static struct str signature_of(struct planner *p, const struct schema_field *f,
                               const struct schema_field_definition *def) {
    const struct schema_entity *target =
        f->ref_entity ? schema_entity_by_id(p->schema, f->ref_entity) : NULL;
    struct str word = str_from(schema_field_type_word(f->type));
    if (f->type == SCHEMA_FIELD_FORMULA || f->type == SCHEMA_FIELD_ROLLUP) {
        if (!f->stored) return arena_printf(p->arena, "%.*s", STR_ARG(word));
        return arena_printf(p->arena, "%.*s %s%s%s %016llx", STR_ARG(word),
                            value_type_name(f->value_type.type), f->unique ? " unique" : "",
                            f->search ? " search" : "", (unsigned long long)str_hash(def->formula));
    }
    return arena_printf(p->arena, "%.*s%s%.*s%s%s%s", STR_ARG(word), target ? " " : "",
                        target ? (int)target->name.len : 0, target ? target->name.ptr : "",
                        f->fold ? " fold" : "", f->unique ? " unique" : "",
                        f->search ? " search" : "");
}

static crm_status register_field(struct planner *p, const struct schema_entity *e,
                                 const struct schema_field *f, struct str name,
                                 struct str signature, struct err *err) {
    struct schema_registry *r = p->registry;
    struct schema_registry_field *fields =
        arena_grow(p->arena, r->fields, r->field_count, &r->field_capacity, sizeof *fields);
    if (!fields || !signature.ptr || !name.ptr) return err_no_memory(err);
    r->fields = fields;
    fields[r->field_count++] =
        (struct schema_registry_field){.entity = e->id,
                                       .id = f->id,
                                       .name = name,
                                       .type = str_from(schema_field_type_word(f->type)),
                                       .signature = signature,
                                       .column = arena_str(p->arena, f->column),
                                       .link_table = arena_str(p->arena, f->link_table)};
    return CRM_OK;
}

/* A field that the database has already: nothing to do, or something that cannot be done. */
static crm_status compare_field(struct planner *p, const struct schema_entity *e,
                                const struct schema_registry_field *known, struct str signature,
                                const struct schema_origin *origin, struct err *err) {
    if (str_eq(known->signature, signature)) return CRM_OK;
    const struct str args[] = {subject(p, e, known->name), known->signature, signature};
    return refuse(p, e, origin, &schema_type_change, args, err);
}

static crm_status plan_attributes(struct planner *p, const struct schema_entity *e,
                                  const struct schema_field *f, const struct draft_field *from,
                                  bool is_new, struct err *err) {
    for (size_t i = 0; i < f->attribute_count; i++) {
        const struct schema_field *attribute = &f->attributes[i];
        const struct schema_field_definition *def = &from->attributes[i].def;
        struct str name = physical_attribute_name(p->arena, f->name, attribute->name);
        struct str signature = signature_of(p, attribute, def);
        if (!name.ptr || !signature.ptr) return err_no_memory(err);
        const struct schema_registry_field *known = registry_field(p->registry, e->id, name);
        crm_status status = known ? compare_field(p, e, known, signature, &def->origin, err)
                                  : register_field(p, e, attribute, name, signature, err);
        if (status == CRM_OK && !known && !is_new)
            status = add_step(p,
                              (struct schema_step){.kind = SCHEMA_STEP_ADD_ATTRIBUTE,
                                                   .entity = e->id,
                                                   .field = f->id,
                                                   .index = attribute->id,
                                                   .subject = subject(p, e, name)},
                              err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

static crm_status plan_field(struct planner *p, const struct schema_entity *e,
                             const struct schema_field *f, const struct draft_field *from,
                             bool entity_is_new, struct err *err) {
    struct str signature = signature_of(p, f, &from->def);
    if (!signature.ptr) return err_no_memory(err);
    const struct schema_registry_field *known = registry_field(p->registry, e->id, f->name);
    if (known) {
        crm_status status = compare_field(p, e, known, signature, &from->def.origin, err);
        return status == CRM_OK ? plan_attributes(p, e, f, from, false, err) : status;
    }
    if (from->def.was.len && registry_field(p->registry, e->id, from->def.was)) {
        const struct str args[] = {subject(p, e, f->name), from->def.was, STR_NONE};
        return refuse(p, e, &from->def.origin, &schema_rename, args, err);
    }
    crm_status status = register_field(p, e, f, arena_str(p->arena, f->name), signature, err);
    if (status == CRM_OK) status = plan_attributes(p, e, f, from, true, err);
    enum schema_storage storage = schema_storage_of(f);
    if (status != CRM_OK || storage == SCHEMA_STORAGE_NONE) return status;
    if (storage != SCHEMA_STORAGE_LINKS && entity_is_new) return CRM_OK;
    return add_step(p,
                    (struct schema_step){.kind = storage == SCHEMA_STORAGE_LINKS
                                                     ? SCHEMA_STEP_CREATE_LINKS
                                                     : SCHEMA_STEP_ADD_FIELD,
                                         .entity = e->id,
                                         .field = f->id,
                                         .subject = subject(p, e, f->name)},
                    err);
}

static crm_status plan_indexes(struct planner *p, const struct schema_entity *e,
                               const struct draft_entity *from, struct err *err) {
    for (size_t i = 0; i < from->index_count; i++) {
        const struct draft_index *it = &from->indexes[i];
        if (!it->is_new) continue;
        crm_status status =
            add_step(p,
                     (struct schema_step){.kind = it->field_count ? SCHEMA_STEP_CREATE_INDEX
                                                                  : SCHEMA_STEP_CREATE_SEARCH,
                                          .entity = e->id,
                                          .index = it->id,
                                          .subject = subject(p, e, it->name)},
                     err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

static crm_status plan_entity(struct planner *p, size_t position, bool is_new, struct err *err) {
    const struct schema_entity *e = &p->schema->entities[position];
    const struct draft_entity *from = &p->draft->entities[position];
    crm_status status = CRM_OK;
    if (is_new && from->def->was.len && registry_entity(p->registry, from->def->was)) {
        const struct str args[] = {arena_str(p->arena, e->name), from->def->was, STR_NONE};
        status = refuse(p, e, &from->def->origin, &schema_rename, args, err);
    } else if (is_new) {
        status = add_step(p,
                          (struct schema_step){.kind = SCHEMA_STEP_CREATE_ENTITY,
                                               .entity = e->id,
                                               .subject = subject(p, e, STR_NONE)},
                          err);
    }
    for (size_t i = 0; status == CRM_OK && i < e->field_count; i++)
        status = plan_field(p, e, &e->fields[i], &from->fields[i], is_new, err);
    return status == CRM_OK ? plan_indexes(p, e, from, err) : status;
}

static crm_status plan_steps(struct planner *p, const struct schema_registry *before,
                             struct err *err) {
    for (size_t i = 0; i < p->schema->entity_count; i++) {
        crm_status status =
            plan_entity(p, i, !registry_entity(before, p->schema->entities[i].name), err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
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
static crm_status list_kept(struct planner *p, const struct schema_registry *r,
                            struct schema_plan *ret, struct err *err) {
    struct str *kept = ARENA_ARRAY(p->arena, r->entity_count + r->field_count + 1, struct str);
    size_t count = 0;
    if (!kept) return err_no_memory(err);
    for (size_t i = 0; i < r->entity_count; i++) {
        const struct schema_registry_entity *known = &r->entities[i];
        const struct schema_entity *e = schema_find(p->schema, known->name);
        if (!e) kept[count++] = arena_str(p->arena, known->name);
        for (size_t k = 0; e && k < r->field_count; k++) {
            const struct schema_registry_field *f = &r->fields[k];
            if (f->entity != known->id || schema_field_find(e, f->name) ||
                has_attribute(e, f->name))
                continue;
            kept[count++] = subject(p, e, f->name);
        }
    }
    for (size_t i = 0; i < count; i++)
        if (!kept[i].ptr) return err_no_memory(err);
    ret->kept = kept;
    ret->kept_count = count;
    return CRM_OK;
}

crm_status schema_plan_make(struct arena *a, const struct schema_definitions *definitions,
                            const struct schema_registry *registry, int64_t generation,
                            struct schema_plan *ret, struct err *err) {
    struct draft draft;
    struct schema *schema = NULL;
    struct schema_registry *extended = ARENA_NEW(a, struct schema_registry);
    if (!extended) return err_no_memory(err);
    crm_status status = registry_copy(a, registry, extended, err);
    if (status == CRM_OK) status = draft_make(a, definitions, &draft, err);
    if (status == CRM_OK) status = physical_assign(&draft, extended, err);
    if (status == CRM_OK) status = physical_indexes(&draft, extended, err);
    if (status == CRM_OK) status = schema_build(&draft, generation, &schema, err);
    if (status != CRM_OK) return status;
    struct planner p = {.arena = a, .draft = &draft, .schema = schema, .registry = extended};
    struct schema_plan plan = {.schema = schema, .registry = extended};
    status = plan_steps(&p, registry, err);
    if (status == CRM_OK) status = list_kept(&p, registry, &plan, err);
    if (status != CRM_OK) {
        schema_unref(schema);
        return status;
    }
    plan.steps = p.steps;
    plan.step_count = p.count;
    plan.refused_count = p.refused;
    *ret = plan;
    return CRM_OK;
}

void schema_plan_fini(struct schema_plan *plan) { plan->schema = schema_unref(plan->schema); }
