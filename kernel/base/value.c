/* Values: equality, order, hash, deep copy. Lists nest at most VALUE_DEPTH deep; deeper ones do not
 * come from any door and are cut off by value_copy. */
#include "base/value.h"

#include "base/arena.h"

enum { VALUE_DEPTH = 16 };

static int compare_int64(int64_t a, int64_t b) { return (a > b) - (a < b); }

static int compare_lists(const struct value *a, const struct value *b) {
    size_t shorter = a->list.count < b->list.count ? a->list.count : b->list.count;
    for (size_t i = 0; i < shorter; i++) {
        int order = value_compare(&a->list.items[i], &b->list.items[i]);
        if (order != 0) return order;
    }
    return (a->list.count > b->list.count) - (a->list.count < b->list.count);
}

int value_compare(const struct value *a, const struct value *b) {
    if (a->type != b->type) return a->type < b->type ? -1 : 1;
    int order = 0;
    switch (a->type) {
    case VALUE_NIL:
    case VALUE_TYPE_COUNT:
        return 0;
    case VALUE_BOOL:
        return (int)a->boolean - (int)b->boolean;
    case VALUE_TEXT:
        return str_compare(a->text, b->text);
    case VALUE_LIST:
        return compare_lists(a, b);
    case VALUE_MONEY:
        order = memcmp(a->currency.code, b->currency.code, sizeof a->currency.code);
        break;
    case VALUE_ID:
        order = compare_int64(a->entity, b->entity);
        break;
    case VALUE_INT:
    case VALUE_DECIMAL:
    case VALUE_DATE:
    case VALUE_TIME:
        break;
    }
    return order != 0 ? order : compare_int64(a->integer, b->integer);
}

bool value_equal(const struct value *a, const struct value *b) {
    if (a->type == VALUE_TEXT && b->type == VALUE_TEXT) return str_eq(a->text, b->text);
    return value_compare(a, b) == 0;
}

/* splitmix64 finaliser */
static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

uint64_t value_hash(const struct value *v) {
    uint64_t hash = mix((uint64_t)v->type + UINT64_C(0x9E3779B97F4A7C15));
    switch (v->type) {
    case VALUE_NIL:
    case VALUE_TYPE_COUNT:
        return hash;
    case VALUE_BOOL:
        return mix(hash + v->boolean);
    case VALUE_TEXT:
        return mix(hash ^ str_hash(v->text));
    case VALUE_LIST:
        for (size_t i = 0; i < v->list.count; i++)
            hash = mix(hash + value_hash(&v->list.items[i]));
        return hash;
    case VALUE_MONEY:
        hash ^= str_hash(str_make(v->currency.code, sizeof v->currency.code));
        break;
    case VALUE_ID:
        hash ^= (uint64_t)(uint32_t)v->entity << 32;
        break;
    case VALUE_INT:
    case VALUE_DECIMAL:
    case VALUE_DATE:
    case VALUE_TIME:
        break;
    }
    return mix(hash ^ mix((uint64_t)v->integer));
}

const char *value_type_name(enum value_type type) {
    static const char *const names[VALUE_TYPE_COUNT] = {
        [VALUE_NIL] = "nil",         [VALUE_BOOL] = "bool",   [VALUE_INT] = "int",
        [VALUE_DECIMAL] = "decimal", [VALUE_MONEY] = "money", [VALUE_TEXT] = "text",
        [VALUE_DATE] = "date",       [VALUE_TIME] = "time",   [VALUE_ID] = "id",
        [VALUE_LIST] = "list",
    };
    return (unsigned)type < VALUE_TYPE_COUNT ? names[type] : "unknown";
}

static bool copy(struct arena *a, const struct value *from, struct value *ret, int depth) {
    struct value v = *from;
    if (v.type == VALUE_TEXT && v.text.ptr) {
        v.text = arena_str(a, v.text);
        if (!v.text.ptr) return false;
    } else if (v.type == VALUE_LIST && v.list.count) {
        if (depth == VALUE_DEPTH) return false;
        struct value *items = ARENA_ARRAY(a, v.list.count, struct value);
        if (!items) return false;
        for (size_t i = 0; i < v.list.count; i++)
            if (!copy(a, &v.list.items[i], &items[i], depth + 1)) return false;
        v.list.items = items;
    }
    *ret = v;
    return true;
}

bool value_copy(struct arena *a, const struct value *from, struct value *ret) {
    return copy(a, from, ret, 0);
}
