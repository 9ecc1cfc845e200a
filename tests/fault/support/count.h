/* Counting what held and what did not; the last line of a fault program says both. Threads: one. */
#ifndef FAULT_SUPPORT_COUNT_H
#define FAULT_SUPPORT_COUNT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct { long passed, failed; } count;

__attribute__((format(printf, 2, 3))) static inline bool check(bool ok, const char *format, ...) {
    if (ok) {
        count.passed++;
        return true;
    }
    va_list args;
    va_start(args, format);
    fprintf(stderr, "FAILED: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    count.failed++;
    return false;
}

/* The exit code. */
static inline int count_finish(void) {
    printf("%ld passed, %ld failed\n", count.passed, count.failed);
    return count.failed ? 1 : 0;
}

/* The number behind `name` on the command line. */
static inline long option(int argc, char **argv, const char *name, long otherwise) {
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0) return strtol(argv[i + 1], NULL, 10);
    return otherwise;
}

static inline bool is_full(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--full") == 0) return true;
    return false;
}

#endif
