/* Loading and keeping the registry; see registry.h and migrate.h. */
#include "store/registry.h"

#include "store/migrate.h"
#include "store/sys_tables.h"

enum { SETS_MAX = 16 };

/* ---- keeping --------------------------------------------------------------------------------- */
/* Inserts the row, or writes all its columns after the key. */
static crm_status put(struct store_conn *c, enum sys_table which, const struct store_value *row,
                      struct err *err) {
    const struct store_table *t = sys_table(which);
    bool inserted = false;
    crm_status status = store_insert_new(c, t, row, &inserted, err);
    if (status != CRM_OK || inserted) return status;
    struct store_set sets[SETS_MAX];
    struct store_condition where[2];
    size_t set_count = 0;
    for (uint8_t i = 0; i < t->column_count; i++) {
        if (i < t->key_columns)
            where[i] = (struct store_condition){i, STORE_EQ, row[i]};
        else
            sets[set_count++] = (struct store_set){.column = i, .value = row[i]};
    }
    return store_update(c, t, sets, set_count, where, t->key_columns, NULL, err);
}

/* Of sys_field and sys_index: the key is entity and id. */
static crm_status forget(struct store_conn *c, enum sys_table which, int32_t entity, int32_t id,
                         struct err *err) {
    const struct store_condition where[] = {{0, STORE_EQ, store_int(entity)},
                                            {1, STORE_EQ, store_int(id)}};
    return store_delete(c, sys_table(which), where, 2, NULL, err);
}

crm_status registry_put_entity(struct store_conn *c, const struct schema_registry_entity *e,
                               struct err *err) {
    struct store_value row[SYS_ENTITY_COUNT] = {
        [SYS_ENTITY_ID] = store_int(e->id),
        [SYS_ENTITY_NAME] = store_text(e->name),
        [SYS_ENTITY_OWNER] = store_text(e->owner),
        [SYS_ENTITY_TABLE] = store_text(e->table),
        [SYS_ENTITY_STATE] = store_int(e->state),
        [SYS_ENTITY_NEXT_FIELD] = store_int(e->next_field_id),
        [SYS_ENTITY_DEFINITION] = store_text(e->definition),
    };
    return put(c, SYS_TABLE_ENTITY, row, err);
}

crm_status registry_put_field(struct store_conn *c, const struct schema_registry_field *f,
                              struct err *err) {
    if (f->state == SCHEMA_STATE_GONE) return forget(c, SYS_TABLE_FIELD, f->entity, f->id, err);
    struct store_value row[SYS_FIELD_COUNT] = {
        [SYS_FIELD_ENTITY] = store_int(f->entity),
        [SYS_FIELD_ID] = store_int(f->id),
        [SYS_FIELD_NAME] = store_text(f->name),
        [SYS_FIELD_TYPE] = store_text(f->type),
        [SYS_FIELD_SIGNATURE] = store_text(f->signature),
        [SYS_FIELD_COLUMN] = store_text(f->column),
        [SYS_FIELD_LINK_TABLE] = store_text(f->link_table),
        [SYS_FIELD_STATE] = store_int(f->state),
        [SYS_FIELD_OWNER] = store_text(f->owner),
        [SYS_FIELD_DEFINITION] = store_text(f->definition),
        [SYS_FIELD_REPLACES] = store_int(f->replaces),
        [SYS_FIELD_FOLDING] = store_int(f->folding),
    };
    return put(c, SYS_TABLE_FIELD, row, err);
}

crm_status registry_put_index(struct store_conn *c, const struct schema_registry_index *i,
                              struct err *err) {
    if (i->state == SCHEMA_STATE_GONE) return forget(c, SYS_TABLE_INDEX, i->entity, i->id, err);
    struct store_value row[SYS_INDEX_COUNT] = {
        [SYS_INDEX_ENTITY] = store_int(i->entity), [SYS_INDEX_ID] = store_int(i->id),
        [SYS_INDEX_NAME] = store_text(i->name),    [SYS_INDEX_SIGNATURE] = store_text(i->signature),
        [SYS_INDEX_STATE] = store_int(i->state),
    };
    return put(c, SYS_TABLE_INDEX, row, err);
}

crm_status registry_put_all(struct store_conn *c, const struct schema_registry *r,
                            struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < r->entity_count; i++)
        if (r->entities[i].dirty) status = registry_put_entity(c, &r->entities[i], err);
    for (size_t i = 0; status == CRM_OK && i < r->field_count; i++)
        if (r->fields[i].dirty) status = registry_put_field(c, &r->fields[i], err);
    for (size_t i = 0; status == CRM_OK && i < r->index_count; i++)
        if (r->indexes[i].dirty) status = registry_put_index(c, &r->indexes[i], err);
    return status;
}

/* ---- loading --------------------------------------------------------------------------------- */
struct loading {
    struct arena *arena;
    struct schema_registry *registry;
    bool is_first; /* a database of version 1: later columns are not there */
    bool no_memory;
};

static struct str keep(struct loading *l, struct store_value v) {
    struct str copy = v.type == STORE_TEXT ? arena_str(l->arena, v.bytes) : STR_NONE;
    if (v.type == STORE_TEXT && !copy.ptr) l->no_memory = true;
    return copy;
}

static int64_t number(struct store_value v) { return v.type == STORE_INT ? v.integer : 0; }

