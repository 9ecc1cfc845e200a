/* A small made-up company for tests of the write side: an engine on either database with customers,
 * deals, lines and visits, built from definitions in Lua. One suite, both engines, same answers.
 *
 * Header of static functions: each test program has its own. PostgreSQL is joined once a program,
 * at the first use. Threads: one, but for what a test starts itself. */
#ifndef RECORD_WORLD_H
#define RECORD_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/unicode.h"
#include "record/changeset.h"
#include "record/log.h"
#include "record/plan.h"
#include "record/resident.h"
#include "script/definitions.h"
#include "store/sys_tables.h"
#include "support/memory.h"
#include "support/postgres.h"

#define UNUSED_OK __attribute__((unused))

struct world {
    enum store_engine kind;
    char dir[64], uri[192], database[16];
    struct engine *engine;
    struct store_conn *reader;
    struct schema *schema;
    struct arena arena;
    struct err err;
    struct err_list errors;
    struct changeset_result result;
    struct actor actor;
};

static const char world_definitions[] =
    "directory 'branch' { label = 'Branches', items = { { code = 'retail', label = { en = "
    "'Retail', ru = 'Розница' } }, { code = 'health', label = 'Health' } } }\n"
    "directory 'rank' { label = 'Ranks', items = { { code = 'gold', label = 'Gold' }, { code = "
    "'silver', label = 'Silver' } } }\n"
    "entity 'customer' { label = 'Customer', title = 'name', fields = {\n"
    "  name = text { required = true, search = true, sort = true },\n"
    "  code = text { unique = true },\n"
    "  branch = choice 'branch' {},\n"
    "  rank = choice 'rank' { open = false },\n"
    "  emails = emails { search = true },\n"
    "  phones = phones { search = true },\n"
    "  marks = choices 'branch' {},\n"
    "  partners = links 'customer' { fields = { role = text {}, since = date {} } },\n"
    "  parent = ref 'customer' {},\n"
    "  revenue = money { rate_on = 'founded_on' },\n"
    "  founded_on = date {},\n"
    "  seen_at = time {},\n"
    "  staff = integer { default = '1' },\n"
    "  share = decimal {},\n"
    "  vip = boolean {},\n"
    "  why_vip = text { visible_when = 'vip', required_when = 'vip' },\n"
    "  greeting = formula(\"'Dear ' .. name\") { search = true },\n"
    "  twice = formula('staff * 2') {},\n"
    "  four_times = formula('twice * 2') {},\n"
    "  deal_count = rollup { of = 'deal', by = 'customer', value = 'count()' },\n"
    "  deal_sum = rollup { of = 'deal', by = 'customer', value = 'sum(amount, closed_on == nil)' "
    "},\n"
    "  deal_top = rollup { of = 'deal', by = 'customer', value = 'max(amount)' },\n"
    "  visit_count = rollup { of = 'visit', by = 'about', value = 'count()' },\n"
    "  notes = long_text { hidden = false },\n"
    "}, rules = {\n"
    "  { when = 'staff ~= nil and staff < 0', refuse = 'staff', code = 'staff_negative', message = "
    "{ en = 'Staff cannot be negative', ru = 'Не бывает' } },\n"
    "} }\n"
    "entity 'deal' { label = 'Deal', title = 'name', pipeline = { closed = 'closed_on', since = "
    "'stage_since', probability = 'probability' }, fields = {\n"
    "  name = text { required = true, search = true },\n"
    "  customer = ref 'customer' { on_delete = 'refuse' },\n"
    "  amount = money { total_of = 'total' },\n"
    "  probability = integer {},\n"
    "  closed_on = date {},\n"
    "  stage_since = time {},\n"
    "  next_step = text {},\n"
    "  lines = children 'line' { by = 'deal' },\n"
    "  total = rollup { of = 'line', by = 'deal', value = 'sum(total)' },\n"
    "  number = series 'deals' {},\n"
    "}, rules = { { when = 'total ~= nil and total > 1000000', refuse = 'lines', message = 'Too "
    "much' } } }\n"
    "entity 'line' { label = 'Line', title = 'name', fields = {\n"
    "  deal = ref 'deal' { required = true, on_delete = 'with' },\n"
    "  name = text { required = true },\n"
    "  position = integer {},\n"
    "  quantity = decimal { default = '1' },\n"
    "  price = money {},\n"
    "  total = formula('price * quantity') {},\n"
    "} }\n"
    "entity 'visit' { label = 'Visit', title = 'subject', fields = {\n"
    "  subject = text { required = true },\n"
    "  about = ref_any {},\n"
    "  customer = ref 'customer' { on_delete = 'clear' },\n"
    "  host = ref 'customer' { on_delete = 'with' },\n"
    "} }\n"
    "pipeline 'deal' { name = 'Sales', stages = {\n"
    "  { name = 'New', probability = 10 }, { name = 'Offer', probability = 50 },\n"
    "  { name = 'Won', kind = 'won', probability = 100 }, { name = 'Lost', kind = 'lost', "
    "probability = 0 },\n"
    "} }\n"
    "role 'admin' { admin = true }\n"
    "role 'seller' { entities = {\n"
    "  customer = { read = 'team', create = true, update = 'own', delete = 'own', locked = { "
    "'code' }, hidden = { 'notes' } },\n"
    "  deal = { read = 'own', create = 'own', update = 'own', delete = 'own' }, visit = { read = "
    "true } } }\n"
    "role 'reader' { entities = { customer = { read = true } } }\n";

