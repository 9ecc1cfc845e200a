/* Resident sets: loading, counting, finding by id. See resident.h and resident_set.h.
 *
 * Owns its tables by count. Threads: any; loading is the writer's. */
#include "record/resident_set.h"

#include <stdlib.h>

static void table_unref(struct resident_table *t) {
    if (!t || atomic_fetch_sub(&t->references, 1) != 1) return;
    schema_unref(t->schema);
    arena_fini(&t->arena);
    free(t);
}

static struct resident_table *table_new(struct schema *schema, const struct schema_entity *e) {
    struct resident_table *t = calloc(1, sizeof *t);
    if (!t) return NULL;
    atomic_init(&t->references, 1);
    arena_init(&t->arena, RESIDENT_TABLE_MAX_BYTES);
    t->schema = schema ? schema_ref(schema) : NULL;
    t->entity = e;
    return t;
}

/* Room for one more row; returns where its values go. */
static struct value *table_grow(struct resident_table *t) {
    size_t capacity = t->capacity;
    struct value **rows = arena_grow(&t->arena, t->rows, t->count, &capacity, sizeof *rows);
    if (!rows) return NULL;
    t->rows = rows;
    int64_t *ids = arena_grow(&t->arena, t->ids, t->count, &t->capacity, sizeof *ids);
    if (!ids) return NULL;
    t->ids = ids;
    return ARENA_ARRAY(&t->arena, t->entity->field_count, struct value);
}

struct load {
    struct resident_table *table;
    int64_t last_id;
    size_t seen;
    bool failed;
};

static bool load_row(void *ctx, const struct value *row) {
    struct load *l = ctx;
    struct resident_table *t = l->table;
    struct value *copy = table_grow(t);
    l->failed = !copy;
    for (size_t i = 0; copy && i < t->entity->field_count; i++)
        if (!value_copy(&t->arena, &row[i], &copy[i])) l->failed = true;
    if (l->failed) return false;
    l->last_id = row_std_int(t->entity, row, SCHEMA_STD_ID);
    l->seen++;
    t->ids[t->count] = l->last_id;
    t->rows[t->count++] = copy;
    return true;
}

enum { LOAD_PAGE = 2000 };

static crm_status table_load(struct store_conn *c, struct schema *schema,
                             const struct schema_entity *e, struct resident_table **ret,
                             struct err *err) {
    struct resident_table *t = table_new(schema, e);
    if (!t) return err_no_memory(err);
    struct arena page;
    arena_init(&page, RESIDENT_TABLE_MAX_BYTES);
    struct load l = {.table = t};
    crm_status status = CRM_OK;
    do {
        l.seen = 0;
        arena_reset(&page);
        status =
            store_record_each(c, e, NULL, l.last_id, LOAD_PAGE, false, &page, load_row, &l, err);
        if (status == CRM_OK && l.failed) status = err_no_memory(err);
    } while (status == CRM_OK && l.seen == LOAD_PAGE);
    arena_fini(&page);
    if (status != CRM_OK) {
        table_unref(t);
        return status;
    }
    *ret = t;
    return CRM_OK;
}

void resident_unref(struct resident *r) {
    if (!r || atomic_fetch_sub(&r->references, 1) != 1) return;
    for (size_t i = 0; r->tables && r->schema && i < r->schema->entity_count; i++)
        table_unref(r->tables[i]);
    for (struct resident_table *t = r->translated, *next; t; t = next) {
        next = t->next;
        table_unref(t);
    }
    resident_names_free(r->names);
    free(r->tables);
    arena_fini(&r->index.arena);
    schema_unref(r->schema);
    pthread_mutex_destroy(&r->mu);
    free(r);
}

struct resident *resident_ref(struct resident *r) {
    if (r) atomic_fetch_add(&r->references, 1);
    return r;
}

/* The old set's table of this very snapshot, when it still holds. */
static struct resident_table *table_keep(const struct resident *old, const struct schema *schema,
                                         size_t position, const bool *touched) {
    if (!old || old->schema != schema || !touched || touched[position]) return NULL;
    struct resident_table *t = old->tables[position];
    if (t) atomic_fetch_add(&t->references, 1);
    return t;
}

static struct resident *resident_new(struct schema *schema) {
    struct resident *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    atomic_init(&r->references, 1);
    pthread_mutex_init(&r->mu, NULL);
    arena_init(&r->index.arena, RESIDENT_TABLE_MAX_BYTES);
    r->schema = schema ? schema_ref(schema) : NULL;
    r->tables = calloc(schema ? schema->entity_count + 1 : 1, sizeof(struct resident_table *));
    if (r->tables) return r;
    resident_unref(r);
    return NULL;
}

