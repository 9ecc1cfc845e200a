/* Breadcrumbs; see crash.h. In the handler only calls of signal-safety(7): open, write, close,
 * sigaction, raise. */
#include "base/crash.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

enum {
    CRUMB_BYTES = 512,
    PATH_BYTES = 4096,
    STACK_BYTES = 32768,
    NOTED_BYTES_MAX = 65536,
    TWICE_WITHIN_MS = 600000
};

static _Thread_local struct crash_mark here;
static _Thread_local char stack_of_handler[STACK_BYTES];

enum { FATAL_COUNT = 5 };
static const int fatal[FATAL_COUNT] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

/* Set once, before any thread is there to crash. */
static struct {
    char path[PATH_BYTES];
    bool json;
    struct sigaction before[FATAL_COUNT]; /* the default, or a sanitizer's */
} told;

struct crash_mark crash_enter(const char *module, const char *call) {
    struct crash_mark before = here;
    here = (struct crash_mark){module, call};
    return before;
}

void crash_leave(struct crash_mark before) { here = before; }

struct crash_mark crash_here(void) {
    return here;
}

/* ---- in the handler ----------------------------------------------------------------------- */

struct crumb {
    char bytes[CRUMB_BYTES];
    size_t len;
};

static void add(struct crumb *c, const char *text) {
    for (; text && *text && c->len < sizeof c->bytes; text++)
        c->bytes[c->len++] = *text;
}

/* What could end a quoted text or a line becomes a question mark. */
static void add_plain(struct crumb *c, const char *text) {
    for (; text && *text && c->len < sizeof c->bytes; text++) {
        bool plain = (unsigned char)*text >= ' ' && *text != '"' && *text != '\\';
        c->bytes[c->len++] = plain ? *text : '?';
    }
}

static void add_pair(struct crumb *c, const char *key, const char *value) {
    add(c, told.json ? ",\"" : " ");
    add(c, key);
    add(c, told.json ? "\":\"" : "=\"");
    add_plain(c, value ? value : "");
    add(c, "\"");
}

static const char *signal_word(int number) {
    switch (number) {
    case SIGSEGV:
        return "SIGSEGV";
    case SIGBUS:
        return "SIGBUS";
    case SIGILL:
        return "SIGILL";
    case SIGFPE:
        return "SIGFPE";
    default:
        return "SIGABRT";
    }
}

static void put(int fd, const struct crumb *c) {
    if (fd >= 0 && write(fd, c->bytes, c->len) < 0) return; /* nobody left to tell */
}

static void on_crash(int number) {
    struct crumb line = {.len = 0}, file = {.len = 0};
    const char *module = here.module ? here.module : "kernel";
    add(&line,
        told.json ? "{\"level\":\"error\",\"event\":\"crashed\"" : "level=error event=crashed");
    add_pair(&line, "signal", signal_word(number));
    add_pair(&line, "module", module);
    add_pair(&line, "call", here.call);
    add(&line, told.json ? "}\n" : "\n");
    put(STDERR_FILENO, &line);
    add(&file, signal_word(number));
    add(&file, "\n");
    add_plain(&file, module);
    add(&file, "\n");
    add_plain(&file, here.call);
    add(&file, "\n");
    int fd = open(told.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    put(fd, &file);
    if (fd >= 0) close(fd);
    for (size_t i = 0; i < FATAL_COUNT; i++)
        sigaction(fatal[i], &told.before[i], NULL);
    raise(number); /* delivered on return, to who was there before */
}

/* ---- before and after --------------------------------------------------------------------- */

/* A sanitizer brings a stack of its own, and takes it away. */
void crash_stack(void) {
    stack_t there;
    const stack_t own = {.ss_sp = stack_of_handler, .ss_size = sizeof stack_of_handler};
    if (sigaltstack(NULL, &there) == 0 && (there.ss_flags & SS_DISABLE)) sigaltstack(&own, NULL);
}

crm_status crash_catch(struct str path, bool json, struct err *err) {
    struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK};
    int len = snprintf(told.path, sizeof told.path, "%.*s", STR_ARG(path));
    if (len < 0 || (size_t)len >= sizeof told.path)
        return err_internal(err, "the path of the breadcrumb is too long");
    told.json = json;
    crash_stack();
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < FATAL_COUNT; i++)
        sigaction(fatal[i], &action, &told.before[i]);
    return CRM_OK;
}

static FILE *open_noted(struct str path, const char *mode) {
    char name[PATH_BYTES];
    int len = snprintf(name, sizeof name, "%.*sed", STR_ARG(path));
    return len > 0 && (size_t)len < sizeof name ? fopen(name, mode) : NULL;
}

/* "1700000000000 sales". */
static void note(struct str path, const char *module, int64_t at_ms) {
    FILE *file = module[0] && strcmp(module, "kernel") != 0 ? open_noted(path, "ae") : NULL;
    if (!file) return;
    fprintf(file, "%lld %s\n", (long long)at_ms, module);
    fclose(file);
}

bool crash_is_repeated(struct str path, const char *module, int64_t since_ms) {
    char *text = malloc(NOTED_BYTES_MAX);
    FILE *file = text ? open_noted(path, "re") : NULL;
    struct str rest = file ? str_make(text, fread(text, 1, NOTED_BYTES_MAX, file)) : STR_NONE, line;
    int64_t at = 0, before = INT64_MIN / 2;
    bool repeated = false;
    if (file) fclose(file);
    while (rest.len && str_split(&rest, '\n', &line)) {
        struct str number;
        if (!str_split(&line, ' ', &number) || !str_is(line, module) ||
            !str_to_int64(number, &at) || at < since_ms)
            continue;
        repeated = repeated || at - before <= TWICE_WITHIN_MS;
        before = at;
    }
    free(text);
    return repeated;
}

void crash_report(struct str path) {
    struct stat status;
    char name[PATH_BYTES], text[CRUMB_BYTES + 1] = "";
    snprintf(name, sizeof name, "%.*s", STR_ARG(path));
    FILE *file = fopen(name, "re");
    if (!file) return;
    bool has_time = fstat(fileno(file), &status) == 0;
    struct str rest = str_make(text, fread(text, 1, sizeof text - 1, file));
    fclose(file);
    struct str parts[3] = {STR_NONE, STR_NONE, STR_NONE};
    for (size_t i = 0; i < 3; i++) {
        str_split(&rest, '\n', &parts[i]);
        if (parts[i].ptr) text[parts[i].ptr + parts[i].len - text] = '\0';
    }
    log_event(LOG_ERROR, "crashed_before", "signal", parts[0].ptr ? parts[0].ptr : "", "module",
              parts[1].ptr ? parts[1].ptr : "", "call", parts[2].ptr ? parts[2].ptr : "", NULL);
    if (parts[1].ptr && has_time) note(path, parts[1].ptr, (int64_t)status.st_mtime * 1000);
    unlink(name);
}
