/* Messages and descriptors over a socket pair, and what a broken other side does; the lock. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/channel.h"
#include "cli/lock.h"

static int pair[2];
static struct err err;

static int setup(void **state) {
    (void)state;
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
}
static int teardown(void **state) {
    (void)state;
    close(pair[0]);
    close(pair[1]);
    return 0;
}

static void message_arrives_with_its_files(void **state) {
    (void)state;
    int sent[2] = {open("/dev/null", O_RDONLY | O_CLOEXEC),
                   open("/dev/zero", O_RDONLY | O_CLOEXEC)};
    JSON_CLEANUP json_t *json =
        json_pack("{s:[s,s],s:s}", "words", "list", "тест", "language", "ru");
    assert_int_equal(channel_send(pair[0], json, sent, 2, &err), CRM_OK);
    assert_int_equal(channel_send(pair[0], json, NULL, 0, &err), CRM_OK);
    struct channel_message m;
    assert_int_equal(channel_receive(pair[1], &m, &err), CRM_OK);
    assert_true(json_equal(m.json, json));
    assert_int_equal(m.file_count, 2);
    struct stat a, b;
    assert_int_equal(fstat(m.files[1], &a), 0);
    assert_int_equal(fstat(sent[1], &b), 0);
    assert_int_equal(a.st_rdev, b.st_rdev);
    assert_true(fcntl(m.files[0], F_GETFD) & FD_CLOEXEC);
    channel_message_fini(&m);
    assert_int_equal(channel_receive(pair[1], &m, &err), CRM_OK);
    assert_int_equal(m.file_count, 0);
    channel_message_fini(&m);
    close(sent[0]);
    close(sent[1]);
}

static void hang_up_is_seen(void **state) {
    (void)state;
    struct channel_message m;
    JSON_CLEANUP json_t *json = json_object();
    close(pair[0]);
    pair[0] = -1;
    assert_int_equal(channel_receive(pair[1], &m, &err), CRM_CANCELLED);
    assert_int_equal(channel_send(pair[1], json, NULL, 0, &err), CRM_CANCELLED); /* and no signal */
}

static void assert_refused(const void *bytes, size_t len) {
    struct channel_message m;
    assert_int_equal(write(pair[0], bytes, len), (ssize_t)len);
    shutdown(pair[0], SHUT_WR);
    assert_int_not_equal(channel_receive(pair[1], &m, &err), CRM_OK);
    assert_null(m.json);
    assert_int_equal(m.file_count, 0);
}

static void endless_message_is_refused(void **state) {
    (void)state;
    assert_refused("\xFF\xFF\xFF\x7F", 4);
    assert_string_equal(err.text.code, "message_malformed");
}
static void cut_message_is_refused(void **state) {
    (void)state;
    assert_refused("\x10\0\0\0{\"a\"", 8);
}
static void text_that_is_no_json_is_refused(void **state) {
    (void)state;
    assert_refused("\x03\0\0\0{a}", 7);
    assert_string_equal(err.text.code, "message_malformed");
}
static void more_files_than_fit_are_not_sent(void **state) {
    (void)state;
    int files[CHANNEL_FILES_MAX + 1];
    JSON_CLEANUP json_t *json = json_object();
    for (size_t i = 0; i <= CHANNEL_FILES_MAX; i++)
        files[i] = pair[0];
    assert_int_equal(channel_send(pair[0], json, files, CHANNEL_FILES_MAX + 1, &err), CRM_INVALID);
}

static void long_paths_make_no_socket(void **state) {
    char path[256], folder[200];
    (void)state;
    memset(folder, 'd', sizeof folder);
    assert_true(channel_path(STR("/var/lib/perigee"), path, sizeof path));
    assert_string_equal(path, "/var/lib/perigee/perigee.sock");
    assert_false(channel_path(str_make(folder, sizeof folder), path, sizeof path));
}

static void lock_is_for_one(void **state) {
    char folder[] = "/tmp/perigee-lock-XXXXXX", path[64];
    int first = -1, second = -1;
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(lock_make_folder(str_from(folder), &err), CRM_OK); /* there already */
    assert_int_equal(lock_take(str_from(folder), 0, &first, &err), CRM_OK);
    assert_int_equal(lock_take(str_from(folder), 60, &second, &err), CRM_UNAVAILABLE);
    assert_string_equal(err.text.code, "lock_taken");
    close(first);
    assert_int_equal(lock_take(str_from(folder), 0, &second, &err), CRM_OK);
    close(second);
    assert_int_equal(lock_take(STR("/nonexistent/folder"), 0, &first, &err), CRM_IO);
    assert_int_equal(lock_make_folder(STR("/nonexistent/folder"), &err), CRM_IO);
    snprintf(path, sizeof path, "%s/lock", folder);
    unlink(path);
    rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(message_arrives_with_its_files, setup, teardown),
        cmocka_unit_test_setup_teardown(hang_up_is_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(endless_message_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(cut_message_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(text_that_is_no_json_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(more_files_than_fit_are_not_sent, setup, teardown),
        cmocka_unit_test(long_paths_make_no_socket),
        cmocka_unit_test(lock_is_for_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
