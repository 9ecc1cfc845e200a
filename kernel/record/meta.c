/* The schema as the caller sees it. sdk/doc/meta.md describes the answer for clients, with an
 * example; this is its outline (keys in brackets are left out when false, empty or null):
 *
 * {"generation": n,
 *  "user":
 * {"id","login","name","language","zone","role","role_label","admin","team":{"id","title"},"permissions":[...]},
 *  "company":
 * {"name","public_url","language","zone","currency","digits","week_start","fiscal_month"},
 *  "languages": ["en",...], "currencies": [{"code","digits"}],
 *  "entities":
 * [{"name","label","label_plural","icon","owner","title","can":{read,create,update,delete,export},
 *                [search],[pipeline],[child_of],[system],[resident],[timeline], "fields":[...]}],
 *  "directories": [{"name","label","items":[{"code","label",[color],[inactive]}]}],
 *  "pipelines":
 * [{"id","entity","name","label","stages":[{"id","name","label","kind",[probability],[limit_days],[phase]}]}],
 *  "views":
 * [{"name","owner","page","entity",[label],[help],[icon],[tone],[where],[sort],"fields":{use:[names]}}]}
 *
 * What the role may not see is not in it. Everything but records comes from resident data: no
 * query. */
#include "record/meta.h"

#include "record/engine_state.h"

static const char *const permissions[] = {"import", "undo", "settings", "schema",
                                          "users",  "log",  "scripts"};

static crm_status put_user(struct record_view *v, struct json_writer *out, struct err *err) {
    const struct actor *actor = &v->access->actor;
    const struct schema_entity *users = read_entity(v, "user"), *teams = read_entity(v, "team");
    const struct value *row = users ? resident_row(v->resident, users, actor->user) : NULL;
    const struct schema_role *role = v->access->role;
    crm_status status = CRM_OK;
    json_key_lit(out, "user");
    json_object_open(out);
    json_key_lit(out, "id");
    json_id(out, actor->user);
    meta_text(out, "login", actor->login);
    struct str name = value_str(row_named(users, row, "name"));
    meta_text(out, "name", name.len ? name : actor->login);
    json_key_lit(out, "language");
    json_cstr(out, language_tag(actor->language));
    meta_text(out, "zone", actor->zone.len ? actor->zone : v->company->zone_name);
    if (role) {
        meta_text(out, "role", role->name);
        meta_label(v, out, "role_label", &role->label, role->name);
    }
    json_key_lit(out, "admin");
    json_bool(out, access_is_admin(v->access));
    if (actor->team && teams) {
        json_key_lit(out, "team");
        status = read_put_ref(v, out, teams, actor->team, err);
    }
    json_key_lit(out, "permissions");
    json_array_open(out);
    for (size_t i = 0; i < sizeof permissions / sizeof *permissions; i++)
        if (access_permits(v->access, permissions[i])) json_cstr(out, permissions[i]);
    json_array_shut(out);
    json_object_shut(out);
    return status;
}

static void put_company(struct record_view *v, struct json_writer *out) {
    const struct company *c = v->company;
    json_key_lit(out, "company");
    json_object_open(out);
    meta_text(out, "name", c->name);
    meta_text(out, "public_url", c->public_url);
    json_key_lit(out, "language");
    json_cstr(out, language_tag(c->language));
    json_key_lit(out, "zone");
    json_text(out, c->zone_name);
    json_key_lit(out, "currency");
    json_cstr(out, c->store.base_currency.code);
    json_key_lit(out, "digits");
    json_int64(out, c->store.base_digits);
    json_key_lit(out, "week_start");
    json_int64(out, c->store.week_start);
    json_key_lit(out, "fiscal_month");
    json_int64(out, c->store.fiscal_month);
    json_object_shut(out);
}

static void put_languages(struct json_writer *out) {
    json_key_lit(out, "languages");
    json_array_open(out);
    for (int l = 0; l < LANGUAGE_COUNT; l++)
        json_cstr(out, language_tag((enum language)l));
    json_array_shut(out);
}

crm_status record_meta_json(struct record_view *v, struct json_writer *out, struct err *err) {
    json_object_open(out);
    json_key_lit(out, "generation");
    json_int64(out, v->access->schema->generation);
    crm_status status = put_user(v, out, err);
    put_company(v, out);
    put_languages(out);
    if (status == CRM_OK) status = meta_put_currencies(v, out, err);
    meta_put_entities(v, out);
    if (status == CRM_OK) status = meta_put_directories(v, out, err);
    if (status == CRM_OK) status = meta_put_pipelines(v, out, err);
    meta_put_views(v, out);
    json_object_shut(out);
    return status;
}
