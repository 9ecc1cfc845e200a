/* Who works with a PostgreSQL database, for a command that puts another in its place or brings it
 * up: it is refused, and told by number and address, as long as anybody does. Threads: any. */
#ifndef STORE_LIVING_H
#define STORE_LIVING_H

#include "base/err.h"

/* CRM_CONFLICT with the nodes that hold a number now (store/cluster.h); CRM_UNAVAILABLE where that
 * cannot be found out. Without a URI (SQLite), and where the database cannot be reached, CRM_OK:
 * what follows says so better. */
crm_status store_refuse_living(struct str uri, struct err *err);

/* The same, and until it is released the place is this process's alone to fill: another that wants
 * it waits a little - who was killed may still hold it - and is then CRM_CONFLICT. NULL where there
 * is nothing to hold. Ends with the process, however that ends. */
struct store_place;
crm_status store_place_take(struct str uri, struct store_place **ret, struct err *err);
void store_place_release(struct store_place *p);

#endif
