/* Indexes that are made beside their table (store/shadow.h), with the number of rows from which on
 * that is done set to one: while others write, with duplicates that come up meanwhile, cut off at
 * any batch, given up. PostgreSQL makes the same indexes in its own way and has the same answers.
 * What SQLite thinks of its file is asked at the end. */
#include "record/evolution.h"
#include "store/integrity.h"
#include "store/shadow.h"

static void sweep(struct world *w, const char *extra) {
    const struct rebuild_options options = {0};
    const struct evolution x = {0};
    struct schema_plan plan = {0};
    must(w, plan_of(w, extra, &x, &plan));
    must(w, rebuild_sweep(w->engine, &plan, &options, &w->err));
    schema_plan_fini(&plan);
}

static void tell(void *ctx, struct str text) {
    ++*(int *)ctx;
    print_error("%.*s\n", STR_ARG(text));
}

static size_t shadows(struct world *w) {
    struct str *names = NULL;
    size_t count = 0;
    must(w, store_begin(w->reader, &w->err));
    must(w, store_shadow_list(w->reader, &w->arena, &names, &count, &w->err));
    store_rollback(w->reader);
    return count;
}

static void assert_sound(struct world *w) {
    int problems = 0;
    must(w, store_integrity(engine_store(w->engine), tell, &problems, &w->err));
    assert_int_equal(problems, 0);
    assert_clean(w);
}

/* Every index of the entity is in the database, and it is the table's. */
static void assert_made(struct world *w) {
    const struct schema_entity *e = entity(w, "thing");
    assert_int_equal(shadows(w), 0);
    for (size_t i = 0; i < e->index_count && w->kind == STORE_SQLITE; i++) {
        bool is_made = false, has_shadow = false;
        must(w, store_begin(w->reader, &w->err));
        must(w, store_shadow_look(w->reader, &e->indexes[i], &is_made, &has_shadow, &w->err));
        store_rollback(w->reader);
        assert_true(is_made);
    }
    assert_sound(w);
}

#define PLAIN   THING("weight = integer {}, code = text {}, spare = text {}")
#define INDEXED THING("weight = integer { index = true }, code = text {}, spare = text {}")

/* Every third changes, every fifth goes, and new ones come, before and behind the walk. */
static bool live_meanwhile(void *ctx, const struct store_migration *m) {
    struct busy *b = ctx;
    if (!m) return true;
    if (b->w->kind == STORE_SQLITE) assert_int_equal(shadows(b->w), 1);
    int n = b->batches++;
    struct changeset *c = begin(b->w);
    for (int i = 0; i < 6; i++) {
        int64_t id = b->ids[(n * 37 + i * 61) % MANY];
        struct record_op *op =
            changeset_op(c, i == 5 ? RECORD_DELETE : RECORD_UPDATE, entity(b->w, "thing"), id);
        if (i < 5) put(c, op, b->field, i == 4 ? VALUE_OF_NIL : value_int(n * 10 + i));
    }
    (void)commit(b->w, c);
    (void)thing(b->w, "new", b->field, value_int(77));
    return b->batches != b->cut_at;
}

static void while_others_write(struct world *w) {
    struct busy b;
    evolve(w, PLAIN);
    make_many(&b, w, "weight", value_int(4));
    struct evolution x = {.progress = live_meanwhile, .ctx = &b};
    must(w, evolve_with(w, INDEXED, &x));
    assert_true(b.batches >= 1);
    assert_made(w);
    (void)thing(w, "behind", "weight", value_int(991));
    assert_sound(w);
}

static void a_pair_and_the_filled(struct world *w) {
    struct busy b;
    evolve(w, PLAIN);
    make_many(&b, w, "code", text("Ä b"));
    b.value = text("c D");
    struct evolution x = {.progress = write_meanwhile, .ctx = &b};
    must(w, evolve_with(w,
                        THING("weight = integer { sort = true }, code = text { sort = true }, "
                              "spare = text {}, other = ref 'thing'"),
                        &x));
    assert_made(w);
}

