/* Validity, folding, keys, words and encodings of people's text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <unicode/ucnv.h>

#include "base/unicode.h"

static void assert_fold(const char *text, const char *expected) {
    struct buf out;
    buf_init(&out, 1 << 20);
    fold_text(str_from(text), &out);
    assert_int_equal(out.status, CRM_OK);
    assert_string_equal(out.ptr ? out.ptr : "", expected);
    buf_fini(&out);
}

static void folding(void **state) {
    (void)state;
    assert_fold("", "");
    assert_fold("Hello, World 42!", "hello, world 42!");
    assert_fold("Привет, Мир — «Ёлка» и Йод", "привет, мир — «елка» и йод");
    assert_fold("Йод й", "йод й");
    assert_fold("и\xCC\x86", "й");         /* decomposed breve composes */
    assert_fold("И\xCC\x86\xCC\x81", "й"); /* breve kept, acute dropped */
    assert_fold("е\xCC\x88", "е");         /* decomposed yo */
    assert_fold("а\xCC\x86", "а");         /* a breve elsewhere is an accent */
    assert_fold("Crème BRÛLÉE", "creme brulee");
    assert_fold("Straße", "strasse");
    assert_fold("\xC4\xB0stanbul", "istanbul");
    assert_fold("ＡＢＣ①", "abc1");
    assert_fold("Ў ї ґ", "у і ґ");
    assert_fold("№5…", "no5...");
    assert_fold("Ὀδυσσεύς", "οδυσσευσ");
    assert_fold("が", "が");     /* voicing marks are letters */
    assert_fold("한국", "한국"); /* composed again */
    assert_fold("हिन्दी", "हिन्दी");
    assert_fold("a\xFFz", "a\xEF\xBF\xBDz");
}

static size_t encode(uint32_t code, char to[4]) {
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = len; i-- > 1; code >>= 6)
        to[i] = (char)(0x80u | (code & 0x3Fu));
    to[0] = (char)((0xF00u >> len) | code);
    return len;
}

/* Appending a letter that only ICU folds must not change what the fast path made of the rest. */
static void fast_path_equals_icu(void **state) {
    (void)state;
    char text[16];
    for (uint32_t code = 1; code < 0x2100; code++) {
        if (code == 0x0300) code = 0x0400; /* marks combine with what follows */
        if (code == 0x0530) code = 0x2010;
        struct buf alone, with;
        buf_init(&alone, 1024);
        buf_init(&with, 1024);
        text[0] = 'X';
        size_t len = 1 + encode(code, text + 1);
        fold_text(str_make(text, len), &alone);
        memcpy(text + len, "\xC3\xA9", 2);
        fold_text(str_make(text, len + 2), &with);
        assert_int_equal(with.len, alone.len + 1);
        assert_memory_equal(with.ptr, alone.ptr, alone.len);
        assert_int_equal(with.ptr[alone.len], 'e');
        buf_fini(&alone);
        buf_fini(&with);
    }
}

/* Folding folded text changes nothing, whatever the character; and it is valid. */
static void folding_twice_is_once(void **state) {
    (void)state;
    struct buf once, twice;
    buf_init(&once, 1 << 16);
    buf_init(&twice, 1 << 16);
    for (uint32_t code = 1; code <= 0x1FFFF; code++) {
        if (code >= 0xD800 && code <= 0xDFFF) continue;
        char text[8];
        size_t len = encode(code, text + 1) + 1;
        text[0] = 'x';
        text[len++] = 'y';
        buf_clear(&once);
        buf_clear(&twice);
        fold_text(str_make(text, len), &once);
        fold_text(buf_str(&once), &twice);
        assert_true(utf8_valid(buf_str(&once)));
        if (!str_eq(buf_str(&once), buf_str(&twice))) fail_msg("U+%04X folds again", code);
    }
    buf_fini(&once);
    buf_fini(&twice);
}

