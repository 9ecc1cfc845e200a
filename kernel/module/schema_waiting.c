/* See schema_waiting.h. */
#include "module/schema_waiting.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "module/kernel_state.h"
#include "module/messages.h"
#include "store/sys_tables.h"

/* Of one reading: what of the texts a page holds at most, but for the first; one text with its
 * parts. */
enum { PAGE_BYTES_MAX = 8 << 20, ONE_BYTES_MAX = 128 << 20 };
static const struct str owner = {"schema_change", 13};

/* ---- who may --------------------------------------------------------------------------------- */
/* What a role may is decided by those who may everything. */
crm_status schema_change_allowed(const struct access *a, const struct schema_change *change,
                                 struct err *err) {
    if (!access_permits(a, "schema"))
        return err_set(err, CRM_FORBIDDEN, &module_definition_forbidden, NULL);
    if (access_is_admin(a)) return CRM_OK;
    for (size_t i = 0; i < change->admin_count; i++)
        if (str_is(change->admin[i].kind, "role"))
            return err_set(err, CRM_FORBIDDEN, &module_role_definition, NULL);
    return CRM_OK;
}

bool schema_change_waits(struct kernel *k, const struct access *a) {
    const struct company *c = engine_company_ref(k->engine);
    bool waits = c->approve_definitions && !a->actor.system;
    engine_company_unref(k->engine, c);
    return waits;
}

/* ---- rows ------------------------------------------------------------------------------------ */
static crm_status each(struct store_conn *c, int64_t id, store_row_fn fn, void *ctx,
                       struct err *err) {
    char key[24];
    snprintf(key, sizeof key, "%lld", (long long)id);
    const struct store_condition where[] = {{SYS_STATE_OWNER, STORE_EQ, store_text(owner)},
                                            {SYS_STATE_KEY, STORE_EQ, store_text(str_from(key))}};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = where, .where_count = id ? 2 : 1};
    return store_each(c, &select, fn, ctx, err);
}

struct one {
    struct arena *arena;
    struct waiting_change *it;
    bool found;
    crm_status status;
    struct err *err;
};

static bool one_row(void *ctx, const struct store_value *row) {
    struct one *o = ctx;
    struct str text = arena_str(o->arena, row[SYS_STATE_VALUE].bytes);
    *o->it = (struct waiting_change){0};
    o->found = str_to_int64(row[SYS_STATE_KEY].bytes, &o->it->id);
    if (o->found)
        o->status = text.ptr ? waiting_read(text, o->arena, o->it, o->err) : err_no_memory(o->err);
    return false;
}

/* Which there are, in the order they are shown in; the texts are read page by page. */
struct place {
    int64_t id;
    bool open;
};

struct places {
    struct arena *arena, scratch;
    struct place *items;
    size_t count, capacity, open;
    crm_status status;
    struct err *err;
};

static bool place_row(void *ctx, const struct store_value *row) {
    struct places *p = ctx;
    struct waiting_change it = {0};
    if (!str_to_int64(row[SYS_STATE_KEY].bytes, &it.id)) return true;
    p->status = waiting_read(row[SYS_STATE_VALUE].bytes, &p->scratch, &it, p->err);
    arena_reset(&p->scratch);
    if (p->status != CRM_OK) return false;
    struct place *items = arena_grow(p->arena, p->items, p->count, &p->capacity, sizeof *items);
    if (!items) {
        p->status = err_no_memory(p->err);
        return false;
    }
    p->items = items;
    items[p->count++] = (struct place){it.id, it.state == WAITING_OPEN};
    p->open += it.state == WAITING_OPEN;
    return true;
}

static int newest_first(const void *left, const void *right) {
    const struct place *a = left, *b = right;
    if (a->open != b->open) return a->open ? -1 : 1;
    return a->id > b->id ? -1 : a->id < b->id;
}

static crm_status places_load(struct store_conn *c, struct arena *a, struct places *ret,
                              struct err *err) {
    *ret = (struct places){.arena = a, .err = err};
    arena_init(&ret->scratch, ONE_BYTES_MAX);
    crm_status status = each(c, 0, place_row, ret, err);
    arena_fini(&ret->scratch);
    if (status == CRM_OK) status = ret->status;
    if (status == CRM_OK && ret->count)
        qsort(ret->items, ret->count, sizeof *ret->items, newest_first);
    return status;
}

/* A cursor is an id, below 0 among those decided: one that is decided between two pages goes there,
 * and none is passed over. */
static size_t first_after(const struct places *p, int64_t after) {
    const struct place last = {after < 0 ? -after : after, after > 0};
    size_t i = 0;
    while (after != 0 && i < p->count && newest_first(&p->items[i], &last) <= 0)
        i++;
    return i;
}

