/* Reading a manifest. See manifest.h. */
#include "script/manifest.h"

#include "lua/plain.h"
#include "script/messages.h"

enum { MANIFEST_MEMORY = 4 * 1024 * 1024, MANIFEST_MS = 500 };

#define MANIFEST_KEYS "name, version, label, description, needs"

static crm_status wrong(struct str key, const char *wanted, struct err *err) {
    const struct str args[] = {key, str_from(wanted)};
    return err_set_args(err, CRM_INVALID, &say_manifest_value, args, 2);
}

static crm_status read_text(struct arena *a, struct str key, const json_t *value, struct str *ret,
                            struct err *err) {
    if (!json_is_string(value) || json_string_length(value) == 0) return wrong(key, "a text", err);
    *ret = arena_str(a, json_str(value));
    return ret->ptr ? CRM_OK : err_no_memory(err);
}

static crm_status read_label(struct arena *a, struct str key, const json_t *value,
                             struct schema_label *ret, struct err *err) {
    static const char *const tags[LANGUAGE_COUNT] = {"en", "ru"};
    if (json_is_string(value)) return read_text(a, key, value, &ret->text[LANGUAGE_EN], err);
    size_t known = 0;
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        const json_t *text = json_object_get(value, tags[i]);
        if (!text) continue;
        crm_status status = read_text(a, key, text, &ret->text[i], err);
        if (status != CRM_OK) return status;
        known++;
    }
    return known && known == json_object_size(value)
               ? CRM_OK
               : wrong(key, "a text or { en = \"...\", ru = \"...\" }", err);
}

/* "sales >= 1.2" */
static bool split_need(struct str *name, struct str *ret_version) {
    size_t at = str_find(*name, STR(">="));
    if (at == SIZE_MAX) return name->len > 0 && !memchr(name->ptr, ' ', name->len);
    *ret_version = str_trim(str_make(name->ptr + at + 2, name->len - at - 2));
    *name = str_trim(str_make(name->ptr, at));
    return name->len && ret_version->len && ret_version->ptr[0] >= '0' &&
           ret_version->ptr[0] <= '9';
}

static crm_status read_needs(struct arena *a, struct str key, const json_t *value,
                             struct script_manifest *ret, struct err *err) {
    size_t count = json_array_size(value);
    bool is_empty = json_is_object(value) && json_object_size(value) == 0;
    if ((!json_is_array(value) && !is_empty) || count > MANIFEST_NEEDS_MAX)
        return wrong(key, "a list of names", err);
    struct str *needs = ARENA_ARRAY(a, count + 1, struct str),
               *versions = ARENA_ARRAY(a, count + 1, struct str);
    if (!needs || !versions) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        crm_status status = read_text(a, key, json_array_get(value, i), &needs[i], err);
        if (status == CRM_OK && !split_need(&needs[i], &versions[i]))
            status = wrong(key, "names like \"sales\" or \"sales >= 1.2\"", err);
        if (status != CRM_OK) return status;
    }
    ret->needs = needs;
    ret->need_versions = versions;
    ret->need_count = count;
    return CRM_OK;
}

static crm_status read_key(struct arena *a, struct str key, const json_t *value,
                           struct script_manifest *ret, struct err *err) {
    if (str_is(key, "name")) return read_text(a, key, value, &ret->name, err);
    if (str_is(key, "version")) return read_text(a, key, value, &ret->version, err);
    if (str_is(key, "label")) return read_label(a, key, value, &ret->label, err);
    if (str_is(key, "description")) return read_label(a, key, value, &ret->description, err);
    if (str_is(key, "needs")) return read_needs(a, key, value, ret, err);
    const struct str args[] = {key, STR(MANIFEST_KEYS)};
    return err_set_args(err, CRM_INVALID, &say_manifest_key, args, 2);
}

static crm_status read_table(struct arena *a, json_t *table, struct script_manifest *ret,
                             struct err *err) {
    const char *key;
    json_t *value;
    if (!json_is_object(table)) return err_set(err, CRM_INVALID, &say_manifest_table, NULL);
    json_object_foreach(table, key, value) {
        crm_status status = read_key(a, str_from(key), value, ret, err);
        if (status != CRM_OK) return status;
    }
    if (ret->name.len && ret->version.len) return CRM_OK;
    return err_set(err, CRM_INVALID, &say_manifest_missing, ret->name.len ? "version" : "name",
                   NULL);
}

static crm_status run(struct arena *a, struct lua_guard *g, const struct script_source *source,
                      json_t **ret, struct err *err) {
    const char *chunk = arena_cstr(a, source->name);
    const struct lua_budget budget = {.cpu_ms = MANIFEST_MS};
    if (!chunk) return err_no_memory(err);
    crm_status status = lua_guard_load(g, source->text, chunk, err);
    if (status == CRM_OK) status = lua_guard_call(g, 0, 1, &budget, err);
    if (status != CRM_OK) return status;
    return plain_json_get(lua_guard_state(g), -1, &plain_limits_default, ret, err);
}

crm_status script_manifest_read(struct arena *a, const struct script_source *source,
                                struct script_manifest *ret, struct err *err) {
    struct lua_guard *g;
    JSON_CLEANUP json_t *table = NULL;
    struct script_manifest manifest = {.need_count = 0};
    const struct lua_guard_options options = {.memory_max_bytes = MANIFEST_MEMORY};
    crm_status status = lua_guard_new(&options, &g, err);
    if (status != CRM_OK) return status;
    status = run(a, g, source, &table, err);
    lua_guard_free(g);
    if (status == CRM_OK) status = read_table(a, table, &manifest, err);
    if (status == CRM_OK)
        *ret = manifest;
    else
        err_at(err, "%.*s", STR_ARG(source->name));
    return status;
}
