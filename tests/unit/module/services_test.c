/* The services that modules are given, used as a module uses them: views, changesets, lists,
 * figures, values from text, state, rights. */
#include "support/opened_group.h"

#include "auth/user.h"

static struct crm_error err;

static struct crm_changeset *changes(struct bench *b, uint32_t flags) {
    struct crm_changeset *c = NULL;
    const struct crm_changeset_options options = {
        .size = sizeof options, .flags = flags, .note = CRM_STR("test")};
    assert_int_equal(o.crm->record->changeset_new(b->view, &options, &c, &err), CRM_OK);
    return c;
}

static void set_text(struct bench *b, struct crm_changeset *c, struct crm_op *op, const char *name,
                     const char *text) {
    const struct crm_value v = crm_text_value(crm_str_from(text));
    assert_int_equal(o.crm->record->set(c, op, field(b, name), &v, &err), CRM_OK);
}

static void set_int(struct bench *b, struct crm_changeset *c, struct crm_op *op, const char *name,
                    int64_t n) {
    const struct crm_value v = crm_int(n);
    assert_int_equal(o.crm->record->set(c, op, field(b, name), &v, &err), CRM_OK);
}

static int64_t make(struct bench *b, const char *name, const char *code, int64_t amount) {
    struct crm_changeset *c = changes(b, 0);
    struct crm_commit done = {.size = sizeof done};
    struct crm_op *op = o.crm->record->create(c, b->gadget);
    set_text(b, c, op, "name", name);
    if (code) set_text(b, c, op, "code", code);
    set_int(b, c, op, "amount", amount);
    int64_t id = o.crm->record->op_id(op);
    assert_int_equal(o.crm->record->commit(c, &done, &err), CRM_OK);
    assert_true(done.id > 0 && done.seq > 0);
    assert_int_equal(done.outcome_count, 1);
    o.crm->record->changeset_free(c);
    assert_int_equal(o.crm->record->view_refresh(b->view, &err), CRM_OK);
    return id;
}

/* ---- writing and reading ------------------------------------------------------------------ */

static void what_is_written_is_read(void **state) {
    (void)state;
    struct bench b = bench_of(NULL);
    int64_t id = make(&b, "Lamp", "L-1", 3);
    struct crm_row row;
    assert_int_equal(
        o.crm->record->get(b.view, b.gadget, id, CRM_STR("name,amount,part_of.name"), &row, &err),
        CRM_OK);
    assert_int_equal(row.id, id);
    assert_int_equal(row.version, 1);
    assert_int_equal(row.count, 3);
    assert_true(crm_str_is(row.cells[0].value.text, "Lamp"));
    assert_int_equal(row.cells[1].value.integer, 3);
    assert_true(crm_is_nil(&row.cells[2].value));
    assert_int_equal(o.crm->record->get(b.view, b.gadget, id + 1, CRM_STR("name"), &row, &err),
                     CRM_NOT_FOUND);
    assert_int_equal(o.crm->record->get(b.view, b.gadget, id, CRM_STR("wrong"), &row, &err),
                     CRM_INVALID);
    assert_true(crm_str_is(o.crm->record->title(b.view, b.gadget, id), "Lamp"));
    o.crm->record->view_close(b.view);
}

static void refusals_name_their_fields(void **state) {
    (void)state;
    struct bench b = bench_of(NULL);
    struct crm_changeset *c = changes(&b, 0);
    struct crm_commit done = {.size = sizeof done};
    struct crm_op *op = o.crm->record->create(c, b.gadget);
    set_int(&b, c, op, "amount", -1);
    assert_int_equal(o.crm->record->commit(c, &done, &err), CRM_REFUSED);
    assert_int_equal(done.id, 0);
    assert_int_equal(done.error_count, 2);
    bool amount = false, name = false;
    for (size_t i = 0; i < done.error_count; i++) {
        const struct crm_error *e = o.crm->record->error_at(c, i);
        amount = amount || crm_str_is(o.crm->base->error_field(e), "amount");
        name = name || crm_str_is(o.crm->base->error_field(e), "name");
    }
    assert_true(amount && name);
    assert_int_equal(o.crm->record->commit(c, &done, &err), CRM_UNSUPPORTED); /* once */
    o.crm->record->changeset_free(c);
    o.crm->record->view_close(b.view);
}

