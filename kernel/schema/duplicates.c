/* What makes two records of an entity the same: reading the rules, checking them, and their place
 * in the snapshot. How keys are made and found says record/duplicate.h. Threads: one at a time. */
#include "base/unicode.h"
#include "schema/build.h"
#include "schema/messages.h"
#include "schema/read_keys.h"

enum { DUPLICATE_RULES_MAX = 12, DUPLICATE_FIELDS_MAX = 4, DUPLICATE_IGNORED_MAX = 100 };

#define AT(member) offsetof(struct schema_duplicate_definition, member)

/* ---- reading ------------------------------------------------------------------------------- */

static crm_status read_fields_of(const struct reader *r, const struct schema_node *n, void *to,
                                 struct err *err) {
    struct schema_duplicate_definition *it = to;
    return read_names(r, n, "fields", &it->fields, &it->field_count, err);
}

static crm_status read_ignored(const struct reader *r, const struct schema_node *n, void *to,
                               struct err *err) {
    struct schema_duplicate_definition *it = to;
    return read_names(r, n, "ignore", &it->ignore, &it->ignore_count, err);
}

static const struct read_key keys[] = {
    {"fields", READ_CUSTOM, 0, 0, NULL, 0, 0, read_fields_of},
    {"score", READ_INTEGER, AT(score), 0, NULL, 1, 100, NULL},
    {"digits", READ_BOOLEAN, AT(digits), 0, NULL, 0, 0, NULL},
    {"ignore", READ_CUSTOM, 0, 0, NULL, 0, 0, read_ignored},
};

const struct read_key *read_duplicate_keys(size_t *ret_count) {
    *ret_count = sizeof keys / sizeof *keys;
    return keys;
}

static crm_status read_rule(const struct reader *r, const struct schema_node *n,
                            struct schema_duplicate_definition *ret, struct err *err) {
    struct schema_duplicate_definition it = {.origin = read_origin(r, n)};
    struct reader own = *r;
    own.subject = read_subject(r, STR("duplicates"));
    own.node = n;
    crm_status status = read_is_map(r, n, "duplicates", err);
    if (status == CRM_OK)
        status = read_map(&own, keys, sizeof keys / sizeof *keys, 0, NULL, &it, err);
    if (status != CRM_OK) return status;
    if (it.field_count == 0 || it.field_count > DUPLICATE_FIELDS_MAX ||
        it.ignore_count > DUPLICATE_IGNORED_MAX)
        return read_missing(&own, "`fields`, a list of one to four names", err);
    if (it.score == 0) return read_missing(&own, "`score`, a number from 1 to 100", err);
    *ret = it;
    return CRM_OK;
}

crm_status read_duplicates(const struct reader *r, const struct schema_node *n, void *to,
                           struct err *err) {
    struct schema_entity_definition *e = to;
    crm_status status = read_is_list(r, n, "duplicates", err);
    if (status != CRM_OK) return status;
    if (n->list.count > DUPLICATE_RULES_MAX)
        return read_wrong_kind(r, n, "duplicates", "a list of up to twelve rules", err);
    struct schema_duplicate_definition *rules =
        ARENA_ARRAY(r->arena, n->list.count + 1, struct schema_duplicate_definition);
    if (!rules) return err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < n->list.count; i++)
        status = read_rule(r, &n->list.items[i], &rules[i], err);
    e->duplicates = rules;
    e->duplicate_count = n->list.count;
    e->says_duplicates = true;
    return status;
}

/* ---- checking ------------------------------------------------------------------------------ */

static bool has_key(const struct schema_field_definition *f) {
    switch (f->type) {
    case SCHEMA_FIELD_TEXT:
    case SCHEMA_FIELD_CHOICE:
    case SCHEMA_FIELD_FORMULA:
    case SCHEMA_FIELD_LABELLED:
    case SCHEMA_FIELD_REF:
    case SCHEMA_FIELD_DATE:
    case SCHEMA_FIELD_INTEGER:
        return true;
    default:
        return false;
    }
}

/* Candidates are found by what has an index already: items of lists, and words. */
static bool is_findable(const struct schema_field_definition *f) {
    return f->type == SCHEMA_FIELD_LABELLED || f->search;
}

static crm_status wrong_field(const struct draft_entity *e, const struct draft_field *f,
                              const struct schema_origin *at, struct err *err) {
    const struct str args[] = {STR("duplicates"), e->def->name,
                               STR("text, choice, formula, ref, date, integer, one labelled list"),
                               f->def.name, str_from(schema_field_type_word(f->def.type))};
    err_set_args(err, CRM_INVALID, &schema_field_type_of, args, 5);
    schema_err_at(err, at);
    return CRM_INVALID;
}

static crm_status check_rule(const struct draft_entity *e,
                             const struct schema_duplicate_definition *it, struct err *err) {
    bool found = false;
    size_t lists = 0;
    for (size_t i = 0; i < it->field_count; i++) {
        const struct draft_field *f = draft_field_find(e, it->fields[i]);
        if (!f) return draft_unknown_field(e, it->fields[i], &it->origin, err);
        lists += f->def.type == SCHEMA_FIELD_LABELLED;
        if (!has_key(&f->def) || lists > 1) return wrong_field(e, f, &it->origin, err);
        found |= is_findable(&f->def);
    }
    if (found) return CRM_OK;
    const struct str args[] = {e->def->name, it->fields[0]};
    err_set_args(err, CRM_INVALID, &schema_duplicate_unsearched, args, 2);
    schema_err_at(err, &it->origin);
    return CRM_INVALID;
}

crm_status draft_check_duplicates(const struct draft_entity *e, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < e->def->duplicate_count; i++)
        status = check_rule(e, &e->def->duplicates[i], err);
    return status;
}

/* ---- the snapshot -------------------------------------------------------------------------- */

static struct str folded_word(struct builder *b, struct str word) {
    struct str folded = fold_key_arena(&b->snapshot->arena, word);
    b->exhausted |= !folded.ptr;
    return folded;
}

crm_status build_duplicates(struct builder *b, size_t position, struct err *err) {
    const struct draft_entity *from = &b->draft->entities[position];
    struct arena *a = &b->snapshot->arena;
    size_t count = from->def->duplicate_count;
    struct schema_duplicate *rules = ARENA_ARRAY(a, count + 1, struct schema_duplicate);
    for (size_t i = 0; rules && i < count; i++) {
        const struct schema_duplicate_definition *it = &from->def->duplicates[i];
        int32_t *slots = ARENA_ARRAY(a, it->field_count + 1, int32_t);
        struct str *ignore = ARENA_ARRAY(a, it->ignore_count + 1, struct str);
        if (!slots || !ignore) return err_no_memory(err);
        for (size_t k = 0; k < it->field_count; k++)
            slots[k] = (int32_t)(draft_field_find(from, it->fields[k]) - from->fields);
        for (size_t k = 0; k < it->ignore_count; k++)
            ignore[k] = folded_word(b, it->ignore[k]);
        rules[i] = (struct schema_duplicate){slots,     it->field_count, ignore, it->ignore_count,
                                             it->score, it->digits};
    }
    if (!rules) return err_no_memory(err);
    b->entities[position].duplicates = rules;
    b->entities[position].duplicate_count = count;
    return CRM_OK;
}
