/* Short texts that the kernel keeps for its nodes: rows of sys_state under the owner "node". They
 * are facts of one database: no backup and no copy has them.
 *
 *   files   version and digest of the definition files that are in force
 *   schema  digest of the definitions that are in force, files and those of people
 *   blobs   the mark of the folder that holds the blobs
 *   0..1023 a node: {"address","version","blobs","started_at","seen_at"}
 *
 * Threads: the connection's. */
#ifndef STORE_NOTE_H
#define STORE_NOTE_H

#include "store/store.h"

/* Empty when there is none. */
crm_status store_note_get(struct store_conn *c, struct str key, struct arena *a, struct str *ret,
                          struct err *err);
crm_status store_note_put(struct store_conn *writer, struct str key, struct str text,
                          struct err *err);

#endif
