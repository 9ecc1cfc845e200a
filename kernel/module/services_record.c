/* crm.record, the reading half: views, single records, finding, resident data, values from text.
 * The writing half is services_write.c. */
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

/* ---- finding ------------------------------------------------------------------------------ */

enum { CANDIDATES = 1000 };

/* What a labelled field keeps beside each item for comparing: digits of a phone, else the folded
 * text. */
static struct str item_key(struct arena *a, const struct schema_field *f, struct str text) {
    if (f->labelled != SCHEMA_LABELLED_PHONE) return fold_key_arena(a, text);
    char *key = arena_array(a, text.len + 1, 1);
    size_t len = 0;
    for (size_t i = 0; key && i < text.len; i++)
        if ((text.ptr[i] >= '0' && text.ptr[i] <= '9') || (text.ptr[i] == '+' && len == 0))
            key[len++] = text.ptr[i];
    return str_make(key, len);
}

/* Ids by the value alone, whoever may see them. */
static crm_status candidates(struct crm_view *v, const struct schema_entity *e,
                             const struct schema_field *f, struct value value, size_t limit,
                             struct arena *a, int64_t **ret_ids, size_t *ret_count,
                             struct err *err) {
    struct store_conn *conn = v->record->conn;
    bool is_text = value.type == VALUE_TEXT;
    if (f->type == SCHEMA_FIELD_LABELLED && is_text) {
        struct str key = item_key(a, f, value.text);
        if (!key.ptr) return err_no_memory(err);
        return key.len ? store_links_find(conn, f, key, a, limit, ret_ids, ret_count, err) : CRM_OK;
    }
    /* A column without a folded shadow compares exactly. */
    if (is_text)
        value.text = f->fold ? fold_key_arena(a, value.text) : arena_str(a, str_trim(value.text));
    if (is_text && !value.text.ptr) return err_no_memory(err);
    return store_record_find(conn, e, f->slot, &value, is_text && f->fold, a, limit, ret_ids,
                             ret_count, err);
}

/* Of the ids, those that are living and the actor's to read. */
static crm_status keep_readable(struct crm_view *v, const struct schema_entity *e,
                                const struct expr *where, struct arena *a, struct store_page *ret,
                                struct err *err) {
    const struct store_list list = {.query = {.access = v->record->access,
                                              .from = e,
                                              .action = SCHEMA_ACTION_READ,
                                              .where = where,
                                              .now_ms = v->record->now_ms},
                                    .limit = 2};
    return where ? store_list_run(v->record->conn, &list, a, ret, err) : err_no_memory(err);
}

/* With every row the actor's to read, the engine's own look-up of a column is the answer. */
static crm_status find_one(struct crm_view *v, const struct schema_entity *e,
                           const struct schema_field *f, struct value value, bool all_rows,
                           struct arena *a, int64_t *ret_id, uint8_t *ret_count, struct err *err) {
    enum schema_storage storage = schema_field_storage(f->type);
    struct store_page page = {.count = 0};
    crm_status status = CRM_OK;
    if (storage == SCHEMA_STORAGE_COLUMN || f->type == SCHEMA_FIELD_LABELLED) {
        bool is_answer = all_rows && storage == SCHEMA_STORAGE_COLUMN;
        status =
            candidates(v, e, f, value, is_answer ? 2 : CANDIDATES, a, &page.ids, &page.count, err);
        if (status == CRM_OK && !is_answer && page.count)
            status = keep_readable(
                v, e, read_one_of(a, schema_standard(e, SCHEMA_STD_ID), page.ids, page.count), a,
                &page, err);
    } else {
        status = keep_readable(v, e, read_equals(a, f, value), a, &page, err);
    }
    if (status != CRM_OK) return status;
    *ret_id = page.count ? page.ids[0] : 0;
    *ret_count = (uint8_t)(page.count < 2 ? page.count : 2);
    return CRM_OK;
}

static bool is_visible(const struct crm_view *v, const struct schema_entity *e,
                       const struct schema_field *f) {
    return access_entity_visible(v->record->access, e) &&
           access_field_visible(v->record->access, e, f);
}

static crm_status record_svc_find(struct crm_view *v, const struct crm_entity *entity,
                                  const struct crm_field *field, const struct crm_value *values,
                                  size_t count, int64_t *ret_ids, uint8_t *ret_counts,
                                  struct crm_error *error) {
    struct err *err = err_in(error);
    const struct schema_entity *e = entity_in(entity);
    const struct schema_field *f = field_in(field);
    if (!e || !f || !is_visible(v, e, f))
        return err_set(err, CRM_INVALID, &module_no_such_entity, NULL);
    const struct expr *rows = access_rows(v->record->access, SCHEMA_ACTION_READ, e);
    bool all_rows = v->record->access->actor.system || (rows && access_is_all(rows));
    struct arena a;
    arena_init(&a, 16 * 1024 * 1024);
    crm_status status = CRM_OK;
    for (size_t i = 0; i < count && status == CRM_OK; i++) {
        ret_ids[i] = 0;
        ret_counts[i] = 0;
        if (crm_is_nil(&values[i])) continue;
        status = find_one(v, e, f, *value_in(&values[i]), all_rows, &a, &ret_ids[i], &ret_counts[i],
                          err);
        arena_reset(&a);
    }
    arena_fini(&a);
    return status;
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
