/* Blobs: named by their content, whole or not there, collected when old and unused. */
#include "store/blob.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/store.h"

static struct digest put(struct test_store *t, struct str bytes) {
    struct blob_writer *w = NULL;
    struct digest digest;
    int64_t size = -1;
    assert_ok(t, blob_create(t->store, &w, &t->err));
    size_t half = bytes.len / 2;
    assert_ok(t, blob_write(w, str_make(bytes.ptr, half), &t->err));
    assert_ok(t, blob_write(w, str_make(bytes.ptr + half, bytes.len - half), &t->err));
    assert_ok(t, blob_finish(w, &digest, &size, &t->err));
    assert_int_equal(size, bytes.len);
    return digest;
}

static bool is_used(void *ctx, const struct digest *d) {
    return ctx && memcmp(ctx, d, sizeof *d) == 0;
}

static void content_gives_the_name(void **state) {
    (void)state;
    struct test_store t;
    struct digest right;
    char bytes[5];
    int fd = -1;
    int64_t size = 0;
    test_store_open(&t, STORE_SQLITE);
    struct digest first = put(&t, STR("hello")), second = put(&t, STR("hello")),
                  empty = put(&t, STR(""));
    sha256_of(STR("hello"), &right);
    assert_memory_equal(&first, &right, sizeof right);
    assert_memory_equal(&second, &right, sizeof right);
    assert_ok(&t, blob_open(t.store, &first, &fd, &size, &t.err));
    assert_int_equal(size, 5);
    assert_int_equal(read(fd, bytes, sizeof bytes), 5);
    assert_memory_equal(bytes, "hello", 5);
    close(fd);
    assert_ok(&t, blob_open(t.store, &empty, &fd, &size, &t.err));
    assert_int_equal(size, 0);
    close(fd);
    right.bytes[0] ^= 1;
    assert_int_equal(blob_open(t.store, &right, &fd, &size, &t.err), CRM_NOT_FOUND);
    test_store_close(&t);
}

static void an_abandoned_blob_is_not_there(void **state) {
    (void)state;
    struct test_store t;
    struct blob_writer *w = NULL;
    struct digest digest;
    int fd;
    int64_t size;
    test_store_open(&t, STORE_SQLITE);
    assert_ok(&t, blob_create(t.store, &w, &t.err));
    assert_ok(&t, blob_write(w, STR("gone"), &t.err));
    blob_abandon(w);
    blob_abandon(NULL);
    sha256_of(STR("gone"), &digest);
    assert_int_equal(blob_open(t.store, &digest, &fd, &size, &t.err), CRM_NOT_FOUND);
    test_store_close(&t);
}

static void old_unused_blobs_are_collected(void **state) {
    (void)state;
    struct test_store t;
    int fd;
    int64_t size;
    test_store_open(&t, STORE_SQLITE);
    assert_ok(&t, blob_collect(t.store, 0, is_used, NULL, &t.err)); /* no directory yet */
    struct digest used = put(&t, STR("used")), unused = put(&t, STR("unused"));
    assert_ok(&t, blob_collect(t.store, 3600 * 1000, is_used, NULL, &t.err));
    assert_ok(&t, blob_open(t.store, &unused, &fd, &size, &t.err));
    close(fd);
    assert_ok(&t, blob_collect(t.store, -1000, is_used, &used, &t.err));
    assert_int_equal(blob_open(t.store, &unused, &fd, &size, &t.err), CRM_NOT_FOUND);
    assert_ok(&t, blob_open(t.store, &used, &fd, &size, &t.err));
    close(fd);
    test_store_close(&t);
}

static void storing_again_makes_young(void **state) {
    (void)state;
    struct test_store t;
    int fd;
    int64_t size;
    char path[256], hex[65];
    test_store_open(&t, STORE_SQLITE);
    struct digest d = put(&t, STR("again"));
    struct buf name;
    buf_init(&name, 100);
    hex_format(d.bytes, DIGEST_BYTES, &name);
    snprintf(hex, sizeof hex, "%s", name.ptr);
    buf_fini(&name);
    snprintf(path, sizeof path, "%s/blobs/%.2s/%s", t.dir, hex, hex + 2);
    const struct timespec old[2] = {{1000, 0}, {1000, 0}};
    assert_int_equal(utimensat(0, path, old, 0), 0);
    put(&t, STR("again"));
    assert_ok(&t, blob_collect(t.store, 3600 * 1000, is_used, NULL, &t.err));
    assert_ok(&t, blob_open(t.store, &d, &fd, &size, &t.err));
    close(fd);
    assert_int_equal(utimensat(0, path, old, 0), 0);
    assert_ok(&t, blob_collect(t.store, 3600 * 1000, is_used, NULL, &t.err));
    assert_int_equal(blob_open(t.store, &d, &fd, &size, &t.err), CRM_NOT_FOUND);
    test_store_close(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_gives_the_name),
        cmocka_unit_test(an_abandoned_blob_is_not_there),
        cmocka_unit_test(old_unused_blobs_are_collected),
        cmocka_unit_test(storing_again_makes_young),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
