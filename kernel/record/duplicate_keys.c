/* Keys of a record by the rules of its entity. See duplicate.h.
 *
 * A key is the parts of all fields of a rule. A text gives its folded words in order of the
 * alphabet, so that "Ivanov Ivan" is "Ivan Ivanov", or its digits; a phone its last ten digits,
 * because the code of the country is written in many ways or not at all. */
#include <stdlib.h>
#include <string.h>

#include "base/unicode.h"
#include "record/duplicate.h"

enum { WORDS_MAX = 16, ITEMS_MAX = 32, DIGITS_MIN = 5, PHONE_DIGITS = 10, TEXT_MAX = 400 };

/* ---- parts --------------------------------------------------------------------------------- */

struct words {
    const struct schema_duplicate *rule;
    struct arena *arena;
    struct str list[WORDS_MAX];
    size_t count;
    bool exhausted;
};

static bool take_word(void *ctx, struct str word) {
    struct words *w = ctx;
    for (size_t i = 0; i < w->rule->ignore_count; i++)
        if (str_eq(w->rule->ignore[i], word)) return true;
    for (size_t i = 0; i < w->count; i++)
        if (str_eq(w->list[i], word)) return true;
    struct str kept = arena_str(w->arena, word);
    if (!kept.ptr) return !(w->exhausted = true);
    w->list[w->count++] = kept;
    return w->count < WORDS_MAX;
}

