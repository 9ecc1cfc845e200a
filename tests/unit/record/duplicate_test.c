/* Keys that make records suspected of being one, without a database: spellings of names and phones,
 * what gives no key, and what the rules say together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "record/duplicate.h"

enum { NAME, CODE, PHONES, EMAILS, SIZE, FIELDS };

static const struct schema_field fields[FIELDS] = {
    [NAME] = {.slot = NAME, .type = SCHEMA_FIELD_TEXT},
    [CODE] = {.slot = CODE, .type = SCHEMA_FIELD_TEXT},
    [PHONES] = {.slot = PHONES, .type = SCHEMA_FIELD_LABELLED, .labelled = SCHEMA_LABELLED_PHONE},
    [EMAILS] = {.slot = EMAILS, .type = SCHEMA_FIELD_LABELLED, .labelled = SCHEMA_LABELLED_EMAIL},
    [SIZE] = {.slot = SIZE, .type = SCHEMA_FIELD_INTEGER},
};
static const struct str ignored[] = {STR("ltd"), STR("ооо")};
static const int32_t by_name[] = {NAME}, by_code[] = {CODE}, by_phone[] = {PHONES},
                     by_email[] = {EMAILS}, by_both[] = {NAME, PHONES}, by_size[] = {SIZE, NAME};
enum { R_NAME, R_CODE, R_PHONE, R_EMAIL, R_BOTH, R_SIZE, RULES };
static const struct schema_duplicate rules[RULES] = {
    [R_NAME] =
        {.slots = by_name, .slot_count = 1, .ignore = ignored, .ignore_count = 2, .score = 60},
    [R_CODE] = {.slots = by_code, .slot_count = 1, .score = 100, .digits = true},
    [R_PHONE] = {.slots = by_phone, .slot_count = 1, .score = 80},
    [R_EMAIL] = {.slots = by_email, .slot_count = 1, .score = 90},
    [R_BOTH] = {.slots = by_both, .slot_count = 2, .score = 95},
    [R_SIZE] = {.slots = by_size, .slot_count = 2, .score = 1},
};
static const struct schema_entity entity = {
    .fields = fields, .field_count = FIELDS, .duplicates = rules, .duplicate_count = RULES};

struct card {
    const char *name, *code, *phones[2], *email;
    int64_t size; /* 0: none */
};

static struct value text_or_nil(const char *s) {
    return s ? value_text(str_from(s)) : VALUE_OF_NIL;
}

static void keys_of(const struct card *card, struct arena *a, struct duplicate_record *ret) {
    struct value values[FIELDS] = {[NAME] = text_or_nil(card->name),
                                   [CODE] = text_or_nil(card->code),
                                   [SIZE] = card->size ? value_int(card->size) : VALUE_OF_NIL};
    struct store_item phones[2] = {{.value = text_or_nil(card->phones[0])},
                                   {.value = text_or_nil(card->phones[1])}},
                      email = {.value = text_or_nil(card->email)};
    struct read_items items[FIELDS] = {
        [PHONES] = {true, phones, (size_t)(card->phones[0] != NULL) + (card->phones[1] != NULL)},
        [EMAILS] = {true, &email, card->email ? 1 : 0}};
    const struct duplicate_source from = {&entity, values, items};
    struct err err;
    assert_int_equal(duplicate_keys(&from, UINT32_MAX, a, ret, &err), CRM_OK);
}

static uint32_t agreed(struct card one, struct card other) {
    struct arena a;
    struct duplicate_record x = {0}, y = {0};
    arena_init(&a, 1 << 20);
    keys_of(&one, &a, &x);
    keys_of(&other, &a, &y);
    uint32_t bits = duplicate_agree(&x, &y);
    assert_int_equal(duplicate_agree(&y, &x), bits);
    arena_fini(&a);
    return bits;
}

#define CARD(...) ((struct card){__VA_ARGS__})
#define BIT(rule) (UINT32_C(1) << (rule))

static void names_are_words_in_any_order(void **state) {
    (void)state;
    assert_int_equal(agreed(CARD(.name = "Ivanov Ivan"), CARD(.name = "ivan  IVANOV")),
                     BIT(R_NAME));
    assert_int_equal(agreed(CARD(.name = "Acme, Ltd."), CARD(.name = "ACME")), BIT(R_NAME));
    assert_int_equal(agreed(CARD(.name = "ООО «Ромашка»"), CARD(.name = "ромашка")), BIT(R_NAME));
    assert_int_equal(agreed(CARD(.name = "Acme"), CARD(.name = "Acme One")), 0);
    assert_int_equal(agreed(CARD(.name = "New New York"), CARD(.name = "York New")), BIT(R_NAME));
}

/* Nothing to compare is nothing in common. */
static void emptiness_agrees_with_nothing(void **state) {
    (void)state;
    assert_int_equal(agreed(CARD(.name = ""), CARD(.name = "")), 0);
    assert_int_equal(agreed(CARD(.name = NULL), CARD(.name = NULL)), 0);
    assert_int_equal(agreed(CARD(.name = "Ltd"), CARD(.name = "Ltd.")), 0);
    assert_int_equal(agreed(CARD(.name = "—!?"), CARD(.name = "—!?")), 0);
    assert_int_equal(agreed(CARD(.code = "12"), CARD(.code = "12")), 0);
    assert_int_equal(agreed(CARD(.phones = {"1234"}), CARD(.phones = {"1234"})), 0);
    assert_int_equal(agreed(CARD(.size = 7), CARD(.size = 7)), 0);
}

