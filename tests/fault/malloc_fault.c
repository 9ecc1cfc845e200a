/* The n-th allocation of a whole story fails, on any thread: first of the kernel's own alone, then
 * with SQLite's among them; or, every third time, that one and the fifty after it. Nothing may
 * crash or leak, a step that was answered with success must be in the data, the same process must
 * be able to go on, and what is opened afterwards is clean and whole.
 *
 *   malloc_fault [--full] [--samples N] [--only 0|1] [--first N] */
#include <malloc.h>
#include <stdatomic.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/count.h"
#include "support/story.h"

enum { FULL_SAMPLES = 800, SHORT_SAMPLES = 16, SERIES = 50 };

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t items, size_t bytes);
void *__real_realloc(void *ptr, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t items, size_t bytes);
void *__wrap_realloc(void *ptr, size_t bytes);

static atomic_long allocations, fail_from,
    fail_to; /* the first that fails, and the first that does not any more */

static bool fails(void) {
    long n = atomic_fetch_add(&allocations, 1) + 1;
    return n >= atomic_load(&fail_from) && n < atomic_load(&fail_to);
}

void *__wrap_malloc(size_t bytes) { return fails() ? NULL : __real_malloc(bytes); }
void *__wrap_calloc(size_t items, size_t bytes) {
    return fails() ? NULL : __real_calloc(items, bytes);
}
void *__wrap_realloc(void *ptr, size_t bytes) {
    return fails() ? NULL : __real_realloc(ptr, bytes);
}

/* SQLite's memory by the same way. */
static void *sqlite_malloc(int bytes) { return __wrap_malloc((size_t)bytes); }
static void *sqlite_realloc(void *ptr, int bytes) { return __wrap_realloc(ptr, (size_t)bytes); }
static int sqlite_size(void *ptr) { return ptr ? (int)malloc_usable_size(ptr) : 0; }
static int sqlite_roundup(int bytes) { return (bytes + 7) & ~7; }
static int sqlite_init(void *ctx) {
    (void)ctx;
    return SQLITE_OK;
}
static void sqlite_shutdown(void *ctx) { (void)ctx; }

static void count_sqlite(void) {
    static const sqlite3_mem_methods methods = {
        sqlite_malloc,  free,        sqlite_realloc,  sqlite_size,
        sqlite_roundup, sqlite_init, sqlite_shutdown, NULL};
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int wrongs;
static void wrong(const struct story *s, enum story_step step, const char *what) {
    session_say(&s->session, story_word(step));
    fprintf(stderr, "%s: %s\n", story_word(step), what);
    wrongs++;
}

static void want_done(struct story *s, const char *what) {
    for (int i = 0; i < STORY_STEPS; i++)
        if (s->status[i] != CRM_OK) {
            wrong(s, (enum story_step)i, what);
            return;
        }
}

static void look_again(struct story *s, const char *dir) {
    int64_t problems = 0;
    if (s->status[STORY_OPEN] != CRM_OK) {
        story_run(s, dir, NULL);
    } else if (session_open(&s->session, dir, NULL, false) == CRM_OK) {
        if (story_missing(s, false) != STORY_STEPS)
            wrong(s, story_missing(s, false), "answered with success and not there");
        story_go_on(s);
    } else {
        wrong(s, STORY_OPEN, "does not open again");
        return;
    }
    want_done(s, "cannot be done by asking again");
    if (!s->session.engine) return;
    if (story_missing(s, true) != STORY_STEPS)
        wrong(s, story_missing(s, true), "not there, or there twice, in the end");
    if (session_check(&s->session, &problems) != CRM_OK || problems > 0)
        wrong(s, STORY_STEPS, "check finds problems");
    story_close(s);
}

/* In a child; leaks are looked for when it ends. */
static void run_one(const char *dir, bool with_sqlite, long n) {
    static struct story s;
    story_init(&s);
    if (with_sqlite) count_sqlite();
    atomic_store(&allocations, 0);
    atomic_store(&fail_to, n + (n % 3 == 0 ? SERIES : 1));
    atomic_store(&fail_from, n);
    story_run(&s, dir, NULL);
    atomic_store(&fail_to, 0);
    if (s.session.engine && !story_is_done(&s)) {
        if (story_missing(&s, false) != STORY_STEPS)
            wrong(&s, story_missing(&s, false), "answered with success and not to be seen");
        story_go_on(&s);
        want_done(&s, "the same process cannot go on");
    }
    story_close(&s);
    look_again(&s, dir);
    exit(wrongs ? 1 : 0);
}

static long total_of(const char *dir, bool with_sqlite) {
    int ends[2];
    long total = 0;
    if (pipe(ends) != 0) abort();
    pid_t child = fork();
    if (child == 0) {
        static struct story s;
        story_init(&s);
        if (with_sqlite) count_sqlite();
        story_run(&s, dir, NULL);
        story_close(&s);
        total = story_is_done(&s) ? atomic_load(&allocations) : 0;
        if (!total) want_done(&s, "without any fault");
        _exit(write(ends[1], &total, sizeof total) != sizeof total);
    }
    close(ends[1]);
    if (read(ends[0], &total, sizeof total) != sizeof total) total = 0;
    close(ends[0]);
    waitpid(child, NULL, 0);
    return total;
}

static void run_all(bool with_sqlite, long samples, long first) {
    const char *whose = with_sqlite ? "all" : "own";
    char dir[64];
    session_folder(dir);
    long total = total_of(dir, with_sqlite), done = 0;
    session_folder_remove(dir);
    if (!check(total > 0, "the story without faults")) return;
    long step = 1 + total / samples;
    for (long n = first ? first : 1 + step / 2; n <= total; n += step, done++) {
        int state = 0;
        session_folder(dir);
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) run_one(dir, with_sqlite, n);
        waitpid(child, &state, 0);
        session_folder_remove(dir);
        check(WIFEXITED(state) && WEXITSTATUS(state) == 0,
              "allocation %ld of %s: the child ended with %x", n, whose, (unsigned)state);
    }
    fprintf(stderr, "%s: %ld of %ld allocations failed in turn\n", whose, done, total);
}

int main(int argc, char **argv) {
    long samples =
        option(argc, argv, "--samples", is_full(argc, argv) ? FULL_SAMPLES : SHORT_SAMPLES);
    long first = option(argc, argv, "--first", 0), only = option(argc, argv, "--only", -1);
    for (int with_sqlite = 0; with_sqlite < 2; with_sqlite++)
        if (only < 0 || only == with_sqlite) run_all(with_sqlite != 0, samples, first);
    return count_finish();
}
