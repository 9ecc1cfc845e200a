/* The engine's life and what it publishes: snapshot, company facts, resident data, actors.
 *
 * Not the writer (writer.c) and not the contents of a write (prepare.c, apply.c). Threads: any, see
 * engine.h; publishing happens in the writer thread alone. */
#include "record/engine.h"

#include <stdlib.h>
#include <time.h>

#include "record/engine_state.h"
#include "record/figures_kept.h"
#include "record/log_write.h"
#include "record/messages.h"
#include "record/search_fill.h"
#include "record/writer.h"
#include "store/blob_mark.h"
#include "store/bulk.h"
#include "store/note.h"
#include "store/upgrade.h"

static void engine_fini(struct engine *e) {
    figures_kept_free(e->figures);
    resident_unref(e->resident);
    company_set_unref(e->company);
    schema_unref(e->schema);
    for (size_t i = 0; i < e->zone_count; i++)
        zone_close(e->zones[i]);
    store_cluster_leave(e->cluster);
    if (e->store) store_close(e->store);
    pthread_mutex_destroy(&e->mu);
    free(e);
}

/* What the writer's connection must find before anything is written. */
static crm_status engine_prime(struct engine *e, struct store_conn *c, struct err *err) {
    crm_status status = store_bring_up(e->store, c, &store_versions, err);
    if (status == CRM_OK && e->cluster) status = blob_mark_check(e->store, c, err);
    struct log_head head;
    if (status == CRM_OK) status = log_head_read(c, &head, err);
    if (status != CRM_OK) return status;
    atomic_store(&e->last_seq, head.seq);
    id_maker_init(&e->ids, e->node, head.id);
    return engine_refresh(e, c, NULL, NULL, err);
}

static crm_status engine_join(struct engine *e, const struct engine_options *options,
                              struct err *err) {
    bool any = options->node == STORE_NODE_ANY;
    e->node = any ? 0 : options->node;
    if (!options->joins) return CRM_OK;
    crm_status status = store_cluster_join(e->store, options->node, &e->cluster, err);
    if (status == CRM_OK && e->cluster) e->node = store_cluster_node(e->cluster);
    return status;
}

crm_status engine_open(const struct engine_options *options, struct engine **ret, struct err *err) {
    struct engine *e = calloc(1, sizeof *e);
    if (!e) return err_no_memory(err);
    pthread_mutex_init(&e->mu, NULL);
    struct store_conn *c = NULL;
    crm_status status = figures_kept_new(options->figures_bytes, &e->figures, err);
    if (status == CRM_OK) status = store_open(&options->store, &e->store, err);
    if (status == CRM_OK) status = engine_join(e, options, err);
    if (status == CRM_OK) status = store_conn_open(e->store, STORE_WRITER, &c, err);
    if (status == CRM_OK) status = engine_prime(e, c, err);
    if (status == CRM_OK) status = writer_start(e, c, options->writer_queue_limit, &e->writer, err);
    if (status != CRM_OK) {
        store_conn_close(c);
        engine_fini(e);
        return status;
    }
    *ret = e;
    return CRM_OK;
}

void engine_close(struct engine *e) {
    if (!e) return;
    writer_stop(e->writer);
    engine_fini(e);
}

struct store *engine_store(struct engine *e) {
    return e->store;
}
struct id_maker *engine_ids(struct engine *e) {
    return &e->ids;
}
struct store_cluster *engine_cluster(struct engine *e) {
    return e->cluster;
}
int32_t engine_node(const struct engine *e) { return e->node; }
int64_t log_last_seq(struct engine *e) { return atomic_load(&e->last_seq); }
bool engine_failed(struct engine *e) { return atomic_load(&e->failed); }

void engine_on_failure(struct engine *e, engine_failure_fn fn, void *ctx) {
    e->failure = fn;
    e->failure_ctx = ctx;
}