static struct test_postgres world_server;
static bool world_server_running, world_made; /* the database to copy stands */
static bool world_server_own UNUSED_OK;       /* set by a program that stops its server */
static int world_count;
static const char *world_vfs UNUSED_OK;     /* NULL: SQLite's own */
static size_t world_queue_limit UNUSED_OK;  /* 0: the engine's own */
static int64_t world_shadow_rows UNUSED_OK; /* 0: the store's own */

static UNUSED_OK void world_show(const struct err *err, const char *what, int line) {
    struct buf text;
    buf_init(&text, 4096);
    err_format(err, LANGUAGE_EN, &text);
    print_error("line %d: %s: %s (%d, %s.%s, %s) %s\n", line, what, text.ptr ? text.ptr : "",
                (int)err->status, err->entity, err->field, err->where, err->cause);
    buf_fini(&text);
}

#define must(w, call)                                                                              \
    do {                                                                                           \
        crm_status must_status = (call);                                                           \
        if (must_status != CRM_OK) world_show(&(w)->err, #call, __LINE__);                         \
        assert_int_equal(must_status, CRM_OK);                                                     \
    } while (0)

static UNUSED_OK void world_apply(struct world *w, const char *extra) {
    struct schema_definitions *d;
    struct schema_registry registry = {0};
    struct schema_plan plan = {0};
    struct script_source sources[] = {{STR("world.lua"), str_from(world_definitions)},
                                      {STR("extra.lua"), str_from(extra ? extra : "")}};
    must(w, schema_definitions_new(&d, &w->err));
    must(w, script_definitions_load_kernel(d, &w->err));
    must(w, script_definitions_load(d, SCHEMA_LAYER_MODULE, STR("world"), sources, extra ? 2 : 1,
                                    &w->err));
    must(w, engine_registry(w->engine, &w->arena, &registry, &w->err));
    static int64_t generation;
    must(w, schema_plan_make(&w->arena, d, &registry, ++generation, &plan, &w->err));
    must(w, engine_schema_apply(w->engine, &plan, &w->err));
    schema_plan_fini(&plan);
    schema_definitions_free(d);
    schema_unref(w->schema);
    w->schema = engine_schema(w->engine);
}

static UNUSED_OK void world_connect(struct world *w, bool create) {
    struct engine_options options = {.store = {.data_dir = str_from(w->dir),
                                               .uri = str_from(w->uri),
                                               .sqlite_vfs = world_vfs,
                                               .create = create,
                                               .shadow_rows = world_shadow_rows},
                                     .writer_queue_limit = world_queue_limit};
    must(w, engine_open(&options, &w->engine, &w->err));
    world_apply(w, NULL);
    must(w, engine_reader_open(w->engine, &w->reader, &w->err));
}

static UNUSED_OK void world_disconnect(struct world *w) {
    store_conn_close(w->reader);
    w->reader = NULL;
    w->schema = schema_unref(w->schema);
    engine_close(w->engine);
    w->engine = NULL;
}

/* A database of its own: a copy of one with the schema, made at the first use. */
static UNUSED_OK void world_database(struct world *w) {
    if (!world_server_running)
        world_server_running = world_server_own ? test_postgres_start(&world_server)
                                                : test_postgres_join(&world_server);
    assert_true(world_server_running);
    if (!world_made) {
        assert_true(test_postgres_database(&world_server, "world", w->uri, sizeof w->uri));
        world_connect(w, true);
        world_disconnect(w);
        world_made = true;
    }
    snprintf(w->database, sizeof w->database, "world%d", ++world_count);
    assert_true(test_postgres_copy(&world_server, "world", w->database, w->uri, sizeof w->uri));
}

static UNUSED_OK void world_open(struct world *w, enum store_engine kind) {
    memset(w, 0, sizeof *w);
    w->kind = kind;
    arena_init(&w->arena, 512u << 20);
    snprintf(w->dir, sizeof w->dir, "%s/perigee-world-XXXXXX", test_memory_folder());
    assert_non_null(mkdtemp(w->dir));
    engine_actor_system(ACCESS_DOOR_REST, &w->actor);
    if (kind == STORE_POSTGRES) world_database(w);
    world_connect(w, kind == STORE_SQLITE);
}

static UNUSED_OK void world_close(struct world *w) {
    char command[160];
    world_disconnect(w);
    if (w->database[0]) test_postgres_drop(&world_server, w->database);
    arena_fini(&w->arena);
    snprintf(command, sizeof command, "%s", w->dir);
    static const char *const files[] = {"perigee.db", "perigee.db-wal", "perigee.db-shm", "blobs",
                                        ""};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(command, sizeof command, "%s/%s", w->dir, files[i]);
        if (unlink(command) != 0) (void)rmdir(command);
    }
}

