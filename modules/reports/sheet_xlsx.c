/* A report as a workbook: one sheet of real numbers, dates and money under a head that stays, and
 * one that says what they are.
 *
 * The library writes rows to a temporary file as they come and packs it at the end into one without
 * a name, so that nothing stays behind. Numbers that fifteen digits would not hold are texts. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "sheet.h"

enum {
    CELL_BYTES_MAX = 32000,
    COPY_BYTES = 64 * 1024,
    PATH_BYTES = 4096,
    FIRST_DAY = 25569, /* 1970-01-01 in a spreadsheet's days */
    DAYS_END = 2958466
};
#define DIGITS_15 INT64_C(1000000000000000)

/* Formats of cells, plain and of the total. */
enum look { LOOK_TEXT, LOOK_COUNT, LOOK_DECIMAL, LOOK_SHARE, LOOK_MONEY, LOOK_DAY, LOOK_COUNT_OF };

struct book {
    const struct sheet *sheet;
    const struct crm_base *base;
    int file; /* -1: none */
    lxw_workbook *book;
    lxw_worksheet *page;
    lxw_format *head, *formats[2][LOOK_COUNT_OF];
    char *text; /* CELL_BYTES_MAX + 1 */
    lxw_row_t row;
};

/* ---- cells --------------------------------------------------------------------------------------
 */

/* XML has no characters for most of those below a blank. */
static const char *cell_text(struct book *w, struct crm_str s) {
    size_t len = s.len < CELL_BYTES_MAX ? s.len : CELL_BYTES_MAX;
    while (len < s.len && len > 0 && ((unsigned char)s.ptr[len] & 0xC0) == 0x80)
        len--;
    for (size_t i = 0; i < len; i++)
        w->text[i] = (unsigned char)s.ptr[i] < ' ' && s.ptr[i] != '\n' ? ' ' : s.ptr[i];
    w->text[len] = '\0';
    return w->text;
}

static bool put_text(struct book *w, lxw_col_t column, struct crm_str s, lxw_format *f) {
    if (!s.len) return true;
    return worksheet_write_string(w->page, w->row, column, cell_text(w, s), f) == LXW_NO_ERROR;
}

static enum look look_of(const struct metric *m, const struct crm_value *v) {
    if (v->type == CRM_VALUE_MONEY) return LOOK_MONEY;
    if (v->type == CRM_VALUE_DATE) return LOOK_DAY;
    if (m && crm_str_is(m->unit, "percent")) return LOOK_SHARE;
    return v->type == CRM_VALUE_INT ? LOOK_COUNT : LOOK_DECIMAL;
}

static bool put_number(struct book *w, lxw_col_t column, const struct metric *m,
                       const struct crm_value *v, bool is_total) {
    static const double powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    int32_t digits = v->type == CRM_VALUE_DECIMAL ? 6
                     : v->type == CRM_VALUE_MONEY ? w->base->currency_digits(v->currency)
                                                  : 0;
    lxw_format *format = w->formats[is_total][look_of(m, v)];
    bool exact = digits >= 0 && digits <= 6 && v->integer < DIGITS_15 && v->integer > -DIGITS_15;
    if (exact)
        return worksheet_write_number(w->page, w->row, column, (double)v->integer / powers[digits],
                                      format) == LXW_NO_ERROR;
    struct crm_buf *text = w->base->buf_new(64);
    if (!text) return false;
    if (v->type == CRM_VALUE_DECIMAL)
        w->base->decimal_format(v->integer, -1, text);
    else
        w->base->money_format(v->integer, digits, text);
    bool good = put_text(w, column, w->base->buf_str(text), format);
    w->base->buf_free(text);
    return good;
}

static bool put_day(struct book *w, lxw_col_t column, int64_t day) {
    int64_t number = day + FIRST_DAY;
    if (number > 60 && number < DAYS_END)
        return worksheet_write_number(w->page, w->row, column, (double)number,
                                      w->formats[0][LOOK_DAY]) == LXW_NO_ERROR;
    struct crm_buf *text = w->base->buf_new(64);
    if (!text) return false;
    w->base->date_format(day, text);
    bool good = put_text(w, column, w->base->buf_str(text), NULL);
    w->base->buf_free(text);
    return good;
}

/* A value that rows stand under: no count, so that a year stays 2026. */
static bool put_whole(struct book *w, lxw_col_t column, const struct sheet_cell *cell) {
    int64_t n = cell->value.integer;
    return n < DIGITS_15 && n > -DIGITS_15
               ? worksheet_write_number(w->page, w->row, column, (double)n, NULL) == LXW_NO_ERROR
               : put_text(w, column, cell->text, NULL);
}

static bool put_cell(struct book *w, lxw_col_t column, const struct sheet_cell *cell,
                     bool is_total) {
    const struct crm_value *v = &cell->value;
    lxw_format *text = is_total ? w->formats[1][LOOK_TEXT] : NULL;
    if (!cell->metric && v->type == CRM_VALUE_DATE) return put_day(w, column, v->integer);
    if (!cell->metric && v->type == CRM_VALUE_INT) return put_whole(w, column, cell);
    if (!cell->metric && v->type != CRM_VALUE_DECIMAL) return put_text(w, column, cell->text, text);
    switch (v->type) {
    case CRM_VALUE_INT:
    case CRM_VALUE_DECIMAL:
    case CRM_VALUE_MONEY:
        return put_number(w, column, cell->metric, v, is_total);
    case CRM_VALUE_DATE:
        return put_day(w, column, v->integer);
    case CRM_VALUE_TEXT:
        return put_text(w, column, v->text, text);
    default:
        return true;
    }
}

/* ---- pages --------------------------------------------------------------------------------------
 */

