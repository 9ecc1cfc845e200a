/* Digests against published vectors, borders of parts, hex, randomness. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/digest.h"

static void assert_hex(const struct digest *d, const char *wanted) {
    struct buf out;
    buf_init(&out, 128);
    hex_format(d->bytes, DIGEST_BYTES, &out);
    assert_string_equal(out.ptr, wanted);
    buf_fini(&out);
}

static void sha256(void **state) {
    (void)state;
    struct digest d;
    sha256_of(STR("abc"), &d);
    assert_hex(&d,
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); /* FIPS 180-2 */
    sha256_of(STR_NONE, &d);
    assert_hex(&d, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void borders_count(void **state) {
    (void)state;
    struct digest one, two, again, empty;
    digest_parts((struct digest_part[]){{"ab", 2}, {"c", 1}}, 2, &one);
    digest_parts((struct digest_part[]){{"a", 1}, {"bc", 2}}, 2, &two);
    digest_parts((struct digest_part[]){{"ab", 2}, {"c", 1}}, 2, &again);
    digest_parts((struct digest_part[]){{"ab", 2}, {"c", 1}, {NULL, 0}}, 3, &empty);
    assert_memory_not_equal(&one, &two, sizeof one);
    assert_memory_equal(&one, &again, sizeof one);
    assert_memory_not_equal(&one, &empty, sizeof one);
    digest_parts(NULL, 0, &one);
    assert_hex(&one,
               "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"); /* BLAKE2b-256
                                                                                       of nothing */
}

static void hex(void **state) {
    (void)state;
    unsigned char bytes[3] = {9, 9, 9};
    assert_true(hex_parse(STR("00fFa1"), bytes, 3));
    assert_int_equal(bytes[1], 255);
    assert_int_equal(bytes[2], 0xA1);
    assert_false(hex_parse(STR("00ff"), bytes, 3));
    assert_false(hex_parse(STR("00ffg1"), bytes, 3));
    assert_int_equal(bytes[0], 0); /* untouched by what failed */
    assert_int_equal(bytes[2], 0xA1);
}

static void randomness(void **state) {
    (void)state;
    unsigned char a[32] = {0}, b[32] = {0};
    random_bytes(a, sizeof a);
    random_bytes(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    random_bytes(a, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sha256), cmocka_unit_test(borders_count),
                                       cmocka_unit_test(hex), cmocka_unit_test(randomness)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