static UNUSED_OK const struct schema_entity *entity(struct world *w, const char *name) {
    const struct schema_entity *e = schema_find(w->schema, str_from(name));
    assert_non_null(e);
    return e;
}

static UNUSED_OK int32_t slot(const struct schema_entity *e, const char *field) {
    const struct schema_field *f = schema_field_find(e, str_from(field));
    if (!f) print_error("no field %s\n", field);
    assert_non_null(f);
    return f->slot;
}

static UNUSED_OK struct value text(const char *s) { return value_text(str_from(s)); }
static UNUSED_OK struct value money(int64_t minor, const char *currency) {
    struct value v = {.type = VALUE_MONEY, .integer = minor};
    memcpy(v.currency.code, currency, strlen(currency));
    return v;
}

/* ---- changesets ---------------------------------------------------------------------------------
 */
static UNUSED_OK struct changeset *begin(struct world *w) {
    struct changeset *c = arena_alloc(&w->arena, sizeof *c);
    changeset_init(c, &w->arena, w->schema, &w->actor);
    return c;
}

static UNUSED_OK struct record_op *create(struct world *w, struct changeset *c, const char *name) {
    return changeset_create(c, w->engine, entity(w, name));
}

static UNUSED_OK void put(struct changeset *c, struct record_op *op, const char *field,
                          struct value v) {
    assert_true(record_op_set(c, op, slot(op->entity, field), v));
}

static UNUSED_OK crm_status commit(struct world *w, struct changeset *c) {
    memset(&w->result, 0, sizeof w->result);
    crm_status status = changeset_commit(w->engine, w->reader, c, &w->result, &w->errors, &w->err);
    changeset_fini(c);
    return status;
}

/* One op with up to one field. */
static UNUSED_OK crm_status one(struct world *w, enum record_verb verb, const char *name,
                                int64_t id, const char *field, struct value v) {
    struct changeset *c = begin(w);
    struct record_op *op =
        verb == RECORD_CREATE ? create(w, c, name) : changeset_op(c, verb, entity(w, name), id);
    if (field) put(c, op, field, v);
    return commit(w, c);
}

static UNUSED_OK int64_t make(struct world *w, const char *name, const char *field,
                              const char *value) {
    must(w, one(w, RECORD_CREATE, name, 0, field, text(value)));
    return w->result.outcomes[0].id;
}

