/* Signatures: what a field's stored form depends on, as a line of words in the registry - type,
 * target or type of the value, `fold`, `unique`, `search`, and of a computed field the hash of its
 * text. Private to schema/. Threads: any; memory is the arena's. */
#ifndef SCHEMA_SIGNATURE_H
#define SCHEMA_SIGNATURE_H

#include "schema/definition.h"

/* Empty when memory is short. */
struct str signature_make(struct arena *a, const struct schema *s, const struct schema_field *f,
                          struct str formula);
/* `flag`: "fold", "unique", "search". */
bool signature_has(struct str signature, const char *flag);
struct str signature_with(struct arena *a, struct str signature, const char *flag, bool on);
/* The same but for flags? */
bool signature_same_form(struct str left, struct str right);

/* Of computed fields: the same but for the text? */
bool signature_same_values(struct str left, struct str right);

#endif
