/* Company facts: read from the records of the entity `setting`, published as one counted value.
 *
 * A setting that is missing or unusable falls back to its default, so that a wrong record can never
 * keep the server from starting. Threads: loading is the writer's; reading any. */
#include <stdlib.h>

#include "base/number.h"
#include "record/engine_state.h"

enum { COMPANY_MAX_BYTES = 64 * 1024 };

/* Text of a setting, the fallback when missing or empty. */
static struct str setting(const struct resident *r, const struct schema_entity *e, const char *key,
                          const char *fallback) {
    for (size_t i = 0; i < resident_count(r, e); i++) {
        const struct value *row = resident_at(r, e, i);
        if (!str_is(value_str(row_named(e, row, "key")), key)) continue;
        struct str text = value_str(row_named(e, row, "value"));
        if (text.len > 0) return text;
    }
    return str_from(fallback);
}

static int setting_int(const struct resident *r, const struct schema_entity *e, const char *key,
                       int fallback, int max) {
    int64_t n = 0;
    if (!str_to_int64(setting(r, e, key, ""), &n) || n < 1 || n > max) return fallback;
    return (int)n;
}

/* Zones stay open for the engine's life: connections borrow them. */
static struct zone *zone_get(struct engine *e, struct str name) {
    struct zone *found = NULL;
    pthread_mutex_lock(&e->mu);
    for (size_t i = 0; i < e->zone_count && !found; i++)
        if (str_eq(zone_name(e->zones[i]), name)) found = e->zones[i];
    if (!found && e->zone_count < ENGINE_ZONES_MAX && zone_open(name, &found, NULL) == CRM_OK)
        e->zones[e->zone_count++] = found;
    pthread_mutex_unlock(&e->mu);
    return found;
}

static bool mail_fill(struct company_mail *m, struct arena *a, const struct resident *r,
                      const struct schema_entity *s) {
    struct str tls = setting(r, s, "mail_tls", "starttls");
    m->tls = str_is(tls, "none")  ? MAIL_TLS_NONE
             : str_is(tls, "tls") ? MAIL_TLS_WHOLE
                                  : MAIL_TLS_START;
    m->port = setting_int(r, s, "mail_port", m->tls == MAIL_TLS_WHOLE ? 465 : 587, 65535);
    m->per_minute = setting_int(r, s, "mail_per_minute", 60, 60000);
    m->per_day = setting_int(r, s, "mail_per_day", 1000, 1000000);
    m->host = arena_str(a, setting(r, s, "mail_host", ""));
    m->user = arena_str(a, setting(r, s, "mail_user", ""));
    m->secret = arena_str(a, setting(r, s, "mail_password", ""));
    m->from = arena_str(a, setting(r, s, "mail_from", ""));
    m->domains = arena_str(a, setting(r, s, "mail_domains", ""));
    return m->host.ptr && m->user.ptr && m->secret.ptr && m->from.ptr && m->domains.ptr;
}

static bool company_fill(struct engine *e, const struct resident *r, struct company_set *set) {
    const struct schema_entity *s = r && e->schema ? schema_find(e->schema, STR("setting")) : NULL;
    struct company *c = &set->company;
    struct arena *a = &set->arena;
    struct zone *zone = zone_get(e, setting(r, s, "zone", "UTC"));
    if (!zone) zone = zone_get(e, STR("UTC"));
    if (!zone) return false;
    struct currency base = {"USD"};
    struct currency wished;
    if (currency_parse(setting(r, s, "base_currency", "USD"), &wished)) base = wished;
    c->store = (struct store_company){.zone = zone,
                                      .base_currency = base,
                                      .base_digits = currency_digits(base),
                                      .week_start = setting_int(r, s, "week_start", 1, 7),
                                      .fiscal_month = setting_int(r, s, "fiscal_month", 1, 12)};
    c->language = language_find(setting(r, s, "language", "en"));
    c->approve_definitions = str_is(setting(r, s, "approve_definitions", "no"), "yes");
    c->zone_name = zone_name(zone);
    c->name = arena_str(a, setting(r, s, "company_name", ""));
    c->public_url = arena_str(a, setting(r, s, "public_url", ""));
    return c->name.ptr && c->public_url.ptr && mail_fill(&c->mail, a, r, s);
}

crm_status company_load(struct engine *e, const struct resident *r, struct company_set **ret,
                        struct err *err) {
    struct company_set *set = calloc(1, sizeof *set);
    if (!set) return err_no_memory(err);
    atomic_init(&set->references, 1);
    arena_init(&set->arena, COMPANY_MAX_BYTES);
    if (!company_fill(e, r, set)) {
        company_set_unref(set);
        return err_no_memory(err);
    }
    *ret = set;
    return CRM_OK;
}

void company_set_unref(struct company_set *c) {
    if (!c || atomic_fetch_sub(&c->references, 1) != 1) return;
    arena_fini(&c->arena);
    free(c);
}

const struct company *engine_company_ref(struct engine *e) {
    pthread_mutex_lock(&e->mu);
    struct company_set *c = e->company;
    if (c) atomic_fetch_add(&c->references, 1);
    pthread_mutex_unlock(&e->mu);
    return &c->company;
}

void engine_company_unref(struct engine *e, const struct company *c) {
    (void)e;
    company_set_unref((struct company_set *)c);
}
