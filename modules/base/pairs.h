/* Lists as options write them: "column=field,column=field", "column:from=to,...",
 * "column:value,...". A backslash keeps the next character (a comma, colon or equals sign within a
 * name); lines part as commas do, so that a map file is the same thing. Threads: any. */
#ifndef MODULES_BASE_PAIRS_H
#define MODULES_BASE_PAIRS_H

#include <crm/base.h>

struct pair {
    struct crm_str column; /* before ':' */
    struct crm_str from;   /* before '=' */
    struct crm_str to;     /* the rest */
};

enum { PAIRS_MAX = 512 };

enum pairs_form {
    PAIRS_MAP,    /* from=to */
    PAIRS_VALUES, /* column:from=to */
    PAIRS_COLUMN  /* column:to, or to alone */
};

/* *ret in the arena. CRM_INVALID names the part that is wrong. */
crm_status pairs_parse(const struct crm_base *base, struct crm_arena *a, struct crm_str text,
                       enum pairs_form form, struct pair **ret, size_t *ret_count,
                       struct crm_error *err);

#endif