crm_status resident_load(struct store_conn *c, struct schema *schema, const struct resident *old,
                         const bool *touched, struct resident **ret, struct err *err) {
    struct resident *r = resident_new(schema);
    if (!r) return err_no_memory(err);
    r->number = resident_number(old) + 1;
    crm_status status = CRM_OK;
    for (size_t i = 0; schema && status == CRM_OK && i < schema->entity_count; i++) {
        if (!schema->entities[i].resident) continue;
        r->tables[i] = table_keep(old, schema, i, touched);
        if (!r->tables[i]) status = table_load(c, schema, &schema->entities[i], &r->tables[i], err);
    }
    if (status == CRM_OK) status = resident_index_make(r, err);
    if (status != CRM_OK) {
        resident_unref(r);
        return status;
    }
    *ret = r;
    return CRM_OK;
}

static bool same_layout(const struct schema_entity *a, const struct schema_entity *b) {
    if (a == b) return true;
    if (a->id != b->id || a->field_count != b->field_count) return false;
    for (size_t i = 0; i < a->field_count; i++)
        if (a->fields[i].id != b->fields[i].id) return false;
    return true;
}

/* A table with the slots of `e`; `e` itself may die later, so only ids of its fields are kept. */
static struct resident_table *translate(const struct resident_table *from,
                                        const struct schema_entity *e) {
    struct resident_table *t = table_new(NULL, NULL);
    if (!t) return NULL;
    struct schema_entity *entity = ARENA_NEW(&t->arena, struct schema_entity);
    struct schema_field *fields = ARENA_ARRAY(&t->arena, e->field_count, struct schema_field);
    if (!entity || !fields) goto fail;
    for (size_t i = 0; i < e->field_count; i++)
        fields[i].id = e->fields[i].id;
    *entity = (struct schema_entity){.id = e->id, .fields = fields, .field_count = e->field_count};
    t->entity = entity;
    for (size_t n = 0; n < from->count; n++) {
        struct value *row = table_grow(t);
        if (!row) goto fail;
        for (size_t i = 0; i < e->field_count; i++) {
            const struct schema_field *f = schema_field_by_id(from->entity, e->fields[i].id);
            if (f && !value_copy(&t->arena, &from->rows[n][f->slot], &row[i])) goto fail;
        }
        t->ids[t->count] = from->ids[n];
        t->rows[t->count++] = row;
    }
    return t;
fail:
    table_unref(t);
    return NULL;
}

static const struct resident_table *table_translated(const struct resident *r,
                                                     const struct resident_table *own,
                                                     const struct schema_entity *e) {
    struct resident *shared =
        (struct resident *)r; /* the cache is guarded, the rest stays constant */
    pthread_mutex_lock(&shared->mu);
    struct resident_table *t = shared->translated;
    while (t && !same_layout(t->entity, e))
        t = t->next;
    if (!t && (t = translate(own, e)) != NULL) {
        t->next = shared->translated;
        shared->translated = t;
    }
    pthread_mutex_unlock(&shared->mu);
    return t;
}

const struct resident_table *resident_table_for(const struct resident *r,
                                                const struct schema_entity *e) {
    if (!r || !r->schema || !e || !e->resident) return NULL;
    const struct schema_entity *own = schema_entity_by_id(r->schema, e->id);
    if (!own) return NULL;
    const struct resident_table *t = r->tables[own - r->schema->entities];
    if (!t || t->entity == e || same_layout(t->entity, e)) return t;
    return table_translated(r, t, e);
}

const struct resident_table *resident_table_named(const struct resident *r, const char *entity) {
    if (!r || !r->schema) return NULL;
    return resident_table_for(r, schema_find(r->schema, str_from(entity)));
}

const struct value *resident_row(const struct resident *r, const struct schema_entity *e,
                                 int64_t id) {
    const struct resident_table *t = resident_table_for(r, e);
    size_t low = 0, high = t ? t->count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->ids[middle] == id) return t->rows[middle];
        if (t->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

size_t resident_count(const struct resident *r, const struct schema_entity *e) {
    const struct resident_table *t = resident_table_for(r, e);
    return t ? t->count : 0;
}

const struct value *resident_at(const struct resident *r, const struct schema_entity *e,
                                size_t position) {
    const struct resident_table *t = resident_table_for(r, e);
    return t && position < t->count ? t->rows[position] : NULL;
}

struct str resident_title(const struct resident *r, const struct schema_entity *e, int64_t id) {
    const struct value *row = resident_row(r, e, id);
    return row && e->title_slot >= 0 ? value_str(row[e->title_slot]) : STR_NONE;
}

int64_t resident_number(const struct resident *r) { return r ? r->number : 0; }

const struct resident *engine_resident_ref(struct engine *e) {
    pthread_mutex_lock(&e->mu);
    struct resident *r = resident_ref(e->resident);
    pthread_mutex_unlock(&e->mu);
    return r;
}

void engine_resident_unref(struct engine *e, const struct resident *r) {
    (void)e;
    resident_unref((struct resident *)r);
}
