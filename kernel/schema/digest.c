/* The digest of all definitions: two programs with the same one have the same schema. Every element
 * is written out as text with its borders and hashed. Threads: one at a time. */
#include "base/digest.h"

#include "schema/build.h"

enum { DIGEST_TEXT_MAX = 32 * 1024 * 1024 };

static void put(struct buf *out, struct str s) {
    buf_add_uint64(out, s.len);
    buf_add_char(out, ':');
    buf_add_str(out, s);
}

static void put_label(struct buf *out, const struct schema_label *l) {
    for (int i = 0; i < LANGUAGE_COUNT; i++)
        put(out, l->text[i]);
}

static void put_number(struct buf *out, int64_t n) {
    buf_add_int64(out, n);
    buf_add_char(out, ';');
}

static void put_default(struct buf *out, const struct schema_field_definition *f) {
    put_number(out, f->default_kind);
    put(out, f->default_text);
    if (f->default_kind != SCHEMA_DEFAULT_LITERAL) return;
    put_number(out, f->default_literal.type);
    if (f->default_literal.type == VALUE_TEXT)
        put(out, f->default_literal.text);
    else
        put_number(out, f->default_literal.type == VALUE_BOOL ? f->default_literal.boolean
                                                              : f->default_literal.integer);
}

static void put_field(struct buf *out, const struct schema_field_definition *f) {
    const struct str texts[] = {f->name,    f->was,       f->origin.owner, f->entity,
                                f->by,      f->directory, f->visible_when, f->required_when,
                                f->formula, f->rate_on,   f->series,       f->total_of};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        put(out, texts[i]);
    put_label(out, &f->label);
    put_label(out, &f->help);
    const int64_t numbers[] = {f->type,   f->required,  f->unique,   f->read_only,
                               f->hidden, f->search,    f->sort,     f->closed,
                               f->gaps,   f->viewer,    f->index,    f->max_length,
                               f->places, f->on_delete, f->labelled, f->timeline};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        put_number(out, numbers[i]);
    put_default(out, f);
    for (size_t i = 0; i < f->attribute_count; i++)
        put_field(out, &f->attributes[i]);
}

static void put_names(struct buf *out, const struct str *names, size_t count) {
    put_number(out, (int64_t)count);
    for (size_t i = 0; i < count; i++)
        put(out, names[i]);
}

static void put_entity(struct buf *out, const struct draft_entity *e) {
    const struct schema_entity_definition *d = e->def;
    put(out, d->name);
    put(out, d->title);
    put(out, d->icon);
    put(out, e->pipeline_closed);
    put(out, e->pipeline_since);
    put(out, e->pipeline_probability);
    put(out, d->timeline_at);
    if (d->open.len) put(out, d->open);
    for (size_t i = 0; i < d->timeline_by_count; i++)
        put(out, d->timeline_by[i]);
    put_label(out, &d->label);
    put_label(out, &d->label_plural);
    const int64_t numbers[] = {d->pipeline,   d->resident,  d->system,
                               d->no_log,     d->unlisted,  d->substring_search,
                               e->has_before, e->has_after, e->serial};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        put_number(out, numbers[i]);
    for (size_t i = 0; i < e->field_count; i++)
        put_field(out, &e->fields[i].def);
    for (size_t i = 0; i < e->rule_count; i++) {
        put(out, e->rules[i].when);
        put(out, e->rules[i].refuse);
        put(out, e->rules[i].code);
        put_label(out, &e->rules[i].message);
        put_number(out, e->rules[i].flag_only);
    }
    for (size_t i = 0; i < d->duplicate_count; i++) {
        put_names(out, d->duplicates[i].fields, d->duplicates[i].field_count);
        put_names(out, d->duplicates[i].ignore, d->duplicates[i].ignore_count);
        put_number(out, d->duplicates[i].score);
        put_number(out, d->duplicates[i].digits);
    }
}

static void put_role(struct buf *out, const struct schema_role_definition *r) {
    put(out, r->name);
    put_label(out, &r->label);
    put_number(out, r->admin);
    put_names(out, r->permissions, r->permission_count);
    for (size_t i = 0; i < r->grant_count; i++) {
        const struct schema_grant_definition *g = &r->grants[i];
        put(out, g->entity);
        put_names(out, g->rows, SCHEMA_ACTION_COUNT);
        put_names(out, g->hidden, g->hidden_count);
        put_names(out, g->locked, g->locked_count);
        put_names(out, g->only, g->only_count);
    }
}

static void put_stock(struct buf *out, const struct schema_definitions *d) {
    for (size_t i = 0; i < d->directory_count; i++) {
        put(out, d->directories[i].name);
        put_label(out, &d->directories[i].label);
        for (size_t k = 0; k < d->directories[i].item_count; k++) {
            put(out, d->directories[i].items[k].code);
            put_label(out, &d->directories[i].items[k].label);
            put(out, d->directories[i].items[k].color);
            put(out, d->directories[i].items[k].was);
            put_number(out, d->directories[i].items[k].active);
            for (size_t n = 0; n < d->directories[i].items[k].value_count; n++) {
                put(out, d->directories[i].items[k].values[n].name);
                put(out, d->directories[i].items[k].values[n].text);
            }
        }
    }
    for (size_t i = 0; i < d->pipeline_count; i++) {
        put(out, d->pipelines[i].entity);
        put(out, d->pipelines[i].name);
        for (size_t k = 0; k < d->pipelines[i].stage_count; k++) {
            const struct schema_stage *s = &d->pipelines[i].stages[k];
            put(out, s->name);
            put(out, s->was);
            put(out, s->kind);
            put_label(out, &s->label);
            put_number(out, s->probability);
            put_number(out, s->limit_days);
        }
    }
    for (size_t i = 0; i < d->extra_count; i++) {
        put(out, d->extras[i].kind);
        put(out, d->extras[i].name);
        put(out, d->extras[i].json);
    }
}

crm_status build_digest(struct builder *b, struct err *err) {
    BUF_CLEANUP struct buf text, hex;
    buf_init(&text, DIGEST_TEXT_MAX);
    buf_init(&hex, 2 * DIGEST_BYTES);
    for (size_t i = 0; i < b->draft->entity_count; i++)
        put_entity(&text, &b->draft->entities[i]);
    for (size_t i = 0; i < b->draft->definitions->role_count; i++)
        put_role(&text, &b->draft->definitions->roles[i]);
    put_stock(&text, b->draft->definitions);
    if (text.status != CRM_OK) return err_no_memory(err);
    struct digest digest;
    digest_parts(&(struct digest_part){text.ptr, text.len}, 1, &digest);
    hex_format(digest.bytes, sizeof digest.bytes, &hex);
    b->schema->digest = build_keep(b, buf_str(&hex));
    return hex.status == CRM_OK ? CRM_OK : err_no_memory(err);
}
