/* Views that a page draws: `view "name" { page = "board", entity = "...", fields = { amount = "..."
 * }
 * }`. What a page makes of a use is the page's business; names are checked where layers meet
 * (views.c). Threads: one at a time. */
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

crm_status read_view(const struct reader *r, struct err *err) {
    struct schema_view_definition view = {.origin = *r->origin, .name = r->subject};
    crm_status status =
        read_map(r, view_keys, sizeof view_keys / sizeof *view_keys, 0, NULL, &view, err);
    if (status == CRM_OK && !view.entity.len) status = read_missing(r, "`entity`", err);
    return status == CRM_OK ? schema_definitions_add_view(r->definitions, &view, err) : status;
}
