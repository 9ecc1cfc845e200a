/* See search_words.h. */
#include "store/search_words.h"

#include "base/unicode.h"
#include "store/messages.h"

enum { PHONE_DIGITS_MIN = 5 };

static const char mark[] = "\xEE\x80\x80"; /* U+E000 */

void search_add_mark(struct buf *out, char kind, int64_t id) {
    buf_add_cstr(out, mark);
    buf_add_char(out, kind);
    buf_add_int64(out, id);
}

struct str search_mark_prefix(struct arena *a, char kind) {
    return arena_printf(a, "%s%c", mark, kind);
}

/* ---- what is looked for ------------------------------------------------------------------ */
static bool take_word(void *ctx, struct str word) {
    struct search_words *w = ctx;
    w->words[w->count++] = word;
    return w->count < SEARCH_WORDS_MAX;
}

/* "+7 (912) 345-67-89" -> "79123456789"; anything with a letter is not a phone. */
static struct str phone_digits(struct arena *a, struct str text) {
    char *digits = arena_alloc(a, text.len + 1);
    size_t count = 0;
    for (size_t i = 0; digits && i < text.len; i++) {
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9')
            digits[count++] = text.ptr[i];
        else if (!strchr(" +-().", text.ptr[i]))
            return STR_NONE;
    }
    return digits && count >= PHONE_DIGITS_MIN ? str_make(digits, count) : STR_NONE;
}

crm_status search_words_parse(struct arena *a, struct str text, struct search_words *ret,
                              struct err *err) {
    *ret = (struct search_words){0};
    if (text.len > SEARCH_TEXT_MAX_BYTES) text.len = SEARCH_TEXT_MAX_BYTES;
    while (text.len && !utf8_valid(text))
        text.len--;
    ret->folded = fold_key_arena(a, text);
    if (!ret->folded.ptr) return err_no_memory(err);
    struct str phone = phone_digits(a, ret->folded);
    if (phone.len)
        ret->words[ret->count++] = phone;
    else
        fold_words(ret->folded, take_word, ret);
    return CRM_OK;
}

/* ---- whether a text has it --------------------------------------------------------------- */
struct finding {
    const struct search_words *words;
    uint32_t found;
};

static bool look_at_word(void *ctx, struct str word) {
    struct finding *f = ctx;
    for (size_t i = 0; i < f->words->count; i++)
        if (str_starts_with(word, f->words->words[i])) f->found |= UINT32_C(1) << i;
    return f->found != search_words_all(f->words);
}

uint32_t search_words_in(const struct search_words *w, struct str folded, bool anywhere) {
    struct finding f = {w, 0};
    if (!anywhere) {
        fold_words(folded, look_at_word, &f);
        return f.found;
    }
    for (size_t i = 0; i < w->count; i++)
        if (str_find(folded, w->words[i]) != SIZE_MAX) f.found |= UINT32_C(1) << i;
    return f.found;
}

/* ---- the index row ----------------------------------------------------------------------- */
static bool add_word(void *ctx, struct str word) {
    struct buf *out = ctx;
    if (out->len) buf_add_char(out, ' ');
    buf_add_str(out, word);
    return out->status == CRM_OK && out->len < SEARCH_BODY_MAX_BYTES / 2;
}

crm_status search_body(struct arena *a, const struct store_search_row *row, struct str *ret,
                       struct err *err) {
    struct buf out BUF_CLEANUP;
    buf_init(&out, SEARCH_BODY_MAX_BYTES);
    fold_words(row->folded, add_word, &out);
    for (int i = 0; i < 2; i++) {
        int64_t id = i ? row->team : row->owner;
        if (id == 0) continue;
        if (out.len) buf_add_char(&out, ' ');
        search_add_mark(&out, i ? 't' : 'o', id);
    }
    struct str body = out.status == CRM_OK ? arena_str(a, buf_str(&out)) : STR_NONE;
    if (!body.ptr) return err_no_memory(err);
    *ret = body;
    return CRM_OK;
}
