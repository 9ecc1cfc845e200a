/* Codings, languages, entity tags and ranges out of header texts; compression itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <zlib.h>

#include "http/gzip.h"
#include "http/negotiate.h"

static void gzip_accepted(void **state) {
    (void)state;
    static const struct {
        const char *header;
        bool accepted;
    } cases[] = {
        {"gzip", true},
        {"", false},
        {"deflate, gzip;q=0.5", true},
        {"gzip;q=0", false},
        {"*", true},
        {"*;q=0", false},
        {"gzip;q=0, *", false},
        {"br", false},
        {"GZIP", true},
        {"x-gzip", true},
        {"gzip;q=2", false},
        {"gzip;q=abc", false},
        {"gzip; q=0.000", false},
        {"gzip;q=0.001", true},
        {"identity, *;q=0.1", true},
        {"gzipped", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (http_accepts_gzip(str_from(cases[i].header)) != cases[i].accepted)
            fail_msg("%s", cases[i].header);
}

static void languages(void **state) {
    (void)state;
    enum language l = LANGUAGE_EN;
    assert_true(http_accepts_language(STR("ru-RU,ru;q=0.9,en;q=0.8"), &l));
    assert_int_equal(l, LANGUAGE_RU);
    assert_true(http_accepts_language(STR("de, en;q=0.5, ru;q=0.6"), &l));
    assert_int_equal(l, LANGUAGE_RU);
    assert_true(http_accepts_language(STR("en-GB"), &l));
    assert_int_equal(l, LANGUAGE_EN);
    assert_false(http_accepts_language(STR("de-DE, fr;q=0.4"), &l));
    assert_false(http_accepts_language(STR("ru;q=0"), &l));
    assert_false(http_accepts_language(STR("rue"), &l));
    assert_false(http_accepts_language(STR(""), &l));
}

static void entity_tags(void **state) {
    (void)state;
    int64_t version;
    assert_true(http_etag_listed(STR("\"1\", W/\"3\""), STR("\"3\"")));
    assert_true(http_etag_listed(STR("*"), STR("\"3\"")));
    assert_false(http_etag_listed(STR("\"33\", \"\""), STR("\"3\"")));
    assert_true(http_etag_version(STR("\"17\""), &version));
    assert_int_equal(version, 17);
    assert_true(http_etag_version(STR("W/\"2\""), &version));
    assert_int_equal(version, 2);
    assert_true(http_etag_version(STR("*"), &version));
    assert_int_equal(version, 0);
    assert_false(http_etag_version(STR("\"0\""), &version));
    assert_false(http_etag_version(STR("\"-1\""), &version));
    assert_false(http_etag_version(STR("abc"), &version));
    assert_false(http_etag_version(STR("\"1\", \"2\""), &version));
    assert_false(http_etag_version(STR(""), &version));
}

static void ranges(void **state) {
    (void)state;
    static const struct {
        const char *header;
        enum http_range_outcome outcome;
        int64_t from, length;
    } cases[] = {
        {"bytes=0-99", HTTP_RANGE_PART, 0, 100},
        {"bytes=900-", HTTP_RANGE_PART, 900, 100},
        {"bytes=-10", HTTP_RANGE_PART, 990, 10},
        {"bytes=-5000", HTTP_RANGE_PART, 0, 1000},
        {"bytes=990-5000", HTTP_RANGE_PART, 990, 10},
        {"bytes=1000-", HTTP_RANGE_OUTSIDE, 0, 0},
        {"bytes=-0", HTTP_RANGE_OUTSIDE, 0, 0},
        {"bytes=5-4", HTTP_RANGE_NONE, 0, 0},
        {"bytes=0-1,5-6", HTTP_RANGE_NONE, 0, 0},
        {"lines=0-1", HTTP_RANGE_NONE, 0, 0},
        {"bytes=a-b", HTTP_RANGE_NONE, 0, 0},
        {"bytes=--1", HTTP_RANGE_NONE, 0, 0},
        {"bytes=99999999999999999999-", HTTP_RANGE_NONE, 0, 0},
        {"", HTTP_RANGE_NONE, 0, 0},
        {"bytes= 3 - 4", HTTP_RANGE_PART, 3, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t from = -1, length = -1;
        enum http_range_outcome found =
            http_range_parse(str_from(cases[i].header), 1000, &from, &length);
        if (found != cases[i].outcome) fail_msg("%s", cases[i].header);
        if (found == HTTP_RANGE_PART && (from != cases[i].from || length != cases[i].length))
            fail_msg("%s", cases[i].header);
    }
    int64_t from, length;
    assert_int_equal(http_range_parse(STR("bytes=0-0"), 0, &from, &length), HTTP_RANGE_OUTSIDE);
    assert_int_equal(http_range_parse(STR("bytes=-1"), 0, &from, &length), HTTP_RANGE_OUTSIDE);
}

static void compression_round_trip(void **state) {
    (void)state;
    struct http_gzip *g = http_gzip_new();
    char plain[5000], back[6000];
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = "abcdefgh"[i * i % 7];
    for (int round = 0; round < 3; round++) { /* the stream is reused */
        struct buf out;
        buf_init(&out, 10000);
        assert_true(http_gzip_run(g, str_make(plain, sizeof plain), &out));
        assert_in_range(out.len, 20, 1000);
        z_stream z = {0};
        assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
        z.next_in = (Bytef *)out.ptr;
        z.avail_in = (uInt)out.len;
        z.next_out = (Bytef *)back;
        z.avail_out = sizeof back;
        assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
        assert_int_equal(z.total_out, sizeof plain);
        assert_memory_equal(back, plain, sizeof plain);
        inflateEnd(&z);
        buf_fini(&out);
    }
    http_gzip_free(g);
}

static void what_does_not_shrink_stays(void **state) {
    (void)state;
    struct http_gzip *g = http_gzip_new();
    unsigned char noise[2000];
    uint32_t x = 12345;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (unsigned char)((x = x * 1664525 + 1013904223) >> 24);
    struct buf out;
    buf_init(&out, 10000);
    assert_false(http_gzip_run(g, str_make((char *)noise, sizeof noise), &out));
    assert_int_equal(out.len, 0);
    buf_fini(&out);
    http_gzip_free(g);
    assert_false(http_gzip_worth(STR("application/json"), 1023));
    assert_true(http_gzip_worth(STR("application/problem+json"), 1024));
    assert_true(http_gzip_worth(STR("text/html; charset=utf-8"), 5000));
    assert_false(http_gzip_worth(STR("image/png"), 5000));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzip_accepted),
        cmocka_unit_test(languages),
        cmocka_unit_test(entity_tags),
        cmocka_unit_test(ranges),
        cmocka_unit_test(compression_round_trip),
        cmocka_unit_test(what_does_not_shrink_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
