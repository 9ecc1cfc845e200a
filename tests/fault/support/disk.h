/* A disk that can lose power, lie and fail: a SQLite VFS over the default one for tests.
 *
 * Writes pass through at once, but what each sector held at the last sync is remembered; a power
 * cut puts that back, wholly or for a random part of the sectors (torn). A sync that fails does
 * what Linux does: the pages count as clean from then on and reach the disk only when written
 * again. Sectors are the 512 bytes that SQLite may rely on. The shared-memory index is not kept,
 * since it is made anew by whoever opens the file first. Nothing is really flushed: the machine
 * does not stop.
 *
 * State is the process's: a test forks a child, which dies by disk_cut. Threads: any. */
#ifndef FAULT_SUPPORT_DISK_H
#define FAULT_SUPPORT_DISK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define DISK_VFS "disk"

enum { DISK_CUT_EXIT = 77 };

enum disk_operation {
    DISK_OPEN = 1,
    DISK_WRITE = 2,
    DISK_SYNC = 4,
    DISK_TRUNCATE = 8,
    DISK_READ = 16,
    DISK_ANY = 31
};

/* Registers the VFS; all files count as durable. */
void disk_register(void);
/* Syncs answer "done" and do nothing. */
void disk_lie(bool lies);

/* The power goes at the n-th operation (of writing, syncing, truncating) from now: the process ends
 * with DISK_CUT_EXIT. n = 0: not. */
void disk_cut_at(long n, uint64_t seed, bool torn);
/* Now. Does not return. */
void disk_cut(void) __attribute__((noreturn));
/* What a cut leaves behind, without ending the process: only between two engines. */
void disk_lose(void);

/* The n-th operation of these kinds from now fails, and with `stays` each one after it. `code` is a
 * SQLite result; 0: the natural I/O error of the operation. n = 0: none. */
void disk_fail_at(unsigned operations, long n, int code, bool stays);
/* How many operations of the kinds given to disk_fail_at were there since. */
long disk_count(void);
/* Failures since disk_fail_at, and whether one of them was a sync. */
long disk_failures(void);
bool disk_has_sync_failed(void);

/* Of files.c: an operation on a file that is not SQLite's. A SQLite result. */
int disk_step(unsigned operation);

#endif
