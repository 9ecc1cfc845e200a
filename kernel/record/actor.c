/* Actors from resident data: user, role, team and the teams below; the environment of expressions.
 *
 * Reads published data only, never the database. Threads: any. */
#include <stdlib.h>

#include "record/engine_state.h"
#include "record/messages.h"

void engine_actor_system(enum access_door door, struct actor *ret) {
    *ret =
        (struct actor){.user = ACTOR_SYSTEM, .login = STR("system"), .system = true, .door = door};
}

static int value_by_id(const void *left, const void *right) {
    const struct value *a = left, *b = right;
    return a->integer < b->integer ? -1 : a->integer > b->integer;
}

static bool tree_holds(const struct value *tree, size_t count, int64_t id) {
    for (size_t i = 0; i < count; i++)
        if (tree[i].integer == id) return true;
    return false;
}

/* The team and everything below it; a cycle of parents ends because each team enters once. */
static bool actor_tree(const struct resident *r, const struct schema_entity *teams, int64_t team,
                       struct arena *a, struct actor *ret) {
    size_t all = resident_count(r, teams), count = 0;
    struct value *tree = ARENA_ARRAY(a, all + 1, struct value);
    if (!tree) return false;
    tree[count++] = value_id(team);
    for (bool grown = true; grown;) {
        grown = false;
        for (size_t i = 0; i < all; i++) {
            const struct value *row = resident_at(r, teams, i);
            int64_t id = row_std_int(teams, row, SCHEMA_STD_ID);
            struct value parent = row_named(teams, row, "parent");
            if (value_is_nil(parent) || count > all || tree_holds(tree, count, id) ||
                !tree_holds(tree, count, parent.integer))
                continue;
            tree[count++] = value_id(id);
            grown = true;
        }
    }
    qsort(tree, count, sizeof *tree, value_by_id);
    ret->tree = tree;
    ret->tree_count = count;
    return true;
}

struct str resident_role(const struct resident *r, const struct schema *s, struct value role) {
    if (role.type == VALUE_TEXT) return role.text;
    const struct schema_entity *roles = schema_find(s, STR("role"));
    if (role.type != VALUE_ID || !roles) return STR_NONE;
    return value_str(row_named(roles, resident_row(r, roles, role.integer), "name"));
}

/* `ret` comes with the door and the company's language. */
static crm_status actor_fill(const struct resident *r, const struct schema *s, int64_t user,
                             struct arena *a, struct actor *ret, struct err *err) {
    const struct schema_entity *users = s ? schema_find(s, STR("user")) : NULL,
                               *teams = s ? schema_find(s, STR("team")) : NULL;
    const struct value *row = users ? resident_row(r, users, user) : NULL;
    if (!row) return err_set(err, CRM_UNAUTHENTICATED, &record_user_unknown, NULL);
    struct value active = row_named(users, row, "active");
    if (active.type == VALUE_BOOL && !active.boolean)
        return err_set(err, CRM_UNAUTHENTICATED, &record_user_unknown, NULL);
    ret->user = user;
    ret->login = arena_str(a, value_str(row_named(users, row, "login")));
    ret->role = arena_str(a, resident_role(r, s, row_named(users, row, "role")));
    ret->zone = arena_str(a, value_str(row_named(users, row, "zone")));
    struct str language = value_str(row_named(users, row, "language"));
    if (language.len > 0) ret->language = language_find(language);
    ret->team = row_std_int(users, row, SCHEMA_STD_TEAM);
    if (!ret->login.ptr || !ret->role.ptr || !ret->zone.ptr) return err_no_memory(err);
    if (ret->team && teams && !actor_tree(r, teams, ret->team, a, ret)) return err_no_memory(err);
    return CRM_OK;
}

crm_status engine_actor(struct engine *e, int64_t user, enum access_door door, struct arena *a,
                        struct actor *ret, struct err *err) {
    if (user == ACTOR_SYSTEM) {
        engine_actor_system(door, ret);
        return CRM_OK;
    }
    const struct company *company = engine_company_ref(e);
    struct actor actor = {.door = door, .language = company->language};
    engine_company_unref(e, company);
    struct schema *s = engine_schema(e);
    const struct resident *r = engine_resident_ref(e);
    crm_status status = actor_fill(r, s, user, a, &actor, err);
    engine_resident_unref(e, r);
    schema_unref(s);
    if (status == CRM_OK) *ret = actor;
    return status;
}

void engine_env(struct engine *e, const struct actor *actor, const struct company *company,
                struct arena *a, struct expr_env *ret) {
    (void)e;
    ret->arena = a;
    ret->zone = company->store.zone;
    ret->now_ms = clock_now_ms();
    ret->me = actor->user;
    ret->my_team = actor->team;
    ret->my_tree = actor->tree;
    ret->my_tree_count = actor->tree_count;
    ret->week_start = company->store.week_start;
    ret->fiscal_month = company->store.fiscal_month;
    ret->base_currency = company->store.base_currency;
    ret->base_digits = company->store.base_digits;
}