crm_status waiting_list(struct store_conn *c, const struct waiting_page *wanted, struct arena *a,
                        struct waiting_list *ret, struct err *err) {
    struct places p;
    struct waiting_list list = {0};
    size_t bytes = 0;
    crm_status status = places_load(c, a, &p, err);
    if (status != CRM_OK) return status;
    list.items = ARENA_ARRAY(a, (size_t)wanted->limit, struct waiting_change);
    if (!list.items) return err_no_memory(err);
    size_t i = first_after(&p, wanted->after);
    for (; i < p.count && list.count < (size_t)wanted->limit && bytes < PAGE_BYTES_MAX; i++) {
        status = waiting_get(c, p.items[i].id, a, &list.items[list.count], err);
        if (status != CRM_OK) return status;
        bytes += list.items[list.count++].text.len;
    }
    if (i < p.count && i > 0)
        list.next = p.items[i - 1].open ? p.items[i - 1].id : -p.items[i - 1].id;
    *ret = list;
    return CRM_OK;
}

/* Asked before the row is written: those that come at the same moment may be a few more. */
static crm_status check_room(struct kernel *k, struct arena *a, struct err *err) {
    struct store_conn *c = NULL;
    struct places p = {0};
    char most[16];
    crm_status status = engine_reader_open(k->engine, &c, err);
    if (status == CRM_OK) status = places_load(c, a, &p, err);
    store_conn_close(c);
    snprintf(most, sizeof most, "%d", WAITING_MAX);
    return status == CRM_OK && p.open >= WAITING_MAX
               ? err_set(err, CRM_REFUSED, &module_changes_full, most, NULL)
               : status;
}

crm_status waiting_get(struct store_conn *c, int64_t id, struct arena *a,
                       struct waiting_change *ret, struct err *err) {
    struct waiting_change it = {0};
    struct one o = {.arena = a, .it = &it, .err = err};
    crm_status status = each(c, id, one_row, &o, err);
    if (status == CRM_OK) status = o.status;
    if (status == CRM_OK && !o.found)
        return err_set(err, CRM_NOT_FOUND, &module_change_unknown, NULL);
    if (status == CRM_OK) *ret = it;
    return status;
}

/* The row in place of what it was; empty: a new one. */
struct turning {
    int64_t id;
    struct str was, text;
    struct waiting_tidings tidings;
};

static crm_status turn(void *ctx, struct store_conn *c, struct err *err) {
    const struct turning *t = ctx;
    char key[24];
    int64_t affected = 0;
    snprintf(key, sizeof key, "%lld", (long long)t->id);
    const struct store_value row[SYS_STATE_COUNT] = {
        [SYS_STATE_OWNER] = store_text(owner),
        [SYS_STATE_KEY] = store_text(str_from(key)),
        [SYS_STATE_VALUE] = store_text(t->text),
        [SYS_STATE_EXPIRES_AT] = STORE_NIL,
    };
    const struct store_condition where[] = {{SYS_STATE_OWNER, STORE_EQ, row[SYS_STATE_OWNER]},
                                            {SYS_STATE_KEY, STORE_EQ, row[SYS_STATE_KEY]},
                                            {SYS_STATE_VALUE, STORE_EQ, store_text(t->was)}};
    const struct store_set set = {.column = SYS_STATE_VALUE, .value = row[SYS_STATE_VALUE]};
    crm_status status =
        t->was.len ? store_update(c, sys_table(SYS_TABLE_STATE), &set, 1, where, 3, &affected, err)
                   : store_insert(c, sys_table(SYS_TABLE_STATE), row, err);
    if (status == CRM_OK && t->was.len && affected == 0)
        return err_set(err, CRM_CONFLICT, &module_change_decided, NULL);
    return status == CRM_OK ? waiting_tidings_emit(&t->tidings, c, err) : status;
}

/* ---- handing in ------------------------------------------------------------------------------ */
static struct str stored_text(const struct admin_definition *all, size_t count,
                              const struct admin_definition *of) {
    for (size_t i = 0; i < count; i++)
        if (admin_layer_same(&all[i], of)) return all[i].text;
    return STR_NONE;
}

static crm_status find_bases(struct kernel *k, const struct schema_change *change, struct arena *a,
                             const struct str **ret, struct err *err) {
    struct store_conn *c = NULL;
    struct admin_definition *all = NULL;
    size_t count = 0;
    struct str *bases = ARENA_ARRAY(a, change->admin_count + 1, struct str);
    if (!bases) return err_no_memory(err);
    crm_status status = engine_reader_open(k->engine, &c, err);
    if (status == CRM_OK) status = admin_layer_load(c, a, &all, &count, err);
    store_conn_close(c);
    for (size_t i = 0; status == CRM_OK && i < change->admin_count; i++)
        bases[i] = stored_text(all, count, &change->admin[i]);
    *ret = bases;
    return status;
}

