/* `perigee demo [--size N] [--seed S] [--today DATE]`: demonstration data of N deals with the
 * people, organizations, leads and activities around them, over the two years before today. The
 * same seed and day give the same records on every engine but for ids and times of making.
 *
 * Threads: the command's. */
#ifndef MODULES_SALES_DEMO_H
#define MODULES_SALES_DEMO_H

#include <crm/services.h>

crm_status demo_register(struct crm *crm, struct crm_error *err);

#endif
