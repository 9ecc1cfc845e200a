/* Secrets and users of webhooks. See webhook_keys.h. */
#include "script/webhook_keys.h"

#include "base/digest.h"
#include "base/id.h"
#include "base/seal.h"
#include "base/time.h"
#include "event/mail.h"
#include "record/resident.h"
#include "script/messages.h"
#include "script/unit.h"
#include "script/webhook_options.h"
#include "store/sys_tables.h"

enum { SECRET_BYTES = 32, ROW_BYTES = 16 * 1024 };

static const struct str state_owner = {"webhook", 7};

/* ---- the row ----------------------------------------------------------------------------------
 */

static void row_of(struct str path, struct store_condition where[2]) {
    where[0] = (struct store_condition){SYS_STATE_OWNER, STORE_EQ, store_text(state_owner)};
    where[1] = (struct store_condition){SYS_STATE_KEY, STORE_EQ, store_text(path)};
}

static int64_t number_of(const json_t *row, const char *key) {
    return json_integer_value(json_object_get(row, key));
}

static crm_status keys_parse(struct str text, struct arena *a, struct script_webhook_keys *ret,
                             struct err *err) {
    JSON_CLEANUP json_t *row = NULL;
    crm_status status = json_parse(text, &json_limits_default, &row, err);
    if (status != CRM_OK) return status;
    *ret = (struct script_webhook_keys){
        .actor = number_of(row, "actor"),
        .secret = arena_str(a, json_str(json_object_get(row, "secret"))),
        .former = arena_str(a, json_str(json_object_get(row, "former"))),
        .made_ms = number_of(row, "made"),
        .former_until_ms = number_of(row, "former_until")};
    return ret->secret.ptr && ret->former.ptr ? CRM_OK : err_no_memory(err);
}

crm_status script_webhook_keys_read(struct store_conn *c, struct str path, struct arena *a,
                                    struct script_webhook_keys *ret, struct err *err) {
    struct store_condition where[2];
    const struct store_value *row = NULL;
    row_of(path, where);
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = where, .where_count = 2, .limit = 1};
    bool own = !store_in_transaction(c);
    *ret = (struct script_webhook_keys){.actor = 0};
    crm_status status = own ? store_begin(c, err) : CRM_OK;
    if (status != CRM_OK) return status;
    status = store_first(c, &select, a, &row, err);
    if (own) store_rollback(c);
    return status == CRM_OK && row ? keys_parse(row[SYS_STATE_VALUE].bytes, a, ret, err) : status;
}

static crm_status keys_write(struct store_conn *writer, struct str path,
                             const struct script_webhook_keys *k, struct err *err) {
    struct store_condition where[2];
    struct json_writer w;
    BUF_CLEANUP struct buf text;
    buf_init(&text, ROW_BYTES);
    json_writer_init(&w, &text);
    json_object_open(&w);
    json_key_lit(&w, "actor");
    json_int64(&w, k->actor);
    json_key_lit(&w, "secret");
    json_text(&w, k->secret);
    json_key_lit(&w, "former");
    json_text(&w, k->former);
    json_key_lit(&w, "made");
    json_int64(&w, k->made_ms);
    json_key_lit(&w, "former_until");
    json_int64(&w, k->former_until_ms);
    json_object_shut(&w);
    if (text.status != CRM_OK) return err_no_memory(err);
    row_of(path, where);
    crm_status status = store_delete(writer, sys_table(SYS_TABLE_STATE), where, 2, NULL, err);
    const struct store_value row[SYS_STATE_COUNT] = {[SYS_STATE_OWNER] = store_text(state_owner),
                                                     [SYS_STATE_KEY] = store_text(path),
                                                     [SYS_STATE_VALUE] = store_text(buf_str(&text)),
                                                     [SYS_STATE_EXPIRES_AT] = STORE_NIL};
    return status == CRM_OK ? store_insert(writer, sys_table(SYS_TABLE_STATE), row, err) : status;
}

/* ---- opening ----------------------------------------------------------------------------------
 */

/* A secret that nobody knows, sealed and forgotten: the same steps as opening one. */
static crm_status make_decoy(struct script_host *h, struct arena *a, struct buf *out,
                             struct err *err) {
    uint8_t bytes[SECRET_BYTES];
    struct str sealed;
    random_bytes(bytes, sizeof bytes);
    hex_format(bytes, sizeof bytes, out);
    return event_seal(h->options.hub, buf_str(out), a, &sealed, err);
}

crm_status script_webhook_secrets_open(struct script_host *h, const struct script_webhook_keys *k,
                                       int64_t now_ms, struct arena *a,
                                       struct script_webhook_secrets *ret, struct err *err) {
    const bool has_former = k->former.len && k->former_until_ms > now_ms;
    const struct str sealed[2] = {k->secret, has_former ? k->former : STR_NONE};
    crm_status status = CRM_OK;
    *ret = (struct script_webhook_secrets){.is_set = false};
    for (size_t i = 0; i < 2; i++)
        buf_init(&ret->texts[i], SEAL_TEXT_MAX);
    for (size_t i = 0; i < 2 && status == CRM_OK; i++) {
        bool is_open = sealed[i].len &&
                       event_unseal(h->options.hub, sealed[i], &ret->texts[i], NULL) == CRM_OK;
        ret->is_set |= is_open;
        ret->is_lost |= sealed[i].len && !is_open;
        if (!is_open) buf_clear(&ret->texts[i]);
        if (!is_open) status = make_decoy(h, a, &ret->texts[i], err);
        ret->items[i] = buf_str(&ret->texts[i]);
    }
    if (status != CRM_OK) script_webhook_secrets_wipe(ret);
    return status;
}

