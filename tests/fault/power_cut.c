/* Power cuts with a ledger. A child writes through a disk that remembers what was not synced, and
 * dies at a random operation, losing that - all of it or a random part of the sectors; the parent,
 * who was told of every acknowledged write, opens what is left on the real disk and looks for each
 * of them.
 *
 * Blobs are part of it: written before the row that names them. Three controls show that the disk
 * can lose: synchronous=OFF, and syncs that lie (with and without torn writes); each must lose
 * writes.
 *
 *   power_cut [--full] [--cuts N] [--seed S] */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/blob.h"
#include "support/count.h"
#include "support/disk.h"
#include "support/session.h"

enum {
    CLIENTS = 3,
    RECORDS_MAX = 4096,
    CUTS_PER_DATABASE = 20,
    OPERATIONS_MAX = 900,
    KEY_BYTES = 48,
    BLOB_BYTES = 3000
};

enum control { HONEST, SYNC_OFF, SYNC_LIES, SYNC_LIES_TORN, CONTROL_COUNT };
static const char *const control_words[] = {"honest", "synchronous=OFF", "sync lies",
                                            "sync lies, torn"};

/* An acknowledged write, as the child tells it through the pipe. */
struct told {
    int64_t id, version, number; /* id 0: a note or a blob */
    char key[KEY_BYTES];
    bool is_blob, is_trashed;
    struct digest sha256;
};

static struct told ledger[RECORDS_MAX];
static size_t ledger_count;
static bool sync_is_off, says_what;
static struct {
    long lost;
    int64_t problems;
} * shared; /* what a child found */

/* The kernel asks for FULL; a control has OFF instead. */
int __real_sqlite3_exec(sqlite3 *db, const char *text, int (*fn)(void *, int, char **, char **),
                        void *ctx, char **ret_error);
int __wrap_sqlite3_exec(sqlite3 *db, const char *text, int (*fn)(void *, int, char **, char **),
                        void *ctx, char **ret_error);
int __wrap_sqlite3_exec(sqlite3 *db, const char *text, int (*fn)(void *, int, char **, char **),
                        void *ctx, char **ret_error) {
    int code = __real_sqlite3_exec(db, text, fn, ctx, ret_error);
    if (code == SQLITE_OK && sync_is_off && strstr(text, "synchronous = FULL"))
        code = __real_sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    return code;
}

/* ---- the child ----------------------------------------------------------------------------------
 */

struct client {
    struct session session;
    struct told own[64];
    size_t own_count;
    int pipe, number, cut;
    uint64_t random;
};

static uint64_t dice(struct client *c, uint64_t sides) {
    c->random ^= c->random << 13;
    c->random ^= c->random >> 7;
    c->random ^= c->random << 17;
    return c->random % sides;
}

static void tell(struct client *c, const struct told *t) {
    if (write(c->pipe, t, sizeof *t) != sizeof *t) _exit(1);
}

static crm_status write_blob(struct client *c, struct told *t) {
    char bytes[BLOB_BYTES];
    struct blob_writer *w;
    int64_t len = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)dice(c, 256);
    crm_status status = blob_create(engine_store(c->session.engine), &w, &c->session.err);
    if (status != CRM_OK) return status;
    status = blob_write(w, str_make(bytes, sizeof bytes), &c->session.err);
    if (status == CRM_OK) return blob_finish(w, &t->sha256, &len, &c->session.err);
    blob_abandon(w);
    return status;
}

static crm_status create(struct client *c, struct told *t) {
    struct stored made;
    crm_status status = session_create(&c->session, t->key, &made);
    if (status != CRM_OK) return status;
    t->id = made.id;
    t->version = made.version;
    if (c->own_count < sizeof c->own / sizeof *c->own) c->own[c->own_count++] = *t;
    return CRM_OK;
}

static crm_status change(struct client *c, struct told *t) {
    size_t at = dice(c, c->own_count);
    struct told *own = &c->own[at];
    bool trash = dice(c, 12) == 0;
    crm_status status = trash
                            ? session_trash(&c->session, own->id)
                            : session_update(&c->session, own->id, own->number + 1, &own->version);
    if (status != CRM_OK) return status;
    own->number += !trash;
    own->version += trash;
    own->is_trashed = trash;
    *t = *own;
    if (trash) *own = c->own[--c->own_count];
    return CRM_OK;
}

