/* The fields nobody declares: the standard ones of every entity and those that `pipeline` brings.
 * Labels stand here because there is no definition that could carry them. Threads: any. */
#include "schema/draft.h"
#include "schema/messages.h"

struct standard_field {
    enum schema_standard_field id;
    const char *name;
    enum schema_field_type type;
    const char *entity; /* references; "" = the entity itself */
    const char *label[LANGUAGE_COUNT];
    bool read_only, sort, unique, not_in_children;
};

#define STD(number, word, kind) .id = SCHEMA_STD_##number, .name = word, .type = SCHEMA_FIELD_##kind
static const struct standard_field standard[] = {
    {STD(ID, "id", REF), .entity = "", .label = {"Id", "Номер записи"}, .read_only = true},
    {STD(VERSION, "version", INTEGER), .label = {"Version", "Версия"}, .read_only = true},
    {STD(CREATED_AT, "created_at", TIME), .label = {"Created", "Создано"}, .read_only = true,
     .sort = true},
    {STD(CREATED_BY, "created_by", REF), .entity = "user", .label = {"Created by", "Кто создал"},
     .read_only = true},
    {STD(UPDATED_AT, "updated_at", TIME), .label = {"Changed", "Изменено"}, .read_only = true},
    {STD(UPDATED_BY, "updated_by", REF), .entity = "user", .label = {"Changed by", "Кто изменил"},
     .read_only = true},
    {STD(DELETED_AT, "deleted_at", TIME), .label = {"Trashed", "В корзине с"}, .read_only = true},
    {STD(OWNER, "owner", REF), .entity = "user", .label = {"Owner", "Ответственный"},
     .not_in_children = true},
    {STD(TEAM, "team", REF), .entity = "team", .label = {"Team", "Команда"},
     .not_in_children = true},
    {STD(EXTERNAL_ID, "external_id", TEXT), .label = {"Id elsewhere", "Номер в другой системе"},
     .unique = true},
    {STD(TAGS, "tags", LINKS), .entity = "tag", .label = {"Tags", "Метки"},
     .not_in_children = true},
    {STD(FOLLOWERS, "followers", LINKS), .entity = "user", .label = {"Followers", "Наблюдатели"},
     .not_in_children = true},
};
#undef STD

static struct schema_label label_of(const char *const text[LANGUAGE_COUNT]) {
    struct schema_label label;
    for (int i = 0; i < LANGUAGE_COUNT; i++)
        label.text[i] = str_from(text[i]);
    return label;
}

crm_status draft_standard_fields(struct draft *d, struct draft_entity *e, struct err *err) {
    for (size_t i = 0; i < sizeof standard / sizeof standard[0]; i++) {
        const struct standard_field *s = &standard[i];
        if (e->parent && s->not_in_children) continue;
        struct str entity = s->entity && !*s->entity ? e->def->name : str_from(s->entity);
        struct draft_field f = {
            .def = {.origin = {.layer = SCHEMA_LAYER_KERNEL, .owner = STR("kernel")},
                    .name = str_from(s->name),
                    .type = s->type,
                    .label = label_of(s->label),
                    .entity = draft_find(d, entity) ? entity : STR_NONE,
                    .read_only = s->read_only,
                    .sort = s->sort,
                    .unique = s->unique},
            .standard = true,
            .id = (int32_t)s->id};
        crm_status status = draft_field_add(d, e, &f, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

static const struct schema_field_definition *declared(const struct schema_entity_definition *def,
                                                      struct str name) {
    for (size_t i = 0; i < def->field_count; i++)
        if (str_eq(def->fields[i].name, name)) return &def->fields[i];
    return NULL;
}

static crm_status make(struct draft *d, struct draft_entity *e, struct str name,
                       enum schema_field_type type, const char *entity, struct schema_label label,
                       struct err *err) {
    struct draft_field f = {.def = {.origin = e->def->origin,
                                    .name = name,
                                    .type = type,
                                    .label = label,
                                    .entity = str_from(entity)},
                            .made = true};
    return draft_field_add(d, e, &f, err);
}

static crm_status make_or_check(struct draft *d, struct draft_entity *e, struct str name,
                                const char *key, enum schema_field_type type,
                                const char *const label[LANGUAGE_COUNT], struct err *err) {
    if (name.len == 0) return CRM_OK;
    const struct schema_field_definition *f = declared(e->def, name);
    if (!f) return make(d, e, name, type, NULL, label_of(label), err);
    if (f->type == type) return CRM_OK;
    const struct str args[] = {str_from(key), STR("pipeline"),
                               str_from(schema_field_type_word(type)), name,
                               str_from(schema_field_type_word(f->type))};
    err_set_args(err, CRM_INVALID, &schema_field_type_of, args, 5);
    schema_err_at(err, &f->origin);
    return CRM_INVALID;
}

crm_status draft_pipeline_fields(struct draft *d, struct draft_entity *e, struct err *err) {
    static const char *const pipeline[] = {"Pipeline", "Воронка"}, *const stage[] = {"Stage",
                                                                                     "Стадия"};
    static const char *const closed[] = {"Closed on", "Дата закрытия"}, *const since[] = {
                                                                            "In stage since",
                                                                            "В стадии с"};
    static const char *const probability[] = {"Probability, %", "Вероятность, %"};
    const struct schema_entity_definition *def = e->def;
    if (!draft_find(d, STR("pipeline")))
        return draft_unknown_entity(d, STR("pipeline"), &def->origin, err);
    if (!draft_find(d, STR("stage")))
        return draft_unknown_entity(d, STR("stage"), &def->origin, err);
    e->pipeline_closed = def->pipeline_closed;
    e->pipeline_since = def->pipeline_since;
    e->pipeline_probability = def->pipeline_probability;
    crm_status status =
        make(d, e, STR("pipeline"), SCHEMA_FIELD_REF, "pipeline", label_of(pipeline), err);
    if (status == CRM_OK)
        status = make(d, e, STR("stage"), SCHEMA_FIELD_REF, "stage", label_of(stage), err);
    if (status == CRM_OK)
        status =
            make_or_check(d, e, def->pipeline_closed, "closed", SCHEMA_FIELD_DATE, closed, err);
    if (status == CRM_OK)
        status = make_or_check(d, e, def->pipeline_since, "since", SCHEMA_FIELD_TIME, since, err);
    if (status == CRM_OK)
        status = make_or_check(d, e, def->pipeline_probability, "probability", SCHEMA_FIELD_INTEGER,
                               probability, err);
    return status;
}
