/* The handlers that the stock modules bring: what they do to leads and activities, on a database
 * made from their own definitions. */
#include "record/world.h"
#include "script/host.h"

static void add_module(struct world *w, struct script_host *host, struct schema_definitions *d,
                       const char *name) {
    struct script_source *sources;
    size_t count;
    struct str folder = arena_printf(&w->arena, PERIGEE_SOURCE_DIR "/modules/%s/entities", name);
    must(w, script_sources_read(&w->arena, folder, str_from(name), &sources, &count, &w->err));
    must(w, script_host_add(host, d, SCHEMA_LAYER_MODULE, str_from(name), sources, count, &w->err));
}

static struct script_host *stock_open(struct world *w) {
    memset(w, 0, sizeof *w);
    arena_init(&w->arena, 512u << 20);
    snprintf(w->dir, sizeof w->dir, "/tmp/perigee-world-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    engine_actor_system(ACCESS_DOOR_REST, &w->actor);
    const struct engine_options options = {.store = {.data_dir = str_from(w->dir), .create = true}};
    must(w, engine_open(&options, &w->engine, &w->err));
    struct schema_definitions *d;
    struct schema_registry registry = {0};
    struct schema_plan plan = {0};
    struct script_host *host;
    must(w, schema_definitions_new(&d, &w->err));
    must(w, script_host_new(&(struct script_host_options){.engine = w->engine}, &host, &w->err));
    must(w, script_definitions_load_kernel(d, &w->err));
    add_module(w, host, d, "base");
    add_module(w, host, d, "sales");
    must(w, engine_registry(w->engine, &w->arena, &registry, &w->err));
    must(w, schema_plan_make(&w->arena, d, &registry, 1, &plan, &w->err));
    must(w, engine_schema_apply(w->engine, &plan, &w->err));
    schema_plan_fini(&plan);
    schema_definitions_free(d);
    w->schema = engine_schema(w->engine);
    must(w, script_host_start(host, &w->err));
    must(w, engine_reader_open(w->engine, &w->reader, &w->err));
    return host;
}

static void test_leads_and_activities(void **state) {
    (void)state;
    struct world w;
    struct script_host *host = stock_open(&w);
    int64_t lead = make(&w, "lead", "last_name", "Petrova");
    assert_false(value_is_nil(field(&w, "lead", lead, "respond_by")));
    assert_text(field(&w, "lead", lead, "name"), "Petrova");
    struct changeset *c = begin(&w);
    struct record_op *op = create(&w, c, "activity");
    put(c, op, "subject", text("Call back"));
    put(c, op, "status", text("done"));
    must(&w, commit(&w, c));
    int64_t activity = w.result.outcomes[0].id;
    assert_false(value_is_nil(field(&w, "activity", activity, "done_at")));
    assert_int_equal(field(&w, "activity", activity, "percent").integer, 100);
    activity = make(&w, "activity", "subject", "Later");
    assert_text(field(&w, "activity", activity, "kind"), "task");
    must(&w, one(&w, RECORD_UPDATE, "activity", activity, "due_at", value_time(1000000)));
    must(&w, one(&w, RECORD_UPDATE, "activity", activity, "due_at", value_time(2000000)));
    assert_int_equal(field(&w, "activity", activity, "postponed_count").integer, 1);
    int64_t deal = make(&w, "deal", "name", "Big");
    assert_int_equal(field(&w, "deal", deal, "probability").integer, 10);
    script_host_free(host);
    world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_leads_and_activities)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
