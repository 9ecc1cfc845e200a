/* Undo: the reverse of a changeset, or of all children of a parent newest first, as changesets of
 * the actor. See log.h.
 *
 * Two passes: the first reads what was done and asks for the right to change every record, so that
 * nothing is written when one of them is out of reach; the second writes, one changeset after the
 * other. Each op expects the version it was built on; when somebody is faster, that changeset is
 * built again. Threads: a caller that may block, with its reader. */
#include "record/undo.h"

#include <stdlib.h>

#include "record/engine_state.h"

enum { UNDO_TRIES = 5, UNDO_ARENA_BYTES = 512 * 1024 * 1024 };

struct done { /* one changeset to reverse */
    int64_t id, seq;
};
struct undo_work {
    struct engine *engine;
    struct store_conn *reader;
    const struct access *access;
    struct schema *schema;
    struct arena *arena; /* the caller's */
    struct log_changeset target;
    struct done *done;
    size_t done_count, done_capacity;
    int64_t *made;
    size_t made_count, made_capacity;
    size_t seen, unseen, hidden; /* hidden: of entities that are there no more */
    bool exhausted;
};

/* ---- what was done --------------------------------------------------------------------------- */
/* What is undone already is not done again; when all of it is, it still tells who sees it. */
static bool child_note(void *ctx, const struct log_changeset *c) {
    struct undo_work *w = ctx;
    struct done *all = arena_grow(w->arena, w->done, w->done_count, &w->done_capacity, sizeof *all);
    if (!all) {
        w->exhausted = true;
        return false;
    }
    w->done = all;
    if (c->reverted_by == 0 || w->target.reverted_by)
        all[w->done_count++] = (struct done){c->id, c->seq};
    return true;
}

struct changes {
    struct log_change *items;
    size_t count, capacity;
    struct arena *arena;
    bool exhausted;
};

static bool change_note(void *ctx, const struct log_change *c) {
    struct changes *all = ctx;
    struct log_change *items =
        arena_grow(all->arena, all->items, all->count, &all->capacity, sizeof *items);
    if (!items) {
        all->exhausted = true;
        return false;
    }
    all->items = items;
    items[all->count++] = *c;
    return true;
}

static crm_status changes_read(struct undo_work *w, int64_t seq, struct arena *a,
                               struct changes *ret, struct err *err) {
    *ret = (struct changes){.arena = a};
    crm_status status = log_each_change(w->reader, w->schema, seq, 0, 0, a, change_note, ret, err);
    return status == CRM_OK && ret->exhausted ? err_no_memory(err) : status;
}

static void undo_open(struct undo_work *w, struct undo *u, struct arena *a) {
    *u = (struct undo){.engine = w->engine,
                       .conn = w->reader,
                       .access = w->access,
                       .schema = w->schema,
                       .arena = w->arena,
                       .merged_into = record_merge_of(w->target.cause),
                       .made = w->made,
                       .made_count = w->made_count};
    u->eval = (struct row_eval){.conn = w->reader, .schema = w->schema, .arena = a};
}

/* The right to change the record as it is. What cannot be seen is only counted. */
static crm_status right_ask(struct undo_work *w, struct undo *u, const struct log_change *c,
                            struct err *err) {
    const struct access *access = w->access;
    if (undo_is_systems(u, c->verb, c->record)) return CRM_OK;
    bool everything = access_is_admin(access);
    if (!c->entity) {
        *(everything ? &w->hidden : &w->unseen) += 1;
        return CRM_OK;
    }
    if (access->actor.system) {
        w->seen++;
        return CRM_OK;
    }
    enum schema_action action =
        c->verb == RECORD_UPDATE ? SCHEMA_ACTION_UPDATE : SCHEMA_ACTION_DELETE;
    const struct expr *read = access_rows(access, SCHEMA_ACTION_READ, c->entity),
                      *rows = access_rows(access, action, c->entity);
    const struct value *row = NULL;
    bool seen = read != NULL, allowed = rows != NULL;
    crm_status status = row_eval_stored(&u->eval, c->entity, c->record, &row, err);
    if (status == CRM_OK && row && seen && !access_is_all(read))
        status = access_allows(access, SCHEMA_ACTION_READ, c->entity,
                               row_eval_env(&u->eval, c->entity, row), &seen, err);
    if (status == CRM_OK && row && seen && allowed && !access_is_all(rows))
        status = access_allows(access, action, c->entity, row_eval_env(&u->eval, c->entity, row),
                               &allowed, err);
    if (status != CRM_OK) return status;
    if (!row && !access_is_all(rows)) allowed = false; /* purged: only who may do everything */
    if (seen) w->seen++;
    if (!seen || !allowed) w->unseen++;
    return CRM_OK;
}

