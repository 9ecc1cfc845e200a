/* Background steps that a person cancels under way: what was in force stays, what was wished is not
 * there by halves, `check` is clean, and the same step can be tried again. On both engines; indexes
 * alone on SQLite beside the table (store/shadow.h): of few rows they come with the snapshot. */
#include "record/evolution.h"
#include "record/read_world.h"

/* Somebody who cancels a step of one kind behind its first batch. */
struct canceller {
    struct world *w;
    const char *kind;
    int times;
};

static bool cancel_it(void *ctx, const struct store_migration *m) {
    struct canceller *c = ctx;
    bool found = false;
    if (!m || !str_is(m->kind, c->kind)) return true;
    must(c->w, rebuild_cancel(c->w->engine, m->id, &found, &c->w->err));
    assert_true(found);
    c->times++;
    return true;
}

static enum store_migration_state last_state(struct world *w, const char *kind) {
    struct store_migration *all = NULL;
    size_t count = 0;
    must(w, store_begin(w->reader, &w->err));
    must(w, store_migration_list(w->reader, -1, 100, &w->arena, &all, &count, &w->err));
    store_rollback(w->reader);
    for (size_t i = 0; i < count; i++) /* the newest first */
        if (str_is(all[i].kind, kind)) return all[i].state;
    fail_msg("no step %s", kind);
    return STORE_MIGRATION_FAILED;
}

static void cancelled(struct world *w, const char *wanted, const char *recycle, const char *kind) {
    struct canceller c = {.w = w, .kind = kind};
    struct evolution x = {.recycle = recycle, .progress = cancel_it, .ctx = &c};
    assert_code(w, evolve_with(w, wanted, &x), CRM_CANCELLED, "rebuild_cancelled");
    assert_int_equal(c.times, 1);
    assert_int_equal(last_state(w, kind), STORE_MIGRATION_CANCELLED);
    assert_clean(w);
}

static void done_at_last(struct world *w, const char *wanted, const char *recycle,
                         const char *kind) {
    struct evolution x = {.recycle = recycle};
    must(w, evolve_with(w, wanted, &x));
    assert_int_not_equal(last_state(w, kind), STORE_MIGRATION_CANCELLED); /* taken up anew */
    assert_clean(w);
}

static bool finds(struct world *w, const char *words) {
    return strstr(search_json(w, words, "thing", 0, STR_NONE), "\"title\":\"a\"") != NULL;
}

/* ---- each step ------------------------------------------------------------------------------- */
static void unique(struct world *w) {
    const char *wanted = THING("code = text { unique = true }");
    evolve(w, THING("code = text {}"));
    int64_t a = thing(w, "a", "code", text("one")), b = thing(w, "b", "code", text("two"));
    cancelled(w, wanted, NULL, "make_unique");
    must(w, one(w, RECORD_UPDATE, "thing", b, "code", text("ONE"))); /* not in force */
    struct evolution x = {0};
    assert_code(w, evolve_with(w, wanted, &x), CRM_REFUSED, "rebuild_duplicates");
    must(w, one(w, RECORD_UPDATE, "thing", b, "code", text("two")));
    done_at_last(w, wanted, NULL, "make_unique");
    assert_int_equal(one(w, RECORD_UPDATE, "thing", a, "code", text("TWO")), CRM_CONFLICT);
}

static void indexed(struct world *w) {
    const char *wanted = THING("weight = integer { index = true }");
    evolve(w, THING("weight = integer {}"));
    int64_t id = thing(w, "a", "weight", value_int(3));
    cancelled(w, wanted, NULL, "create_index");
    must(w, one(w, RECORD_UPDATE, "thing", id, "weight", value_int(4)));
    assert_int_equal(field(w, "thing", id, "weight").integer, 4);
    done_at_last(w, wanted, NULL, "create_index");
    assert_int_equal(field(w, "thing", id, "weight").integer, 4);
}

static void searchable(struct world *w) {
    const char *wanted = THING("code = text { search = true }, note = text { search = true }");
    evolve(w, THING("code = text { sort = true }, note = text { search = true }"));
    int64_t id = thing(w, "a", "code", text("crimson"));
    must(w, one(w, RECORD_UPDATE, "thing", id, "note", text("velvet")));
    cancelled(w, wanted, NULL, "fill_search");
    assert_true(finds(w, "velvet")); /* what was found is found */
    done_at_last(w, wanted, NULL, "fill_search");
    assert_true(finds(w, "velvet"));
    assert_true(finds(w, "crimson"));
}

static void recycled(struct world *w) {
    evolve(w, THING("code = text {}"));
    int64_t id = thing(w, "a", "code", text("red"));
    cancelled(w, THING(""), "thing.code", "recycle_field");
    assert_null(schema_field_find(entity(w, "thing"), STR("code"))); /* gone for people at once */
    must(w, one(w, RECORD_UPDATE, "thing", id, "name", text("b")));
    done_at_last(w, THING(""), NULL, "recycle_field");
    evolve(w, THING("code = text {}"));
    assert_int_equal(field(w, "thing", id, "code").type, VALUE_NIL); /* for ever */
    assert_text(field(w, "thing", id, "name"), "b");
    assert_clean(w);
}

static void required(struct world *w) {
    const char *wanted = THING("code = text { required = true }");
    evolve(w, THING("code = text {}"));
    int64_t id = thing(w, "a", "code", text("red"));
    cancelled(w, wanted, NULL, "make_required");
    must(w, one(w, RECORD_UPDATE, "thing", id, "code", VALUE_OF_NIL)); /* not in force */
    struct evolution x = {0};
    assert_code(w, evolve_with(w, wanted, &x), CRM_REFUSED, "rebuild_empty");
    must(w, one(w, RECORD_UPDATE, "thing", id, "code", text("blue")));
    done_at_last(w, wanted, NULL, "make_required");
    assert_int_equal(one(w, RECORD_UPDATE, "thing", id, "code", VALUE_OF_NIL), CRM_REFUSED);
}

ON_BOTH(unique)
ON_BOTH(searchable)
ON_BOTH(recycled)
ON_BOTH(required)

#define ON_SQLITE(test)                                                                            \
    static void test##_sqlite(void **state) {                                                      \
        (void)state;                                                                               \
        struct world w;                                                                            \
        world_open(&w, STORE_SQLITE);                                                              \
        test(&w);                                                                                  \
        world_close(&w);                                                                           \
    }
ON_SQLITE(indexed)

static int beside_the_table(void **state) {
    (void)state;
    world_shadow_rows = 1;
    return 0;
}

static int in_the_table(void **state) {
    (void)state;
    world_shadow_rows = 0;
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(unique),
        BOTH(searchable),
        BOTH(recycled),
        BOTH(required),
    };
    const struct CMUnitTest beside[] = {cmocka_unit_test(unique_sqlite),
                                        cmocka_unit_test(indexed_sqlite)};
    int failed = cmocka_run_group_tests(tests, in_the_table, NULL);
    return failed + cmocka_run_group_tests(beside, beside_the_table, world_stop);
}