static bool put_row(struct book *w, const struct table_row *row, size_t number,
                    enum sheet_word called) {
    bool good = true;
    for (size_t i = 0; good && i < w->sheet->columns; i++) {
        struct sheet_cell cell = sheet_cell(w->sheet, row, number, called, i);
        good = put_cell(w, (lxw_col_t)i, &cell, number == SHEET_OF_ALL);
    }
    w->row++;
    return good;
}

static bool put_table(struct book *w) {
    const struct sheet *s = w->sheet;
    const struct table *t = s->table;
    char name[32];
    snprintf(name, sizeof name, "%s", sheet_word(s, SHEET_REPORT).ptr);
    w->page = workbook_add_worksheet(w->book, name);
    if (!w->page) return false;
    worksheet_freeze_panes(w->page, 1, 0);
    worksheet_repeat_rows(w->page, 0, 0);
    worksheet_set_landscape(w->page);
    worksheet_set_column(w->page, 0, (lxw_col_t)(s->columns - 1), 18, NULL);
    bool good = true;
    for (size_t i = 0; good && i < s->columns; i++)
        good = put_text(w, (lxw_col_t)i, sheet_head(s, i).text, w->head);
    w->row = 1;
    for (size_t i = 0; good && i < t->row_count; i++)
        good = put_row(w, t->rows[i], i + 1, SHEET_TOTAL);
    if (good && t->row_count)
        good = worksheet_autofilter(w->page, 0, 0, w->row - 1, (lxw_col_t)(s->columns - 1)) ==
               LXW_NO_ERROR;
    if (good && t->has_others) good = put_row(w, &t->others, SHEET_OF_ALL, SHEET_OTHERS);
    return good && put_row(w, &t->total, SHEET_OF_ALL, SHEET_TOTAL);
}

static bool put_line(void *ctx, struct crm_str what, struct crm_str text, struct crm_str more) {
    struct book *w = ctx;
    bool is_title = what.len && !text.len && !more.len;
    bool good = put_text(w, 0, what, is_title ? w->head : NULL) && put_text(w, 1, text, NULL) &&
                put_text(w, 2, more, NULL);
    w->row++;
    return good;
}

static bool put_about(struct book *w) {
    char name[64];
    snprintf(name, sizeof name, "%s", sheet_word(w->sheet, SHEET_ABOUT).ptr);
    w->page = workbook_add_worksheet(w->book, name);
    if (!w->page) return false;
    worksheet_set_column(w->page, 0, 0, 28, NULL);
    worksheet_set_column(w->page, 1, 2, 60, NULL);
    w->row = 0;
    return sheet_about(w->sheet, put_line, w);
}

/* ---- the file -----------------------------------------------------------------------------------
 */

static const char *temporary_folder(void) {
    const char *folder = getenv("TMPDIR");
    return folder && *folder && strlen(folder) < PATH_BYTES / 2 ? folder : "/tmp";
}

static bool make_formats(struct book *w) {
    char money[64];
    struct crm_company company = {.size = sizeof company};
    struct crm_error ignored;
    const struct plan *p = w->sheet->plan;
    if (w->base->company(p->crm->host, p->arena, &company, &ignored) != CRM_OK) return false;
    snprintf(money, sizeof money, "#,##0%s%.*s\\ [$%s]", company.base_digits > 0 ? "." : "",
             (int)company.base_digits, "000000", company.base_currency.code);
    const char *const codes[LOOK_COUNT_OF] = {"@",    "#,##0", "#,##0.0#####",
                                              "0.0%", money,   "yyyy\\-mm\\-dd"};
    w->head = workbook_add_format(w->book);
    if (!w->head) return false;
    format_set_bold(w->head);
    format_set_text_wrap(w->head);
    for (int total = 0; total < 2; total++)
        for (int look = 0; look < LOOK_COUNT_OF; look++) {
            lxw_format *f = w->formats[total][look] = workbook_add_format(w->book);
            if (!f) return false;
            format_set_num_format(f, codes[look]);
            if (total) format_set_bold(f);
            if (total) format_set_top(f, LXW_BORDER_THIN);
        }
    return true;
}

static bool write_book(struct book *w) {
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/perigee-report-XXXXXX", temporary_folder());
    w->file = mkstemp(path);
    if (w->file < 0) return false;
    unlink(path);
    snprintf(path, sizeof path, "/proc/self/fd/%d", w->file);
    lxw_workbook_options options = {.constant_memory = LXW_TRUE,
                                    .tmpdir = (char *)(uintptr_t)temporary_folder()};
    w->book = workbook_new_opt(path, &options);
    bool good = w->book && make_formats(w) && put_table(w) && put_about(w);
    if (w->book) good &= workbook_close(w->book) == LXW_NO_ERROR;
    return good;
}

static crm_status send_file(const struct sheet *s, int file, char *piece, struct crm_error *err) {
    crm_status status = sheet_open(
        s, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", err);
    for (off_t at = 0; status == CRM_OK;) {
        ssize_t len = pread(file, piece, COPY_BYTES, at);
        if (len < 0) return s->plan->crm->base->error_internal(err, "a workbook cannot be read");
        if (len == 0) break;
        at += len;
        status =
            s->plan->crm->http->stream_write(s->request, crm_str_make(piece, (size_t)len), err);
    }
    return status;
}

crm_status sheet_xlsx(const struct sheet *s, struct crm_error *err) {
    struct book w = {.sheet = s, .base = s->plan->crm->base, .file = -1};
    w.text = w.base->arena_alloc(s->plan->arena, COPY_BYTES);
    if (!w.text) return w.base->error_no_memory(err);
    crm_status status = write_book(&w)
                            ? send_file(s, w.file, w.text, err)
                            : w.base->error_internal(err, "a workbook could not be written");
    if (w.file >= 0) close(w.file);
    return status;
}
