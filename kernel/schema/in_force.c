/* Definitions meet the registry: ids for what it knows, and what stays in force although no
 * definition names it any more. See draft.h.
 *
 * A field is known by its name, or by the name it `was`; a hidden one of the same form comes back
 * with its values. What definitions leave out stays in force until its removal is asked for by
 * name - unless its owner is not there at all, such as a module that is switched off: then it waits
 * hidden. Threads: one at a time; memory is the draft's arena. */
#include "schema/draft.h"
#include "schema/physical.h"
#include "schema/plan.h"
#include "schema/write.h"

static bool has_owner(const struct draft *d, struct str owner) {
    const struct schema_definitions *all = d->declared;
    if (str_is(owner, "kernel")) return true;
#define HAS_OWNER(one, many)                                                                       \
    for (size_t i = 0; i < all->one##_count; i++)                                                  \
        if (str_eq(all->many[i].origin.owner, owner)) return true;
    SCHEMA_DEFINITION_LISTS(HAS_OWNER)
#undef HAS_OWNER
    return false;
}

static struct schema_origin origin_of(struct str owner) {
    return (struct schema_origin){.layer = str_is(owner, "kernel")  ? SCHEMA_LAYER_KERNEL
                                           : str_is(owner, "admin") ? SCHEMA_LAYER_ADMIN
                                                                    : SCHEMA_LAYER_MODULE,
                                  .owner = owner,
                                  .file = STR("in force")};
}

static bool is_named(const struct str *names, size_t count, struct str entity, struct str field) {
    for (size_t i = 0; i < count; i++) {
        struct str name = names[i];
        if (field.len == 0 && str_eq(name, entity)) return true;
        if (field.len && name.len == entity.len + field.len + 1 &&
            memcmp(name.ptr, entity.ptr, entity.len) == 0 && name.ptr[entity.len] == '.' &&
            memcmp(name.ptr + entity.len + 1, field.ptr, field.len) == 0)
            return true;
    }
    return false;
}

bool wishes_drop(const struct schema_wishes *w, struct str entity, struct str field) {
    return w && is_named(w->drop, w->drop_count, entity, field);
}

bool wishes_recycle(const struct schema_wishes *w, struct str entity, struct str field) {
    return w && is_named(w->recycle, w->recycle_count, entity, field);
}

void schema_wish_lists(struct schema_wishes *w, struct schema_wish_list ret[SCHEMA_WISH_LISTS]) {
    const struct schema_wish_list lists[SCHEMA_WISH_LISTS] = {
        {"drop", &w->drop, &w->drop_count}, {"recycle", &w->recycle, &w->recycle_count},
        {"keep", &w->keep, &w->keep_count}, {"take", &w->take, &w->take_count},
        {"move", &w->move, &w->move_count}, {"leave", &w->leave, &w->leave_count}};
    memcpy(ret, lists, sizeof lists);
}

bool wishes_keep(const struct schema_wishes *w, struct str entity, struct str field) {
    return w && is_named(w->keep, w->keep_count, entity, field);
}

bool wishes_take(const struct schema_wishes *w, struct str entity, struct str field) {
    return w && is_named(w->take, w->take_count, entity, field);
}

/* ---- entities -----------------------------------------------------------------------------------
 */
static bool is_declared(const struct draft *d, int32_t id) {
    for (size_t i = 0; i < d->entity_count; i++)
        if (d->entities[i].id == id) return true;
    return false;
}

/* Signatures name the entity that a reference points to. */
static bool rename_targets(struct draft *d, struct str from, struct str to) {
    for (size_t i = 0; i < d->registry->field_count; i++) {
        struct schema_registry_field *f = &d->registry->fields[i];
        size_t word = f->type.len + 1;
        if (f->signature.len < word + from.len ||
            memcmp(f->signature.ptr + word, from.ptr, from.len) != 0)
            continue;
        struct str rest =
            str_make(f->signature.ptr + word + from.len, f->signature.len - word - from.len);
        bool refers =
            str_is(f->type, "ref") || str_is(f->type, "links") || str_is(f->type, "children");
        if (!refers || (rest.len && rest.ptr[0] != ' ')) continue;
        f->signature =
            arena_printf(d->arena, "%.*s %.*s%.*s", STR_ARG(f->type), STR_ARG(to), STR_ARG(rest));
        f->dirty = true;
        if (!f->signature.ptr) return false;
    }
    return true;
}

static crm_status match_entity(struct draft *d, struct draft_entity *e, struct err *err) {
    struct schema_registry_entity *known = registry_entity(d->registry, e->def->name);
    if (!known && e->def->was.len) {
        known = registry_entity(d->registry, e->def->was);
        if (known && (known->state != SCHEMA_STATE_LIVE || is_declared(d, known->id))) known = NULL;
        e->renamed = known != NULL;
    }
    if (!known) return CRM_OK;
    e->id = known->id;
    e->restored = known->state == SCHEMA_STATE_HIDDEN;
    if (e->renamed && !rename_targets(d, known->name, e->def->name)) return err_no_memory(err);
    if (e->renamed) known->name = arena_str(d->arena, e->def->name);
    known->state = SCHEMA_STATE_LIVE;
    known->dirty |= e->renamed || e->restored;
    return known->name.ptr ? CRM_OK : err_no_memory(err);
}

static crm_status keep_entity(struct draft *d, const struct schema_registry_entity *known,
                              struct err *err) {
    struct schema_entity_definition *def = ARENA_NEW(d->arena, struct schema_entity_definition);
    const struct schema_origin origin = origin_of(known->owner);
    if (!def) return err_no_memory(err);
    crm_status status =
        schema_entity_from_text(d->arena, &origin, known->name, known->definition, def, err);
    if (status != CRM_OK) return status;
    struct draft_entity *e = &d->entities[d->entity_count++];
    *e = (struct draft_entity){.def = def,
                               .id = known->id,
                               .kept = true,
                               .pipeline_closed = def->pipeline_closed,
                               .pipeline_since = def->pipeline_since,
                               .pipeline_probability = def->pipeline_probability,
                               .rules = (struct schema_rule_definition *)(uintptr_t)def->rules,
                               .rule_count = def->rule_count,
                               .rule_capacity = def->rule_count};
    return draft_standard_fields(d, e, err);
}

crm_status in_force_entities(struct draft *d, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < d->entity_count; i++)
        status = match_entity(d, &d->entities[i], err);
    for (size_t i = 0; status == CRM_OK && i < d->registry->entity_count; i++) {
        struct schema_registry_entity *known = &d->registry->entities[i];
        if (known->state != SCHEMA_STATE_LIVE || known->definition.len == 0 ||
            is_declared(d, known->id))
            continue;
        if (!wishes_drop(d->wishes, known->name, STR_NONE)) {
            if (has_owner(d, known->owner)) status = keep_entity(d, known, err);
            continue;
        }
        known->state = SCHEMA_STATE_HIDDEN;
        known->dirty = true;
    }
    return status;
}

