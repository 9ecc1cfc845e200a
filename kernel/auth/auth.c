/* Life of the auth layer, and users as sign-in sees them: from resident data. */
#include "auth/auth.h"

#include <stdlib.h>

#include "record/resident.h"

/* How long a session ended by another node may still be believed when no news of it come. */
enum { OTHER_NODES_MS = 900 };

crm_status auth_new(struct engine *e, struct auth **ret, struct err *err) {
    struct auth *a = calloc(1, sizeof *a);
    if (!a) return err_no_memory(err);
    int64_t stale_ms = store_engine_of(engine_store(e)) == STORE_POSTGRES ? OTHER_NODES_MS : 0;
    crm_status status = cache_init(&a->cache, stale_ms, err);
    if (status != CRM_OK) {
        free(a);
        return status;
    }
    a->engine = e;
    actors_init(&a->actors, e);
    throttle_init(&a->throttle);
    attempts_init(&a->attempts);
    password_gate_init(&a->gate);
    *ret = a;
    return CRM_OK;
}

void auth_free(struct auth *a) {
    if (!a) return;
    cache_fini(&a->cache);
    actors_fini(&a->actors);
    throttle_fini(&a->throttle);
    attempts_fini(&a->attempts);
    password_gate_fini(&a->gate);
    free(a);
}

static const struct schema_field *user_field(const struct schema_entity *user, const char *name) {
    return user ? schema_field_find(user, str_from(name)) : NULL;
}

int64_t auth_user_find(struct auth *a, struct str login) {
    struct schema *schema = engine_schema(a->engine);
    if (!schema) return 0;
    const struct schema_entity *user = schema_find(schema, STR("user"));
    const struct schema_field *field = user_field(user, "login");
    const struct resident *resident = engine_resident_ref(a->engine);
    int64_t id = 0;
    if (field && resident && login.len > 0) resident_find(resident, user, field->slot, login, &id);
    if (resident) engine_resident_unref(a->engine, resident);
    schema_unref(schema);
    return id;
}

static struct str text_of(const struct schema_entity *e, const struct value *row, const char *name,
                          struct arena *arena) {
    const struct schema_field *f = user_field(e, name);
    if (!f || row[f->slot].type != VALUE_TEXT) return STR_NONE;
    return arena_str(arena, row[f->slot].text);
}

bool auth_user_get(struct auth *a, int64_t user, struct arena *arena, struct auth_user *ret) {
    struct schema *schema = engine_schema(a->engine);
    if (!schema) return false;
    const struct schema_entity *entity = schema_find(schema, STR("user"));
    const struct resident *resident = engine_resident_ref(a->engine);
    const struct value *row = entity && resident ? resident_row(resident, entity, user) : NULL;
    if (row) {
        const struct schema_field *active = user_field(entity, "active");
        const struct schema_field *role = user_field(entity, "role");
        struct str role_name = role ? resident_role(resident, schema, row[role->slot]) : STR_NONE;
        *ret = (struct auth_user){.id = user,
                                  .login = text_of(entity, row, "login", arena),
                                  .name = text_of(entity, row, "name", arena),
                                  .role = arena_str(arena, role_name),
                                  .active = !active || row[active->slot].type != VALUE_BOOL ||
                                            row[active->slot].boolean};
    }
    if (resident) engine_resident_unref(a->engine, resident);
    schema_unref(schema);
    return row != NULL;
}