/* ---- looking --------------------------------------------------------------------------------- */
static UNUSED_OK const struct value *row_or_null(struct world *w, const char *name, int64_t id) {
    struct value *row = NULL;
    must(w, store_begin(w->reader, &w->err));
    must(w, store_record_get(w->reader, entity(w, name), id, NULL, &w->arena, &row, &w->err));
    store_rollback(w->reader);
    return row;
}

static UNUSED_OK struct value field(struct world *w, const char *name, int64_t id, const char *of) {
    const struct value *row = row_or_null(w, name, id);
    assert_non_null(row);
    return row[slot(entity(w, name), of)];
}

static UNUSED_OK size_t items(struct world *w, const char *name, int64_t id, const char *of,
                              struct store_item **ret) {
    size_t count = 0;
    must(w, store_begin(w->reader, &w->err));
    must(w, store_links_get(w->reader, &entity(w, name)->fields[slot(entity(w, name), of)], &id, 1,
                            &w->arena, ret, &count, &w->err));
    store_rollback(w->reader);
    return count;
}

static UNUSED_OK void assert_text(struct value v, const char *wanted) {
    assert_int_equal(v.type, VALUE_TEXT);
    if (!str_is(v.text, wanted)) print_error("%.*s, wanted %s\n", STR_ARG(v.text), wanted);
    assert_true(str_is(v.text, wanted));
}

static UNUSED_OK void assert_error(struct world *w, const char *code, const char *of) {
    for (size_t i = 0; i < w->errors.count; i++)
        if (strcmp(w->errors.items[i].text.code, code) == 0 &&
            (!of || strcmp(w->errors.items[i].field, of) == 0))
            return;
    for (size_t i = 0; i < w->errors.count; i++)
        world_show(&w->errors.items[i], "error", 0);
    fail_msg("no error %s of %s", code, of ? of : "-");
}

/* The stage of that name. */
static UNUSED_OK int64_t stage(struct world *w, const char *name) {
    const struct resident *r = engine_resident_ref(w->engine);
    int64_t id = 0;
    size_t found =
        resident_find(r, entity(w, "stage"), slot(entity(w, "stage"), "name"), str_from(name), &id);
    engine_resident_unref(w->engine, r);
    assert_int_equal(found, 1);
    return id;
}

/* Acts as this user from now on. */
static UNUSED_OK void act_as(struct world *w, int64_t user) {
    must(w, engine_actor(w->engine, user, ACCESS_DOOR_REST, &w->arena, &w->actor, &w->err));
}

static UNUSED_OK int64_t make_user(struct world *w, const char *login, const char *role,
                                   int64_t team) {
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "user");
    const struct resident *r = engine_resident_ref(w->engine);
    int64_t role_id = 0;
    assert_int_equal(resident_find(r, entity(w, "role"), slot(entity(w, "role"), "name"),
                                   str_from(role), &role_id),
                     1);
    engine_resident_unref(w->engine, r);
    put(c, op, "login", text(login));
    put(c, op, "name", text(login));
    put(c, op, "role", value_id(role_id));
    if (team) put(c, op, "team", value_id(team));
    must(w, commit(w, c));
    return w->result.outcomes[0].id;
}

/* Each suite twice. */
#define ON_BOTH(test)                                                                              \
    static void test##_sqlite(void **state) {                                                      \
        (void)state;                                                                               \
        struct world w;                                                                            \
        world_open(&w, STORE_SQLITE);                                                              \
        test(&w);                                                                                  \
        world_close(&w);                                                                           \
    }                                                                                              \
    static void test##_postgres(void **state) {                                                    \
        (void)state;                                                                               \
        struct world w;                                                                            \
        world_open(&w, STORE_POSTGRES);                                                            \
        test(&w);                                                                                  \
        world_close(&w);                                                                           \
    }
#define BOTH(test) cmocka_unit_test(test##_sqlite), cmocka_unit_test(test##_postgres)

static UNUSED_OK int world_stop(void **state) {
    (void)state;
    if (world_server_running) test_postgres_stop(&world_server);
    world_server_running = world_made = false;
    return 0;
}

#endif
