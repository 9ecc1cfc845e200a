/* Definitions that change over records that are there, in the record layer: renamed, hidden and had
 * back, recycled, of another type, computed, searchable, unique, required - while others write, and
 * taken up after they were cut off. Each on both engines, `check` clean at the end. */
#include "base/number.h"
#include "record/evolution.h"
#include "record/log.h"
#include "record/past.h"

static bool knows(struct world *w, const char *name) {
    return schema_field_find(entity(w, "thing"), str_from(name)) != NULL;
}

static struct value past_field(struct world *w, int64_t id, int64_t seq, const char *of) {
    struct past past;
    const struct company *company = engine_company_ref(w->engine);
    must(w, store_begin(w->reader, &w->err));
    must(w, past_load(w->reader, entity(w, "thing"), id, &w->arena, &past, &w->err));
    past.company = company;
    must(w, past_back_to(w->reader, &past, seq, INT64_MAX, &w->arena, &w->err));
    store_rollback(w->reader);
    engine_company_unref(w->engine, company);
    assert_true(past.exists);
    return past.row[slot(entity(w, "thing"), of)];
}

/* How many conflicts it has. */
static size_t undo(struct world *w, int64_t changeset) {
    struct undo_result result = {0};
    struct access access;
    access_init(&access, w->schema, &w->actor);
    must(w, record_undo(w->engine, w->reader, &access, changeset, &w->arena, &result, &w->err));
    return result.conflict_count;
}

/* ---- names and columns ------------------------------------------------------------------- */
static void renamed(struct world *w) {
    evolve(w, THING("code = text { search = true, sort = true }, loud = formula \"code .. '!'\""));
    int64_t id = thing(w, "a", "code", text("red"));
    must(w, one(w, RECORD_UPDATE, "thing", id, "code", text("blue")));
    evolve(w, THING("colour = text { was = 'code', search = true, sort = true }, "
                    "loud = formula \"colour .. '!'\""));
    assert_false(knows(w, "code"));
    assert_text(field(w, "thing", id, "colour"), "blue");
    assert_text(field(w, "thing", id, "loud"), "blue!");
    must(w, one(w, RECORD_UPDATE, "thing", id, "colour", text("green")));
    evolve(w, THING("colour = text { search = true, sort = true }, "
                    "loud = formula \"colour .. '!'\"")); /* `was` may go */
    assert_text(field(w, "thing", id, "loud"), "green!");
    assert_clean(w);
}

static void hidden_and_had_back(struct world *w) {
    struct evolution dropping = {.drop = "thing.code"};
    evolve(w, THING("code = text { unique = true }"));
    int64_t id = thing(w, "a", "code", text("red"));
    evolve(w, THING(""));
    assert_text(field(w, "thing", id, "code"), "red"); /* nobody asked for it by name */
    must(w, evolve_with(w, THING(""), &dropping));
    assert_false(knows(w, "code"));
    must(w, one(w, RECORD_UPDATE, "thing", id, "name", text("b")));
    int64_t second = thing(w, "c", NULL, VALUE_OF_NIL);
    assert_clean(w);
    evolve(w, THING("code = text { unique = true }"));
    assert_text(field(w, "thing", id, "code"), "red");
    assert_true(value_is_nil(field(w, "thing", second, "code")));
    assert_int_equal(one(w, RECORD_UPDATE, "thing", second, "code", text("RED")), CRM_CONFLICT);
    assert_clean(w);
}

static void recycled(struct world *w) {
    struct str column = STR_NONE;
    for (int i = 0; i < 3; i++) {
        struct evolution x = {.recycle = "thing.code"};
        evolve(w, THING("code = text { sort = true }, amount = money {}"));
        const struct schema_entity *e = entity(w, "thing");
        if (i == 0) column = arena_str(&w->arena, e->fields[slot(e, "code")].column);
        assert_true(str_eq(e->fields[slot(e, "code")].column, column));
        int64_t id = thing(w, "a", "code", text("red"));
        must(w, evolve_with(w, THING("amount = money {}"), &x));
        assert_true(x.background >= 1);
        evolve(w, THING("code = text { sort = true }, amount = money {}"));
        assert_true(value_is_nil(field(w, "thing", id, "code")));
    }
    assert_clean(w);
}

