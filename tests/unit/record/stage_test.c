/* Pipelines: the start, moves and what they bring along, refused moves, series of numbers. */
#include "record/world.h"

struct move {
    int64_t from, to, changeset, at, seconds, actor;
    bool reverted, imported;
};

struct moves {
    struct move items[16];
    size_t count;
    const struct schema_entity *entity;
    int64_t record;
};

static bool move_row(void *ctx, const struct value *row) {
    struct moves *m = ctx;
    const struct schema_entity *e = m->entity;
    if (row[slot(e, "record")].integer != m->record) return true;
    m->items[m->count++] =
        (struct move){row[slot(e, "from")].integer,      row[slot(e, "to")].integer,
                      row[slot(e, "changeset")].integer, row[slot(e, "at")].integer,
                      row[slot(e, "seconds")].integer,   row[slot(e, "actor")].integer,
                      row[slot(e, "reverted")].boolean,  row[slot(e, "imported")].boolean};
    return true;
}

static struct moves moves_of(struct world *w, int64_t record) {
    struct moves m = {.entity = entity(w, "stage_change"), .record = record};
    must(w, store_begin(w->reader, &w->err));
    must(w, store_record_each(w->reader, m.entity, NULL, 0, 100, true, &w->arena, move_row, &m,
                              &w->err));
    store_rollback(w->reader);
    return m;
}

static void test_moves(struct world *w) {
    int64_t deal = make(w, "deal", "name", "D");
    must(w, one(w, RECORD_UPDATE, "deal", deal, "stage", value_id(stage(w, "Offer"))));
    assert_int_equal(field(w, "deal", deal, "probability").integer, 50);
    assert_true(value_is_nil(field(w, "deal", deal, "closed_on")));
    must(w, one(w, RECORD_UPDATE, "deal", deal, "stage", value_id(stage(w, "Won"))));
    assert_int_equal(field(w, "deal", deal, "probability").integer, 100);
    assert_int_equal(field(w, "deal", deal, "closed_on").type, VALUE_DATE);
    struct moves m = moves_of(w, deal);
    assert_int_equal(m.count, 3);
    assert_true(m.items[0].from == 0 && m.items[0].to == stage(w, "New"));
    assert_true(m.items[2].from == stage(w, "Offer") && m.items[2].to == stage(w, "Won"));
    assert_int_equal(m.items[2].changeset, w->result.id);
    /* Back to an open stage: not closed any more; given facts stay as given. */
    struct changeset *c = begin(w);
    struct record_op *op = changeset_op(c, RECORD_UPDATE, entity(w, "deal"), deal);
    put(c, op, "stage", value_id(stage(w, "Offer")));
    put(c, op, "probability", value_int(77));
    must(w, commit(w, c));
    assert_int_equal(field(w, "deal", deal, "probability").integer, 77);
    assert_true(value_is_nil(field(w, "deal", deal, "closed_on")));
}

/* An import states how a record came to its stage: each move a row with its own time and person. */
static void test_stated_past(struct world *w) {
    int64_t fresh = stage(w, "New"), offer = stage(w, "Offer"), won = stage(w, "Won");
    const struct record_move way[] = {{fresh, 1000000, 0}, {offer, 4600000, 77}, {won, 8200000, 0}};
    const struct record_move back[] = {{offer, 4600000, 0}, {won, 1000000, 0}};
    const struct record_move later[] = {{won, INT64_C(9000000000000), 0}};
    const struct record_move *const wrong[] = {back, later, way};
    const size_t counts[] = {2, 1, 2};
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "deal");
    c->flags |= CHANGESET_IMPORT;
    put(c, op, "name", text("D"));
    assert_true(record_op_moves(c, op, way, 3));
    must(w, commit(w, c));
    int64_t deal = w->result.outcomes[0].id;
    struct moves m = moves_of(w, deal);
    assert_int_equal(m.count, 3);
    assert_true(m.items[0].from == 0 && m.items[0].to == fresh && m.items[0].at == 1000000);
    assert_true(m.items[1].from == fresh && m.items[1].to == offer && m.items[1].at == 4600000);
    assert_true(m.items[1].seconds == 3600 && m.items[1].actor == 77 && !m.items[1].imported);
    assert_true(m.items[2].to == won && m.items[2].seconds == 3600);
    assert_int_equal(field(w, "deal", deal, "stage").integer, won);
    assert_int_equal(field(w, "deal", deal, "stage_since").integer, 8200000);
    assert_int_equal(field(w, "deal", deal, "closed_on").integer, 0); /* 1970-01-01 */
    must(w, one(w, RECORD_UPDATE, "deal", deal, "stage", value_id(offer)));
    m = moves_of(w, deal);
    assert_true(m.count == 4 && m.items[3].from == won && m.items[3].seconds > 1000000);
    for (size_t i = 0; i < 4; i++) { /* not in order, to come, ending elsewhere, not an import */
        c = begin(w);
        op = create(w, c, "deal");
        if (i < 3) c->flags |= CHANGESET_IMPORT;
        put(c, op, "name", text("Wrong"));
        put(c, op, "stage", value_id(won));
        assert_true(record_op_moves(c, op, i < 3 ? wrong[i] : way, i < 3 ? counts[i] : 3));
        assert_int_equal(commit(w, c), CRM_REFUSED);
        assert_error(w, "stage_moves", "stage");
    }
}

