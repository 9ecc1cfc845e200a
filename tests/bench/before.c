/* What a before-handler costs: an engine with one entity and one handler that reads five fields
 * and sets two, called over and over on the change of one create; processor time.
 *
 *     before DIR             makes a database in DIR; prints MICROSECONDS a call, the best of
 * rounds before DIR PROGRAM     the handler is in a worker process, whose time counts, too
 *
 * Threads: one, beside the engine's own. Owns the engine; the folder is the caller's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "record/changeset.h"
#include "record/prepare.h"
#include "script/host.h"
#include "script/unit.h"

enum { CALLS = 20000, WORKER_CALLS = 1000, ROUNDS = 15 };

struct bench {
    struct engine *engine;
    struct script_host *host;
    struct store_conn *reader;
    struct schema *schema;
    struct arena arena;
    struct err err;
    double best_us;
    int calls;
};

static const char definitions[] =
    "entity 'order' { label = 'Order', title = 'name', fields = {\n"
    "  name = text { required = true }, amount = money {}, next_step = text {},\n"
    "  place = text {}, pieces = integer {}, wanted_on = date {}, note = text {},\n"
    "} }\n"
    "role 'admin' { admin = true }\n";
static const char handler[] =
    "before('order', function(order)\n"
    "  local full = order.name and order.place and order.wanted_on and order.note\n"
    "  if order.pieces and order.pieces > 3 or full then crm.refuse('name', 'Too much') end\n"
    "  order.next_step = 'Call'\n"
    "  order.pieces = 3\n"
    "end)\n";

static void must(struct bench *b, crm_status status) {
    if (status == CRM_OK) return;
    struct buf text;
    buf_init(&text, 4096);
    err_format(&b->err, LANGUAGE_EN, &text);
    fprintf(stderr, "before: %s (%s)\n", text.ptr ? text.ptr : "", b->err.where);
    exit(1);
}

static pid_t worker; /* 0: none */

static int64_t clock_ns(clockid_t clock) {
    struct timespec at;
    if (clock_gettime(clock, &at) != 0) return 0;
    return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

static int64_t spent_ns(void) {
    clockid_t other;
    int64_t own = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    return worker && clock_getcpuclockid(worker, &other) == 0 ? own + clock_ns(other) : own;
}

/* The only child. */
static void worker_find(void) {
    char path[64], text[32] = "";
    (void)snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *children = fopen(path, "r");
    if (children && fgets(text, sizeof text, children)) worker = (pid_t)strtol(text, NULL, 10);
    if (children) fclose(children);
    if (!worker) exit(1);
}

/* Stands in for the engine's hook and calls it many times on the change at hand. */
static crm_status measured(void *ctx, struct record_hook_context *h, struct err *err) {
    struct bench *b = ctx;
    crm_status first = script_before(b->host, h, err);
    if (first != CRM_OK) return first;
    if (b->calls == WORKER_CALLS) worker_find();
    for (int round = 0; round < ROUNDS; round++) {
        int64_t begun = spent_ns();
        for (int i = 0; i < b->calls; i++) {
            crm_status status = script_before(b->host, h, err);
            if (status != CRM_OK) return status;
        }
        double us = (double)(spent_ns() - begun) / 1e3 / b->calls;
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
    if (argc != 2 && argc != 3) return 2;
    b.calls = argc == 3 ? WORKER_CALLS : CALLS;
    const struct engine_options options = {
        .store = {.data_dir = str_from(argv[1]), .create = true}};
    arena_init(&b.arena, 64u << 20);
    must(&b, engine_open(&options, &b.engine, &b.err));
    const struct script_host_options host = {.engine = b.engine,
                                             .all_in_workers = argc == 3,
                                             .worker_program = argc == 3 ? argv[2] : NULL};
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
