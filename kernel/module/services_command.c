/* crm.command over a running command. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module/command.h"
#include "module/messages.h"
#include "module/services.h"

struct crm_output {
    int fd;
};

static crm_status command_svc_command_add(struct crm_host *host,
                                          const struct crm_command_definition *definition,
                                          struct crm_error *err) {
    return registry_add_command(host, definition, err_in(err));
}

static struct crm_str command_svc_argument(struct crm_command *c, const char *name) {
    return str_out(command_value(c, name));
}
static struct crm_str command_svc_option(struct crm_command *c, const char *name) {
    return str_out(command_value(c, name));
}
static bool command_svc_has_option(struct crm_command *c, const char *name) {
    return command_has(c, name);
}

static int64_t command_svc_option_int64(struct crm_command *c, const char *name,
                                        int64_t otherwise) {
    int64_t n = 0;
    return str_to_int64(command_value(c, name), &n) ? n : otherwise;
}

static size_t command_svc_option_count(struct crm_command *c, const char *name) {
    size_t count = 0;
    for (size_t i = 0; i < c->value_count; i++)
        count += strcmp(c->values[i].name, name) == 0;
    return count;
}

static struct crm_str command_svc_option_at(struct crm_command *c, const char *name,
                                            size_t position) {
    for (size_t i = 0; i < c->value_count; i++)
        if (strcmp(c->values[i].name, name) == 0 && position-- == 0)
            return str_out(c->values[i].text);
    return (struct crm_str){NULL, 0};
}

static struct crm_view *command_svc_view(struct crm_command *c) { return c->view; }
static struct crm_arena *command_svc_arena(struct crm_command *c) { return arena_out(&c->arena); }
static int32_t command_svc_language(struct crm_command *c) { return (int32_t)c->language; }
static bool command_svc_wants_json(struct crm_command *c) { return c->json; }

static bool command_svc_cancelled(struct crm_command *c) {
    return c->out_is_broken || kernel_is_stopping(c->kernel) ||
           (c->io.cancelled && c->io.cancelled(c->io.ctx));
}

/* ---- files -------------------------------------------------------------------------------- */

static crm_status io_failed(const char *what, struct err *err) {
    err_set(err, CRM_IO, &module_file_failed, NULL);
    err_because(err, "%s: %s", what, strerror(errno));
    return CRM_IO;
}

static crm_status command_svc_input_at(struct crm_command *c, const char *name, size_t position,
                                       struct crm_input **ret, struct crm_error *err) {
    for (size_t i = 0; i < c->value_count; i++) {
        struct stat facts;
        if (strcmp(c->values[i].name, name) != 0 || c->values[i].fd < 0 || position-- > 0) continue;
        struct crm_input *in = ARENA_NEW(&c->arena, struct crm_input);
        if (!in) return err_no_memory(err_in(err));
        in->fd = c->values[i].fd;
        in->size =
            fstat(in->fd, &facts) == 0 && S_ISREG(facts.st_mode) ? (int64_t)facts.st_size : -1;
        *ret = in;
        return CRM_OK;
    }
    return err_set(err_in(err), CRM_NOT_FOUND, &module_file_missing, NULL);
}

static crm_status command_svc_input(struct crm_command *c, const char *name, struct crm_input **ret,
                                    struct crm_error *err) {
    return command_svc_input_at(c, name, 0, ret, err);
}

static crm_status command_svc_input_read(struct crm_input *in, void *ret, size_t max,
                                         size_t *ret_len, struct crm_error *err) {
    ssize_t len;
    do {
        len = read(in->fd, ret, max);
    } while (len < 0 && errno == EINTR);
    if (len < 0) return io_failed("read", err_in(err));
    *ret_len = (size_t)len;
    return CRM_OK;
}

static crm_status command_svc_input_rewind(struct crm_input *in, struct crm_error *err) {
    if (in->size < 0) return err_set(err_in(err), CRM_UNSUPPORTED, &module_pipe_rewind, NULL);
    return lseek(in->fd, 0, SEEK_SET) == 0 ? CRM_OK : io_failed("lseek", err_in(err));
}

