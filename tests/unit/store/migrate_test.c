/* Making and upgrading the structure: what is there already stays, what was cut off is finished. */
#include "support/store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/bulk.h"
#include "store/query.h"
#include "store/driver.h"
#include "store/reshape.h"
#include "store/sys_tables.h"
#include "support/postgres.h"

/* Everything that the database says about its structure, as one text. */
static void describe(struct test_store *t, struct buf *out) {
    static const char sqlite[] = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM "
                                 "sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name";
    static const char postgres[] =
        "SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || "
        "coalesce(collation_name, '') FROM information_schema.columns"
        " WHERE table_schema = 'perigee' UNION ALL SELECT indexdef FROM pg_indexes WHERE "
        "schemaname = 'perigee' ORDER BY 1";
    const char *text = t->engine == STORE_SQLITE ? sqlite : postgres;
    struct statement q = {.text = str_from(text), .hash = statement_hash(text, strlen(text))};
    struct store_rows *rows = NULL;
    bool found = true;
    buf_clear(out);
    assert_ok(t, store_exec_open(t->writer, &q, false, &rows, &t->err));
    while (assert_ok(t, store_exec_next(rows, &found, &t->err)), found) {
        buf_add_str(out, rows->values[0].bytes);
        buf_add_char(out, '\n');
    }
    store_exec_close(rows);
    assert_int_equal(out->status, CRM_OK);
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Without numbers, lines in order: a plan that was cut off gives other numbers to what was left. */
static void without_numbers(struct buf *text) {
    char *lines[2000], *rest = text->ptr, *copy = malloc(text->len + 1);
    size_t count = 0, len = 0;
    for (char *at = text->ptr; *at; at++)
        if (*at < '0' || *at > '9') text->ptr[len++] = *at;
    text->ptr[len] = '\0';
    for (char *line; (line = strsep(&rest, "\n")) && count < 2000;)
        lines[count++] = line;
    qsort(lines, count, sizeof *lines, by_text);
    char *to = copy;
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(lines[i]);
        memcpy(to, lines[i], n);
        to += n;
        *to++ = '\n';
    }
    to[-1] = '\0';
    memcpy(text->ptr, copy, (size_t)(to - copy));
    free(copy);
}

static void the_registry_comes_back(void **state) {
    struct test_store t;
    struct schema_registry loaded;
    test_store_open_company(&t, test_engine(state));
    assert_ok(&t, store_registry_load(t.reader, &t.arena, &loaded, &t.err));
    assert_int_equal(loaded.entity_count, t.plan.registry->entity_count);
    assert_int_equal(loaded.field_count, t.plan.registry->field_count);
    assert_int_equal(loaded.index_count, t.plan.registry->index_count);
    assert_int_equal(loaded.next_entity_id, t.plan.registry->next_entity_id);
    t.registry = loaded;
    test_store_plan(&t);
    assert_int_equal(t.plan.step_count, 0);
    test_store_close(&t);
}

/* The plan is cut off after every step in turn, the program starts anew, and the end is the same.
 */
static void a_plan_goes_on_after_every_step(void **state) {
    struct test_store whole;
    struct buf right, found;
    buf_init(&right, 1 << 20);
    buf_init(&found, 1 << 20);
    test_store_open_company(&whole, test_engine(state));
    describe(&whole, &right);
    without_numbers(&right);
    size_t steps = whole.plan.step_count;
    assert_true(steps > 40);
    for (size_t cut = 0; cut < steps; cut += cut < 4 || cut + 4 > steps ? 1 : 7) {
        struct test_store t;
        test_store_open(&t, test_engine(state));
        test_store_define(&t);
        assert_ok(&t, store_sys_migrate(t.writer, &t.err));
        test_store_plan(&t);
        for (size_t i = 0; i < cut; i++)
            assert_ok(&t, store_plan_step(t.writer, &t.plan, i, &t.err));
        test_store_disconnect(&t);
        test_store_connect(&t, false);
        assert_ok(&t, store_sys_migrate(t.writer, &t.err));
        assert_ok(&t, store_registry_load(t.writer, &t.arena, &t.registry, &t.err));
        test_store_plan(&t);
        assert_ok(&t, store_plan_apply(t.writer, &t.plan, &(size_t){0}, &t.err));
        describe(&t, &found);
        without_numbers(&found);
        assert_string_equal(found.ptr, right.ptr);
        test_store_close(&t);
    }
    buf_fini(&right);
    buf_fini(&found);
    test_store_close(&whole);
}

