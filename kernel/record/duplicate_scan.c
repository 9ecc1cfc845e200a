/* Going through all records: a hash of each key, sorted, so that equal ones stand together; records
 * with a common key become a group. See duplicate_scan.h. A key that very many share - a
 * switchboard, a namesake of half a town - tells nothing and is left out. */
#include "record/duplicate_scan.h"

#include <stdlib.h>

#include "record/messages.h"
#include "store/sys_tables.h"

enum { PAGE = 1000, KEYS_MAX = 8000000, PAGE_BYTES = 64 * 1024 * 1024, GROUP_TEXT_MAX = 1200 };

struct entry {
    uint64_t hash;
    int64_t id;
    int32_t score;
};
struct entries {
    struct entry *list;
    size_t count, capacity;
};

static crm_status add_entry(struct entries *all, struct entry it, struct err *err) {
    if (all->count == KEYS_MAX)
        return err_set(err, CRM_TOO_LARGE, &record_scan_large, "8000000", NULL);
    if (all->count == all->capacity) {
        size_t capacity = all->capacity ? all->capacity * 2 : 4096;
        struct entry *list = realloc(all->list, capacity * sizeof *list);
        if (!list) return err_no_memory(err);
        all->list = list;
        all->capacity = capacity;
    }
    all->list[all->count++] = it;
    return CRM_OK;
}

/* ---- all keys ------------------------------------------------------------------------------ */

static crm_status add_record(struct duplicate_scan *s, struct entries *all,
                             const struct duplicate_record *r, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; i < r->key_count && status == CRM_OK; i++) {
        uint32_t rule = r->keys[i].rule;
        uint64_t hash = str_hash(r->keys[i].text) ^ (rule + 1) * UINT64_C(0x9E3779B97F4A7C15);
        status =
            add_entry(all, (struct entry){hash, r->id, s->entity->duplicates[rule].score}, err);
    }
    return status;
}

static crm_status each_page(struct duplicate_scan *s, struct entries *all, struct err *err) {
    struct record_view v = *s->view;
    struct arena arena;
    char cursor[256] = "";
    crm_status status = CRM_OK;
    arena_init(&arena, PAGE_BYTES);
    v.arena = &arena;
    do {
        struct duplicate_record *records = NULL;
        size_t count = 0;
        struct str next = STR_NONE;
        arena_reset(&arena);
        status = store_begin(v.conn, err);
        if (status == CRM_OK)
            status = duplicate_load_page(&v, s->entity, PAGE, str_from(cursor), &records, &count,
                                         &next, err);
        if (store_in_transaction(v.conn)) store_rollback(v.conn);
        for (size_t i = 0; i < count && status == CRM_OK; i++)
            status = add_record(s, all, &records[i], err);
        s->records += (int64_t)count;
        if (status == CRM_OK && next.len >= sizeof cursor) status = err_internal(err, "cursor");
        if (status != CRM_OK) break;
        memcpy(cursor, next.ptr ? next.ptr : "", next.len);
        cursor[next.len] = '\0';
        if (!s->go_on(s->ctx, s->records))
            status = err_set(err, CRM_CANCELLED, &record_scan_stopped, NULL);
    } while (status == CRM_OK && cursor[0]);
    arena_fini(&arena);
    return status;
}

/* ---- groups -------------------------------------------------------------------------------- */

/* A forest over the ids that share a key: each tree is a group. */
struct member {
    int64_t id;
    size_t up, size; /* position of the parent; of a root: members */
    int32_t score;   /* of a root */
};

