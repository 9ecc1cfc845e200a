/* The reader of modules/base/csv.h: finds where a row ends, then splits it.
 *
 * A row is split only when its end is in the buffer, so that no state survives between pieces; how
 * far an unfinished row has been searched is remembered, which keeps long quoted cells linear. */
#include "csv.h"

#include <stdlib.h>
#include <string.h>

enum row_end { END_FOUND, END_NEEDS_MORE, END_OF_INPUT, END_UNCLOSED };

void csv_reader_init(struct csv_reader *r, const struct csv_dialect *dialect,
                     size_t max_row_bytes) {
    memset(r, 0, sizeof *r);
    r->dialect = *dialect;
    r->max_row_bytes = max_row_bytes ? max_row_bytes : CSV_ROW_BYTES_MAX;
    r->line = 1;
}

void csv_reader_fini(struct csv_reader *r) {
    free(r->input);
    free(r->scratch);
    free(r->cells);
    memset(r, 0, sizeof *r);
}

static bool grow(void **memory, size_t *capacity, size_t wanted, size_t bytes_each) {
    if (wanted <= *capacity) return true;
    size_t next = *capacity ? *capacity : 64;
    while (next < wanted)
        next *= 2;
    void *moved = realloc(*memory, next * bytes_each);
    if (!moved) return false;
    *memory = moved;
    *capacity = next;
    return true;
}

bool csv_reader_feed(struct csv_reader *r, const char *bytes, size_t len, bool last) {
    if (r->at > 0) {
        memmove(r->input, r->input + r->at, r->input_len - r->at);
        r->input_len -= r->at;
        r->at = 0;
    }
    if (!grow((void **)&r->input, &r->input_capacity, r->input_len + len + 1, 1)) return false;
    if (len > 0) memcpy(r->input + r->input_len, bytes, len);
    r->input_len += len;
    r->last = last;
    return true;
}

static bool is_row_end(const struct csv_reader *r, char c) {
    return c == (r->dialect.cr_only ? '\r' : '\n');
}

/* Is the quote at `at` one that opens a cell: at the cell's start, blanks before it allowed? */
static bool opens_cell(const struct csv_reader *r, size_t row_start, size_t at) {
    while (at > row_start && (r->input[at - 1] == ' '))
        at--;
    return at == row_start || r->input[at - 1] == r->dialect.delimiter;
}

/* Position behind the closing quote of the cell opened at `at`; SIZE_MAX when there is none. */
static size_t behind_quote(const struct csv_reader *r, size_t at) {
    for (size_t i = at + 1; i < r->input_len; i++) {
        const char *quote = memchr(r->input + i, '"', r->input_len - i);
        if (!quote) return SIZE_MAX;
        i = (size_t)(quote - r->input);
        if (i + 1 < r->input_len && r->input[i + 1] == '"')
            i++;
        else
            return i + 1;
    }
    return SIZE_MAX;
}

/* Blanks before an opening quote make a quoted cell only when the closing quote is followed by the
 * cell's end: `a, "b" c` is plain text. */
static bool quote_is_framed(const struct csv_reader *r, size_t behind) {
    while (behind < r->input_len && r->input[behind] == ' ')
        behind++;
    return behind >= r->input_len || r->input[behind] == r->dialect.delimiter ||
           r->input[behind] == '\n' || r->input[behind] == '\r';
}

static bool opens_quoted(const struct csv_reader *r, size_t row_start, size_t at, size_t behind) {
    bool at_start = at == row_start || r->input[at - 1] == r->dialect.delimiter;
    return at_start || (r->dialect.skip_space && r->input[at - 1] == ' ') ||
           quote_is_framed(r, behind);
}

static enum row_end find_end(struct csv_reader *r, size_t *ret_end) {
    size_t start = r->at;
    for (size_t i = start + r->scanned; i < r->input_len; i++) {
        char c = r->input[i];
        if (is_row_end(r, c)) {
            *ret_end = i;
            return END_FOUND;
        }
        if (c != '"' || !opens_cell(r, start, i)) continue;
        size_t behind = behind_quote(r, i);
        if (behind == SIZE_MAX) {
            r->scanned = i - start;
            return r->last || r->input_len - start > r->max_row_bytes ? END_UNCLOSED
                                                                      : END_NEEDS_MORE;
        }
        if (behind >= r->input_len && !r->last) {
            r->scanned = i - start;
            return END_NEEDS_MORE;
        }
        if (opens_quoted(r, start, i, behind)) i = behind - 1;
    }
    r->scanned = 0;
    if (!r->last) return END_NEEDS_MORE;
    *ret_end = r->input_len;
    return END_OF_INPUT;
}

static bool add_cell(struct csv_reader *r, const char *ptr, size_t len) {
    if (!grow((void **)&r->cells, &r->cell_capacity, r->cell_count + 1, sizeof *r->cells))
        return false;
    r->cells[r->cell_count++] = (struct csv_cell){ptr, len};
    return true;
}

static bool scratch_add(struct csv_reader *r, const char *bytes, size_t len) {
    /* Room for the whole row was made before splitting: pointers into scratch stay good. */
    memcpy(r->scratch + r->scratch_len, bytes, len);
    r->scratch_len += len;
    return true;
}

