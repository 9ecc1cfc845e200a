/* Company settings: records of the entity `setting`, shown as one object and checked as a whole;
 * their ETag is of the whole, too.
 *
 * The base currency is fixed once an amount is stored: base amounts were computed with it. */
#include <stdio.h>

#include "base/digest.h"
#include "base/number.h"
#include "base/time.h"
#include "event/mail.h"
#include "event/mail_address.h"
#include "http/connection.h"
#include "http/exchange.h"
#include "http/messages.h"
#include "http/rest.h"

enum { SETTINGS_BYTES = 64 * 1024 };

/* ---- showing ------------------------------------------------------------------------------- */

static void put_text(struct json_writer *w, const char *key, struct str value) {
    json_key_lit(w, key);
    json_text(w, value);
}

static const char *const tls_words[] = {
    [MAIL_TLS_START] = "starttls", [MAIL_TLS_WHOLE] = "tls", [MAIL_TLS_NONE] = "none"};

static void put_number(struct json_writer *w, const char *key, int64_t number) {
    json_key_lit(w, key);
    json_int64(w, number);
}

/* For who may change them; of the password only whether there is one. */
static void put_mail(struct json_writer *w, const struct company_mail *m) {
    put_text(w, "mail_host", m->host);
    put_number(w, "mail_port", m->port);
    put_text(w, "mail_tls", str_from(tls_words[m->tls]));
    put_text(w, "mail_user", m->user);
    json_key_lit(w, "mail_password_set");
    json_bool(w, m->secret.len > 0);
    put_text(w, "mail_from", m->from);
    put_text(w, "mail_domains", m->domains);
    put_number(w, "mail_per_minute", m->per_minute);
    put_number(w, "mail_per_day", m->per_day);
}

static void put_company(struct json_writer *w, const struct company *c, bool with_mail) {
    json_object_open(w);
    put_text(w, "company_name", c->name);
    put_text(w, "base_currency", str_from(c->store.base_currency.code));
    put_text(w, "zone", c->zone_name);
    put_text(w, "language", str_from(language_tag(c->language)));
    json_key_lit(w, "week_start");
    json_int64(w, c->store.week_start);
    json_key_lit(w, "fiscal_month");
    json_int64(w, c->store.fiscal_month);
    put_text(w, "public_url", c->public_url);
    json_key_lit(w, "approve_definitions");
    json_bool(w, c->approve_definitions);
    if (with_mail) put_mail(w, &c->mail);
    json_object_shut(w);
}

/* Which settings these are, the secret one among them: what If-Match is held against. Never 0. */
static int64_t edition_of(const struct company *c) {
    BUF_CLEANUP struct buf text;
    struct json_writer w;
    struct digest digest;
    int64_t edition;
    buf_init(&text, SETTINGS_BYTES);
    json_writer_init(&w, &text);
    put_company(&w, c, true);
    struct str shown = buf_str(&text), secret = c->mail.secret;
    digest_parts((struct digest_part[]){{shown.ptr, shown.len}, {secret.ptr, secret.len}}, 2,
                 &digest);
    memcpy(&edition, digest.bytes, sizeof edition);
    return (edition & INT64_MAX) | 1;
}

static void put_settings(struct http_request *r, const struct company *c) {
    bool may_change = access_permits(http_access(r), "settings");
    put_company(http_json(r), c, may_change);
    if (may_change) http_etag(r, edition_of(c));
}

static crm_status show(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    crm_status status = http_query_only(r, err, NULL);
    if (status != CRM_OK) return status;
    const struct company *c = engine_company_ref(http_engine(r));
    put_settings(r, c);
    engine_company_unref(http_engine(r), c);
    return CRM_OK;
}

/* ---- checking ------------------------------------------------------------------------------ */

static bool is_zone(struct str s) {
    struct zone *zone;
    bool known = zone_open(s, &zone, NULL) == CRM_OK;
    if (known) zone_close(zone);
    return known;
}
static bool is_currency(struct str s) {
    struct currency c;
    return currency_parse(s, &c) && currency_digits(c) >= 0;
}
static bool is_language(struct str s) { return str_is(s, "en") || str_is(s, "ru"); }
static bool is_weekday(struct str s) { return s.len == 1 && s.ptr[0] >= '1' && s.ptr[0] <= '7'; }
static bool is_month(struct str s) {
    int64_t n;
    return str_to_int64(s, &n) && n >= 1 && n <= 12;
}
static bool is_url(struct str s) {
    bool scheme = str_starts_with(s, STR("https://")) || str_starts_with(s, STR("http://"));
    return s.len == 0 || (scheme && s.len < 500 && str_find(s, STR(" ")) == SIZE_MAX);
}
static bool is_name(struct str s) { return s.len <= 200; }
static bool is_flag(struct str s) { return str_is(s, "yes") || str_is(s, "no"); }
static bool is_host(struct str s) {
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] <= ' ' || s.ptr[i] > '~' || strchr("/@?#\\%", s.ptr[i])) return false;
    return s.len < 200;
}
static bool is_between(struct str s, int64_t most) {
    int64_t n;
    return str_to_int64(s, &n) && n >= 1 && n <= most;
}
static bool is_port(struct str s) { return is_between(s, 65535); }
static bool is_rate(struct str s) { return is_between(s, 60000); }
static bool is_count(struct str s) { return is_between(s, 1000000); }
static bool is_tls(struct str s) {
    return str_is(s, "starttls") || str_is(s, "tls") || str_is(s, "none");
}
static bool is_sender(struct str s) {
    struct str name, address;
    return s.len == 0 || mail_sender_parse(s, &name, &address);
}
static bool is_secret(struct str s) { return s.len <= 1000 && !memchr(s.ptr, 0, s.len); }