static bool load_entity(void *ctx, const struct store_value *row) {
    struct loading *l = ctx;
    struct schema_registry *r = l->registry;
    struct schema_registry_entity *all =
        arena_grow(l->arena, r->entities, r->entity_count, &r->entity_capacity, sizeof *all);
    if (!all) return !(l->no_memory = true);
    r->entities = all;
    all[r->entity_count++] = (struct schema_registry_entity){
        .id = (int32_t)row[SYS_ENTITY_ID].integer,
        .name = keep(l, row[SYS_ENTITY_NAME]),
        .owner = keep(l, row[SYS_ENTITY_OWNER]),
        .table = keep(l, row[SYS_ENTITY_TABLE]),
        .state = (enum schema_state)row[SYS_ENTITY_STATE].integer,
        .next_field_id = (int32_t)row[SYS_ENTITY_NEXT_FIELD].integer,
        .definition = l->is_first ? STR_NONE : keep(l, row[SYS_ENTITY_DEFINITION]),
    };
    if (r->next_entity_id <= all[r->entity_count - 1].id)
        r->next_entity_id = all[r->entity_count - 1].id + 1;
    return !l->no_memory;
}

static bool load_field(void *ctx, const struct store_value *row) {
    struct loading *l = ctx;
    struct schema_registry *r = l->registry;
    struct schema_registry_field *all =
        arena_grow(l->arena, r->fields, r->field_count, &r->field_capacity, sizeof *all);
    if (!all) return !(l->no_memory = true);
    r->fields = all;
    all[r->field_count++] = (struct schema_registry_field){
        .entity = (int32_t)row[SYS_FIELD_ENTITY].integer,
        .id = (int32_t)row[SYS_FIELD_ID].integer,
        .name = keep(l, row[SYS_FIELD_NAME]),
        .type = keep(l, row[SYS_FIELD_TYPE]),
        .signature = keep(l, row[SYS_FIELD_SIGNATURE]),
        .column = keep(l, row[SYS_FIELD_COLUMN]),
        .link_table = keep(l, row[SYS_FIELD_LINK_TABLE]),
        .state = (enum schema_state)row[SYS_FIELD_STATE].integer,
    };
    if (l->is_first) return !l->no_memory;
    struct schema_registry_field *f = &all[r->field_count - 1];
    f->owner = keep(l, row[SYS_FIELD_OWNER]);
    f->definition = keep(l, row[SYS_FIELD_DEFINITION]);
    f->replaces = (int32_t)number(row[SYS_FIELD_REPLACES]);
    f->folding = number(row[SYS_FIELD_FOLDING]) != 0;
    return !l->no_memory;
}

static bool load_index(void *ctx, const struct store_value *row) {
    struct loading *l = ctx;
    struct schema_registry *r = l->registry;
    struct schema_registry_index *all =
        arena_grow(l->arena, r->indexes, r->index_count, &r->index_capacity, sizeof *all);
    if (!all) return !(l->no_memory = true);
    r->indexes = all;
    all[r->index_count++] = (struct schema_registry_index){
        .entity = (int32_t)row[SYS_INDEX_ENTITY].integer,
        .id = (int32_t)row[SYS_INDEX_ID].integer,
        .name = keep(l, row[SYS_INDEX_NAME]),
        .signature = keep(l, row[SYS_INDEX_SIGNATURE]),
        .state = l->is_first ? SCHEMA_STATE_LIVE : (enum schema_state)number(row[SYS_INDEX_STATE]),
    };
    return !l->no_memory;
}

static bool load_next_entity(void *ctx, const struct store_value *row) {
    struct loading *l = ctx;
    int64_t next = number(row[SYS_SEQUENCE_VALUE]);
    if (next > l->registry->next_entity_id) l->registry->next_entity_id = (int32_t)next;
    return true;
}

crm_status store_registry_load(struct store_conn *c, struct arena *a, struct schema_registry *ret,
                               struct err *err) {
    static const struct {
        enum sys_table table;
        store_row_fn fn;
        int8_t order[2];
        size_t order_count;
    } parts[] = {
        {SYS_TABLE_ENTITY, load_entity, {SYS_ENTITY_ID + 1}, 1},
        {SYS_TABLE_FIELD, load_field, {SYS_FIELD_ENTITY + 1, SYS_FIELD_ID + 1}, 2},
        {SYS_TABLE_INDEX, load_index, {SYS_INDEX_ENTITY + 1, SYS_INDEX_ID + 1}, 2},
    };
    struct schema_registry registry = {.next_entity_id = 1};
    const struct store_condition given = {SYS_SEQUENCE_NAME, STORE_EQ,
                                          store_text(STR("entity"))}; /* store/erase.h */
    const struct store_select sequence = {
        .table = sys_table(SYS_TABLE_SEQUENCE), .where = &given, .where_count = 1};
    int64_t version = 0;
    crm_status known = store_sys_version(c, &version, err);
    if (known != CRM_OK) return known;
    struct loading l = {a, &registry, version == 1, false};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct store_select select = {.table = sys_table_of(parts[i].table, version),
                                      .order = parts[i].order,
                                      .order_count = parts[i].order_count};
        crm_status status = store_each(c, &select, parts[i].fn, &l, err);
        if (status != CRM_OK) return status;
        if (l.no_memory) return err_no_memory(err);
    }
    known = store_each(c, &sequence, load_next_entity, &l, err);
    if (known != CRM_OK) return known;
    *ret = registry;
    return CRM_OK;
}
