/* Copies the draft into a snapshot: entities, fields, rules, directories, pipelines. Expressions
 * are compile.c, rights are roles.c. Threads: one at a time; see build.h for ownership. */
#include "schema/build.h"

#include "schema/lookup.h"

struct str build_keep(struct builder *b, struct str s) {
    if (s.len == 0) return STR_NONE;
    struct str copy = arena_str(&b->snapshot->arena, s);
    if (!copy.ptr) b->exhausted = true;
    return copy;
}

struct schema_label build_keep_label(struct builder *b, const struct schema_label *l) {
    struct schema_label copy;
    for (int i = 0; i < LANGUAGE_COUNT; i++)
        copy.text[i] = build_keep(b, l->text[i]);
    return copy;
}

static int32_t entity_id(const struct builder *b, struct str name) {
    const struct draft_entity *e = name.len ? draft_find(b->draft, name) : NULL;
    return e ? e->id : 0;
}

static int32_t default_length(enum schema_field_type type) {
    return type == SCHEMA_FIELD_LONG_TEXT || type == SCHEMA_FIELD_JSON ? 100000
           : type == SCHEMA_FIELD_TEXT                                 ? 1000
                                                                       : 0;
}

static struct expr_type value_type_of(const struct schema_field *f) {
    struct expr_type t = {.type = schema_field_value_type(f->type)};
    if (t.type == VALUE_ID) t.entity = f->ref_entity;
    if (t.type != VALUE_LIST) return t;
    bool ids = f->type == SCHEMA_FIELD_LINKS || f->type == SCHEMA_FIELD_CHILDREN;
    t.item = ids ? VALUE_ID : VALUE_TEXT;
    if (ids) t.entity = f->ref_entity;
    return t;
}

/* Folded shadow: titles and texts that are searched, sorted or unique; numbers of elsewhere are
 * exact. */
static bool is_folded(const struct draft_entity *e, const struct draft_field *f) {
    const struct schema_field_definition *def = &f->def;
    if (def->type != SCHEMA_FIELD_TEXT && def->type != SCHEMA_FIELD_SERIES) return false;
    if (f->standard) return false;
    return def->search || def->sort || def->unique || f == &e->fields[e->title];
}

static void copy_flags(struct schema_field *to, const struct draft_entity *e,
                       const struct draft_field *from) {
    const struct schema_field_definition *def = &from->def;
    to->required = def->required;
    to->unique = def->unique;
    to->read_only = def->read_only;
    to->hidden = def->hidden;
    to->search = def->search;
    to->sort = def->sort;
    to->standard = from->standard;
    to->fold = is_folded(e, from);
    to->max_length = def->max_length ? def->max_length : default_length(def->type);
    to->open = !def->closed;
    to->on_delete = def->on_delete;
    to->labelled = def->labelled;
    to->timeline = def->timeline;
    to->gaps = def->gaps;
    to->scale_places = def->places - 1;
    to->rollup_viewer = def->viewer;
    to->searched = def->search;
    to->building = from->building;
    to->replaces = from->replaces;
    to->converts = -1;
}

static void copy_field(struct builder *b, struct schema_field *to, const struct draft_entity *e,
                       const struct draft_field *from) {
    const struct schema_field_definition *def = &from->def;
    to->id = from->id;
    to->name = build_keep(b, def->name);
    to->type = def->type;
    to->label = build_keep_label(b, &def->label);
    to->help = build_keep_label(b, &def->help);
    to->owner = build_keep(b, def->origin.owner);
    copy_flags(to, e, from);
    to->ref_entity = entity_id(b, def->type == SCHEMA_FIELD_FILE ? STR("file") : def->entity);
    to->directory = build_keep(b, def->directory);
    to->ref_by = build_keep(b, def->type == SCHEMA_FIELD_CHILDREN ? def->by : STR_NONE);
    to->series = build_keep(b, def->series);
    to->column = build_keep(b, from->column);
    to->link_table = build_keep(b, from->link_table);
    to->rate_on = to->total_of = -1;
    to->value_type = value_type_of(to);
    if (def->type == SCHEMA_FIELD_MONEY && def->rate_on.len)
        to->rate_on = (int32_t)(draft_field_find(e, def->rate_on) - e->fields);
    if (def->type == SCHEMA_FIELD_MONEY && def->total_of.len)
        to->total_of = (int32_t)(draft_field_find(e, def->total_of) - e->fields);
    if (def->type == SCHEMA_FIELD_ROLLUP) {
        const struct draft_entity *of = draft_find(b->draft, def->entity);
        to->rollup_entity = of->id;
        to->rollup_by = draft_field_find(of, def->by)->id;
        to->ref_entity = 0;
    }
}

