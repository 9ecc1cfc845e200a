/* Fields: the constructors and the keys that each type takes. Threads: one at a time. */
#include "schema/messages.h"
#include "schema/names.h"
#include "schema/read_keys.h"

#define BIT(type) (UINT32_C(1) << SCHEMA_FIELD_##type)
#define COMPUTED  (BIT(FORMULA) | BIT(ROLLUP) | BIT(CHILDREN) | BIT(SERIES))
#define ANY_TYPE  (BIT(SERIES) * 2 - 1)
#define TYPED     (ANY_TYPE & ~COMPUTED)
#define CHOICES   (BIT(CHOICE) | BIT(CHOICES))
#define PLAIN                                                                                      \
    (BIT(TEXT) | BIT(INTEGER) | BIT(DECIMAL) | BIT(BOOLEAN) | BIT(DATE) | BIT(TIME) |              \
     BIT(CHOICE) | BIT(REF) | BIT(SERIES))
#define SORTABLE (PLAIN | BIT(MONEY) | BIT(FORMULA) | BIT(ROLLUP))
#define SEARCHABLE                                                                                 \
    (BIT(TEXT) | BIT(LONG_TEXT) | BIT(LABELLED) | BIT(SERIES) | BIT(CHOICE) | BIT(FORMULA))
#define DEFAULTABLE ((PLAIN | BIT(MONEY) | BIT(LONG_TEXT)) & ~BIT(SERIES))

static const char *const constructors[] = {
#define WORD(name, word, value, storage) word,
    SCHEMA_FIELD_TYPES(WORD)
#undef WORD
        "emails",
    "phones", "addresses", "messengers"};

const char *const *schema_read_constructors(size_t *ret_count) {
    *ret_count = sizeof constructors / sizeof constructors[0];
    return constructors;
}

bool schema_read_constructor(struct str word, enum schema_field_type *ret_type,
                             enum schema_labelled_kind *ret_labelled) {
    static const enum schema_labelled_kind kinds[] = {SCHEMA_LABELLED_EMAIL, SCHEMA_LABELLED_PHONE,
                                                      SCHEMA_LABELLED_ADDRESS,
                                                      SCHEMA_LABELLED_MESSENGER};
    for (size_t i = 0; i < sizeof constructors / sizeof constructors[0]; i++) {
        if (!str_is(word, constructors[i])) continue;
        *ret_type = i < SCHEMA_FIELD_TYPE_COUNT ? (enum schema_field_type)i : SCHEMA_FIELD_LABELLED;
        *ret_labelled =
            i < SCHEMA_FIELD_TYPE_COUNT ? SCHEMA_LABELLED_TEXT : kinds[i - SCHEMA_FIELD_TYPE_COUNT];
        return true;
    }
    return false;
}

static crm_status read_index(const struct reader *r, const struct schema_node *n, void *to,
                             struct err *err) {
    struct schema_field_definition *f = to;
    if (n->kind != SCHEMA_NODE_BOOLEAN) return read_wrong_kind(r, n, "index", "true or false", err);
    f->index = n->boolean ? SCHEMA_INDEX_YES : SCHEMA_INDEX_NO;
    return CRM_OK;
}

static crm_status read_scope(const struct reader *r, const struct schema_node *n, void *to,
                             struct err *err) {
    struct schema_field_definition *f = to;
    bool is_text = n->kind == SCHEMA_NODE_TEXT;
    if (!is_text || (!str_is(n->text, "viewer") && !str_is(n->text, "system")))
        return read_wrong_kind(r, n, "scope", "\"system\" or \"viewer\"", err);
    f->viewer = str_is(n->text, "viewer");
    return CRM_OK;
}

static crm_status read_places(const struct reader *r, const struct schema_node *n, void *to,
                              struct err *err) {
    struct schema_field_definition *f = to;
    if (n->kind != SCHEMA_NODE_INTEGER || n->integer < 0 || n->integer > 6)
        return read_wrong_kind(r, n, "places", "a whole number from 0 to 6", err);
    f->places = (int32_t)n->integer + 1;
    return CRM_OK;
}

