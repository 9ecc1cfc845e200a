/* Pipelines, roles, and what is kept whole for later. Threads: one at a time. */
#include "schema/draft.h"
#include "schema/messages.h"
#include "schema/names.h"
#include "schema/read_keys.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
enum { EXTRA_MAX_BYTES = 256 * 1024 };

/* ---- pipelines --------------------------------------------------------------------------------
 */

#define AT_STAGE(member) offsetof(struct schema_stage, member)
static const struct read_key stage_keys[] = {
    {"name", READ_TEXT, AT_STAGE(name), 0, NULL, 0, 0, NULL},
    {"was", READ_TEXT, AT_STAGE(was), 0, NULL, 0, 0, NULL},
    {"label", READ_LABEL, AT_STAGE(label), 0, NULL, 0, 0, NULL},
    {"kind", READ_TEXT, AT_STAGE(kind), 0, NULL, 0, 0, NULL},
    {"probability", READ_INTEGER, AT_STAGE(probability), 0, NULL, 0, 100, NULL},
    {"limit_days", READ_INTEGER, AT_STAGE(limit_days), 0, NULL, 0, 3650, NULL},
};

static crm_status read_stage(const struct reader *r, const struct schema_node *n,
                             struct schema_stage *ret, struct err *err) {
    static const char *const kinds[] = {"open", "won", "lost", "hold"};
    *ret = (struct schema_stage){0};
    struct reader own = *r;
    own.subject = read_subject(r, STR("stages"));
    own.node = n;
    crm_status status = read_is_map(r, n, "stages", err);
    if (status == CRM_OK)
        status = read_map(&own, stage_keys, COUNT_OF(stage_keys), 0, NULL, ret, err);
    if (status != CRM_OK) return status;
    if (ret->name.len == 0) return read_missing(&own, "`name`", err);
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (!ret->kind.len || str_is(ret->kind, kinds[i])) return CRM_OK;
    const struct str args[] = {STR("kind"), own.subject, STR("open, won, lost, hold"), ret->kind};
    status = err_set_args(err, CRM_INVALID, &schema_value_word, args, 4);
    schema_err_at(err, r->origin);
    return status;
}

static crm_status read_stages(const struct reader *r, const struct schema_node *n, void *to,
                              struct err *err) {
    struct schema_pipeline_definition *p = to;
    crm_status status = read_is_list(r, n, "stages", err);
    if (status != CRM_OK) return status;
    struct schema_stage *stages = ARENA_ARRAY(r->arena, n->list.count + 1, struct schema_stage);
    if (!stages) return err_no_memory(err);
    for (size_t i = 0; i < n->list.count; i++) {
        status = read_stage(r, &n->list.items[i], &stages[i], err);
        if (status != CRM_OK) return status;
        stages[i].owner = r->origin->owner;
    }
    p->stages = stages;
    p->stage_count = n->list.count;
    return CRM_OK;
}

#define AT_PIPELINE(member) offsetof(struct schema_pipeline_definition, member)
static const struct read_key pipeline_keys[] = {
    {"name", READ_TEXT, AT_PIPELINE(name), 0, NULL, 0, 0, NULL},
    {"was", READ_TEXT, AT_PIPELINE(was), 0, NULL, 0, 0, NULL},
    {"label", READ_LABEL, AT_PIPELINE(label), 0, NULL, 0, 0, NULL},
    {"stages", READ_CUSTOM, 0, 0, NULL, 0, 0, read_stages},
    {"below", READ_CUSTOM, 0, 0, NULL, 0, 0, read_below},
};

crm_status read_pipeline(const struct reader *r, struct schema_pipeline_definition *ret,
                         struct err *err) {
    crm_status status = read_is_map(r, r->node, "pipeline", err);
    if (status == CRM_OK)
        status = read_map(r, pipeline_keys, COUNT_OF(pipeline_keys), 0, NULL, ret, err);
    return status == CRM_OK && ret->name.len == 0 ? read_missing(r, "`name`", err) : status;
}

crm_status schema_read_pipeline(struct schema_definitions *d, const struct schema_origin *origin,
                                struct str entity, const struct schema_node *n, struct err *err) {
    struct schema_pipeline_definition it = {.origin = *origin, .entity = entity, .node = *n};
    const struct reader r = {
        .definitions = d, .arena = &d->arena, .origin = &it.origin, .subject = entity, .node = n};
    crm_status status = read_pipeline(&r, &it, err);
    return status == CRM_OK ? schema_definitions_add_pipeline(d, &it, err) : status;
}

