/* Listening, and commands on threads. */
#include "cli/service.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/channel.h"
#include "cli/messages.h"
#include "loop/thread.h"

enum { WORDS_MAX = 256 };

struct service {
    struct program *program;
    int socket, wake;
    char path[128];
    pthread_t listener;
    pthread_mutex_t mu;
    pthread_cond_t less;
    size_t running; /* guarded by mu */
    atomic_bool stopping;
};

struct session {
    struct service *service;
    int socket;
    bool has_gone;
};

/* ---- one command -------------------------------------------------------------------------- */

/* Nothing but a hang-up or a cancel comes while a command runs. */
static bool session_cancelled(void *ctx) {
    struct session *s = ctx;
    struct pollfd poll_fd = {.fd = s->socket, .events = POLLIN};
    if (!s->has_gone && poll(&poll_fd, 1, 0) > 0) s->has_gone = true;
    return s->has_gone || atomic_load(&s->service->stopping);
}

static crm_status session_create(void *ctx, struct str path, struct arena *a, int *ret_fd,
                                 struct str *ret_path, struct err *err) {
    struct session *s = ctx;
    struct channel_message answer;
    json_t *json = json_pack("{s:s%}", "create", path.ptr ? path.ptr : "", path.len);
    crm_status status = json ? channel_send(s->socket, json, NULL, 0, err) : err_no_memory(err);
    json_decref(json);
    if (status == CRM_OK) status = channel_receive(s->socket, &answer, err);
    if (status != CRM_OK) return status;
    const json_t *made = json_object_get(answer.json, "path");
    if (json_is_string(made) && answer.file_count == 1) {
        *ret_path = arena_str(a, json_str(made));
        *ret_fd = answer.files[0];
        answer.file_count = 0;
        if (!ret_path->ptr) status = err_no_memory(err);
    } else {
        const struct str args[] = {path, json_str(json_object_get(answer.json, "error"))};
        status = err_set_args(err, CRM_IO, &cli_file_make, args, 2);
    }
    channel_message_fini(&answer);
    return status;
}

static crm_status session_place(void *ctx, struct str from, struct str to, struct err *err) {
    struct session *s = ctx;
    struct channel_message answer;
    json_t *json = json_pack("{s:s%,s:s%}", "place", from.ptr ? from.ptr : "", from.len, "as",
                             to.ptr ? to.ptr : "", to.len);
    crm_status status = json ? channel_send(s->socket, json, NULL, 0, err) : err_no_memory(err);
    json_decref(json);
    if (status == CRM_OK) status = channel_receive(s->socket, &answer, err);
    if (status != CRM_OK) return status;
    const json_t *error = json_object_get(answer.json, "error");
    const struct str args[] = {to.len ? to : from, json_str(error)};
    if (error) status = err_set_args(err, CRM_IO, &cli_file_make, args, 2);
    channel_message_fini(&answer);
    return status;
}

static int run_words(struct session *s, struct channel_message *m, struct str *words,
                     size_t count) {
    struct program *p = s->service->program;
    struct crm_command c;
    struct arguments_global global;
    struct err err;
    err_clear(&err);
    command_init(&c);
    c.kernel = p->kernel;
    c.program = p;
    c.language = language_find(json_str(json_object_get(m->json, "language")));
    c.io = (struct command_io){.out = m->files[0],
                               .err = m->files[1],
                               .create = session_create,
                               .place = session_place,
                               .cancelled = session_cancelled,
                               .ctx = s};
    struct arguments_files files = {.descriptors = m->files + 2, .count = m->file_count - 2};
    size_t used = 0;
    enum cli_where where = CLI_HERE;
    const struct crm_command_definition *d = cli_find(p, words, count, &used, &where);
    int code;
    if (!d || where != CLI_ANYWHERE) {
        err_set_args(&err, CRM_UNSUPPORTED, &cli_command_unknown, words, count ? 1 : 0);
        code = command_fail(&c, &err);
    } else if (arguments_parse(d, words + used, count - used, &files, &c, &global, &err) !=
               CRM_OK) {
        code = command_fail(&c, &err);
    } else {
        code = command_run(&c);
    }
    /* Files that a value has taken are closed with it. */
    for (size_t i = 0; i < c.value_count; i++)
        for (size_t f = 0; f < m->file_count; f++)
            if (c.values[i].fd == m->files[f]) m->files[f--] = m->files[--m->file_count];
    command_fini(&c);
    return code;
}

