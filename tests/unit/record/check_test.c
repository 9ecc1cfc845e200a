/* `check` finds nothing wrong after everything the door can do, and finds each kind of damage. */
#include "record/world.h"

#include <sqlite3.h>

#include "record/search_repair.h"

static struct check_report check(struct world *w) {
    struct check_report report = {0};
    must(w, record_check(w->engine, w->reader, &w->arena, NULL, NULL, &report, &w->err));
    return report;
}

static void assert_clean(struct world *w) {
    struct check_report report = check(w);
    if (report.problems) print_error("%.*s\n", STR_ARG(report.first_problem));
    assert_int_equal(report.problems, 0);
    assert_true(report.records > 0 && report.changes > 0 &&
                report.changesets == log_last_seq(w->engine));
}

static void assert_found(struct world *w, const char *part) {
    struct check_report report = check(w);
    assert_true(report.problems > 0);
    if (str_find(report.first_problem, str_from(part)) == SIZE_MAX)
        print_error("%.*s\n", STR_ARG(report.first_problem));
    assert_true(str_find(report.first_problem, str_from(part)) != SIZE_MAX);
}

/* Everything once. */
static int64_t live(struct world *w, int64_t *ret_deal) {
    struct store_item mails[] = {{.value = text("a@x.org")}};
    int64_t id = make(w, "customer", "name", "Acme Rocket");
    struct changeset *c = begin(w);
    struct record_op *op = changeset_op(c, RECORD_UPDATE, entity(w, "customer"), id);
    put(c, op, "staff", value_int(12));
    put(c, op, "revenue", money(77, "USD"));
    assert_true(record_op_items(c, op, slot(op->entity, "emails"), RECORD_ITEMS_REPLACE, mails, 1));
    must(w, commit(w, c));
    c = begin(w);
    op = create(w, c, "deal");
    *ret_deal = op->id;
    put(c, op, "name", text("Big one"));
    put(c, op, "customer", value_id(id));
    put(c, op, "amount", money(1234, "USD"));
    must(w, commit(w, c));
    must(w, one(w, RECORD_UPDATE, "deal", *ret_deal, "stage", value_id(stage(w, "Won"))));
    int64_t gone = make(w, "customer", "name", "Gone");
    must(w, one(w, RECORD_DELETE, "customer", gone, NULL, VALUE_OF_NIL));
    int64_t purged = make(w, "customer", "name", "Purged");
    must(w, one(w, RECORD_PURGE, "customer", purged, NULL, VALUE_OF_NIL));
    return id;
}

static void test_clean(struct world *w) {
    int64_t deal, id = live(w, &deal), other = make(w, "customer", "name", "Partner");
    struct store_item partners[] = {{.value = value_id(other)}};
    struct changeset *c = begin(w);
    struct record_op *op = changeset_op(c, RECORD_UPDATE, entity(w, "customer"), id);
    assert_true(
        record_op_items(c, op, slot(op->entity, "partners"), RECORD_ITEMS_ADD, partners, 1));
    must(w, commit(w, c));
    assert_clean(w);
}

/* ---- damage, past the door ------------------------------------------------------------------- */
struct damage {
    struct world *w;
    const char *entity, *field;
    int64_t id;
    struct value v;
};

static crm_status damage_row(void *ctx, struct store_conn *c, struct err *err) {
    struct damage *d = ctx;
    const struct schema_entity *e = entity(d->w, d->entity);
    struct value *row = arena_array(&d->w->arena, e->field_count, sizeof *row);
    struct slot_set slots = {0};
    bool found = false;
    slot_add(&slots, slot(e, d->field));
    row[slot(e, d->field)] = d->v;
    return store_record_update(c, e, d->id, 0, &slots, row, &found, err);
}

static void spoil(struct world *w, const char *entity_name, int64_t id, const char *of,
                  struct value v) {
    struct damage d = {w, entity_name, of, id, v};
    must(w, engine_write(w->engine, damage_row, &d, &w->err));
}

static crm_status damage_log(void *ctx, struct store_conn *c, struct err *err) {
    (void)ctx;
    struct store_set set = {SYS_CHANGESET_NOTE, store_text(STR("forged")), false};
    struct store_condition where = {SYS_CHANGESET_SEQ, STORE_EQ, store_int(2)};
    int64_t affected = 0;
    return store_update(c, sys_table(SYS_TABLE_CHANGESET), &set, 1, &where, 1, &affected, err);
}