static crm_status copy_attributes(struct builder *b, struct schema_field *to,
                                  const struct draft_entity *e, const struct draft_field *from,
                                  struct err *err) {
    size_t count = from->def.attribute_count;
    if (count == 0) return CRM_OK;
    struct schema_field *attributes = ARENA_ARRAY(&b->snapshot->arena, count, struct schema_field);
    if (!attributes) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        copy_field(b, &attributes[i], e, &from->attributes[i]);
        attributes[i].slot = (int32_t)i;
    }
    to->attributes = attributes;
    to->attribute_count = count;
    return CRM_OK;
}

static int32_t slot_by_id(const struct schema_field *fields, size_t count, int32_t id) {
    for (size_t i = 0; i < count; i++)
        if (fields[i].id == id) return (int32_t)i;
    return -1;
}

static crm_status copy_fields(struct builder *b, size_t position, struct err *err) {
    const struct draft_entity *from = &b->draft->entities[position];
    struct schema_entity *to = &b->entities[position];
    struct arena *a = &b->snapshot->arena;
    int32_t last = 0;
    for (size_t i = 0; i < from->field_count; i++)
        if (from->fields[i].id > last) last = from->fields[i].id;
    struct schema_field *fields = ARENA_ARRAY(a, from->field_count, struct schema_field);
    struct schema_lookup *lookup = schema_lookup_new(a, from->field_count, 1, last);
    b->compiled[position] = ARENA_ARRAY(b->draft->arena, from->field_count, uint8_t);
    if (!fields || !lookup || !b->compiled[position]) return err_no_memory(err);
    for (size_t i = 0; i < from->field_count; i++) {
        copy_field(b, &fields[i], from, &from->fields[i]);
        fields[i].slot = (int32_t)i;
        crm_status status = copy_attributes(b, &fields[i], from, &from->fields[i], err);
        if (status != CRM_OK) return status;
        schema_lookup_add(lookup, fields[i].name, fields[i].id, (uint16_t)i);
        to->search |= fields[i].search;
        to->building |= fields[i].building;
    }
    for (size_t i = 0; i < from->field_count; i++)
        if (fields[i].building && fields[i].replaces)
            fields[i].converts = slot_by_id(fields, from->field_count, fields[i].replaces);
    to->fields = b->fields[position] = fields;
    to->field_count = from->field_count;
    to->lookup = lookup;
    return CRM_OK;
}

static int32_t slot_of(const struct draft_entity *e, struct str name) {
    const struct draft_field *f = name.len ? draft_field_find(e, name) : NULL;
    return f ? (int32_t)(f - e->fields) : -1;
}

static struct schema_pipeline_facility facility(const struct draft_entity *e) {
    if (!e->def->pipeline) return (struct schema_pipeline_facility){false, -1, -1, -1, -1, -1};
    return (struct schema_pipeline_facility){.present = true,
                                             .pipeline_slot = slot_of(e, STR("pipeline")),
                                             .stage_slot = slot_of(e, STR("stage")),
                                             .closed_slot = slot_of(e, e->pipeline_closed),
                                             .since_slot = slot_of(e, e->pipeline_since),
                                             .probability_slot =
                                                 slot_of(e, e->pipeline_probability)};
}

static crm_status copy_timeline(struct builder *b, size_t position, struct err *err) {
    const struct draft_entity *from = &b->draft->entities[position];
    int32_t *slots = ARENA_ARRAY(&b->snapshot->arena, from->def->timeline_by_count + 1, int32_t);
    if (!slots) return err_no_memory(err);
    for (size_t i = 0; i < from->def->timeline_by_count; i++)
        slots[i] = slot_of(from, from->def->timeline_by[i]);
    b->entities[position].timeline.by_slots = slots;
    b->entities[position].timeline.by_count = from->def->timeline_by_count;
    return CRM_OK;
}

