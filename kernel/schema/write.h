/* Definitions back into JSON, and that JSON into nodes and definitions: the text of what is in
 * force that the registry keeps, the form of admin-made definitions, and what is exported.
 *
 * A field is an object with its constructor under "type"; keys are those of schema/read_keys.h.
 * What was not said is not written, so equal definitions give equal texts. Threads: any. */
#ifndef SCHEMA_WRITE_H
#define SCHEMA_WRITE_H

#include "schema/definition.h"
#include "schema/node.h"

void schema_write_field(struct json_writer *w, const struct schema_field_definition *f);
/* Without its fields; rules included. */
void schema_write_entity(struct json_writer *w, const struct schema_entity_definition *e);
/* The same as texts in the arena; empty when memory is short. */
struct str schema_field_text(struct arena *a, const struct schema_field_definition *f);
struct str schema_entity_text(struct arena *a, const struct schema_entity_definition *e);

/* JSON into a node in the arena; numbers with a fraction are decimals. */
crm_status schema_node_from_json(struct arena *a, const json_t *json, struct schema_node *ret,
                                 struct err *err);
crm_status schema_node_parse(struct arena *a, struct str text, struct schema_node *ret,
                             struct err *err);
/* What schema_field_text and schema_entity_text wrote. */
crm_status schema_field_from_text(struct arena *a, const struct schema_origin *origin,
                                  struct str name, struct str text,
                                  struct schema_field_definition *ret, struct err *err);
crm_status schema_entity_from_text(struct arena *a, const struct schema_origin *origin,
                                   struct str name, struct str text,
                                   struct schema_entity_definition *ret, struct err *err);
/* A definition as Lua source: `entity "x" { ... }`; `kind` is the word in front. */
void schema_node_lua(const struct schema_node *n, const char *kind, struct str name,
                     struct buf *out);

#endif