static void applying_twice_changes_nothing(void **state) {
    struct test_store t;
    struct buf once, twice;
    buf_init(&once, 1 << 20);
    buf_init(&twice, 1 << 20);
    test_store_open_company(&t, test_engine(state));
    describe(&t, &once);
    assert_ok(&t, store_sys_migrate(t.writer, &t.err));
    assert_ok(&t, store_plan_apply(t.writer, &t.plan, &(size_t){0}, &t.err));
    describe(&t, &twice);
    assert_string_equal(once.ptr, twice.ptr);
    buf_fini(&once);
    buf_fini(&twice);
    test_store_close(&t);
}

static void add_field(struct test_store *t) {
    static const struct schema_field_definition more = {
        .origin = {.layer = SCHEMA_LAYER_ADMIN, .owner = STR("admin")},
        .name = STR("budget"),
        .type = SCHEMA_FIELD_INTEGER};
    const struct schema_entity_definition extend = {.origin = more.origin,
                                                    .extend = true,
                                                    .name = STR("deal"),
                                                    .fields = &more,
                                                    .field_count = 1};
    assert_ok(t, store_registry_load(t->writer, &t->arena, &t->registry, &t->err));
    assert_ok(t, schema_definitions_add_entity(t->definitions, &extend, &t->err));
    test_store_plan(t);
}

/* PostgreSQL: whoever reads in a long transaction holds the table. Those who come behind us would
 * wait, too: so the lock is given up soon, and had when the reader has gone. */
static void a_table_in_use_is_not_waited_for(void **state) {
    struct test_store t;
    int64_t rows = 0;
    size_t step = 0;
    bool locks = test_engine(state) == STORE_POSTGRES;
    test_store_open_company(&t, test_engine(state));
    add_field(&t);
    struct str table = test_entity(&t, "deal")->table;
    assert_ok(&t, store_begin(t.reader, &t.err));
    assert_ok(&t, store_reshape_rows(t.reader, table, 0, &rows, &t.err));
    crm_status status = store_plan_apply(t.writer, &t.plan, &step, &t.err);
    assert_int_equal(status, locks ? CRM_UNAVAILABLE : CRM_OK);
    assert_int_equal(step, locks ? 0 : t.plan.step_count);
    assert_ok(&t, store_reshape_rows(t.reader, table, 0, &rows, &t.err));
    store_rollback(t.reader);
    if (locks) assert_ok(&t, store_plan_apply(t.writer, &t.plan, &step, &t.err));
    assert_int_equal(step, t.plan.step_count);
    assert_ok(&t, store_registry_load(t.writer, &t.arena, &t.registry, &t.err));
    test_store_plan(&t);
    assert_int_equal(t.plan.step_count, 0);
    test_store_close(&t);
}

