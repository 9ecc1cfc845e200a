/* See figures_kept.h. An answer is one block of memory, counted: who copies it out needs no lock.
 */
#include "record/figures_kept.h"

#include <pthread.h>
#include <stdlib.h>

#include "record/engine_state.h"
#include "record/log.h"
#include "store/sys_tables.h"

enum {
    BUCKETS = 1024,
    LOOK_CHANGESETS_MAX = 256, /* more than these since the last look: everything has changed */
    LOOK_CHANGES_MAX = 4096,
    SHARE_OF_BUDGET = 8 /* what one answer may take */
};

struct answer {
    struct answer *next;          /* of its bucket */
    struct answer *newer, *older; /* by use */
    uint64_t hash;
    int references; /* the table's and those who copy */
    size_t bytes;
    int64_t seq; /* the place in the log that it was found at */
    struct str key;
    const int32_t *entities;
    size_t entity_count;
    struct store_figures_result result;
};

struct entity_change {
    int32_t entity;
    int64_t seq;
};

struct figures_kept {
    pthread_mutex_t mu; /* guards all below */
    size_t budget, bytes;
    struct answer *buckets[BUCKETS];
    struct answer *newest, *oldest;
    int64_t cleared; /* times */
    /* What the log tells up to `known`: nothing of an entity after its place, and everything may
     * have changed up to `floor`. */
    int64_t known, floor;
    struct entity_change *changes;
    size_t change_count, change_capacity;
    struct figures_kept_counts counts;
};

crm_status figures_kept_new(size_t budget_bytes, struct figures_kept **ret, struct err *err) {
    struct figures_kept *k = calloc(1, sizeof *k);
    if (!k) return err_no_memory(err);
    k->budget = budget_bytes;
    pthread_mutex_init(&k->mu, NULL);
    *ret = k;
    return CRM_OK;
}

/* ---- the table (under mu) ---------------------------------------------------------------- */
static void answer_unref(struct answer *a) {
    if (--a->references == 0) free(a);
}

static void unlink_use(struct figures_kept *k, struct answer *a) {
    *(a->newer ? &a->newer->older : &k->newest) = a->older;
    *(a->older ? &a->older->newer : &k->oldest) = a->newer;
}

static void link_newest(struct figures_kept *k, struct answer *a) {
    a->newer = NULL;
    a->older = k->newest;
    *(k->newest ? &k->newest->newer : &k->oldest) = a;
    k->newest = a;
}

static void drop(struct figures_kept *k, struct answer *a) {
    struct answer **at = &k->buckets[a->hash % BUCKETS];
    while (*at != a)
        at = &(*at)->next;
    *at = a->next;
    unlink_use(k, a);
    k->bytes -= a->bytes;
    k->counts.answers--;
    answer_unref(a);
}

static struct answer *find(struct figures_kept *k, uint64_t hash, struct str key) {
    struct answer *a = k->buckets[hash % BUCKETS];
    while (a && (a->hash != hash || !str_eq(a->key, key)))
        a = a->next;
    return a;
}

static void drop_down_to(struct figures_kept *k, size_t bytes) {
    for (struct answer *a = k->oldest, *newer; a && k->bytes > bytes; a = newer) {
        newer = a->newer;
        drop(k, a);
    }
}

static void drop_all(struct figures_kept *k) {
    drop_down_to(k, 0);
    k->cleared++;
}

void figures_kept_clear(struct figures_kept *k) {
    pthread_mutex_lock(&k->mu);
    drop_all(k);
    pthread_mutex_unlock(&k->mu);
}

void figures_kept_free(struct figures_kept *k) {
    if (!k) return;
    drop_all(k);
    free(k->changes);
    pthread_mutex_destroy(&k->mu);
    free(k);
}

void figures_kept_count(struct figures_kept *k, struct figures_kept_counts *ret) {
    pthread_mutex_lock(&k->mu);
    *ret = k->counts;
    ret->bytes = k->bytes;
    pthread_mutex_unlock(&k->mu);
}

/* ---- what the log tells ------------------------------------------------------------------ */
struct look {
    struct store_conn *conn;
    struct arena *arena;
    int64_t seqs[LOOK_CHANGESETS_MAX];
    size_t count;
    int64_t changes;
    struct entity_change *found;
    size_t found_count;
};

static bool take_changeset(void *ctx, const struct log_changeset *c) {
    struct look *l = ctx;
    if (c->is_parent) return true;
    l->changes += c->changes;
    if (l->count == LOOK_CHANGESETS_MAX) l->changes = LOOK_CHANGES_MAX + 1;
    if (l->changes > LOOK_CHANGES_MAX) return false;
    l->seqs[l->count++] = c->seq;
    return true;
}

static bool take_change(void *ctx, const struct log_change *c) {
    struct look *l = ctx;
    for (size_t i = 0; i < l->found_count; i++) {
        if (l->found[i].entity != c->entity_id) continue;
        l->found[i].seq = c->seq;
        return true;
    }
    if (l->found_count < LOOK_CHANGES_MAX)
        l->found[l->found_count++] = (struct entity_change){c->entity_id, c->seq};
    return true;
}

