/* See search_fill.h. The value is "renewed cleared fields": fields is a hash of what is wanted. */
#include "record/search_fill.h"

#include <stdio.h>

#include "record/reindex.h"
#include "store/search_rebuild.h"
#include "store/sys_tables.h"

enum { ROW_BYTES = 4096, SETTLED_MAX = 1024 };

struct fill_row {
    bool begun, cleared;
    int64_t renewed;
    uint64_t fields;
};

static struct str key_of(const struct schema_entity *e, char text[24]) {
    snprintf(text, 24, "%d", (int)e->id);
    return str_from(text);
}

static uint64_t fields_of(const struct schema_entity *e) {
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < e->field_count; i++)
        if (e->fields[i].search) hash = (hash ^ (uint64_t)e->fields[i].id) * 1099511628211u;
    return e->substring_filling ? ~hash : hash;
}

static bool has_former(const struct schema_entity *e) {
    for (size_t i = 0; i < e->field_count; i++)
        if (e->fields[i].searched) return true;
    return false;
}

static crm_status parse(struct str text, struct fill_row *ret, struct err *err) {
    struct str renewed, cleared;
    int64_t fields = 0, flag = 0;
    ret->begun = true;
    if (!str_split(&text, ' ', &renewed) || !str_split(&text, ' ', &cleared) ||
        !str_to_int64(renewed, &ret->renewed) || !str_to_int64(cleared, &flag) ||
        !str_to_int64(text, &fields))
        return err_internal(err, "search_fill cannot be read");
    ret->cleared = flag != 0;
    ret->fields = (uint64_t)fields;
    return CRM_OK;
}

static crm_status load(struct store_conn *c, const struct schema_entity *e, struct fill_row *ret,
                       struct err *err) {
    char key[24];
    struct arena a;
    const struct store_value *row = NULL;
    const struct store_condition where[] = {
        {SYS_STATE_OWNER, STORE_EQ, store_text(STR("search_fill"))},
        {SYS_STATE_KEY, STORE_EQ, store_text(key_of(e, key))}};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = where, .where_count = 2};
    arena_init(&a, ROW_BYTES);
    *ret = (struct fill_row){0};
    crm_status status = store_first(c, &select, &a, &row, err);
    if (status == CRM_OK && row) status = parse(row[SYS_STATE_VALUE].bytes, ret, err);
    arena_fini(&a);
    return status;
}

static crm_status keep(struct store_conn *c, const struct schema_entity *e,
                       const struct fill_row *it, struct err *err) {
    char key[24], text[64];
    bool inserted = false;
    snprintf(text, sizeof text, "%lld %d %lld", (long long)it->renewed, it->cleared,
             (long long)it->fields);
    struct store_value row[SYS_STATE_COUNT] = {[SYS_STATE_OWNER] = store_text(STR("search_fill")),
                                               [SYS_STATE_KEY] = store_text(key_of(e, key)),
                                               [SYS_STATE_VALUE] = store_text(str_from(text)),
                                               [SYS_STATE_EXPIRES_AT] = STORE_NIL};
    const struct store_condition where[] = {{SYS_STATE_OWNER, STORE_EQ, row[SYS_STATE_OWNER]},
                                            {SYS_STATE_KEY, STORE_EQ, row[SYS_STATE_KEY]}};
    const struct store_set set = {.column = SYS_STATE_VALUE, .value = row[SYS_STATE_VALUE]};
    crm_status status = store_insert_new(c, sys_table(SYS_TABLE_STATE), row, &inserted, err);
    if (status != CRM_OK || inserted) return status;
    return store_update(c, sys_table(SYS_TABLE_STATE), &set, 1, where, 2, NULL, err);
}

static void tell(const struct schema_entity *e, const struct fill_row *row,
                 struct search_fill *ret) {
    ret->begun = row->begun;
    ret->renewed = row->renewed;
    ret->has_former = has_former(e) && !row->cleared;
}

crm_status search_fill_read(struct store_conn *c, const struct schema_entity *e,
                            struct search_fill *ret, struct err *err) {
    struct fill_row row;
    crm_status status = load(c, e, &row, err);
    if (status == CRM_OK) tell(e, &row, ret);
    return status;
}

