/* Tests of plugins and scripts in Lua: a file that says
 *
 *   test("a policy gets a number", function()
 *     local policy = crm.create("policy", { holder = crm.create("organization", { name = "Acme" })
 * }) crm.settle() equal(crm.get("policy", policy).number, "P-1") end)
 *
 * Each test is a run of its own; crm.settle writes what it has asked for and waits until everything
 * that hears of it has run. `equal(found, wanted)` compares by value; `refused(function)` wants
 * what the function writes to be refused and returns the words. Tests of a database run in their
 * order and see what those before have written. Threads: the caller's, which may block. */
#ifndef SCRIPT_TEST_H
#define SCRIPT_TEST_H

#include "script/host.h"
#include "script/run.h"

enum { SCRIPT_TESTS_MAX = 2000 };

struct script_test_result {
    struct str name;
    bool is_ok;
    struct str message, where; /* of a failure */
    int64_t wall_us;
};

/* Runs the tests of a file as the program's own user. Texts in the arena. Fails when the file
 * itself does not load. */
crm_status script_test_file(struct script_host *h, const struct script_source *file,
                            enum language language, struct arena *a,
                            struct script_test_result **ret, size_t *ret_count, struct err *err);
/* crm.settle: refused outside of a test. Private to script/. */
crm_status script_test_settle(struct script_run *r, struct err *err);

#endif