/* ---- fields: what is known ----------------------------------------------------------------------
 */
static struct schema_registry_field *find(const struct draft *d, const struct draft_entity *e,
                                          struct str name, enum schema_state state) {
    const struct schema_registry *r = d->registry;
    for (size_t i = 0; i < r->field_count; i++)
        if (r->fields[i].entity == e->id && r->fields[i].state == state &&
            str_eq(r->fields[i].name, name))
            return &r->fields[i];
    return NULL;
}

static struct schema_registry_field *successor_of(const struct draft *d,
                                                  const struct draft_entity *e, int32_t id) {
    const struct schema_registry *r = d->registry;
    for (size_t i = 0; i < r->field_count; i++)
        if (r->fields[i].entity == e->id && r->fields[i].replaces == id &&
            r->fields[i].state == SCHEMA_STATE_BUILDING)
            return &r->fields[i];
    return NULL;
}

static bool is_laid(const struct draft_entity *e, int32_t id) {
    for (size_t i = 0; i < e->field_count; i++)
        if (e->fields[i].id == id) return true;
    return false;
}

static int32_t target_id(const struct draft *d, struct str name) {
    const struct draft_entity *target = name.len ? draft_find(d, name) : NULL;
    return target ? target->id : 0;
}

/* Do both give a column of the same form and the same values? */
static bool same_form(const struct draft *d, const struct schema_field_definition *a,
                      const struct schema_field_definition *b) {
    if (a->type != b->type) return false;
    if (a->entity.len && target_id(d, a->entity) != target_id(d, b->entity)) return false;
    bool computed = a->type == SCHEMA_FIELD_FORMULA || a->type == SCHEMA_FIELD_ROLLUP;
    return !computed ||
           (str_eq(a->formula, b->formula) && str_eq(a->by, b->by) && a->viewer == b->viewer);
}

static crm_status parse_known(struct draft *d, const struct schema_registry_field *known,
                              struct schema_field_definition *ret, struct err *err) {
    const struct schema_origin origin = origin_of(known->owner);
    return schema_field_from_text(d->arena, &origin, known->name, known->definition, ret, err);
}

