/* Texts as a workbook writes them: what XML has no characters for stands as _xHHHH_ (ECMA-376,
 * ST_Xstring), a cell holds 32,767 units of UTF-16. Threads: any. */
#ifndef MODULES_BASE_XLSX_TEXT_H
#define MODULES_BASE_XLSX_TEXT_H

#include <crm/base.h>

enum { XLSX_CELL_UNITS_MAX = 32767 };

/* A longer text is cut at a character and ends with "…". */
void xlsx_text_escape(const struct crm_base *base, struct crm_str text, struct crm_buf *out);
/* Back again, in place; returns the new length. What is no character stays as it stands. */
size_t xlsx_text_unescape(char *text, size_t len);

#endif
