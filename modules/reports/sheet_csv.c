/* A report as CSV: dates and numbers plain, so that programs read them; texts that a spreadsheet
 * would take for a formula stand behind an apostrophe. */
#include "sheet.h"

enum { CSV_BYTES_MAX = 32 * 1024 * 1024, FLUSH_BYTES = 64 * 1024 };

struct csv {
    const struct sheet *sheet;
    const struct crm_base *base;
    struct crm_buf *out;
    struct crm_error *err;
};

static void put_text(struct csv *w, struct crm_str text) {
    bool guard = text.len && strchr("=+-@\t\r\n'", text.ptr[0]) && text.ptr[0] != '\0';
    w->base->buf_add(w->out, guard ? "\"'" : "\"", guard ? 2 : 1);
    for (size_t i = 0; i < text.len; i++)
        w->base->buf_add(w->out, text.ptr[i] == '"' ? "\"\"" : &text.ptr[i],
                         text.ptr[i] == '"' ? 2 : 1);
    w->base->buf_add(w->out, "\"", 1);
}

static void put_figure(struct csv *w, const struct crm_value *v) {
    const struct crm_base *base = w->base;
    switch (v->type) {
    case CRM_VALUE_INT:
        base->buf_add_int64(w->out, v->integer);
        break;
    case CRM_VALUE_DECIMAL:
        base->decimal_format(v->integer, -1, w->out);
        break;
    case CRM_VALUE_MONEY:
        base->money_format(v->integer, base->currency_digits(v->currency), w->out);
        break;
    case CRM_VALUE_DATE:
        base->date_format(v->integer, w->out);
        break;
    case CRM_VALUE_TIME:
        base->time_format(v->integer, w->out);
        break;
    default:
        break;
    }
}

static void put_cell(struct csv *w, const struct sheet_cell *cell, size_t column) {
    if (column) w->base->buf_add(w->out, ",", 1);
    int32_t type = cell->value.type;
    if (cell->metric || type == CRM_VALUE_DATE || type == CRM_VALUE_TIME || type == CRM_VALUE_INT ||
        type == CRM_VALUE_DECIMAL)
        put_figure(w, &cell->value);
    else
        put_text(w, cell->text);
}

static crm_status flush(struct csv *w, size_t from) {
    const struct crm *crm = w->sheet->plan->crm;
    struct crm_str bytes = w->base->buf_str(w->out);
    if (w->base->buf_status(w->out) != CRM_OK) return w->base->error_no_memory(w->err);
    if (bytes.len < from) return CRM_OK;
    crm_status status = crm->http->stream_write(w->sheet->request, bytes, w->err);
    w->base->buf_clear(w->out);
    return status;
}

static crm_status put_row(struct csv *w, const struct table_row *row, size_t number,
                          enum sheet_word called) {
    for (size_t i = 0; i < w->sheet->columns; i++) {
        struct sheet_cell cell =
            row ? sheet_cell(w->sheet, row, number, called, i) : sheet_head(w->sheet, i);
        put_cell(w, &cell, i);
    }
    w->base->buf_add(w->out, "\r\n", 2);
    return flush(w, FLUSH_BYTES);
}

static crm_status put_table(struct csv *w) {
    const struct table *t = w->sheet->table;
    w->base->buf_add(w->out, "\xEF\xBB\xBF", 3);
    crm_status status = put_row(w, NULL, 0, SHEET_TOTAL);
    for (size_t i = 0; status == CRM_OK && i < t->row_count; i++)
        status = put_row(w, t->rows[i], i + 1, SHEET_TOTAL);
    if (status == CRM_OK && t->has_others)
        status = put_row(w, &t->others, SHEET_OF_ALL, SHEET_OTHERS);
    if (status == CRM_OK) status = put_row(w, &t->total, SHEET_OF_ALL, SHEET_TOTAL);
    return status == CRM_OK ? flush(w, 1) : status;
}

crm_status sheet_csv(const struct sheet *s, struct crm_error *err) {
    struct csv w = {.sheet = s, .base = s->plan->crm->base, .err = err};
    crm_status status = sheet_open(s, "csv", "text/csv; charset=utf-8", err);
    if (status != CRM_OK) return status;
    w.out = w.base->buf_new(CSV_BYTES_MAX);
    if (!w.out) return w.base->error_no_memory(err);
    status = put_table(&w);
    w.base->buf_free(w.out);
    return status;
}