/* A hidden field of the name and form comes back; another one stays hidden. */
static crm_status restore(struct draft *d, struct draft_entity *e, struct draft_field *f,
                          struct err *err) {
    struct schema_registry *r = d->registry;
    for (size_t i = r->field_count; i-- > 0;) { /* the last one of the name first */
        struct schema_registry_field *hidden = &r->fields[i];
        struct schema_field_definition old;
        if (hidden->entity != e->id || hidden->state != SCHEMA_STATE_HIDDEN ||
            !str_eq(hidden->name, f->def.name) || hidden->definition.len == 0)
            continue;
        crm_status status = parse_known(d, hidden, &old, err);
        if (status != CRM_OK) return status;
        if (!same_form(d, &old, &f->def)) continue;
        hidden->state = SCHEMA_STATE_LIVE;
        hidden->dirty = true;
        f->id = hidden->id;
        f->restored = true;
        return CRM_OK;
    }
    return CRM_OK;
}

static bool give_up(struct schema_registry_field *f) {
    f->state = SCHEMA_STATE_CLEARING;
    f->replaces = 0;
    f->dirty = true;
    return true;
}

/* ---- fields: another form -----------------------------------------------------------------------
 */
static bool has_conversion(enum schema_field_type from, enum schema_field_type to) {
    enum schema_storage a = schema_field_storage(from), b = schema_field_storage(to);
    if (to == SCHEMA_FIELD_FORMULA || to == SCHEMA_FIELD_ROLLUP)
        return a != SCHEMA_STORAGE_LINKS && a != SCHEMA_STORAGE_NONE;
    if (a == SCHEMA_STORAGE_LINKS || a == SCHEMA_STORAGE_NONE || b == SCHEMA_STORAGE_LINKS ||
        b == SCHEMA_STORAGE_NONE || to == SCHEMA_FIELD_SERIES || to == SCHEMA_FIELD_FILE ||
        to == SCHEMA_FIELD_REF || from == SCHEMA_FIELD_FILE || from == SCHEMA_FIELD_REF_ANY)
        return false;
    return to != SCHEMA_FIELD_REF_ANY || from == SCHEMA_FIELD_REF;
}

/* The new form beside the old one; what only a finished field may have comes with the switch. */
static crm_status lay_successor(struct draft *d, struct draft_entity *e,
                                const struct schema_registry_field *known,
                                struct schema_field_definition wanted, struct err *err) {
    struct schema_registry_field *begun = successor_of(d, e, known->id);
    struct schema_field_definition *whole = ARENA_NEW(d->arena, struct schema_field_definition);
    struct str text = schema_field_text(d->arena, &wanted);
    if (!text.ptr || !whole) return err_no_memory(err);
    *whole = wanted;
    if (begun && !str_eq(begun->definition, text) && give_up(begun)) begun = NULL;
    struct draft_field f = {.def = wanted,
                            .building = true,
                            .replaces = known->id,
                            .id = begun ? begun->id : 0,
                            .wanted = whole,
                            .registered = wanted.name};
    f.def.name = arena_printf(d->arena, "%.*s+", STR_ARG(wanted.name));
    f.def.was = STR_NONE;
    f.def.required = f.def.unique = f.def.search = false;
    if (wanted.type == SCHEMA_FIELD_TEXT) /* the folded column is made along with it */
        f.def.sort |= wanted.unique || wanted.search;
    f.def.required_when = f.def.visible_when = STR_NONE;
    f.def.default_kind = SCHEMA_DEFAULT_NONE;
    return f.def.name.ptr ? draft_field_add(d, e, &f, err) : err_no_memory(err);
}

static crm_status meet(struct draft *d, struct draft_entity *e, size_t at,
                       struct schema_registry_field *known, struct err *err) {
    struct draft_field *f = &e->fields[at];
    struct schema_registry_field *begun = successor_of(d, e, known->id);
    struct schema_field_definition old;
    f->id = known->id;
    f->building = known->state == SCHEMA_STATE_BUILDING;
    f->replaces = known->replaces;
    if (known->definition.len == 0) return CRM_OK;
    crm_status status = parse_known(d, known, &old, err);
    if (status != CRM_OK) return status;
    if (same_form(d, &old, &f->def)) {
        if (begun) give_up(begun);
        return CRM_OK;
    }
    if (f->building) { /* what is being built is wanted in another form now */
        give_up(known);
        f->building = false;
        f->id = 0;
        return CRM_OK;
    }
    /* "formula", "rollup": without a column there is nothing to keep */
    bool has_values = !str_eq(known->signature, known->type);
    bool computed = old.type == SCHEMA_FIELD_FORMULA || old.type == SCHEMA_FIELD_ROLLUP;
    if ((computed && !has_values) || !has_conversion(old.type, f->def.type)) return CRM_OK;
    struct schema_field_definition wanted = f->def;
    old.origin = wanted.origin;
    old.name = wanted.name;
    old.was = wanted.was;
    f->def = old;
    return lay_successor(d, e, known, wanted, err);
}

