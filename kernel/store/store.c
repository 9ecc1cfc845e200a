/* The database and its connections: opening, transactions, what every engine shares; see store.h.
 */
#include "store/store.h"

#include <stdlib.h>

#include "store/driver.h"
#include "store/dump.h"
#include "store/messages.h"
#include "store/texts.h"
#include "store/wipe.h"

enum { SCRATCH_MAX_BYTES = 256 << 20 };

static char *copy_text(struct str s) {
    char *copy = malloc(s.len + 1);
    if (!copy) return NULL;
    if (s.len) memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return copy;
}

static void store_free(struct store *s) {
    pthread_mutex_destroy(&s->blob_mutex);
    free(s->data_dir);
    free(s->uri);
    free(s);
}

crm_status store_open(const struct store_options *options, struct store **ret, struct err *err) {
    if (!options->unfinished && store_mark_is_there(options->data_dir))
        return err_set_args(err, CRM_CONFLICT, &store_text_restore_unfinished, &options->data_dir,
                            1);
    struct store *s = calloc(1, sizeof *s);
    if (!s) return err_no_memory(err);
    pthread_mutex_init(&s->blob_mutex, NULL);
    s->driver = options->uri.len ? &postgres_driver : &sqlite_driver;
    s->data_dir = copy_text(options->data_dir);
    s->uri = copy_text(options->uri);
    s->sqlite_vfs = options->sqlite_vfs;
    s->cache_bytes = options->cache_bytes;
    s->shadow_rows = options->shadow_rows;
    s->unfinished = options->unfinished;
    crm_status status =
        s->data_dir && s->uri ? s->driver->open(s, options->create, err) : err_no_memory(err);
    if (status != CRM_OK) {
        store_free(s);
        return status;
    }
    *ret = s;
    return CRM_OK;
}

void store_close(struct store *s) {
    if (!s) return;
    s->driver->close(s);
    store_free(s);
}

void store_keep_begin(struct store *s) { atomic_fetch_add(&s->kept, 1); }
void store_keep_end(struct store *s) { atomic_fetch_sub(&s->kept, 1); }

enum store_engine store_engine_of(const struct store *s) { return s->driver->engine; }

uint64_t store_waits(const struct store *s) {
    return atomic_load_explicit(&s->waits, memory_order_relaxed);
}

struct str store_data_dir(const struct store *s) {
    return str_from(s->data_dir);
}

crm_status store_conn_open(struct store *s, enum store_role role, struct store_conn **ret,
                           struct err *err) {
    if (role == STORE_ASKER && s->driver->engine != STORE_POSTGRES)
        return err_internal(err, "this engine answers at once");
    struct store_conn *c = calloc(1, sizeof *c);
    if (!c) return err_no_memory(err);
    c->store = s;
    c->driver = s->driver;
    c->role = role;
    c->texts = text_cache_new();
    arena_init(&c->scratch, SCRATCH_MAX_BYTES);
    crm_status status = c->texts ? c->driver->conn_open(c, err) : err_no_memory(err);
    if (status != CRM_OK) {
        text_cache_free(c->texts);
        arena_fini(&c->scratch);
        free(c);
        return status;
    }
    atomic_fetch_add(&s->connections, 1);
    *ret = c;
    return CRM_OK;
}

void store_conn_close(struct store_conn *c) {
    if (!c) return;
    if (c->in_transaction) store_rollback(c);
    c->driver->conn_close(c);
    text_cache_free(c->texts);
    arena_fini(&c->scratch);
    atomic_fetch_sub(&c->store->connections, 1);
    free(c);
}

struct store *store_of(struct store_conn *c) {
    return c->store;
}

void store_conn_set_company(struct store_conn *c, const struct store_company *company) {
    c->company = *company;
    c->driver->set_company(c);
}

void store_conn_set_budget(struct store_conn *c, int64_t max_ms) {
    if (c->budget_ms == max_ms) return;
    c->budget_ms = max_ms;
    c->driver->set_budget(c);
}

void store_conn_cancel(struct store_conn *c) {
    atomic_store(&c->cancelled, true);
    c->driver->cancel(c);
}

