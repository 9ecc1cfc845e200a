/* Child processes: streams, exit codes, signals, environment, descriptor 3, and letting go early.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "loop/child.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

struct seen {
    struct loop *loop;
    struct child *child; /* freed by the teardown, whatever the test did */
    struct buf output, errors;
    int ended, signal;
    int64_t code;
};

static void on_output(void *ctx, struct str bytes) {
    buf_add_str(&((struct seen *)ctx)->output, bytes);
}
static void on_errors(void *ctx, struct str bytes) {
    buf_add_str(&((struct seen *)ctx)->errors, bytes);
}
static void on_ended(void *ctx, int64_t code, int signal) {
    struct seen *s = ctx;
    s->ended++;
    s->code = code;
    s->signal = signal;
    loop_stop(s->loop);
}

static int setup(void **state) {
    struct seen *s = calloc(1, sizeof *s);
    buf_init(&s->output, 4 << 20);
    buf_init(&s->errors, 4 << 20);
    *state = s;
    return loop_new(&s->loop, NULL) == CRM_OK ? 0 : -1;
}

static int teardown(void **state) {
    struct seen *s = *state;
    child_free(s->child);
    loop_free(s->loop);
    buf_fini(&s->output);
    buf_fini(&s->errors);
    free(s);
    return 0;
}

static struct child_options shell(struct seen *s, const char *const *args) {
    return (struct child_options){.file = "/bin/sh",
                                  .args = args,
                                  .passed_fd = -1,
                                  .output = on_output,
                                  .errors = on_errors,
                                  .ended = on_ended,
                                  .ctx = s};
}

static void output_errors_and_code(void **state) {
    struct seen *s = *state;
    struct err err;
    const char *args[] = {"sh", "-c", "echo out; echo bad >&2; exit 7", NULL};
    struct child_options options = shell(s, args);
    assert_int_equal(child_start(s->loop, &options, &s->child, &err), CRM_OK);
    assert_true(child_pid(s->child) > 0);
    loop_run(s->loop);
    assert_int_equal(s->ended, 1);
    assert_int_equal(s->code, 7);
    assert_int_equal(s->signal, 0);
    assert_string_equal(s->output.ptr, "out\n");
    assert_string_equal(s->errors.ptr, "bad\n");
}

static void input_goes_through(void **state) {
    struct seen *s = *state;
    struct err err;
    const char *args[] = {"sh", "-c", "exec /bin/cat", NULL};
    struct child_options options = shell(s, args);
    options.with_input = true;
    assert_int_equal(child_start(s->loop, &options, &s->child, &err), CRM_OK);
    static char big[600000];
    memset(big, 'x', sizeof big);
    assert_int_equal(child_write(s->child, str_make(big, sizeof big), &err), CRM_OK);
    assert_int_equal(child_write(s->child, STR("end"), &err), CRM_OK);
    size_t sent = sizeof big + 3;
    while (child_write(s->child, str_make(big, sizeof big), &err) == CRM_OK)
        sent += sizeof big;
    assert_string_equal(err.text.code, "child_behind");
    assert_int_equal(err.status, CRM_UNAVAILABLE);
    child_shut_input(s->child);
    loop_run(s->loop);
    assert_int_equal(s->code, 0);
    assert_int_equal(s->output.len, sent);
    assert_memory_equal(s->output.ptr + sizeof big, "end", 3);
    assert_int_equal(child_write(s->child, STR("late"), &err), CRM_IO);
}

static void killed_by_signal(void **state) {
    struct seen *s = *state;
    const char *args[] = {"sh", "-c", "exec /bin/cat", NULL};
    struct child_options options = shell(s, args);
    options.with_input = true;
    assert_int_equal(child_start(s->loop, &options, &s->child, NULL), CRM_OK);
    child_kill(s->child, SIGKILL);
    loop_run(s->loop);
    assert_int_equal(s->signal, SIGKILL);
    child_kill(s->child, SIGKILL); /* nothing to do */
}

