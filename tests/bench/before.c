/* What a before-handler costs in process: an engine with one entity and one handler that reads a
 * field and compares it, called over and over on the change of one create; processor time.
 *
 *     before DIR     makes a database in DIR; prints MICROSECONDS a call, the best of rounds
 *
 * Threads: one, beside the engine's own. Owns the engine; the folder is the caller's. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "record/changeset.h"
#include "record/prepare.h"
#include "script/host.h"
#include "script/unit.h"

enum { CALLS = 20000, ROUNDS = 15 };

struct bench {
    struct engine *engine;
    struct script_host *host;
    struct store_conn *reader;
    struct schema *schema;
    struct arena arena;
    struct err err;
    double best_us;
};

static const char definitions[] =
    "entity 'order' { label = 'Order', title = 'name', fields = {\n"
    "  name = text { required = true }, amount = money {}, next_step = text {},\n"
    "} }\n"
    "role 'admin' { admin = true }\n";
static const char handler[] =
    "before('order', function(order)\n"
    "  if order.name == '' then crm.refuse('name', 'A name is wanted') end\n"
    "end)\n";

static void must(struct bench *b, crm_status status) {
    if (status == CRM_OK) return;
    struct buf text;
    buf_init(&text, 4096);
    err_format(&b->err, LANGUAGE_EN, &text);
    fprintf(stderr, "before: %s (%s)\n", text.ptr ? text.ptr : "", b->err.where);
    exit(1);
}

static int64_t spent_ns(void) {
    struct timespec at;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

/* Stands in for the engine's hook and calls it many times on the change at hand. */
static crm_status measured(void *ctx, struct record_hook_context *h, struct err *err) {
    struct bench *b = ctx;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t begun = spent_ns();
        for (int i = 0; i < CALLS; i++) {
            crm_status status = script_before(b->host, h, err);
            if (status != CRM_OK) return status;
        }
        double us = (double)(spent_ns() - begun) / 1e3 / CALLS;
        if (round == 0 || us < b->best_us) b->best_us = us;
    }
    return CRM_OK;
}

static void schema_make(struct bench *b) {
    struct schema_definitions *d;
    struct schema_registry registry = {0};
    struct schema_plan plan = {0};
    const struct script_source entity = {STR("order.lua"), str_from(definitions)},
                               own = {STR("handler.lua"), str_from(handler)};
    must(b, schema_definitions_new(&d, &b->err));
    must(b, script_definitions_load_kernel(d, &b->err));
    must(b, script_definitions_load(d, SCHEMA_LAYER_MODULE, STR("bench"), &entity, 1, &b->err));
    must(b, script_host_add(b->host, d, SCHEMA_LAYER_PLUGIN, STR("handlers"), &own, 1, &b->err));
    must(b, engine_registry(b->engine, &b->arena, &registry, &b->err));
    must(b, schema_plan_make(&b->arena, d, &registry, 1, &plan, &b->err));
    must(b, engine_schema_apply(b->engine, &plan, &b->err));
    schema_plan_fini(&plan);
    schema_definitions_free(d);
    b->schema = engine_schema(b->engine);
    must(b, script_host_start(b->host, &b->err));
}

static void measure(struct bench *b) {
    const struct schema_entity *e = schema_find(b->schema, STR("order"));
    const struct record_hooks hooks = {measured, b};
    struct record_plan *plan = NULL;
    struct changeset c;
    struct actor actor;
    engine_set_hooks(b->engine, &hooks);
    engine_actor_system(ACCESS_DOOR_REST, &actor);
    changeset_init(&c, &b->arena, b->schema, &actor);
    struct record_op *op = changeset_create(&c, b->engine, e);
    if (!op || !record_op_set(&c, op, schema_field_find(e, STR("name"))->slot,
                              value_text(STR("An order"))))
        exit(1);
    must(b, store_begin(b->reader, &b->err));
    must(b, record_prepare(b->engine, b->reader, &c, &plan, &b->err));
    store_rollback(b->reader);
    changeset_fini(&c);
    engine_set_hooks(b->engine, NULL);
}

int main(int argc, char **argv) {
    static struct bench b;
    if (argc != 2) return 2;
    const struct engine_options options = {
        .store = {.data_dir = str_from(argv[1]), .create = true}};
    arena_init(&b.arena, 64u << 20);
    must(&b, engine_open(&options, &b.engine, &b.err));
    const struct script_host_options host = {.engine = b.engine};
    must(&b, script_host_new(&host, &b.host, &b.err));
    schema_make(&b);
    must(&b, engine_reader_open(b.engine, &b.reader, &b.err));
    measure(&b);
    printf("%.3f\n", b.best_us);
    store_conn_close(b.reader);
    script_host_free(b.host);
    schema_unref(b.schema);
    engine_close(b.engine);
    arena_fini(&b.arena);
    return 0;
}
