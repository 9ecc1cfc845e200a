/* Workbooks: whatever the bytes are, reading ends, with lines or with a reason, and no line stands
 * on a row that a sheet does not have. */
#include "fuzz.h"

#include <string.h>

#include "xlsx_book.h"

enum { STEPS_MAX = 100000 };

struct memory {
    const uint8_t *bytes;
    size_t len;
};

static bool read_at(void *ctx, int64_t offset, void *ret, size_t max, size_t *ret_len) {
    const struct memory *m = ctx;
    size_t at = offset < 0 || (uint64_t)offset > m->len ? m->len : (size_t)offset;
    *ret_len = m->len - at < max ? m->len - at : max;
    if (*ret_len) memcpy(ret, m->bytes + at, *ret_len);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    struct memory memory = {bytes, len};
    struct xlsx_file file = {read_at, &memory, (int64_t)len};
    struct xlsx_book book;
    enum xlsx_problem problem = xlsx_book_open(&book, &file, "", 0);
    bool end = false;
    for (int steps = 0; problem == XLSX_FINE && !end; steps++) {
        HOLDS(steps < STEPS_MAX);
        problem = xlsx_book_read(&book, &end);
        HOLDS(book.lines <= 1048576 && book.cell_count <= XLSX_COLUMNS_MAX);
        book.out.len = 0;
    }
    xlsx_book_close(&book);
    return 0;
}
