/* When storage fails: nothing unflushed is acknowledged, writing stops for good and says so; a
 * PostgreSQL that went away is found again. */
#include <sqlite3.h>
#include <stdatomic.h>

#include "record/world.h"

/* ---- a disk whose flush fails ------------------------------------------------------------------
 */
struct shim_file {
    sqlite3_file base; /* first */
    sqlite3_file *real;
};

static atomic_bool flush_fails;
static sqlite3_io_methods shim_methods;

static sqlite3_file *real_of(sqlite3_file *f) { return ((struct shim_file *)f)->real; }

#define PASS(name, params, args)                                                                   \
    static int shim_##name params { return real_of(f)->pMethods->name args; }
PASS(xRead, (sqlite3_file * f, void *p, int n, sqlite3_int64 at), (real_of(f), p, n, at))
PASS(xWrite, (sqlite3_file * f, const void *p, int n, sqlite3_int64 at), (real_of(f), p, n, at))
PASS(xTruncate, (sqlite3_file * f, sqlite3_int64 size), (real_of(f), size))
PASS(xFileSize, (sqlite3_file * f, sqlite3_int64 *size), (real_of(f), size))
PASS(xLock, (sqlite3_file * f, int level), (real_of(f), level))
PASS(xUnlock, (sqlite3_file * f, int level), (real_of(f), level))
PASS(xCheckReservedLock, (sqlite3_file * f, int *out), (real_of(f), out))
PASS(xFileControl, (sqlite3_file * f, int op, void *arg), (real_of(f), op, arg))
PASS(xSectorSize, (sqlite3_file * f), (real_of(f)))
PASS(xDeviceCharacteristics, (sqlite3_file * f), (real_of(f)))
PASS(xShmMap, (sqlite3_file * f, int page, int size, int extend, void volatile **out),
     (real_of(f), page, size, extend, out))
PASS(xShmLock, (sqlite3_file * f, int offset, int n, int flags), (real_of(f), offset, n, flags))
PASS(xShmUnmap, (sqlite3_file * f, int remove), (real_of(f), remove))

static void shim_xShmBarrier(sqlite3_file *f) { real_of(f)->pMethods->xShmBarrier(real_of(f)); }

static int shim_xSync(sqlite3_file *f, int flags) {
    if (atomic_load(&flush_fails)) return SQLITE_IOERR_FSYNC;
    return real_of(f)->pMethods->xSync(real_of(f), flags);
}

static int shim_xClose(sqlite3_file *f) {
    int code = real_of(f)->pMethods ? real_of(f)->pMethods->xClose(real_of(f)) : SQLITE_OK;
    free(real_of(f));
    return code;
}

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
    sqlite3_vfs *real = vfs->pAppData;
    struct shim_file *f = (struct shim_file *)file;
    f->base.pMethods = NULL;
    f->real = calloc(1, (size_t)real->szOsFile);
    if (!f->real) return SQLITE_NOMEM;
    int code = real->xOpen(real, name, f->real, flags, out);
    if (code == SQLITE_OK)
        f->base.pMethods = &shim_methods;
    else
        free(f->real);
    return code;
}

static void shim_register(void) {
    static sqlite3_vfs shim;
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    shim_methods = (sqlite3_io_methods){.iVersion = 2,
                                        .xClose = shim_xClose,
                                        .xRead = shim_xRead,
                                        .xWrite = shim_xWrite,
                                        .xTruncate = shim_xTruncate,
                                        .xSync = shim_xSync,
                                        .xFileSize = shim_xFileSize,
                                        .xLock = shim_xLock,
                                        .xUnlock = shim_xUnlock,
                                        .xCheckReservedLock = shim_xCheckReservedLock,
                                        .xFileControl = shim_xFileControl,
                                        .xSectorSize = shim_xSectorSize,
                                        .xDeviceCharacteristics = shim_xDeviceCharacteristics,
                                        .xShmMap = shim_xShmMap,
                                        .xShmLock = shim_xShmLock,
                                        .xShmBarrier = shim_xShmBarrier,
                                        .xShmUnmap = shim_xShmUnmap};
    shim = *real;
    shim.zName = "failing";
    shim.pAppData = real;
    shim.szOsFile = sizeof(struct shim_file);
    shim.xOpen = shim_open;
    assert_int_equal(sqlite3_vfs_register(&shim, 0), SQLITE_OK);
}

static void note_failure(void *ctx, const struct err *err) {
    int *count = ctx;
    (*count)++;
    assert_int_equal(err->status, CRM_IO);
}

