/* The pool of worker processes. See pool.h. */
#include "script/worker/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "script/messages.h"

enum { IDLE_MAX = 32, ENV_MAX = 8 };
#define RETIRE_NS ((int64_t)600 * 1000000000) /* its own limit is an hour */

struct script_workers {
    struct script_workers_options options;
    pthread_mutex_t mu;
    pthread_cond_t freed;
    size_t running, jobs;                 /* guarded by mu: held and idle; held by jobs */
    struct script_worker *idle[IDLE_MAX]; /* guarded by mu */
    size_t idle_count;                    /* guarded by mu */
};

crm_status script_workers_new(const struct script_workers_options *options,
                              struct script_workers **ret, struct err *err) {
    struct script_workers *w = calloc(1, sizeof *w);
    pthread_condattr_t monotonic;
    if (!w) return err_no_memory(err);
    w->options = *options;
    if (!w->options.most) w->options.most = 8;
    if (!w->options.idle) w->options.idle = 2;
    if (w->options.idle > IDLE_MAX) w->options.idle = IDLE_MAX;
    if (!w->options.wait_ms) w->options.wait_ms = 10000;
    pthread_mutex_init(&w->mu, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->freed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *ret = w;
    return CRM_OK;
}

/* ---- a process ---------------------------------------------------------------------------------
 */

static void worker_end(struct script_worker *it) {
    if (!it) return;
    if (it->pid > 0) {
        kill(it->pid, SIGKILL);
        while (waitpid(it->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    if (it->channel.fd >= 0) close(it->channel.fd);
    buf_fini(&it->in);
    buf_fini(&it->out);
    free(it);
}

/* What a sanitizer and the clock's zone are told by; nothing else of ours is the worker's. */
static void environment(char *env[ENV_MAX]) {
    static const char *const names[] = {"ASAN_OPTIONS=", "UBSAN_OPTIONS=", "TSAN_OPTIONS=", "TZ="};
    extern char **environ;
    size_t count = 0;
    bool has_zone = false;
    for (char **it = environ; it && *it; it++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            if (strncmp(*it, names[i], strlen(names[i])) != 0 || count == ENV_MAX - 2) continue;
            env[count++] = *it;
            has_zone |= i == 3;
        }
    static char zone[] = "TZ=/etc/localtime"; /* named, it is read once */
    if (!has_zone) env[count++] = zone;
    env[count] = NULL;
}

static int actions_make(posix_spawn_file_actions_t *to, int fd) {
    int failed = posix_spawn_file_actions_adddup2(to, fd, SCRIPT_CHANNEL_FD);
    if (!failed) failed = posix_spawn_file_actions_addopen(to, 0, "/dev/null", O_RDONLY, 0);
    if (!failed) failed = posix_spawn_file_actions_addopen(to, 1, "/dev/null", O_WRONLY, 0);
    return failed ? failed : posix_spawn_file_actions_addclosefrom_np(to, SCRIPT_CHANNEL_FD + 1);
}

/* A session of its own: what the terminal sends to the server is not for it. */
static int attributes_make(posix_spawnattr_t *to) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int failed = posix_spawnattr_setsigmask(to, &none);
    if (!failed) failed = posix_spawnattr_setsigdefault(to, &all);
    return failed ? failed
                  : posix_spawnattr_setflags(to, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                     POSIX_SPAWN_SETSID);
}

static int start(const char *program, int fd, pid_t *ret) {
    static char name[] = "perigee", command[] = "worker";
    char *const args[] = {name, command, NULL};
    char *env[ENV_MAX];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    environment(env);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int failed = actions_make(&actions, fd);
    if (!failed) failed = attributes_make(&attributes);
    if (!failed)
        failed = posix_spawn(ret, program ? program : "/proc/self/exe", &actions, &attributes, args,
                             env);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* The descriptor 3 of the worker must not be one that adddup2 would leave closed on exec. */
static int moved_up(int fd) {
    if (fd != SCRIPT_CHANNEL_FD) return fd;
    int higher = fcntl(fd, F_DUPFD_CLOEXEC, SCRIPT_CHANNEL_FD + 1);
    close(fd);
    return higher;
}

static crm_status worker_start(const char *program, struct script_worker **ret, struct err *err) {
    int fds[2];
    struct script_worker *it = calloc(1, sizeof *it);
    if (!it) return err_no_memory(err);
    it->channel.fd = -1;
    buf_init(&it->in, SCRIPT_CHANNEL_MAX);
    buf_init(&it->out, SCRIPT_CHANNEL_MAX);
    int failed = script_channel_pair(fds) ? 0 : errno;
    if (!failed) {
        fds[1] = moved_up(fds[1]);
        it->channel = (struct script_channel){.fd = fds[0], .is_timed = true};
        failed = fds[1] < 0 ? errno : start(program, fds[1], &it->pid);
        if (fds[1] >= 0) close(fds[1]);
    }
    if (!failed) {
        it->is_fresh = true;
        *ret = it;
        return CRM_OK;
    }
    it->pid = 0;
    worker_end(it);
    err_set(err, CRM_UNAVAILABLE, &say_script_no_worker, NULL);
    err_because(err, "starting a worker: %s", strerror(failed));
    return CRM_UNAVAILABLE;
}

/* ---- the pool ----------------------------------------------------------------------------------
 */

static bool has_room(const struct script_workers *w, bool is_job) {
    if (is_job && w->jobs >= (w->options.most + 1) / 2) return false;
    return w->idle_count > 0 || w->running < w->options.most;
}

/* Under mu. False: none has become free in time. */
static bool wait_for_room(struct script_workers *w, bool is_job) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(w->options.wait_ms / 1000);
    until.tv_nsec += (long)(w->options.wait_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (!has_room(w, is_job))
        if (pthread_cond_timedwait(&w->freed, &w->mu, &until) == ETIMEDOUT)
            return has_room(w, is_job);
    return true;
}

static void forget(struct script_workers *w, bool is_job) {
    pthread_mutex_lock(&w->mu);
    w->running--;
    if (is_job) w->jobs--;
    pthread_cond_broadcast(&w->freed);
    pthread_mutex_unlock(&w->mu);
}

crm_status script_workers_take(struct script_workers *w, bool is_job, struct script_worker **ret,
                               struct err *err) {
    struct script_worker *it = NULL;
    pthread_mutex_lock(&w->mu);
    bool room = wait_for_room(w, is_job);
    if (room && is_job) w->jobs++;
    if (room && w->idle_count > 0)
        it = w->idle[--w->idle_count];
    else if (room)
        w->running++;
    pthread_mutex_unlock(&w->mu);
    if (!room) return err_set(err, CRM_UNAVAILABLE, &say_script_no_worker, NULL);
    crm_status status = it ? CRM_OK : worker_start(w->options.program, &it, err);
    if (status != CRM_OK) {
        forget(w, is_job);
        return status;
    }
    it->is_job = is_job;
    *ret = it;
    return CRM_OK;
}

void script_workers_give(struct script_workers *w, struct script_worker *it, bool spoiled) {
    bool is_job = it->is_job, kept = false;
    pthread_mutex_lock(&w->mu);
    if (!spoiled && it->cpu_ns < RETIRE_NS && w->idle_count < w->options.idle) {
        it->is_fresh = false;
        w->idle[w->idle_count++] = it;
        if (is_job) w->jobs--;
        kept = true;
        pthread_cond_broadcast(&w->freed);
    }
    pthread_mutex_unlock(&w->mu);
    if (kept) return;
    worker_end(it);
    forget(w, is_job);
}

void script_workers_free(struct script_workers *w) {
    if (!w) return;
    for (size_t i = 0; i < w->idle_count; i++)
        worker_end(w->idle[i]);
    pthread_cond_destroy(&w->freed);
    pthread_mutex_destroy(&w->mu);
    free(w);
}
