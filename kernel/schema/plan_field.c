/* One field against the registry. See planner.h.
 *
 * What is new is registered; what differs only in words takes effect at once; what needs the rows
 * filled or looked through stays as it was in the snapshot and becomes a background step. */
#include "schema/build.h"
#include "schema/messages.h"
#include "schema/physical.h"
#include "schema/planner.h"
#include "schema/signature.h"
#include "schema/snapshot.h"
#include "schema/write.h"

struct comparing {
    struct planner *p;
    struct schema_entity *e;
    struct schema_field *f;
    const struct draft_field *from;
    struct schema_registry_field *row; /* valid until something is registered */
    struct str definition;             /* wanted, as text */
};

static bool is_computed(const struct schema_field *f) {
    return f->type == SCHEMA_FIELD_FORMULA || f->type == SCHEMA_FIELD_ROLLUP;
}

static crm_status step_of(const struct comparing *c, enum schema_step_kind kind, struct str settled,
                          struct err *err) {
    bool background = kind >= SCHEMA_STEP_FILL_FIELD && kind <= SCHEMA_STEP_RECYCLE_FIELD;
    struct str name = c->from->registered.len ? c->from->registered : c->f->name;
    return planner_step(c->p,
                        (struct schema_step){.kind = kind,
                                             .entity = c->e->id,
                                             .field = c->f->id,
                                             .background = background,
                                             .subject = planner_subject(c->p, c->e->name, name),
                                             .settled = settled,
                                             .definition = c->definition},
                        err);
}

static crm_status register_field(struct comparing *c, struct str name, struct str signature,
                                 enum schema_state state, struct err *err) {
    struct schema_registry *r = c->p->registry;
    struct schema_registry_field *fields =
        arena_grow(c->p->arena, r->fields, r->field_count, &r->field_capacity, sizeof *fields);
    if (!fields || !signature.ptr || !name.ptr || !c->definition.ptr) return err_no_memory(err);
    r->fields = fields;
    fields[r->field_count++] =
        (struct schema_registry_field){.entity = c->e->id,
                                       .id = c->f->id,
                                       .name = arena_str(c->p->arena, name),
                                       .type = str_from(schema_field_type_word(c->f->type)),
                                       .signature = signature,
                                       .column = arena_str(c->p->arena, c->f->column),
                                       .link_table = arena_str(c->p->arena, c->f->link_table),
                                       .owner = arena_str(c->p->arena, c->f->owner),
                                       .definition = c->definition,
                                       .state = state,
                                       .replaces = c->from->replaces,
                                       .dirty = true};
    return CRM_OK;
}

/* ---- attributes of links ----------------------------------------------------------------- */
static crm_status plan_attribute(struct comparing *c, size_t at, struct str field, bool is_new,
                                 struct err *err) {
    struct planner *p = c->p;
    struct comparing own = *c;
    own.f = (struct schema_field *)(uintptr_t)&c->f->attributes[at];
    own.from = &c->from->attributes[at];
    own.definition = schema_field_text(p->arena, &own.from->def);
    struct str name = physical_attribute_name(p->arena, field, own.f->name);
    struct str signature = signature_make(p->arena, p->schema, own.f, own.from->def.formula);
    if (!name.ptr || !signature.ptr) return err_no_memory(err);
    const struct schema_registry_field *known = registry_field(p->registry, c->e->id, name);
    if (known && !str_eq(known->signature, signature)) {
        const struct str args[] = {planner_subject(p, c->e->name, name), known->signature,
                                   signature};
        return planner_refuse(p, c->e, &own.from->def.origin, &schema_type_change, args, err);
    }
    if (known) return CRM_OK;
    crm_status status = register_field(&own, name, signature, SCHEMA_STATE_LIVE, err);
    if (status != CRM_OK || is_new) return status;
    return planner_step(p,
                        (struct schema_step){.kind = SCHEMA_STEP_ADD_ATTRIBUTE,
                                             .entity = c->e->id,
                                             .field = c->f->id,
                                             .index = own.f->id,
                                             .subject = planner_subject(p, c->e->name, name)},
                        err);
}

static crm_status plan_attributes(struct comparing *c, bool is_new, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < c->f->attribute_count; i++)
        status = plan_attribute(c, i, c->f->name, is_new, err);
    return status;
}

/* ---- what a computed field is made of ---------------------------------------------------- */
struct parts {
    struct planner *p;
    const struct schema_entity *entity;
    struct str text;
    int depth;
};

static void add_parts(struct parts *of, const struct schema_entity *e,
                      const struct schema_field *f);

/* A path goes from field to field; each stored one that is computed belongs to the parts. */
static bool visit_part(void *ctx, const struct expr *x) {
    struct parts *of = ctx;
    const struct schema_entity *at = of->entity;
    for (uint8_t i = 0; x->op == EXPR_PATH && at && i < x->path.length; i++) {
        const struct schema_field *f = schema_field_by_id(at, x->path.step[i].field);
        if (!f) break;
        if (is_computed(f) && f->stored) add_parts(of, at, f);
        at = schema_entity_by_id(of->p->schema, f->value_type.entity);
    }
    return of->text.ptr != NULL;
}

