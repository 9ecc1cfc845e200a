/* Child processes: one uv_process_t, up to three pipes and a timer, all inside struct child, which
 * is freed when the last of them has closed. The process handle stays until the exit is seen even
 * after child_free, because libuv reaps only children whose handle is open. */
#include "loop/child.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>

#include "loop/messages.h"

enum { CHUNK_BYTES = 16 * 1024, DRAIN_MS = 1000, STREAMS = 3 };

struct child {
    uv_process_t process;
    uv_timer_t drain;
    uv_pipe_t pipes[STREAMS];
    bool has_pipe[STREAMS]; /* the handle is open and not closing */
    void (*read[STREAMS])(void *ctx, struct str bytes);
    void (*ended)(void *ctx, int64_t exit_code, int signal);
    void *ctx;
    bool running, released, told;
    int64_t exit_code;
    int exit_signal;
    int open_handles;
    char chunk[CHUNK_BYTES];
};

static void on_closed(uv_handle_t *handle) {
    struct child *c = handle->data;
    if (--c->open_handles == 0 && c->released) free(c);
}

static void pipe_close(struct child *c, int stream) {
    if (!c->has_pipe[stream]) return;
    c->has_pipe[stream] = false;
    uv_close((uv_handle_t *)&c->pipes[stream], on_closed);
}

/* What is open besides the process itself. */
static void close_rest(struct child *c) {
    for (int i = 0; i < STREAMS; i++)
        pipe_close(c, i);
    if (!uv_is_closing((uv_handle_t *)&c->drain)) uv_close((uv_handle_t *)&c->drain, on_closed);
}

static void tell_when_done(struct child *c, bool anyway) {
    if (c->running || c->told || c->released) return;
    if (!anyway && (c->has_pipe[1] || c->has_pipe[2])) return;
    c->told = true;
    close_rest(c);
    if (c->ended) c->ended(c->ctx, c->exit_code, c->exit_signal);
}

static void on_drain_over(uv_timer_t *timer) { tell_when_done(timer->data, true); }

