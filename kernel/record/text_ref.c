/* References by what people call a record: its key elsewhere, title, login, e-mail or the field
 * they name. Several matches are an error, never a choice. */
#include "record/text_value.h"

#include "base/id.h"
#include "base/unicode.h"
#include "record/engine_state.h"
#include "record/messages.h"

enum { CANDIDATES_MAX = 20 };

struct search {
    struct record_view *view;
    const struct schema_entity *entity;
    const struct record_text_options *options;
    struct str text; /* trimmed */
    struct str key;  /* folded, collapsed */
    int64_t found[CANDIDATES_MAX];
    size_t count;
};

static bool is_known(const struct search *s, int64_t id) {
    for (size_t i = 0; i < s->count; i++)
        if (s->found[i] == id) return true;
    return false;
}

/* Stages and pipelines belong to an entity: others are not meant. */
static bool is_meant(struct search *s, const struct value *row) {
    struct record_view *v = s->view;
    const struct record_text_options *o = s->options;
    const struct schema_entity *pipelines = read_entity(v, "pipeline");
    bool is_pipeline = str_is(s->entity->name, "pipeline");
    if (!o || !o->of || (!is_pipeline && !str_is(s->entity->name, "stage"))) return true;
    struct value pipeline = row_named(s->entity, row, "pipeline");
    if (!is_pipeline && o->pipeline) return pipeline.integer == o->pipeline;
    const struct value *holder = is_pipeline ? row
                                 : pipelines
                                     ? resident_row(v->resident, pipelines, pipeline.integer)
                                     : NULL;
    return str_eq(value_str(row_named(pipelines, holder, "entity")), o->of->name);
}

static crm_status consider(struct search *s, int64_t id, struct err *err) {
    struct slot_set slots = {0};
    struct read_row row;
    slot_add(&slots, 0);
    if (is_known(s, id) || s->count == CANDIDATES_MAX) return CRM_OK;
    crm_status status = read_row_find(s->view, s->entity, id, &slots, &row, err);
    if (status == CRM_NOT_FOUND || status == CRM_FORBIDDEN) return CRM_OK;
    if (status == CRM_OK && (!s->entity->resident || is_meant(s, row.row)))
        s->found[s->count++] = id;
    return status;
}

