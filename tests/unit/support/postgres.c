/* Joins the shared server, or starts, waits for and ends an own one; see postgres.h. An own server
 * is ended by the kernel when the test program dies, the shared one by its keeper. */
#include "support/postgres.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/memory.h"

enum { PATH_BYTES = 192, SQL_BYTES = 256, ARGUMENTS_MAX = 32 };
enum { SCRIPT_SECONDS = 300, START_SECONDS = 60, END_SECONDS = 30 };

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- children ---- */

/* Waits for the child; false (and the child killed) when the time is over. */
static bool wait_for(pid_t pid, int seconds, int *ret_status, const char *what) {
    int64_t end = now_ms() + (int64_t)seconds * 1000;
    for (;;) {
        pid_t found = waitpid(pid, ret_status, WNOHANG);
        if (found == pid) return true;
        if (found < 0 && errno != EINTR) return false;
        if (now_ms() > end) break;
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    fprintf(stderr, "postgres: %s did not end within %d s\n", what, seconds);
    kill(pid, SIGKILL);
    waitpid(pid, ret_status, 0);
    return false;
}

/* Runs tests/support/postgres; `output` (may be NULL) gets its first line. */
static bool run_script(const char *command, const char *argument, char *output, size_t capacity) {
    int ends[2], status = -1;
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    pid_t pid = fork();
    if (pid == 0) {
        if (dup2(ends[1], 1) < 0) _exit(126);
        setenv("PERIGEE_TEST_CLUSTER", TEST_CLUSTER_FOLDER, 0);
        execl(TEST_POSTGRES_SCRIPT, "postgres", command, argument, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    bool ok = pid > 0 && wait_for(pid, SCRIPT_SECONDS, &status, TEST_POSTGRES_SCRIPT) &&
              WIFEXITED(status) && WEXITSTATUS(status) == 0;
    ssize_t got = ok && output ? read(ends[0], output, capacity - 1) : 0;
    if (ok && output) {
        output[got > 0 ? got : 0] = '\0';
        output[strcspn(output, "\n")] = '\0';
        ok = output[0] != '\0';
    }
    close(ends[0]);
    return ok;
}

/* ---- databases ---- */

static void server_uri(const struct test_postgres *p, const char *database, char *ret,
                       size_t capacity) {
    snprintf(ret, capacity, "host=%s user=postgres connect_timeout=30 dbname=%s", p->dir, database);
}

static void database_name(const struct test_postgres *p, const char *name, char *ret,
                          size_t capacity) {
    if (p->shared)
        snprintf(ret, capacity, "t%d_%s", (int)p->owner, name);
    else
        snprintf(ret, capacity, "%s", name);
}

static PGconn *connect_admin(const struct test_postgres *p) {
    char uri[PATH_BYTES];
    server_uri(p, "postgres", uri, sizeof uri);
    PGconn *admin = PQconnectdb(uri);
    if (PQstatus(admin) == CONNECTION_OK) return admin;
    fprintf(stderr, "postgres: %s", PQerrorMessage(admin));
    PQfinish(admin);
    return NULL;
}

static bool admin_do(struct test_postgres *p, const char *sql) {
    PGconn *admin = p->admin ? p->admin : connect_admin(p);
    if (!admin) return false;
    PGresult *result = PQexec(admin, sql);
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;
    if (!ok) fprintf(stderr, "postgres: %s: %s", sql, PQerrorMessage(admin));
    PQclear(result);
    if (admin != p->admin) PQfinish(admin);
    return ok;
}

static bool create(struct test_postgres *p, const char *template, const char *name, char *ret_uri,
                   size_t capacity) {
    char full[64], sql[SQL_BYTES];
    database_name(p, name, full, sizeof full);
    snprintf(sql, sizeof sql,
             "CREATE DATABASE \"%s\" TEMPLATE \"%s\" ENCODING 'UTF8' STRATEGY file_copy", full,
             template);
    if (!admin_do(p, sql)) return false;
    server_uri(p, full, ret_uri, capacity);
    return true;
}

bool test_postgres_database(struct test_postgres *p, const char *name, char *ret_uri,
                            size_t capacity) {
    return create(p, "template0", name, ret_uri, capacity);
}

bool test_postgres_copy(struct test_postgres *p, const char *from, const char *name, char *ret_uri,
                        size_t capacity) {
    char full[64];
    database_name(p, from, full, sizeof full);
    return create(p, full, name, ret_uri, capacity);
}

void test_postgres_drop(struct test_postgres *p, const char *name) {
    char full[64], sql[SQL_BYTES];
    database_name(p, name, full, sizeof full);
    snprintf(sql, sizeof sql, "DROP DATABASE IF EXISTS \"%s\" WITH (FORCE)", full);
    (void)admin_do(p, sql);
}

static void drop_rest(struct test_postgres *p) {
    char sql[SQL_BYTES];
    snprintf(sql, sizeof sql, "SELECT datname FROM pg_database WHERE datname LIKE 't%d\\_%%'",
             (int)p->owner);
    PGresult *result = PQexec(p->admin, sql);
    for (int i = 0; i < PQntuples(result); i++) {
        snprintf(sql, sizeof sql, "DROP DATABASE \"%s\" WITH (FORCE)", PQgetvalue(result, i, 0));
        (void)admin_do(p, sql);
    }
    PQclear(result);
}

bool test_postgres_join(struct test_postgres *p) {
    memset(p, 0, sizeof *p);
    p->shared = true;
    p->owner = getpid();
    if (!run_script("join", NULL, p->dir, sizeof p->dir)) return false;
    p->admin = connect_admin(p);
    if (!p->admin) return false;
    PQsetNoticeProcessor(p->admin, NULL, NULL);
    return true;
}

/* ---- a server of one's own ---- */

/* The newest installed server. */
static bool find_server(char *ret, size_t capacity) {
    glob_t found;
    bool ok =
        glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &found) == 0 && found.gl_pathc > 0;
    if (ok) snprintf(ret, capacity, "%s", found.gl_pathv[found.gl_pathc - 1]);
    globfree(&found);
    return ok;
}

static bool drop_root(void) {
    if (geteuid() != 0) return true;
    const struct passwd *user = getpwnam("postgres");
    return user && initgroups(user->pw_name, user->pw_gid) == 0 && setgid(user->pw_gid) == 0 &&
           setuid(user->pw_uid) == 0;
}

/* Runs the server with its output in DIR/log; returns its pid. */
static pid_t spawn(const struct test_postgres *p, char *const *arguments) {
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid != 0) return pid;
    char log[PATH_BYTES];
    snprintf(log, sizeof log, "%s/log", p->dir);
    if (!drop_root() || chdir(p->dir) != 0) _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (getppid() != parent) _exit(126);
    int fd = open(log, O_CREAT | O_APPEND | O_WRONLY, 0600);
    if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0) _exit(126);
    close(fd);
    execv(arguments[0], arguments);
    _exit(127);
}

