/* GET reports, GET reports/catalog, POST reports/{name}, POST reports/{name}/drill, POST
 * reports/run (one that is not kept). Threads: registration on the main thread, handlers on their
 * lane. */
#ifndef MODULES_REPORTS_ROUTE_H
#define MODULES_REPORTS_ROUTE_H

#include "catalog.h"

crm_status route_register(struct catalogs *all, struct crm_error *err);

#endif