static void dry_run_writes_nothing(void **state) {
    (void)state;
    struct bench b = bench_of(NULL);
    struct crm_changeset *c = changes(&b, CRM_CHANGESET_DRY);
    struct crm_commit done = {.size = sizeof done};
    struct crm_op *op = o.crm->record->create(c, b.gadget);
    set_text(&b, c, op, "name", "Ghost");
    assert_int_equal(o.crm->record->commit(c, &done, &err), CRM_OK);
    assert_int_equal(done.id, 0);
    o.crm->record->changeset_free(c);
    int64_t count = 99;
    const struct crm_list list = {
        .size = sizeof list, .entity = b.gadget, .where = CRM_STR("name == 'Ghost'")};
    assert_int_equal(o.crm->query->count(b.view, &list, &count, &err), CRM_OK);
    assert_int_equal(count, 0);
    o.crm->record->view_close(b.view);
}

/* Bulk: the bad ones stay out with their reason and row, the good ones are written. */
static void keep_going_reports_each_op(void **state) {
    (void)state;
    struct bench b = bench_of(NULL);
    struct crm_changeset *c = changes(&b, CRM_CHANGESET_BULK | CRM_CHANGESET_KEEP_GOING);
    struct crm_commit done = {.size = sizeof done};
    for (uint32_t i = 0; i < 10; i++) {
        struct crm_op *op = o.crm->record->create(c, b.gadget);
        o.crm->record->op_source_row(op, i + 2);
        if (i != 4) set_text(&b, c, op, "name", "Bulk");
        set_int(&b, c, op, "amount", i == 7 ? -7 : (int64_t)i);
    }
    assert_int_equal(o.crm->record->commit(c, &done, &err), CRM_OK);
    assert_int_equal(done.outcome_count, 10);
    for (size_t i = 0; i < 10; i++) {
        struct crm_outcome outcome = {.size = sizeof outcome};
        o.crm->record->outcome_at(c, i, &outcome);
        assert_int_equal(outcome.source_row, i + 2);
        assert_int_equal(outcome.status == CRM_OK, i != 4 && i != 7);
        assert_int_equal(outcome.error != NULL, i == 4 || i == 7);
        if (i == 7) assert_true(crm_str_is(o.crm->base->error_field(outcome.error), "amount"));
    }
    o.crm->record->changeset_free(c);
    assert_int_equal(o.crm->record->view_refresh(b.view, &err), CRM_OK);
    int64_t count = 0;
    const struct crm_list list = {
        .size = sizeof list, .entity = b.gadget, .where = CRM_STR("name == 'Bulk'")};
    assert_int_equal(o.crm->query->count(b.view, &list, &count, &err), CRM_OK);
    assert_int_equal(count, 8);
    o.crm->record->view_close(b.view);
}

