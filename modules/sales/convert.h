/* Conversion of a lead: finds or makes its contact, organization and deal from the lead's fields
 * and links them to it, in one changeset that undo takes back as a whole.
 *
 *     POST /api/v1/records/lead/{id}/convert
 *     {"contact": "id" | true | false, "organization": "id" | true | false, "deal": {fields} | true
 * | false}
 *
 * true (the default) finds or makes one; false leaves it out; an id takes that record. The lead's
 * timeline is not copied: the new records show it through their link to the lead.
 *
 * Threads: reader lane. */
#ifndef MODULES_SALES_CONVERT_H
#define MODULES_SALES_CONVERT_H

#include <crm/services.h>

/* `crm` is borrowed until the module's fini. */
crm_status convert_register(struct crm *crm, struct crm_error *err);

#endif
