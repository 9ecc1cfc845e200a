/* What the tests of one program share that use modules' services: a Perigee opened before the first
 * and closed after the last, and the entity `gadget` as an actor sees it. Included by the test's
 * one file; `setup` and `teardown` are its group's. */
#ifndef SUPPORT_OPENED_GROUP_H
#define SUPPORT_OPENED_GROUP_H

#include "support/opened.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct opened o;

static inline int setup(void **state) {
    (void)state;
    opened_setup(&o, NULL);
    return 0;
}

static inline int teardown(void **state) {
    (void)state;
    opened_teardown(&o);
    return 0;
}

struct bench {
    struct crm_view *view;
    const struct crm_entity *gadget;
};

static inline struct bench bench_of(const char *login) {
    struct bench b = {.view = opened_view(&o, login)};
    b.gadget = o.crm->schema->entity(b.view, CRM_STR("gadget"));
    assert_non_null(b.gadget);
    return b;
}

static inline const struct crm_field *field(struct bench *b, const char *name) {
    const struct crm_field *f = o.crm->schema->field(b->view, b->gadget, crm_str_from(name));
    assert_non_null(f);
    return f;
}

#endif