static void fields_are_added_to_what_is_there(void **state) {
    struct test_store t;
    test_store_open_company(&t, test_engine(state));
    const struct schema_entity *deal = test_entity(&t, "deal");
    struct value *row = test_row(&t, deal, 5), *back = NULL;
    test_set(deal, row, "name", value_text(STR("Old")));
    test_insert(&t, deal, row);
    assert_ok(&t, store_registry_load(t.writer, &t.arena, &t.registry, &t.err));
    static const struct schema_field_definition more[] = {
        {.origin = {.layer = SCHEMA_LAYER_ADMIN, .owner = STR("admin")},
         .name = STR("budget"),
         .type = SCHEMA_FIELD_MONEY,
         .index = SCHEMA_INDEX_YES},
        {.origin = {.layer = SCHEMA_LAYER_ADMIN, .owner = STR("admin")},
         .name = STR("colours"),
         .type = SCHEMA_FIELD_CHOICES,
         .directory = STR("kind")}};
    struct schema_entity_definition extend = {
        .origin = {.layer = SCHEMA_LAYER_ADMIN, .owner = STR("admin")},
        .extend = true,
        .name = STR("deal"),
        .fields = more,
        .field_count = 2};
    assert_ok(&t, schema_definitions_add_entity(t.definitions, &extend, &t.err));
    test_store_plan(&t);
    assert_true(t.plan.step_count >= 3);
    assert_ok(&t, store_plan_apply(t.writer, &t.plan, &(size_t){0}, &t.err));
    deal = test_entity(&t, "deal");
    assert_ok(&t, store_record_get(t.reader, deal, 5, NULL, &t.arena, &back, &t.err));
    assert_true(str_is(back[test_slot(deal, "name")].text, "Old"));
    assert_int_equal(back[test_slot(deal, "budget")].type, VALUE_NIL);
    back[test_slot(deal, "budget")] = test_money(5, "USD", 5);
    struct slot_set changed = {{0}};
    slot_add(&changed, test_slot(deal, "budget"));
    bool found = false;
    assert_ok(&t, store_record_update(t.writer, deal, 5, 1, &changed, back, &found, &t.err));
    assert_true(found);
    test_store_close(&t);
}

static void a_newer_database_is_refused(void **state) {
    struct test_store t;
    test_store_open(&t, test_engine(state));
    assert_ok(&t, store_sys_migrate(t.writer, &t.err));
    struct store_set set = {.column = SYS_META_VALUE, .value = store_text(STR("99"))};
    struct store_condition where = {SYS_META_KEY, STORE_EQ, store_text(STR("sys_version"))};
    assert_ok(&t,
              store_update(t.writer, sys_table(SYS_TABLE_META), &set, 1, &where, 1, NULL, &t.err));
    assert_int_equal(store_sys_migrate(t.writer, &t.err), CRM_UNSUPPORTED);
    assert_string_equal(t.err.text.code, "database_newer");
    test_store_close(&t);
}

static crm_status nothing_new(struct store_conn *c, struct err *err) {
    (void)c, (void)err;
    return CRM_OK;
}

/* A program of the version before goes on where its successor has only added; one that is two
 * versions older does not. */
static void an_older_program_goes_on_where_only_was_added(void **state) {
    static const store_upgrade_fn steps[] = {NULL, NULL, NULL, nothing_new, nothing_new};
    static const bool adds[] = {false, false, true, true, true},
                      ends[] = {false, false, true, true, false};
    const int64_t known = store_sys_known();
    const struct store_versions present = {known, NULL, NULL}, next = {known + 1, steps, adds},
                                far = {known + 2, steps, adds}, hard = {known + 2, steps, ends};
    struct test_store t;
    int64_t version = 0;
    assert_int_equal(known, 4); /* a place in the lists above for every version there is */
    assert_true(store_upgrade_adds(&next, known));
    assert_false(store_upgrade_adds(&far, known)); /* two at once */
    assert_false(store_upgrade_adds(&hard, known + 1));
    test_store_open(&t, test_engine(state));
    assert_ok(&t, store_sys_migrate(t.writer, &t.err));
    assert_ok(&t, store_sys_migrate_to(t.writer, &next, &t.err));
    assert_ok(&t, store_sys_migrate_to(t.writer, &present, &t.err));
    assert_ok(&t, store_sys_version(t.writer, &version, &t.err));
    assert_int_equal(version, known + 1); /* and leaves it as it is */
    assert_ok(&t, store_sys_migrate_to(t.writer, &hard, &t.err));
    assert_int_equal(store_sys_migrate_to(t.writer, &next, &t.err), CRM_UNSUPPORTED);
    assert_string_equal(t.err.text.code, "database_newer");
    assert_int_equal(store_sys_migrate_to(t.writer, &present, &t.err), CRM_UNSUPPORTED);
    test_store_close(&t);
}