static crm_status damage_images(void *ctx, struct store_conn *c, struct err *err) {
    (void)ctx;
    struct store_set set = {SYS_CHANGE_VERSION, store_int(5), false};
    struct store_condition where[] = {{SYS_CHANGE_SEQ, STORE_EQ, store_int(2)},
                                      {SYS_CHANGE_POSITION, STORE_EQ, store_int(0)}};
    int64_t affected = 0;
    return store_update(c, sys_table(SYS_TABLE_CHANGE), &set, 1, where, 2, &affected, err);
}

static crm_status erase(void *ctx, struct store_conn *c, struct err *err) {
    int64_t *seq = ctx;
    struct store_set sets[] = {{SYS_CHANGE_IMAGES, STORE_NIL, false},
                               {SYS_CHANGE_SALT, STORE_NIL, false}};
    struct store_condition where = {SYS_CHANGE_SEQ, STORE_EQ, store_int(*seq)};
    int64_t affected = 0;
    return store_update(c, sys_table(SYS_TABLE_CHANGE), sets, 2, &where, 1, &affected, err);
}

static void test_damage(struct world *w) {
    int64_t deal, id = live(w, &deal);
    spoil(w, "customer", id, "staff", value_int(13));
    assert_found(w, "staff is not what the log says");
    spoil(w, "customer", id, "staff", value_int(12));
    spoil(w, "customer", id, "version", value_int(9));
    assert_found(w, "version 9");
    spoil(w, "customer", id, "version", value_int(2));
    spoil(w, "customer", id, "deal_count", value_int(7));
    assert_found(w, "roll-up deal_count");
    spoil(w, "customer", id, "deal_count", value_int(1));
    assert_clean(w);
    spoil(w, "customer", id, "name", text("Unfound"));
    assert_found(w, "search does not find it");
    spoil(w, "customer", id, "name", text("Acme Rocket"));
    assert_clean(w);
}

static void test_damaged_log(struct world *w) {
    int64_t deal;
    (void)live(w, &deal);
    must(w, engine_write(w->engine, damage_log, NULL, &w->err));
    assert_found(w, "breaks the chain");
}

static void test_damaged_change(struct world *w) {
    int64_t deal;
    (void)live(w, &deal);
    must(w, engine_write(w->engine, damage_images, NULL, &w->err));
    assert_found(w, "does not match its digest");
}

static void test_erased(struct world *w) {
    int64_t id = make(w, "customer", "name", "Private");
    must(w, one(w, RECORD_PURGE, "customer", id, NULL, VALUE_OF_NIL));
    int64_t seq = w->result.seq, changeset = w->result.id;
    must(w, engine_write(w->engine, erase, &seq, &w->err));
    assert_clean(w); /* the chain still verifies */
    struct access access;
    struct undo_result undone;
    access_init(&access, w->schema, &w->actor);
    assert_int_equal(
        record_undo(w->engine, w->reader, &access, changeset, &w->arena, &undone, &w->err),
        CRM_REFUSED);
    assert_string_equal(w->err.text.code, "undo_erased");
}

/* ---- search indexes, made anew ----------------------------------------------------------------
 */
struct between {
    struct world *w;
    int64_t first, last, made, batches;
    bool stops;
};

/* What is written while the index is half made: before and behind the place it has come to. */
static bool write_between(void *ctx, struct str of, int64_t rows) {
    struct between *b = ctx;
    struct world *w = b->w;
    assert_true(str_is(of, "customer") && rows > 0);
    if (b->batches++ > 0) return !b->stops;
    must(w, one(w, RECORD_UPDATE, "customer", b->first, "name", text("First renamed")));
    must(w, one(w, RECORD_UPDATE, "customer", b->last, "name", text("Last renamed")));
    must(w, one(w, RECORD_DELETE, "customer", b->last - 1, NULL, VALUE_OF_NIL));
    b->made = make(w, "customer", "name", "Made meanwhile");
    return !b->stops;
}

static int64_t repair(struct world *w, struct between *b, crm_status wanted) {
    const struct search_repair_options options = {.progress = b ? write_between : NULL, .ctx = b};
    int64_t rows = 0;
    crm_status status =
        search_repair(w->engine, entity(w, "customer")->id, &options, &rows, &w->err);
    if (status != wanted) world_show(&w->err, "repair", __LINE__);
    assert_int_equal(status, wanted);
    return rows;
}

