/* Directories: items, and the fields that the items of one directory have for themselves.
 *
 * Such a field is one of every item's entity, named after the directory ("branch_rating"), that is
 * seen in items of that directory alone and refused in others. What an item says beyond the keys
 * that every item has is the value of one; whether there is such a field is seen when the layers
 * are merged (check.c). Threads: one at a time. */
#include "base/number.h"
#include "schema/messages.h"
#include "schema/read_keys.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define AT_ITEM(member) offsetof(struct schema_directory_item, member)
static const struct read_key item_keys[] = {
    {"code", READ_TEXT, AT_ITEM(code), 0, NULL, 0, 0, NULL},
    {"was", READ_TEXT, AT_ITEM(was), 0, NULL, 0, 0, NULL},
    {"label", READ_LABEL, AT_ITEM(label), 0, NULL, 0, 0, NULL},
    {"color", READ_TEXT, AT_ITEM(color), 0, NULL, 0, 0, NULL},
    {"active", READ_BOOLEAN, AT_ITEM(active), 0, NULL, 0, 0, NULL},
};

/* ---- items ----------------------------------------------------------------------------------- */
static bool is_item_key(struct str key) {
    for (size_t i = 0; i < COUNT_OF(item_keys); i++)
        if (str_is(key, item_keys[i].name)) return true;
    return false;
}

static crm_status read_own(const struct reader *r, const struct schema_node_entry *entry,
                           struct schema_item_value *ret, struct err *err) {
    const struct schema_node *n = &entry->value;
    BUF_CLEANUP struct buf text;
    buf_init(&text, 64);
    *ret = (struct schema_item_value){.name = entry->key, .type = VALUE_TEXT, .text = n->text};
    switch (n->kind) {
    case SCHEMA_NODE_TEXT:
        return read_text(r, n, arena_cstr(r->arena, entry->key), &ret->text, err);
    case SCHEMA_NODE_BOOLEAN:
        ret->type = VALUE_BOOL;
        ret->text = n->boolean ? STR("true") : STR("false");
        return CRM_OK;
    case SCHEMA_NODE_INTEGER:
        ret->type = VALUE_INT;
        buf_add_int64(&text, n->integer);
        break;
    case SCHEMA_NODE_DECIMAL:
        ret->type = VALUE_DECIMAL;
        decimal_format(n->integer, 6, &text);
        break;
    default:
        return read_wrong_kind(r, n, arena_cstr(r->arena, entry->key),
                               "text, a number, true or false", err);
    }
    ret->text = arena_str(r->arena, buf_str(&text));
    return ret->text.ptr ? CRM_OK : err_no_memory(err);
}

/* The keys that every item has into `ret_node`, the others as values. */
static crm_status split(const struct reader *r, const struct schema_node *n,
                        struct schema_node *ret_node, struct schema_directory_item *ret,
                        struct err *err) {
    size_t count = n->kind == SCHEMA_NODE_MAP ? n->map.count : 0, known = 0;
    struct schema_node_entry *entries = ARENA_ARRAY(r->arena, count + 1, struct schema_node_entry);
    struct schema_item_value *values = ARENA_ARRAY(r->arena, count + 1, struct schema_item_value);
    crm_status status = entries && values ? CRM_OK : err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        const struct schema_node_entry *entry = &n->map.entries[i];
        if (is_item_key(entry->key))
            entries[known++] = *entry;
        else
            status = read_own(r, entry, &values[ret->value_count++], err);
    }
    ret->values = values;
    *ret_node = *n;
    if (n->kind == SCHEMA_NODE_MAP) {
        ret_node->map.entries = entries;
        ret_node->map.count = known;
    }
    return status;
}

static crm_status read_item(const struct reader *r, const struct schema_node *n,
                            struct schema_directory_item *ret, struct err *err) {
    *ret = (struct schema_directory_item){.active = true};
    if (n->kind == SCHEMA_NODE_TEXT) return read_text(r, n, "items", &ret->code, err);
    struct schema_node keys;
    struct reader own = *r;
    own.subject = read_subject(r, STR("items"));
    own.node = n;
    crm_status status = read_is_map(r, n, "items", err);
    if (status == CRM_OK) status = split(&own, n, &keys, ret, err);
    own.node = &keys;
    if (status == CRM_OK)
        status = read_map(&own, item_keys, COUNT_OF(item_keys), 0, NULL, ret, err);
    return status == CRM_OK && ret->code.len == 0 ? read_missing(&own, "`code`", err) : status;
}

static crm_status read_items(const struct reader *r, const struct schema_node *n, void *to,
                             struct err *err) {
    struct schema_directory_definition *d = to;
    crm_status status = read_is_list(r, n, "items", err);
    if (status != CRM_OK) return status;
    struct schema_directory_item *items =
        ARENA_ARRAY(r->arena, n->list.count + 1, struct schema_directory_item);
    if (!items) return err_no_memory(err);
    for (size_t i = 0; i < n->list.count; i++) {
        status = read_item(r, &n->list.items[i], &items[i], err);
        if (status != CRM_OK) return status;
        items[i].owner = r->origin->owner;
    }
    d->items = items;
    d->item_count = n->list.count;
    return CRM_OK;
}

/* ---- fields of its own ----------------------------------------------------------------------- */
static crm_status read_directory_fields(const struct reader *r, const struct schema_node *n,
                                        void *to, struct err *err) {
    struct schema_directory_definition *d = to;
    return read_fields(r, n, "fields", &d->fields, &d->field_count, err);
}

