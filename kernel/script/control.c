/* Stopping an owner's handlers and starting them again, and slowing down one whose runs storm.
 *
 * The mark of a stop is a row of sys_state; each job looks at it before it runs, and the other
 * nodes read all of them when they are told, so that before-handlers follow. The pace is kept in
 * memory, per node. Threads: any that may block. */
#include "base/json.h"
#include "script/call.h"
#include "script/messages.h"
#include "script/stop.h"
#include "store/sys_tables.h"

enum { STOPS_BYTES = 4 << 20, STOP_BYTES = 64 * 1024 };

static const struct str state_owner = {"script", 6};

static struct str stop_key(struct arena *a, struct str owner) {
    return arena_printf(a, "stopped/%.*s", STR_ARG(owner));
}

/* "script OWNER/..." */
static bool is_of(struct str text, struct str owner) {
    static const struct str prefix = {"script ", 7};
    if (!str_starts_with(text, prefix)) return false;
    struct str rest = str_make(text.ptr + prefix.len, text.len - prefix.len);
    return rest.len > owner.len && rest.ptr[owner.len] == '/' && str_starts_with(rest, owner);
}

struct script_unit *script_unit_of(const struct script_units *units, struct str name) {
    struct script_unit *found = NULL;
    for (size_t i = 0; i < units->count; i++) {
        struct script_unit *u = units->items[i];
        if (is_of(name, u->owner) && (!found || u->owner.len > found->owner.len)) found = u;
    }
    return found;
}

/* The unit of a durable handler name that is there, or NULL. */
static struct script_unit *unit_of(const struct script_units *units, struct str handler) {
    struct script_unit *u = script_unit_of(units, handler);
    return u && script_unit_names(u, handler) ? u : NULL;
}

/* ---- the mark -----------------------------------------------------------------------------------
 */

struct mark {
    struct str key, kills; /* "stopped/OWNER", "killed/OWNER" */
    bool stopped;
};

static void mark_row(struct str key, struct store_condition where[2]) {
    where[0] = (struct store_condition){SYS_STATE_OWNER, STORE_EQ, store_text(state_owner)};
    where[1] = (struct store_condition){SYS_STATE_KEY, STORE_EQ, store_text(key)};
}

static crm_status put_row(struct store_conn *writer, struct str key, struct str value,
                          bool *ret_set, struct err *err) {
    const struct store_value row[SYS_STATE_COUNT] = {[SYS_STATE_OWNER] = store_text(state_owner),
                                                     [SYS_STATE_KEY] = store_text(key),
                                                     [SYS_STATE_VALUE] = store_text(value),
                                                     [SYS_STATE_EXPIRES_AT] = STORE_NIL};
    return store_insert_new(writer, sys_table(SYS_TABLE_STATE), row, ret_set, err);
}

/* Whoever starts it by hand begins a new count of its kills. */
static crm_status mark_write(void *ctx, struct store_conn *writer, struct err *err) {
    const struct mark *m = ctx;
    const struct store_table *t = sys_table(SYS_TABLE_STATE);
    struct store_condition where[2];
    bool set = false;
    mark_row(m->key, where);
    crm_status status = store_delete(writer, t, where, 2, NULL, err);
    if (status != CRM_OK) return status;
    if (m->stopped) return put_row(writer, m->key, STR("true"), &set, err);
    mark_row(m->kills, where);
    return store_delete(writer, t, where, 2, NULL, err);
}

crm_status script_stop_put(struct store_conn *writer, const struct script_stop *stop, bool *ret_set,
                           struct err *err) {
    struct arena a;
    struct json_writer out;
    BUF_CLEANUP struct buf text;
    buf_init(&text, STOP_BYTES);
    arena_init(&a, STOP_BYTES);
    json_writer_init(&out, &text);
    json_object_open(&out);
    json_key_lit(&out, "outcome");
    json_text(&out, stop->outcome);
    json_key_lit(&out, "handler");
    json_text(&out, stop->handler);
    json_key_lit(&out, "version");
    json_text(&out, stop->version);
    json_key_lit(&out, "run");
    json_int64(&out, stop->run);
    json_key_lit(&out, "at");
    json_int64(&out, stop->at_ms);
    json_object_shut(&out);
    struct str key = stop_key(&a, stop->owner);
    crm_status status = key.ptr && text.status == CRM_OK
                            ? put_row(writer, key, buf_str(&text), ret_set, err)
                            : err_no_memory(err);
    arena_fini(&a);
    return status;
}

static crm_status mark_read(struct store_conn *c, const struct mark *m, struct arena *a, bool *ret,
                            struct err *err) {
    struct store_condition where[2];
    const struct store_value *row = NULL;
    mark_row(m->key, where);
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = where, .where_count = 2, .limit = 1};
    bool own = !store_in_transaction(c);
    crm_status status = own ? store_begin(c, err) : CRM_OK;
    if (status != CRM_OK) return status;
    status = store_first(c, &select, a, &row, err);
    if (own) store_rollback(c);
    if (status == CRM_OK) *ret = row != NULL;
    return status;
}

