/* The log as rows: images there and back, reading by number and by record, stock records once. */
#include "record/image.h"
#include "record/world.h"

/* ---- images ------------------------------------------------------------------------------------
 */
static struct image_field *decode(struct world *w, struct str images, size_t *ret_count) {
    struct image_field *fields = NULL;
    must(w, image_decode(&w->arena, images, entity(w, "customer"), &fields, ret_count, &w->err));
    return fields;
}

static const struct image_field *image_of(struct world *w, struct image_field *fields, size_t count,
                                          const char *name) {
    const struct schema_field *f = schema_field_find(entity(w, "customer"), str_from(name));
    for (size_t i = 0; i < count; i++)
        if (fields[i].field == f->id) return &fields[i];
    fail_msg("no image of %s", name);
    return NULL;
}

static struct value *blank(struct world *w) {
    return arena_array(&w->arena, entity(w, "customer")->field_count, sizeof(struct value));
}

static void test_images(struct world *w) {
    const struct schema_entity *e = entity(w, "customer");
    struct value *before = blank(w), *after = blank(w);
    struct record_change c = {.verb = RECORD_UPDATE, .entity = e, .before = before, .after = after};
    const struct {
        const char *field;
        struct value before, after;
    } cases[] = {{"name", text("\xd0\x99"), VALUE_OF_NIL},
                 {"staff", value_int(INT64_MIN), value_int(INT64_MAX)},
                 {"share", value_decimal(-1), value_decimal(0)},
                 {"vip", VALUE_OF_NIL, value_bool(false)},
                 {"founded_on", value_date(-719162), value_date(2932896)},
                 {"seen_at", value_time(-1), value_time(1)},
                 {"parent", VALUE_OF_NIL, value_id(INT64_MAX)},
                 {"revenue", money(-5, "JPY"), money(7, "USD")}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        before[slot(e, cases[i].field)] = cases[i].before;
        after[slot(e, cases[i].field)] = cases[i].after;
        slot_add(&c.changed, slot(e, cases[i].field));
    }
    after[slot(e, "revenue")].has_base = true;
    after[slot(e, "revenue")].base = INT64_MIN;
    struct value facts[] = {text("r"), value_date(3)};
    struct store_item items_after[] = {{.value = value_id(9), .attributes = facts},
                                       {.value = value_id(10), .attributes = facts}};
    struct record_items_change list = {
        .field = &e->fields[slot(e, "partners")], .after = items_after, .after_count = 2};
    c.items = &list;
    c.item_change_count = 1;
    struct buf out;
    buf_init(&out, IMAGE_MAX_BYTES);
    image_encode(&c, &out);
    size_t count = 0;
    struct image_field *fields = decode(w, buf_str(&out), &count);
    assert_int_equal(count, sizeof cases / sizeof cases[0] + 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct image_field *f = image_of(w, fields, count, cases[i].field);
        assert_true(value_equal(&f->before, &cases[i].before) &&
                    value_equal(&f->after, &cases[i].after));
    }
    assert_int_equal(image_of(w, fields, count, "revenue")->after.base, INT64_MIN);
    assert_false(image_of(w, fields, count, "revenue")->before.has_base);
    const struct image_field *f = image_of(w, fields, count, "partners");
    assert_true(f->is_items && f->items_before_count == 0 && f->items_after_count == 2);
    assert_text(f->items_after[1].attributes[0], "r");
    /* Cut anywhere and with any byte turned, it is refused or read, never worse. */
    for (size_t n = 0; n < out.len; n++) {
        struct image_field *some;
        size_t some_count;
        struct str copy = arena_str(&w->arena, buf_str(&out));
        (void)image_decode(&w->arena, str_make(copy.ptr, n), e, &some, &some_count, &w->err);
        for (int bit = 0; bit < 8; bit++) {
            ((char *)copy.ptr)[n] = (char)(out.ptr[n] ^ (1 << bit));
            (void)image_decode(&w->arena, copy, e, &some, &some_count, &w->err);
        }
    }
    buf_fini(&out);
}

/* ---- rows --------------------------------------------------------------------------------------
 */
struct seen {
    struct log_change changes[16];
    struct log_changeset sets[16];
    size_t change_count, set_count;
};

static bool see_change(void *ctx, const struct log_change *c) {
    struct seen *s = ctx;
    s->changes[s->change_count++] = *c;
    return s->change_count < 16;
}

static bool see_set(void *ctx, const struct log_changeset *c) {
    struct seen *s = ctx;
    s->sets[s->set_count++] = *c;
    return s->set_count < 16;
}

