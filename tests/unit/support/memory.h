/* Where tests keep their files: in memory where there is room (flushes cost nothing there), else on
 * the disk. A container's /dev/shm of a few megabytes is no room. */
#ifndef SUPPORT_MEMORY_H
#define SUPPORT_MEMORY_H

#include <sys/statvfs.h>

static inline const char *test_memory_folder(void) {
    enum { ROOM_MB = 1000 };
    struct statvfs found;
    if (statvfs("/dev/shm", &found) != 0 || (found.f_flag & ST_RDONLY)) return "/tmp";
    return (found.f_bavail >> 10) * found.f_frsize >> 10 > ROOM_MB ? "/dev/shm" : "/tmp";
}

#endif