/* Around many changesets; few rows to come or many, the records are the same. */
static void bulk_mode_stands_around_changesets(void **state) {
    (void)state;
    static const int64_t expected[] = {10, 100000};
    struct bench b = bench_of(NULL);
    for (size_t i = 0; i < 2; i++) {
        const struct crm_field *filled[] = {field(&b, "name")};
        const struct crm_bulk_options wish = {
            .size = sizeof wish, .fields = filled, .field_count = i, .expected_rows = expected[i]};
        struct crm_bulk *bulk = NULL;
        struct crm_changeset *c;
        const struct crm_changeset_options options = {.size = sizeof options,
                                                      .flags = CRM_CHANGESET_BULK};
        struct crm_commit done = {.size = sizeof done};
        int64_t count = 0;
        const struct crm_list list = {
            .size = sizeof list, .entity = b.gadget, .where = CRM_STR("name == 'Wholesale'")};
        assert_int_equal(o.crm->record->bulk_begin(b.view, b.gadget, &wish, &bulk, &err), CRM_OK);
        assert_int_equal(o.crm->record->changeset_new(b.view, &options, &c, &err), CRM_OK);
        for (int n = 0; n < 20; n++)
            set_text(&b, c, o.crm->record->create(c, b.gadget), "name", "Wholesale");
        assert_int_equal(o.crm->record->commit(c, &done, &err), CRM_OK);
        o.crm->record->changeset_free(c);
        assert_int_equal(o.crm->record->bulk_end(bulk, &err), CRM_OK);
        assert_int_equal(o.crm->record->view_refresh(b.view, &err), CRM_OK);
        assert_int_equal(o.crm->query->count(b.view, &list, &count, &err), CRM_OK);
        assert_int_equal(count, 20 * (int64_t)(i + 1));
    }
    assert_int_equal(o.crm->record->bulk_end(NULL, &err), CRM_OK);
    struct crm_bulk *none = NULL;
    assert_int_equal(o.crm->record->bulk_begin(b.view, NULL, NULL, &none, &err), CRM_INVALID);
    assert_null(none);
    o.crm->record->view_close(b.view);
}

/* Two changesets in flight, children of one parent, undone as one. */
static void halves_of_commits_overlap(void **state) {
    (void)state;
    struct bench b = bench_of(NULL);
    int64_t parent = 0;
    assert_int_equal(o.crm->record->parent_new(b.view, NULL, &parent, &err), CRM_OK);
    struct crm_changeset *flying[4];
    for (int i = 0; i < 4; i++) {
        const struct crm_changeset_options options = {
            .size = sizeof options, .flags = CRM_CHANGESET_BULK, .part_of = parent};
        assert_int_equal(o.crm->record->changeset_new(b.view, &options, &flying[i], &err), CRM_OK);
        for (int n = 0; n < 50; n++) {
            struct crm_op *op = o.crm->record->create(flying[i], b.gadget);
            set_text(&b, flying[i], op, "name", "Flying");
            set_int(&b, flying[i], op, "amount", i);
        }
        assert_int_equal(o.crm->record->commit_start(flying[i], &err), CRM_OK);
    }
    for (int i = 0; i < 4; i++) {
        struct crm_commit done = {.size = sizeof done};
        assert_int_equal(o.crm->record->commit_wait(flying[i], &done, &err), CRM_OK);
        assert_int_equal(done.outcome_count, 50);
        assert_true(done.id > 0);
        o.crm->record->changeset_free(flying[i]);
    }
    assert_int_equal(o.crm->record->view_refresh(b.view, &err), CRM_OK);
    const struct crm_list list = {
        .size = sizeof list, .entity = b.gadget, .where = CRM_STR("name == 'Flying'")};
    int64_t count = 0;
    assert_int_equal(o.crm->query->count(b.view, &list, &count, &err), CRM_OK);
    assert_int_equal(count, 200);
    struct crm_undone undone = {.size = sizeof undone};
    assert_int_equal(o.crm->record->undo(b.view, parent, &undone, &err), CRM_OK);
    assert_int_equal(undone.conflict_count, 0);
    assert_int_equal(o.crm->record->view_refresh(b.view, &err), CRM_OK);
    assert_int_equal(o.crm->query->count(b.view, &list, &count, &err), CRM_OK);
    assert_int_equal(count, 0);
    o.crm->record->view_close(b.view);
}

