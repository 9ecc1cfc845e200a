/* Where Lua tests run: a data directory of its own, in memory where there is room, with a copy of
 * the plugin or script that is tested. Threads: the command's. */
#ifndef MODULE_TEST_PLACE_H
#define MODULE_TEST_PLACE_H

#include "base/arena.h"
#include "base/err.h"
#include "script/definitions.h"

struct test_place {
    struct str folder;           /* the data directory; empty: none was made */
    struct str owner;            /* what is tested: "insurance", "scripts/renewals" */
    struct script_source *files; /* with tests; arena */
    size_t file_count;
};

/* `what`: the folder of a plugin, or the file of a script. *ret is set in any case, for
 * test_place_remove. */
crm_status test_place_make(struct str what, struct arena *a, struct test_place *ret,
                           struct err *err);
void test_place_remove(const struct test_place *p);

#endif