static crm_status add_stray(void *ctx, struct store_conn *c, struct err *err) {
    const struct store_search_row row = {.id = 5, .owner = 7, .folded = STR("stray")};
    return store_search_put(c, entity(ctx, "customer"), NULL, &row, err);
}

static struct between many(struct world *w) {
    struct between b = {.w = w};
    struct changeset *c = begin(w);
    for (int i = 0; i < 450; i++) {
        struct record_op *op = create(w, c, "customer");
        put(c, op, "name", text("One of many"));
    }
    must(w, commit(w, c));
    b.first = w->result.outcomes[0].id;
    b.last = w->result.outcomes[449].id;
    return b;
}

static void test_search_made_anew_beside_writes(struct world *w) {
    struct between b = many(w);
    must(w, engine_write(w->engine, add_stray, w, &w->err));
    assert_found(w, "1 rows of records that are not there");
    assert_true(repair(w, &b, CRM_OK) >= 450);
    assert_true(b.batches > 0 && b.made > 0);
    assert_clean(w);
}

static void test_search_repair_goes_on(struct world *w) {
    struct between b = many(w);
    b.stops = true;
    must(w, engine_write(w->engine, add_stray, w, &w->err));
    repair(w, &b, CRM_CANCELLED);
    assert_found(w, "half made");
    repair(w, NULL, CRM_OK);
    assert_clean(w);
    must(w, one(w, RECORD_UPDATE, "customer", b.last, "name", text("Renamed again")));
    assert_clean(w);
}

static void test_search_repair_is_done_by_the_next_start(struct world *w) {
    struct between b = many(w);
    b.stops = true;
    repair(w, &b, CRM_CANCELLED);
    world_disconnect(w);
    world_connect(w, false);
    assert_clean(w);
}

/* Past the door, as a fault of FTS5 would. */
static void spoil_index(struct world *w, const char *statement) {
    char sql[200], path[128];
    sqlite3 *db = NULL;
    snprintf(sql, sizeof sql, statement, STR_ARG(entity(w, "customer")->table));
    snprintf(path, sizeof path, "%s/perigee.db", w->dir);
    world_disconnect(w);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_true(sqlite3_changes(db) > 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    world_connect(w, false);
}

static void test_malformed_index_sqlite(void **state) {
    struct world w;
    int64_t deal;
    (void)state;
    world_open(&w, STORE_SQLITE);
    int64_t id = live(&w, &deal);
    spoil_index(&w, "DELETE FROM %.*s_search_data WHERE id > 10");
    assert_found(&w, "customer: the search index is malformed; perigee check --repair");
    assert_int_equal(repair(&w, NULL, CRM_OK), 2);
    assert_clean(&w);
    spoil_index(&w, "UPDATE %.*s_search_data SET block = x'ffffffffffff' WHERE id = 10");
    assert_int_equal(one(&w, RECORD_UPDATE, "customer", id, "name", text("Cannot")),
                     CRM_UNAVAILABLE);
    assert_string_equal(w.err.text.code, "search_malformed");
    must(&w, one(&w, RECORD_UPDATE, "deal", deal, "next_step", text("Others write on")));
    repair(&w, NULL, CRM_OK);
    must(&w, one(&w, RECORD_UPDATE, "customer", id, "name", text("Can")));
    assert_clean(&w);
    world_close(&w);
}

ON_BOTH(test_search_made_anew_beside_writes)
ON_BOTH(test_search_repair_goes_on)
ON_BOTH(test_search_repair_is_done_by_the_next_start)
ON_BOTH(test_clean)
ON_BOTH(test_damage)
ON_BOTH(test_damaged_log)
ON_BOTH(test_damaged_change)
ON_BOTH(test_erased)

int main(void) {
    const struct CMUnitTest tests[] = {BOTH(test_clean),
                                       BOTH(test_damage),
                                       BOTH(test_damaged_log),
                                       BOTH(test_damaged_change),
                                       BOTH(test_erased),
                                       BOTH(test_search_made_anew_beside_writes),
                                       BOTH(test_search_repair_goes_on),
                                       BOTH(test_search_repair_is_done_by_the_next_start),
                                       cmocka_unit_test(test_malformed_index_sqlite)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