static void run_session(struct session *s) {
    struct channel_message m;
    struct err err;
    struct str words[WORDS_MAX];
    if (channel_receive(s->socket, &m, &err) != CRM_OK) return;
    const json_t *list = json_object_get(m.json, "words");
    size_t count = json_array_size(list);
    bool fits = json_is_array(list) && count <= WORDS_MAX && m.file_count >= 2;
    for (size_t i = 0; fits && i < count; i++)
        words[i] = json_str(json_array_get(list, i));
    int code = fits ? run_words(s, &m, words, count) : 2;
    /* Written output is the person's before the command ends. */
    channel_message_fini(&m);
    json_t *end = json_pack("{s:i}", "exit", code);
    if (end) channel_send(s->socket, end, NULL, 0, &err);
    json_decref(end);
}

static void leave(struct service *s) {
    pthread_mutex_lock(&s->mu);
    s->running--;
    pthread_cond_broadcast(&s->less);
    pthread_mutex_unlock(&s->mu);
}

static void *session_main(void *arg) {
    struct session *session = arg;
    struct service *service = session->service;
    run_session(session);
    close(session->socket);
    free(session);
    leave(service);
    return NULL;
}

/* ---- listening ---------------------------------------------------------------------------- */

static bool enter(struct service *s) {
    pthread_mutex_lock(&s->mu);
    bool room = s->running < SERVICE_COMMANDS_MAX;
    if (room) s->running++;
    pthread_mutex_unlock(&s->mu);
    return room;
}

static void start_session(struct service *s, int fd) {
    pthread_t thread;
    struct session *session = calloc(1, sizeof *session);
    bool room = enter(s);
    if (session && room) {
        *session = (struct session){.service = s, .socket = fd};
        if (thread_start("command", session_main, session, &thread, NULL) == CRM_OK) {
            pthread_detach(thread);
            return;
        }
    }
    if (room) leave(s);
    free(session);
    close(fd);
}

static void *listener_main(void *arg) {
    struct service *s = arg;
    struct pollfd fds[2] = {{.fd = s->socket, .events = POLLIN}, {.fd = s->wake, .events = POLLIN}};
    while (!atomic_load(&s->stopping)) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR) break;
        if (!(fds[0].revents & POLLIN)) continue;
        int fd = accept4(s->socket, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) start_session(s, fd);
    }
    return NULL;
}

static crm_status listen_failed(struct service *s, struct err *err) {
    const struct str args[] = {str_from(s->path), str_from(strerror(errno))};
    return err_set_args(err, CRM_IO, &cli_listen_failed, args, 2);
}

static crm_status listen_at(struct service *s, struct err *err) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!channel_path(settings_text(&s->program->settings, SETTING_DATA), s->path,
                      sizeof s->path) ||
        strlen(s->path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return listen_failed(s, err);
    }
    memcpy(address.sun_path, s->path, strlen(s->path) + 1);
    unlink(s->path); /* of a killed server: the lock says that none lives */
    s->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    s->wake = eventfd(0, EFD_CLOEXEC);
    if (s->socket < 0 || s->wake < 0) return listen_failed(s, err);
    /* Nobody else gets in between bind and chmod: the folder is 0700, and so are new files. */
    mode_t old = umask(0177);
    int bound = bind(s->socket, (const struct sockaddr *)&address, sizeof address);
    umask(old);
    if (bound != 0 || chmod(s->path, 0600) != 0 || listen(s->socket, SERVICE_COMMANDS_MAX) != 0)
        return listen_failed(s, err);
    return CRM_OK;
}

static void service_free(struct service *s) {
    if (s->socket >= 0) close(s->socket);
    if (s->wake >= 0) close(s->wake);
    pthread_cond_destroy(&s->less);
    pthread_mutex_destroy(&s->mu);
    free(s);
}

crm_status service_start(struct program *p, struct service **ret, struct err *err) {
    struct service *s = calloc(1, sizeof *s);
    if (!s) return err_no_memory(err);
    s->program = p;
    s->socket = s->wake = -1;
    pthread_mutex_init(&s->mu, NULL);
    pthread_cond_init(&s->less, NULL);
    crm_status status = listen_at(s, err);
    if (status == CRM_OK) status = thread_start("commands", listener_main, s, &s->listener, err);
    if (status != CRM_OK) {
        service_free(s);
        return status;
    }
    *ret = s;
    return CRM_OK;
}

void service_stop(struct service *s) {
    if (!s) return;
    uint64_t one = 1;
    atomic_store(&s->stopping, true);
    unlink(s->path);
    if (write(s->wake, &one, sizeof one) < 0) log_event(LOG_WARN, "listener_not_woken", NULL);
    pthread_join(s->listener, NULL);
    pthread_mutex_lock(&s->mu);
    while (s->running > 0)
        pthread_cond_wait(&s->less, &s->mu);
    pthread_mutex_unlock(&s->mu);
    service_free(s);
}