void script_webhook_secrets_wipe(struct script_webhook_secrets *s) {
    for (size_t i = 0; i < 2; i++) {
        if (s->texts[i].len) explicit_bzero(s->texts[i].ptr, s->texts[i].len);
        buf_fini(&s->texts[i]);
    }
}

/* ---- setting ----------------------------------------------------------------------------------
 */

static crm_status find(struct script_host *h, const struct script_webhook_change *change,
                       struct err *err) {
    bool found = false;
    struct script_units *units = script_units_ref(h);
    for (size_t i = 0; i < units->count; i++)
        found |= str_eq(units->items[i]->owner, change->owner) &&
                 script_unit_has(units->items[i], SCRIPT_WEBHOOK, change->name);
    script_units_unref(units);
    const struct str args[] = {change->owner, change->name};
    return found ? CRM_OK : err_set_args(err, CRM_NOT_FOUND, &say_script_no_such_webhook, args, 2);
}

static int64_t by_login(struct engine *e, struct str login) {
    struct schema *schema = engine_schema(e);
    const struct schema_entity *users = schema_find(schema, STR("user"));
    const struct schema_field *field = users ? schema_field_find(users, STR("login")) : NULL;
    const struct resident *resident = engine_resident_ref(e);
    int64_t id = 0;
    if (field && resident) (void)resident_find(resident, users, field->slot, login, &id);
    engine_resident_unref(e, resident);
    schema_unref(schema);
    return id;
}

crm_status script_webhook_user(struct script_host *h, struct str text, struct arena *a,
                               int64_t *ret, struct err *err) {
    struct engine *e = h->options.engine;
    struct actor actor;
    int64_t id = 0;
    if (!id_parse(text, &id)) id = text.len ? by_login(e, text) : 0;
    crm_status status =
        id ? engine_actor(e, id, ACCESS_DOOR_SCRIPT, a, &actor, err) : CRM_UNAUTHENTICATED;
    if (status == CRM_OK) *ret = id;
    return status == CRM_UNAUTHENTICATED
               ? err_set_args(err, CRM_REFUSED, &say_script_webhook_user, &text, 1)
               : status;
}

static bool is_fit(struct str secret) {
    for (size_t i = 0; i < secret.len; i++)
        if (secret.ptr[i] <= ' ' || secret.ptr[i] > '~') return false;
    return secret.len >= SCRIPT_WEBHOOK_SECRET_MIN && secret.len <= SCRIPT_WEBHOOK_SECRET_MAX;
}

static crm_status make_secret(struct arena *a, struct str *ret, struct err *err) {
    uint8_t bytes[SECRET_BYTES];
    BUF_CLEANUP struct buf text;
    buf_init(&text, 2 * SECRET_BYTES + 1);
    random_bytes(bytes, sizeof bytes);
    hex_format(bytes, sizeof bytes, &text);
    *ret = arena_str(a, buf_str(&text));
    return text.status == CRM_OK && ret->ptr ? CRM_OK : err_no_memory(err);
}

struct setting {
    const struct script_webhook_change *change;
    struct str path, sealed;
    struct arena *arena;
    int64_t now_ms;
};

static crm_status set_write(void *ctx, struct store_conn *writer, struct err *err) {
    const struct setting *s = ctx;
    struct script_webhook_keys keys;
    crm_status status = script_webhook_keys_read(writer, s->path, s->arena, &keys, err);
    if (status != CRM_OK) return status;
    if (s->change->actor) keys.actor = s->change->actor;
    if (s->sealed.len) {
        bool stays = s->change->overlap_ms > 0 && keys.secret.len;
        keys.former = stays ? keys.secret : STR("");
        keys.former_until_ms = stays ? s->now_ms + s->change->overlap_ms : 0;
        keys.secret = s->sealed;
        keys.made_ms = s->now_ms;
    }
    return keys_write(writer, s->path, &keys, err);
}

crm_status script_webhook_set(struct script_host *h, const struct script_webhook_change *change,
                              struct arena *a, struct str *ret_secret, struct err *err) {
    struct setting s = {.change = change, .arena = a, .now_ms = clock_now_ms()};
    struct str secret = change->secret;
    crm_status status = find(h, change, err);
    if (status != CRM_OK) return status;
    if (change->renews && secret.len && !is_fit(secret))
        return err_set(err, CRM_INVALID, &say_script_webhook_secret, NULL);
    if (change->renews && !secret.len) status = make_secret(a, &secret, err);
    if (change->renews && status == CRM_OK)
        status = event_seal(h->options.hub, secret, a, &s.sealed, err);
    s.path = arena_printf(a, "%.*s/%.*s", STR_ARG(change->owner), STR_ARG(change->name));
    if (status == CRM_OK && !s.path.ptr) status = err_no_memory(err);
    if (status == CRM_OK) status = engine_write(h->options.engine, set_write, &s, err);
    *ret_secret = status == CRM_OK && change->renews ? secret : STR_NONE;
    return status;
}
