/* DIR/lock: one process owns a data directory. An flock, so that it ends with the process, however
 * that ends. Threads: main. */
#ifndef CLI_LOCK_H
#define CLI_LOCK_H

#include "base/err.h"

enum { LOCK_WAIT_MS = 10000 };

/* Waits up to `wait_ms` for another command to end; CRM_UNAVAILABLE then. The descriptor holds the
 * lock until it is closed. */
crm_status lock_take(struct str folder, int wait_ms, int *ret_fd, struct err *err);
/* Makes the folder (0700) where it is missing. */
crm_status lock_make_folder(struct str folder, struct err *err);

#endif