static void validity(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        bool valid;
    } cases[] = {
        {"", 0, true},
        {"a", 1, true},
        {"\0", 1, false},
        {"12345678\0", 9, false},
        {"1234567\0", 8, false},
        {"\x7f", 1, true},
        {"\x80", 1, false},
        {"\xC2\x80", 2, true},
        {"\xC2", 1, false},
        {"\xC1\xBF", 2, false},
        {"\xE0\xA0\x80", 3, true},
        {"\xE0\x9F\xBF", 3, false},
        {"\xED\x9F\xBF", 3, true},
        {"\xED\xA0\x80", 3, false},
        {"\xEF\xBF\xBF", 3, true},
        {"\xF0\x90\x80\x80", 4, true},
        {"\xF0\x8F\xBF\xBF", 4, false},
        {"\xF4\x8F\xBF\xBF", 4, true},
        {"\xF4\x90\x80\x80", 4, false},
        {"\xF5\x80\x80\x80", 4, false},
        {"\xE2\x82", 2, false},
        {"\xF0\x9F\x98", 3, false},
        {"12345678\xFF", 9, false},
        {"\xE2\x28\xA1", 3, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(utf8_valid(str_make(cases[i].bytes, cases[i].len)), cases[i].valid);
    for (uint32_t code = 1; code <= 0x10FFFF; code += code < 0x3000 ? 1 : 101) {
        char text[4];
        size_t len = encode(code, text);
        uint32_t back = 0;
        bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        assert_int_equal(utf8_decode(text, len, &back), surrogate ? 0 : len);
        if (!surrogate) assert_int_equal(back, code);
        if (len > 1) assert_int_equal(utf8_sequence(text, len - 1), 0);
    }
    assert_int_equal(utf8_length(STR("aя€😀")), 4);
    assert_int_equal(utf8_length(STR_NONE), 0);
}

static void assert_key(const char *text, const char *wanted) {
    struct arena a;
    arena_init(&a, 1 << 16);
    struct str key = fold_key_arena(&a, str_from(text));
    assert_non_null(key.ptr);
    assert_string_equal(key.ptr, wanted);
    assert_int_equal(key.len, strlen(wanted));
    arena_fini(&a);
}

static void keys(void **state) {
    (void)state;
    assert_key("  Acme \t\n  Corp  ", "acme corp");
    assert_key("\xC2\xA0ООО\xC2\xA0 «Ёлка»\xE3\x80\x80", "ооо «елка»");
    assert_key("a\xE2\x80\xA8"
               "b\xE1\x9A\x80"
               "c\xC2\x85",
               "a b c");
    assert_key("", "");
    assert_key(" \t ", "");
    struct arena tiny;
    arena_init(&tiny, 8);
    assert_null(fold_key_arena(&tiny, STR("does not fit")).ptr);
    assert_null(fold_text_arena(&tiny, STR("не влезет")).ptr);
    arena_fini(&tiny);
}

static void a_full_buffer_fails(void **state) {
    (void)state;
    struct buf small;
    buf_init(&small, 4);
    fold_text(STR("ASCII text"), &small);
    assert_int_equal(small.status, CRM_TOO_LARGE);
    buf_clear(&small);
    fold_text(STR("Привет"), &small);
    assert_int_equal(small.status, CRM_TOO_LARGE);
    buf_clear(&small);
    fold_text(STR("Ünïcödé"), &small);
    assert_int_equal(small.status, CRM_TOO_LARGE);
    buf_fini(&small);
    struct buf large; /* longer than what ICU gets on the stack, and growing by folding */
    buf_init(&large, 1 << 20);
    static char text[6001];
    for (size_t i = 0; i < 6000; i += 3)
        memcpy(text + i, "\xEF\xB7\xBA", 3); /* U+FDFA: 18 letters */
    fold_text(str_make(text, 6000), &large);
    assert_int_equal(large.status, CRM_OK);
    assert_true(large.len > 60000);
    buf_fini(&large);
}

struct words {
    struct buf all;
    int left;
};

static bool collect(void *ctx, struct str word) {
    struct words *w = ctx;
    buf_add_str(&w->all, word);
    buf_add_char(&w->all, '|');
    return --w->left != 0;
}

static void assert_words(const char *text, int most, const char *wanted) {
    struct words w = {.left = most};
    buf_init(&w.all, 4096);
    buf_add_cstr(&w.all, "");
    fold_words(str_from(text), collect, &w);
    assert_string_equal(w.all.ptr ? w.all.ptr : "", wanted);
    buf_fini(&w.all);
}

static void words(void **state) {
    (void)state;
    assert_words("ооо «елка», +7 (495) 123-45-67", 0, "ооо|елка|7|495|123|45|67|");
    assert_words("o'neil a_b x2y", 0, "o|neil|a|b|x2y|");
    assert_words("one two three", 2, "one|two|");
    assert_words("हिन्दी 東京", 0, "हिन्दी|東京|");
    assert_words("a\xFF"
                 "b",
                 0, "a|b|");
    assert_words("", 0, "");
    assert_words("...", 0, "");
    char wide[256] = "", wanted[80] = "";
    for (size_t i = 0; i < 41; i++)
        memcpy(wide + 3 * i, "東", 3);
    for (size_t i = 0; i < 21; i++)
        memcpy(wanted + 3 * i, "東", 3); /* 63 bytes: whole characters */
    wanted[63] = '|';
    assert_words(wide, 0, wanted);
}

static void assert_detected(const char *bytes, size_t len, const char *wanted, size_t bom) {
    size_t skip = 99;
    assert_string_equal(charset_detect(str_make(bytes, len), &skip), wanted);
    assert_int_equal(skip, bom);
}

/* Text in another encoding, made by ICU the other way round. */
static size_t encoded(const char *utf8, const char *charset, char *to, size_t size) {
    UErrorCode status = U_ZERO_ERROR;
    int32_t len = ucnv_convert(charset, "UTF-8", to, (int32_t)size, utf8, -1, &status);
    assert_true(U_SUCCESS(status));
    return (size_t)len;
}

static const char russian[] = "Название;Телефон;Город\nООО «Ромашка»;+7 495 123-45-67;Москва\nИП "
                              "Иванов Сергей;;Санкт-Петербург\n";

static void detection(void **state) {
    (void)state;
    static const char *const cyrillic[] = {"windows-1251",   "KOI8-R",   "IBM866",
                                           "x-mac-cyrillic", "UTF-16LE", "UTF-16BE"};
    char bytes[512];
    for (size_t i = 0; i < sizeof cyrillic / sizeof cyrillic[0]; i++) {
        size_t len = encoded(russian, cyrillic[i], bytes, sizeof bytes);
        size_t skip;
        const char *found = charset_detect(str_make(bytes, len), &skip);
        if (strcmp(found, cyrillic[i]) != 0) fail_msg("%s taken for %s", cyrillic[i], found);
    }
    size_t len = encoded("Name;Straße\nMüller;Hauptstraße 5\nRené;Café\n", "windows-1252", bytes,
                         sizeof bytes);
    assert_detected(bytes, len, "windows-1252", 0);
    len = encoded("name;city\nanna;rome\n", "UTF-16LE", bytes, sizeof bytes);
    assert_detected(bytes, len, "UTF-16LE", 0);
    assert_detected("\xEF\xBB\xBFid", 5, "UTF-8", 3);
    assert_detected("\xFF\xFEi\0", 4, "UTF-16LE", 2);
    assert_detected("\xFE\xFF\0i", 4, "UTF-16BE", 2);
    assert_detected("", 0, "UTF-8", 0);
    assert_detected("plain", 5, "UTF-8", 0);
    assert_detected(russian, sizeof russian - 2, "UTF-8", 0);
    assert_detected("при\xD0", 7, "UTF-8", 0); /* cut inside a character */
    assert_detected("\xEF\xF0\xE8\xE2\xE5\xF2", 6, "windows-1251", 0);
}

static void conversion(void **state) {
    (void)state;
    char bytes[512];
    size_t len = encoded(russian, "windows-1251", bytes, sizeof bytes);
    struct charset *c = NULL;
    struct err err;
    struct buf out;
    buf_init(&out, 1 << 20);
    assert_int_equal(charset_open(STR("windows-1251"), &c, &err), CRM_OK);
    for (size_t i = 0; i < len; i++) /* a byte at a time */
        assert_int_equal(charset_convert(c, str_make(bytes + i, 1), false, &out, &err), CRM_OK);
    assert_int_equal(charset_convert(c, STR_NONE, true, &out, &err), CRM_OK);
    assert_string_equal(out.ptr, russian);
    charset_close(c);
    buf_clear(&out);
    len = encoded(russian, "UTF-16LE", bytes, sizeof bytes);
    assert_int_equal(charset_open(STR("UTF-16LE"), &c, &err), CRM_OK);
    assert_int_equal(charset_convert(c, str_make(bytes, 7), false, &out, &err), CRM_OK);
    assert_int_equal(charset_convert(c, str_make(bytes + 7, len - 7), true, &out, &err), CRM_OK);
    assert_string_equal(out.ptr, russian);
    charset_close(c);
    charset_close(NULL);
    buf_fini(&out);
}

static void conversion_of_bad_bytes(void **state) {
    (void)state;
    struct charset *c = NULL;
    struct err err;
    struct buf out;
    buf_init(&out, 1 << 16);
    assert_int_equal(charset_open(STR("UTF-8"), &c, &err), CRM_OK);
    assert_int_equal(charset_convert(c, STR("a\xFFz\xD0"), true, &out, &err), CRM_OK);
    assert_string_equal(out.ptr, "a\xEF\xBF\xBDz\xEF\xBF\xBD");
    charset_close(c);
    buf_fini(&out);
    buf_init(&out, 10);
    assert_int_equal(charset_open(STR("UTF-8"), &c, &err), CRM_OK);
    assert_int_equal(charset_convert(c, STR("longer than ten bytes"), true, &out, &err),
                     CRM_TOO_LARGE);
    charset_close(c);
    buf_fini(&out);
    c = NULL;
    assert_int_equal(charset_open(STR("no-such-charset"), &c, &err), CRM_INVALID);
    assert_string_equal(err.text.code, "charset_unknown");
    assert_int_equal(charset_open(STR_NONE, &c, &err), CRM_INVALID);
    assert_null(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folding),
        cmocka_unit_test(fast_path_equals_icu),
        cmocka_unit_test(folding_twice_is_once),
        cmocka_unit_test(validity),
        cmocka_unit_test(keys),
        cmocka_unit_test(a_full_buffer_fails),
        cmocka_unit_test(words),
        cmocka_unit_test(detection),
        cmocka_unit_test(conversion),
        cmocka_unit_test(conversion_of_bad_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
