/* Who works with a PostgreSQL database, for a command that puts another in its place or brings it
 * up: it is refused, and told by number and address, as long as anybody does. Threads: any. */
#ifndef STORE_LIVING_H
#define STORE_LIVING_H

#include "base/err.h"

/* CRM_CONFLICT with the nodes that hold a number now (store/cluster.h). Without a URI (SQLite), and
 * where the database cannot be reached, CRM_OK: what follows says so better. */
crm_status store_refuse_living(struct str uri, struct err *err);

#endif