static crm_status copy_indexes(struct builder *b, size_t position, struct err *err) {
    const struct draft_entity *from = &b->draft->entities[position];
    struct arena *a = &b->snapshot->arena;
    struct schema_index *indexes = ARENA_ARRAY(a, from->index_count + 1, struct schema_index);
    if (!indexes) return err_no_memory(err);
    size_t count = 0;
    for (size_t i = 0; i < from->index_count; i++) {
        const struct draft_index *it = &from->indexes[i];
        if (it->field_count == 0) continue; /* the search index has a step, but no columns */
        int32_t *slots = ARENA_ARRAY(a, it->field_count, int32_t);
        if (!slots) return err_no_memory(err);
        for (size_t k = 0; k < it->field_count; k++)
            slots[k] = (int32_t)it->fields[k];
        indexes[count++] = (struct schema_index){.id = it->id,
                                                 .name = build_keep(b, it->name),
                                                 .slots = slots,
                                                 .slot_count = it->field_count,
                                                 .unique = it->unique,
                                                 .skips_nil = it->skips_nil};
    }
    b->entities[position].indexes = indexes;
    b->entities[position].index_count = count;
    return CRM_OK;
}

static crm_status copy_entity(struct builder *b, size_t position, struct err *err) {
    const struct draft_entity *from = &b->draft->entities[position];
    const struct schema_entity_definition *def = from->def;
    struct schema_entity *to = &b->entities[position];
    to->id = from->id;
    to->generation = b->schema->generation;
    to->name = build_keep(b, def->name);
    to->label = build_keep_label(b, &def->label);
    to->label_plural = build_keep_label(b, &def->label_plural);
    to->owner = build_keep(b, def->origin.owner);
    to->table = build_keep(b, from->table);
    to->icon = build_keep(b, def->icon);
    to->title_slot = (int32_t)from->title;
    to->pipeline = facility(from);
    to->resident = def->resident;
    to->system = def->system;
    to->no_log = def->no_log;
    to->unlisted = def->unlisted;
    to->substring_search = def->substring_search;
    to->has_before = from->has_before;
    to->has_after = from->has_after;
    to->serial = from->serial;
    to->is_child = from->parent != NULL;
    to->parent_slot = -1;
    if (from->parent) {
        to->parent_entity = from->parent->id;
        to->parent_slot = slot_of(from, from->parent_field->by);
    }
    crm_status status = copy_fields(b, position, err);
    if (status == CRM_OK) status = copy_timeline(b, position, err);
    if (status == CRM_OK) status = build_duplicates(b, position, err);
    return status == CRM_OK ? copy_indexes(b, position, err) : status;
}

/* By the names of their fields. */
static const struct schema_item_value *keep_values(struct builder *b,
                                                   const struct schema_directory_definition *of,
                                                   const struct schema_directory_item *item) {
    struct schema_item_value *values =
        ARENA_ARRAY(&b->snapshot->arena, item->value_count + 1, struct schema_item_value);
    for (size_t i = 0; values && i < item->value_count; i++) {
        const struct draft_field *f = draft_item_field(b->draft, of->name, item->values[i].name);
        values[i] =
            (struct schema_item_value){build_keep(b, f ? f->def.name : item->values[i].name),
                                       build_keep(b, item->values[i].text), item->values[i].type};
    }
    return values;
}

static crm_status copy_directories(struct builder *b, struct err *err) {
    const struct schema_definitions *d = b->draft->definitions;
    struct arena *a = &b->snapshot->arena;
    struct schema_directory *all = ARENA_ARRAY(a, d->directory_count + 1, struct schema_directory);
    if (!all) return err_no_memory(err);
    for (size_t i = 0; i < d->directory_count; i++) {
        const struct schema_directory_definition *from = &d->directories[i];
        struct schema_directory_item *items =
            ARENA_ARRAY(a, from->item_count + 1, struct schema_directory_item);
        if (!items) return err_no_memory(err);
        for (size_t k = 0; k < from->item_count; k++)
            items[k] = (struct schema_directory_item){build_keep(b, from->items[k].code),
                                                      build_keep(b, from->items[k].was),
                                                      build_keep_label(b, &from->items[k].label),
                                                      build_keep(b, from->items[k].color),
                                                      from->items[k].active,
                                                      keep_values(b, from, &from->items[k]),
                                                      from->items[k].value_count,
                                                      build_keep(b, from->items[k].owner)};
        for (size_t k = 0; k < from->item_count; k++)
            if (!items[k].values) return err_no_memory(err);
        all[i] = (struct schema_directory){build_keep(b, from->name),
                                           build_keep(b, from->was),
                                           build_keep_label(b, &from->label),
                                           build_keep(b, from->origin.owner),
                                           items,
                                           from->item_count};
    }
    b->schema->directories = all;
    b->schema->directory_count = d->directory_count;
    return CRM_OK;
}

