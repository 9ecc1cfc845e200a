/* Splitting a person's whole name into last, first and middle name. Threads: any. */
#ifndef MODULES_BASE_PERSON_NAME_H
#define MODULES_BASE_PERSON_NAME_H

#include <crm/value.h>

struct person_name {
    struct crm_str last, first, middle; /* borrowed from the whole; empty where there is none */
};

/* Russian order (last first middle) when the name is Cyrillic and ends in a patronymic or
 * `last_first`; otherwise the last word is the last name. One word is a last name. */
void person_name_split(struct crm_str whole, bool last_first, struct person_name *ret);
/* Does a "last name" look like a whole Cyrillic name (two or three words)? */
bool person_name_is_whole(struct crm_str text);

#endif
