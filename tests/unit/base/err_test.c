/* Errors: arguments, languages, places, cutting, copies. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/unicode.h"

static const struct err_text unknown_field = {"unknown_field",
                                              {"There is no {0} in {1}.", "В {1} нет {0}."}};
static const struct err_text english_only = {"english_only", {"Only {0}{7}", NULL}};

static void assert_text(const struct err *e, enum language language, const char *wanted) {
    struct buf out;
    buf_init(&out, 4096);
    err_format(e, language, &out);
    assert_string_equal(out.ptr, wanted);
    buf_fini(&out);
}

static void languages(void **state) {
    (void)state;
    struct err e;
    memset(&e, 0xAA, sizeof e); /* need not be initialised */
    assert_int_equal(err_set(&e, CRM_INVALID, &unknown_field, "colour", "order", NULL),
                     CRM_INVALID);
    assert_text(&e, LANGUAGE_EN, "There is no colour in order.");
    assert_text(&e, LANGUAGE_RU, "В order нет colour.");
    err_set(&e, CRM_INVALID, &english_only, "this", NULL);
    assert_text(&e, LANGUAGE_RU, "Only this");
    assert_text(&e, (enum language)99, "Only this");
    assert_int_equal(err_set(NULL, CRM_STALE, &unknown_field, NULL), CRM_STALE);
    assert_int_equal(language_find(STR("ru-RU")), LANGUAGE_RU);
    assert_int_equal(language_find(STR("RU_ru")), LANGUAGE_RU);
    assert_int_equal(language_find(STR("rus")), LANGUAGE_EN);
    assert_int_equal(language_find(STR_NONE), LANGUAGE_EN);
    assert_string_equal(language_tag(LANGUAGE_RU), "ru");
}

static void counted_arguments(void **state) {
    (void)state;
    struct err e;
    struct str args[] = {{"colourful", 6}, STR_NONE};
    assert_int_equal(err_set_args(&e, CRM_INVALID, &unknown_field, args, 2), CRM_INVALID);
    assert_text(&e, LANGUAGE_EN, "There is no colour in .");
}

static void innermost_place_wins(void **state) {
    (void)state;
    struct err e;
    err_set(&e, CRM_REFUSED, &unknown_field, "a", "b", NULL);
    err_at_field(&e, STR("amount"));
    err_at_field(&e, STR("other"));
    err_at_entity(&e, STR("order"));
    err_at(&e, "%s:%d", "order.lua", 12);
    err_at(&e, "outer");
    err_because(&e, "errno %d", 5);
    err_because(&e, "later");
    assert_string_equal(e.field, "amount");
    assert_string_equal(e.entity, "order");
    assert_string_equal(e.where, "order.lua:12");
    assert_string_equal(e.cause, "errno 5");
    err_set(&e, CRM_REFUSED, &unknown_field, NULL); /* a new error begins anew */
    assert_string_equal(e.field, "");
    assert_string_equal(e.where, "");
    err_at(NULL, "x");
    err_because(NULL, "x");
    err_at_field(NULL, STR("x"));
    err_at_entity(NULL, STR("x"));
    err_clear(NULL);
}

static void cut_at_a_character(void **state) {
    (void)state;
    static char cyrillic[2001];
    for (size_t i = 0; i < 2000; i += 2)
        memcpy(cyrillic + i, "я", 2);
    for (size_t shift = 0; shift < 2; shift++) {
        struct err e;
        struct buf out;
        buf_init(&out, 8192);
        char *first = cyrillic + 2 * shift;
        struct str args[] = {str_make("x", shift), str_from(first), str_from(cyrillic)};
        err_set_args(&e, CRM_INVALID, &unknown_field, args, 3);
        err_at_field(&e, str_from(cyrillic));
        err_at(&e, "%s%s", shift ? "x" : "", cyrillic);
        err_format(&e, LANGUAGE_EN, &out);
        assert_true(utf8_valid(buf_str(&out)));
        assert_true(utf8_valid(str_from(e.field)));
        assert_true(utf8_valid(str_from(e.where)));
        assert_true(strlen(e.where) >= ERR_WHERE_BYTES - 3);
        buf_fini(&out);
    }
}

static void dynamic_and_copies(void **state) {
    (void)state;
    struct err e, copy;
    char code[] = "no_discount", en[] = "No {0} discount", ru[] = "Без скидки";
    struct str message[LANGUAGE_COUNT] = {
        [LANGUAGE_EN] = str_from(en), [LANGUAGE_RU] = str_from(ru)};
    assert_int_equal(err_set_dynamic(&e, CRM_REFUSED, str_from(code), message), CRM_REFUSED);
    memset(code, 'x', sizeof code - 1);
    memset(ru, 'x', sizeof ru - 1);
    err_copy(&copy, &e);
    memset(&e, 0xEE, sizeof e);
    assert_string_equal(copy.text.code, "no_discount");
    assert_text(&copy, LANGUAGE_RU, "Без скидки");
    assert_text(&copy, LANGUAGE_EN, "No  discount");
    static char large[4000];
    memset(large, 'z', sizeof large - 1);
    message[LANGUAGE_EN] = str_from(large);
    message[LANGUAGE_RU] = str_from(large);
    err_set_dynamic(&e, CRM_REFUSED, str_from(large), message);
    assert_int_equal(strlen(e.text.code), ERR_NAME_BYTES);
    assert_true(strlen(e.text.text[LANGUAGE_EN]) > 300);
    assert_int_equal(strlen(e.text.text[LANGUAGE_EN]), strlen(e.text.text[LANGUAGE_RU]));
}

static void statuses(void **state) {
    (void)state;
    struct err e;
    assert_int_equal(crm_status_http(CRM_STALE), 412);
    assert_string_equal(crm_status_word(CRM_TOO_MANY), "too_many");
    assert_int_equal(crm_status_http((crm_status)999), 500);
    assert_string_equal(crm_status_word((crm_status)999), "unknown");
    assert_int_equal(err_no_memory(&e), CRM_NO_MEMORY);
    assert_string_equal(e.text.code, "no_memory");
    assert_int_equal(err_internal(&e, "code %d", 3), CRM_INTERNAL);
    assert_string_equal(e.cause, "code 3");
    assert_int_equal(err_internal(NULL, "x"), CRM_INTERNAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(languages),
        cmocka_unit_test(counted_arguments),
        cmocka_unit_test(innermost_place_wins),
        cmocka_unit_test(cut_at_a_character),
        cmocka_unit_test(dynamic_and_copies),
        cmocka_unit_test(statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