struct str store_conflict_index(const struct store_conn *c) {
    return str_from(c->conflict);
}

/* ---- transactions -------------------------------------------------------------------------- */
static void note_failure(struct store_conn *c, crm_status status) {
    if (c->in_transaction) c->failed = true;
    if (status == CRM_IO && c->role == STORE_WRITER) atomic_store(&c->store->broken, true);
}

crm_status store_begin(struct store_conn *c, struct err *err) {
    if (c->in_transaction) return err_internal(err, "begin inside a transaction");
    if (c->role == STORE_WRITER && atomic_load(&c->store->broken))
        return err_set(err, CRM_IO, &store_text_io, NULL);
    crm_status status = c->driver->begin(c, err);
    if (status != CRM_OK) {
        note_failure(c, status);
        return status;
    }
    c->in_transaction = true;
    c->in_savepoint = false;
    c->failed = false;
    return CRM_OK;
}

void store_expect_one(struct store_conn *c) {
    if (c->in_transaction && c->role != STORE_WRITER && c->driver->expect_one)
        c->driver->expect_one(c);
}

crm_status store_commit(struct store_conn *c, struct err *err) {
    if (!c->in_transaction) return err_internal(err, "commit outside of a transaction");
    if (c->failed) {
        store_rollback(c);
        return err_internal(err, "commit of a failed transaction");
    }
    c->unsure = false;
    crm_status status = c->driver->commit(c, err);
    if (status != CRM_OK) {
        note_failure(c, status);
        store_rollback(c);
        return status;
    }
    c->in_transaction = c->in_savepoint = false;
    return CRM_OK;
}

bool store_is_unsure(const struct store_conn *c) { return c->unsure; }

void store_rollback(struct store_conn *c) {
    if (!c->in_transaction) return;
    c->driver->rollback(c);
    c->in_transaction = c->in_savepoint = c->failed = false;
}

crm_status store_savepoint(struct store_conn *c, struct err *err) {
    if (!c->in_transaction || c->in_savepoint || c->failed)
        return err_internal(err, "savepoint out of place");
    crm_status status = c->driver->savepoint(c, err);
    if (status != CRM_OK) {
        note_failure(c, status);
        return status;
    }
    c->in_savepoint = true;
    return CRM_OK;
}

crm_status store_release(struct store_conn *c, struct err *err) {
    if (!c->in_savepoint || c->failed) return err_internal(err, "release out of place");
    crm_status status = c->driver->release(c, err);
    if (status != CRM_OK) {
        note_failure(c, status);
        return status;
    }
    c->in_savepoint = false;
    return CRM_OK;
}

void store_rollback_to(struct store_conn *c) {
    if (!c->in_savepoint) return;
    struct err err;
    crm_status status = c->in_transaction ? c->driver->rollback_to(c, &err) : CRM_OK;
    c->in_savepoint = false;
    c->failed = status != CRM_OK;
}

bool store_in_transaction(const struct store_conn *c) { return c->in_transaction; }
enum store_role store_conn_role(const struct store_conn *c) { return c->role; }

uint64_t store_mark(const struct store_conn *c) { return c->sent; }
bool store_is_at_mark(const struct store_conn *c, uint64_t mark) {
    return c->in_transaction && !c->failed && c->sent == mark;
}

size_t store_log_frames(const struct store_conn *c) {
    return c->driver->log_frames ? c->driver->log_frames(c) : 0;
}

crm_status store_checkpoint(struct store_conn *c, struct err *err) {
    return c->driver->checkpoint(c, false, err);
}
crm_status store_checkpoint_last(struct store_conn *c, struct err *err) {
    return c->driver->checkpoint(c, true, err);
}

