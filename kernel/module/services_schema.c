/* crm.schema over kernel/schema and kernel/access: what the view's actor may not see is not there.
 */
#include "module/services.h"
#include "module/view.h"

static const struct access *access_of(const struct crm_view *v) { return v->record->access; }

static const struct crm_entity *seen(struct crm_view *v, const struct schema_entity *e) {
    return e && access_entity_visible(access_of(v), e) ? entity_out(e) : NULL;
}

static const struct crm_entity *schema_svc_entity(struct crm_view *v, struct crm_str name) {
    return seen(v, schema_find(view_schema(v), str_in(name)));
}

static const struct crm_entity *schema_svc_entity_at(struct crm_view *v, size_t position) {
    const struct schema *s = view_schema(v);
    for (size_t i = 0; i < s->entity_count; i++) {
        const struct crm_entity *e = seen(v, &s->entities[i]);
        if (e && position-- == 0) return e;
    }
    return NULL;
}

static const struct crm_entity *schema_svc_entity_by_id(struct crm_view *v, int32_t id) {
    return seen(v, schema_entity_by_id(view_schema(v), id));
}

static const struct crm_field *slot_field(struct crm_view *v, const struct schema_entity *e,
                                          int32_t slot) {
    const struct schema_field *f = slot >= 0 ? schema_field_at(e, slot) : NULL;
    return f && access_field_visible(access_of(v), e, f) ? field_out(f) : NULL;
}

static void schema_svc_entity_facts(struct crm_view *v, const struct crm_entity *entity,
                                    struct crm_entity_facts *ret) {
    const struct schema_entity *e = entity_in(entity);
    struct crm_entity_facts facts = {
        .id = e->id,
        .flags = (e->system ? CRM_ENTITY_SYSTEM : 0u) | (e->is_child ? CRM_ENTITY_CHILD : 0u) |
                 (e->resident ? CRM_ENTITY_RESIDENT : 0u),
        .field_count = (uint32_t)e->field_count,
        .name = str_out(e->name),
        .owner = str_out(e->owner),
        .title = slot_field(v, e, e->title_slot),
        .stage_since = e->pipeline.present ? slot_field(v, e, e->pipeline.since_slot) : NULL,
        .pipeline = e->pipeline.present ? slot_field(v, e, e->pipeline.pipeline_slot) : NULL,
        .stage = e->pipeline.present ? slot_field(v, e, e->pipeline.stage_slot) : NULL,
        .closed = e->pipeline.present ? slot_field(v, e, e->pipeline.closed_slot) : NULL,
        .parent =
            e->is_child ? seen(v, schema_entity_by_id(view_schema(v), e->parent_entity)) : NULL};
    bridge_facts(ret, ret->size, &facts, sizeof facts);
}

static struct crm_str schema_svc_entity_label(struct crm_view *v, const struct crm_entity *entity,
                                              int32_t language) {
    (void)v;
    const struct schema_entity *e = entity_in(entity);
    return str_out(schema_label_get(&e->label, (enum language)language, e->name));
}

static bool schema_svc_entity_can(struct crm_view *v, const struct crm_entity *e, int32_t action) {
    if (action < 0 || action >= SCHEMA_ACTION_COUNT) return false;
    return access_of(v)->actor.system ||
           access_rows(access_of(v), (enum schema_action)action, entity_in(e)) != NULL;
}

static const struct crm_field *schema_svc_field(struct crm_view *v, const struct crm_entity *entity,
                                                struct crm_str name) {
    const struct schema_entity *e = entity_in(entity);
    const struct schema_field *f = schema_field_find(e, str_in(name));
    return f ? slot_field(v, e, f->slot) : NULL;
}

static const struct crm_field *
schema_svc_field_at(struct crm_view *v, const struct crm_entity *entity, size_t position) {
    const struct schema_entity *e = entity_in(entity);
    return position < e->field_count ? slot_field(v, e, (int32_t)position) : NULL;
}

static bool is_writable(struct crm_view *v, const struct schema_entity *e,
                        const struct schema_field *f) {
    bool of_entity = f >= e->fields && f < e->fields + e->field_count;
    return !of_entity || access_field_writable(access_of(v), e, f);
}

static const struct crm_field *child_reference(struct crm_view *v, const struct schema_field *f) {
    const struct schema_entity *child = f->type == SCHEMA_FIELD_CHILDREN
                                            ? schema_entity_by_id(view_schema(v), f->ref_entity)
                                            : NULL;
    return child ? field_out(schema_field_find(child, f->ref_by)) : NULL;
}

static void schema_svc_field_facts(struct crm_view *v, const struct crm_entity *e,
                                   const struct crm_field *field, struct crm_field_facts *ret) {
    const struct schema_field *f = field_in(field);
    struct crm_field_facts facts = {
        .type = (int32_t)f->type,
        .flags = (f->required ? CRM_FIELD_REQUIRED : 0u) | (f->unique ? CRM_FIELD_UNIQUE : 0u) |
                 (f->standard ? CRM_FIELD_STANDARD : 0u) |
                 (is_writable(v, entity_in(e), f) ? CRM_FIELD_WRITABLE : 0u) |
                 (f->search ? CRM_FIELD_SEARCHED : 0u) | (f->open ? CRM_FIELD_OPEN : 0u),
        .value_type = (int32_t)f->value_type.type,
        .labelled = (int32_t)f->labelled,
        .max_length = f->max_length,
        .attribute_count = (uint32_t)f->attribute_count,
        .name = str_out(f->name),
        .directory = str_out(f->directory),
        .ref = f->ref_entity ? seen(v, schema_entity_by_id(view_schema(v), f->ref_entity)) : NULL,
        .ref_field = child_reference(v, f)};
    bridge_facts(ret, ret->size, &facts, sizeof facts);
}

static struct crm_str schema_svc_field_label(struct crm_view *v, const struct crm_field *f,
                                             int32_t language) {
    (void)v;
    return str_out(
        schema_label_get(&field_in(f)->label, (enum language)language, field_in(f)->name));
}

static const struct crm_field *
schema_svc_attribute_at(struct crm_view *v, const struct crm_field *links, size_t position) {
    (void)v;
    const struct schema_field *f = field_in(links);
    return position < f->attribute_count ? field_out(&f->attributes[position]) : NULL;
}

static bool schema_svc_permits(struct crm_view *v, const char *permission) {
    return access_permits(access_of(v), permission);
}
static int64_t schema_svc_generation(struct crm_view *v) { return view_schema(v)->generation; }

static bool schema_svc_definition_at(struct crm_view *v, const char *kind, size_t position,
                                     struct crm_definition_facts *ret) {
    const struct schema *s = view_schema(v);
    for (size_t i = 0; i < s->extra_count; i++) {
        const struct schema_extra *it = &s->extras[i];
        if (!str_is(it->kind, kind) || position-- > 0) continue;
        struct crm_definition_facts facts = {.name = str_out(it->name),
                                             .owner = str_out(it->owner),
                                             .place = str_out(it->place),
                                             .json = str_out(it->json)};
        bridge_facts(ret, ret->size, &facts, sizeof facts);
        return true;
    }
    return false;
}

#define SCHEMA_MEMBER(result, name, parameters) .name = schema_svc_##name,
const struct crm_schema services_schema = {
    .size = sizeof services_schema, .version = CRM_SCHEMA_VERSION, CRM_SCHEMA_TABLE(SCHEMA_MEMBER)};
