/* Every allocation of the base fails in turn: an error or a failed buffer, never a crash or a leak.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/json.h"
#include "base/time.h"
#include "base/unicode.h"
#include "support/fault.h"

static bool arenas(void) {
    struct arena a;
    arena_init(&a, 1 << 24);
    size_t capacity = 0;
    int *items = NULL;
    bool whole = true;
    for (size_t i = 0; i < 3000 && whole; i++) {
        int *grown = arena_grow(&a, items, i, &capacity, sizeof *items);
        whole = grown != NULL;
        if (whole) items = grown, items[i] = (int)i;
    }
    whole = whole && arena_alloc(&a, 1 << 20) && fold_key_arena(&a, STR("  Ünïcode  Ключ ")).ptr;
    arena_fini(&a);
    return whole;
}

static bool buffers(void) {
    struct buf out;
    struct json_writer w;
    buf_init(&out, 1 << 20);
    json_writer_init(&w, &out);
    json_array_open(&w);
    for (int i = 0; i < 500; i++)
        json_text(&w, STR("a text of some length, \"quoted\""));
    json_array_shut(&w);
    fold_text(STR("Crème brûlée"), &out);
    buf_printf(&out, "%0500d", 1);
    assert_true(out.status == CRM_OK || out.status == CRM_NO_MEMORY);
    bool whole = out.status == CRM_OK;
    buf_fini(&out);
    return whole;
}

static bool long_folding(void) {
    static char text[9000];
    for (size_t i = 0; i < sizeof text; i += 3)
        memcpy(text + i, "\xEF\xB7\xBA", 3);
    struct buf out;
    buf_init(&out, 1 << 22);
    fold_text(str_make(text, sizeof text), &out);
    bool whole = out.status == CRM_OK;
    assert_true(whole || out.status == CRM_NO_MEMORY);
    buf_fini(&out);
    return whole;
}

static bool opened(void) {
    struct zone *z = NULL;
    struct charset *c = NULL;
    struct err err;
    struct buf out;
    buf_init(&out, 1 << 20);
    crm_status status = zone_open(STR("Europe/Berlin"), &z, &err);
    if (status == CRM_OK) status = charset_open(STR("windows-1251"), &c, &err);
    if (status == CRM_OK) status = charset_convert(c, STR("\xEF\xF0\xE8"), true, &out, &err);
    assert_true(status == CRM_OK || status == CRM_NO_MEMORY);
    zone_close(z);
    charset_close(c);
    buf_fini(&out);
    return status == CRM_OK;
}

static void fail_each(bool (*session)(void), long least) {
    long n = 0;
    for (;; n++) {
        fault_begin(n, n % 2 == 0);
        bool whole = session();
        if (!fault_end()) {
            assert_true(whole);
            break;
        }
        assert_false(whole);
    }
    assert_true(n >= least);
}

static void sessions(void **state) {
    (void)state;
    fail_each(arenas, 3);
    fail_each(buffers, 2);
    fail_each(long_folding, 2);
    fail_each(opened, 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sessions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
