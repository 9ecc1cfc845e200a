/* What a background step takes: of the disk, reckoned from the width of the first rows, against
 * what is free (SQLite alone: the disk of a PostgreSQL server is not ours to see); of time, by what
 * steps of the kind took here before. See rebuild.h. */
#include <stdio.h>
#include <sys/statvfs.h>

#include "base/number.h"
#include "record/messages.h"
#include "record/rebuild_state.h"
#include "store/shadow.h"

/* An entry of an index or a table beside its values; pages are not full. */
enum { ENTRY_BYTES = 24, SEARCH_BYTES = 48, RESERVE_BYTES = 16 << 20, MB = 1 << 20 };
/* Of a text that is yet to be computed; before a step of the kind has run here. */
enum {
    WIDTH_DEFAULT = 24,
    ROWS_PER_SECOND = 20000,
    MOVES_PER_SECOND = 2000,
    INDEX_ROWS_PER_SECOND = 150000
};
enum { MEASURED_ROWS = 1000, MEASURED_STEPS = 200, LIST_ARENA_BYTES = 4 << 20 };

struct sizing {
    const struct schema_step *step;
    const struct schema_entity *entity, *there; /* there: with the columns that the database has */
};

static crm_status add_width(const struct sizing *x, struct store_conn *c,
                            const struct schema_field *f, int64_t *bytes, struct err *err) {
    const struct schema_field *stored = f ? schema_field_by_id(x->there, f->id) : NULL;
    int64_t width = WIDTH_DEFAULT;
    bool in_table = stored && schema_storage_of(stored) != SCHEMA_STORAGE_NONE &&
                    schema_storage_of(stored) != SCHEMA_STORAGE_LINKS;
    crm_status status = in_table ? store_reshape_width(c, x->there, stored, &width, err) : CRM_OK;
    *bytes += width;
    return status;
}

static const struct schema_index *index_of(const struct sizing *x) {
    for (size_t i = 0; x->step->index && i < x->entity->index_count; i++)
        if (x->entity->indexes[i].id == x->step->index) return &x->entity->indexes[i];
    return NULL;
}

/* Bytes a row. */
static crm_status width_of(const struct sizing *x, struct store_conn *c, int64_t *ret,
                           struct err *err) {
    const struct schema_entity *e = x->entity;
    const struct schema_index *index = index_of(x);
    const struct schema_field *f = x->step->field ? schema_field_by_id(e, x->step->field) : NULL;
    crm_status status = CRM_OK;
    *ret = ENTRY_BYTES;
    if (x->step->kind == SCHEMA_STEP_FILL_FIELD && f)
        return add_width(x, c, f->converts >= 0 ? &e->fields[f->converts] : f, ret, err);
    for (size_t i = 0; index && status == CRM_OK && i < index->slot_count; i++)
        status = add_width(x, c, schema_field_at(e, index->slots[i]), ret, err);
    if (x->step->kind != SCHEMA_STEP_FILL_SEARCH) return status;
    *ret += SEARCH_BYTES;
    for (size_t i = 0; status == CRM_OK && i < e->field_count; i++)
        if (e->fields[i].search) status = add_width(x, c, &e->fields[i], ret, err);
    return status;
}

static bool takes_room(const struct schema_step *step) {
    return step->kind == SCHEMA_STEP_CREATE_INDEX || step->kind == SCHEMA_STEP_MAKE_UNIQUE ||
           step->kind == SCHEMA_STEP_FILL_FIELD || step->kind == SCHEMA_STEP_FILL_SEARCH;
}

/* In the log and in the file; a shadow holds what its index does. */
static crm_status room_of(const struct sizing *x, struct store_conn *c, int64_t rows, bool shadow,
                          int64_t *ret, struct err *err) {
    int64_t width = 0;
    crm_status status = width_of(x, c, &width, err);
    if (status == CRM_OK && !int64_mul(width * (shadow ? 4 : 2), rows, ret)) *ret = INT64_MAX;
    return status;
}

static int64_t free_bytes(const struct rebuild *r) {
    struct statvfs disk;
    struct str folder = store_data_dir(r->engine->store);
    char path[4096];
    if (r->options->disk_bytes) return r->options->disk_bytes;
    (void)snprintf(path, sizeof path, "%.*s", STR_ARG(folder));
    return statvfs(path, &disk) == 0 ? (int64_t)(disk.f_bavail * disk.f_frsize) : INT64_MAX;
}

