/* Validity, folding, keys, words and encodings of people's text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

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
    assert_fold("и\xCC\x86", "й");                /* decomposed breve composes */
    assert_fold("И\xCC\x86\xCC\x81", "й");        /* breve kept, acute dropped */
    assert_fold("е\xCC\x88", "е");                /* decomposed yo */
    assert_fold("а\xCC\x86", "а");                /* a breve elsewhere is an accent */
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

/* Appending a letter that only ICU folds must not change what the fast path made of the rest. */
static void fast_path_equals_icu(void **state) {
    (void)state;
    char text[64];
    for (unsigned code = 1; code < 0x2100; code++) {
        if (code == 0x0300) code = 0x0400; /* marks combine with what follows */
        if (code == 0x0530) code = 0x2010;
        struct buf alone, with;
        buf_init(&alone, 1024);
        buf_init(&with, 1024);
        size_t len = 0;
        text[len++] = 'X';
        if (code < 0x80) {
            text[len++] = (char)code;
        } else if (code < 0x800) {
            text[len++] = (char)(0xC0u | (code >> 6));
            text[len++] = (char)(0x80u | (code & 0x3Fu));
        } else {
            text[len++] = (char)(0xE0u | (code >> 12));
            text[len++] = (char)(0x80u | ((code >> 6) & 0x3Fu));
            text[len++] = (char)(0x80u | (code & 0x3Fu));
        }
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folding),
        cmocka_unit_test(fast_path_equals_icu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