/* What version 2 had: rows without a value in the unique indexes, two indexes of the log,
 * and runs without their person, job and calls. */
static void make_version_2(struct test_store *t) {
    static const char log[] =
        "DROP INDEX %1$s\"sys_changeset_part_of\"; CREATE INDEX \"sys_changeset_part_of\" ON "
        "%1$s\"sys_changeset\" (\"part_of\", \"seq\"); CREATE INDEX \"sys_changeset_actor\" ON "
        "%1$s\"sys_changeset\" (\"actor\", \"seq\"); UPDATE %1$s\"sys_meta\" SET \"value\" = '2' "
        "WHERE \"key\" = 'sys_version'; DROP INDEX %1$s\"sys_run_changeset\"; "
        "ALTER TABLE %1$s\"sys_run\" DROP COLUMN \"calls\"; "
        "ALTER TABLE %1$s\"sys_run\" DROP COLUMN \"job\"; "
        "ALTER TABLE %1$s\"sys_run\" DROP COLUMN \"actor\"; ";
    static const char unique[] = "DROP INDEX %1$s\"%2$.*3$s\"; CREATE UNIQUE INDEX \"%2$.*3$s\" ON "
                                 "%1$s\"%4$.*5$s\" (\"external_id\") WHERE \"deleted_at\" IS NULL";
    const char *schema = t->engine == STORE_SQLITE ? "" : "perigee.";
    const struct schema_entity *e = test_entity(t, "deal");
    int32_t slot = test_slot(e, "external_id");
    const struct schema_index *index = NULL;
    for (size_t i = 0; i < e->index_count; i++)
        if (e->indexes[i].unique && e->indexes[i].slots[0] == slot) index = &e->indexes[i];
    assert_non_null(index);
    struct str first = arena_printf(&t->arena, log, schema);
    struct str second = arena_printf(&t->arena, unique, schema, index->name.ptr,
                                     (int)index->name.len, e->table.ptr, (int)e->table.len);
    assert_ok(t, store_begin(t->writer, &t->err));
    t->writer->structure = true;
    assert_ok(t, store_exec_script(t->writer, first.ptr, &t->err));
    assert_ok(t, store_exec_script(t->writer, second.ptr, &t->err));
    t->writer->structure = false;
    assert_ok(t, store_commit(t->writer, &t->err));
}

static void indexes_of_version_2_become_those_of_now(void **state) {
    struct test_store t;
    struct buf fresh, upgraded;
    buf_init(&fresh, 1 << 20);
    buf_init(&upgraded, 1 << 20);
    test_store_open_company(&t, test_engine(state));
    describe(&t, &fresh);
    make_version_2(&t);
    describe(&t, &upgraded);
    assert_string_not_equal(fresh.ptr, upgraded.ptr);
    assert_ok(&t, store_sys_migrate(t.writer, &t.err));
    describe(&t, &upgraded);
    assert_string_equal(fresh.ptr, upgraded.ptr);
    buf_fini(&fresh);
    buf_fini(&upgraded);
    test_store_close(&t);
}