/* With the attributes of its links, which are registered as "field.attribute". */
static bool rename_field(struct draft *d, const struct draft_entity *e,
                         struct schema_registry_field *known, struct str name) {
    struct str old = known->name;
    for (size_t i = 0; i < d->registry->field_count; i++) {
        struct schema_registry_field *f = &d->registry->fields[i];
        if (f->entity != e->id || f->name.len <= old.len || f->name.ptr[old.len] != '.' ||
            memcmp(f->name.ptr, old.ptr, old.len) != 0)
            continue;
        f->name = arena_printf(d->arena, "%.*s%.*s", STR_ARG(name), (int)(f->name.len - old.len),
                               f->name.ptr + old.len);
        f->dirty = true;
        if (!f->name.ptr) return false;
    }
    known->name = arena_str(d->arena, name);
    known->dirty = true;
    return known->name.ptr != NULL;
}

static crm_status match_field(struct draft *d, struct draft_entity *e, size_t at, struct err *err) {
    struct draft_field *f = &e->fields[at];
    struct schema_registry_field *known = find(d, e, f->def.name, SCHEMA_STATE_LIVE);
    if (!known) known = find(d, e, f->def.name, SCHEMA_STATE_BUILDING);
    if (known && known->state == SCHEMA_STATE_BUILDING && known->replaces) known = NULL;
    if (!known && f->def.was.len) {
        known = find(d, e, f->def.was, SCHEMA_STATE_LIVE);
        if (known && is_laid(e, known->id)) known = NULL;
        for (size_t i = 0; known && i < e->field_count; i++)
            if (i != at && str_eq(e->fields[i].def.name, known->name)) known = NULL;
        f->renamed = known != NULL;
    }
    if (!known) return restore(d, e, f, err);
    if (f->renamed && !rename_field(d, e, known, f->def.name)) return err_no_memory(err);
    return meet(d, e, at, known, err);
}

/* ---- fields: what is not named any more ---------------------------------------------------------
 */
static bool is_attribute(const struct schema_registry_field *f) {
    return f->name.len && memchr(f->name.ptr, '.', f->name.len);
}

static crm_status keep_field(struct draft *d, struct draft_entity *e,
                             const struct schema_registry_field *known, struct err *err) {
    struct draft_field f = {.id = known->id, .kept = true};
    crm_status status = parse_known(d, known, &f.def, err);
    return status == CRM_OK ? draft_field_add(d, e, &f, err) : status;
}

static crm_status leave_or_keep(struct draft *d, struct draft_entity *e, size_t at,
                                struct err *err) {
    struct schema_registry_field *known = &d->registry->fields[at];
    if (known->entity != e->id || known->id < SCHEMA_FIRST_FIELD_ID || is_attribute(known) ||
        is_laid(e, known->id))
        return CRM_OK;
    if (known->state == SCHEMA_STATE_BUILDING) {
        give_up(known);
        return CRM_OK;
    }
    if (known->state == SCHEMA_STATE_HIDDEN &&
        wishes_recycle(d->wishes, e->def->name, known->name)) {
        give_up(known);
        return CRM_OK;
    }
    if (known->state != SCHEMA_STATE_LIVE || known->definition.len == 0) return CRM_OK;
    bool recycle = wishes_recycle(d->wishes, e->def->name, known->name);
    if (!recycle && !wishes_drop(d->wishes, e->def->name, known->name))
        return has_owner(d, known->owner) ? keep_field(d, e, known, err) : CRM_OK;
    known->state = recycle ? SCHEMA_STATE_CLEARING : SCHEMA_STATE_HIDDEN;
    known->dirty = true;
    return CRM_OK;
}

static crm_status fields_of(struct draft *d, struct draft_entity *e, struct err *err) {
    crm_status status = CRM_OK;
    size_t declared = e->field_count;
    for (size_t i = 0; status == CRM_OK && e->id && i < declared; i++)
        if (!e->fields[i].standard) status = match_field(d, e, i, err);
    for (size_t i = 0; status == CRM_OK && e->id && i < d->registry->field_count; i++)
        status = leave_or_keep(d, e, i, err);
    return status;
}

crm_status in_force_fields(struct draft *d, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < d->entity_count; i++)
        status = fields_of(d, &d->entities[i], err);
    return status;
}
