/* Entities with their fields, rules and pipeline facility. Threads: one at a time. */
#include "schema/messages.h"
#include "schema/read_keys.h"

#define AT_ENTITY(member) offsetof(struct schema_entity_definition, member)
#define AT_RULE(member)   offsetof(struct schema_rule_definition, member)
#define COUNT_OF(array)   (sizeof(array) / sizeof((array)[0]))
#define ENTITY_KEYS                                                                                \
    "label, label_plural, icon, title, was, fields, rules, pipeline, timeline, open, search, "     \
    "duplicates"

static crm_status read_entity_fields(const struct reader *r, const struct schema_node *n, void *to,
                                     struct err *err) {
    struct schema_entity_definition *e = to;
    return read_fields(r, n, "fields", &e->fields, &e->field_count, err);
}

static const struct read_key rule_keys[] = {
    {"when", READ_TEXT, AT_RULE(when), 0, NULL, 0, 0, NULL},
    {"refuse", READ_TEXT, AT_RULE(refuse), 0, NULL, 0, 0, NULL},
    {"code", READ_TEXT, AT_RULE(code), 0, NULL, 0, 0, NULL},
    {"message", READ_LABEL, AT_RULE(message), 0, NULL, 0, 0, NULL},
    {"flag", READ_BOOLEAN, AT_RULE(flag_only), 0, NULL, 0, 0, NULL},
};

static crm_status read_rule(const struct reader *r, const struct schema_node *n,
                            struct schema_rule_definition *ret, struct err *err) {
    struct schema_rule_definition rule = {.origin = read_origin(r, n)};
    struct reader own = *r;
    own.subject = read_subject(r, STR("rules"));
    own.node = n;
    crm_status status = read_is_map(r, n, "rules", err);
    if (status == CRM_OK)
        status = read_map(&own, rule_keys, COUNT_OF(rule_keys), 0, NULL, &rule, err);
    if (status != CRM_OK) return status;
    if (rule.when.len == 0) return read_missing(&own, "`when`, an expression", err);
    if (rule.message.text[LANGUAGE_EN].len == 0)
        return read_missing(&own, "`message` with { en = ... }", err);
    *ret = rule;
    return CRM_OK;
}

static crm_status read_rules(const struct reader *r, const struct schema_node *n, void *to,
                             struct err *err) {
    struct schema_entity_definition *e = to;
    crm_status status = read_is_list(r, n, "rules", err);
    if (status != CRM_OK) return status;
    struct schema_rule_definition *rules =
        ARENA_ARRAY(r->arena, n->list.count + 1, struct schema_rule_definition);
    if (!rules) return err_no_memory(err);
    for (size_t i = 0; i < n->list.count; i++) {
        status = read_rule(r, &n->list.items[i], &rules[i], err);
        if (status != CRM_OK) return status;
    }
    e->rules = rules;
    e->rule_count = n->list.count;
    return CRM_OK;
}

static const struct read_key pipeline_keys[] = {
    {"closed", READ_TEXT, AT_ENTITY(pipeline_closed), 0, NULL, 0, 0, NULL},
    {"since", READ_TEXT, AT_ENTITY(pipeline_since), 0, NULL, 0, 0, NULL},
    {"probability", READ_TEXT, AT_ENTITY(pipeline_probability), 0, NULL, 0, 0, NULL},
};

static crm_status read_facility(const struct reader *r, const struct schema_node *n, void *to,
                                struct err *err) {
    struct schema_entity_definition *e = to;
    e->pipeline = true;
    if (n->kind == SCHEMA_NODE_BOOLEAN && n->boolean) return CRM_OK;
    struct reader own = *r;
    own.subject = read_subject(r, STR("pipeline"));
    own.node = n;
    crm_status status = read_is_map(r, n, "pipeline", err);
    return status == CRM_OK
               ? read_map(&own, pipeline_keys, COUNT_OF(pipeline_keys), 0, NULL, to, err)
               : status;
}

static crm_status read_timeline_by(const struct reader *r, const struct schema_node *n, void *to,
                                   struct err *err) {
    struct schema_entity_definition *e = to;
    if (n->kind != SCHEMA_NODE_TEXT)
        return read_names(r, n, "by", &e->timeline_by, &e->timeline_by_count, err);
    struct str *one = ARENA_NEW(r->arena, struct str);
    if (!one) return err_no_memory(err);
    e->timeline_by = one;
    e->timeline_by_count = 1;
    return read_text(r, n, "by", one, err);
}