static int64_t command_svc_input_size(struct crm_input *in) { return in->size; }

static crm_status command_svc_output_new(struct crm_command *c, struct crm_str path,
                                         struct crm_output **ret, struct crm_str *ret_path,
                                         struct crm_error *error) {
    struct err *err = err_in(error);
    struct str made = STR_NONE;
    struct crm_output *out = malloc(sizeof *out);
    if (!out) return err_no_memory(err);
    crm_status status = c->io.create(c->io.ctx, str_in(path), &c->arena, &out->fd, &made, err);
    if (status != CRM_OK) {
        free(out);
        return status;
    }
    *ret = out;
    if (ret_path) *ret_path = str_out(made);
    return CRM_OK;
}

static crm_status command_svc_output_write(struct crm_output *out, struct crm_str bytes,
                                           struct crm_error *err) {
    for (size_t at = 0; at < bytes.len;) {
        ssize_t len = write(out->fd, bytes.ptr + at, bytes.len - at);
        if (len < 0 && errno == EINTR) continue;
        if (len < 0) return io_failed("write", err_in(err));
        at += (size_t)len;
    }
    return CRM_OK;
}

static crm_status command_svc_output_close(struct crm_output *out, struct crm_error *err) {
    if (!out) return CRM_OK;
    int failed = close(out->fd);
    free(out);
    return failed ? io_failed("close", err_in(err)) : CRM_OK;
}

/* ---- what is said ------------------------------------------------------------------------- */

static crm_status command_svc_write(struct crm_command *c, struct crm_str bytes,
                                    struct crm_error *err) {
    return command_write(c, str_in(bytes), err_in(err));
}
static void command_svc_say(struct crm_command *c, struct crm_str line) {
    command_say(c, "%.*s", STR_ARG(line));
}

enum { BAR_WIDTH = 30, BAR_EVERY_MS = 150 };

void command_progress(struct crm_command *c, int64_t done, int64_t total, struct str what) {
    int64_t now_ns = clock_monotonic_ns();
    bool is_last = total > 0 && done >= total;
    if (!isatty(c->io.err) ||
        (!is_last && c->is_bar_shown && now_ns - c->bar_ns < BAR_EVERY_MS * INT64_C(1000000)))
        return;
    c->bar_ns = now_ns;
    char line[256];
    int len;
    if (total > 0) {
        int filled = (int)(done < total ? done * BAR_WIDTH / total : BAR_WIDTH);
        len = snprintf(line, sizeof line, "\r\x1b[K[%.*s%*s] %3lld %% %lld/%lld %.*s", filled,
                       "##############################", BAR_WIDTH - filled, "",
                       (long long)(done * 100 / total), (long long)done, (long long)total,
                       (int)(what.len < 60 ? what.len : 60), what.ptr ? what.ptr : "");
    } else {
        len = snprintf(line, sizeof line, "\r\x1b[K%lld %.*s", (long long)done,
                       (int)(what.len < 60 ? what.len : 60), what.ptr ? what.ptr : "");
    }
    if (len <= 0) return;
    size_t size = (size_t)len < sizeof line ? (size_t)len : sizeof line - 1;
    c->is_bar_shown = write(c->io.err, line, size) > 0;
}
static void command_svc_progress(struct crm_command *c, int64_t done, int64_t total,
                                 struct crm_str what) {
    command_progress(c, done, total, str_in(what));
}

static struct crm_json *command_svc_result(struct crm_command *c) {
    return json_out(command_result(c));
}

#define COMMAND_MEMBER(result, name, parameters) .name = command_svc_##name,
const struct crm_command_service services_command = {.size = sizeof services_command,
                                                     .version = CRM_COMMAND_VERSION,
                                                     CRM_COMMAND_TABLE(COMMAND_MEMBER)};