static crm_status copy_pipelines(struct builder *b, struct err *err) {
    const struct schema_definitions *d = b->draft->definitions;
    struct arena *a = &b->snapshot->arena;
    struct schema_pipeline *all = ARENA_ARRAY(a, d->pipeline_count + 1, struct schema_pipeline);
    if (!all) return err_no_memory(err);
    for (size_t i = 0; i < d->pipeline_count; i++) {
        const struct schema_pipeline_definition *from = &d->pipelines[i];
        struct schema_stage *stages = ARENA_ARRAY(a, from->stage_count + 1, struct schema_stage);
        if (!stages) return err_no_memory(err);
        for (size_t k = 0; k < from->stage_count; k++) {
            stages[k] = from->stages[k];
            stages[k].name = build_keep(b, from->stages[k].name);
            stages[k].was = build_keep(b, from->stages[k].was);
            stages[k].label = build_keep_label(b, &from->stages[k].label);
            stages[k].kind = build_keep(b, from->stages[k].kind);
            stages[k].owner = build_keep(b, from->stages[k].owner);
        }
        all[i] = (struct schema_pipeline){build_keep(b, from->entity),
                                          build_keep(b, from->name),
                                          build_keep(b, from->was),
                                          build_keep_label(b, &from->label),
                                          build_keep(b, from->origin.owner),
                                          stages,
                                          from->stage_count};
    }
    b->schema->pipelines = all;
    b->schema->pipeline_count = d->pipeline_count;
    return CRM_OK;
}

static crm_status copy_extras(struct builder *b, struct err *err) {
    const struct schema_definitions *d = b->draft->definitions;
    struct arena *a = &b->snapshot->arena;
    struct schema_extra *all = ARENA_ARRAY(a, d->extra_count + 1, struct schema_extra);
    if (!all) return err_no_memory(err);
    for (size_t i = 0; i < d->extra_count; i++) {
        const struct schema_extra_definition *from = &d->extras[i];
        const struct schema_origin *at = &from->origin;
        all[i] = (struct schema_extra){
            .kind = build_keep(b, from->kind),
            .name = build_keep(b, from->name),
            .owner = build_keep(b, at->owner),
            .place = at->line > 0 ? arena_printf(a, "%.*s:%d", STR_ARG(at->file), (int)at->line)
                                  : build_keep(b, at->file),
            .json = build_keep(b, from->json)};
        if (!all[i].place.ptr && at->line > 0) return err_no_memory(err);
    }
    b->schema->extras = all;
    b->schema->extra_count = d->extra_count;
    return CRM_OK;
}

static crm_status copy_entities(struct builder *b, struct err *err) {
    size_t count = b->draft->entity_count;
    struct arena *a = &b->snapshot->arena;
    int32_t last = 0;
    for (size_t i = 0; i < count; i++)
        if (b->draft->entities[i].id > last) last = b->draft->entities[i].id;
    struct schema_lookup *lookup = schema_lookup_new(a, count, 1, last);
    b->entities = ARENA_ARRAY(a, count + 1, struct schema_entity);
    b->fields = ARENA_ARRAY(b->draft->arena, count + 1, struct schema_field *);
    b->compiled = ARENA_ARRAY(b->draft->arena, count + 1, uint8_t *);
    if (!lookup || !b->entities || !b->fields || !b->compiled) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        crm_status status = copy_entity(b, i, err);
        if (status != CRM_OK) return status;
        schema_lookup_add(lookup, b->entities[i].name, b->entities[i].id, (uint16_t)i);
    }
    b->schema->entities = b->entities;
    b->schema->entity_count = count;
    b->schema->lookup = lookup;
    return CRM_OK;
}

crm_status schema_build(const struct draft *draft, int64_t generation, struct schema **ret,
                        struct err *err) {
    struct builder b = {.draft = draft};
    crm_status status = schema_snapshot_new(&b.snapshot, err);
    if (status != CRM_OK) return status;
    b.schema = &b.snapshot->schema;
    b.schema->generation = generation;
    status = copy_entities(&b, err);
    if (status == CRM_OK) status = copy_directories(&b, err);
    if (status == CRM_OK) status = copy_pipelines(&b, err);
    if (status == CRM_OK) status = copy_extras(&b, err);
    if (status == CRM_OK && b.exhausted) status = err_no_memory(err);
    if (status == CRM_OK) status = build_expressions(&b, err);
    if (status == CRM_OK) status = build_roles(&b, err);
    if (status == CRM_OK) status = build_views(&b, err);
    if (status == CRM_OK) status = build_digest(&b, err);
    if (status == CRM_OK && b.exhausted) status = err_no_memory(err);
    if (status != CRM_OK) {
        schema_unref(b.schema);
        return status;
    }
    *ret = b.schema;
    return CRM_OK;
}