crm_status script_stop_load(struct script_unit *u, struct store_conn *c, struct err *err) {
    struct arena a;
    bool stopped = false;
    arena_init(&a, STOPS_BYTES);
    const struct mark m = {.key = stop_key(&a, u->owner)};
    crm_status status = m.key.ptr ? mark_read(c, &m, &a, &stopped, err) : err_no_memory(err);
    if (status == CRM_OK) atomic_store(&u->is_stopped, stopped);
    arena_fini(&a);
    return status;
}

struct reading {
    struct arena *arena;
    struct script_stop *items;
    size_t count, capacity;
    crm_status status;
    struct err *err;
};

static bool read_stop(void *ctx, const struct store_value *row) {
    static const size_t prefix = sizeof "stopped/" - 1;
    struct reading *r = ctx;
    struct script_stop *items =
        arena_grow(r->arena, r->items, r->count, &r->capacity, sizeof *items);
    JSON_CLEANUP json_t *why = NULL;
    r->status = items ? json_parse(row[SYS_STATE_VALUE].bytes, &json_limits_default, &why, r->err)
                      : err_no_memory(r->err);
    if (r->status != CRM_OK) return false;
    struct str key = row[SYS_STATE_KEY].bytes;
    r->items = items;
    items[r->count++] = (struct script_stop){
        .owner = arena_str(r->arena, str_make(key.ptr + prefix, key.len - prefix)),
        .outcome = arena_str(r->arena, json_str(json_object_get(why, "outcome"))),
        .handler = arena_str(r->arena, json_str(json_object_get(why, "handler"))),
        .version = arena_str(r->arena, json_str(json_object_get(why, "version"))),
        .run = json_integer_value(json_object_get(why, "run")),
        .at_ms = json_integer_value(json_object_get(why, "at"))};
    if (!items[r->count - 1].owner.ptr) r->status = err_no_memory(r->err);
    return r->status == CRM_OK;
}

crm_status script_stops_read(struct store_conn *c, struct arena *a, struct script_stop **ret,
                             size_t *ret_count, struct err *err) {
    struct reading r = {.arena = a, .err = err};
    const struct store_condition where[] = {{SYS_STATE_OWNER, STORE_EQ, store_text(state_owner)},
                                            {SYS_STATE_KEY, STORE_GE, store_text(STR("stopped/"))},
                                            {SYS_STATE_KEY, STORE_LT, store_text(STR("stopped0"))}};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = where, .where_count = 3};
    crm_status status = store_each(c, &select, read_stop, &r, err);
    if (status == CRM_OK) status = r.status;
    if (status != CRM_OK) return status;
    *ret = r.items;
    *ret_count = r.count;
    return CRM_OK;
}

void script_stop_json(struct json_writer *w, const struct script_stop *stop) {
    if (!stop || !stop->outcome.len) {
        json_nil(w);
        return;
    }
    json_object_open(w);
    json_key_lit(w, "outcome");
    json_text(w, stop->outcome);
    json_key_lit(w, "handler");
    json_text(w, stop->handler);
    json_key_lit(w, "version");
    json_text(w, stop->version);
    json_key_lit(w, "run");
    json_id(w, stop->run);
    json_key_lit(w, "at");
    json_time(w, stop->at_ms);
    json_object_shut(w);
}

const struct script_stop *script_stop_find(const struct script_stop *stops, size_t count,
                                           struct str owner) {
    for (size_t i = 0; i < count; i++)
        if (str_eq(stops[i].owner, owner)) return &stops[i];
    return NULL;
}

crm_status script_stops_load(struct script_host *h, const struct script_units *units,
                             struct err *err) {
    struct store_conn *c;
    struct script_stop *stops = NULL;
    size_t count = 0;
    struct arena a;
    crm_status status = engine_reader_open(h->options.engine, &c, err);
    if (status != CRM_OK) return status;
    arena_init(&a, STOPS_BYTES);
    status = store_begin(c, err);
    if (status == CRM_OK) {
        status = script_stops_read(c, &a, &stops, &count, err);
        store_rollback(c);
    }
    store_conn_close(c);
    for (size_t i = 0; status == CRM_OK && i < units->count; i++)
        if (units->items[i]->layer >= SCHEMA_LAYER_PLUGIN)
            atomic_store(&units->items[i]->is_stopped,
                         script_stop_find(stops, count, units->items[i]->owner) != NULL);
    arena_fini(&a);
    return status;
}

crm_status script_host_look(struct script_host *h, struct err *err) {
    pthread_mutex_lock(&h->change_mu);
    crm_status status = script_stops_load(h, h->units, err);
    pthread_mutex_unlock(&h->change_mu);
    return status;
}

/* ---- stop and start -----------------------------------------------------------------------------
 */

