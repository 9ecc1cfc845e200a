/* What later layers change in entities and fields of earlier ones: a plugin that calls a thing by
 * the name of its trade, an administrator who makes a field required.
 *
 * Beside a change stands, under `below`, what the earlier layers said when it was decided. When
 * they say something else later on - a module was upgraded - the two meet: the change stays in
 * force, and the plan asks. Threads: one at a time; memory is the draft's arena. */
#include "schema/draft.h"
#include "schema/messages.h"
#include "schema/plan.h"
#include "schema/read_keys.h"
#include "schema/write.h"

enum { KEY_MAX_BYTES = 1 << 20 };

struct str draft_node_text(struct arena *a, const struct schema_node *n) {
    BUF_CLEANUP struct buf text;
    struct json_writer w;
    buf_init(&text, KEY_MAX_BYTES);
    if (!n || n->kind == SCHEMA_NODE_NIL) return STR("");
    json_writer_init(&w, &text);
    schema_node_json(n, &w);
    return text.status == CRM_OK ? arena_str(a, buf_str(&text)) : STR_NONE;
}

/* What is said of a field, as written. */
static crm_status said(struct draft *d, const struct schema_field_definition *f,
                       struct schema_node *ret, struct err *err) {
    struct str text = schema_field_text(d->arena, f);
    return text.ptr ? schema_node_parse(d->arena, text, ret, err) : err_no_memory(err);
}

/* Definitions go before the plan does: names are copied. */
static crm_status keep(struct draft *d, struct schema_overlay o, struct err *err) {
    struct schema_overlay *overlays =
        arena_grow(d->arena, d->overlays, d->overlay_count, &d->overlay_capacity, sizeof *overlays);
    struct str *const names[] = {&o.owner, &o.kind, &o.name, &o.part, &o.key, &o.subject};
    bool is_whole = overlays && o.below.ptr && o.above.ptr && o.noted.ptr;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        *names[i] = names[i]->len ? arena_str(d->arena, *names[i]) : STR("");
        is_whole &= names[i]->ptr != NULL;
    }
    if (!is_whole) return err_no_memory(err);
    d->overlays = overlays;
    overlays[d->overlay_count++] = o;
    return CRM_OK;
}

crm_status draft_note(struct draft *d, struct schema_overlay o, bool *ret_stands, struct err *err) {
    bool takes = wishes_take(d->wishes, o.subject, STR_NONE),
         keeps = wishes_keep(d->wishes, o.subject, STR_NONE);
    bool differs = o.is_noted && !str_eq(o.noted, o.below) && !str_eq(o.above, o.below);
    o.is_taken = differs && takes;
    o.is_met = differs && !takes && !keeps;
    *ret_stands = !o.is_taken;
    return keep(d, o, err);
}

/* Every key of a change is noted; what is left of it without the keys that are taken from below
 * goes to *ret_laid. */
static crm_status note_keys(struct draft *d, const struct schema_entity_definition *def,
                            const struct schema_overlay_definition *change,
                            const struct schema_node *now, struct schema_node *ret_laid,
                            struct err *err) {
    struct str subject = change->field.len ? arena_printf(d->arena, "%.*s.%.*s", STR_ARG(def->name),
                                                          STR_ARG(change->field))
                                           : def->name;
    size_t count = change->node->map.count;
    struct schema_node_entry *laid = ARENA_ARRAY(d->arena, count + 1, struct schema_node_entry);
    crm_status status = laid && subject.ptr ? CRM_OK : err_no_memory(err);
    *ret_laid = (struct schema_node){.kind = SCHEMA_NODE_MAP, .map = {laid, 0}};
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        const struct schema_node_entry *entry = &change->node->map.entries[i];
        const struct schema_node *noted = schema_node_find(change->below, entry->key);
        bool stands = true;
        status =
            draft_note(d,
                       (struct schema_overlay){
                           .owner = def->origin.owner,
                           .kind = STR("extend"),
                           .name = def->name,
                           .part = change->field,
                           .key = entry->key,
                           .subject = subject,
                           .below = draft_node_text(d->arena, schema_node_find(now, entry->key)),
                           .noted = draft_node_text(d->arena, noted),
                           .above = draft_node_text(d->arena, &entry->value),
                           .is_noted = noted != NULL},
                       &stands, err);
        if (stands) laid[ret_laid->map.count++] = *entry;
    }
    return status;
}