/* ---- roles ------------------------------------------------------------------------------------
 */

static crm_status read_rows(const struct reader *r, const struct schema_node *n, const char *key,
                            struct str *ret, struct err *err) {
    if (n->kind == SCHEMA_NODE_TEXT && n->text.len > 0) {
        *ret = n->text;
        return CRM_OK;
    }
    if (n->kind != SCHEMA_NODE_BOOLEAN)
        return read_wrong_kind(
            r, n, key, "true, false, \"own\", \"team\", \"tree\", \"all\" or an expression", err);
    *ret = n->boolean ? STR("all") : STR_NONE;
    return CRM_OK;
}

#define READ_ROWS(action, word)                                                                    \
    static crm_status read_##word(const struct reader *r, const struct schema_node *n, void *to,   \
                                  struct err *err) {                                               \
        return read_rows(r, n, #word,                                                              \
                         &((struct schema_grant_definition *)to)->rows[SCHEMA_ACTION_##action],    \
                         err);                                                                     \
    }
READ_ROWS(READ, read)
READ_ROWS(CREATE, create)
READ_ROWS(UPDATE, update)
READ_ROWS(DELETE, delete)
READ_ROWS(EXPORT, export)

#define AT_GRANT(member) offsetof(struct schema_grant_definition, member)
static crm_status read_hidden(const struct reader *r, const struct schema_node *n, void *to,
                              struct err *err) {
    struct schema_grant_definition *g = to;
    return read_names(r, n, "hidden", &g->hidden, &g->hidden_count, err);
}
static crm_status read_locked(const struct reader *r, const struct schema_node *n, void *to,
                              struct err *err) {
    struct schema_grant_definition *g = to;
    return read_names(r, n, "locked", &g->locked, &g->locked_count, err);
}
static crm_status read_only(const struct reader *r, const struct schema_node *n, void *to,
                            struct err *err) {
    struct schema_grant_definition *g = to;
    return read_names(r, n, "only", &g->only, &g->only_count, err);
}

static const struct read_key grant_keys[] = {
    {"read", READ_CUSTOM, 0, 0, NULL, 0, 0, read_read},
    {"create", READ_CUSTOM, 0, 0, NULL, 0, 0, read_create},
    {"update", READ_CUSTOM, 0, 0, NULL, 0, 0, read_update},
    {"delete", READ_CUSTOM, 0, 0, NULL, 0, 0, read_delete},
    {"export", READ_CUSTOM, 0, 0, NULL, 0, 0, read_export},
    {"hidden", READ_CUSTOM, 0, 0, NULL, 0, 0, read_hidden},
    {"locked", READ_CUSTOM, 0, 0, NULL, 0, 0, read_locked},
    {"only", READ_CUSTOM, 0, 0, NULL, 0, 0, read_only},
};

static crm_status read_grants(const struct reader *r, const struct schema_node *n, void *to,
                              struct err *err) {
    struct schema_role_definition *role = to;
    crm_status status = read_is_map(r, n, "entities", err);
    if (status != CRM_OK || n->kind != SCHEMA_NODE_MAP) return status;
    struct schema_grant_definition *grants =
        ARENA_ARRAY(r->arena, n->map.count + 1, struct schema_grant_definition);
    if (!grants) return err_no_memory(err);
    for (size_t i = 0; i < n->map.count; i++) {
        const struct schema_node_entry *entry = &n->map.entries[i];
        struct reader own = *r;
        own.subject = read_subject(r, entry->key);
        own.node = &entry->value;
        grants[i] = (struct schema_grant_definition){.origin = read_origin(r, &entry->value),
                                                     .entity = entry->key};
        status = read_is_map(&own, &entry->value, "entities", err);
        if (status == CRM_OK)
            status = read_map(&own, grant_keys, COUNT_OF(grant_keys), 0, NULL, &grants[i], err);
        if (status != CRM_OK) return status;
    }
    role->grants = grants;
    role->grant_count = n->map.count;
    return CRM_OK;
}

static crm_status read_permissions(const struct reader *r, const struct schema_node *n, void *to,
                                   struct err *err) {
    struct schema_role_definition *role = to;
    return read_names(r, n, "permissions", &role->permissions, &role->permission_count, err);
}

#define AT_ROLE(member) offsetof(struct schema_role_definition, member)
static const struct read_key role_keys[] = {
    {"label", READ_LABEL, AT_ROLE(label), 0, NULL, 0, 0, NULL},
    {"admin", READ_BOOLEAN, AT_ROLE(admin), 0, NULL, 0, 0, NULL},
    {"entities", READ_CUSTOM, 0, 0, NULL, 0, 0, read_grants},
    {"permissions", READ_CUSTOM, 0, 0, NULL, 0, 0, read_permissions},
    {"below", READ_CUSTOM, 0, 0, NULL, 0, 0, read_below},
};

crm_status schema_read_role(struct schema_definitions *d, const struct schema_origin *origin,
                            struct str name, const struct schema_node *n, struct err *err) {
    struct schema_role_definition it = {
        .origin = *origin, .name = str_is(name, "everyone") ? STR("*") : name, .node = *n};
    const struct reader r = {
        .definitions = d, .arena = &d->arena, .origin = &it.origin, .subject = name, .node = n};
    crm_status status = read_is_map(&r, n, "role", err);
    if (status == CRM_OK) status = read_map(&r, role_keys, COUNT_OF(role_keys), 0, NULL, &it, err);
    return status == CRM_OK ? schema_definitions_add_role(d, &it, err) : status;
}

/* ---- kept whole -------------------------------------------------------------------------------
 */

crm_status read_extra(const struct reader *r, struct schema_extra_definition *ret,
                      struct err *err) {
    BUF_CLEANUP struct buf text;
    struct json_writer out;
    buf_init(&text, EXTRA_MAX_BYTES);
    json_writer_init(&out, &text);
    schema_node_json(r->node, &out);
    if (text.status != CRM_OK) return err_no_memory(err);
    ret->json = arena_str(r->arena, buf_str(&text));
    return ret->json.ptr ? CRM_OK : err_no_memory(err);
}

bool schema_extra_is_laid(struct str kind) {
    static const char *const kinds[] = {"view",   "layout",    "report",
                                        "metric", "dimension", "dashboard"};
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_is(kind, kinds[i])) return true;
    return false;
}