/* The last number of the log in the reader's snapshot. */
static crm_status place_of(struct record_view *v, int64_t *ret, struct err *err) {
    const int8_t order = -(SYS_CHANGESET_SEQ + 1);
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_CHANGESET), .order = &order, .order_count = 1, .limit = 1};
    const struct store_value *row = NULL;
    crm_status status = store_first(v->conn, &select, v->arena, &row, err);
    if (status == CRM_OK) *ret = row ? row[SYS_CHANGESET_SEQ].integer : 0;
    return status;
}

static crm_status look_from(struct look *l, int64_t after, struct err *err) {
    crm_status status =
        log_each_changeset(l->conn, after, LOOK_CHANGESETS_MAX + 1, NULL, take_changeset, l, err);
    if (status != CRM_OK || l->changes > LOOK_CHANGES_MAX) return status;
    l->found = ARENA_ARRAY(l->arena, LOOK_CHANGES_MAX, struct entity_change);
    if (!l->found) return err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < l->count; i++)
        status = log_each_change(l->conn, NULL, l->seqs[i], 0, 0, NULL, take_change, l, err);
    return status;
}

static struct entity_change *change_of(struct figures_kept *k, int32_t entity) {
    for (size_t i = 0; i < k->change_count; i++)
        if (k->changes[i].entity == entity) return &k->changes[i];
    if (k->change_count == k->change_capacity) {
        size_t capacity = k->change_capacity ? 2 * k->change_capacity : 64;
        struct entity_change *grown = realloc(k->changes, capacity * sizeof *grown);
        if (!grown) return NULL;
        k->changes = grown;
        k->change_capacity = capacity;
    }
    k->changes[k->change_count] = (struct entity_change){.entity = entity};
    return &k->changes[k->change_count++];
}

static void learn(struct figures_kept *k, const struct look *l, int64_t until) {
    bool all = l->changes > LOOK_CHANGES_MAX;
    for (size_t i = 0; !all && i < l->found_count; i++) {
        struct entity_change *c = change_of(k, l->found[i].entity);
        if (!c) all = true;
        if (c && c->seq < l->found[i].seq) c->seq = l->found[i].seq;
    }
    if (all && k->floor < until) k->floor = until;
    if (k->known < until) k->known = until;
}

/* Until the place of the snapshot at hand. */
static crm_status catch_up(struct figures_kept *k, struct record_view *v, int64_t until,
                           struct err *err) {
    pthread_mutex_lock(&k->mu);
    int64_t known = k->known;
    if (known == 0) k->known = k->floor = until;
    pthread_mutex_unlock(&k->mu);
    if (known == 0 || until <= known) return CRM_OK;
    struct look *l = ARENA_NEW(v->arena, struct look);
    if (!l) return err_no_memory(err);
    l->conn = v->conn;
    l->arena = v->arena;
    crm_status status = look_from(l, known, err);
    if (status != CRM_OK) return status;
    pthread_mutex_lock(&k->mu);
    learn(k, l, until);
    pthread_mutex_unlock(&k->mu);
    return CRM_OK;
}

/* Under mu. */
static bool still_holds(struct figures_kept *k, const struct answer *a, int64_t at) {
    if (a->seq > at || k->floor > a->seq) return false;
    for (size_t i = 0; i < a->entity_count; i++)
        for (size_t c = 0; c < k->change_count; c++)
            if (k->changes[c].entity == a->entities[i] && k->changes[c].seq > a->seq) return false;
    return true;
}

/* ---- answers ----------------------------------------------------------------------------- */
static size_t text_bytes(const struct store_figures_result *r, size_t cells, size_t titles) {
    size_t bytes = 0;
    for (size_t i = 0; i < cells; i++)
        if (r->cells[i].type == VALUE_TEXT) bytes += r->cells[i].text.len;
    for (size_t i = 0; i < titles; i++)
        bytes += r->titles[i].len;
    return bytes;
}

static struct str put_bytes(char **at, struct str s) {
    if (!s.ptr) return s;
    struct str copy = str_make(*at, s.len);
    if (s.len) memcpy(*at, s.ptr, s.len);
    *at += s.len;
    return copy;
}

