/* Records to what they were. See rewind.h.
 *
 * First every record at hand is put into the trash, under a moment that no record bears: unique
 * keys hold among the living only, so that each may then take its former key whatever the order. */
#include "record/rewind_state.h"

#include <stdlib.h>

#include "record/messages.h"
#include "record/past.h"
#include "record/prepare.h"
#include "record/rollups.h"
#include "store/messages.h"
#include "store/sys_tables.h"

enum { TRASH_MARK = 1, LIST_BYTES = 1 << 30, PAGE_BYTES = 1 << 30, BATCH = 500 };

/* ---- places ---------------------------------------------------------------------------------- */
crm_status rewind_add(struct rewind *r, struct rewind_places *to, int32_t entity, int64_t id,
                      struct err *err) {
    if (id == 0) return CRM_OK;
    struct rewind_place *all =
        arena_grow(&r->arena, to->items, to->count, &to->capacity, sizeof *all);
    if (!all) return err_no_memory(err);
    to->items = all;
    all[to->count++] = (struct rewind_place){entity, id};
    return CRM_OK;
}

static int place_compare(const void *left, const void *right) {
    const struct rewind_place *a = left, *b = right;
    if (a->entity != b->entity) return a->entity < b->entity ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

void rewind_sort(struct rewind_places *p) {
    size_t kept = 0;
    if (p->count) qsort(p->items, p->count, sizeof *p->items, place_compare);
    for (size_t i = 0; i < p->count; i++)
        if (kept == 0 || place_compare(&p->items[kept - 1], &p->items[i]) != 0)
            p->items[kept++] = p->items[i];
    p->count = kept;
}

typedef crm_status (*place_fn)(struct rewind *r, const struct schema_entity *e, int64_t id,
                               struct err *err);

static crm_status open_eval(struct rewind *r, struct err *err) {
    struct expr_env env = {0};
    struct actor system;
    arena_reset(&r->page);
    r->eval = (struct row_eval){
        .conn = r->conn, .schema = r->schema, .resident = r->resident, .arena = &r->page};
    engine_actor_system(ACCESS_DOOR_MIGRATION, &system);
    engine_env(r->engine, &system, r->company, &r->page, &env);
    return row_eval_init(&r->eval, &env, err);
}

/* A batch of places, in a transaction of its own. */
static crm_status each_of(struct rewind *r, const struct rewind_places *p, size_t from, size_t to,
                          place_fn fn, struct err *err) {
    crm_status status = open_eval(r, err);
    if (status == CRM_OK) status = store_begin(r->conn, err);
    for (size_t i = from; i < to && status == CRM_OK; i++) {
        const struct schema_entity *e = schema_entity_by_id(r->schema, p->items[i].entity);
        if (e && !e->no_log) status = fn(r, e, p->items[i].id, err);
    }
    if (status == CRM_OK) status = store_commit(r->conn, err);
    if (store_in_transaction(r->conn)) store_rollback(r->conn);
    return status == CRM_OK ? store_checkpoint(r->conn, err) : status;
}

static crm_status each_place(struct rewind *r, const struct rewind_places *p, place_fn fn,
                             struct err *err) {
    const struct store_progress *bar = r->progress;
    for (size_t from = 0; from < p->count; from += BATCH) {
        size_t to = p->count - from < BATCH ? p->count : from + BATCH;
        crm_status status = each_of(r, p, from, to, fn, err);
        if (status != CRM_OK) return status;
        if (bar && !bar->step(bar->ctx, (int64_t)to, (int64_t)p->count))
            return err_set(err, CRM_CANCELLED, &store_text_cancelled, NULL);
    }
    return CRM_OK;
}

/* ---- one record ------------------------------------------------------------------------------ */
static crm_status to_trash(struct rewind *r, const struct schema_entity *e, int64_t id,
                           struct err *err) {
    struct slot_set slots = {0};
    struct value *row = NULL;
    int32_t deleted = std_slot(e, SCHEMA_STD_DELETED_AT);
    if (deleted < 0) return CRM_OK;
    crm_status status = store_record_get(r->conn, e, id, NULL, &r->page, &row, err);
    if (status != CRM_OK || !row || !value_is_nil(row[deleted])) return status;
    slot_add(&slots, deleted);
    row[deleted] = value_time(TRASH_MARK);
    bool found = false;
    return store_record_update(r->conn, e, id, 0, &slots, row, &found, err);
}

/* Roll-ups that count the record, as it is or as it was, and its own. */
static crm_status note_figures(struct rewind *r, const struct schema_entity *e,
                               const struct value *row, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; i < r->schema->entity_count; i++) {
        const struct schema_entity *parent = &r->schema->entities[i];
        for (size_t n = 0; n < parent->field_count && status == CRM_OK; n++) {
            const struct schema_field *f = &parent->fields[n];
            if (f->type != SCHEMA_FIELD_ROLLUP || !f->stored || f->building) continue;
            if (f->rollup_entity == e->id)
                status =
                    rewind_add(r, &r->figures, parent->id, rollup_parent(parent, f, e, row), err);
            if (status == CRM_OK && parent->id == e->id)
                status = rewind_add(r, &r->figures, e->id, row_std_int(e, row, SCHEMA_STD_ID), err);
        }
    }
    return status;
}

