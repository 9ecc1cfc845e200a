/* Rows as a workbook: numbers, dates, times and money as what they are, everything else as a text,
 * which a spreadsheet never takes for a formula. Times are the company's local ones.
 *
 * The library writes rows to a temporary file as they come (one row of memory) and packs it at the
 * end; the packed file has no name, so that nothing stays behind. Numbers that a spreadsheet's
 * fifteen digits would not hold are texts. A sheet that is full is followed by another one. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "export_run.h"
#include "xlsx_text.h"

enum {
    CURRENCIES_MAX = 64,
    COPY_BYTES = 64 * 1024,
    PATH_BYTES = 4096,
    EPOCH_DAYS = 25569, /* 1970-01-01 in a spreadsheet's days */
    DAY_MS = 86400000
};
#define DIGITS_15 INT64_C(1000000000000000)

struct workbook {
    int file; /* -1: none */
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *head, *date, *time;
    struct {
        struct crm_currency currency;
        lxw_format *format;
    } money[CURRENCIES_MAX];
    size_t money_count;
    lxw_row_t row;
    struct crm_buf *text;
};

static crm_status failed(struct exporting *x, struct crm_error *err) {
    return x->crm->base->error_internal(err, "a workbook could not be written");
}

static const char *temporary_folder(void) {
    const char *folder = getenv("TMPDIR");
    return folder && *folder && strlen(folder) < PATH_BYTES / 2 ? folder : "/tmp";
}

/* A file without a name. */
static int open_unnamed(void) {
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/perigee-export-XXXXXX", temporary_folder());
    int file = mkstemp(path);
    if (file >= 0) unlink(path);
    return file;
}

static lxw_format *format_of(struct workbook *w, const char *code) {
    lxw_format *format = workbook_add_format(w->book);
    if (format) format_set_num_format(format, code);
    return format;
}

/* ---- cells ------------------------------------------------------------------------------------
 */

static bool put_text(struct exporting *x, lxw_col_t column, struct crm_str text, lxw_format *f) {
    struct workbook *w = x->state;
    if (text.len == 0) return true;
    x->crm->base->buf_clear(w->text);
    xlsx_text_escape(x->crm->base, text, w->text);
    x->crm->base->buf_add(w->text, "", 1);
    if (x->crm->base->buf_status(w->text) != CRM_OK) return false;
    return worksheet_write_string(w->sheet, w->row, column, x->crm->base->buf_str(w->text).ptr,
                                  f) == LXW_NO_ERROR;
}

static bool put_number(struct exporting *x, lxw_col_t column, double n, lxw_format *f) {
    struct workbook *w = x->state;
    return worksheet_write_number(w->sheet, w->row, column, n, f) == LXW_NO_ERROR;
}

/* `units` of which 10^digits are one; as a text where fifteen digits are too few. */
static bool put_exact(struct exporting *x, lxw_col_t column, int64_t units, int32_t digits,
                      lxw_format *f) {
    static const double powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    if (digits < 0 || digits > 6) return false;
    if (units < DIGITS_15 && units > -DIGITS_15)
        return put_number(x, column, (double)units / powers[digits], f);
    struct crm_buf *text = x->crm->base->buf_new(64);
    if (!text) return false;
    x->crm->base->money_format(units, digits, text);
    bool good = put_text(x, column, x->crm->base->buf_str(text), NULL);
    x->crm->base->buf_free(text);
    return good;
}

static lxw_format *money_format(struct exporting *x, struct crm_currency currency, int32_t digits) {
    struct workbook *w = x->state;
    char code[64];
    for (size_t i = 0; i < w->money_count; i++)
        if (strcmp(w->money[i].currency.code, currency.code) == 0) return w->money[i].format;
    if (w->money_count == CURRENCIES_MAX) return NULL;
    snprintf(code, sizeof code, "#,##0%s%.*s\\ [$%s]", digits > 0 ? "." : "", digits, "000000",
             currency.code);
    w->money[w->money_count].currency = currency;
    return w->money[w->money_count++].format = format_of(w, code);
}

