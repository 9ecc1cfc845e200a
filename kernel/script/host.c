/* The host: units come, go and are started. Running handlers is before.c, jobs.c and single.c. */
#include "script/host.h"

#include <stdlib.h>

#include "record/hooks.h"
#include "script/messages.h"
#include "script/unit.h"

static struct script_units *units_new(size_t room) {
    struct script_units *units = calloc(1, sizeof *units + room * sizeof(struct script_unit *));
    if (units) atomic_init(&units->refs, 1);
    return units;
}

crm_status script_host_new(const struct script_host_options *options, struct script_host **ret,
                           struct err *err) {
    struct script_host *h = calloc(1, sizeof *h);
    if (!h) return err_no_memory(err);
    h->options = *options;
    if (!h->options.before_ms) h->options.before_ms = 50;
    if (!h->options.before_writer_ms) h->options.before_writer_ms = 20;
    if (!h->options.after_ms) h->options.after_ms = 5000;
    if (!h->options.schedule_ms) h->options.schedule_ms = 60000;
    if (!h->options.after_attempts) h->options.after_attempts = 4;
    if (!h->options.after_pause_ms) h->options.after_pause_ms = 10000;
    if (!h->options.storm_runs) h->options.storm_runs = 2000;
    if (!h->options.storm_pause_ms) h->options.storm_pause_ms = 20;
    h->units = units_new(0);
    if (!h->units) {
        free(h);
        return err_no_memory(err);
    }
    pthread_mutex_init(&h->mu, NULL);
    pthread_mutex_init(&h->change_mu, NULL);
    const struct script_workers_options workers = {.program = options->worker_program,
                                                   .most = options->workers};
    crm_status status = CRM_OK;
    if (options->pool_of)
        h->workers = options->pool_of->workers;
    else
        status = script_workers_new(&workers, &h->workers, err);
    if (status != CRM_OK) {
        script_host_free(h);
        return status;
    }
    *ret = h;
    return CRM_OK;
}

static crm_status nothing(void *ctx, struct store_conn *writer, struct err *err) {
    (void)ctx, (void)writer, (void)err;
    return CRM_OK;
}

void script_host_free(struct script_host *h) {
    if (!h) return;
    if (h->options.engine) engine_set_hooks(h->options.engine, NULL);
    if (atomic_load(&h->posted)) /* what the writer has not written yet knows us */
        (void)engine_write(h->options.engine, nothing, NULL, NULL);
    script_units_unref(h->units);
    if (!h->options.pool_of) script_workers_free(h->workers);
    pthread_mutex_destroy(&h->change_mu);
    pthread_mutex_destroy(&h->mu);
    free(h);
}

/* ---- lists: changed under change_mu ---------------------------------------------------------- */

struct script_units *script_units_ref(struct script_host *h) {
    pthread_mutex_lock(&h->mu);
    struct script_units *units = h->units;
    atomic_fetch_add(&units->refs, 1);
    pthread_mutex_unlock(&h->mu);
    return units;
}

struct script_units *script_units_unref(struct script_units *units) {
    if (!units || atomic_fetch_sub(&units->refs, 1) != 1) return NULL;
    for (size_t i = 0; i < units->count; i++)
        script_unit_unref(units->items[i]);
    free(units);
    return NULL;
}

static void show(struct script_host *h, struct script_units *units) {
    pthread_mutex_lock(&h->mu);
    struct script_units *former = h->units;
    h->units = units;
    pthread_mutex_unlock(&h->mu);
    script_units_unref(former);
}

static struct script_unit *find(const struct script_units *units, struct str owner) {
    for (size_t i = 0; i < units->count; i++)
        if (str_eq(units->items[i]->owner, owner)) return units->items[i];
    return NULL;
}