/* Standard fields and those of `pipeline` have no definition that more could be said in. */
static crm_status check_fixed(const struct draft_field *f, const struct reader *r,
                              struct err *err) {
    for (size_t i = 0; (f->standard || f->made) && i < r->node->map.count; i++) {
        struct str key = r->node->map.entries[i].key;
        if (str_is(key, "label") || str_is(key, "help")) continue;
        const struct str args[] = {key, r->subject, STR("label, help")};
        err_set_args(err, CRM_INVALID, &schema_unknown_key, args, 3);
        schema_err_at(err, r->origin);
        return CRM_INVALID;
    }
    return CRM_OK;
}

/* A field that is not declared any more may still be in force: an administrator's change of it
 * waits, another layer's is a mistake. */
static crm_status change_field(struct draft *d, struct draft_entity *e,
                               const struct schema_entity_definition *def,
                               const struct schema_overlay_definition *change, struct err *err) {
    struct draft_field *f = draft_field_find(e, change->field);
    struct schema_node now = {.kind = SCHEMA_NODE_NIL}, laid;
    if (change->node->kind != SCHEMA_NODE_MAP) return CRM_OK; /* an empty table */
    if (!f && def->origin.layer != SCHEMA_LAYER_ADMIN)
        return draft_unknown_field(e, change->field, &def->origin, err);
    crm_status status = f ? said(d, &f->def, &now, err) : CRM_OK;
    if (status == CRM_OK) status = note_keys(d, def, change, &now, &laid, err);
    if (status != CRM_OK || !f) return status;
    const struct reader r = {
        .arena = d->arena,
        .origin = &def->origin,
        .subject = arena_printf(d->arena, "%.*s.%.*s", STR_ARG(def->name), STR_ARG(change->field)),
        .node = &laid};
    struct schema_field_definition changed = f->def;
    status = check_fixed(f, &r, err);
    if (status == CRM_OK) status = read_field_change(&r, &changed, err);
    if (status == CRM_OK) f->def = changed;
    return status;
}

static void name_it(struct schema_label *label, const struct schema_label *by) {
    for (int i = 0; i < LANGUAGE_COUNT; i++)
        if (by->text[i].len) label->text[i] = by->text[i];
}

/* What of it is not taken from below. */
static crm_status call_entity(struct draft *d, struct draft_entity *e,
                              const struct schema_entity_definition *def,
                              const struct schema_node *laid, struct err *err) {
    struct schema_entity_definition *own = ARENA_NEW(d->arena, struct schema_entity_definition);
    struct schema_entity_definition said = {.origin = def->origin, .name = def->name};
    const struct reader r = {
        .arena = d->arena, .origin = &def->origin, .subject = def->name, .node = laid};
    crm_status status = own ? read_entity_map(&r, &said, err) : err_no_memory(err);
    if (status != CRM_OK) return status;
    *own = *e->def;
    name_it(&own->label, &said.label);
    name_it(&own->label_plural, &said.label_plural);
    if (said.icon.len) own->icon = said.icon;
    if (said.title.len) own->title = said.title;
    if (said.says_duplicates) {
        own->duplicates = said.duplicates;
        own->duplicate_count = said.duplicate_count;
        own->says_duplicates = true;
    }
    e->def = own;
    return CRM_OK;
}

static crm_status change_entity(struct draft *d, struct draft_entity *e,
                                const struct schema_entity_definition *def,
                                const struct schema_overlay_definition *change, struct err *err) {
    struct schema_node now = {.kind = SCHEMA_NODE_NIL}, laid;
    struct str text = schema_entity_text(d->arena, e->def);
    crm_status status =
        text.ptr ? schema_node_parse(d->arena, text, &now, err) : err_no_memory(err);
    if (status == CRM_OK) status = note_keys(d, def, change, &now, &laid, err);
    return status == CRM_OK ? call_entity(d, e, def, &laid, err) : status;
}

crm_status draft_overlay(struct draft *d, struct draft_entity *e,
                         const struct schema_entity_definition *def, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < def->overlay_count; i++)
        status = def->overlays[i].field.len ? change_field(d, e, def, &def->overlays[i], err)
                                            : change_entity(d, e, def, &def->overlays[i], err);
    return status;
}
