/* Routes that show the living schema: entities and fields in every state, definitions made by
 * people, steps that were done, run or wait. See schema_rest.h. */
#include "module/schema_rest.h"

#include "base/time.h"
#include "http/request.h"
#include "module/living_schema.h"
#include "module/messages.h"

enum { MIGRATIONS_MAX = 200 };

static void put_state(struct json_writer *w, enum schema_state state) {
    static const char *const words[] = {"live", "hidden", "building", "clearing", "free", "gone"};
    json_key_lit(w, "state");
    json_cstr(w, words[state]);
}

static void put_fields(struct json_writer *w, const struct schema_registry *registry, int32_t id) {
    json_key_lit(w, "fields");
    json_array_open(w);
    for (size_t i = 0; i < registry->field_count; i++) {
        const struct schema_registry_field *f = &registry->fields[i];
        if (f->entity != id || f->id < SCHEMA_FIRST_FIELD_ID || f->definition.len == 0 ||
            f->state == SCHEMA_STATE_FREE || memchr(f->name.ptr, '.', f->name.len))
            continue;
        json_object_open(w);
        json_key_lit(w, "name");
        json_text(w, f->name);
        json_key_lit(w, "owner");
        json_text(w, f->owner);
        put_state(w, f->state);
        json_key_lit(w, "definition");
        json_raw(w, f->definition);
        json_object_shut(w);
    }
    json_array_shut(w);
}

static void put_registered(struct json_writer *w, const struct schema_registry *registry,
                           const struct schema_registry_entity *e, bool whole) {
    json_object_open(w);
    json_key_lit(w, "name");
    json_text(w, e->name);
    json_key_lit(w, "owner");
    json_text(w, e->owner);
    put_state(w, e->state);
    if (e->definition.len) {
        json_key_lit(w, "definition");
        json_raw(w, e->definition);
    }
    if (whole) put_fields(w, registry, e->id);
    json_object_shut(w);
}

/* ---- roles --------------------------------------------------------------------------------- */
static void put_marked(struct json_writer *w, const struct schema_entity *e, const uint8_t *marks,
                       const char *key) {
    bool any = false;
    for (size_t i = 0; marks && i < e->field_count; i++) {
        if (!marks[e->fields[i].slot]) continue;
        if (!any) {
            json_key_lit(w, key);
            json_array_open(w);
        }
        any = true;
        json_text(w, e->fields[i].name);
    }
    if (any) json_array_shut(w);
}

/* What the role says itself; rights through a parent or of administrators are not said. */
static void put_grant(struct json_writer *w, const struct schema_entity *e,
                      const struct schema_grant *grant) {
    static const char *const actions[] = {"read", "create", "update", "delete", "export"};
    json_key(w, e->name);
    json_object_open(w);
    for (size_t i = 0; i < SCHEMA_ACTION_COUNT; i++) {
        if (grant->words[i].len == 0) continue;
        json_key_lit(w, actions[i]);
        json_text(w, grant->words[i]);
    }
    put_marked(w, e, grant->field_hidden, "hidden");
    put_marked(w, e, grant->field_locked, "locked");
    json_object_shut(w);
}

static void put_role(struct json_writer *w, const struct schema *s, const struct schema_role *role,
                     enum language language) {
    json_object_open(w);
    json_key_lit(w, "name");
    json_text(w, role->name);
    json_key_lit(w, "label");
    json_text(w, schema_label_get(&role->label, language, role->name));
    json_key_lit(w, "admin");
    json_bool(w, role->admin);
    json_key_lit(w, "permissions");
    json_array_open(w);
    for (size_t i = 0; i < role->permission_count; i++)
        json_text(w, role->permissions[i]);
    json_array_shut(w);
    json_key_lit(w, "entities");
    json_object_open(w);
    for (size_t i = 0; !role->admin && i < s->entity_count; i++)
        put_grant(w, &s->entities[i], &role->grants[i]);
    json_object_shut(w);
    json_object_shut(w);
}