static crm_status survey_one(struct undo_work *w, int64_t seq, struct err *err) {
    struct arena a;
    struct changes changes;
    struct undo u;
    struct expr_env env = {0};
    arena_init(&a, UNDO_ARENA_BYTES);
    undo_open(w, &u, &a);
    const struct company *company = engine_company_ref(w->engine);
    engine_env(w->engine, &w->access->actor, company, &a, &env);
    u.eval.resident = engine_resident_ref(w->engine);
    crm_status status = row_eval_init(&u.eval, &env, err);
    if (status == CRM_OK) status = changes_read(w, seq, &a, &changes, err);
    for (size_t i = 0; status == CRM_OK && i < changes.count; i++) {
        status = right_ask(w, &u, &changes.items[i], err);
        if (status != CRM_OK || changes.items[i].verb != RECORD_CREATE) continue;
        int64_t *made =
            arena_grow(w->arena, w->made, w->made_count, &w->made_capacity, sizeof *made);
        if (!made)
            status = err_no_memory(err);
        else
            w->made = made, made[w->made_count++] = changes.items[i].record;
    }
    engine_resident_unref(w->engine, u.eval.resident);
    engine_company_unref(w->engine, company);
    arena_fini(&a);
    return status;
}

static int id_compare(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

/* Asks for every right, or only until it is known whether the actor sees any of it. */
static crm_status survey(struct undo_work *w, int64_t changeset, bool all, struct err *err) {
    crm_status status = log_changeset_get(w->reader, changeset, w->arena, &w->target, err);
    if (status != CRM_OK) return status;
    if (w->target.is_parent)
        status = log_each_child(w->reader, changeset, NULL, child_note, w, err);
    else
        (void)child_note(w, &w->target);
    if (w->exhausted) return err_no_memory(err);
    all = all && w->target.reverted_by == 0;
    for (size_t i = 0; status == CRM_OK && i < w->done_count && (all || w->seen == 0); i++)
        status = survey_one(w, w->done[i].seq, err);
    if (status != CRM_OK) return status;
    if (w->seen == 0 && w->hidden == 0 && w->unseen > 0)
        return err_set(err, CRM_NOT_FOUND, &record_changeset_not_found, NULL);
    if (w->target.reverted_by) return err_set(err, CRM_CONFLICT, &record_already_undone, NULL);
    if (w->unseen > 0) return err_set(err, CRM_FORBIDDEN, &record_undo_forbidden, NULL);
    if (w->hidden > 0) return err_set(err, CRM_REFUSED, &record_undo_hidden, NULL);
    if (w->made_count > 1) qsort(w->made, w->made_count, sizeof *w->made, id_compare);
    return CRM_OK;
}

/* ---- doing it -------------------------------------------------------------------------------- */
/* What comes back comes after what it belongs to. */
static crm_status parents_first(struct changeset *c, struct err *err) {
    struct record_op *ops = ARENA_ARRAY(c->arena, c->op_count + 1, struct record_op);
    size_t at = 0;
    if (!ops) return err_no_memory(err);
    for (int rest = 0; rest < 2; rest++)
        for (size_t i = 0; i < c->op_count; i++) {
            const struct record_op *op = &c->ops[i];
            bool first =
                !op->entity->is_child && (op->verb == RECORD_RESTORE || op->verb == RECORD_CREATE);
            if (first == (rest == 0)) ops[at++] = *op;
        }
    if (at) memcpy(c->ops, ops, at * sizeof *ops);
    return CRM_OK;
}

static crm_status reverse_build(struct undo_work *w, struct undo *u, int64_t seq, struct err *err) {
    struct changes changes;
    struct expr_env env = {0};
    struct arena *a = u->changeset.arena;
    const struct company *company = engine_company_ref(w->engine);
    engine_env(w->engine, &w->access->actor, company, a, &env);
    u->eval.resident = NULL; /* rows must be the stored ones of this moment */
    bool own = !store_in_transaction(w->reader);
    crm_status status = own ? store_begin(w->reader, err) : CRM_OK;
    if (status == CRM_OK) status = row_eval_init(&u->eval, &env, err);
    if (status == CRM_OK) status = changes_read(w, seq, a, &changes, err);
    for (size_t i = status == CRM_OK ? changes.count : 0; i-- > 0 && status == CRM_OK;)
        status = undo_change(u, &changes.items[i], err);
    if (status == CRM_OK) status = undo_lists(u, err);
    if (status == CRM_OK) status = parents_first(&u->changeset, err);
    if (own && store_in_transaction(w->reader)) store_rollback(w->reader);
    engine_company_unref(w->engine, company);
    return status;
}

static crm_status reverse_commit(struct undo_work *w, struct undo *u, const struct done *it,
                                 int64_t parent, struct undo_result *ret, struct err *err) {
    struct changeset *c = &u->changeset;
    struct changeset_result result = {0};
    c->flags = CHANGESET_UNDO;
    c->reverts = it->id;
    c->part_of = parent;
    c->parent_reverts = parent ? w->target.id : 0;
    c->cause = STR("undo");
    crm_status status = changeset_commit(w->engine, NULL, c, &result, NULL, err);
    if (status == CRM_OK && result.id) ret->changeset = parent ? parent : result.id;
    return status;
}

/* One changeset, again when somebody was faster. Conflicts count once it is done. */
static crm_status reverse_one(struct undo_work *w, const struct done *it, int64_t parent,
                              struct undo_result *ret, struct err *err) {
    crm_status status = CRM_STALE;
    size_t conflicts = ret->conflict_count;
    for (int i = 0; i < UNDO_TRIES && status == CRM_STALE; i++) {
        struct arena a;
        struct undo u;
        arena_init(&a, UNDO_ARENA_BYTES);
        undo_open(w, &u, &a);
        ret->conflict_count = conflicts;
        u.result = ret;
        u.conflict_capacity = ret->conflict_count; /* a fresh block on the next conflict */
        changeset_init(&u.changeset, &a, w->schema, &w->access->actor);
        status = reverse_build(w, &u, it->seq, err);
        if (status == CRM_OK && u.changeset.op_count > 0)
            status = reverse_commit(w, &u, it, parent, ret, err);
        changeset_fini(&u.changeset);
        arena_fini(&a);
    }
    return status;
}

static crm_status survey_in_one_state(struct undo_work *w, int64_t changeset, bool all,
                                      struct err *err) {
    bool own = !store_in_transaction(w->reader);
    crm_status status = own ? store_begin(w->reader, err) : CRM_OK;
    if (status == CRM_OK) status = survey(w, changeset, all, err);
    if (own && store_in_transaction(w->reader)) store_rollback(w->reader);
    return status;
}

crm_status record_undo_ask(struct engine *e, struct store_conn *reader, const struct access *access,
                           int64_t changeset, struct arena *a, struct err *err) {
    struct undo_work w = {.engine = e, .reader = reader, .access = access, .arena = a};
    w.schema = schema_ref((struct schema *)access->schema);
    crm_status status = survey_in_one_state(&w, changeset, false, err);
    schema_unref(w.schema);
    return status;
}

crm_status record_undo(struct engine *e, struct store_conn *reader, const struct access *access,
                       int64_t changeset, struct arena *a, struct undo_result *ret,
                       struct err *err) {
    struct undo_work w = {.engine = e, .reader = reader, .access = access, .arena = a};
    struct undo_result result = {0};
    w.schema = schema_ref((struct schema *)access->schema);
    crm_status status = survey_in_one_state(&w, changeset, true, err);
    int64_t parent = w.target.is_parent ? changeset_parent_new(e) : 0;
    for (size_t i = 0; status == CRM_OK && i < w.done_count; i++)
        status = reverse_one(&w, &w.done[i], parent, &result, err);
    if (status == CRM_OK) *ret = result;
    schema_unref(w.schema);
    return status;
}
