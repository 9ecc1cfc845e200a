/* The data of a plugin that has gone, for ever: its entities with their tables, and its fields in
 * the entities of others, whose values are cleared by background steps. See plugin.h. */
#include <time.h>

#include "module/kernel_state.h"
#include "module/messages.h"
#include "module/plugin.h"
#include "store/erase.h"
#include "store/cluster.h"

enum { LOCK_MS = 10000, ATTEMPTS = 20, REST_NS = 200 * 1000 * 1000 };

struct erasing {
    struct schema_registry registry;
    struct str owner;
    struct schema *schema; /* in force */
};

static bool is_in_force(const struct erasing *e, int32_t entity) {
    return schema_entity_by_id(e->schema, entity) != NULL;
}

static crm_status erase_entities(void *ctx, struct store_conn *writer, struct err *err) {
    struct erasing *e = ctx;
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < e->registry.entity_count; i++) {
        const struct schema_registry_entity *it = &e->registry.entities[i];
        if (!str_eq(it->owner, e->owner) || is_in_force(e, it->id)) continue;
        status = store_erase_entity(writer, &e->registry, it, err);
    }
    return status;
}

static struct str entity_name(const struct erasing *e, int32_t id) {
    const struct schema_entity *it = schema_entity_by_id(e->schema, id);
    return it ? it->name : STR_NONE;
}

/* Names of fields of the owner in entities that stay. */
static crm_status fields_of(const struct erasing *e, struct arena *a, struct schema_wishes *ret,
                            struct err *err) {
    struct str *names = ARENA_ARRAY(a, e->registry.field_count + 1, struct str);
    size_t count = 0;
    if (!names) return err_no_memory(err);
    for (size_t i = 0; i < e->registry.field_count; i++) {
        const struct schema_registry_field *f = &e->registry.fields[i];
        bool is_kept = f->state == SCHEMA_STATE_LIVE || f->state == SCHEMA_STATE_HIDDEN;
        if (!str_eq(f->owner, e->owner) || !is_kept || !is_in_force(e, f->entity) ||
            memchr(f->name.ptr, '.', f->name.len))
            continue;
        names[count] =
            arena_printf(a, "%.*s.%.*s", STR_ARG(entity_name(e, f->entity)), STR_ARG(f->name));
        if (!names[count++].ptr) return err_no_memory(err);
    }
    ret->recycle = names;
    ret->recycle_count = count;
    return CRM_OK;
}

static crm_status clear_fields(struct kernel *k, const struct erasing *e, struct arena *a,
                               struct err *err) {
    struct schema_change change = {.author = ACTOR_SYSTEM};
    struct schema_plan plan = {0};
    crm_status status = fields_of(e, a, &change.wishes, err);
    if (status != CRM_OK || !change.wishes.recycle_count) return status;
    status = kernel_schema_change(k, &change, STR_NONE, a, &plan, err);
    if (plan.schema) schema_plan_fini(&plan);
    return status;
}

/* Nobody waits behind tables that somebody reads: they are tried for between the writer's other
 * work, and what is read for long is left. */
static crm_status erase_when_free(struct kernel *k, struct erasing *e, struct err *err) {
    crm_status status = CRM_UNAVAILABLE;
    for (int i = 0; status == CRM_UNAVAILABLE && i < ATTEMPTS; i++) {
        if (i) nanosleep(&(struct timespec){.tv_nsec = REST_NS}, NULL);
        status = engine_write(k->engine, erase_entities, e, err);
    }
    return status == CRM_UNAVAILABLE
               ? err_set_args(err, CRM_UNAVAILABLE, &module_erase_busy, &e->owner, 1)
               : status;
}

static crm_status erase_tables(struct kernel *k, struct erasing *e, struct arena *a,
                               struct err *err) {
    struct store_schema_lock *lock = NULL;
    pthread_mutex_lock(&k->schema.mu);
    crm_status status = store_schema_lock_take(engine_store(k->engine), LOCK_MS, &lock, err);
    if (status == CRM_OK) status = engine_registry(k->engine, a, &e->registry, err);
    if (status == CRM_OK) status = erase_when_free(k, e, err);
    store_schema_lock_release(lock);
    pthread_mutex_unlock(&k->schema.mu);
    return status;
}

crm_status plugin_erase(struct kernel *k, struct str owner, struct arena *a, struct err *err) {
    struct erasing e = {.owner = owner, .schema = engine_schema(k->engine)};
    crm_status status = engine_registry(k->engine, a, &e.registry, err);
    if (status == CRM_OK) status = clear_fields(k, &e, a, err);
    if (status == CRM_OK) status = erase_tables(k, &e, a, err);
    schema_unref(e.schema);
    return status;
}
