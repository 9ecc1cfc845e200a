/* A workbook read as a table: its sheets, the looks of its cells, its shared texts, and one sheet
 * as lines of CSV (UTF-8, commas, every cell in quotation marks).
 *
 * The first line is the headings: rows above them that hold one cell only (a title) are left out,
 * headings over several columns (merged cells) are put before those under them. A line's number is
 * that of the sheet's row: what is left out is a blank line. Memory: the shared texts (at most 64
 * MB), the first rows and the row at hand. Threads: one at a time. */
#ifndef MODULES_BASE_XLSX_BOOK_H
#define MODULES_BASE_XLSX_BOOK_H

#include "bytes.h"
#include "xlsx_number.h"
#include "xlsx_part.h"

enum {
    XLSX_SHEETS_MAX = 256,
    XLSX_NAME_BYTES = 256,
    XLSX_STYLES_MAX = 65536,
    XLSX_COLUMNS_MAX = 4096,
    XLSX_HEAD_ROWS = 20,
    XLSX_MERGES_MAX = 256
};

struct xlsx_sheet {
    char name[XLSX_NAME_BYTES], relation[XLSX_NAME_BYTES], path[XLSX_NAME_BYTES];
    bool hidden;
};

struct xlsx_range {
    uint32_t row, last_row, column, last_column; /* from 0 */
};

/* A cell of the row at hand. */
struct xlsx_cell {
    size_t at, len; /* in row_text */
};

/* A row kept until it is known which ones are the headings. */
struct xlsx_row {
    struct bytes text;
    struct xlsx_cell *cells; /* owned */
    uint32_t cell_count, row, filled;
};

struct xlsx_book {
    struct xlsx_archive archive;
    struct xlsx_sheet *sheets; /* owned */
    size_t sheet_count;
    size_t chosen; /* the sheet that is read */
    bool since_1904;
    struct xlsx_style *styles; /* owned: by the number of a cell's style */
    size_t style_count;
    struct bytes shared; /* all shared texts, one behind the other */
    size_t *shared_ends; /* owned */
    size_t shared_count, shared_room;
    struct xlsx_range *merges; /* owned: of the first rows */
    size_t merge_count;
    /* the sheet at hand */
    struct xlsx_part part;
    struct bytes row_text;
    struct xlsx_cell *cells;          /* owned */
    uint32_t cell_count, row, column; /* from 0 */
    uint32_t lines;                   /* written */
    char cell_type;
    size_t cell_style;
    struct bytes value;
    bool in_value, in_phonetic, in_row;
    struct xlsx_row head[XLSX_HEAD_ROWS]; /* the first rows that hold anything */
    size_t head_count;
    bool head_done;
    struct bytes out;
};

/* A sheet by its name, or with an empty one the first that is shown. */
enum xlsx_problem xlsx_book_open(struct xlsx_book *b, const struct xlsx_file *file,
                                 const char *sheet, size_t sheet_len);
/* More lines in b->out, which the caller empties by setting its length to 0; *ret_end when there
 * are no more to come. */
enum xlsx_problem xlsx_book_read(struct xlsx_book *b, bool *ret_end);
void xlsx_book_close(struct xlsx_book *b);

/* Private to the readers of a workbook. */
enum xlsx_problem xlsx_book_load(struct xlsx_book *b);
enum xlsx_problem xlsx_book_merges(struct xlsx_book *b);
bool xlsx_range_parse(const char *text, struct xlsx_range *ret);

#endif
