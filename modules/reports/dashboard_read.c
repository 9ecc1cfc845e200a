/* Definitions and records into dashboards: see dashboard.h. */
#include "dashboard.h"

#include <stdio.h>

#include "texts.h"

enum { LIST_LIMIT = 10, SAVED_MAX = 500, DEFINITIONS_MAX = 200 };

static const char *const shown_words[] = {"table", "chart", "figure", "funnel",
                                          "pivot", "cards", "goal",   NULL};
#define SHOWN_WORDS "table, chart, figure, funnel, pivot, cards, goal"

static crm_status number(struct reading *r, const char *key, int64_t most, const char *wanted,
                         int64_t *ret) {
    const struct crm_json_value *v = r->crm->base->json_get(r->json, key);
    int64_t n;
    if (!v) return CRM_OK;
    if (!r->crm->base->json_int64_of(v, &n) || n < 1 || n > most)
        return definition_wrong_kind(r, key, wanted);
    *ret = n;
    return CRM_OK;
}

static bool has(const struct reading *r, const char *key) {
    return r->crm->base->json_get(r->json, key) != NULL;
}

/* ---- one widget ---------------------------------------------------------------------------------
 */

static crm_status read_report(struct reading *r, struct widget *ret) {
    static const char *const keys[] = {"report", "shown", "metric", "goal",    "title",  "width",
                                       "height", "limit", "period", "compare", "filters"};
    crm_status status = definition_only(r, keys, sizeof keys / sizeof *keys);
    bool known = false;
    ret->shown = CRM_STR("table");
    if (status == CRM_OK) status = definition_str(r, "report", &ret->report);
    if (status == CRM_OK) status = definition_str(r, "shown", &ret->shown);
    if (status == CRM_OK) status = definition_str(r, "metric", &ret->metric);
    if (status == CRM_OK) status = definition_str(r, "goal", &ret->goal);
    if (status != CRM_OK) return status;
    for (size_t i = 0; shown_words[i]; i++)
        known |= crm_str_is(ret->shown, shown_words[i]);
    if (!known)
        return SAY(r->crm, r->err, CRM_INVALID, one_of_words, r->facts->name, CRM_STR("shown"),
                   CRM_STR(SHOWN_WORDS));
    if (crm_str_is(ret->shown, "goal") != (ret->goal.len > 0))
        return definition_wrong_kind(r, "goal", "a metric of the report, where `shown` is goal");
    return CRM_OK;
}

static crm_status read_list(struct reading *r, struct widget *ret) {
    static const char *const keys[] = {"entity", "where", "sort",   "fields",
                                       "title",  "width", "height", "limit"};
    crm_status status = definition_only(r, keys, sizeof keys / sizeof *keys);
    ret->limit = LIST_LIMIT;
    if (status == CRM_OK) status = definition_str(r, "entity", &ret->entity);
    if (status == CRM_OK) status = definition_str(r, "where", &ret->where);
    if (status == CRM_OK) status = definition_str(r, "sort", &ret->sort);
    return status == CRM_OK ? definition_str(r, "fields", &ret->fields) : status;
}

static crm_status read_text(struct reading *r, struct widget *ret) {
    static const char *const keys[] = {"text", "title", "width", "height"};
    crm_status status = definition_only(r, keys, sizeof keys / sizeof *keys);
    return status == CRM_OK ? definition_label(r, "text", &ret->text) : status;
}

static crm_status read_widget(struct reading *r, struct widget *ret) {
    bool report = has(r, "report"), list = has(r, "entity"), text = has(r, "text");
    *ret = (struct widget){.width = 4, .height = 3, .json = r->json};
    ret->kind = report ? WIDGET_REPORT : list ? WIDGET_LIST : WIDGET_TEXT;
    if ((int)report + (int)list + (int)text != 1)
        return SAY(r->crm, r->err, CRM_INVALID, widget_kind, r->facts->name);
    crm_status status = report ? read_report(r, ret) : list ? read_list(r, ret) : read_text(r, ret);
    if (status == CRM_OK) status = definition_label(r, "title", &ret->title);
    if (status == CRM_OK) status = number(r, "width", DASHBOARD_COLUMNS, "1 ... 12", &ret->width);
    if (status == CRM_OK)
        status = number(r, "height", DASHBOARD_HEIGHT_MAX, "1 ... 12", &ret->height);
    return status == CRM_OK ? number(r, "limit", DASHBOARD_ROWS_MAX, "1 ... 100", &ret->limit)
                            : status;
}