/* Small reference data is compared row by row, in every language a label has. */
static crm_status resident_match(struct search *s, const struct schema_field *f, struct err *err) {
    struct record_view *v = s->view;
    int64_t first = 0;
    size_t hits = resident_find(v->resident, s->entity, f->slot, s->key, &first);
    if (hits == 0) return CRM_OK;
    if (hits == 1) return consider(s, first, err);
    for (size_t i = 0; i < resident_count(v->resident, s->entity); i++) {
        const struct value *row = resident_at(v->resident, s->entity, i);
        struct str folded = fold_key_arena(v->arena, value_str(row[f->slot]));
        if (!folded.ptr) return err_no_memory(err);
        if (folded.len == 0 || !str_eq(folded, s->key)) continue;
        crm_status status = consider(s, row_std_int(s->entity, row, SCHEMA_STD_ID), err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

static crm_status stored_match(struct search *s, const struct schema_field *f, struct err *err) {
    struct record_view *v = s->view;
    int64_t *ids = NULL;
    size_t count = 0;
    crm_status status;
    if (schema_field_storage(f->type) == SCHEMA_STORAGE_LINKS) {
        status = store_links_find(v->conn, f, s->key, v->arena, CANDIDATES_MAX, &ids, &count, err);
    } else {
        struct value value = value_text(s->text);
        if (schema_field_value_type(f->type) != VALUE_TEXT && f->value_type.type != VALUE_TEXT)
            return CRM_OK;
        status = store_record_find(v->conn, s->entity, f->slot, &value, f->fold, v->arena,
                                   CANDIDATES_MAX, &ids, &count, err);
    }
    for (size_t i = 0; i < count && status == CRM_OK; i++)
        status = consider(s, ids[i], err);
    return status;
}

static crm_status match(struct search *s, const struct schema_field *f, struct err *err) {
    if (!f || !access_field_visible(s->view->access, s->entity, f)) return CRM_OK;
    bool in_memory = s->entity->resident && schema_field_storage(f->type) == SCHEMA_STORAGE_COLUMN;
    return in_memory ? resident_match(s, f, err) : stored_match(s, f, err);
}

static bool is_label(const struct schema_field *f) {
    return f->type == SCHEMA_FIELD_TEXT && str_starts_with(f->name, STR("label"));
}

/* Stock labels of stages stand in the schema, not in the record. */
static crm_status stock_stage_match(struct search *s, struct err *err) {
    struct record_view *v = s->view;
    const struct schema *schema = v->access->schema;
    const struct schema_field *name = schema_field_find(s->entity, STR("name"));
    for (size_t p = 0; name && p < schema->pipeline_count; p++) {
        for (size_t i = 0; i < schema->pipelines[p].stage_count; i++) {
            const struct schema_stage *stage = &schema->pipelines[p].stages[i];
            bool hit = false;
            for (int l = 0; l < LANGUAGE_COUNT; l++)
                hit |= str_eq(fold_key_arena(v->arena, stage->label.text[l]), s->key);
            struct search by_name = *s;
            by_name.key = fold_key_arena(v->arena, stage->name);
            crm_status status = hit ? resident_match(&by_name, name, err) : CRM_OK;
            if (status != CRM_OK) return status;
            s->count = by_name.count;
            memcpy(s->found, by_name.found, sizeof s->found);
        }
    }
    return CRM_OK;
}

static crm_status natural_keys(struct search *s, struct err *err) {
    const struct schema_entity *e = s->entity;
    const struct schema_field *keys[] = {
        schema_standard(e, SCHEMA_STD_EXTERNAL_ID), schema_field_at(e, e->title_slot),
        schema_field_find(e, STR("login")), schema_field_find(e, STR("code")),
        schema_field_find(e, STR("emails"))};
    crm_status status = CRM_OK;
    for (size_t i = 0; i < sizeof keys / sizeof *keys && status == CRM_OK && s->count == 0; i++)
        status = match(s, keys[i], err);
    for (size_t i = 0; e->resident && i < e->field_count && status == CRM_OK && s->count == 0; i++)
        if (is_label(&e->fields[i])) status = match(s, &e->fields[i], err);
    if (status == CRM_OK && s->count == 0 && str_is(e->name, "stage"))
        status = stock_stage_match(s, err);
    int64_t id = 0;
    if (status == CRM_OK && s->count == 0 && s->text.len >= 16 && id_parse(s->text, &id))
        status = consider(s, id, err);
    return status;
}

/* A stage name that several pipelines have is that of the first pipeline. */
static void first_pipeline(struct search *s) {
    struct record_view *v = s->view;
    const struct schema_entity *pipelines = read_entity(v, "pipeline");
    if (s->count < 2 || !str_is(s->entity->name, "stage") || !s->options || !s->options->of ||
        !pipelines)
        return;
    int64_t best = 0, best_position = INT64_MAX, best_id = INT64_MAX;
    size_t same = 0;
    for (size_t i = 0; i < s->count; i++) {
        int64_t pipeline =
            row_named(s->entity, resident_row(v->resident, s->entity, s->found[i]), "pipeline")
                .integer;
        struct value at =
            row_named(pipelines, resident_row(v->resident, pipelines, pipeline), "position");
        int64_t position = value_is_nil(at) ? INT64_MAX : at.integer;
        if (position > best_position || (position == best_position && pipeline > best_id)) continue;
        same = pipeline == best_id ? same + 1 : 1;
        best = s->found[i];
        best_position = position;
        best_id = pipeline;
    }
    if (same != 1) return;
    s->found[0] = best;
    s->count = 1;
}

crm_status text_reference(struct record_view *v, const struct schema_entity *e, struct str text,
                          const struct record_text_options *o, int64_t *ret, struct err *err) {
    struct search s = {.view = v, .entity = e, .options = o};
    s.key = fold_key_arena(v->arena, text);
    s.text = str_trim(text);
    if (!s.key.ptr) return err_no_memory(err);
    crm_status status;
    if (o && o->ref_by.len) {
        const struct schema_field *by = schema_field_find(e, o->ref_by);
        const struct str args[] = {o->ref_by};
        if (!by || !access_field_visible(v->access, e, by))
            return err_set_args(err, CRM_INVALID, &record_field_unknown, args, 1);
        status = match(&s, by, err);
    } else {
        status = natural_keys(&s, err);
    }
    if (status != CRM_OK) return status;
    first_pipeline(&s);
    const struct str args[] = {s.text};
    if (s.count == 0) return err_set_args(err, CRM_REFUSED, &record_reference_not_found, args, 1);
    if (s.count > 1) return err_set_args(err, CRM_REFUSED, &record_reference_several, args, 1);
    *ret = s.found[0];
    return CRM_OK;
}
