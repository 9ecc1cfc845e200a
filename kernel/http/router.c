/* Routes as a tree of segments, built once. See router.h. */
#include "http/router.h"

#include <stdlib.h>

#include "base/json.h"
#include "http/messages.h"

struct http_router_node {
    struct str literal;
    struct http_router_node *children, *next; /* literals below; siblings */
    struct http_router_node *param, *rest;
    const struct http_route_entry *routes[HTTP_METHOD_COUNT];
    uint32_t methods;
};

static const struct str method_words[HTTP_METHOD_COUNT] = {
#define METHOD_WORD(name) [HTTP_METHOD_##name] = {#name, sizeof(#name) - 1},
    HTTP_METHODS(METHOD_WORD)
#undef METHOD_WORD
};

const char *http_method_word(enum http_method method) { return method_words[method].ptr; }

bool http_method_find(struct str word, enum http_method *ret) {
    for (int i = 0; i < HTTP_METHOD_COUNT; i++) {
        if (!str_eq(word, method_words[i])) continue;
        *ret = (enum http_method)i;
        return true;
    }
    return false;
}

void http_router_init(struct http_router *r) {
    *r = (struct http_router){0};
    arena_init(&r->arena, 4u << 20);
}

void http_router_fini(struct http_router *r) {
    free(r->entries);
    arena_fini(&r->arena);
    *r = (struct http_router){0};
}

static bool is_param(struct str segment) {
    return segment.len > 2 && segment.ptr[0] == '{' && segment.ptr[segment.len - 1] == '}';
}
static bool is_rest(struct str segment) {
    return is_param(segment) && segment.ptr[segment.len - 2] == '*';
}

/* Names of the parameters; false when the pattern is not one. */
static bool pattern_read(struct http_route_entry *e) {
    struct str rest = str_from(e->route.pattern);
    if (rest.len == 0 || rest.ptr[0] != '/') return false;
    rest = str_make(rest.ptr + 1, rest.len - 1);
    for (bool more = rest.len > 0; more;) {
        struct str segment;
        more = str_split(&rest, '/', &segment);
        if (segment.len == 0 || e->has_rest) return false;
        if (!is_param(segment)) continue;
        if (e->param_count == HTTP_PARAMS_MAX) return false;
        e->has_rest = is_rest(segment);
        e->params[e->param_count++] =
            str_make(segment.ptr + 1, segment.len - (e->has_rest ? 3 : 2));
    }
    return true;
}

static crm_status refuse(struct err *err, const struct err_text *text,
                         const struct http_route *route) {
    return err_set(err, CRM_INVALID, text, route->pattern ? route->pattern : "", NULL);
}

/* A body that is described as an object of these properties takes no others; the description then
 * says so. One that says itself what else it takes, and one without properties, stay open. */
static crm_status close_body(struct http_router *r, struct http_route_entry *e, struct err *err) {
    JSON_CLEANUP json_t *described = NULL;
    const json_t *properties, *value;
    const char *key;
    size_t count = 0;
    if (!e->route.body_schema) return CRM_OK;
    struct str text = str_from(e->route.body_schema);
    crm_status status = json_parse(text, NULL, &described, err);
    if (status != CRM_OK) return refuse(err, &http_route_malformed, &e->route);
    properties = json_object_get(described, "properties");
    const json_t *others = json_object_get(described, "additionalProperties");
    if (json_object_size(properties) == 0 || (others && !json_is_false(others))) return CRM_OK;
    const char **keys = ARENA_ARRAY(&r->arena, json_object_size(properties) + 1, const char *);
    if (!keys) return err_no_memory(err);
    json_object_foreach((json_t *)(uintptr_t)properties, key, value) {
        keys[count] = arena_cstr(&r->arena, str_from(key));
        if (!keys[count++]) return err_no_memory(err);
    }
    e->body_keys = keys;
    if (others) return CRM_OK;
    e->route.body_schema =
        arena_printf(&r->arena, "%.*s,\"additionalProperties\":false}", (int)text.len - 1, text.ptr)
            .ptr;
    return e->route.body_schema ? CRM_OK : err_no_memory(err);
}

crm_status http_router_add(struct http_router *r, struct str owner, const struct http_route *route,
                           struct err *err) {
    enum http_method method;
    if (!route->method || !route->pattern || !route->handle ||
        !http_method_find(str_from(route->method), &method))
        return refuse(err, &http_route_malformed, route);
    for (size_t i = 0; i < r->count; i++)
        if (r->entries[i]->method == method &&
            strcmp(r->entries[i]->route.pattern, route->pattern) == 0)
            return refuse(err, &http_route_twice, route);
    if (r->count == r->capacity) {
        size_t capacity = r->capacity ? r->capacity * 2 : 64;
        struct http_route_entry **grown =
            capacity <= UINT16_MAX ? realloc(r->entries, capacity * sizeof *grown) : NULL;
        if (!grown) return err_no_memory(err);
        r->entries = grown;
        r->capacity = capacity;
    }
    struct http_route_entry *e = ARENA_NEW(&r->arena, struct http_route_entry);
    if (!e) return err_no_memory(err);
    e->route = *route;
    e->method = method;
    e->owner = arena_str(&r->arena, owner);
    e->route.pattern = arena_cstr(&r->arena, str_from(route->pattern));
    if (!e->owner.ptr || !e->route.pattern) return err_no_memory(err);
    if (!pattern_read(e)) return refuse(err, &http_route_malformed, route);
    crm_status status = close_body(r, e, err);
    if (status == CRM_OK) r->entries[r->count++] = e;
    return status;
}

