/* Units and their states. See unit.h. */
#include "script/unit.h"

#include <stdlib.h>

#include "base/digest.h"
#include "script/messages.h"

static bool copy_sources(struct script_unit *u, const struct script_source *sources, size_t count) {
    u->sources = ARENA_ARRAY(&u->arena, count + 1, struct script_source);
    for (size_t i = 0; u->sources && i < count; i++) {
        u->sources[i].name = arena_str(&u->arena, sources[i].name);
        u->sources[i].text = arena_str(&u->arena, sources[i].text);
        if (!u->sources[i].name.ptr || !u->sources[i].text.ptr) return false;
    }
    u->source_count = count;
    return u->sources != NULL;
}

static bool make_version(struct script_unit *u) {
    struct digest_part *parts = ARENA_ARRAY(&u->arena, 2 * u->source_count + 1, struct digest_part);
    if (!parts) return false;
    for (size_t i = 0; i < u->source_count; i++) {
        parts[2 * i] = (struct digest_part){u->sources[i].name.ptr, u->sources[i].name.len};
        parts[2 * i + 1] = (struct digest_part){u->sources[i].text.ptr, u->sources[i].text.len};
    }
    struct digest digest;
    digest_parts(parts, 2 * u->source_count, &digest);
    BUF_CLEANUP struct buf hex;
    buf_init(&hex, 2 * DIGEST_BYTES + 1);
    hex_format(digest.bytes, sizeof digest.bytes, &hex);
    if (hex.status != CRM_OK) return false;
    u->version = arena_str(&u->arena, str_make(hex.ptr, SCRIPT_VERSION_BYTES));
    return u->version.ptr != NULL;
}

static crm_status state_make(const struct script_unit *u, struct schema_definitions *d,
                             struct script_state **ret, struct err *err) {
    struct script_state *s;
    crm_status status = script_state_new(u->layer, u->owner, 0, &s, err);
    if (status != CRM_OK) return status;
    s->definitions = d;
    for (size_t i = 0; status == CRM_OK && i < u->source_count; i++)
        status = script_state_load(s, u->sources[i].name, u->sources[i].text, err);
    s->definitions = NULL;
    if (status != CRM_OK) {
        script_state_free(s);
        return status;
    }
    *ret = s;
    return CRM_OK;
}

static crm_status make_names(struct script_unit *u, struct err *err) {
    u->names = ARENA_ARRAY(&u->arena, u->probe->handler_count + 1, struct str);
    for (size_t i = 0; u->names && i < u->probe->handler_count; i++) {
        u->names[i] = script_handler_name(&u->arena, u, u->probe, i);
        if (!u->names[i].ptr) return err_no_memory(err);
    }
    return u->names ? CRM_OK : err_no_memory(err);
}

crm_status script_unit_new(enum schema_layer layer, struct str owner,
                           const struct script_source *sources, size_t count,
                           struct schema_definitions *d, struct script_unit **ret,
                           struct err *err) {
    struct script_unit *u = calloc(1, sizeof *u);
    if (!u) return err_no_memory(err);
    arena_init(&u->arena, SCRIPT_STATE_MEMORY);
    pthread_mutex_init(&u->mu, NULL);
    u->layer = layer;
    u->owner = arena_str(&u->arena, owner);
    bool made = u->owner.ptr && copy_sources(u, sources, count) && make_version(u);
    crm_status status = made ? state_make(u, d, &u->probe, err) : err_no_memory(err);
    if (status == CRM_OK) status = make_names(u, err);
    if (status != CRM_OK) {
        script_unit_free(u);
        return status;
    }
    *ret = u;
    return CRM_OK;
}

void script_unit_free(struct script_unit *u) {
    if (!u) return;
    for (size_t i = 0; i < u->idle_count; i++)
        script_state_free(u->idle[i]);
    script_state_free(u->probe);
    pthread_mutex_destroy(&u->mu);
    arena_fini(&u->arena);
    free(u);
}