static crm_status put_mark(struct script_host *h, struct str owner, bool stopped, struct err *err) {
    struct arena a;
    arena_init(&a, STOPS_BYTES);
    struct mark m = {.key = stop_key(&a, owner),
                     .kills = arena_printf(&a, "killed/%.*s", STR_ARG(owner)),
                     .stopped = stopped};
    crm_status status =
        m.key.ptr && m.kills.ptr
            ? engine_write_news(h->options.engine, STORE_NEWS_SCRIPTS, mark_write, &m, err)
            : err_no_memory(err);
    arena_fini(&a);
    return status;
}

static crm_status set_mark(struct script_host *h, struct str owner, bool stopped, struct err *err) {
    bool found = false;
    pthread_mutex_lock(&h->change_mu); /* a version that comes finds the mark stored */
    struct script_units *units = script_units_ref(h);
    for (size_t i = 0; i < units->count; i++)
        if (str_eq(units->items[i]->owner, owner) &&
            units->items[i]->layer >= SCHEMA_LAYER_PLUGIN) {
            atomic_store(&units->items[i]->is_stopped, stopped);
            found = true;
        }
    script_units_unref(units);
    crm_status status = found ? put_mark(h, owner, stopped, err)
                              : err_set_args(err, CRM_NOT_FOUND, &say_script_no_owner, &owner, 1);
    pthread_mutex_unlock(&h->change_mu);
    return status;
}

/* Runs of its handlers, and what they emitted: jobs whose cause is a handler of it. */
static bool is_its_job(void *ctx, const struct event_job *job) {
    const struct str *owner = ctx;
    if (is_of(job->cause, *owner)) return true;
    if (!str_starts_with(job->kind, STR("script."))) return false;
    json_t *payload = NULL;
    struct err err;
    if (json_parse(job->payload, &json_limits_default, &payload, &err) != CRM_OK) return false;
    bool is_its = is_of(json_str(json_object_get(payload, "subscriber")), *owner) ||
                  is_of(json_str(json_object_get(payload, "handler")), *owner);
    json_decref(payload);
    return is_its;
}

crm_status script_host_stop(struct script_host *h, struct str owner, int64_t *ret_cancelled,
                            struct err *err) {
    crm_status status = set_mark(h, owner, true, err);
    *ret_cancelled = 0;
    if (status != CRM_OK || !h->options.hub) return status;
    return event_job_cancel_some(h->options.hub, is_its_job, &owner, ret_cancelled, err);
}

crm_status script_host_resume(struct script_host *h, struct str owner, struct err *err) {
    return set_mark(h, owner, false, err);
}

bool script_host_has(struct script_host *h, struct str owner) {
    bool found = false;
    struct script_units *units = script_units_ref(h);
    for (size_t i = 0; i < units->count; i++)
        found |= str_eq(units->items[i]->owner, owner);
    script_units_unref(units);
    return found;
}

bool script_host_is_stopped(struct script_host *h, struct str owner) {
    bool stopped = false;
    struct script_units *units = script_units_ref(h);
    for (size_t i = 0; i < units->count; i++)
        if (str_eq(units->items[i]->owner, owner))
            stopped |= atomic_load(&units->items[i]->is_stopped);
    script_units_unref(units);
    return stopped;
}

/* ---- before a job runs --------------------------------------------------------------------------
 */

/* Evenly at the slow pace, once the burst is spent: a time of its own for each run beyond. 0: now.
 */
static int64_t due_at(const struct script_host_options *o, struct script_unit *u, int64_t now) {
    int64_t burst = o->storm_runs * o->storm_pause_ms, was = atomic_load(&u->free_at_ms), next;
    do {
        next = (was > now ? was : now) + o->storm_pause_ms;
    } while (!atomic_compare_exchange_weak(&u->free_at_ms, &was, next));
    return next - now > burst ? next - burst : 0;
}

/* It has waited for its turn already. */
static bool was_put_off(const struct event_job *job) {
    return job->attempts > 1 || job->run_at_ms > job->created_at_ms;
}

crm_status script_job_admit(struct script_host *h, struct event_job_run *run, struct str handler,
                            bool *ret_admitted, struct err *err) {
    int64_t due = 0;
    bool stopped = false;
    *ret_admitted = true;
    struct script_units *units = script_units_ref(h);
    struct script_unit *u = unit_of(units, handler);
    crm_status status = CRM_OK;
    if (u && u->layer >= SCHEMA_LAYER_PLUGIN) {
        status = script_stop_load(u, run->reader, err);
        stopped = atomic_load(&u->is_stopped);
        if (!stopped && !was_put_off(run->job)) due = due_at(&h->options, u, clock_now_ms());
    }
    script_units_unref(units);
    if (status != CRM_OK || (!stopped && !due)) return status;
    *ret_admitted = false;
    return stopped ? event_job_cancel(run->hub, run->job->id, err)
                   : event_job_postpone(run, due, err);
}
