/* Records into reports: see saved.h. */
#include "saved.h"

#include "texts.h"

enum { NAME, DESCRIPTION, DEFINITION, OWNER, CERTIFIED, SAVED_MAX = 1000 };
static const struct crm_str fields = {"name,description,definition,owner,certified", 43};

static const struct crm_entity *entity_of(const struct crm *crm, struct crm_view *view) {
    return crm->schema->entity(view, CRM_STR("report"));
}

static crm_status read_json(const struct crm *crm, struct crm_view *view, struct catalog *catalog,
                            const struct crm_json_value *json, struct report *ret,
                            struct crm_error *err) {
    struct crm_definition_facts facts = {.size = sizeof facts, .name = ret->label.en};
    struct reading r = {.crm = crm,
                        .catalog = catalog,
                        .arena = crm->record->view_arena(view),
                        .facts = &facts,
                        .json = json,
                        .err = err};
    struct label label = ret->label, help = ret->help;
    crm_status status = report_read(&r, ret);
    ret->label = label;
    ret->help = help;
    return status;
}

crm_status saved_draft(const struct crm *crm, struct crm_view *view, struct catalog *catalog,
                       const struct crm_json_value *definition, struct report *ret,
                       struct crm_error *err) {
    const struct crm_entity *e = entity_of(crm, view);
    if (!e || !crm->schema->entity_can(view, e, CRM_ACTION_CREATE))
        return SAY(crm, err, CRM_FORBIDDEN, may_not_author, CRM_STR(""));
    *ret = (struct report){.origin = {.name = CRM_STR("new")}, .label = {.en = CRM_STR("new")}};
    return read_json(crm, view, catalog, definition, ret, err);
}

static struct crm_str id_text(const struct crm *crm, struct crm_arena *a, int64_t id) {
    struct crm_buf *text = crm->base->buf_new(32);
    if (!text) return (struct crm_str){0};
    crm->base->buf_add_int64(text, id);
    struct crm_str name = crm->base->arena_str(a, crm->base->buf_str(text));
    crm->base->buf_free(text);
    return name;
}

static struct crm_str text_at(const struct crm *crm, struct crm_arena *a, const struct crm_row *row,
                              size_t position) {
    const struct crm_value *v = &row->cells[position].value;
    return crm->base->arena_str(a, v->type == CRM_VALUE_TEXT ? v->text : CRM_STR(""));
}

static crm_status read_row(const struct crm *crm, struct crm_view *view, struct catalog *catalog,
                           const struct crm_row *row, struct report *ret, struct crm_error *err) {
    struct crm_arena *a = crm->record->view_arena(view);
    const struct crm_cell *owner = &row->cells[OWNER], *certified = &row->cells[CERTIFIED];
    struct crm_json_value *json = NULL;
    *ret = (struct report){
        .origin = {.name = id_text(crm, a, row->id)},
        .label = {.en = text_at(crm, a, row, NAME)},
        .help = {.en = text_at(crm, a, row, DESCRIPTION)},
        .saved = {.id = row->id,
                  .author = owner->value.type == CRM_VALUE_ID ? owner->value.integer : 0,
                  .author_name = crm->base->arena_str(a, owner->title),
                  .certified =
                      certified->value.type == CRM_VALUE_BOOL && certified->value.boolean}};
    if (!ret->origin.name.ptr || !ret->label.en.ptr) return crm->base->error_no_memory(err);
    crm_status status = crm->base->json_parse(text_at(crm, a, row, DEFINITION), &json, err);
    if (status != CRM_OK) return status;
    status = read_json(crm, view, catalog, json, ret, err);
    crm->base->json_free(json);
    return status;
}

crm_status saved_find(const struct crm *crm, struct crm_view *view, struct catalog *catalog,
                      struct crm_str name, struct report *ret, struct crm_error *err) {
    const struct crm_entity *e = entity_of(crm, view);
    struct crm_row row;
    int64_t id;
    if (!e || !crm->base->id_parse(name, &id) ||
        crm->record->get(view, e, id, fields, &row, err) != CRM_OK)
        return SAY(crm, err, CRM_NOT_FOUND, no_report, name);
    return read_row(crm, view, catalog, &row, ret, err);
}

crm_status saved_each(const struct crm *crm, struct crm_view *view, struct catalog *catalog,
                      saved_fn fn, void *ctx, struct crm_error *err) {
    const struct crm_list list = {.size = sizeof list,
                                  .action = CRM_ACTION_READ,
                                  .limit = SAVED_MAX,
                                  .entity = entity_of(crm, view),
                                  .fields = fields,
                                  .sort = CRM_STR("name")};
    struct crm_page page = {.size = sizeof page};
    if (!list.entity || !crm->schema->entity_can(view, list.entity, CRM_ACTION_READ)) return CRM_OK;
    crm_status status = crm->query->page(view, &list, &page, err);
    for (size_t i = 0; status == CRM_OK && i < page.count; i++) {
        struct report found;
        struct crm_error broken;
        crm_status held = read_row(crm, view, catalog, &page.rows[i], &found, &broken);
        if (held == CRM_NO_MEMORY) return crm->base->error_no_memory(err);
        status = fn(ctx, &found, held == CRM_OK ? NULL : &broken);
    }
    return status;
}