static crm_status put_items(struct rewind *r, const struct past *p, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; i < p->entity->field_count && status == CRM_OK; i++) {
        const struct schema_field *f = &p->entity->fields[i];
        const struct read_items *items = &p->items[f->slot];
        if (schema_storage_of(f) == SCHEMA_STORAGE_LINKS && items->known)
            status = store_links_put(r->conn, f, p->id, items->list, items->count, err);
    }
    return status;
}

static crm_status put_row(struct rewind *r, const struct past *p, bool is_there, struct err *err) {
    const struct schema_entity *e = p->entity;
    struct slot_set slots = {0};
    bool found = false;
    crm_status status = formulas_store(&r->eval, e, p->row, r->company, err);
    for (size_t i = 0; i < e->field_count; i++)
        if (e->fields[i].type != SCHEMA_FIELD_ROLLUP && e->fields[i].id != SCHEMA_STD_ID)
            slot_add(&slots, e->fields[i].slot);
    if (status != CRM_OK) return status;
    status = is_there ? store_record_update(r->conn, e, p->id, 0, &slots, p->row, &found, err)
                      : store_record_insert(r->conn, e, p->row, err);
    return status == CRM_OK ? put_items(r, p, err) : status;
}

/* Passwords and tokens of a person who is not there yet. */
static crm_status forget_person(struct rewind *r, int64_t id, struct err *err) {
    const struct store_condition key = {SYS_CREDENTIAL_USER, STORE_EQ, store_int(id)},
                                 owner = {SYS_TOKEN_USER, STORE_EQ, store_int(id)};
    crm_status status = store_delete(r->conn, sys_table(SYS_TABLE_CREDENTIAL), &key, 1, NULL, err);
    return status == CRM_OK
               ? store_delete(r->conn, sys_table(SYS_TABLE_TOKEN), &owner, 1, NULL, err)
               : status;
}

static crm_status remove_row(struct rewind *r, const struct past *p, struct err *err) {
    const struct schema_entity *e = p->entity;
    crm_status status = CRM_OK;
    for (size_t i = 0; i < e->field_count && status == CRM_OK; i++)
        if (schema_storage_of(&e->fields[i]) == SCHEMA_STORAGE_LINKS)
            status = store_links_clear(r->conn, &e->fields[i], p->id, err);
    if (status == CRM_OK && e->id == r->users) status = forget_person(r, p->id, err);
    return status == CRM_OK ? store_record_delete(r->conn, e, p->id, err) : status;
}

static crm_status put_past(struct rewind *r, struct past *p, bool was_there, struct err *err) {
    r->facts.records++;
    if (!p->exists) return was_there ? remove_row(r, p, err) : CRM_OK;
    if (row_std_int(p->entity, p->row, SCHEMA_STD_CREATED_AT) == 0) { /* its images are gone */
        r->facts.left++;
        return CRM_OK;
    }
    crm_status status = past_updated(r->conn, p, r->facts.seq, &r->page, err);
    if (status == CRM_OK) status = put_row(r, p, was_there, err);
    return status == CRM_OK ? note_figures(r, p->entity, p->row, err) : status;
}

