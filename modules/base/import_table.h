/* The table behind an import: bytes to UTF-8, UTF-8 to rows, header and sample first, then pieces.
 * Threads: the import's. Owns its reader and converter. */
#ifndef MODULES_BASE_IMPORT_TABLE_H
#define MODULES_BASE_IMPORT_TABLE_H

#include "import_form.h"
#include "import_reference.h"

enum { IMPORT_SAMPLE_ROWS = 200 };

struct import_table {
    const struct import_run *run;
    struct import_form *form;    /* owned: what makes lines of a workbook or of cards; NULL: CSV */
    struct import_source source; /* of lines */
    struct crm_charset *charset; /* NULL: the file is UTF-8 */
    struct crm_str encoding;     /* its name, found or asked for */
    struct crm_buf *text;        /* converted bytes of one read */
    struct csv_reader reader;
    struct csv_row header;  /* in the keep arena */
    struct csv_row *sample; /* rows behind the header, in the keep arena */
    size_t sample_count, sample_used;
    struct csv_row carried; /* read, but belongs to the next piece; cells in the keep arena of the
                               piece before */
    bool has_carried, ended;
    char *read_buffer;
    int64_t bytes_done;
    uint64_t rows; /* handed out, blank ones left out */
    struct crm_arena *keep;
    struct lookup seen; /* keys of the piece at hand */
    struct crm_arena *carry_arena;
};

crm_status import_table_open(struct import_table *t, const struct import_run *run,
                             struct crm_arena *keep, struct crm_error *err);
void import_table_close(struct import_table *t);
/* Leaves out the first `rows` rows, handled before. */
crm_status import_table_skip(struct import_table *t, uint64_t rows, struct crm_error *err);
/* Up to `ret->room` rows into `a`; fewer when a key would occur twice in one piece. Count 0:
 * the end. */
crm_status import_table_piece(struct import_table *t, struct crm_arena *a,
                              const struct import_plan *plan, struct import_piece *ret,
                              struct crm_error *err);

#endif