static void phones_are_their_last_digits(void **state) {
    (void)state;
    assert_int_equal(
        agreed(CARD(.phones = {"+7 (912) 345-67-89"}), CARD(.phones = {"89123456789"})),
        BIT(R_PHONE));
    assert_int_equal(
        agreed(CARD(.phones = {"9123456789"}), CARD(.phones = {"111 11 11", "+79123456789"})),
        BIT(R_PHONE));
    assert_int_equal(agreed(CARD(.phones = {"12345"}), CARD(.phones = {"012345"})), 0);
    assert_int_equal(agreed(CARD(.code = "12-34 567"), CARD(.code = "ИНН 1234567")), BIT(R_CODE));
    assert_int_equal(agreed(CARD(.email = "Anna@X.ORG"), CARD(.email = "anna@x.org")),
                     BIT(R_EMAIL));
}

static void rules_of_several_fields_need_all(void **state) {
    (void)state;
    assert_int_equal(agreed(CARD(.name = "Anna", .phones = {"9123456789"}),
                            CARD(.name = "anna", .phones = {"+7 9123456789"})),
                     BIT(R_NAME) | BIT(R_PHONE) | BIT(R_BOTH));
    assert_int_equal(agreed(CARD(.name = "Anna", .phones = {"9123456789"}), CARD(.name = "Anna")),
                     BIT(R_NAME));
    assert_int_equal(agreed(CARD(.name = "Anna", .size = 3), CARD(.name = "Anna", .size = 3)),
                     BIT(R_NAME) | BIT(R_SIZE));
    assert_int_equal(agreed(CARD(.name = "Anna", .size = 3), CARD(.name = "Anna", .size = -3)),
                     BIT(R_NAME));
}

/* "ab" + "c" is not "a" + "bc": the parts of a key stay apart. */
static void parts_do_not_run_together(void **state) {
    (void)state;
    assert_int_equal(agreed(CARD(.name = "1", .size = 11), CARD(.name = "11", .size = 1)), 0);
}

static void long_texts_have_bounded_keys(void **state) {
    char many[4000];
    struct arena a;
    struct duplicate_record r = {0};
    size_t len = 0;
    (void)state;
    for (int i = 0; len + 8 < sizeof many; i++)
        len += (size_t)snprintf(many + len, sizeof many - len, "w%d ", i);
    arena_init(&a, 1 << 20);
    keys_of(&CARD(.name = many), &a, &r);
    assert_int_equal(r.key_count, 1);
    assert_true(r.keys[0].text.len < 200);
    arena_fini(&a);
}

static void no_memory_is_an_error(void **state) {
    struct value values[FIELDS] = {[NAME] = text_or_nil("A name of some length, and then more")};
    struct read_items items[FIELDS] = {{0}};
    const struct duplicate_source from = {&entity, values, items};
    struct duplicate_record r = {0};
    struct arena a;
    struct err err;
    (void)state;
    arena_init(&a, 16);
    assert_int_equal(duplicate_keys(&from, UINT32_MAX, &a, &r, &err), CRM_NO_MEMORY);
    arena_fini(&a);
}

static void scores_add_up_to_less_than_certain(void **state) {
    (void)state;
    assert_int_equal(duplicate_score(&entity, 0), 0);
    assert_int_equal(duplicate_score(&entity, BIT(R_NAME)), 60);
    assert_int_equal(duplicate_score(&entity, BIT(R_CODE)), 100);
    assert_int_equal(duplicate_score(&entity, BIT(R_NAME) | BIT(R_EMAIL)), 96);
    /* Name and phone stand in the rule of both, and add nothing to it. */
    assert_int_equal(duplicate_score(&entity, BIT(R_NAME) | BIT(R_PHONE) | BIT(R_BOTH)), 95);
    /* 99.5 per cent is not certain. */
    assert_int_equal(duplicate_score(&entity, BIT(R_EMAIL) | BIT(R_BOTH)), 99);
}

static void spellings_are_bounded(void **state) {
    struct str found[16];
    struct arena a;
    (void)state;
    arena_init(&a, 1 << 20);
    size_t count = duplicate_spellings(&fields[PHONES], STR("8 912 345-67-89"), &a, found, 16);
    bool has_international = false;
    for (size_t i = 0; i < count; i++)
        has_international |= str_is(found[i], "+79123456789");
    assert_true(has_international);
    assert_int_equal(duplicate_spellings(&fields[PHONES], STR("8 912 345-67-89"), &a, found, 3), 3);
    assert_int_equal(duplicate_spellings(&fields[PHONES], STR("8 912 345-67-89"), &a, found, 0), 0);
    assert_int_equal(duplicate_spellings(&fields[PHONES], STR("112"), &a, found, 16), 0);
    assert_int_equal(duplicate_spellings(&fields[EMAILS], STR("A@B.c"), &a, found, 16), 1);
    assert_true(str_is(found[0], "a@b.c"));
    assert_int_equal(duplicate_spellings(&fields[EMAILS], STR(""), &a, found, 16), 0);
    arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_words_in_any_order),
        cmocka_unit_test(emptiness_agrees_with_nothing),
        cmocka_unit_test(phones_are_their_last_digits),
        cmocka_unit_test(rules_of_several_fields_need_all),
        cmocka_unit_test(parts_do_not_run_together),
        cmocka_unit_test(long_texts_have_bounded_keys),
        cmocka_unit_test(no_memory_is_an_error),
        cmocka_unit_test(scores_add_up_to_less_than_certain),
        cmocka_unit_test(spellings_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