/* A text is an expression ("'new'", "today()"); numbers and booleans are themselves. */
static crm_status read_default(const struct reader *r, const struct schema_node *n, void *to,
                               struct err *err) {
    struct schema_field_definition *f = to;
    f->default_kind = SCHEMA_DEFAULT_LITERAL;
    switch (n->kind) {
    case SCHEMA_NODE_BOOLEAN:
        f->default_literal = value_bool(n->boolean);
        return CRM_OK;
    case SCHEMA_NODE_INTEGER:
        f->default_literal = value_int(n->integer);
        return CRM_OK;
    case SCHEMA_NODE_DECIMAL:
        f->default_literal = value_decimal(n->integer);
        return CRM_OK;
    case SCHEMA_NODE_TEXT:
        f->default_kind = SCHEMA_DEFAULT_EXPRESSION;
        return read_text(r, n, "default", &f->default_text, err);
    default:
        return read_wrong_kind(r, n, "default", "a number, true, false or an expression", err);
    }
}

static crm_status read_timeline(const struct reader *r, const struct schema_node *n, void *to,
                                struct err *err) {
    struct schema_field_definition *f = to;
    if (n->kind == SCHEMA_NODE_BOOLEAN)
        f->timeline = n->boolean ? SCHEMA_TIMELINE_BOTH : SCHEMA_TIMELINE_NONE;
    else if (n->kind == SCHEMA_NODE_TEXT && str_is(n->text, "shows"))
        f->timeline = SCHEMA_TIMELINE_SHOWS;
    else if (n->kind == SCHEMA_NODE_TEXT && str_is(n->text, "shown"))
        f->timeline = SCHEMA_TIMELINE_SHOWN;
    else
        return read_wrong_kind(r, n, "timeline", "true, \"shows\" or \"shown\"", err);
    return CRM_OK;
}

static crm_status read_timeline_of(const struct reader *r, const struct schema_node *n, void *to,
                                   struct err *err) {
    struct schema_field_definition *f = to;
    if (n->kind != SCHEMA_NODE_BOOLEAN)
        return read_wrong_kind(r, n, "timeline_of", "true or false", err);
    f->timeline = n->boolean ? SCHEMA_TIMELINE_SHOWN : SCHEMA_TIMELINE_NONE;
    return CRM_OK;
}

static crm_status read_attributes(const struct reader *r, const struct schema_node *n, void *to,
                                  struct err *err) {
    struct schema_field_definition *f = to;
    return read_fields(r, n, "fields", &f->attributes, &f->attribute_count, err);
}

/* The constructor of a field written as JSON; it has been looked at already. */
static crm_status read_type(const struct reader *r, const struct schema_node *n, void *to,
                            struct err *err) {
    (void)to;
    return r->node->tag.len ? read_wrong_kind(r, n, "type", "left out", err) : CRM_OK;
}

/* What `ref "user"` says without a key: the key "" of the map. */
static crm_status read_positional(const struct reader *r, const struct schema_node *n, void *to,
                                  struct err *err) {
    struct schema_field_definition *f = to;
    switch (f->type) {
    case SCHEMA_FIELD_REF:
    case SCHEMA_FIELD_LINKS:
    case SCHEMA_FIELD_CHILDREN:
        return read_text(r, n, "the entity", &f->entity, err);
    case SCHEMA_FIELD_CHOICE:
    case SCHEMA_FIELD_CHOICES:
        return read_text(r, n, "the directory", &f->directory, err);
    case SCHEMA_FIELD_FORMULA:
        return read_text(r, n, "the expression", &f->formula, err);
    case SCHEMA_FIELD_SERIES:
        return read_text(r, n, "the number series", &f->series, err);
    default:
        return read_wrong_kind(r, n, schema_field_type_word(f->type), "a table or nothing", err);
    }
}