static void once_key_commits_once(void **state) {
    (void)state;
    struct bench b = bench_of(NULL);
    for (int round = 0; round < 2; round++) {
        struct crm_changeset *c = NULL;
        struct crm_commit done = {.size = sizeof done};
        const struct crm_changeset_options options = {.size = sizeof options,
                                                      .once_key = CRM_STR("piece 1")};
        assert_int_equal(o.crm->record->changeset_new(b.view, &options, &c, &err), CRM_OK);
        struct crm_op *op = o.crm->record->create(c, b.gadget);
        set_text(&b, c, op, "name", "Once");
        assert_int_equal(o.crm->record->commit(c, &done, &err), CRM_OK);
        assert_int_equal(done.replayed, round == 1);
        o.crm->record->changeset_free(c);
    }
    assert_int_equal(o.crm->record->view_refresh(b.view, &err), CRM_OK);
    int64_t count = 0;
    const struct crm_list list = {
        .size = sizeof list, .entity = b.gadget, .where = CRM_STR("name == 'Once'")};
    assert_int_equal(o.crm->query->count(b.view, &list, &count, &err), CRM_OK);
    assert_int_equal(count, 1);
    o.crm->record->view_close(b.view);
}

static void children_and_items_travel_with_the_record(void **state) {
    (void)state;
    struct bench b = bench_of(NULL);
    struct crm_changeset *c = changes(&b, 0);
    struct crm_commit done = {.size = sizeof done};
    struct crm_op *op = o.crm->record->create(c, b.gadget), *parts[2];
    set_text(&b, c, op, "name", "Chair");
    const struct crm_item emails[] = {
        {.value = {.type = CRM_VALUE_TEXT, .text = CRM_STR("Anna@Example.org")},
         .primary = true,
         .label = CRM_STR("work")}};
    assert_int_equal(
        o.crm->record->set_items(c, op, field(&b, "emails"), CRM_ITEMS_REPLACE, emails, 1, &err),
        CRM_OK);
    const int64_t ids[] = {0, 0};
    assert_int_equal(o.crm->record->set_children(c, op, field(&b, "parts"), ids, 2, parts, &err),
                     CRM_OK);
    const struct crm_entity *part = o.crm->schema->entity(b.view, CRM_STR("gadget_part"));
    const struct crm_field *part_name = o.crm->schema->field(b.view, part, CRM_STR("name"));
    for (int i = 0; i < 2; i++) {
        const struct crm_value v = crm_text_value(i ? CRM_STR("Seat") : CRM_STR("Leg"));
        assert_int_equal(o.crm->record->set(c, parts[i], part_name, &v, &err), CRM_OK);
    }
    int64_t id = o.crm->record->op_id(op);
    assert_int_equal(o.crm->record->commit(c, &done, &err), CRM_OK);
    o.crm->record->changeset_free(c);
    assert_int_equal(o.crm->record->view_refresh(b.view, &err), CRM_OK);
    struct crm_row row;
    assert_int_equal(o.crm->record->get(b.view, b.gadget, id, CRM_STR("emails"), &row, &err),
                     CRM_OK);
    assert_int_equal(row.cells[0].item_count, 1);
    assert_true(crm_str_is(row.cells[0].items[0].value.text, "Anna@Example.org"));
    struct crm_buf *text = o.crm->base->buf_new(65536);
    struct crm_json *json = o.crm->base->json_new(o.crm->record->view_arena(b.view), text);
    assert_int_equal(o.crm->record->get_json(b.view, b.gadget, id, CRM_STR(""), json, NULL, &err),
                     CRM_OK);
    char *copy = strndup(o.crm->base->buf_str(text).ptr, o.crm->base->buf_str(text).len);
    assert_non_null(strstr(copy, "\"Leg\""));
    assert_non_null(strstr(copy, "\"Seat\""));
    free(copy);
    o.crm->base->buf_free(text);
    /* found by the folded address */
    const struct crm_value address = crm_text_value(CRM_STR(" anna@example.ORG "));
    int64_t found = 0;
    uint8_t count = 0;
    assert_int_equal(o.crm->record->find(b.view, b.gadget, field(&b, "emails"), &address, 1, &found,
                                         &count, &err),
                     CRM_OK);
    assert_int_equal(count, 1);
    assert_int_equal(found, id);
    o.crm->record->view_close(b.view);
}