static void an_entity_hidden_and_had_back(struct world *w) {
    struct evolution dropping = {.drop = "thing"};
    evolve(w, THING("code = text {}"));
    int64_t id = thing(w, "a", "code", text("red"));
    must(w, evolve_with(w, "", &dropping));
    assert_null(schema_find(w->schema, STR("thing")));
    evolve(w, THING("code = text {}"));
    assert_text(field(w, "thing", id, "code"), "red");
    evolve(w, "entity 'matter' { was = 'thing', label = 'Matter', title = 'name', "
              "fields = { name = text {}, code = text {} } }");
    assert_text(field(w, "matter", id, "code"), "red");
    assert_clean(w);
}

/* ---- another type -------------------------------------------------------------------------- */
static void another_type(struct world *w) {
    struct evolution x = {0}, lossy = {.lossy = true};
    evolve(w, THING("size = text {}"));
    int64_t ten = thing(w, "a", "size", text("1 000")), bad = thing(w, "b", "size", text("many")),
            none = thing(w, "c", NULL, VALUE_OF_NIL);
    const char *wanted = THING("size = integer { sort = true }");
    assert_code(w, evolve_with(w, wanted, &x), CRM_REFUSED, "rebuild_lost");
    assert_text(field(w, "thing", ten, "size"), "1 000"); /* nothing has changed for anybody */
    must(w, one(w, RECORD_UPDATE, "thing", none, "size", text("7")));
    assert_code(w, evolve_with(w, wanted, &x), CRM_REFUSED, "rebuild_lost");
    must(w, evolve_with(w, wanted, &lossy));
    assert_int_equal(field(w, "thing", ten, "size").integer, 1000);
    assert_int_equal(field(w, "thing", none, "size").integer, 7);
    assert_true(value_is_nil(field(w, "thing", bad, "size")));
    must(w, one(w, RECORD_UPDATE, "thing", bad, "size", value_int(3)));
    assert_clean(w);
    evolve(w, THING("size = decimal {}"));
    assert_int_equal(field(w, "thing", ten, "size").integer, 1000 * DECIMAL_ONE);
    evolve(w, THING("size = text { unique = true, search = true, required = true }"));
    assert_text(field(w, "thing", bad, "size"), "3");
    assert_int_equal(one(w, RECORD_UPDATE, "thing", bad, "size", text("7")), CRM_CONFLICT);
    assert_clean(w);
}

/* A request that began under the snapshot of before. */
static void begun_before_and_written_after(struct world *w) {
    evolve(w, THING("size = text {}, other = text {}"));
    int64_t id = thing(w, "a", "size", text("5"));
    struct changeset *c = begin(w), *refused = begin(w);
    struct record_op *op = changeset_op(c, RECORD_UPDATE, entity(w, "thing"), id);
    put(c, op, "size", text("6"));
    put(c, op, "other", text("kept"));
    op = changeset_op(refused, RECORD_UPDATE, entity(w, "thing"), id);
    put(refused, op, "size", text("six"));
    struct schema *then = schema_ref(w->schema);
    evolve(w, THING("first = boolean {}, size = integer {}, other = text {}"));
    must(w, commit(w, c));
    assert_int_equal(field(w, "thing", id, "size").integer, 6);
    assert_text(field(w, "thing", id, "other"), "kept");
    assert_int_equal(commit(w, refused), CRM_REFUSED);
    assert_int_equal(field(w, "thing", id, "size").integer, 6);
    schema_unref(then);
    assert_clean(w);
}