/* Writes until the power goes; anything that is not acknowledged before that is a failure of the
 * test. */
static void *run_client(void *arg) {
    struct client *c = arg;
    for (int n = 0;; n++) {
        struct told t = {0};
        uint64_t kind = dice(c, 10);
        snprintf(t.key, sizeof t.key, "k%d-%d-%d", c->cut, c->number, n);
        crm_status status;
        if (kind == 0) {
            t.is_blob = true;
            status = write_blob(c, &t);
        } else if (kind < 5 || c->own_count == 0) {
            status = create(c, &t);
        } else {
            status = change(c, &t);
        }
        if (status != CRM_OK) {
            session_say(&c->session, t.key);
            _exit(1);
        }
        tell(c, &t);
    }
}

static void run_child(const char *dir, enum control control, int cut, uint64_t seed, int pipe) {
    static struct session host;
    static struct client clients[CLIENTS];
    pthread_t threads[CLIENTS];
    uint64_t random = seed * 6364136223846793005u + 1442695040888963407u;
    random ^= random >> 29;
    disk_register();
    disk_lie(control >= SYNC_LIES);
    sync_is_off = control == SYNC_OFF;
    disk_cut_at(control == HONEST ? 1 + (long)(random % OPERATIONS_MAX) : OPERATIONS_MAX, random,
                control == SYNC_LIES_TORN || (control == HONEST && cut % 2));
    if (session_open(&host, dir, DISK_VFS, false) != CRM_OK) {
        session_say(&host, "opening");
        _exit(1);
    }
    for (int i = 0; i < CLIENTS; i++) {
        struct client *c = &clients[i];
        if (session_join(&c->session, &host) != CRM_OK) _exit(1);
        c->pipe = pipe;
        c->number = i;
        c->cut = cut;
        c->random = random + (uint64_t)i * 7919 + 1;
        if (pthread_create(&threads[i], NULL, run_client, c) != 0) _exit(1);
    }
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
}

/* ---- the ledger ---------------------------------------------------------------------------------
 */

static void note(const struct told *t) {
    for (size_t i = 0; i < ledger_count && t->id; i++)
        if (ledger[i].id == t->id) {
            ledger[i] = *t;
            return;
        }
    if (ledger_count < RECORDS_MAX) ledger[ledger_count++] = *t;
}

/* Runs one child to its end and takes in what it told; false when it did not die by the cut. */
static bool cut_once(const char *dir, enum control control, int cut, uint64_t seed) {
    int ends[2], state = 0;
    struct told t;
    fflush(NULL);
    if (pipe(ends) != 0) abort();
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(dir, control, cut, seed, ends[1]);
        _exit(1);
    }
    close(ends[1]);
    for (ssize_t len; (len = read(ends[0], &t, sizeof t)) != 0;)
        if (len == sizeof t)
            note(&t);
        else if (errno != EINTR)
            break;
    close(ends[0]);
    waitpid(child, &state, 0);
    return check(WIFEXITED(state) && WEXITSTATUS(state) == DISK_CUT_EXIT,
                 "%s, cut %d: the child ended with %x", control_words[control], cut,
                 (unsigned)state);
}

static bool blob_is_there(struct session *s, const struct told *t) {
    char bytes[BLOB_BYTES + 1];
    struct digest found;
    int64_t len = 0;
    int fd = -1;
    if (blob_open(engine_store(s->engine), &t->sha256, &fd, &len, &s->err) != CRM_OK) return false;
    ssize_t got = read(fd, bytes, sizeof bytes);
    close(fd);
    sha256_of(str_make(bytes, got > 0 ? (size_t)got : 0), &found);
    return got == BLOB_BYTES && memcmp(&found, &t->sha256, sizeof found) == 0;
}

/* The write itself, or the one that followed it and was not acknowledged any more. */
static bool record_is_there(struct session *s, const struct told *t) {
    struct stored found;
    if (session_get(s, t->id, &found) != CRM_OK || found.id != t->id) return false;
    bool same = found.version == t->version && found.number == t->number &&
                found.is_trashed == t->is_trashed;
    bool next =
        found.version == t->version + 1 && (found.is_trashed || found.number == t->number + 1);
    return same || (next && !t->is_trashed);
}

