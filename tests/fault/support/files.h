/* The same disk under files that the kernel writes by itself (blobs): open, mkostemp, mkdir,
 * write, fsync and link are wrapped by the linker and looked at when the path lies in a folder
 * "blobs".
 *
 * A file's bytes are on the disk after its fsync, its name after the folder's; nothing is there
 * without the names of the folders around it. Threads: any. */
#ifndef FAULT_SUPPORT_FILES_H
#define FAULT_SUPPORT_FILES_H

#include <stdbool.h>

void files_lie(bool lies);
/* What a power cut leaves of them. */
void files_lose(void);

#endif
