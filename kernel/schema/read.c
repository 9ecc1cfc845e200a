/* Maps by tables of keys. What the keys are stands in read_field.c, read_entity.c and read_other.c.
 * Threads: one at a time. */
#include <stdio.h>

#include "schema/messages.h"
#include "schema/names.h"
#include "schema/read_keys.h"

struct schema_origin read_origin(const struct reader *r, const struct schema_node *n) {
    struct schema_origin origin = *r->origin;
    if (n && n->line > 0) origin.line = n->line;
    return origin;
}

struct str read_subject(const struct reader *r, struct str part) {
    struct str s = arena_printf(r->arena, "%.*s.%.*s", STR_ARG(r->subject), STR_ARG(part));
    return s.ptr ? s : part;
}

static crm_status fail_at(const struct reader *r, const struct schema_node *n, crm_status status,
                          struct err *err) {
    struct schema_origin origin = read_origin(r, n && n->line ? n : r->node);
    schema_err_at(err, &origin);
    return status;
}

crm_status read_wrong_kind(const struct reader *r, const struct schema_node *n, const char *key,
                           const char *wanted, struct err *err) {
    bool empty = n->kind == SCHEMA_NODE_TEXT && n->text.len == 0;
    const struct str found = n->tag.len ? n->tag
                             : empty    ? STR("\"\"")
                                        : str_from(schema_node_word(n));
    const struct str args[] = {str_from(key), r->subject, str_from(wanted), found};
    return fail_at(r, n, err_set_args(err, CRM_INVALID, &schema_value_kind, args, 4), err);
}

crm_status read_missing(const struct reader *r, const char *what, struct err *err) {
    const struct str args[] = {r->subject, str_from(what)};
    return fail_at(r, NULL, err_set_args(err, CRM_INVALID, &schema_missing, args, 2), err);
}

crm_status read_is_map(const struct reader *r, const struct schema_node *n, const char *key,
                       struct err *err) {
    bool empty = n->kind == SCHEMA_NODE_LIST && n->list.count == 0;
    return (n->kind == SCHEMA_NODE_MAP || empty) && !n->tag.len
               ? CRM_OK
               : read_wrong_kind(r, n, key, "a table with names", err);
}

crm_status read_is_list(const struct reader *r, const struct schema_node *n, const char *key,
                        struct err *err) {
    return n->kind == SCHEMA_NODE_LIST && !n->tag.len ? CRM_OK
                                                      : read_wrong_kind(r, n, key, "a list", err);
}

crm_status read_text(const struct reader *r, const struct schema_node *n, const char *key,
                     struct str *ret, struct err *err) {
    if (n->kind != SCHEMA_NODE_TEXT || n->text.len == 0)
        return read_wrong_kind(r, n, key, "text", err);
    *ret = n->text;
    return CRM_OK;
}

