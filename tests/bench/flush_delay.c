/* Loaded before a program (LD_PRELOAD), it makes each flush take longer, as on a disk that has to
 * turn or a volume across a network: FLUSH_DELAY_US microseconds more, 2,000 when unset.
 *
 * Threads: any. Owns nothing. */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

typedef int (*flush_fn)(int fd);

static int flush_late(const char *name, int fd) {
    flush_fn flush = (flush_fn)dlsym(RTLD_NEXT, name);
    int answer = flush ? flush(fd) : -1, why = errno;
    const char *given = getenv("FLUSH_DELAY_US");
    long us = given ? strtol(given, NULL, 10) : 2000;
    struct timespec left = {us / 1000000, us % 1000000 * 1000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
    errno = why;
    return answer;
}

int fsync(int fd) { return flush_late("fsync", fd); }
int fdatasync(int fd) { return flush_late("fdatasync", fd); }
