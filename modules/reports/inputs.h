/* Numbers in formulas that are no figures of records: those that a reader may set for a what-if,
 * and the days of the period.
 *
 * An input is a metric whose `input` is its number until the reader gives another, or one of
 * `days`, `days_gone` (today among them) and `days_left` of the period, which nobody sets and which
 * all time has none of. Threads: any. */
#ifndef MODULES_REPORTS_INPUTS_H
#define MODULES_REPORTS_INPUTS_H

#include "catalog.h"
#include "period.h"

enum { INPUTS_MAX = 16 };

struct input {
    const struct metric *metric;
    int64_t micro; /* millionths */
    bool is_open;  /* the reader may set it */
};

struct inputs {
    struct input items[INPUTS_MAX];
    size_t count;
};

/* Of a definition. */
bool inputs_default_holds(const struct crm *crm, struct crm_str input);
bool inputs_flag_holds(const struct crm *crm, struct crm_str flag_above);
/* Moves the inputs among the metrics over; those behind INPUTS_MAX stay away with no value. */
void inputs_take(const struct metric **metrics, size_t *count, struct inputs *ret);
/* Sets their numbers, those of `body` ({name: number}; NULL: none) before the defaults. */
crm_status inputs_read(const struct crm *crm, const struct crm_json_value *body, struct inputs *all,
                       struct crm_error *err);
struct crm_value inputs_value(const struct inputs *all, const struct metric *m,
                              const struct period *period, int64_t today);

#endif