static void add_parts(struct parts *of, const struct schema_entity *e,
                      const struct schema_field *f) {
    const struct draft_entity *from =
        &of->p->draft->entities[schema_entity_position(of->p->schema, e)];
    const struct schema_entity *inside =
        f->type == SCHEMA_FIELD_ROLLUP ? schema_entity_by_id(of->p->schema, f->rollup_entity) : e;
    const struct expr *x = f->type == SCHEMA_FIELD_ROLLUP ? f->rollup : f->formula;
    if (of->depth == BUILD_FORMULA_DEPTH || !of->text.ptr || !x) return;
    struct str own = from->fields[f->slot].def.formula;
    of->text = of->text.len
                   ? arena_printf(of->p->arena, "%.*s\n%.*s", STR_ARG(of->text), STR_ARG(own))
                   : own;
    const struct schema_entity *outside = of->entity;
    of->entity = inside;
    of->depth++;
    expr_walk(x, visit_part, of);
    of->depth--;
    of->entity = outside;
}

/* The texts that its values depend on: its own, then those of the formulas it reads. */
static struct str formula_of(const struct comparing *c) {
    struct parts of = {.p = c->p, .text = {"", 0}};
    if (!is_computed(c->f) || !c->f->stored) return c->from->def.formula;
    add_parts(&of, c->e, c->f);
    return of.text;
}

/* ---- a field that is new ----------------------------------------------------------------- */
static crm_status plan_new(struct comparing *c, bool entity_is_new, struct err *err) {
    struct planner *p = c->p;
    struct schema_field *f = c->f;
    enum schema_storage storage = schema_storage_of(f);
    bool fills = !entity_is_new && (f->building || (is_computed(f) && f->stored));
    struct str name = c->from->registered.len ? c->from->registered : f->name;
    if (is_computed(f) && f->stored && !entity_is_new) {
        struct str column =
            physical_free_column(p->registry, c->e->id, physical_kind(f->type, f->value_type.type));
        if (column.len)
            f->column = arena_str(&((struct schema_snapshot *)p->schema)->arena, column);
    }
    struct str signature = signature_make(p->arena, p->schema, f, formula_of(c));
    crm_status status =
        register_field(c, name, signature, fills ? SCHEMA_STATE_BUILDING : SCHEMA_STATE_LIVE, err);
    if (status == CRM_OK) status = plan_attributes(c, true, err);
    if (status == CRM_OK && storage != SCHEMA_STORAGE_NONE &&
        (storage == SCHEMA_STORAGE_LINKS || !entity_is_new))
        status = step_of(
            c, storage == SCHEMA_STORAGE_LINKS ? SCHEMA_STEP_CREATE_LINKS : SCHEMA_STEP_ADD_FIELD,
            STR_NONE, err);
    if (!fills || status != CRM_OK) return status;
    f->building = c->e->building = true;
    return step_of(c, SCHEMA_STEP_FILL_FIELD, signature, err);
}

/* ---- a field that the database has ------------------------------------------------------- */
/* Under the same text: what it reads has changed. Values are computed anew where they lie; those of
 * another kind are read by nobody meanwhile. */
static crm_status compute_anew(struct comparing *c, struct str signature, struct err *err) {
    struct schema_registry_field *row = c->row;
    bool had_column = !str_eq(row->signature, row->type);
    if (c->f->stored && had_column && signature_same_values(row->signature, signature))
        return step_of(c, SCHEMA_STEP_FILL_FIELD, signature, err);
    row->signature = signature;
    row->dirty = true;
    if (!c->f->stored) return CRM_OK;
    row->state = SCHEMA_STATE_BUILDING;
    row->replaces = 0;
    c->f->building = c->e->building = true;
    crm_status status = had_column ? CRM_OK : step_of(c, SCHEMA_STEP_ADD_FIELD, STR_NONE, err);
    return status == CRM_OK ? step_of(c, SCHEMA_STEP_FILL_FIELD, signature, err) : status;
}

static crm_status other_form(struct comparing *c, struct str signature, struct err *err) {
    bool without = str_eq(c->row->signature, c->row->type);
    if (is_computed(c->f) &&
        (without || !c->f->stored ||
         physical_kind(c->f->type, c->f->value_type.type) == physical_registered_kind(c->row)))
        return compute_anew(c, signature, err);
    const struct str args[] = {planner_subject(c->p, c->e->name, c->f->name), c->row->signature,
                               signature};
    return planner_refuse(c->p, c->e, &c->from->def.origin, &schema_type_change, args, err);
}

static bool was_required(struct comparing *c) {
    struct schema_field_definition old;
    if (c->row->definition.len == 0 || !c->f->required) return true;
    return schema_field_from_text(c->p->arena, &c->from->def.origin, c->row->name,
                                  c->row->definition, &old, NULL) != CRM_OK ||
           old.required;
}