/* ---- statements ---------------------------------------------------------------------------- */
static uint64_t mix(uint64_t a, uint64_t b) {
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t statement_hash(const void *bytes, size_t len) {
    const uint8_t *at = bytes;
    uint64_t hash = 0x9E3779B97F4A7C15u ^ len, word;
    for (; len >= sizeof word; at += sizeof word, len -= sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = mix(hash ^ word, 0xD6E8FEB86659FD93u);
    }
    word = 0;
    if (len) memcpy(&word, at, len);
    return mix(hash ^ word, 0xA0761D6478BD642Fu);
}

struct statement statement_of(const struct sql *s) {
    struct str text = buf_str(&s->text);
    return (struct statement){.text = text,
                              .hash = statement_hash(text.ptr, text.len),
                              .params = s->params,
                              .param_count = s->param_count};
}

static crm_status check_usable(const struct store_conn *c, struct err *err) {
    return c->failed ? err_internal(err, "statement in a failed transaction") : CRM_OK;
}

crm_status store_exec_run(struct store_conn *c, const struct statement *q, int64_t *ret_affected,
                          struct err *err) {
    crm_status status = check_usable(c, err);
    if (status != CRM_OK) return status;
    c->sent++;
    status = c->driver->run(c, q, ret_affected, err);
    if (status != CRM_OK) note_failure(c, status);
    return status;
}

crm_status store_exec_open(struct store_conn *c, const struct statement *q, bool large,
                           struct store_rows **ret, struct err *err) {
    crm_status status = check_usable(c, err);
    if (status != CRM_OK) return status;
    status = c->driver->rows_open(c, q, large, ret, err);
    if (status != CRM_OK) note_failure(c, status);
    return status;
}

crm_status store_exec_next(struct store_rows *r, bool *ret_row, struct err *err) {
    crm_status status = r->conn->driver->rows_next(r, ret_row, err);
    if (status != CRM_OK) note_failure(r->conn, status);
    return status;
}

void store_exec_close(struct store_rows *r) {
    if (r) r->conn->driver->rows_close(r);
}

crm_status store_exec_int(struct store_conn *c, const struct statement *q, int64_t *ret,
                          struct err *err) {
    struct store_rows *rows ROWS_CLEANUP = NULL;
    bool found = false;
    crm_status status = store_exec_open(c, q, false, &rows, err);
    if (status == CRM_OK) status = store_exec_next(rows, &found, err);
    if (status == CRM_OK && found && rows->values[0].type == STORE_INT)
        *ret = rows->values[0].integer;
    return status;
}

crm_status store_exec_script(struct store_conn *c, const char *text, struct err *err) {
    crm_status status = check_usable(c, err);
    if (status != CRM_OK) return status;
    c->sent++;
    status = c->driver->script(c, text, err);
    if (status != CRM_OK) note_failure(c, status);
    return status;
}

crm_status store_sql_run(struct store_conn *c, const struct sql *s, int64_t *ret_affected,
                         struct err *err) {
    crm_status status = sql_status(s, err);
    if (status != CRM_OK) return status;
    struct statement q = statement_of(s);
    return store_exec_run(c, &q, ret_affected, err);
}

crm_status store_sql_open(struct store_conn *c, const struct sql *s, bool large,
                          struct store_rows **ret, struct err *err) {
    crm_status status = sql_status(s, err);
    if (status != CRM_OK) return status;
    struct statement q = statement_of(s);
    return store_exec_open(c, &q, large, ret, err);
}

crm_status store_collect_ids(struct store_conn *c, const struct sql *s, struct arena *a,
                             size_t limit, int64_t **ret_ids, size_t *ret_count, struct err *err) {
    struct store_rows *rows ROWS_CLEANUP = NULL;
    size_t count = 0, capacity = 0;
    int64_t *ids = NULL;
    bool found = true;
    crm_status status = store_sql_open(c, s, false, &rows, err);
    while (status == CRM_OK && count < limit &&
           (status = store_exec_next(rows, &found, err)) == CRM_OK && found) {
        int64_t *grown = arena_grow(a, ids, count, &capacity, sizeof *ids);
        if (!grown) return err_no_memory(err);
        ids = grown;
        ids[count++] = rows->values[0].integer;
    }
    if (status != CRM_OK) return status;
    *ret_ids = ids;
    *ret_count = count;
    return CRM_OK;
}

struct arena *store_scratch_enter(struct store_conn *c) {
    c->scratch_depth++;
    return &c->scratch;
}

void store_scratch_leave(struct store_conn *c) {
    if (--c->scratch_depth == 0) arena_reset(&c->scratch);
}