/* Values from before a change of type are read, and put back, under the field of now. */
static void the_past_of_another_type(struct world *w) {
    struct evolution x = {.lossy = true};
    evolve(w, THING("size = text {}"));
    int64_t a = thing(w, "a", "size", text("12")), b = thing(w, "b", "size", text("many"));
    must(w, one(w, RECORD_UPDATE, "thing", a, "size", text("13")));
    int64_t seq = log_last_seq(w->engine), undone = w->result.id;
    must(w, one(w, RECORD_UPDATE, "thing", a, "size", text("14")));
    must(w, one(w, RECORD_UPDATE, "thing", b, "size", text("15")));
    must(w, evolve_with(w, THING("size = integer {}"), &x));
    must(w, one(w, RECORD_UPDATE, "thing", a, "size", value_int(16)));
    assert_int_equal(past_field(w, a, seq, "size").integer, 13);
    assert_int_equal(past_field(w, a, seq - 1, "size").integer, 12);
    assert_true(value_is_nil(past_field(w, b, seq, "size")));
    assert_int_equal(undo(w, undone), 1); /* changed since */
    assert_int_equal(field(w, "thing", a, "size").integer, 16);
    must(w, one(w, RECORD_UPDATE, "thing", a, "size", value_int(13)));
    assert_int_equal(undo(w, undone), 0);
    assert_int_equal(field(w, "thing", a, "size").integer, 12);
    assert_clean(w);
}

/* What there is no room for is not begun; with room it goes on. */
static void no_room_on_the_disk(struct world *w) {
    struct evolution x = {.disk_bytes = 1};
    evolve(w, THING("size = text {}"));
    int64_t id = thing(w, "a", "size", text("12"));
    crm_status status = evolve_with(w, THING("size = integer {}"), &x);
    if (w->kind == STORE_SQLITE) assert_code(w, status, CRM_REFUSED, "rebuild_disk");
    evolve(w, THING("size = integer {}"));
    assert_int_equal(field(w, "thing", id, "size").integer, 12);
    x.background = 0;
    status = evolve_with(w, THING("size = integer { unique = true }, name2 = text {}"), &x);
    if (w->kind == STORE_SQLITE) assert_code(w, status, CRM_REFUSED, "rebuild_disk");
    must(w, one(w, RECORD_UPDATE, "thing", id, "size", value_int(13)));
    assert_clean(w);
}

/* ---- while others write ---------------------------------------------------------------------- */
static void computed_while_others_write(struct world *w) {
    struct busy b;
    const char *wanted = THING("size = integer {}, twice = formula 'size * 2', "
                               "again = formula 'twice + 1'");
    evolve(w, THING("size = integer {}"));
    make_many(&b, w, "size", value_int(4));
    b.value = value_int(5);
    b.cut_at = 2;
    struct evolution x = {.progress = write_meanwhile, .ctx = &b};
    assert_code(w, evolve_with(w, wanted, &x), CRM_CANCELLED, "rebuild_cancelled");
    assert_true(entity(w, "thing")->building);
    b.cut_at = 0;
    must(w, evolve_with(w, wanted, &x));
    assert_false(entity(w, "thing")->building);
    for (int i = 0; i < MANY; i += 7) {
        int64_t size = field(w, "thing", b.ids[i], "size").integer;
        assert_int_equal(field(w, "thing", b.ids[i], "twice").integer, 2 * size);
        assert_int_equal(field(w, "thing", b.ids[i], "again").integer, 2 * size + 1);
    }
    assert_int_equal(field(w, "thing", b.ids[1], "size").integer, 5);
    assert_clean(w);
    evolve(w, THING("size = integer {}, twice = formula 'size * 3', again = formula 'twice + 1'"));
    assert_int_equal(field(w, "thing", b.ids[1], "twice").integer, 15);
    assert_int_equal(field(w, "thing", b.ids[1], "again").integer, 16);
    assert_clean(w);
}

