/* Conversion of a lead: see convert.h. A contact is found by any of the lead's e-mails, then by any
 * of its phones; an organization by its name; one match is taken, none or several make a new
 * record. */
#include "convert.h"

static const struct crm_text already_converted = {
    "already_converted", "This lead was converted before.", "Этот лид уже конвертирован."};
static const struct crm_text no_lead = {"not_found",
                                        "There is no such lead, or you may not see it.",
                                        "Такого лида нет или он вам недоступен."};
static const struct crm_text no_right = {"entity_forbidden", "Your role does not allow this.",
                                         "Ваша роль этого не позволяет."};
static const struct crm_text bad_choice = {"bad_value",
                                           "“{0}” takes true, false or the id of a record.",
                                           "«{0}» принимает true, false или id записи."};

/* One conversion under way. Cells are the lead's, in the order of `lead_fields`. */
struct conversion {
    const struct crm *crm;
    struct crm_view *view;
    struct crm_changeset *changes;
    const struct crm_json_value *wish; /* the request's body, NULL = all defaults */
    const struct crm_entity *lead;
    struct crm_row row;
    int64_t contact, organization, deal; /* 0 = none */
    struct crm_error *err;
};

static const char *const lead_fields[] = {"last_name", "first_name", "name",   "organization_name",
                                          "emails",    "phones",     "source", "interest",
                                          "amount",    "owner",      "team",   "converted_at",
                                          "stage"};
enum lead_cell {
    LEAD_LAST_NAME,
    LEAD_FIRST_NAME,
    LEAD_NAME,
    LEAD_ORGANIZATION,
    LEAD_EMAILS,
    LEAD_PHONES,
    LEAD_SOURCE,
    LEAD_INTEREST,
    LEAD_AMOUNT,
    LEAD_OWNER,
    LEAD_TEAM,
    LEAD_CONVERTED_AT,
    LEAD_STAGE,
    LEAD_CELLS
};
static const char lead_field_list[] = "last_name,first_name,name,organization_name,emails,phones,"
                                      "source,interest,amount,owner,team,converted_at,stage";
_Static_assert(sizeof lead_fields / sizeof *lead_fields == LEAD_CELLS, "a cell for each field");

enum wish { WISH_FIND_OR_MAKE, WISH_NONE, WISH_GIVEN };

static crm_status read_wish(struct conversion *c, const char *name, enum wish *ret,
                            int64_t *ret_id) {
    const struct crm_json_value *v = c->wish ? c->crm->base->json_get(c->wish, name) : NULL;
    struct crm_str arg = crm_str_from(name);
    *ret = WISH_FIND_OR_MAKE;
    switch (c->crm->base->json_type(v)) {
    case CRM_JSON_NULL:
    case CRM_JSON_OBJECT:
        return CRM_OK;
    case CRM_JSON_BOOL:
        if (!c->crm->base->json_bool_of(v, true)) *ret = WISH_NONE;
        return CRM_OK;
    case CRM_JSON_TEXT:
        *ret = WISH_GIVEN;
        if (c->crm->base->id_parse(c->crm->base->json_text_of(v), ret_id)) return CRM_OK;
    }
    return c->crm->base->error_set(c->err, CRM_INVALID, &bad_choice, &arg, 1);
}

static const struct crm_field *field(struct conversion *c, const struct crm_entity *e,
                                     const char *name) {
    return c->crm->schema->field(c->view, e, crm_str_from(name));
}

static crm_status set(struct conversion *c, struct crm_op *op, const struct crm_entity *e,
                      const char *name, const struct crm_value *v) {
    const struct crm_field *f = field(c, e, name);
    if (!f || crm_is_nil(v)) return CRM_OK;
    return c->crm->record->set(c->changes, op, f, v, c->err);
}

static crm_status set_text(struct conversion *c, struct crm_op *op, const struct crm_entity *e,
                           const char *name, struct crm_str text) {
    struct crm_value v = crm_text_value(text);
    return text.len ? set(c, op, e, name, &v) : CRM_OK;
}

static const struct crm_value *lead_value(const struct conversion *c, enum lead_cell cell) {
    return &c->row.cells[cell].value;
}

