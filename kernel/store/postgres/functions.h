/* The SQL functions that expressions need on PostgreSQL, in the schema perigee. Private to store/.
 */
#ifndef STORE_POSTGRES_FUNCTIONS_H
#define STORE_POSTGRES_FUNCTIONS_H

#include "base/buf.h"
#include "base/err.h"

/* Appends CREATE OR REPLACE statements for all of them, to be run as one script when the database
 * is made and again when the program's version changes (crm_fold follows the kernel's fold
 * version). The schema must exist. */
crm_status postgres_functions_sql(struct buf *out, struct err *err);

#endif