/* A quoted cell from the opening quote: doubled quotes become one, text behind the closing quote up
 * to the delimiter is kept as it stands. Returns where the cell ends. */
static size_t split_quoted(struct csv_reader *r, size_t quote, size_t end, bool *ret_ok) {
    size_t behind = behind_quote(r, quote);
    const char *body = r->input + quote + 1;
    size_t body_len = behind - 1 - (quote + 1);
    size_t tail = behind;
    while (tail < end && r->input[tail] != r->dialect.delimiter)
        tail++;
    size_t blank = behind;
    while (blank < tail && (r->input[blank] == ' ' || r->input[blank] == '\r'))
        blank++;
    bool doubled = body_len > 1 && memchr(body, '"', body_len);
    if (!doubled && blank == tail) {
        *ret_ok = add_cell(r, body, body_len);
        return tail;
    }
    size_t from = r->scratch_len;
    for (size_t i = 0; i < body_len; i++) {
        scratch_add(r, body + i, 1);
        if (body[i] == '"') i++;
    }
    if (blank < tail) scratch_add(r, r->input + behind, tail - behind);
    *ret_ok = add_cell(r, r->scratch + from, r->scratch_len - from);
    return tail;
}

static enum csv_problem split(struct csv_reader *r, size_t end, bool quotes, bool *ret_ok) {
    size_t start = r->at;
    size_t at = start;
    r->cell_count = 0;
    r->scratch_len = 0;
    *ret_ok = grow((void **)&r->scratch, &r->scratch_capacity, end - start + 1, 1);
    while (*ret_ok) {
        if (r->cell_count >= CSV_CELLS_MAX) return CSV_TOO_MANY_CELLS;
        if (r->dialect.skip_space && at > start && at < end && r->input[at] == ' ') at++;
        size_t quote = at;
        while (quote < end && r->input[quote] == ' ')
            quote++;
        bool quoted = quotes && quote < end && r->input[quote] == '"';
        if (quoted) {
            size_t behind = behind_quote(r, quote);
            quoted = behind != SIZE_MAX && behind <= end &&
                     (quote == at || opens_quoted(r, start, quote, behind));
        }
        size_t stop;
        if (quoted) {
            stop = split_quoted(r, quote, end, ret_ok);
        } else {
            const char *found = memchr(r->input + at, r->dialect.delimiter, end - at);
            stop = found ? (size_t)(found - r->input) : end;
            *ret_ok = add_cell(r, r->input + at, stop - at);
        }
        if (stop >= end) break;
        at = stop + 1;
    }
    return CSV_FINE;
}

static void count_lines(struct csv_reader *r, size_t from, size_t to) {
    char ending = r->dialect.cr_only ? '\r' : '\n';
    while (from < to) {
        const char *found = memchr(r->input + from, ending, to - from);
        if (!found) return;
        r->line++;
        from = (size_t)(found - r->input) + 1;
    }
}

/* A quote that never closes, or a row past the limit: its first line alone, quotes as plain text.
 */
static enum csv_problem cut_line(struct csv_reader *r, size_t *ret_end) {
    char ending = r->dialect.cr_only ? '\r' : '\n';
    const char *found = memchr(r->input + r->at, ending, r->input_len - r->at);
    *ret_end = found ? (size_t)(found - r->input) : r->input_len;
    return CSV_UNCLOSED_QUOTE;
}

enum csv_outcome csv_reader_next(struct csv_reader *r, struct csv_row *ret) {
    size_t end = 0;
    enum csv_problem problem = CSV_FINE;
    if (r->at >= r->input_len && r->last) return CSV_END;
    enum row_end found = find_end(r, &end);
    if (found == END_NEEDS_MORE && r->input_len - r->at <= r->max_row_bytes) return CSV_MORE;
    if (found == END_UNCLOSED) problem = cut_line(r, &end);
    if (found == END_NEEDS_MORE || end - r->at > r->max_row_bytes) {
        problem = CSV_ROW_TOO_LONG;
        if (found == END_NEEDS_MORE) end = r->input_len;
    }
    size_t row_end = end;
    if (!r->dialect.cr_only && row_end > r->at && r->input[row_end - 1] == '\r') row_end--;
    bool ok = true;
    enum csv_problem split_problem = split(r, row_end, problem != CSV_UNCLOSED_QUOTE, &ok);
    if (!ok) return CSV_NO_MEMORY;
    ret->line = r->line;
    ret->number = ++r->number;
    ret->cells = r->cells;
    ret->count = r->cell_count;
    ret->problem = problem != CSV_FINE ? problem : split_problem;
    count_lines(r, r->at, end < r->input_len ? end + 1 : end);
    r->at = end < r->input_len ? end + 1 : end;
    r->scanned = 0;
    if (r->number == 1 && r->dialect.sep_line) return csv_reader_next(r, ret);
    return CSV_ROW;
}

bool csv_row_is_blank(const struct csv_row *row) {
    for (size_t i = 0; i < row->count; i++)
        for (size_t j = 0; j < row->cells[i].len; j++)
            if (!memchr(" \t\r\n", row->cells[i].ptr[j], 4)) return false;
    return true;
}
