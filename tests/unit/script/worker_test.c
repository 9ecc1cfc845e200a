/* What workers stand on: values as bytes, messages in packets, and what a worker may not do. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lauxlib.h>

#include "lua/guarded.h"
#include "script/worker/channel.h"
#include "script/worker/sandbox.h"
#include "script/worker/wire.h"

/* ---- values ------------------------------------------------------------------------------------
 */

static struct lua_guard *guard_open(void) {
    const struct lua_guard_options options = {.memory_max_bytes = 32u << 20};
    struct lua_guard *g = NULL;
    struct err err;
    assert_int_equal(lua_guard_new(&options, &g, &err), CRM_OK);
    return g;
}

/* Leaves the value of the expression on the stack. */
static void evaluate(struct lua_guard *g, const char *text) {
    static const struct lua_budget budget = {.cpu_ms = 5000};
    struct err err;
    assert_int_equal(lua_guard_load(g, str_from(text), "t", &err), CRM_OK);
    assert_int_equal(lua_guard_call(g, 0, 1, &budget, &err), CRM_OK);
}

static crm_status put_top(struct lua_guard *g, struct buf *to, struct err *err) {
    struct script_wire_out out = {.L = lua_guard_state(g), .buf = to, .err = err};
    return script_wire_put(&out, -1);
}

static int l_push(lua_State *L) {
    struct script_wire_in *in = lua_touserdata(L, 1);
    l_script_wire_push(L, in);
    lua_setglobal(L, "got");
    return 0;
}

static void test_values_come_back(void **state) {
    (void)state;
    struct lua_guard *g = guard_open();
    struct buf bytes;
    struct err err;
    buf_init(&bytes, 1 << 20);
    evaluate(g,
             "return { 1, -2.5, 'a\\0b', true, false, { x = { [3] = 'y', [1.5] = 1 } }, print }");
    assert_int_equal(put_top(g, &bytes, &err), CRM_OK);
    struct script_wire_in in = {.at = bytes.ptr, .end = bytes.ptr + bytes.len};
    assert_true(script_wire_skip(&in, 0));
    assert_ptr_equal(in.at, in.end);
    in.at = bytes.ptr;
    assert_int_equal(lua_guard_protect(g, l_push, &in, &err), CRM_OK);
    evaluate(g, "assert(got[1] == 1 and math.type(got[1]) == 'integer' and got[2] == -2.5)\n"
                "assert(got[3] == 'a\\0b' and got[4] == true and got[5] == false)\n"
                "assert(got[6].x[3] == 'y' and got[6].x[1.5] == 1 and #got == 7)\n"
                "return type(got[7])");
    assert_string_equal(lua_tostring(lua_guard_state(g), -1), "function");
    buf_fini(&bytes);
    lua_guard_free(g);
}

static void test_values_have_limits(void **state) {
    (void)state;
    struct lua_guard *g = guard_open();
    struct buf bytes;
    struct err err;
    buf_init(&bytes, 4096);
    evaluate(g, "local t = {} t.t = t return t");
    assert_int_equal(put_top(g, &bytes, &err), CRM_TOO_LARGE);
    assert_string_equal(err.text.code, "plain_too_deep");
    buf_clear(&bytes);
    evaluate(g, "return ('x'):rep(5000)");
    assert_int_equal(put_top(g, &bytes, &err), CRM_TOO_LARGE);
    buf_clear(&bytes);
    evaluate(g, "return { [{}] = 1 }");
    assert_int_equal(put_top(g, &bytes, &err), CRM_INVALID);
    buf_fini(&bytes);
    lua_guard_free(g);
}

