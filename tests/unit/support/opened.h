/* A kernel over a database of its own in a temporary folder, with one module that is part of the
 * test: it keeps its services and defines two entities. */
#ifndef OPENED_H
#define OPENED_H

#include <crm/services.h>

#include "module/kernel.h"

struct opened {
    char folder[64];
    struct kernel *kernel;
    const struct crm *crm; /* of the test's module */
};

/* What the module registers besides its definitions; may be NULL. */
typedef crm_status (*opened_register_fn)(struct crm *crm, struct crm_error *err);
void opened_setup(struct opened *o, opened_register_fn also);
void opened_teardown(struct opened *o);
/* Closes and opens again: what was committed is there. */
void opened_again(struct opened *o);
struct crm_view *opened_view(struct opened *o, const char *login); /* NULL: the system */

#endif
