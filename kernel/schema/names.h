/* Names in definitions: which are allowed, and which one was probably meant, here and in the
 * folders above. Threads: any. */
#ifndef SCHEMA_NAMES_H
#define SCHEMA_NAMES_H

#include "base/err.h"

/* `[a-z][a-z0-9_]*`, up to SCHEMA_NAME_MAX, no word of Lua. */
crm_status schema_name_check(struct str name, struct err *err);

/* Collects the candidate nearest to `wanted`; one that is too far off is none. */
struct schema_near {
    struct str wanted;
    struct str best; /* borrowed from the candidates; empty = none */
    size_t distance;
};
void schema_near_init(struct schema_near *n, struct str wanted);
void schema_near_try(struct schema_near *n, struct str candidate);

#endif