static void opening_says_what_is_wrong(void **state) {
    struct test_store t;
    struct store *second = NULL;
    test_store_open(&t, test_engine(state));
    assert_ok(&t, store_sys_migrate(t.writer, &t.err));
    struct store_options options = {
        .data_dir = str_from(t.dir), .uri = str_from(t.uri), .create = true};
    assert_int_equal(store_open(&options, &second, &t.err), CRM_CONFLICT);
    options.create = false;
    if (t.engine == STORE_SQLITE) {
        char path[128];
        options.data_dir = STR("/tmp/perigee-there-is-no-such-directory");
        assert_int_equal(store_open(&options, &second, &t.err), CRM_NOT_FOUND);
        options.data_dir = str_from(t.dir);
        test_store_disconnect(&t);
        snprintf(path, sizeof path, "%s/perigee.db-wal", t.dir);
        unlink(path);
        snprintf(path, sizeof path, "%s/perigee.db", t.dir);
        FILE *file = fopen(path, "w");
        fputs("this is not a database, but it is long enough to be looked at as one by the engine, "
              "is it not? "
              "this is not a database, but it is long enough to be looked at as one by the engine, "
              "is it not?",
              file);
        fclose(file);
        assert_int_equal(store_open(&options, &second, &t.err), CRM_IO);
        unlink(path);
        sqlite3 *other = NULL;
        assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
        assert_int_equal(sqlite3_exec(other, "CREATE TABLE a (b)", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(store_open(&options, &second, &t.err), CRM_UNSUPPORTED);
        const char *mark = "PRAGMA application_id = -5";
        assert_int_equal(sqlite3_exec(other, mark, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(store_open(&options, &second, &t.err), CRM_UNSUPPORTED);
        sqlite3_close(other);
        unlink(path);
        test_store_connect(&t, true);
    } else {
        char uri[192];
        assert_true(test_postgres_database(test_store_server(), "foreign", uri, sizeof uri));
        options.uri = str_from(uri);
        assert_int_equal(store_open(&options, &second, &t.err), CRM_NOT_FOUND);
        options.uri = STR("host=/tmp/perigee-no-such-socket user=postgres");
        assert_int_equal(store_open(&options, &second, &t.err), CRM_UNAVAILABLE);
    }
    test_store_close(&t);
}

static void put_searched(struct test_store *t, const struct schema_entity *e, int64_t from,
                         int64_t to) {
    assert_ok(t, store_begin(t->writer, &t->err));
    for (int64_t id = from; id < to; id++) {
        struct value *row = test_row(t, e, id);
        struct store_search_row words = {.id = id, .owner = 1000, .folded = STR("bulk goods")};
        test_set(e, row, "name", value_text(STR("Bulk goods")));
        test_insert(t, e, row);
        assert_ok(t, store_search_put(t->writer, e, NULL, &words, &t->err));
    }
    assert_ok(t, store_commit(t->writer, &t->err));
}

static size_t count_found(struct test_store *t, const struct schema_entity *e) {
    struct access access;
    struct store_hit *hits;
    struct str next;
    size_t count = 0;
    test_access(t, &access, 1000, 0, "manager");
    struct store_search q = {
        .access = &access, .text = STR("goo"), .entities = &e, .entity_count = 1, .limit = 200};
    assert_ok(t, store_search_run(t->reader, &q, &t->arena, &hits, &count, &next, &t->err));
    return count;
}

/* Rows are found while segments pile up, after the merge, and after a crash in between; records
 * already searchable stay so and can be taken out. */
static void bulk_keeps_records_searchable(void **state) {
    struct test_store t;
    struct store_bulk *bulk = NULL;
    test_store_open_company(&t, test_engine(state));
    const struct schema_entity *deal = test_entity(&t, "deal");
    put_searched(&t, deal, 1, 20);
    assert_ok(&t, store_bulk_begin(t.writer, deal, NULL, 100000, &bulk, &t.err));
    for (int64_t part = 1; part <= 30; part++)
        put_searched(&t, deal, part * 100, part * 100 + 3);
    assert_int_equal(count_found(&t, deal), 109);
    assert_ok(&t, store_bulk_end(bulk, &t.err));
    assert_int_equal(count_found(&t, deal), 109);
    assert_ok(&t, store_bulk_begin(t.writer, deal, NULL, 100000, &bulk, &t.err));
    put_searched(&t, deal, 5000, 5010);
    store_bulk_abandon(bulk);
    test_store_disconnect(&t);
    test_store_connect(&t, false);
    assert_int_equal(count_found(&t, deal), 119);
    assert_ok(&t, store_bulk_recover(t.writer, t.schema, &t.err));
    struct store_search_row gone = {.id = 5000, .owner = 1000, .folded = STR("bulk goods")};
    assert_ok(&t, store_begin(t.writer, &t.err));
    assert_ok(&t, store_search_put(t.writer, deal, &gone, NULL, &t.err));
    assert_ok(&t, store_commit(t.writer, &t.err));
    assert_int_equal(count_found(&t, deal), 118);
    test_store_close(&t);
}

static void bulk_leaves_the_structure_as_it_was(void **state) {
    struct test_store t;
    struct buf before, after;
    struct store_bulk *bulk = NULL;
    buf_init(&before, 1 << 20);
    buf_init(&after, 1 << 20);
    test_store_open_company(&t, test_engine(state));
    const struct schema_entity *deal = test_entity(&t, "deal");
    describe(&t, &before);
    assert_ok(&t, store_bulk_begin(t.writer, deal, NULL, 100000, &bulk, &t.err));
    describe(&t, &after);
    if (t.engine == STORE_SQLITE) assert_true(after.len < before.len);
    assert_ok(&t, store_begin(t.writer, &t.err));
    for (int64_t id = 1; id <= 300; id++) {
        struct value *row = test_row(&t, deal, id);
        test_set(deal, row, "name", value_text(STR("Bulk")));
        test_insert(&t, deal, row);
    }
    assert_ok(&t, store_commit(t.writer, &t.err));
    assert_ok(&t, store_bulk_end(bulk, &t.err));
    describe(&t, &after);
    assert_string_equal(before.ptr, after.ptr);
    /* Nothing is filled: indexes of filled rows stay, the others go and come back. */
    struct slot_set none = {0};
    assert_ok(&t, store_bulk_begin(t.writer, deal, &none, 100000, &bulk, &t.err));
    describe(&t, &after);
    for (size_t i = 0; t.engine == STORE_SQLITE && i < deal->index_count; i++) {
        const struct schema_index *it = &deal->indexes[i];
        assert_int_equal(strstr(after.ptr, it->name.ptr) != NULL, it->unique || it->skips_nil);
    }
    assert_ok(&t, store_bulk_end(bulk, &t.err));
    describe(&t, &after);
    assert_string_equal(before.ptr, after.ptr);
    /* few rows to come: nothing is taken away */
    assert_ok(&t, store_bulk_begin(t.writer, deal, NULL, 1000, &bulk, &t.err));
    describe(&t, &after);
    assert_string_equal(before.ptr, after.ptr);
    assert_ok(&t, store_bulk_end(bulk, &t.err));
    /* a crash in the middle */
    assert_ok(&t, store_bulk_begin(t.writer, deal, NULL, 100000, &bulk, &t.err));
    bool done = true;
    assert_ok(&t, store_bulk_step(bulk, &done, &t.err));
    store_bulk_abandon(bulk);
    test_store_disconnect(&t);
    test_store_connect(&t, false);
    assert_ok(&t, store_bulk_recover(t.writer, t.schema, &t.err));
    describe(&t, &after);
    assert_string_equal(before.ptr, after.ptr);
    buf_fini(&before);
    buf_fini(&after);
    test_store_close(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_BOTH(the_registry_comes_back),
        ON_BOTH(a_plan_goes_on_after_every_step),
        ON_BOTH(applying_twice_changes_nothing),
        ON_BOTH(a_table_in_use_is_not_waited_for),
        ON_BOTH(fields_are_added_to_what_is_there),
        ON_BOTH(a_newer_database_is_refused),
        ON_BOTH(an_older_program_goes_on_where_only_was_added),
        ON_BOTH(indexes_of_version_2_become_those_of_now),
        ON_BOTH(opening_says_what_is_wrong),
        ON_BOTH(bulk_leaves_the_structure_as_it_was),
        ON_BOTH(bulk_keeps_records_searchable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
