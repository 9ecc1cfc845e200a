/* Reading CSV as people and programs really write it, beyond RFC 4180: any delimiter, LF, CRLF or
 * CR, quotes with newlines, text behind a closing quote, blanks before an opening one, quotes that
 * are never closed.
 *
 * Works on UTF-8 fed in pieces (conversion is the caller's) and hands out one row at a time. A
 * quote that never closes costs its own line only: that row comes with a problem and reading goes
 * on behind it. Cells are borrowed until the next call. Memory: one row, at most max_row_bytes, and
 * one piece. Threads: one at a time. */
#ifndef MODULES_BASE_CSV_H
#define MODULES_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct csv_dialect {
    char delimiter;  /* , ; tab | */
    bool cr_only;    /* rows end at CR, as old Macs wrote them */
    bool skip_space; /* every delimiter is followed by one blank that belongs to it */
    bool sep_line;   /* the first line is Excel's "sep=;" */
};

struct csv_cell {
    const char *ptr;
    size_t len;
};

enum csv_problem { CSV_FINE, CSV_UNCLOSED_QUOTE, CSV_ROW_TOO_LONG, CSV_TOO_MANY_CELLS };

struct csv_row {
    const struct csv_cell *cells;
    size_t count;
    uint64_t line;   /* of the file, from 1, where the row begins */
    uint64_t number; /* of the row, from 1, blank ones counted */
    enum csv_problem problem;
};

enum csv_outcome { CSV_ROW, CSV_MORE, CSV_END, CSV_NO_MEMORY };

enum { CSV_CELLS_MAX = 4096, CSV_ROW_BYTES_MAX = 4 * 1024 * 1024 };

struct csv_reader {
    struct csv_dialect dialect;
    char *input; /* owned: bytes not consumed yet */
    size_t input_len, input_capacity, at;
    bool last;     /* nothing comes after `input` */
    char *scratch; /* owned: unescaped cells of the current row */
    size_t scratch_len, scratch_capacity;
    struct csv_cell *cells; /* owned */
    size_t cell_count, cell_capacity;
    uint64_t line, number;
    size_t scanned; /* bytes of an unfinished row already known to hold no end */
    size_t max_row_bytes;
    bool started;
};

/* Guesses from the first bytes (UTF-8, BOM already gone). */
void csv_sniff(const char *sample, size_t len, struct csv_dialect *ret);
void csv_reader_init(struct csv_reader *r, const struct csv_dialect *dialect, size_t max_row_bytes);
void csv_reader_fini(struct csv_reader *r);
/* Appends a piece; `last` when nothing follows (an empty piece is fine). False: out of memory. */
bool csv_reader_feed(struct csv_reader *r, const char *bytes, size_t len, bool last);
enum csv_outcome csv_reader_next(struct csv_reader *r, struct csv_row *ret);
/* All cells empty or blank. */
bool csv_row_is_blank(const struct csv_row *row);

#endif