/* How many acknowledged writes are lost; -1 when the database cannot be opened or is not whole. */
static long reckon_here(const char *dir, int64_t *ret_problems) {
    static struct session s;
    long lost = 0;
    if (session_open(&s, dir, NULL, false) != CRM_OK) {
        session_say(&s, "opening what is left");
        return -1;
    }
    for (size_t i = 0; i < ledger_count; i++) {
        const struct told *t = &ledger[i];
        if (t->is_blob ? blob_is_there(&s, t) : record_is_there(&s, t)) continue;
        lost++;
        if (says_what) fprintf(stderr, "lost: %s %s\n", t->is_blob ? "blob" : "record", t->key);
    }
    if (session_check(&s, ret_problems) != CRM_OK) lost = -1;
    session_close(&s);
    return lost;
}

/* In a child as well: this process never opens an engine, since threads and timers do not survive
 * fork. */
static long reckon(const char *dir, int64_t *ret_problems) {
    shared->lost = -1;
    shared->problems = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        shared->lost = reckon_here(dir, &shared->problems);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    *ret_problems = shared->problems;
    return shared->lost;
}

static bool make_stock(const char *dir) {
    int state = 0;
    pid_t child = fork();
    if (child == 0) {
        static struct session s;
        bool made = session_open(&s, dir, NULL, true) == CRM_OK;
        if (made)
            session_close(&s);
        else
            session_say(&s, "making the stock database");
        _exit(!made);
    }
    waitpid(child, &state, 0);
    return WIFEXITED(state) && WEXITSTATUS(state) == 0;
}

/* ---- the two halves -----------------------------------------------------------------------------
 */

static void run_honest(const char *stock, long cuts, uint64_t seed) {
    char dir[64] = "";
    says_what = true;
    for (long cut = 0; cut < cuts; cut++) {
        int64_t problems = 0;
        if (cut % CUTS_PER_DATABASE == 0) {
            if (*dir) session_folder_remove(dir);
            session_folder(dir);
            session_folder_copy(stock, dir);
            ledger_count = 0;
        }
        if (!cut_once(dir, HONEST, (int)cut, seed + (uint64_t)cut)) continue;
        long lost = reckon(dir, &problems);
        check(lost == 0 && problems == 0,
              "cut %ld: %ld of %zu acknowledged writes lost, %lld problems", cut, lost,
              ledger_count, (long long)problems);
    }
    if (*dir) session_folder_remove(dir);
}

/* A control that loses nothing would mean that the disk above loses nothing either. */
static void run_control(const char *stock, enum control control, long cuts, uint64_t seed) {
    char dir[64];
    long lost = 0, broken = 0;
    size_t acknowledged = 0;
    says_what = false; /* it is wanted here */
    for (long cut = 0; cut < cuts; cut++) {
        int64_t problems = 0;
        session_folder(dir);
        session_folder_copy(stock, dir);
        ledger_count = 0;
        if (cut_once(dir, control, (int)cut, seed + (uint64_t)cut)) {
            long of_cut = reckon(dir, &problems);
            broken += of_cut < 0 || problems > 0;
            lost += of_cut > 0 ? of_cut : 0;
            acknowledged += ledger_count;
        }
        session_folder_remove(dir);
    }
    check(acknowledged > 0 && lost + broken > 0, "the control %s lost nothing",
          control_words[control]);
    fprintf(stderr,
            "control %s: %ld of %zu acknowledged writes lost, %ld of %ld databases broken\n",
            control_words[control], lost, acknowledged, broken, cuts);
}

int main(int argc, char **argv) {
    long cuts = option(argc, argv, "--cuts", is_full(argc, argv) ? 200 : 10);
    uint64_t seed = (uint64_t)option(argc, argv, "--seed", 1);
    char stock[64];
    session_folder(stock);
    signal(SIGPIPE, SIG_IGN);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return 1;
    if (!check(make_stock(stock), "the stock database is made")) return count_finish();
    run_honest(stock, cuts, seed);
    for (enum control control = SYNC_OFF; control < CONTROL_COUNT; control++)
        run_control(stock, control, cuts / 20 + 1, seed);
    session_folder_remove(stock);
    return count_finish();
}
