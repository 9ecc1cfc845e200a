/* The mark of the folder of blobs: DIR/blobs/.shared and a note in the database say the same, so
 * that a node whose folder is not the one that the others share is refused before it stores a file
 * there that nobody else finds. PostgreSQL only: with SQLite database and files are one folder. */
#ifndef STORE_BLOB_MARK_H
#define STORE_BLOB_MARK_H

#include "store/store.h"

/* Made where neither has one; CRM_CONFLICT where they differ. Outside of transactions. */
crm_status blob_mark_check(struct store *s, struct store_conn *writer, struct err *err);

#endif