static bool put_money(struct exporting *x, lxw_col_t column, const struct crm_value *v) {
    const struct crm_base *base = x->crm->base;
    int32_t digits = base->currency_digits(v->currency);
    lxw_format *format = money_format(x, v->currency, digits);
    if (format && v->integer < DIGITS_15 && v->integer > -DIGITS_15)
        return put_exact(x, column, v->integer, digits, format);
    struct crm_buf *text = base->buf_new(64);
    if (!text) return false;
    base->money_format(v->integer, digits, text);
    base->buf_add(text, " ", 1);
    base->buf_add(text, v->currency.code, strlen(v->currency.code));
    bool good = put_text(x, column, base->buf_str(text), NULL);
    base->buf_free(text);
    return good;
}

/* Before 1900-03-01 spreadsheets count days in their own ways. */
static bool put_date(struct exporting *x, lxw_col_t column, int64_t days) {
    struct workbook *w = x->state;
    if (days + EPOCH_DAYS > 60 && days + EPOCH_DAYS < 2958466)
        return put_number(x, column, (double)(days + EPOCH_DAYS), w->date);
    struct crm_buf *text = x->crm->base->buf_new(64);
    if (!text) return false;
    x->crm->base->date_format(days, text);
    bool good = put_text(x, column, x->crm->base->buf_str(text), NULL);
    x->crm->base->buf_free(text);
    return good;
}

/* A moment that the company's clock shows twice stays a text with its zone. */
static bool put_time(struct exporting *x, lxw_col_t column, int64_t ms) {
    const struct crm_base *base = x->crm->base;
    struct workbook *w = x->state;
    struct crm_civil local;
    struct crm_error ignored;
    int64_t back = 0;
    bool once =
        base->time_local(x->crm->host, x->company.zone, ms, &local, &ignored) == CRM_OK &&
        base->time_from_local(x->crm->host, x->company.zone, &local, &back, &ignored) == CRM_OK &&
        back == ms;
    int64_t days = once ? base->date_from_civil(local.year, local.month, local.day) : 0;
    if (once && days + EPOCH_DAYS > 60 && days + EPOCH_DAYS < 2958466) {
        int64_t of_day =
            ((local.hour * INT64_C(60) + local.minute) * 60 + local.second) * 1000 + local.ms;
        return put_number(x, column, (double)(days + EPOCH_DAYS) + (double)of_day / DAY_MS,
                          w->time);
    }
    struct crm_buf *text = base->buf_new(64);
    if (!text) return false;
    base->time_format(ms, text);
    bool good = put_text(x, column, base->buf_str(text), NULL);
    base->buf_free(text);
    return good;
}

static bool put_items(struct exporting *x, lxw_col_t column, const struct crm_cell *cell) {
    struct crm_buf *text = x->crm->base->buf_new(EXPORT_BUFFER_BYTES_MAX);
    if (!text) return false;
    export_items_text(x->crm->base, cell, text);
    bool good = put_text(x, column, x->crm->base->buf_str(text), NULL);
    x->crm->base->buf_free(text);
    return good;
}

static bool put_cell(struct exporting *x, lxw_col_t column, int32_t type,
                     const struct crm_cell *cell) {
    struct workbook *w = x->state;
    const struct crm_value *v = &cell->value;
    if (type == CRM_FIELD_CHILDREN) return true;
    if (type == CRM_FIELD_LABELLED || type == CRM_FIELD_LINKS || type == CRM_FIELD_CHOICES)
        return put_items(x, column, cell);
    switch (v->type) {
    case CRM_VALUE_BOOL:
        return worksheet_write_boolean(w->sheet, w->row, column, v->boolean, NULL) == LXW_NO_ERROR;
    case CRM_VALUE_INT:
        return put_exact(x, column, v->integer, 0, NULL);
    case CRM_VALUE_DECIMAL:
        return put_exact(x, column, v->integer, 6, NULL);
    case CRM_VALUE_MONEY:
        return put_money(x, column, v);
    case CRM_VALUE_TEXT:
        return put_text(x, column, v->text, NULL);
    case CRM_VALUE_DATE:
        return put_date(x, column, v->integer);
    case CRM_VALUE_TIME:
        return put_time(x, column, v->integer);
    case CRM_VALUE_ID:
        return put_text(x, column, cell->title, NULL);
    default:
        return true;
    }
}

/* ---- sheets -----------------------------------------------------------------------------------
 */

