/* `perigee import ENTITY FILE`. Threads: the command's. */
#ifndef MODULES_BASE_IMPORT_COMMAND_H
#define MODULES_BASE_IMPORT_COMMAND_H

#include "import_store.h"

crm_status import_command_register(struct import_store *s, struct crm_error *err);

#endif
