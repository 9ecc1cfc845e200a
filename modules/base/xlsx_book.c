/* The parts of a workbook that stand around its sheets: see xlsx_book.h. */
#include "xlsx_book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xlsx_text.h"

enum {
    PART_BYTES_MAX = 32 * 1024 * 1024,
    SHARED_PART_BYTES_MAX = 512 * 1024 * 1024,
    SHARED_BYTES_MAX = 64 * 1024 * 1024,
    SHARED_MAX = 4 * 1024 * 1024,
    FORMATS_MAX = 4096,
    FIRST_ROOM = 1024
};

/* ---- sheets -----------------------------------------------------------------------------------
 */

static void copy(char *to, size_t room, const char *from) {
    snprintf(to, room, "%s", from ? from : "");
}

static void sheet_start(void *ctx, const char *name, const char **attributes) {
    struct xlsx_book *b = ctx;
    if (strcmp(name, "workbookPr") == 0) {
        const char *since = xlsx_attribute(attributes, "date1904");
        b->since_1904 = since && (strcmp(since, "1") == 0 || strcmp(since, "true") == 0);
    }
    if (strcmp(name, "sheet") != 0 || b->sheet_count == XLSX_SHEETS_MAX) return;
    const char *state = xlsx_attribute(attributes, "state");
    struct xlsx_sheet *sheet = &b->sheets[b->sheet_count++];
    copy(sheet->name, sizeof sheet->name, xlsx_attribute(attributes, "name"));
    copy(sheet->relation, sizeof sheet->relation, xlsx_attribute(attributes, "id"));
    sheet->hidden = state && strcmp(state, "visible") != 0;
}

/* Targets are below xl/, or from the root. */
static void relation_start(void *ctx, const char *name, const char **attributes) {
    struct xlsx_book *b = ctx;
    const char *id = xlsx_attribute(attributes, "Id");
    const char *target = xlsx_attribute(attributes, "Target");
    if (strcmp(name, "Relationship") != 0 || !id || !target) return;
    for (size_t i = 0; i < b->sheet_count; i++) {
        struct xlsx_sheet *sheet = &b->sheets[i];
        if (strcmp(sheet->relation, id) != 0) continue;
        if (target[0] == '/')
            copy(sheet->path, sizeof sheet->path, target + 1);
        else
            snprintf(sheet->path, sizeof sheet->path, "xl/%.*s", XLSX_NAME_BYTES - 8, target);
    }
}

/* ---- looks ------------------------------------------------------------------------------------
 */

struct looking {
    struct xlsx_book *b;
    struct {
        int number;
        struct xlsx_style style;
    } * formats; /* owned */
    size_t format_count;
    bool in_cells;
};

static void find_look(const struct looking *l, int number, struct xlsx_style *ret) {
    xlsx_style_builtin(number, ret);
    for (size_t i = 0; i < l->format_count; i++)
        if (l->formats[i].number == number) *ret = l->formats[i].style;
}

static void style_start(void *ctx, const char *name, const char **attributes) {
    struct looking *l = ctx;
    const char *number = xlsx_attribute(attributes, "numFmtId");
    const char *code = xlsx_attribute(attributes, "formatCode");
    if (strcmp(name, "cellXfs") == 0) l->in_cells = true;
    if (strcmp(name, "numFmt") == 0 && number && code && l->format_count < FORMATS_MAX) {
        l->formats[l->format_count].number = (int)strtol(number, NULL, 10);
        xlsx_style_code(code, &l->formats[l->format_count++].style);
    }
    if (strcmp(name, "xf") == 0 && l->in_cells && l->b->style_count < XLSX_STYLES_MAX)
        find_look(l, number ? (int)strtol(number, NULL, 10) : 0,
                  &l->b->styles[l->b->style_count++]);
}

static void style_end(void *ctx, const char *name) {
    struct looking *l = ctx;
    if (strcmp(name, "cellXfs") == 0) l->in_cells = false;
}

static enum xlsx_problem load_styles(struct xlsx_book *b) {
    struct looking l = {.b = b, .formats = calloc(FORMATS_MAX, sizeof *l.formats)};
    struct xlsx_handlers handlers = {style_start, style_end, NULL, &l};
    if (!l.formats) return XLSX_NO_MEMORY;
    enum xlsx_problem problem =
        xlsx_part_read(&b->archive, "xl/styles.xml", PART_BYTES_MAX, &handlers);
    free(l.formats);
    return problem;
}

/* ---- shared texts -----------------------------------------------------------------------------
 */

struct sharing {
    struct xlsx_book *b;
    bool in_text, in_phonetic, failed;
    size_t from;
};

static void shared_start(void *ctx, const char *name, const char **attributes) {
    struct sharing *s = ctx;
    (void)attributes;
    if (strcmp(name, "si") == 0) s->from = s->b->shared.len;
    if (strcmp(name, "rPh") == 0) s->in_phonetic = true;
    if (strcmp(name, "t") == 0) s->in_text = !s->in_phonetic;
}

