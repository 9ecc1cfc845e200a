/* Words: what somebody looks for, whether a text has them, and the row that an index keeps. Private
 * to store/. Threads: any.
 *
 * All texts are folded (base/unicode.h); a word is found by the beginning of a word, in any order.
 */
#ifndef STORE_SEARCH_WORDS_H
#define STORE_SEARCH_WORDS_H

#include "store/query.h"

enum {
    SEARCH_WORDS_MAX = 8,
    SEARCH_TEXT_MAX_BYTES = 400,
    SEARCH_BODY_MAX_BYTES = 1 << 20,
    SEARCH_TEAMS_MAX = 64
};

struct search_words {
    struct str folded; /* the whole text, blanks collapsed */
    struct str words[SEARCH_WORDS_MAX];
    size_t count; /* 0: nothing to look for */
};

/* A text of digits and signs, as phones are written, is one word: its digits. */
crm_status search_words_parse(struct arena *a, struct str text, struct search_words *ret,
                              struct err *err);
/* Bit i: word i begins a word of the folded text (`anywhere`: stands anywhere in it). */
uint32_t search_words_in(const struct search_words *w, struct str folded, bool anywhere);
static inline uint32_t search_words_all(const struct search_words *w) {
    return (UINT32_C(1) << w->count) - 1;
}

/* The words of a search row, parted by blanks, with those of its owner and team. */
crm_status search_body(struct arena *a, const struct store_search_row *row, struct str *ret,
                       struct err *err);
/* The word that stands for records of an owner ('o') or team ('t'): begins with a private-use
 * letter, which fold_words never yields, so that nobody can type it. */
void search_add_mark(struct buf *out, char kind, int64_t id);
/* What all marks of a kind begin with. */
struct str search_mark_prefix(struct arena *a, char kind);

#endif
