/* A direct-mapped table, emptied whenever the resident set is another one. */
#include "auth/actors.h"

#include "auth/messages.h"

enum { ACTORS_ARENA_BYTES = 16 * 1024 * 1024 };

void actors_init(struct actors *a, struct engine *e) {
    memset(a, 0, sizeof *a);
    pthread_mutex_init(&a->mu, NULL);
    arena_init(&a->arena, ACTORS_ARENA_BYTES);
    a->engine = e;
}

void actors_fini(struct actors *a) {
    if (!a->engine) return;
    if (a->resident) engine_resident_unref(a->engine, a->resident);
    arena_fini(&a->arena);
    pthread_mutex_destroy(&a->mu);
    a->engine = NULL;
}

static void empty(struct actors *a) {
    memset(a->slots, 0, sizeof a->slots);
    arena_reset(&a->arena);
}

/* Makes `resident` what the table is about; its reference is taken. */
static void settle(struct actors *a, const struct resident *resident) {
    if (a->resident == resident) {
        if (resident) engine_resident_unref(a->engine, resident);
        return;
    }
    if (a->resident) engine_resident_unref(a->engine, a->resident);
    a->resident = resident;
    empty(a);
}

static crm_status copy(struct arena *arena, const struct actor *from, struct actor *ret,
                       struct err *err) {
    struct actor actor = *from;
    actor.login = arena_str(arena, from->login);
    actor.role = arena_str(arena, from->role);
    actor.zone = arena_str(arena, from->zone);
    struct value *tree =
        from->tree_count ? ARENA_ARRAY(arena, from->tree_count, struct value) : NULL;
    if (!actor.login.ptr || !actor.role.ptr || !actor.zone.ptr || (from->tree_count && !tree))
        return err_no_memory(err);
    if (tree) memcpy(tree, from->tree, from->tree_count * sizeof *tree);
    actor.tree = tree;
    *ret = actor;
    return CRM_OK;
}

/* `mu` is held. */
static crm_status compute(struct actors *a, struct actor *slot, int64_t user, struct err *err) {
    struct actor made;
    crm_status status = engine_actor(a->engine, user, ACCESS_DOOR_REST, &a->arena, &made, err);
    if (status == CRM_NO_MEMORY) { /* evicted actors still fill the arena: start over once */
        empty(a);
        status = engine_actor(a->engine, user, ACCESS_DOOR_REST, &a->arena, &made, err);
    }
    if (status == CRM_OK) *slot = made;
    return status;
}

crm_status actors_get(struct actors *a, int64_t user, enum access_door door, struct arena *arena,
                      struct actor *ret, struct err *err) {
    if (user == ACTOR_SYSTEM) {
        engine_actor_system(door, ret);
        return CRM_OK;
    }
    if (user <= 0) return err_set(err, CRM_UNAUTHENTICATED, &auth_sign_in_failed, NULL);
    pthread_mutex_lock(&a->mu);
    settle(a, engine_resident_ref(a->engine));
    struct actor *slot = &a->slots[(uint64_t)user * UINT64_C(0x9E3779B97F4A7C15) >> 54];
    crm_status status = slot->user == user ? CRM_OK : compute(a, slot, user, err);
    if (status == CRM_OK) status = copy(arena, slot, ret, err);
    pthread_mutex_unlock(&a->mu);
    if (status == CRM_OK) ret->door = door;
    return status;
}