/* Handlers, and what one layer says twice. */
static crm_status refuse_twice(const struct schema_definitions *d,
                               const struct schema_extra_definition *it, struct arena *a,
                               struct err *err) {
    for (size_t i = 0; i < d->extra_count; i++) {
        const struct schema_extra_definition *first = &d->extras[i];
        if (!str_eq(first->kind, it->kind) || !str_eq(first->name, it->name) ||
            (schema_extra_is_laid(it->kind) && first->origin.layer != it->origin.layer))
            continue;
        const struct str args[] = {it->kind, it->name, draft_place(a, &first->origin)};
        err_set_args(err, CRM_INVALID, &schema_twice, args, 3);
        schema_err_at(err, &it->origin);
        return CRM_INVALID;
    }
    return CRM_OK;
}

crm_status schema_read_extra(struct schema_definitions *d, const struct schema_origin *origin,
                             const char *kind, struct str name, const struct schema_node *n,
                             struct err *err) {
    struct schema_extra_definition it = {
        .origin = *origin, .kind = str_from(kind), .name = name, .node = *n};
    struct schema_node said = *n;
    const struct reader r = {
        .definitions = d, .arena = &d->arena, .origin = &it.origin, .subject = name, .node = &said};
    crm_status status = n->kind == SCHEMA_NODE_LIST ? CRM_OK : read_is_map(&r, n, kind, err);
    if (status == CRM_OK) status = refuse_twice(d, &it, &d->arena, err);
    if (status == CRM_OK && schema_extra_is_laid(it.kind))
        status = schema_node_without(&d->arena, n, "below", &said, err);
    if (status == CRM_OK && str_is(it.kind, "view") && read_is_view(n)) {
        struct schema_view_definition view = {.origin = *origin};
        status = read_view(&r, &view, err);
        if (status == CRM_OK) status = schema_definitions_add_view(d, &view, err);
    }
    if (status == CRM_OK) status = read_extra(&r, &it, err);
    return status == CRM_OK ? schema_definitions_add_extra(d, &it, err) : status;
}