static void test_rows(struct world *w) {
    int64_t before = log_last_seq(w->engine);
    int64_t id = make(w, "customer", "name", "A");
    struct changeset *c = begin(w);
    struct record_op *op = changeset_op(c, RECORD_UPDATE, entity(w, "customer"), id);
    put(c, op, "name", text("B"));
    put(c, op, "staff", value_int(1)); /* the same as before */
    c->cause = STR("script test");
    c->script_version = STR("v3");
    c->note = STR("why");
    c->depth = 2;
    c->flags = CHANGESET_NO_AFTER;
    must(w, commit(w, c));
    struct seen seen = {0};
    must(w, log_each_changeset(w->reader, before, 10, &w->arena, see_set, &seen, &w->err));
    assert_int_equal(seen.set_count, 2);
    const struct log_changeset *set = &seen.sets[1];
    assert_true(set->seq == before + 2 && set->id == w->result.id && set->actor == ACTOR_SYSTEM);
    assert_true(str_is(set->cause, "script test") && str_is(set->script_version, "v3") &&
                str_is(set->note, "why"));
    assert_true(set->depth == 2 && set->flags == CHANGESET_NO_AFTER && set->changes == 1 &&
                !set->is_parent);
    assert_true(set->door == ACCESS_DOOR_REST && set->at_ms >= seen.sets[0].at_ms);
    must(w, log_each_change(w->reader, w->schema, before + 2, 0, 0, &w->arena, see_change, &seen,
                            &w->err));
    assert_int_equal(seen.change_count, 1);
    size_t count = 0;
    struct image_field *fields = decode(w, seen.changes[0].images, &count);
    assert_int_equal(count, 2); /* the name, and the formula over it */
    assert_text(image_of(w, fields, count, "name")->before, "A");
    assert_text(image_of(w, fields, count, "name")->after, "B");
    must(w, one(w, RECORD_DELETE, "customer", id, NULL, VALUE_OF_NIL));
    seen = (struct seen){0};
    must(w, log_each_of_record(w->reader, w->schema, entity(w, "customer")->id, id, 0, 10,
                               &w->arena, see_change, &seen, &w->err));
    assert_int_equal(seen.change_count, 3);
    assert_int_equal(seen.changes[0].verb, RECORD_DELETE);
    assert_int_equal(seen.changes[2].verb, RECORD_CREATE);
    assert_int_equal(seen.changes[2].images.len, 0);
    assert_int_equal(seen.changes[0].version, 3);
}

/* ---- stock records --------------------------------------------------------------------------- */
static void test_stock(struct world *w) {
    const struct resident *r = engine_resident_ref(w->engine);
    struct str code;
    assert_true(resident_choice(r, STR("branch"), STR("HEALTH"), &code) && str_is(code, "health"));
    assert_false(resident_choice(r, STR("rank"), STR("health"), NULL));
    assert_true(str_is(resident_title(r, entity(w, "user"), ACTOR_SYSTEM), "System"));
    int64_t role = 0;
    assert_int_equal(
        resident_find(r, entity(w, "role"), slot(entity(w, "role"), "name"), STR("Seller"), &role),
        1);
    assert_int_equal(resident_find(r, entity(w, "stage"), slot(entity(w, "stage"), "kind"),
                                   STR(" OPEN "), &role),
                     2); /* both, the first by id */
    assert_int_equal(role, stage(w, "New"));
    assert_int_equal(
        resident_find(r, entity(w, "stage"), slot(entity(w, "stage"), "kind"), STR("op"), &role),
        0);
    engine_resident_unref(w->engine, r);
    assert_text(field(w, "stage", stage(w, "Won"), "kind"), "won");
    assert_text(field(w, "stage", stage(w, "Won"), "external_id"), "seed:stage:deal:Sales:Won");
    /* One in the trash stays there; what definitions add comes. */
    int64_t lost = stage(w, "Lost"), seq;
    must(w, one(w, RECORD_DELETE, "stage", lost, NULL, VALUE_OF_NIL));
    seq = log_last_seq(w->engine);
    world_apply(w, NULL);
    assert_int_equal(log_last_seq(w->engine), seq);
    assert_false(value_is_nil(field(w, "stage", lost, "deleted_at")));
    world_apply(
        w, "directory 'size' { label = 'Sizes', items = { { code = 'big', label = 'Big' } } }");
    assert_int_equal(log_last_seq(w->engine), seq + 1);
    r = engine_resident_ref(w->engine);
    assert_true(resident_choice(r, STR("size"), STR("Big"), &code) && str_is(code, "big"));
    engine_resident_unref(w->engine, r);
}

static void test_company(struct world *w) {
    const struct company *c = engine_company_ref(w->engine);
    assert_string_equal(c->store.base_currency.code, "USD");
    assert_true(str_is(c->zone_name, "UTC") && c->store.week_start == 1 &&
                c->language == LANGUAGE_EN);
    engine_company_unref(w->engine, c);
    static const char *const facts[][2] = {{"base_currency", "JPY"}, {"zone", "Europe/Moscow"},
                                           {"week_start", "7"},      {"fiscal_month", "13"},
                                           {"language", "ru"},       {"company_name", "Ours"}};
    struct changeset *cs = begin(w);
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        struct record_op *op = create(w, cs, "setting");
        put(cs, op, "key", text(facts[i][0]));
        put(cs, op, "value", text(facts[i][1]));
    }
    must(w, commit(w, cs));
    c = engine_company_ref(w->engine);
    assert_string_equal(c->store.base_currency.code, "JPY");
    assert_int_equal(c->store.base_digits, 0);
    assert_true(str_is(c->zone_name, "Europe/Moscow") && str_is(c->name, "Ours") &&
                c->language == LANGUAGE_RU);
    assert_int_equal(c->store.week_start, 7);
    assert_int_equal(c->store.fiscal_month, 1); /* unusable: the default */
    engine_company_unref(w->engine, c);
}

ON_BOTH(test_images)
ON_BOTH(test_rows)
ON_BOTH(test_stock)
ON_BOTH(test_company)

int main(void) {
    const struct CMUnitTest tests[] = {BOTH(test_images), BOTH(test_rows), BOTH(test_stock),
                                       BOTH(test_company)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
