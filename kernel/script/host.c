/* The host: units come, go and are started. Running handlers is before.c, jobs.c and single.c. */
#include "script/host.h"

#include <stdlib.h>

#include "record/hooks.h"
#include "script/messages.h"
#include "script/unit.h"

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
    pthread_rwlock_init(&h->lock, NULL);
    *ret = h;
    return CRM_OK;
}

void script_host_free(struct script_host *h) {
    if (!h) return;
    if (h->options.engine) engine_set_hooks(h->options.engine, NULL);
    for (size_t i = 0; i < h->unit_count; i++)
        script_unit_free(h->units[i]);
    pthread_rwlock_destroy(&h->lock);
    free(h);
}

crm_status script_host_add(struct script_host *h, struct schema_definitions *d,
                           enum schema_layer layer, struct str owner,
                           const struct script_source *sources, size_t count, struct err *err) {
    struct script_unit *u;
    crm_status status = script_unit_new(layer, owner, sources, count, d, &u, err);
    if (status != CRM_OK) {
        schema_definitions_remove(d, owner);
        return status;
    }
    pthread_rwlock_wrlock(&h->lock);
    bool room = h->unit_count < SCRIPT_UNITS_MAX;
    if (room) h->units[h->unit_count++] = u;
    pthread_rwlock_unlock(&h->lock);
    if (room) return CRM_OK;
    script_unit_free(u);
    schema_definitions_remove(d, owner);
    return err_set(err, CRM_TOO_LARGE, &say_script_units, NULL);
}

void script_host_remove(struct script_host *h, struct str owner) {
    if (h->options.hub) event_remove_owner(h->options.hub, owner);
    struct script_unit *gone = NULL;
    pthread_rwlock_wrlock(&h->lock);
    for (size_t i = 0; i < h->unit_count && !gone; i++) {
        if (!str_eq(h->units[i]->owner, owner)) continue;
        gone = h->units[i];
        memmove(&h->units[i], &h->units[i + 1],
                (h->unit_count - i - 1) * sizeof(struct script_unit *));
        h->unit_count--;
    }
    pthread_rwlock_unlock(&h->lock);
    script_unit_free(gone);
}

crm_status script_host_start(struct script_host *h, struct err *err) {
    const struct record_hooks hooks = {.before = script_before, .ctx = h};
    engine_set_hooks(h->options.engine, &hooks);
    crm_status status = script_stops_load(h, err);
    return status == CRM_OK && h->options.hub ? script_jobs_start(h, err) : status;
}

void script_host_each(struct script_host *h, script_handler_fn fn, void *ctx) {
    bool more = true;
    pthread_rwlock_rdlock(&h->lock);
    for (size_t i = 0; more && i < h->unit_count; i++) {
        const struct script_unit *u = h->units[i];
        for (size_t k = 0; more && k < u->probe->handler_count; k++) {
            const struct script_handler *it = &u->probe->handlers[k];
            const struct script_handler_info info = {
                atomic_load(&u->is_stopped),   u->owner,    u->version, it->file,
                script_handler_word(it->kind), it->subject, it->name,   it->line};
            more = fn(ctx, &info);
        }
    }
    pthread_rwlock_unlock(&h->lock);
}
