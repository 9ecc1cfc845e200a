/* CSV: fed whole or in pieces of any size, the rows are the same, and every cell lies within what
 * was fed. The first byte says how the pieces are cut, the second which dialect is forced, if any.
 */
#include "fuzz.h"

#include <string.h>

#include "csv.h"

enum { ROW_BYTES_MAX = 1 << 20 }; /* where too long a row is cut depends on the pieces */

struct digest {
    uint64_t hash;
    size_t rows, cells;
};

static void add(struct digest *d, const void *bytes, size_t len) {
    const uint8_t *at = bytes;
    for (size_t i = 0; i < len; i++)
        d->hash = (d->hash ^ at[i]) * UINT64_C(1099511628211);
    d->hash = (d->hash ^ 0x1ff) * UINT64_C(1099511628211);
}

static void take(struct digest *d, const struct csv_row *row, size_t len) {
    uint64_t facts[] = {row->line, row->number, row->count, (uint64_t)row->problem};
    HOLDS(row->count <= CSV_CELLS_MAX && row->number >= 1 && row->line >= 1);
    add(d, facts, sizeof facts);
    for (size_t i = 0; i < row->count; i++) {
        HOLDS(row->cells[i].len <= len);
        add(d, row->cells[i].ptr, row->cells[i].len);
    }
    d->rows++;
    d->cells += row->count;
}

static struct digest read_all(const char *text, size_t len, const struct csv_dialect *dialect,
                              size_t piece) {
    struct digest d = {.hash = UINT64_C(14695981039346656037)};
    struct csv_reader r;
    struct csv_row row;
    size_t fed = 0;
    csv_reader_init(&r, dialect, ROW_BYTES_MAX);
    for (enum csv_outcome outcome = CSV_MORE; outcome != CSV_END;) {
        if (outcome == CSV_MORE) {
            HOLDS(!r.last);
            size_t n = len - fed < piece ? len - fed : piece;
            HOLDS(csv_reader_feed(&r, text + fed, n, fed + n == len));
            fed += n;
        }
        outcome = csv_reader_next(&r, &row);
        HOLDS(outcome != CSV_NO_MEMORY);
        if (outcome == CSV_ROW) take(&d, &row, len);
        HOLDS(d.rows <= len + 1);
    }
    csv_reader_fini(&r);
    return d;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    static const char delimiters[] = ",;\t|";
    struct csv_dialect dialect;
    if (len < 2) return 0;
    const char *text = (const char *)bytes + 2;
    size_t text_len = len - 2, piece = 1 + bytes[0] % 64;
    csv_sniff(text, text_len, &dialect);
    if (bytes[1] & 128)
        dialect = (struct csv_dialect){delimiters[bytes[1] & 3], (bytes[1] & 4) != 0,
                                       (bytes[1] & 8) != 0, (bytes[1] & 16) != 0};
    HOLDS(dialect.delimiter == '\t' ||
          (dialect.delimiter > ' ' && dialect.delimiter < 0x7f && dialect.delimiter != '"'));
    struct digest whole = read_all(text, text_len, &dialect, text_len ? text_len : 1);
    struct digest parts = read_all(text, text_len, &dialect, piece);
    HOLDS(whole.rows == parts.rows && whole.cells == parts.cells && whole.hash == parts.hash);
    return 0;
}