/* NULL: too large, or no memory for it. Lists do not stand in figures. */
static struct answer *answer_new(const struct figures_kept *k, const struct figures_key *key,
                                 const struct store_figures *f,
                                 const struct store_figures_result *r) {
    size_t cells = r->row_count * (f->group_count + f->measure_count),
           titles = r->titles ? r->row_count * f->group_count : 0;
    size_t bytes = sizeof(struct answer) + cells * sizeof(struct value) +
                   titles * sizeof(struct str) + key->entity_count * sizeof(int32_t) +
                   key->bytes.len + text_bytes(r, cells, titles);
    for (size_t i = 0; i < cells; i++)
        if (r->cells[i].type == VALUE_LIST) return NULL;
    struct answer *a = bytes <= k->budget / SHARE_OF_BUDGET ? malloc(bytes) : NULL;
    if (!a) return NULL;
    struct value *values = (struct value *)(a + 1);
    struct str *strs = (struct str *)(values + cells);
    int32_t *entities = (int32_t *)(strs + titles);
    char *at = (char *)(entities + key->entity_count);
    *a = (struct answer){.references = 1, .bytes = bytes, .entities = entities};
    a->entity_count = key->entity_count;
    memcpy(entities, key->entities, key->entity_count * sizeof *entities);
    a->key = put_bytes(&at, key->bytes);
    for (size_t i = 0; i < cells; i++) {
        values[i] = r->cells[i];
        if (values[i].type == VALUE_TEXT) values[i].text = put_bytes(&at, r->cells[i].text);
    }
    for (size_t i = 0; i < titles; i++)
        strs[i] = put_bytes(&at, r->titles[i]);
    a->result =
        (struct store_figures_result){values, titles ? strs : NULL, r->row_count, r->truncated};
    return a;
}

static crm_status copy_out(const struct answer *a, const struct store_figures *f,
                           struct arena *arena, struct store_figures_result *ret, struct err *err) {
    const struct store_figures_result *r = &a->result;
    size_t cells = r->row_count * (f->group_count + f->measure_count),
           titles = r->row_count * f->group_count;
    struct value *values = ARENA_ARRAY(arena, cells + 1, struct value);
    struct str *strs = ARENA_ARRAY(arena, titles + 1, struct str);
    if (!values || !strs) return err_no_memory(err);
    for (size_t i = 0; i < cells; i++)
        if (!value_copy(arena, &r->cells[i], &values[i])) return err_no_memory(err);
    for (size_t i = 0; r->titles && i < titles; i++)
        if (r->titles[i].len && !(strs[i] = arena_str(arena, r->titles[i])).ptr)
            return err_no_memory(err);
    *ret = (struct store_figures_result){values, strs, r->row_count, r->truncated};
    return CRM_OK;
}

/* Not when the table was cleared since: what was read may be of before. */
static void keep(struct figures_kept *k, struct answer *a, int64_t cleared) {
    pthread_mutex_lock(&k->mu);
    struct answer *old = find(k, a->hash, a->key);
    bool is_late = k->cleared != cleared || (old && old->seq > a->seq);
    if (old && !is_late) drop(k, old);
    if (is_late) {
        answer_unref(a);
    } else {
        a->next = k->buckets[a->hash % BUCKETS];
        k->buckets[a->hash % BUCKETS] = a;
        link_newest(k, a);
        k->bytes += a->bytes;
        k->counts.answers++;
    }
    drop_down_to(k, k->budget);
    pthread_mutex_unlock(&k->mu);
}

/* Counted; NULL: to be asked for. */
static struct answer *take(struct figures_kept *k, const struct figures_key *key, uint64_t hash,
                           int64_t at, int64_t *ret_cleared) {
    pthread_mutex_lock(&k->mu);
    struct answer *a = find(k, hash, key->bytes);
    if (a && !still_holds(k, a, at)) a = NULL;
    if (a) {
        a->references++;
        unlink_use(k, a);
        link_newest(k, a);
    }
    *(a ? &k->counts.hits : &k->counts.misses) += 1;
    *ret_cleared = k->cleared;
    pthread_mutex_unlock(&k->mu);
    return a;
}

static void give(struct figures_kept *k, struct answer *a) {
    pthread_mutex_lock(&k->mu);
    answer_unref(a);
    pthread_mutex_unlock(&k->mu);
}

crm_status record_figures(struct record_view *v, const struct store_figures *f,
                          struct store_figures_result *ret, struct err *err) {
    struct figures_kept *k = v->engine->figures;
    struct figures_key *key = NULL;
    int64_t at = 0, cleared = 0;
    if (k->budget && store_conn_role(v->conn) == STORE_READER && store_in_transaction(v->conn))
        key = ARENA_NEW(v->arena, struct figures_key);
    if (!key || !figures_key_make(v, f, key))
        return store_figures_run(v->conn, f, v->arena, ret, err);
    uint64_t hash = str_hash(key->bytes);
    crm_status status = place_of(v, &at, err);
    if (status == CRM_OK) status = catch_up(k, v, at, err);
    if (status != CRM_OK) return status;
    struct answer *a = take(k, key, hash, at, &cleared);
    if (a) {
        status = copy_out(a, f, v->arena, ret, err);
        give(k, a);
        return status;
    }
    status = store_figures_run(v->conn, f, v->arena, ret, err);
    a = status == CRM_OK ? answer_new(k, key, f, ret) : NULL;
    if (!a) return status;
    a->hash = hash;
    a->seq = at;
    keep(k, a, cleared);
    return CRM_OK;
}
