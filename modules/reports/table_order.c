/* The order of a table's rows, and what its limit cuts off. */
#include <stdlib.h>

#include "table.h"

/* Where a row has no value it comes last, whichever the direction. */
static int compare(const struct crm_value *a, const struct crm_value *b, bool descending) {
    bool no_a = a->type == CRM_VALUE_NIL, no_b = b->type == CRM_VALUE_NIL;
    if (no_a || no_b) return no_a - no_b;
    int order;
    if (a->type == CRM_VALUE_TEXT && b->type == CRM_VALUE_TEXT) {
        size_t shorter = a->text.len < b->text.len ? a->text.len : b->text.len;
        order = shorter ? memcmp(a->text.ptr, b->text.ptr, shorter) : 0;
        if (order == 0) order = (a->text.len > b->text.len) - (a->text.len < b->text.len);
    } else if (a->type == CRM_VALUE_BOOL) {
        order = a->boolean - b->boolean;
    } else {
        order = (a->integer > b->integer) - (a->integer < b->integer);
    }
    return descending ? -order : order;
}

struct ordering {
    const struct plan *plan;
    int metric; /* -1: by the dimensions */
    bool descending;
};

static struct ordering ordering_of(const struct plan *p) {
    const struct report *r = p->report;
    struct crm_str name = r->sort;
    struct ordering o = {p, -1, false};
    if (name.len && name.ptr[0] == '-') {
        o.descending = true;
        name = crm_str_make(name.ptr + 1, name.len - 1);
    }
    for (size_t i = 0; i < r->metric_count; i++)
        if (crm_str_eq(r->metrics[i]->origin.name, name)) o.metric = (int)i;
    if (name.len) return o;
    const struct dimension *first = r->dimension_count ? r->dimensions[0] : NULL;
    bool by_key = r->dimension_count > r->row_count;
    by_key |= first && (first->period != NO_PERIOD || first->order.len || first->label_count);
    if (!by_key) {
        o.metric = 0;
        o.descending = true;
    }
    return o;
}

/* By the place among the labels, where a dimension has such. */
static struct crm_value sort_key(const struct dimension *d, const struct table_row *row, size_t i) {
    for (size_t k = 0; row->keys[i].type == CRM_VALUE_TEXT && k < d->label_count; k++)
        if (crm_str_eq(d->label_codes[k].entity, row->keys[i].text)) return crm_int((int64_t)k);
    if (d->label_count) return crm_nil();
    if (row->order[i].type != CRM_VALUE_NIL) return row->order[i];
    return row->keys[i].type == CRM_VALUE_ID ? crm_text_value(row->titles[i]) : row->keys[i];
}

static int compare_rows(const void *left, const void *right, void *ctx) {
    const struct table_row *a = *(struct table_row *const *)left,
                           *b = *(struct table_row *const *)right;
    const struct ordering *o = ctx;
    const struct report *r = o->plan->report;
    int order = 0;
    if (o->metric >= 0)
        order = compare(&a->values[o->metric], &b->values[o->metric], o->descending);
    for (size_t i = 0; order == 0 && i < r->dimension_count; i++) {
        struct crm_value x = sort_key(r->dimensions[i], a, i), y = sort_key(r->dimensions[i], b, i);
        order = compare(&x, &y, o->metric < 0 && i == 0 && o->descending);
        if (order == 0) order = compare(&a->keys[i], &b->keys[i], false);
    }
    return order;
}

/* Averages and the like of several rows cannot be told from those of each: they stay empty. */
static crm_status add_to_others(const struct plan *p, const struct table_row *row,
                                struct table_row *others, struct crm_error *err) {
    crm_status status = CRM_OK;
    for (size_t m = 0; status == CRM_OK && m < p->base_count; m++) {
        if (!p->bases[m]->additive) continue;
        status = table_add(p, p->bases[m], &others->bases[m], &row->bases[m], err);
        if (status == CRM_OK)
            status =
                table_add(p, p->bases[m], &others->previous_bases[m], &row->previous_bases[m], err);
    }
    return status;
}

crm_status table_sort(const struct plan *p, struct table *t, struct crm_error *err) {
    struct ordering o = ordering_of(p);
    size_t limit = p->report->limit ? (size_t)p->report->limit : t->row_count;
    crm_status status = CRM_OK;
    qsort_r(t->rows, t->row_count, sizeof(struct table_row *), compare_rows, &o);
    if (limit >= t->row_count) return CRM_OK;
    for (size_t i = limit; status == CRM_OK && i < t->row_count; i++)
        status = add_to_others(p, t->rows[i], &t->others, err);
    t->row_count = limit;
    t->has_others = true;
    return status;
}