static void json_objects_are_filled_in(void **state) {
    (void)state;
    struct bench b = bench_of(NULL);
    struct crm_changeset *c = changes(&b, 0);
    struct crm_commit done = {.size = sizeof done};
    struct crm_json_value *json = NULL;
    struct crm_op *op = o.crm->record->create(c, b.gadget);
    assert_int_equal(
        o.crm->base->json_parse(CRM_STR("{\"name\":\"Table\",\"amount\":\"many\"}"), &json, &err),
        CRM_OK);
    assert_int_equal(o.crm->record->set_json(c, op, json, &err), CRM_OK);
    o.crm->base->json_free(json);
    assert_int_equal(o.crm->record->commit(c, &done, &err), CRM_REFUSED);
    assert_int_equal(done.error_count, 1);
    assert_true(crm_str_is(o.crm->base->error_field(o.crm->record->error_at(c, 0)), "amount"));
    o.crm->record->changeset_free(c);
    o.crm->record->view_close(b.view);
}

/* ---- lists -------------------------------------------------------------------------------- */

struct seen {
    int64_t rows, sum, stop_at;
};

static crm_status see(void *ctx, const struct crm_row *row, struct crm_error *error) {
    struct seen *seen = ctx;
    (void)error;
    seen->rows++;
    seen->sum += row->cells[0].value.integer;
    return seen->rows == seen->stop_at ? CRM_CANCELLED : CRM_OK;
}

static crm_status see_and_fail(void *ctx, const struct crm_row *row, struct crm_error *error) {
    (void)ctx;
    (void)row;
    static const struct crm_text enough = {"enough", "That is enough.", "Хватит."};
    return o.crm->base->error_set(error, CRM_REFUSED, &enough, NULL, 0);
}

/* More rows than a page holds, while others write. */
static void list_walks_all_pages_of_one_state(void **state) {
    (void)state;
    struct bench b = bench_of(NULL), other = bench_of(NULL);
    struct crm_changeset *c = changes(&b, CRM_CHANGESET_BULK);
    for (int i = 0; i < 1234; i++) {
        struct crm_op *op = o.crm->record->create(c, b.gadget);
        set_text(&b, c, op, "name", "Walked");
        set_int(&b, c, op, "amount", 1);
    }
    assert_int_equal(o.crm->record->commit(c, NULL, &err), CRM_OK);
    o.crm->record->changeset_free(c);
    assert_int_equal(o.crm->record->view_refresh(b.view, &err), CRM_OK);
    struct crm_row first;
    assert_int_equal(o.crm->record->get(b.view, b.gadget, 1, CRM_STR("name"), &first, &err),
                     CRM_NOT_FOUND); /* from the first look on */
    make(&other, "Walked", NULL, 1000000);
    struct crm_list list = {.size = sizeof list,
                            .entity = b.gadget,
                            .fields = CRM_STR("amount"),
                            .where = CRM_STR("name == 'Walked'")};
    struct seen seen = {.rows = 0};
    assert_int_equal(o.crm->query->list_each(b.view, &list, see, &seen, &err), CRM_OK);
    assert_int_equal(seen.rows, 1234);
    assert_int_equal(seen.sum, 1234);
    seen = (struct seen){.stop_at = 700};
    assert_int_equal(o.crm->query->list_each(b.view, &list, see, &seen, &err), CRM_OK);
    assert_int_equal(seen.rows, 700);
    list.limit = 601;
    seen = (struct seen){.rows = 0};
    assert_int_equal(o.crm->query->list_each(b.view, &list, see, &seen, &err), CRM_OK);
    assert_int_equal(seen.rows, 601);
    assert_int_equal(o.crm->query->list_each(b.view, &list, see_and_fail, NULL, &err), CRM_REFUSED);
    assert_true(crm_str_is(o.crm->base->error_code(&err), "enough"));
    o.crm->record->view_close(b.view);
    o.crm->record->view_close(other.view);
}