/* Bytes of a hostile worker: an error or another value, never a read beyond them. */
static void test_wrong_bytes_are_errors(void **state) {
    (void)state;
    struct lua_guard *g = guard_open();
    struct buf bytes;
    struct err err;
    uint64_t random = 7;
    size_t refused = 0;
    buf_init(&bytes, 1 << 20);
    evaluate(g, "return { a = { 1, 2, { 'text', 2.5 } }, b = 'more', [7] = false }");
    assert_int_equal(put_top(g, &bytes, &err), CRM_OK);
    for (int i = 0; i < 20000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t len = i % 3 ? bytes.len : (size_t)(random >> 33) % bytes.len;
        char *copy = malloc(len + 1); /* its end is watched by the sanitizer */
        assert_non_null(copy);
        memcpy(copy, bytes.ptr, len);
        if (len > 0) copy[(size_t)(random >> 20) % len] = (char)(random >> 56);
        struct script_wire_in in = {.at = copy, .end = copy + len}, other = in;
        refused += lua_guard_protect(g, l_push, &in, &err) != CRM_OK;
        (void)script_wire_skip(&other, 0);
        struct err told;
        other.at = copy;
        (void)script_wire_err(&other, &told);
        free(copy);
    }
    assert_true(refused > 5000);
    buf_fini(&bytes);
    lua_guard_free(g);
}

/* ---- messages ----------------------------------------------------------------------------------
 */

static bool always(void *ctx) {
    (void)ctx;
    return true;
}

static void test_messages_of_any_size(void **state) {
    (void)state;
    int fds[2];
    assert_true(script_channel_pair(fds));
    struct script_channel near = {.fd = fds[0], .is_timed = true, .left_ns = INT64_MAX / 2},
                          far = {.fd = fds[1]};
    static const size_t sizes[] = {0, 1, 65531, 65532, 65533, 130000};
    struct buf text, got;
    buf_init(&text, 1 << 20);
    buf_init(&got, 1 << 20);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        buf_clear(&text);
        while (text.len < sizes[i])
            buf_add_char(&text, (char)('a' + text.len % 26));
        assert_int_equal(script_channel_send(&near, buf_str(&text)), SCRIPT_CHANNEL_OK);
        assert_int_equal(script_channel_receive(&far, &got), SCRIPT_CHANNEL_OK);
        assert_true(str_eq(buf_str(&got), buf_str(&text)) || sizes[i] == 0);
        assert_int_equal(got.len, sizes[i]);
    }
    near.left_ns = 1;
    near.spent = always;
    assert_int_equal(script_channel_receive(&near, &got), SCRIPT_CHANNEL_LATE);
    near.left_ns = INT64_MAX / 2;
    near.stopped = always;
    assert_int_equal(script_channel_receive(&near, &got), SCRIPT_CHANNEL_STOPPED);
    uint32_t lie = 10;
    assert_int_equal(send(fds[1], &lie, sizeof lie - 1, 0), 3);
    assert_int_equal(script_channel_receive(&near, &got), SCRIPT_CHANNEL_GONE);
    close(fds[1]);
    assert_int_equal(script_channel_receive(&near, &got), SCRIPT_CHANNEL_GONE);
    assert_int_equal(script_channel_send(&near, STR("x")), SCRIPT_CHANNEL_GONE);
    close(fds[0]);
    buf_fini(&text);
    buf_fini(&got);
}

/* ---- what a worker may not do ------------------------------------------------------------------
 */

static void does_nothing(void) {}
static void opens_a_file(void) { (void)open("/etc/passwd", O_RDONLY); }
static void makes_a_socket(void) { (void)socket(AF_INET, SOCK_STREAM, 0); }
static void makes_a_process(void) { (void)fork(); }
static void maps_code(void) {
    (void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
static void kills_another(void) { (void)kill(getppid(), SIGUSR1); }

/* How a child ends that does it behind the filter: 0, or the signal. */
static int end_of(void (*deed)(void)) {
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (!script_sandbox_enter(3)) _exit(2);
        deed();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(!WIFEXITED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void test_a_worker_reaches_nothing(void **state) {
    (void)state;
    assert_int_equal(end_of(does_nothing), 0);
    assert_int_equal(end_of(opens_a_file), SIGSYS);
    assert_int_equal(end_of(makes_a_socket), SIGSYS);
    assert_int_equal(end_of(makes_a_process), SIGSYS);
    assert_int_equal(end_of(maps_code), SIGSYS);
    assert_int_equal(end_of(kills_another), SIGSYS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_come_back),
        cmocka_unit_test(test_values_have_limits),
        cmocka_unit_test(test_wrong_bytes_are_errors),
        cmocka_unit_test(test_messages_of_any_size),
        cmocka_unit_test(test_a_worker_reaches_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
