/* Breadcrumbs; see crash.h. In the handler only calls of signal-safety(7): open, write, close,
 * sigaction, raise. */
#include "base/crash.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

enum { CRUMB_BYTES = 512, PATH_BYTES = 4096 };

static _Thread_local struct crash_mark here;

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

crm_status crash_catch(struct str path, bool json, struct err *err) {
    struct sigaction action = {.sa_handler = on_crash};
    int len = snprintf(told.path, sizeof told.path, "%.*s", STR_ARG(path));
    if (len < 0 || (size_t)len >= sizeof told.path)
        return err_internal(err, "the path of the breadcrumb is too long");
    told.json = json;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < FATAL_COUNT; i++)
        sigaction(fatal[i], &action, &told.before[i]);
    return CRM_OK;
}

void crash_report(struct str path) {
    char name[PATH_BYTES], text[CRUMB_BYTES + 1] = "";
    snprintf(name, sizeof name, "%.*s", STR_ARG(path));
    FILE *file = fopen(name, "re");
    if (!file) return;
    struct str rest = str_make(text, fread(text, 1, sizeof text - 1, file));
    fclose(file);
    struct str parts[3] = {STR_NONE, STR_NONE, STR_NONE};
    for (size_t i = 0; i < 3; i++) {
        str_split(&rest, '\n', &parts[i]);
        if (parts[i].ptr) text[parts[i].ptr + parts[i].len - text] = '\0';
    }
    log_event(LOG_ERROR, "crashed_before", "signal", parts[0].ptr ? parts[0].ptr : "", "module",
              parts[1].ptr ? parts[1].ptr : "", "call", parts[2].ptr ? parts[2].ptr : "", NULL);
    unlink(name);
}
