/* Units and their states. See unit.h. */
#include "script/unit.h"

#include <stdlib.h>

#include "script/messages.h"
#include "script/worker/border.h"

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

static crm_status state_make(const struct script_unit *u, struct schema_definitions *d,
                             struct script_state **ret, struct err *err) {
    struct script_state *s;
    crm_status status = script_state_new(u->layer, u->owner, 0, &s, err);
    if (status != CRM_OK) return status;
    s->definitions = d;
    if (u->remote.workers) s->remote = &u->remote;
    if (s->remote && u->probe)
        status = lua_guard_protect(s->guard, l_remote_copy, u->probe, err);
    else if (s->remote)
        status = script_remote_load(s, err);
    for (size_t i = 0; !s->remote && status == CRM_OK && i < u->source_count; i++)
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
    u->paces = ARENA_ARRAY(&u->arena, u->probe->handler_count + 1, _Atomic int64_t);
    if (!u->paces) return err_no_memory(err);
    for (size_t i = 0; u->names && i < u->probe->handler_count; i++) {
        u->names[i] = script_handler_name(&u->arena, u, u->probe, i);
        if (!u->names[i].ptr) return err_no_memory(err);
    }
    return u->names ? CRM_OK : err_no_memory(err);
}

crm_status script_unit_new(const struct script_unit_options *o, struct script_unit **ret,
                           struct err *err) {
    struct script_unit *u = calloc(1, sizeof *u);
    if (!u) return err_no_memory(err);
    atomic_init(&u->refs, 1);
    arena_init(&u->arena, SCRIPT_STATE_MEMORY);
    pthread_mutex_init(&u->mu, NULL);
    u->layer = o->layer;
    u->author = o->author;
    u->owner = arena_str(&u->arena, o->owner);
    bool made = u->owner.ptr && copy_sources(u, o->sources, o->count);
    if (made) u->version = script_sources_version(&u->arena, u->sources, u->source_count);
    made = made && u->version.ptr;
    u->remote = (struct script_remote){.workers = o->workers,
                                       .sources = u->sources,
                                       .source_count = u->source_count,
                                       .layer = u->layer,
                                       .owner = u->owner,
                                       .handlers_only = o->handlers_only};
    crm_status status = made ? state_make(u, o->definitions, &u->probe, err) : err_no_memory(err);
    if (status == CRM_OK) status = make_names(u, err);
    if (status != CRM_OK) {
        script_unit_unref(u);
        return status;
    }
    *ret = u;
    return CRM_OK;
}

struct script_unit *script_unit_ref(struct script_unit *u) {
    atomic_fetch_add(&u->refs, 1);
    return u;
}

struct script_unit *script_unit_unref(struct script_unit *u) {
    if (!u || atomic_fetch_sub(&u->refs, 1) != 1) return NULL;
    for (size_t i = 0; i < u->idle_count; i++)
        script_state_free(u->idle[i]);
    script_state_free(u->probe);
    pthread_mutex_destroy(&u->mu);
    arena_fini(&u->arena);
    free(u);
    return NULL;
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
    static const char *const words[] = {"before", "after",   "schedule", "action",
                                        "draw",   "webhook", "test"};
    return words[kind];
}