static crm_status append(struct script_host *h, struct script_unit *u, struct err *err) {
    size_t count = h->units->count;
    if (count == SCRIPT_UNITS_MAX) return err_set(err, CRM_TOO_LARGE, &say_script_units, NULL);
    struct script_units *units = units_new(count + 1);
    if (!units) return err_no_memory(err);
    for (size_t i = 0; i < count; i++)
        units->items[units->count++] = script_unit_ref(h->units->items[i]);
    units->items[units->count++] = u;
    show(h, units);
    return CRM_OK;
}

static crm_status add_unit(struct script_host *h, const struct script_unit_options *options,
                           struct err *err) {
    struct script_unit *u = NULL;
    crm_status status = script_unit_new(options, &u, err);
    if (status == CRM_OK) {
        pthread_mutex_lock(&h->change_mu);
        status = append(h, u, err);
        pthread_mutex_unlock(&h->change_mu);
    }
    if (status == CRM_OK) return CRM_OK;
    script_unit_unref(u);
    schema_definitions_remove(options->definitions, options->owner);
    return status;
}

crm_status script_host_add(struct script_host *h, struct schema_definitions *d,
                           enum schema_layer layer, struct str owner,
                           const struct script_source *sources, size_t count, struct err *err) {
    bool in_workers = h->options.all_in_workers && layer >= SCHEMA_LAYER_PLUGIN;
    const struct script_unit_options options = {.layer = layer,
                                                .owner = owner,
                                                .sources = sources,
                                                .count = count,
                                                .definitions = d,
                                                .workers = in_workers ? h->workers : NULL};
    return add_unit(h, &options, err);
}

crm_status script_host_add_made(struct script_host *h, struct schema_definitions *d,
                                struct str owner, int64_t author,
                                const struct script_source *source, struct err *err) {
    const struct script_unit_options options = {.layer = SCHEMA_LAYER_ADMIN,
                                                .owner = owner,
                                                .author = author,
                                                .sources = source,
                                                .count = 1,
                                                .definitions = d,
                                                .workers = h->workers,
                                                .handlers_only = true};
    return add_unit(h, &options, err);
}

crm_status script_host_remove(struct script_host *h, struct str owner, struct err *err) {
    pthread_mutex_lock(&h->change_mu);
    struct script_units *units = units_new(h->units->count);
    if (units && h->options.hub) event_remove_owner(h->options.hub, owner);
    for (size_t i = 0; units && i < h->units->count; i++)
        if (!str_eq(h->units->items[i]->owner, owner))
            units->items[units->count++] = script_unit_ref(h->units->items[i]);
    if (units) show(h, units);
    pthread_mutex_unlock(&h->change_mu);
    return units ? CRM_OK : err_no_memory(err);
}

/* Told with file and line, before anything is registered. */
static crm_status check_units(const struct script_host *h, const struct script_units *units,
                              struct err *err) {
    struct schema *schema = engine_schema(h->options.engine);
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < units->count; i++)
        status = script_unit_check(units->items[i], schema, err);
    schema_unref(schema);
    return status;
}

crm_status script_host_start(struct script_host *h, struct err *err) {
    const struct record_hooks hooks = {.before = script_before, .ctx = h};
    pthread_mutex_lock(&h->change_mu);
    engine_set_hooks(h->options.engine, &hooks);
    crm_status status = script_stops_load(h, h->units, err);
    if (status == CRM_OK && h->options.hub) status = check_units(h, h->units, err);
    if (status == CRM_OK && h->options.hub)
        status = script_jobs_replace(
            h, &(struct script_owners){.units = h->units->items, .count = h->units->count}, NULL,
            NULL, err);
    pthread_mutex_unlock(&h->change_mu);
    return status;
}

/* ---- another version ------------------------------------------------------------------------- */

static bool is_named(const struct script_replacing *r, struct str owner) {
    for (size_t i = 0; i < r->owner_count; i++)
        if (str_eq(r->owners[i], owner)) return true;
    return false;
}

/* In the order of `from`: a version of the owners that change, else what is there; behind them what
 * `from` knows nothing of. *ret_fresh: what is new, in its order, borrowed. */
