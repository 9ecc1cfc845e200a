/* Log lines: built in one buffer, written with one write(2), so that lines of threads never mix.
 * Level and form are the only process-wide settings of the base, each one atomic. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/json.h"
#include "base/time.h"

enum { VALUE_MAX_BYTES = 1024, LINE_MAX_BYTES = 256 * 1024 };

static _Atomic int least_level = LOG_INFO;
static _Atomic bool as_json = false;

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void log_set_level(enum log_level level) { atomic_store(&least_level, (int)level); }
void log_set_json(bool json) { atomic_store(&as_json, json); }

struct line {
    struct buf out;
    struct json_writer json;
    bool is_json;
};

static bool needs_quotes(struct str s) {
    if (s.len == 0) return true;
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] <= ' ' || strchr("\"=\\\x7f", s.ptr[i])) return true;
    return false;
}

/* A quoted logfmt value is a JSON string: control characters can forge no line. */
static void put(struct line *l, const char *key, struct str value) {
    if (value.len > VALUE_MAX_BYTES) value.len = VALUE_MAX_BYTES;
    if (l->is_json) {
        json_key_lit(&l->json, key);
        json_text(&l->json, value);
        return;
    }
    if (l->out.len) buf_add_char(&l->out, ' ');
    buf_add_cstr(&l->out, key);
    buf_add_char(&l->out, '=');
    if (needs_quotes(value)) {
        struct json_writer quoted;
        json_writer_init(&quoted, &l->out);
        json_text(&quoted, value);
    } else {
        buf_add_str(&l->out, value);
    }
}

static bool line_open(struct line *l, enum log_level level, const char *event) {
    if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed)) return false;
    if ((unsigned)level > LOG_ERROR) level = LOG_ERROR;
    buf_init(&l->out, LINE_MAX_BYTES);
    json_writer_init(&l->json, &l->out);
    l->is_json = atomic_load_explicit(&as_json, memory_order_relaxed);
    struct buf now;
    buf_init(&now, 64);
    time_format(clock_now_ms(), &now);
    if (l->is_json) json_object_open(&l->json);
    put(l, "time", buf_str(&now));
    put(l, "level", str_from(level_names[level]));
    put(l, "event", str_from(event));
    buf_fini(&now);
    return true;
}

static void line_close(struct line *l) {
    if (l->is_json) json_object_shut(&l->json);
    buf_add_char(&l->out, '\n');
    if (l->out.status == CRM_OK) {
        const char *at = l->out.ptr;
        size_t left = l->out.len;
        while (left > 0) {
            ssize_t written = write(STDERR_FILENO, at, left);
            if (written <= 0) break; /* nobody left to tell */
            at += written;
            left -= (size_t)written;
        }
    }
    buf_fini(&l->out);
}

void log_event(enum log_level level, const char *event, ...) {
    struct line line;
    if (!line_open(&line, level, event)) return;
    va_list args;
    va_start(args, event);
    for (;;) {
        const char *key = va_arg(args, const char *);
        const char *value = key ? va_arg(args, const char *) : NULL;
        if (!key || !value) break;
        put(&line, key, str_from(value));
    }
    va_end(args);
    line_close(&line);
}

void log_err(enum log_level level, const char *event, const struct err *err) {
    struct line line;
    if (!line_open(&line, level, event)) return;
    put(&line, "status", str_from(crm_status_word(err->status)));
    if (err->text.code) put(&line, "code", str_from(err->text.code));
    if (err->entity[0]) put(&line, "entity", str_from(err->entity));
    if (err->field[0]) put(&line, "field", str_from(err->field));
    if (err->where[0]) put(&line, "where", str_from(err->where));
    if (err->cause[0]) put(&line, "cause", str_from(err->cause));
    line_close(&line);
}