static crm_status take_back(struct rewind *r, const struct schema_entity *e, int64_t id,
                            struct err *err) {
    struct past p;
    int32_t deleted = std_slot(e, SCHEMA_STD_DELETED_AT);
    crm_status status = past_load(r->conn, e, id, &r->page, &p, err);
    if (status != CRM_OK) return status;
    bool was_there = p.exists;
    p.resident = r->resident;
    p.company = r->company;
    if (was_there && deleted >= 0 && row_std_int(e, p.row, SCHEMA_STD_DELETED_AT) == TRASH_MARK)
        p.row[deleted] = VALUE_OF_NIL;
    if (was_there) status = note_figures(r, e, p.row, err);
    if (status == CRM_OK)
        status = past_back_to(r->conn, &p, r->facts.seq, INT64_MAX, &r->page, err);
    return status == CRM_OK ? put_past(r, &p, was_there, err) : status;
}

static crm_status compute(struct rewind *r, const struct schema_entity *e, int64_t id,
                          struct err *err) {
    struct slot_set slots = {0};
    struct value *row = NULL;
    bool found = false;
    crm_status status = store_record_get(r->conn, e, id, NULL, &r->page, &row, err);
    if (status != CRM_OK || !row) return status;
    for (size_t i = 0; i < e->field_count && status == CRM_OK; i++) {
        const struct schema_field *f = &e->fields[i];
        if (!f->stored || f->building) continue;
        if (f->type == SCHEMA_FIELD_ROLLUP || f->type == SCHEMA_FIELD_FORMULA)
            slot_add(&slots, f->slot);
        if (f->type == SCHEMA_FIELD_ROLLUP)
            status = rollup_query(r->conn, &r->page, r->schema, e, f, id, r->company, &row[f->slot],
                                  err);
    }
    if (status == CRM_OK) status = formulas_store(&r->eval, e, row, r->company, err);
    return status == CRM_OK ? store_record_update(r->conn, e, id, 0, &slots, row, &found, err)
                            : status;
}

/* ---- the whole ------------------------------------------------------------------------------- */
static crm_status run(struct rewind *r, struct err *err) {
    crm_status status = rewind_gather(r, err);
    if (status != CRM_OK || r->late_count == 0) return status;
    rewind_sort(&r->touched);
    for (size_t i = 0; i < r->touched.count; i++)
        r->facts.left += !schema_entity_by_id(r->schema, r->touched.items[i].entity);
    status = each_place(r, &r->touched, to_trash, err);
    if (status == CRM_OK) status = each_place(r, &r->touched, take_back, err);
    rewind_sort(&r->figures);
    if (status == CRM_OK) status = each_place(r, &r->figures, compute, err);
    if (status == CRM_OK) status = rewind_moves(r, err);
    return status == CRM_OK ? rewind_cut(r, err) : status;
}

static crm_status find_moment(struct rewind *r, int64_t at_ms, struct err *err) {
    struct log_changeset last = {0};
    bool found = false;
    crm_status status = past_seq_at(r->conn, at_ms, &r->facts.seq, err);
    if (status == CRM_OK)
        status = past_changeset(r->conn, r->facts.seq, &r->arena, &last, &found, err);
    if (status == CRM_OK && !found) return err_set(err, CRM_RANGE, &record_log_begins_later, NULL);
    r->facts.at_ms = last.at_ms;
    return status;
}

crm_status record_rewind(struct engine *e, struct store_conn *writer, int64_t at_ms,
                         const struct store_progress *progress, struct rewind_facts *ret,
                         struct err *err) {
    struct rewind r = {.engine = e, .conn = writer, .progress = progress};
    arena_init(&r.arena, LIST_BYTES);
    arena_init(&r.page, PAGE_BYTES);
    r.schema = engine_schema(e);
    r.resident = engine_resident_ref(e);
    r.company = engine_company_ref(e);
    store_conn_set_company(writer, &r.company->store);
    const struct schema_entity *users = schema_find(r.schema, STR("user"));
    r.users = users ? users->id : 0;
    crm_status status = find_moment(&r, at_ms, err);
    if (status == CRM_OK) status = run(&r, err);
    if (status == CRM_OK) *ret = r.facts;
    engine_company_unref(e, r.company);
    engine_resident_unref(e, r.resident);
    schema_unref(r.schema);
    arena_fini(&r.page);
    arena_fini(&r.arena);
    return status;
}
