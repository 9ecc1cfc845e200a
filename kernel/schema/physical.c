/* Ids and physical names. See physical.h. Threads: one at a time; memory is the draft's arena. */
#include "schema/physical.h"

enum { NAME_PART_MAX = 40 };

static void *copy_array(struct arena *a, const void *from, size_t count, size_t bytes_each) {
    void *to = arena_array(a, count + 1, bytes_each);
    if (to && count) memcpy(to, from, count * bytes_each);
    return to;
}

crm_status registry_copy(struct arena *a, const struct schema_registry *from,
                         struct schema_registry *ret, struct err *err) {
    struct schema_registry r = *from;
    r.entities = copy_array(a, from->entities, from->entity_count, sizeof *r.entities);
    r.fields = copy_array(a, from->fields, from->field_count, sizeof *r.fields);
    r.indexes = copy_array(a, from->indexes, from->index_count, sizeof *r.indexes);
    r.entity_capacity = from->entity_count + 1;
    r.field_capacity = from->field_count + 1;
    r.index_capacity = from->index_count + 1;
    if (r.next_entity_id < 1) r.next_entity_id = 1;
    if (!r.entities || !r.fields || !r.indexes) return err_no_memory(err);
    *ret = r;
    return CRM_OK;
}

struct schema_registry_entity *registry_entity(const struct schema_registry *r, struct str name) {
    for (size_t i = 0; i < r->entity_count; i++)
        if (str_eq(r->entities[i].name, name)) return &r->entities[i];
    return NULL;
}

struct schema_registry_entity *registry_entity_by_id(const struct schema_registry *r, int32_t id) {
    for (size_t i = 0; i < r->entity_count; i++)
        if (r->entities[i].id == id) return &r->entities[i];
    return NULL;
}

struct schema_registry_field *registry_field(const struct schema_registry *r, int32_t entity,
                                             struct str name) {
    for (size_t i = 0; i < r->field_count; i++)
        if (r->fields[i].entity == entity && str_eq(r->fields[i].name, name)) return &r->fields[i];
    return NULL;
}

struct schema_registry_field *registry_field_by_id(const struct schema_registry *r, int32_t entity,
                                                   int32_t id) {
    for (size_t i = 0; i < r->field_count; i++)
        if (r->fields[i].entity == entity && r->fields[i].id == id) return &r->fields[i];
    return NULL;
}

struct schema_registry_index *registry_index(const struct schema_registry *r, int32_t entity,
                                             struct str signature) {
    for (size_t i = 0; i < r->index_count; i++)
        if (r->indexes[i].entity == entity && str_eq(r->indexes[i].signature, signature))
            return &r->indexes[i];
    return NULL;
}

static struct str physical_name(struct arena *a, char kind, int32_t id, struct str name) {
    size_t len = name.len < NAME_PART_MAX ? name.len : NAME_PART_MAX;
    return arena_printf(a, "%c%d_%.*s", kind, (int)id, (int)len, name.ptr);
}

struct str physical_attribute_name(struct arena *a, struct str field, struct str attribute) {
    return arena_printf(a, "%.*s.%.*s", STR_ARG(field), STR_ARG(attribute));
}

static crm_status assign_entity(struct draft *d, struct draft_entity *e, struct schema_registry *r,
                                struct err *err) {
    for (size_t i = 0; e->id && i < r->entity_count; i++)
        if (r->entities[i].id == e->id) e->table = r->entities[i].table;
    if (e->id) return CRM_OK;
    struct schema_registry_entity *all =
        arena_grow(d->arena, r->entities, r->entity_count, &r->entity_capacity, sizeof *all);
    if (!all) return err_no_memory(err);
    r->entities = all;
    e->id = r->next_entity_id++;
    e->table = physical_name(d->arena, 't', e->id, e->def->name);
    struct schema_registry_entity it = {.id = e->id,
                                        .name = arena_str(d->arena, e->def->name),
                                        .owner = arena_str(d->arena, e->def->origin.owner),
                                        .table = e->table,
                                        .dirty = true,
                                        .next_field_id = SCHEMA_FIRST_FIELD_ID};
    if (!it.table.ptr || !it.name.ptr || !it.owner.ptr) return err_no_memory(err);
    all[r->entity_count++] = it;
    return CRM_OK;
}

