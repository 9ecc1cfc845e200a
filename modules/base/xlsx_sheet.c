/* One sheet of a workbook as CSV: see xlsx_book.h. */
#include <stdlib.h>
#include <string.h>

#include "xlsx_book.h"
#include "xlsx_text.h"

enum { ROW_BYTES_MAX = 4 * 1024 * 1024, OUT_BYTES_MAX = 64 * 1024 * 1024, ROWS_MAX = 1048576 };

/* ---- lines ------------------------------------------------------------------------------------
 */

/* Blank lines up to the row, so that lines are numbered as rows are. */
static void fill_to(struct xlsx_book *b, uint32_t row) {
    for (; b->lines < row; b->lines++)
        bytes_text(&b->out, "\n");
}

static void put_row(struct xlsx_book *b, const struct xlsx_cell *cells, uint32_t count,
                    const struct bytes *text) {
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) bytes_text(&b->out, ",");
        if (cells[i].len) bytes_csv(&b->out, text->ptr + cells[i].at, cells[i].len);
    }
    bytes_text(&b->out, "\n");
    b->lines++;
}

/* ---- headings ---------------------------------------------------------------------------------
 */

/* The cell that a merged one shows: its first. */
static uint32_t shown_column(const struct xlsx_book *b, uint32_t row, uint32_t column) {
    for (size_t i = 0; i < b->merge_count; i++)
        if (b->merges[i].row == row && b->merges[i].last_row == row &&
            column >= b->merges[i].column && column <= b->merges[i].last_column)
            return b->merges[i].column;
    return column;
}

static bool has_groups(const struct xlsx_book *b, const struct xlsx_row *row) {
    for (size_t i = 0; i < b->merge_count; i++)
        if (b->merges[i].row == row->row && b->merges[i].last_row == row->row &&
            b->merges[i].last_column > b->merges[i].column)
            return true;
    return false;
}

static void add_heading(struct bytes *text, const struct xlsx_row *row, uint32_t column) {
    if (column >= row->cell_count || row->cells[column].len == 0) return;
    if (text->len) bytes_text(text, " ");
    bytes_add(text, row->text.ptr + row->cells[column].at, row->cells[column].len);
}

static void put_grouped(struct xlsx_book *b, const struct xlsx_row *over,
                        const struct xlsx_row *under) {
    uint32_t count = over->cell_count > under->cell_count ? over->cell_count : under->cell_count;
    for (uint32_t i = 0; i < count; i++) {
        struct bytes text = {.max = ROW_BYTES_MAX};
        add_heading(&text, over, shown_column(b, over->row, i));
        add_heading(&text, under, i);
        if (i > 0) bytes_text(&b->out, ",");
        if (text.len) bytes_csv(&b->out, text.ptr, text.len);
        b->out.failed = b->out.failed || text.failed;
        bytes_fini(&text);
    }
    bytes_text(&b->out, "\n");
    b->lines++;
}

/* Titles stand alone above rows of several cells. */
static size_t first_heading(const struct xlsx_book *b) {
    size_t first = 0;
    while (first < b->head_count && b->head[first].filled < 2)
        first++;
    return first < b->head_count ? first : 0;
}

static void put_head(struct xlsx_book *b) {
    b->head_done = true;
    size_t at = first_heading(b);
    for (; at < b->head_count; at++) {
        const struct xlsx_row *row = &b->head[at];
        bool grouped = at == first_heading(b) && at + 1 < b->head_count &&
                       b->head[at + 1].row == row->row + 1 && has_groups(b, row);
        fill_to(b, row->row + grouped);
        if (grouped)
            put_grouped(b, row, &b->head[++at]);
        else
            put_row(b, row->cells, row->cell_count, &row->text);
    }
    for (size_t i = 0; i < b->head_count; i++) {
        bytes_fini(&b->head[i].text);
        free(b->head[i].cells);
    }
    b->head_count = 0;
}