static struct script_units *merge(const struct script_host *h, const struct script_replacing *r,
                                  struct script_units *ret_fresh) {
    const struct script_units *from = r->from->units;
    struct script_units *units = units_new(h->units->count + from->count);
    for (size_t i = 0; units && i < from->count; i++) {
        struct script_unit *u = from->items[i];
        if (is_named(r, u->owner))
            ret_fresh->items[ret_fresh->count++] = u;
        else
            u = find(h->units, u->owner);
        if (u) units->items[units->count++] = script_unit_ref(u);
    }
    for (size_t i = 0; units && i < h->units->count; i++) {
        struct script_unit *u = h->units->items[i];
        if (!is_named(r, u->owner) && !find(from, u->owner))
            units->items[units->count++] = script_unit_ref(u);
    }
    return units;
}

/* What is known of an owner at run time goes on with its new version. */
static crm_status take_over(struct script_host *h, const struct script_units *fresh,
                            struct err *err) {
    crm_status status = check_units(h, fresh, err);
    if (status == CRM_OK) status = script_stops_load(h, fresh, err);
    for (size_t i = 0; status == CRM_OK && i < fresh->count; i++) {
        struct script_unit *u = fresh->items[i], *former = find(h->units, u->owner);
        if (former) atomic_store(&u->free_at_ms, atomic_load(&former->free_at_ms));
    }
    return status;
}

struct swap {
    struct script_host *host;
    struct script_units *units, *former;
};

static void swap_units(void *ctx) {
    struct swap *s = ctx;
    pthread_mutex_lock(&s->host->mu);
    s->former = s->host->units;
    s->host->units = s->units;
    pthread_mutex_unlock(&s->host->mu);
}

static crm_status replace(struct script_host *h, const struct script_replacing *r,
                          struct script_units *fresh, struct err *err) {
    struct swap s = {.host = h, .units = merge(h, r, fresh)};
    if (!s.units) return err_no_memory(err);
    const struct script_owners owners = {fresh->items, fresh->count, r->owners, r->owner_count};
    crm_status status = s.units->count > SCRIPT_UNITS_MAX
                            ? err_set(err, CRM_TOO_LARGE, &say_script_units, NULL)
                            : take_over(h, fresh, err);
    if (status == CRM_OK && h->options.hub)
        status = script_jobs_replace(h, &owners, swap_units, &s, err);
    else if (status == CRM_OK)
        swap_units(&s);
    script_units_unref(status == CRM_OK ? s.former : s.units);
    return status;
}

crm_status script_host_replace(struct script_host *h, const struct script_replacing *r,
                               struct err *err) {
    pthread_mutex_lock(&h->change_mu);
    struct script_units *fresh = units_new(r->from->units->count);
    crm_status status = fresh ? replace(h, r, fresh, err) : err_no_memory(err);
    pthread_mutex_unlock(&h->change_mu);
    free(fresh);
    return status;
}

static struct str entity_of(const struct script_handler *h) {
    switch (h->kind) {
    case SCRIPT_AFTER:
        return script_event_entity(h->subject);
    case SCRIPT_BEFORE:
    case SCRIPT_ACTION:
        return h->subject;
    default:
        return STR_NONE;
    }
}

void script_host_each(struct script_host *h, script_handler_fn fn, void *ctx) {
    bool more = true;
    struct script_units *units = script_units_ref(h);
    for (size_t i = 0; more && i < units->count; i++) {
        const struct script_unit *u = units->items[i];
        for (size_t k = 0; more && k < u->probe->handler_count; k++) {
            const struct script_handler *it = &u->probe->handlers[k];
            const struct script_handler_info info = {.is_stopped = atomic_load(&u->is_stopped),
                                                     .owner = u->owner,
                                                     .version = u->version,
                                                     .file = it->file,
                                                     .kind = script_handler_word(it->kind),
                                                     .subject = it->subject,
                                                     .name = it->name,
                                                     .handler = u->names[k],
                                                     .when = it->when,
                                                     .entity = entity_of(it),
                                                     .line = it->line};
            more = fn(ctx, &info);
        }
    }
    script_units_unref(units);
}
