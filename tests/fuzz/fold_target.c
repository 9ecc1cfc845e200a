/* Folding: valid text folds to valid text that folds to itself; keys are trimmed and collapsed;
 * words lie within the folded text. Bytes that are no text are refused by the check and break
 * nothing. */
#include "fuzz.h"

#include "base/unicode.h"

static bool within(void *ctx, struct str word) {
    const struct str *all = ctx;
    HOLDS(word.len > 0 && word.len <= 64);
    HOLDS(word.ptr >= all->ptr && word.ptr + word.len <= all->ptr + all->len);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    struct arena a;
    struct str text = str_make((const char *)bytes, len);
    bool valid = utf8_valid(text);
    size_t at = 0;
    for (size_t step = 1; at < len && (step = utf8_sequence(text.ptr + at, len - at)); at += step) {
    }
    HOLDS(valid == (at == len));
    if (!valid) return 0;
    arena_init(&a, 64u << 20);
    struct str once = fold_text_arena(&a, text);
    HOLDS(once.ptr && utf8_valid(once));
    struct str twice = fold_text_arena(&a, once);
    HOLDS(str_eq(once, twice));
    fold_words(once, within, &once);
    struct str key = fold_key_arena(&a, text), again = fold_key_arena(&a, key);
    HOLDS(key.ptr && utf8_valid(key) && str_eq(key, again));
    HOLDS(key.len == 0 || (key.ptr[0] != ' ' && key.ptr[key.len - 1] != ' '));
    HOLDS(str_find(key, STR("  ")) == SIZE_MAX);
    arena_fini(&a);
    return 0;
}
