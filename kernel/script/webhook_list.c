/* The list of webhooks for administrators: what there is, and what is missing before it answers.
 * See webhook.h. Threads: the connection's. */
#include "base/time.h"
#include "script/webhook.h"
#include "script/webhook_keys.h"
#include "script/webhook_options.h"
#include "script/unit.h"

struct listing {
    struct script_host *host;
    struct store_conn *conn;
    const struct access *asker;
    struct arena *arena;
    struct json_writer *out;
};

static void put(struct json_writer *w, const char *key, struct str text) {
    json_key_lit(w, key);
    json_text_or_nil(w, text);
}

static void put_moment(struct json_writer *w, const char *key, int64_t ms) {
    json_key_lit(w, key);
    if (ms)
        json_time(w, ms);
    else
        json_nil(w);
}

/* NULL: it answers. */
static crm_status problem_of(const struct listing *l, const struct script_unit *u,
                             const struct script_webhook_keys *k, const char **ret,
                             struct err *err) {
    struct script_webhook_secrets secrets;
    struct actor actor;
    crm_status status =
        script_webhook_secrets_open(l->host, k, clock_now_ms(), l->arena, &secrets, err);
    if (status != CRM_OK) return status;
    *ret = secrets.is_lost               ? "secret_unreadable"
           : !secrets.is_set             ? "no_secret"
           : !k->actor                   ? "no_user"
           : atomic_load(&u->is_stopped) ? "stopped"
                                         : NULL;
    script_webhook_secrets_wipe(&secrets);
    if (*ret) return CRM_OK;
    status =
        engine_actor(l->host->options.engine, k->actor, ACCESS_DOOR_SCRIPT, l->arena, &actor, err);
    if (status == CRM_UNAUTHENTICATED) *ret = "user_gone";
    return status == CRM_UNAUTHENTICATED ? CRM_OK : status;
}

static void put_declared(struct json_writer *w, const struct script_handler *h,
                         enum language language) {
    const struct script_webhook *it = h->webhook;
    struct str label = it->label[language].len ? it->label[language] : it->label[LANGUAGE_EN];
    put(w, "name", h->subject);
    put(w, "label", label);
    put(w, "verify", it->is_token ? STR("token") : STR("hmac_sha256"));
    put(w, "header", it->header);
    json_key_lit(w, "answers");
    json_bool(w, it->answer_ms > 0);
    json_key_lit(w, "per_minute");
    json_int64(w, it->per_minute);
    put(w, "file", h->file);
    json_key_lit(w, "line");
    json_int64(w, h->line);
}

static crm_status put_webhook(const struct listing *l, const struct script_unit *u, size_t handler,
                              struct err *err) {
    struct json_writer *w = l->out;
    const struct script_handler *h = &u->probe->handlers[handler];
    struct script_webhook_keys keys;
    const char *problem = NULL;
    struct str path = arena_printf(l->arena, "%.*s/%.*s", STR_ARG(u->owner), STR_ARG(h->subject));
    if (!path.ptr) return err_no_memory(err);
    crm_status status = script_webhook_keys_read(l->conn, path, l->arena, &keys, err);
    if (status == CRM_OK) status = problem_of(l, u, &keys, &problem, err);
    if (status != CRM_OK) return status;
    json_object_open(w);
    put(w, "script", u->owner);
    put_declared(w, h, l->asker->actor.language);
    put(w, "path", path);
    json_key_lit(w, "user");
    if (keys.actor)
        json_id(w, keys.actor);
    else
        json_nil(w);
    put_moment(w, "secret_at", keys.made_ms);
    put_moment(w, "former_until", keys.former_until_ms > clock_now_ms() ? keys.former_until_ms : 0);
    put(w, "problem", str_from(problem));
    put(w, "handler", u->names[handler]);
    json_object_shut(w);
    return CRM_OK;
}

crm_status script_webhooks_json(struct script_host *h, struct store_conn *c,
                                const struct access *asker, struct arena *a, struct json_writer *w,
                                struct err *err) {
    const struct listing l = {.host = h, .conn = c, .asker = asker, .arena = a, .out = w};
    crm_status status = CRM_OK;
    struct script_units *units = script_units_ref(h);
    json_array_open(w);
    for (size_t i = 0; i < units->count; i++) {
        const struct script_unit *u = units->items[i];
        for (size_t k = 0; status == CRM_OK && k < u->probe->handler_count; k++)
            if (u->probe->handlers[k].kind == SCRIPT_WEBHOOK) status = put_webhook(&l, u, k, err);
    }
    json_array_shut(w);
    script_units_unref(units);
    return status;
}
