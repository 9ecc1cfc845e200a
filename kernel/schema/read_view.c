/* Views that a page draws, and those that fill a slot of the client's pages: `view "name" { page =
 * "board", entity = "...", fields = { amount = "..."
 * }
 * }`. What a page makes of a use is the page's business; names are checked where layers meet
 * (views.c). Threads: one at a time. */
#include "schema/messages.h"
#include "schema/read_keys.h"

#define AT_VIEW(member) offsetof(struct schema_view_definition, member)

static crm_status read_use(const struct reader *r, const struct schema_node_entry *entry,
                           struct schema_view_fields *ret, struct err *err) {
    ret->use = entry->key;
    if (entry->value.kind != SCHEMA_NODE_TEXT)
        return read_names(r, &entry->value, "fields", &ret->names, &ret->count, err);
    struct str *one = ARENA_NEW(r->arena, struct str);
    if (!one) return err_no_memory(err);
    ret->names = one;
    ret->count = 1;
    return read_text(r, &entry->value, "fields", one, err);
}

static crm_status read_uses(const struct reader *r, const struct schema_node *n, void *to,
                            struct err *err) {
    struct schema_view_definition *view = to;
    crm_status status = read_is_map(r, n, "fields", err);
    if (status != CRM_OK || n->kind != SCHEMA_NODE_MAP) return status;
    struct schema_view_fields *uses =
        ARENA_ARRAY(r->arena, n->map.count + 1, struct schema_view_fields);
    if (!uses) return err_no_memory(err);
    for (size_t i = 0; i < n->map.count && status == CRM_OK; i++)
        status = read_use(r, &n->map.entries[i], &uses[i], err);
    view->fields = uses;
    view->field_count = n->map.count;
    return status;
}

static const struct read_key view_keys[] = {
    {"page", READ_TEXT, AT_VIEW(page), 0, NULL, 0, 0, NULL},
    {"slot", READ_TEXT, AT_VIEW(slot), 0, NULL, 0, 0, NULL},
    {"file", READ_TEXT, AT_VIEW(file), 0, NULL, 0, 0, NULL},
    {"part", READ_TEXT, AT_VIEW(part), 0, NULL, 0, 0, NULL},
    {"entity", READ_TEXT, AT_VIEW(entity), 0, NULL, 0, 0, NULL},
    {"label", READ_LABEL, AT_VIEW(label), 0, NULL, 0, 0, NULL},
    {"help", READ_LABEL, AT_VIEW(help), 0, NULL, 0, 0, NULL},
    {"icon", READ_TEXT, AT_VIEW(icon), 0, NULL, 0, 0, NULL},
    {"tone", READ_TEXT, AT_VIEW(tone), 0, NULL, 0, 0, NULL},
    {"where", READ_TEXT, AT_VIEW(where), 0, NULL, 0, 0, NULL},
    {"sort", READ_TEXT, AT_VIEW(sort), 0, NULL, 0, 0, NULL},
    {"position", READ_INTEGER, AT_VIEW(position), 0, NULL, 0, 1000000, NULL},
    {"fields", READ_CUSTOM, 0, 0, NULL, 0, 0, read_uses},
};

/* Places in the client's pages, and what each cannot do without. */
static const struct slot_kind {
    const char *name;
    bool of_entity, in_browser; /* needs an entity; Lua cannot draw it */
} slot_kinds[] = {
    {"record", true, false},     {"record.action", true, true}, {"list.column", true, true},
    {"list.action", true, true}, {"board.card", true, true},    {"home", false, false},
    {"page", false, false},      {"palette", false, true},      {"field", true, true}};
#define SLOT_NAMES                                                                                 \
    "record, record.action, list.column, list.action, board.card, home, page, palette, field"

static const struct slot_kind *slot_kind(struct str name) {
    for (size_t i = 0; i < sizeof slot_kinds / sizeof *slot_kinds; i++)
        if (str_is(name, slot_kinds[i].name)) return &slot_kinds[i];
    return NULL;
}

static crm_status check_slot(const struct reader *r, const struct schema_view_definition *view,
                             struct err *err) {
    const struct slot_kind *kind = slot_kind(view->slot);
    if (!kind || view->page.len) {
        const struct str args[] = {STR("slot"), r->subject, STR(SLOT_NAMES), view->slot};
        const struct str both[] = {STR("page"), r->subject, STR("absent beside `slot`"),
                                   view->page};
        crm_status status =
            err_set_args(err, CRM_INVALID, &schema_value_word, kind ? both : args, 4);
        schema_err_at(err, r->origin);
        return status;
    }
    if (kind->of_entity && !view->entity.len) return read_missing(r, "`entity`", err);
    if (kind->in_browser && !view->file.len) return read_missing(r, "`file`", err);
    if (!view->label.text[LANGUAGE_EN].len) return read_missing(r, "`label`", err);
    return CRM_OK;
}

bool read_is_view(const struct schema_node *n) {
    return schema_node_get(n, "page") || schema_node_get(n, "slot");
}

crm_status read_view(const struct reader *r, struct schema_view_definition *ret, struct err *err) {
    ret->name = r->subject;
    crm_status status =
        read_map(r, view_keys, sizeof view_keys / sizeof *view_keys, 0, NULL, ret, err);
    if (status == CRM_OK && ret->slot.len) return check_slot(r, ret, err);
    return status == CRM_OK && !ret->entity.len ? read_missing(r, "`entity`", err) : status;
}
