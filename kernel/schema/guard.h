/* Makes a row rule safe against absent attributes (security.md, decision 1). Private to schema/. */
#ifndef SCHEMA_GUARD_H
#define SCHEMA_GUARD_H

#include "expr/expr.h"

/* NULL on exhaustion. */
const struct expr *schema_guard_rows(struct arena *a, const struct expr *rule);

#endif
