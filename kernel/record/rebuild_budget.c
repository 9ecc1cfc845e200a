/* What a background step takes of the disk, reckoned from the width of the first rows, against what
 * is free. SQLite alone: the disk of a PostgreSQL server is not ours to see. See rebuild.h. */
#include <stdio.h>
#include <sys/statvfs.h>

#include "base/number.h"
#include "record/messages.h"
#include "record/rebuild_state.h"

/* An entry of an index or a table beside its values; pages are not full. */
enum { ENTRY_BYTES = 24, SEARCH_BYTES = 48, RESERVE_BYTES = 16 << 20, MB = 1 << 20 };

static crm_status add_width(const struct rebuild *r, struct store_conn *c,
                            const struct schema_field *f, int64_t *bytes, struct err *err) {
    int64_t width = 0;
    crm_status status = store_reshape_width(c, r->entity, f, &width, err);
    *bytes += width;
    return status;
}

/* Bytes a row. */
static crm_status width_of(const struct rebuild *r, struct store_conn *c, int64_t *ret,
                           struct err *err) {
    const struct schema_entity *e = r->entity;
    crm_status status = CRM_OK;
    *ret = ENTRY_BYTES;
    if (r->step->kind == SCHEMA_STEP_FILL_FIELD && r->field)
        return add_width(r, c, r->field->converts >= 0 ? &e->fields[r->field->converts] : r->field,
                         ret, err);
    for (size_t i = 0; r->index && status == CRM_OK && i < r->index->slot_count; i++)
        status = add_width(r, c, schema_field_at(e, r->index->slots[i]), ret, err);
    if (r->step->kind != SCHEMA_STEP_FILL_SEARCH) return status;
    *ret += SEARCH_BYTES;
    for (size_t i = 0; status == CRM_OK && i < e->field_count; i++)
        if (e->fields[i].search) status = add_width(r, c, &e->fields[i], ret, err);
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
    int64_t width = 0, wanted = 0;
    char need[24], there[24];
    bool takes = r->index || r->step->kind == SCHEMA_STEP_FILL_FIELD ||
                 r->step->kind == SCHEMA_STEP_FILL_SEARCH;
    if (!takes || store_engine_of(r->engine->store) != STORE_SQLITE) return CRM_OK;
    crm_status status = width_of(r, c, &width, err);
    if (status != CRM_OK) return status;
    /* In the log and in the file; a shadow holds what its index does. */
    if (!int64_mul(width * (r->by_shadow ? 4 : 2), r->migration.total, &wanted)) wanted = INT64_MAX;
    int64_t room = free_bytes(r);
    if (wanted < room - RESERVE_BYTES) return CRM_OK;
    int64_t need_mb = wanted / MB + RESERVE_BYTES / MB, there_mb = room / MB;
    (void)snprintf(need, sizeof need, "%lld", (long long)need_mb);
    (void)snprintf(there, sizeof there, "%lld", (long long)there_mb);
    const struct str args[] = {r->step->subject, str_from(need), str_from(there)};
    return err_set_args(err, CRM_REFUSED, &record_rebuild_disk, args, 3);
}