crm_status rebuild_budget(const struct rebuild *r, struct store_conn *c, struct err *err) {
    const struct sizing x = {r->step, r->entity, r->entity};
    int64_t wanted = 0;
    char need[24], there[24];
    if (!takes_room(r->step) || store_engine_of(r->engine->store) != STORE_SQLITE) return CRM_OK;
    crm_status status = room_of(&x, c, r->migration.total, r->by_shadow, &wanted, err);
    if (status != CRM_OK) return status;
    int64_t room = free_bytes(r);
    if (wanted < room - RESERVE_BYTES) return CRM_OK;
    int64_t need_mb = wanted / MB + RESERVE_BYTES / MB, there_mb = room / MB;
    (void)snprintf(need, sizeof need, "%lld", (long long)need_mb);
    (void)snprintf(there, sizeof there, "%lld", (long long)there_mb);
    const struct str args[] = {r->step->subject, str_from(need), str_from(there)};
    return err_set_args(err, CRM_REFUSED, &record_rebuild_disk, args, 3);
}

/* ---- beforehand -------------------------------------------------------------------------- */
/* Rows a second of the last step of the kind that had some to do. */
static crm_status rate_of(struct store_conn *c, const struct schema_step *step, int64_t *ret,
                          struct err *err) {
    struct store_migration *done = NULL;
    size_t count = 0;
    struct arena a;
    bool is_index = step->kind == SCHEMA_STEP_CREATE_INDEX || step->kind == SCHEMA_STEP_MAKE_UNIQUE;
    *ret = is_index                          ? INDEX_ROWS_PER_SECOND
           : schema_step_is_list(step->kind) ? MOVES_PER_SECOND
                                             : ROWS_PER_SECOND;
    arena_init(&a, LIST_ARENA_BYTES);
    crm_status status =
        store_migration_list(c, STORE_MIGRATION_DONE, MEASURED_STEPS, &a, &done, &count, err);
    for (size_t i = 0; i < count; i++) {
        int64_t took_ms = done[i].finished - done[i].at;
        if (!str_is(done[i].kind, schema_step_word(step->kind)) || done[i].total < MEASURED_ROWS ||
            took_ms <= 0)
            continue;
        *ret = done[i].total * 1000 / took_ms + 1;
        break;
    }
    arena_fini(&a);
    return status;
}

static crm_status estimate(struct engine *e, struct store_conn *c, const struct sizing *x,
                           struct rebuild_estimate *ret, struct err *err) {
    int64_t rate = 1;
    bool is_list = schema_step_is_list(x->step->kind);
    crm_status status = CRM_OK;
    ret->rows = x->step->rows;
    if (!is_list) status = store_reshape_rows(c, x->there->table, 0, &ret->rows, err);
    bool shadow = !is_list && index_of(x) && ret->rows >= store_shadow_rows(e->store);
    if (status == CRM_OK && takes_room(x->step))
        status = room_of(x, c, ret->rows, shadow, &ret->bytes, err);
    if (status == CRM_OK) status = rate_of(c, x->step, &rate, err);
    ret->seconds = ret->rows / rate + 1;
    return status;
}

static crm_status estimate_all(struct engine *e, struct store_conn *c,
                               const struct schema_plan *plan, struct rebuild_estimate *ret,
                               struct err *err) {
    struct schema *now = engine_schema(e);
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < plan->step_count; i++) {
        struct sizing x = {.step = &plan->steps[i]};
        x.entity = schema_entity_by_id(plan->schema, x.step->entity);
        x.there = now && x.entity ? schema_entity_by_id(now, x.entity->id) : NULL;
        ret[i].seconds = now ? 1 : 0;
        if (x.step->background && (x.there || schema_step_is_list(x.step->kind)))
            status = estimate(e, c, &x, &ret[i], err);
    }
    schema_unref(now);
    return status;
}

crm_status rebuild_estimate(struct engine *e, struct arena *a, const struct schema_plan *plan,
                            struct rebuild_estimate **ret, struct err *err) {
    struct store_conn *c = NULL;
    struct rebuild_estimate *all = ARENA_ARRAY(a, plan->step_count + 1, struct rebuild_estimate);
    if (!all) return err_no_memory(err);
    *ret = all;
    if (plan->background_count == 0) return CRM_OK;
    crm_status status = engine_reader_open(e, &c, err);
    if (status != CRM_OK) return status;
    status = store_begin(c, err);
    if (status == CRM_OK) {
        status = estimate_all(e, c, plan, all, err);
        store_rollback(c);
    }
    store_conn_close(c);
    return status;
}
