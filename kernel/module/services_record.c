/* crm.record, the reading half: views, single records, resident data, values from text. Finding is
 * services_find.c, the writing half services_write.c. */
#include "auth/auth.h"
#include "module/messages.h"
#include "module/reading.h"
#include "module/record_write.h"
#include "module/services.h"

/* ---- views -------------------------------------------------------------------------------- */

static crm_status record_svc_view_open(struct crm_host *host,
                                       const struct crm_view_options *options,
                                       struct crm_view **ret, struct crm_error *error) {
    struct err *err = err_in(error);
    struct crm_view_options own;
    bridge_options(&own, sizeof own, options, options->size);
    if (!kernel_engine(host->kernel)) return err_set(err, CRM_UNAVAILABLE, &module_not_open, NULL);
    struct auth *auth = kernel_auth(host->kernel);
    int64_t user = own.user ? own.user : auth_user_find(auth, str_in(own.login));
    struct arena a;
    arena_init(&a, 1024 * 1024);
    struct view_source source = {.conn = NULL};
    crm_status status =
        actors_get(&auth->actors, user, (enum access_door)own.door, &a, &source.actor, err);
    if (status == CRM_OK) status = view_new(host->kernel, &source, ret, err);
    arena_fini(&a);
    return status;
}

static void record_svc_view_close(struct crm_view *v) {
    if (v && v->is_own) view_free(v);
}
static crm_status record_svc_view_refresh(struct crm_view *v, struct crm_error *err) {
    return view_refresh(v, err_in(err));
}
static struct crm_arena *record_svc_view_arena(struct crm_view *v) {
    return arena_out(v->record->arena);
}
static int64_t record_svc_view_now_ms(struct crm_view *v) { return v->record->now_ms; }

static void record_svc_actor(struct crm_view *v, struct crm_actor_facts *ret) {
    const struct actor *actor = &v->record->access->actor;
    struct crm_actor_facts facts = {.door = (int32_t)actor->door,
                                    .language = (int32_t)actor->language,
                                    .is_system = actor->system,
                                    .is_admin = access_is_admin(v->record->access),
                                    .user = actor->user,
                                    .team = actor->team,
                                    .login = str_out(actor->login),
                                    .role = str_out(actor->role),
                                    .zone = str_out(actor->zone)};
    bridge_facts(ret, ret->size, &facts, sizeof facts);
}

/* ---- one record --------------------------------------------------------------------------- */

static crm_status record_svc_get(struct crm_view *v, const struct crm_entity *e, int64_t id,
                                 struct crm_str fields, struct crm_row *ret,
                                 struct crm_error *error) {
    struct err *err = err_in(error);
    const struct crm_list list = {.size = sizeof list, .entity = e, .fields = fields};
    struct reading r;
    struct crm_row *rows = NULL;
    size_t count = 0;
    struct str next;
    const struct schema_field *key = schema_standard(entity_in(e), SCHEMA_STD_ID);
    const struct expr *same = read_equals(v->record->arena, key, value_id(id));
    if (!same) return err_no_memory(err);
    crm_status status = reading_prepare(v, &list, same, &r, err);
    r.list.limit = 1;
    if (status == CRM_OK) status = reading_page(v, &r, v->record->arena, &rows, &count, &next, err);
    if (status != CRM_OK) return status;
    if (count == 0) return err_set(err, CRM_NOT_FOUND, &module_no_such_record, NULL);
    *ret = rows[0];
    return CRM_OK;
}

static crm_status record_svc_get_json(struct crm_view *v, const struct crm_entity *e, int64_t id,
                                      struct crm_str fields, struct crm_json *out,
                                      int64_t *ret_version, struct crm_error *err) {
    int64_t version = 0;
    crm_status status = record_get_json(v->record, entity_in(e), id, str_in(fields), json_in(out),
                                        &version, err_in(err));
    if (status == CRM_OK && ret_version) *ret_version = version;
    return status;
}

static struct crm_str record_svc_title(struct crm_view *v, const struct crm_entity *e, int64_t id) {
    struct str title = STR_NONE;
    struct err err;
    if (!e || read_title(v->record, entity_in(e), id, &title, &err) != CRM_OK)
        return (struct crm_str){NULL, 0};
    return str_out(title);
}

/* ---- resident data and values --------------------------------------------------------------- */

static bool is_visible(const struct crm_view *v, const struct schema_entity *e,
                       const struct schema_field *f) {
    return access_entity_visible(v->record->access, e) &&
           access_field_visible(v->record->access, e, f);
}

static size_t record_svc_resident_find(struct crm_view *v, const struct crm_entity *e,
                                       const struct crm_field *f, struct crm_str text,
                                       int64_t *ret_id) {
    int64_t id = 0;
    if (!e || !f || !is_visible(v, entity_in(e), field_in(f))) return 0;
    size_t count =
        resident_find(v->record->resident, entity_in(e), field_in(f)->slot, str_in(text), &id);
    if (count && ret_id) *ret_id = id;
    return count;
}

static const struct crm_value *record_svc_resident_value(struct crm_view *v,
                                                         const struct crm_entity *e,
                                                         const struct crm_field *f, int64_t id) {
    if (!e || !f || !is_visible(v, entity_in(e), field_in(f))) return NULL;
    const struct value *row = resident_row(v->record->resident, entity_in(e), id);
    return row ? value_out(&row[field_in(f)->slot]) : NULL;
}

static int64_t record_svc_resident_at(struct crm_view *v, const struct crm_entity *entity,
                                      size_t position) {
    const struct schema_entity *e = entity_in(entity);
    if (!e || !access_entity_visible(v->record->access, e) ||
        position >= resident_count(v->record->resident, e))
        return 0;
    const struct value *row = resident_at(v->record->resident, e, position);
    const struct schema_field *key = schema_standard(e, SCHEMA_STD_ID);
    return row && key ? row[key->slot].integer : 0;
}

static bool record_svc_choice_find(struct crm_view *v, struct crm_str directory,
                                   struct crm_str text, struct crm_str *ret_code) {
    struct str code = STR_NONE;
    bool found = resident_choice(v->record->resident, str_in(directory), str_in(text), &code);
    if (found && ret_code) *ret_code = str_out(code);
    return found;
}

static bool record_svc_rate_find(struct crm_view *v, struct crm_currency currency, int64_t day,
                                 int64_t *ret_rate_micro) {
    struct currency from;
    memcpy(from.code, currency.code, sizeof from.code);
    return resident_rate(v->record->resident, from, v->record->company->store.base_currency, day,
                         ret_rate_micro);
}

static crm_status record_svc_value_from_text(struct crm_view *v, const struct crm_field *f,
                                             struct crm_str text,
                                             const struct crm_text_options *options,
                                             struct crm_value *ret, struct crm_error *err) {
    struct crm_text_options own;
    bridge_options(&own, sizeof own, options, options ? options->size : 0);
    struct record_text_options o = {.date_order = str_in(own.date_order),
                                    .ref_by = str_in(own.ref_by),
                                    .null_words = own.null_words,
                                    .scale_micro = own.scale_micro ? own.scale_micro : DECIMAL_ONE};
    memcpy(o.currency.code, own.currency.code, sizeof o.currency.code);
    return record_value_from_text(v->record, field_in(f), str_in(text), &o, (struct value *)ret,
                                  err_in(err));
}

#define RECORD_MEMBER(result, name, parameters) .name = record_svc_##name,
const struct crm_record services_record = {
    .size = sizeof services_record, .version = CRM_RECORD_VERSION, CRM_RECORD_TABLE(RECORD_MEMBER)};