/* ---- the whole ----------------------------------------------------------------------------------
 */

static crm_status read_widgets(struct reading *r, struct dashboard *ret) {
    const struct crm_base *base = r->crm->base;
    const struct crm_json_value *all = base->json_get(r->json, "widgets");
    size_t count = base->json_count(all);
    crm_status status = CRM_OK;
    /* An empty table of Lua is no list. */
    if (all && base->json_type(all) != CRM_JSON_ARRAY && count)
        return definition_wrong_kind(r, "widgets", "[{...}]");
    if (count > DASHBOARD_WIDGETS_MAX)
        return SAY(r->crm, r->err, CRM_INVALID, too_many, r->facts->name, CRM_STR("24"),
                   CRM_STR("widgets"));
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        char place[24];
        int len = snprintf(place, sizeof place, "widgets[%zu]", i);
        struct crm_definition_facts facts = {.size = sizeof facts,
                                             .name = crm_str_make(place, (size_t)len)};
        struct reading one = *r;
        one.facts = &facts;
        one.json = base->json_at(all, i);
        status = base->json_type(one.json) == CRM_JSON_OBJECT
                     ? read_widget(&one, &ret->widgets[i])
                     : SAY(r->crm, r->err, CRM_INVALID, body_wrong, facts.name, CRM_STR("{...}"));
    }
    ret->widget_count = status == CRM_OK ? count : 0;
    return status;
}

crm_status dashboard_read(struct reading *r, struct dashboard *ret) {
    static const char *const keys[] = {"label", "help", "roles", "period", "widgets"};
    crm_status status = definition_only(r, keys, sizeof keys / sizeof *keys);
    if (status == CRM_OK) status = definition_label(r, "label", &ret->label);
    if (status == CRM_OK) status = definition_label(r, "help", &ret->help);
    if (status == CRM_OK) status = definition_str(r, "period", &ret->period);
    if (status == CRM_OK)
        status = definition_list(r, "roles", DASHBOARD_ROLES_MAX, ret->roles, &ret->role_count);
    return status == CRM_OK ? read_widgets(r, ret) : status;
}

void dashboard_fini(const struct crm *crm, struct dashboard *d) {
    if (!d) return;
    if (d->json) crm->base->json_free(d->json);
    d->json = NULL;
}

/* ---- where they come from -----------------------------------------------------------------------
 */

static struct reading reading_of(const struct asked *q, const struct crm_definition_facts *facts,
                                 struct crm_error *err) {
    return (struct reading){.crm = q->crm,
                            .catalog = q->catalog,
                            .arena = q->crm->record->view_arena(q->view),
                            .facts = facts,
                            .err = err};
}

static crm_status read_text_of(const struct asked *q, const struct crm_definition_facts *facts,
                               struct dashboard *ret, struct crm_error *err) {
    struct reading r = reading_of(q, facts, err);
    crm_status status = q->crm->base->json_parse(facts->json, &ret->json, err);
    r.json = ret->json;
    ret->text = facts->json;
    return status == CRM_OK ? dashboard_read(&r, ret) : status;
}

static bool definition_at(const struct asked *q, size_t i, struct crm_definition_facts *ret) {
    *ret = (struct crm_definition_facts){.size = sizeof *ret};
    return i < DEFINITIONS_MAX && q->crm->schema->definition_at(q->view, "dashboard", i, ret);
}

static crm_status of_definition(const struct asked *q, const struct crm_definition_facts *facts,
                                struct dashboard *ret, struct crm_error *err) {
    *ret = (struct dashboard){.origin = {facts->name, facts->owner, facts->place},
                              .label = {.en = facts->name}};
    return read_text_of(q, facts, ret, err);
}

enum { NAME, DESCRIPTION, DEFINITION, OWNER, OFFERED };
static const struct crm_str fields = {"name,description,definition,owner,offered", 41};

static struct crm_str cell_text(const struct asked *q, const struct crm_row *row, size_t at) {
    const struct crm_value *v = &row->cells[at].value;
    return q->crm->base->arena_str(q->crm->record->view_arena(q->view),
                                   v->type == CRM_VALUE_TEXT ? v->text : CRM_STR(""));
}

