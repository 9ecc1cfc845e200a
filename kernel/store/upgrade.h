/* Bringing an older database up: first a whole backup is kept beside it, then the versions are gone
 * through in one transaction.
 *
 * DIR/copies/version-N.backup is what the database was before; the program that made it restores it
 * into a new place, or "upgrade --back" puts it in the place of the present one. A database that is
 * up to date, or new, is opened without any copy. Beside other nodes, which say what generation
 * they are of (store/cluster.h), only what leaves them at work is done; else it is refused in words
 * (CRM_CONFLICT).
 * Threads: one, before anything else works with the store. */
#ifndef STORE_UPGRADE_H
#define STORE_UPGRADE_H

#include "store/migrate.h"

/* `writer` outside of a transaction. */
crm_status store_bring_up(struct store *s, struct store_conn *writer,
                          const struct store_versions *versions, struct err *err);
/* Where the copy of a version is kept; empty without memory. */
struct str store_copy_path(struct str data_dir, int64_t version, struct arena *a);
/* Writes that copy, in place of an older one of the same version; none of a database that has
 * another version by now. */
crm_status store_copy_keep(struct store *s, int64_t version, struct arena *a, struct err *err);
/* The copy of the highest version below one; 0: there is none. */
int64_t store_copy_below(struct str data_dir, int64_t version);

#endif
