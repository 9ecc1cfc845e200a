/* crm_fold for PostgreSQL. Private to store/postgres. */
#ifndef STORE_POSTGRES_FOLD_H
#define STORE_POSTGRES_FOLD_H

#include "base/buf.h"
#include "base/err.h"

/* Appends CREATE OR REPLACE FUNCTION perigee.crm_fold(text). */
crm_status postgres_fold_sql(struct buf *out, struct err *err);

#endif
