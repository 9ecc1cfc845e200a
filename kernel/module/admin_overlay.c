/* What people change in definitions of modules, as it is stored: beside each key what the layers
 * below said when it was decided. See schema/overlay.c for what that is good for.
 *
 * What is noted stands under `below`, in the shape of what is changed: of a field by its name and
 * of the entity itself under "*"; of a directory, pipeline or view key by key, of items and stages
 * within their list by what they are called; of a role by entity. Threads: any. */
#include "base/json.h"
#include "module/living_schema.h"
#include "schema/read.h"

/* Where it is noted what the entity itself was called. */
#define OF_ENTITY "*"

/* The object under `key`, made where it is missing; borrowed, NULL when memory is short. */
static json_t *part(json_t *object, const char *key) {
    json_t *found = json_object_get(object, key);
    if (json_is_object(found)) return found;
    json_t *made = json_object();
    return made && json_object_set_new(object, key, made) == 0 ? made : NULL;
}

static void drop_empty(json_t *object, const char *key) {
    if (json_object_size(json_object_get(object, key)) == 0) (void)json_object_del(object, key);
}

static crm_status set_below(json_t *below, const char *key, struct str text, struct err *err) {
    json_t *value = text.len ? json_loadb(text.ptr, text.len, JSON_DECODE_ANY, NULL) : json_null();
    return value && json_object_set_new(below, key, value) == 0 ? CRM_OK : err_no_memory(err);
}

/* ---- items and stages ------------------------------------------------------------------------ */
static struct str id_of(const json_t *item, const struct schema_shape *shape) {
    return json_str(json_is_string(item) ? item : json_object_get(item, shape->id));
}

static size_t find_item(const json_t *list, const struct schema_shape *shape, struct str id) {
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_eq(id_of(json_array_get(list, i), shape), id)) return i;
    return SIZE_MAX;
}

/* The item as an object, borrowed; NULL: it is its code alone, of which nothing is noted. */
static json_t *item_of(const json_t *whole, const struct schema_shape *shape, struct str id) {
    const json_t *list = json_object_get(whole, shape->list);
    size_t at = find_item(list, shape, id);
    json_t *item = at == SIZE_MAX ? NULL : json_array_get(list, at);
    return json_is_object(item) ? item : NULL;
}

/* ---- one key --------------------------------------------------------------------------------- */
/* Where the overlay's key stands and where it is noted, borrowed; made where missing. */
struct place {
    json_t *change, *below;
    const char *key;
};

static crm_status find_place(struct arena *a, json_t *whole, const struct schema_overlay *o,
                             struct place *ret, struct err *err) {
    const struct schema_shape *shape = schema_shape_of(o->kind);
    const char *of = arena_cstr(a, o->part), *key = arena_cstr(a, o->key);
    json_t *notes = part(whole, "below");
    *ret = (struct place){.change = whole, .below = notes, .key = key};
    if (!notes || !of || !key) return err_no_memory(err);
    if (str_is(o->kind, "extend")) {
        if (o->part.len) ret->change = part(part(whole, "change"), of);
        ret->below = part(notes, o->part.len ? of : OF_ENTITY);
    } else if (o->part.len && shape->list) {
        ret->change = item_of(whole, shape, o->part);
        ret->below = part(part(notes, shape->list), of);
    } else if (o->part.len) {
        ret->change = part(whole, of);
        ret->below = part(notes, of);
    }
    return ret->below && ret->change ? CRM_OK : err_no_memory(err);
}

/* A value that says nothing new is no change; a grant that says so still grants. */
static bool says_nothing_new(const struct schema_overlay *o) {
    return !o->is_noted && !str_is(o->kind, "role") && str_eq(o->above, o->below);
}

static crm_status settle_key(struct arena *a, json_t *whole, const struct schema_overlay *o,
                             struct err *err) {
    const struct schema_shape *shape = schema_shape_of(o->kind);
    struct place p;
    if (o->is_gone && shape->list && !item_of(whole, shape, o->part)) return CRM_OK; /* it, too */
    crm_status status = find_place(a, whole, o, &p, err);
    if (status != CRM_OK) return status;
    if (o->is_taken && o->is_gone && shape->list) {
        json_t *list = json_object_get(whole, shape->list);
        (void)json_array_remove(list, find_item(list, shape, o->part));
        return CRM_OK;
    }
    if (!o->is_taken && !says_nothing_new(o))
        return o->is_met ? CRM_OK : set_below(p.below, p.key, o->below, err);
    (void)json_object_del(p.change, p.key);
    (void)json_object_del(p.below, p.key);
    return CRM_OK;
}

