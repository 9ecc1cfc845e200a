#include "module/nodes.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/log.h"
#include "loop/thread.h"
#include "module/kernel_state.h"
#include "store/note.h"

enum {
    LOOK_MS = 300,    /* without a hint */
    SOON_MS = 20,     /* where something could not be followed yet; then ever longer */
    TELL_MS = 10,     /* between two hints to the others */
    NOTE_MS = 5000,   /* between two signs of life in the database */
    TAKEN_MS = 30000, /* for so long a lost connection's lock may outlive it */
    ADDRESS_BYTES = 256,
    NOTE_BYTES = 4096
};

struct nodes {
    struct kernel *kernel;
    struct store_cluster *cluster;
    pthread_t thread;
    atomic_bool stopping;
    char address[ADDRESS_BYTES];
    int64_t started_ms;
    /* the thread's own: */
    int64_t heard[STORE_NEWS_COUNT]; /* foreign news that were acted on */
    int64_t told_ns, noted_ns, taken_ns, look_ms;
    bool owes; /* jobs of nodes that are gone have not been looked for yet */
    bool away; /* the database could not be reached when it was last looked at */
};

/* ---- what news mean ------------------------------------------------------------------------ */
static crm_status act(struct nodes *n, enum store_news what, int64_t number, struct err *err) {
    struct kernel *k = n->kernel;
    switch (what) {
    case STORE_NEWS_LOG:
        engine_log_reached(k->engine, number);
        event_hub_hear(k->events);
        return CRM_OK;
    case STORE_NEWS_RIGHTS:
        return engine_look_again(k->engine, err);
    case STORE_NEWS_SESSIONS:
        cache_forget_all(&k->auth->cache);
        return CRM_OK;
    case STORE_NEWS_SCHEMA:
        return kernel_schema_follow(k, err);
    case STORE_NEWS_OUTBOUND:
        return event_outbound_look(k->events, err);
    case STORE_NEWS_SCRIPTS:
        reloader_ask(k->reloader); /* elsewhere: it may take a while */
        return script_host_look(k->scripts, err);
    case STORE_NEWS_COUNT:
        break;
    }
    return CRM_OK;
}

/* Sessions and rights first. Failed: heard again at the next look. */
static void act_on(struct nodes *n, const struct store_board *board, const int64_t *own) {
    static const enum store_news order[] = {STORE_NEWS_SESSIONS, STORE_NEWS_RIGHTS,
                                            STORE_NEWS_SCHEMA,   STORE_NEWS_SCRIPTS,
                                            STORE_NEWS_OUTBOUND, STORE_NEWS_LOG};
    bool waits = false;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        enum store_news what = order[i];
        int64_t foreign = board->news[what] - own[what];
        struct err err;
        if (foreign == n->heard[what]) continue;
        crm_status status = act(n, what, board->news[what], &err);
        if (status == CRM_OK) n->heard[what] = foreign;
        if (status != CRM_OK && status != CRM_UNAVAILABLE) log_err(LOG_ERROR, "nodes", &err);
        waits |= status == CRM_UNAVAILABLE;
    }
    if (!waits)
        n->look_ms = 0;
    else if (n->look_ms < LOOK_MS)
        n->look_ms = n->look_ms ? n->look_ms * 2 : SOON_MS;
}

/* ---- looking and telling -------------------------------------------------------------------- */
/* The number may be held for a while by what is left of our own connection. */
static void note_failure(struct nodes *n, crm_status status, const struct err *err) {
    int64_t now = clock_monotonic_ns();
    if (!n->away) log_err(LOG_WARN, "nodes_unheard", err);
    n->away = true;
    if (status != CRM_CONFLICT) n->taken_ns = 0;
    if (status == CRM_CONFLICT && n->taken_ns == 0) n->taken_ns = now;
    if (status == CRM_CONFLICT && now - n->taken_ns > TAKEN_MS * INT64_C(1000000))
        engine_fail(n->kernel->engine, err);
}

/* What ran on a node that has died runs on; at the first look, on any that died before. */
static void take_over(struct nodes *n, bool gone) {
    int32_t living[STORE_NODES_MAX];
    struct err err;
    n->owes |= gone;
    if (!n->owes) return;
    size_t count = store_cluster_living(n->cluster, living, STORE_NODES_MAX);
    n->owes = event_hub_take_over(n->kernel->events, living, count, &err) != CRM_OK;
}

