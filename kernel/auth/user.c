/* One changeset for a user, and for the team that is not there yet. */
#include "auth/user.h"

#include "auth/messages.h"
#include "record/resident.h"

struct making {
    struct auth *auth;
    const struct user_new *spec;
    struct arena *arena;
    struct schema *schema; /* the changeset's */
    const struct resident *resident;
    struct changeset changeset;
};

static crm_status unknown(crm_status status, const struct err_text *text, struct str what,
                          struct str more, struct err *err) {
    const struct str args[] = {what, more};
    return err_set_args(err, status, text, args, 2);
}

static const struct schema_field *field(const struct schema_entity *e, const char *name) {
    return e ? schema_field_find(e, str_from(name)) : NULL;
}

static size_t find(struct making *m, const char *entity, const char *name, struct str text,
                   int64_t *ret) {
    const struct schema_entity *e = schema_find(m->schema, str_from(entity));
    const struct schema_field *f = field(e, name);
    return f ? resident_find(m->resident, e, f->slot, text, ret) : 0;
}

static bool set(struct making *m, struct record_op *op, const char *name, struct value value) {
    const struct schema_field *f = field(op->entity, name);
    return !f || record_op_set(&m->changeset, op, f->slot, value);
}

static crm_status set_role(struct making *m, struct record_op *op, struct err *err) {
    int64_t role = 0;
    if (m->spec->role.len == 0) return CRM_OK;
    if (find(m, "role", "name", m->spec->role, &role))
        return set(m, op, "role", value_id(role)) ? CRM_OK : err_no_memory(err);
    BUF_CLEANUP struct buf names;
    buf_init(&names, 2048);
    for (size_t i = 0; i < m->schema->role_count; i++)
        buf_printf(&names, "%s%.*s", i ? ", " : "", STR_ARG(m->schema->roles[i].name));
    return unknown(CRM_NOT_FOUND, &auth_role_unknown, m->spec->role, buf_str(&names), err);
}

static crm_status set_manager(struct making *m, struct record_op *op, struct err *err) {
    int64_t manager = 0;
    if (m->spec->manager.len == 0) return CRM_OK;
    if (!find(m, "user", "login", m->spec->manager, &manager) &&
        !find(m, "user", "name", m->spec->manager, &manager))
        return unknown(CRM_NOT_FOUND, &auth_manager_unknown, m->spec->manager, STR_NONE, err);
    return set(m, op, "manager", value_id(manager)) ? CRM_OK : err_no_memory(err);
}

/* The team's op comes before the user's, which refers to it. */
static crm_status find_team(struct making *m, int64_t *ret, struct err *err) {
    *ret = 0;
    if (m->spec->team.len == 0 || find(m, "team", "name", m->spec->team, ret)) return CRM_OK;
    const struct schema_entity *team = schema_find(m->schema, STR("team"));
    struct record_op *op = team ? changeset_create(&m->changeset, m->auth->engine, team) : NULL;
    if (!op || !set(m, op, "name", value_text(m->spec->team))) return err_no_memory(err);
    *ret = op->id;
    return CRM_OK;
}

static crm_status set_email(struct making *m, struct record_op *op, struct err *err) {
    const struct schema_field *emails = field(op->entity, "emails");
    if (m->spec->email.len == 0 || !emails) return CRM_OK;
    struct store_item *item = ARENA_NEW(m->arena, struct store_item);
    if (!item) return err_no_memory(err);
    *item = (struct store_item){.value = value_text(m->spec->email), .primary = true};
    return record_op_items(&m->changeset, op, emails->slot, RECORD_ITEMS_REPLACE, item, 1)
               ? CRM_OK
               : err_no_memory(err);
}

static crm_status fill(struct making *m, int64_t *ret_id, struct err *err) {
    const struct schema_entity *user = schema_find(m->schema, STR("user"));
    int64_t team = 0, taken = 0;
    if (!user) return err_internal(err, "the definitions have no user");
    if (find(m, "user", "login", m->spec->login, &taken))
        return unknown(CRM_CONFLICT, &auth_login_taken, m->spec->login, STR_NONE, err);
    crm_status status = find_team(m, &team, err);
    if (status != CRM_OK) return status;
    struct record_op *op = changeset_create(&m->changeset, m->auth->engine, user);
    if (!op) return err_no_memory(err);
    *ret_id = op->id;
    bool kept = set(m, op, "login", value_text(m->spec->login)) &&
                set(m, op, "active", value_bool(true)) &&
                set(m, op, "name", value_text(m->spec->name.len ? m->spec->name : m->spec->login));
    if (kept && team) kept = set(m, op, "team", value_id(team));
    if (!kept) return err_no_memory(err);
    status = set_role(m, op, err);
    if (status == CRM_OK) status = set_manager(m, op, err);
    return status == CRM_OK ? set_email(m, op, err) : status;
}

static crm_status commit(struct making *m, struct err *err) {
    struct store_conn *reader = NULL;
    struct changeset_result result = {0};
    struct err_list errors = {NULL, 0};
    crm_status status = engine_reader_open(m->auth->engine, &reader, err);
    if (status != CRM_OK) return status;
    status = changeset_commit(m->auth->engine, reader, &m->changeset, &result, &errors, err);
    if (status != CRM_OK && errors.count && err) err_copy(err, &errors.items[0]);
    store_conn_close(reader);
    return status;
}

crm_status user_create(struct auth *a, const struct user_new *spec, struct arena *arena,
                       int64_t *ret_id, struct err *err) {
    struct making m = {.auth = a, .spec = spec, .arena = arena, .schema = engine_schema(a->engine)};
    int64_t id = 0;
    if (str_trim(spec->login).len == 0) {
        schema_unref(m.schema);
        return err_set(err, CRM_REFUSED, &auth_login_needed, NULL);
    }
    m.resident = engine_resident_ref(a->engine);
    changeset_init(&m.changeset, arena, m.schema, spec->actor);
    m.changeset.also = spec->also;
    m.changeset.also_ctx = spec->also_ctx;
    crm_status status = fill(&m, &id, err);
    if (status == CRM_OK && spec->also_user) *spec->also_user = id;
    if (status == CRM_OK) status = commit(&m, err);
    engine_resident_unref(a->engine, m.resident);
    changeset_fini(&m.changeset);
    schema_unref(m.schema);
    if (status == CRM_OK) *ret_id = id;
    return status;
}