static void print_log(const struct test_postgres *p, const char *what) {
    char path[PATH_BYTES], line[512];
    fprintf(stderr, "postgres: %s\n", what);
    snprintf(path, sizeof path, "%s/log", p->dir);
    FILE *file = fopen(path, "r");
    if (!file) return;
    while (fgets(line, sizeof line, file))
        fputs(line, stderr);
    fclose(file);
}

static bool wait_ready(struct test_postgres *p) {
    char base[PATH_BYTES];
    server_uri(p, "postgres", base, sizeof base);
    int64_t end = now_ms() + START_SECONDS * 1000;
    while (now_ms() < end) {
        if (PQping(base) == PQPING_OK) return true;
        int status;
        if (waitpid(p->pid, &status, WNOHANG) == p->pid) {
            p->pid = 0;
            return false;
        }
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    }
    return false;
}

bool test_postgres_restart(struct test_postgres *p) {
    char server[PATH_BYTES], data[PATH_BYTES];
    if (!find_server(server, sizeof server)) return false;
    snprintf(data, sizeof data, "%s/data", p->dir);
    char *arguments[ARGUMENTS_MAX] = {server,
                                      "-D",
                                      data,
                                      "-k",
                                      p->dir,
                                      "-h",
                                      "",
                                      "-c",
                                      "fsync=off",
                                      "-c",
                                      "max_connections=40",
                                      "-c",
                                      "shared_buffers=32MB",
                                      "-c",
                                      "autovacuum=off",
                                      "-c",
                                      "statement_timeout=120s",
                                      "-c",
                                      "max_wal_size=256MB",
                                      NULL};
    p->pid = spawn(p, arguments);
    if (p->pid > 0 && wait_ready(p)) return true;
    print_log(p, "the server did not start, or not in time");
    return false;
}

bool test_postgres_start(struct test_postgres *p) {
    memset(p, 0, sizeof *p);
    p->owner = getpid();
    snprintf(p->dir, sizeof p->dir, "%s/perigee-test-XXXXXX", test_memory_folder());
    if (!mkdtemp(p->dir)) return false;
    if (run_script("cluster", p->dir, NULL, 0) && test_postgres_restart(p) &&
        test_postgres_database(p, "test", p->uri, sizeof p->uri))
        return true;
    test_postgres_stop(p);
    return false;
}

static void end_server(struct test_postgres *p) {
    int status;
    if (p->pid <= 0) return;
    kill(p->pid, SIGQUIT);
    (void)wait_for(p->pid, END_SECONDS, &status, "the server");
    p->pid = 0;
}

void test_postgres_kill(struct test_postgres *p) { end_server(p); }

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

void test_postgres_stop(struct test_postgres *p) {
    if (p->owner != getpid()) return;
    if (p->admin) {
        drop_rest(p);
        PQfinish(p->admin);
        p->admin = NULL;
    }
    end_server(p);
    if (!p->shared && p->dir[0]) nftw(p->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    p->dir[0] = '\0';
}
