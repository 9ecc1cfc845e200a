/* Rights as look-ups in the snapshot: everything was compiled when it was built (schema/roles.c).
 * Threads: one request; nothing is owned. */
#include "access/access.h"

static const struct expr every_row = {.op = EXPR_LITERAL,
                                      .type = {.type = VALUE_BOOL},
                                      .never_nil = true,
                                      .literal = {.type = VALUE_BOOL, .boolean = true}};

const char *access_door_word(enum access_door door) {
    static const char *const words[] = {
#define DOOR_WORD(name, word) word,
        ACCESS_DOORS(DOOR_WORD)
#undef DOOR_WORD
    };
    return words[door];
}

void access_init(struct access *a, const struct schema *schema, const struct actor *actor) {
    *a = (struct access){.schema = schema, .actor = *actor};
    if (!actor->system && actor->user != 0 && actor->role.len > 0)
        a->role = schema_role_find(schema, actor->role);
}

static const struct schema_grant *grant(const struct access *a, const struct schema_entity *e) {
    return a->role ? &a->role->grants[schema_entity_position(a->schema, e)] : NULL;
}

const struct expr *access_rows(const struct access *a, enum schema_action action,
                               const struct schema_entity *e) {
    if (a->actor.system) return &every_row;
    const struct schema_grant *g = grant(a, e);
    return g ? g->rows[action] : NULL;
}

bool access_is_all(const struct expr *rows) {
    return rows && rows->op == EXPR_LITERAL && rows->literal.type == VALUE_BOOL &&
           rows->literal.boolean;
}

bool access_entity_visible(const struct access *a, const struct schema_entity *e) {
    return access_rows(a, SCHEMA_ACTION_READ, e) != NULL;
}

bool access_field_visible(const struct access *a, const struct schema_entity *e,
                          const struct schema_field *f) {
    if (f->building) return false;
    if (a->actor.system) return true;
    const struct schema_grant *g = grant(a, e);
    if (!g || !g->rows[SCHEMA_ACTION_READ]) return false;
    return !g->field_hidden || !g->field_hidden[f->slot];
}

bool access_field_writable(const struct access *a, const struct schema_entity *e,
                           const struct schema_field *f) {
    if (f->building || f->type == SCHEMA_FIELD_FORMULA || f->type == SCHEMA_FIELD_ROLLUP)
        return false;
    if (a->actor.system) return true;
    if (f->read_only || !access_field_visible(a, e, f)) return false;
    const struct schema_grant *g = grant(a, e);
    return !g->field_locked || !g->field_locked[f->slot];
}

bool access_is_admin(const struct access *a) {
    return a->actor.system || (a->role && a->role->admin);
}

bool access_permits(const struct access *a, const char *permission) {
    if (a->actor.system) return true;
    if (!a->role) return false;
    for (size_t i = 0; i < a->role->permission_count; i++)
        if (str_is(a->role->permissions[i], permission)) return true;
    return a->role->admin;
}

bool access_covers(const struct access *a, struct str role) {
    const struct schema_role *wanted = role.len ? schema_role_find(a->schema, role) : NULL;
    if (!wanted || access_is_admin(a)) return true;
    if (wanted->admin) return false;
    for (size_t i = 0; i < wanted->permission_count; i++) {
        bool has = false;
        for (size_t k = 0; a->role && k < a->role->permission_count && !has; k++)
            has = str_eq(a->role->permissions[k], wanted->permissions[i]);
        if (!has) return false;
    }
    return true;
}

crm_status access_allows(const struct access *a, enum schema_action action,
                         const struct schema_entity *e, const struct expr_env *env, bool *ret,
                         struct err *err) {
    const struct expr *rows = access_rows(a, action, e);
    if (!rows || access_is_all(rows)) {
        *ret = rows != NULL;
        return CRM_OK;
    }
    struct value v;
    crm_status status = expr_eval(rows, env, &v, err);
    if (status == CRM_OK) *ret = value_truthy(&v);
    return status;
}

static bool is_hidden(void *ctx, const struct schema_entity *e, const struct schema_field *f) {
    return !access_field_visible(ctx, e, f);
}

struct expr_scope access_expr_scope(struct access_scope *storage, const struct access *a,
                                    const struct schema_entity *e) {
    *storage = (struct access_scope){.schema_scope = {.schema = a->schema,
                                                      .entity = e,
                                                      .is_hidden = is_hidden,
                                                      .ctx = (void *)(uintptr_t)a},
                                     .access = a};
    return schema_expr_scope(&storage->schema_scope);
}
