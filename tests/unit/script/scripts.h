/* The made-up company of record/world.h with handlers in Lua on top. */
#ifndef UNIT_SCRIPT_SCRIPTS_H
#define UNIT_SCRIPT_SCRIPTS_H

#include "record/world.h"
#include "script/host.h"

struct scripts {
    struct world w;
    struct script_host *host;
    struct event_hub *hub;
};

static enum store_engine scripts_engine = STORE_SQLITE; /* of the suite that runs */
static const char *scripts_more = "";                   /* definitions beside the world's */
static struct script_host_options scripts_options = {.after_attempts = 1};

/* Each test once on each engine. */
#define SCRIPTS_ON_BOTH(tests)                                                                     \
    ((void)(scripts_engine = STORE_SQLITE),                                                        \
     cmocka_run_group_tests_name("sqlite", tests, NULL, NULL)) +                                   \
        ((void)(scripts_engine = STORE_POSTGRES),                                                  \
         cmocka_run_group_tests_name("postgres", tests, NULL, world_stop))

/* Once more with the handlers in worker processes. */
#define SCRIPTS_IN_WORKERS(tests)                                                                  \
    ((void)(scripts_engine = STORE_SQLITE), (void)(scripts_options.all_in_workers = true),         \
     (void)(scripts_options.worker_program = PERIGEE_PROGRAM),                                     \
     cmocka_run_group_tests_name("workers", tests, NULL, NULL))

/* Loads `lua` as the owner "t", makes and applies the schema, gives the engine its handlers. */
static UNUSED_OK void scripts_load(struct scripts *s, const char *lua) {
    struct world *w = &s->w;
    struct schema_definitions *d;
    struct schema_registry registry = {0};
    struct schema_plan plan = {0};
    const struct script_source world[] = {{STR("world.lua"), str_from(world_definitions)},
                                          {STR("more.lua"), str_from(scripts_more)}},
                               own = {STR("t.lua"), str_from(lua)};
    struct script_host_options options = scripts_options;
    options.engine = w->engine;
    options.hub = s->hub;
    must(w, schema_definitions_new(&d, &w->err));
    must(w, script_host_new(&options, &s->host, &w->err));
    must(w, script_definitions_load_kernel(d, &w->err));
    must(w, script_definitions_load(d, SCHEMA_LAYER_MODULE, STR("world"), world, 2, &w->err));
    must(w, script_host_add(s->host, d, SCHEMA_LAYER_PLUGIN, STR("t"), &own, 1, &w->err));
    must(w, engine_registry(w->engine, &w->arena, &registry, &w->err));
    static int64_t generation = 1000;
    must(w, schema_plan_make(&w->arena, d, &registry, ++generation, &plan, &w->err));
    must(w, engine_schema_apply(w->engine, &plan, &w->err));
    schema_plan_fini(&plan);
    schema_definitions_free(d);
    schema_unref(w->schema);
    w->schema = engine_schema(w->engine);
    must(w, script_host_start(s->host, &w->err));
}

static UNUSED_OK void scripts_open(struct scripts *s, const char *lua) {
    *s = (struct scripts){0};
    world_open(&s->w, scripts_engine);
    scripts_load(s, lua);
}

static UNUSED_OK void scripts_close(struct scripts *s) {
    script_host_free(s->host);
    world_close(&s->w);
}

/* The text that the error tells in English. */
static UNUSED_OK const char *told(struct world *w, const struct err *err) {
    struct buf text;
    buf_init(&text, 4096);
    err_format(err, LANGUAGE_EN, &text);
    const char *copy = arena_cstr(&w->arena, buf_str(&text));
    buf_fini(&text);
    return copy;
}

#endif
