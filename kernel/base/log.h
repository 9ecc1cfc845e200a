/* Structured log: one JSON or logfmt line per event on standard error. Only boundaries log
 * (request, job, command, start and stop); libraries return errors.
 *
 * Personal data never goes in: ids, codes and causes only. Threads: any. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_set_level(enum log_level level);
void log_set_json(bool json);
/* Key-value pairs of NUL-terminated texts, closed by NULL:
 * log_event(LOG_INFO, "listening", "address", addr, NULL). */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));
void log_err(enum log_level level, const char *event, const struct err *err);

#endif