static void on_process_end(uv_process_t *process, int64_t exit_code, int signal) {
    struct child *c = process->data;
    c->running = false;
    c->exit_code = exit_code;
    c->exit_signal = signal;
    uv_close((uv_handle_t *)process, on_closed);
    if (c->released) return;
    uv_timer_start(&c->drain, on_drain_over, DRAIN_MS, 0);
    tell_when_done(c, false);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret) {
    (void)suggested;
    struct child *c = handle->data;
    *ret = uv_buf_init(c->chunk, CHUNK_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *bytes) {
    struct child *c = stream->data;
    int index = stream == (uv_stream_t *)&c->pipes[1] ? 1 : 2;
    if (count > 0) {
        c->read[index](c->ctx, str_make(bytes->base, (size_t)count));
    } else if (count < 0) {
        pipe_close(c, index);
        tell_when_done(c, false);
    }
}

static void stream_set(struct child *c, int index, const struct child_options *o,
                       uv_stdio_container_t *ret) {
    bool piped = index == 0 ? o->with_input : c->read[index] != NULL;
    if (!piped) {
        ret->flags = index == 0 ? UV_IGNORE : UV_INHERIT_FD;
        ret->data.fd = index;
        return;
    }
    uv_pipe_init(c->process.loop, &c->pipes[index], 0);
    c->pipes[index].data = c;
    c->has_pipe[index] = true;
    c->open_handles++;
    /* flags are the child's view; libuv makes a socket pair */
    ret->flags =
        (uv_stdio_flags)(UV_CREATE_PIPE | (index == 0 ? UV_READABLE_PIPE : UV_WRITABLE_PIPE));
    ret->data.stream = (uv_stream_t *)&c->pipes[index];
}

static int spawn(struct child *c, struct loop *l, const struct child_options *o) {
    static char *const no_env[] = {NULL};
    uv_stdio_container_t streams[STREAMS + 1];
    c->process.loop = loop_uv(l);
    for (int i = 0; i < STREAMS; i++)
        stream_set(c, i, o, &streams[i]);
    bool passes = o->passed_fd >= 0;
    if (passes) {
        streams[STREAMS].flags = UV_INHERIT_FD;
        streams[STREAMS].data.fd = o->passed_fd;
    }
    uv_process_options_t options = {
        .exit_cb = on_process_end,
        .file = o->file,
        .args = (char **)(uintptr_t)o->args, /* libuv does not write to them */
        .env = o->env ? (char **)(uintptr_t)o->env : (char **)(uintptr_t)no_env,
        .cwd = o->folder,
        .stdio_count = passes ? STREAMS + 1 : STREAMS,
        .stdio = streams,
    };
    int failed = uv_spawn(loop_uv(l), &c->process, &options);
    c->process.data = c;
    c->open_handles++;
    return failed;
}

crm_status child_start(struct loop *l, const struct child_options *options, struct child **ret,
                       struct err *err) {
    struct child *c = calloc(1, sizeof *c);
    if (!c) return err_no_memory(err);
    c->read[1] = options->output;
    c->read[2] = options->errors;
    c->ended = options->ended;
    c->ctx = options->ctx;
    uv_timer_init(loop_uv(l), &c->drain);
    c->drain.data = c;
    c->open_handles = 1;
    int failed = spawn(c, l, options);
    if (failed != 0) {
        c->released = true;
        uv_close((uv_handle_t *)&c->process, on_closed);
        close_rest(c);
        err_set(err, CRM_IO, &loop_child_failed, options->file, NULL);
        err_because(err, "uv_spawn %s: %s", options->file, uv_strerror(failed));
        return CRM_IO;
    }
    c->running = true;
    for (int i = 1; i < STREAMS; i++)
        if (c->has_pipe[i]) uv_read_start((uv_stream_t *)&c->pipes[i], on_room, on_read);
    *ret = c;
    return CRM_OK;
}

struct input {
    uv_write_t request;
    char bytes[];
};

static void on_written(uv_write_t *request, int failed) {
    (void)failed; /* a child that stops reading is seen by its end */
    free(request->data);
}

crm_status child_write(struct child *c, struct str bytes, struct err *err) {
    uv_stream_t *stream = (uv_stream_t *)&c->pipes[0];
    if (!c->has_pipe[0]) return err_set(err, CRM_IO, &loop_child_closed, NULL);
    if (bytes.len == 0) return CRM_OK;
    size_t waiting = uv_stream_get_write_queue_size(stream);
    if (waiting > CHILD_INPUT_MAX_BYTES || bytes.len > CHILD_INPUT_MAX_BYTES - waiting)
        return err_set(err, CRM_UNAVAILABLE, &loop_child_behind, NULL);
    struct input *input = malloc(sizeof *input + bytes.len);
    if (!input) return err_no_memory(err);
    memcpy(input->bytes, bytes.ptr, bytes.len);
    input->request.data = input;
    uv_buf_t part = uv_buf_init(input->bytes, (unsigned)bytes.len);
    int failed = uv_write(&input->request, stream, &part, 1, on_written);
    if (failed == 0) return CRM_OK;
    free(input);
    err_set(err, CRM_IO, &loop_child_closed, NULL);
    err_because(err, "uv_write: %s", uv_strerror(failed));
    return CRM_IO;
}

static void on_shut(uv_shutdown_t *request, int failed) {
    (void)failed;
    struct child *c = request->handle->data;
    free(request);
    pipe_close(c, 0);
}

void child_shut_input(struct child *c) {
    if (!c->has_pipe[0]) return;
    uv_shutdown_t *request = malloc(sizeof *request);
    if (!request || uv_shutdown(request, (uv_stream_t *)&c->pipes[0], on_shut) != 0) {
        free(request);
        pipe_close(c, 0); /* drops what still waits, but never leaves the child waiting for more */
    }
}

void child_kill(struct child *c, int signal) {
    if (c->running) uv_process_kill(&c->process, signal);
}

int64_t child_pid(const struct child *c) { return c->process.pid; }

void child_free(struct child *c) {
    if (!c) return;
    assert(!c->released);
    c->released = true;
    child_kill(c, SIGKILL);
    close_rest(c);
    if (c->open_handles == 0) free(c);
}
