/* Starts, waits for and ends the private server; see postgres.h. Children are ended by the kernel
 * when the test program dies, so nothing is left behind. */
#include "support/postgres.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ATTEMPTS = 1000, PATH_BYTES = 192, ARGUMENTS_MAX = 32 };

/* The newest installed server's directory of programs. */
static bool find_program(const char *name, char *ret, size_t capacity) {
    glob_t found;
    char pattern[PATH_BYTES];
    snprintf(pattern, sizeof pattern, "/usr/lib/postgresql/*/bin/%s", name);
    bool ok = glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc > 0;
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

/* Runs a program with its output in DIR/log; returns its pid. */
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

static bool run(const struct test_postgres *p, char *const *arguments) {
    pid_t pid = spawn(p, arguments);
    int status = 0;
    if (pid < 0) return false;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool make_dir(struct test_postgres *p) {
    snprintf(p->dir, sizeof p->dir, "/tmp/perigee-test-XXXXXX");
    if (!mkdtemp(p->dir)) return false;
    if (geteuid() != 0) return true;
    const struct passwd *user = getpwnam("postgres");
    return user && chown(p->dir, user->pw_uid, user->pw_gid) == 0;
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

static bool wait_ready(struct test_postgres *p, const char *uri) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (PQping(uri) == PQPING_OK) return true;
        int status;
        if (waitpid(p->pid, &status, WNOHANG) == p->pid) {
            p->pid = 0;
            return false;
        }
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    return false;
}

bool test_postgres_restart(struct test_postgres *p) {
    char server[PATH_BYTES], data[PATH_BYTES], base[PATH_BYTES];
    if (!find_program("postgres", server, sizeof server)) return false;
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
                                      "max_wal_size=256MB",
                                      NULL};
    p->pid = spawn(p, arguments);
    snprintf(base, sizeof base, "host=%s user=postgres dbname=postgres", p->dir);
    if (p->pid > 0 && wait_ready(p, base)) return true;
    print_log(p, "the server did not start");
    return false;
}

bool test_postgres_database(struct test_postgres *p, const char *name, char *ret_uri,
                            size_t capacity) {
    char base[PATH_BYTES], sql[PATH_BYTES];
    snprintf(base, sizeof base, "host=%s user=postgres dbname=postgres", p->dir);
    snprintf(sql, sizeof sql, "CREATE DATABASE \"%s\" TEMPLATE template0 ENCODING 'UTF8'", name);
    PGconn *connection = PQconnectdb(base);
    PGresult *result = PQexec(connection, sql);
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;
    if (!ok) fprintf(stderr, "postgres: %s", PQerrorMessage(connection));
    PQclear(result);
    PQfinish(connection);
    snprintf(ret_uri, capacity, "host=%s user=postgres dbname=%s", p->dir, name);
    return ok;
}

bool test_postgres_start(struct test_postgres *p) {
    char initdb[PATH_BYTES], data[PATH_BYTES];
    memset(p, 0, sizeof *p);
    if (!find_program("initdb", initdb, sizeof initdb)) {
        fprintf(stderr, "postgres: not installed\n");
        return false;
    }
    if (!make_dir(p)) return false;
    snprintf(data, sizeof data, "%s/data", p->dir);
    char *arguments[] = {initdb,     "-D",
                         data,       "-U",
                         "postgres", "-A",
                         "trust",    "-E",
                         "UTF8",     "--locale=C.UTF-8",
                         "-N",       "--no-instructions",
                         NULL};
    if (!run(p, arguments)) {
        print_log(p, "initdb failed");
        test_postgres_stop(p);
        return false;
    }
    if (test_postgres_restart(p) && test_postgres_database(p, "test", p->uri, sizeof p->uri))
        return true;
    test_postgres_stop(p);
    return false;
}

static void end_server(struct test_postgres *p, int number) {
    if (p->pid <= 0) return;
    kill(p->pid, number);
    while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    p->pid = 0;
}

void test_postgres_kill(struct test_postgres *p) { end_server(p, SIGQUIT); }

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

void test_postgres_stop(struct test_postgres *p) {
    end_server(p, SIGQUIT);
    if (p->dir[0]) nftw(p->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    p->dir[0] = '\0';
}
