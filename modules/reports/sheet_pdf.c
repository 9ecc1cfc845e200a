/* A report as pages: the table under a head that comes again on each, figures in line on the right,
 * then what they are and what was left out, page numbers below.
 *
 * Shaped by Pango with a font map of its own, so that exports on several threads share nothing, and
 * drawn by cairo into memory. Pages are bounded: what does not fit is said. */
#include <pango/pangocairo.h>
#include <stdio.h>
#include <cairo-pdf.h>

#include "sheet.h"
#include "texts.h"

enum {
    PDF_BYTES_MAX = 32 * 1024 * 1024,
    PAGES_MAX = 300,
    COLUMNS_MAX = 40,
    MEASURED_ROWS = 200,
    CELL_BYTES = 300, /* more than a line holds */
    SEND_BYTES = 64 * 1024
};
/* Points; A4 on its side. */
static const double WIDTH = 842, HEIGHT = 595, MARGIN = 36, GAP = 8, LEAST = 34, MOST = 220,
                    LINE = 14;

struct paper {
    const struct sheet *sheet;
    const struct crm_base *base;
    struct crm_buf *bytes;
    PangoFontMap *fonts;
    PangoContext *context;
    cairo_surface_t *surface;
    cairo_t *cairo;
    double at; /* from the top */
    int page;
    bool is_full; /* PAGES_MAX */
    double widths[COLUMNS_MAX];
    size_t columns;
};

/* ---- figures ------------------------------------------------------------------------------------
 */

/* `value` of 10^-scale with `shown` digits behind the point, half away from nothing. */
static struct crm_str number_text(const struct paper *w, int64_t value, int32_t scale,
                                  int32_t shown) {
    bool is_ru = w->sheet->actor.language == CRM_LANGUAGE_RU;
    uint64_t n = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value, unit = 1;
    char digits[24], behind[16] = "", text[64];
    size_t len = 0;
    for (; scale > shown; scale--)
        n = n / 10 + (scale == shown + 1 && n % 10 >= 5);
    for (int32_t i = 0; i < scale; i++)
        unit *= 10;
    int whole = snprintf(digits, sizeof digits, "%llu", (unsigned long long)(n / unit));
    if (value < 0) text[len++] = '-';
    for (int i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0)
            for (const char *mark = is_ru ? "\u00a0" : ","; *mark; mark++)
                text[len++] = *mark;
        text[len++] = digits[i];
    }
    text[len] = '\0';
    for (int32_t i = scale; i > 0; i--, n /= 10)
        behind[i - 1] = (char)('0' + n % 10);
    return plan_text(w->sheet->plan, "%s%s%s", text, scale <= 0 ? "" : is_ru ? "," : ".", behind);
}

static struct crm_str figure_text(const struct paper *w, const struct metric *m,
                                  const struct crm_value *v) {
    const struct plan *p = w->sheet->plan;
    struct crm_str number;
    switch (v->type) {
    case CRM_VALUE_INT:
        return number_text(w, v->integer, 0, 0);
    case CRM_VALUE_MONEY:
        number = number_text(w, v->integer, w->base->currency_digits(v->currency), 6);
        return plan_text(p, "%.*s\u00a0%s", (int)number.len, number.ptr, v->currency.code);
    case CRM_VALUE_DECIMAL:
        if (!m || !crm_str_is(m->unit, "percent")) return number_text(w, v->integer, 6, 1);
        number = number_text(w, v->integer, 4, 1); /* a share in hundredths */
        return plan_text(p, "%.*s\u00a0%%", (int)number.len, number.ptr);
    default:
        return v->type == CRM_VALUE_NIL ? CRM_STR("\u2013") : v->text;
    }
}

static struct crm_str day_text(const struct paper *w, const struct sheet_cell *cell) {
    struct crm_civil day;
    w->base->date_to_civil(cell->value.integer, &day);
    const struct plan *p = w->sheet->plan;
    if (cell->period == CRM_PERIOD_YEAR) return plan_text(p, "%04d", (int)day.year);
    if (cell->period == CRM_PERIOD_MONTH)
        return plan_text(p, "%04d-%02d", (int)day.year, (int)day.month);
    return plan_text(p, "%04d-%02d-%02d", (int)day.year, (int)day.month, (int)day.day);
}

