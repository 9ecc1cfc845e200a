/* Passwords: strength, hashing, the gate of two. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "auth/password.h"
#include "base/time.h"

static void assert_weak(const char *password, const char *code) {
    struct err err;
    const struct str known[] = {STR("anna.lindqvist"), STR("Anna Lindqvist")};
    assert_int_equal(password_check(str_from(password), known, 2, &err), CRM_REFUSED);
    assert_string_equal(err.text.code, code);
}

static void easy_passwords_are_refused(void **state) {
    (void)state;
    assert_weak("", "password_short");
    assert_weak("Zx9!q", "password_short");
    assert_weak("пароль", "password_short"); /* characters, not bytes */
    assert_weak("password", "password_weak");
    assert_weak("Password1!", "password_weak");
    assert_weak("qwertyuiop", "password_weak");
    assert_weak("aaaaaaaaaaaaaaaa", "password_weak");
    assert_weak("20191225", "password_weak");
    assert_weak("anna.lindqvist", "password_weak"); /* what the person is known by */
}

static void good_passwords_pass(void **state) {
    struct err err;
    (void)state;
    assert_int_equal(password_check(STR("correct horse battery staple"), NULL, 0, &err), CRM_OK);
    assert_int_equal(password_check(STR("vB7#kqPz0!mR"), NULL, 0, &err), CRM_OK);
    assert_int_equal(password_check(STR("снег идёт на север вдвоём"), NULL, 0, &err), CRM_OK);
}

static void long_passwords_have_an_end(void **state) {
    char text[PASSWORD_MAX_BYTES + 2];
    struct err err;
    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + (i * 7 + i / 13) % 26);
    assert_int_equal(password_check(str_make(text, PASSWORD_MAX_BYTES), NULL, 0, &err), CRM_OK);
    assert_int_equal(password_check(str_make(text, PASSWORD_MAX_BYTES + 1), NULL, 0, &err),
                     CRM_REFUSED);
    assert_string_equal(err.text.code, "password_long");
}

static void hash_matches_its_password_only(void **state) {
    struct password_gate gate;
    struct err err;
    char hash[PASSWORD_HASH_BYTES], other[PASSWORD_HASH_BYTES];
    bool matches = false, old = true;
    (void)state;
    password_gate_init(&gate);
    assert_int_equal(password_hash(&gate, STR("one thing"), hash, &err), CRM_OK);
    assert_int_equal(password_hash(&gate, STR("one thing"), other, &err), CRM_OK);
    assert_string_not_equal(hash, other); /* salted */
    assert_true(str_starts_with(str_from(hash), STR("$argon2id$")));
    assert_int_equal(password_verify(&gate, STR("one thing"), str_from(hash), &matches, &old, &err),
                     CRM_OK);
    assert_true(matches);
    assert_false(old);
    assert_int_equal(password_verify(&gate, STR("one thinG"), str_from(hash), &matches, &old, &err),
                     CRM_OK);
    assert_false(matches);
    assert_int_equal(password_verify(&gate, STR(""), str_from(hash), &matches, &old, &err), CRM_OK);
    assert_false(matches);
    password_gate_fini(&gate);
}

/* No credential: never a match, and not faster than a wrong password by more than noise. */
static void unknown_takes_as_long_as_wrong(void **state) {
    struct password_gate gate;
    struct err err;
    char hash[PASSWORD_HASH_BYTES];
    bool matches = true, old = true;
    (void)state;
    password_gate_init(&gate);
    assert_int_equal(password_hash(&gate, STR("one thing"), hash, &err), CRM_OK);
    int64_t best[2] = {INT64_MAX, INT64_MAX};
    for (int round = 0; round < 6; round++) {
        int64_t start = clock_thread_cpu_ns();
        assert_int_equal(password_verify(&gate, STR("guess"), round % 2 ? STR_NONE : str_from(hash),
                                         &matches, &old, &err),
                         CRM_OK);
        int64_t spent = clock_thread_cpu_ns() - start;
        assert_false(matches);
        assert_false(old);
        if (spent < best[round % 2]) best[round % 2] = spent;
    }
    assert_true(best[1] > best[0] / 2 && best[1] < best[0] * 2);
    password_gate_fini(&gate);
}

struct burst {
    struct password_gate *gate;
    int failed;
};

static void *hash_once(void *arg) {
    struct burst *b = arg;
    char hash[PASSWORD_HASH_BYTES];
    if (password_hash(b->gate, STR("one thing"), hash, NULL) != CRM_OK) b->failed = 1;
    return NULL;
}

static void gate_lets_all_through_in_turn(void **state) {
    struct password_gate gate;
    struct burst burst = {.gate = &gate};
    pthread_t threads[6];
    (void)state;
    password_gate_init(&gate);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hash_once, &burst), 0);
    for (size_t i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(burst.failed, 0);
    int free_places = 0;
    sem_getvalue(&gate.free, &free_places);
    assert_int_equal(free_places, 2);
    password_gate_fini(&gate);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(easy_passwords_are_refused),
        cmocka_unit_test(good_passwords_pass),
        cmocka_unit_test(long_passwords_have_an_end),
        cmocka_unit_test(hash_matches_its_password_only),
        cmocka_unit_test(unknown_takes_as_long_as_wrong),
        cmocka_unit_test(gate_lets_all_through_in_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
