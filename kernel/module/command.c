/* Running a command, and its words on their way out. */
#include "module/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "auth/messages.h"
#include "module/messages.h"

enum { COMMAND_ARENA_BYTES = 256 * 1024 * 1024, EXIT_FAILED = 1, EXIT_USAGE = 2 };

void command_init(struct crm_command *c) {
    memset(c, 0, sizeof *c);
    arena_init(&c->arena, COMMAND_ARENA_BYTES);
    buf_init(&c->result, COMMAND_RESULT_MAX);
    json_writer_init(&c->writer, &c->result);
}

void command_fini(struct crm_command *c) {
    view_free(c->view);
    for (size_t i = 0; i < c->value_count; i++)
        if (c->values[i].fd >= 0) close(c->values[i].fd);
    buf_fini(&c->result);
    arena_fini(&c->arena);
}

crm_status command_open_view(struct crm_command *c, struct err *err) {
    struct auth *auth = kernel_auth(c->kernel);
    if (!kernel_engine(c->kernel)) return err_set(err, CRM_UNAVAILABLE, &module_not_open, NULL);
    struct view_source source = {.conn = NULL};
    int64_t user = c->as.len ? auth_user_find(auth, c->as) : ACTOR_SYSTEM;
    const struct str args[] = {c->as};
    if (user == 0) return err_set_args(err, CRM_NOT_FOUND, &auth_user_unknown, args, 1);
    crm_status status =
        actors_get(&auth->actors, user, ACCESS_DOOR_CLI, &c->arena, &source.actor, err);
    return status == CRM_OK ? view_new(c->kernel, &source, &c->view, err) : status;
}

/* ---- words out ---------------------------------------------------------------------------- */

static crm_status write_all(int fd, struct str bytes) {
    while (bytes.len > 0) {
        ssize_t len = write(fd, bytes.ptr, bytes.len);
        if (len < 0 && errno == EINTR) continue;
        if (len < 0) return CRM_CANCELLED;
        bytes = str_make(bytes.ptr + len, bytes.len - (size_t)len);
    }
    return CRM_OK;
}

static void hide_bar(struct crm_command *c) {
    if (c->is_bar_shown) write_all(c->io.err, STR("\r\x1b[K"));
    c->is_bar_shown = false;
}

crm_status command_write(struct crm_command *c, struct str bytes, struct err *err) {
    hide_bar(c);
    c->has_raw_output = true;
    if (c->out_is_broken || write_all(c->io.out, bytes) != CRM_OK) {
        c->out_is_broken = true;
        err_set(err, CRM_CANCELLED, &module_output_gone, NULL);
        return CRM_CANCELLED;
    }
    return CRM_OK;
}

static void say_line(struct crm_command *c, struct str line) {
    hide_bar(c);
    int fd = c->json || c->has_raw_output ? c->io.err : c->io.out;
    BUF_CLEANUP struct buf text;
    buf_init(&text, line.len + 16);
    buf_add_str(&text, line);
    buf_add_char(&text, '\n');
    write_all(fd, buf_str(&text));
}

enum { SAID_BYTES = 1024 * 1024 };

void command_say(struct crm_command *c, const char *format, ...) {
    BUF_CLEANUP struct buf line;
    va_list args, again;
    buf_init(&line, SAID_BYTES);
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    char *room = len > 0 ? buf_reserve(&line, (size_t)len + 1) : NULL;
    if (room) say_line(c, str_make(room, (size_t)vsnprintf(room, (size_t)len + 1, format, again)));
    va_end(again);
    va_end(args);
}

struct json_writer *command_result(struct crm_command *c) {
    return &c->writer;
}

/* ---- errors and the end ------------------------------------------------------------------- */

static void error_json(struct crm_command *c, const struct err *err, struct str message) {
    buf_clear(&c->result);
    json_writer_init(&c->writer, &c->result);
    struct json_writer *w = &c->writer;
    json_object_open(w);
    json_key_lit(w, "error");
    json_object_open(w);
    json_key_lit(w, "code");
    json_cstr(w, err->text.code ? err->text.code : crm_status_word(err->status));
    json_key_lit(w, "message");
    json_text(w, message);
    if (err->field[0]) {
        json_key_lit(w, "field");
        json_cstr(w, err->field);
    }
    json_object_shut(w);
    json_object_shut(w);
}

static void print_result(struct crm_command *c) {
    if (!c->json || c->out_is_broken) return;
    if (c->result.len == 0) buf_add_cstr(&c->result, "{}");
    buf_add_char(&c->result, '\n');
    if (c->result.status == CRM_OK) write_all(c->io.out, buf_str(&c->result));
}

int command_fail(struct crm_command *c, const struct err *err) {
    BUF_CLEANUP struct buf message, line;
    buf_init(&message, 8192);
    buf_init(&line, 16384);
    err_format(err, c->language, &message);
    buf_printf(&line, "perigee: %.*s", STR_ARG(buf_str(&message)));
    if (err->where[0]) buf_printf(&line, " (%s)", err->where);
    if (err->field[0] && err->entity[0])
        buf_printf(&line, " [%s.%s]", err->entity, err->field);
    else if (err->field[0])
        buf_printf(&line, " [%s]", err->field);
    if (err->cause[0]) buf_printf(&line, "\n  %s", err->cause);
    buf_add_char(&line, '\n');
    hide_bar(c);
    if (err->status != CRM_CANCELLED || !c->out_is_broken) write_all(c->io.err, buf_str(&line));
    error_json(c, err, buf_str(&message));
    print_result(c);
    return err->status == CRM_UNSUPPORTED ? EXIT_USAGE : EXIT_FAILED;
}

/* `plan` looks at a database before any snapshot is made. */
static bool has_schema(struct kernel *k) {
    struct schema *schema = kernel_engine(k) ? engine_schema(kernel_engine(k)) : NULL;
    schema_unref(schema);
    return schema != NULL;
}

/* NULL for a command of the kernel. */
static const struct crm_host *host_of(const struct crm_command *c) {
    const struct registry *r = c->kernel ? &kernel_modules(c->kernel)->registry : NULL;
    for (size_t i = 0; r && i < r->command_count; i++)
        if (&r->commands[i].definition == c->definition) return r->commands[i].host;
    return NULL;
}

int command_run(struct crm_command *c) {
    struct err err;
    err_clear(&err);
    crm_status status = has_schema(c->kernel) ? command_open_view(c, &err) : CRM_OK;
    if (status == CRM_OK)
        status = BRIDGE_CALL(&err, host_of(c), c->definition->name,
                             c->definition->run(c->definition->ctx, c, &bridge_error));
    if (status != CRM_OK) return command_fail(c, &err);
    hide_bar(c);
    print_result(c);
    return 0;
}

/* ---- what was asked ----------------------------------------------------------------------- */

struct str command_value(const struct crm_command *c, const char *name) {
    for (size_t i = c->value_count; i-- > 0;) /* the last one counts */
        if (strcmp(c->values[i].name, name) == 0) return c->values[i].text;
    return STR_NONE;
}

bool command_has(const struct crm_command *c, const char *name) {
    for (size_t i = 0; i < c->value_count; i++)
        if (strcmp(c->values[i].name, name) == 0) return true;
    return false;
}
