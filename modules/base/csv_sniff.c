/* Guessing a CSV dialect from a sample: the delimiter that gives the most rows the same number of
 * cells, the line ending, and whether a blank belongs to every delimiter. */
#include "csv.h"

#include <string.h>

enum { SNIFF_ROWS = 60, SNIFF_WIDTHS = 64 };

struct sniff_score {
    size_t width;    /* the most frequent number of cells */
    size_t agreeing; /* rows that have it */
    size_t rows;
};

static bool has_newline(const char *sample, size_t len) {
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        if (sample[i] == '"')
            quoted = !quoted;
        else if (sample[i] == '\n' && !quoted)
            return true;
    }
    return memchr(sample, '\n', len) && !memchr(sample, '\r', len);
}

static struct sniff_score score(const char *sample, size_t len, const struct csv_dialect *dialect) {
    struct csv_reader reader;
    struct csv_row row;
    size_t widths[SNIFF_WIDTHS + 1] = {0};
    struct sniff_score best = {0, 0, 0};
    csv_reader_init(&reader, dialect, 0);
    if (csv_reader_feed(&reader, sample, len, true)) {
        while (best.rows < SNIFF_ROWS && csv_reader_next(&reader, &row) == CSV_ROW) {
            if (csv_row_is_blank(&row)) continue;
            best.rows++;
            widths[row.count < SNIFF_WIDTHS ? row.count : SNIFF_WIDTHS]++;
        }
    }
    csv_reader_fini(&reader);
    for (size_t width = 1; width <= SNIFF_WIDTHS; width++) {
        if (widths[width] < best.agreeing || widths[width] == 0) continue;
        best.agreeing = widths[width];
        best.width = width;
    }
    return best;
}

/* More cells beat fewer only where the rows agree about as well. */
static bool is_better(const struct sniff_score *a, const struct sniff_score *b) {
    if (a->width < 2) return false;
    if (b->width < 2) return true;
    size_t left = a->agreeing * (b->rows ? b->rows : 1);
    size_t right = b->agreeing * (a->rows ? a->rows : 1);
    if (left * 10 > right * 11) return true;
    if (right * 10 > left * 11) return false;
    return a->width > b->width;
}

/* Every delimiter of the sample outside quotes is followed by a blank, and there are at least
 * three. */
static bool blank_follows(const char *sample, size_t len, char delimiter) {
    bool quoted = false;
    size_t seen = 0;
    for (size_t i = 0; i < len; i++) {
        if (sample[i] == '"') quoted = !quoted;
        if (quoted || sample[i] != delimiter) continue;
        if (i + 1 >= len) break;
        if (sample[i + 1] != ' ') return false;
        seen++;
    }
    return seen >= 3;
}

/* A mark that no cell, quote or row end is made of. */
static bool can_delimit(char c) {
    bool is_word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return c == '\t' || (c > ' ' && c < 0x7f && c != '"' && c != '\'' && !is_word);
}

static bool read_sep_line(const char *sample, size_t len, struct csv_dialect *ret) {
    if (len < 5 || strncmp(sample, "sep=", 4) != 0 || !can_delimit(sample[4])) return false;
    if (len > 5 && sample[5] != '\r' && sample[5] != '\n') return false;
    ret->delimiter = sample[4];
    ret->sep_line = true;
    return true;
}

void csv_sniff(const char *sample, size_t len, struct csv_dialect *ret) {
    static const char candidates[] = {',', ';', '\t', '|'};
    memset(ret, 0, sizeof *ret);
    ret->delimiter = ',';
    ret->cr_only = memchr(sample, '\r', len) && !has_newline(sample, len);
    if (!read_sep_line(sample, len, ret)) {
        struct sniff_score best = {0, 0, 0};
        for (size_t i = 0; i < sizeof candidates; i++) {
            struct csv_dialect tried = *ret;
            tried.delimiter = candidates[i];
            struct sniff_score found = score(sample, len, &tried);
            if (!is_better(&found, &best)) continue;
            best = found;
            ret->delimiter = candidates[i];
        }
    }
    ret->skip_space = blank_follows(sample, len, ret->delimiter);
}
