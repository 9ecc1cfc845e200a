/* The cells of a file and the door to it: see sheet.h. */
#include "sheet.h"

#include "texts.h"

struct crm_str sheet_word(const struct sheet *s, enum sheet_word word) {
    static const char *const words[][2] = {
#define SHEET_WORD_TEXT(name, en, ru) {en, ru},
        SHEET_WORDS(SHEET_WORD_TEXT)
#undef SHEET_WORD_TEXT
    };
    return crm_str_from(words[word][s->actor.language == CRM_LANGUAGE_RU]);
}

/* ---- cells --------------------------------------------------------------------------------------
 */

/* Which part of a row a column shows: its number, a dimension, a metric or the metric before. */
struct place {
    bool is_number, is_previous;
    size_t dimension, metric; /* SIZE_MAX: none */
};

static struct place place_of(const struct sheet *s, size_t column) {
    const struct report *r = s->plan->report;
    struct place at = {.dimension = SIZE_MAX, .metric = SIZE_MAX};
    size_t each = s->plan->has_previous ? 2 : 1;
    at.is_number = r->numbers && column == 0;
    if (r->numbers) column--;
    if (at.is_number) return at;
    if (column < r->dimension_count) {
        at.dimension = column;
        return at;
    }
    at.metric = (column - r->dimension_count) / each;
    at.is_previous = (column - r->dimension_count) % each == 1;
    return at;
}

struct sheet_cell sheet_head(const struct sheet *s, size_t column) {
    const struct report *r = s->plan->report;
    const struct place at = place_of(s, column);
    int32_t language = s->actor.language;
    struct sheet_cell cell = {.metric = NULL, .period = NO_PERIOD};
    if (at.is_number) cell.text = sheet_word(s, SHEET_NUMBER);
    if (at.dimension != SIZE_MAX)
        cell.text = label_in(&r->dimensions[at.dimension]->label, language);
    if (at.metric == SIZE_MAX) return cell;
    struct crm_str label = label_in(&r->metrics[at.metric]->label, language),
                   before = sheet_word(s, SHEET_BEFORE);
    cell.text = at.is_previous ? plan_text(s->plan, "%.*s, %.*s", (int)label.len, label.ptr,
                                           (int)before.len, before.ptr)
                               : label;
    return cell;
}

static struct crm_str format_text(const struct sheet *s, const struct crm_value *v) {
    const struct crm_base *base = s->plan->crm->base;
    struct crm_buf *text = base->buf_new(64);
    if (!text) return (struct crm_str){0};
    if (v->type == CRM_VALUE_TIME) {
        base->time_format(v->integer, text);
    } else {
        base->money_format(v->integer, base->currency_digits(v->currency), text);
        base->buf_add(text, " ", 1);
        base->buf_add(text, v->currency.code, strlen(v->currency.code));
    }
    struct crm_str kept = base->arena_str(s->plan->arena, base->buf_str(text));
    base->buf_free(text);
    return kept;
}

static struct sheet_cell key_cell(const struct sheet *s, const struct table_row *row, size_t i) {
    const struct crm_value *v = &row->keys[i];
    struct sheet_cell cell = {.value = *v, .period = s->plan->report->dimensions[i]->period};
    switch (v->type) {
    case CRM_VALUE_ID:
        cell.text = row->titles[i];
        break;
    case CRM_VALUE_TEXT:
        cell.text = code_label(&s->labels[i], v->text);
        break;
    case CRM_VALUE_BOOL:
        cell.text = sheet_word(s, v->boolean ? SHEET_YES : SHEET_NO);
        break;
    case CRM_VALUE_INT:
        cell.text = plan_text(s->plan, "%lld", (long long)v->integer);
        break;
    case CRM_VALUE_TIME:
    case CRM_VALUE_MONEY: /* whatever the currency of the next row is */
        cell.text = format_text(s, v);
        break;
    default:
        break;
    }
    if (v->type == CRM_VALUE_NIL) cell.text = sheet_word(s, SHEET_NOT_SET);
    return cell;
}

struct sheet_cell sheet_cell(const struct sheet *s, const struct table_row *row, size_t number,
                             enum sheet_word called, size_t column) {
    const struct report *r = s->plan->report;
    const struct place at = place_of(s, column);
    struct sheet_cell cell = {.period = NO_PERIOD};
    if (at.metric != SIZE_MAX) {
        cell.metric = r->metrics[at.metric];
        cell.value = (at.is_previous ? row->previous : row->values)[at.metric];
        return cell;
    }
    if (at.is_number && number != SHEET_OF_ALL) cell.text = plan_text(s->plan, "%zu", number);
    if (at.dimension == 0 && number == SHEET_OF_ALL) cell.text = sheet_word(s, called);
    return at.dimension == SIZE_MAX || number == SHEET_OF_ALL ? cell
                                                              : key_cell(s, row, at.dimension);
}

/* ---- the door -----------------------------------------------------------------------------------
 */

static crm_status may_export(const struct plan *p, struct crm_error *err) {
    struct bundle bundles[PLAN_BUNDLES_MAX];
    struct crm_actor_facts actor = {.size = sizeof actor};
    size_t count;
    crm_status status = plan_bundles(p, bundles, &count, err);
    p->crm->record->actor(p->view, &actor);
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        if (!p->crm->schema->entity_can(p->view, bundles[i].entity, CRM_ACTION_EXPORT))
            return SAY(p->crm, err, CRM_FORBIDDEN, may_not_export,
                       p->crm->schema->entity_label(p->view, bundles[i].entity, actor.language));
    return status;
}

crm_status sheet_open(const struct sheet *s, const char *ending, const char *type,
                      struct crm_error *err) {
    const struct crm *crm = s->plan->crm;
    struct crm_str name = s->plan->report->origin.name;
    struct crm_str head =
        plan_text(s->plan, "attachment; filename=\"%s%.*s.%s\"",
                  s->plan->report->saved.id ? "report-" : "", (int)name.len, name.ptr, ending);
    if (!head.ptr) return crm->base->error_no_memory(err);
    crm->http->answer_header(s->request, "Content-Disposition", head);
    return crm->http->stream_open(s->request, 200, type, err);
}

crm_status sheet_answer(struct plan *p, const struct crm_json_value *body, struct crm_request *r,
                        struct crm_error *err) {
    const struct report *it = p->report;
    const struct crm_base *base = p->crm->base;
    struct crm_str format = base->json_text_of(base->json_get(body, "format"));
    struct table table;
    struct sheet s = {.plan = p, .table = &table, .request = r, .actor = {.size = sizeof s.actor}};
    struct crm_error ignored;
    bool is_csv = !format.len || crm_str_is(format, "csv");
    bool is_pdf = crm_str_is(format, "pdf");
    if (!is_csv && !is_pdf && !crm_str_is(format, "xlsx"))
        return SAY(p->crm, err, CRM_INVALID, format_wrong, format);
    crm_status status = may_export(p, err);
    p->action = CRM_ACTION_EXPORT;
    if (status == CRM_OK) status = table_make(p, &table, err);
    if (status != CRM_OK) return status;
    p->crm->record->actor(p->view, &s.actor);
    s.columns =
        (it->numbers ? 1 : 0) + it->dimension_count + it->metric_count * (p->has_previous ? 2 : 1);
    for (size_t i = 0; i < it->dimension_count; i++)
        (void)code_labels_of(p, it->dimensions[i], s.actor.language, &s.labels[i], &ignored);
    if (is_pdf) return sheet_pdf(&s, err);
    return is_csv ? sheet_csv(&s, err) : sheet_xlsx(&s, err);
}