bool script_handler_is_word(const char *word) {
    for (int i = SCRIPT_BEFORE; word && i <= SCRIPT_TEST; i++)
        if (strcmp(word, script_handler_word((enum script_handler_kind)i)) == 0) return true;
    return false;
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

/* A text that is tried may be anybody's: it runs in workers. */
static crm_status of_text(struct script_host *h, struct str owner, struct str text,
                          bool handlers_only, struct script_unit **ret, struct err *err) {
    struct arena a;
    arena_init(&a, 4096);
    bool is_script = str_starts_with(owner, STR("scripts/"));
    const struct script_source source = {
        arena_printf(&a, "%s%.*s%s", is_script ? "" : "plugins/", STR_ARG(owner),
                     is_script ? ".lua" : "/automations/trial.lua"),
        text};
    const struct script_unit_options options = {.layer = is_script ? SCHEMA_LAYER_ADMIN
                                                                   : SCHEMA_LAYER_PLUGIN,
                                                .owner = owner,
                                                .sources = &source,
                                                .count = 1,
                                                .workers = h->workers,
                                                .handlers_only = handlers_only};
    crm_status status = source.name.ptr ? script_unit_new(&options, ret, err) : err_no_memory(err);
    arena_fini(&a);
    return status;
}

static crm_status as_in_force(struct script_host *h, struct str owner, struct script_unit **ret,
                              struct err *err) {
    crm_status status = CRM_NOT_FOUND;
    struct script_units *units = script_units_ref(h);
    for (size_t i = 0; i < units->count; i++) {
        const struct script_unit *u = units->items[i];
        const struct script_unit_options options = {.layer = u->layer,
                                                    .owner = owner,
                                                    .sources = u->sources,
                                                    .count = u->source_count,
                                                    .workers = u->remote.workers};
        if (str_eq(u->owner, owner)) status = script_unit_new(&options, ret, err);
    }
    script_units_unref(units);
    return status == CRM_NOT_FOUND ? err_set_args(err, status, &say_script_no_owner, &owner, 1)
                                   : status;
}

/* The unit, when it has loaded and fits. */
static crm_status checked(crm_status status, struct script_unit *u, const struct schema *schema,
                          struct script_unit **ret, struct err *err) {
    if (status == CRM_OK) status = script_unit_check(u, schema, err);
    if (status == CRM_OK)
        *ret = u;
    else
        script_unit_unref(u);
    return status;
}

crm_status script_unit_try(struct script_host *h, struct str owner, struct str text,
                           const struct schema *schema, struct script_unit **ret, struct err *err) {
    struct script_unit *u = NULL;
    crm_status status =
        text.ptr ? of_text(h, owner, text, false, &u, err) : as_in_force(h, owner, &u, err);
    return checked(status, u, schema, ret, err);
}

crm_status script_unit_made(struct script_host *h, struct str owner, struct str text,
                            const struct schema *schema, struct script_unit **ret,
                            struct err *err) {
    struct script_unit *u = NULL;
    crm_status status = of_text(h, owner, text, true, &u, err);
    return checked(status, u, schema, ret, err);
}

static crm_status copy_texts(const struct script_unit *u, struct arena *a,
                             struct script_source **ret, size_t *ret_count, struct err *err) {
    struct script_source *copies = ARENA_ARRAY(a, u->source_count + 1, struct script_source);
    for (size_t i = 0; copies && i < u->source_count; i++) {
        copies[i] = (struct script_source){arena_str(a, u->sources[i].name),
                                           arena_str(a, u->sources[i].text)};
        if (!copies[i].name.ptr || !copies[i].text.ptr) return err_no_memory(err);
    }
    if (!copies) return err_no_memory(err);
    *ret = copies;
    *ret_count = u->source_count;
    return CRM_OK;
}

crm_status script_host_sources(struct script_host *h, struct str owner, struct arena *a,
                               struct script_source **ret, size_t *ret_count, struct err *err) {
    struct script_units *units = script_units_ref(h);
    const struct script_unit *u = NULL;
    for (size_t i = 0; i < units->count && !u; i++)
        if (str_eq(units->items[i]->owner, owner)) u = units->items[i];
    *ret = NULL;
    *ret_count = 0;
    crm_status status = u ? copy_texts(u, a, ret, ret_count, err) : CRM_OK;
    script_units_unref(units);
    return status;
}

struct str script_host_version(struct script_host *h, struct str owner, struct arena *a) {
    struct script_units *units = script_units_ref(h);
    struct str version = STR_NONE;
    for (size_t i = 0; i < units->count; i++)
        if (str_eq(units->items[i]->owner, owner)) version = arena_str(a, units->items[i]->version);
    script_units_unref(units);
    return version;
}