static int by_text(const void *a, const void *b) {
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static struct str joined(struct words *w) {
    struct str all = STR("");
    for (size_t i = 0; i < w->count && all.ptr; i++)
        all = arena_printf(w->arena, "%.*s%s%.*s", STR_ARG(all), i ? " " : "", STR_ARG(w->list[i]));
    return w->exhausted ? STR_NONE : all;
}

static bool words_of(struct words *w, struct str text) {
    struct str folded = fold_text_arena(w->arena, text);
    if (!folded.ptr) return false;
    fold_words(folded, take_word, w);
    return !w->exhausted;
}

struct str duplicate_words(struct arena *a, struct str text, const struct schema_duplicate *rule) {
    struct words w = {.rule = rule, .arena = a};
    return words_of(&w, text) ? joined(&w) : STR_NONE;
}

static struct str sorted_words(struct arena *a, struct str text,
                               const struct schema_duplicate *rule) {
    struct words w = {.rule = rule, .arena = a};
    if (!words_of(&w, text)) return STR_NONE;
    qsort(w.list, w.count, sizeof *w.list, by_text);
    return joined(&w);
}

/* Empty when there are too few to tell anything. */
static struct str digits_of(struct arena *a, struct str text, size_t last) {
    char *digits = arena_array(a, text.len + 1, 1);
    size_t count = 0;
    if (!digits) return STR_NONE;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9') digits[count++] = text.ptr[i];
    if (count < DIGITS_MIN) return STR("");
    size_t skipped = last && count > last ? count - last : 0;
    return str_make(digits + skipped, count - skipped);
}

struct str duplicate_item_key(const struct schema_field *f, struct str text, struct arena *a) {
    struct str digits = STR("");
    if (f->labelled == SCHEMA_LABELLED_PHONE) digits = digits_of(a, text, PHONE_DIGITS);
    return digits.len || !digits.ptr ? digits : fold_key_arena(a, text);
}

/* Empty: no value, and so no key; ptr NULL: no memory. */
static struct str value_part(struct arena *a, const struct schema_duplicate *rule,
                             const struct value *v) {
    if (v->type == VALUE_TEXT && rule->digits) return digits_of(a, v->text, 0);
    if (v->type == VALUE_TEXT) return sorted_words(a, v->text, rule);
    if (v->type == VALUE_NIL || v->type == VALUE_LIST) return STR("");
    return arena_printf(a, "%lld", (long long)v->integer);
}

/* ---- keys ---------------------------------------------------------------------------------- */

struct making {
    const struct duplicate_source *from;
    struct arena *arena;
    struct duplicate_record *record;
    size_t capacity;
};

static bool add_key(struct making *m, uint32_t rule, struct str text) {
    struct duplicate_record *r = m->record;
    struct duplicate_key *keys =
        arena_grow(m->arena, r->keys, r->key_count, &m->capacity, sizeof *keys);
    if (!keys || !text.ptr) return false;
    r->keys = keys;
    keys[r->key_count++] = (struct duplicate_key){rule, text};
    return true;
}

/* The parts of everything but the list; *ret_list the list. False: no memory; *ret_text of no
 * bytes: no key. */
static bool plain_parts(struct making *m, const struct schema_duplicate *rule,
                        const struct schema_field **ret_list, struct str *ret_text) {
    struct str text = STR("");
    for (size_t i = 0; i < rule->slot_count; i++) {
        const struct schema_field *f = schema_field_at(m->from->entity, rule->slots[i]);
        if (f->type == SCHEMA_FIELD_LABELLED) {
            *ret_list = f;
            continue;
        }
        struct str part = value_part(m->arena, rule, &m->from->values[f->slot]);
        if (!part.ptr) return false;
        if (part.len == 0) {
            *ret_text = STR("");
            return true;
        }
        text = arena_printf(m->arena, "%.*s\n%.*s", STR_ARG(text), STR_ARG(part));
        if (!text.ptr) return false;
    }
    *ret_text = *ret_list && text.len == 0 ? STR("\n") : text;
    return true;
}

static bool rule_keys(struct making *m, uint32_t position) {
    const struct schema_duplicate *rule = &m->from->entity->duplicates[position];
    const struct schema_field *list = NULL;
    struct str text = STR("");
    if (!plain_parts(m, rule, &list, &text)) return false;
    if (text.len == 0) return true;
    if (!list) return add_key(m, position, text);
    const struct read_items *items = &m->from->items[list->slot];
    for (size_t i = 0; i < items->count && i < ITEMS_MAX; i++) {
        struct str text_of = items->list[i].value.text;
        struct str part = list->labelled == SCHEMA_LABELLED_PHONE
                              ? digits_of(m->arena, text_of, PHONE_DIGITS)
                              : fold_key_arena(m->arena, text_of);
        if (!part.ptr) return false;
        if (part.len == 0) continue;
        struct str key = arena_printf(m->arena, "%.*s\n%.*s", STR_ARG(text), STR_ARG(part));
        if (!add_key(m, position, key)) return false;
    }
    return true;
}

crm_status duplicate_keys(const struct duplicate_source *from, uint32_t rules, struct arena *a,
                          struct duplicate_record *ret, struct err *err) {
    struct making m = {.from = from, .arena = a, .record = ret};
    ret->keys = NULL;
    ret->key_count = 0;
    for (uint32_t i = 0; i < from->entity->duplicate_count; i++)
        if ((rules >> i & 1) && !rule_keys(&m, i)) return err_no_memory(err);
    return CRM_OK;
}

uint32_t duplicate_agree(const struct duplicate_record *a, const struct duplicate_record *b) {
    uint32_t agreed = 0;
    for (size_t i = 0; i < a->key_count; i++)
        for (size_t k = 0; k < b->key_count; k++)
            if (a->keys[i].rule == b->keys[k].rule && str_eq(a->keys[i].text, b->keys[k].text))
                agreed |= UINT32_C(1) << a->keys[i].rule;
    return agreed;
}

/* ---- scores -------------------------------------------------------------------------------- */

static bool is_within(const struct schema_duplicate *small, const struct schema_duplicate *large) {
    for (size_t i = 0; i < small->slot_count; i++) {
        bool found = false;
        for (size_t k = 0; k < large->slot_count; k++)
            found |= large->slots[k] == small->slots[i];
        if (!found) return false;
    }
    return small->slot_count < large->slot_count;
}

static bool adds_nothing(const struct schema_entity *e, uint32_t rules, size_t rule) {
    for (size_t i = 0; i < e->duplicate_count; i++)
        if (i != rule && (rules >> i & 1) && is_within(&e->duplicates[rule], &e->duplicates[i]))
            return true;
    return false;
}

int32_t duplicate_score(const struct schema_entity *e, uint32_t rules) {
    int32_t left = 10000; /* hundredths of a per cent that speak against it, rounded up */
    for (size_t i = 0; i < e->duplicate_count; i++)
        if ((rules >> i & 1) && !adds_nothing(e, rules, i))
            left = (left * (100 - e->duplicates[i].score) + 99) / 100;
    if (!rules) return 0;
    return left > 0 && left < 100 ? 99 : 100 - left / 100;
}

/* ---- finding items ------------------------------------------------------------------------- */

/* A phone is stored as it was typed: with the code of the country, with a trunk prefix, without. */
static size_t phone_spellings(struct str text, struct arena *a, struct str *ret, size_t max) {
    static const char *const before[] = {"", "+7", "8", "7", "+1", "1", "0", "+"};
    struct str all = digits_of(a, text, 0), last = digits_of(a, text, PHONE_DIGITS);
    size_t count = 0;
    if (all.len == 0) return 0;
    if (count < max) ret[count++] = all;
    if (count < max) ret[count++] = arena_printf(a, "+%.*s", STR_ARG(all));
    for (size_t i = 0; last.len == PHONE_DIGITS && i < sizeof before / sizeof *before; i++)
        if (count < max) ret[count++] = arena_printf(a, "%s%.*s", before[i], STR_ARG(last));
    return count;
}

size_t duplicate_spellings(const struct schema_field *f, struct str text, struct arena *a,
                           struct str *ret, size_t max) {
    if (f->labelled == SCHEMA_LABELLED_PHONE) return phone_spellings(text, a, ret, max);
    if (max == 0 || text.len > TEXT_MAX) return 0;
    ret[0] = fold_key_arena(a, text);
    return ret[0].len ? 1 : 0;
}