/* ---- unique ------------------------------------------------------------------------------ */
#define UNIQUE THING("weight = integer {}, code = text { unique = true }, spare = text {}")

static void number_all(struct world *w, struct busy *b) {
    for (int i = 0; i < MANY; i += 50) {
        struct changeset *c = begin(w);
        for (int k = i; k < i + 50; k++) {
            char code[16];
            snprintf(code, sizeof code, "n%d", k);
            put(c, changeset_op(c, RECORD_UPDATE, entity(w, "thing"), b->ids[k]), "code",
                text(arena_cstr(&w->arena, str_from(code))));
        }
        must(w, commit(w, c));
    }
}

/* Two that are copied already become equal: nobody is refused, the step is stopped. */
static bool double_meanwhile(void *ctx, const struct store_migration *m) {
    struct busy *b = ctx;
    if (!m || b->batches++) return true;
    must(b->w, one(b->w, RECORD_UPDATE, "thing", b->ids[1], "code", text("SAME")));
    must(b->w, one(b->w, RECORD_UPDATE, "thing", b->ids[2], "code", text("same")));
    return true;
}

static void duplicates_that_come_up(struct world *w) {
    struct busy b;
    evolve(w, THING("weight = integer {}, code = text { sort = true }, spare = text {}"));
    make_many(&b, w, "weight", value_int(4));
    number_all(w, &b);
    struct evolution x = {.progress = double_meanwhile, .ctx = &b};
    assert_code(w, evolve_with(w, UNIQUE, &x), CRM_REFUSED, "rebuild_duplicates");
    must(w, one(w, RECORD_UPDATE, "thing", b.ids[3], "code", text("same")));
    must(w, one(w, RECORD_UPDATE, "thing", b.ids[3], "code", text("n3")));
    must(w, one(w, RECORD_UPDATE, "thing", b.ids[2], "code", text("n2")));
    sweep(w, UNIQUE);
    assert_int_equal(shadows(w), 0);
    evolve(w, UNIQUE);
    assert_made(w);
    assert_int_equal(one(w, RECORD_UPDATE, "thing", b.ids[9], "code", text("N4")), CRM_CONFLICT);
    assert_sound(w);
}

/* ---- cut off ----------------------------------------------------------------------------- */
static void cut_off_and_taken_up(struct world *w) {
    struct busy b;
    evolve(w, PLAIN);
    make_many(&b, w, "weight", value_int(4));
    b.cut_at = 1;
    struct evolution x = {.progress = live_meanwhile, .ctx = &b};
    crm_status status = evolve_with(w, INDEXED, &x);
    assert_true(status == CRM_OK || status == CRM_CANCELLED);
    world_disconnect(w);
    world_connect(w, false);
    must(w, one(w, RECORD_UPDATE, "thing", b.ids[3], "weight", value_int(992)));
    b.cut_at = 0;
    must(w, evolve_with(w, INDEXED, &x));
    assert_made(w);
}

static void given_up(struct world *w) {
    struct busy b;
    evolve(w, PLAIN);
    make_many(&b, w, "weight", value_int(4));
    b.cut_at = 1;
    struct evolution x = {.progress = live_meanwhile, .ctx = &b};
    (void)evolve_with(w, INDEXED, &x);
    evolve(w, PLAIN);
    sweep(w, PLAIN);
    assert_int_equal(shadows(w), 0);
    (void)thing(w, "behind", "weight", value_int(5));
    assert_sound(w);
}

ON_BOTH(while_others_write)
ON_BOTH(a_pair_and_the_filled)
ON_BOTH(duplicates_that_come_up)
ON_BOTH(cut_off_and_taken_up)
ON_BOTH(given_up)

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(while_others_write),
        BOTH(a_pair_and_the_filled),
        BOTH(duplicates_that_come_up),
        BOTH(cut_off_and_taken_up),
        BOTH(given_up),
    };
    world_shadow_rows = 1;
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