static bool has_column(const struct draft_field *f) {
    return schema_field_storage(f->def.type) != SCHEMA_STORAGE_LINKS &&
           schema_field_storage(f->def.type) != SCHEMA_STORAGE_NONE;
}

static char kind_of(enum schema_storage storage, enum value_type type) {
    return storage == SCHEMA_STORAGE_MONEY || type == VALUE_MONEY ? 'm'
           : storage == SCHEMA_STORAGE_ANY                        ? 'a'
           : storage == SCHEMA_STORAGE_LINKS                      ? 'l'
           : type == VALUE_TEXT                                   ? 't'
                                                                  : 'i';
}

char physical_kind(enum schema_field_type type, enum value_type value) {
    return kind_of(schema_field_storage(type), value);
}

/* Of a field in the registry; the type of a computed one is the second word of its signature. */
char physical_registered_kind(const struct schema_registry_field *f) {
    enum schema_field_type type;
    if (!schema_field_type_find(f->type, &type)) return 0;
    if (type != SCHEMA_FIELD_FORMULA && type != SCHEMA_FIELD_ROLLUP)
        return physical_kind(type, schema_field_value_type(type));
    struct str rest = str_make(f->signature.ptr, f->signature.len);
    for (int value = VALUE_NIL; value < VALUE_TYPE_COUNT; value++) {
        struct str word = str_from(value_type_name((enum value_type)value));
        if (rest.len > f->type.len + word.len + 1 &&
            memcmp(rest.ptr + f->type.len + 1, word.ptr, word.len) == 0 &&
            rest.ptr[f->type.len + 1 + word.len] == ' ')
            return physical_kind(type, (enum value_type)value);
    }
    return 0;
}

struct str physical_free_column(const struct schema_registry *r, int32_t entity, char kind) {
    for (size_t i = 0; i < r->field_count; i++) {
        struct schema_registry_field *f = &r->fields[i];
        if (f->entity != entity || f->state != SCHEMA_STATE_FREE || f->column.len == 0 ||
            physical_registered_kind(f) != kind)
            continue;
        f->state = SCHEMA_STATE_GONE;
        f->dirty = true;
        return f->column;
    }
    return STR_NONE;
}

static void take_names(struct draft_field *f, const struct schema_registry_field *known) {
    f->id = known->id;
    f->column = known->column;
    f->link_table = known->link_table;
}

static crm_status assign_field(struct draft *d, const struct draft_entity *e, struct draft_field *f,
                               struct str registered, const struct schema_registry *r,
                               struct schema_registry_entity *owner, struct err *err) {
    const struct schema_registry_field *known =
        f->id ? registry_field_by_id(r, e->id, f->id) : registry_field(r, e->id, registered);
    bool is_attribute = memchr(registered.ptr, '.', registered.len) != NULL;
    if (known && (f->id || is_attribute)) {
        take_names(f, known);
        /* a formula that was computed at read has no column yet */
        if (f->column.len || f->link_table.len || !has_column(f)) return CRM_OK;
    }
    if (!f->standard && !f->id) {
        f->id = owner->next_field_id++;
        owner->dirty = true;
    }
    bool computed = f->def.type == SCHEMA_FIELD_FORMULA || f->def.type == SCHEMA_FIELD_ROLLUP;
    if (has_column(f) && !f->standard && !is_attribute && !computed)
        f->column = physical_free_column(
            r, e->id, physical_kind(f->def.type, schema_field_value_type(f->def.type)));
    if (has_column(f) && f->column.len == 0)
        f->column = f->standard ? f->def.name
                                : physical_name(d->arena, 'f', f->id,
                                                is_attribute ? f->def.name : registered);
    if (schema_field_storage(f->def.type) == SCHEMA_STORAGE_LINKS)
        f->link_table = arena_printf(d->arena, "l%d_%d", (int)e->id, (int)f->id);
    return f->column.ptr || f->link_table.ptr || !has_column(f) ? CRM_OK : err_no_memory(err);
}

