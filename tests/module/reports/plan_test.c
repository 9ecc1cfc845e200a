/* The texts of expressions: what stands in quotes, days, periods and their ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "module/services.h"
#include "plan.h"

static const struct crm crm = {.base = &services_base};
static const struct dimension by_path = {.period = NO_PERIOD, .origin = {.name = CRM_STR("path")}};
static const struct dimension by_month = {.period = CRM_PERIOD_MONTH,
                                          .origin = {.name = CRM_STR("month")}};

static int open_plan(void **state) {
    static struct plan plan;
    plan = (struct plan){.crm = &crm, .arena = services_base.arena_new(1 << 20)};
    *state = &plan;
    return plan.arena ? 0 : 1;
}

static int close_plan(void **state) {
    services_base.arena_free(((struct plan *)*state)->arena);
    return 0;
}

static void assert_text(struct crm_str s, const char *expected) {
    if (!crm_str_is(s, expected)) fail_msg("%.*s is not %s", (int)s.len, s.ptr, expected);
}

static int64_t day(int32_t year, int32_t month, int32_t d) {
    return services_base.date_from_civil(year, month, d);
}

static void conditions_are_joined(void **state) {
    const struct plan *p = *state;
    assert_text(plan_and(p, CRM_STR(""), CRM_STR("")), "");
    assert_text(plan_and(p, CRM_STR("a"), CRM_STR("")), "a");
    assert_text(plan_and(p, CRM_STR(""), CRM_STR("b")), "b");
    assert_text(plan_and(p, CRM_STR("a or b"), CRM_STR("c or d")), "(a or b) and (c or d)");
}

static void periods_are_half_open(void **state) {
    const struct plan *p = *state;
    const struct period february = {.from = day(2024, 2, 1), .until = day(2024, 3, 1)},
                        endless = {.from = day(2026, 1, 1), .until = day(9999, 12, 31) + 1},
                        first = {.from = day(1, 1, 1), .until = day(1, 1, 2)}, all = {.all = true};
    assert_text(plan_period_where(p, CRM_STR("at"), &february),
                "at >= '2024-02-01' and at < '2024-03-01'");
    assert_text(plan_period_where(p, CRM_STR("at"), &first),
                "at >= '0001-01-01' and at < '0001-01-02'");
    assert_text(plan_period_where(p, CRM_STR("at"), &endless), "at >= '2026-01-01'");
    assert_text(plan_period_where(p, CRM_STR("at"), &all), "");
    assert_text(plan_period_where(p, CRM_STR(""), &february), "");
}

static crm_status key(const struct plan *p, const char *group, const struct dimension *d,
                      const char *json, struct crm_str *ret, struct crm_error *err) {
    struct crm_json_value *value;
    assert_int_equal(services_base.json_parse(crm_str_from(json), &value, err), CRM_OK);
    crm_status status =
        plan_key_where(p, crm_str_from(group), d, services_base.json_get(value, "k"), ret, err);
    services_base.json_free(value);
    return status;
}

static void key_is(const struct plan *p, const char *group, const struct dimension *d,
                   const char *json, const char *expected) {
    struct crm_str where;
    struct crm_error err;
    assert_int_equal(key(p, group, d, json, &where, &err), CRM_OK);
    assert_text(where, expected);
}

static void keys_become_conditions(void **state) {
    const struct plan *p = *state;
    key_is(p, "city", &by_path, "{\"k\":\"Rome\"}", "(city) == 'Rome'");
    key_is(p, "city", &by_path, "{\"k\":{\"value\":\"Rome\",\"title\":\"x\"}}", "(city) == 'Rome'");
    key_is(p, "city", &by_path, "{\"k\":null}", "(city) == nil");
    key_is(p, "city", &by_path, "{}", "(city) == nil");
    key_is(p, "open", &by_path, "{\"k\":true}", "(open) == true");
    key_is(p, "number", &by_path, "{\"k\":-9223372036854775808}",
           "(number) == -9223372036854775808");
    key_is(p, "a or b", &by_path, "{\"k\":false}", "(a or b) == false");
}

/* What people wrote into a field never ends the text it stands in. */
static void quotes_stay_within(void **state) {
    const struct plan *p = *state;
    key_is(p, "city", &by_path, "{\"k\":\"' or true or '\"}", "(city) == '\\' or true or \\''");
    key_is(p, "city", &by_path, "{\"k\":\"a\\\\\"}", "(city) == 'a\\\\'");
    key_is(p, "city", &by_path, "{\"k\":\"a\\nb\\tc\\rd\"}", "(city) == 'a\\nb\\tc\\rd'");
    key_is(p, "city", &by_path, "{\"k\":\"\"}", "(city) == ''");
}

static void periods_open_by_their_days(void **state) {
    const struct plan *p = *state;
    struct crm_str where;
    struct crm_error err;
    key_is(p, "month(closed)", &by_month, "{\"k\":\"2024-02-01\"}",
           "closed >= '2024-02-01' and closed < '2024-03-01'");
    key_is(p, "month(a.closed)", &by_month, "{\"k\":\"9999-12-01\"}", "a.closed >= '9999-12-01'");
    key_is(p, "month(closed)", &by_month, "{\"k\":null}", "(month(closed)) == nil");
    assert_int_equal(key(p, "month(closed)", &by_month, "{\"k\":\"soon\"}", &where, &err),
                     CRM_INVALID);
    assert_string_equal(services_base.error_code(&err).ptr, "value_wrong");
    assert_int_equal(key(p, "city", &by_path, "{\"k\":[1]}", &where, &err), CRM_INVALID);
    assert_int_equal(key(p, "city", &by_path, "{\"k\":1.5}", &where, &err), CRM_INVALID);
}

static void exhaustion_is_an_error(void **state) {
    struct plan small = {.crm = &crm, .arena = services_base.arena_new(64)};
    char huge[4096];
    (void)state;
    memset(huge, 'x', sizeof huge);
    assert_null(plan_and(&small, crm_str_make(huge, sizeof huge), CRM_STR("b")).ptr);
    services_base.arena_free(small.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_are_joined),      cmocka_unit_test(periods_are_half_open),
        cmocka_unit_test(keys_become_conditions),     cmocka_unit_test(quotes_stay_within),
        cmocka_unit_test(periods_open_by_their_days), cmocka_unit_test(exhaustion_is_an_error),
    };
    return cmocka_run_group_tests(tests, open_plan, close_plan);
}
