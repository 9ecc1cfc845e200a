/* Name checks and the distance between names (insertions, deletions, replacements and swaps of
 * neighbours count one each). Threads: any. */
#include "schema/names.h"

#include <stdio.h>

#include "schema/definition.h"
#include "schema/messages.h"

static const char *const lua_words[] = {"and",   "break", "do",       "else", "elseif", "end",
                                        "false", "for",   "function", "goto", "if",     "in",
                                        "local", "nil",   "not",      "or",   "repeat", "return",
                                        "then",  "true",  "until",    "while"};

static bool is_form(struct str name) {
    if (name.len == 0 || name.len > SCHEMA_NAME_MAX || name.ptr[0] < 'a' || name.ptr[0] > 'z')
        return false;
    for (size_t i = 1; i < name.len; i++) {
        char c = name.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
    }
    return true;
}

crm_status schema_name_check(struct str name, struct err *err) {
    char limit[16];
    (void)snprintf(limit, sizeof limit, "%d", SCHEMA_NAME_MAX);
    const struct str args[] = {name, str_from(limit)};
    if (!is_form(name)) return err_set_args(err, CRM_INVALID, &schema_name_form, args, 2);
    for (size_t i = 0; i < sizeof lua_words / sizeof lua_words[0]; i++)
        if (str_is(name, lua_words[i]))
            return err_set_args(err, CRM_INVALID, &schema_name_keyword, args, 1);
    return CRM_OK;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Optimal string alignment over at most SCHEMA_NAME_MAX bytes each. */
static size_t distance(struct str a, struct str b) {
    size_t rows[3][SCHEMA_NAME_MAX + 1];
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t cost = a.ptr[i - 1] == b.ptr[j - 1] ? 0 : 1;
            now[j] = least(least(last[j] + 1, now[j - 1] + 1), last[j - 1] + cost);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

void schema_near_init(struct schema_near *n, struct str wanted) {
    *n = (struct schema_near){.wanted = wanted, .distance = wanted.len / 3 + 2};
    if (n->distance > 4) n->distance = 4;
}

void schema_near_try(struct schema_near *n, struct str candidate) {
    if (candidate.len > SCHEMA_NAME_MAX || n->wanted.len > SCHEMA_NAME_MAX || candidate.len == 0)
        return;
    size_t d = distance(n->wanted, candidate);
    if (d >= n->distance) return;
    n->distance = d;
    n->best = candidate;
}