static const struct read_key timeline_keys[] = {
    {"by", READ_CUSTOM, 0, 0, NULL, 0, 0, read_timeline_by},
    {"at", READ_TEXT, AT_ENTITY(timeline_at), 0, NULL, 0, 0, NULL},
};

static crm_status read_timeline(const struct reader *r, const struct schema_node *n, void *to,
                                struct err *err) {
    struct schema_entity_definition *e = to;
    struct reader own = *r;
    own.subject = read_subject(r, STR("timeline"));
    own.node = n;
    crm_status status = read_is_map(r, n, "timeline", err);
    if (status == CRM_OK)
        status = read_map(&own, timeline_keys, COUNT_OF(timeline_keys), 0, NULL, to, err);
    return status == CRM_OK && e->timeline_by_count == 0
               ? read_missing(&own, "`by`, a reference field", err)
               : status;
}

static crm_status read_search(const struct reader *r, const struct schema_node *n, void *to,
                              struct err *err) {
    struct schema_entity_definition *e = to;
    if (n->kind != SCHEMA_NODE_TEXT || (!str_is(n->text, "words") && !str_is(n->text, "substring")))
        return read_wrong_kind(r, n, "search", "\"words\" or \"substring\"", err);
    e->substring_search = str_is(n->text, "substring");
    return CRM_OK;
}

/* change = { amount = { label = ..., required = true } }; whether the field is there and the keys
 * fit it is seen where the layers meet. */
static crm_status read_overlays(const struct reader *r, const struct schema_node *n, void *to,
                                struct err *err) {
    struct schema_entity_definition *e = to;
    crm_status status = read_is_map(r, n, "change", err);
    if (status != CRM_OK || n->kind != SCHEMA_NODE_MAP) return status;
    const struct schema_node *below = schema_node_get(r->node, "below");
    struct schema_overlay_definition *overlays =
        ARENA_ARRAY(r->arena, n->map.count, struct schema_overlay_definition);
    if (!overlays) return err_no_memory(err);
    for (size_t i = 0; i < n->map.count; i++) {
        const struct schema_node_entry *entry = &n->map.entries[i];
        status = read_is_map(r, &entry->value, "change", err);
        if (status != CRM_OK) return status;
        overlays[i] = (struct schema_overlay_definition){entry->key, &entry->value,
                                                         schema_node_find(below, entry->key)};
    }
    e->overlays = overlays;
    e->overlay_count = n->map.count;
    return CRM_OK;
}

crm_status read_below(const struct reader *r, const struct schema_node *n, void *to,
                      struct err *err) {
    (void)to;
    return read_is_map(r, n, "below", err);
}

static const struct read_key entity_keys[] = {
    {"label", READ_LABEL, AT_ENTITY(label), 0, NULL, 0, 0, NULL},
    {"label_plural", READ_LABEL, AT_ENTITY(label_plural), 0, NULL, 0, 0, NULL},
    {"icon", READ_TEXT, AT_ENTITY(icon), 0, NULL, 0, 0, NULL},
    {"title", READ_TEXT, AT_ENTITY(title), 0, NULL, 0, 0, NULL},
    {"was", READ_TEXT, AT_ENTITY(was), 0, NULL, 0, 0, NULL},
    {"fields", READ_CUSTOM, 0, 0, NULL, 0, 0, read_entity_fields},
    {"change", READ_CUSTOM, 0, 0, NULL, 0, 0, read_overlays},
    {"below", READ_CUSTOM, 0, 0, NULL, 0, 0, read_below},
    {"rules", READ_CUSTOM, 0, 0, NULL, 0, 0, read_rules},
    {"pipeline", READ_CUSTOM, 0, 0, NULL, 0, 0, read_facility},
    {"timeline", READ_CUSTOM, 0, 0, NULL, 0, 0, read_timeline},
    {"open", READ_TEXT, AT_ENTITY(open), 0, NULL, 0, 0, NULL},
    {"search", READ_CUSTOM, 0, 0, NULL, 0, 0, read_search},
    {"duplicates", READ_CUSTOM, 0, 0, NULL, 0, 0, read_duplicates},
    {"resident", READ_BOOLEAN, AT_ENTITY(resident), 0, NULL, 0, 0, NULL},
    {"system", READ_BOOLEAN, AT_ENTITY(system), 0, NULL, 0, 0, NULL},
    {"no_log", READ_BOOLEAN, AT_ENTITY(no_log), 0, NULL, 0, 0, NULL},
    {"unlisted", READ_BOOLEAN, AT_ENTITY(unlisted), 0, NULL, 0, 0, NULL},
};

