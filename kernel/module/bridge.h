/* Between the types that modules see and the kernel's own: the same bytes, checked here once.
 *
 * Handles are the kernel's structs behind another name; plain structs have the same layout, so that
 * arrays cross the border without copying. This folder is compiled without strict aliasing. Errors
 * are the exception: a module's crm_error is larger than a struct err, so that what the kernel
 * passes to a module is always a whole crm_error (see BRIDGE_CALL). Private to kernel/module. */
#ifndef MODULE_BRIDGE_H
#define MODULE_BRIDGE_H

#include <crm/services.h>

#include "base/crash.h"
#include "base/json.h"
#include "base/number.h"
#include "base/time.h"
#include "base/unicode.h"
#include "record/read.h"

#define SAME_SIZE(a, b) _Static_assert(sizeof(a) == sizeof(b), "one layout on both sides")
#define SAME_PLACE(a, b, member)                                                                   \
    _Static_assert(offsetof(a, member) == offsetof(b, member), "one layout on both sides")

SAME_SIZE(struct crm_str, struct str);
SAME_PLACE(struct crm_str, struct str, len);
SAME_SIZE(struct crm_currency, struct currency);
SAME_SIZE(struct crm_value, struct value);
SAME_PLACE(struct crm_value, struct value, has_base);
SAME_PLACE(struct crm_value, struct value, currency);
SAME_PLACE(struct crm_value, struct value, entity);
SAME_PLACE(struct crm_value, struct value, integer);
SAME_PLACE(struct crm_value, struct value, list.count);
SAME_PLACE(struct crm_value, struct value, base);
SAME_SIZE(struct crm_item, struct store_item);
SAME_PLACE(struct crm_item, struct store_item, label);
SAME_PLACE(struct crm_item, struct store_item, key);
SAME_PLACE(struct crm_item, struct store_item, primary);
SAME_PLACE(struct crm_item, struct store_item, attributes);
SAME_SIZE(struct crm_cell, struct store_cell);
SAME_PLACE(struct crm_cell, struct store_cell, title);
SAME_PLACE(struct crm_cell, struct store_cell, items);
SAME_PLACE(struct crm_cell, struct store_cell, item_titles);
SAME_PLACE(struct crm_cell, struct store_cell, item_count);
SAME_SIZE(struct crm_civil, struct civil);
_Static_assert(sizeof(struct err) <= sizeof(struct crm_error), "room for an error");
_Static_assert((int)CRM_VALUE_LIST == (int)VALUE_LIST && (int)CRM_VALUE_ID == (int)VALUE_ID &&
                   (int)CRM_VALUE_MONEY == (int)VALUE_MONEY,
               "value types");
_Static_assert((int)CRM_FIELD_SERIES == (int)SCHEMA_FIELD_SERIES &&
                   (int)CRM_FIELD_CHOICE == (int)SCHEMA_FIELD_CHOICE &&
                   (int)CRM_FIELD_LABELLED == (int)SCHEMA_FIELD_LABELLED &&
                   (int)CRM_FIELD_FORMULA == (int)SCHEMA_FIELD_FORMULA,
               "field types");
_Static_assert((int)CRM_ACTION_EXPORT == (int)SCHEMA_ACTION_EXPORT &&
                   (int)CRM_ACTION_UPDATE == (int)SCHEMA_ACTION_UPDATE,
               "actions");
_Static_assert((int)CRM_DOOR_CLI == (int)ACCESS_DOOR_CLI &&
                   (int)CRM_DOOR_IMPORT == (int)ACCESS_DOOR_IMPORT,
               "doors");
_Static_assert((int)CRM_VERB_PURGE == (int)RECORD_PURGE &&
                   (int)CRM_VERB_DELETE == (int)RECORD_DELETE,
               "verbs");