static void keep_head(struct xlsx_book *b, uint32_t filled) {
    struct xlsx_row *row = &b->head[b->head_count];
    *row = (struct xlsx_row){.text = {.max = ROW_BYTES_MAX},
                             .cells = calloc(b->cell_count + 1, sizeof *row->cells),
                             .cell_count = b->cell_count,
                             .row = b->row,
                             .filled = filled};
    b->head_count++;
    bytes_add(&row->text, b->row_text.ptr, b->row_text.len);
    if (!row->cells) {
        row->cell_count = 0;
        b->out.failed = true;
        return;
    }
    memcpy(row->cells, b->cells, b->cell_count * sizeof *row->cells);
    b->out.failed = b->out.failed || row->text.failed;
    if (b->head_count == XLSX_HEAD_ROWS) put_head(b);
}

static void end_row(struct xlsx_book *b) {
    uint32_t filled = 0;
    for (uint32_t i = 0; i < b->cell_count; i++)
        filled += b->cells[i].len > 0;
    if (filled == 0) return;
    if (!b->head_done) {
        keep_head(b, filled);
        return;
    }
    fill_to(b, b->row);
    put_row(b, b->cells, b->cell_count, &b->row_text);
}

/* ---- cells ------------------------------------------------------------------------------------
 */

static void start_row(struct xlsx_book *b, const char **attributes) {
    const char *number = xlsx_attribute(attributes, "r");
    uint32_t row = number ? (uint32_t)strtoul(number, NULL, 10) - 1 : b->in_row ? b->row + 1 : 0;
    if (row >= ROWS_MAX || (b->in_row && row <= b->row)) {
        xlsx_part_stop(&b->part, XLSX_BROKEN);
        return;
    }
    b->in_row = true;
    b->row = row;
    b->column = 0;
    b->cell_count = 0;
    b->row_text.len = 0;
}

static void start_cell(struct xlsx_book *b, const char **attributes) {
    struct xlsx_range place;
    const char *at = xlsx_attribute(attributes, "r");
    const char *type = xlsx_attribute(attributes, "t");
    const char *style = xlsx_attribute(attributes, "s");
    if (at && xlsx_range_parse(at, &place)) b->column = place.column;
    b->cell_type = !type                            ? 'n'
                   : strcmp(type, "inlineStr") == 0 ? 'i'
                   : strcmp(type, "str") == 0       ? 't'
                                                    : type[0];
    b->cell_style = style ? strtoul(style, NULL, 10) : 0;
    b->value.len = 0;
}

static void add_cell_value(struct xlsx_book *b) {
    static const struct xlsx_style plain = {XLSX_PLAIN, ""};
    const struct xlsx_style *style =
        b->cell_style < b->style_count ? &b->styles[b->cell_style] : &plain;
    bytes_add(&b->value, "", 1);
    if (b->value.failed) return;
    size_t index = strtoul(b->value.ptr, NULL, 10), len = b->value.len - 1;
    switch (b->cell_type) {
    case 's':
        if (len > 0 && index < b->shared_count) {
            size_t from = index ? b->shared_ends[index - 1] : 0;
            bytes_add(&b->row_text, b->shared.ptr + from, b->shared_ends[index] - from);
        }
        break;
    case 'b':
        bytes_text(&b->row_text, strcmp(b->value.ptr, "1") == 0 ? "true" : "false");
        break;
    case 'n':
        if (len > 0) xlsx_number_text(b->value.ptr, style, b->since_1904, &b->row_text);
        break;
    case 'i':
    case 't':
        bytes_add(&b->row_text, b->value.ptr, xlsx_text_unescape(b->value.ptr, len));
        break;
    default: /* errors and dates in words, as they stand */
        bytes_add(&b->row_text, b->value.ptr, len);
    }
}

static void end_cell(struct xlsx_book *b) {
    uint32_t column = b->column++;
    if (column >= XLSX_COLUMNS_MAX || column < b->cell_count) return;
    size_t from = b->row_text.len;
    if (b->value.len) add_cell_value(b);
    if (b->row_text.len == from) return;
    for (; b->cell_count < column; b->cell_count++)
        b->cells[b->cell_count] = (struct xlsx_cell){0, 0};
    b->cells[b->cell_count++] = (struct xlsx_cell){from, b->row_text.len - from};
}

