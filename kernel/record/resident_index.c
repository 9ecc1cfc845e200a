/* What resident data is found by besides the id: choices by directory and text, rates by day.
 *
 * Made with the set, immutable afterwards, in the index's own arena. Texts compare by fold_key, so
 * that a code, a label in either language and other spellings of them find the stored code. */
#include "record/resident_set.h"

#include <stdlib.h>

#include "base/number.h"
#include "base/unicode.h"

static uint64_t choice_hash(struct str directory, struct str folded) {
    return str_hash(directory) * 31 + str_hash(folded);
}

static const struct resident_choice_key *choice_find(const struct resident_index *x,
                                                     struct str directory, struct str folded) {
    uint64_t hash = choice_hash(directory, folded);
    for (size_t at = (size_t)hash & x->choice_mask; x->choices && x->choices[at].code.ptr;
         at = (at + 1) & x->choice_mask)
        if (x->choices[at].hash == hash && str_eq(x->choices[at].directory, directory) &&
            str_eq(x->choices[at].folded, folded))
            return &x->choices[at];
    return NULL;
}

/* The first one to claim a text keeps it: codes are added before labels. */
static bool choice_add(struct resident_index *x, struct str text,
                       const struct resident_choice_key *of) {
    if (text.len == 0) return true;
    struct str folded = fold_key_arena(&x->arena, text);
    if (!folded.ptr) return false;
    if (choice_find(x, of->directory, folded)) return true;
    uint64_t hash = choice_hash(of->directory, folded);
    size_t at = (size_t)hash & x->choice_mask;
    while (x->choices[at].code.ptr)
        at = (at + 1) & x->choice_mask;
    x->choices[at] = *of;
    x->choices[at].hash = hash;
    x->choices[at].folded = folded;
    x->has_leaving |= of->is_leaving;
    return true;
}

static bool is_label(const struct schema_field *f) {
    return f->type == SCHEMA_FIELD_TEXT &&
           (str_starts_with(f->name, STR("label")) || str_is(f->name, "name"));
}

static bool choices_add_all(struct resident *r, const struct resident_table *items,
                            const struct resident_table *directories, bool labels) {
    for (size_t i = 0; i < items->count; i++) {
        const struct value *row = items->rows[i];
        struct value parent = row_named(items->entity, row, "directory");
        const struct value *directory =
            value_is_nil(parent) ? NULL : resident_row(r, directories->entity, parent.integer);
        struct str name = value_str(row_named(directories->entity, directory, "name"));
        struct str code = value_str(row_named(items->entity, row, "code"));
        struct value leaving = row_named(items->entity, row, "leaving");
        const struct resident_choice_key of = {.directory = name,
                                               .code = code,
                                               .row = row,
                                               .is_leaving =
                                                   leaving.type == VALUE_BOOL && leaving.boolean};
        if (name.len == 0 || code.len == 0) continue;
        if (!labels && !choice_add(&r->index, code, &of)) return false;
        for (size_t f = 0; labels && f < items->entity->field_count; f++)
            if (is_label(&items->entity->fields[f]) &&
                !choice_add(&r->index, value_str(row[f]), &of))
                return false;
    }
    return true;
}

static bool choices_make(struct resident *r) {
    const struct resident_table *items = resident_table_named(r, "directory_item");
    const struct resident_table *directories = resident_table_named(r, "directory");
    if (!items || !directories) return true;
    size_t places = 64;
    while (places < items->count * 8)
        places *= 2;
    r->index.choices = ARENA_ARRAY(&r->index.arena, places, struct resident_choice_key);
    if (!r->index.choices) return false;
    r->index.choice_mask = places - 1;
    return choices_add_all(r, items, directories, false) &&
           choices_add_all(r, items, directories, true);
}

static int rate_compare(const void *left, const void *right) {
    const struct resident_rate_row *a = left, *b = right;
    int by_code = memcmp(a->currency.code, b->currency.code, sizeof a->currency.code);
    if (by_code != 0) return by_code;
    return a->day < b->day ? -1 : a->day > b->day;
}

static bool rates_make(struct resident *r) {
    const struct resident_table *rates = resident_table_named(r, "currency_rate");
    const struct resident_table *currencies = resident_table_named(r, "currency");
    if (!rates || !currencies || rates->count == 0) return true;
    r->index.rates = ARENA_ARRAY(&r->index.arena, rates->count, struct resident_rate_row);
    if (!r->index.rates) return false;
    for (size_t i = 0; i < rates->count; i++) {
        const struct value *row = rates->rows[i];
        struct value currency = row_named(rates->entity, row, "currency");
        struct value on = row_named(rates->entity, row, "on"),
                     rate = row_named(rates->entity, row, "rate");
        if (value_is_nil(on) || rate.type != VALUE_DECIMAL) continue;
        struct str code = value_str(currency);
        if (currency.type == VALUE_ID)
            code = value_str(row_named(
                currencies->entity, resident_row(r, currencies->entity, currency.integer), "code"));
        struct resident_rate_row *it = &r->index.rates[r->index.rate_count];
        if (!currency_parse(code, &it->currency)) continue;
        it->day = on.integer;
        it->rate_micro = rate.integer;
        r->index.rate_count++;
    }
    if (r->index.rate_count > 1)
        qsort(r->index.rates, r->index.rate_count, sizeof *r->index.rates, rate_compare);
    return true;
}

crm_status resident_index_make(struct resident *r, struct err *err) {
    if (!choices_make(r) || !rates_make(r)) return err_no_memory(err);
    return CRM_OK;
}

static bool find_choice(const struct resident *r, struct str directory, struct str text,
                        struct resident_choice_key *ret) {
    if (!r || !r->index.choices || text.len == 0) return false;
    struct arena scratch;
    arena_init(&scratch, 1 << 20);
    struct str folded = fold_key_arena(&scratch, text);
    const struct resident_choice_key *found =
        folded.ptr ? choice_find(&r->index, directory, folded) : NULL;
    if (found) *ret = *found;
    arena_fini(&scratch);
    return found != NULL;
}

bool resident_choice(const struct resident *r, struct str directory, struct str text,
                     struct str *ret_code) {
    struct resident_choice_key found;
    if (!find_choice(r, directory, text, &found)) return false;
    if (ret_code) *ret_code = found.code;
    return true;
}

const struct value *resident_choice_row(const struct resident *r, struct str directory,
                                        struct str code) {
    struct resident_choice_key found;
    return find_choice(r, directory, code, &found) ? found.row : NULL;
}

bool resident_leaves(const struct resident *r) { return r && r->index.has_leaving; }

/* The rate of `currency` in the base currency on `day`: the latest on or before it. */
static bool rate_on(const struct resident_index *x, struct currency currency, int64_t day,
                    int64_t *ret) {
    struct resident_rate_row wanted = {.currency = currency, .day = day};
    size_t low = 0, high = x->rate_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rate_compare(&x->rates[middle], &wanted) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 ||
        memcmp(x->rates[low - 1].currency.code, currency.code, sizeof currency.code) != 0)
        return false;
    *ret = x->rates[low - 1].rate_micro;
    return *ret > 0;
}

bool resident_rate(const struct resident *r, struct currency from, struct currency base,
                   int64_t day, int64_t *ret_rate_micro) {
    if (memcmp(from.code, base.code, sizeof from.code) == 0) {
        *ret_rate_micro = DECIMAL_ONE;
        return true;
    }
    return r && rate_on(&r->index, from, day, ret_rate_micro);
}