static bool may_be_own(enum schema_field_type type) {
    switch (type) {
    case SCHEMA_FIELD_TEXT:
    case SCHEMA_FIELD_LONG_TEXT:
    case SCHEMA_FIELD_INTEGER:
    case SCHEMA_FIELD_DECIMAL:
    case SCHEMA_FIELD_MONEY:
    case SCHEMA_FIELD_BOOLEAN:
    case SCHEMA_FIELD_DATE:
    case SCHEMA_FIELD_TIME:
    case SCHEMA_FIELD_CHOICE:
    case SCHEMA_FIELD_REF:
        return true;
    default:
        return false;
    }
}

static crm_status refuse_field(const struct schema_field_definition *f, struct str kind,
                               const char *key, struct err *err) {
    const struct str args[] = {kind, str_from(key)};
    err_set_args(err, CRM_INVALID, &schema_not_for_type, args, 2);
    schema_err_at(err, &f->origin);
    return CRM_INVALID;
}

static struct str own_name(struct arena *a, struct str directory, struct str field) {
    return arena_printf(a, "%.*s_%.*s", STR_ARG(directory), STR_ARG(field));
}

static crm_status own_field(struct arena *a, const struct schema_directory_definition *d,
                            const struct schema_field_definition *f,
                            struct schema_field_definition *ret,
                            struct schema_rule_definition *ret_rule, struct err *err) {
    bool moved = d->was.len || f->was.len;
    struct str is = arena_printf(a, "directory.name == \"%.*s\"", STR_ARG(d->name));
    *ret = *f;
    ret->name = own_name(a, d->name, f->name);
    if (moved) ret->was = own_name(a, d->was.len ? d->was : d->name, f->was.len ? f->was : f->name);
    ret->visible_when = is;
    *ret_rule = (struct schema_rule_definition){
        .origin = f->origin,
        .when = arena_printf(a, "%.*s ~= nil and directory.name ~= \"%.*s\"", STR_ARG(ret->name),
                             STR_ARG(d->name)),
        .refuse = ret->name,
        .message = {{[LANGUAGE_EN] = arena_printf(a, "Only values of the directory %.*s have it",
                                                  STR_ARG(d->name)),
                     [LANGUAGE_RU] = arena_printf(a, "Есть только у значений справочника %.*s",
                                                  STR_ARG(d->name))}}};
    if (!may_be_own(f->type))
        return refuse_field(f, STR("directory"), schema_field_type_word(f->type), err);
    if (f->required || f->required_when.len) return refuse_field(f, d->name, "required", err);
    if (f->default_kind != SCHEMA_DEFAULT_NONE) return refuse_field(f, d->name, "default", err);
    if (f->visible_when.len) return refuse_field(f, d->name, "visible_when", err);
    bool fits = ret->name.ptr && (!moved || ret->was.ptr) && is.ptr && ret_rule->when.ptr &&
                ret_rule->message.text[LANGUAGE_EN].ptr && ret_rule->message.text[LANGUAGE_RU].ptr;
    return fits ? CRM_OK : err_no_memory(err);
}

static crm_status add_own_fields(struct schema_definitions *all,
                                 const struct schema_directory_definition *d, struct err *err) {
    struct arena *a = &all->arena;
    struct schema_field_definition *fields =
        ARENA_ARRAY(a, d->field_count + 1, struct schema_field_definition);
    struct schema_rule_definition *rules =
        ARENA_ARRAY(a, d->field_count + 1, struct schema_rule_definition);
    const struct schema_entity_definition e = {.origin = d->origin,
                                               .extend = true,
                                               .name = STR("directory_item"),
                                               .fields = fields,
                                               .field_count = d->field_count,
                                               .rules = rules,
                                               .rule_count = d->field_count};
    crm_status status = fields && rules ? CRM_OK : err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < d->field_count; i++)
        status = own_field(a, d, &d->fields[i], &fields[i], &rules[i], err);
    return status == CRM_OK ? schema_definitions_add_entity(all, &e, err) : status;
}

#define AT_DIRECTORY(member) offsetof(struct schema_directory_definition, member)
static const struct read_key directory_keys[] = {
    {"was", READ_TEXT, AT_DIRECTORY(was), 0, NULL, 0, 0, NULL},
    {"label", READ_LABEL, AT_DIRECTORY(label), 0, NULL, 0, 0, NULL},
    {"fields", READ_CUSTOM, 0, 0, NULL, 0, 0, read_directory_fields},
    {"items", READ_CUSTOM, 0, 0, NULL, 0, 0, read_items},
    {"below", READ_CUSTOM, 0, 0, NULL, 0, 0, read_below},
};

crm_status read_directory(const struct reader *r, struct schema_directory_definition *ret,
                          struct err *err) {
    crm_status status = read_is_map(r, r->node, "directory", err);
    return status == CRM_OK
               ? read_map(r, directory_keys, COUNT_OF(directory_keys), 0, NULL, ret, err)
               : status;
}

crm_status schema_read_directory(struct schema_definitions *d, const struct schema_origin *origin,
                                 struct str name, const struct schema_node *n, struct err *err) {
    struct schema_directory_definition it = {.origin = *origin, .name = name, .node = *n};
    const struct reader r = {
        .definitions = d, .arena = &d->arena, .origin = &it.origin, .subject = name, .node = n};
    crm_status status = read_directory(&r, &it, err);
    if (status == CRM_OK && it.field_count) status = add_own_fields(d, &it, err);
    return status == CRM_OK ? schema_definitions_add_directory(d, &it, err) : status;
}