static crm_status plan_fold(struct comparing *c, struct err *err) {
    struct schema_registry_field *row = c->row;
    if (!c->f->fold || signature_has(row->signature, "fold")) return CRM_OK;
    c->f->fold = false;
    c->f->folding = true;
    struct str settled = signature_with(c->p->arena, row->signature, "fold", true);
    bool begun = row->folding;
    row->folding = true;
    row->dirty |= !begun;
    crm_status status = begun ? CRM_OK : step_of(c, SCHEMA_STEP_ADD_FIELD, STR_NONE, err);
    return status == CRM_OK ? step_of(c, SCHEMA_STEP_FILL_FIELD, settled, err) : status;
}

/* What differs but in words: flags that rows must be looked through for. */
static crm_status plan_flags(struct comparing *c, struct str signature, bool *ret_waits,
                             struct err *err) {
    struct schema_registry_field *row = c->row;
    struct arena *a = c->p->arena;
    struct str now = row->signature;
    if (!signature_has(signature, "fold")) now = signature_with(a, now, "fold", false);
    if (!signature_has(signature, "unique")) now = signature_with(a, now, "unique", false);
    if (!now.ptr) return err_no_memory(err);
    row->dirty |= !str_eq(now, row->signature);
    row->signature = now;
    crm_status status = plan_fold(c, err);
    c->f->searched = signature_has(now, "search");
    if (c->f->search != c->f->searched) c->e->searching = true;
    if (status == CRM_OK && c->f->unique && !signature_has(now, "unique")) {
        c->f->unique = false;
        status = step_of(c, SCHEMA_STEP_MAKE_UNIQUE, signature_with(a, now, "unique", true), err);
    }
    if (status == CRM_OK && c->f->required && !was_required(c)) {
        c->f->required = false;
        *ret_waits = true;
        status = step_of(c, SCHEMA_STEP_MAKE_REQUIRED, now, err);
    }
    return status;
}

static bool has_successor(const struct comparing *c) {
    const struct schema_registry *r = c->p->registry;
    for (size_t i = 0; i < r->field_count; i++)
        if (r->fields[i].entity == c->e->id && r->fields[i].replaces == c->f->id &&
            r->fields[i].state == SCHEMA_STATE_BUILDING)
            return true;
    for (size_t i = 0; i < c->e->field_count; i++)
        if (c->e->fields[i].building && c->e->fields[i].replaces == c->f->id) return true;
    return false;
}

static void put_definition(struct comparing *c) {
    struct schema_registry_field *row = c->row;
    row->dirty |= !str_eq(row->definition, c->definition) || !str_eq(row->owner, c->f->owner);
    row->definition = c->definition;
    row->owner = arena_str(c->p->arena, c->f->owner);
}

static crm_status plan_known(struct comparing *c, struct err *err) {
    struct str signature = signature_make(c->p->arena, c->p->schema, c->f, formula_of(c));
    bool waits = has_successor(c);
    if (!signature.ptr) return err_no_memory(err);
    if (c->row->state == SCHEMA_STATE_BUILDING) {
        c->f->building = c->e->building = true;
        return step_of(c, SCHEMA_STEP_FILL_FIELD, signature, err);
    }
    if (!signature_same_form(c->row->signature, signature)) {
        crm_status status = other_form(c, signature, err);
        if (status == CRM_OK && c->p->refused == 0) put_definition(c);
        return status;
    }
    crm_status status = plan_flags(c, signature, &waits, err);
    if (status == CRM_OK && !waits) put_definition(c);
    return status == CRM_OK ? plan_attributes(c, false, err) : status;
}

crm_status plan_field(struct planner *p, struct schema_entity *e, struct schema_field *f,
                      const struct draft_field *from, bool entity_is_new, struct err *err) {
    struct comparing c = {.p = p, .e = e, .f = f, .from = from};
    c.row = registry_field_by_id(p->registry, e->id, f->id);
    /* The successor is written as it is wanted, not as it is built. */
    c.definition = schema_field_text(p->arena, from->wanted ? from->wanted : &from->def);
    if (!c.definition.ptr) return err_no_memory(err);
    crm_status status = CRM_OK;
    if (from->kept)
        status = planner_step(p,
                              (struct schema_step){.kind = SCHEMA_STEP_HIDE_FIELD,
                                                   .entity = e->id,
                                                   .field = f->id,
                                                   .asks = true,
                                                   .subject = planner_subject(p, e->name, f->name)},
                              err);
    if (status == CRM_OK && from->renamed)
        status = step_of(&c, SCHEMA_STEP_RENAME_FIELD, STR_NONE, err);
    if (status == CRM_OK && from->restored)
        status = step_of(&c, SCHEMA_STEP_RESTORE_FIELD, STR_NONE, err);
    if (status != CRM_OK) return status;
    return c.row ? plan_known(&c, err) : plan_new(&c, entity_is_new, err);
}