/* What the others end is not heard of now: it is read each time, by the connections that are left.
 */
static void read_anew(struct nodes *n) {
    static const enum store_news order[] = {STORE_NEWS_SESSIONS, STORE_NEWS_RIGHTS};
    struct err err;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        (void)act(n, order[i], 0, &err); /* else the database is away as a whole */
}

static void look(struct nodes *n) {
    struct store_board board;
    int64_t own[STORE_NEWS_COUNT];
    struct err err;
    for (int i = 0; i < STORE_NEWS_COUNT; i++)
        own[i] = i == STORE_NEWS_LOG ? 0 : engine_own_news(n->kernel->engine, (enum store_news)i);
    crm_status status = store_cluster_look(n->cluster, &board, &err);
    if (status != CRM_OK) {
        note_failure(n, status, &err);
        read_anew(n);
        return;
    }
    n->away = false;
    n->taken_ns = 0;
    act_on(n, &board, own);
    take_over(n, board.gone);
}

static void tell(struct nodes *n) {
    int64_t since_ms = (clock_monotonic_ns() - n->told_ns) / 1000000;
    struct err err;
    if (store_cluster_others(n->cluster) == 0) return;
    if (since_ms >= 0 && since_ms < TELL_MS) poll(NULL, 0, (int)(TELL_MS - since_ms));
    n->told_ns = clock_monotonic_ns();
    (void)store_cluster_tell(n->cluster, &err); /* else they find it when they look */
}

struct sign {
    struct str key, text;
};

static crm_status sign_write(void *ctx, struct store_conn *writer, struct err *err) {
    const struct sign *s = ctx;
    return store_note_put(writer, s->key, s->text, err);
}

static void put_sign(const struct nodes *n, struct buf *text) {
    struct json_writer out;
    json_writer_init(&out, text);
    json_object_open(&out);
    json_key_lit(&out, "address");
    json_cstr(&out, n->address);
    json_key_lit(&out, "version");
    json_cstr(&out, PERIGEE_VERSION);
    json_key_lit(&out, "started_at");
    json_int64(&out, n->started_ms);
    json_key_lit(&out, "seen_at");
    json_int64(&out, store_now_ms(engine_store(n->kernel->engine)));
    json_object_shut(&out);
}

static void note(struct nodes *n) {
    BUF_CLEANUP struct buf text;
    char key[16];
    struct err err;
    int64_t now = clock_monotonic_ns();
    buf_init(&text, NOTE_BYTES);
    if (n->noted_ns && now - n->noted_ns < NOTE_MS * INT64_C(1000000)) return;
    n->noted_ns = now;
    put_sign(n, &text);
    snprintf(key, sizeof key, "%d", store_cluster_node(n->cluster));
    struct sign s = {str_from(key), buf_str(&text)};
    if (text.status != CRM_OK) return;
    (void)engine_write(n->kernel->engine, sign_write, &s, &err); /* only shown */
}

static void *run(void *ctx) {
    struct nodes *n = ctx;
    while (!atomic_load(&n->stopping)) {
        bool woken = false;
        look(n);
        if (!n->away) note(n);
        bool soon = n->look_ms > 0 && n->look_ms < LOOK_MS;
        store_cluster_wait(n->cluster, soon ? n->look_ms : LOOK_MS, &woken);
        if (woken && !atomic_load(&n->stopping)) tell(n);
    }
    return NULL;
}

crm_status nodes_start(struct kernel *k, const char *address, struct nodes **ret, struct err *err) {
    *ret = NULL;
    if (!engine_cluster(k->engine)) return CRM_OK;
    struct nodes *n = calloc(1, sizeof *n);
    if (!n) return err_no_memory(err);
    n->kernel = k;
    n->cluster = engine_cluster(k->engine);
    n->owes = true;
    n->started_ms = store_now_ms(engine_store(k->engine));
    snprintf(n->address, sizeof n->address, "%s", address);
    crm_status status = thread_start("nodes", run, n, &n->thread, err);
    if (status != CRM_OK) {
        free(n);
        return status;
    }
    *ret = n;
    return CRM_OK;
}

/* It is told after a time at most: nothing waits for more than a look. */
void nodes_stop(struct nodes *n) {
    if (!n) return;
    atomic_store(&n->stopping, true);
    pthread_join(n->thread, NULL);
    free(n);
}