crm_status read_label(const struct reader *r, const struct schema_node *n, const char *key,
                      struct schema_label *ret, struct err *err) {
    if (n->kind == SCHEMA_NODE_TEXT) {
        *ret = (struct schema_label){.text = {[LANGUAGE_EN] = n->text}};
        return CRM_OK;
    }
    if (n->kind != SCHEMA_NODE_MAP || n->tag.len)
        return read_wrong_kind(r, n, key, "text or { en = text, ru = text }", err);
    for (size_t i = 0; i < n->map.count; i++) {
        const struct schema_node_entry *entry = &n->map.entries[i];
        int language = 0;
        while (language < LANGUAGE_COUNT &&
               !str_is(entry->key, language_tag((enum language)language)))
            language++;
        if (language == LANGUAGE_COUNT) {
            const struct str args[] = {entry->key, str_from(key), STR("en, ru")};
            return fail_at(r, n, err_set_args(err, CRM_INVALID, &schema_unknown_key, args, 3), err);
        }
        crm_status status = read_text(r, &entry->value, key, &ret->text[language], err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

crm_status read_names(const struct reader *r, const struct schema_node *n, const char *key,
                      const struct str **ret, size_t *ret_count, struct err *err) {
    crm_status status = read_is_list(r, n, key, err);
    if (status != CRM_OK) return status;
    struct str *names = ARENA_ARRAY(r->arena, n->list.count + 1, struct str);
    if (!names) return err_no_memory(err);
    for (size_t i = 0; i < n->list.count; i++) {
        status = read_text(r, &n->list.items[i], key, &names[i], err);
        if (status != CRM_OK) return status;
    }
    *ret = names;
    *ret_count = n->list.count;
    return CRM_OK;
}

static bool fits_type(const struct read_key *key, uint32_t type_bit) {
    return !type_bit || !key->types || (key->types & type_bit);
}

static struct str list_keys(const struct reader *r, const struct read_key *keys, size_t count,
                            uint32_t type_bit) {
    struct str all = STR_NONE;
    for (size_t i = 0; i < count; i++) {
        if (!fits_type(&keys[i], type_bit)) continue;
        struct str next =
            arena_printf(r->arena, "%.*s%s%s", STR_ARG(all), all.len ? ", " : "", keys[i].name);
        if (next.ptr) all = next;
    }
    return all;
}

static crm_status unknown_key(const struct reader *r, const struct read_key *keys, size_t count,
                              uint32_t type_bit, struct str name, struct err *err) {
    struct schema_near near;
    schema_near_init(&near, name);
    for (size_t i = 0; i < count; i++)
        if (fits_type(&keys[i], type_bit)) schema_near_try(&near, str_from(keys[i].name));
    const struct str args[] = {name, r->subject,
                               near.best.len ? near.best : list_keys(r, keys, count, type_bit)};
    return fail_at(r, NULL,
                   err_set_args(err, CRM_INVALID,
                                near.best.len ? &schema_unknown_key_near : &schema_unknown_key,
                                args, 3),
                   err);
}

static crm_status read_integer(const struct reader *r, const struct read_key *key,
                               const struct schema_node *n, int32_t *ret, struct err *err) {
    if (n->kind != SCHEMA_NODE_INTEGER)
        return read_wrong_kind(r, n, key->name, "a whole number", err);
    if (n->integer >= key->from && n->integer <= key->to) {
        *ret = (int32_t)n->integer;
        return CRM_OK;
    }
    char from[16], to[16];
    (void)snprintf(from, sizeof from, "%d", (int)key->from);
    (void)snprintf(to, sizeof to, "%d", (int)key->to);
    const struct str args[] = {str_from(key->name), r->subject, str_from(from), str_from(to)};
    return fail_at(r, n, err_set_args(err, CRM_INVALID, &schema_value_range, args, 4), err);
}

static crm_status read_word(const struct reader *r, const struct read_key *key,
                            const struct schema_node *n, int *ret, struct err *err) {
    struct str text = STR_NONE, all = STR_NONE;
    crm_status status = read_text(r, n, key->name, &text, err);
    if (status != CRM_OK) return status;
    for (int i = 0; key->words[i]; i++) {
        if (str_is(text, key->words[i])) {
            *ret = i;
            return CRM_OK;
        }
        struct str next =
            arena_printf(r->arena, "%.*s%s%s", STR_ARG(all), all.len ? ", " : "", key->words[i]);
        if (next.ptr) all = next;
    }
    const struct str args[] = {str_from(key->name), r->subject, all, text};
    return fail_at(r, n, err_set_args(err, CRM_INVALID, &schema_value_word, args, 4), err);
}

static crm_status read_boolean(const struct reader *r, const struct read_key *key,
                               const struct schema_node *n, bool *ret, struct err *err) {
    if (n->kind != SCHEMA_NODE_BOOLEAN)
        return read_wrong_kind(r, n, key->name, "true or false", err);
    *ret = key->kind == READ_NOT ? !n->boolean : n->boolean;
    return CRM_OK;
}

static crm_status read_value(const struct reader *r, const struct read_key *key,
                             const struct schema_node *n, void *to, struct err *err) {
    char *at = (char *)to + key->offset;
    switch (key->kind) {
    case READ_TEXT:
        return read_text(r, n, key->name, (struct str *)(void *)at, err);
    case READ_BOOLEAN:
    case READ_NOT:
        return read_boolean(r, key, n, (bool *)at, err);
    case READ_INTEGER:
        return read_integer(r, key, n, (int32_t *)(void *)at, err);
    case READ_LABEL:
        return read_label(r, n, key->name, (struct schema_label *)(void *)at, err);
    case READ_WORD:
        return read_word(r, key, n, (int *)(void *)at, err);
    case READ_NAMES: {
        const struct str **names = (const struct str **)(void *)at;
        return read_names(r, n, key->name, names, (size_t *)(void *)(names + 1), err);
    }
    case READ_CUSTOM:
        break;
    }
    return key->fn(r, n, to, err);
}

crm_status read_map(const struct reader *r, const struct read_key *keys, size_t count,
                    uint32_t type_bit, const char *type_word, void *to, struct err *err) {
    if (r->node->kind != SCHEMA_NODE_MAP)
        return CRM_OK; /* an empty table; other kinds were refused before */
    for (size_t i = 0; i < r->node->map.count; i++) {
        const struct schema_node_entry *entry = &r->node->map.entries[i];
        size_t k = 0;
        while (k < count && !str_is(entry->key, keys[k].name))
            k++;
        if (k == count) return unknown_key(r, keys, count, type_bit, entry->key, err);
        if (!fits_type(&keys[k], type_bit)) {
            const struct str args[] = {str_from(type_word), entry->key};
            return fail_at(r, NULL, err_set_args(err, CRM_INVALID, &schema_not_for_type, args, 2),
                           err);
        }
        crm_status status = read_value(r, &keys[k], &entry->value, to, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}
