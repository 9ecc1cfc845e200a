/* Facts about the field types, as tables. Threads: any (constants). */
#include "schema/field.h"

#define FIELD_WORD(name, word, value, storage) word,
static const char *const words[] = {SCHEMA_FIELD_TYPES(FIELD_WORD)};
#undef FIELD_WORD
#define FIELD_VALUE(name, word, value, storage) VALUE_##value,
static const enum value_type values[] = {SCHEMA_FIELD_TYPES(FIELD_VALUE)};
#undef FIELD_VALUE
#define FIELD_STORAGE(name, word, value, storage) SCHEMA_STORAGE_##storage,
static const enum schema_storage storages[] = {SCHEMA_FIELD_TYPES(FIELD_STORAGE)};
#undef FIELD_STORAGE

const char *schema_field_type_word(enum schema_field_type type) { return words[type]; }

bool schema_field_type_find(struct str word, enum schema_field_type *ret) {
    for (size_t i = 0; i < SCHEMA_FIELD_TYPE_COUNT; i++) {
        if (!str_is(word, words[i])) continue;
        *ret = (enum schema_field_type)i;
        return true;
    }
    return false;
}

enum value_type schema_field_value_type(enum schema_field_type type) { return values[type]; }

enum schema_storage schema_field_storage(enum schema_field_type type) { return storages[type]; }

enum schema_storage schema_storage_of(const struct schema_field *f) {
    if (f->type != SCHEMA_FIELD_FORMULA && f->type != SCHEMA_FIELD_ROLLUP) return storages[f->type];
    if (!f->stored) return SCHEMA_STORAGE_NONE;
    return f->value_type.type == VALUE_MONEY ? SCHEMA_STORAGE_MONEY : SCHEMA_STORAGE_COLUMN;
}

struct str schema_label_get(const struct schema_label *l, enum language language,
                            struct str fallback) {
    if (l->text[language].len > 0) return l->text[language];
    return l->text[LANGUAGE_EN].len > 0 ? l->text[LANGUAGE_EN] : fallback;
}