static crm_status of_row(const struct asked *q, const struct crm_row *row, struct dashboard *ret,
                         struct crm_error *err) {
    struct crm_arena *a = q->crm->record->view_arena(q->view);
    const struct crm_cell *owner = &row->cells[OWNER], *offered = &row->cells[OFFERED];
    char id[24];
    int len = snprintf(id, sizeof id, "%lld", (long long)row->id);
    const struct label label = {.en = cell_text(q, row, NAME)},
                       help = {.en = cell_text(q, row, DESCRIPTION)};
    const struct crm_definition_facts facts = {
        .size = sizeof facts, .name = CRM_STR("definition"), .json = cell_text(q, row, DEFINITION)};
    *ret = (struct dashboard){
        .origin = {.name = q->crm->base->arena_str(a, crm_str_make(id, (size_t)len))},
        .saved = {.id = row->id,
                  .author = owner->value.type == CRM_VALUE_ID ? owner->value.integer : 0,
                  .author_name = q->crm->base->arena_str(a, owner->title)}};
    crm_status status = read_text_of(q, &facts, ret, err);
    ret->label = label;
    ret->help = help;
    ret->role_count = 0;
    for (size_t i = 0; i < offered->item_count && i < DASHBOARD_ROLES_MAX; i++)
        ret->roles[ret->role_count++] = q->crm->base->arena_str(a, offered->items[i].value.text);
    return status;
}

static crm_status of_body(const struct asked *q, const struct crm_json_value *body,
                          struct dashboard *ret, struct crm_error *err) {
    const struct crm_definition_facts facts = {.size = sizeof facts, .name = CRM_STR("definition")};
    struct reading r = reading_of(q, &facts, err);
    *ret = (struct dashboard){.origin = {.name = CRM_STR("new")}, .label = {.en = CRM_STR("new")}};
    r.json = q->crm->base->json_get(body, "definition");
    return dashboard_read(&r, ret);
}

crm_status dashboard_find(const struct asked *q, struct crm_str name,
                          const struct crm_json_value *body, struct dashboard *ret,
                          struct crm_error *err) {
    const struct crm_entity *e = q->crm->schema->entity(q->view, CRM_STR("dashboard"));
    struct crm_definition_facts facts;
    struct crm_row row;
    int64_t id;
    *ret = (struct dashboard){.json = NULL};
    if (crm_str_is(name, "new")) return of_body(q, body, ret, err);
    if (asked_is_id(name))
        return e && q->crm->base->id_parse(name, &id) &&
                       q->crm->record->get(q->view, e, id, fields, &row, err) == CRM_OK
                   ? of_row(q, &row, ret, err)
                   : SAY(q->crm, err, CRM_NOT_FOUND, no_dashboard, name);
    for (size_t i = 0; definition_at(q, i, &facts); i++)
        if (crm_str_eq(facts.name, name)) return of_definition(q, &facts, ret, err);
    return SAY(q->crm, err, CRM_NOT_FOUND, no_dashboard, name);
}

static crm_status tell(const struct asked *q, crm_status held, struct dashboard *d,
                       const struct crm_error *broken, dashboard_fn fn, void *ctx) {
    crm_status status = held == CRM_NO_MEMORY ? held : fn(ctx, d, held == CRM_OK ? NULL : broken);
    dashboard_fini(q->crm, d);
    return status;
}

crm_status dashboard_each(const struct asked *q, dashboard_fn fn, void *ctx,
                          struct crm_error *err) {
    const struct crm_list list = {.size = sizeof list,
                                  .action = CRM_ACTION_READ,
                                  .limit = SAVED_MAX,
                                  .entity = q->crm->schema->entity(q->view, CRM_STR("dashboard")),
                                  .fields = fields,
                                  .sort = CRM_STR("name")};
    struct crm_page page = {.size = sizeof page};
    struct crm_definition_facts facts;
    struct crm_error broken;
    crm_status status = CRM_OK;
    struct dashboard *d = q->crm->base->arena_alloc(q->crm->record->view_arena(q->view), sizeof *d);
    if (!d) return q->crm->base->error_no_memory(err);
    for (size_t i = 0; status == CRM_OK && definition_at(q, i, &facts); i++)
        status = tell(q, of_definition(q, &facts, d, &broken), d, &broken, fn, ctx);
    if (status != CRM_OK) return q->crm->base->error_no_memory(err);
    if (!list.entity || !q->crm->schema->entity_can(q->view, list.entity, CRM_ACTION_READ))
        return CRM_OK;
    status = q->crm->query->page(q->view, &list, &page, err);
    for (size_t i = 0; status == CRM_OK && i < page.count; i++) {
        status = tell(q, of_row(q, &page.rows[i], d, &broken), d, &broken, fn, ctx);
        if (status != CRM_OK) return q->crm->base->error_no_memory(err);
    }
    return status;
}
