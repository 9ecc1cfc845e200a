/* Immutable ids, physical names and indexes for what a draft has, from the registry where it knows
 * them and new ones where it does not. Private to schema/. Threads: one at a time. */
#ifndef SCHEMA_PHYSICAL_H
#define SCHEMA_PHYSICAL_H

#include "schema/draft.h"

enum { SCHEMA_PHYSICAL_MAX = 60 }; /* bytes, suffixes such as _k included */

/* A copy of the registry that may grow, in arena `a`. */
crm_status registry_copy(struct arena *a, const struct schema_registry *from,
                         struct schema_registry *ret, struct err *err);
struct schema_registry_entity *registry_entity(const struct schema_registry *r, struct str name);
struct schema_registry_entity *registry_entity_by_id(const struct schema_registry *r, int32_t id);
struct schema_registry_field *registry_field(const struct schema_registry *r, int32_t entity,
                                             struct str name);
struct schema_registry_field *registry_field_by_id(const struct schema_registry *r, int32_t entity,
                                                   int32_t id);
struct schema_registry_index *registry_index(const struct schema_registry *r, int32_t entity,
                                             struct str signature);
/* Gives ids and names to every entity, field and link attribute of the draft; new entities enter
 * the registry (their next_field_id moves), new fields do not yet: their signature is known only
 * once they are compiled. */
crm_status physical_assign(struct draft *d, struct schema_registry *r, struct err *err);
/* What a column must be like to be taken over: 't' text, 'i' integer, 'm' money, 'a' reference to
 * anything, 'l' link table. */
char physical_kind(enum schema_field_type type, enum value_type value);
char physical_registered_kind(const struct schema_registry_field *f);
/* An empty column of a field that is gone, or nothing: its row goes, the column lives on. */
struct str physical_free_column(const struct schema_registry *r, int32_t entity, char kind);
/* Decides which indexes each entity has; new ones enter the registry.
 *
 * Every index is a cost to every write, so there is one only where lists begin: by what people
 * filter by (references, choices) and by what they sort by (`sort`, the time of making). A filter
 * with an order on top needs both in one index, or a list of fifty sorts half a million rows; that
 * is worth it for the two filters that every list of work has and that let through the most: the
 * stage, with each sorted number, date and time, and the owner, newest first. Such an index also
 * answers its filter alone, which then has none of its own. Other pairs are left to the two ways of
 * store/list.c. References and choices are empty in most records: their indexes hold filled rows
 * only. */
crm_status physical_indexes(struct draft *d, struct schema_registry *r, struct err *err);
/* Name of a link attribute in the registry: "colleagues.role". */
struct str physical_attribute_name(struct arena *a, struct str field, struct str attribute);

#endif