static void writing_to_the_dead_is_no_signal_for_us(void **state) {
    struct seen *s = *state;
    const char *args[] = {"sh", "-c", "exec <&-; echo ready; exec /bin/sleep 60", NULL};
    struct child_options options = shell(s, args);
    options.with_input = true;
    assert_int_equal(child_start(s->loop, &options, &s->child, NULL), CRM_OK);
    while (s->output.len == 0)
        uv_run(loop_uv(s->loop), UV_RUN_ONCE);
    loop_stop(s->loop);
    loop_run(s->loop); /* blocks SIGPIPE here */
    child_write(s->child, STR("nobody reads this"), NULL);
    uv_run(loop_uv(s->loop), UV_RUN_NOWAIT);
}

static void environment_is_what_is_given(void **state) {
    struct seen *s = *state;
    const char *args[] = {"sh", "-c", "echo \"$GIVEN,$HOME\"", NULL};
    const char *env[] = {"GIVEN=yes", NULL};
    struct child_options options = shell(s, args);
    options.env = env;
    assert_int_equal(child_start(s->loop, &options, &s->child, NULL), CRM_OK);
    loop_run(s->loop);
    assert_string_equal(s->output.ptr, "yes,\n");
}

static void descriptor_three(void **state) {
    struct seen *s = *state;
    int pair[2];
    char reply[8] = {0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    const char *args[] = {"sh", "-c", "echo hello >&3", NULL};
    struct child_options options = shell(s, args);
    options.passed_fd = pair[1];
    assert_int_equal(child_start(s->loop, &options, &s->child, NULL), CRM_OK);
    close(pair[1]);
    loop_run(s->loop);
    assert_int_equal(s->code, 0);
    assert_int_equal(read(pair[0], reply, sizeof reply), 6);
    assert_string_equal(reply, "hello\n");
    close(pair[0]);
}

static void freed_while_running(void **state) {
    struct seen *s = *state;
    const char *args[] = {"sh", "-c", "exec /bin/sleep 60", NULL};
    struct child_options options = shell(s, args);
    assert_int_equal(child_start(s->loop, &options, &s->child, NULL), CRM_OK);
    pid_t pid = (pid_t)child_pid(s->child);
    child_free(s->child);
    s->child = NULL;
    uv_run(loop_uv(s->loop), UV_RUN_NOWAIT);
    while (kill(pid, 0) == 0)
        uv_run(loop_uv(s->loop), UV_RUN_ONCE); /* reaped, not a zombie */
    assert_int_equal(errno, ESRCH);
    assert_int_equal(s->ended, 0);
}

static void grandchild_does_not_hold_the_end(void **state) {
    struct seen *s = *state;
    const char *args[] = {"sh", "-c", "/bin/sleep 30 & echo $!", NULL};
    struct child_options options = shell(s, args);
    assert_int_equal(child_start(s->loop, &options, &s->child, NULL), CRM_OK);
    loop_run(s->loop);
    assert_int_equal(s->ended, 1);
    int64_t sleeper = 0;
    assert_true(str_to_int64(str_trim(buf_str(&s->output)), &sleeper));
    kill((pid_t)sleeper, SIGKILL);
}

static void missing_program(void **state) {
    struct seen *s = *state;
    struct err err;
    const char *args[] = {"nothing", NULL};
    struct child_options options = shell(s, args);
    options.file = "/nonexistent/program";
    options.with_input = true;
    assert_int_equal(child_start(s->loop, &options, &s->child, &err), CRM_IO);
    assert_null(s->child);
    assert_string_equal(err.text.code, "child_failed");
    child_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(output_errors_and_code),
        TEST(input_goes_through),
        TEST(killed_by_signal),
        TEST(writing_to_the_dead_is_no_signal_for_us),
        TEST(environment_is_what_is_given),
        TEST(descriptor_three),
        TEST(freed_while_running),
        TEST(grandchild_does_not_hold_the_end),
        TEST(missing_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