static void test_flush_fails(void **state) {
    (void)state;
    struct world w;
    int failures = 0;
    shim_register();
    world_vfs = "failing";
    world_open(&w, STORE_SQLITE);
    engine_on_failure(w.engine, note_failure, &failures);
    int64_t kept = make(&w, "customer", "name", "kept");
    int64_t seq = log_last_seq(w.engine);
    atomic_store(&flush_fails, true);
    assert_int_equal(one(&w, RECORD_CREATE, "customer", 0, "name", text("lost")), CRM_IO);
    atomic_store(&flush_fails, false);
    assert_true(engine_failed(w.engine));
    assert_int_equal(failures, 1);
    assert_int_equal(one(&w, RECORD_CREATE, "customer", 0, "name", text("late")), CRM_UNAVAILABLE);
    assert_string_equal(w.err.text.code, "writer_stopped");
    assert_text(field(&w, "customer", kept, "name"), "kept"); /* reading goes on */
    assert_int_equal(failures, 1);
    world_disconnect(&w);
    world_connect(&w, false);
    assert_text(field(&w, "customer", kept, "name"), "kept");
    assert_true(log_last_seq(w.engine) >= seq);
    must(&w, one(&w, RECORD_CREATE, "customer", 0, "name", text("again")));
    world_close(&w);
    world_vfs = NULL;
}

static void test_postgres_goes_away(void **state) {
    (void)state;
    struct world w;
    world_open(&w, STORE_POSTGRES);
    int64_t kept = make(&w, "customer", "name", "kept");
    int64_t seq = log_last_seq(w.engine);
    test_postgres_kill(&world_server);
    assert_int_equal(one(&w, RECORD_CREATE, "customer", 0, "name", text("lost")), CRM_UNAVAILABLE);
    assert_int_equal(one(&w, RECORD_CREATE, "customer", 0, "name", text("lost")), CRM_UNAVAILABLE);
    assert_false(engine_failed(w.engine)); /* a database that is away is not one that is broken */
    assert_true(test_postgres_restart(&world_server));
    must(&w, one(&w, RECORD_CREATE, "customer", 0, "name", text("back")));
    assert_int_equal(w.result.seq, seq + 1);
    store_conn_close(w.reader);
    must(&w, engine_reader_open(w.engine, &w.reader, &w.err));
    assert_text(field(&w, "customer", kept, "name"), "kept");
    world_close(&w);
}

/* A full queue says so at once and keeps nothing. */
struct gate {
    pthread_mutex_t mu;
    pthread_cond_t cond;
    bool entered, open; /* guarded by mu */
};

static crm_status wait_at(void *ctx, struct store_conn *c, struct err *err) {
    (void)c, (void)err;
    struct gate *g = ctx;
    pthread_mutex_lock(&g->mu);
    g->entered = true;
    pthread_cond_broadcast(&g->cond);
    while (!g->open)
        pthread_cond_wait(&g->cond, &g->mu);
    pthread_mutex_unlock(&g->mu);
    return CRM_OK;
}

static void test_full_queue(void **state) {
    (void)state;
    enum { LIMIT = 4 };
    struct world w;
    struct gate gate = {.mu = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};
    struct engine_task tasks[LIMIT + 2];
    world_queue_limit = LIMIT;
    world_open(&w, STORE_SQLITE);
    world_queue_limit = 0;
    for (int i = 0; i < LIMIT + 2; i++)
        tasks[i] = (struct engine_task){.fn = wait_at, .ctx = &gate};
    assert_true(engine_post(w.engine, &tasks[0]));
    pthread_mutex_lock(&gate.mu);
    while (!gate.entered)
        pthread_cond_wait(&gate.cond, &gate.mu);
    pthread_mutex_unlock(&gate.mu);
    for (int i = 1; i <= LIMIT; i++)
        assert_true(engine_post(w.engine, &tasks[i]));
    assert_false(engine_post(w.engine, &tasks[LIMIT + 1]));
    assert_int_equal(one(&w, RECORD_CREATE, "customer", 0, "name", text("x")), CRM_UNAVAILABLE);
    assert_string_equal(w.err.text.code, "writer_busy");
    pthread_mutex_lock(&gate.mu);
    gate.open = true;
    pthread_cond_broadcast(&gate.cond);
    pthread_mutex_unlock(&gate.mu);
    world_close(&w); /* drains */
}

int main(void) {
    world_server_own = true;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_flush_fails),
                                       cmocka_unit_test(test_postgres_goes_away),
                                       cmocka_unit_test(test_full_queue)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