static void figures_group_and_measure(void **state) {
    (void)state;
    struct bench b = bench_of(NULL);
    make(&b, "Measured a", NULL, 2);
    make(&b, "Measured b", NULL, 2);
    make(&b, "Measured c", NULL, 5);
    const struct crm_str group[] = {CRM_STR("amount")},
                         measures[] = {CRM_STR("count()"), CRM_STR("sum(amount)")};
    const int16_t sort[] = {-2};
    const struct crm_figures figures = {.size = sizeof figures,
                                        .entity = b.gadget,
                                        .where = CRM_STR("starts_with(name, 'measured')"),
                                        .group = group,
                                        .group_count = 1,
                                        .measures = measures,
                                        .measure_count = 2,
                                        .sort = sort,
                                        .sort_count = 1};
    const struct crm_figures_row *rows = NULL;
    size_t count = 0;
    assert_int_equal(o.crm->query->figures(b.view, &figures, &rows, &count, &err), CRM_OK);
    assert_int_equal(count, 2);
    assert_int_equal(rows[0].cells[0].integer, 2);
    assert_int_equal(rows[0].cells[1].integer, 2);
    assert_int_equal(rows[0].cells[2].integer, 4);
    assert_int_equal(rows[1].cells[0].integer, 5);
    assert_int_equal(o.crm->query->figures_check(b.view, &figures, &err), CRM_OK);
    struct crm_figures wrong = figures;
    wrong.where = CRM_STR("no_such_field == 1");
    assert_int_equal(o.crm->query->figures_check(b.view, &wrong, &err), CRM_INVALID);
    wrong = figures;
    wrong.measures = &(const struct crm_str){"sum(no_such_field)", 18};
    wrong.measure_count = 1;
    assert_int_equal(o.crm->query->figures_check(b.view, &wrong, &err), CRM_INVALID);
    o.crm->record->view_close(b.view);
}

static void finding_counts_matches(void **state) {
    (void)state;
    struct bench b = bench_of(NULL);
    int64_t lone = make(&b, "Ёлка  зелёная", "F-1", 1);
    make(&b, "Twin", "F-2", 1);
    make(&b, "TWIN", "F-3", 1);
    const struct crm_value names[] = {crm_text_value(CRM_STR("елка  ЗЕЛЕНАЯ")),
                                      crm_text_value(CRM_STR("twin")),
                                      crm_text_value(CRM_STR("nobody")), crm_nil()};
    int64_t ids[4];
    uint8_t counts[4];
    assert_int_equal(
        o.crm->record->find(b.view, b.gadget, field(&b, "name"), names, 4, ids, counts, &err),
        CRM_OK);
    assert_int_equal(counts[1], 2);
    assert_int_equal(counts[2], 0);
    assert_int_equal(counts[3], 0);
    const struct crm_value code = crm_text_value(CRM_STR("f-1"));
    assert_int_equal(
        o.crm->record->find(b.view, b.gadget, field(&b, "code"), &code, 1, ids, counts, &err),
        CRM_OK);
    assert_int_equal(counts[0], 1);
    assert_int_equal(ids[0], lone);
    o.crm->record->view_close(b.view);
}

/* More values than a query takes, some of them several times. */
static void finding_takes_any_number_of_values(void **state) {
    (void)state;
    enum { VALUES = 600 };
    struct bench b = bench_of(NULL);
    struct crm_value codes[VALUES];
    int64_t ids[VALUES], lone = make(&b, "Many", "M-1", 1);
    uint8_t counts[VALUES];
    for (size_t i = 0; i < VALUES; i++)
        codes[i] = i % 200 == 5 ? crm_text_value(CRM_STR(" m-1 "))
                   : i % 3      ? crm_text_value(CRM_STR("no such"))
                                : crm_nil();
    assert_int_equal(
        o.crm->record->find(b.view, b.gadget, field(&b, "code"), codes, VALUES, ids, counts, &err),
        CRM_OK);
    for (size_t i = 0; i < VALUES; i++) {
        assert_int_equal(counts[i], i % 200 == 5);
        assert_int_equal(ids[i], i % 200 == 5 ? lone : 0);
    }
    o.crm->record->view_close(b.view);
}