/* Fields that stand on the lead and on what it becomes alike. */
static crm_status copy_common(struct conversion *c, struct crm_op *op, const struct crm_entity *e) {
    static const enum lead_cell common[] = {LEAD_OWNER, LEAD_TEAM, LEAD_SOURCE};
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        crm_status status = set(c, op, e, lead_fields[common[i]], lead_value(c, common[i]));
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

/* The only living record that has one of the values; 0 when none or several have. */
static crm_status find_one(struct conversion *c, const struct crm_entity *e, const char *name,
                           const struct crm_item *items, size_t count, int64_t *ret) {
    const struct crm_field *f = field(c, e, name);
    for (size_t i = 0; f && i < count && *ret == 0; i++) {
        uint8_t found = 0;
        int64_t id = 0;
        crm_status status =
            c->crm->record->find(c->view, e, f, &items[i].value, 1, &id, &found, c->err);
        if (status != CRM_OK) return status;
        if (found == 1) *ret = id;
    }
    return CRM_OK;
}

static crm_status copy_items(struct conversion *c, struct crm_op *op, const struct crm_entity *e,
                             enum lead_cell cell) {
    const struct crm_field *f = field(c, e, lead_fields[cell]);
    const struct crm_cell *from = &c->row.cells[cell];
    if (!f || from->item_count == 0) return CRM_OK;
    return c->crm->record->set_items(c->changes, op, f, CRM_ITEMS_REPLACE, from->items,
                                     from->item_count, c->err);
}

static crm_status take_organization(struct conversion *c) {
    enum wish wish;
    const struct crm_entity *e = c->crm->schema->entity(c->view, CRM_STR("organization"));
    crm_status status = read_wish(c, "organization", &wish, &c->organization);
    const struct crm_value *name = lead_value(c, LEAD_ORGANIZATION);
    if (status != CRM_OK || !e || wish != WISH_FIND_OR_MAKE || crm_is_nil(name)) return status;
    struct crm_item item = {.value = *name};
    status = find_one(c, e, "name", &item, 1, &c->organization);
    if (status != CRM_OK || c->organization != 0) return status;
    struct crm_op *op = c->crm->record->create(c->changes, e);
    if (!op) return c->crm->base->error_no_memory(c->err);
    c->organization = c->crm->record->op_id(op);
    status = set_text(c, op, e, "name", name->text);
    return status == CRM_OK ? copy_common(c, op, e) : status;
}

static crm_status make_contact(struct conversion *c, const struct crm_entity *e) {
    struct crm_op *op = c->crm->record->create(c->changes, e);
    if (!op) return c->crm->base->error_no_memory(c->err);
    c->contact = c->crm->record->op_id(op);
    static const enum lead_cell texts[] = {LEAD_LAST_NAME, LEAD_FIRST_NAME, LEAD_INTEREST};
    crm_status status = copy_common(c, op, e);
    for (size_t i = 0; status == CRM_OK && i < sizeof texts / sizeof *texts; i++)
        status = set(c, op, e, lead_fields[texts[i]], lead_value(c, texts[i]));
    if (status == CRM_OK) status = copy_items(c, op, e, LEAD_EMAILS);
    if (status == CRM_OK) status = copy_items(c, op, e, LEAD_PHONES);
    struct crm_value organization = crm_id(c->organization);
    if (status == CRM_OK && c->organization) status = set(c, op, e, "organization", &organization);
    return status;
}

static crm_status take_contact(struct conversion *c) {
    enum wish wish;
    const struct crm_entity *e = c->crm->schema->entity(c->view, CRM_STR("contact"));
    crm_status status = read_wish(c, "contact", &wish, &c->contact);
    if (status != CRM_OK || !e || wish != WISH_FIND_OR_MAKE) return status;
    const struct crm_cell *emails = &c->row.cells[LEAD_EMAILS],
                          *phones = &c->row.cells[LEAD_PHONES];
    status = find_one(c, e, "emails", emails->items, emails->item_count, &c->contact);
    if (status == CRM_OK && c->contact == 0)
        status = find_one(c, e, "phones", phones->items, phones->item_count, &c->contact);
    return status == CRM_OK && c->contact == 0 ? make_contact(c, e) : status;
}

static crm_status fill_deal(struct conversion *c, struct crm_op *op, const struct crm_entity *e) {
    struct crm_str name = crm_is_nil(lead_value(c, LEAD_ORGANIZATION))
                              ? lead_value(c, LEAD_NAME)->text
                              : lead_value(c, LEAD_ORGANIZATION)->text;
    struct crm_value lead = crm_id(c->row.id), organization = crm_id(c->organization),
                     contact = crm_id(c->contact);
    crm_status status = set_text(
        c, op, e, "name",
        crm_is_nil(lead_value(c, LEAD_INTEREST)) ? name : lead_value(c, LEAD_INTEREST)->text);
    if (status == CRM_OK) status = copy_common(c, op, e);
    if (status == CRM_OK) status = set(c, op, e, "amount", lead_value(c, LEAD_AMOUNT));
    if (status == CRM_OK) status = set(c, op, e, "lead", &lead);
    if (status == CRM_OK && c->organization) status = set(c, op, e, "organization", &organization);
    if (status == CRM_OK && c->contact) status = set(c, op, e, "contact", &contact);
    const struct crm_json_value *given = c->wish ? c->crm->base->json_get(c->wish, "deal") : NULL;
    if (status == CRM_OK && c->crm->base->json_type(given) == CRM_JSON_OBJECT)
        status = c->crm->record->set_json(c->changes, op, given, c->err);
    return status;
}

static crm_status take_deal(struct conversion *c) {
    enum wish wish;
    const struct crm_entity *e = c->crm->schema->entity(c->view, CRM_STR("deal"));
    crm_status status = read_wish(c, "deal", &wish, &c->deal);
    if (status != CRM_OK || !e || wish != WISH_FIND_OR_MAKE) return status;
    struct crm_op *op = c->crm->record->create(c->changes, e);
    if (!op) return c->crm->base->error_no_memory(c->err);
    c->deal = c->crm->record->op_id(op);
    return fill_deal(c, op, e);
}

/* The first stage of kind "won" in the pipeline of the lead's present stage. */
static int64_t won_stage(struct conversion *c) {
    const struct crm_entity *e = c->crm->schema->entity(c->view, CRM_STR("stage"));
    const struct crm_value *now = lead_value(c, LEAD_STAGE);
    if (!e || crm_is_nil(now)) return 0;
    const struct crm_field *kind = field(c, e, "kind"), *pipeline = field(c, e, "pipeline");
    const struct crm_value *own =
        c->crm->record->resident_value(c->view, e, pipeline, now->integer);
    for (size_t i = 0; own; i++) {
        int64_t id = c->crm->record->resident_at(c->view, e, i);
        if (id == 0) break;
        const struct crm_value *of = c->crm->record->resident_value(c->view, e, pipeline, id);
        const struct crm_value *is = c->crm->record->resident_value(c->view, e, kind, id);
        if (of && is && of->integer == own->integer && is->type == CRM_VALUE_TEXT &&
            crm_str_is(is->text, "won"))
            return id;
    }
    return 0;
}

static crm_status mark_lead(struct conversion *c) {
    struct crm_op *op = c->crm->record->update(c->changes, c->lead, c->row.id, c->row.version);
    if (!op) return c->crm->base->error_no_memory(c->err);
    struct crm_value at = crm_time(c->crm->record->view_now_ms(c->view)),
                     stage = crm_id(won_stage(c));
    struct crm_value contact = crm_id(c->contact), organization = crm_id(c->organization),
                     deal = crm_id(c->deal);
    crm_status status = set(c, op, c->lead, "converted_at", &at);
    if (status == CRM_OK && stage.integer) status = set(c, op, c->lead, "stage", &stage);
    if (status == CRM_OK && c->contact) status = set(c, op, c->lead, "converted_contact", &contact);
    if (status == CRM_OK && c->organization)
        status = set(c, op, c->lead, "converted_organization", &organization);
    if (status == CRM_OK && c->deal) status = set(c, op, c->lead, "converted_deal", &deal);
    return status;
}

static crm_status read_lead(struct conversion *c, struct crm_request *r) {
    int64_t id = 0;
    c->lead = c->crm->schema->entity(c->view, CRM_STR("lead"));
    if (!c->lead) return c->crm->base->error_set(c->err, CRM_FORBIDDEN, &no_right, NULL, 0);
    if (!c->crm->http->id_param(r, "id", &id))
        return c->crm->base->error_set(c->err, CRM_NOT_FOUND, &no_lead, NULL, 0);
    crm_status status = c->crm->record->get(
        c->view, c->lead, id, crm_str_make(lead_field_list, sizeof lead_field_list - 1), &c->row,
        c->err);
    if (status != CRM_OK) return status;
    if (!crm_is_nil(lead_value(c, LEAD_CONVERTED_AT)))
        return c->crm->base->error_set(c->err, CRM_CONFLICT, &already_converted, NULL, 0);
    return CRM_OK;
}

static void answer_reference(const struct crm *crm, struct crm_json *out, const char *name,
                             int64_t id) {
    crm->base->json_key(out, crm_str_from(name));
    crm->base->json_id(out, id);
}

static crm_status commit(struct conversion *c, struct crm_request *r) {
    struct crm_commit done = {.size = sizeof done};
    crm_status status = c->crm->record->commit(c->changes, &done, c->err);
    if (status != CRM_OK) {
        c->crm->http->answer_errors(r, c->changes);
        return status;
    }
    struct crm_json *out = c->crm->http->json(r);
    c->crm->base->json_object_open(out);
    answer_reference(c->crm, out, "lead", c->row.id);
    answer_reference(c->crm, out, "contact", c->contact);
    answer_reference(c->crm, out, "organization", c->organization);
    answer_reference(c->crm, out, "deal", c->deal);
    answer_reference(c->crm, out, "changeset", done.id);
    c->crm->base->json_object_shut(out);
    return CRM_OK;
}

static crm_status convert(void *ctx, struct crm_request *r, struct crm_error *err) {
    struct crm *crm = ctx;
    struct conversion c = {.crm = crm, .view = crm->http->view(r), .err = err};
    if (crm->http->body(r).len > 0) {
        crm_status parsed = crm->http->body_json(r, &c.wish, err);
        if (parsed != CRM_OK) return parsed;
    }
    crm_status status = read_lead(&c, r);
    if (status != CRM_OK) return status;
    struct crm_changeset_options options = {.size = sizeof options};
    status = crm->record->changeset_new(c.view, &options, &c.changes, err);
    if (status != CRM_OK) return status;
    status = take_organization(&c);
    if (status == CRM_OK) status = take_contact(&c);
    if (status == CRM_OK) status = take_deal(&c);
    if (status == CRM_OK) status = mark_lead(&c);
    if (status == CRM_OK) status = commit(&c, r);
    crm->record->changeset_free(c.changes);
    return status;
}

crm_status convert_register(struct crm *crm, struct crm_error *err) {
    struct crm_route route = {
        .size = sizeof route,
        .lane = CRM_LANE_READER,
        .flags = CRM_ROUTE_IDEMPOTENT,
        .method = "POST",
        .pattern = "/api/v1/records/lead/{id}/convert",
        .handle = convert,
        .ctx = crm,
        .summary = "Converts a lead to contact, organization and deal",
        .tag = "lead",
        .body_schema =
            "{\"type\":\"object\",\"properties\":{\"contact\":{\"type\":[\"boolean\",\"string\"]},"
            "\"organization\":{\"type\":[\"boolean\",\"string\"]},\"deal\":{\"type\":[\"boolean\","
            "\"string\",\"object\"]}}}",
        .answer_schema = "{\"type\":\"object\",\"properties\":{\"lead\":{\"type\":\"string\"},"
                         "\"contact\":{\"type\":[\"string\",\"null\"]},"
                         "\"organization\":{\"type\":[\"string\",\"null\"]},\"deal\":{\"type\":["
                         "\"string\",\"null\"]},"
                         "\"changeset\":{\"type\":[\"string\",\"null\"]}}}"};
    return crm->http->route_add(crm->host, &route, err);
}