static int by_hash(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static int by_id(const void *a, const void *b) {
    const struct member *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static size_t root_of(struct member *all, size_t at) {
    while (all[at].up != at)
        at = all[at].up = all[all[at].up].up;
    return at;
}

static void join(struct member *all, size_t a, size_t b, int32_t score) {
    size_t x = root_of(all, a), y = root_of(all, b);
    if (x == y) {
        if (all[x].score < score) all[x].score = score;
        return;
    }
    if (all[x].size + all[y].size > DUPLICATE_GROUP_MAX) return;
    all[y].up = x;
    all[x].size += all[y].size;
    if (all[x].score < all[y].score) all[x].score = all[y].score;
    if (all[x].score < score) all[x].score = score;
}

/* The next run of equal hashes of several records; false at the end. */
static bool next_run(const struct entries *all, size_t *from, size_t *ret_end) {
    for (size_t i = *from; i < all->count;) {
        size_t end = i + 1;
        while (end < all->count && all->list[end].hash == all->list[i].hash)
            end++;
        if (end - i > 1 && end - i <= DUPLICATE_GROUP_MAX) {
            *from = i;
            *ret_end = end;
            return true;
        }
        i = end;
    }
    return false;
}

static size_t collect(const struct entries *all, struct member *ret) {
    size_t count = 0, end = 0, unique = 0;
    for (size_t from = 0; next_run(all, &from, &end); from = end)
        for (size_t i = from; i < end; i++, count++)
            if (ret) ret[count] = (struct member){.id = all->list[i].id, .size = 1};
    if (!ret || count == 0) return count;
    qsort(ret, count, sizeof *ret, by_id);
    for (size_t i = 0; i < count; i++)
        if (unique == 0 || ret[unique - 1].id != ret[i].id) ret[unique++] = ret[i];
    for (size_t i = 0; i < unique; i++)
        ret[i].up = i;
    return unique;
}

static void join_runs(const struct entries *all, struct member *members, size_t count) {
    size_t end = 0;
    for (size_t from = 0; next_run(all, &from, &end); from = end) {
        struct member wanted = {.id = all->list[from].id};
        const struct member *first = bsearch(&wanted, members, count, sizeof *members, by_id);
        for (size_t i = from + 1; i < end && first; i++) {
            wanted.id = all->list[i].id;
            const struct member *other = bsearch(&wanted, members, count, sizeof *members, by_id);
            if (other && other != first)
                join(members, (size_t)(first - members), (size_t)(other - members),
                     all->list[i].score);
        }
    }
}

static int by_score(const void *a, const void *b) {
    const struct duplicate_group *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

/* Members in the order of their groups: first the room of each root, then its members. */
static crm_status put_groups(struct duplicate_scan *s, struct member *members, size_t count,
                             struct err *err) {
    size_t *place = calloc(count + 1, sizeof *place);
    s->ids = calloc(count + 1, sizeof *s->ids);
    s->groups = calloc(count + 1, sizeof *s->groups);
    if (!place || !s->ids || !s->groups) {
        free(place);
        return err_no_memory(err);
    }
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (members[i].up != i || members[i].size < 2) continue;
        s->groups[s->group_count++] =
            (struct duplicate_group){members[i].score, used, members[i].size};
        place[i] = used;
        used += members[i].size;
    }
    for (size_t i = 0; i < count; i++) {
        size_t root = root_of(members, i);
        if (members[root].size > 1) s->ids[place[root]++] = members[i].id;
    }
    free(place);
    qsort(s->groups, s->group_count, sizeof *s->groups, by_score);
    if (s->group_count > DUPLICATE_GROUPS_MAX) s->group_count = DUPLICATE_GROUPS_MAX;
    return CRM_OK;
}

crm_status duplicate_scan_run(struct duplicate_scan *s, struct err *err) {
    struct entries all = {0};
    struct member *members = NULL;
    crm_status status = each_page(s, &all, err);
    if (status == CRM_OK && all.count) qsort(all.list, all.count, sizeof *all.list, by_hash);
    size_t count = status == CRM_OK ? collect(&all, NULL) : 0;
    members = calloc(count + 1, sizeof *members);
    if (status == CRM_OK && !members) status = err_no_memory(err);
    if (status == CRM_OK) {
        count = collect(&all, members);
        join_runs(&all, members, count);
        status = put_groups(s, members, count, err);
    }
    free(members);
    free(all.list);
    return status;
}

void duplicate_scan_fini(struct duplicate_scan *s) {
    free(s->groups);
    free(s->ids);
    s->groups = NULL;
    s->ids = NULL;
}

/* ---- keeping ------------------------------------------------------------------------------- */

static crm_status keep_row(struct store_conn *writer, struct str owner, const char *key,
                           const char *value, struct err *err) {
    const struct store_value row[SYS_STATE_COUNT] = {[SYS_STATE_OWNER] = store_text(owner),
                                                     [SYS_STATE_KEY] = store_text(str_from(key)),
                                                     [SYS_STATE_VALUE] =
                                                         store_text(str_from(value)),
                                                     [SYS_STATE_EXPIRES_AT] = STORE_NIL};
    return store_insert(writer, sys_table(SYS_TABLE_STATE), row, err);
}

crm_status duplicate_scan_keep(void *scan, struct store_conn *writer, struct err *err) {
    const struct duplicate_scan *s = scan;
    char owner[48], key[48], value[GROUP_TEXT_MAX];
    snprintf(owner, sizeof owner, "duplicates %d", (int)s->entity->id);
    const struct store_condition where = {SYS_STATE_OWNER, STORE_EQ, store_text(str_from(owner))};
    crm_status status = store_delete(writer, sys_table(SYS_TABLE_STATE), &where, 1, NULL, err);
    snprintf(value, sizeof value, "%lld", (long long)s->view->now_ms);
    if (status == CRM_OK) status = keep_row(writer, str_from(owner), "!", value, err);
    for (size_t i = 0; i < s->group_count && status == CRM_OK; i++) {
        size_t len = 0;
        for (size_t k = 0; k < s->groups[i].count; k++)
            len += (size_t)snprintf(value + len, sizeof value - len, "%s%lld", k ? "," : "",
                                    (long long)s->ids[s->groups[i].first + k]);
        snprintf(key, sizeof key, "%03d %010zu", 100 - s->groups[i].score, i);
        status = keep_row(writer, str_from(owner), key, value, err);
    }
    return status;
}