static void rolled_up(struct world *w) {
    const char *of = "entity 'piece' { label = 'Piece', title = 'name', fields = { name = text {}, "
                     "thing = ref 'thing', weight = integer {} } }\n";
    struct str before = arena_printf(&w->arena, "%s%s", THING(""), of),
               after = arena_printf(&w->arena, "%s%s",
                                    THING("pieces = rollup { of = 'piece', by = 'thing', value = "
                                          "'count()' }, heaviest = rollup { of = 'piece', by = "
                                          "'thing', value = 'max(weight)' }"),
                                    of);
    evolve(w, before.ptr);
    int64_t id = thing(w, "a", NULL, VALUE_OF_NIL);
    for (int i = 0; i < 3; i++) {
        struct changeset *c = begin(w);
        struct record_op *op = create(w, c, "piece");
        put(c, op, "thing", value_id(id));
        put(c, op, "weight", value_int(i));
        must(w, commit(w, c));
    }
    evolve(w, after.ptr);
    assert_int_equal(field(w, "thing", id, "pieces").integer, 3);
    assert_int_equal(field(w, "thing", id, "heaviest").integer, 2);
    must(w, one(w, RECORD_CREATE, "piece", 0, "thing", value_id(id)));
    assert_int_equal(field(w, "thing", id, "pieces").integer, 4);
    assert_clean(w);
}

/* More than a statement and more than a page takes; some have children, some none, some are in the
 * trash. */
static void rolled_up_by_the_hundred(struct world *w) {
    enum { THINGS = 230 };
    int64_t ids[THINGS];
    const char *of = "entity 'piece' { label = 'Piece', title = 'name', fields = { name = text {}, "
                     "thing = ref 'thing', weight = integer {} } }\n";
    struct str before = arena_printf(&w->arena, "%s%s", THING("code = text {}"), of),
               after = arena_printf(&w->arena, "%s%s",
                                    THING("code = text { sort = true }, pieces = rollup { of = "
                                          "'piece', by = 'thing', value = 'count()' }, heaviest = "
                                          "rollup { of = 'piece', by = 'thing', value = "
                                          "'max(weight)' }"),
                                    of);
    evolve(w, before.ptr);
    for (int i = 0; i < THINGS; i++)
        ids[i] = thing(w, "a", "code", i % 7 ? text("Ab") : VALUE_OF_NIL);
    for (int i = 0; i < THINGS; i += 3) {
        struct changeset *c = begin(w);
        struct record_op *op = create(w, c, "piece");
        put(c, op, "thing", value_id(ids[i]));
        put(c, op, "weight", value_int(i));
        must(w, commit(w, c));
    }
    must(w, one(w, RECORD_DELETE, "thing", ids[3], NULL, VALUE_OF_NIL));
    evolve(w, after.ptr);
    for (int i = 0; i < THINGS; i++) {
        if (i == 3) continue;
        assert_int_equal(field(w, "thing", ids[i], "pieces").integer, i % 3 == 0);
        struct value heaviest = field(w, "thing", ids[i], "heaviest");
        assert_int_equal(heaviest.type == VALUE_NIL ? -1 : heaviest.integer, i % 3 ? -1 : i);
    }
    assert_clean(w);
}

static void searchable_while_others_write(struct world *w) {
    struct busy b;
    evolve(w, THING("code = text {}, note = text { search = true }"));
    make_many(&b, w, "code", text("crimson"));
    b.value = text("azure");
    b.cut_at = 2;
    struct evolution x = {.progress = write_meanwhile, .ctx = &b};
    const char *wanted = THING("code = text { search = true }, note = text { search = true }"),
               *other = THING("code = text { search = true }, note = text {}");
    /* the folded column first, then the rows of the search */
    assert_int_equal(evolve_with(w, wanted, &x), CRM_CANCELLED);
    b.batches = b.cut_at = 0;
    x.background = 0;
    must(w, evolve_with(w, wanted, &x));
    assert_clean(w);
    b.batches = 0;
    b.cut_at = 2;
    assert_int_equal(evolve_with(w, other, &x), CRM_CANCELLED);
    /* another wish while half of the rows are made anew */
    b.cut_at = 0;
    must(w, evolve_with(w, THING("code = text {}, note = text { search = true }"), &x));
    assert_clean(w);
}

