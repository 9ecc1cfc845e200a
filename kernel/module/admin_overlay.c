/* What people change in entities and fields of modules, as it is stored: beside each key what the
 * layers below said when it was decided. See schema/overlay.c for what that is good for. Threads:
 * any. */
#include "base/json.h"
#include "module/living_schema.h"

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

static crm_status settle_key(struct arena *a, json_t *whole, const struct schema_overlay *o,
                             struct err *err) {
    const char *field = o->field.len ? arena_cstr(a, o->field) : OF_ENTITY;
    const char *key = arena_cstr(a, o->key);
    json_t *changes = part(whole, "change"), *notes = part(whole, "below");
    if (!field || !key || !changes || !notes) return err_no_memory(err);
    json_t *change = o->field.len ? part(changes, field) : whole, *below = part(notes, field);
    if (!change || !below) return err_no_memory(err);
    crm_status status = CRM_OK;
    if (o->is_taken || (!o->is_noted && str_eq(o->above, o->below))) {
        (void)json_object_del(change, key);
        (void)json_object_del(below, key);
    } else if (!o->is_met) {
        status = set_below(below, key, o->below, err);
    }
    drop_empty(changes, field);
    return status;
}

/* What is noted of keys that nobody changes any more goes. */
static void drop_notes(json_t *whole) {
    json_t *changes = json_object_get(whole, "change"), *notes = json_object_get(whole, "below");
    const char *field, *key;
    json_t *below, *value;
    void *next, *next_key;
    json_object_foreach_safe(notes, next, field, below) {
        const json_t *change =
            strcmp(field, OF_ENTITY) == 0 ? whole : json_object_get(changes, field);
        json_object_foreach_safe(below, next_key, key, value) {
            if (!json_object_get(change, key)) (void)json_object_del(below, key);
        }
        drop_empty(notes, field);
    }
    drop_empty(whole, "below");
    drop_empty(whole, "change");
}

static crm_status settle_one(struct arena *a, const struct schema_plan *plan,
                             struct admin_definition *it, bool *ret_changed, struct err *err) {
    JSON_CLEANUP json_t *whole = NULL;
    crm_status status = json_parse(it->text, &json_limits_default, &whole, err);
    bool touched = false;
    for (size_t i = 0; status == CRM_OK && i < plan->overlay_count; i++) {
        const struct schema_overlay *o = &plan->overlays[i];
        if (!str_is(o->owner, "admin") || !str_eq(o->extends, it->name)) continue;
        status = settle_key(a, whole, o, err);
        touched = true;
    }
    touched |= json_object_get(whole, "below") != NULL;
    if (status != CRM_OK || !touched) return status;
    drop_notes(whole);
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
        if (str_is(items[i].kind, "extend") && items[i].text.len &&
            items[i].state == ADMIN_APPROVED)
            status = settle_one(a, plan, &items[i], &ret_changed[i], err);
    }
    return status;
}