static void shared_text(void *ctx, const char *ptr, size_t len) {
    struct sharing *s = ctx;
    if (s->in_text) bytes_add(&s->b->shared, ptr, len);
}

static void shared_end(void *ctx, const char *name) {
    struct sharing *s = ctx;
    struct xlsx_book *b = s->b;
    if (strcmp(name, "t") == 0) s->in_text = false;
    if (strcmp(name, "rPh") == 0) s->in_phonetic = false;
    if (strcmp(name, "si") != 0 || s->failed) return;
    if (b->shared_count == b->shared_room) {
        size_t room = b->shared_room ? b->shared_room * 2 : FIRST_ROOM;
        size_t *grown = room <= SHARED_MAX ? realloc(b->shared_ends, room * sizeof *grown) : NULL;
        s->failed = !grown;
        if (!grown) return;
        b->shared_ends = grown;
        b->shared_room = room;
    }
    if (b->shared.len > s->from)
        b->shared.len =
            s->from + xlsx_text_unescape(b->shared.ptr + s->from, b->shared.len - s->from);
    b->shared_ends[b->shared_count++] = b->shared.len;
}

static enum xlsx_problem load_shared(struct xlsx_book *b) {
    struct sharing s = {.b = b};
    struct xlsx_handlers handlers = {shared_start, shared_end, shared_text, &s};
    b->shared.max = SHARED_BYTES_MAX;
    enum xlsx_problem problem =
        xlsx_part_read(&b->archive, "xl/sharedStrings.xml", SHARED_PART_BYTES_MAX, &handlers);
    return problem == XLSX_FINE && (s.failed || b->shared.failed) ? XLSX_TOO_LARGE : problem;
}

enum xlsx_problem xlsx_book_load(struct xlsx_book *b) {
    struct xlsx_handlers sheets = {sheet_start, NULL, NULL, b};
    struct xlsx_handlers relations = {relation_start, NULL, NULL, b};
    if (!xlsx_archive_has(&b->archive, "xl/workbook.xml")) return XLSX_NO_BOOK;
    b->sheets = calloc(XLSX_SHEETS_MAX, sizeof *b->sheets);
    b->styles = calloc(XLSX_STYLES_MAX, sizeof *b->styles);
    if (!b->sheets || !b->styles) return XLSX_NO_MEMORY;
    enum xlsx_problem problem =
        xlsx_part_read(&b->archive, "xl/workbook.xml", PART_BYTES_MAX, &sheets);
    if (problem == XLSX_FINE)
        problem =
            xlsx_part_read(&b->archive, "xl/_rels/workbook.xml.rels", PART_BYTES_MAX, &relations);
    if (problem == XLSX_FINE) problem = load_styles(b);
    return problem == XLSX_FINE ? load_shared(b) : problem;
}

/* ---- merged cells of the first rows -----------------------------------------------------------
 */

static bool read_place(const char **at, uint32_t *ret_row, uint32_t *ret_column) {
    uint32_t column = 0, row = 0;
    while (**at >= 'A' && **at <= 'Z' && column < 1000000)
        column = column * 26 + (uint32_t)(*(*at)++ - 'A' + 1);
    while (**at >= '0' && **at <= '9' && row < 100000000)
        row = row * 10 + (uint32_t)(*(*at)++ - '0');
    *ret_row = row - 1;
    *ret_column = column - 1;
    return row > 0 && column > 0;
}

bool xlsx_range_parse(const char *text, struct xlsx_range *ret) {
    if (!read_place(&text, &ret->row, &ret->column)) return false;
    ret->last_row = ret->row;
    ret->last_column = ret->column;
    if (*text != ':') return *text == 0;
    text++;
    return read_place(&text, &ret->last_row, &ret->last_column) && *text == 0;
}

static void merge_start(void *ctx, const char *name, const char **attributes) {
    struct xlsx_book *b = ctx;
    const char *text = strcmp(name, "mergeCell") == 0 ? xlsx_attribute(attributes, "ref") : NULL;
    struct xlsx_range range;
    if (text && b->merge_count < XLSX_MERGES_MAX && xlsx_range_parse(text, &range) &&
        range.row < XLSX_HEAD_ROWS * 2)
        b->merges[b->merge_count++] = range;
}

enum xlsx_problem xlsx_book_merges(struct xlsx_book *b) {
    struct xlsx_handlers handlers = {merge_start, NULL, NULL, b};
    b->merges = calloc(XLSX_MERGES_MAX, sizeof *b->merges);
    if (!b->merges) return XLSX_NO_MEMORY;
    return xlsx_part_read(&b->archive, b->sheets[b->chosen].path, INT64_C(4) << 30, &handlers);
}