/* ---- notes of what nobody changes any more --------------------------------------------------- */
static void keep_common(json_t *below, const json_t *change) {
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(below, next, key, value) {
        if (!json_object_get(change, key)) (void)json_object_del(below, key);
    }
}

/* Notes by part, under `key` of `notes`. */
static void drop_part_notes(json_t *notes, const char *key, const json_t *whole,
                            const struct schema_shape *shape) {
    json_t *parts = json_object_get(notes, key), *below;
    const char *name;
    void *next;
    json_object_foreach_safe(parts, next, name, below) {
        keep_common(below, item_of(whole, shape, str_from(name)));
        drop_empty(parts, name);
    }
    drop_empty(notes, key);
}

static void drop_change_notes(json_t *whole, json_t *notes) {
    json_t *changes = json_object_get(whole, "change"), *below;
    const char *field;
    void *next;
    json_object_foreach_safe(notes, next, field, below) {
        keep_common(below, strcmp(field, OF_ENTITY) == 0 ? whole : json_object_get(changes, field));
        drop_empty(notes, field); /* and `field` with it */
    }
    json_object_foreach_safe(changes, next, field, below) { drop_empty(changes, field); }
    drop_empty(whole, "change");
}

static void drop_notes(json_t *whole, struct str kind) {
    const struct schema_shape *shape = schema_shape_of(kind);
    json_t *notes = json_object_get(whole, "below");
    if (str_is(kind, "extend")) {
        drop_change_notes(whole, notes);
    } else if (str_is(kind, "role")) {
        keep_common(json_object_get(notes, "entities"), json_object_get(whole, "entities"));
        drop_empty(notes, "entities");
    } else {
        keep_common(notes, whole);
        if (shape->list) drop_part_notes(notes, shape->list, whole, shape);
    }
    drop_empty(whole, "below");
}

/* ---- one definition -------------------------------------------------------------------------- */
/* As overlays name it: a pipeline by its entity and its own name, wherever it is stored. */
static struct str name_of(struct arena *a, const struct admin_definition *it, const json_t *whole) {
    const char *slash = memchr(it->name.ptr, '/', it->name.len);
    size_t head = slash ? (size_t)(slash - it->name.ptr) : it->name.len;
    struct str own = json_str(json_object_get(whole, "name"));
    return str_is(it->kind, "pipeline")
               ? arena_printf(a, "%.*s/%.*s", (int)head, it->name.ptr, STR_ARG(own))
               : it->name;
}

static crm_status settle_one(struct arena *a, const struct schema_plan *plan,
                             struct admin_definition *it, bool *ret_changed, struct err *err) {
    JSON_CLEANUP json_t *whole = NULL;
    crm_status status = json_parse(it->text, &json_limits_default, &whole, err);
    bool touched = false;
    struct str name = status == CRM_OK ? name_of(a, it, whole) : STR_NONE;
    for (size_t i = 0; status == CRM_OK && i < plan->overlay_count; i++) {
        const struct schema_overlay *o = &plan->overlays[i];
        if (!str_is(o->owner, "admin") || !str_eq(o->kind, it->kind) || !str_eq(o->name, name))
            continue;
        status = settle_key(a, whole, o, err);
        touched = true;
    }
    touched |= json_object_get(whole, "below") != NULL;
    if (status != CRM_OK || !touched) return status;
    drop_notes(whole, it->kind);
    char *text = json_dumps(whole, JSON_COMPACT | JSON_REAL_PRECISION(15));
    struct str kept = text ? arena_str(a, str_from(text)) : STR_NONE;
    free(text);
    if (!kept.ptr) return err_no_memory(err);
    *ret_changed = !str_eq(kept, it->text);
    it->text = kept;
    return CRM_OK;
}

crm_status admin_layer_settle(struct arena *a, const struct schema_plan *plan,
                              struct admin_definition *items, size_t count, bool *ret_changed,
                              struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        ret_changed[i] = false;
        if (items[i].text.len && items[i].state == ADMIN_APPROVED)
            status = settle_one(a, plan, &items[i], &ret_changed[i], err);
    }
    return status;
}
