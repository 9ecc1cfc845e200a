/* `POST /api/v1/imports`, `GET /api/v1/imports/{id}` and its rejected rows. Threads: reader lane.
 */
#ifndef MODULES_BASE_IMPORT_ROUTE_H
#define MODULES_BASE_IMPORT_ROUTE_H

#include "import_store.h"

crm_status import_route_register(struct import_store *s, struct crm_error *err);

#endif