crm_status search_fill_begin(struct store_conn *c, const struct schema_entity *e,
                             struct search_fill *ret, struct err *err) {
    struct fill_row row;
    uint64_t wanted = fields_of(e);
    crm_status status = load(c, e, &row, err);
    if (status != CRM_OK) return status;
    if (row.begun && row.fields != wanted) {
        row.renewed = 0;
        row.cleared = true;
        status = store_search_clear(c, e, err);
    }
    if (!row.begun && e->substring_filling) status = store_search_add_parts(c, e, err);
    row.fields = wanted;
    if (status == CRM_OK) status = keep(c, e, &row, err);
    if (status == CRM_OK) tell(e, &row, ret);
    return status;
}

crm_status search_fill_put(struct store_conn *c, const struct schema_entity *e, int64_t renewed,
                           struct err *err) {
    struct fill_row row;
    crm_status status = load(c, e, &row, err);
    row.renewed = renewed;
    row.fields = fields_of(e);
    return status == CRM_OK ? keep(c, e, &row, err) : status;
}

crm_status search_fill_anew(struct store_conn *c, const struct schema_entity *e, struct err *err) {
    struct fill_row row;
    crm_status status = load(c, e, &row, err);
    if (status != CRM_OK || row.begun) return status;
    row = (struct fill_row){.cleared = true, .fields = fields_of(e)};
    status = store_search_renew(c, e, err);
    return status == CRM_OK ? keep(c, e, &row, err) : status;
}

crm_status search_fill_whole(struct store_conn *c, const struct schema_entity *e, struct err *err) {
    const struct fill_row row = {.renewed = INT64_MAX, .cleared = true, .fields = fields_of(e)};
    return keep(c, e, &row, err);
}

crm_status search_fill_forget(struct store_conn *c, const struct schema_entity *e,
                              struct err *err) {
    char key[24];
    const struct store_condition where[] = {
        {SYS_STATE_OWNER, STORE_EQ, store_text(STR("search_fill"))},
        {SYS_STATE_KEY, STORE_EQ, store_text(key_of(e, key))}};
    return store_delete(c, sys_table(SYS_TABLE_STATE), where, 2, NULL, err);
}

struct living {
    struct arena *arena;
    int64_t *ids;
    size_t count, capacity;
    bool no_memory;
};

static bool add_living(void *ctx, const struct store_value *row) {
    struct living *l = ctx;
    int64_t *ids = arena_grow(l->arena, l->ids, l->count, &l->capacity, sizeof *ids);
    if (!ids) return !(l->no_memory = true);
    l->ids = ids;
    ids[l->count++] = row[SYS_ENTITY_ID].integer;
    return true;
}

crm_status record_reindex_next_start(struct store_conn *c, int64_t version, struct err *err) {
    const struct store_select select = {.table = sys_table_of(SYS_TABLE_ENTITY, version)};
    const struct fill_row row = {.cleared = true};
    struct arena a;
    struct living l = {.arena = &a};
    arena_init(&a, 1 << 20);
    crm_status status = store_each(c, &select, add_living, &l, err);
    if (status == CRM_OK && l.no_memory) status = err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < l.count; i++) {
        const struct schema_entity of = {.id = (int32_t)l.ids[i]};
        status = keep(c, &of, &row, err);
    }
    arena_fini(&a);
    return status;
}

/* ---- when a snapshot has come into force ------------------------------------------------------
 */
struct settling {
    int32_t ids[SETTLED_MAX];
    size_t count;
};

static bool add_row(void *ctx, const struct store_value *row) {
    struct settling *s = ctx;
    int64_t id = 0;
    if (str_to_int64(row[SYS_STATE_KEY].bytes, &id)) s->ids[s->count++] = (int32_t)id;
    return s->count < SETTLED_MAX;
}

static crm_status settle(struct store_conn *c, const struct schema *s, int32_t id,
                         struct err *err) {
    const struct schema_entity of = {.id = id}, *e = schema_entity_by_id(s, id);
    struct fill_row row = {.renewed = INT64_MAX};
    if (e && e->searching) return CRM_OK;
    crm_status status = e ? load(c, e, &row, err) : CRM_OK;
    if (status == CRM_OK && e && e->search && row.renewed != INT64_MAX)
        status = record_reindex_entity(c, e, err);
    return status == CRM_OK ? search_fill_forget(c, &of, err) : status;
}

crm_status search_fill_settle(struct store_conn *c, const struct schema *s, struct err *err) {
    const struct store_condition where = {SYS_STATE_OWNER, STORE_EQ,
                                          store_text(STR("search_fill"))};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = &where, .where_count = 1};
    struct settling found = {.count = 0};
    crm_status status = store_each(c, &select, add_row, &found, err);
    for (size_t i = 0; status == CRM_OK && i < found.count; i++)
        status = settle(c, s, found.ids[i], err);
    return status;
}