static void unique_and_required(struct world *w) {
    struct evolution x = {0}, all_the_same = {.lossy = true};
    evolve(w, THING("code = text {}"));
    int64_t a = thing(w, "a", "code", text("One")), b = thing(w, "b", "code", text("one"));
    assert_code(w, evolve_with(w, THING("code = text { unique = true }"), &x), CRM_REFUSED,
                "rebuild_duplicates");
    (void)thing(w, "c", "code", text("ONE")); /* not in force */
    must(w, one(w, RECORD_UPDATE, "thing", w->result.outcomes[0].id, "code", VALUE_OF_NIL));
    must(w, one(w, RECORD_UPDATE, "thing", b, "code", text("two")));
    evolve(w, THING("code = text { unique = true }"));
    assert_int_equal(one(w, RECORD_UPDATE, "thing", a, "code", text("TWO")), CRM_CONFLICT);
    const char *required = THING("code = text { unique = true, required = true }");
    assert_code(w, evolve_with(w, required, &x), CRM_REFUSED, "rebuild_empty");
    must(w, one(w, RECORD_UPDATE, "thing", a, "code", VALUE_OF_NIL));
    must(w, evolve_with(w, required, &all_the_same));
    assert_int_equal(one(w, RECORD_UPDATE, "thing", b, "code", VALUE_OF_NIL), CRM_REFUSED);
    evolve(w, THING("code = text {}")); /* and off again */
    must(w, one(w, RECORD_UPDATE, "thing", b, "code", VALUE_OF_NIL));
    must(w, one(w, RECORD_UPDATE, "thing", a, "code", text("x")));
    must(w, one(w, RECORD_UPDATE, "thing", b, "code", text("X")));
    assert_clean(w);
}

/* The process is gone in the middle; another one goes on with what its files say. */
static void taken_up_after_a_stop(struct world *w) {
    struct evolution stop = {.stop_behind_apply = true};
    evolve(w, THING("size = text {}"));
    int64_t id = thing(w, "a", "size", text("12"));
    must(w, evolve_with(w, THING("size = integer {}"), &stop));
    world_disconnect(w);
    world_connect(w, false);
    assert_text(field(w, "thing", id, "size"),
                "12"); /* in force, though these files do not know it */
    must(w, one(w, RECORD_UPDATE, "thing", id, "size", text("13")));
    evolve(w, THING("size = integer {}"));
    assert_int_equal(field(w, "thing", id, "size").integer, 13);
    assert_clean(w);
}

ON_BOTH(renamed)
ON_BOTH(hidden_and_had_back)
ON_BOTH(recycled)
ON_BOTH(an_entity_hidden_and_had_back)
ON_BOTH(another_type)
ON_BOTH(the_past_of_another_type)
ON_BOTH(no_room_on_the_disk)
ON_BOTH(begun_before_and_written_after)
ON_BOTH(computed_while_others_write)
ON_BOTH(rolled_up)
ON_BOTH(rolled_up_by_the_hundred)
ON_BOTH(searchable_while_others_write)
ON_BOTH(unique_and_required)
ON_BOTH(taken_up_after_a_stop)

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(renamed),
        BOTH(hidden_and_had_back),
        BOTH(recycled),
        BOTH(an_entity_hidden_and_had_back),
        BOTH(another_type),
        BOTH(the_past_of_another_type),
        BOTH(no_room_on_the_disk),
        BOTH(begun_before_and_written_after),
        BOTH(computed_while_others_write),
        BOTH(rolled_up),
        BOTH(rolled_up_by_the_hundred),
        BOTH(searchable_while_others_write),
        BOTH(unique_and_required),
        BOTH(taken_up_after_a_stop),
    };
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
