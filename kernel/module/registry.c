/* Adding to the lists, each item checked, and taking an owner's away again. */
#include "module/registry.h"

#include <stdio.h>

#include "module/messages.h"

enum { REGISTRY_MAX_BYTES = 64 * 1024 * 1024 };

void registry_init(struct registry *r) {
    memset(r, 0, sizeof *r);
    arena_init(&r->arena, REGISTRY_MAX_BYTES);
}

void registry_fini(struct registry *r) { arena_fini(&r->arena); }

void registry_remove_owner(struct registry *r, const struct crm_host *host) {
    size_t kept;
#define REMOVE(one, many)                                                                          \
    kept = 0;                                                                                      \
    for (size_t i = 0; i < r->one##_count; i++)                                                    \
        if (r->many[i].host != host) r->many[kept++] = r->many[i];                                 \
    r->one##_count = kept;
    REGISTRY_LISTS(REMOVE)
#undef REMOVE
}

static crm_status check(struct crm_host *host, bool complete, const char *what, struct err *err) {
    if (!host->is_registering)
        return err_set(err, CRM_UNSUPPORTED, &module_register_late, host->module->name, NULL);
    if (!complete)
        return err_set(err, CRM_INVALID, &module_register_incomplete, host->module->name, what,
                       NULL);
    return CRM_OK;
}

static crm_status twice(const char *what, const struct crm_host *by, struct err *err) {
    return err_set(err, CRM_CONFLICT, &module_register_twice, what, by->module->name, NULL);
}

/* A copy of a struct that its caller knows `size` bytes of; the rest is zero. */
static void copy_sized(void *to, size_t to_size, const void *from, uint32_t from_size) {
    memset(to, 0, to_size);
    memcpy(to, from, from_size < to_size ? from_size : to_size);
}

static const char *keep(struct registry *r, const char *text) {
    return text ? arena_cstr(&r->arena, str_from(text)) : NULL;
}

#define GROW(r, one, many)                                                                         \
    ((r)->many = arena_grow(&(r)->arena, (r)->many, (r)->one##_count, &(r)->one##_capacity,        \
                            sizeof *(r)->many))

/* Relative, forwards only. */
static bool path_is_inside(const char *path) {
    if (!path || path[0] == '/' || path[0] == '\0') return false;
    struct str rest = str_from(path), part;
    bool more = true;
    while (more) {
        more = str_split(&rest, '/', &part);
        if (part.len == 0 || str_is(part, "..") || str_is(part, ".")) return false;
    }
    return true;
}

crm_status registry_add_definition(struct crm_host *host, enum definition_source source,
                                   const char *name, struct str text, struct err *err) {
    struct registry *r = host->registry;
    crm_status status = check(host, name != NULL, "a name", err);
    if (status != CRM_OK) return status;
    if (source != DEFINITION_TEXT && !path_is_inside(name))
        return err_set(err, CRM_INVALID, &module_path_outside, name, NULL);
    struct registered_definition item = {host, source, keep(r, name), arena_str(&r->arena, text)};
    void *grown = GROW(r, definition, definitions);
    if (!grown || !item.name || !item.text.ptr) return err_no_memory(err);
    r->definitions[r->definition_count++] = item;
    return CRM_OK;
}

/* "/a/{x}/b" and "/a/{y}/b" answer the same paths. */
static bool patterns_meet(const char *a, const char *b) {
    struct str left = str_from(a), right = str_from(b), l, r;
    for (bool more_left = true, more_right = true; more_left || more_right;) {
        if (more_left != more_right) return false;
        more_left = str_split(&left, '/', &l);
        more_right = str_split(&right, '/', &r);
        bool both_named = l.len > 1 && r.len > 1 && l.ptr[0] == '{' && r.ptr[0] == '{';
        bool both_rest = both_named && l.ptr[l.len - 2] == '*' && r.ptr[r.len - 2] == '*';
        bool neither_rest = both_named && l.ptr[l.len - 2] != '*' && r.ptr[r.len - 2] != '*';
        if (!str_eq(l, r) && !both_rest && !neither_rest) return false;
    }
    return true;
}

crm_status registry_add_route(struct crm_host *host, const struct crm_route *route,
                              struct err *err) {
    struct registry *r = host->registry;
    struct registered_route item = {.host = host};
    copy_sized(&item.route, sizeof item.route, route, route->size);
    struct crm_route *own = &item.route;
    crm_status status =
        check(host, own->method && own->pattern && own->pattern[0] == '/' && own->handle,
              "a method, a pattern or a handler", err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < r->route_count; i++)
        if (strcmp(r->routes[i].route.method, own->method) == 0 &&
            patterns_meet(r->routes[i].route.pattern, own->pattern)) {
            char what[256];
            snprintf(what, sizeof what, "%s %s", own->method, own->pattern);
            return twice(what, r->routes[i].host, err);
        }
    own->method = keep(r, own->method);
    own->pattern = keep(r, own->pattern);
    if (!GROW(r, route, routes) || !own->method || !own->pattern) return err_no_memory(err);
    r->routes[r->route_count++] = item;
    return CRM_OK;
}

static crm_status keep_headers(struct registry *r, struct crm_assets *assets, struct err *err) {
    struct crm_pair *headers = ARENA_ARRAY(&r->arena, assets->header_count, struct crm_pair);
    if (assets->header_count && !headers) return err_no_memory(err);
    for (size_t i = 0; i < assets->header_count; i++) {
        struct str value = arena_str(
            &r->arena, str_make(assets->headers[i].value.ptr, assets->headers[i].value.len));
        headers[i].key = keep(r, assets->headers[i].key);
        headers[i].value = crm_str_make(value.ptr, value.len);
        if (!headers[i].key || !value.ptr) return err_no_memory(err);
    }
    assets->headers = headers;
    return CRM_OK;
}

crm_status registry_add_assets(struct crm_host *host, const struct crm_assets *assets,
                               struct err *err) {
    struct registry *r = host->registry;
    struct registered_assets item = {.host = host};
    copy_sized(&item.assets, sizeof item.assets, assets, assets->size);
    struct crm_assets *own = &item.assets;
    crm_status status = check(host, own->prefix && own->prefix[0] == '/' && own->folder,
                              "a prefix or a folder", err);
    if (status != CRM_OK) return status;
    if (!path_is_inside(own->folder))
        return err_set(err, CRM_INVALID, &module_path_outside, own->folder, NULL);
    for (size_t i = 0; i < r->assets_count; i++)
        if (strcmp(r->assets[i].assets.prefix, own->prefix) == 0)
            return twice(own->prefix, r->assets[i].host, err);
    own->prefix = keep(r, own->prefix);
    own->folder = keep(r, own->folder);
    own->fallback = keep(r, own->fallback);
    own->immutable_pattern = keep(r, own->immutable_pattern);
    status = keep_headers(r, own, err);
    if (status != CRM_OK) return status;
    if (!GROW(r, assets, assets) || !own->prefix || !own->folder) return err_no_memory(err);
    r->assets[r->assets_count++] = item;
    return CRM_OK;
}

crm_status registry_add_command(struct crm_host *host,
                                const struct crm_command_definition *definition, struct err *err) {
    struct registry *r = host->registry;
    struct registered_command item = {.host = host};
    copy_sized(&item.definition, sizeof item.definition, definition, definition->size);
    const struct crm_command_definition *own = &item.definition;
    crm_status status =
        check(host,
              own->name && own->summary && own->run && (own->arguments || !own->argument_count) &&
                  (own->options || !own->option_count),
              "a name, a summary or a function", err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < r->command_count; i++)
        if (strcmp(r->commands[i].definition.name, own->name) == 0)
            return twice(own->name, r->commands[i].host, err);
    if (!GROW(r, command, commands)) return err_no_memory(err);
    r->commands[r->command_count++] = item;
    return CRM_OK;
}

crm_status registry_add_kind(struct crm_host *host, const struct crm_job_kind *kind,
                             struct err *err) {
    struct registry *r = host->registry;
    struct registered_kind item = {.host = host};
    copy_sized(&item.kind, sizeof item.kind, kind, kind->size);
    crm_status status = check(host, item.kind.kind && item.kind.run, "a kind or a function", err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < r->kind_count; i++)
        if (strcmp(r->kinds[i].kind.kind, item.kind.kind) == 0)
            return twice(item.kind.kind, r->kinds[i].host, err);
    item.kind.kind = keep(r, item.kind.kind);
    if (!GROW(r, kind, kinds) || !item.kind.kind) return err_no_memory(err);
    r->kinds[r->kind_count++] = item;
    return CRM_OK;
}

crm_status registry_add_schedule(struct crm_host *host, const char *name, const char *spec,
                                 const char *kind, struct err *err) {
    struct registry *r = host->registry;
    crm_status status = check(host, name && spec && kind, "a name, a time or a kind", err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < r->schedule_count; i++)
        if (r->schedules[i].host == host && strcmp(r->schedules[i].name, name) == 0)
            return twice(name, host, err);
    struct registered_schedule item = {host, keep(r, name), keep(r, spec), keep(r, kind)};
    if (!GROW(r, schedule, schedules) || !item.name || !item.spec || !item.kind)
        return err_no_memory(err);
    r->schedules[r->schedule_count++] = item;
    return CRM_OK;
}

crm_status registry_add_subscription(struct crm_host *host,
                                     const struct crm_subscription *subscription, struct err *err) {
    struct registry *r = host->registry;
    struct registered_subscription item = {.host = host};
    copy_sized(&item.subscription, sizeof item.subscription, subscription, subscription->size);
    struct crm_subscription *own = &item.subscription;
    crm_status status =
        check(host, own->name && own->event && own->deliver, "a name, an event or a function", err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < r->subscription_count; i++)
        if (r->subscriptions[i].host == host &&
            strcmp(r->subscriptions[i].subscription.name, own->name) == 0)
            return twice(own->name, host, err);
    own->name = keep(r, own->name);
    own->event = keep(r, own->event);
    own->when = keep(r, own->when);
    if (!GROW(r, subscription, subscriptions) || !own->name || !own->event)
        return err_no_memory(err);
    r->subscriptions[r->subscription_count++] = item;
    return CRM_OK;
}
