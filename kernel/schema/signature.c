/* See signature.h. */
#include "schema/signature.h"

static const char *const flags[] = {"fold", "unique", "search"};
enum { FLAG_COUNT = 3, WORDS_MAX = 8 };

struct words {
    struct str items[WORDS_MAX];
    size_t count;
    bool on[FLAG_COUNT];
    bool is_computed;
};

/* The second word of these is a target or a type, whatever it reads like. */
static bool has_second(struct str type) {
    return str_is(type, "ref") || str_is(type, "links") || str_is(type, "children") ||
           str_is(type, "file") || str_is(type, "formula") || str_is(type, "rollup");
}

static int flag_of(struct str word) {
    for (int i = 0; i < FLAG_COUNT; i++)
        if (str_is(word, flags[i])) return i;
    return -1;
}

static void split(struct str s, struct words *ret) {
    *ret = (struct words){0};
    for (size_t at = 0, index = 0; at < s.len; index++) {
        size_t end = at;
        while (end < s.len && s.ptr[end] != ' ')
            end++;
        struct str word = str_make(s.ptr + at, end - at);
        bool may_be_flag = index > (ret->count && has_second(ret->items[0]) ? 1u : 0u);
        int flag = may_be_flag ? flag_of(word) : -1;
        if (flag >= 0)
            ret->on[flag] = true;
        else if (ret->count < WORDS_MAX)
            ret->items[ret->count++] = word;
        at = end + 1;
    }
    ret->is_computed =
        ret->count == 3 && (str_is(ret->items[0], "formula") || str_is(ret->items[0], "rollup"));
}

static struct str join(struct arena *a, const struct words *w) {
    struct str s = w->items[0];
    size_t in_front = w->is_computed ? 2 : w->count;
    for (size_t i = 1; i < in_front && s.ptr; i++)
        s = arena_printf(a, "%.*s %.*s", STR_ARG(s), STR_ARG(w->items[i]));
    for (int i = 0; i < FLAG_COUNT && s.ptr; i++)
        if (w->on[i]) s = arena_printf(a, "%.*s %s", STR_ARG(s), flags[i]);
    if (w->is_computed && s.ptr) s = arena_printf(a, "%.*s %.*s", STR_ARG(s), STR_ARG(w->items[2]));
    return s;
}

struct str signature_make(struct arena *a, const struct schema *s, const struct schema_field *f,
                          struct str formula) {
    const struct schema_entity *target =
        f->ref_entity ? schema_entity_by_id(s, f->ref_entity) : NULL;
    const char *word = schema_field_type_word(f->type);
    if (f->type == SCHEMA_FIELD_FORMULA || f->type == SCHEMA_FIELD_ROLLUP) {
        if (!f->stored) return arena_printf(a, "%s", word);
        return arena_printf(a, "%s %s%s%s%s %016llx", word, value_type_name(f->value_type.type),
                            f->fold ? " fold" : "", f->unique ? " unique" : "",
                            f->search ? " search" : "", (unsigned long long)str_hash(formula));
    }
    return arena_printf(a, "%s%s%.*s%s%s%s", word, target ? " " : "",
                        target ? (int)target->name.len : 0, target ? target->name.ptr : "",
                        f->fold ? " fold" : "", f->unique ? " unique" : "",
                        f->search ? " search" : "");
}

bool signature_has(struct str signature, const char *flag) {
    struct words w;
    split(signature, &w);
    return w.on[flag_of(str_from(flag))];
}

struct str signature_with(struct arena *a, struct str signature, const char *flag, bool on) {
    struct words w;
    split(signature, &w);
    w.on[flag_of(str_from(flag))] = on;
    return join(a, &w);
}

bool signature_same_form(struct str left, struct str right) {
    struct words l, r;
    split(left, &l);
    split(right, &r);
    if (l.count != r.count) return false;
    for (size_t i = 0; i < l.count; i++)
        if (!str_eq(l.items[i], r.items[i])) return false;
    return true;
}

bool signature_same_values(struct str left, struct str right) {
    struct words l, r;
    split(left, &l);
    split(right, &r);
    return l.is_computed && r.is_computed && str_eq(l.items[0], r.items[0]) &&
           str_eq(l.items[1], r.items[1]);
}