const struct read_key *read_entity_keys(size_t *ret_count) {
    *ret_count = COUNT_OF(entity_keys);
    return entity_keys;
}

const struct read_key *read_rule_keys(size_t *ret_count) {
    *ret_count = COUNT_OF(rule_keys);
    return rule_keys;
}

crm_status read_entity_map(const struct reader *r, struct schema_entity_definition *ret,
                           struct err *err) {
    return read_map(r, entity_keys, COUNT_OF(entity_keys), 0, NULL, ret, err);
}

/* What an `extend` calls the entity is a change like those of fields; noted under "*". */
static crm_status add_own_overlay(const struct reader *r, struct schema_entity_definition *e,
                                  struct err *err) {
    static const char *const keys[] = {"label", "label_plural", "icon", "title", "duplicates"};
    struct schema_overlay_definition *all =
        ARENA_ARRAY(r->arena, e->overlay_count + 1, struct schema_overlay_definition);
    struct schema_node *own = ARENA_NEW(r->arena, struct schema_node);
    struct schema_node_entry *entries =
        ARENA_ARRAY(r->arena, COUNT_OF(keys), struct schema_node_entry);
    if (!all || !own || !entries) return err_no_memory(err);
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const struct schema_node *value = schema_node_get(r->node, keys[i]);
        if (value) entries[count++] = (struct schema_node_entry){str_from(keys[i]), *value};
    }
    if (count == 0) return CRM_OK;
    *own = (struct schema_node){.kind = SCHEMA_NODE_MAP, .map = {entries, count}};
    all[0] = (struct schema_overlay_definition){
        .field = STR(""),
        .node = own,
        .below = schema_node_find(schema_node_get(r->node, "below"), STR("*"))};
    for (size_t i = 0; i < e->overlay_count; i++)
        all[i + 1] = e->overlays[i];
    e->overlays = all;
    e->overlay_count++;
    return CRM_OK;
}

/* Keys that this layer may not use, or that `extend` has not. */
static const char *keys_for(enum schema_layer layer, bool extend, struct str key) {
    static const char *const extends[] = {"fields",       "rules", "change", "below",     "label",
                                          "label_plural", "icon",  "title",  "duplicates"};
    bool of_extend = false;
    for (size_t i = 0; i < COUNT_OF(extends); i++)
        of_extend |= str_is(key, extends[i]);
    if (extend && !of_extend)
        return "fields, rules, change, label, label_plural, icon, title, duplicates";
    if (!extend && (str_is(key, "change") || str_is(key, "below"))) return ENTITY_KEYS;
    bool kernels = str_is(key, "resident") || str_is(key, "system") || str_is(key, "no_log") ||
                   str_is(key, "unlisted");
    if (!kernels || layer == SCHEMA_LAYER_KERNEL) return NULL;
    return ENTITY_KEYS;
}

static crm_status check_keys(const struct schema_origin *origin, struct str name, bool extend,
                             const struct schema_node *n, struct err *err) {
    for (size_t i = 0; n->kind == SCHEMA_NODE_MAP && i < n->map.count; i++) {
        const char *allowed = keys_for(origin->layer, extend, n->map.entries[i].key);
        if (!allowed) continue;
        const struct str args[] = {n->map.entries[i].key, name, str_from(allowed)};
        err_set_args(err, CRM_INVALID, &schema_unknown_key, args, 3);
        schema_err_at(err, origin);
        return CRM_INVALID;
    }
    return CRM_OK;
}

crm_status schema_read_entity(struct schema_definitions *d, const struct schema_origin *origin,
                              struct str name, bool extend, const struct schema_node *n,
                              struct err *err) {
    struct schema_entity_definition e = {.origin = *origin, .name = name, .extend = extend};
    struct reader r = {
        .definitions = d, .arena = &d->arena, .origin = &e.origin, .subject = name, .node = n};
    crm_status status = read_is_map(&r, n, extend ? "extend" : "entity", err);
    if (status == CRM_OK) status = check_keys(origin, name, extend, n, err);
    if (status == CRM_OK) status = read_entity_map(&r, &e, err);
    if (status == CRM_OK && extend && n->kind == SCHEMA_NODE_MAP)
        status = add_own_overlay(&r, &e, err);
    if (status == CRM_OK) status = schema_definitions_add_entity(d, &e, err);
    if (status != CRM_OK) err_at_entity(err, name);
    return status;
}
