/* Meaning of definitions as they are written: nodes into the typed definitions of definition.h.
 * Every key is known or an error that names the nearest one; every value has the kind that its key
 * wants.
 *
 * Keys are tables (read_keys.h), so that the editor annotations and the JSON form of admin-made
 * definitions have the same ones. Threads: one at a time; memory is the collection's arena. */
#ifndef SCHEMA_READ_H
#define SCHEMA_READ_H

#include "schema/definition.h"
#include "schema/node.h"

/* `origin` is where the definition begins; nodes know their own lines within the same file. */
crm_status schema_read_entity(struct schema_definitions *d, const struct schema_origin *origin,
                              struct str name, bool extend, const struct schema_node *n,
                              struct err *err);
crm_status schema_read_directory(struct schema_definitions *d, const struct schema_origin *origin,
                                 struct str name, const struct schema_node *n, struct err *err);
/* A pipeline of the entity. */
crm_status schema_read_pipeline(struct schema_definitions *d, const struct schema_origin *origin,
                                struct str entity, const struct schema_node *n, struct err *err);
crm_status schema_read_role(struct schema_definitions *d, const struct schema_origin *origin,
                            struct str name, const struct schema_node *n, struct err *err);
/* "report", "view", "action", "schedule": a table, kept as JSON. A view with a `page` is also read
 * as what that page draws (schema_view). */
crm_status schema_read_extra(struct schema_definitions *d, const struct schema_origin *origin,
                             const char *kind, struct str name, const struct schema_node *n,
                             struct err *err);

/* Where a definition of the kind has its parts, and what they are known by: "items" by "code";
 * members NULL: it has none. */
struct schema_shape {
    const char *list, *id;
};
const struct schema_shape *schema_shape_of(struct str kind);

/* Is a later layer's definition of the kind laid over an earlier one's of the same name? Handlers
 * are not. */
bool schema_extra_is_laid(struct str kind);

/* Constructors of fields by their words: the field types, and emails, phones, addresses, messengers
 * (labelled lists). False: no such word. */
bool schema_read_constructor(struct str word, enum schema_field_type *ret_type,
                             enum schema_labelled_kind *ret_labelled);
const char *const *schema_read_constructors(size_t *ret_count);

#endif
