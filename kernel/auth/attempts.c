/* See attempts.h. The ids of a node rise in the order of its commits, so the last one that was
 * counted is all there is to remember of it. */
#include "auth/attempts.h"

#include "auth/auth.h"
#include "auth/sign_in.h"
#include "base/unicode.h"
#include "store/sys_tables.h"

enum {
    FIRST_MS = 15 * 60 * 1000, /* a program that begins knows what a quarter of an hour has seen */
    LATE_MS = 60 * 1000,       /* an attempt is logged so late at most */
    PAGE_ROWS = 1000,
    ARENA_BYTES = 64 * 1024
};

struct hearing {
    struct auth *auth;
    struct arena arena;
    int64_t now_ms, after; /* id */
    size_t rows;
    bool no_memory;
};

void attempts_init(struct attempts *t) {
    memset(t, 0, sizeof *t);
    pthread_mutex_init(&t->mu, NULL);
}

void attempts_fini(struct attempts *t) { pthread_mutex_destroy(&t->mu); }

static struct str text_at(const struct store_value *row, int column) {
    return row[column].type == STORE_TEXT ? row[column].bytes : STR_NONE;
}

/* As sign_in.c goes about it: whatever goes on counts as failed until it has passed. */
static void count(struct hearing *h, struct str account, const struct store_value *row) {
    struct throttle *t = &h->auth->throttle;
    struct str address = text_at(row, SYS_SIGN_IN_ADDRESS);
    int64_t outcome = row[SYS_SIGN_IN_OUTCOME].integer, at_ms = row[SYS_SIGN_IN_AT].integer;
    if (at_ms > h->now_ms) at_ms = h->now_ms;
    if (outcome != SIGN_IN_OK && outcome != SIGN_IN_WRONG && outcome != SIGN_IN_CHANGED) return;
    throttle_failed(t, account, address, at_ms);
    if (outcome != SIGN_IN_WRONG) throttle_passed(t, account, address, at_ms);
}

static bool take(void *ctx, const struct store_value *row) {
    struct hearing *h = ctx;
    int64_t id = row[SYS_SIGN_IN_ID].integer;
    int64_t *heard = &h->auth->attempts.heard[id_node(id)];
    h->rows++;
    h->after = id;
    if (id <= *heard) return true;
    arena_reset(&h->arena);
    struct str account = fold_key_arena(&h->arena, text_at(row, SYS_SIGN_IN_LOGIN));
    h->no_memory = !account.ptr;
    if (h->no_memory) return false;
    count(h, account, row);
    *heard = id;
    return true;
}

static crm_status page(struct hearing *h, struct store_conn *reader, struct err *err) {
    const struct store_condition where = {SYS_SIGN_IN_ID, STORE_GT, store_int(h->after)};
    const int8_t order = SYS_SIGN_IN_ID + 1;
    const struct store_select select = {.table = sys_table(SYS_TABLE_SIGN_IN),
                                        .where = &where,
                                        .where_count = 1,
                                        .order = &order,
                                        .order_count = 1,
                                        .limit = PAGE_ROWS};
    h->rows = 0;
    crm_status status = store_each(reader, &select, take, h, err);
    return status == CRM_OK && h->no_memory ? err_no_memory(err) : status;
}

/* Under mu. */
static crm_status hear(struct hearing *h, struct store_conn *reader, struct err *err) {
    struct attempts *t = &h->auth->attempts;
    crm_status status = CRM_OK;
    h->after = id_least(t->asked_ms ? t->asked_ms - LATE_MS : h->now_ms - FIRST_MS);
    do {
        status = page(h, reader, err);
    } while (status == CRM_OK && h->rows == PAGE_ROWS);
    if (status != CRM_OK) return status;
    /* From here on those of this number are this program's own. */
    t->heard[engine_node(h->auth->engine)] = INT64_MAX;
    t->asked_ms = h->now_ms;
    return CRM_OK;
}

crm_status attempts_hear(struct auth *a, struct store_conn *reader, int64_t now_ms,
                         struct err *err) {
    struct hearing h = {.auth = a, .now_ms = now_ms};
    if (!engine_cluster(a->engine)) return CRM_OK;
    arena_init(&h.arena, ARENA_BYTES);
    pthread_mutex_lock(&a->attempts.mu);
    crm_status status = hear(&h, reader, err);
    pthread_mutex_unlock(&a->attempts.mu);
    arena_fini(&h.arena);
    return status;
}
