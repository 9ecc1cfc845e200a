/* Counts what speaks for each order; contradicting samples decide nothing. */
#include "date_guess.h"

/* The leading number of `text`, at most two digits; -1 when there is none. */
static int number(const char *ptr, size_t len, size_t *ret_used) {
    int value = 0;
    size_t at = 0;
    while (at < len && at < 2 && ptr[at] >= '0' && ptr[at] <= '9')
        value = value * 10 + (ptr[at++] - '0');
    *ret_used = at;
    return at > 0 ? value : -1;
}

void date_guess_add(struct date_guess *g, struct crm_str text) {
    size_t first_len, second_len;
    int first = number(text.ptr, text.len, &first_len);
    if (first < 0 || first_len >= text.len) return;
    char mark = text.ptr[first_len];
    if (mark != '/' && mark != '.' && mark != '-') return;
    int second = number(text.ptr + first_len + 1, text.len - first_len - 1, &second_len);
    size_t behind = first_len + 1 + second_len;
    if (second < 0 || behind >= text.len || text.ptr[behind] != mark) return;
    if (mark == '.') g->dotted++;
    if (first > 12 && second <= 12) g->day_first++;
    if (second > 12 && first <= 12) g->month_first++;
}

struct crm_str date_guess_order(const struct date_guess *g) {
    if (g->month_first > 0 && g->day_first == 0) return CRM_STR("mdy");
    if (g->month_first == 0 && (g->day_first > 0 || g->dotted > 0)) return CRM_STR("dmy");
    return CRM_STR("");
}
