/* What this node hears of the others on its database, and tells them: a thread that reads the news
 * (store/cluster.h) and passes on what they mean - resident records read again, sessions forgotten,
 * the schema followed, the log and jobs looked at. Nothing with SQLite.
 *
 * Also says in the database who this node is, for `perigee nodes`. Threads: start and stop main. */
#ifndef MODULE_NODES_H
#define MODULE_NODES_H

#include "base/err.h"

struct kernel;
struct nodes;

/* `address`: where this node is reached. *ret NULL where there is nothing to hear. */
crm_status nodes_start(struct kernel *k, const char *address, struct nodes **ret, struct err *err);
void nodes_stop(struct nodes *n); /* NULL is fine */

#endif
