/* Two nodes on one PostgreSQL: numbers without gaps, a whole chain, figures that agree, and
 * nobody's write lost, whatever the nodes do to the same rows at the same time. */
#include <pthread.h>

#include "record/world.h"

enum { NODES = 2, WRITERS = 3, ROUNDS = 12, CUSTOMERS = 3 };

struct node {
    struct engine *engine;
    struct world *w;
};
struct client {
    struct node *node;
    pthread_t thread;
    int number, created, updated, stale, failed;
    int64_t customers[CUSTOMERS];
};

static void open_node(struct world *w, int32_t number, struct node *ret) {
    struct engine_options options = {
        .store = {.data_dir = str_from(w->dir), .uri = str_from(w->uri)}, .node = number};
    struct schema_plan plan = {0};
    struct schema_registry registry = {0};
    ret->w = w;
    must(w, engine_open(&options, &ret->engine, &w->err));
    must(w, engine_registry(ret->engine, &w->arena, &registry, &w->err));
    plan.schema = w->schema;
    plan.registry = &registry;
    must(w, engine_schema_apply(ret->engine, &plan, &w->err));
}

static crm_status create_deal(struct client *c, struct arena *a, int round, struct err *err) {
    struct changeset cs;
    struct world *w = c->node->w;
    changeset_init(&cs, a, w->schema, &w->actor);
    struct record_op *op =
        changeset_create(&cs, c->node->engine, schema_find(w->schema, STR("deal")));
    put(&cs, op, "name", text("d"));
    put(&cs, op, "customer", value_id(c->customers[(c->number + round) % CUSTOMERS]));
    put(&cs, op, "amount", money(100 + round, "USD"));
    crm_status status = changeset_commit(c->node->engine, NULL, &cs, NULL, NULL, err);
    changeset_fini(&cs);
    return status;
}

static crm_status rename_customer(struct client *c, struct arena *a, int round, struct err *err) {
    struct changeset cs;
    struct world *w = c->node->w;
    changeset_init(&cs, a, w->schema, &w->actor);
    struct record_op *op = changeset_op(&cs, RECORD_UPDATE, schema_find(w->schema, STR("customer")),
                                        c->customers[round % CUSTOMERS]);
    char *name = arena_alloc(a, 40);
    snprintf(name, 40, "Name %d of %d", round, c->number);
    put(&cs, op, "name", text(name));
    crm_status status = changeset_commit(c->node->engine, NULL, &cs, NULL, NULL, err);
    changeset_fini(&cs);
    return status;
}

static void failed(struct client *c, const struct err *err) {
    c->failed++;
    world_show(err, "write", 0);
}

static void *work(void *arg) {
    struct client *c = arg;
    for (int round = 0; round < ROUNDS; round++) {
        struct arena a;
        struct err err;
        arena_init(&a, 32 << 20);
        crm_status status = create_deal(c, &a, round, &err);
        if (status == CRM_OK)
            c->created++;
        else
            failed(c, &err);
        status = rename_customer(c, &a, round, &err);
        if (status == CRM_OK)
            c->updated++;
        else if (status == CRM_STALE)
            c->stale++;
        else
            failed(c, &err);
        arena_fini(&a);
    }
    return NULL;
}

static void test_two_nodes(void **state) {
    (void)state;
    struct world w;
    struct node nodes[NODES];
    struct client clients[NODES * WRITERS];
    int64_t customers[CUSTOMERS], count = 0, updates = 0, versions = 0;
    world_open(&w, STORE_POSTGRES);
    for (int i = 0; i < CUSTOMERS; i++)
        customers[i] = make(&w, "customer", "name", "C");
    for (int i = 0; i < NODES; i++)
        open_node(&w, i + 1, &nodes[i]);
    for (int i = 0; i < NODES * WRITERS; i++) {
        clients[i] = (struct client){.node = &nodes[i % NODES], .number = i};
        memcpy(clients[i].customers, customers, sizeof customers);
        assert_int_equal(pthread_create(&clients[i].thread, NULL, work, &clients[i]), 0);
    }
    for (int i = 0; i < NODES * WRITERS; i++) {
        pthread_join(clients[i].thread, NULL);
        assert_int_equal(clients[i].failed, 0);
        assert_int_equal(clients[i].created, ROUNDS);
        updates += clients[i].updated;
    }
    for (int i = 0; i < CUSTOMERS; i++) {
        count += field(&w, "customer", customers[i], "deal_count").integer;
        versions += field(&w, "customer", customers[i], "version").integer - 1;
    }
    assert_int_equal(count, NODES * WRITERS * ROUNDS);
    assert_int_equal(versions, updates);
    struct check_report report = {0};
    must(&w, record_check(w.engine, w.reader, &w.arena, NULL, NULL, &report, &w.err));
    if (report.problems) print_error("%.*s\n", STR_ARG(report.first_problem));
    assert_int_equal(report.problems, 0);
    for (int i = 0; i < NODES; i++)
        engine_close(nodes[i].engine);
    world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_two_nodes)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
