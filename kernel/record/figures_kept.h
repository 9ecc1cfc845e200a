/* Answers to questions for figures, kept by question, rights and place in the log.
 *
 * An answer holds for every later place too until the log has a change of an entity that it rests
 * on: what was written since the last look is read from the log itself, so that it does not matter
 * who wrote. What fills computed columns without a word in the log (rebuild.h) empties it. The
 * oldest unused answers go where their bytes exceed the budget. Threads: any. */
#ifndef RECORD_FIGURES_KEPT_H
#define RECORD_FIGURES_KEPT_H

#include "record/figures_key.h"

struct figures_kept;
/* `budget_bytes` 0: keeps nothing. */
crm_status figures_kept_new(size_t budget_bytes, struct figures_kept **ret, struct err *err);
void figures_kept_free(struct figures_kept *k); /* NULL is fine */
/* Forgets every answer, also those on their way. */
void figures_kept_clear(struct figures_kept *k);

/* store_figures_run, where the same was asked before its answer of then. On a reader within a
 * transaction; elsewhere, and under what may be unlogged, it asks. */
crm_status record_figures(struct record_view *v, const struct store_figures *f,
                          struct store_figures_result *ret, struct err *err);

struct figures_kept_counts {
    int64_t hits, misses, answers;
    size_t bytes;
};
void figures_kept_count(struct figures_kept *k, struct figures_kept_counts *ret);

#endif