/* ---- rights ------------------------------------------------------------------------------- */

static void make_user(const char *login, const char *role) {
    struct arena a;
    struct actor system;
    struct err error;
    int64_t id = 0;
    arena_init(&a, 16 * 1024 * 1024);
    engine_actor_system(ACCESS_DOOR_CLI, &system);
    const struct user_new spec = {
        .actor = &system, .login = str_from(login), .role = str_from(role), .team = STR("Stores")};
    assert_int_equal(user_create(kernel_auth(o.kernel), &spec, &a, &id, &error), CRM_OK);
    assert_int_equal(user_create(kernel_auth(o.kernel), &spec, &a, &id, &error), CRM_CONFLICT);
    arena_fini(&a);
}

static void views_see_what_their_actor_may(void **state) {
    (void)state;
    make_user("keeper", "keeper");
    struct bench system = bench_of(NULL);
    int64_t foreign = make(&system, "Foreign", "R-1", 1);
    struct bench keeper = bench_of("keeper");
    int64_t own = make(&keeper, "Own", "R-2", 1);
    struct crm_row row;
    assert_int_equal(
        o.crm->record->get(keeper.view, keeper.gadget, own, CRM_STR("name"), &row, &err), CRM_OK);
    assert_int_equal(
        o.crm->record->get(keeper.view, keeper.gadget, foreign, CRM_STR("name"), &row, &err),
        CRM_NOT_FOUND);
    const struct crm_value codes[] = {crm_text_value(CRM_STR("R-1")),
                                      crm_text_value(CRM_STR("R-2"))};
    int64_t ids[2];
    uint8_t counts[2];
    assert_int_equal(o.crm->record->find(keeper.view, keeper.gadget, field(&keeper, "code"), codes,
                                         2, ids, counts, &err),
                     CRM_OK);
    assert_int_equal(counts[0], 0); /* unseen is not there */
    assert_int_equal(counts[1], 1);
    struct crm_changeset *c = changes(&keeper, 0);
    struct crm_op *op = o.crm->record->update(c, keeper.gadget, foreign, 0);
    set_text(&keeper, c, op, "name", "Mine now");
    assert_int_equal(o.crm->record->commit(c, NULL, &err), CRM_NOT_FOUND);
    o.crm->record->changeset_free(c);
    assert_null(o.crm->schema->entity(keeper.view, CRM_STR("setting")));
    assert_false(o.crm->schema->permits(keeper.view, "import"));
    assert_true(o.crm->schema->permits(system.view, "import"));
    o.crm->record->view_close(keeper.view);
    o.crm->record->view_close(system.view);
}

static void nobody_gets_no_view(void **state) {
    (void)state;
    struct crm_view *view = NULL;
    const struct crm_view_options options = {.size = sizeof options, .login = CRM_STR("nobody")};
    assert_int_equal(o.crm->record->view_open(o.crm->host, &options, &view, &err),
                     CRM_UNAUTHENTICATED);
    assert_null(view);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(refusals_name_their_fields),
        cmocka_unit_test(dry_run_writes_nothing),
        cmocka_unit_test(keep_going_reports_each_op),
        cmocka_unit_test(halves_of_commits_overlap),
        cmocka_unit_test(bulk_mode_stands_around_changesets),
        cmocka_unit_test(once_key_commits_once),
        cmocka_unit_test(children_and_items_travel_with_the_record),
        cmocka_unit_test(json_objects_are_filled_in),
        cmocka_unit_test(list_walks_all_pages_of_one_state),
        cmocka_unit_test(figures_group_and_measure),
        cmocka_unit_test(finding_counts_matches),
        cmocka_unit_test(finding_takes_any_number_of_values),
        cmocka_unit_test(views_see_what_their_actor_may),
        cmocka_unit_test(nobody_gets_no_view),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