static void test_created_anywhere(struct world *w) {
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "deal");
    c->flags = CHANGESET_IMPORT;
    put(c, op, "name", text("old"));
    put(c, op, "stage", value_id(stage(w, "Lost")));
    put(c, op, "closed_on", value_date(100));
    must(w, commit(w, c));
    int64_t id = w->result.outcomes[0].id;
    assert_int_equal(field(w, "deal", id, "closed_on").integer, 100);
    assert_int_equal(field(w, "deal", id, "probability").integer, 0);
    assert_false(value_is_nil(field(w, "deal", id, "pipeline")));
    assert_true(moves_of(w, id).items[0].imported);
}

static void test_refused_moves(struct world *w) {
    must(w, one(w, RECORD_UPDATE, "stage", stage(w, "New"), "allowed_moves", text("[\"offer\"]")));
    must(w, one(w, RECORD_UPDATE, "stage", stage(w, "Offer"), "required_fields",
                text("[\"next_step\",\"amount\"]")));
    int64_t deal = make(w, "deal", "name", "D");
    assert_int_equal(one(w, RECORD_UPDATE, "deal", deal, "stage", value_id(stage(w, "Won"))),
                     CRM_REFUSED);
    assert_error(w, "stage_move_not_allowed", "stage");
    assert_int_equal(one(w, RECORD_UPDATE, "deal", deal, "stage", value_id(stage(w, "Offer"))),
                     CRM_REFUSED);
    assert_error(w, "required_in_stage", "next_step");
    assert_error(w, "required_in_stage", "amount");
    struct changeset *c = begin(w);
    struct record_op *op = changeset_op(c, RECORD_UPDATE, entity(w, "deal"), deal);
    put(c, op, "stage", value_id(stage(w, "Offer")));
    put(c, op, "next_step", text("call"));
    put(c, op, "amount", money(1, "USD"));
    must(w, commit(w, c));
}

static void test_pipelines(struct world *w) {
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "pipeline");
    int64_t pipeline = op->id;
    put(c, op, "entity", text("deal"));
    put(c, op, "name", text("Other"));
    put(c, op, "position", value_int(9));
    op = create(w, c, "stage");
    int64_t start = op->id;
    put(c, op, "pipeline", value_id(pipeline));
    put(c, op, "name", text("Start"));
    must(w, commit(w, c));
    int64_t deal = make(w, "deal", "name", "D");
    assert_int_equal(one(w, RECORD_UPDATE, "deal", deal, "stage", value_id(start)), CRM_REFUSED);
    assert_error(w, "stage_of_other_pipeline", "stage");
    must(w, one(w, RECORD_UPDATE, "deal", deal, "pipeline", value_id(pipeline)));
    assert_int_equal(field(w, "deal", deal, "stage").integer, start);
    /* A new record takes the pipeline from its stage. */
    must(w, one(w, RECORD_CREATE, "deal", 0, "name", text("x")));
    c = begin(w);
    op = create(w, c, "deal");
    put(c, op, "name", text("y"));
    put(c, op, "stage", value_id(start));
    must(w, commit(w, c));
    assert_int_equal(field(w, "deal", w->result.outcomes[0].id, "pipeline").integer, pipeline);
}

static void test_series(struct world *w) {
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "number_series");
    put(c, op, "name", text("deals"));
    put(c, op, "format", text("D-{number}/{x}"));
    put(c, op, "digits", value_int(4));
    must(w, commit(w, c));
    int64_t id = make(w, "deal", "name", "one");
    assert_text(field(w, "deal", id, "number"), "D-0001/{x}");
    /* A refused record takes no number along. */
    assert_int_equal(one(w, RECORD_CREATE, "deal", 0, "amount", money(1, "USD")), CRM_REFUSED);
    id = make(w, "deal", "name", "two");
    assert_text(field(w, "deal", id, "number"), "D-0002/{x}");
    assert_int_equal(one(w, RECORD_UPDATE, "deal", id, "number", text("mine")), CRM_REFUSED);
    assert_error(w, "field_read_only", "number");
    c = begin(w);
    op = create(w, c, "deal");
    c->flags = CHANGESET_IMPORT;
    put(c, op, "name", text("old"));
    put(c, op, "number", text("X-77"));
    must(w, commit(w, c));
    assert_text(field(w, "deal", w->result.outcomes[0].id, "number"), "X-77");
}

ON_BOTH(test_moves)
ON_BOTH(test_stated_past)
ON_BOTH(test_created_anywhere)
ON_BOTH(test_refused_moves)
ON_BOTH(test_pipelines)
ON_BOTH(test_series)

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(test_moves),         BOTH(test_stated_past), BOTH(test_created_anywhere),
        BOTH(test_refused_moves), BOTH(test_pipelines),   BOTH(test_series)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
