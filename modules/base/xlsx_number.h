/* What a number of a workbook says under its format: a date, a time, an amount, a share or a
 * number, as text that imports read. Threads: any. */
#ifndef MODULES_BASE_XLSX_NUMBER_H
#define MODULES_BASE_XLSX_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"

enum xlsx_look { XLSX_PLAIN, XLSX_DATE, XLSX_SHARE };

struct xlsx_style {
    enum xlsx_look look;
    char currency[4]; /* "" = none is named */
};

/* By the number of a built-in format; false when it is none that says something. */
void xlsx_style_builtin(int number, struct xlsx_style *ret);
/* By a format's code: #,##0.00\ [$EUR] and the like. */
void xlsx_style_code(const char *code, struct xlsx_style *ret);
/* `number` as it stands in the file; what is no number is added as it stands. */
void xlsx_number_text(const char *number, const struct xlsx_style *style, bool since_1904,
                      struct bytes *out);

#endif