crm_status schema_get_roles(struct http_request *r, void *ctx, struct err *err) {
    const struct schema *s = http_schema(r);
    struct json_writer *w = http_json(r);
    crm_status status = schema_rest_permitted(r, err);
    (void)ctx;
    if (status != CRM_OK) return status;
    json_object_open(w);
    json_key_lit(w, "roles");
    json_array_open(w);
    for (size_t i = 0; i < s->role_count; i++)
        put_role(w, s, &s->roles[i], http_language(r));
    json_array_shut(w);
    json_object_shut(w);
    return CRM_OK;
}

/* ---- entities ------------------------------------------------------------------------------ */
crm_status schema_get_entities(struct http_request *r, void *ctx, struct err *err) {
    struct schema_registry registry = {0};
    struct json_writer *w = http_json(r);
    crm_status status = schema_rest_permitted(r, err);
    (void)ctx;
    if (status == CRM_OK) status = engine_registry(http_engine(r), http_arena(r), &registry, err);
    if (status != CRM_OK) return status;
    json_object_open(w);
    json_key_lit(w, "entities");
    json_array_open(w);
    for (size_t i = 0; i < registry.entity_count; i++)
        put_registered(w, &registry, &registry.entities[i], false);
    json_array_shut(w);
    json_object_shut(w);
    return CRM_OK;
}

crm_status schema_get_entity(struct http_request *r, void *ctx, struct err *err) {
    struct schema_registry registry = {0};
    struct str name = http_param(r, "entity");
    crm_status status = schema_rest_permitted(r, err);
    (void)ctx;
    if (status == CRM_OK) status = engine_registry(http_engine(r), http_arena(r), &registry, err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < registry.entity_count; i++) {
        if (!str_eq(registry.entities[i].name, name)) continue;
        put_registered(http_json(r), &registry, &registry.entities[i], true);
        return CRM_OK;
    }
    return err_set(err, CRM_NOT_FOUND, &module_definition_unknown, "entity",
                   arena_cstr(http_arena(r), name), NULL);
}

crm_status schema_get_definitions(struct http_request *r, void *ctx, struct err *err) {
    struct admin_definition *all = NULL;
    struct json_writer *w = http_json(r);
    size_t count = 0;
    crm_status status = schema_rest_permitted(r, err);
    (void)ctx;
    if (status == CRM_OK)
        status = admin_layer_load(http_reader(r), http_arena(r), &all, &count, err);
    if (status != CRM_OK) return status;
    json_object_open(w);
    json_key_lit(w, "definitions");
    json_array_open(w);
    for (size_t i = 0; i < count; i++) {
        json_object_open(w);
        json_key_lit(w, "kind");
        json_text(w, all[i].kind);
        json_key_lit(w, "name");
        json_text(w, all[i].name);
        json_key_lit(w, "author");
        json_id(w, all[i].author);
        json_key_lit(w, "at");
        json_time(w, all[i].at);
        json_key_lit(w, "note");
        json_text(w, all[i].note);
        json_key_lit(w, "draft");
        json_bool(w, all[i].state == ADMIN_DRAFT);
        json_key_lit(w, "definition");
        json_raw(w, all[i].text);
        json_object_shut(w);
    }
    json_array_shut(w);
    json_object_shut(w);
    return CRM_OK;
}

void schema_migration_json(struct json_writer *w, const struct store_migration *m) {
    int64_t spent = clock_now_ms() - m->at;
    json_object_open(w);
    json_key_lit(w, "id");
    json_id(w, m->id);
    json_key_lit(w, "step");
    json_text(w, m->kind);
    json_key_lit(w, "subject");
    json_text(w, m->subject);
    json_key_lit(w, "state");
    json_cstr(w, store_migration_word(m->state));
    json_key_lit(w, "at");
    json_time(w, m->at);
    json_key_lit(w, "done");
    json_int64(w, m->done);
    json_key_lit(w, "total");
    json_int64(w, m->total);
    if (m->state == STORE_MIGRATION_RUNNING && m->done > 0 && m->total >= m->done) {
        json_key_lit(w, "seconds_left");
        json_int64(w, spent * (m->total - m->done) / m->done / 1000);
    }
    if (m->finished) {
        json_key_lit(w, "finished_at");
        json_time(w, m->finished);
    }
    if (m->detail.len) {
        json_key_lit(w, "detail");
        json_raw(w, m->detail);
    }
    json_object_shut(w);
}

