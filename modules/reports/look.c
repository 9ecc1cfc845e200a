/* How a report is laid out, drawn and coloured, as far as that can be wrong: a circle or a stack of
 * shares would add up what does not add up. */
#include "catalog.h"
#include "texts.h"

static const char *const forms[] = {"table", "pivot", "transposed", "cards", NULL};
static const char *const charts[] = {"none", "bars",   "line",  "stacked", "pie",
                                     "heat", "funnel", "gauge", NULL};
static const char *const of_parts[] = {"stacked", "pie", NULL};

static bool is_one_of(struct crm_str word, const char *const *words) {
    for (size_t i = 0; words[i]; i++)
        if (crm_str_is(word, words[i])) return true;
    return false;
}

static crm_status check_words(struct reading *r, const struct report *it) {
    struct crm_str name = it->origin.name;
    if (it->form.len && !is_one_of(it->form, forms))
        return SAY(r->crm, r->err, CRM_INVALID, one_of_words, name, CRM_STR("form"),
                   CRM_STR("table, pivot, transposed, cards"));
    if (it->chart.len && !is_one_of(it->chart, charts))
        return SAY(r->crm, r->err, CRM_INVALID, one_of_words, name, CRM_STR("chart"),
                   CRM_STR("none, bars, line, stacked, pie, heat, funnel, gauge"));
    if (is_one_of(it->chart, of_parts) && !it->metrics[0]->additive)
        return SAY(r->crm, r->err, CRM_INVALID, parts_wrong, it->metrics[0]->label.en);
    return CRM_OK;
}

/* "0.2..0.4" */
static bool is_span(const struct crm_base *base, struct crm_str text) {
    int64_t number;
    for (size_t i = 0; i + 1 < text.len; i++)
        if (text.ptr[i] == '.' && text.ptr[i + 1] == '.')
            return base->decimal_parse(crm_str_make(text.ptr, i), &number) &&
                   base->decimal_parse(crm_str_make(text.ptr + i + 2, text.len - i - 2), &number);
    return false;
}

static crm_status check_colors(struct reading *r, const struct report *it) {
    for (size_t i = 0; i < it->color_count; i++) {
        bool is_of_it = false;
        for (size_t m = 0; m < it->metric_count; m++)
            is_of_it |= crm_str_eq(it->metrics[m]->origin.name, it->colors[i].entity);
        if (!is_of_it || !is_span(r->crm->base, it->colors[i].text))
            return SAY(r->crm, r->err, CRM_INVALID, colors_wrong, it->origin.name);
    }
    return CRM_OK;
}

crm_status report_look(struct reading *r, struct report *ret) {
    const struct crm_base *base = r->crm->base;
    const struct crm_json_value *numbers = base->json_get(r->json, "numbers");
    if (numbers && base->json_type(numbers) != CRM_JSON_BOOL)
        return definition_wrong_kind(r, "numbers", "true or false");
    ret->numbers = base->json_bool_of(numbers, false);
    crm_status status = definition_str(r, "form", &ret->form);
    if (status == CRM_OK)
        status = definition_by_entity(r, "colors", &ret->colors, &ret->color_count);
    if (status == CRM_OK) status = check_words(r, ret);
    return status == CRM_OK ? check_colors(r, ret) : status;
}