crm_status engine_on_commit(struct engine *e, engine_commit_fn fn, void *ctx, struct err *err) {
    if (e->listener_count == ENGINE_LISTENERS_MAX)
        return err_internal(err, "more than %d commit listeners", ENGINE_LISTENERS_MAX);
    e->listeners[e->listener_count++] = (struct engine_listener){fn, ctx};
    return CRM_OK;
}

void engine_set_hooks(struct engine *e, const struct record_hooks *hooks) {
    pthread_mutex_lock(&e->mu);
    e->hooks = hooks ? *hooks : (struct record_hooks){0};
    pthread_mutex_unlock(&e->mu);
}

void engine_publish(struct engine *e, struct schema *schema, struct resident *resident,
                    struct company_set *company) {
    pthread_mutex_lock(&e->mu);
    struct schema *old_schema = schema ? e->schema : NULL;
    struct resident *old_resident = resident ? e->resident : NULL;
    struct company_set *old_company = company ? e->company : NULL;
    if (schema) e->schema = schema;
    if (resident) e->resident = resident;
    if (company) e->company = company;
    pthread_mutex_unlock(&e->mu);
    schema_unref(old_schema);
    resident_unref(old_resident);
    company_set_unref(old_company);
}

crm_status engine_refresh(struct engine *e, struct store_conn *c, struct schema *schema,
                          const bool *touched, struct err *err) {
    struct resident *resident = NULL;
    struct company_set *company = NULL;
    int64_t news = e->resident_news;
    if (!schema) schema = e->schema;
    crm_status status = touched ? CRM_OK : store_news_get(c, STORE_NEWS_RIGHTS, &news, err);
    if (status == CRM_OK) status = resident_load(c, schema, e->resident, touched, &resident, err);
    if (status != CRM_OK) return status;
    if (schema != e->schema) engine_publish(e, schema_ref(schema), NULL, NULL);
    status = company_load(e, resident, &company, err);
    if (status != CRM_OK) {
        resident_unref(resident);
        return status;
    }
    engine_publish(e, NULL, resident, company);
    store_conn_set_company(c, &company->company.store);
    e->resident_news = news;
    if (!touched) e->resident_behind = false;
    return CRM_OK;
}

static const struct str resident_key = {"resident", 8};

crm_status engine_claim_resident(struct engine *e, struct store_conn *writer, struct err *err) {
    int64_t number = 0;
    if (store_engine_of(e->store) == STORE_SQLITE) return CRM_OK;
    crm_status status = store_key_lock(writer, resident_key, err);
    if (status == CRM_OK) status = store_news_add(writer, STORE_NEWS_RIGHTS, err);
    if (status == CRM_OK) status = store_news_get(writer, STORE_NEWS_RIGHTS, &number, err);
    if (status != CRM_OK || number == e->resident_news + 1) return status;
    e->resident_behind = true;
    return err_set(err, CRM_UNAVAILABLE, &record_plan_stale, NULL);
}

crm_status engine_catch_up(struct engine *e, struct store_conn *writer, struct err *err) {
    if (!e->resident_behind) return CRM_OK;
    crm_status status = store_key_lock(writer, resident_key, err);
    return status == CRM_OK ? engine_refresh(e, writer, NULL, NULL, err) : status;
}

struct schema *engine_schema(struct engine *e) {
    pthread_mutex_lock(&e->mu);
    struct schema *s = schema_ref(e->schema);
    pthread_mutex_unlock(&e->mu);
    return s;
}

/* How often a lock is tried for, with the writer at its work in between. */
enum { APPLY_ATTEMPTS = 200, APPLY_REST_NS = 200 * 1000 * 1000 };

struct schema_apply {
    struct engine *engine;
    const struct schema_plan *plan;
    size_t step;
    bool waits; /* somebody else's transaction holds the table */
    bool idle;  /* it says nothing that is not stored */
};

int64_t engine_plan_number(struct engine *e) {
    if (e->cluster) return atomic_fetch_add(&e->plans, 1) + 1;
    struct schema *now = engine_schema(e);
    int64_t number = now ? now->generation + 1 : 1;
    schema_unref(now);
    return number;
}

