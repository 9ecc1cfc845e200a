/* Codes to what people read. */
#include "answer.h"

#include "texts.h"

enum { LABELS_MAX = 2000, PATH_STEPS_MAX = 6 };

/* The directory that the path ends in, for the first entity that the dimension knows. */
static struct crm_str directory_of(const struct plan *p, const struct dimension *d) {
    const struct crm_schema *schema = p->crm->schema;
    const struct metric *m = p->base_count ? p->bases[0] : NULL;
    struct crm_str path = m ? metric_path(m, d) : CRM_STR("");
    const struct crm_entity *e = m ? schema->entity(p->view, m->entity) : NULL;
    for (int step = 0; e && path.len && step < PATH_STEPS_MAX; step++) {
        struct crm_field_facts facts = {.size = sizeof facts};
        const char *dot = memchr(path.ptr, '.', path.len);
        size_t len = dot ? (size_t)(dot - path.ptr) : path.len;
        const struct crm_field *f = schema->field(p->view, e, crm_str_make(path.ptr, len));
        if (!f) break;
        schema->field_facts(p->view, e, f, &facts);
        if (!dot) return facts.directory;
        path = crm_str_make(dot + 1, path.len - len - 1);
        e = facts.ref;
    }
    return CRM_STR("");
}

struct items {
    const struct crm_entity *entity;
    const struct crm_field *directory, *code, *label, *label_ru;
};

static struct crm_str text_at(const struct plan *p, const struct items *items,
                              const struct crm_field *f, int64_t id) {
    const struct crm_value *v =
        f ? p->crm->record->resident_value(p->view, items->entity, f, id) : NULL;
    return v && v->type == CRM_VALUE_TEXT ? v->text : CRM_STR("");
}

static crm_status from_directory(const struct plan *p, struct crm_str directory, int32_t language,
                                 struct code_labels *ret, struct crm_error *err) {
    const struct crm *crm = p->crm;
    const struct crm_entity *e = crm->schema->entity(p->view, CRM_STR("directory_item")),
                            *of = crm->schema->entity(p->view, CRM_STR("directory"));
    int64_t wanted;
    if (!e || !of) return CRM_OK;
    const struct items items = {e, crm->schema->field(p->view, e, CRM_STR("directory")),
                                crm->schema->field(p->view, e, CRM_STR("code")),
                                crm->schema->field(p->view, e, CRM_STR("label")),
                                crm->schema->field(p->view, e, CRM_STR("label_ru"))};
    const struct crm_field *name = crm->schema->field(p->view, of, CRM_STR("name"));
    if (!items.directory || !items.code || !name ||
        !crm->record->resident_find(p->view, of, name, directory, &wanted))
        return CRM_OK;
    struct crm_str *codes = crm->base->arena_array(p->arena, LABELS_MAX, sizeof *codes);
    struct crm_str *labels = crm->base->arena_array(p->arena, LABELS_MAX, sizeof *labels);
    if (!codes || !labels) return crm->base->error_no_memory(err);
    size_t count = 0;
    for (size_t i = 0; count < LABELS_MAX; i++) {
        int64_t id = crm->record->resident_at(p->view, e, i);
        const struct crm_value *v =
            id ? crm->record->resident_value(p->view, e, items.directory, id) : NULL;
        if (!id) break;
        if (!v || v->integer != wanted) continue;
        struct crm_str ru = text_at(p, &items, items.label_ru, id),
                       en = text_at(p, &items, items.label, id);
        codes[count] = text_at(p, &items, items.code, id);
        labels[count++] = language == CRM_LANGUAGE_RU && ru.len ? ru : en;
    }
    *ret = (struct code_labels){codes, labels, count};
    return CRM_OK;
}

crm_status code_labels_of(const struct plan *p, const struct dimension *d, int32_t language,
                          struct code_labels *ret, struct crm_error *err) {
    *ret = (struct code_labels){0};
    if (d->label_count) {
        struct crm_str *codes =
            p->crm->base->arena_array(p->arena, 2 * d->label_count, sizeof *codes);
        if (!codes) return p->crm->base->error_no_memory(err);
        for (size_t i = 0; i < d->label_count; i++) {
            codes[i] = d->label_codes[i].entity;
            codes[d->label_count + i] = label_in(&d->labels[i], language);
        }
        *ret = (struct code_labels){codes, codes + d->label_count, d->label_count};
        return CRM_OK;
    }
    struct crm_str directory = directory_of(p, d);
    return directory.len ? from_directory(p, directory, language, ret, err) : CRM_OK;
}

struct crm_str code_label(const struct code_labels *l, struct crm_str code) {
    for (size_t i = 0; i < l->count; i++)
        if (crm_str_eq(l->codes[i], code)) return l->labels[i].len ? l->labels[i] : code;
    return code;
}
