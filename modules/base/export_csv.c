/* Rows as CSV that spreadsheets cannot be tricked with: see export.h. */
#include "export_run.h"

void export_items_text(const struct crm_base *base, const struct crm_cell *cell,
                       struct crm_buf *text) {
    for (size_t i = 0; i < cell->item_count; i++) {
        const struct crm_value *v = &cell->items[i].value;
        struct crm_str part = v->type == CRM_VALUE_TEXT ? v->text
                              : cell->item_titles       ? cell->item_titles[i]
                                                        : CRM_STR("");
        if (i > 0) base->buf_add(text, "; ", 2);
        base->buf_add(text, part.ptr, part.len);
    }
}

static bool needs_guard(struct crm_str text) {
    size_t at = 0;
    while (at < text.len && text.ptr[at] == '\'')
        at++;
    return at < text.len && strchr("=+@\t\r\n-", text.ptr[at]);
}

static void add_quoted(struct exporting *x, struct crm_str text, bool guard) {
    const struct crm_base *base = x->crm->base;
    bool quote = text.len > 0 && (text.ptr[0] == ' ' || text.ptr[text.len - 1] == ' ');
    for (size_t i = 0; !quote && i < text.len; i++)
        quote = strchr(",;\"\r\n\t", text.ptr[i]) != NULL;
    if (quote) base->buf_add(x->out, "\"", 1);
    if (guard && needs_guard(text)) base->buf_add(x->out, "'", 1);
    while (quote && text.len > 0) {
        const char *mark = memchr(text.ptr, '"', text.len);
        size_t len = mark ? (size_t)(mark - text.ptr) + 1 : text.len;
        base->buf_add(x->out, text.ptr, len);
        if (mark) base->buf_add(x->out, "\"", 1);
        text = crm_str_make(text.ptr + len, text.len - len);
    }
    if (!quote) base->buf_add(x->out, text.ptr, text.len);
    if (quote) base->buf_add(x->out, "\"", 1);
}

static void add_money(struct exporting *x, const struct crm_value *v) {
    const struct crm_base *base = x->crm->base;
    base->money_format(v->integer, base->currency_digits(v->currency), x->out);
    if (strcmp(v->currency.code, x->company.base_currency.code) == 0) return;
    base->buf_add(x->out, " ", 1);
    base->buf_add(x->out, v->currency.code, strlen(v->currency.code));
}

static void add_value(struct exporting *x, const struct crm_value *v, struct crm_str title) {
    const struct crm_base *base = x->crm->base;
    switch (v->type) {
    case CRM_VALUE_BOOL:
        base->buf_add(x->out, v->boolean ? "true" : "false", v->boolean ? 4 : 5);
        break;
    case CRM_VALUE_INT:
        base->buf_add_int64(x->out, v->integer);
        break;
    case CRM_VALUE_DECIMAL:
        base->decimal_format(v->integer, -1, x->out);
        break;
    case CRM_VALUE_MONEY:
        add_money(x, v);
        break;
    case CRM_VALUE_TEXT:
        add_quoted(x, v->text, true);
        break;
    case CRM_VALUE_DATE:
        base->date_format(v->integer, x->out);
        break;
    case CRM_VALUE_TIME:
        base->time_format(v->integer, x->out);
        break;
    case CRM_VALUE_ID:
        add_quoted(x, title, true);
        break;
    default:
        break;
    }
}

/* E-mails, tags and the like: their texts, parted by semicolons, as one cell. */
static void add_items(struct exporting *x, const struct crm_cell *cell) {
    const struct crm_base *base = x->crm->base;
    struct crm_buf *text = base->buf_new(EXPORT_BUFFER_BYTES_MAX);
    if (!text) return;
    export_items_text(base, cell, text);
    add_quoted(x, base->buf_str(text), true);
    base->buf_free(text);
}

static void add_csv_cell(struct exporting *x, size_t i, const struct crm_cell *cell) {
    int32_t type = x->facts[i].type;
    if (type == CRM_FIELD_CHILDREN) return;
    if (type == CRM_FIELD_LABELLED || type == CRM_FIELD_LINKS || type == CRM_FIELD_CHOICES)
        add_items(x, cell);
    else
        add_value(x, &cell->value, cell->title);
}

static crm_status add_csv_row(struct exporting *x, const struct crm_row *row,
                              struct crm_error *err) {
    (void)err;
    x->crm->base->buf_add_int64(x->out, row->id);
    for (size_t i = 0; i < x->field_count; i++) {
        x->crm->base->buf_add(x->out, ",", 1);
        add_csv_cell(x, i, &row->cells[i]);
    }
    x->crm->base->buf_add(x->out, "\r\n", 2);
    return CRM_OK;
}

static crm_status add_csv_header(struct exporting *x, struct crm_error *err) {
    (void)err;
    x->crm->base->buf_add(x->out,
                          "\xEF\xBB\xBF"
                          "id",
                          5);
    for (size_t i = 0; i < x->field_count; i++) {
        x->crm->base->buf_add(x->out, ",", 1);
        add_quoted(x, x->paths[i], false);
    }
    x->crm->base->buf_add(x->out, "\r\n", 2);
    return CRM_OK;
}

const struct export_kind export_csv = {.word = "csv",
                                       .content_type = "text/csv; charset=utf-8",
                                       .disposition = "attachment; filename=\"export.csv\"",
                                       .begin = add_csv_header,
                                       .row = add_csv_row};
