/* A program of a later generation, for tests of several at once: the versions of this one and, each
 * a step further, one or two that only add. Takes the place of kernel/store/versions.c in a program
 * that is otherwise the same; GENERATIONS_AHEAD says how many.
 *
 * The first step touches two tables, so that a test that holds the second catches it between. */
#define store_versions versions_before
#include "store/versions.c"
#undef store_versions

enum {
    STEPS_BEFORE = sizeof upgrades / sizeof *upgrades,
    STEPS = STEPS_BEFORE + GENERATIONS_AHEAD
};

static crm_status next(struct store_conn *c, struct err *err) {
    crm_status status = structure_sys_column(c, "sys_job", "weight", STORE_INT, err);
    return status == CRM_OK ? structure_sys_column(c, "sys_session", "place", STORE_TEXT, err)
                            : status;
}

#if GENERATIONS_AHEAD > 1
static crm_status after_next(struct store_conn *c, struct err *err) {
    return structure_sys_column(c, "sys_job", "colour", STORE_TEXT, err);
}
#endif

static store_upgrade_fn all_steps[STEPS];
static bool all_adds[STEPS];

/* The header saw the word replaced, too: the struct goes by it here. */
const struct versions_before store_versions = {SYS_VERSION + GENERATIONS_AHEAD, all_steps,
                                               all_adds};

__attribute__((constructor)) static void put_together(void) {
    memcpy(all_steps, versions_before.steps, STEPS_BEFORE * sizeof *all_steps);
    memcpy(all_adds, versions_before.adds, STEPS_BEFORE * sizeof *all_adds);
    all_steps[STEPS_BEFORE] = next;
    all_adds[STEPS_BEFORE] = true;
#if GENERATIONS_AHEAD > 1
    all_steps[STEPS_BEFORE + 1] = after_next;
    all_adds[STEPS_BEFORE + 1] = true;
#endif
}
