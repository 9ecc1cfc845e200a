/* Functions that nobody here may call: included ahead of every translation unit by the build
 * (-include), so that a use is an error wherever it stands.
 *
 * They are declared deprecated instead of poisoned, because third-party headers may name them; the
 * build turns the warning into an error. Not a style guide: see it for what to use instead. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Clang's fortified headers define some of them, which then take no attribute any more. */
#if !defined(__clang__) || !defined(_FORTIFY_SOURCE)

#define BANNED_(instead) __attribute__((deprecated("banned here: " instead)))

extern char *strcpy(char *restrict, const char *restrict) BANNED_("use struct buf or memcpy");
extern char *strcat(char *restrict, const char *restrict) BANNED_("use struct buf");
extern int sprintf(char *restrict, const char *restrict, ...) BANNED_("use snprintf or buf_printf");
extern int vsprintf(char *restrict, const char *restrict, va_list) BANNED_("use vsnprintf");
extern char *strtok(char *restrict, const char *restrict) BANNED_("use str_split");
extern int atoi(const char *) BANNED_("use str_to_int64");
extern struct tm *localtime(const time_t *) BANNED_("use struct zone");
extern struct tm *gmtime(const time_t *) BANNED_("use date_to_civil");
extern char *ctime(const time_t *) BANNED_("use time_format");
extern int rand(void) BANNED_("use random_bytes");
extern int system(const char *) BANNED_("use loop/child.h");
extern FILE *popen(const char *, const char *) BANNED_("use loop/child.h");

#undef BANNED_
#endif
#undef alloca
#pragma GCC diagnostic error "-Walloca"
#pragma GCC poison gets

#endif
