/* The n-th operation on the disk fails, for each n of a whole story: reads, writes, syncs,
 * truncations, openings; once, or from then on as a full disk does. Nothing may crash, no failed
 * step may be answered with success, after a failed sync nothing is written any more, and what is
 * opened afterwards - half of the times after a power cut on top - holds every step that succeeded,
 * is clean, and takes the rest of the story.
 *
 *   io_fault [--full] [--kind K] [--step N] [--first N] */
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/count.h"
#include "support/disk.h"
#include "support/story.h"

struct kind {
    const char *word;
    unsigned operations;
    int code;
    bool stays;
};
static const struct kind kinds[] = {
    {"write", DISK_WRITE, 0, false},
    {"sync", DISK_SYNC, 0, false},
    {"sync and all after", DISK_SYNC, 0, true},
    {"full disk", DISK_WRITE | DISK_TRUNCATE, SQLITE_FULL, true},
    {"truncate", DISK_TRUNCATE, 0, false},
    {"open", DISK_OPEN, 0, false},
    {"read", DISK_READ, 0, false},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static struct {
    const struct kind *kind;
    long failures_before;
    bool has_sync_failed; /* in a step that committed */
    int wrong;
} run;

static void wrong(enum story_step step, crm_status status, const char *what) {
    fprintf(stderr, "%s (%s): %s\n", story_word(step), crm_status_word(status), what);
    run.wrong++;
}

/* Only the story's own thread and its writer use the disk meanwhile. */
static void after_step(struct story *s, enum story_step step) {
    crm_status status = s->status[step];
    bool failed_now = disk_failures() > run.failures_before;
    run.failures_before = disk_failures();
    if (run.has_sync_failed && step != STORY_BLOB && status != CRM_UNAVAILABLE)
        wrong(step, status, "written after a failed sync");
    if (!failed_now || !(run.kind->operations & DISK_SYNC)) return;
    if (status == CRM_OK) wrong(step, status, "success though its sync failed");
    if (step == STORY_BLOB) return;
    run.has_sync_failed = true;
    if (!engine_failed(s->session.engine))
        wrong(step, status, "the writer goes on after a failed sync");
}

/* What is left, opened as the next process would. */
static void look_again(struct story *s, const char *dir, long n) {
    int64_t problems = 0;
    if (n % 2) disk_lose();
    bool was_made = s->status[STORY_OPEN] == CRM_OK;
    crm_status kept[STORY_STEPS];
    memcpy(kept, s->status, sizeof kept);
    s->after_step = NULL;
    if (was_made) {
        if (session_open(&s->session, dir, DISK_VFS, false) != CRM_OK) {
            session_say(&s->session, "opening again");
            wrong(STORY_OPEN, s->session.err.status, "does not open again");
            return;
        }
        enum story_step missing = story_missing(s, false);
        if (missing != STORY_STEPS) wrong(missing, kept[missing], "answered with success and lost");
        story_go_on(s);
    } else {
        story_run(s, dir, DISK_VFS);
    }
    for (int i = 0; i < STORY_STEPS; i++)
        if (s->status[i] != CRM_OK) {
            session_say(&s->session, story_word((enum story_step)i));
            wrong((enum story_step)i, s->status[i], "cannot be done by asking again");
        }
    if (!s->session.engine) return;
    if (story_missing(s, true) != STORY_STEPS)
        wrong(story_missing(s, true), CRM_OK, "not there, or there twice, in the end");
    if (session_check(&s->session, &problems) != CRM_OK || problems > 0)
        wrong(STORY_STEPS, s->session.err.status, "check finds problems");
    story_close(s);
}

/* What a failed sync left behind must not take with it what was written by the process after it. */
static void cut_in_the_end(struct story *s, const char *dir) {
    int64_t problems = 0;
    disk_lose();
    if (session_open(&s->session, dir, NULL, false) != CRM_OK) {
        session_say(&s->session, "opening after the last cut");
        wrong(STORY_OPEN, s->session.err.status, "does not open after the last cut");
        return;
    }
    if (story_missing(s, true) != STORY_STEPS)
        wrong(story_missing(s, true), CRM_OK, "lost by a cut after the failure");
    if (session_check(&s->session, &problems) != CRM_OK || problems > 0)
        wrong(STORY_STEPS, s->session.err.status, "check finds problems after the last cut");
    story_close(s);
}

/* In a child. Exit code 0: all is well. */
static void run_one(const char *dir, const struct kind *kind, long n) {
    static struct story s;
    story_init(&s);
    s.after_step = after_step;
    run.kind = kind;
    disk_register();
    disk_fail_at(kind->operations, n, kind->code, kind->stays);
    story_run(&s, dir, DISK_VFS);
    bool failed = s.session.engine && engine_failed(s.session.engine);
    if (kind->code == SQLITE_FULL && s.session.engine &&
        !failed) { /* room again: the same process goes on */
        disk_fail_at(0, 0, 0, false);
        story_go_on(&s);
        if (!story_is_done(&s))
            wrong(STORY_STEPS, CRM_UNAVAILABLE, "no recovery when there is room again");
    }
    story_close(&s);
    disk_fail_at(0, 0, 0, false);
    look_again(&s, dir, n);
    if (!run.wrong) cut_in_the_end(&s, dir);
    exit(run.wrong ? 1 : 0);
}

static bool in_child(const char *dir, const struct kind *kind, long n) {
    int state = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) run_one(dir, kind, n);
    waitpid(child, &state, 0);
    return check(WIFEXITED(state) && WEXITSTATUS(state) == 0, "%s %ld: the child ended with %x",
                 kind->word, n, (unsigned)state);
}

/* How many such operations the story has when nothing fails. */
static long operations_of(const struct kind *kind) {
    char dir[64];
    int ends[2];
    long total = 0;
    session_folder(dir);
    fflush(NULL);
    if (pipe(ends) != 0) abort();
    pid_t child = fork();
    if (child == 0) {
        static struct story s;
        story_init(&s);
        disk_register();
        disk_fail_at(kind->operations, 0, 0, false);
        story_run(&s, dir, DISK_VFS);
        story_close(&s);
        total = story_is_done(&s) ? disk_count() : 0;
        _exit(write(ends[1], &total, sizeof total) != sizeof total);
    }
    close(ends[1]);
    if (read(ends[0], &total, sizeof total) != sizeof total) total = 0;
    close(ends[0]);
    waitpid(child, NULL, 0);
    session_folder_remove(dir);
    check(total > 0, "the story without faults, by %s", kind->word);
    return total;
}

int main(int argc, char **argv) {
    long first = option(argc, argv, "--first", 0), only = option(argc, argv, "--kind", -1);
    for (int k = 0; k < KINDS; k++) {
        if (only >= 0 && only != k) continue;
        long total = operations_of(&kinds[k]);
        long step = option(argc, argv, "--step", is_full(argc, argv) ? 1 : 1 + total / 4), done = 0;
        for (long n = first ? first : 1 + step / 2; n <= total; n += step, done++) {
            char dir[64];
            session_folder(dir);
            in_child(dir, &kinds[k], n);
            session_folder_remove(dir);
        }
        fprintf(stderr, "%s: %ld of %ld operations failed in turn\n", kinds[k].word, done, total);
    }
    return count_finish();
}