static bool is_idle(const struct schema_plan *plan) {
    const struct schema_registry *r = plan->registry;
    for (size_t i = 0; i < plan->step_count; i++)
        if (!plan->steps[i].background && !plan->steps[i].asks) return false;
    for (size_t i = 0; i < r->entity_count; i++)
        if (r->entities[i].dirty) return false;
    for (size_t i = 0; i < r->field_count; i++)
        if (r->fields[i].dirty) return false;
    for (size_t i = 0; i < r->index_count; i++)
        if (r->indexes[i].dirty) return false;
    return true;
}

/* Nodes count generations together, so that the same number is the same schema. One that says
 * nothing new, as at most starts, keeps the number, and nobody need look. */
static crm_status count_generation(struct engine *e, struct store_conn *c,
                                   const struct schema_plan *plan, bool idle, struct err *err) {
    struct arena a;
    struct str digest = STR_NONE;
    int64_t number = 0;
    arena_init(&a, 1 << 16);
    crm_status status = store_begin(c, err);
    if (status == CRM_OK) status = store_news_get(c, STORE_NEWS_SCHEMA, &number, err);
    if (status == CRM_OK) status = store_note_get(c, STR("schema"), &a, &digest, err);
    bool counts = !idle || number == 0 || !str_eq(digest, plan->schema->digest);
    if (status == CRM_OK && counts) status = store_news_add(c, STORE_NEWS_SCHEMA, err);
    if (status == CRM_OK && counts)
        status = store_note_put(c, STR("schema"), plan->schema->digest, err);
    if (status == CRM_OK && counts) status = store_news_get(c, STORE_NEWS_SCHEMA, &number, err);
    if (status == CRM_OK) status = store_commit(c, err);
    if (store_in_transaction(c)) store_rollback(c);
    if (status == CRM_OK) plan->schema->generation = number;
    if (status == CRM_OK && counts) engine_told(e, STORE_NEWS_SCHEMA);
    arena_fini(&a);
    return status;
}

static crm_status schema_apply_run(void *ctx, struct store_conn *c, struct err *err) {
    struct schema_apply *a = ctx;
    crm_status status = store_plan_apply(c, a->plan, &a->step, err);
    a->waits = status == CRM_UNAVAILABLE;
    if (status == CRM_OK && a->engine->cluster)
        status = count_generation(a->engine, c, a->plan, a->idle, err);
    if (status == CRM_OK) status = search_fill_settle(c, a->plan->schema, err);
    if (status == CRM_OK && atomic_load(&a->engine->bulks) == 0)
        status = store_bulk_recover(c, a->plan->schema, err);
    if (status == CRM_OK) status = engine_refresh(a->engine, c, a->plan->schema, NULL, err);
    if (status == CRM_OK) status = engine_seed(a->engine, c, err);
    return status;
}

crm_status engine_schema_apply(struct engine *e, const struct schema_plan *plan, struct err *err) {
    struct schema_apply a = {.engine = e, .plan = plan, .idle = is_idle(plan)};
    crm_status status = CRM_UNAVAILABLE;
    for (int attempt = 0; status == CRM_UNAVAILABLE && attempt < APPLY_ATTEMPTS; attempt++) {
        if (attempt) nanosleep(&(struct timespec){.tv_nsec = APPLY_REST_NS}, NULL);
        a.waits = false;
        status = writer_exclusive(e->writer, schema_apply_run, &a, err);
        if (!a.waits) break;
    }
    return status;
}

static crm_status schema_follow_run(void *ctx, struct store_conn *c, struct err *err) {
    struct schema_apply *a = ctx;
    crm_status status = store_begin(c, err);
    if (status == CRM_OK) status = engine_refresh(a->engine, c, a->plan->schema, NULL, err);
    store_rollback(c);
    return status;
}

