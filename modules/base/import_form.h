/* Tables that are no CSV: a workbook (XLSX) or vCards, told by their first bytes and handed on as
 * lines of CSV, so that everything behind - mapping, dry run, rejected rows, going on after a crash
 * - is the same. A workbook that comes as a stream is kept as a file first. Threads: the import's.
 */
#ifndef MODULES_BASE_IMPORT_FORM_H
#define MODULES_BASE_IMPORT_FORM_H

#include "import.h"

struct import_form;

/* `sample` are the first bytes of run->source, which was read up to their end. *ret NULL: CSV. */
crm_status import_form_open(const struct import_run *run, struct crm_str sample, bool last,
                            struct import_form **ret, struct crm_error *err);
void import_form_close(struct import_form *f); /* NULL accepted */
/* The lines; lives as long as `f`. */
struct import_source import_form_source(struct import_form *f);
/* Of the source, about. */
int64_t import_form_bytes_done(const struct import_form *f);
/* What people call the row: the line of a file, the row of a sheet, which card. */
uint64_t import_form_line(const struct import_form *f, const struct csv_row *row);
/* Is the row that of a card which was not read whole? Takes the mark off it. */
bool import_form_is_cut(const struct import_form *f, struct csv_row *row);
/* "csv", "xlsx" or "vcf"; NULL is CSV, here and below. */
struct crm_str import_form_word(const struct import_form *f);
/* Photos and the like that were left out so far. */
int64_t import_form_left_out(const struct import_form *f);
/* "sheets": the names, "sheet": the one that is read; null for others. */
void import_form_sheets_put(const struct import_form *f, const struct crm_base *base,
                            struct crm_json *out);

#endif
