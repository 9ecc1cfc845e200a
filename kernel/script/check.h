/* What is to be said of a script's text before it is in force: whether it loads in a worker and its
 * handlers fit the schema, which names in it mean nothing, and whether its own tests pass.
 *
 * A test - test("what", function() ... end) in the script - is a run of its own in a worker, as the
 * caller; what it writes is prepared and thrown away. Threads: any that may block. */
#ifndef SCRIPT_CHECK_H
#define SCRIPT_CHECK_H

#include "record/read.h"
#include "script/host.h"

enum { SCRIPT_PROBLEMS_MAX = 100, SCRIPT_TEST_CPU_MS = 1000, SCRIPT_TESTS_CPU_MS = 10000 };

struct script_problem {
    int32_t line; /* 0: not known */
    bool is_error;
    struct str message;
};
struct script_declared {
    const char *kind;
    struct str subject, name;
    int32_t line;
};
struct script_checked {
    struct str version; /* ptr NULL: it does not load */
    struct script_problem *problems;
    size_t problem_count;
    struct script_declared *handlers;
    size_t handler_count;
};
/* A text as the script `owner`. What is wrong in it is a problem and no failure. Texts in the
 * arena, in the language of who asks. */
crm_status script_check(struct script_host *h, const struct access *asker, struct str owner,
                        struct str text, struct arena *a, struct script_checked *ret,
                        struct err *err);

struct script_test {
    struct str name;
    int32_t line;
    const char *outcome; /* "ok", "error", "time", "memory", "crash" */
    struct str message, where;
    int64_t cpu_us;
};
/* Fails when the text does not load or fit, with what is wrong; a test that fails is no failure.
 * Texts in the asker's arena. */
crm_status script_check_tests(struct script_host *h, struct record_view *asker, struct str owner,
                              struct str text, const struct script_test **ret, size_t *ret_count,
                              struct err *err);
/* The first that does not pass, as an error (CRM_REFUSED). */
crm_status script_tests_judge(const struct script_test *tests, size_t count, struct err *err);

#endif