crm_status engine_schema_follow(struct engine *e, const struct schema_plan *plan,
                                int64_t generation, struct err *err) {
    struct schema_apply a = {.engine = e, .plan = plan};
    plan->schema->generation = generation;
    return writer_exclusive(e->writer, schema_follow_run, &a, err);
}

crm_status engine_schema_stored(struct engine *e, int64_t *ret, struct err *err) {
    struct store_conn *c = NULL;
    *ret = 0;
    if (!e->cluster) return CRM_OK;
    crm_status status = engine_reader_open(e, &c, err);
    if (status == CRM_OK) status = store_news_get(c, STORE_NEWS_SCHEMA, ret, err);
    store_conn_close(c);
    return status;
}

static crm_status conn_open(struct engine *e, enum store_role role, struct store_conn **ret,
                            struct err *err) {
    crm_status status = store_conn_open(e->store, role, ret, err);
    if (status != CRM_OK) return status;
    const struct company *company = engine_company_ref(e);
    store_conn_set_company(*ret, &company->store);
    engine_company_unref(e, company);
    return CRM_OK;
}

crm_status engine_reader_open(struct engine *e, struct store_conn **ret, struct err *err) {
    return conn_open(e, STORE_READER, ret, err);
}

crm_status engine_asker_open(struct engine *e, struct store_conn **ret, struct err *err) {
    return conn_open(e, STORE_ASKER, ret, err);
}

int64_t engine_own_news(struct engine *e, enum store_news what) {
    return atomic_load(&e->own_news[what]);
}

void engine_told(struct engine *e, enum store_news what) {
    atomic_fetch_add(&e->own_news[what], 1);
    store_cluster_wake(e->cluster);
}

void engine_log_reached(struct engine *e, int64_t seq) {
    int64_t known = atomic_load(&e->last_seq);
    while (known < seq && !atomic_compare_exchange_weak(&e->last_seq, &known, seq)) {
    }
}

static crm_status refresh_by(struct engine *e, struct store_conn *c, struct err *err) {
    crm_status status = store_begin(c, err);
    if (status == CRM_OK) status = engine_refresh(e, c, NULL, NULL, err);
    store_rollback(c);
    return status;
}

/* A node whose number is not its own for now writes nothing, but reads on. */
static crm_status look_again_run(void *ctx, struct store_conn *c, struct err *err) {
    struct store_conn *reader = NULL;
    crm_status status = refresh_by(ctx, c, err);
    if (status != CRM_UNAVAILABLE) return status;
    status = engine_reader_open(ctx, &reader, err);
    if (status == CRM_OK) status = refresh_by(ctx, reader, err);
    store_conn_close(reader);
    return status;
}

crm_status engine_look_again(struct engine *e, struct err *err) {
    return writer_exclusive(e->writer, look_again_run, e, err);
}

struct news_write {
    enum store_news what;
    engine_write_fn fn;
    void *ctx;
};

static crm_status news_run(void *ctx, struct store_conn *writer, struct err *err) {
    const struct news_write *w = ctx;
    crm_status status = w->fn(w->ctx, writer, err);
    return status == CRM_OK ? store_news_add(writer, w->what, err) : status;
}

crm_status engine_write_news(struct engine *e, enum store_news what, engine_write_fn fn, void *ctx,
                             struct err *err) {
    struct news_write w = {what, fn, ctx};
    crm_status status = engine_write(e, news_run, &w, err);
    if (status == CRM_OK) engine_told(e, what);
    return status;
}

crm_status engine_registry(struct engine *e, struct arena *a, struct schema_registry *ret,
                           struct err *err) {
    struct store_conn *c = NULL;
    crm_status status = engine_reader_open(e, &c, err);
    if (status != CRM_OK) return status;
    status = store_begin(c, err);
    if (status == CRM_OK) {
        status = store_registry_load(c, a, ret, err);
        store_rollback(c);
    }
    store_conn_close(c);
    return status;
}
