/* The SQL functions that expressions need on SQLite. Private to store/. */
#ifndef STORE_SQLITE_FUNCTIONS_H
#define STORE_SQLITE_FUNCTIONS_H

#include <sqlite3.h>

#include "store/store.h"

/* Registers crm_* on a connection. `company` is looked at whenever a function runs (its zone), so
 * it must live as long as the connection. */
crm_status sqlite_functions_register(sqlite3 *db, const struct store_company *company,
                                     struct err *err);

#endif