static const struct setting {
    const char *key;
    bool (*is_valid)(struct str s);
    const char *wanted;
} settings[] = {
    {"company_name", is_name, "a text of up to 200 bytes"},
    {"base_currency", is_currency, "USD, EUR ... (ISO 4217)"},
    {"zone", is_zone, "Europe/Berlin ... (IANA)"},
    {"language", is_language, "en, ru"},
    {"week_start", is_weekday, "1 ... 7"},
    {"fiscal_month", is_month, "1 ... 12"},
    {"public_url", is_url, "https://..."},
    {"approve_definitions", is_flag, "true, false"},
    {"mail_host", is_host, "smtp.example.org"},
    {"mail_port", is_port, "1 ... 65535"},
    {"mail_tls", is_tls, "starttls, tls, none"},
    {"mail_user", is_name, "a text of up to 200 bytes"},
    {"mail_password", is_secret, "a text of up to 1,000 bytes"},
    {"mail_from", is_sender, "Acme <crm@example.org>"},
    {"mail_domains", is_name, "example.org, example.com"},
    {"mail_per_minute", is_rate, "1 ... 60000"},
    {"mail_per_day", is_count, "1 ... 1000000"},
};

static const struct setting *setting_find(const char *key) {
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (strcmp(settings[i].key, key) == 0) return &settings[i];
    return NULL;
}

/* A record of `e` with an amount in `f`, as the program itself sees it. */
static crm_status has_money(struct http_request *r, const struct access *all,
                            const struct schema_entity *e, const struct schema_field *f, bool *ret,
                            struct err *err) {
    struct access_scope storage;
    struct store_page page = {0};
    struct expr_scope scope = access_expr_scope(&storage, all, e);
    const struct expr *where;
    struct str text = arena_printf(http_arena(r), "%.*s ~= nil", STR_ARG(f->name));
    crm_status status = expr_parse(http_arena(r), text, &scope, EXPR_MODE_ROW, &where, err);
    if (status != CRM_OK) return status;
    const struct store_list list = {.query = {.access = all,
                                              .from = e,
                                              .where = where,
                                              .trash = STORE_BOTH,
                                              .now_ms = clock_now_ms()},
                                    .limit = 1};
    status = store_list_run(http_reader(r), &list, http_arena(r), &page, err);
    *ret = page.count > 0;
    return status;
}

static crm_status currency_check(struct http_request *r, struct str wanted, struct err *err) {
    const struct company *c = engine_company_ref(http_engine(r));
    struct currency base = c->store.base_currency;
    engine_company_unref(http_engine(r), c);
    if (str_is(wanted, base.code)) return CRM_OK;
    struct actor system;
    struct access all;
    engine_actor_system(ACCESS_DOOR_REST, &system);
    access_init(&all, http_schema(r), &system);
    for (size_t i = 0; i < all.schema->entity_count; i++) {
        const struct schema_entity *e = &all.schema->entities[i];
        for (size_t n = 0; n < e->field_count; n++) {
            bool found = false;
            if (e->fields[n].type != SCHEMA_FIELD_MONEY) continue;
            crm_status status = has_money(r, &all, e, &e->fields[n], &found, err);
            if (status != CRM_OK) return status;
            if (!found) continue;
            err_set(err, CRM_CONFLICT, &http_currency_fixed, base.code, NULL);
            err_at_field(err, STR("base_currency"));
            return CRM_CONFLICT;
        }
    }
    return CRM_OK;
}

/* What more a valid one needs: a password is stored sealed. */
static crm_status settle_value(struct http_request *r, const char *key, struct str *value,
                               struct err *err) {
    if (strcmp(key, "base_currency") == 0) return currency_check(r, *value, err);
    if (strcmp(key, "mail_password") != 0 || value->len == 0) return CRM_OK;
    if (!http_events(r)) return err_set(err, CRM_UNAVAILABLE, &http_events_off, NULL);
    return event_seal(http_events(r), *value, http_arena(r), value, err);
}

