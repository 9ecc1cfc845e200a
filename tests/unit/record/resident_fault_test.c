/* What is kept in memory - people, rights, directories - follows every acknowledged change, also
 * when an allocation on the way has failed. */
#include "record/world.h"
#include "support/fault.h"

enum { BLOCK_BYTES = 4096, ROOM_STEP = 48, ALLOCATIONS_MAX = 400 };

/* A user renamed while the n-th allocation fails; `filler` bytes shift what meets the end of the
 * arena's block. Whatever is answered with success is resident. */
static bool rename_once(struct world *w, int64_t user, size_t filler, long n) {
    static int number;
    char name[24];
    struct arena a;
    struct changeset c;
    struct err err;
    const struct schema_entity *e = entity(w, "user");
    arena_init(&a, 16 << 20);
    snprintf(name, sizeof name, "Name %d", ++number);
    changeset_init(&c, &a, w->schema, &w->actor);
    struct record_op *op = changeset_op(&c, RECORD_UPDATE, e, user);
    assert_true(op && record_op_set(&c, op, slot(e, "name"), text(name)));
    assert_non_null(arena_alloc(&a, filler + 1));
    fault_begin(n, false);
    crm_status status = changeset_commit(w->engine, NULL, &c, NULL, NULL, &err);
    bool hit = fault_end();
    if (!hit) assert_int_equal(status, CRM_OK);
    if (status == CRM_OK) {
        const struct resident *r = engine_resident_ref(w->engine);
        struct str shown = resident_title(r, e, user);
        if (!str_is(shown, name))
            print_error("filler %zu, allocation %ld: %.*s is resident, not %s\n", filler, n,
                        STR_ARG(shown), name);
        assert_true(str_is(shown, name));
        engine_resident_unref(w->engine, r);
    }
    changeset_fini(&c);
    arena_fini(&a);
    return hit;
}

static void test_single_failures(struct world *w) {
    int64_t user = make_user(w, "anna", "seller", 0);
    size_t step = w->kind == STORE_SQLITE ? ROOM_STEP : 16 * ROOM_STEP;
    for (size_t filler = 0; filler < BLOCK_BYTES; filler += step) {
        long n = 0;
        while (n < ALLOCATIONS_MAX && rename_once(w, user, filler, n))
            n++;
        assert_true(n > 0 && n < ALLOCATIONS_MAX);
    }
}

ON_BOTH(test_single_failures)

int main(void) {
    const struct CMUnitTest tests[] = {BOTH(test_single_failures)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