static crm_status assign_fields(struct draft *d, struct draft_entity *e, struct schema_registry *r,
                                struct err *err) {
    struct schema_registry_entity *owner = registry_entity_by_id(r, e->id);
    for (size_t i = 0; i < e->field_count; i++) {
        struct draft_field *f = &e->fields[i];
        struct str registered = f->registered.len ? f->registered : f->def.name;
        crm_status status = assign_field(d, e, f, registered, r, owner, err);
        for (size_t k = 0; status == CRM_OK && k < f->def.attribute_count; k++) {
            struct str name =
                physical_attribute_name(d->arena, registered, f->attributes[k].def.name);
            status = name.ptr ? assign_field(d, e, &f->attributes[k], name, r, owner, err)
                              : err_no_memory(err);
        }
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

crm_status physical_assign(struct draft *d, struct schema_registry *r, struct err *err) {
    for (size_t i = 0; i < d->entity_count; i++) {
        crm_status status = assign_entity(d, &d->entities[i], r, err);
        if (status == CRM_OK) status = assign_fields(d, &d->entities[i], r, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

/* ---- indexes ----------------------------------------------------------------------------------
 */

static int32_t next_index_id(const struct schema_registry *r, int32_t entity) {
    int32_t last = 0;
    for (size_t i = 0; i < r->index_count; i++)
        if (r->indexes[i].entity == entity && r->indexes[i].id > last) last = r->indexes[i].id;
    return last + 1;
}

/* "unique 32", "filled 33", "33,35" by field id; "search", "substring". */
static struct str signature_of(struct arena *a, const struct draft_entity *e,
                               const struct draft_index *it) {
    if (it->field_count == 0) return it->substring ? STR("substring") : STR("search");
    int first = (int)e->fields[it->fields[0]].id;
    if (it->field_count == 2)
        return arena_printf(a, "%d,%d", first, (int)e->fields[it->fields[1]].id);
    return arena_printf(a, "%s%d", it->unique ? "unique " : it->skips_nil ? "filled " : "", first);
}

static struct str index_name(struct arena *a, const struct draft_entity *e,
                             const struct draft_index *it) {
    struct str name = it->field_count ? e->fields[it->fields[0]].def.name
                      : it->substring ? STR("substring")
                                      : STR("search");
    size_t len = name.len < NAME_PART_MAX ? name.len : NAME_PART_MAX;
    return arena_printf(a, "t%d_x%d_%.*s", (int)e->id, (int)it->id, (int)len, name.ptr);
}

/* Without fields: the search index. */
static crm_status add_index(struct draft *d, struct draft_entity *e, struct schema_registry *r,
                            struct draft_index it, struct err *err) {
    it.signature = signature_of(d->arena, e, &it);
    const struct schema_registry_index *known = registry_index(r, e->id, it.signature);
    it.is_new = !known || known->state == SCHEMA_STATE_BUILDING;
    it.id = known ? known->id : next_index_id(r, e->id);
    it.name = known ? known->name : index_name(d->arena, e, &it);
    struct draft_index *indexes =
        arena_grow(d->arena, e->indexes, e->index_count, &e->index_capacity, sizeof *indexes);
    struct schema_registry_index *all =
        arena_grow(d->arena, r->indexes, r->index_count, &r->index_capacity, sizeof *all);
    if (!it.signature.ptr || !it.name.ptr || !indexes || !all) return err_no_memory(err);
    e->indexes = indexes;
    r->indexes = all;
    indexes[e->index_count++] = it;
    if (!known)
        all[r->index_count++] = (struct schema_registry_index){.entity = e->id,
                                                               .id = it.id,
                                                               .name = it.name,
                                                               .signature = it.signature,
                                                               .state = SCHEMA_STATE_BUILDING,
                                                               .dirty = true};
    return CRM_OK;
}

/* One pipeline has most of the records; its stages tell it too. */
static bool is_pipeline(const struct draft_entity *e, const struct draft_field *f) {
    return e->def->pipeline && str_is(f->def.name, "pipeline");
}

/* References and choices are what people filter by; small resident entities are read whole, and
 * rows that the kernel alone writes have no owner. */
static bool wants_index(const struct draft_entity *e, const struct draft_field *f) {
    const struct schema_field_definition *def = &f->def;
    if (schema_field_storage(def->type) == SCHEMA_STORAGE_LINKS ||
        schema_field_storage(def->type) == SCHEMA_STORAGE_NONE)
        return false;
    if (def->index != SCHEMA_INDEX_BY_TYPE) return def->index == SCHEMA_INDEX_YES;
    if (e->def->resident || is_pipeline(e, f)) return false;
    if (f->standard)
        return !e->def->no_log && (f->id == SCHEMA_STD_OWNER || f->id == SCHEMA_STD_TEAM ||
                                   f->id == SCHEMA_STD_CREATED_AT);
    return def->sort || def->type == SCHEMA_FIELD_REF || def->type == SCHEMA_FIELD_REF_ANY ||
           def->type == SCHEMA_FIELD_CHOICE;
}

static bool is_stage(const struct draft_entity *e, const struct draft_field *f) {
    return e->def->pipeline && str_is(f->def.name, "stage");
}

/* What a list filtered by `filter` runs in the order of. */
static bool is_order(const struct draft_entity *e, const struct draft_field *filter,
                     const struct draft_field *f) {
    if (!is_stage(e, filter)) return f->standard && f->id == SCHEMA_STD_CREATED_AT;
    enum schema_field_type type = f->def.type;
    return f->def.sort && !f->standard &&
           (type == SCHEMA_FIELD_MONEY || type == SCHEMA_FIELD_DATE || type == SCHEMA_FIELD_TIME ||
            type == SCHEMA_FIELD_INTEGER || type == SCHEMA_FIELD_DECIMAL);
}

/* (filter, order, id) for every order of a filter that has some; *ret_any: the filter needs no
 * index of its own any more. */
static crm_status add_pairs(struct draft *d, struct draft_entity *e, struct schema_registry *r,
                            size_t filter, bool *ret_any, struct err *err) {
    const struct draft_field *f = &e->fields[filter];
    bool filters =
        !e->def->resident && (is_stage(e, f) || (f->standard && f->id == SCHEMA_STD_OWNER));
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && filters && i < e->field_count; i++) {
        if (!is_order(e, f, &e->fields[i])) continue;
        struct draft_index pair = {.fields = {filter, i}, .field_count = 2};
        status = add_index(d, e, r, pair, err);
        *ret_any = true;
    }
    return status;
}

/* Whether rows without a value may stay out: nobody lists in the order of such a field. */
static bool skips_nil(const struct draft_field *f) {
    if (f->standard) return f->id == SCHEMA_STD_TEAM;
    return !f->def.sort && !f->def.required && f->def.index == SCHEMA_INDEX_BY_TYPE;
}

/* A unique index holds living rows with a value only: lists in the order of the field need one of
 * their own, and keep it while a field that had it becomes unique. */
static crm_status field_indexes(struct draft *d, struct draft_entity *e, struct schema_registry *r,
                                size_t field, struct err *err) {
    const struct draft_field *f = &e->fields[field];
    struct draft_index it = {.fields = {field},
                             .field_count = 1,
                             .unique = f->def.unique && !(e->def->no_log && f->standard)};
    bool has_pairs = false;
    bool is_listed = f->def.sort || f->def.index == SCHEMA_INDEX_YES;
    crm_status status = it.unique ? add_index(d, e, r, it, err) : CRM_OK;
    if (status != CRM_OK || !wants_index(e, f) || (it.unique && !is_listed)) return status;
    status = add_pairs(d, e, r, field, &has_pairs, err);
    if (status != CRM_OK || has_pairs) return status;
    it.unique = false;
    it.skips_nil = skips_nil(f);
    return add_index(d, e, r, it, err);
}

crm_status physical_indexes(struct draft *d, struct schema_registry *r, struct err *err) {
    for (size_t i = 0; i < d->entity_count; i++) {
        struct draft_entity *e = &d->entities[i];
        bool search = false;
        crm_status status = CRM_OK;
        for (size_t k = 0; status == CRM_OK && k < e->field_count; k++) {
            search |= e->fields[k].def.search;
            status = field_indexes(d, e, r, k, err);
        }
        if (status == CRM_OK && search)
            status = add_index(d, e, r, (struct draft_index){.field_count = 0}, err);
        if (status == CRM_OK && search && e->def->substring_search)
            status = add_index(d, e, r, (struct draft_index){.substring = true}, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}
