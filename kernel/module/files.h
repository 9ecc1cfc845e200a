/* Files of the data directory that are replaced as a whole: written under another name, flushed,
 * renamed. Private to kernel/module. Threads: any, one at a time for a path that is written. */
#ifndef MODULE_FILES_H
#define MODULE_FILES_H

#include "base/arena.h"
#include "base/err.h"

/* What errno says of a path. */
crm_status files_failure(struct str path, struct err *err);
/* Paths end in NUL. */
crm_status files_read(struct arena *a, struct str path, size_t max_bytes, struct str *ret,
                      struct err *err);
crm_status files_write(struct str path, struct str bytes, struct err *err);
/* Makes it (0700) where it is not there. */
crm_status files_folder(struct str path, struct err *err);

#endif
