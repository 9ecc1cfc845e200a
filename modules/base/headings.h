/* Headings: what the columns of other programs' tables mean - amoCRM, Bitrix24, Google, Outlook,
 * HubSpot, Salesforce, Zoho, advertising forms and ordinary spreadsheets, in English and Russian.
 *
 * Knows words only; whether the entity has such a field is the caller's to see. Threads: any. */
#ifndef MODULES_BASE_HEADINGS_H
#define MODULES_BASE_HEADINGS_H

#include <crm/base.h>

struct heading {
    const char *field; /* as --map writes it: "emails", "organization.website", "full_name" */
    const char *label; /* of list items; NULL = none */
};

/* Header as it compares: folded, punctuation as single blanks. In the arena. */
struct crm_str heading_normalise(const struct crm_base *base, struct crm_arena *a,
                                 struct crm_str header);
/* The position-th meaning of a normalised header for an entity, best first; false when there are no
 * more. */
bool heading_meaning(struct crm_str normalised, struct crm_str entity, size_t position,
                     struct heading *ret);

#endif