static struct crm_str cell_text(const struct paper *w, const struct sheet_cell *cell) {
    if (cell->metric && cell->value.type != CRM_VALUE_DATE)
        return figure_text(w, cell->metric, &cell->value);
    if (cell->value.type == CRM_VALUE_DATE) return day_text(w, cell);
    return !cell->text.len && cell->value.type == CRM_VALUE_DECIMAL
               ? figure_text(w, NULL, &cell->value)
               : cell->text;
}

/* ---- drawing ------------------------------------------------------------------------------------
 */

struct style {
    double size, width; /* width 0: as wide as it is */
    bool is_bold, is_right, wraps;
};

static PangoLayout *layout_of(const struct paper *w, struct crm_str text,
                              const struct style *style) {
    PangoLayout *layout = pango_layout_new(w->context);
    PangoFontDescription *font = pango_font_description_new();
    size_t len = text.len < CELL_BYTES || style->wraps ? text.len : CELL_BYTES;
    while (len < text.len && len > 0 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
        len--;
    pango_font_description_set_family_static(font, "Inter, DejaVu Sans, sans-serif");
    pango_font_description_set_absolute_size(font, style->size * PANGO_SCALE);
    if (style->is_bold) pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_text(layout, text.len ? text.ptr : "", (int)len);
    pango_layout_set_single_paragraph_mode(layout, !style->wraps);
    if (style->width > 0) pango_layout_set_width(layout, (int)(style->width * PANGO_SCALE));
    if (style->is_right) pango_layout_set_alignment(layout, PANGO_ALIGN_RIGHT);
    if (style->wraps)
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    else
        pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    return layout;
}

static double height_of(const struct paper *w, struct crm_str text, const struct style *style) {
    PangoLayout *layout = layout_of(w, text, style);
    int width, height;
    pango_layout_get_size(layout, &width, &height);
    g_object_unref(layout);
    return (double)height / PANGO_SCALE;
}

static double draw(const struct paper *w, struct crm_str text, double x, double y,
                   const struct style *style) {
    PangoLayout *layout = layout_of(w, text, style);
    int width, height;
    pango_layout_get_size(layout, &width, &height);
    cairo_move_to(w->cairo, x, y);
    pango_cairo_show_layout(w->cairo, layout);
    g_object_unref(layout);
    return (double)height / PANGO_SCALE;
}

static void rule(const struct paper *w, double y) {
    cairo_set_line_width(w->cairo, 0.5);
    cairo_set_source_rgb(w->cairo, 0.7, 0.7, 0.75);
    cairo_move_to(w->cairo, MARGIN, y);
    cairo_line_to(w->cairo, WIDTH - MARGIN, y);
    cairo_stroke(w->cairo);
    cairo_set_source_rgb(w->cairo, 0, 0, 0);
}

static void put_foot(const struct paper *w) {
    const struct style left = {.size = 7, .width = 600},
                       right = {.size = 7, .width = 120, .is_right = true};
    const struct report *r = w->sheet->plan->report;
    draw(w, label_in(&r->label, w->sheet->actor.language), MARGIN, HEIGHT - 26, &left);
    draw(w, plan_text(w->sheet->plan, "%d", w->page), WIDTH - MARGIN - 120, HEIGHT - 26, &right);
}

/* ---- pages --------------------------------------------------------------------------------------
 */

static bool is_figure(const struct paper *w, size_t column) {
    const struct report *r = w->sheet->plan->report;
    return column >= r->dimension_count + (r->numbers ? 1 : 0);
}

static void put_head(struct paper *w) {
    double x = MARGIN, most = 0;
    for (size_t i = 0; i < w->columns; i++) {
        const struct style style = {.size = 8,
                                    .width = w->widths[i],
                                    .is_bold = true,
                                    .wraps = true,
                                    .is_right = is_figure(w, i)};
        struct sheet_cell cell = sheet_head(w->sheet, i);
        double height = draw(w, cell.text, x, w->at, &style);
        if (height > most) most = height;
        x += w->widths[i] + GAP;
    }
    w->at += most + 3;
    rule(w, w->at);
    w->at += 3;
}

/* Room for `height`, on a new page if there is none; false when there may be no more. */
static bool make_room(struct paper *w, double height, bool with_head) {
    if (w->at + height <= HEIGHT - MARGIN - 8) return true;
    if (w->page == PAGES_MAX) w->is_full = true;
    if (w->is_full) return false;
    put_foot(w);
    cairo_show_page(w->cairo);
    w->page++;
    w->at = MARGIN;
    if (with_head) put_head(w);
    return true;
}

static bool put_row(struct paper *w, const struct table_row *row, size_t number,
                    enum sheet_word called) {
    double x = MARGIN;
    if (!make_room(w, LINE, true)) return false;
    if (number == SHEET_OF_ALL) rule(w, w->at - 1);
    for (size_t i = 0; i < w->columns; i++) {
        const struct style style = {.size = 8,
                                    .width = w->widths[i],
                                    .is_bold = number == SHEET_OF_ALL,
                                    .is_right = is_figure(w, i)};
        struct sheet_cell cell = sheet_cell(w->sheet, row, number, called, i);
        draw(w, cell_text(w, &cell), x, w->at, &style);
        x += w->widths[i] + GAP;
    }
    w->at += LINE;
    return true;
}

static double natural(const struct paper *w, struct crm_str text, bool is_bold) {
    const struct style style = {.size = 8, .is_bold = is_bold};
    PangoLayout *layout = layout_of(w, text, &style);
    int width, height;
    pango_layout_get_size(layout, &width, &height);
    g_object_unref(layout);
    return (double)width / PANGO_SCALE + 1;
}

static void widen(struct paper *w, const struct table_row *row, size_t number) {
    for (size_t i = 0; i < w->columns; i++) {
        struct sheet_cell cell = sheet_cell(w->sheet, row, number, SHEET_TOTAL, i);
        double width = natural(w, cell_text(w, &cell), number == SHEET_OF_ALL);
        if (width > w->widths[i]) w->widths[i] = width < MOST ? width : MOST;
    }
}

/* As wide as what stands in them; where that is too much for the page, all narrower alike. */
static void measure(struct paper *w) {
    const struct table *t = w->sheet->table;
    double all = 0, room = WIDTH - 2 * MARGIN - GAP * (double)(w->columns - 1);
    for (size_t i = 0; i < w->columns; i++)
        w->widths[i] = LEAST + 20;
    for (size_t i = 0; i < t->row_count && i < MEASURED_ROWS; i++)
        widen(w, t->rows[i], i + 1);
    widen(w, &t->total, SHEET_OF_ALL);
    for (size_t i = 0; i < w->columns; i++)
        all += w->widths[i];
    for (size_t i = 0; all > room && i < w->columns; i++)
        w->widths[i] *= room / all;
}

static bool put_line(void *ctx, struct crm_str what, struct crm_str text, struct crm_str more) {
    struct paper *w = ctx;
    const struct style bold = {.size = 7.5, .width = 150, .is_bold = true, .wraps = true},
                       plain = {.size = 7.5, .width = 340, .wraps = true},
                       small = {.size = 7, .width = 260, .wraps = true};
    const double heights[] = {height_of(w, what, &bold), height_of(w, text, &plain),
                              height_of(w, more, &small)};
    double most = 0;
    for (size_t i = 0; i < 3; i++)
        if (heights[i] > most) most = heights[i];
    if (!make_room(w, most + 2, false)) return true; /* said by is_full */
    draw(w, what, MARGIN, w->at, &bold);
    draw(w, text, MARGIN + 158, w->at, &plain);
    draw(w, more, MARGIN + 506, w->at, &small);
    w->at += most + 2;
    return true;
}

static void put_pages(struct paper *w) {
    const struct sheet *s = w->sheet;
    const struct table *t = s->table;
    const struct report *r = s->plan->report;
    const struct style title = {.size = 15,
                                .width = WIDTH - 2 * MARGIN,
                                .is_bold = true,
                                .wraps = true},
                       help = {.size = 9, .width = WIDTH - 2 * MARGIN, .wraps = true};
    w->at += draw(w, label_in(&r->label, s->actor.language), MARGIN, w->at, &title) + 2;
    w->at += draw(w, label_in(&r->help, s->actor.language), MARGIN, w->at, &help) + 8;
    measure(w);
    put_head(w);
    bool good = true;
    for (size_t i = 0; good && i < t->row_count; i++)
        good = put_row(w, t->rows[i], i + 1, SHEET_TOTAL);
    if (good && t->has_others) good = put_row(w, &t->others, SHEET_OF_ALL, SHEET_OTHERS);
    if (good) (void)put_row(w, &t->total, SHEET_OF_ALL, SHEET_TOTAL);
    w->at += 12;
    (void)sheet_about(s, put_line, w);
    if (w->is_full) {
        const struct style bold = {.size = 7.5, .width = 500, .is_bold = true};
        draw(w, sheet_word(s, SHEET_TRUNCATED), MARGIN, HEIGHT - MARGIN, &bold);
    }
    put_foot(w);
    cairo_show_page(w->cairo);
}

/* ---- the file -----------------------------------------------------------------------------------
 */

static cairo_status_t keep(void *ctx, const unsigned char *bytes, unsigned int len) {
    struct paper *w = ctx;
    w->base->buf_add(w->bytes, bytes, len);
    return w->base->buf_status(w->bytes) == CRM_OK ? CAIRO_STATUS_SUCCESS
                                                   : CAIRO_STATUS_WRITE_ERROR;
}

static bool write_pages(struct paper *w) {
    w->surface = cairo_pdf_surface_create_for_stream(keep, w, WIDTH, HEIGHT);
    w->cairo = cairo_create(w->surface);
    w->fonts = pango_cairo_font_map_new();
    w->context = pango_font_map_create_context(w->fonts);
    pango_cairo_context_set_resolution(w->context, 72);
    pango_cairo_update_context(w->cairo, w->context);
    put_pages(w);
    bool good = cairo_status(w->cairo) == CAIRO_STATUS_SUCCESS;
    cairo_surface_finish(w->surface);
    good &= cairo_surface_status(w->surface) == CAIRO_STATUS_SUCCESS;
    g_object_unref(w->context);
    g_object_unref(w->fonts);
    cairo_destroy(w->cairo);
    cairo_surface_destroy(w->surface);
    return good;
}

static crm_status send(const struct paper *w, struct crm_error *err) {
    const struct crm *crm = w->sheet->plan->crm;
    struct crm_str all = w->base->buf_str(w->bytes);
    crm_status status = sheet_open(w->sheet, "pdf", "application/pdf", err);
    for (size_t at = 0; status == CRM_OK && at < all.len; at += SEND_BYTES) {
        size_t len = all.len - at < SEND_BYTES ? all.len - at : SEND_BYTES;
        status = crm->http->stream_write(w->sheet->request, crm_str_make(all.ptr + at, len), err);
    }
    return status;
}

crm_status sheet_pdf(const struct sheet *s, struct crm_error *err) {
    struct paper w = {
        .sheet = s, .base = s->plan->crm->base, .at = MARGIN, .page = 1, .columns = s->columns};
    if (s->columns > COLUMNS_MAX)
        return SAY(s->plan->crm, err, CRM_INVALID, too_wide, s->plan->report->origin.name,
                   CRM_STR("40"));
    w.bytes = w.base->buf_new(PDF_BYTES_MAX);
    if (!w.bytes) return w.base->error_no_memory(err);
    crm_status status = write_pages(&w)
                            ? send(&w, err)
                            : w.base->error_internal(err, "pages of a report could not be drawn");
    w.base->buf_free(w.bytes);
    return status;
}