static void put_estimate(struct json_writer *w, const struct rebuild_estimate *it) {
    json_key_lit(w, "rows");
    json_int64(w, it->rows);
    json_key_lit(w, "bytes");
    json_int64(w, it->bytes);
    json_key_lit(w, "seconds");
    json_int64(w, it->seconds);
}

/* Of a list: records that are written, what becomes of them. */
static void put_list(struct json_writer *w, const struct schema_step *step) {
    json_key_lit(w, "records");
    json_int64(w, step->rows);
    json_key_lit(w, "into");
    json_text_or_nil(w, step->into);
}

static void put_overlay(struct json_writer *w, const struct schema_overlay *o) {
    const struct {
        const char *name;
        struct str text;
    } said[] = {{"was", o->noted}, {"below", o->below}, {"above", o->above}};
    json_key_lit(w, "key");
    json_text(w, o->key);
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        json_key(w, str_from(said[i].name));
        if (said[i].text.len)
            json_raw(w, said[i].text);
        else
            json_nil(w);
    }
}

void schema_step_json(struct json_writer *w, const struct schema_step *step,
                      const struct rebuild_estimate *estimate, enum language language) {
    json_object_open(w);
    json_key_lit(w, "step");
    json_cstr(w, schema_step_word(step->kind));
    json_key_lit(w, "subject");
    json_text(w, step->subject);
    json_key_lit(w, "background");
    json_bool(w, step->background);
    json_key_lit(w, "asks");
    json_bool(w, step->asks);
    if (step->background) put_estimate(w, estimate);
    if (step->waits) {
        json_key_lit(w, "waits");
        json_bool(w, true);
    }
    if (schema_step_is_list(step->kind)) put_list(w, step);
    if (step->overlay) put_overlay(w, step->overlay);
    if (step->refusal) {
        BUF_CLEANUP struct buf text;
        buf_init(&text, 4096);
        err_format(step->refusal, language, &text);
        json_key_lit(w, "message");
        json_text(w, buf_str(&text));
    }
    json_object_shut(w);
}

crm_status schema_get_migrations(struct http_request *r, void *ctx, struct err *err) {
    struct store_migration *all = NULL;
    size_t count = 0;
    crm_status status = schema_rest_permitted(r, err);
    (void)ctx;
    if (status == CRM_OK)
        status = store_migration_list(http_reader(r), -1, MIGRATIONS_MAX, http_arena(r), &all,
                                      &count, err);
    if (status != CRM_OK) return status;
    json_object_open(http_json(r));
    json_key_lit(http_json(r), "migrations");
    json_array_open(http_json(r));
    for (size_t i = 0; i < count; i++)
        schema_migration_json(http_json(r), &all[i]);
    json_array_shut(http_json(r));
    json_object_shut(http_json(r));
    return CRM_OK;
}

crm_status schema_delete_migration(struct http_request *r, void *ctx, struct err *err) {
    bool found = false;
    int64_t id = 0;
    crm_status status = schema_rest_permitted(r, err);
    (void)ctx;
    if (status == CRM_OK && http_id_param(r, "id", &id))
        status = rebuild_cancel(http_engine(r), id, &found, err);
    if (status != CRM_OK) return status;
    if (!found) return err_set(err, CRM_NOT_FOUND, &module_migration_unknown, NULL);
    http_status(r, 204);
    return CRM_OK;
}
