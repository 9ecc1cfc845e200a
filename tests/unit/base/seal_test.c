/* Sealing: what comes back, what does not; the key's file; HMAC by the vectors of RFC 4231. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/seal.h"

static char folder[64];

static int make_folder(void **state) {
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/perigee-seal-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    char path[96];
    (void)state;
    (void)snprintf(path, sizeof path, "%s/secret.key", folder);
    (void)unlink(path);
    return rmdir(folder);
}

static bool opens(const struct seal_key *key, struct str sealed, const char *as) {
    BUF_CLEANUP struct buf out;
    buf_init(&out, 8192);
    bool opened = seal_open(key, sealed, &out);
    if (opened && as) assert_true(str_is(buf_str(&out), as));
    return opened;
}

static void test_key_is_made_once(void **state) {
    (void)state;
    struct seal_key first, second;
    struct err err;
    struct stat facts;
    char path[96];
    assert_int_equal(seal_key_load(str_from(folder), &first, &err), CRM_OK);
    assert_int_equal(seal_key_load(str_from(folder), &second, &err), CRM_OK);
    assert_memory_equal(&first, &second, sizeof first);
    (void)snprintf(path, sizeof path, "%s/secret.key", folder);
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    assert_int_equal(truncate(path, 5), 0);
    assert_int_equal(seal_key_load(str_from(folder), &first, &err), CRM_IO);
    assert_int_equal(seal_key_load(STR_NONE, &first, &err), CRM_INTERNAL);
    assert_int_equal(seal_key_load(STR("/no/such/folder"), &first, &err), CRM_IO);
}

static void test_only_the_key_opens(void **state) {
    (void)state;
    struct seal_key key, other;
    struct err err;
    char long_text[SEAL_TEXT_MAX + 1];
    BUF_CLEANUP struct buf one;
    BUF_CLEANUP struct buf two;
    buf_init(&one, 8192);
    buf_init(&two, 8192);
    random_bytes(&key, sizeof key);
    random_bytes(&other, sizeof other);
    assert_int_equal(seal_text(&key, STR("pässword"), &one, &err), CRM_OK);
    assert_int_equal(seal_text(&key, STR("pässword"), &two, &err), CRM_OK);
    assert_false(str_eq(buf_str(&one), buf_str(&two)));
    assert_true(opens(&key, buf_str(&one), "pässword"));
    assert_true(opens(&key, buf_str(&two), "pässword"));
    assert_false(opens(&other, buf_str(&one), NULL));
    assert_false(opens(&key, STR("pässword"), NULL));
    assert_false(opens(&key, STR("sealed:"), NULL));
    assert_false(opens(&key, STR("sealed:!!"), NULL));
    for (size_t i = sizeof "sealed:" - 1; i < one.len; i++) {
        char was = one.ptr[i];
        one.ptr[i] = was == 'A' ? 'B' : 'A';
        assert_false(opens(&key, buf_str(&one), NULL));
        one.ptr[i] = was;
    }
    for (size_t len = 0; len < one.len; len++)
        assert_false(opens(&key, str_make(one.ptr, len), NULL));
    buf_clear(&two);
    assert_int_equal(seal_text(&key, STR_NONE, &two, &err), CRM_OK);
    assert_true(opens(&key, buf_str(&two), ""));
    memset(long_text, 'x', sizeof long_text);
    assert_int_equal(seal_text(&key, str_make(long_text, sizeof long_text), &two, &err),
                     CRM_TOO_LARGE);
    buf_clear(&two);
    assert_int_equal(seal_text(&key, str_make(long_text, SEAL_TEXT_MAX), &two, &err), CRM_OK);
    assert_true(opens(&key, buf_str(&two), NULL));
}

static void test_hmac(void **state) {
    (void)state;
    uint8_t mac[SEAL_KEY_BYTES], wanted[SEAL_KEY_BYTES];
    const struct str parts[] = {STR("what do ya "), STR_NONE, STR("want for nothing?")};
    hmac_sha256(STR("Jefe"), parts, 3, mac);
    assert_true(hex_parse(STR("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
                          wanted, sizeof wanted));
    assert_true(bytes_same(mac, wanted, sizeof mac));
    wanted[31] ^= 1;
    assert_false(bytes_same(mac, wanted, sizeof mac));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_key_is_made_once, make_folder, remove_folder),
        cmocka_unit_test(test_only_the_key_opens), cmocka_unit_test(test_hmac)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
