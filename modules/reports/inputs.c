/* See inputs.h. */
#include "inputs.h"

#include "texts.h"

static const int64_t MICRO = 1000000, INPUT_MOST = INT64_C(1000000000) * 1000000;

static bool is_word(struct crm_str s) {
    return crm_str_is(s, "days") || crm_str_is(s, "days_gone") || crm_str_is(s, "days_left");
}

bool inputs_default_holds(const struct crm *crm, struct crm_str input) {
    int64_t ignored;
    return is_word(input) || crm->base->decimal_parse(input, &ignored);
}

bool inputs_flag_holds(const struct crm *crm, struct crm_str flag_above) {
    int64_t ignored;
    return !flag_above.len || crm->base->decimal_parse(flag_above, &ignored);
}

void inputs_take(const struct metric **metrics, size_t *count, struct inputs *ret) {
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (!metrics[i]->input.len)
            metrics[kept++] = metrics[i];
        else if (ret->count < INPUTS_MAX)
            ret->items[ret->count++] =
                (struct input){.metric = metrics[i], .is_open = !is_word(metrics[i]->input)};
    }
    *count = kept;
}

struct setting {
    const struct crm *crm;
    struct inputs *all;
    struct crm_error *err;
    crm_status status;
};

static struct input *open_input(struct inputs *all, struct crm_str name) {
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].is_open && crm_str_eq(all->items[i].metric->origin.name, name))
            return &all->items[i];
    return NULL;
}

/* Whole numbers, and texts for those with a point. */
static bool number_of(const struct crm *crm, const struct crm_json_value *v, int64_t *ret) {
    int64_t whole;
    if (crm->base->json_int64_of(v, &whole)) return !__builtin_mul_overflow(whole, MICRO, ret);
    return crm->base->json_type(v) == CRM_JSON_TEXT &&
           crm->base->decimal_parse(crm->base->json_text_of(v), ret);
}

static bool set(void *ctx, struct crm_str name, const struct crm_json_value *v) {
    struct setting *s = ctx;
    struct input *it = open_input(s->all, name);
    int64_t micro;
    if (!it)
        s->status = SAY(s->crm, s->err, CRM_INVALID, no_input, name);
    else if (!number_of(s->crm, v, &micro) || micro > INPUT_MOST || micro < -INPUT_MOST)
        s->status = SAY(s->crm, s->err, CRM_INVALID, body_wrong, name, CRM_STR("12, \"12.5\""));
    else
        it->micro = micro;
    return s->status == CRM_OK;
}

crm_status inputs_read(const struct crm *crm, const struct crm_json_value *body, struct inputs *all,
                       struct crm_error *err) {
    struct setting s = {.crm = crm, .all = all, .err = err};
    int32_t type = crm->base->json_type(body);
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].is_open)
            (void)crm->base->decimal_parse(all->items[i].metric->input, &all->items[i].micro);
    if (type == CRM_JSON_NULL) return CRM_OK;
    if (type != CRM_JSON_OBJECT)
        return SAY(crm, err, CRM_INVALID, body_wrong, CRM_STR("inputs"), CRM_STR("{...}"));
    crm->base->json_each(body, set, &s);
    return s.status;
}

static struct crm_value days_value(struct crm_str word, const struct period *period,
                                   int64_t today) {
    if (period->all) return crm_nil();
    int64_t days = period->until - period->from, gone = today + 1 - period->from;
    gone = gone < 0 ? 0 : gone > days ? days : gone;
    return crm_int(crm_str_is(word, "days")        ? days
                   : crm_str_is(word, "days_gone") ? gone
                                                   : days - gone);
}

struct crm_value inputs_value(const struct inputs *all, const struct metric *m,
                              const struct period *period, int64_t today) {
    if (is_word(m->input)) return days_value(m->input, period, today);
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].metric == m) return crm_decimal(all->items[i].micro);
    return crm_nil();
}
