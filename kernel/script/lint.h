/* Names in a Lua text that mean nothing: neither declared anywhere in it, nor words of the language
 * or of `crm`, nor entities where an entity is named. Told while somebody writes.
 *
 * A reader of words and not of grammar: a name that is local anywhere in the text is known
 * everywhere in it, so that what is right is never called wrong. Threads: any; borrows the text. */
#ifndef SCRIPT_LINT_H
#define SCRIPT_LINT_H

#include "base/arena.h"
#include "base/err.h"

enum { SCRIPT_LINT_NAMES_MAX = 4000 };

struct script_words {
    const struct str *items;
    size_t count;
};
struct script_lint {
    struct str text;
    struct script_words globals, members; /* of the state, of `crm` */
    struct script_words entities;
    /* What was found; false ends it. `known`: the words that it could have been. */
    bool (*tell)(void *ctx, int32_t line, struct str shown, struct str name,
                 const struct script_words *known);
    void *ctx;
};
crm_status script_lint_names(const struct script_lint *l, struct arena *a, struct err *err);

#endif