_Static_assert((int)CRM_CHANGESET_DRY == (int)CHANGESET_DRY &&
                   (int)CRM_CHANGESET_BULK == (int)CHANGESET_BULK &&
                   (int)CRM_CHANGESET_NO_AFTER == (int)CHANGESET_NO_AFTER &&
                   (int)CRM_CHANGESET_KEEP_GOING == (int)CHANGESET_KEEP_GOING &&
                   (int)CRM_CHANGESET_IMPORT == (int)CHANGESET_IMPORT,
               "changeset flags");
_Static_assert((int)CRM_ITEMS_REPLACE == (int)RECORD_ITEMS_REPLACE &&
                   (int)CRM_ITEMS_REMOVE == (int)RECORD_ITEMS_REMOVE,
               "item modes");
_Static_assert((int)CRM_TRASHED == (int)STORE_TRASHED &&
                   (int)CRM_LIVING_AND_TRASHED == (int)STORE_BOTH,
               "trash");
_Static_assert((int)CRM_USER_SYSTEM == (int)ACTOR_SYSTEM, "the built-in user");
_Static_assert((int)CRM_LANGUAGE_RU == (int)LANGUAGE_RU, "languages");
_Static_assert((int)CRM_LABELLED_MESSENGER == (int)SCHEMA_LABELLED_MESSENGER, "labelled kinds");

static inline struct str str_in(struct crm_str s) { return (struct str){s.ptr, s.len}; }
static inline struct crm_str str_out(struct str s) { return (struct crm_str){s.ptr, s.len}; }
static inline struct err *err_in(struct crm_error *e) { return (struct err *)e; }
static inline const struct value *value_in(const struct crm_value *v) {
    return (const struct value *)v;
}
static inline const struct crm_value *value_out(const struct value *v) {
    return (const struct crm_value *)v;
}
static inline const struct schema_entity *entity_in(const struct crm_entity *e) {
    return (const struct schema_entity *)e;
}
static inline const struct crm_entity *entity_out(const struct schema_entity *e) {
    return (const struct crm_entity *)e;
}
static inline const struct schema_field *field_in(const struct crm_field *f) {
    return (const struct schema_field *)f;
}
static inline const struct crm_field *field_out(const struct schema_field *f) {
    return (const struct crm_field *)f;
}
static inline struct json_writer *json_in(struct crm_json *w) { return (struct json_writer *)w; }
static inline struct crm_json *json_out(struct json_writer *w) { return (struct crm_json *)w; }
static inline struct arena *arena_in(struct crm_arena *a) { return (struct arena *)a; }
static inline struct crm_arena *arena_out(struct arena *a) { return (struct crm_arena *)a; }
static inline struct buf *buf_in(struct crm_buf *b) { return (struct buf *)b; }
static inline struct crm_buf *buf_out(struct buf *b) { return (struct crm_buf *)b; }

/* Runs a function of a module, `call` naming its error `bridge_error`, and gives status and error
 * in the kernel's form; a module that failed without a word gets one. `host` and `what` are the
 * breadcrumb; without a host that of the call around stays. */
#define BRIDGE_CALL(err, host, what, call)                                                         \
    ({                                                                                             \
        struct crm_error bridge_error;                                                             \
        err_clear(err_in(&bridge_error));                                                          \
        struct crash_mark bridge_mark = bridge_enter(host, what);                                  \
        crm_status bridge_status = (call);                                                         \
        crash_leave(bridge_mark);                                                                  \
        bridge_finish(bridge_status, &bridge_error, (err));                                        \
    })
struct crash_mark bridge_enter(const struct crm_host *host, const char *what);
crm_status bridge_finish(crm_status status, struct crm_error *said, struct err *err);
/* Facts go into a struct of the caller's size. */
void bridge_facts(void *to, uint32_t to_size, void *from, size_t from_size);
/* Options come from one; what the caller does not know is zero. */
void bridge_options(void *to, size_t to_size, const void *from, uint32_t from_size);

#endif