static void on_start(void *ctx, const char *name, const char **attributes) {
    struct xlsx_book *b = ctx;
    if (strcmp(name, "row") == 0)
        start_row(b, attributes);
    else if (strcmp(name, "c") == 0)
        start_cell(b, attributes);
    else if (strcmp(name, "rPh") == 0)
        b->in_phonetic = true;
    else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)
        b->in_value = !b->in_phonetic;
}

static void on_text(void *ctx, const char *ptr, size_t len) {
    struct xlsx_book *b = ctx;
    if (b->in_value) bytes_add(&b->value, ptr, len);
}

static void on_end(void *ctx, const char *name) {
    struct xlsx_book *b = ctx;
    if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0) b->in_value = false;
    if (strcmp(name, "rPh") == 0) b->in_phonetic = false;
    if (strcmp(name, "c") == 0) end_cell(b);
    if (strcmp(name, "row") == 0) end_row(b);
    if (b->value.failed || b->row_text.failed || b->out.failed)
        xlsx_part_stop(&b->part, XLSX_TOO_LARGE);
}

/* ---- the whole --------------------------------------------------------------------------------
 */

static bool choose_sheet(struct xlsx_book *b, const char *name, size_t len) {
    for (int hidden = 0; hidden < 2; hidden++)
        for (size_t i = 0; i < b->sheet_count; i++) {
            const struct xlsx_sheet *sheet = &b->sheets[i];
            bool is_it = len ? strlen(sheet->name) == len && memcmp(sheet->name, name, len) == 0
                             : sheet->hidden == (hidden == 1);
            if (!is_it || !xlsx_archive_has(&b->archive, sheet->path)) continue;
            b->chosen = i;
            return true;
        }
    return false;
}

enum xlsx_problem xlsx_book_open(struct xlsx_book *b, const struct xlsx_file *file,
                                 const char *sheet, size_t sheet_len) {
    *b = (struct xlsx_book){.row_text = {.max = ROW_BYTES_MAX},
                            .value = {.max = ROW_BYTES_MAX},
                            .out = {.max = OUT_BYTES_MAX}};
    enum xlsx_problem problem = xlsx_archive_open(&b->archive, file);
    if (problem == XLSX_FINE) problem = xlsx_book_load(b);
    if (problem == XLSX_FINE && !choose_sheet(b, sheet, sheet_len)) problem = XLSX_NO_SHEET;
    if (problem == XLSX_FINE) problem = xlsx_book_merges(b);
    b->cells = calloc(XLSX_COLUMNS_MAX, sizeof *b->cells);
    if (problem == XLSX_FINE && !b->cells) problem = XLSX_NO_MEMORY;
    struct xlsx_handlers handlers = {on_start, on_end, on_text, b};
    return problem == XLSX_FINE ? xlsx_part_open(&b->part, &b->archive, b->sheets[b->chosen].path,
                                                 INT64_C(4) << 30, &handlers)
                                : problem;
}

enum xlsx_problem xlsx_book_read(struct xlsx_book *b, bool *ret_end) {
    enum xlsx_problem problem = xlsx_part_step(&b->part);
    if (problem != XLSX_FINE) return problem;
    if (b->part.ended && !b->head_done) put_head(b);
    *ret_end = b->part.ended;
    return b->out.failed ? XLSX_TOO_LARGE : XLSX_FINE;
}

void xlsx_book_close(struct xlsx_book *b) {
    xlsx_part_close(&b->part);
    xlsx_archive_close(&b->archive);
    for (size_t i = 0; i < b->head_count; i++) {
        bytes_fini(&b->head[i].text);
        free(b->head[i].cells);
    }
    b->head_count = 0;
    bytes_fini(&b->shared);
    bytes_fini(&b->row_text);
    bytes_fini(&b->value);
    bytes_fini(&b->out);
    free(b->sheets);
    free(b->styles);
    free(b->shared_ends);
    free(b->merges);
    free(b->cells);
}
