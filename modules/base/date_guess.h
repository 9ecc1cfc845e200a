/* Which order of day, month and year a column's dates are in, judged from a sample. Threads: any.
 */
#ifndef MODULES_BASE_DATE_GUESS_H
#define MODULES_BASE_DATE_GUESS_H

#include <crm/value.h>

struct date_guess {
    size_t day_first, month_first; /* samples that only this order explains */
    size_t dotted;                 /* day.month.year, the only reading of that form */
};

void date_guess_add(struct date_guess *g, struct crm_str text);
/* "dmy", "mdy" or "" (nothing decides: unambiguous forms only). */
struct crm_str date_guess_order(const struct date_guess *g);

#endif