void http_router_remove_owner(struct http_router *r, struct str owner) {
    size_t kept = 0;
    for (size_t i = 0; i < r->count; i++)
        if (!str_eq(r->entries[i]->owner, owner)) r->entries[kept++] = r->entries[i];
    r->count = kept;
}

/* The node below `node` for a segment of a pattern, made when it is new. */
static struct http_router_node *child_of(struct http_router *r, struct http_router_node *node,
                                         struct str segment) {
    struct http_router_node **slot;
    if (is_rest(segment)) {
        slot = &node->rest;
    } else if (is_param(segment)) {
        slot = &node->param;
    } else {
        for (slot = &node->children; *slot && !str_eq((*slot)->literal, segment);)
            slot = &(*slot)->next;
    }
    if (!*slot) *slot = ARENA_NEW(&r->arena, struct http_router_node);
    if (*slot) (*slot)->literal = segment;
    return *slot;
}

crm_status http_router_build(struct http_router *r, struct err *err) {
    r->root = ARENA_NEW(&r->arena, struct http_router_node);
    if (!r->root) return err_no_memory(err);
    for (size_t i = 0; i < r->count; i++) {
        struct http_route_entry *e = r->entries[i];
        e->index = (uint16_t)i;
        struct http_router_node *node = r->root;
        struct str rest = str_make(e->route.pattern + 1, strlen(e->route.pattern) - 1);
        for (bool more = rest.len > 0; more;) {
            struct str segment;
            more = str_split(&rest, '/', &segment);
            node = child_of(r, node, segment);
            if (!node) return err_no_memory(err);
        }
        if (node->routes[e->method]) return refuse(err, &http_route_twice, &e->route);
        node->routes[e->method] = e;
        node->methods |= UINT32_C(1) << e->method;
    }
    return CRM_OK;
}

static const struct http_router_node *literal_find(const struct http_router_node *node,
                                                   struct str segment) {
    for (const struct http_router_node *c = node->children; c; c = c->next)
        if (str_eq(c->literal, segment)) return c;
    return NULL;
}

/* The remaining segments, decoded, joined again. */
static bool rest_join(const struct http_target *t, size_t from, struct arena *a, struct str *ret) {
    size_t len = 0;
    for (size_t i = from; i < t->segment_count; i++)
        len += t->segments[i].len + 1;
    char *text = arena_alloc(a, len + 1);
    if (!text) return false;
    size_t at = 0;
    for (size_t i = from; i < t->segment_count; i++) {
        if (i > from) text[at++] = '/';
        if (t->segments[i].len) memcpy(text + at, t->segments[i].ptr, t->segments[i].len);
        at += t->segments[i].len;
    }
    *ret = str_make(text, at);
    return true;
}

struct search {
    const struct http_target *target;
    enum http_method method;
    struct arena *arena;
    struct http_match *match;
};

static void take(const struct search *s, const struct http_router_node *node) {
    uint32_t methods = node->methods;
    if (methods & UINT32_C(1) << HTTP_METHOD_GET) methods |= UINT32_C(1) << HTTP_METHOD_HEAD;
    s->match->allowed |= methods;
    s->match->entry = node->routes[s->method];
    if (!s->match->entry && s->method == HTTP_METHOD_HEAD)
        s->match->entry = node->routes[HTTP_METHOD_GET];
}

/* Deep as the tree is, and each level has two ways at most. False when the arena is exhausted. */
static bool walk(const struct search *s, const struct http_router_node *node, size_t at,
                 size_t values) {
    bool over = at == s->target->segment_count;
    if (over && node->methods) {
        take(s, node);
        return true;
    }
    const struct http_router_node *literal =
        over ? NULL : literal_find(node, s->target->segments[at]);
    const struct http_router_node *param =
        !over && s->target->segments[at].len ? node->param : NULL;
    if (literal && !walk(s, literal, at + 1, values)) return false;
    if (param && !s->match->entry) {
        s->match->values[values] = s->target->segments[at];
        return walk(s, param, at + 1, values + 1);
    }
    if (literal || !node->rest) return true;
    if (!rest_join(s->target, at, s->arena, &s->match->values[values])) return false;
    take(s, node->rest);
    return true;
}

bool http_router_find(const struct http_router *r, enum http_method method,
                      const struct http_target *t, struct arena *a, struct http_match *ret) {
    const struct search s = {t, method, a, ret};
    ret->entry = NULL;
    ret->allowed = 0;
    return walk(&s, r->root, 0, 0);
}

struct str http_methods_text(uint32_t methods, struct arena *a) {
    char *text = arena_alloc(a, 64);
    if (!text) return STR_NONE;
    size_t at = 0;
    for (int i = 0; i < HTTP_METHOD_COUNT; i++) {
        if (!(methods >> i & 1)) continue;
        if (at) {
            text[at++] = ',';
            text[at++] = ' ';
        }
        memcpy(text + at, method_words[i].ptr, method_words[i].len);
        at += method_words[i].len;
    }
    return str_make(text, at);
}
