/* The words demonstration data is made of, in English and Russian. Invented people; addresses are
 * of reserved domains (RFC 2606). Threads: any (constants). */
#ifndef MODULES_SALES_DEMO_WORDS_H
#define MODULES_SALES_DEMO_WORDS_H

#include <stddef.h>

#include <crm/command.h>

struct demo_list {
    const char *const *words;
    size_t count;
};

struct demo_words {
    struct demo_list first_names, last_names, company_stems, company_kinds, industries, countries,
        titles, teams, needs, subjects_task, subjects_call, subjects_meeting, notes, next_steps,
        stops;
    const char *deal_joint; /* between need and company */
};

enum { DEMO_HELP_TEXTS = 6 };
extern const struct crm_help_text demo_help_texts[DEMO_HELP_TEXTS];
extern const struct demo_words demo_words_en, demo_words_ru;

#endif