static crm_status refuse_plan(const struct schema_plan *plan, struct err *err) {
    for (size_t i = 0; i < plan->step_count; i++) {
        if (plan->steps[i].kind != SCHEMA_STEP_REFUSED) continue;
        err_copy(err, plan->steps[i].refusal);
        err_at(err, "%.*s", STR_ARG(plan->steps[i].subject));
        return err->status = CRM_REFUSED;
    }
    return CRM_OK;
}

crm_status waiting_submit(struct kernel *k, const struct schema_change *change, struct str note,
                          struct arena *a, struct schema_plan *ret_plan, int64_t *ret_id,
                          struct err *err) {
    struct waiting_change it = {.id = id_next(engine_ids(k->engine)),
                                .author = change->author,
                                .at = clock_now_ms(),
                                .note = note,
                                .change = *change};
    struct turning made = {.id = it.id};
    struct schema_plan plan = {0};
    crm_status status = kernel_schema_look(k, change, a, &plan, err);
    if (status != CRM_OK) return status;
    status = refuse_plan(&plan, err);
    if (status == CRM_OK) status = check_room(k, a, err);
    if (status == CRM_OK) status = find_bases(k, change, a, &it.bases, err);
    if (status == CRM_OK) status = waiting_write(&it, a, &made.text, err);
    if (status == CRM_OK) status = waiting_tidings_make(k, &it, a, &made.tidings, err);
    if (status == CRM_OK) status = engine_write(k->engine, turn, &made, err);
    if (status != CRM_OK) {
        schema_plan_fini(&plan);
        return status;
    }
    *ret_plan = plan;
    *ret_id = it.id;
    return CRM_OK;
}

/* ---- deciding -------------------------------------------------------------------------------- */
static crm_status decide(struct kernel *k, struct waiting_change *it, enum waiting_state state,
                         struct arena *a, struct turning *ret, struct err *err) {
    if (it->state != WAITING_OPEN) return err_set(err, CRM_CONFLICT, &module_change_decided, NULL);
    *ret = (struct turning){.id = it->id, .was = it->text};
    it->state = state;
    it->decided_at = clock_now_ms();
    crm_status status = waiting_write(it, a, &ret->text, err);
    return status == CRM_OK ? waiting_tidings_make(k, it, a, &ret->tidings, err) : status;
}

struct basing {
    struct kernel *kernel;
    const struct waiting_change *change;
    struct arena *arena;
};

/* The definitions are what they were when the change was made. Asked under the lock of the schema:
 * of two changes of one definition the second finds the first. */
static crm_status check_bases(void *ctx, struct err *err) {
    const struct basing *b = ctx;
    const struct schema_change *change = &b->change->change;
    const struct str *now = NULL;
    crm_status status = find_bases(b->kernel, change, b->arena, &now, err);
    for (size_t i = 0; status == CRM_OK && i < change->admin_count; i++)
        if (!str_eq(now[i], b->change->bases[i]))
            status = err_set(err, CRM_STALE, &module_change_stale,
                             arena_cstr(b->arena, change->admin[i].kind),
                             arena_cstr(b->arena, change->admin[i].name), NULL);
    return status;
}

crm_status waiting_approve(struct kernel *k, const struct access *by, struct store_conn *c,
                           int64_t id, struct str digest, struct arena *a,
                           struct schema_plan *ret_plan, struct err *err) {
    struct waiting_change it = {0};
    struct turning turned;
    struct basing basing = {k, &it, a};
    crm_status status = waiting_get(c, id, a, &it, err);
    if (status == CRM_OK) status = schema_change_allowed(by, &it.change, err);
    if (status == CRM_OK && it.author == by->actor.user)
        status = err_set(err, CRM_FORBIDDEN, &module_change_own, NULL);
    it.reason = STR_NONE;
    it.decided_by = by->actor.user;
    if (status == CRM_OK) status = decide(k, &it, WAITING_APPROVED, a, &turned, err);
    if (status != CRM_OK) return status;
    it.change.still = check_bases;
    it.change.still_ctx = &basing;
    it.change.also = turn;
    it.change.also_ctx = &turned;
    return kernel_schema_change(k, &it.change, digest, a, ret_plan, err);
}

crm_status waiting_refuse(struct kernel *k, const struct access *by, struct store_conn *c,
                          int64_t id, struct str reason, struct arena *a, struct err *err) {
    struct waiting_change it = {0};
    struct turning turned;
    crm_status status = waiting_get(c, id, a, &it, err);
    if (status == CRM_OK) status = schema_change_allowed(by, &it.change, err);
    it.reason = reason;
    it.decided_by = by->actor.user;
    if (status == CRM_OK) status = decide(k, &it, WAITING_REFUSED, a, &turned, err);
    return status == CRM_OK ? engine_write(k->engine, turn, &turned, err) : status;
}
