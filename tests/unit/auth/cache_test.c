/* Secrets and the cache of what they stand for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/cache.h"

static void secrets_differ_and_say_their_kind(void **state) {
    struct secret a, b;
    struct digest first, second;
    (void)state;
    secret_make(SECRET_TOKEN, &a);
    secret_make(SECRET_TOKEN, &b);
    assert_string_not_equal(a.text, b.text);
    assert_true(str_starts_with(str_from(a.text), STR("pgt_")));
    assert_int_equal(str_from(a.text).len, 47);
    assert_true(secret_digest(SECRET_TOKEN, str_from(a.text), &first));
    assert_true(secret_digest(SECRET_TOKEN, str_from(b.text), &second));
    assert_memory_not_equal(first.bytes, second.bytes, sizeof first.bytes);
    assert_false(
        secret_digest(SECRET_SESSION, str_from(a.text), &first)); /* a token is no cookie */
    assert_false(secret_digest(SECRET_LINK, str_from(a.text), &first));
}

static void malformed_secrets_need_no_look(void **state) {
    struct digest digest;
    (void)state;
    assert_false(secret_digest(SECRET_TOKEN, STR_NONE, &digest));
    assert_false(secret_digest(SECRET_TOKEN, STR("pgt_"), &digest));
    assert_false(secret_digest(SECRET_TOKEN, STR("pgt_short"), &digest));
    assert_false(secret_digest(SECRET_TOKEN, STR("xxx_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                               &digest));
}

static struct cache_entry entry_of(uint8_t key, int64_t user, int64_t read_ms) {
    struct cache_entry entry = {
        .user = user, .is_session = true, .read_ms = read_ms, .expires_ms = 1000000};
    memset(entry.digest.bytes, key, sizeof entry.digest.bytes);
    return entry;
}

static void what_was_put_is_found(void **state) {
    struct cache cache;
    struct cache_entry entry = entry_of(7, 42, 10), found;
    (void)state;
    assert_int_equal(cache_init(&cache, 0, NULL), CRM_OK);
    assert_false(cache_find(&cache, &entry.digest, 20, &found));
    cache_put(&cache, &entry, cache_epoch(&cache));
    assert_true(cache_find(&cache, &entry.digest, 20, &found));
    assert_int_equal(found.user, 42);
    cache_forget(&cache, &entry.digest);
    assert_false(cache_find(&cache, &entry.digest, 20, &found));
    cache_fini(&cache);
}

/* Read, then ended by another thread, then put: the ending wins. */
static void row_read_before_forgetting_stays_out(void **state) {
    struct cache cache;
    struct cache_entry entry = entry_of(7, 42, 10), found;
    (void)state;
    assert_int_equal(cache_init(&cache, 0, NULL), CRM_OK);
    uint64_t epoch = cache_epoch(&cache);
    cache_forget(&cache, &entry.digest);
    cache_put(&cache, &entry, epoch);
    assert_false(cache_find(&cache, &entry.digest, 20, &found));
    epoch = cache_epoch(&cache);
    cache_forget_user(&cache, 42);
    cache_put(&cache, &entry, epoch);
    assert_false(cache_find(&cache, &entry.digest, 20, &found));
    cache_fini(&cache);
}

static void forgetting_a_user_keeps_others(void **state) {
    struct cache cache;
    struct cache_entry found;
    (void)state;
    assert_int_equal(cache_init(&cache, 0, NULL), CRM_OK);
    for (uint8_t i = 1; i <= 20; i++) {
        struct cache_entry entry = entry_of(i, i % 2 ? 1 : 2, 10);
        cache_put(&cache, &entry, cache_epoch(&cache));
    }
    cache_forget_user(&cache, 1);
    for (uint8_t i = 1; i <= 20; i++) {
        struct cache_entry entry = entry_of(i, 0, 0);
        assert_int_equal(cache_find(&cache, &entry.digest, 20, &found), i % 2 == 0);
    }
    cache_fini(&cache);
}

static void stale_entries_are_read_again(void **state) {
    struct cache cache;
    struct cache_entry entry = entry_of(7, 42, 1000), found;
    (void)state;
    assert_int_equal(cache_init(&cache, 500, NULL), CRM_OK);
    cache_put(&cache, &entry, cache_epoch(&cache));
    assert_true(cache_find(&cache, &entry.digest, 1499, &found));
    assert_false(cache_find(&cache, &entry.digest, 1500, &found));
    cache_fini(&cache);
}

/* Digests that all want one place: the newest reads are kept. */
static void full_neighbourhood_loses_the_oldest(void **state) {
    struct cache cache;
    struct cache_entry found;
    (void)state;
    assert_int_equal(cache_init(&cache, 0, NULL), CRM_OK);
    for (uint8_t i = 0; i < 12; i++) {
        struct cache_entry entry = entry_of(0, 1 + i, 100 + i);
        entry.digest.bytes[31] = i;
        cache_put(&cache, &entry, cache_epoch(&cache));
    }
    for (uint8_t i = 0; i < 12; i++) {
        struct cache_entry entry = entry_of(0, 0, 0);
        entry.digest.bytes[31] = i;
        assert_int_equal(cache_find(&cache, &entry.digest, 200, &found), i >= 4);
    }
    cache_fini(&cache);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_differ_and_say_their_kind),
        cmocka_unit_test(malformed_secrets_need_no_look),
        cmocka_unit_test(what_was_put_is_found),
        cmocka_unit_test(row_read_before_forgetting_stays_out),
        cmocka_unit_test(forgetting_a_user_keeps_others),
        cmocka_unit_test(stale_entries_are_read_again),
        cmocka_unit_test(full_neighbourhood_loses_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