#define AT_MEMBER(member) offsetof(struct schema_field_definition, member)
static const char *const on_delete_words[] = {"keep", "clear", "refuse", "with", NULL};
static const struct read_key keys[] = {
    {"", READ_CUSTOM, 0, 0, NULL, 0, 0, read_positional},
    {"type", READ_CUSTOM, 0, 0, NULL, 0, 0, read_type},
    {"entity", READ_TEXT, AT_MEMBER(entity), BIT(REF) | BIT(LINKS) | BIT(CHILDREN), NULL, 0, 0,
     NULL},
    {"directory", READ_TEXT, AT_MEMBER(directory), CHOICES, NULL, 0, 0, NULL},
    {"formula", READ_TEXT, AT_MEMBER(formula), BIT(FORMULA), NULL, 0, 0, NULL},
    {"series", READ_TEXT, AT_MEMBER(series), BIT(SERIES), NULL, 0, 0, NULL},
    {"label", READ_LABEL, AT_MEMBER(label), 0, NULL, 0, 0, NULL},
    {"help", READ_LABEL, AT_MEMBER(help), 0, NULL, 0, 0, NULL},
    {"was", READ_TEXT, AT_MEMBER(was), 0, NULL, 0, 0, NULL},
    {"required", READ_BOOLEAN, AT_MEMBER(required), TYPED, NULL, 0, 0, NULL},
    {"required_when", READ_TEXT, AT_MEMBER(required_when), TYPED, NULL, 0, 0, NULL},
    {"visible_when", READ_TEXT, AT_MEMBER(visible_when), 0, NULL, 0, 0, NULL},
    {"read_only", READ_BOOLEAN, AT_MEMBER(read_only), ANY_TYPE & ~(BIT(FORMULA) | BIT(ROLLUP)),
     NULL, 0, 0, NULL},
    {"hidden", READ_BOOLEAN, AT_MEMBER(hidden), 0, NULL, 0, 0, NULL},
    {"unique", READ_BOOLEAN, AT_MEMBER(unique), PLAIN & ~BIT(BOOLEAN), NULL, 0, 0, NULL},
    {"search", READ_BOOLEAN, AT_MEMBER(search), SEARCHABLE, NULL, 0, 0, NULL},
    {"sort", READ_BOOLEAN, AT_MEMBER(sort), SORTABLE, NULL, 0, 0, NULL},
    {"index", READ_CUSTOM, 0, SORTABLE | BIT(REF_ANY) | BIT(FILE), NULL, 0, 0, read_index},
    {"default", READ_CUSTOM, 0, DEFAULTABLE, NULL, 0, 0, read_default},
    {"max", READ_INTEGER, AT_MEMBER(max_length), BIT(TEXT) | BIT(LONG_TEXT) | BIT(JSON), NULL, 1,
     100000, NULL},
    {"places", READ_CUSTOM, 0, BIT(DECIMAL) | BIT(FORMULA), NULL, 0, 0, read_places},
    {"open", READ_NOT, AT_MEMBER(closed), CHOICES, NULL, 0, 0, NULL},
    {"on_delete", READ_WORD, AT_MEMBER(on_delete), BIT(REF) | BIT(REF_ANY), on_delete_words, 0, 0,
     NULL},
    {"by", READ_TEXT, AT_MEMBER(by), BIT(CHILDREN) | BIT(ROLLUP), NULL, 0, 0, NULL},
    {"of", READ_TEXT, AT_MEMBER(entity), BIT(ROLLUP), NULL, 0, 0, NULL},
    {"value", READ_TEXT, AT_MEMBER(formula), BIT(ROLLUP), NULL, 0, 0, NULL},
    {"scope", READ_CUSTOM, 0, BIT(ROLLUP), NULL, 0, 0, read_scope},
    {"rate_on", READ_TEXT, AT_MEMBER(rate_on), BIT(MONEY), NULL, 0, 0, NULL},
    {"total_of", READ_TEXT, AT_MEMBER(total_of), BIT(MONEY), NULL, 0, 0, NULL},
    {"timeline", READ_CUSTOM, 0, BIT(REF), NULL, 0, 0, read_timeline},
    {"timeline_of", READ_CUSTOM, 0, BIT(REF), NULL, 0, 0, read_timeline_of},
    {"gaps", READ_BOOLEAN, AT_MEMBER(gaps), BIT(SERIES), NULL, 0, 0, NULL},
    {"fields", READ_CUSTOM, 0, BIT(LINKS), NULL, 0, 0, read_attributes},
};