static crm_status value_of(struct http_request *r, const char *key, const json_t *json,
                           struct str *ret, struct err *err) {
    const struct setting *s = setting_find(key);
    if (!s) return err_set(err, CRM_INVALID, &http_setting_unknown, key, NULL);
    *ret = json_is_integer(json)
               ? arena_printf(http_arena(r), "%lld", (long long)json_integer_value(json))
               : arena_str(http_arena(r), json_is_boolean(json)
                                              ? (json_is_true(json) ? STR("yes") : STR("no"))
                                              : json_str(json));
    if (!ret->ptr) return err_no_memory(err);
    bool has_type = json_is_string(json) || json_is_integer(json) || json_is_boolean(json);
    if (has_type && s->is_valid(*ret)) return settle_value(r, key, ret, err);
    struct str args[2] = {*ret, str_from(s->wanted)};
    err_set_args(err, CRM_REFUSED, &http_setting_form, args, 2);
    err_at_field(err, str_from(key));
    return CRM_REFUSED;
}

/* ---- changing ------------------------------------------------------------------------------ */

/* With If-Match nobody may have changed anything since; what is changed now is held to it up to the
 * commit by its own version. */
static crm_status edition_check(struct http_request *r, bool *ret_asked, struct err *err) {
    struct record_view *view;
    int64_t sent;
    if (!http_if_match(r, &sent)) return err_set(err, CRM_INVALID, &http_if_match_form, NULL);
    *ret_asked = sent != 0;
    if (!sent) return CRM_OK;
    crm_status status = http_rest_view(r, &view, err); /* before what it is compared with */
    if (status != CRM_OK) return status;
    const struct company *c = engine_company_ref(http_engine(r));
    bool is_same = edition_of(c) == sent;
    engine_company_unref(http_engine(r), c);
    return is_same ? CRM_OK : err_set(err, CRM_STALE, &http_settings_stale, NULL);
}

static crm_status op_add(struct http_request *r, struct changeset *c, const char *key,
                         struct str value, bool is_held, struct err *err) {
    const struct schema_entity *e = schema_find(http_schema(r), STR("setting"));
    const struct schema_field *key_field = e ? schema_field_find(e, STR("key")) : NULL,
                              *value_field = e ? schema_field_find(e, STR("value")) : NULL,
                              *version = e ? schema_field_find(e, STR("version")) : NULL;
    struct record_view *view;
    int64_t id = 0;
    if (!key_field || !value_field || !version)
        return err_internal(err, "the entity setting lacks key, value or version");
    crm_status status = http_rest_view(r, &view, err);
    if (status != CRM_OK) return status;
    bool is_there = resident_find(view->resident, e, key_field->slot, str_from(key), &id) > 0;
    struct record_op *op =
        is_there ? changeset_op(c, RECORD_UPDATE, e, id) : changeset_create(c, http_engine(r), e);
    if (op && is_there && is_held)
        op->expect_version = resident_row(view->resident, e, id)[version->slot].integer;
    bool ok = op && record_op_set(c, op, value_field->slot, value_text(value));
    if (ok && !is_there) ok = record_op_set(c, op, key_field->slot, value_text(str_from(key)));
    return ok ? CRM_OK : err_no_memory(err);
}

static crm_status answer(struct http_request *r, struct changeset_result *result, struct err *err) {
    (void)err;
    http_rest_changeset_header(r, result->id);
    const struct company *c = engine_company_ref(http_engine(r));
    put_settings(r, c);
    engine_company_unref(http_engine(r), c);
    return CRM_OK;
}

static crm_status change(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    json_t *body, *json;
    const char *key;
    bool is_held = false;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK && !access_permits(http_access(r), "settings"))
        status = err_set(err, CRM_FORBIDDEN, &http_entity_forbidden, NULL);
    if (status == CRM_OK) status = http_body_json(r, &body, err);
    if (status == CRM_OK && !json_is_object(body))
        status = err_set(err, CRM_INVALID, &http_body_not_object, NULL);
    if (status == CRM_OK) status = edition_check(r, &is_held, err);
    if (status != CRM_OK) return status;
    struct changeset *c = http_rest_changeset(r);
    if (!c) return err_no_memory(err);
    json_object_foreach(body, key, json) {
        struct str value;
        status = value_of(r, key, json, &value, err);
        if (status == CRM_OK) status = op_add(r, c, key, value, is_held, err);
        if (status == CRM_OK) continue;
        changeset_fini(c);
        return status;
    }
    return http_commit(r, c, answer, err);
}

static const struct http_route routes[] = {
    {.method = "GET",
     .pattern = HTTP_API "/settings",
     .lane = HTTP_LANE_INLINE,
     .handle = show,
     .summary = "Company settings",
     .tag = "settings"},
    {.method = "PATCH",
     .pattern = HTTP_API "/settings",
     .lane = HTTP_LANE_READER,
     .handle = change,
     .summary = "Change company settings",
     .tag = "settings"},
};

crm_status http_rest_settings(struct http_server *s, struct err *err) {
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
