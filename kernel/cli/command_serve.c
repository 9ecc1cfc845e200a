/* perigee serve: the server, until SIGTERM or SIGINT. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/lock.h"
#include "cli/service.h"

/* systemd's notification protocol: a datagram to $NOTIFY_SOCKET (sd_notify(3)). */
static void notify(const char *state) {
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = path ? strlen(path) : 0;
    if (len < 2 || len >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) return;
    memcpy(address.sun_path, path, len);
    if (path[0] == '@') address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
    close(fd);
}

static void set_log(const struct settings *s) {
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    enum log_level level = LOG_INFO;
    for (int i = 0; i < 4; i++)
        if (str_is(settings_text(s, SETTING_LOG_LEVEL), levels[i])) level = (enum log_level)i;
    log_set_level(level);
    log_set_json(settings_flag(s, SETTING_LOG_JSON));
}

static void stop_signals(sigset_t *ret) {
    sigemptyset(ret);
    sigaddset(ret, SIGTERM);
    sigaddset(ret, SIGINT);
    sigaddset(ret, SIGHUP);
    sigaddset(ret, SIGUSR1); /* ours: storage failed */
}

/* Storage broke: nothing is written any more, a new process recovers. */
static void on_failure(void *ctx, const struct err *err) {
    log_err(LOG_ERROR, "storage_failed", err);
    atomic_store((atomic_bool *)ctx, true);
    kill(getpid(), SIGUSR1);
}

static void say_ready(struct crm_command *c, const struct http_options *http) {
    char url[256], port[16];
    struct str host = http->address;
    size_t colon = host.len;
    while (colon > 0 && host.ptr[colon - 1] != ':')
        colon--;
    if (colon > 0) host.len = colon - 1;
    snprintf(port, sizeof port, "%d", http_server_port(kernel_http(c->kernel)));
    snprintf(url, sizeof url, "http://%.*s:%s", STR_ARG(host), port);
    log_event(LOG_INFO, "ready", "address", url, NULL);
    command_say(c, "READY %s", url);
    notify("READY=1\nSTATUS=Serving requests");
}

static crm_status wait_for_end(struct crm_command *c, const sigset_t *signals,
                               const atomic_bool *failed, struct err *err) {
    int number = 0;
    do {
        if (sigwait(signals, &number) != 0)
            return err_internal(err, "sigwait: %s", strerror(errno));
    } while (number == SIGHUP);
    notify("STOPPING=1");
    log_event(LOG_INFO, "stopping", "signal",
              number == SIGUSR1  ? "storage"
              : number == SIGINT ? "INT"
                                 : "TERM",
              NULL);
    (void)c;
    return atomic_load(failed) ? err_set(err, CRM_IO, &cli_storage_failed, NULL) : CRM_OK;
}

static crm_status serve_open(struct crm_command *c, struct program *p,
                             const struct http_options *http, const sigset_t *signals,
                             struct err *err) {
    struct service *service = NULL;
    static atomic_bool failed; /* the writer may say so until the engine is closed */
    engine_on_failure(kernel_engine(p->kernel), on_failure, &failed);
    crm_status status = kernel_serve(p->kernel, http, err);
    if (status == CRM_OK) status = service_start(p, &service, err);
    if (status == CRM_OK) {
        say_ready(c, http);
        status = wait_for_end(c, signals, &failed, err);
    }
    service_stop(service);
    kernel_stop(p->kernel);
    return status;
}

crm_status cli_watch_crashes(struct program *p, struct err *err) {
    char text[4096];
    struct str folder = settings_text(&p->settings, SETTING_DATA);
    int len = snprintf(text, sizeof text, "%.*s/crash", STR_ARG(folder));
    if (len < 0 || (size_t)len >= sizeof text) return err_no_memory(err);
    crash_report(str_from(text));
    return crash_catch(str_from(text), settings_flag(&p->settings, SETTING_LOG_JSON), err);
}

static crm_status serve_locked(struct crm_command *c, struct program *p, struct err *err) {
    const struct settings *s = &p->settings;
    struct kernel_options options;
    sigset_t signals;
    stop_signals(&signals);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    cli_kernel_options(p, &options);
    options.serves = true;
    crm_status status = kernel_open_data(p->kernel, &options, err);
    if (status == CRM_OK) {
        const struct http_options http = {
            .address = settings_text(s, SETTING_LISTEN),
            .public_url = settings_text(s, SETTING_PUBLIC_URL),
            .trusted_proxies = settings_text(s, SETTING_TRUSTED_PROXIES),
            .loops = (size_t)settings_number(s, SETTING_LOOPS),
            .readers = (size_t)settings_number(s, SETTING_READERS),
            .connection_limit = (size_t)settings_number(s, SETTING_CONNECTIONS),
            .queue_limit = (size_t)settings_number(s, SETTING_QUEUE)};
        status = serve_open(c, p, &http, &signals, err);
    }
    kernel_close(p->kernel);
    p->kernel = NULL;
    c->kernel = NULL;
    if (status == CRM_OK) log_event(LOG_INFO, "stopped", NULL);
    return status;
}

static crm_status serve(struct crm_command *c, struct err *err) {
    struct program *p = cli_program(c);
    struct settings *s = &p->settings;
    struct str folder = settings_text(s, SETTING_DATA);
    int lock = -1;
    crm_status status = settings_override(s, SETTING_LISTEN, command_value(c, "listen"), err);
    if (status == CRM_OK)
        status = settings_override(s, SETTING_PUBLIC_URL, command_value(c, "public-url"), err);
    if (status != CRM_OK) return status;
    if (access(arena_cstr(&c->arena, folder), F_OK) != 0)
        return err_set_args(err, CRM_NOT_FOUND, &cli_not_made, &folder, 1);
    set_log(s);
    status = lock_take(folder, LOCK_WAIT_MS, &lock, err);
    if (status != CRM_OK) return status;
    status = serve_locked(c, p, err);
    close(lock);
    return status;
}

CLI_RUN(serve)
static const struct crm_option options[] = {
    {.name = "listen",
     .value = "ADDRESS:PORT",
     .help = "where to listen (127.0.0.1:8080); port 0 takes any free one",
     .kind = CRM_OPTION_TEXT},
    {.name = "public-url",
     .value = "URL",
     .help = "how people reach it; https makes cookies Secure",
     .kind = CRM_OPTION_TEXT}};
CLI_COMMAND(serve, CLI_HERE, .name = "serve", .summary = "Runs the server", CLI_OPTIONS(options),
            .run = serve_,
            .help = "Says READY with its address when requests are answered. SIGTERM or ctrl-C end "
                    "it in order: no new requests,\n"
                    "those at work are finished, the last writes are committed. Other commands run "
                    "inside it meanwhile.")