crm_status script_unit_take(struct script_unit *u, struct script_state **ret, struct err *err) {
    struct script_state *s = NULL;
    pthread_mutex_lock(&u->mu);
    if (u->idle_count > 0) s = u->idle[--u->idle_count];
    pthread_mutex_unlock(&u->mu);
    if (!s) return state_make(u, NULL, ret, err);
    *ret = s;
    return CRM_OK;
}

void script_unit_give(struct script_unit *u, struct script_state *s, bool spoiled) {
    if (!spoiled) {
        pthread_mutex_lock(&u->mu);
        if (u->idle_count < SCRIPT_IDLE_MAX) {
            u->idle[u->idle_count++] = s;
            s = NULL;
        }
        pthread_mutex_unlock(&u->mu);
    }
    script_state_free(s);
}

bool script_unit_has(const struct script_unit *u, enum script_handler_kind kind,
                     struct str subject) {
    for (size_t i = 0; i < u->probe->handler_count; i++)
        if (u->probe->handlers[i].kind == kind && str_eq(u->probe->handlers[i].subject, subject))
            return true;
    return false;
}

bool script_unit_names(const struct script_unit *u, struct str handler) {
    for (size_t i = 0; i < u->probe->handler_count; i++)
        if (str_eq(u->names[i], handler)) return true;
    return false;
}

const char *script_handler_word(enum script_handler_kind kind) {
    static const char *const words[] = {"before", "after", "schedule", "action", "draw"};
    return words[kind];
}

struct str script_handler_name(struct arena *a, const struct script_unit *u,
                               const struct script_state *s, size_t handler) {
    const struct script_handler *h = &s->handlers[handler];
    size_t ordinal = 1;
    for (size_t i = 0; i < handler; i++)
        ordinal += s->handlers[i].kind == h->kind && str_eq(s->handlers[i].file, h->file) &&
                   str_eq(s->handlers[i].subject, h->subject);
    return arena_printf(a, "script %.*s/%.*s/%s %.*s/%zu", STR_ARG(u->owner), STR_ARG(h->file),
                        script_handler_word(h->kind), STR_ARG(h->subject), ordinal);
}

static crm_status of_text(struct str owner, struct str text, struct script_unit **ret,
                          struct err *err) {
    struct arena a;
    arena_init(&a, 4096);
    bool is_script = str_starts_with(owner, STR("scripts/"));
    const struct script_source source = {
        arena_printf(&a, "%s%.*s%s", is_script ? "" : "plugins/", STR_ARG(owner),
                     is_script ? ".lua" : "/automations/trial.lua"),
        text};
    crm_status status = source.name.ptr
                            ? script_unit_new(is_script ? SCHEMA_LAYER_ADMIN : SCHEMA_LAYER_PLUGIN,
                                              owner, &source, 1, NULL, ret, err)
                            : err_no_memory(err);
    arena_fini(&a);
    return status;
}

static crm_status as_in_force(struct script_host *h, struct str owner, struct script_unit **ret,
                              struct err *err) {
    crm_status status = CRM_NOT_FOUND;
    pthread_rwlock_rdlock(&h->lock);
    for (size_t i = 0; i < h->unit_count; i++)
        if (str_eq(h->units[i]->owner, owner))
            status = script_unit_new(h->units[i]->layer, owner, h->units[i]->sources,
                                     h->units[i]->source_count, NULL, ret, err);
    pthread_rwlock_unlock(&h->lock);
    return status == CRM_NOT_FOUND ? err_set_args(err, status, &say_script_no_owner, &owner, 1)
                                   : status;
}

crm_status script_unit_try(struct script_host *h, struct str owner, struct str text,
                           const struct schema *schema, struct script_unit **ret, struct err *err) {
    struct script_unit *u = NULL;
    crm_status status = text.ptr ? of_text(owner, text, &u, err) : as_in_force(h, owner, &u, err);
    if (status == CRM_OK) status = script_unit_check(u, schema, err);
    if (status != CRM_OK) {
        script_unit_free(u);
        return status;
    }
    *ret = u;
    return CRM_OK;
}