const struct read_key *read_field_keys(size_t *ret_count) {
    *ret_count = sizeof keys / sizeof keys[0];
    return keys;
}

static struct str constructor_of(const struct schema_node *n) {
    const struct schema_node *type = n->tag.len ? NULL : schema_node_get(n, "type");
    return type && type->kind == SCHEMA_NODE_TEXT ? type->text : n->tag;
}

crm_status read_field(const struct reader *r, struct str name, const struct schema_node *n,
                      struct schema_field_definition *ret, struct err *err) {
    struct schema_field_definition f = {.origin = read_origin(r, n), .name = name};
    struct reader own = *r;
    own.subject = read_subject(r, name);
    own.origin = &f.origin;
    own.node = n;
    if (!schema_read_constructor(constructor_of(n), &f.type, &f.labelled))
        return read_wrong_kind(r, n, name.len ? arena_cstr(r->arena, name) : "field",
                               "a field such as text or ref \"user\"", err);
    if (n->kind == SCHEMA_NODE_LIST && n->list.count > 0)
        return read_wrong_kind(&own, &n->list.items[0],
                               f.type == SCHEMA_FIELD_LINKS ? "links"
                                                            : schema_field_type_word(f.type),
                               "a table with names", err);
    crm_status status = read_map(&own, keys, sizeof keys / sizeof keys[0], UINT32_C(1) << f.type,
                                 schema_field_type_word(f.type), &f, err);
    if (status == CRM_OK) *ret = f;
    return status;
}

crm_status read_field_change(const struct reader *r, struct schema_field_definition *f,
                             struct err *err) {
    static const char *const fixed[] = {"",         "type",       "entity", "directory", "formula",
                                        "series",   "was",        "by",     "of",        "value",
                                        "scope",    "rate_on",    "gaps",   "total_of",  "fields",
                                        "timeline", "timeline_of"};
    struct read_key changing[sizeof keys / sizeof keys[0]];
    size_t count = 0;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        bool stays = false;
        for (size_t k = 0; k < sizeof fixed / sizeof fixed[0]; k++)
            stays |= strcmp(keys[i].name, fixed[k]) == 0;
        if (!stays) changing[count++] = keys[i];
    }
    return read_map(r, changing, count, UINT32_C(1) << f->type, schema_field_type_word(f->type), f,
                    err);
}

crm_status read_fields(const struct reader *r, const struct schema_node *map, const char *key,
                       const struct schema_field_definition **ret, size_t *ret_count,
                       struct err *err) {
    crm_status status = read_is_map(r, map, key, err);
    if (status != CRM_OK || map->kind != SCHEMA_NODE_MAP) return status;
    struct schema_field_definition *fields =
        ARENA_ARRAY(r->arena, map->map.count + 1, struct schema_field_definition);
    if (!fields) return err_no_memory(err);
    for (size_t i = 0; i < map->map.count; i++) {
        status =
            read_field(r, map->map.entries[i].key, &map->map.entries[i].value, &fields[i], err);
        if (status != CRM_OK) return status;
    }
    *ret = fields;
    *ret_count = map->map.count;
    return CRM_OK;
}
