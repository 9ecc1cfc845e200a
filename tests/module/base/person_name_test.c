/* Whole names as files have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "date_guess.h"
#include "person_name.h"

static void check(const char *whole, bool last_first, const char *last, const char *first,
                  const char *middle) {
    struct person_name name;
    person_name_split(crm_str_from(whole), last_first, &name);
    assert_true(crm_str_is(name.last, last));
    assert_true(crm_str_is(name.first, first));
    assert_true(crm_str_is(name.middle, middle));
}

static void test_split(void **state) {
    (void)state;
    check("Anna Kern", false, "Kern", "Anna", "");
    check("Mary Ann Smith", false, "Smith", "Mary Ann", "");
    check("Cher", false, "Cher", "", "");
    check("", false, "", "", "");
    check("Ермакова Алла Мироновна", false, "Ермакова", "Алла", "Мироновна");
    check("Алла Мироновна Ермакова", false, "Ермакова", "Алла", "Мироновна");
    check("Ермакова Алла", true, "Ермакова", "Алла", "");
    check("  Anna   Kern  ", false, "Kern", "Anna", "");
    check("Fake Name 27680693", false, "27680693", "Fake Name", "");
}

static void test_whole(void **state) {
    (void)state;
    assert_true(person_name_is_whole(CRM_STR("Ермакова Алла Мироновна")));
    assert_true(person_name_is_whole(CRM_STR("Ермакова Алла")));
    assert_false(person_name_is_whole(CRM_STR("Ермакова")));
    assert_false(person_name_is_whole(CRM_STR("van der Berg")));
}

static struct crm_str order_of(const char *const *samples, size_t count) {
    struct date_guess guess = {0};
    for (size_t i = 0; i < count; i++)
        date_guess_add(&guess, crm_str_from(samples[i]));
    return date_guess_order(&guess);
}

static void test_date_order(void **state) {
    (void)state;
    assert_true(
        crm_str_is(order_of((const char *const[]){"03/15/2024 9:12 AM", "03/04/2024"}, 2), "mdy"));
    assert_true(crm_str_is(order_of((const char *const[]){"15/03/2024", "03/04/2024"}, 2), "dmy"));
    assert_true(crm_str_is(order_of((const char *const[]){"03.04.2024"}, 1), "dmy"));
    assert_true(crm_str_is(order_of((const char *const[]){"03/04/2024", "2024-01-02", ""}, 3), ""));
    assert_true(crm_str_is(order_of((const char *const[]){"13/01/2024", "01/13/2024"}, 2), ""));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_split), cmocka_unit_test(test_whole),
                                       cmocka_unit_test(test_date_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