static double width_of(const struct crm_field_facts *facts) {
    switch (facts->value_type) {
    case CRM_VALUE_DATE:
    case CRM_VALUE_BOOL:
    case CRM_VALUE_INT:
        return 12;
    case CRM_VALUE_TIME:
        return 19;
    default:
        return 24;
    }
}

static bool add_sheet(struct exporting *x) {
    struct workbook *w = x->state;
    w->sheet = workbook_add_worksheet(w->book, NULL);
    if (!w->sheet) return false;
    w->row = 0;
    worksheet_freeze_panes(w->sheet, 1, 0);
    worksheet_set_column(w->sheet, 0, 0, 21, NULL);
    bool good = put_text(x, 0, CRM_STR("id"), w->head);
    for (size_t i = 0; good && i < x->field_count; i++) {
        lxw_col_t column = (lxw_col_t)(i + 1);
        worksheet_set_column(w->sheet, column, column, width_of(&x->facts[i]), NULL);
        good = put_text(x, column, x->paths[i], w->head);
    }
    return good;
}

static bool make_formats(struct workbook *w) {
    w->head = workbook_add_format(w->book);
    w->date = format_of(w, "yyyy\\-mm\\-dd");
    w->time = format_of(w, "yyyy\\-mm\\-dd hh:mm:ss");
    if (w->head) format_set_bold(w->head);
    return w->head && w->date && w->time;
}

static crm_status begin(struct exporting *x, struct crm_error *err) {
    struct workbook *w = calloc(1, sizeof *w);
    char path[64];
    if (!w) return x->crm->base->error_no_memory(err);
    x->state = w;
    w->file = open_unnamed();
    if (w->file < 0) return failed(x, err);
    snprintf(path, sizeof path, "/proc/self/fd/%d", w->file);
    lxw_workbook_options options = {.constant_memory = LXW_TRUE,
                                    .tmpdir = (char *)(uintptr_t)temporary_folder(),
                                    .use_zip64 = LXW_TRUE};
    w->book = workbook_new_opt(path, &options);
    w->text = x->crm->base->buf_new(EXPORT_BUFFER_BYTES_MAX);
    if (!w->book || !w->text) return x->crm->base->error_no_memory(err);
    return make_formats(w) && add_sheet(x) ? CRM_OK : failed(x, err);
}

static crm_status add_row(struct exporting *x, const struct crm_row *row, struct crm_error *err) {
    struct workbook *w = x->state;
    char id[24];
    if (++w->row >= LXW_ROW_MAX) {
        if (!add_sheet(x)) return failed(x, err);
        w->row = 1;
    }
    int len = snprintf(id, sizeof id, "%lld", (long long)row->id);
    bool good = put_text(x, 0, crm_str_make(id, (size_t)len), NULL);
    for (size_t i = 0; good && i < x->field_count; i++)
        good = put_cell(x, (lxw_col_t)(i + 1), x->facts[i].type, &row->cells[i]);
    return good ? CRM_OK : failed(x, err);
}

static crm_status end(struct exporting *x, struct crm_error *err) {
    struct workbook *w = x->state;
    lxw_error closed = workbook_close(w->book);
    w->book = NULL;
    char *piece = x->crm->base->arena_alloc(x->a, COPY_BYTES);
    if (!piece) return x->crm->base->error_no_memory(err);
    if (closed != LXW_NO_ERROR) return failed(x, err);
    for (off_t at = 0;;) {
        ssize_t len = pread(w->file, piece, COPY_BYTES, at);
        if (len < 0) return failed(x, err);
        if (len == 0) return CRM_OK;
        at += len;
        x->crm->base->buf_add(x->out, piece, (size_t)len);
        crm_status status = export_flush(x, err);
        if (status != CRM_OK) return status;
    }
}

static void drop(struct exporting *x) {
    struct workbook *w = x->state;
    if (!w) return;
    if (w->book) workbook_close(w->book);
    if (w->file >= 0) close(w->file);
    if (w->text) x->crm->base->buf_free(w->text);
    free(w);
}

const struct export_kind export_xlsx = {
    .word = "xlsx",
    .content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    .disposition = "attachment; filename=\"export.xlsx\"",
    .begin = begin,
    .row = add_row,
    .end = end,
    .drop = drop};
